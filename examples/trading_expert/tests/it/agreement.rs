//! The files say what the experts did.

use std::{collections::BTreeMap, fs, path::Path};

use logger_core::Level;
use trading_expert::{Cents, NASDAQ, Outcome, Tally, parse_bars, read_back, write_summary};

use crate::{FILES, demo, demo_of, lines};

/// Events of a file, counted by expert.
fn events(dir: &Path, name: &str) -> BTreeMap<(String, String), u64> {
    let mut events = BTreeMap::new();
    for line in lines(dir, name) {
        let key = (line["expert_name"].text().to_owned(), line["event"].text().to_owned());
        *events.entry(key).or_default() += 1;
    }
    events
}

#[test]
fn at_level_debug_every_step_of_every_expert_is_in_the_files() {
    let (dir, outcome) = demo(Level::Debug);
    let events = events(dir.path(), "expert.log");
    for (plan, tally) in &outcome.experts {
        let count = |event: &str| events.get(&(plan.name.into(), event.into())).copied().unwrap_or(0);
        let found = Tally {
            bars: count("bar"),
            signals: count("signal"),
            orders: count("order created"),
            trades: count("position closed"),
            rejected: count("order rejected"),
            criticals: count("drawdown limit reached"),
            profit: profit(dir.path(), plan.name),
            calls: tally.calls,
        };
        assert_eq!(found, *tally, "{}", plan.name);
        assert_eq!(tally.bars, 5031);
        let ended = ["position opened", "position closed", "order rejected", "order cancelled"].map(count);
        assert_eq!(tally.orders, ended.iter().sum::<u64>(), "every order came to an end");
        assert_eq!((count("expert started"), count("expert finished")), (1, 1));
        assert!(tally.trades > 0 && tally.rejected > 0, "{tally:?}");
    }
    assert!(outcome.total().criticals > 0);
}

fn profit(dir: &Path, expert: &str) -> Cents {
    let lines = lines(dir, "trades.log");
    let own = lines.iter().filter(|line| line["expert_name"].text() == expert);
    own.filter_map(|line| line.get("profit")).map(|profit| Cents::from_f64(profit.number())).sum()
}

#[test]
fn an_order_of_the_last_day_is_cancelled_and_the_open_position_closed() {
    let (dir, _) = demo(Level::Info);
    let signals = lines(dir.path(), "expert.log").into_iter().filter(|line| line["event"].text() == "signal");
    let mut of_fast = signals.filter(|line| line["expert_name"].text() == "FastEma");
    // the first signal opens a position, the second is to turn it
    let last_day = of_fast.nth(1).unwrap()["date"].text().to_owned();
    let mut bars = parse_bars(NASDAQ).unwrap();
    bars.retain(|bar| bar.date <= last_day);

    let (dir, outcome) = demo_of(bars, Level::Info);
    check_agreement(&outcome);
    let trades = lines(dir.path(), "trades.log");
    let of_fast = trades.iter().filter(|line| line["expert_name"].text() == "FastEma");
    let events: Vec<&str> = of_fast.map(|line| line["event"].text()).collect();
    let end = ["order created", "order created", "order cancelled", "position closed"];
    assert_eq!(events[events.len() - end.len()..], end);
}

#[test]
fn trades_log_has_every_trade_at_every_level() {
    let trades = [Level::Debug, Level::Info, Level::Error].map(|level| {
        let (dir, outcome) = demo(level);
        check_agreement(&outcome);
        let lines = lines(dir.path(), "trades.log");
        let closed = lines.iter().filter(|line| line["event"].text() == "position closed").count() as u64;
        assert_eq!(closed, outcome.total().trades, "{level}");
        assert_eq!(lines.len() as u64, outcome.total().calls.trades(), "{level}");
        lines.len()
    });
    assert!(trades[0] > 0 && trades.iter().all(|it| *it == trades[0]), "{trades:?}");
}

#[test]
fn at_level_error_the_other_files_have_errors_alone() {
    let (dir, _) = demo(Level::Error);
    for name in ["expert.log", "errors.log"] {
        let lines = lines(dir.path(), name);
        assert!(!lines.is_empty());
        assert!(lines.iter().all(|line| ["error", "critical"].contains(&line["level"].text())), "{name}");
    }
}

#[track_caller]
fn check_agreement(outcome: &Outcome) {
    let wrong: Vec<_> = outcome.checks().into_iter().filter(|check| !check.holds).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_trade_that_is_missing_or_doubled_is_seen() {
    let (dir, mut outcome) = demo(Level::Error);
    let path = dir.path().join("trades.log");
    let text = fs::read_to_string(&path).unwrap();
    let closed = text.lines().find(|line| line.contains("position closed")).unwrap();
    for changed in [text.replacen(&format!("{closed}\n"), "", 1), text.clone() + closed + "\n"] {
        fs::write(&path, changed).unwrap();
        outcome.files = read_back(dir.path()).unwrap();
        let wrong: Vec<_> =
            outcome.checks().into_iter().filter(|check| !check.holds).map(|check| check.what).collect();
        assert_eq!(wrong.len(), 2, "{wrong:#?}");
        assert!(wrong[0].contains("trades made"), "{wrong:#?}");
        assert!(wrong[1].contains("trades.log"), "{wrong:#?}");
    }
}

#[test]
fn the_summary_names_the_files_the_experts_and_every_check() {
    let (dir, outcome) = demo(Level::Info);
    let mut summary = Vec::new();
    write_summary(&mut summary, &outcome).unwrap();
    let summary = String::from_utf8(summary).unwrap();
    for word in FILES.iter().chain(&["FastEma", "ClassicEma", "SlowEma", "p99", "per second", "lost = 0"]) {
        assert!(summary.contains(word), "{word} is not in\n{summary}");
    }
    assert!(summary.contains(&dir.path().join("trades.log").display().to_string()), "{summary}");
    assert!(!summary.contains("FAILED"), "{summary}");
}
