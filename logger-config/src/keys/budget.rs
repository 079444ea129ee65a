//! How much one expert may log.

use crate::{key::keys, quantity::Whole};

/// Records of one expert, a second or at once.
pub(crate) type RecordCount = Whole<1, 1_000_000>;

keys! {
    /// records below WARNING that one expert (`expert_name` of its logger) may log a second, on average; what is over it is
    /// dropped and counted. Trades are never counted. Absent: any number
    PER_SECOND: RecordCount = "budget.per_second", example("5000");
    /// how many it may log at once after a silence; absent: `budget.per_second`
    BURST: RecordCount = "budget.burst", example("10000");
}
