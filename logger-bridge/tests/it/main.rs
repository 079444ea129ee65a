//! What arrives of records of the crates `log` and `tracing`.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod hostile;
#[path = "../shared/lines.rs"]
mod lines;

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use logger_bridge::{log::LogBridge, tracing::TracingLayer};
use logger_core::{
    Context, Drain, DrainError, Filter, FutureExt as _, Level, LoggerExt as _, Pipeline, Record, Route,
    ShutdownGuard, error, info,
};
use serde_json::Value;
use tracing_subscriber::{Registry, layer::SubscriberExt as _};

use self::lines::Lines;

struct Scene {
    guard: ShutdownGuard,
    lines: Lines,
}

impl Scene {
    fn new() -> Self {
        // as `install` does; without it the macros of `log` call nobody
        log::set_max_level(log::LevelFilter::Trace);
        let lines = Lines::default();
        let route = Route::new("lines", lines.clone()).filter(Filter::at_logger_level());
        Scene { guard: Pipeline::builder().route(route).start().unwrap(), lines }
    }

    fn end_as_text(self) -> String {
        let report = self.guard.shutdown(Duration::from_secs(30));
        assert!(report.finished && report.health.total().dropped.total() == 0, "{report:?}");
        self.lines.text()
    }

    fn end(self) -> Vec<Value> {
        self.end_as_text().lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }
}

#[test]
fn a_record_of_log_has_level_place_and_typed_fields() {
    let scene = Scene::new();
    let bridge = LogBridge::new(&scene.guard.logger().bind(&Context::new().expert_name("Ema")));
    let source = std::io::Error::other("reset by peer");
    log::warn!(
        logger: bridge, target: "exchange",
        attempt = 3_u64, loss = -0.5, left = -7, ok = false, name = "a\nb", error:err = source, who:? = Some(1);
        "connection {} lost", 9
    );
    let line = line!() - 5;
    log::debug!(logger: bridge, "below the level");
    scene.guard.pipeline().set_level(Level::Debug);
    log::debug!(logger: bridge, "above the new one");
    let found = scene.end();
    assert_eq!(found.len(), 2);
    let it = &found[0];
    assert_eq!((&it["level"], &it["event"]), (&"warning".into(), &"connection 9 lost".into()));
    assert_eq!((&it["file"], &it["module"]), (&file!().into(), &module_path!().into()));
    assert_eq!(it["line"], line);
    assert_eq!((&it["target"], &it["expert_name"]), (&"exchange".into(), &"Ema".into()));
    assert_eq!(
        (&it["attempt"], &it["loss"], &it["left"], &it["ok"]),
        (&3.into(), &(-0.5).into(), &(-7).into(), &false.into())
    );
    assert_eq!((&it["name"], &it["who"]), (&"a\nb".into(), &"Some(1)".into()));
    assert_eq!(it["error"]["message"], "reset by peer", "{it}");
    assert_eq!(found[1]["event"], "above the new one");
}

#[test]
fn values_of_log_are_exact_to_128_bits_and_nothing_is_null() {
    let scene = Scene::new();
    let bridge = LogBridge::new(&scene.guard.logger());
    log::info!(logger: bridge, big = u128::MAX, low = i128::MIN, none = (); "of log");
    let found = scene.end();
    assert_eq!(found[0]["big"].to_string(), u128::MAX.to_string());
    assert_eq!(found[0]["low"].to_string(), i128::MIN.to_string());
    assert_eq!(found[0].get("none"), Some(&Value::Null));
}

#[test]
fn the_crate_log_is_told_the_level_of_the_logger_and_its_flush_delivers() {
    let scene = Scene::new();
    let bridge = LogBridge::new(&scene.guard.logger());
    let is_on = |level| log::Log::enabled(&bridge, &log::Metadata::builder().level(level).build());
    assert!(is_on(log::Level::Info) && !is_on(log::Level::Debug));
    scene.guard.pipeline().set_level(Level::Debug);
    assert!(is_on(log::Level::Debug) && !is_on(log::Level::Trace));
    log::info!(logger: bridge, "flushed");
    log::Log::flush(&bridge);
    assert!(scene.lines.text().contains("flushed"));
    assert_eq!(scene.end().len(), 1);
}

/// Panics where it is to be shown.
struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("while it is shown")
    }
}

/// Cannot be shown.
struct Fails;

impl fmt::Debug for Fails {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[test]
fn a_value_that_panics_or_fails_costs_neither_the_caller_nor_the_record() {
    let scene = Scene::new();
    let bridge = LogBridge::new(&scene.guard.logger());
    log::info!(logger: bridge, one:? = Panics, two:? = Fails, three = 3; "of log");
    let layer = Registry::default().with(TracingLayer::new(&scene.guard.logger()));
    tracing::subscriber::with_default(
        layer,
        || tracing::info!(one = ?Panics, two = ?Fails, three = 3, "of tracing"),
    );
    let found = scene.end();
    assert_eq!(found.len(), 2);
    for it in found {
        assert_eq!(
            (&it["one"], &it["two"], &it["three"]),
            (&"<panic in Display>".into(), &"<error in Display>".into(), &3.into())
        );
    }
}

/// Goes on for as long as it is listened to, and counts how often it was.
struct NeverEnds;

static HEARD: AtomicU64 = AtomicU64::new(0);

impl fmt::Display for NeverEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // a gigabyte at most, so that this test ends where nobody stops it
        (0..1_000_000).try_for_each(|_| {
            HEARD.fetch_add(1, Ordering::Relaxed);
            f.write_str(&"\u{20ac}".repeat(333))
        })
    }
}

impl fmt::Debug for NeverEnds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for NeverEnds {}

#[test]
fn a_value_that_never_ends_is_stopped_and_the_record_says_so() {
    let scene = Scene::new();
    let bridge = LogBridge::new(&scene.guard.logger());
    log::info!(logger: bridge, one:% = NeverEnds, two = 2; "of log");
    let layer = Registry::default().with(TracingLayer::new(&scene.guard.logger()));
    tracing::subscriber::with_default(layer, || {
        tracing::info!(one = %NeverEnds, two = 2, "of tracing");
        let error: &(dyn std::error::Error + 'static) = &NeverEnds;
        tracing::info!(one = error, two = 2, "an error");
        tracing::info!(two = 2, "{NeverEnds}");
    });
    let found = scene.end();
    assert_eq!(found.len(), 4);
    for it in found {
        assert_eq!((&it["two"], &it["truncated"]), (&2.into(), &true.into()));
        let longest = ["one", "event"].map(|key| it[key].to_string().len()).into_iter().max().unwrap();
        assert!((255 * 1024..258 * 1024).contains(&longest), "{longest}");
    }
    // a kilobyte each time, of four values
    let heard = HEARD.load(Ordering::Relaxed);
    assert!((4 * 256..4 * 1024).contains(&heard), "{heard}");
}

#[test]
fn two_layers_over_one_registry_both_have_the_fields_of_spans() {
    let scenes = [Scene::new(), Scene::new()];
    let [one, two] = scenes.each_ref().map(|it| TracingLayer::new(&it.guard.logger()));
    tracing::subscriber::with_default(Registry::default().with(one).with(two), || {
        let span = tracing::info_span!("order", order_id = 1, state = tracing::field::Empty);
        let _entered = span.enter();
        span.record("state", "filled");
        tracing::info!("done");
    });
    for scene in scenes {
        let found = scene.end();
        assert_eq!(
            (&found[0]["event"], &found[0]["order_id"], &found[0]["state"]),
            (&"done".into(), &1.into(), &"filled".into())
        );
    }
}

#[test]
fn an_event_of_tracing_has_the_fields_of_its_spans_and_the_nearer_ones_count() {
    let scene = Scene::new();
    let layer = Registry::default().with(TracingLayer::new(&scene.guard.logger()));
    tracing::subscriber::with_default(layer, || {
        let session = tracing::debug_span!("session", venue = "X", depth = 1, late = tracing::field::Empty);
        let _session = session.enter();
        session.record("late", 17_i64);
        let _order = tracing::info_span!("order", order_id = 5_u64, depth = 2).entered();
        let error: &(dyn std::error::Error + 'static) = &std::fmt::Error;
        tracing::error!(target: "fills", depth = 3, price = 70_000.5, big = u128::MAX, error, side = ?"BUY", "filled {}", "all");
        tracing::info!(count = 1);
        tracing::debug!("below the level");
    });
    let found = scene.end();
    assert_eq!(found.len(), 2);
    let it = &found[0];
    assert_eq!((&it["level"], &it["event"]), (&"error".into(), &"filled all".into()));
    assert_eq!(
        (&it["venue"], &it["order_id"], &it["depth"], &it["late"]),
        (&"X".into(), &5.into(), &3.into(), &17.into())
    );
    assert_eq!(
        (&it["span"], &it["target"], &it["module"]),
        (&"session:order".into(), &"fills".into(), &module_path!().into())
    );
    assert_eq!((&it["price"], &it["side"]), (&70_000.5.into(), &"\"BUY\"".into()));
    assert_eq!(it["big"].to_string(), u128::MAX.to_string());
    assert!(it["error"]["message"].is_string() && it["line"].as_u64() > Some(0));
    assert_eq!((&found[1]["depth"], &found[1]["count"]), (&2.into(), &1.into()));
    assert!(
        found[1]["event"].as_str().unwrap().starts_with("event "),
        "one without a message is called by its place"
    );
    assert!(found[1].get("target").is_none());
}

#[test]
fn an_event_of_tracing_has_its_level_and_the_last_value_of_each_field_with_its_type() {
    let scene = Scene::new();
    scene.guard.pipeline().set_level(Level::Trace);
    let layer = Registry::default().with(TracingLayer::new(&scene.guard.logger()));
    tracing::subscriber::with_default(layer, || {
        let order = tracing::info_span!("order", filled = false);
        let _order = order.enter();
        order.record("filled", true);
        tracing::warn!(low = i128::MIN, ok = true, "warned");
        tracing::trace!("traced");
    });
    let found = scene.end();
    assert_eq!([&found[0]["level"], &found[1]["level"]], ["warning", "trace"]);
    assert_eq!(found[0]["low"].to_string(), i128::MIN.to_string());
    assert_eq!((&found[0]["ok"], &found[0]["filled"]), (&true.into(), &true.into()));
}

#[test]
fn the_context_of_a_future_follows_it_over_threads() {
    let scene = Scene::new();
    let logger = scene.guard.logger();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_time().build().unwrap();
    let bridge = Arc::new(LogBridge::new(&logger));
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for task in 0..64_u64 {
            let (logger, bridge) = (logger.clone(), Arc::clone(&bridge));
            let work = async move {
                for step in 0..8_u64 {
                    info!(logger, "step"; "task" => task, "step" => step, "on" => ?std::thread::current().id());
                    log::info!(logger: bridge, task = task, step = step; "of a library");
                    tokio::task::yield_now().await;
                }
            };
            tasks.push(tokio::spawn(work.in_context(&Context::new().order_id(task).symbol("BTCUSDT"))));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    info!(logger, "after");
    let found = scene.end();
    assert_eq!(found.len(), 64 * 8 * 2 + 1);
    let (steps, last) = found.split_at(found.len() - 1);
    assert!(steps.iter().all(|it| it["order_id"] == it["task"] && it["symbol"] == "BTCUSDT"));
    assert!(last[0].get("order_id").is_none(), "{last:?}");
    let mut threads: Vec<&str> = steps.iter().filter_map(|it| it["on"].as_str()).collect();
    threads.sort_unstable();
    threads.dedup();
    assert!(threads.len() > 1, "{threads:?}");
}

/// A layer of somebody else's.
#[derive(Clone, Default)]
struct Others(Arc<Mutex<u32>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Others {
    fn on_event(&self, _: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        *self.0.lock().unwrap() += 1;
    }
}

#[test]
fn a_layer_among_others_takes_what_the_level_lets_through_and_hides_nothing_from_them() {
    let (scene, others) = (Scene::new(), Others::default());
    let layers = Registry::default().with(TracingLayer::new(&scene.guard.logger())).with(others.clone());
    tracing::subscriber::with_default(layers, || {
        tracing::debug!("for others");
        tracing::info!("for all");
        scene.guard.pipeline().set_level(Level::Debug);
        tracing::debug!("for all by now");
    });
    assert_eq!(*others.0.lock().unwrap(), 3);
    let found = scene.end();
    assert_eq!(found.iter().map(|it| &it["event"]).collect::<Vec<_>>(), ["for all", "for all by now"]);
}

/// Counts how often it is shown.
struct Shown(Mutex<u32>);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        *self.0.lock().unwrap() += 1;
        f.write_str("shown")
    }
}

/// An alert client that logs about each record that it is given, as HTTP clients do.
struct Chatty {
    bridge: Arc<Mutex<Option<LogBridge>>>,
    given: Arc<Mutex<Vec<String>>>,
}

impl Drain for Chatty {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        self.given.lock().unwrap().push(record.event().into());
        if let Some(bridge) = &*self.bridge.lock().unwrap() {
            log::error!(logger: bridge, "cannot connect");
        }
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn a_drain_whose_client_logs_is_not_sent_that_too() {
    log::set_max_level(log::LevelFilter::Trace);
    let (bridge, given) = (Arc::default(), Arc::default());
    let chatty = Chatty { bridge: Arc::clone(&bridge), given: Arc::clone(&given) };
    let guard = Pipeline::builder().route(Route::new("alerts", chatty).detached(64)).start().unwrap();
    *bridge.lock().unwrap() = Some(LogBridge::new(&guard.logger()));
    error!(guard.logger(), "order rejected");
    assert!(guard.flush(Duration::from_secs(30)).finished);
    let report = guard.shutdown(Duration::from_secs(30));
    assert!(report.finished);
    assert_eq!(*given.lock().unwrap(), ["order rejected"]);
    // and what the client said, which is among the reports
    assert_eq!(report.health.total().accepted, 2);
}

#[test]
fn both_are_installed_in_one_line_and_only_once() {
    let scene = Scene::new();
    let logger = scene.guard.logger();
    logger_bridge::log::install(&logger).unwrap();
    logger_bridge::tracing::install(&logger).unwrap();
    assert!(logger_bridge::log::install(&logger).is_err());
    assert!(logger_bridge::tracing::install(&logger).is_err());
    log::info!(target: "installed", "by log");
    let shown = Shown(Mutex::new(0));
    let span = tracing::debug_span!("below", n = 1);
    let _span = span.enter();
    tracing::debug!(target: "installed", ?shown, "below the level");
    assert_eq!(*shown.0.lock().unwrap(), 0, "what is not wanted is not evaluated");
    tracing::info!(target: "installed", ?shown, "by tracing");
    assert_eq!(*shown.0.lock().unwrap(), 1);
    let found: Vec<Value> = scene.end().into_iter().filter(|it| it["target"] == "installed").collect();
    assert_eq!(found[1]["n"], 1, "a span below the level has its fields all the same");
    assert_eq!(
        found.iter().map(|it| it["event"].as_str().unwrap()).collect::<Vec<_>>(),
        ["by log", "by tracing"]
    );
}
