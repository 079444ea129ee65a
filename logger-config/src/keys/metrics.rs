//! The figures: how they are told.

use crate::{
    key::keys,
    metrics_setting::LoopbackAddress,
    quantity::{Span, Whole},
};

/// How often a heartbeat may come: more often than once a second it is noise.
pub(crate) type HeartbeatInterval = Span<1_000, 604_800_000>;

/// Of how many calls one is timed.
pub(crate) type OneIn = Whole<1, 1_000_000_000>;

keys! {
    /// how often a record `heartbeat` with the main figures is logged, whatever the level is; absent: never
    HEARTBEAT: HeartbeatInterval = "heartbeat.every", example("60s");
    /// where the figures are served over HTTP: `/metrics` for Prometheus, `/health` with 200 or 503; this machine's own
    /// addresses only, port 0 is any free one; needs the feature `metrics-http`; absent: nowhere
    LISTEN: LoopbackAddress = "metrics.listen", example("127.0.0.1:9464");
    /// of how many log calls one is timed, on average, for the histogram of call times; absent: none
    TIME_ONE_IN: OneIn = "metrics.time_one_in", example("1024");
}
