//! The drain where it belongs: behind a pipeline.

use std::time::Duration;

// region: step-4
use logger_core::{Context, Filter, Level, LoggerExt, Pipeline, Route, error, info};
use memory_drain::{MemoryDrain, Recent};

fn work() -> Result<Recent, logger_core::StartError> {
    let drain = MemoryDrain::new(100);
    let recent = drain.recent(); // for the status page
    let guard = Pipeline::builder()
        .route(Route::new("status page", drain).filter(Filter::at_least(Level::Warning)))
        .start()?;
    let log = guard.logger().bind(&Context::new().expert_name("MyEmaBot"));
    info!(log, "expert started");
    error!(log, "connection lost"; "attempt" => 3);
    let report = guard.shutdown(Duration::from_secs(5));
    assert!(report.finished);
    Ok(recent)
}
// endregion

#[test]
fn what_the_filter_lets_in_is_seen_after_a_shutdown() {
    let recent = work().unwrap();
    assert_eq!(recent.lines(Level::Info), [""; 0]);
    let errors = recent.lines(Level::Error);
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].ends_with("[ERROR    ] connection lost    expert_name=MyEmaBot attempt=3"),
        "{errors:?}"
    );
}
