//! `README.md` shows what the program really prints and writes.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{fs, path::Path, process::Command};

/// The code block of the README below a comment.
fn block(comment: &str) -> String {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").unwrap();
    let readme = fs::read_to_string(Path::new(&manifest).join("../../README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("<!-- {comment} -->\n```")).unwrap();
    let (_, rest) = rest.split_once('\n').unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

/// Runs the program in a folder of its own; returns what it prints to stderr and its `trades.log`, both with `0` in
/// place of what differs from run to run.
fn run() -> (String, String) {
    let dir = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_first_program"));
    // a configuration in the environment of the tests would change what is printed
    let variables = std::env::vars_os().map(|(name, _)| name);
    variables.filter(|name| name.to_string_lossy().starts_with("LOG_")).for_each(|name| {
        program.env_remove(name);
    });
    let output = program.current_dir(dir.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    let trades = fs::read_to_string(dir.path().join("logs/trades.log")).unwrap();
    (constant_text(&String::from_utf8(output.stderr).unwrap()), constant_json(&trades))
}

/// Lines for people with `0` for every digit of their time.
fn constant_text(text: &str) -> String {
    let constant = |line: &str| {
        let (time, rest) = line.split_at("2025-10-16 10:30:00".len());
        time.replace(|char: char| char.is_ascii_digit(), "0") + rest + "\n"
    };
    text.lines().map(constant).collect()
}

/// Lines of JSON with `0` for what differs from run to run and from machine to machine.
fn constant_json(text: &str) -> String {
    ["timestamp", "hostname", "procid", "run"].iter().fold(text.replace('\\', "/"), |text, key| {
        let key = format!("\"{key}\":");
        let parts: Vec<&str> = text.split(&key).collect();
        let rest = parts[1..].iter().map(|part| format!("{key}0{}", &part[part.find(',').unwrap()..]));
        parts[0].to_owned() + &rest.collect::<String>()
    })
}

#[test]
fn the_output_in_the_readme_is_that_of_the_program() {
    let (stderr, trades) = run();
    assert_eq!(constant_text(&block("output: stderr")), stderr);
    assert_eq!(constant_json(&block("output: logs/trades.log")), trades);
}

#[test]
fn what_varies_is_masked_and_nothing_else() {
    let line = "{\"timestamp\":\"2025-10-16T10:30:00.000001Z\",\"level\":\"info\",\"procid\":17,\"run\":\"a-1\",\"seq\":2}\n";
    assert_eq!(
        constant_json(line),
        "{\"timestamp\":0,\"level\":\"info\",\"procid\":0,\"run\":0,\"seq\":2}\n"
    );
    let line = "2025-10-16 10:30:00 [INFO     ] started 1.2.0\n";
    assert_eq!(constant_text(line), "0000-00-00 00:00:00 [INFO     ] started 1.2.0\n");
}
