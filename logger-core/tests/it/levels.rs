//! Levels of parts of a program, and filters that change while it runs.

use logger_core::{
    Category, Context, Filter, Level, Levels, LoggerExt as _, Pipeline, PipelineBuilder, Route,
    ShutdownGuard, debug, error, info,
};

use crate::support::{Collector, Lines, PATIENCE};

/// A pipeline with a drain for each filter.
fn pipeline<const N: usize>(filters: [(&str, Filter); N]) -> (ShutdownGuard, [Lines; N]) {
    let drains: [(Collector, Lines); N] = std::array::from_fn(|_| Collector::new());
    let lines = drains.each_ref().map(|(_, lines)| lines.clone());
    let routes = filters
        .into_iter()
        .zip(drains)
        .map(|((name, filter), (drain, _))| Route::new(name, drain).filter(filter));
    (routes.fold(Pipeline::builder(), PipelineBuilder::route).start().unwrap(), lines)
}

mod orders {
    use logger_core::{Logger, debug};

    pub(super) fn log(log: &Logger) {
        debug!(log, "debug of orders");
        logger_core::slog::debug!(log, "debug of orders by slog");
    }
}

const ORDERS: &str = concat!(module_path!(), "::orders");

#[test]
fn a_module_may_have_a_lower_and_a_higher_level_than_the_rest() {
    let (guard, [all]) = pipeline([("all", Filter::at_logger_level())]);
    let log = guard.logger();
    let all_and_orders = |level, orders| Levels::new(level).module(ORDERS, orders);
    guard.pipeline().set_levels(all_and_orders(Level::Info, Level::Debug));
    orders::log(&log);
    debug!(log, "debug of the rest");
    info!(log, "info of the rest");
    guard.pipeline().set_levels(all_and_orders(Level::Debug, Level::Warning));
    orders::log(&log);
    debug!(log, "debug of the rest");
    assert!(guard.shutdown(PATIENCE).finished);
    let events = ["debug of orders", "debug of orders by slog", "info of the rest", "debug of the rest"];
    assert_eq!(all.events(), events);
}

#[test]
fn an_expert_has_its_level_by_its_logger_and_by_a_scope() {
    let (guard, [all]) = pipeline([("all", Filter::at_logger_level())]);
    guard
        .pipeline()
        .set_levels(Levels::new(Level::Info).expert("Ema", Level::Debug).expert("Grid", Level::Error));
    let (ema, grid) = (Context::new().expert_name("Ema"), Context::new().expert_name("Grid"));
    let log = guard.logger();
    debug!(log, "nobody");
    debug!(log.bind(&ema), "ema");
    debug!(log.bind(&ema).bind(&Context::new().symbol("BTC")), "ema, child");
    info!(log.bind(&grid), "grid");
    error!(log.bind(&grid), "grid, error");
    ema.scope(|| {
        debug!(log, "ema, scope");
        debug!(log.bind(&grid), "the scope is nearer");
    });
    debug!(log, "nobody again");
    assert!(guard.shutdown(PATIENCE).finished);
    assert_eq!(all.events(), ["ema", "ema, child", "grid, error", "ema, scope", "the scope is nearer"]);
}

#[test]
fn trades_below_their_level_go_to_the_drain_of_trades_only() {
    let (guard, [all, trades]) =
        pipeline([("all", Filter::at_logger_level()), ("trades", Filter::category(Category::Trade))]);
    guard.pipeline().set_levels(Levels::new(Level::Info).category(Category::Trade, Level::Error));
    let log = guard.logger();
    info!(log, "general");
    info!(log.trade(), "trade");
    error!(log.trade(), "failed trade");
    assert!(guard.shutdown(PATIENCE).finished);
    assert_eq!(all.events(), ["general", "failed trade"]);
    assert_eq!(trades.events(), ["trade", "failed trade"]);
}

#[test]
fn a_drain_with_a_level_of_its_own_does_not_heed_the_levels_of_parts() {
    let (guard, [all, own]) =
        pipeline([("all", Filter::at_logger_level()), ("own", Filter::at_least(Level::Debug))]);
    guard.pipeline().set_levels(Levels::new(Level::Info).module(ORDERS, Level::Error));
    orders::log(&guard.logger());
    assert!(guard.shutdown(PATIENCE).finished);
    assert!(all.events().is_empty());
    assert_eq!(own.events(), ["debug of orders", "debug of orders by slog"]);
}

#[test]
fn a_record_that_nobody_wants_is_not_counted() {
    let (guard, [_]) = pipeline([("all", Filter::at_logger_level())]);
    guard.pipeline().set_levels(Levels::new(Level::Info).module("elsewhere", Level::Trace));
    debug!(guard.logger(), "not wanted");
    assert_eq!(guard.shutdown(PATIENCE).health.total().accepted, 0);
}

#[test]
fn filters_change_while_a_pipeline_runs_and_no_record_is_lost_or_doubled() {
    let (guard, [first, second]) =
        pipeline([("first", Filter::at_least(Level::Error)), ("second", Filter::at_least(Level::Error))]);
    let log = guard.logger();
    debug!(log, "too early");
    guard.pipeline().set_filters([
        ("first".to_owned(), Filter::at_least(Level::Debug)),
        ("nobody".to_owned(), Filter::at_least(Level::Trace)),
    ]);
    assert!(guard.flush(PATIENCE).finished); // a pass of the worker
    for _ in 0..1_000 {
        debug!(log, "debug");
    }
    error!(log, "error");
    assert!(guard.flush(PATIENCE).finished);
    guard.pipeline().set_filters([("first".to_owned(), Filter::at_least(Level::Error))]);
    assert!(guard.flush(PATIENCE).finished);
    debug!(log, "too late");
    let report = guard.shutdown(PATIENCE);
    assert_eq!(report.health.total().accepted, 1_001);
    assert_eq!(second.events(), ["error"]);
    assert_eq!(first.events(), [vec!["debug"; 1_000], vec!["error"]].concat());
}
