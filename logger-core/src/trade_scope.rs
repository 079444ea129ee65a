//! What happens to a trade, from its start to its result; and what takes longer than it should.

use std::{
    fmt,
    time::{Duration, Instant},
};

use crate::{
    context::Context,
    error, info,
    pipeline::{Logger, LoggerExt as _},
    warn,
};

/// A trade that cannot be one. The message names the field, what it was, and what is allowed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TradeError {
    /// The side is none.
    #[error("side is `{given}`; it must be BUY or SELL, in any case")]
    Side {
        /// What was given.
        given: String,
    },
    /// The symbol is empty.
    #[error("symbol is empty")]
    Symbol,
    /// The quantity is not above 0, or no number.
    #[error("quantity is {given}; it must be a finite number above 0")]
    Quantity {
        /// What was given.
        given: f64,
    },
    /// The price is not above 0, or no number.
    #[error(
        "price is {given}; it must be a finite number above 0, and is left out for an order at the market"
    )]
    Price {
        /// What was given.
        given: f64,
    },
}

/// Buy or sell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `BUY`
    Buy,
    /// `SELL`
    Sell,
}

impl Side {
    /// `BUY` or `SELL`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Side {
    type Err = TradeError;

    fn from_str(text: &str) -> Result<Self, TradeError> {
        match text {
            _ if text.eq_ignore_ascii_case("buy") => Ok(Side::Buy),
            _ if text.eq_ignore_ascii_case("sell") => Ok(Side::Sell),
            _ => Err(TradeError::Side { given: text.to_owned() }),
        }
    }
}

/// A trade that is to be made.
///
/// ```
/// use logger_core::{Pipeline, Trade, o};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let guard = Pipeline::builder().start()?;
/// # let log = guard.logger();
/// let scope = Trade::new("BUY", 0.1, "BTCUSDT")?.price(70_000.0)?.begin(&log);
/// match place_order() {
///     Ok(()) => scope.finish("filled"),
///     Err(error) => scope.fail(&error),
/// }
/// # fn place_order() -> Result<(), std::io::Error> { Ok(()) }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Trade {
    side: Side,
    quantity: f64,
    symbol: String,
    price: Option<f64>,
}

impl Trade {
    /// A trade at the market.
    ///
    /// # Errors
    ///
    /// [`TradeError`], where one of the three cannot be.
    pub fn new(side: &str, quantity: f64, symbol: &str) -> Result<Self, TradeError> {
        let side = side.parse()?;
        if !is_above_zero(quantity) {
            return Err(TradeError::Quantity { given: quantity });
        }
        if symbol.trim().is_empty() {
            return Err(TradeError::Symbol);
        }
        Ok(Trade { side, quantity, symbol: symbol.to_owned(), price: None })
    }

    /// Sets the price of one unit.
    ///
    /// # Errors
    ///
    /// [`TradeError::Price`].
    pub fn price(mut self, price: f64) -> Result<Self, TradeError> {
        if !is_above_zero(price) {
            return Err(TradeError::Price { given: price });
        }
        self.price = Some(price);
        Ok(self)
    }

    /// Logs that it begins, as a trade at INFO: `trade started`, with `side`, `quantity`, `symbol` and `price`. So do all
    /// records of the scope.
    pub fn begin(self, log: &Logger) -> TradeScope {
        let context = Context::new()
            .with("side", self.side.as_str())
            .with("quantity", self.quantity)
            .with("symbol", self.symbol.as_str());
        let context = match self.price {
            Some(price) => context.with("price", price),
            None => context,
        };
        let log = log.trade().bind(&context);
        info!(log, "trade started");
        TradeScope { log, began: Instant::now(), is_open: true }
    }
}

fn is_above_zero(number: f64) -> bool {
    number.is_finite() && number > 0.0
}

/// A trade under way. It ends with [`TradeScope::finish`] or [`TradeScope::fail`]; where it is dropped before, by a `?` or a
/// panic, it logs `trade abandoned` at ERROR. Each end has `duration_ms`.
#[must_use = "a scope that is dropped at once says that its trade was abandoned"]
#[derive(Debug)]
pub struct TradeScope {
    log: Logger,
    began: Instant,
    is_open: bool,
}

impl TradeScope {
    /// A logger whose records carry the trade, for what happens meanwhile.
    pub fn log(&self) -> &Logger {
        &self.log
    }

    /// The trade was made: `trade finished` at INFO, with `result`.
    pub fn finish(mut self, result: impl fmt::Display) {
        self.is_open = false;
        info!(self.log, "trade finished"; "result" => %result, "duration_ms" => millis(self.began));
    }

    /// The trade was not made: `trade failed` at ERROR, with the chain of the error's sources.
    pub fn fail(mut self, error: &(dyn std::error::Error + 'static)) {
        self.is_open = false;
        let duration = millis(self.began);
        slog::error!(self.log, "trade failed"; "error" => error, "duration_ms" => duration);
    }
}

impl Drop for TradeScope {
    fn drop(&mut self) {
        if self.is_open {
            let duration = millis(self.began);
            error!(self.log, "trade abandoned"; "duration_ms" => duration, "panicking" => std::thread::panicking());
        }
    }
}

/// Milliseconds since a moment, with three places.
fn millis(since: Instant) -> f64 {
    since.elapsed().as_micros() as f64 / 1e3
}

/// Runs an operation, and warns where it takes longer than `threshold`: `operation was slow`, with `operation`,
/// `duration_ms` and `threshold_ms`. Otherwise nothing is logged. It also warns where the operation panics.
///
/// ```
/// # let log = logger_core::Pipeline::builder().start()?.logger();
/// use std::time::Duration;
///
/// let sum = logger_core::timed(&log, "indicators", Duration::from_millis(5), || (1..10).sum::<u32>());
/// assert_eq!(sum, 45);
/// # Ok::<(), logger_core::StartError>(())
/// ```
pub fn timed<R>(log: &Logger, operation: &str, threshold: Duration, body: impl FnOnce() -> R) -> R {
    let _timer = Timer { log, operation, threshold, began: Instant::now() };
    body()
}

struct Timer<'t> {
    log: &'t Logger,
    operation: &'t str,
    threshold: Duration,
    began: Instant,
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        if self.began.elapsed() > self.threshold {
            let threshold = self.threshold.as_micros() as f64 / 1e3;
            warn!(self.log, "operation was slow"; "operation" => self.operation, "duration_ms" => millis(self.began), "threshold_ms" => threshold);
        }
    }
}
