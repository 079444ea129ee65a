//! What ARCHITECTURE.md says can be found, and what it says is absent is absent.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

fn of_crate(name: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    sources(&root().join(name).join("src"), &mut found);
    found
}

#[test]
fn every_file_and_test_that_the_architecture_names_is_there() {
    let document = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let quoted: Vec<&str> = document.split('`').skip(1).step_by(2).collect();
    let is_path = |it: &&str| it.starts_with("logger-") && it.ends_with(".rs");
    assert!(quoted.iter().filter(|it| is_path(it)).count() > 15);
    for pair in quoted.windows(2) {
        if !is_path(&pair[0]) {
            continue;
        }
        let text = fs::read_to_string(root().join(pair[0])).unwrap_or_else(|_| panic!("no file {}", pair[0]));
        if pair[0].contains("/tests/") {
            assert!(text.contains(&format!("fn {}(", pair[1])), "no `{}` in {}", pair[1], pair[0]);
        }
    }
}

#[test]
fn core_names_no_plugin() {
    for (path, text) in of_crate("logger-core") {
        for plugin in ["logger_file", "logger_stderr", "logger_config", "logger_telegram"] {
            assert!(!text.contains(plugin), "{} names {plugin}", path.display());
        }
    }
}

#[test]
fn unsafe_code_is_in_one_folder() {
    let raw = root().join("logger-core/src/raw");
    for name in ["logger-core", "logger-file", "logger-stderr", "logger-telegram", "logger-config"] {
        for (path, text) in of_crate(name) {
            let code = text.lines().map(|line| line.split("//").next().unwrap());
            let mut lines = code.filter(|line| line.contains("unsafe {") || line.contains("unsafe impl"));
            assert!(path.starts_with(&raw) || lines.next().is_none(), "unsafe code in {}", path.display());
        }
    }
}
