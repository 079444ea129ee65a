//! Seals, judged by the command, and by a program of a few lines in another language.

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use expect_test::expect;
use logger_core::{Drain as _, Envelope, JsonFormat, Level, OwnedRecord};
use logger_file::{Compression, FileDrain, FileOptions, RotationPolicy, Seal, SealKey};

use crate::support::{logger, run};

const KEY: &str = "0123456789abcdef-of-a-test";

fn write(log: &Path, seal: Seal, compression: Compression) {
    let options = FileOptions::new()
        .format(JsonFormat::new(Envelope::Compact))
        .rotation(RotationPolicy::Size(1_500))
        .backup_count(100)
        .compression(compression)
        .seal(seal);
    let mut drain = FileDrain::open(log, options).unwrap();
    for n in 0_u64..30 {
        let record = OwnedRecord::new(Level::Info, "order \"filled\" 🦀\n").field("n", n).build();
        drain.log(&record.borrow()).unwrap();
        drain.flush(Instant::now() + Duration::from_secs(60)).unwrap();
    }
    // nothing is packed any more, and so nothing changes its name, once the drain has gone
    while compression != Compression::None && plain_backups(log) > 0 {
        thread::yield_now();
    }
}

fn plain_backups(log: &Path) -> usize {
    let is_plain = |name: &str| name.rsplit('.').next().is_some_and(|it| it.parse::<u32>().is_ok());
    let names = fs::read_dir(log.parent().unwrap()).unwrap().map(|it| it.unwrap().file_name());
    names.filter(|name| name.to_str().is_some_and(is_plain)).count()
}

/// A folder whose `trades.log` is sealed with the key, which stands in `key`.
fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("key"), format!("{KEY}\n")).unwrap();
    write(&dir.path().join("trades.log"), Seal::Key(SealKey::new(KEY).unwrap()), Compression::Gzip);
    dir
}

/// The exit code, and what is said without hashes.
fn verify(args: &[&str], dir: &Path) -> (i32, String) {
    let output = run(&[&["verify", "--dir", "."], args].concat(), dir);
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    let is_hash = |word: &str| word.len() == 64 && word.bytes().all(|it| it.is_ascii_hexdigit());
    let shown = text.split(':').fold(String::new(), |shown, part| {
        let (word, rest) = part.split_at(part.find('\n').unwrap_or(part.len()));
        let separator = if shown.is_empty() { "" } else { ":" };
        shown + separator + if is_hash(word) { "…" } else { word } + rest
    });
    (output.status.code().unwrap(), shown)
}

#[test]
fn s35_a_log_that_is_as_it_was_written_is_said_to_be_and_a_change_is_named_by_its_file_and_line() {
    let dir = folder();
    let key = ["--key-file", "key"];
    let (code, shown) = verify(&key, dir.path());
    assert_eq!(code, 0, "{shown}");
    expect![[r#"
        ./trades.log: 30 lines in 4 files as written; the last is 30:…
    "#]]
    .assert_eq(&shown);
    let open = dir.path().join("trades.log");
    let text = fs::read_to_string(&open).unwrap();
    fs::write(&open, text.replacen("filled", "killed", 1)).unwrap();
    let (code, shown) = verify(&key, dir.path());
    assert_eq!(code, 1);
    expect![[r#"
        ./trades.log:1: line 25 of the chain is not as it was written, or was sealed with another key
        ./trades.log: 29 lines in 4 files as written; the last is 30:…
    "#]]
    .assert_eq(&shown);
    fs::write(&open, text).unwrap();
    let oldest = fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().path()).max_by_key(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.strip_prefix("trades.log.").and_then(|it| it.trim_end_matches(".gz").parse::<u32>().ok())
    });
    fs::remove_file(oldest.unwrap()).unwrap();
    let (code, shown) = verify(&key, dir.path());
    assert_eq!(code, 1);
    expect![[r#"
        ./trades.log: lines 1 to 8 of the chain, the oldest ones, are missing
        ./trades.log: 22 lines in 3 files as written; the last is 30:…
    "#]]
    .assert_eq(&shown);
    assert_eq!(verify(&["--key-file", "key", "--no-checkpoint"], dir.path()).0, 0);
}

#[test]
fn what_was_noted_elsewhere_has_to_be_there_still() {
    let dir = folder();
    let output = run(&["verify", "--key-file", "key", "trades.log"], dir.path());
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.trim_end().rsplit(' ').next().unwrap();
    assert_eq!(verify(&["--key-file", "key", "--expect", last, "trades.log"], dir.path()).0, 0);
    // log and checkpoint of an earlier time
    let open = dir.path().join("trades.log");
    let checkpoint = dir.path().join("trades.log.seal");
    let noted = fs::read_to_string(&checkpoint).unwrap();
    fs::write(
        &checkpoint,
        noted.lines().find(|it| it.starts_with("{\"last\":28,")).unwrap().to_owned() + "\n",
    )
    .unwrap();
    let lines = fs::read_to_string(&open).unwrap();
    let is_later = |line: &&str| line.contains("\"seal\":\"29:") || line.contains("\"seal\":\"30:");
    let kept: String = lines.split_inclusive('\n').filter(|line| !is_later(line)).collect();
    assert!(kept.len() < lines.len());
    fs::write(&open, kept).unwrap();
    assert_eq!(verify(&["--key-file", "key"], dir.path()).0, 0, "that alone does not show");
    let (code, shown) = verify(&["--key-file", "key", "--expect", last, "trades.log"], dir.path());
    assert_eq!(code, 1);
    assert!(shown.contains("lines 29 to 30 of the chain, the last ones, are missing"), "{shown}");
    assert_eq!(verify(&["--key-file", "key", "--expect", "30:x", "trades.log"], dir.path()).0, 2);
}

#[test]
fn without_seals_or_their_key_nothing_is_said_to_be_right() {
    let dir = folder();
    let (code, shown) = verify(&[], dir.path());
    assert_eq!(code, 1);
    assert!(shown.contains("--key-file has to name it") && shown.contains("more flaws"), "{shown}");
    let by_variable = |name: &str, value: &str| {
        logger(&["verify", "--dir", "."], dir.path())
            .env(name, value)
            .output()
            .unwrap()
            .status
            .code()
            .unwrap()
    };
    assert_eq!(by_variable("LOG__FILES__SEAL_KEY", KEY), 0);
    assert_eq!(by_variable("LOG__FILES__SEAL_KEY_FILE", "key"), 0);
    assert_eq!(by_variable("LOG__FILES__SEAL_KEY", "another-key-than-that"), 1);
    assert_eq!(by_variable("LOG__FILES__SEAL_KEY", "short"), 2);
    assert_eq!(by_variable("LOG__FILES__SEAL_KEY_FILE", "missing"), 3);
    fs::write(dir.path().join("expert.log"), "{\"event\":\"x\"}\n").unwrap();
    let (code, shown) = verify(&["--key-file", "key"], dir.path());
    assert_eq!((code, shown.lines().next().unwrap()), (1, "./expert.log: no line has a seal"));
    // of a log that was deleted with all its files the checkpoint is left
    for file in fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if name != "key" && name != "trades.log.seal" {
            fs::remove_file(file).unwrap();
        }
    }
    let (code, shown) = verify(&["--key-file", "key"], dir.path());
    assert!(code == 1 && shown.contains("lines 1 to 30 of the chain, the last ones, are missing"), "{shown}");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(verify(&[], empty.path()), (1, "there is no log\n".into()));
}

/// The description in the documentation of `Seal`, in a few lines of Python: what it says has to be enough.
const READER: &str = r#"
import hashlib, hmac, re, sys
key, name, files = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
prefix = b"logger seal 1\0" + name
key = hmac.new(key, prefix, "sha256").digest() if key else hashlib.sha256(prefix).digest()
before, number = bytes(32), 0
for line in (line for file in files for line in open(file, "rb")):
    text, seal = re.fullmatch(rb'(\{.*),"seal":"([^"]*)"\}\n', line).groups()
    parts = seal.split(b":")
    number += 1
    said = bytes.fromhex(parts[1].decode())
    made = hmac.new(key, b"line\0" + before + number.to_bytes(8, "big") + text + b"}", "sha256").digest()
    assert int(parts[0]) == number and made == said, line
    assert len(parts) == 2 or bytes.fromhex(parts[2].decode()) == before, line
    before = said
print(number)
"#;

#[test]
fn what_is_said_of_seals_is_enough_to_judge_them_without_us() {
    let is_there = Command::new("python3").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !is_there {
        let _ = writeln!(io::stderr(), "python3 is not installed: what it makes of seals is skipped");
        return;
    }
    for (seal, key) in [(Seal::Hash, ""), (Seal::Key(SealKey::new(KEY).unwrap()), KEY)] {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("trades.log"), seal, Compression::None);
        let number =
            |name: &String| name.strip_prefix("trades.log.").map_or(0, |it| it.parse::<u32>().unwrap());
        let names =
            fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| !name.ends_with(".seal")).collect();
        names.sort_by_key(|name| std::cmp::Reverse(number(name)));
        let judge = || {
            let python = Command::new("python3")
                .args(["-c", READER, key, "trades.log"])
                .args(&names)
                .current_dir(dir.path())
                .output();
            python.unwrap()
        };
        let output = judge();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.stdout, b"30\n");
        let path = dir.path().join(&names[0]);
        fs::write(&path, fs::read_to_string(&path).unwrap().replacen("filled", "killed", 1)).unwrap();
        assert!(!judge().status.success());
    }
}
