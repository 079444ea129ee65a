//! What the documents at the root show and point at.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use guide::{Kind, blocks, excerpt};

use crate::root;

const DOCUMENTS: [&str; 4] = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_code_in_the_documents_is_the_code_of_the_files() {
    let mut compared = 0;
    for document in DOCUMENTS {
        for block in blocks(&read(document)) {
            // a document at the root may show commands without running them
            if let Ok(Kind::From { path, region }) = block.kind() {
                compared += 1;
                let expected = excerpt(&read(path), region);
                assert!(!expected.is_empty(), "{document}: {path}#{region:?} is empty");
                assert_eq!(block.text, expected, "{document}: {path}#{region:?}");
            }
        }
    }
    assert!(compared >= 6, "only {compared} blocks say where they come from");
}

/// The documents at the root and the chapters of the guide.
fn all_documents() -> Vec<PathBuf> {
    let chapters = fs::read_dir(root().join("docs/src")).unwrap().map(|entry| entry.unwrap().path());
    let chapters = chapters.filter(|path| path.extension().is_some_and(|it| it == "md"));
    DOCUMENTS.iter().map(|it| root().join(it)).chain(chapters).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_are_there() {
    let mut links = 0;
    for document in all_documents() {
        let folder = document.parent().unwrap();
        let text = fs::read_to_string(&document).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.starts_with("https://") {
                continue;
            }
            links += 1;
            let (path, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { document.clone() } else { folder.join(path) };
            assert!(target.exists(), "{} links to {link}", document.display());
            assert!(
                heading.is_empty() || headings(&target).contains(heading),
                "{} links to {link}",
                document.display()
            );
        }
    }
    assert!(links >= 40, "only {links} links");
}

/// The names of the headings of a document, as a link writes them.
fn headings(document: &Path) -> HashSet<String> {
    let text = fs::read_to_string(document).unwrap();
    let name = |line: &str| {
        let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        title.chars().filter(|char| char.is_alphanumeric() || matches!(char, '-' | '_')).collect()
    };
    text.lines().filter(|line| line.starts_with('#')).map(name).collect()
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
fn every_task_and_every_step_that_the_documents_name_exists() {
    let usage = read("xtask/src/main.rs");
    let steps = read("xtask/src/test.rs");
    for document in all_documents() {
        let text = fs::read_to_string(&document).unwrap();
        for rest in text.split("cargo xtask ").skip(1) {
            let command = rest.split(['`', '\n', '#', ';']).next().unwrap();
            let mut words = command.split_whitespace();
            let task = words.next().unwrap();
            assert!(usage.contains(&format!("\"{task}\"")), "{}: `cargo xtask {task}`", document.display());
            for step in words.filter(|word| task == "test" && !word.starts_with('-')) {
                assert!(
                    steps.contains(&format!("name: \"{step}\"")),
                    "{}: step `{step}`",
                    document.display()
                );
            }
        }
    }
}

/// The names of all tests of the workspace.
fn tests() -> HashSet<String> {
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.retain(|path| path.join("Cargo.toml").exists());
    let mut found = HashSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                tests_in(&fs::read_to_string(path).unwrap(), &mut found);
            }
        }
    }
    found
}

/// Adds the names of the functions below `#[test]`.
fn tests_in(source: &str, found: &mut HashSet<String>) {
    let mut is_test = false;
    for line in source.lines().map(str::trim_start) {
        let name = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ");
        match name {
            Some(name) if is_test => {
                found.insert(name.split(['(', '<']).next().unwrap_or_default().to_owned());
                is_test = false;
            }
            _ => {
                is_test =
                    line.starts_with("#[test]") || (is_test && !line.is_empty() && !line.starts_with('}'))
            }
        }
    }
}

/// The names between backticks that are as long as those of tests.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |it: &&str| {
        it.matches('_').count() >= 4
            && it.chars().all(|it| it == '_' || it.is_ascii_lowercase() || it.is_ascii_digit())
    };
    text.split('`').skip(1).step_by(2).filter(is_name)
}

#[test]
fn every_test_that_a_document_names_exists() {
    let tests = tests();
    for (document, least) in [("README.md", 30), ("SECURITY.md", 25)] {
        let text = read(document);
        let missing: Vec<&str> = named(&text).filter(|it| !tests.contains(*it)).collect();
        assert!(missing.is_empty(), "{document}: there are no tests {missing:?}");
        assert!(named(&text).count() >= least, "{document} names few tests");
    }
}

#[test]
fn no_guarantee_and_no_threat_is_without_a_test() {
    let (readme, security) = (read("README.md"), read("SECURITY.md"));
    let (_, guarantees) = readme.split_once("## What is guaranteed").unwrap();
    let (_, threats) = security.split_once("## Files and folders").unwrap();
    for section in [guarantees.split("\n## ").next().unwrap(), threats] {
        let rows = section.lines().filter(|line| line.starts_with("| "));
        for row in rows.filter(|row| !row.starts_with("| | ") && !row.starts_with("| threat ")) {
            assert!(named(row).count() > 0, "no test: {row}");
        }
    }
}

#[test]
fn a_function_is_a_test_where_its_attribute_says_so() {
    let mut found = HashSet::new();
    let source = "#[test]\nfn one() {}\nfn two() {}\n    #[test]\n    #[cfg(unix)]\n    fn three<T>() {}\n}\nfn four() {}\n";
    tests_in(source, &mut found);
    let mut found: Vec<String> = found.into_iter().collect();
    found.sort();
    assert_eq!(found, ["one", "three"]);
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
