//! What stands in a line.

use logger_core::Level;

use crate::{
    FILES, demo, lines,
    strict_json::{Json, Line},
};

const TEXTS: [&str; 9] =
    ["timestamp", "level", "event", "category", "hostname", "app_name", "thread", "module", "file"];
const NUMBERS: [&str; 4] = ["severity", "procid", "line", "seq"];
const CONTEXT: [&str; 4] = ["expert_name", "symbol", "strategy_id", "account_id"];

#[test]
fn every_line_of_every_file_is_json_with_all_its_fields_and_no_key_twice() {
    let (dir, outcome) = demo(Level::Debug);
    for name in FILES {
        let lines = lines(dir.path(), name); // refuses what is not JSON, and a key that occurs twice
        assert!(!lines.is_empty(), "{name} is empty");
        for line in &lines {
            TEXTS
                .iter()
                .chain(&["run"])
                .for_each(|key| assert!(!line[*key].text().is_empty(), "{key}: {line:?}"));
            NUMBERS.iter().for_each(|key| assert!(line[*key].number() >= 1.0, "{key}: {line:?}"));
            CONTEXT.iter().for_each(|key| assert!(!line[*key].text().is_empty(), "{key}: {line:?}"));
            let level: Level = line["level"].text().parse().unwrap();
            assert_eq!(line["severity"].number(), f64::from(level.severity()));
            assert_eq!(line["thread"], line["expert_name"]);
        }
    }
    assert!(outcome.report.finished);
}

#[test]
fn a_timestamp_is_utc_in_microseconds() {
    let (dir, _) = demo(Level::Error);
    for line in lines(dir.path(), "trades.log") {
        let timestamp = line["timestamp"].text();
        let form: String =
            timestamp.chars().map(|char| if char.is_ascii_digit() { '0' } else { char }).collect();
        assert_eq!(form, "0000-00-00T00:00:00.000000Z");
    }
}

#[test]
fn trades_carry_their_ids_and_figures() {
    let (dir, _) = demo(Level::Info);
    for line in lines(dir.path(), "trades.log") {
        assert_eq!(line["category"].text(), "trade");
        let (trade_id, order_id) = (line["trade_id"].number(), line["order_id"].number());
        assert!(trade_id > 100_000.0 && order_id > 100_000.0);
        assert!(["BUY", "SELL"].contains(&line["side"].text()));
        if line["event"].text() != "order cancelled" {
            assert!(line["price"].number() > 0.0 && line["quantity"].number() == 3.0);
        }
        assert_eq!(line.contains_key("profit"), line["event"].text() == "position closed");
    }
}

#[test]
fn a_rejected_order_tells_its_cause_and_stands_in_three_files() {
    let (dir, outcome) = demo(Level::Debug);
    let rejected = |name| {
        let is_rejected = |line: &Line| line["event"].text() == "order rejected";
        lines(dir.path(), name).into_iter().filter(is_rejected).collect::<Vec<_>>()
    };
    let errors = rejected("errors.log");
    assert_eq!(errors.len() as u64, outcome.total().rejected);
    assert_eq!(rejected("trades.log"), errors);
    assert_eq!(rejected("expert.log"), errors);
    let mut kinds = [false; 2];
    for line in &errors {
        let Json::Object(error) = &line["error"] else { panic!("{line:?}") };
        let Json::List(causes) = &error["causes"] else { panic!("{line:?}") };
        assert_eq!(error["message"].text(), format!("order {} was rejected", line["order_id"].number()));
        assert_eq!(causes.len(), 1);
        kinds[usize::from(causes[0].text().contains("out of the band"))] = true;
    }
    assert_eq!(kinds, [true, true], "both kinds of rejection occur");
}

#[test]
fn records_are_numbered_without_a_gap_in_the_order_of_the_file() {
    let (dir, _) = demo(Level::Debug);
    let lines = lines(dir.path(), "expert.log");
    let numbers: Vec<f64> = lines.iter().map(|line| line["seq"].number()).collect();
    let expected: Vec<f64> = (1..=lines.len()).map(|number| number as f64).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn two_runs_differ_in_nothing_but_time_and_place_in_the_file() {
    let run = || {
        let (dir, outcome) = demo(Level::Debug);
        let mut lines = lines(dir.path(), "expert.log");
        // the order among threads is that of time; within one expert it is fixed
        lines.sort_by(|a, b| a["expert_name"].text().cmp(b["expert_name"].text()));
        for line in &mut lines {
            ["timestamp", "run", "seq"].iter().for_each(|key| drop(line.remove(*key)));
        }
        (lines, outcome.total())
    };
    assert!(run() == run());
}
