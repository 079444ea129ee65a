//! Files of which not all can be read.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use crate::support::{folder, lines, logger, numbers, path, run, write};

/// What `logs` shows as JSON, its numbers, and what it says; it has to end with 3.
fn part(args: &[&str], dir: &tempfile::TempDir) -> (Vec<u64>, String) {
    let output = run(&[&["logs", "--dir", ".", "--format", "json"], args].concat(), dir.path());
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    let seq = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64();
    (shown.lines().filter_map(seq).collect(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_file_that_is_packed_wrongly_is_named_and_hides_nothing_of_the_others() {
    let dir = folder(4, 20);
    fs::write(path(&dir, "expert.log.1.gz"), "this is no packed file").unwrap();
    // copies of trades and errors are in files of their own
    let left = Vec::from_iter((1..=40).chain([50, 60]).chain(61..=80));
    for limit in ["0", "100"] {
        let (numbers, said) = part(&["-n", limit], &dir);
        assert_eq!(numbers, left, "{limit}");
        assert_eq!(said, "logger: ./expert.log.1.gz cannot be read to its end: invalid gzip header\n");
    }
    // whoever looks at its beginning first names it once, too
    let since = ["-n", "0", "--since", "2026-01-31T09:00:00.001Z", "--until", "2026-01-31T09:01:00Z"];
    assert_eq!(part(&since, &dir).1.lines().count(), 1);
    fs::write(path(&dir, "expert.log.3.zst"), "this is no packed file").unwrap();
    let said = part(&["-n", "0"], &dir).1;
    assert!(
        said.lines().count() == 2 && said.lines().all(|it| it.starts_with("logger: ./expert.log.")),
        "{said}"
    );
    assert_eq!(
        numbers(&["-n", "5"], dir.path()),
        Vec::from_iter(76..=80),
        "whoever is not read is not named"
    );
    for task in [&["order", "8", "--dir", "."][..], &["stats", "--dir", "."], &["verify", "--dir", "."]] {
        let output = run(task, dir.path());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.code() == Some(3) && said.contains("./expert.log.1.gz cannot be read"),
            "{task:?} {said}"
        );
        assert!(!output.stdout.is_empty(), "{task:?} says what it could read");
    }
    let output = run(&["doctor", "--dir", "."], dir.path());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.code() == Some(1) && text.contains("WRONG ./expert.log.1.gz cannot be read: "),
        "{text}"
    );
}

#[test]
fn of_a_packed_file_that_was_cut_the_part_that_is_there_is_shown_whichever_way_it_is_read() {
    for name in ["expert.log.1.gz", "expert.log.1.zst"] {
        let dir = tempfile::tempdir().unwrap();
        write(&path(&dir, name), &lines(1..=20_000));
        write(&path(&dir, "expert.log"), &lines(20_001..=20_010));
        let packed = fs::read(path(&dir, name)).unwrap();
        fs::write(path(&dir, name), &packed[..packed.len() / 2]).unwrap();
        let (forward, said) = part(&["-n", "0"], &dir);
        assert!(said.starts_with(&format!("logger: ./{name} cannot be read to its end: ")), "{said}");
        let there = forward.len() as u64 - 10;
        assert!((5_000..15_000).contains(&there), "{there}");
        assert_eq!(forward, Vec::from_iter((1..=there).chain(20_001..=20_010)));
        assert_eq!(part(&["-n", "20000"], &dir).0, forward, "from the end");
        // the end of all is in another file
        assert_eq!(numbers(&["-n", "5"], dir.path()), Vec::from_iter(20_006..=20_010));
    }
}

#[cfg(unix)]
#[test]
fn a_name_behind_which_there_is_no_file_is_told_and_hides_nothing() {
    let dir = folder(4, 20);
    fs::remove_file(path(&dir, "expert.log.2")).unwrap();
    for target in ["expert.log.2", "nothing"] {
        std::os::unix::fs::symlink(target, path(&dir, "expert.log.2")).unwrap();
        let (numbers, said) = part(&["-n", "0"], &dir);
        assert_eq!(numbers.len(), 80 - 20 + 2, "{target}");
        assert!(said.starts_with("logger: ./expert.log.2 cannot be read to its end: "), "{said}");
        fs::remove_file(path(&dir, "expert.log.2")).unwrap();
    }
}

#[test]
fn while_logs_are_followed_a_damaged_file_is_named_once() {
    let dir = folder(4, 20);
    fs::write(path(&dir, "expert.log.1.gz"), "this is no packed file").unwrap();
    let mut child = logger(&["logs", "--dir", ".", "-f", "-n", "60", "--format", "json"], dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = said.next().unwrap().unwrap();
    assert!(first.contains("expert.log.1.gz cannot be read"), "{first}");
    let mut shown = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!((0..60).map(|_| shown.next().unwrap().unwrap()).count(), 60);
    // two files end at once, and the second of them is damaged: it is named, and the first one is not named again
    for (from, to) in [("3.zst", "5.zst"), ("2", "4"), ("1.gz", "3.gz")] {
        fs::rename(path(&dir, &format!("expert.log.{from}")), path(&dir, &format!("expert.log.{to}")))
            .unwrap();
    }
    fs::write(path(&dir, "expert.log.1.zst"), "this is no packed file").unwrap();
    fs::rename(path(&dir, "expert.log"), path(&dir, "expert.log.2")).unwrap();
    write(&path(&dir, "expert.log"), &lines(81..=82));
    let second = said.next().unwrap().unwrap();
    assert!(second.contains("expert.log.1.zst cannot be read"), "{second}");
    assert_eq!(
        [shown.next().unwrap().unwrap(), shown.next().unwrap().unwrap()].join("\n") + "\n",
        lines(81..=82)
    );
    child.kill().unwrap();
    child.wait().unwrap();
}
