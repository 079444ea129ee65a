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
