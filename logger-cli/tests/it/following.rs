//! What is written from now on.

use std::{
    fs::{self, OpenOptions},
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::Stdio,
};

use logger_cli::{follow::Follower, source::Meter};

use crate::support::{line, lines, logger, path, write};

struct Scene {
    dir: tempfile::TempDir,
    follower: Follower,
}

impl Scene {
    /// Ten lines are there before the following begins.
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        write(&path(&dir, "expert.log"), &lines(1..=10));
        let follower = Follower::at_end(&[path(&dir, "expert.log")], &Meter::default()).unwrap();
        Scene { dir, follower }
    }

    fn append(&self, name: &str, text: &str) {
        append(&path(&self.dir, name), text);
    }

    /// Two looks: the second gives what the first held back.
    #[track_caller]
    fn gives(&mut self, numbers: impl IntoIterator<Item = u64>) {
        let mut found = self.follower.look().unwrap();
        found.extend(self.follower.look().unwrap());
        let found: Vec<String> = found.into_iter().map(|it| String::from_utf8(it.bytes).unwrap()).collect();
        assert_eq!(found, numbers.into_iter().map(line).collect::<Vec<_>>());
    }

    fn rename(&self, from: &str, to: &str) {
        fs::rename(path(&self.dir, from), path(&self.dir, to)).unwrap();
    }
}

fn append(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn what_is_appended_is_given_once_and_a_line_when_it_is_whole() {
    let mut scene = Scene::new();
    scene.gives([]);
    scene.append("expert.log", &lines(11..=12));
    let whole = lines([13]);
    let (half, other) = whole.split_at(100);
    scene.append("expert.log", half);
    scene.gives([11, 12]);
    scene.append("expert.log", other);
    scene.gives([13]);
    scene.gives([]);
}

#[test]
fn what_comes_in_several_files_is_in_the_order_of_time() {
    let dir = tempfile::tempdir().unwrap();
    let logs = ["expert.log", "trades.log", "errors.log"].map(|it| path(&dir, it));
    let mut follower = Follower::at_end(&logs, &Meter::default()).unwrap();
    for (log, numbers) in logs.iter().zip([[11, 14], [12, 15], [10, 13]]) {
        append(log, &lines(numbers));
    }
    let mut found = follower.look().unwrap();
    // what another file has late still finds its place
    append(&logs[1], &lines([9]));
    found.extend(follower.look().unwrap());
    found.extend(follower.look().unwrap());
    let found: Vec<String> = found.into_iter().map(|it| String::from_utf8(it.bytes).unwrap()).collect();
    assert_eq!(found, (9..=15).map(line).collect::<Vec<_>>());
}

#[test]
fn several_rotations_between_two_looks_lose_nothing() {
    let mut scene = Scene::new();
    scene.append("expert.log", &lines(11..=12));
    scene.rename("expert.log", "expert.log.1");
    write(&path(&scene.dir, "expert.log"), &lines(13..=14));
    scene.rename("expert.log.1", "expert.log.2");
    scene.rename("expert.log", "expert.log.1");
    write(&path(&scene.dir, "expert.log"), &lines(15..=16));
    scene.gives(11..=16);
    // the writer had not noticed yet
    scene.append("expert.log.2", &lines([17]));
    scene.gives([17]);
}

#[test]
fn a_file_that_was_packed_meanwhile_is_not_given_again() {
    let mut scene = Scene::new();
    scene.append("expert.log", &lines(11..=12));
    scene.gives(11..=12);
    fs::remove_file(path(&scene.dir, "expert.log")).unwrap();
    write(&path(&scene.dir, "expert.log.2.gz"), &lines(1..=12));
    write(&path(&scene.dir, "expert.log.1.zst"), &lines(13..=14));
    write(&path(&scene.dir, "expert.log"), &lines(15..=15));
    scene.gives(13..=15);
}

#[test]
fn a_file_that_was_cut_is_read_from_its_beginning_and_one_that_was_deleted_is_waited_for() {
    let mut scene = Scene::new();
    let file = OpenOptions::new().write(true).open(path(&scene.dir, "expert.log")).unwrap();
    file.set_len(0).unwrap();
    scene.gives([]);
    scene.append("expert.log", &lines([11]));
    scene.gives([11]);
    fs::remove_file(path(&scene.dir, "expert.log")).unwrap();
    scene.gives([]);
    scene.append("expert.log", &lines([12]));
    scene.gives([12]);
    let folder = scene.dir.path().to_owned();
    fs::remove_dir_all(&folder).unwrap();
    scene.gives([]);
    fs::create_dir(&folder).unwrap();
    scene.append("expert.log", &lines([13]));
    scene.gives([13]);
}

#[test]
fn the_command_shows_what_comes_each_record_once() {
    let dir = tempfile::tempdir().unwrap();
    write(&path(&dir, "expert.log"), &lines(1..=10));
    let mut child = logger(&["logs", "--dir", ".", "-f", "-n", "2", "--format", "json"], dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut next = || reader.next().unwrap().unwrap();
    assert_eq!([next(), next()], [line(9), line(10)]);
    // the copy of what was shown already
    append(&path(&dir, "trades.log"), &lines([10]));
    append(&path(&dir, "expert.log"), &lines([20]));
    append(&path(&dir, "trades.log"), &lines([20, 30]));
    assert_eq!([next(), next()], [line(20), line(30)]);
    fs::rename(path(&dir, "expert.log"), path(&dir, "expert.log.1")).unwrap();
    append(&path(&dir, "expert.log"), &lines([30, 31]));
    assert_eq!(next(), line(31));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn without_a_limit_all_is_shown_and_then_what_comes() {
    let dir = crate::support::folder(3, 20);
    let mut child = logger(&["logs", "--dir", ".", "-f", "-n", "0", "--format", "json"], dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap()).lines();
    for seq in 1..=60 {
        assert_eq!(reader.next().unwrap().unwrap(), line(seq));
    }
    append(&path(&dir, "expert.log"), &lines([61]));
    assert_eq!(reader.next().unwrap().unwrap(), line(61));
    child.kill().unwrap();
    child.wait().unwrap();
}
