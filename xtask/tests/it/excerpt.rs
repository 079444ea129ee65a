//! Code blocks of a document and the parts of files that they show.
//!
//! A block that stands below `<!-- from PATH -->` shows the file, one below `<!-- from PATH#NAME -->` the regions of that
//! name: what stands between `// region: NAME` and `// endregion` (or with `#`, as in TOML), one region after the other.

/// A code block that says where it comes from.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown<'a> {
    pub(crate) path: &'a str,
    pub(crate) region: Option<&'a str>,
    pub(crate) text: String,
}

/// The code blocks of a document that say where they come from.
pub(crate) fn shown(document: &str) -> Vec<Shown<'_>> {
    let mut lines = document.lines();
    let mut blocks = Vec::new();
    while let Some(line) = lines.next() {
        let Some(from) = line.strip_prefix("<!-- from ").and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let (path, region) = from.split_once('#').map_or((from, None), |(path, name)| (path, Some(name)));
        let opening = lines.next().unwrap_or_default();
        assert!(opening.starts_with("```"), "`{line}` stands above no code block");
        let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        blocks.push(Shown { path, region, text });
    }
    blocks
}

/// The regions of a file, with an empty line between two; the whole file without a name.
pub(crate) fn excerpt(file: &str, region: Option<&str>) -> String {
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

#[test]
fn blocks_and_regions_are_found() {
    let document =
        "x\n<!-- from a.rs#one -->\n```rust\nlet a;\n```\n```\nfree\n```\n<!-- from b.rs -->\n```\nb\n```\n";
    let block = |path, region, text: &str| Shown { path, region, text: text.into() };
    assert_eq!(shown(document), [block("a.rs", Some("one"), "let a;\n"), block("b.rs", None, "b\n")]);

    let file = "0\n// region: one\nlet a;\n// endregion\n1\n  // region: two\n2\n// endregion\n# region: one\nlet b;\n# endregion\n";
    assert_eq!(excerpt(file, Some("one")), "let a;\n\nlet b;\n");
    assert_eq!(excerpt(file, Some("three")), "");
    assert_eq!(excerpt(file, None), file);
}
