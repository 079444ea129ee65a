//! Settings that are secrets, or stand beside one. No message of theirs repeats the value.

use logger_core::Secret;
use serde_json::{Value as Json, json};

use crate::{alert_setting::BaseUrl, given::Given, setting::Setting};

/// A token or a key.
#[derive(Debug, Clone)]
pub(crate) struct SecretText(pub(crate) Secret<String>);

impl PartialEq for SecretText {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
    }
}

impl Setting for SecretText {
    const IS: &'static str = "a secret";

    fn allowed() -> String {
        "is a text without spaces and control characters".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::Text(text) if is_one_word(text) => Ok(SecretText(Secret::new(text.clone()))),
            _ => Err(refuse_unseen::<Self>(given)),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }

    fn form() -> String {
        "secret".into()
    }
}

/// An address that whoever knows it may write to.
#[derive(Debug, Clone)]
pub(crate) struct SecretUrl(pub(crate) Secret<String>);

impl PartialEq for SecretUrl {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
    }
}

impl Setting for SecretUrl {
    const IS: &'static str = "an address";

    fn allowed() -> String {
        BaseUrl::allowed()
    }

    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::Text(text) if scheme_and_host(text).is_some() => Ok(SecretUrl(Secret::new(text.clone()))),
            _ => Err(refuse_unseen::<Self>(given)),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^[hH][tT][tT][pP][sS]?://[^/]" })
    }

    fn form() -> String {
        "secret, an address".into()
    }
}

/// Scheme, in lower case, and host with its port of an address; `None` for what is none.
pub(crate) fn scheme_and_host(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once("://").filter(|_| text.is_ascii() && is_one_word(text))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let scheme = scheme.to_ascii_lowercase();
    (matches!(scheme.as_str(), "https" | "http") && !host.is_empty()).then_some((scheme, host))
}

/// A proxy; its user and password are secrets.
#[derive(Debug, Clone)]
pub(crate) struct ProxyUrl(pub(crate) Secret<String>);

impl PartialEq for ProxyUrl {
    fn eq(&self, other: &Self) -> bool {
        self.0.expose() == other.0.expose()
    }
}

impl Setting for ProxyUrl {
    const IS: &'static str = "a proxy";

    fn allowed() -> String {
        "is an address that begins with `http://`, `https://` or `socks5://`".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let is_proxy = |text: &str| {
            let rest = ["http://", "https://", "socks5://", "socks5h://"]
                .iter()
                .find_map(|it| text.strip_prefix(it));
            is_one_word(text) && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        };
        match given {
            Given::Text(text) if is_proxy(text) => Ok(ProxyUrl(Secret::new(text.clone()))),
            _ => Err(refuse_unseen::<Self>(given)),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": "^(https?|socks5h?)://[^/]" })
    }

    fn form() -> String {
        "secret, an address".into()
    }
}

/// A chat of Telegram.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChatId(pub(crate) String);

impl Setting for ChatId {
    const IS: &'static str = "a chat";

    fn allowed() -> String {
        "is the number of a chat, such as -1001234567890, or its name, such as `@my_alerts`".into()
    }

    /// A message does not show the value: who mixes up chat and token gives a token here.
    fn read(given: &Given) -> Result<Self, String> {
        let is_number = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit())
        };
        let is_name = |text: &str| {
            let name = text.strip_prefix('@').unwrap_or_default();
            name.len() >= 2 && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        };
        match given {
            Given::Integer(number) => Ok(ChatId(number.to_string())),
            Given::Text(text) if is_number(text) || is_name(text) => Ok(ChatId(text.clone())),
            _ => Err(refuse_unseen::<Self>(given)),
        }
    }

    fn schema() -> Json {
        json!({ "anyOf": [
            { "type": "integer" },
            { "type": "string", "pattern": "^(-?[0-9]+|@[A-Za-z0-9_]{2,})$" },
        ] })
    }

    fn form() -> String {
        "number or `@name`".into()
    }
}

fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.contains(|it: char| it.is_whitespace() || it.is_control())
}

/// What is wrong, without the value.
pub(crate) fn refuse_unseen<T: Setting>(given: &Given) -> String {
    let kind = match given {
        Given::Text(text) if text.trim().is_empty() => "an empty text",
        Given::Text(_) => "the text (not shown)",
        Given::Integer(_) => "a number",
        Given::Boolean(_) => "a boolean",
        Given::List(_) => "a list",
        Given::Masked => "the value",
        Given::Other(kind) => kind,
    };
    format!("{kind} is not {}; allowed {}", T::IS, T::allowed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_message_shows_what_may_be_a_secret() {
        let secret = "5:SECRET VALUE";
        let messages = [
            SecretText::read(&secret.into()).map(drop),
            SecretUrl::read(&secret.into()).map(drop),
            ChatId::read(&secret.into()).map(drop),
        ];
        for message in messages {
            let message = message.unwrap_err();
            assert!(message.contains("not shown") && !message.contains("SECRET"), "{message}");
        }
    }

    #[test]
    fn the_host_of_an_address_is_what_stands_between_user_and_path() {
        assert_eq!(scheme_and_host("HTTP://me:pass@a.b:8080/x@y"), Some(("http".into(), "a.b:8080")));
        assert_eq!(scheme_and_host("https://a.b?x"), Some(("https".into(), "a.b")));
        assert!(ProxyUrl::read(&"socks5://127.0.0.1:1080".into()).is_ok());
        assert!(ProxyUrl::read(&"127.0.0.1:1080".into()).unwrap_err().contains("not shown"));
    }

    #[test]
    fn what_is_right_is_taken() {
        assert_eq!(SecretText::read(&"1:abc".into()).unwrap().0.expose(), "1:abc");
        assert_eq!(SecretUrl::read(&"HTTPS://x.y/z".into()).unwrap().0.expose(), "HTTPS://x.y/z");
        for wrong in ["ftp://x.y", "https://", "", "https://a b", "https:///x"] {
            assert!(SecretUrl::read(&wrong.into()).is_err(), "{wrong}");
        }
        assert_eq!(ChatId::read(&Given::Integer(-5)).unwrap().0, "-5");
        for (text, ok) in [("-100", true), ("@abc", true), ("abc", false), ("@", false), ("-", false)] {
            assert_eq!(ChatId::read(&text.into()).is_ok(), ok, "{text}");
        }
    }
}
