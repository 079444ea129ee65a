//! Policies that a configuration sets, seen in what is logged.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use logger_config::{
    Context, Drain, DrainError, Format as _, JsonFormat, Logger, ManualClock, MetaLoggerBuilder, Record,
    Route, SignalHandling, Timestamp, crit, error, info, warning,
};

use crate::{PATIENCE, QUIET, Variable, bare_builder, builder, settings_of_file, until};

/// Keeps lines of JSON.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<Mutex<Vec<serde_json::Value>>>);

impl Lines {
    pub(crate) fn all(&self) -> Vec<serde_json::Value> {
        self.0.lock().unwrap().clone()
    }

    fn last(&self) -> serde_json::Value {
        self.0.lock().unwrap().last().unwrap().clone()
    }
}

impl Drain for Lines {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let mut line = Vec::new();
        JsonFormat::default().format(record, &mut line);
        self.0.lock().unwrap().push(serde_json::from_slice(&line).unwrap());
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

pub(crate) fn quiet(more: &[Variable]) -> (MetaLoggerBuilder, Lines) {
    let lines = Lines::default();
    let environment = [QUIET, more].concat();
    (bare_builder(&environment).drain(Route::new("lines", lines.clone())), lines)
}

#[test]
fn keys_are_masked_that_the_configuration_adds_and_those_that_it_takes_off_are_not() {
    let lists = [("LOG__REDACTION__MASK", "iban, client_code"), ("LOG__REDACTION__KEEP", "base_token")];
    let (from_environment, lines) = quiet(&lists);
    let (from_code, other_lines) = quiet(&[]);
    let from_code =
        from_code.set("redaction.mask", ["iban", "client_code"]).set("redaction.keep", ["base_token"]);
    for (builder, lines) in [(from_environment, lines), (from_code, other_lines)] {
        let logger = builder.build().unwrap();
        info!(logger, "x"; "iban" => "DE1", "client_code" => "C1", "base_token" => "BTC", "api_key" => "K1");
        assert!(logger.shutdown(PATIENCE).finished);
        let line = lines.last();
        let values = ["iban", "client_code", "base_token", "api_key"]
            .map(|key| line[key].as_str().unwrap().to_owned());
        assert_eq!(values, ["***", "***", "BTC", "***"]);
    }
}

#[test]
fn patterns_and_secrets_of_the_configuration_are_masked_in_texts_and_patterns_that_it_takes_off_are_not() {
    let (builder, lines) = quiet(&[
        ("LOG__REDACTION__PATTERNS__ORDER_ID", "ORD-([0-9]+)"),
        ("LOG__REDACTION__WITHOUT_PATTERNS", "bearer"),
        ("LOG__REDACTION__LITERALS", "correct horse\nbattery staple"),
    ]);
    let logger = builder.build().unwrap();
    let shown = format!("{:?} {}", logger.settings(), logger.explain());
    assert!(!shown.contains("horse") && !shown.contains("staple"), "{shown}");
    info!(logger, "x"; "note" => "ORD-12345, Bearer abcdefghijklmnop, correct horse, battery staple");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(lines.last()["note"], "ORD-***, Bearer abcdefghijklmnop, ***, ***");
}

#[test]
fn backtraces_begin_at_the_level_of_the_configuration() {
    let traced = |level: &'static str| {
        let (builder, lines) = quiet(&[("LOG__BACKTRACES", level)]);
        let logger = builder.build().unwrap();
        let mut found = Vec::new();
        for log in [
            |log: &Logger| warning!(log, "w"),
            |log: &Logger| error!(log, "e"),
            |log: &Logger| crit!(log, "c"),
        ] {
            log(&logger);
            assert!(logger.flush(PATIENCE).finished);
            found.push(lines.last()["backtrace"].is_string());
        }
        assert!(logger.shutdown(PATIENCE).finished);
        found
    };
    assert_eq!(traced("critical"), [false, false, true]);
    assert_eq!(traced("error"), [false, true, true]);
    assert_eq!(traced("never"), [false, false, false]);
}

#[test]
fn an_expert_has_the_budget_of_the_configuration_and_by_default_none() {
    let logged = |keys: &[Variable]| {
        let clock = ManualClock::new(Timestamp::from_unix_nanos(0));
        let (builder, _) = quiet(keys);
        let logger = builder.clock(logger_config::Clock::Manual(clock)).build().unwrap();
        let log = logger.bind(Context::new().expert_name("MyEmaBot"));
        (0..50).for_each(|_| info!(log, "x"));
        let general = logger.shutdown(PATIENCE).health.general;
        (general.written, general.dropped.over_budget)
    };
    assert_eq!(logged(&[]), (50, 0));
    assert_eq!(logged(&[("LOG__BUDGET__PER_SECOND", "10")]), (10, 40));
    assert_eq!(logged(&[("LOG__BUDGET__PER_SECOND", "10"), ("LOG__BUDGET__BURST", "3")]), (3, 47));
}

#[test]
fn losses_are_told_again_after_the_span_of_the_configuration() {
    let keys = [("LOG__BUDGET__PER_SECOND", "1"), ("LOG__BUDGET__BURST", "1"), ("LOG__REPORTS__EVERY", "1s")];
    let (builder, lines) = quiet(&keys);
    let logger = builder.build().unwrap();
    let log = logger.bind(Context::new().expert_name("MyEmaBot"));
    let told = || lines.0.lock().unwrap().iter().filter(|it| it["event"] == "records lost").count();
    until("losses are told three times", || {
        info!(log, "more than its budget");
        assert!(logger.flush(PATIENCE).finished);
        told() >= 3
    });
    assert!(logger.shutdown(PATIENCE).finished);
}

#[test]
fn signals_are_left_alone_unless_the_configuration_says_otherwise() {
    assert_eq!(builder(&[]).settings().unwrap().signals, SignalHandling::Leave);
    let settings = settings_of_file("signals = 'shut_down'\nsignals_within = '3s'\n", &[]).unwrap();
    assert_eq!((settings.signals, settings.signals_within.as_secs()), (SignalHandling::ShutDown, 3));
    assert_eq!(
        builder(&[]).signals(SignalHandling::ShutDown).settings().unwrap().signals,
        SignalHandling::ShutDown
    );
}
