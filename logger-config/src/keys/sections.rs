//! Sections that belong to a drain, and which of them this build has.

use super::is_below;

/// A section that belongs to a drain.
#[derive(Debug)]
pub(crate) struct DrainSection {
    pub(crate) name: &'static str,
    /// The feature that compiles the drain in.
    pub(crate) feature: &'static str,
    pub(crate) built: Built,
}

/// Whether this build has a drain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Built {
    Yes,
    No,
}

impl Built {
    const fn by(feature: bool) -> Self {
        if feature { Built::Yes } else { Built::No }
    }
}

impl DrainSection {
    const fn new(name: &'static str, feature: &'static str, built: Built) -> Self {
        DrainSection { name, feature, built }
    }

    /// Whether a path lies in the section.
    pub(crate) fn owns(&self, path: &str) -> bool {
        is_below(self.name, path)
    }

    /// The path of the key that turns the drain on and off.
    pub(crate) fn switch(&self) -> String {
        format!("{}.enabled", self.name)
    }

    /// What a section says whose drain this build does not have.
    pub(crate) fn refusal(&self) -> String {
        format!("drain `{}` needs feature `{}`, which this build does not have", self.name, self.feature)
    }
}

/// The sections of drains.
pub(crate) static DRAINS: [DrainSection; 7] = [
    DrainSection::new("files", "file", Built::by(cfg!(feature = "file"))),
    DrainSection::new("console", "stderr", Built::by(cfg!(feature = "stderr"))),
    DrainSection::new("telegram", "telegram", Built::by(cfg!(feature = "telegram"))),
    DrainSection::new("discord", "discord", Built::by(cfg!(feature = "discord"))),
    DrainSection::new("webhook", "webhook", Built::by(cfg!(feature = "webhook"))),
    DrainSection::new("slack", "webhook", Built::by(cfg!(feature = "webhook"))),
    DrainSection::new("ntfy", "webhook", Built::by(cfg!(feature = "webhook"))),
];
