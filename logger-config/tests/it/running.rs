//! A logger that runs, with a drain of the application's own.

use logger_config::{BuildError, Context, Level, Route, debug, info};

use crate::{Collector, PATIENCE, QUIET, builder};

#[test]
fn an_application_with_a_drain_of_its_own_needs_no_other() {
    let collector = Collector::default();
    let route = Route::new("own", collector.clone());
    let logger = builder(QUIET).drain(route).build().unwrap();
    info!(logger, "one");
    debug!(logger, "below the level");
    logger.set_level(Level::Debug);
    debug!(logger.bind(Context::new().expert_name("MyEmaBot")), "two");
    info!(logger.trade(), "three");
    assert_eq!(logger.level(), Level::Debug);
    assert!(logger.flush(PATIENCE).finished);
    assert_eq!(collector.events(), ["one", "two", "three"]);
    let report = logger.shutdown(PATIENCE);
    assert!(report.finished);
    assert_eq!((report.health.total().accepted, report.health.total().written), (3, 3));
}

#[test]
fn a_wrong_configuration_starts_nothing() {
    let error = builder(&[("LOG_LEVEL", "loud")]).build().unwrap_err();
    assert!(
        matches!(&error, BuildError::Config(config) if config.problems[0].key.as_deref() == Some("level"))
    );
    assert!(error.to_string().contains("`loud` is not a level"), "{error}");
}

#[test]
fn two_drains_of_one_name_are_refused() {
    let own = || Route::new("own", Collector::default());
    let error = builder(QUIET).drain(own()).drain(own()).build().unwrap_err();
    assert!(matches!(error, BuildError::Start(_)), "{error}");
}
