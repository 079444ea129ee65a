//! What the documents at the root show and point at.

use std::fs;

use crate::{
    excerpt::{excerpt, shown},
    root,
};

const DOCUMENTS: [&str; 3] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_code_in_the_documents_is_the_code_of_the_files() {
    let mut blocks = 0;
    for document in DOCUMENTS {
        for block in shown(&read(document)) {
            blocks += 1;
            let expected = excerpt(&read(block.path), block.region);
            assert!(!expected.is_empty(), "{document}: {}#{:?} is empty", block.path, block.region);
            assert_eq!(block.text, expected, "{document}: {}#{:?}", block.path, block.region);
        }
    }
    assert!(blocks >= 6, "only {blocks} blocks say where they come from");
}

#[test]
fn every_link_to_a_file_leads_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let path = link.split('#').next().unwrap_or_default();
            if !link.starts_with("https://") && !path.is_empty() {
                assert!(root().join(path).exists(), "{document} links to {path}");
            }
        }
    }
}

#[test]
fn every_crate_has_a_row_in_the_readme() {
    let readme = read("README.md");
    let crates = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    for path in crates.filter(|path| path.join("Cargo.toml").exists()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert!(readme.contains(&format!("| `{name}` |")), "{name} has no row");
    }
}

#[test]
fn the_rust_version_in_the_readme_is_that_of_the_manifest() {
    let version = env!("CARGO_PKG_RUST_VERSION");
    assert!(read("README.md").contains(&format!("Rust {version}")), "Rust {version} is not named");
}

#[test]
fn every_task_that_the_documents_name_exists() {
    let tasks = ["bench", "demo", "test", "faults", "fuzz", "soak"];
    for document in DOCUMENTS {
        for rest in read(document).split("cargo xtask ").skip(1) {
            let task: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
            assert!(tasks.contains(&task.as_str()), "{document}: `cargo xtask {task}`");
        }
    }
}

/// The rows of all tables of a document, as cells.
fn rows(document: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    read(document).lines().filter(|line| line.starts_with("| ")).map(cells).collect()
}

#[test]
fn the_keys_in_the_readme_have_the_defaults_and_names_that_logger_config_documents() {
    let all = rows("logger-config/README.md");
    let is_key = |row: &&Vec<String>| row.len() == 4 && row[0].starts_with('`');
    let readme = rows("README.md");
    let keys: Vec<_> = readme.iter().filter(is_key).collect();
    assert!(keys.len() >= 6, "{keys:?}");
    for row in keys {
        let documented = all.iter().find(|it| it[0] == row[0]);
        let documented = documented.unwrap_or_else(|| panic!("{} is not a key", row[0]));
        // key, form, default, environment, meaning
        assert_eq!((&row[1], &row[2]), (&documented[2], &documented[3]), "{}", row[0]);
    }
}
