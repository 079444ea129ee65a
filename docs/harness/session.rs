//! The commands of a chapter, in a folder of their own.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::{
    blocks::{Kind, blocks},
    mask::same,
};

/// How long a second terminal may take to show what it should.
const PATIENCE: Duration = Duration::from_secs(300);

/// A folder, and the commands that are run in it one after the other.
#[derive(Debug)]
pub struct Session {
    folder: TempDir,
    path: String,
    variables: Vec<(String, String)>,
    replaced: Vec<(String, String)>,
    beside: Vec<Beside>,
}

/// What runs in a second terminal.
#[derive(Debug)]
struct Beside {
    child: Child,
    printed: PathBuf,
    shown: String,
}

impl Session {
    /// An empty folder; programs are looked for in `programs` first, then in `PATH`.
    ///
    /// # Errors
    ///
    /// If there can be no folder.
    pub fn new(programs: &Path) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        fs::create_dir(folder.path().join("work")).context("cannot make a folder")?;
        let others = std::env::var("PATH").context("PATH")?;
        let path = format!("{}:{others}", programs.display());
        Ok(Session { folder, path, variables: Vec::new(), replaced: Vec::new(), beside: Vec::new() })
    }

    /// Sets a variable for all commands.
    #[must_use]
    pub fn variable(mut self, name: &str, value: impl Into<String>) -> Self {
        self.variables.push((name.to_owned(), value.into()));
        self
    }

    /// Puts one text in the place of another in files, commands and what they print: a port that is free, say.
    #[must_use]
    pub fn replaced(mut self, shown: &str, real: impl Into<String>) -> Self {
        self.replaced.push((shown.to_owned(), real.into()));
        self
    }

    /// Writes a file that is there before the chapter begins.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn with_file(self, name: &str, text: &str) -> anyhow::Result<Self> {
        self.write(name, text)?;
        Ok(self)
    }

    /// Follows a chapter: writes its files, runs its commands, compares what they print.
    ///
    /// # Errors
    ///
    /// If a command prints something else than the chapter shows. A command that fails has to be shown with what it prints.
    pub fn follow(mut self, chapter: &str) -> anyhow::Result<()> {
        for block in blocks(chapter) {
            let text = self.real(&block.text);
            match block.kind()? {
                Kind::File(name) => self.write(name, &text),
                Kind::Commands => {
                    commands(&text).iter().try_for_each(|(command, shown)| self.run(command, shown))
                }
                Kind::SecondTerminal => {
                    commands(&text).iter().try_for_each(|(command, shown)| self.start(command, shown))
                }
                _ => Ok(()),
            }
            .with_context(|| format!("line {}", block.line))?;
        }
        self.beside.iter_mut().try_for_each(Beside::wait)
    }

    fn real(&self, text: &str) -> String {
        self.replaced.iter().fold(text.to_owned(), |text, (shown, real)| text.replace(shown, real))
    }

    /// The folder in which the next command is run.
    fn current(&self) -> anyhow::Result<PathBuf> {
        match fs::read_to_string(self.folder.path().join("pwd")) {
            Ok(path) => Ok(path.trim_end().into()),
            Err(_) => self.folder.path().join("work").canonicalize().context("no folder"),
        }
    }

    fn write(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.current()?.join(name);
        let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(&path, text));
        made.with_context(|| format!("cannot write {}", path.display()))
    }

    fn shell(&self, script: &str) -> anyhow::Result<Command> {
        let mut command = Command::new("bash");
        command.args(["-c", script]).current_dir(self.current()?).stdin(Stdio::null());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LOG_") {
                command.env_remove(name);
            }
        }
        command.env("PATH", &self.path).env("NO_COLOR", "1").env("TZ", "UTC").env("COLUMNS", "120");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }

    fn run(&self, command: &str, shown: &str) -> anyhow::Result<()> {
        let pwd = self.folder.path().join("pwd");
        let script = format!("{command}\nstatus=$?\npwd > '{}'\nexit $status", pwd.display());
        let printed = self.folder.path().join("printed");
        let out = File::create(&printed).context("cannot make a file")?;
        let both = out.try_clone().context("cannot share a file")?;
        let status = self.shell(&script)?.stdout(out).stderr(both).status().context("cannot run bash")?;
        let real = fs::read_to_string(&printed).context("what was printed is no text")?;
        ensure!(same(shown, &real), "`{command}` ended with {status}\n--- guide\n{shown}--- printed\n{real}");
        // one that fails without a word would not be noticed
        ensure!(status.success() || !shown.is_empty(), "`{command}` ended with {status}");
        Ok(())
    }

    fn start(&mut self, command: &str, shown: &str) -> anyhow::Result<()> {
        let printed = self.folder.path().join(format!("beside{}", self.beside.len()));
        let out = File::create(&printed).context("cannot make a file")?;
        let child = self.shell(&format!("exec {command}"))?.stdout(out).spawn().context("cannot run bash")?;
        self.beside.push(Beside { child, printed, shown: shown.to_owned() });
        // what it prints first says that it is ready
        self.beside.iter_mut().try_for_each(Beside::wait_for_a_line)
    }
}

impl Beside {
    fn wait_for_a_line(&mut self) -> anyhow::Result<()> {
        self.until(|printed, _| printed.contains('\n'))
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        self.until(|printed, shown| same(shown, printed))
    }

    fn until(&mut self, done: impl Fn(&str, &str) -> bool) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let printed = fs::read_to_string(&self.printed).unwrap_or_default();
            if done(&printed, &self.shown) {
                return Ok(());
            }
            ensure!(
                Instant::now() < deadline,
                "second terminal\n--- guide\n{}--- printed\n{printed}",
                self.shown
            );
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Commands, each with what it prints. A line that ends in `\` goes on in the next one.
fn commands(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command.to_owned(), String::new())),
            (None, Some((command, _))) if goes_on => {
                command.push('\n');
                command.push_str(line);
            }
            (None, Some((_, printed))) => {
                printed.push_str(line);
                printed.push('\n');
            }
            (None, None) => found.push((String::from("false # no command"), format!("{line}\n"))),
        }
        goes_on = line.ends_with('\\');
    }
    found
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn follow(chapter: &str) -> anyhow::Result<()> {
        Session::new(Path::new("/nowhere"))?.replaced("8099", "12345").follow(chapter)
    }

    #[test]
    fn files_and_commands_share_a_folder_and_its_changes() {
        let chapter = "<!-- file: a/b.txt -->\n```text\none\n```\n```console\n$ cd a\n$ cat b.txt\none\n$ echo \\\n  two\ntwo\n```\n\
            ```console\n$ ls\nb.txt\n$ echo 8099\n8099\n$ cat none\ncat: none: No such file or directory\n```\n";
        follow(chapter).unwrap();
    }

    #[test]
    fn a_command_that_prints_something_else_or_fails_in_silence_is_an_error() {
        let wrong = follow("```console\n$ echo one\ntwo\n```\n").unwrap_err();
        assert!(format!("{wrong:#}").contains("--- guide\ntwo\n--- printed\none\n"), "{wrong:#}");
        assert!(follow("```console\n$ false\n```\n").is_err());
        assert!(follow("```console\nno command\n```\n").is_err());
        assert!(follow("```text\nfree\n```\n").is_err());
    }

    #[test]
    fn a_second_terminal_runs_beside_the_others_until_the_end() {
        let beside =
            "<!-- second terminal -->\n```console\n$ tail -n +1 -f ../printed-by-us\nready\ntold\n```\n";
        let chapter = |told| {
            format!(
                "```console\n$ echo ready > ../printed-by-us\n```\n{beside}```console\n$ echo {told} >> ../printed-by-us\n```\n"
            )
        };
        follow(&chapter("told")).unwrap();
    }
}
