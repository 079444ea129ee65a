//! Levels of parts of the program.

use logger_core::{Category, Level};

use crate::{key::Typed, keys::levels, layers::Layers, setting::Words};

/// Levels of parts of the program, for the drains that have none of their own. Of several that fit a record that of the
/// expert holds, then that of the longest module, then that of the category, then [`Settings::level`](crate::Settings::level).
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct LevelSettings {
    /// Of modules and all below them, by their paths.
    pub modules: Vec<(String, Level)>,
    /// Of experts, by their names.
    pub experts: Vec<(String, Level)>,
    /// Of categories.
    pub categories: Vec<(Category, Level)>,
}

pub(super) fn levels(layers: &Layers) -> LevelSettings {
    let named = |key: &Typed<Level>| {
        let section = key.path.strip_suffix(".*").unwrap_or(key.path);
        let names = layers.names(section).into_iter();
        let levels = names.filter_map(|name| {
            let level = layers.get_named(key, &name)?;
            Some((name, level))
        });
        levels.collect::<Vec<_>>()
    };
    let category =
        |name: &str| Category::ALL.iter().find(|(it, _)| *it == name).map(|(_, category)| *category);
    let categories = named(&levels::CATEGORIES).into_iter();
    LevelSettings {
        modules: named(&levels::MODULES),
        experts: named(&levels::EXPERTS),
        categories: categories.filter_map(|(name, level)| Some((category(&name)?, level))).collect(),
    }
}
