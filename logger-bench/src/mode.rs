//! The modes of the measure.

use std::str::FromStr;

use anyhow::bail;

use crate::subject::Load;

/// What a child does with its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// Batches of 20 calls with a pause of 2 ms; amount: batches of each thread.
    Burst,
    /// 10,000 records per second; amount: seconds.
    Paced,
    /// As fast as they go; amount: records.
    Flood,
    /// Nothing is logged; amount: seconds.
    Idle,
    /// A flood without an end, for a kill; amount: not used.
    Kill,
    /// A start after a kill; amount: not used.
    Recover,
    /// Batches, then the resident set; amount: batches of each thread.
    Memory,
    /// Batches, and the processor time of their calls; amount: batches, all threads together.
    Cpu,
    /// Calls below the level; amount: calls.
    Disabled,
    /// From nothing to three files; amount: not used.
    Start,
}

/// Every mode and its name, in the order in which they are measured.
const ALL: [(&str, Mode); 10] = [
    ("burst", Mode::Burst),
    ("paced", Mode::Paced),
    ("flood", Mode::Flood),
    ("kill", Mode::Kill),
    ("recover", Mode::Recover),
    ("memory", Mode::Memory),
    ("cpu", Mode::Cpu),
    ("disabled", Mode::Disabled),
    ("start", Mode::Start),
    ("idle", Mode::Idle),
];

impl Mode {
    pub(crate) fn name(self) -> &'static str {
        ALL.iter().find(|(_, mode)| *mode == self).map_or("", |(name, _)| name)
    }

    /// Whether records may be dropped in it.
    pub(crate) const fn load(self) -> Load {
        match self {
            Mode::Flood | Mode::Kill | Mode::Recover => Load::Lossless,
            _ => Load::AsShipped,
        }
    }
}

impl FromStr for Mode {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let Some((_, mode)) = ALL.iter().find(|(name, _)| *name == text) else {
            bail!("there is no mode `{text}`; there are {}", ALL.map(|(name, _)| name).join(", "));
        };
        Ok(*mode)
    }
}
