//! The budget of an expert.

use logger_core::Budget;

use crate::{keys::budget, layers::Layers};

pub(super) fn budget(layers: &mut Layers) -> Option<Budget> {
    let burst = layers.get(&budget::BURST).map(|it| u64::from(it.0));
    let Some(per_second) = layers.get(&budget::PER_SECOND).map(|it| u64::from(it.0)) else {
        if burst.is_some() {
            let message = "has no effect without `budget.per_second`; allowed is both, or none";
            layers.refuse(budget::BURST.path, message);
        }
        return None;
    };
    Some(Budget { per_second, burst: burst.unwrap_or(per_second) })
}
