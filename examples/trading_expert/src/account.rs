//! An account that holds one position at most: margin, profit and the limit on what it may lose.

use crate::money::Cents;

/// Which way an order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Gains when the price rises.
    Buy,
    /// Gains when the price falls.
    Sell,
}

impl Side {
    /// The name in the log.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        }
    }

    /// The side that ends a position of this one.
    pub(crate) fn opposite(self) -> Side {
        match self {
            Side::Buy => Side::Sell,
            Side::Sell => Side::Buy,
        }
    }

    fn sign(self) -> i64 {
        match self {
            Side::Buy => 1,
            Side::Sell => -1,
        }
    }
}

/// What an account may do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// What must be there for each unit of an order's value: 0.5 is half of it.
    pub(crate) margin_rate: f64,
    /// How far the price may have moved since the order was made, as a share of it: 0.02 is 2 %.
    pub(crate) price_band: f64,
    /// How much of its highest worth the account may lose, as a share of it: 0.25 is a quarter.
    pub(crate) drawdown: f64,
}

/// An order that opens a position, at the moment when it would be filled.
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenOrder {
    /// The order's id.
    pub(crate) order_id: u64,
    /// The id of the trade that it would begin.
    pub(crate) trade_id: u64,
    /// Which way it goes.
    pub(crate) side: Side,
    /// How many units.
    pub(crate) quantity: i64,
    /// The price when it was made.
    pub(crate) made_at: Cents,
    /// The price now.
    pub(crate) price: Cents,
}

/// A position that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// The id of its trade.
    pub(crate) trade_id: u64,
    /// Which way it goes.
    pub(crate) side: Side,
    /// How many units.
    pub(crate) quantity: i64,
    /// The price at which it was opened.
    pub(crate) price: Cents,
}

impl Position {
    fn profit_at(&self, price: Cents) -> Cents {
        (price - self.price) * self.side.sign() * self.quantity
    }
}

/// An order that was not filled, with the cause as its source.
#[derive(Debug, thiserror::Error)]
#[error("order {order_id} was rejected")]
pub(crate) struct OrderRejected {
    /// The order.
    pub(crate) order_id: u64,
    /// Why.
    pub(crate) source: RejectCause,
}

/// Why an order was not filled.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RejectCause {
    /// The account does not hold what the order needs.
    #[error("a margin of {needed} is needed and {available} is there")]
    InsufficientMargin {
        /// What the order needs.
        needed: Cents,
        /// What the account holds.
        available: Cents,
    },
    /// The price left the band around the price at which the order was made.
    #[error("the price moved from {made_at} to {price}, out of the band")]
    OutOfPriceBand {
        /// The price when the order was made.
        made_at: Cents,
        /// The price when it would have been filled.
        price: Cents,
    },
}

/// A loss that went past the limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Drawdown {
    /// The highest worth since the last time that the limit was reached.
    pub(crate) peak: Cents,
    /// What the account is worth now.
    pub(crate) equity: Cents,
    /// The loss as a share of the peak.
    pub(crate) share: f64,
}

/// Money, and one position at most.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    limits: Limits,
    balance: Cents,
    peak: Cents,
    position: Option<Position>,
}

impl Account {
    /// An account with this much money and no position.
    pub(crate) fn new(balance: Cents, limits: Limits) -> Account {
        Account { limits, balance, peak: balance, position: None }
    }

    /// The open position.
    pub(crate) fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// What the account would be worth if its position were closed at this price.
    pub(crate) fn equity(&self, price: Cents) -> Cents {
        self.balance + self.position.map_or(Cents(0), |position| position.profit_at(price))
    }

    /// Fills an order that opens a position. A position that is open already is replaced unpaid, so close it first.
    ///
    /// # Errors
    ///
    /// [`OrderRejected`], if the price left its band or the margin is not there; the account is as before.
    pub(crate) fn open(&mut self, order: OpenOrder) -> Result<Position, OrderRejected> {
        self.admit(&order).map_err(|source| OrderRejected { order_id: order.order_id, source })?;
        let OpenOrder { trade_id, side, quantity, price, .. } = order;
        Ok(*self.position.insert(Position { trade_id, side, quantity, price }))
    }

    fn admit(&self, order: &OpenOrder) -> Result<(), RejectCause> {
        let OpenOrder { made_at, price, .. } = *order;
        if (price - made_at).abs().as_f64() > self.limits.price_band * made_at.as_f64() {
            return Err(RejectCause::OutOfPriceBand { made_at, price });
        }
        let needed = Cents::from_f64((price * order.quantity).as_f64() * self.limits.margin_rate);
        if needed > self.balance {
            return Err(RejectCause::InsufficientMargin { needed, available: self.balance });
        }
        Ok(())
    }

    /// Closes the position at this price; returns it with its profit, or `None` where none is open.
    pub(crate) fn close(&mut self, price: Cents) -> Option<(Position, Cents)> {
        let position = self.position.take()?;
        let profit = position.profit_at(price);
        self.balance += profit;
        Some((position, profit))
    }

    /// Looks at the worth at this price. `Some` when the loss since the peak went past the limit; the peak then starts
    /// anew, so that one loss is told once.
    pub(crate) fn check_drawdown(&mut self, price: Cents) -> Option<Drawdown> {
        let equity = self.equity(price);
        self.peak = self.peak.max(equity);
        let share = (self.peak - equity).as_f64() / self.peak.max(Cents(1)).as_f64();
        if share <= self.limits.drawdown {
            return None;
        }
        let peak = std::mem::replace(&mut self.peak, equity);
        Some(Drawdown { peak, equity, share })
    }
}

#[cfg(test)]
#[expect(clippy::inconsistent_digit_grouping, reason = "the last two digits are cents")]
mod tests {
    use std::error::Error;

    use super::*;

    const LIMITS: Limits = Limits { margin_rate: 0.5, price_band: 0.02, drawdown: 0.25 };

    fn account() -> Account {
        Account::new(Cents(1_000_00), LIMITS)
    }

    fn order(side: Side, quantity: i64, made_at: i64, price: i64) -> OpenOrder {
        OpenOrder { order_id: 7, trade_id: 1, side, quantity, made_at: Cents(made_at), price: Cents(price) }
    }

    #[test]
    fn a_bought_position_gains_what_the_price_rises_and_a_sold_one_what_it_falls() {
        for (side, profit) in [(Side::Buy, 30_00), (Side::Sell, -30_00)] {
            let mut account = account();
            account.open(order(side, 3, 100_00, 100_00)).unwrap();
            let (position, closed) = account.close(Cents(110_00)).unwrap();
            assert_eq!((position.side, closed), (side, Cents(profit)));
            assert_eq!(account.equity(Cents(500_00)), Cents(1_000_00 + profit));
            assert_eq!(account.close(Cents(110_00)), None);
        }
    }

    #[test]
    fn an_order_without_its_margin_is_rejected_with_both_amounts_in_the_cause() {
        let mut account = account();
        let error = account.open(order(Side::Buy, 21, 100_00, 100_00)).unwrap_err();
        assert_eq!(error.to_string(), "order 7 was rejected");
        let cause = error.source().unwrap().to_string();
        assert_eq!(cause, "a margin of 1,050.00 is needed and 1,000.00 is there");
        assert_eq!(account.position(), None);
        assert!(account.open(order(Side::Buy, 20, 100_00, 100_00)).is_ok());
    }

    #[test]
    fn an_order_whose_price_left_the_band_is_rejected() {
        let mut account = account();
        let error = account.open(order(Side::Sell, 1, 100_00, 97_99)).unwrap_err();
        assert_eq!(error.source.to_string(), "the price moved from 100.00 to 97.99, out of the band");
        assert!(account.open(order(Side::Sell, 1, 100_00, 98_00)).is_ok());
    }

    #[test]
    fn a_loss_past_the_limit_is_told_once() {
        let mut account = account();
        account.open(order(Side::Buy, 10, 100_00, 100_00)).unwrap();
        assert_eq!(account.check_drawdown(Cents(120_00)), None); // peak 1,200.00
        assert_eq!(account.check_drawdown(Cents(90_00)), None); // exactly a quarter
        let drawdown = account.check_drawdown(Cents(89_00)).unwrap();
        assert_eq!((drawdown.peak, drawdown.equity), (Cents(1_200_00), Cents(890_00)));
        assert_eq!(account.check_drawdown(Cents(89_00)), None);
    }
}
