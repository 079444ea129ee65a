//! What files of one folder share: their limit, and the space on their disk.

use std::sync::{Arc, Mutex};

use expect_test::{Expect, expect};
use logger_core::{Category, Drain as _, Level, OwnedRecord, Timestamp};
use logger_file::{
    FileDrain, FileEvent, FileOptions, Holds, Retention, RotationPolicy, SharedFolder, TradeFiles,
    testing::FakeFs,
};

use crate::support::{EventOnly, later};

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_nanos(seconds * 1_000_000_000)
}

fn open(fs: &FakeFs, folder: &SharedFolder, name: &str, holds: Holds) -> FileDrain {
    let options = FileOptions::new()
        .format(EventOnly)
        .fs(fs.clone())
        .rotation(RotationPolicy::Size(0))
        .retention(Retention::everything())
        .shared(folder, holds);
    FileDrain::open(format!("/logs/{name}"), options).unwrap()
}

/// Three records of 10 bytes in each of a general file and a file of trades, by turns.
fn check(folder: SharedFolder, expected: Expect) {
    let fs = FakeFs::new();
    for foreign in ["a.log", "a.20260131", "g.1.bak"] {
        fs.put(format!("/logs/{foreign}"), "0123456789012345678901234567890123456789");
    }
    let mut general = open(&fs, &folder, "g", Holds::Mixed);
    let mut trades = open(&fs, &folder, "t", Holds::Trades);
    for second in 0..4 {
        for drain in [&mut trades, &mut general] {
            fs.set_now(at(second));
            drain.log(&OwnedRecord::new(Level::Info, format!("second-0{second}")).build().borrow()).unwrap();
            drain.flush(later()).unwrap();
        }
    }
    let names: Vec<_> = fs.names().iter().map(|it| it.replace("/logs/", "")).collect();
    expected.assert_eq(&names.join(" "));
}

#[test]
fn all_files_of_a_folder_have_one_limit_and_the_oldest_goes_first_but_never_trades() {
    check(SharedFolder::new().max_bytes(60), expect!["a.20260131 a.log g g.1 g.1.bak g.2 g.3 t t.1 t.2 t.3"]);
    check(SharedFolder::new().max_bytes(59), expect!["a.20260131 a.log g g.1 g.1.bak g.2 t t.1 t.2 t.3"]);
    check(SharedFolder::new().max_bytes(0), expect!["a.20260131 a.log g g.1.bak t t.1 t.2 t.3"]);
}

#[test]
fn trades_go_last_where_that_is_said() {
    let folder = |bytes| SharedFolder::new().max_bytes(bytes).trade_files(TradeFiles::GoLast);
    check(folder(40), expect!["a.20260131 a.log g g.1 g.1.bak t t.1 t.2 t.3"]);
    check(folder(19), expect!["a.20260131 a.log g g.1.bak t t.1"]);
    check(folder(0), expect!["a.20260131 a.log g g.1.bak t"]);
}

#[test]
fn of_two_files_that_hold_anything_the_older_backup_goes() {
    let fs = FakeFs::new();
    let folder = SharedFolder::new().max_bytes(8);
    let mut a = open(&fs, &folder, "a", Holds::Mixed);
    let mut b = open(&fs, &folder, "b", Holds::Mixed);
    for (second, drain, word) in
        [(0, 'a', "a-0"), (1, 'b', "b-0"), (2, 'b', "b-1"), (3, 'a', "a-1"), (4, 'a', "a-2")]
    {
        fs.set_now(at(second));
        let drain = if drain == 'a' { &mut a } else { &mut b };
        drain.log(&OwnedRecord::new(Level::Info, word).build().borrow()).unwrap();
        drain.flush(later()).unwrap();
    }
    expect![[r#"
        /logs/a: a-2⏎
        /logs/a.1: a-1⏎
        /logs/b: b-1⏎
        /logs/b.1: b-0⏎
    "#]]
    .assert_eq(&fs.contents());
}

/// Whether a record passes the gate when so much is free, one second after the record before it.
struct Gate {
    fs: FakeFs,
    folder: SharedFolder,
    _drain: FileDrain,
    second: i64,
    events: Arc<Mutex<Vec<String>>>,
}

impl Gate {
    fn new() -> Self {
        let fs = FakeFs::new();
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&events);
        let folder = SharedFolder::new().min_free(800).on_event(move |event: FileEvent| {
            told.lock().unwrap().push(format!("{event:?}"));
        });
        let drain = open(&fs, &folder, "g", Holds::Mixed);
        Gate { fs, folder, _drain: drain, second: 1, events }
    }

    fn passes(&mut self, free: u64) -> String {
        self.fs.space(free);
        self.second += 1;
        let gate = self.folder.gate();
        let record = |level| OwnedRecord::new(level, "x").timestamp(at(self.second));
        let mut passes: Vec<_> = Level::ALL
            .into_iter()
            .filter(|level| gate(&record(*level).build().borrow()))
            .map(|level| level.as_str())
            .collect();
        if gate(&record(Level::Trace).category(Category::Trade).build().borrow()) {
            passes.push("trade");
        }
        if gate(&record(Level::Trace).recovered(true).build().borrow()) {
            passes.push("recovered");
        }
        passes.join(" ")
    }
}

#[test]
fn the_less_space_there_is_the_less_is_written_and_trades_are_to_the_last() {
    let mut gate = Gate::new();
    for (free, expected) in [
        (800, "trace debug info warning error critical trade recovered"),
        (799, "info warning error critical trade recovered"),
        (399, "warning error critical trade recovered"),
        (199, "error critical trade recovered"),
        (99, "trade recovered"),
        (0, "trade recovered"),
        (500, "info warning error critical trade recovered"),
        (900, "trace debug info warning error critical trade recovered"),
        (799, "info warning error critical trade recovered"),
        (900, "trace debug info warning error critical trade recovered"),
    ] {
        assert_eq!(gate.passes(free), expected, "{free}");
    }
    expect![[r#"
        LowSpace { path: "/logs", free: 799, writes_from: Some(Info) }
        LowSpace { path: "/logs", free: 399, writes_from: Some(Warning) }
        LowSpace { path: "/logs", free: 199, writes_from: Some(Error) }
        LowSpace { path: "/logs", free: 99, writes_from: None }
        LowSpace { path: "/logs", free: 500, writes_from: Some(Info) }
        EnoughSpace { path: "/logs", withheld: 23 }
        LowSpace { path: "/logs", free: 799, writes_from: Some(Info) }
        EnoughSpace { path: "/logs", withheld: 2 }"#]]
    .assert_eq(&gate.events.lock().unwrap().join("\n"));
}

#[test]
fn a_disk_is_looked_at_once_a_second_and_one_that_does_not_tell_holds_nothing_back() {
    let mut gate = Gate::new();
    assert!(gate.passes(0).starts_with("trade"));
    gate.fs.space(900);
    let debug =
        |nanos| OwnedRecord::new(Level::Debug, "x").timestamp(Timestamp::from_unix_nanos(nanos)).build();
    let now = gate.second * 1_000_000_000;
    assert!(!gate.folder.gate()(&debug(now + 999_999_999).borrow()));
    assert!(gate.folder.gate()(&debug(now + 1_000_000_000).borrow()));
    gate.fs.space(0);
    assert!(!gate.folder.gate()(&debug(now).borrow()), "a clock that was set back does not hide it");
    gate.fs.fail(logger_file::testing::Op::FreeSpace, 1, std::io::ErrorKind::Other);
    assert!(gate.passes(0).starts_with("trace"));
}

#[test]
fn a_file_that_is_opened_again_counts_once() {
    let fs = FakeFs::new();
    let folder = SharedFolder::new().max_bytes(40);
    for second in 0..5 {
        let mut drain = open(&fs, &folder, "g", Holds::Mixed);
        drain.log(&OwnedRecord::new(Level::Info, format!("second-0{second}")).build().borrow()).unwrap();
        drain.flush(later()).unwrap();
    }
    assert_eq!(fs.names(), ["/logs/g", "/logs/g.1", "/logs/g.2", "/logs/g.3", "/logs/g.4"]);
}

#[test]
fn what_an_earlier_run_has_left_is_not_held_back() {
    let fs = FakeFs::new();
    fs.space(0);
    let folder = SharedFolder::new().min_free(1_000);
    let _drain = open(&fs, &folder, "g", Holds::Mixed);
    let gate = folder.gate();
    let through = |recovered: bool| {
        let record = OwnedRecord::new(Level::Debug, "noise").timestamp(at(1));
        gate(&record.recovered(recovered).build().borrow())
    };
    assert_eq!([through(false), through(true)], [false, true]);
}
