//! What goes on behind a drain, and what it has to say of itself.

use std::{
    sync::{Arc, Mutex},
    time::Instant,
};

use logger_core::{Category, Level, Outlet, OwnedRecord, Route};

use crate::support::{Collector, PATIENCE, pipeline};

#[derive(Debug, Default)]
struct Told(Mutex<Vec<&'static str>>);

impl Outlet for Told {
    fn settle(&self, _: Instant) -> bool {
        self.0.lock().unwrap().push("settle");
        true
    }

    fn close(&self, _: Instant) -> bool {
        self.0.lock().unwrap().push("close");
        true
    }
}

#[derive(Debug)]
struct Panics;

impl Outlet for Panics {
    fn settle(&self, _: Instant) -> bool {
        panic!("on purpose")
    }

    fn close(&self, _: Instant) -> bool {
        false
    }
}

#[test]
fn a_flush_settles_and_a_shutdown_closes_what_is_behind_a_drain() {
    let (drain, _) = Collector::new();
    let told = Arc::new(Told::default());
    let outlet: Arc<dyn Outlet> = Arc::<Told>::clone(&told);
    let guard = pipeline().route(Route::new("a", drain).outlet(outlet)).start().unwrap();
    assert!(guard.flush(PATIENCE).finished);
    assert!(guard.shutdown(PATIENCE).finished);
    let calls = told.0.lock().unwrap().clone();
    assert_eq!(calls[..2], ["settle", "close"]);
}

#[test]
fn one_that_panics_or_does_not_finish_is_not_finished_and_the_others_are_told_all_the_same() {
    let ((one, _), (other, _)) = (Collector::new(), Collector::new());
    let told = Arc::new(Told::default());
    let outlet: Arc<dyn Outlet> = Arc::<Told>::clone(&told);
    let guard = pipeline()
        .route(Route::new("a", one).outlet(Arc::new(Panics)))
        .route(Route::new("b", other).outlet(outlet))
        .start()
        .unwrap();
    assert!(!guard.flush(PATIENCE).finished);
    assert!(!guard.shutdown(PATIENCE).finished);
    assert_eq!(told.0.lock().unwrap()[..2], ["settle", "close"]);
}

#[test]
fn a_report_of_a_drain_reaches_the_reports_and_the_routes_and_is_in_no_figure() {
    let ((drain, lines), (reports, reported)) = (Collector::new(), Collector::new());
    let guard = pipeline().route(Route::new("a", drain)).reports(reports).start().unwrap();
    let report = OwnedRecord::new(Level::Error, "the moon is far").category(Category::Logger);
    guard.pipeline().report(report);
    let shut_down = guard.shutdown(PATIENCE);
    assert!(shut_down.finished);
    assert_eq!(
        (lines.events(), reported.events()),
        (vec!["the moon is far".into()], vec!["the moon is far".into()])
    );
    assert_eq!(shut_down.health.total().accepted, 0);
}
