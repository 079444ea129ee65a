//! Settings of what is masked in texts.

use logger_core::{Redaction, Secret};
use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    name::{list_schema, read_list},
    nearest::nearest,
    secret_setting::{SecretText, refuse_unseen},
    setting::{Setting, refuse},
};

/// Names of patterns that are there by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatternNames(pub(crate) Vec<String>);

impl Setting for PatternNames {
    const IS: &'static str = "a list of patterns";

    fn allowed() -> String {
        format!("are {}", Redaction::PATTERNS.join(", "))
    }

    fn read(given: &Given) -> Result<Self, String> {
        let names = read_list::<Self>(given)?;
        let Some(wrong) = names.iter().find(|name| !Redaction::PATTERNS.contains(&name.as_str())) else {
            return Ok(PatternNames(names));
        };
        let refusal = refuse::<Self>(&wrong.as_str().into()).replacen(Self::IS, "a pattern", 1);
        Err(match nearest(wrong, Redaction::PATTERNS) {
            Some(near) => format!("{refusal}; the nearest is `{near}`"),
            None => refusal,
        })
    }

    fn schema() -> Json {
        json!({ "anyOf": [
            { "type": "array", "items": { "type": "string", "enum": Redaction::PATTERNS } },
            { "type": "string", "minLength": 1 },
        ] })
    }

    fn form() -> String {
        format!("list of {}", Redaction::PATTERNS.join(", "))
    }
}

/// Texts that are masked wherever they stand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Literals(pub(crate) Vec<SecretText>);

/// Those of fewer bytes would be found in texts that have nothing to do with them.
const SHORTEST: usize = 6;

impl Setting for Literals {
    const IS: &'static str = "a list of secrets";

    fn allowed() -> String {
        format!("is a list of texts, or a text with one on each line; each has at least {SHORTEST} bytes")
    }

    /// No message shows a value.
    fn read(given: &Given) -> Result<Self, String> {
        let texts: Vec<&str> = match given {
            Given::List(texts) => texts.iter().map(String::as_str).collect(),
            Given::Text(text) => text.lines().filter(|line| !line.is_empty()).collect(),
            _ => return Err(refuse_unseen::<Self>(given)),
        };
        if texts.is_empty() {
            return Err(refuse_unseen::<Self>(given));
        }
        if texts.iter().any(|text| text.len() < SHORTEST) {
            return Err(format!("a text (not shown) is too short; allowed {}", Self::allowed()));
        }
        Ok(Literals(texts.into_iter().map(|text| SecretText(Secret::new(text.to_owned()))).collect()))
    }

    fn schema() -> Json {
        list_schema()
    }

    fn form() -> String {
        "list of secrets".into()
    }

    /// Every character of a secret counts.
    fn from_environment(text: &str) -> Given {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_has_to_be_one_that_there_is() {
        assert_eq!(PatternNames::read(&"card, jwt".into()).unwrap().0, ["card", "jwt"]);
        let message = PatternNames::read(&["card", "jwtt"].into()).unwrap_err();
        assert!(message.starts_with("`jwtt` is not a pattern; allowed are assignment, "), "{message}");
        assert!(message.ends_with("; the nearest is `jwt`"), "{message}");
    }

    #[test]
    fn secrets_stand_in_a_list_or_on_lines_and_in_no_message() {
        let read = |given: Given| {
            Literals::read(&given).map(|it| it.0.iter().map(|it| it.0.expose().clone()).collect::<Vec<_>>())
        };
        assert_eq!(read(["a, b c d", "hunter2"].into()).unwrap(), ["a, b c d", "hunter2"]);
        assert_eq!(read("one, two\nthree four\n".into()).unwrap(), ["one, two", "three four"]);
        for wrong in [Given::from("SECRE"), ["SECRET", "x"].into(), 5.into(), "".into()] {
            let message = read(wrong).unwrap_err();
            assert!(message.contains("at least 6 bytes") && !message.contains("SECRE"), "{message}");
        }
    }
}
