//! What applications hold: a `slog::Logger` on a pipeline, which can be bound to context and to trades.

use std::{
    cell::Cell,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::Pipeline;
use crate::{category::Category, context::Context};

/// The logger that applications hold.
pub type Logger = slog::Logger<Pipeline>;

/// What a logger on a [`Pipeline`] can do beyond slog's own methods.
pub trait LoggerExt {
    /// A child logger: its records carry `context`, besides what this logger's carry; where keys are the same, `context`
    /// wins. The fields are encoded here, once.
    #[must_use = "the context is bound to the logger that is returned"]
    fn bind(&self, context: &Context) -> Logger;

    /// A child logger whose records are trades: they have a queue and a file of their own, go there whatever the level
    /// is, and are never dropped.
    #[must_use = "the logger that is returned logs trades, this one does not"]
    fn trade(&self) -> Logger;
}

impl LoggerExt for Logger {
    fn bind(&self, context: &Context) -> Logger {
        on(self, |pipeline| pipeline.with_context(context))
    }

    fn trade(&self) -> Logger {
        on(self, |pipeline| Pipeline { category: Category::Trade, ..pipeline.again() })
    }
}

/// The same logger on a changed handle of its pipeline.
fn on(logger: &Logger, change: impl FnOnce(Pipeline) -> Pipeline) -> Logger {
    match pipeline_of(logger) {
        // a list that wraps an empty one would be walked through by every call
        Some(pipeline) if is_empty(logger.list()) => change(pipeline).into_logger(),
        Some(pipeline) => slog::Logger::root_typed(change(pipeline), slog::o!(logger.list().clone())),
        None => logger.clone(),
    }
}

/// Whether nothing is bound by slog itself: its `Debug` shows the keys, and evaluates no value.
fn is_empty(list: &slog::OwnedKVList) -> bool {
    format!("{list:?}") == "()"
}

thread_local! {
    /// The request of this thread that is under way; 0 for none. Has no destructor, so that it works to a thread's end.
    static REQUEST: Cell<u64> = const { Cell::new(0) };
}

/// Answers to requests.
static ANSWERS: Mutex<Vec<(u64, Pipeline)>> = Mutex::new(Vec::new());

/// The drain of a logger. slog has no method for that, but passes a flush on to the drain, which answers instead of
/// flushing while a request is under way.
fn pipeline_of(logger: &Logger) -> Option<Pipeline> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let request = NEXT.fetch_add(1, Ordering::Relaxed);
    REQUEST.set(request);
    let asked = logger.flush();
    REQUEST.set(0);
    debug_assert!(asked.is_ok(), "a pipeline answers a request without flushing");
    let mut answers = ANSWERS.lock().unwrap_or_else(PoisonError::into_inner);
    let at = answers.iter().position(|(id, _)| *id == request)?;
    Some(answers.swap_remove(at).1)
}

/// Whether the flush that reached `pipeline` is a request for its handle, which is answered here.
pub(super) fn is_asked_for(pipeline: &Pipeline) -> bool {
    let request = REQUEST.get();
    if request != 0 {
        ANSWERS.lock().unwrap_or_else(PoisonError::into_inner).push((request, pipeline.clone()));
    }
    request != 0
}
