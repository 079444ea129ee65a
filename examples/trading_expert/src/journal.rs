//! What an expert writes into the log: one method per event, each counted and timed.

use logger_core::{Category, Context, Level, Logger, LoggerExt, critical, debug, error, info, slog, warning};

use crate::{
    account::{Drawdown, OpenOrder, OrderRejected, Position, Side},
    bars::Bar,
    ema::{Averages, Cross},
    expert::Plan,
    latency::Histogram,
    money::Cents,
    tally::Tally,
};

/// The log of one expert. Everything that it writes carries the expert's name, symbol, strategy and account.
#[derive(Debug)]
pub(crate) struct Journal {
    log: Logger,
    /// The same logger for trading events: a queue and a file of their own, admitted at every level.
    trades: Logger,
    tally: Tally,
    latency: Histogram,
}

impl Journal {
    pub(crate) fn new(logger: &Logger, plan: &Plan) -> Journal {
        let context = Context::new()
            .expert_name(plan.name)
            .symbol(plan.symbol)
            .strategy_id(plan.strategy_id)
            .account_id(plan.account_id);
        let log = logger.bind(&context);
        Journal { trades: log.trade(), log, tally: Tally::default(), latency: Histogram::default() }
    }

    pub(crate) fn into_parts(self) -> (Tally, Histogram) {
        (self.tally, self.latency)
    }

    /// Makes a call that is not about a trade.
    fn general(&mut self, level: Level, call: impl FnOnce(&Logger)) {
        self.tally.calls.count(Category::General, level);
        // a call that the level keeps out costs next to nothing and would flatter the figures
        if slog::Drain::is_enabled(&self.log, level.into()) {
            self.latency.time(|| call(&self.log));
        } else {
            call(&self.log);
        }
    }

    /// Makes a call about a trade; every level lets it in.
    fn trade(&mut self, level: Level, call: impl FnOnce(&Logger)) {
        self.tally.calls.count(Category::Trade, level);
        self.latency.time(|| call(&self.trades));
    }

    pub(crate) fn started(&mut self, plan: &Plan) {
        self.general(Level::Info, |log| {
            info!(log, "expert started"; "fast" => plan.fast, "slow" => plan.slow, "quantity" => plan.quantity);
        });
    }

    pub(crate) fn finished(&mut self) {
        let Tally { bars, orders, trades, profit, .. } = self.tally;
        self.general(Level::Info, |log| {
            info!(log, "expert finished";
                "bars" => bars, "orders" => orders, "trades" => trades, "profit" => profit.as_f64());
        });
    }

    pub(crate) fn bar(&mut self, bar: &Bar, averages: Averages) {
        self.tally.bars += 1;
        self.general(Level::Debug, |log| {
            debug!(log, "bar";
                "date" => &bar.date, "open" => bar.open.as_f64(), "high" => bar.high.as_f64(),
                "low" => bar.low.as_f64(), "close" => bar.close.as_f64(), "volume" => bar.volume,
                "ema_fast" => averages.fast, "ema_slow" => averages.slow);
        });
    }

    pub(crate) fn gap(&mut self, bar: &Bar, last_close: Cents) {
        self.general(Level::Warning, |log| {
            warning!(log, "price gap";
                "date" => &bar.date, "last_close" => last_close.as_f64(), "open" => bar.open.as_f64());
        });
    }

    pub(crate) fn signal(&mut self, bar: &Bar, cross: Cross, averages: Averages) {
        self.tally.signals += 1;
        let direction = match cross {
            Cross::Up => "up",
            Cross::Down => "down",
        };
        self.general(Level::Info, |log| {
            info!(log, "signal";
                "date" => &bar.date, "direction" => direction, "price" => bar.close.as_f64(),
                "ema_fast" => averages.fast, "ema_slow" => averages.slow);
        });
    }

    pub(crate) fn order_created(
        &mut self,
        order_id: u64,
        trade_id: u64,
        side: Side,
        quantity: i64,
        price: Cents,
    ) {
        self.tally.orders += 1;
        self.trade(Level::Info, |trades| {
            info!(trades, "order created";
                "trade_id" => trade_id, "order_id" => order_id, "side" => side.as_str(), "quantity" => quantity,
                "price" => price.as_f64());
        });
    }

    pub(crate) fn order_cancelled(&mut self, order_id: u64, trade_id: u64, side: Side) {
        self.trade(Level::Info, |trades| {
            info!(trades, "order cancelled";
                "trade_id" => trade_id, "order_id" => order_id, "side" => side.as_str(), "reason" => "end of data");
        });
    }

    pub(crate) fn order_rejected(&mut self, order: &OpenOrder, why: &OrderRejected) {
        self.tally.rejected += 1;
        self.trade(Level::Error, |trades| {
            error!(trades, "order rejected";
                "trade_id" => order.trade_id, "order_id" => order.order_id, "side" => order.side.as_str(),
                "quantity" => order.quantity, "price" => order.price.as_f64(), "error" => #why);
        });
    }

    pub(crate) fn position_opened(&mut self, order_id: u64, position: &Position) {
        self.trade(Level::Info, |trades| {
            info!(trades, "position opened";
                "trade_id" => position.trade_id, "order_id" => order_id, "side" => position.side.as_str(),
                "quantity" => position.quantity, "price" => position.price.as_f64());
        });
    }

    pub(crate) fn position_closed(
        &mut self,
        order_id: u64,
        position: &Position,
        price: Cents,
        profit: Cents,
    ) {
        self.tally.trades += 1;
        self.tally.profit += profit;
        self.trade(Level::Info, |trades| {
            info!(trades, "position closed";
                "trade_id" => position.trade_id, "order_id" => order_id,
                "side" => position.side.opposite().as_str(), "quantity" => position.quantity,
                "price" => price.as_f64(), "profit" => profit.as_f64());
        });
    }

    pub(crate) fn drawdown_limit(&mut self, bar: &Bar, drawdown: Drawdown) {
        self.tally.criticals += 1;
        self.general(Level::Critical, |log| {
            critical!(log, "drawdown limit reached";
                "date" => &bar.date, "peak" => drawdown.peak.as_f64(), "equity" => drawdown.equity.as_f64(),
                "drawdown" => drawdown.share);
        });
    }
}
