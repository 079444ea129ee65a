//! `.in_context(…)` on futures.

use std::future::Future;

use crate::context::{Context, InContext};

/// Adds [`in_context`](FutureExt::in_context) to futures.
pub trait FutureExt: Future + Sized {
    /// The same future; every record that is logged while it is polled carries `context`, on whatever thread that happens.
    fn in_context(self, context: &Context) -> InContext<Self> {
        context.clone().attach(self)
    }
}

impl<F: Future> FutureExt for F {}
