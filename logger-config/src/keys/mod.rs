//! Every key there is, once: its path, its type, its default, its names, what it means.
//!
//! All the rest comes from these tables: parsing, validation, [`explain`](crate::Explanation), the JSON Schema, the
//! configuration file with every key, the flags of the command line, and the table of the README. The tables are the same
//! in every build. A section whose drain is not compiled in is known all the same, so that it can say which feature it
//! needs.

pub(crate) mod alert_rules;
pub(crate) mod alerts;
pub(crate) mod budget;
pub(crate) mod console;
pub(crate) mod drains;
pub(crate) mod files;
pub(crate) mod general;
pub(crate) mod levels;
pub(crate) mod queue;
pub(crate) mod redaction;
pub(crate) mod reports;
mod sections;

pub(crate) use self::sections::{Built, DRAINS, DrainSection};
use logger_core::Redaction;

use crate::{key::Key, path};

/// The tables, in the order of the documents.
static TABLES: [&[&Key]; 11] = [
    general::TABLE,
    levels::TABLE,
    files::TABLE,
    console::TABLE,
    drains::TABLE,
    queue::TABLE,
    budget::TABLE,
    redaction::TABLE,
    reports::TABLE,
    alerts::TABLE,
    alert_rules::TABLE,
];

/// All keys, in the order of the documents.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    TABLES.into_iter().flatten().copied()
}

/// What a path names.
#[derive(Debug)]
pub(crate) enum Named {
    Key(&'static Key),
    /// The file that the value of a secret key stands in.
    SecretFile(&'static Key),
    /// A table of keys.
    Section,
    Unknown,
}

/// What the key that names the file of a secret ends with.
pub(crate) const FILE_SUFFIX: &str = "_file";

/// Finds what a path names.
pub(crate) fn find(given: &str) -> Named {
    let Some(segments) = path::segments(given) else { return Named::Unknown };
    if let Some(key) = find_key(&segments) {
        return Named::Key(key);
    }
    if let Some(key) = find_secret(&segments) {
        return Named::SecretFile(key);
    }
    if all().any(|key| is_section_of(&segments, key.path)) {
        return Named::Section;
    }
    Named::Unknown
}

/// Says what is wrong with the name that stands for the `*` of a key.
pub(crate) fn check_name(key: &Key, segments: &[String]) -> Result<(), String> {
    let Some(at) = key.path.split('.').position(|part| part == "*") else { return Ok(()) };
    let Some(name) = segments.get(at) else { return Ok(()) };
    let given = crate::given::Given::from(name.as_str());
    let section = key.path.split('.').take(at).collect::<Vec<_>>().join(".");
    let plain = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '_' | '-');
    match section.as_str() {
        "redaction.patterns" if Redaction::PATTERNS.contains(&name.as_str()) => {
            Err(format!("{given} is a pattern that is there already; allowed is another name"))
        }
        "drains" | "alerts.rules" | "redaction.patterns" if name.len() <= 40 && name.chars().all(plain) => {
            Ok(())
        }
        "drains" | "alerts.rules" | "redaction.patterns" => {
            let what = match section.as_str() {
                "drains" => "drain",
                "alerts.rules" => "rule",
                _ => "pattern",
            };
            Err(format!(
                "{given} is not a name of a {what}; allowed are 1 to 40 small letters, digits, `_` and `-`"
            ))
        }
        "levels.modules" if !crate::name::is_module(name) => {
            Err(format!("{given} is not a module; allowed is a path such as `my_bot::orders`"))
        }
        "levels.categories" if !matches!(name.as_str(), "general" | "trade") => {
            Err(format!("{given} is not a category; allowed are general, trade"))
        }
        _ if name.len() > 200 || name.contains(char::is_control) => {
            Err(format!("{given} is not a name; allowed are 1 to 200 bytes without control characters"))
        }
        _ => Ok(()),
    }
}

fn find_key(segments: &[String]) -> Option<&'static Key> {
    let is_named = segments.iter().all(|segment| !segment.is_empty());
    all().find(|key| is_named && path::matches(key.path, segments))
}

fn find_secret(segments: &[String]) -> Option<&'static Key> {
    let mut segments = segments.to_vec();
    let last = segments.last_mut()?;
    last.truncate(last.strip_suffix(FILE_SUFFIX)?.len());
    find_key(&segments).filter(|key| key.secrecy == crate::key::Secrecy::Secret)
}

/// Whether the segments are those before the last ones of a key's path.
fn is_section_of(segments: &[String], pattern: &str) -> bool {
    let mut parts = pattern.split('.');
    let begins = segments.iter().all(|segment| {
        parts.next().is_some_and(|part| if part == "*" { !segment.is_empty() } else { part == segment })
    });
    begins && parts.next().is_some()
}

/// Whether a path lies in a section.
pub(crate) fn is_below(section: &str, path: &str) -> bool {
    path.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_and_every_example_is_allowed() {
        for key in all() {
            for text in key.default.iter().chain(&key.example) {
                assert_eq!((key.kind.check)(&key.of_text(text)), Ok(()), "{}", key.path);
            }
            assert!(key.default.is_some() != key.example.is_some(), "{} has one of both", key.path);
        }
    }

    #[test]
    fn no_two_keys_share_a_path_a_variable_or_a_flag() {
        let unique = |names: Vec<String>| {
            let count = names.len();
            let set: std::collections::BTreeSet<_> = names.into_iter().collect();
            assert_eq!(set.len(), count);
        };
        unique(all().map(|key| key.path.to_owned()).collect());
        unique(all().filter_map(|key| Some(key.short.as_ref()?.name.to_owned())).collect());
        unique(all().filter_map(|key| Some(key.flag?.to_owned())).collect());
    }

    #[test]
    fn a_path_names_a_key_a_section_or_nothing() {
        assert!(matches!(find("files.max_size"), Named::Key(key) if key.path == "files.max_size"));
        assert!(matches!(find("drains.audit.level"), Named::Key(key) if key.path == "drains.*.level"));
        assert!(matches!(find("levels.experts.\"My Bot\""), Named::Key(_)));
        for section in ["files", "drains", "drains.audit", "levels.modules", "alerts.rules.fills"] {
            assert!(matches!(find(section), Named::Section), "{section}");
        }
        assert!(matches!(find("slack"), Named::Section));
        assert!(matches!(find("alerts.rules.fills.level"), Named::Key(_)));
        assert!(matches!(find("telegram.bot_token_file"), Named::SecretFile(_)));
        for nothing in
            ["", ".", "file", "files.", "files.max_size.x", "slacks", "Level", "level_file", "drains.."]
        {
            assert!(matches!(find(nothing), Named::Unknown), "{nothing}");
        }
    }
}
