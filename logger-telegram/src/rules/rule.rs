use std::{sync::Arc, time::Duration};

use logger_core::{Category, Level};
use regex::RegexBuilder;

use super::matching::Matching;
use crate::error::AlertError;

/// What is an alert. The conditions of a rule hold all together; of the rules for single records the first one that matches
/// decides.
///
/// ```
/// use std::time::Duration;
/// use logger_core::{Category, Level};
/// use logger_telegram::{Mode, Rule};
///
/// let rules = [
///     // a noise that is known
///     Rule::each("reconnects").level(Level::Error).event_matches("^reconnect").mode(Mode::Off),
///     Rule::each("critical"),
///     // fills are told without a sound, in one place only
///     Rule::each("fills").category(Category::Trade).event("order filled").mode(Mode::Silent).to(["telegram"]),
///     Rule::rate("error rate", 20, Duration::from_secs(60)),
///     // a dead man's switch
///     Rule::silence("heartbeat of MyEmaBot", Duration::from_secs(90)).expert("MyEmaBot"),
/// ];
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub(super) name: String,
    pub(super) trigger: Trigger,
    pub(super) mode: Mode,
    pub(super) targets: Option<Arc<[String]>>,
    level: Level,
    category: Option<Category>,
    event: Option<String>,
    pattern: Option<String>,
    fields: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    Each,
    Rate { count: u32, within: Duration },
    Silence(Duration),
}

/// How an alert comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// With the sound that the target has for its level.
    #[default]
    On,
    /// Without a sound.
    Silent,
    /// Not at all: what matches the rule is no alert, whatever later rules say.
    Off,
}

/// What a regular expression may cost in memory.
const MAX_PATTERN: usize = 1 << 20;

impl Rule {
    /// Each record that matches is an alert; by default CRITICAL ones.
    pub fn each(name: &str) -> Self {
        Rule::new(name, Trigger::Each, Level::Critical)
    }

    /// More than `count` records that match, within a span, are one alert; by default those of ERROR and CRITICAL. It is told
    /// at most once a span.
    pub fn rate(name: &str, count: u32, within: Duration) -> Self {
        Rule::new(name, Trigger::Rate { count, within }, Level::Error)
    }

    /// No record that matches, for so long, is an alert; by default of any level. So is the first one after that. Records
    /// below the logger's level are not seen.
    pub fn silence(name: &str, longer_than: Duration) -> Self {
        Rule::new(name, Trigger::Silence(longer_than), Level::Trace)
    }

    fn new(name: &str, trigger: Trigger, level: Level) -> Self {
        Rule {
            name: name.to_owned(),
            trigger,
            mode: Mode::On,
            targets: None,
            level,
            category: None,
            event: None,
            pattern: None,
            fields: Vec::new(),
        }
    }

    /// Records of this level or above.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Records of this category. With [`Category::Trade`] and no other word on the level, those of any level.
    #[must_use]
    pub fn category(mut self, category: Category) -> Self {
        if category == Category::Trade && self.level == Level::Critical {
            self.level = Level::Trace;
        }
        self.category = Some(category);
        self
    }

    /// Records whose field `expert_name` is this.
    #[must_use]
    pub fn expert(self, name: &str) -> Self {
        self.field("expert_name", name)
    }

    /// Records whose field `symbol` is this.
    #[must_use]
    pub fn symbol(self, name: &str) -> Self {
        self.field("symbol", name)
    }

    /// Records with this message.
    #[must_use]
    pub fn event(mut self, event: &str) -> Self {
        self.event = Some(event.to_owned());
        self
    }

    /// Records whose message matches a regular expression of the crate `regex`, anywhere in it.
    #[must_use]
    pub fn event_matches(mut self, pattern: &str) -> Self {
        self.pattern = Some(pattern.to_owned());
        self
    }

    /// Records with a field of this value, as it is printed: `"0.1"` for the number 0.1.
    #[must_use]
    pub fn field(mut self, key: &str, value: &str) -> Self {
        self.fields.push((key.to_owned(), value.to_owned()));
        self
    }

    /// How the alert comes.
    #[must_use]
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// The names of the targets that get it; without this call all of them.
    #[must_use]
    pub fn to<'a>(mut self, targets: impl IntoIterator<Item = &'a str>) -> Self {
        self.targets = Some(targets.into_iter().map(str::to_owned).collect());
        self
    }

    pub(super) fn matching(&self) -> Result<Matching, AlertError> {
        let compiled = |pattern: &String| {
            RegexBuilder::new(pattern).size_limit(MAX_PATTERN).build().map_err(|error| {
                // the last line of what it says; those before draw the pattern
                let said = error.to_string();
                let said = said.lines().last().unwrap_or_default().trim();
                self.wrong(format!("`{pattern}` is not a regular expression: {said}"))
            })
        };
        Ok(Matching {
            level: self.level,
            category: self.category,
            event: self.event.clone(),
            pattern: self.pattern.as_ref().map(compiled).transpose()?,
            fields: self.fields.clone(),
        })
    }

    pub(super) fn check(&self, targets: &[String]) -> Result<(), AlertError> {
        match self.trigger {
            Trigger::Rate { count: 0, .. } => {
                return Err(self.wrong("more than 0 records is every record: `Rule::each` says that".into()));
            }
            Trigger::Rate { within: span, .. } | Trigger::Silence(span) if span.is_zero() => {
                return Err(self.wrong("its span is 0; it has to be longer".into()));
            }
            Trigger::Each | Trigger::Rate { .. } | Trigger::Silence(_) => {}
        }
        let wanted = self.targets.iter().flat_map(|it| it.iter());
        match wanted.into_iter().find(|name| !targets.contains(name)) {
            Some(name) => {
                let known = targets.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
                Err(self.wrong(format!("there is no target `{name}`; there are {known}")))
            }
            None => Ok(()),
        }
    }

    fn wrong(&self, what: String) -> AlertError {
        AlertError::Rule { rule: self.name.clone(), what }
    }
}
