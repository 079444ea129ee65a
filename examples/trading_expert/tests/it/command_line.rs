//! The program as a person starts it.

use std::{
    fs,
    process::{Command, Output},
};

fn start(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_trading_expert")).args(args).output().unwrap()
}

#[test]
fn a_run_ends_with_success_and_its_summary() {
    let dir = tempfile::tempdir().unwrap();
    let output = start(&["--dir", dir.path().to_str().unwrap(), "--level", "warning"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("lost = 0"), "{text}");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_second_run_in_the_same_folder_counts_its_own_lines_alone() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["--dir", dir.path().to_str().unwrap(), "--level", "error"];
    assert!(start(&args).status.success());
    let output = start(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn what_is_wrong_with_the_command_line_or_the_bars_is_said_once_and_clearly() {
    let dir = tempfile::tempdir().unwrap();
    let bars = dir.path().join("bars.csv");
    fs::write(&bars, "date,open,high,low,close,volume\n1999-01-04,1,2,1\n").unwrap();
    let bars = bars.to_str().unwrap();
    let cases = [
        (vec!["--loud"], "trading_expert: unknown argument `--loud`; see --help\n".to_owned()),
        (vec!["--dir"], "trading_expert: --dir needs a value\n".to_owned()),
        (vec!["--bars", bars], format!("trading_expert: cannot use {bars}: line 2 has 4 columns, not 6\n")),
    ];
    for (args, message) in cases {
        let output = start(&args);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(String::from_utf8_lossy(&output.stderr), message);
    }
}

/// What is the same in each run: without sizes and times, which depend on the machine and its name.
fn constant(text: &str) -> Vec<String> {
    let constant = |line: &str| {
        let is_time = line.contains(" records in ") || line.contains(" keeps its caller ");
        let line = line.split("  + ").next().unwrap_or_default(); // files that were rotated
        let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        for at in 1..words.len() {
            if matches!(words[at].as_str(), "kB" | "MB") {
                words[at - 1].clear();
                words[at].clear();
            }
        }
        let line = words.join(" ");
        if is_time { line.replace(|char: char| char.is_ascii_digit() || char == ',', "") } else { line }
    };
    text.lines().map(constant).collect()
}

#[test]
fn the_readme_shows_what_it_prints() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let (_, rest) =
        readme.split_once("<!-- output: the demo -->\n```text\n$ cargo xtask demo --dir demo\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_trading_expert"))
        .args(["--dir", "demo"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let real = String::from_utf8(output.stdout).unwrap();
    let (_, real) = real.split_once("each in a thread of its own\n").unwrap();
    let (_, real) = real.split_once("Files in demo").unwrap();
    let (real, _) = real.split_once("\n\nLook further").unwrap();
    assert_eq!(constant(shown), constant(&format!("Files in demo{real}")));
}
