use logger_core::{Category, Level, Record, Value};
use regex::Regex;

/// Conditions that hold all together.
#[derive(Debug)]
pub(super) struct Matching {
    pub(super) level: Level,
    pub(super) category: Option<Category>,
    pub(super) event: Option<String>,
    pub(super) pattern: Option<Regex>,
    pub(super) fields: Vec<(String, String)>,
}

impl Matching {
    pub(super) fn level(&self) -> Level {
        self.level
    }

    /// Whether it is about one category alone.
    pub(super) fn is_about(&self, category: Category) -> bool {
        self.category == Some(category)
    }

    pub(super) fn matches(&self, record: &Record<'_>) -> bool {
        record.level() >= self.level
            && self.category.is_none_or(|it| it == record.category())
            && self.event.as_ref().is_none_or(|it| it == record.event())
            && self.pattern.as_ref().is_none_or(|it| it.is_match(record.event()))
            && self.fields.iter().all(|(key, wanted)| record.field(key).is_some_and(|it| is(it, wanted)))
    }
}

fn is(value: Value<'_>, wanted: &str) -> bool {
    match value {
        Value::Str(text) => text == wanted,
        other => other.to_string() == wanted,
    }
}
