//! The programs and commands of the guide and of the README print what is shown there.

use std::{collections::BTreeMap, fs, path::PathBuf};

use anyhow::Context as _;
use guide::{Kind, blocks, excerpt, same};

use crate::{path_of, program};

fn root() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The chapters of the guide by name.
fn chapters() -> BTreeMap<String, String> {
    let summary = read("docs/src/SUMMARY.md");
    let names = summary.split("](").skip(1).map(|rest| rest.split(')').next().unwrap().to_owned());
    names.map(|name| (name.clone(), read(&format!("docs/src/{name}")))).collect()
}

#[test]
fn every_file_of_the_guide_is_a_chapter_whose_code_is_run() {
    let chapters = chapters();
    let run = read("docs/harness/chapters.rs");
    for entry in fs::read_dir(root().join("docs/src")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.ends_with(".md") && name != "SUMMARY.md" {
            assert!(chapters.contains_key(&name), "{name} is not in the summary");
            assert!(
                run.contains(&format!("include_str!(\"../src/{name}\")")),
                "{name} is not in chapters.rs"
            );
        }
    }
}

#[test]
fn every_block_of_the_guide_is_proved_and_those_that_are_not_run_are_these() {
    let mut not_run = Vec::new();
    for (name, chapter) in chapters() {
        for block in blocks(&chapter) {
            match block.kind().with_context(|| name.clone()).unwrap() {
                Kind::NotRun(reason) => not_run.push(format!("{name}: {reason}")),
                Kind::From { path, region } => {
                    let expected = excerpt(&read(path), region);
                    assert!(!expected.is_empty(), "{name}: {path}#{region:?} is empty");
                    assert_eq!(block.text, expected, "{name}: {path}#{region:?}");
                }
                _ => {}
            }
        }
    }
    assert_eq!(not_run, NOT_RUN);
}

/// What nothing proves, and why.
const NOT_RUN: [&str; 0] = [];

#[test]
fn the_programs_print_and_write_what_the_guide_shows() {
    let mut compared = 0;
    for (name, chapter) in chapters() {
        // of one program that is shown in several blocks, all blocks are of one run
        let mut runs = BTreeMap::new();
        for block in blocks(&chapter) {
            if let Kind::Output { program: of, what } = block.kind().unwrap() {
                let run = runs.entry(of.to_owned()).or_insert_with(|| {
                    let folder = tempfile::tempdir().unwrap();
                    let output = program(of, folder.path()).output().unwrap();
                    (folder, output)
                });
                let real = match what {
                    "stdout" => String::from_utf8(run.1.stdout.clone()).unwrap(),
                    "stderr" => String::from_utf8(run.1.stderr.clone()).unwrap(),
                    file => fs::read_to_string(run.0.path().join(file)).unwrap(),
                };
                assert!(
                    same(&block.text, &real),
                    "{name}: {of} {what}\n--- guide\n{}--- real\n{real}",
                    block.text
                );
                compared += 1;
            }
        }
    }
    assert!(compared >= 2, "only {compared} outputs are compared");
}

/// What `cargo run` of the guide calls: the programs that are built already.
const CARGO: &str = r#"#!/bin/bash
# cargo run -q -p tour --bin NAME [-- ARGUMENTS]
[ "$1 $2 $3 $4 $5" = "run -q -p tour --bin" ] || { echo "not a command that is played here: cargo $*"; exit 2; }
name=$6; shift 6; [ "$1" = "--" ] && shift
exec "$(dirname "$0")/$name" "$@"
"#;

#[cfg(unix)]
#[test]
fn the_commands_of_the_guide_print_what_is_shown() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let programs = tempfile::tempdir().unwrap();
    for (name, path) in crate::PROGRAMS {
        symlink(path, programs.path().join(name)).unwrap();
    }
    let cargo = programs.path().join("cargo");
    fs::write(&cargo, CARGO).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();

    let mut followed = 0;
    for (name, chapter) in chapters() {
        let has_commands = blocks(&chapter).iter().any(|it| it.kind().unwrap() == Kind::Commands);
        // `cargo xtask test outside-crate` follows the first chapter, with the real cargo
        if has_commands && name != "start.md" {
            let session = guide::Session::new(programs.path()).unwrap();
            session.follow(&chapter).with_context(|| name.clone()).unwrap();
            followed += 1;
        }
    }
    assert!(followed >= 4, "only {followed} chapters have commands");
}

#[test]
fn every_program_of_the_tour_is_shown_or_run_by_the_guide() {
    let all: String = chapters().into_values().collect();
    for entry in fs::read_dir(root().join("examples/tour/src/bin")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path_of(name).is_some() {
            assert!(all.contains(name), "{name} is nowhere in the guide");
        }
    }
}
