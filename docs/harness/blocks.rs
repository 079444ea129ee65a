//! The code blocks of a document.

use anyhow::bail;

/// A code block, with the comment above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The text of the comment that stands directly above the block, without its brackets.
    pub mark: Option<String>,
    /// What stands behind the opening fence.
    pub language: String,
    /// The lines between the fences, each with its newline.
    pub text: String,
    /// The number of the opening fence's line, from 1.
    pub line: usize,
}

/// What is done with a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'b> {
    /// Compiled and run as a doc test.
    Code,
    /// Compared with a file of the workspace, or with its regions of a name.
    From {
        /// The path below the workspace.
        path: &'b str,
        /// The name of the regions; the whole file without one.
        region: Option<&'b str>,
    },
    /// Written to a file in the folder of the chapter.
    File(&'b str),
    /// Compared with what a program of the examples prints or writes.
    Output {
        /// The program's name.
        program: &'b str,
        /// `stdout`, `stderr`, or a file in the folder in which it runs.
        what: &'b str,
    },
    /// Commands and what they print.
    Commands,
    /// The same for one command that runs beside the others.
    SecondTerminal,
    /// Not run, for a reason.
    NotRun(&'b str),
}

impl Block {
    /// What is done with the block.
    ///
    /// # Errors
    ///
    /// If nothing is: no comment says where it comes from, and it is neither code nor commands.
    pub fn kind(&self) -> anyhow::Result<Kind<'_>> {
        let mark = self.mark.as_deref().unwrap_or_default();
        let after = |prefix: &str| mark.strip_prefix(prefix).map(str::trim);
        if let Some(from) = after("from ") {
            let (path, region) = from.split_once('#').map_or((from, None), |(path, name)| (path, Some(name)));
            return Ok(Kind::From { path, region });
        }
        if let Some(name) = after("file: ") {
            return Ok(Kind::File(name));
        }
        if let Some((program, what)) = after("output: ").and_then(|it| it.split_once(' ')) {
            return Ok(Kind::Output { program, what });
        }
        if let Some(reason) = after("not run: ") {
            return Ok(Kind::NotRun(reason));
        }
        match (self.language.as_str(), mark) {
            ("rust", "") => Ok(Kind::Code),
            ("console", "") => Ok(Kind::Commands),
            ("console", "second terminal") => Ok(Kind::SecondTerminal),
            (language, _) => bail!("line {}: nothing proves this block (`{language}`, `{mark}`)", self.line),
        }
    }
}

/// The code blocks of a document, in their order.
pub fn blocks(document: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut above = "";
    let mut lines = document.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let text = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
            found.push(Block {
                mark: above.strip_prefix("<!-- ").and_then(|it| it.strip_suffix(" -->")).map(str::to_owned),
                language: language.trim().to_owned(),
                text: text.map(|line| format!("{line}\n")).collect(),
                line: number + 1,
            });
        }
        above = line;
    }
    found
}

/// The regions of a file, what stands between `// region: NAME` and `// endregion` (or with `#`, as in TOML), with an empty
/// line between two; the whole file without a name.
pub fn excerpt(file: &str, region: Option<&str>) -> String {
    let Some(name) = region else { return file.to_owned() };
    let mut parts: Vec<String> = Vec::new();
    let mut inside = false;
    for line in file.lines() {
        let mark = line.trim_start().trim_start_matches(['/', '#']).trim_start();
        if mark.strip_prefix("region: ") == Some(name) {
            inside = true;
            parts.push(String::new());
        } else if mark == "endregion" {
            inside = false;
        } else if let (true, Some(part)) = (inside, parts.last_mut()) {
            part.push_str(line);
            part.push('\n');
        }
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_with_the_comment_above_them() {
        let document = "x\n<!-- from a.rs#one -->\n```rust,ignore\nlet a;\n```\n```text\nfree\n```\n";
        let found = blocks(document);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].text.as_str(), found[0].line), ("let a;\n", 3));
        assert_eq!(found[0].kind().unwrap(), Kind::From { path: "a.rs", region: Some("one") });
        assert!(found[1].kind().unwrap_err().to_string().starts_with("line 6: nothing proves this block"));
    }

    #[test]
    fn code_that_is_not_run_needs_a_reason() {
        for language in ["rust,ignore", "rust,no_run", "sh", "toml"] {
            assert!(blocks(&format!("```{language}\nx\n```\n"))[0].kind().is_err(), "{language}");
        }
        let found = blocks("<!-- not run: needs a network -->\n```sh\nx\n```\n");
        assert_eq!(found[0].kind().unwrap(), Kind::NotRun("needs a network"));
    }

    #[test]
    fn regions_are_found() {
        let file = "0\n// region: one\nlet a;\n// endregion\n1\n  // region: two\n2\n// endregion\n# region: one\nlet b;\n# endregion\n";
        assert_eq!(excerpt(file, Some("one")), "let a;\n\nlet b;\n");
        assert_eq!(excerpt(file, Some("three")), "");
        assert_eq!(excerpt(file, None), file);
    }
}
