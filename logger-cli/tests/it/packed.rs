//! Packed files, as programs of others pack them too.

use std::fs;

use crate::support::{line, lines, numbers, path, run, write};

/// As `cat a.gz b.gz > c.gz` makes it.
fn joined(dir: &tempfile::TempDir, name: &str, parts: [std::ops::RangeInclusive<u64>; 3]) {
    let mut all = Vec::new();
    for part in parts {
        write(&path(dir, name), &lines(part));
        all.extend(fs::read(path(dir, name)).unwrap());
    }
    fs::write(path(dir, name), all).unwrap();
}

#[test]
fn a_file_of_several_packed_parts_is_read_to_its_end() {
    for name in ["expert.log.1.gz", "expert.log.1.zst"] {
        let dir = tempfile::tempdir().unwrap();
        joined(&dir, name, [1..=100, 101..=200, 201..=300]);
        write(&path(&dir, "expert.log"), &lines(301..=310));
        assert_eq!(numbers(&["-n", "0"], dir.path()), Vec::from_iter(1..=310), "{name}");
        assert_eq!(numbers(&["-n", "150"], dir.path()), Vec::from_iter(161..=310), "{name}");
    }
}

#[test]
fn a_file_that_is_there_plain_and_packed_is_read_once() {
    // lines without a number, which could not be told apart otherwise
    let line = |n: u64| line(n).replace(&format!("\"run\":\"r-1\",\"seq\":{n},"), "");
    let text: String = (1..=50).map(|n| line(n) + "\n").collect();
    for names in [
        ["expert.log.1", "expert.log.1.gz"],
        ["expert.log.1", "expert.log.1.zst"],
        ["expert.log.1.gz", "expert.log.1.zst"],
        ["expert.2026-01-31.log", "expert.2026-01-31.log.gz"],
    ] {
        let dir = tempfile::tempdir().unwrap();
        names.iter().for_each(|name| write(&path(&dir, name), &text));
        write(&path(&dir, "expert.log"), "");
        for limit in ["0", "200"] {
            let output = run(&["logs", "--dir", ".", "--format", "json", "-n", limit], dir.path());
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text, "{names:?}");
        }
        // the one that is whole already counts: packing may be under way
        if !names[0].ends_with("gz") {
            fs::write(path(&dir, names[1]), "begun").unwrap();
            let output = run(&["logs", "--dir", ".", "--format", "json", "-n", "0"], dir.path());
            assert!(output.status.success() && output.stdout == text.as_bytes(), "{names:?} {output:?}");
        }
    }
}
