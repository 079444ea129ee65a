use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Wake, Waker},
    thread,
};

use logger_core::{Context, LoggerExt as _, info, o};

use crate::support::{PATIENCE, one, pipeline};

#[test]
fn bound_context_is_in_every_record_below_and_in_no_other() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let bot = log.bind(&Context::new().expert_name("MyEmaBot").symbol("BTCUSDT"));
    let order = bot.bind(&Context::new().order_id(7));
    info!(order, "filled");
    info!(bot, "started");
    info!(log, "plain");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("symbol"), ["BTCUSDT".into(), "BTCUSDT".into(), serde_json::Value::Null]);
    assert_eq!(lines.field("order_id"), [7.into(), serde_json::Value::Null, serde_json::Value::Null]);
}

#[test]
fn of_fields_with_one_key_the_record_wins_over_the_scope_over_the_logger_and_each_key_stands_once() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger().bind(&Context::new().with("k", "bound").with("b", 1));
    let child = log.new(o!("k" => "list", "l" => 1));
    Context::new().with("k", "scope").with("s", 1).scope(|| {
        info!(child, "own"; "k" => "own", "o" => 1);
        info!(child, "scope");
    });
    info!(child, "list");
    info!(log, "bound");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("k"), ["own", "scope", "list", "bound"]);
    let first = &lines.get()[0];
    assert!(first.ends_with(",\"b\":1,\"l\":1,\"s\":1,\"k\":\"own\",\"o\":1}\n"), "{first}");
    assert_eq!(first.matches(r#""k":"#).count(), 1);
}

#[test]
fn fields_stand_in_the_order_in_which_they_were_given() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger().new(o!("c" => 3, "d" => 4)).new(o!("e" => 5));
    let log = log.bind(&Context::new().with("a", 1).with("b", 2));
    info!(log, "x"; "f" => 6, "g" => 7);
    let _ = guard.shutdown(PATIENCE);
    let line = lines.get().remove(0);
    assert!(line.ends_with("\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,\"f\":6,\"g\":7}\n"), "{line}");
}

/// Panics, or fails, where it is to be shown.
struct Hostile(std::fmt::Result);

impl std::fmt::Display for Hostile {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        assert!(self.0.is_err(), "while it is shown");
        self.0
    }
}

#[test]
fn a_display_that_panics_or_fails_while_it_is_bound_says_so_in_its_place() {
    let context = Context::new()
        .with_display("one", Hostile(Ok(())))
        .with_display("two", Hostile(Err(std::fmt::Error)))
        .with_display("three", 3);
    assert_eq!(context.to_string(), "one=<panic in Display> two=<error in Display> three=3");
}

#[test]
fn scopes_nest_and_end_with_their_guard() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let outer = Context::new().with("at", "outer").enter();
    let inner = Context::new().with("at", "inner").enter();
    info!(log, "1");
    drop(inner);
    info!(log, "2");
    drop(outer);
    info!(log, "3");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("at"), ["inner".into(), "outer".into(), serde_json::Value::Null]);
}

struct NoWaker;

impl Wake for NoWaker {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn the_context_of_a_future_follows_it_to_another_thread() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger();
    let mut polled = false;
    let task = {
        let log = log.clone();
        Context::new().with("task", 7).attach(std::future::poll_fn(move |_| {
            info!(log, "polled");
            if std::mem::replace(&mut polled, true) { Poll::Ready(()) } else { Poll::Pending }
        }))
    };
    let mut task = Box::pin(task);
    let waker = Waker::from(Arc::new(NoWaker));
    assert!(task.as_mut().poll(&mut TaskContext::from_waker(&waker)).is_pending());
    info!(log, "between");
    thread::spawn(move || {
        let waker = Waker::from(Arc::new(NoWaker));
        assert!(pin!(task).poll(&mut TaskContext::from_waker(&waker)).is_ready());
    })
    .join()
    .unwrap();
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("task"), [7.into(), serde_json::Value::Null, 7.into()]);
}

#[test]
fn reserved_names_of_the_caller_get_a_prefix() {
    let (guard, lines) = one(pipeline());
    info!(guard.logger(), "x"; "level" => "mine", "seq" => 9, "category" => "trade");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("level"), ["info"]);
    assert_eq!(lines.field("category"), ["general"]);
    assert_eq!(lines.field("field.level"), ["mine"]);
    assert_eq!(lines.field("field.seq"), [9]);
    assert_eq!(lines.field("field.category"), ["trade"]);
}
