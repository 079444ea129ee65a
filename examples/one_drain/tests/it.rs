//! The program writes its file, and depends on no configuration.

use std::{fs, process::Command};

#[test]
fn a_drain_crate_alone_writes_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_one_drain")).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = fs::read_to_string(folder.path().join("logs/bot.log")).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.ends_with("\"expert_name\":\"MyEmaBot\",\"version\":\"1.2.0\"}\n"), "{text}");
}

#[test]
fn nothing_of_the_configuration_is_compiled() {
    let manifest = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    assert!(!manifest.lines().any(|line| line.starts_with("logger-config")), "{manifest}");
}
