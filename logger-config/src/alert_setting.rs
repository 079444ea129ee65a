//! Settings of alerts that are no secrets.

use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    setting::{Setting, refuse, refuse_kind},
};

/// The topic of a forum of Telegram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Topic(pub(crate) i64);

impl Setting for Topic {
    const IS: &'static str = "a topic";

    fn allowed() -> String {
        "is the number of a topic, from 1 on".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::Integer(number) => (*number > 0).then_some(Topic(*number)),
            Given::Text(text) => text.parse().ok().filter(|it| *it > 0).map(Topic),
            _ => return Err(refuse_kind::<Self>(given)),
        }
        .ok_or_else(|| refuse::<Self>(given))
    }

    fn schema() -> Json {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 1 },
            { "type": "string", "pattern": "^[1-9][0-9]*$" },
        ] })
    }

    fn form() -> String {
        "number".into()
    }

    fn from_environment(text: &str) -> Given {
        text.trim().parse().map_or_else(|_| text.into(), Given::Integer)
    }
}

/// A thread of a channel of Discord: a number beyond what other numbers here are, and so a text too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ThreadId(pub(crate) String);

impl Setting for ThreadId {
    const IS: &'static str = "a thread";

    fn allowed() -> String {
        "is the number of a thread, as Discord copies its id".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let is_number =
            |text: &str| !text.is_empty() && text.len() <= 20 && text.bytes().all(|it| it.is_ascii_digit());
        match given {
            Given::Integer(number) if *number > 0 => Ok(ThreadId(number.to_string())),
            Given::Text(text) if is_number(text) => Ok(ThreadId(text.clone())),
            Given::Integer(_) | Given::Text(_) => Err(refuse::<Self>(given)),
            _ => Err(refuse_kind::<Self>(given)),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [
            { "type": "integer", "minimum": 1 },
            { "type": "string", "pattern": "^[0-9]{1,20}$" },
        ] })
    }

    fn form() -> String {
        "number".into()
    }
}

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseUrl(pub(crate) String);

impl Setting for BaseUrl {
    const IS: &'static str = "an address";

    fn allowed() -> String {
        "is an address that begins with `https://`, or with `http://` where `alerts.allow_hosts` has its host"
            .into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        let has_host = ["https://", "http://"].iter().any(|scheme| {
            text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        });
        let is_plain = text.bytes().all(|it| it.is_ascii_graphic());
        if has_host && is_plain { Ok(BaseUrl(text.clone())) } else { Err(refuse::<Self>(given)) }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^https?://[^/]" })
    }

    fn form() -> String {
        "address".into()
    }
}

/// Names of hosts, each with a port or without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostNames(pub(crate) Vec<String>);

impl Setting for HostNames {
    const IS: &'static str = "a list of hosts";

    fn allowed() -> String {
        "is a list such as `[\"localhost:8081\", \"10.0.0.5\"]`, or a text with commas between the hosts"
            .into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let names = crate::name::read_list::<Self>(given)?;
        let is_host = |name: &String| {
            !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || b".-_:[]".contains(&it))
        };
        match names.iter().find(|name| !is_host(name)) {
            Some(wrong) => {
                Err(refuse::<Self>(&wrong.as_str().into()).replacen("a list of hosts", "a host", 1))
            }
            None => Ok(HostNames(names)),
        }
    }

    fn schema() -> Json {
        crate::name::list_schema()
    }

    fn form() -> String {
        "list of hosts".into()
    }

    fn from_environment(text: &str) -> Given {
        text.into()
    }
}
