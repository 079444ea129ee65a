//! The judge against folders in which one thing each is wrong.

use std::{fs, path::Path, time::Duration};

use logger_core::{Category, Format, JsonFormat, Level, OwnedRecord};
use logger_faults::{
    acked::{AckWriter, Acked},
    judge::{Destination, Ending, Evidence, Promise, Recoveries, Takes, Verdict, judge},
    payload::{EVENT, EXPERT, Kind, Sample, key},
    report::{ChildReport, DrainReport, QueueReport},
};

const SEED: u64 = 42;
const RECORDS: u64 = 20;

/// What a case without a fault leaves: lines of one thread in all files, all acknowledged.
struct Scene {
    logged: u64,
    expert: Vec<String>,
    trades: Vec<String>,
    errors: Vec<String>,
    stderr: Vec<String>,
    report: Option<ChildReport>,
    reports: Vec<String>,
    fresh: Vec<u32>,
    limit: Option<u64>,
    ending: Ending,
    recoveries: Recoveries,
    trades_promise: Promise,
}

fn sample(n: u64) -> Sample {
    Sample { seed: SEED, worker: 0, n }
}

fn line(n: u64) -> String {
    let sample = sample(n);
    let mut payload = String::new();
    sample.put_payload(&mut payload);
    let (level, category) = match sample.kind() {
        Kind::General => (Level::Info, Category::General),
        Kind::Trade => (Level::Info, Category::Trade),
        Kind::Error => (Level::Error, Category::General),
    };
    let record = OwnedRecord::new(level, EVENT)
        .category(category)
        .field("expert_name", EXPERT)
        .field(key::THREAD, sample.worker)
        .field(key::WORKER, sample.worker)
        .field(key::N, n)
        .field(key::CHECK, sample.check())
        .field(key::PAYLOAD, payload.as_str())
        .build();
    json(&record)
}

fn json(record: &OwnedRecord) -> String {
    let mut line = Vec::new();
    JsonFormat::default().format(&record.borrow(), &mut line);
    String::from_utf8(line).unwrap()
}

/// What the logger says when a drain works again.
fn works_again(drain: &str, diverted: u64) -> String {
    let report = OwnedRecord::new(Level::Info, "drain works again").category(Category::Logger);
    json(&report.field("drain", drain).field("diverted", diverted).build())
}

/// What the logger says when it has recovered a run, which took it 7 ms.
fn recovered(records: u64) -> String {
    let report = OwnedRecord::new(Level::Info, "records of an earlier run recovered");
    json(&report.category(Category::Logger).field("records", records).field("ms", 7u64).build())
}

fn marked_as_recovered(line: &str) -> String {
    line.replacen('{', r#"{"recovered":true,"#, 1)
}

/// The numbers of the records of one kind.
fn of(kind: Kind) -> Vec<u64> {
    (0..RECORDS).filter(|&n| sample(n).kind() == kind).collect()
}

fn lines(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(line).collect()
}

impl Scene {
    fn sound() -> Scene {
        Scene {
            logged: RECORDS,
            expert: lines(0..RECORDS),
            trades: lines(of(Kind::Trade)),
            errors: lines(of(Kind::Error)),
            stderr: Vec::new(),
            report: None,
            reports: Vec::new(),
            fresh: Vec::new(),
            limit: None,
            ending: Ending::InOrder,
            recoveries: Recoveries::Whole,
            trades_promise: Promise::Kept,
        }
    }

    /// The scene with a report in which all books balance.
    fn reported() -> Scene {
        let trades = of(Kind::Trade).len() as u64;
        let queue = |count| QueueReport { accepted: count, written: count, ..QueueReport::default() };
        let drain = |name: &str| DrainReport {
            name: name.into(),
            state: DrainReport::OK.into(),
            ..DrainReport::default()
        };
        let report = ChildReport {
            finished: true,
            trade: queue(trades),
            general: queue(RECORDS - trades),
            drains: ["expert", "trades", "errors"].map(drain).into(),
            ..ChildReport::default()
        };
        Scene { report: Some(report), ..Scene::sound() }
    }

    fn report(&mut self) -> &mut ChildReport {
        self.report.as_mut().unwrap()
    }

    fn judge(&self) -> Verdict {
        let room = tempfile::tempdir().unwrap();
        self.write(room.path());
        let file = |name: &str, takes, promise| Destination {
            name: name.into(),
            file: format!("{name}.log"),
            takes,
            promise,
            limit: self.limit,
        };
        let evidence = Evidence {
            seed: SEED,
            outputs: room.path().into(),
            destinations: vec![
                file("expert", Takes::Everything, Promise::Kept),
                file("trades", Takes::Only(Kind::Trade), self.trades_promise),
                file("errors", Takes::Only(Kind::Error), Promise::Kept),
            ],
            stderr: vec![room.path().join("stderr")],
            ending: self.ending,
            reports: room.path().join("logging_errors.log"),
            acked: Acked::read(room.path()).unwrap(),
            booked_from: 0,
            recoveries: self.recoveries,
            fresh: self.fresh.clone(),
            report: self.report.clone(),
        };
        judge(&evidence).unwrap()
    }

    /// The first half of `expert.log` is rotated away.
    fn write(&self, room: &Path) {
        let (old, new) = self.expert.split_at(self.expert.len() / 2);
        for (name, lines) in [
            ("expert.log.1", old),
            ("expert.log", new),
            ("trades.log", &self.trades),
            ("errors.log", &self.errors),
            ("stderr", &self.stderr),
            ("logging_errors.log", &self.reports),
        ] {
            fs::write(room.join(name), lines.concat()).unwrap();
        }
        let mut acks = AckWriter::create(room, 0).unwrap();
        for n in 0..self.logged {
            acks.returned(sample(n).kind(), n, Duration::from_micros(n)).unwrap();
        }
    }
}

/// The judge finds exactly these rules of all cases broken.
#[track_caller]
fn finds(scene: &Scene, expected: &[&str]) {
    let verdict = scene.judge();
    assert_eq!(verdict.figures.broken(), expected, "{verdict:?}");
    assert!(!verdict.broken.is_empty());
}

/// The judge finds one rule broken that only it can see, and names it so.
#[track_caller]
fn says(scene: &Scene, expected: &str) {
    let verdict = scene.judge();
    assert!(verdict.broken.iter().any(|it| it == expected), "{verdict:?}");
}

#[test]
fn a_sound_folder_is_judged_sound() {
    for scene in [Scene::sound(), Scene::reported()] {
        let verdict = scene.judge();
        assert_eq!(verdict.broken, [""; 0]);
        let figures = verdict.figures;
        assert_eq!((figures.acked, figures.found, figures.caller_max.as_micros()), (RECORDS, RECORDS, 19));
    }
}

#[test]
fn an_empty_folder_proves_nothing() {
    let scene = Scene { expert: vec![], trades: vec![], errors: vec![], logged: 0, ..Scene::sound() };
    assert_eq!(scene.judge().broken, ["nothing was logged"]);
}

#[test]
fn a_lost_trade_is_named() {
    let mut scene = Scene::sound();
    scene.trades.remove(2);
    finds(&scene, &["1 trades lost", "20 acked are not 19 found and 0 reported as dropped"]);
    let number = of(Kind::Trade)[2];
    says(&scene, &format!("trade {number} of thread 0 is neither in trades nor on stderr"));
}

#[test]
fn a_lost_record_is_named_and_is_none_where_it_is_reported_as_dropped() {
    let mut scene = Scene::reported();
    scene.expert.remove(of(Kind::General)[1] as usize);
    finds(&scene, &["1 records lost", "20 acked are not 19 found and 0 reported as dropped"]);

    scene.report().general.dropped = 1;
    scene.report().general.written -= 1;
    assert_eq!(scene.judge().broken, [""; 0]);
}

#[test]
fn a_trade_is_lost_even_if_it_is_reported_as_dropped() {
    let mut scene = Scene::reported();
    let number = of(Kind::Trade)[0];
    scene.expert.remove(number as usize);
    scene.trades.remove(0);
    scene.report().trade.dropped = 1;
    scene.report().trade.written -= 1;
    finds(&scene, &["1 trades lost"]);
}

#[test]
fn an_error_is_lost_even_if_it_is_reported_as_dropped() {
    let mut scene = Scene::reported();
    scene.expert.remove(of(Kind::Error)[0] as usize);
    scene.errors.remove(0);
    scene.report().general.dropped = 1;
    scene.report().general.written -= 1;
    finds(&scene, &["1 records lost"]);
}

#[test]
fn recovered_records_are_counted_and_have_to_be_as_many_as_the_logger_says() {
    let mut scene = Scene::sound();
    for line in &mut scene.expert[17..] {
        *line = marked_as_recovered(line);
    }
    scene.reports.push(recovered(3));
    let verdict = scene.judge();
    assert_eq!(verdict.broken, [""; 0]);
    assert_eq!(verdict.figures.recovered, 3);
    assert_eq!(verdict.figures.recovery, Some(Duration::from_millis(7)));

    scene.expert[17] = line(17);
    says(&scene, "2 records are marked as recovered, 3 are said to be");
    scene.expert[17] = marked_as_recovered(&line(17));
    scene.reports[0] = recovered(2);
    says(&scene, "3 records are marked as recovered, 2 are said to be");
    // a recovery that was cut short has written records and said nothing of them
    scene.recoveries = Recoveries::Cut;
    assert_eq!(scene.judge().broken, [""; 0]);
}

#[test]
fn a_drop_that_did_not_happen_is_named() {
    let mut scene = Scene::reported();
    scene.report().general.dropped = 1;
    scene.report().general.written -= 1;
    finds(&scene, &["20 acked are not 20 found and 1 reported as dropped"]);
}

#[test]
fn a_doubled_line_is_named_also_across_rotated_files() {
    let mut scene = Scene::sound();
    scene.errors.push(scene.errors[0].clone());
    finds(&scene, &["1 lines doubled"]);

    let mut scene = Scene::sound();
    scene.expert.push(scene.expert[0].clone());
    finds(&scene, &["1 lines doubled"]);
}

#[test]
fn a_record_that_is_in_its_file_and_also_on_stderr_is_doubled() {
    let mut scene = Scene::sound();
    scene.stderr.push(line(3));
    finds(&scene, &["1 lines doubled"]);
}

#[test]
fn a_torn_line_is_named_wherever_it_stands() {
    let half = |line: &str| line[..line.len() / 2].to_owned();

    let mut scene = Scene::sound();
    *scene.expert.last_mut().unwrap() = half(&line(RECORDS - 1));
    let figures = scene.judge().figures;
    assert_eq!((figures.torn, figures.lost_trade + figures.lost_other), (1, 1));

    // the next line runs into it
    let mut scene = Scene::sound();
    scene.expert.insert(4, half(&line(4)));
    let figures = scene.judge().figures;
    assert_eq!((figures.torn, figures.lost_trade + figures.lost_other), (1, 1));

    let mut scene = Scene::sound();
    scene.trades.push("\0\0\0\0\n".into());
    finds(&scene, &["1 lines torn"]);
}

#[test]
fn the_last_line_on_stderr_may_be_cut_only_where_the_child_was() {
    let mut scene = Scene::sound();
    scene.stderr.push(line(RECORDS)[..50].to_owned());
    finds(&scene, &["1 lines torn"]);
    scene.ending = Ending::Abrupt;
    assert_eq!(scene.judge().broken, [""; 0]);

    // in the middle and in a file it stays torn
    scene.stderr.push(line(RECORDS));
    finds(&scene, &["1 lines torn"]);
    scene.stderr.clear();
    scene.expert.push(line(RECORDS)[..50].to_owned());
    finds(&scene, &["1 lines torn"]);
}

#[test]
fn an_altered_line_is_named() {
    let other = |n: u64, key: &str, value: &str| {
        let mut fields: serde_json::Value = serde_json::from_str(&line(n)).unwrap();
        fields[key] = value.into();
        format!("{fields}\n")
    };
    for (key, value) in [("payload", "something else"), ("level", "critical"), ("category", "trade")] {
        let mut scene = Scene::sound();
        let number = of(Kind::General)[0];
        scene.expert[number as usize] = other(number, key, value);
        let figures = scene.judge().figures;
        assert_eq!((figures.altered, figures.lost_other), (1, 1), "{key}");
    }
}

#[test]
fn two_lines_of_a_thread_in_the_wrong_order_are_named_also_across_rotated_files() {
    for at in [3, RECORDS as usize / 2 - 1] {
        let mut scene = Scene::sound();
        scene.expert.swap(at, at + 1);
        finds(&scene, &["1 lines out of order"]);
    }
}

#[test]
fn a_record_that_was_never_logged_is_invented_but_one_whose_call_was_under_way_is_not() {
    let mut scene = Scene::sound();
    scene.expert.push(line(RECORDS));
    assert_eq!(scene.judge().broken, [""; 0]);
    scene.expert.push(line(RECORDS + 1));
    finds(&scene, &["1 records invented"]);
}

#[test]
fn a_line_of_someone_else_is_invented_but_the_loggers_own_reports_are_not() {
    let foreign = |category| json(&OwnedRecord::new(Level::Info, "hello").category(category).build());
    let mut scene = Scene::sound();
    scene.errors.push(foreign(Category::Logger));
    assert_eq!(scene.judge().broken, [""; 0]);
    scene.errors.push(foreign(Category::General));
    finds(&scene, &["1 records invented"]);
}

#[test]
fn a_record_on_stderr_counts_as_found_and_the_drain_has_to_say_so() {
    let mut scene = Scene::reported();
    let number = of(Kind::General)[0];
    scene.expert.remove(number as usize);
    scene.stderr.push(line(number));
    says(&scene, "expert: 0 records are said to be diverted, 1 are");

    scene.report().drains[0].diverted = 1;
    says(&scene, "expert: reports speak of 0 records, 1 were diverted");

    scene.reports.push(works_again("expert", 1));
    let verdict = scene.judge();
    assert_eq!((verdict.figures.found, verdict.figures.diverted), (RECORDS, 1));
    assert_eq!(verdict.broken, [""; 0]);
}

#[test]
fn what_others_write_to_stderr_is_not_judged() {
    let mut scene = Scene::sound();
    scene.stderr.push("thread 'main' panicked\nno newline".into());
    assert_eq!(scene.judge().broken, [""; 0]);
}

#[test]
fn a_drain_that_may_drop_has_to_count_what_it_dropped() {
    let mut scene = Scene::reported();
    scene.trades_promise = Promise::Counted { held: 1 };
    scene.trades.truncate(1);
    let missing = of(Kind::Trade).len() as u64 - 1;
    says(&scene, &format!("trades misses {missing} records and says 0"));

    for said in [missing - 1, missing] {
        scene.report().drains[1].dropped = said;
        assert_eq!(scene.judge().broken, [""; 0]);
    }
    for said in [missing - 2, missing + 1] {
        scene.report().drains[1].dropped = said;
        says(&scene, &format!("trades misses {missing} records and says {said}"));
    }
}

#[test]
fn books_that_do_not_balance_are_named() {
    let mut scene = Scene::reported();
    scene.report().trade.written -= 1;
    let trades = of(Kind::Trade).len();
    says(&scene, &format!("trade: {trades} accepted are not {} + 0 + 0", trades - 1));

    let mut scene = Scene::reported();
    scene.report().trade.written += 1;
    scene.report().trade.accepted += 1;
    says(&scene, &format!("trade: {} accepted, but {trades} calls returned", trades + 1));

    let mut scene = Scene::reported();
    scene.report().finished = false;
    says(&scene, "the shutdown did not finish");
}

#[test]
fn fresh_records_have_to_be_in_the_files_themselves() {
    let mut scene = Scene::reported();
    scene.fresh = vec![0];
    assert_eq!(scene.judge().broken, [""; 0]);

    let number = of(Kind::General)[0];
    scene.expert.remove(number as usize);
    scene.stderr.push(line(number));
    says(&scene, "1 fresh records did not reach expert");

    scene.fresh = vec![7];
    says(&scene, "no record was logged after recovery");
}

#[test]
fn a_file_may_be_longer_than_its_limit_by_one_record_at_most() {
    let mut scene = Scene::sound();
    let half: u64 = scene.expert[RECORDS as usize / 2..].iter().map(|line| line.len() as u64).sum();
    scene.limit = Some(half * 2);
    assert_eq!(scene.judge().broken, [""; 0]);
    scene.limit = Some(half / 2);
    assert!(scene.judge().broken.iter().any(|it| it.ends_with("longer than the limit and one record")));
}
