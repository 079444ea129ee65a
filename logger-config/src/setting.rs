//! What a key's value can be: how a type is read, and what is said when it cannot be.

use logger_core::{Category, Envelope, Level};
use serde_json::{Value as Json, json};

use crate::{given::Given, nearest::nearest};

/// A type that a key's value can have.
pub(crate) trait Setting: Sized {
    /// What such a value is, as in "`x` is not a size".
    const IS: &'static str;

    /// What is allowed, as in "allowed is a number of bytes".
    fn allowed() -> String;

    /// Reads a value; the error is the whole message for its giver.
    fn read(given: &Given) -> Result<Self, String>;

    /// What is allowed as a JSON Schema: never less than what is read.
    fn schema() -> Json;

    /// What is allowed, in a few words for a table.
    fn form() -> String {
        let allowed = Self::allowed();
        let bare = allowed.strip_prefix("is ").or_else(|| allowed.strip_prefix("are "));
        bare.unwrap_or(&allowed).to_owned()
    }

    /// What a text of the environment, where everything is a text, gives to a key of this type.
    fn from_environment(text: &str) -> Given {
        text.trim().into()
    }
}

/// "`x` is not a size; allowed is …"; the kind of the value is named where that is what is wrong with it.
pub(crate) fn refuse<T: Setting>(given: &Given) -> String {
    format!("{given} is not {}; allowed {}", T::IS, T::allowed())
}

/// The same where a text, a number or a boolean stands in the place of another kind.
pub(crate) fn refuse_kind<T: Setting>(given: &Given) -> String {
    format!("{} is not {}; allowed {}", given.with_kind(), T::IS, T::allowed())
}

/// A type whose values have names: an enum.
pub(crate) trait Words: Copy + 'static {
    /// What such a value is, as in "`x` is not a level".
    const IS: &'static str;
    /// Every value with its name, in the order in which a message lists them.
    const ALL: &'static [(&'static str, Self)];
    /// Other spellings that are understood.
    const ALSO: &'static [(&'static str, Self)] = &[];
}

impl<T: Words> Setting for T {
    const IS: &'static str = <T as Words>::IS;

    fn allowed() -> String {
        format!("are {}", names::<T>().collect::<Vec<_>>().join(", "))
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        let word = text.trim().to_ascii_lowercase();
        let mut known = T::ALL.iter().chain(T::ALSO);
        known.find(|(name, _)| *name == word).map(|(_, it)| *it).ok_or_else(|| {
            let refusal = refuse::<Self>(given);
            match nearest(&word, names::<T>()) {
                Some(name) => format!("{refusal}; the nearest is `{name}`"),
                None => refusal,
            }
        })
    }

    fn schema() -> Json {
        let all: Vec<_> = T::ALL.iter().chain(T::ALSO).map(|(name, _)| *name).collect();
        json!({ "type": "string", "enum": all })
    }
}

fn names<T: Words>() -> impl Iterator<Item = &'static str> {
    T::ALL.iter().map(|(name, _)| *name)
}

/// The name of a value; empty for one that `ALL` has forgotten, which a test rules out.
pub(crate) fn name_of<T: Words + PartialEq>(value: T) -> &'static str {
    T::ALL.iter().find(|(_, it)| *it == value).map_or("", |(name, _)| name)
}

impl Words for Level {
    const IS: &'static str = "a level";
    const ALL: &'static [(&'static str, Self)] = &[
        ("trace", Level::Trace),
        ("debug", Level::Debug),
        ("info", Level::Info),
        ("warning", Level::Warning),
        ("error", Level::Error),
        ("critical", Level::Critical),
    ];
    const ALSO: &'static [(&'static str, Self)] = &[("warn", Level::Warning), ("crit", Level::Critical)];
}

impl Words for Category {
    const IS: &'static str = "a category";
    const ALL: &'static [(&'static str, Self)] =
        &[("general", Category::General), ("trade", Category::Trade)];
}

impl Words for Envelope {
    const IS: &'static str = "an envelope";
    const ALL: &'static [(&'static str, Self)] = &[("full", Envelope::Full), ("compact", Envelope::Compact)];
}

/// What a line of a file looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFormat {
    /// One JSON object a line, for programs: [`JsonFormat`](logger_core::JsonFormat).
    Json,
    /// Text for people: [`TextFormat`](logger_core::TextFormat).
    Text,
    /// Lines of syslog: [`Rfc5424Format`](logger_core::Rfc5424Format).
    Rfc5424,
}

impl Words for FileFormat {
    const IS: &'static str = "a format";
    const ALL: &'static [(&'static str, Self)] =
        &[("json", FileFormat::Json), ("text", FileFormat::Text), ("rfc5424", FileFormat::Rfc5424)];
}

/// When the console is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColorChoice {
    /// On a terminal that shows colours and whose user has not refused them (`NO_COLOR`, `TERM=dumb`).
    Auto,
    /// Always, also into a pipe or a file.
    Always,
    /// Never.
    Never,
}

impl Words for ColorChoice {
    const IS: &'static str = "a choice of colours";
    const ALL: &'static [(&'static str, Self)] =
        &[("auto", ColorChoice::Auto), ("always", ColorChoice::Always), ("never", ColorChoice::Never)];
}

/// Where a console shows error chains and backtraces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsoleDetails {
    /// Chains in the line of their record, backtraces in the files only.
    InLine,
    /// Below the line and indented where it is a terminal; elsewhere as above.
    Below,
}

impl Words for ConsoleDetails {
    const IS: &'static str = "a place for details";
    const ALL: &'static [(&'static str, Self)] =
        &[("in_line", ConsoleDetails::InLine), ("below", ConsoleDetails::Below)];
}

/// Where the queue of a running logger is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueueMemory {
    /// In shared memory, which outlives the process: what a kill leaves there is written at the next start. Where it
    /// cannot be had, below `log_dir`; else on the heap; each step down is reported.
    Shared,
    /// On the heap: a kill loses what is in it.
    Heap,
}

impl Words for QueueMemory {
    const IS: &'static str = "a place for the queue";
    const ALL: &'static [(&'static str, Self)] =
        &[("shared", QueueMemory::Shared), ("heap", QueueMemory::Heap)];
}

/// What happens when any thread of the process panics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Panics {
    /// The panic is logged as CRITICAL, all that was logged before is flushed, and the panic goes on as ever:
    /// [`PipelineBuilder::log_panics`](logger_core::PipelineBuilder::log_panics).
    Log,
    /// Nothing: the logger does not touch the panic hook.
    Leave,
}

impl Words for Panics {
    const IS: &'static str = "a treatment of panics";
    const ALL: &'static [(&'static str, Self)] = &[("log", Panics::Log), ("leave", Panics::Leave)];
}

/// From which level on records have a field `backtrace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Backtraces {
    /// Those at or above this level.
    From(Level),
    /// None has.
    Never,
}

impl Words for Backtraces {
    const IS: &'static str = "a level or `never`";
    const ALL: &'static [(&'static str, Self)] = &[
        ("never", Backtraces::Never),
        ("trace", Backtraces::From(Level::Trace)),
        ("debug", Backtraces::From(Level::Debug)),
        ("info", Backtraces::From(Level::Info)),
        ("warning", Backtraces::From(Level::Warning)),
        ("error", Backtraces::From(Level::Error)),
        ("critical", Backtraces::From(Level::Critical)),
    ];
    const ALSO: &'static [(&'static str, Self)] =
        &[("warn", Backtraces::From(Level::Warning)), ("crit", Backtraces::From(Level::Critical))];
}

/// What happens when a signal asks the process to end: SIGTERM or SIGINT, on unix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignalHandling {
    /// Nothing: the logger does not touch the handlers.
    Leave,
    /// All that was logged before is written, then the signal does what it would have done:
    /// [`PipelineBuilder::handle_signals`](logger_core::PipelineBuilder::handle_signals).
    ShutDown,
}

impl Words for SignalHandling {
    const IS: &'static str = "a treatment of signals";
    const ALL: &'static [(&'static str, Self)] =
        &[("leave", SignalHandling::Leave), ("shut_down", SignalHandling::ShutDown)];
}

/// What happens to a record that finds its queue full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenFull {
    Keep,
    Drop,
}

impl Words for WhenFull {
    const IS: &'static str = "an overflow policy";
    const ALL: &'static [(&'static str, Self)] = &[("keep", WhenFull::Keep), ("drop", WhenFull::Drop)];
}

/// Whether a drain is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// It is.
    On,
    /// It is not; the other keys of its section have no effect.
    Off,
}

impl Setting for Switch {
    const IS: &'static str = "a switch";

    fn allowed() -> String {
        "are true and false".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::Boolean(true) => Ok(Switch::On),
            Given::Boolean(false) => Ok(Switch::Off),
            _ => Err(refuse_kind::<Self>(given)),
        }
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }

    fn form() -> String {
        "true, false".into()
    }

    /// Understands the usual words: `true`, `yes`, `on`, `1` and their opposites, in any case.
    fn from_environment(text: &str) -> Given {
        match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => true.into(),
            "false" | "no" | "off" | "0" => false.into(),
            other => other.into(),
        }
    }
}

impl From<Switch> for Given {
    fn from(switch: Switch) -> Self {
        (switch == Switch::On).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message<T: Setting + std::fmt::Debug>(given: impl Into<Given>) -> String {
        T::read(&given.into()).unwrap_err()
    }

    #[test]
    fn words_are_read_in_any_case() {
        assert_eq!(Level::read(&" Info ".into()), Ok(Level::Info));
        assert_eq!(Level::read(&"WARN".into()), Ok(Level::Warning));
        assert_eq!(ColorChoice::read(&"Always".into()), Ok(ColorChoice::Always));
    }

    #[test]
    fn every_level_has_a_word() {
        for level in Level::ALL {
            assert_eq!(Level::read(&name_of(level).into()), Ok(level));
        }
    }

    #[test]
    fn a_wrong_word_is_answered_with_the_allowed_ones_and_the_nearest() {
        assert_eq!(
            message::<Level>("inof"),
            "`inof` is not a level; allowed are trace, debug, info, warning, error, critical; the nearest is `info`"
        );
        assert_eq!(message::<FileFormat>("xml"), "`xml` is not a format; allowed are json, text, rfc5424");
        assert_eq!(
            message::<ColorChoice>(true),
            "the boolean `true` is not a choice of colours; allowed are auto, always, never"
        );
    }

    #[test]
    fn a_switch_is_a_boolean_and_in_the_environment_one_of_the_usual_words() {
        assert_eq!(Switch::read(&true.into()), Ok(Switch::On));
        assert_eq!(message::<Switch>("yes"), "the text `yes` is not a switch; allowed are true and false");
        for on in ["true", "YES", " on ", "1"] {
            assert_eq!(Switch::from_environment(on), true.into());
        }
        assert_eq!(
            message::<Switch>(Switch::from_environment("maybe")),
            "the text `maybe` is not a switch; allowed are true and false"
        );
    }
}
