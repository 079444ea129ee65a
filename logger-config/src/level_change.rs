//! A change of level that code asks for while the logger runs.

use std::{fmt, time::Duration};

use logger_core::{Category, Level, Levels};

use crate::path;

/// A change of level, of the whole or of a part of the program, for good or for a while:
///
/// ```
/// use std::time::Duration;
/// use logger_config::{Level, LevelChange};
///
/// // all that one expert does, for the next ten minutes
/// let change = LevelChange::new(Level::Debug).expert("MyEmaBot").lasting(Duration::from_secs(600));
/// assert_eq!(change.to_string(), "levels.experts.MyEmaBot = debug for 10m");
/// ```
///
/// See [`MetaLogger::set_level`](crate::MetaLogger::set_level).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelChange {
    pub(crate) scope: Scope,
    pub(crate) level: Level,
    pub(crate) lasting: Option<Duration>,
}

/// What a change concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    Whole,
    Module(String),
    Expert(String),
    Category(Category),
}

impl LevelChange {
    /// A level for the whole program, for good.
    pub const fn new(level: Level) -> Self {
        LevelChange { scope: Scope::Whole, level, lasting: None }
    }

    /// The same for a module, such as `my_bot::orders`, and those below it. Of calls for several parts the last one counts.
    #[must_use]
    pub fn module(self, path: impl Into<String>) -> Self {
        LevelChange { scope: Scope::Module(path.into()), ..self }
    }

    /// The same for one expert, by the `expert_name` of its loggers and scopes.
    #[must_use]
    pub fn expert(self, name: impl Into<String>) -> Self {
        LevelChange { scope: Scope::Expert(name.into()), ..self }
    }

    /// The same for a category.
    #[must_use]
    pub fn category(self, category: Category) -> Self {
        LevelChange { scope: Scope::Category(category), ..self }
    }

    /// The same for a while: then the level is again what the configuration says by then.
    #[must_use]
    pub fn lasting(self, time: Duration) -> Self {
        LevelChange { lasting: Some(time), ..self }
    }
}

impl From<Level> for LevelChange {
    fn from(level: Level) -> Self {
        LevelChange::new(level)
    }
}

impl Scope {
    /// The path of the key that concerns the same.
    pub(crate) fn key(&self) -> String {
        match self {
            Scope::Whole => "level".into(),
            Scope::Module(module) => path::named("levels.modules.*", module),
            Scope::Expert(expert) => path::named("levels.experts.*", expert),
            Scope::Category(category) => path::named("levels.categories.*", category.as_str()),
        }
    }

    /// The levels with another one for this scope.
    pub(crate) fn put(&self, levels: Levels, level: Level) -> Levels {
        match self {
            Scope::Whole => levels.with_level(level),
            Scope::Module(module) => levels.module(module.as_str(), level),
            Scope::Expert(expert) => levels.expert(expert.as_str(), level),
            Scope::Category(category) => levels.category(*category, level),
        }
    }
}

impl fmt::Display for LevelChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.scope.key(), self.level)?;
        self.lasting.map_or(Ok(()), |time| write!(f, " for {}", humantime::format_duration(time)))
    }
}
