//! Error chains and backtraces below a line, which only a terminal gets.

use std::{error::Error, fmt, fs::File, io::Read as _, os::fd::OwnedFd, thread};

use logger_core::{Filter, Pipeline, Route, critical, error};
use logger_stderr::{ColorChoice, ConsoleDrain, Details, Stream};
use rustix::{
    fs::{Mode, OFlags},
    pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
};

use crate::pipeline::LONG;

#[derive(Debug)]
struct Refused(&'static str, Option<Box<Refused>>);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Refused {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|it| it as &(dyn Error + 'static))
    }
}

/// What a console with these details has written to `output` after two records, and what came out at `input`.
fn shown(
    output: impl Into<OwnedFd>,
    input: impl Into<OwnedFd>,
    colors: ColorChoice,
    details: Details,
) -> String {
    let mut input = File::from(input.into());
    let reader = thread::spawn(move || {
        let (mut read, mut part) = (Vec::new(), [0; 4096]);
        // a terminal that nobody has open any more ends with an error
        while let Ok(len @ 1..) = input.read(&mut part) {
            read.extend_from_slice(&part[..len]);
        }
        String::from_utf8(read).unwrap().replace("\r\n", "\n")
    });
    let console = ConsoleDrain::new(Stream::from(output.into()), colors).details(details);
    let guard =
        Pipeline::builder().route(Route::new("console", console).filter(Filter::all())).start().unwrap();
    let log = guard.logger();
    let refused = Refused(
        "exchange refused it",
        Some(Box::new(Refused(
            "insufficient\n2025-10-16 forged \u{1b}[2J",
            Some(Box::new(Refused("margin", None))),
        ))),
    );
    error!(log, "order rejected"; "order_id" => 123, "error" => #refused, "n" => 1);
    critical!(log, "position unknown");
    assert!(guard.shutdown(LONG).finished);
    // the console, and with it its end of the stream, goes with the last handle
    drop(log);
    reader.join().unwrap()
}

fn on_a_terminal(colors: ColorChoice, details: Details) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let path = ptsname(&master, Vec::new()).unwrap();
    let terminal = rustix::fs::open(path, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    shown(terminal, master, colors, details)
}

#[test]
fn a_terminal_shows_chains_and_backtraces_below_their_line_where_that_is_asked_for() {
    let shown = on_a_terminal(ColorChoice::Never, Details::BelowOnTerminals);
    let mut rows = shown.lines();
    let first = rows.next().unwrap();
    assert!(first.ends_with("] order rejected     order_id=123 n=1"), "{shown}");
    let chain: Vec<&str> = rows.by_ref().take(3).collect();
    let expected = [
        "    error: exchange refused it",
        r"      caused by: insufficient\n2025-10-16 forged \x1b[2J",
        "      caused by: margin",
    ];
    assert_eq!(chain, expected, "{shown}");
    assert!(rows.next().unwrap().ends_with("[CRITICAL ] position unknown"), "{shown}");
    assert_eq!(rows.next(), Some("    backtrace:"), "{shown}");
    let frames: Vec<&str> = rows.collect();
    assert!(frames.iter().any(|row| row.contains("details.rs:")), "{shown}");
    // whatever is below a line cannot be taken for one
    assert!(frames.iter().all(|row| row.starts_with("      ")), "{shown}");
}

#[test]
fn colours_below_a_line_are_the_only_escape_sequences_there() {
    let mut coloured = on_a_terminal(ColorChoice::Always, Details::BelowOnTerminals);
    assert!(coloured.contains("\u{1b}[36mcaused by\u{1b}[0m"), "{coloured:?}");
    for ours in ["0", "1", "2", "31", "35", "36"] {
        coloured = coloured.replace(&format!("\u{1b}[{ours}m"), "");
    }
    assert!(!coloured.contains('\u{1b}'), "{coloured:?}");
    assert!(coloured.contains("\n      caused by: margin\n"), "{coloured}");
}

#[test]
fn one_record_is_one_line_for_whatever_is_no_terminal_and_where_nothing_is_asked_for() {
    let (reader, writer) = std::io::pipe().unwrap();
    for shown in [
        shown(writer, reader, ColorChoice::Never, Details::BelowOnTerminals),
        on_a_terminal(ColorChoice::Never, Details::default()),
    ] {
        assert_eq!(shown.lines().count(), 2, "{shown}");
        assert!(shown.contains(r#"error="exchange refused it: insufficient\n"#), "{shown}");
        assert!(!shown.contains("backtrace"), "{shown}");
    }
}
