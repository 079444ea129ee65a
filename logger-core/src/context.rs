//! Key-values that belong to every record below a logger, a block, a thread or a future.

use std::{
    cell::{Cell, RefCell},
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context as TaskContext, Poll},
};

use crate::{
    codec::fields::{Fields, encode_field, encode_shown},
    value::Value,
};

/// Key-values that belong to every record below a logger ([`LoggerExt::bind`](crate::LoggerExt::bind)), a block or a
/// thread ([`Context::enter`]) or a future ([`Context::attach`]).
///
/// Of two fields with one key the one nearer to the record wins: the record's own, then the scope's, then the logger's;
/// within one of them the later one.
///
/// Values under keys that give a secret away are masked at once: see [`Redaction`](crate::Redaction).
///
/// ```
/// use logger_core::Context;
///
/// let context = Context::new().expert_name("MyEmaBot").symbol("BTCUSDT").with("risk_limit", 0.02);
/// assert_eq!(context.to_string(), "expert_name=MyEmaBot symbol=BTCUSDT risk_limit=0.02");
/// ```
#[derive(Clone, Default)]
pub struct Context {
    fields: Fields,
}

impl Context {
    /// A context without fields.
    pub fn new() -> Self {
        Context::default()
    }

    /// Adds the name of the expert, the strategy's program.
    #[must_use]
    pub fn expert_name(self, name: &str) -> Self {
        self.with("expert_name", name)
    }

    /// Adds the instrument, such as `BTCUSDT`.
    #[must_use]
    pub fn symbol(self, symbol: &str) -> Self {
        self.with("symbol", symbol)
    }

    /// Adds the id of a trade.
    #[must_use]
    pub fn trade_id<'v>(self, id: impl Into<Value<'v>>) -> Self {
        self.with("trade_id", id)
    }

    /// Adds the id of an order.
    #[must_use]
    pub fn order_id<'v>(self, id: impl Into<Value<'v>>) -> Self {
        self.with("order_id", id)
    }

    /// Adds the id of a strategy.
    #[must_use]
    pub fn strategy_id<'v>(self, id: impl Into<Value<'v>>) -> Self {
        self.with("strategy_id", id)
    }

    /// Adds the id of an account, of which the records show the last 3 characters ([`Redaction`](crate::Redaction)).
    #[must_use]
    pub fn account_id<'v>(self, id: impl Into<Value<'v>>) -> Self {
        self.with("account_id", id)
    }

    /// Adds any field. The value keeps its type.
    #[must_use]
    pub fn with<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        encode_field(&mut self.fields, key, value.into());
        self
    }

    /// Adds a field with the text that `Display` makes of a value now.
    #[must_use]
    pub fn with_display(mut self, key: &str, value: impl fmt::Display) -> Self {
        encode_shown(&mut self.fields, key, &format_args!("{value}"));
        self
    }

    /// Adds the fields of another context; where keys are the same, the other's win.
    #[must_use]
    pub fn merge(mut self, other: &Context) -> Self {
        self.fields.append(&other.fields);
        self
    }

    /// Gives the fields to every record of this thread until the guard is dropped.
    pub fn enter(&self) -> ScopeGuard {
        let restore = SCOPE
            .try_with(|scope| {
                let mut scope = scope.borrow_mut();
                let restore = (scope.bytes.len(), scope.count, scope.cut);
                scope.append(&self.fields);
                IS_SCOPED.set(scope.count > 0);
                restore
            })
            .ok();
        ScopeGuard { restore, not_send: PhantomData }
    }

    /// Gives the fields to every record of this thread while `body` runs.
    pub fn scope<R>(&self, body: impl FnOnce() -> R) -> R {
        let _scope = self.enter();
        body()
    }

    /// Gives the fields to every record that is logged while the future is polled, on whatever thread that happens.
    pub fn attach<F: Future>(self, future: F) -> InContext<F> {
        InContext { context: self, future: Box::pin(future) }
    }

    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (key, value) in self.fields.iter() {
            write!(f, "{separator}{key}={value}")?;
            separator = " ";
        }
        Ok(())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Context({self})")
    }
}

thread_local! {
    /// What the scopes that this thread is in add to its records, the outermost first.
    static SCOPE: RefCell<Fields> = const { RefCell::new(Fields::empty()) };
    /// Whether they add anything. Has no destructor, so that to look at it costs next to nothing.
    static IS_SCOPED: Cell<bool> = const { Cell::new(false) };
}

/// Calls `body` with what the scopes of this thread add, if they add anything; not where the thread is ending.
#[inline]
pub(crate) fn with_scope(body: impl FnOnce(&Fields)) {
    if IS_SCOPED.get() {
        let _ = SCOPE.try_with(|scope| {
            if let Ok(scope) = scope.try_borrow() {
                body(&scope);
            }
        });
    }
}

/// Ends a scope when it is dropped. Scopes end in the reverse of the order in which they began.
#[must_use = "the scope ends when this is dropped; bind it as `let _scope`, not `let _`"]
#[derive(Debug)]
pub struct ScopeGuard {
    /// Length, count and what was cut before the scope began; `None` on a thread that is ending.
    restore: Option<(usize, usize, u64)>,
    not_send: PhantomData<*const ()>,
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        let Some((len, count, cut)) = self.restore else { return };
        let _ = SCOPE.try_with(|scope| {
            let mut scope = scope.borrow_mut();
            scope.bytes.truncate(len);
            scope.count = scope.count.min(count);
            scope.cut = scope.cut.min(cut);
            IS_SCOPED.set(scope.count > 0);
        });
    }
}

/// A future whose records carry a context. Made by [`Context::attach`].
#[must_use = "futures do nothing unless polled"]
pub struct InContext<F> {
    context: Context,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for InContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let this = self.get_mut();
        let _scope = this.context.enter();
        this.future.as_mut().poll(cx)
    }
}

impl<F> fmt::Debug for InContext<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InContext").field("context", &self.context).finish_non_exhaustive()
    }
}
