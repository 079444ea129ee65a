use std::{
    fs::File,
    io::{self, PipeReader, Read as _, Write as _},
    os::fd::OwnedFd,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use logger_core::{Drain as _, Level, OwnedRecord, TextFormat};
use logger_stderr::{FallbackDrain, Stream};

use crate::support::{cause, expert_started, hostile};

fn fallback(fd: impl Into<OwnedFd>) -> FallbackDrain {
    FallbackDrain::new(Stream::from(fd.into()))
}

/// A record of about so many bytes.
fn sized(bytes: usize, number: usize) -> OwnedRecord {
    OwnedRecord::new(Level::Error, "x".repeat(bytes)).field("number", number).build()
}

/// Logs until the stream takes no more; how many records got out whole.
fn fill(fallback: &mut FallbackDrain, bytes: usize) -> usize {
    (0..).find(|&number| fallback.log(&sized(bytes, number).borrow()).is_err()).unwrap()
}

/// What is in the pipe now; the writer stays open.
fn read_some(reader: &mut PipeReader) -> String {
    let mut bytes = vec![0; 1 << 20];
    let read = reader.read(&mut bytes).unwrap();
    String::from_utf8(bytes[..read].to_vec()).unwrap()
}

#[test]
fn a_record_is_one_json_line_or_one_of_another_format() {
    let (reader, writer) = io::pipe().unwrap();
    let record = expert_started().build();
    fallback(writer.try_clone().unwrap()).log(&record.borrow()).unwrap();
    fallback(writer).format(TextFormat).log(&hostile().borrow()).unwrap();
    let text = io::read_to_string(reader).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    let json: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!((&json["event"], &json["symbol"]), (&"Expert started".into(), &"BTCUSDT".into()));
    assert!(lines[1].starts_with("1970-01-01 00:00:00 [CRITICAL ] \\x1b[2J"));
}

#[test]
fn a_pipe_that_nobody_reads_is_given_up_and_comes_back_when_somebody_does() {
    let (mut reader, writer) = io::pipe().unwrap();
    let mut fallback = fallback(writer).wait_at_most(Duration::from_millis(1));
    let got_out = fill(&mut fallback, 1_000);
    let error = fallback.log(&sized(1_000, 0).borrow()).unwrap_err();
    assert_eq!(error.to_string(), "descriptor took no more bytes, 0ns were waited");
    assert_eq!(fallback.given_up(), 2);
    assert!(fallback.flush(Instant::now()).is_ok());

    assert_eq!(read_some(&mut reader).lines().count(), got_out);
    fallback.log(&expert_started().build().borrow()).unwrap();
    drop(fallback);
    let rest = io::read_to_string(reader).unwrap();
    assert_eq!((rest.lines().count(), rest.contains("Expert started")), (1, true));
}

#[test]
fn a_line_that_was_cut_harms_no_other() {
    let (mut reader, writer) = io::pipe().unwrap();
    let mut fallback = fallback(writer).wait_at_most(Duration::ZERO);
    // longer than a page: the last one is taken in part
    let whole = fill(&mut fallback, 10_000);
    let mut text = read_some(&mut reader);
    fallback.log(&expert_started().build().borrow()).unwrap();
    drop(fallback);
    reader.read_to_string(&mut text).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (cut, others): (Vec<&str>, Vec<&str>) =
        lines.into_iter().partition(|line| serde_json::from_str::<serde_json::Value>(line).is_err());
    assert_eq!((cut.len(), others.len()), (1, whole + 1));
    assert!(others[whole].contains("Expert started"));
}

#[test]
fn a_line_longer_than_a_pipe_holds_gets_out_while_somebody_reads() {
    let (reader, writer) = io::pipe().unwrap();
    let mut fallback = fallback(writer).wait_at_most(Duration::from_secs(600));
    let read = std::thread::spawn(move || io::read_to_string(reader).unwrap());
    fallback.log(&sized(200_000, 7).borrow()).unwrap();
    drop(fallback);
    let json: serde_json::Value = serde_json::from_str(&read.join().unwrap()).unwrap();
    assert_eq!(json["number"], 7);
}

#[test]
fn a_terminal_that_nobody_reads_is_given_up() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let terminal = rustix::fs::open(path, flags, rustix::fs::Mode::empty()).unwrap();
    let mut fallback = fallback(terminal).wait_at_most(Duration::ZERO);
    // a length that does not divide what a terminal holds: the last write finds room for a part of it
    fill(&mut fallback, 1_000);
    assert_eq!(fallback.given_up(), 1);
}

#[test]
fn a_socket_that_nobody_reads_is_given_up() {
    let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
    let mut fallback = fallback(OwnedFd::from(writer)).wait_at_most(Duration::ZERO);
    fill(&mut fallback, 10_000);
    assert_eq!(fallback.given_up(), 1);
    drop(reader);
}

#[test]
fn a_full_disk_and_a_reader_that_is_gone_are_errors_and_no_panic() {
    let record = expert_started().build();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut full = fallback(full);
    assert_eq!(cause(&full.log(&record.borrow()).unwrap_err()), io::ErrorKind::StorageFull);

    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut gone = fallback(writer);
    assert_eq!(cause(&gone.log(&record.borrow()).unwrap_err()), io::ErrorKind::BrokenPipe);
    assert_eq!((full.given_up(), gone.given_up()), (0, 0));
}

#[test]
fn the_pipe_of_the_program_is_left_as_it_was() {
    let (reader, writer) = io::pipe().unwrap();
    let flags = |writer: &io::PipeWriter| rustix::fs::fcntl_getfl(writer).unwrap();
    let before = flags(&writer);
    let mut fallback = fallback(writer.try_clone().unwrap());
    fallback.log(&expert_started().build().borrow()).unwrap();
    assert_eq!(flags(&writer), before);
    drop(reader);
}

/// Set in the program that [`in_another_program`] starts.
const CHILD: &str = "LOGGER_STDERR_TEST_CHILD";

/// Runs one test of this binary again as a program of its own, and returns its stderr; `None` in that program.
fn in_another_program(test: &str) -> Option<String> {
    if std::env::var_os(CHILD).is_some() {
        return None;
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .stdout(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success());
    Some(String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_thread_that_holds_the_lock_of_stderr_stops_nothing() {
    match in_another_program("fallback::a_thread_that_holds_the_lock_of_stderr_stops_nothing") {
        Some(stderr) => assert!(stderr.contains("\"event\":\"Expert started\""), "{stderr}"),
        None => {
            let mut lock = io::stderr().lock();
            let log = || FallbackDrain::stderr().log(&expert_started().build().borrow()).is_ok();
            assert!(std::thread::spawn(log).join().unwrap());
            lock.flush().unwrap();
        }
    }
}
