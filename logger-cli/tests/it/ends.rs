//! How the command ends, and what it says when something is wrong.

use std::{
    fs,
    io::{Read as _, Write as _},
    process::Stdio,
};

use crate::support::{folder, logger, path, run, shown};

fn ends(args: &[&str], code: i32, says: &str) {
    let dir = folder(2, 20);
    let output = run(args, dir.path());
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {err}");
    assert!(err.contains(says), "{args:?}: {err}");
}

#[test]
fn the_exit_code_says_what_became_of_it() {
    ends(&["logs", "--dir", "."], 0, "");
    ends(&["logs", "--dir", ".", "--symbol", "none"], 1, "");
    ends(&["logs", "--dir", ".", "--level", "loud"], 2, "`loud` is not a level; allowed are trace, debug");
    ends(&["logs", "--dir", ".", "--since", "soon"], 2, "`soon` is not a time; allowed are");
    ends(&["logs", "--dir", ".", "--where", "price>"], 2, "expected a value at column 7 of `price>`");
    ends(&["logs", "--dir", ".", "--grep", "("], 2, "--grep: `(`");
    ends(&["logs", "--dir", ".", "--zone", "Mars"], 2, "`Mars` is no time zone");
    ends(&["logs", "-", "expert.log"], 2, "is read alone");
    ends(&["logs", "--dir", "nowhere"], 3, "cannot read the folder nowhere");
    ends(&["logs", "expert.log", "export.log"], 3, "export.log: there is no such log");
    ends(&["logs", "nowhere/expert.log"], 3, "nowhere/expert.log: ");
    ends(&["nothing"], 2, "unrecognized subcommand 'nothing'");
    ends(&["recover", "nowhere"], 3, "nowhere is no folder");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let dir = folder(10, 1_000);
    let mut child = logger(&["logs", "--dir", ".", "-n", "0"], dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut few = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut few).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn completions_and_manual_know_every_option() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let text = shown(&["completions", shell], dir.path());
        assert!(["count-by", "follow", "doctor"].iter().all(|it| text.contains(it)), "{shell}");
    }
    assert!(shown(&["man"], dir.path()).contains("Exit codes: 0 something was found"));
    shown(&["man", "."], dir.path());
    assert!(fs::read_to_string(path(&dir, "logger-logs.1")).unwrap().contains("count\\-by"));
}

/// A shell, the file that it reads, what it is asked, and what its answer has.
const SHELLS: [(&str, &str, &str, [&str; 2]); 3] = [
    (
        "bash",
        "logger.bash",
        "set -e; source ./logger.bash; COMP_WORDS=(logger logs --fo); COMP_CWORD=2; _logger logger --fo logs; \
         echo ${COMPREPLY[@]}",
        ["--follow", "--format"],
    ),
    (
        "zsh",
        "_logger",
        "zsh -n ./_logger && autoload -Uz compinit && compinit -D -u && source ./_logger && \
         whence -w _logger && print $_comps[logger]",
        ["_logger: function", "\n_logger\n"],
    ),
    ("fish", "logger.fish", "source ./logger.fish; complete -C 'logger logs --fo'", ["--follow", "--format"]),
];

#[test]
fn completions_are_read_by_the_shells_themselves() {
    let dir = tempfile::tempdir().unwrap();
    for (shell, file, script, answers) in SHELLS {
        fs::write(path(&dir, file), shown(&["completions", shell], dir.path())).unwrap();
        let mut command = std::process::Command::new(shell);
        command.args(["-c", script]).current_dir(dir.path()).env("HOME", dir.path()).stdin(Stdio::null());
        match command.output() {
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {output:?}");
                assert!(answers.iter().all(|it| text.contains(it)), "{shell}: {text}");
            }
            Err(error) => {
                let mut err = std::io::stderr();
                let _ = writeln!(err, "SKIPPED: {shell} (Debian package `{shell}`) cannot be run: {error}");
            }
        }
    }
}

#[test]
fn a_view_needs_a_terminal() {
    ends(&["top", "--dir", "."], 2, "`logger top` needs a terminal");
}

#[test]
fn a_configuration_is_checked_and_explained() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(path(&dir, "good.toml"), "level = \"debug\"\n").unwrap();
    fs::write(path(&dir, "bad.toml"), "level = \"loud\"\nfiles.max_size = 1\n").unwrap();
    assert_eq!(shown(&["check", "good.toml"], dir.path()), "good.toml holds no problem\n");
    let output = run(&["check", "bad.toml"], dir.path());
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    assert!(err.contains("`loud` is not a level") && err.contains("files.max_size"), "{err}");
    // a file is checked by itself: neither the environment nor the folder adds to it
    fs::write(path(&dir, ".env"), "LOG_LEVEL=loud\n").unwrap();
    let output = logger(&["check", "good.toml"], dir.path()).env("LOG_LEVEL", "louder").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    fs::remove_file(path(&dir, ".env")).unwrap();
    let explained = shown(&["explain", "good.toml", "--log-level", "error"], dir.path());
    assert!(
        explained.contains("level = `error` (command line") && explained.contains("hides `debug` of file"),
        "{explained}"
    );
    let schema: serde_json::Value = serde_json::from_str(&shown(&["schema"], dir.path())).unwrap();
    assert!(schema["properties"]["level"].is_object());
    fs::write(path(&dir, "all.toml"), shown(&["schema", "--template"], dir.path())).unwrap();
    shown(&["check", "all.toml"], dir.path());
}
