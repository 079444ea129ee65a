use std::{panic::AssertUnwindSafe, time::Duration};

use logger_core::{DrainError, Trade, info, timed};

use crate::support::{PATIENCE, one, pipeline};

#[test]
fn a_trade_that_cannot_be_one_is_refused_with_what_is_wrong() {
    let refused = |side, quantity, symbol| Trade::new(side, quantity, symbol).unwrap_err().to_string();
    assert_eq!(refused("hold", 1.0, "X"), "side is `hold`; it must be BUY or SELL, in any case");
    assert_eq!(refused("buy", 0.0, "X"), "quantity is 0; it must be a finite number above 0");
    assert_eq!(refused("buy", f64::NAN, "X"), "quantity is NaN; it must be a finite number above 0");
    assert_eq!(refused("buy", f64::INFINITY, "X"), "quantity is inf; it must be a finite number above 0");
    assert_eq!(refused("Sell", 1.0, " "), "symbol is empty");
    let trade = Trade::new("sELL", 1.0, "X").unwrap();
    assert!(trade.price(-1.0).unwrap_err().to_string().starts_with("price is -1;"));
}

#[test]
fn a_scope_tells_its_start_and_its_result_or_its_failure() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let trade = || Trade::new("buy", 0.1, "BTCUSDT").unwrap().price(70_000.0).unwrap();
    let scope = trade().begin(&log);
    info!(scope.log(), "order placed"; "order_id" => 7);
    scope.finish("filled");
    trade().begin(&log).fail(&DrainError::new("rejected").with_source("no margin"));
    drop(trade().begin(&log));
    let _ = std::panic::catch_unwind(AssertUnwindSafe(|| {
        let _scope = trade().begin(&log);
        std::panic::resume_unwind(Box::new(()));
    }));
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(
        lines.events(),
        [
            "trade started",
            "order placed",
            "trade finished",
            "trade started",
            "trade failed",
            "trade started",
            "trade abandoned",
            "trade started",
            "trade abandoned",
        ]
    );
    for (key, value) in [("category", "trade"), ("side", "BUY"), ("symbol", "BTCUSDT")] {
        assert!(lines.field(key).iter().all(|it| it == value), "{key}");
    }
    assert!(lines.field("price").iter().all(|it| it.as_f64() == Some(70_000.0)));
    assert_eq!(lines.field("result")[2], "filled");
    assert_eq!(lines.field("level")[4], "error");
    assert_eq!(lines.field("error")[4]["causes"][0], "no margin");
    assert_eq!((&lines.field("panicking")[6], &lines.field("panicking")[8]), (&false.into(), &true.into()));
    for ended in [2, 4, 6, 8] {
        assert!(lines.field("duration_ms")[ended].is_number());
    }
}

#[test]
fn an_operation_is_told_of_only_when_it_is_slow() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    assert_eq!(timed(&log, "quick", Duration::from_secs(3600), || 1), 1);
    assert_eq!(timed(&log, "slow", Duration::ZERO, || std::hint::black_box(2)), 2);
    let _ = std::panic::catch_unwind(AssertUnwindSafe(|| {
        timed(&log, "panics", Duration::ZERO, || std::panic::resume_unwind(Box::new(())))
    }));
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("operation"), ["slow", "panics"]);
    assert_eq!(lines.field("level"), ["warning", "warning"]);
    assert_eq!(lines.field("threshold_ms")[0], 0.0);
    assert!(lines.field("duration_ms")[0].as_f64().unwrap() >= 0.0);
}
