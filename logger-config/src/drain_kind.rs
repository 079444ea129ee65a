//! What a drain with a name is.

use crate::{
    keys::{Built, DRAINS},
    setting::Words,
};

/// What a drain with a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DrainKind {
    /// A rotating file in `log_dir`.
    File,
    /// stderr.
    Console,
}

impl Words for DrainKind {
    const IS: &'static str = "a kind of drain";
    const ALL: &'static [(&'static str, Self)] =
        &[("file", DrainKind::File), ("console", DrainKind::Console)];
}

impl DrainKind {
    /// The kind of a drain that is there by default, by its name.
    pub(crate) fn of_default(name: &str) -> Option<Self> {
        match name {
            "general" | "trades" | "errors" => Some(DrainKind::File),
            "console" => Some(DrainKind::Console),
            _ => None,
        }
    }

    /// The section of what is common to all drains of the kind; its feature is that of the kind.
    pub(crate) const fn section(self) -> &'static str {
        match self {
            DrainKind::File => "files",
            DrainKind::Console => "console",
        }
    }

    /// The feature that this build lacks for it.
    pub(crate) fn missing_feature(self) -> Option<&'static str> {
        let section = DRAINS.iter().find(|drain| drain.name == self.section())?;
        (section.built == Built::No).then_some(section.feature)
    }
}
