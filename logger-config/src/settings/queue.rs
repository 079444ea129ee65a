//! The queues between the application and the drains.

use logger_core::OverflowPolicy;

use crate::{
    key::Typed,
    keys::queue::{self, SpillSize, Wait},
    layers::Layers,
    quantity::ByteSize,
    setting::{QueueMemory, WhenFull},
};

/// The queues of a running logger: two for every thread that logs.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct QueueSettings {
    /// Where they are.
    pub memory: QueueMemory,
    /// The size of a thread's queue of trades; rounded up to a power of two.
    pub trade_ring: ByteSize,
    /// The size of a thread's queue of everything else; rounded up to a power of two.
    pub general_ring: ByteSize,
    /// What happens to a trade when its queue is full; never [`OverflowPolicy::Drop`].
    pub trades: OverflowPolicy,
    /// The same for ERROR and CRITICAL.
    pub errors: OverflowPolicy,
    /// The same for all the rest.
    pub general: OverflowPolicy,
    /// How much of a queue DEBUG and TRACE may fill, in percent, where the rest is dropped.
    pub debug_share: u8,
}

pub(super) fn queue(layers: &mut Layers) -> Option<QueueSettings> {
    let (wait, spill) = (layers.need(&queue::WAIT)?, layers.need(&queue::SPILL)?);
    let keep = |own_wait: &Typed<Wait>, own_spill: &Typed<SpillSize>, layers: &Layers| OverflowPolicy::Keep {
        wait: layers.get(own_wait).unwrap_or(wait).0,
        spill: layers.get(own_spill).unwrap_or(spill).0.bytes() as usize,
    };
    let trades = keep(&queue::TRADE_WAIT, &queue::TRADE_SPILL, layers);
    let errors = keep(&queue::ERROR_WAIT, &queue::ERROR_SPILL, layers);
    let general = keep(&queue::GENERAL_WAIT, &queue::GENERAL_SPILL, layers);
    let errors = unless_dropped(&queue::ERRORS, &queue::ERROR_WAIT, &queue::ERROR_SPILL, errors, layers)?;
    let general =
        unless_dropped(&queue::GENERAL, &queue::GENERAL_WAIT, &queue::GENERAL_SPILL, general, layers)?;
    Some(QueueSettings {
        memory: layers.need(&queue::MEMORY)?,
        trade_ring: layers.need(&queue::TRADE_RING)?.0,
        general_ring: layers.need(&queue::GENERAL_RING)?.0,
        trades,
        errors,
        general,
        debug_share: layers.need(&queue::DEBUG_SHARE)?.0 as u8, // at most 100
    })
}

/// A bound for records that wait for nothing is a mistake of somebody who believes that they do.
fn unless_dropped(
    policy: &Typed<WhenFull>,
    wait: &Typed<Wait>,
    spill: &Typed<SpillSize>,
    kept: OverflowPolicy,
    layers: &mut Layers,
) -> Option<OverflowPolicy> {
    if layers.need(policy)? == WhenFull::Keep {
        return Some(kept);
    }
    for bound in [wait.path, spill.path] {
        if layers.rank(bound).is_some() {
            let policy = policy.path;
            layers.refuse(
                bound,
                format!("has no effect where `{policy}` is `drop`; allowed is `keep` there, or no `{bound}`"),
            );
        }
    }
    Some(OverflowPolicy::Drop)
}
