//! A whole run of a real logger.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
    time::Duration,
};

use logger_config::{Context, LoggerExt as _, MetaLogger, debug, error, info, warning};

use logger_cli::{
    line::Line,
    source::{Direction, Lines as _, Meter, Series},
    time::Range,
};

use crate::support::{folder, line, path, run, shown, write};

#[test]
fn what_is_shown_of_a_run_is_what_was_logged_record_for_record() {
    let dir = tempfile::tempdir().unwrap();
    let none: [(&str, &str); 0] = [];
    let logger = MetaLogger::builder()
        .environment(none)
        .without_dotenv()
        .app_name("kept")
        .log_dir(dir.path())
        .set("console.enabled", false)
        .set("level", "debug")
        .set("files.max_size", "64 KiB")
        .set("files.backup_count", 1000)
        .set("files.compression", "zstd")
        .build()
        .unwrap();
    let mut logged = BTreeMap::new();
    for number in 0..3_000_u64 {
        let expert = format!("expert {}\u{202e}", number % 3);
        let log = logger.bind(Context::new().expert_name(&expert));
        let price = number as f64 / 7.0;
        let text = format!("line {number}\n\"quoted\" \u{1b}[0m");
        match number % 4 {
            0 => info!(log.trade(), "filled"; "number" => number, "price" => price, "text" => &text),
            1 => debug!(log, "looked"; "number" => number, "price" => price, "text" => &text),
            2 => warning!(log, "late"; "number" => number, "price" => price, "text" => &text),
            _ => error!(log, "failed"; "number" => number, "price" => price, "text" => &text),
        }
        let event = ["filled", "looked", "late", "failed"][(number % 4) as usize];
        logged.insert(number, (event, expert, price, text));
    }
    let report = logger.shutdown(Duration::from_secs(30));
    assert!(report.finished && report.health.total().dropped.total() == 0, "{report:?}");

    let shown = shown(&["logs", "--dir", ".", "--level", "trace", "-n", "0", "--format", "json"], dir.path());
    let mut seqs = Vec::new();
    for line in shown.lines() {
        let found: serde_json::Value = serde_json::from_str(line).unwrap();
        let number = found["number"].as_u64().unwrap_or_else(|| panic!("{line}"));
        let (event, expert, price, text) = logged.remove(&number).unwrap_or_else(|| panic!("twice: {line}"));
        assert_eq!(found["event"], event);
        assert_eq!(found["expert_name"], expert);
        assert_eq!(found["text"], text);
        assert_eq!(found["price"].as_f64(), Some(price));
        seqs.push(found["seq"].as_u64().unwrap());
    }
    assert!(logged.is_empty(), "{} are missing", logged.len());
    assert_eq!(seqs, Vec::from_iter(1..=3_000));
}

#[test]
fn a_doctor_finds_nothing_wrong_with_a_new_folder_and_names_what_is() {
    let dir = tempfile::tempdir().unwrap();
    let none: [(&str, &str); 0] = [];
    let builder = MetaLogger::builder().environment(none).without_dotenv().log_dir(dir.path().join("logs"));
    let logger = builder.app_name("patient").set("console.enabled", false).build().unwrap();
    info!(logger, "well");
    assert!(logger.shutdown(Duration::from_secs(30)).finished);
    let output = run(&["doctor", "--dir", "logs"], dir.path());
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(i32::from(text.contains("WRONG"))), "{text}");
    assert!(text.contains("files are for their owner alone"), "{text}");
    // how much space there is only this machine knows: less than 100 MB is wrong
    let spaces: Vec<&str> = text.lines().filter(|it| it.ends_with(" MB free")).collect();
    assert!(!spaces.is_empty(), "{text}");
    for line in spaces {
        let megabytes: u64 = line.trim_end_matches(" MB free").rsplit(' ').next().unwrap().parse().unwrap();
        assert_eq!(line.starts_with("WRONG"), megabytes < 100, "{line}");
    }
    let future = r#"{"timestamp":"2199-01-01T00:00:00.000000Z","level":"info","event":"x"}"#;
    std::fs::write(dir.path().join("logs/errors.log"), format!("{future}\n")).unwrap();
    let output = run(&["doctor", "--dir", "logs"], dir.path());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.contains("in the future"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_doctor_names_files_that_others_may_read_and_links() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let dir = folder(1, 20);
    let logs = path(&dir, "logs");
    std::fs::create_dir(&logs).unwrap();
    std::fs::set_permissions(&logs, std::fs::Permissions::from_mode(0o700)).unwrap();
    let file = |name: &str, mode: u32| {
        std::fs::copy(path(&dir, "expert.log"), logs.join(name)).unwrap();
        std::fs::set_permissions(logs.join(name), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let doctor = || String::from_utf8(run(&["doctor", "--dir", "logs"], dir.path()).stdout).unwrap();
    file("expert.log", 0o600);
    file("trades.log", 0o600);
    assert!(doctor().contains("ok    logs and its files are for their owner alone"), "{}", doctor());
    file("expert.log.1", 0o644);
    symlink("trades.log", logs.join("errors.log")).unwrap();
    std::fs::set_permissions(&logs, std::fs::Permissions::from_mode(0o750)).unwrap();
    let text = doctor();
    for line in [
        "note  logs has mode 0750: others may read what is logged",
        "note  logs/expert.log.1 has mode 0644: others may read what is logged",
        "WRONG logs/errors.log is a link, which is refused",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in {text}");
    }
    assert!(!text.contains("owner alone") && !text.contains("logs/expert.log has"), "{text}");
}

#[test]
fn files_that_are_renamed_packed_or_deleted_while_they_are_read_are_read_to_their_ends() {
    for direction in [Direction::Forward, Direction::Backward] {
        let dir = folder(5, 10);
        let log = path(&dir, "expert.log");
        let mut series = Series::open(&log, direction, Range::ALL, &Meter::default()).unwrap();
        let text = std::fs::read_to_string(path(&dir, "expert.log.2")).unwrap();
        std::fs::remove_file(path(&dir, "expert.log.2")).unwrap();
        write(&path(&dir, "expert.log.2.zst"), &text);
        std::fs::rename(path(&dir, "expert.log.3.zst"), path(&dir, "expert.log.4.zst")).unwrap();
        std::fs::rename(&log, path(&dir, "expert.log.1")).unwrap();
        std::fs::write(&log, "").unwrap();
        let (mut found, mut next) = (Vec::new(), Line::default());
        while series.next_line(&mut next).unwrap() {
            found.push(String::from_utf8(next.bytes.clone()).unwrap());
        }
        if direction == Direction::Backward {
            found.reverse();
        }
        assert_eq!(found, (1..=50).map(line).collect::<Vec<_>>(), "{direction:?}");
    }
}

#[test]
fn a_file_that_retention_takes_away_before_its_turn_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    // more than are kept open at one time
    let files = 210;
    for number in 0..files {
        let name = if number == 0 { "expert.log".into() } else { format!("expert.log.{number}") };
        write(&path(&dir, &name), &format!("{}\n", line(files - number)));
    }
    for direction in [Direction::Forward, Direction::Backward] {
        let log = path(&dir, "expert.log");
        let mut series = Series::open(&log, direction, Range::ALL, &Meter::default()).unwrap();
        let oldest = std::fs::read_to_string(path(&dir, "expert.log.209")).unwrap();
        std::fs::remove_file(path(&dir, "expert.log.209")).unwrap();
        let (mut found, mut next) = (0, Line::default());
        while series.next_line(&mut next).unwrap() {
            found += 1;
        }
        assert_eq!(found, files - 1, "{direction:?}");
        write(&path(&dir, "expert.log.209"), &oldest);
    }
}

/// Tells this test's own program, run again, where to log and to be killed.
const KILLED_IN: &str = "LOGGER_TEST_KILLED_IN";

/// Logs more than its drain can take, says so, and waits to be killed.
fn log_until_killed(dir: &std::ffi::OsStr) -> ! {
    let none: [(&str, &str); 0] = [];
    let logger = MetaLogger::builder()
        .environment(none)
        .without_dotenv()
        .app_name("killed")
        .log_dir(dir)
        .set("console.enabled", false)
        .build()
        .unwrap();
    for number in 1..=2_000_u64 {
        info!(logger, "logged"; "number" => number);
    }
    // each call has returned: wherever the records are, none may be lost
    let _ = writeln!(std::io::stderr(), "logged all");
    loop {
        std::thread::park();
    }
}

fn killed_program(dir: &std::path::Path) -> String {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kept::what_a_killed_program_has_left_is_named_and_written_once", "--nocapture"])
        .env(KILLED_IN, dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let all = said.any(|it| it.unwrap().ends_with("logged all"));
    // SIGKILL
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(all);
    child.id().to_string()
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_program_has_left_is_named_and_written_once() {
    if let Some(dir) = std::env::var_os(KILLED_IN) {
        log_until_killed(&dir);
    }
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("logs");
    let id = killed_program(&logs);
    let doctor = || {
        let output = run(&["doctor", "--dir", "logs"], dir.path());
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, text) = doctor();
    let named = format!("WRONG killed (process {id}) was killed and has left a queue of ");
    assert!(code == Some(1) && text.contains(&named) && text.contains("or `logger recover logs`"), "{text}");

    let elsewhere = folder(1, 1);
    let other = run(&["doctor", "--dir", "."], elsewhere.path());
    assert!(
        String::from_utf8_lossy(&other.stdout).contains(" killed runs of other folders have left queues"),
        "{other:?}"
    );

    // a variable of the folder, and one of the environment, are those of another program
    std::fs::write(path(&dir, ".env"), "LOG_LEVEL=loud\n").unwrap();
    let of_another = run(&["recover", "logs", "--app-name", "another"], dir.path());
    assert_eq!(
        (of_another.status.code(), String::from_utf8(of_another.stdout).unwrap().as_str()),
        (Some(1), "another: 0 records of 0 runs written, 0 postponed, 0 unreadable\nnothing is left\n")
    );
    let recovered = shown(&["recover", "logs"], dir.path());
    assert!(
        recovered.starts_with("killed: ")
            && recovered.contains(" records of 1 runs written, 0 postponed, 0 unreadable\n"),
        "{recovered}"
    );
    let (_, text) = doctor();
    assert!(text.contains("no program has a queue for this folder") && !text.contains(&named), "{text}");

    let json = shown(&["logs", "--dir", "logs", "-n", "0", "--format", "json"], dir.path());
    let number =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["number"].as_u64().unwrap();
    assert_eq!(json.lines().map(number).collect::<Vec<_>>(), Vec::from_iter(1..=2_000));
    let again = run(&["recover", "logs"], dir.path());
    assert_eq!((again.status.code(), &again.stdout[..]), (Some(1), &b"nothing is left\n"[..]));
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_recovered_goes_into_the_files_of_the_configuration() {
    let dir = tempfile::tempdir().unwrap();
    let logs = path(&dir, "logs");
    killed_program(&logs);
    // the file by whose name the queue is known is the same, another is not
    std::fs::write(path(&dir, "bot.toml"), "files.trades = 'orders.log'\n").unwrap();
    let args = ["recover", "logs", "--config", "bot.toml", "--app-name", "killed"];
    assert!(shown(&args, dir.path()).starts_with("killed: "));
    assert!(logs.join("orders.log").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_runs_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let none: [(&str, &str); 0] = [];
    let builder = MetaLogger::builder().environment(none).without_dotenv().log_dir(dir.path().join("logs"));
    let logger = builder.app_name("runs").set("console.enabled", false).build().unwrap();
    info!(logger, "well");
    let doctor = String::from_utf8(run(&["doctor", "--dir", "logs"], dir.path()).stdout).unwrap();
    assert!(doctor.contains(&format!("ok    runs (process {}) is running", std::process::id())), "{doctor}");
    let output = run(&["recover", "logs"], dir.path());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.code() == Some(1) && text.ends_with("nothing is left\n"), "{text}");
    info!(logger, "still well");
    assert!(logger.shutdown(Duration::from_secs(30)).finished);
    assert_eq!(shown(&["logs", "--dir", "logs"], dir.path()).lines().count(), 2);
}
