//! Whatever fails and whenever: the files hold the records that were reported as arrived, in order, once, and
//! whole.

use std::io::ErrorKind;

use logger_core::Drain as _;
use logger_file::{
    FileOptions, RotationPolicy,
    testing::{FakeFs, Op},
};
use proptest::{collection::vec, prelude::*};

use crate::support::{FILE, Harness, record};

#[derive(Debug, Clone)]
enum Step {
    Log(usize),
    Flush,
    Fail(Op, u32),
    ShortWrite(u32, usize),
    Space(u64),
    Break(Op),
    Heal,
}

/// Operations whose failure a run may see; those that fail a write are among them, as is what repairs it.
const OPS: [Op; 10] = [
    Op::Append,
    Op::Append,
    Op::Truncate,
    Op::InspectFile,
    Op::LastByte,
    Op::Create,
    Op::Inspect,
    Op::Open,
    Op::Remove,
    Op::Rename,
];

fn any_log() -> impl Strategy<Value = Step> {
    prop_oneof![20 => 0..120_usize, 1 => 20_000..70_000_usize].prop_map(Step::Log)
}

fn any_step() -> impl Strategy<Value = Step> {
    let op = || prop::sample::select(OPS.to_vec());
    prop_oneof![
        12 => any_log(),
        4 => Just(Step::Flush),
        2 => (op(), 1..4_u32).prop_map(|(op, nth)| Step::Fail(op, nth)),
        2 => (1..3_u32, 0..200_usize).prop_map(|(nth, bytes)| Step::ShortWrite(nth, bytes)),
        1 => (0..400_u64).prop_map(Step::Space),
        1 => op().prop_map(Step::Break),
        2 => Just(Step::Heal),
    ]
}

/// What a run is compared with: the records that were reported as arrived.
#[derive(Default)]
struct Model {
    made: usize,
    waiting: Vec<String>,
    arrived: Vec<String>,
}

impl Model {
    fn log(&mut self, harness: &mut Harness, len: usize) {
        let event = format!("{}-{}", self.made, "x".repeat(len));
        self.made += 1;
        if harness.drain.log(&record(&event).borrow()).is_ok() {
            self.waiting.push(event);
        }
    }

    fn flush(&mut self, harness: &mut Harness) {
        let arrived = match harness.flush() {
            Ok(()) => self.waiting.len(),
            Err(error) => error.arrived() as usize,
        };
        assert!(arrived <= self.waiting.len());
        self.arrived.extend(self.waiting.drain(..).take(arrived));
    }

    fn run(&mut self, harness: &mut Harness, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Log(len) => self.log(harness, len),
                Step::Flush => self.flush(harness),
                Step::Fail(op, nth) => harness.fs.fail(op, nth, ErrorKind::Other),
                Step::ShortWrite(nth, bytes) => harness.fs.short_write(nth, bytes),
                Step::Space(bytes) => harness.fs.space(bytes),
                Step::Break(op) => harness.fs.break_down(op, ErrorKind::Other),
                Step::Heal => harness.fs.heal(),
            }
        }
        harness.fs.heal();
        self.flush(harness);
        self.log(harness, 1);
        harness.flush().expect("a healed file takes records");
        self.arrived.append(&mut self.waiting);
    }
}

/// The contents of all files, the oldest first. The file itself is missing where it got neither a successor nor its
/// name back: then the newest lines are in backup 1.
fn files(fs: &FakeFs) -> Vec<String> {
    let mut backups: Vec<u32> =
        fs.names().iter().filter_map(|name| name.strip_prefix("/logs/a.")?.parse().ok()).collect();
    backups.sort_unstable_by(|a, b| b.cmp(a));
    let names = backups.iter().map(|number| format!("{FILE}.{number}")).chain([FILE.to_owned()]);
    names.filter_map(|name| fs.read(name)).map(|bytes| String::from_utf8(bytes).unwrap()).collect()
}

fn open(limit: u64) -> Harness {
    let options = FileOptions::new().rotation(RotationPolicy::Size(limit)).backup_count(u32::MAX);
    Harness::open(FakeFs::new(), options)
}

proptest! {
    #[test]
    fn the_files_hold_the_arrived_records_once_in_order_and_whole(
        limit in prop_oneof![0..1000_u64, Just(100_000)],
        steps in vec(any_step(), 1..80),
    ) {
        let mut harness = open(limit);
        let mut model = Model::default();
        let cuts_failed = steps.iter().any(|step| matches!(
            step,
            Step::Fail(Op::Truncate | Op::InspectFile, _) | Step::Break(Op::Truncate | Op::InspectFile)
        ));
        model.run(&mut harness, steps);
        let text = files(&harness.fs).concat();
        prop_assert!(text.ends_with('\n'));
        let (torn, whole): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.ends_with(" [torn]"));
        prop_assert!(torn.is_empty() || cuts_failed, "{torn:?}");
        prop_assert_eq!(whole, model.arrived);
    }

    #[test]
    fn no_file_passes_its_limit_but_for_a_single_line(
        limit in prop_oneof![0..1000_u64, Just(100_000)],
        steps in vec(any_step(), 1..80),
    ) {
        let steps = steps.into_iter().filter(|step| {
            // where no rotation fails, and what is written can be taken back
            matches!(step, Step::Log(_) | Step::Flush | Step::ShortWrite(..) | Step::Space(_) | Step::Heal)
                || matches!(step, Step::Fail(Op::Append, _) | Step::Break(Op::Append))
        });
        let mut harness = open(limit);
        Model::default().run(&mut harness, steps.collect());
        for file in files(&harness.fs) {
            prop_assert!(file.len() as u64 <= limit || file.lines().count() == 1, "{}", file.len());
            prop_assert!(file.ends_with('\n'), "a file ends with a whole line: {file:?}");
        }
    }
}
