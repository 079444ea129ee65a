use std::io::{self, Write};

use expect_test::{Expect, expect};
use logger_core::{Category, Drain as _, Format as _, Level, OwnedRecord, TextFormat};
use logger_stderr::{Colors, ConsoleDrain, LineDecorator};
use slog_term::Decorator as _;

use crate::support::{Writes, at, expert_started, hostile};

fn lines(records: &[OwnedRecord], colors: Colors) -> (String, usize) {
    let writes = Writes::default();
    let mut console = ConsoleDrain::decorated(LineDecorator::new(writes.clone(), colors));
    for record in records {
        console.log(&record.borrow()).unwrap();
    }
    (writes.text(), writes.count())
}

#[track_caller]
fn check(record: OwnedRecord, colors: Colors, expected: Expect) {
    expected.assert_eq(&lines(&[record], colors).0.replace('\u{1b}', "ESC"));
}

fn as_text_format(record: &OwnedRecord) -> String {
    let mut line = Vec::new();
    TextFormat.format(&record.borrow(), &mut line);
    String::from_utf8(line).unwrap()
}

#[test]
fn a_line_has_time_level_event_and_fields_in_columns() {
    check(
        expert_started().build(),
        Colors::Off,
        expect![[r#"
            2025-10-16 10:30:00 [INFO     ] Expert started     expert_name=MyEmaBot symbol=BTCUSDT
        "#]],
    );
}

#[test]
fn a_backtrace_is_left_to_the_files() {
    let record = expert_started().field("backtrace", "0: main\n1: _start").field("size", 0.1).build();
    assert!(as_text_format(&record).contains("backtrace="));
    check(
        record,
        Colors::Off,
        expect![[r#"
            2025-10-16 10:30:00 [INFO     ] Expert started     expert_name=MyEmaBot symbol=BTCUSDT size=0.1
        "#]],
    );
}

#[test]
fn on_a_terminal_time_level_event_and_keys_are_styled() {
    check(
        expert_started().build(),
        Colors::On,
        expect![[r#"
            ESC[2m2025-10-16 10:30:00ESC[0m [ESC[32mINFO     ESC[0m] ESC[1mExpert startedESC[0m     ESC[36mexpert_nameESC[0mESC[2m=ESC[0mMyEmaBot ESC[36msymbolESC[0mESC[2m=ESC[0mBTCUSDT
        "#]],
    );
}

#[test]
fn a_trade_begins_with_what_was_traded() {
    let trade = |event: &str| OwnedRecord::new(Level::Info, event).timestamp(at(0)).category(Category::Trade);
    let filled = |event| trade(event).field("side", "BUY").field("quantity", 0.1).field("symbol", "BTCUSDT");
    let records = [
        filled("").field("price", 70_000.0).build(),
        filled("order filled").field("price", 70_000.0).field("order_id", 7).build(),
        trade("order placed")
            .field("side", "SELL")
            .field("size", 2)
            .field("symbol", "ETH\n\u{1b}[2J")
            .build(),
        trade("order cancelled").field("side", "BUY").field("price", 1).build(),
        filled("").category(Category::General).build(),
    ];
    expect![[r#"
        2025-10-16 10:30:00 [INFO     ] [TRADE] BUY 0.1 BTCUSDT @ 70000
        2025-10-16 10:30:00 [INFO     ] [TRADE] BUY 0.1 BTCUSDT @ 70000 order filled order_id=7
        2025-10-16 10:30:00 [INFO     ] [TRADE] SELL 2 "ETH\n\x1b[2J" order placed
        2025-10-16 10:30:00 [INFO     ] [TRADE] order cancelled side=BUY price=1
        2025-10-16 10:30:00 [INFO     ]                    side=BUY quantity=0.1 symbol=BTCUSDT
    "#]]
    .assert_eq(
        &lines(&records, Colors::Off)
            .0
            .lines()
            .map(|line| format!("{}\n", line.trim_end()))
            .collect::<String>(),
    );
    for record in &records {
        assert_eq!(lines(&[as_is(record)], Colors::Off).0, as_text_format(record));
    }
}

#[test]
fn each_level_has_the_colour_that_slog_term_gives_it() {
    let colors = Level::ALL.map(|level| {
        let (line, _) = lines(&[OwnedRecord::new(level, "").build()], Colors::On);
        let before = line.split(level.as_upper_str()).next().unwrap().to_owned();
        before.rsplit('[').next().unwrap().to_owned()
    });
    assert_eq!(colors, ["34m", "36m", "32m", "33m", "31m", "35m"]);
}

#[test]
fn the_example_in_the_docs_is_what_is_printed() {
    let rejected = OwnedRecord::new(Level::Error, "order rejected")
        .timestamp(at(1))
        .field("order_id", 123)
        .field("reason", "margin \u{1b}[2J")
        .build();
    let (printed, _) = lines(&[expert_started().build(), rejected], Colors::Off);
    let documented: String = printed.lines().map(|line| format!("//! {line}\n")).collect();
    assert!(include_str!("../../src/lib.rs").contains(&documented), "{documented}");
}

#[test]
fn a_plain_line_is_that_of_the_text_format() {
    for record in
        [expert_started().recovered(true).build(), OwnedRecord::new(Level::Trace, "").build(), hostile()]
    {
        assert_eq!(lines(&[as_is(&record)], Colors::Off).0, as_text_format(&record));
    }
}

/// Records cannot be cloned but by the run that they belong to.
fn as_is(record: &OwnedRecord) -> OwnedRecord {
    let record = record.borrow();
    record.to_owned(&std::sync::Arc::new(record.run().clone()))
}

#[test]
fn content_cannot_write_an_escape_sequence_or_a_second_line() {
    let plain = lines(&[hostile()], Colors::Off).0;
    let body = plain.strip_suffix('\n').unwrap();
    let bad = |char: char| {
        char.is_control()
            || matches!(char, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    assert!(!body.contains(bad), "{body:?}");

    let mut colored = lines(&[hostile()], Colors::On).0;
    for ours in ["0", "1", "2", "35", "36"] {
        colored = colored.replace(&format!("\u{1b}[{ours}m"), "");
    }
    assert_eq!(colored, plain);
}

#[test]
fn a_line_is_one_write_whatever_its_length_and_colours() {
    let long = expert_started().field("long", "x".repeat(100_000).as_str()).build();
    assert_eq!(lines(&[long, hostile(), expert_started().build()], Colors::On).1, 3);
}

/// Takes what a test says, then fails.
struct Takes {
    sizes: Vec<Option<usize>>,
    out: Writes,
}

impl Write for Takes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = if self.sizes.is_empty() { Some(bytes.len()) } else { self.sizes.remove(0) };
        let size = size.ok_or(io::ErrorKind::StorageFull)?;
        self.out.write_all(&bytes[..size])?;
        Ok(size)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn after_half_a_line_the_next_one_begins_on_a_line_of_its_own() {
    let out = Writes::default();
    let takes = Takes { sizes: vec![Some(5), Some(3), None, None], out: out.clone() };
    let mut console = ConsoleDrain::decorated(LineDecorator::new(takes, Colors::Off));
    let record = OwnedRecord::new(Level::Info, "tick").build();
    assert!(console.log(&record.borrow()).is_err());
    assert!(console.log(&record.borrow()).is_err());
    console.log(&record.borrow()).unwrap();
    console.log(&record.borrow()).unwrap();
    let line = "1970-01-01 00:00:00 [INFO     ] tick\n";
    assert_eq!(out.text(), format!("1970-01-\n{line}{line}"));
}

#[test]
fn a_style_ends_with_its_line() {
    let writes = Writes::default();
    let decorator = LineDecorator::new(writes.clone(), Colors::On);
    decorator
        .with_record(
            &slog::record!(slog::Level::Info, "", &format_args!(""), slog::b!()),
            &slog::o!().into(),
            |line| line.start_key(),
        )
        .unwrap();
    assert_eq!(writes.text(), "\u{1b}[36m\u{1b}[0m");
}

#[test]
fn the_decorators_of_slog_term_can_be_used() {
    let writes = Writes::default();
    let mut console = ConsoleDrain::decorated(slog_term::PlainDecorator::new(writes.clone()));
    let record = expert_started().build();
    console.log(&record.borrow()).unwrap();
    assert_eq!(writes.text(), as_text_format(&record));
    let _: ConsoleDrain<slog_term::TermDecorator> =
        ConsoleDrain::decorated(slog_term::TermDecorator::new().build());
}

#[cfg(unix)]
mod on_descriptors {
    use std::{fs::File, io::Read as _, os::fd::OwnedFd, time::Instant};

    use logger_stderr::{ColorChoice, StderrError, Stream};

    use super::*;
    use crate::support::cause;

    fn console(fd: impl Into<OwnedFd>) -> ConsoleDrain {
        ConsoleDrain::new(Stream::from(fd.into()), ColorChoice::Never)
    }

    #[test]
    fn a_full_disk_and_a_reader_that_is_gone_are_errors_and_no_panic() {
        let record = expert_started().build();
        let full = File::options().write(true).open("/dev/full").unwrap();
        let error = console(full).log(&record.borrow()).unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), cause(&error)),
            ("cannot write to descriptor", io::ErrorKind::StorageFull)
        );

        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let error = console(writer).log(&record.borrow()).unwrap_err();
        assert_eq!(cause(&error), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn a_descriptor_that_someone_made_non_blocking_is_waited_for() {
        let (mut reader, writer) = io::pipe().unwrap();
        rustix::io::ioctl_fionbio(&writer, true).unwrap();
        // more than a pipe holds
        let event = "x".repeat(200_000);
        let record = OwnedRecord::new(Level::Info, event.as_str()).build();
        let mut console = console(writer);
        let mut read = String::new();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                console.log(&record.borrow()).unwrap();
                console.flush(Instant::now()).unwrap();
            });
            reader.read_to_string(&mut read).unwrap();
        });
        assert!(read.ends_with(&format!("{event}\n")), "{} bytes", read.len());
    }

    #[test]
    fn a_stream_that_took_nothing_says_how_long_was_waited() {
        let blocked =
            StderrError::Blocked { stream: "stderr", waited: std::time::Duration::from_millis(100) };
        assert_eq!(blocked.to_string(), "stderr took no more bytes, 100ms were waited");
    }
}
