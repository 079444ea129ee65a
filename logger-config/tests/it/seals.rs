//! Seals by the configuration, through a whole logger, also one that is killed.

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use logger_config::{MetaLoggerBuilder, info};
use logger_file::{Flaw, Seal, SealJudge, SealKey};

use crate::{PATIENCE, bare_builder, builder, error_of_file};

const KEY: &str = "0123456789abcdef-of-a-test";
/// The folder of the child's files; without it the test that is the child's does nothing.
const FOLDER: &str = "LOGGER_CONFIG_TEST_FOLDER";

fn sealed(folder: &Path) -> MetaLoggerBuilder {
    bare_builder(&[("LOG_TO_CONSOLE", "false")])
        .app_name("sealed")
        .log_dir(folder)
        .set("files.seal", "key")
        .set("files.seal_key", KEY)
        .set("files.max_size", "16 KiB")
        .set("files.backup_count", 1_000)
}

/// The flaws of a log, and how many of its lines are right.
fn judged(log: &Path) -> (Vec<Flaw>, u64) {
    let name = log.file_name().unwrap().to_str().unwrap();
    let mut judge = SealJudge::new(&Seal::Key(SealKey::new(KEY).unwrap()), name).unwrap();
    let is_noted = judge.expect_checkpoint(log).unwrap();
    assert!(is_noted, "{name}");
    let backup = |number: u32| PathBuf::from(format!("{}.{number}", log.display()));
    let count = (1..).take_while(|&number| backup(number).exists()).count() as u32;
    let mut flaws = Vec::new();
    for path in (1..=count).rev().map(backup).chain([log.to_owned()]) {
        for line in fs::read(&path).unwrap().split_inclusive(|&it| it == b'\n') {
            flaws.extend(judge.line(line).err());
        }
    }
    flaws.extend(judge.end());
    (flaws, judge.counts().sealed)
}

#[test]
fn child() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let logger = sealed(Path::new(&folder)).build().unwrap();
    // it is killed long before
    for n in 0..20_000_000_u64 {
        info!(logger, "price"; "n" => n, "symbol" => "BTCUSDT");
        if n.is_multiple_of(10) {
            info!(logger.trade(), "order filled"; "n" => n);
        }
        if n == 2_000 {
            let mut out = std::io::stdout();
            out.write_all(b"\nfilled\n").unwrap();
            out.flush().unwrap();
        }
    }
}

#[test]
fn s35_a_kill_and_its_recovery_look_like_no_change() {
    let folder = tempfile::tempdir().unwrap();
    for round in 1..4 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "seals::child", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let filled = BufReader::new(child.stdout.take().unwrap()).lines().any(|it| it.unwrap() == "filled");
        assert!(filled);
        child.kill().unwrap();
        child.wait().unwrap();
        if round == 2 {
            // the next start recovers what two have left
            continue;
        }
        let logger = sealed(folder.path()).build().unwrap();
        info!(logger.trade(), "back");
        assert!(logger.shutdown(PATIENCE).finished);
        for (log, least) in [("expert.log", 2_200), ("trades.log", 200)] {
            let (flaws, lines) = judged(&folder.path().join(log));
            assert_eq!(flaws, [], "{log}");
            assert!(lines >= least, "{log}: {lines}");
        }
    }
}

#[test]
fn s35_a_line_that_was_edited_is_told_at_the_next_start_where_it_stands_behind_the_checkpoint_and_else_found()
{
    let folder = tempfile::tempdir().unwrap();
    let trades = folder.path().join("trades.log");
    for price in [70_000, 70_001] {
        let logger = sealed(folder.path()).build().unwrap();
        info!(logger.trade(), "order filled"; "price" => price);
        assert!(logger.shutdown(PATIENCE).finished);
    }
    let text = fs::read_to_string(&trades).unwrap();
    fs::write(&trades, text.replace("70000", "60000")).unwrap();
    assert_eq!(judged(&trades), (vec![Flaw::Changed(1)], 1));
    fs::write(&trades, text.lines().next().unwrap().to_owned() + "\n").unwrap();
    let logger = sealed(folder.path()).build().unwrap();
    assert!(logger.shutdown(PATIENCE).finished);
    let general = fs::read_to_string(folder.path().join("expert.log")).unwrap();
    assert!(
        general.contains("run `logger verify`")
            && general.contains("lines 2 to 2 were written and are not there")
    );
    assert_eq!(judged(&trades), (vec![Flaw::TailMissing { from: 2, to: 2 }], 1));
}

#[test]
fn a_caller_cannot_give_a_line_a_seal() {
    let folder = tempfile::tempdir().unwrap();
    let logger = sealed(folder.path()).build().unwrap();
    info!(logger, "x"; "seal" => "1:0", "field.seal" => 2);
    assert!(logger.shutdown(PATIENCE).finished);
    let line = fs::read_to_string(folder.path().join("expert.log")).unwrap();
    assert!(line.contains(r#","field.seal":"1:0","field.field.seal":2,"seal":"1:"#), "{line}");
    assert_eq!(judged(&folder.path().join("expert.log")), (vec![], 1));
}

#[test]
fn seals_that_could_not_hold_are_refused_at_the_start() {
    for (text, message) in [
        ("[files]\nseal = 'key'", "there is no `files.seal_key` to seal with (drain `general`)"),
        (
            "[files]\nseal = 'hash'\nformat = 'text'",
            "lines have seals in `format` json only (drain `general`)",
        ),
        (
            "[files]\nwriters = 'several'\n[drains.trades]\nseal = 'hash'",
            "several writers of one file cannot seal its lines",
        ),
        (
            "[files]\nseal = 'hash'\ngeneral = 'a.{pid}.log'",
            "allowed is a name without `{pid}` (drain `general`)",
        ),
        ("[files]\nseal = 'hash'\nfolder_size = '1 GB'", "deletes files of one log for another"),
        (
            "[files]\nfolder_size = '1 GB'\nfolder_trades = 'go_last'\n[drains.trades]\nseal = 'hash'",
            "deletes files of one log for another",
        ),
        (
            "[files]\nseal_key = '0123456789abcde'",
            "the key (not shown) has 15 bytes; allowed are at least 16",
        ),
    ] {
        let error = error_of_file(text, &[]);
        assert!(error.contains(message) && !error.contains("0123"), "{error}");
    }
    for text in [
        "[files]\nfolder_size = '1 GB'\n[drains.trades]\nseal = 'hash'",
        "[files]\nformat = 'text'\nseal = 'hash'\n[drains.general]\nseal = 'none'\n[drains.errors]\nseal = 'none'\n\
         [drains.trades]\nformat = 'json'",
    ] {
        let (_folder, builder) = crate::with_file(text, &[]);
        builder.settings().unwrap();
    }
    let secret = builder(&[]).set("files.seal", "key").set("files.seal_key", KEY);
    let shown = format!("{:?} {:?} {}", secret, secret.settings().unwrap(), secret.explain().unwrap());
    assert!(!shown.contains(KEY) && shown.contains("files.seal_key"), "{shown}");
}
