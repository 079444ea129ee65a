//! What kind of event a record tells of; decides its queue and its files.

use std::fmt;

/// What kind of event a record tells of. It comes from the logger ([`LoggerExt::trade`](crate::LoggerExt::trade)),
/// never from the content of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Category {
    /// Everything that is not one of the others.
    General = 0,
    /// A trading event: an order created, filled or cancelled, a position opened or closed.
    Trade = 1,
    /// The logger's own reports: a drain that failed, records that were lost. Applications cannot log in it.
    Logger = 2,
}

impl Category {
    /// All of them.
    pub(crate) const EACH: [Category; 3] = [Category::General, Category::Trade, Category::Logger];

    /// The name in files: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Category::General => "general",
            Category::Trade => "trade",
            Category::Logger => "logger",
        }
    }

    /// The queue that its records take.
    pub(crate) const fn class(self) -> Class {
        match self {
            Category::Trade => Class::Trade,
            Category::General | Category::Logger => Class::General,
        }
    }

    /// The inverse of `category as u8`; `None` for a byte that names no category.
    pub(crate) const fn from_u8(byte: u8) -> Option<Category> {
        match byte {
            0 => Some(Category::General),
            1 => Some(Category::Trade),
            2 => Some(Category::Logger),
            _ => None,
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A queue: trades have one of their own, so that they never wait behind anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Records of category `trade`.
    Trade = 0,
    /// All other records.
    General = 1,
}

impl Class {
    /// Both classes, trades first.
    pub const ALL: [Class; 2] = [Class::Trade, Class::General];

    /// The name in figures and reports: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::Trade => "trade",
            Class::General => "general",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
