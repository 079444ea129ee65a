//! What was traded, at the beginning of the line of a trade: `[TRADE] BUY 0.1 BTCUSDT @ 70000`.

use super::text::put_value;
use crate::{category::Category, record::Record, value::Value};

/// The fields of a trade that its line begins with.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Traded<'a> {
    is_trade: bool,
    /// Side, quantity and symbol, by their keys.
    what: Option<[(&'static str, Value<'a>); 3]>,
    price: Option<Value<'a>>,
}

const QUANTITIES: [&str; 3] = ["quantity", "size", "qty"];

impl<'a> Traded<'a> {
    pub(super) fn of(record: &Record<'a>) -> Self {
        if record.category() != Category::Trade {
            return Traded::default();
        }
        let field = |key| record.field(key).filter(is_short).map(|value| (key, value));
        let quantity = QUANTITIES.into_iter().find_map(field);
        let what = match (field("side"), quantity, field("symbol")) {
            (Some(side), Some(quantity), Some(symbol)) => Some([side, quantity, symbol]),
            _ => None,
        };
        let price = what.and(field("price")).map(|(_, price)| price);
        Traded { is_trade: true, what, price }
    }

    /// Whether the beginning of the line tells a field.
    pub(super) fn tells(&self, key: &[u8]) -> bool {
        self.what.is_some_and(|what| what.iter().any(|(it, _)| it.as_bytes() == key))
            || self.price.is_some() && key == b"price"
    }

    /// Appends the beginning, with a space before what follows.
    pub(super) fn put(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        if !self.is_trade {
            return;
        }
        out.extend_from_slice(b"[TRADE]");
        for (_, value) in self.what.iter().flatten() {
            out.push(b' ');
            put_value(*value, out);
        }
        if let Some(price) = self.price {
            out.extend_from_slice(b" @ ");
            put_value(price, out);
        }
        if !record.event_bytes().is_empty() {
            out.push(b' ');
        }
    }
}

/// Whether a value is one word or number; a nested value or an error is none of a trade.
fn is_short(value: &Value<'_>) -> bool {
    !matches!(value, Value::Null | Value::Json(_) | Value::Error(_))
}
