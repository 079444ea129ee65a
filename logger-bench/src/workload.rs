//! The record that every subject logs: a filled order, with values that vary from a table.

use std::{ops::Deref, sync::LazyLock};

/// The message.
pub(crate) const EVENT: &str = "order filled";
/// What is bound to the logger: key and value, in their order.
pub(crate) const CONTEXT: [(&str, &str); 4] = [
    ("expert_name", "MyEmaBot"),
    ("symbol", "BTCUSDT"),
    ("strategy_id", "ema-cross-7"),
    ("account_id", "acc-001"),
];
/// The text of the field `side`.
pub(crate) const SIDE: &str = "BUY";

/// The record's own fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Order {
    pub(crate) order_id: u64,
    pub(crate) trade_id: &'static str,
    pub(crate) side: &'static str,
    pub(crate) price: f64,
    pub(crate) quantity: f64,
    pub(crate) latency_us: u32,
}

/// Rows of the table; a power of two, and few enough that it stays in the cache.
const ROWS: usize = 256;

struct Row {
    trade_id: String,
    price: f64,
    quantity: f64,
    latency_us: u32,
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    // steps that share no divisor with the ranges, so that digits and lengths vary as real ones do
    let row = |n: u32| Row {
        trade_id: format!("TR{:010}", u64::from(n) * 7_919_999 % 10_000_000_000),
        price: 70_000.25 + f64::from(n * 37 % 199) * 0.25 - 24.75,
        quantity: f64::from(n * 29 % 97 + 1) * 0.00025 + 0.003,
        latency_us: 15 + n * 53 % 4001,
    };
    (0..ROWS as u32).map(row).collect()
});

/// Makes the table before it is needed.
pub(crate) fn prepare() {
    let _ = TABLE.deref();
}

impl Order {
    /// The order with this number.
    #[inline]
    pub(crate) fn number(order_id: u64) -> Order {
        let row = &TABLE[order_id as usize % ROWS];
        Order {
            order_id,
            trade_id: &row.trade_id,
            side: SIDE,
            price: row.price,
            quantity: row.quantity,
            latency_us: row.latency_us,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_values_vary_around_those_of_the_workload() {
        let orders: Vec<Order> = (0..1000).map(Order::number).collect();
        assert!(orders.iter().all(|it| it.trade_id.len() == 12));
        assert!(orders.iter().all(|it| (69_900.0..70_100.0).contains(&it.price)));
        assert!(orders.iter().all(|it| (0.001..0.03).contains(&it.quantity)));
        let prices: BTreeSet<u64> = orders.iter().map(|it| it.price.to_bits()).collect();
        assert!(prices.len() > 100, "{}", prices.len());
        assert!(orders.iter().enumerate().all(|(at, it)| it.order_id == at as u64));
    }
}
