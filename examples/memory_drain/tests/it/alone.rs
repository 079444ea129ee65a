//! The drain by itself: records made by hand.

// region: step-5
use logger_core::{Drain, Level, OwnedRecord};
use memory_drain::MemoryDrain;

#[test]
fn each_level_keeps_its_last_lines() {
    let mut drain = MemoryDrain::new(2);
    let recent = drain.recent();
    for (level, event) in
        [(Level::Info, "one"), (Level::Error, "two"), (Level::Info, "three"), (Level::Info, "four")]
    {
        drain.log(&OwnedRecord::new(level, event).build().borrow()).unwrap();
    }
    assert_eq!(
        recent.lines(Level::Info),
        ["1970-01-01 00:00:00 [INFO     ] three", "1970-01-01 00:00:00 [INFO     ] four"]
    );
    assert_eq!(recent.lines(Level::Error), ["1970-01-01 00:00:00 [ERROR    ] two"]);
}
// endregion

#[test]
fn a_line_break_in_a_record_makes_no_second_line() {
    let mut drain = MemoryDrain::new(1);
    drain.log(&OwnedRecord::new(Level::Info, "a\nb").field("k", "c\nd").build().borrow()).unwrap();
    let lines = drain.recent().lines(Level::Info);
    assert!(lines.len() == 1 && !lines[0].contains('\n'), "{lines:?}");
}

#[test]
fn a_drain_without_capacity_keeps_nothing() {
    let mut drain = MemoryDrain::new(0);
    drain.log(&OwnedRecord::new(Level::Info, "one").build().borrow()).unwrap();
    assert!(drain.recent().lines(Level::Info).is_empty());
}
