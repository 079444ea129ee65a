//! Whatever the policy and whatever the clock does: exactly the files that the model has.

use std::collections::BTreeMap;

use logger_core::{Drain as _, Format, Level, OwnedRecord, Record, Timestamp};
use logger_file::{FileDrain, FileOptions, Naming, Retention, RotationPolicy, Schedule, testing::FakeFs};
use proptest::{collection::vec, option, prelude::*};

use crate::{
    model::{HOUR, Model, Policy},
    support::{EventOnly, at, later},
};

#[derive(Debug, Clone)]
enum Step {
    /// So many bytes with their newline.
    Log(usize),
    /// So many minutes pass; less than none where the clock is set back.
    Wait(i64),
    /// The pipeline lets the drain look after a file that nobody writes to.
    Idle,
    Restart,
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (2..60_usize).prop_map(Step::Log),
        5 => (0..600_i64).prop_map(Step::Wait),
        2 => (1_400..3_000_i64).prop_map(Step::Wait),
        1 => (-3_000..0_i64).prop_map(Step::Wait),
        3 => Just(Step::Idle),
        1 => Just(Step::Restart),
    ]
}

fn any_policy() -> impl Strategy<Value = Policy> {
    (
        option::of(0..150_u64),
        option::of(prop::sample::select(vec![1, 6, 24_u32])),
        prop::sample::select(vec![Naming::Numbered, Naming::Dated]),
        prop_oneof![Just(u32::MAX), 0..6_u32],
        option::weighted(0.3, 0..100_u32),
        option::weighted(0.3, 0..400_u64),
    )
        .prop_map(|(size, hours, naming, count, age_hours, bytes)| Policy {
            size,
            hours,
            naming,
            count,
            age_hours,
            bytes,
        })
}

/// Somebody else's files, which stay.
const FOREIGN: [&str; 5] = [
    "/logs/a.log.old",
    "/logs/a.20260131.log",
    "/logs/a.2026-01-31.bak",
    "/logs/ab.2026-01-31.log",
    "/logs/b.log.1",
];

fn open(fs: &FakeFs, options: FileOptions) -> FileDrain {
    open_as(fs, options, EventOnly)
}

fn open_as(fs: &FakeFs, options: FileOptions, format: impl Format + 'static) -> FileDrain {
    FileDrain::open("/logs/a.log", options.format(format).fs(fs.clone())).unwrap()
}

/// Each line has 100,000 bytes, whatever its record is: a record of that length takes long to make.
struct Tenth;

impl Format for Tenth {
    fn format(&self, _: &Record<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(&[b'x'; 99_999]);
        out.push(b'\n');
    }
}

fn write(fs: &FakeFs, drain: &mut FileDrain, now: i64, event: &str) {
    let now = Timestamp::from_unix_nanos(now);
    fs.set_now(now);
    drain.log(&OwnedRecord::new(Level::Info, event).timestamp(now).build().borrow()).unwrap();
    drain.flush(later()).unwrap();
}

fn files(fs: &FakeFs) -> BTreeMap<String, String> {
    let text = |name: &String| String::from_utf8(fs.read(name).unwrap()).unwrap();
    fs.names().into_iter().map(|name| (name.clone(), text(&name))).collect()
}

proptest! {
    #[test]
    fn the_files_are_those_of_the_model(policy in any_policy(), steps in vec(any_step(), 1..120)) {
        let fs = FakeFs::new();
        for name in FOREIGN {
            fs.put(name, "not ours\n");
        }
        let open_again = || open(&fs, FileOptions::new()
            .rotation(policy.rotation())
            .naming(policy.naming)
            .retention(policy.retention()));
        let mut drain = open_again();
        let mut model = Model::new(policy);
        let mut now = at("2026-01-31T20:00:00Z").unix_nanos();
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Log(len) => {
                    let event = format!("{number}{}", "x".repeat(len));
                    write(&fs, &mut drain, now, &event);
                    model.log(now, &format!("{event}\n"));
                }
                Step::Wait(minutes) => now += minutes * HOUR / 60,
                Step::Idle => {
                    let now = Timestamp::from_unix_nanos(now);
                    fs.set_now(now);
                    drain.tick(now);
                    model.idle(now.unix_nanos());
                }
                Step::Restart => {
                    drain = open_again();
                    model.restart();
                }
            }
            let mut found = files(&fs);
            for name in FOREIGN {
                prop_assert_eq!(found.remove(name), Some("not ours\n".to_owned()));
            }
            prop_assert_eq!(found, model.files());
        }
    }
}

/// The blocks of text of the documentation, one after the other.
fn documented() -> impl Iterator<Item = String> {
    let lines = include_str!("../../src/lib.rs").lines().filter_map(|line| line.strip_prefix("//!"));
    let text: String = lines.map(|line| format!("{}\n", line.trim_start())).collect();
    let blocks: Vec<_> =
        text.split("```text\n").skip(1).map(|it| it.split("```").next().unwrap().to_owned()).collect();
    blocks.into_iter()
}

#[test]
fn a_daily_and_10_mb_policy_over_a_month_gives_exactly_the_files_of_the_documentation() {
    let fs = FakeFs::new();
    let schedule = Schedule::daily().zone("Europe/Berlin").unwrap();
    let options = FileOptions::new()
        .rotation(RotationPolicy::SizeOrTime { size: 10_000_000, schedule })
        .naming(Naming::Dated)
        .retention(Retention::everything().count(14));
    let mut drain = open_as(&fs, options, Tenth);
    let mut documented = documented();
    let month = documented.next().unwrap();
    assert_eq!(month.split_whitespace().count(), 31);
    // the month begins in Berlin an hour before it begins in UTC, and has a day of 23 hours: the 29th
    let midnight = at("2026-02-28T23:00:00Z").unix_nanos();
    for (day, megabytes) in (0..).zip(month.split_whitespace()) {
        let midnight = midnight + day * 24 * HOUR - if day >= 29 { HOUR } else { 0 };
        drain.tick(Timestamp::from_unix_nanos(midnight));
        for number in 0..megabytes.parse::<i64>().unwrap() * 10 {
            write(&fs, &mut drain, midnight + number * HOUR / 20, "tenth");
        }
    }
    let listing: String = files(&fs)
        .into_iter()
        .map(|(name, text)| format!("{} {} MB\n", name.trim_start_matches("/logs/"), text.len() / 1_000_000))
        .collect();
    assert_eq!(Some(listing), documented.next());
}
