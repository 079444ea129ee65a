//! Logs each panic of the process, and empties the queues before the process may end of it.

use std::{
    backtrace::Backtrace,
    panic::{self, PanicHookInfo},
    sync::{Arc, Mutex, Once, Weak},
    thread,
    time::{Duration, Instant},
};

use super::{
    Phase, Shared,
    fork::Home,
    producer::{Call, current_panic_is_ours, submit},
    supervise::panic_message,
};
use crate::{
    category::{Category, Class},
    codec::{
        Section,
        buffer::Buffer,
        call::Sites,
        encode::{Encoder, Head},
        place::Place,
    },
    context::with_scope,
    level::Level,
    redact::default_list,
    value::Value,
};

/// The pipelines that log panics.
static LISTENING: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// How long a thread that panics may wait for the queues of all pipelines together.
const BOUND: Duration = Duration::from_secs(2);

/// From now on a panic is logged to this pipeline.
pub(super) fn listen(shared: &Arc<Shared>) {
    install();
    let Some(mut listening) = Home::FIRST.lock(&LISTENING) else { return };
    listening.retain(|it| it.strong_count() > 0);
    listening.push(Arc::downgrade(shared));
}

/// Puts the hook before the one that is there, once for the process.
fn install() {
    static ONCE: Once = Once::new();
    // the standard library refuses, by a panic, to change the hook there; the next pipeline gets another chance
    if thread::panicking() {
        return;
    }
    // without the lock on `LISTENING`: a panic holds the hook while it waits for that lock
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            log(info);
            previous(info);
        }));
    });
}

/// A panic of the logger's own threads, or of a value that is being logged, is caught, counted and reported by those who
/// have called it; the worker could not wait for itself.
fn log(info: &PanicHookInfo<'_>) {
    if current_panic_is_ours() {
        return;
    }
    let Some(listening) = Home::FIRST.lock(&LISTENING).map(|it| it.clone()) else { return };
    let can_take = |it: &Arc<Shared>| !it.is_abandoned() && !it.orphans.is_busy();
    let pipelines: Vec<_> = listening.iter().filter_map(Weak::upgrade).filter(can_take).collect();
    if pipelines.is_empty() {
        return;
    }
    let counters: Vec<_> = pipelines.iter().map(|shared| shared.counter.read()).collect();
    let event = panic_message(info.payload());
    let backtrace = Backtrace::force_capture().to_string();
    for (shared, counter) in pipelines.iter().zip(counters) {
        submit_panic(shared, counter, &event, info, &backtrace);
    }
    let deadline = Instant::now() + BOUND;
    for shared in pipelines.iter().filter(|shared| shared.phase() != Phase::Closed) {
        shared.flush(deadline);
    }
}

fn submit_panic(shared: &Shared, counter: u64, event: &str, info: &PanicHookInfo<'_>, backtrace: &str) {
    let location = info.location().map(ToString::to_string);
    let (file, line) = info.location().map_or(("", 0), |it| (it.file(), it.line()));
    let level = Level::Critical;
    let category = Category::General;
    let encode = |buffer: &mut Buffer<'_>, flags, _: Option<Sites<'_>>| {
        let head = Head::new(level, category, counter).with(flags);
        let mut encoder = Encoder::begin(buffer, head, default_list());
        encoder.section(Section::Own, |writer| {
            // the last field comes first in this section
            writer.field("backtrace", Value::Str(backtrace));
            writer.field("panic_location", location.as_deref().map_or(Value::Null, Value::Str));
        });
        with_scope(|scope| encoder.section(Section::Scope, |writer| writer.encoded(scope)));
        let place = Place { file, module: "", line };
        encoder.end(|| place, Some(&format_args!("{event}")));
    };
    submit(shared, &Call { class: Class::General, level, deadline: None, encode });
}
