//! Settings of rules for alerts.

use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    name::{list_schema, read_list},
    setting::{Setting, Words, refuse},
};

/// How the alerts of a rule come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleMode {
    /// With the sound that the target has for their level.
    On,
    /// Without a sound.
    Silent,
    /// Not at all: what the rule is about is no alert, whatever later rules say.
    Off,
}

impl Words for RuleMode {
    const IS: &'static str = "a mode of a rule";
    const ALL: &'static [(&'static str, Self)] =
        &[("on", RuleMode::On), ("silent", RuleMode::Silent), ("off", RuleMode::Off)];
}

/// A target of alerts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AlertTarget {
    /// A chat of Telegram.
    Telegram,
    /// A channel of Discord.
    Discord,
    /// A webhook of one's own.
    Webhook,
    /// A channel of Slack.
    Slack,
    /// A topic of ntfy.
    Ntfy,
}

impl Words for AlertTarget {
    const IS: &'static str = "a target";
    const ALL: &'static [(&'static str, Self)] = &[
        ("telegram", AlertTarget::Telegram),
        ("discord", AlertTarget::Discord),
        ("webhook", AlertTarget::Webhook),
        ("slack", AlertTarget::Slack),
        ("ntfy", AlertTarget::Ntfy),
    ];
}

/// Targets of alerts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Targets(pub(crate) Vec<AlertTarget>);

impl Setting for Targets {
    const IS: &'static str = "a list of targets";

    fn allowed() -> String {
        AlertTarget::allowed()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let names = read_list::<Self>(given)?;
        if names.is_empty() {
            return Err(refuse::<Self>(given));
        }
        names
            .iter()
            .map(|name| AlertTarget::read(&name.as_str().into()))
            .collect::<Result<_, _>>()
            .map(Targets)
    }

    fn schema() -> Json {
        let names: Vec<_> = AlertTarget::ALL.iter().map(|(name, _)| *name).collect();
        json!({ "anyOf": [
            { "type": "array", "items": { "type": "string", "enum": names } },
            { "type": "string", "minLength": 1 },
        ] })
    }

    fn form() -> String {
        "list of targets".into()
    }
}

/// Fields of records, each with the text that it has to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldTexts(pub(crate) Vec<(String, String)>);

impl Setting for FieldTexts {
    const IS: &'static str = "a list of fields";

    fn allowed() -> String {
        "is a list such as `[\"side=BUY\", \"size=0.1\"]`, or a text with commas between them; at least one"
            .into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let texts = read_list::<Self>(given)?;
        let field = |text: &String| {
            let (key, value) = text.split_once('=').filter(|(key, _)| !key.trim().is_empty())?;
            Some((key.trim().to_owned(), value.trim().to_owned()))
        };
        let wrong = texts.iter().find(|text| field(text).is_none());
        match wrong {
            Some(wrong) => Err(refuse::<Self>(&wrong.as_str().into()).replacen(Self::IS, "a field", 1)),
            None if texts.is_empty() => Err(refuse::<Self>(given)),
            None => Ok(FieldTexts(texts.iter().filter_map(field).collect())),
        }
    }

    fn schema() -> Json {
        list_schema()
    }

    fn form() -> String {
        "list of `key=text`".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_targets_are_read_from_lists_and_texts() {
        let read = |given: Given| FieldTexts::read(&given).map(|it| it.0);
        let pair = |key: &str, text: &str| (key.to_owned(), text.to_owned());
        assert_eq!(read("side = BUY, size=0.1".into()).unwrap(), [pair("side", "BUY"), pair("size", "0.1")]);
        assert_eq!(read(["note=a=b", "empty="].into()).unwrap(), [pair("note", "a=b"), pair("empty", "")]);
        for wrong in ["side", "=BUY", ""] {
            assert!(read(wrong.into()).unwrap_err().contains("is not a field; allowed is a list"), "{wrong}");
        }
        assert_eq!(Targets::read(&"slack, ntfy".into()).unwrap().0, [AlertTarget::Slack, AlertTarget::Ntfy]);
        let message = Targets::read(&["slak"].into()).unwrap_err();
        assert_eq!(
            message,
            "`slak` is not a target; allowed are telegram, discord, webhook, slack, ntfy; the nearest is `slack`"
        );
    }
}
