//! Which records a drain gets.

use logger_core::{Category, Filter, Record, Value};

use crate::settings::{DrainSettings, FilterSettings};

/// How filters are made, at the start and later.
#[derive(Debug, Clone)]
pub(crate) struct Filters {
    /// Holds records back from files while the disk has too little space.
    #[cfg(feature = "file")]
    pub(super) gate: Option<logger_file::SharedFolder>,
}

impl Filters {
    /// The filter of each drain, by its name.
    #[cfg(feature = "reload")]
    pub(crate) fn of(&self, settings: &crate::settings::Settings) -> Vec<(String, Filter)> {
        settings.drains.iter().map(|drain| (drain.name.clone(), self.of_drain(drain))).collect()
    }

    /// The filter of a drain. A predicate costs something for each record, so that there is none where none is needed.
    pub(super) fn of_drain(&self, drain: &DrainSettings) -> Filter {
        let filter = filter(&drain.filter);
        #[cfg(feature = "file")]
        if let (Some(gate), crate::settings::DrainTarget::File(_)) = (&self.gate, &drain.target)
            && drain.name != crate::settings::TRADES
        {
            return filter.and(gate.gate());
        }
        filter
    }
}

fn filter(settings: &FilterSettings) -> Filter {
    let by_level = match (settings.level, settings.category) {
        (Some(level), _) => Filter::at_least(level),
        (None, Some(Category::Trade)) => return parts(Filter::category(Category::Trade), settings),
        (None, _) => Filter::at_logger_level(),
    };
    let by_category = match settings.category {
        Some(category) => by_level.and(move |record| record.category() == category),
        None => by_level,
    };
    parts(by_category, settings)
}

/// Of these records those of the experts and modules only.
fn parts(filter: Filter, settings: &FilterSettings) -> Filter {
    let (experts, modules) = (settings.experts.clone(), settings.modules.clone());
    if experts.is_empty() && modules.is_empty() {
        return filter;
    }
    filter.and(move |record| {
        (experts.is_empty() || is_of_expert(record, &experts))
            && (modules.is_empty() || modules.iter().any(|module| is_in_module(record.module(), module)))
    })
}

fn is_of_expert(record: &Record<'_>, experts: &[String]) -> bool {
    match record.field("expert_name") {
        Some(Value::Str(name)) => experts.iter().any(|expert| expert == name),
        _ => false,
    }
}

/// Whether a module is `parent` or below it.
fn is_in_module(module: &str, parent: &str) -> bool {
    module.strip_prefix(parent).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}
