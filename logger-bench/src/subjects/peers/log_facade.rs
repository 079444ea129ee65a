//! Loggers behind the `log` crate as peers: the workload's record, its context with every call.

use crate::workload::Order;

pub(super) fn log(order: &Order) {
    log::info!(
        expert_name = "MyEmaBot",
        symbol = "BTCUSDT",
        strategy_id = "ema-cross-7",
        account_id = "acc-001",
        order_id = order.order_id,
        trade_id = order.trade_id,
        side = order.side,
        price = order.price,
        quantity = order.quantity,
        latency_us = order.latency_us;
        "order filled"
    );
}
