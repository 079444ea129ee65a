//! An expert: follows the crossings of two averages, always long or short, and halts for a while after a large loss.
//!
//! A signal is seen at the close of a day. The orders that follow from it are made then and filled at the open of the
//! next day, so nothing is decided with knowledge of the future.

use logger_core::Logger;

use crate::{
    account::{Account, Limits, OpenOrder, Side},
    bars::Bar,
    ema::{Cross, EmaPair},
    journal::Journal,
    latency::Histogram,
    money::Cents,
    tally::Tally,
};

/// What makes one expert differ from another.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The expert's name in the log.
    pub name: &'static str,
    /// What it trades.
    pub symbol: &'static str,
    /// The id of its strategy.
    pub strategy_id: &'static str,
    /// The id of its account.
    pub account_id: &'static str,
    /// The period of the fast average, in days.
    pub fast: u32,
    /// The period of the slow average, in days.
    pub slow: u32,
    /// How many units an order is for.
    pub quantity: i64,
    /// Ids of its orders and trades begin after this number, so that no two experts share one.
    pub first_id: u64,
}

/// The three experts of this example.
pub const PLANS: [Plan; 3] = [
    plan("FastEma", "ema-5-20", "demo-001", 5, 20, 100_000),
    plan("ClassicEma", "ema-12-26", "demo-002", 12, 26, 200_000),
    plan("SlowEma", "ema-20-100", "demo-003", 20, 100, 300_000),
];

const fn plan(
    name: &'static str,
    strategy_id: &'static str,
    account_id: &'static str,
    fast: u32,
    slow: u32,
    first_id: u64,
) -> Plan {
    Plan { name, symbol: "IXIC", strategy_id, account_id, fast, slow, quantity: 3, first_id }
}

#[expect(clippy::inconsistent_digit_grouping, reason = "the last two digits are cents")]
const START_BALANCE: Cents = Cents(10_000_00);
const LIMITS: Limits = Limits { margin_rate: 0.5, price_band: 0.02, drawdown: 0.25 };
/// How many days an expert opens nothing after its loss went past the limit.
const HALT_DAYS: u32 = 60;
/// A move over night that is worth a warning, as a share of the last close.
const GAP: f64 = 0.03;

/// An order that waits for the next open.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    order_id: u64,
    trade_id: u64,
    side: Side,
}

/// What is to be done at the next open.
#[derive(Debug, Default)]
struct Orders {
    close: Option<Waiting>,
    open: Option<Waiting>,
}

/// One strategy with its averages, its account and its log.
#[derive(Debug)]
pub struct Expert {
    plan: Plan,
    averages: EmaPair,
    account: Account,
    journal: Journal,
    orders: Orders,
    last: Option<Bar>,
    halted_for: u32,
    last_order: u64,
    last_trade: u64,
}

impl Expert {
    /// An expert that has seen nothing yet. Tells the log that it started.
    pub fn new(plan: Plan, logger: &Logger) -> Expert {
        let mut journal = Journal::new(logger, &plan);
        journal.started(&plan);
        Expert {
            averages: EmaPair::new(plan.fast, plan.slow),
            account: Account::new(START_BALANCE, LIMITS),
            journal,
            orders: Orders::default(),
            last: None,
            halted_for: 0,
            last_order: plan.first_id,
            last_trade: plan.first_id,
            plan,
        }
    }

    /// Lives through one day.
    pub fn on_bar(&mut self, bar: &Bar) {
        if let Some(last_close) = self.last.as_ref().map(|last| last.close) {
            self.at_open(bar, last_close);
        }
        let (averages, cross) = self.averages.update(bar.close.as_f64());
        self.journal.bar(bar, averages);
        self.halted_for = self.halted_for.saturating_sub(1);
        if let Some(drawdown) = self.account.check_drawdown(bar.close) {
            self.journal.drawdown_limit(bar, drawdown);
            self.halted_for = HALT_DAYS;
            self.order_close(bar.close);
        }
        if let Some(cross) = cross {
            self.journal.signal(bar, cross, averages);
            self.follow(cross, bar.close);
        }
        self.last = Some(bar.clone());
    }

    /// Cancels the order that no further day can fill and closes what is open at the last close; returns what it did and how long its log calls took.
    pub fn finish(mut self) -> (Tally, Histogram) {
        if let Some(last) = self.last.take() {
            if let Some(order) = self.orders.open.take() {
                self.journal.order_cancelled(order.order_id, order.trade_id, order.side);
            }
            self.order_close(last.close);
            self.fill_close(last.close);
        }
        self.journal.finished();
        self.journal.into_parts()
    }

    /// Fills what was ordered at the close of the day before.
    fn at_open(&mut self, bar: &Bar, last_close: Cents) {
        if (bar.open - last_close).abs().as_f64() > GAP * last_close.as_f64() {
            self.journal.gap(bar, last_close);
        }
        self.fill_close(bar.open);
        if let Some(Waiting { order_id, trade_id, side }) = self.orders.open.take() {
            let quantity = self.plan.quantity;
            let order =
                OpenOrder { order_id, trade_id, side, quantity, made_at: last_close, price: bar.open };
            match self.account.open(order) {
                Ok(position) => self.journal.position_opened(order_id, &position),
                Err(why) => self.journal.order_rejected(&order, &why),
            }
        }
    }

    /// Turns the position: what is open is closed, and the other side opened unless the expert is halted.
    fn follow(&mut self, cross: Cross, price: Cents) {
        self.order_close(price);
        if self.halted_for > 0 {
            return;
        }
        let side = match cross {
            Cross::Up => Side::Buy,
            Cross::Down => Side::Sell,
        };
        self.last_trade += 1;
        self.orders.open = Some(self.order(self.last_trade, side, price));
    }

    /// Orders the end of the open position, once.
    fn order_close(&mut self, price: Cents) {
        let Some(position) = self.account.position().copied() else { return };
        if self.orders.close.is_none() {
            self.orders.close = Some(self.order(position.trade_id, position.side.opposite(), price));
        }
    }

    fn order(&mut self, trade_id: u64, side: Side, price: Cents) -> Waiting {
        self.last_order += 1;
        let order_id = self.last_order;
        self.journal.order_created(order_id, trade_id, side, self.plan.quantity, price);
        Waiting { order_id, trade_id, side }
    }

    fn fill_close(&mut self, price: Cents) {
        let Some(order) = self.orders.close.take() else { return };
        if let Some((position, profit)) = self.account.close(price) {
            self.journal.position_closed(order.order_id, &position, price, profit);
        }
    }
}
