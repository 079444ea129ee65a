//! A value as a layer gives it, before anyone has judged it.

use std::fmt;

use config::ValueKind;

/// A value as a layer gives it. What it must be is the matter of its key.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Given {
    /// A text, such as `"10 MB"`.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// `true` or `false`.
    Boolean(bool),
    /// Texts, such as `["iban", "pin"]`.
    List(Vec<String>),
    /// A value that is a secret, where it is shown.
    Masked,
    /// A value of a kind that no key takes; the text names the kind, such as `a list`.
    Other(&'static str),
}

impl Given {
    /// The same for the merge. No key takes the other kinds, so that they never come this far.
    pub(crate) fn to_merged(&self) -> ValueKind {
        match self {
            Given::Text(text) => text.as_str().into(),
            Given::Integer(number) => (*number).into(),
            Given::Boolean(truth) => (*truth).into(),
            Given::List(texts) => texts.clone().into(),
            Given::Masked | Given::Other(_) => ValueKind::Nil,
        }
    }

    /// What the merge made of it.
    pub(crate) fn from_merged(kind: &ValueKind) -> Option<Given> {
        match kind {
            ValueKind::String(text) => Some(text.as_str().into()),
            ValueKind::I64(number) => Some((*number).into()),
            ValueKind::Boolean(truth) => Some((*truth).into()),
            ValueKind::Array(values) => {
                let texts = values.iter().map(|value| match &value.kind {
                    ValueKind::String(text) => Some(text.clone()),
                    _ => None,
                });
                texts.collect::<Option<Vec<_>>>().map(Given::List)
            }
            _ => None,
        }
    }

    /// The value with the name of its kind: `the text "5"`. For a message about a wrong kind.
    pub(crate) fn with_kind(&self) -> String {
        match self {
            Given::Text(text) if !text.is_empty() => format!("the text {self}"),
            Given::Integer(_) => format!("the number {self}"),
            Given::Boolean(_) => format!("the boolean {self}"),
            Given::List(_) => "a list".into(),
            Given::Text(_) | Given::Masked | Given::Other(_) => self.to_string(),
        }
    }
}

/// The longest part of a value that a message repeats, in characters.
const SHOWN: usize = 80;

/// The value as a message shows it: on one line, in backticks, cut after 80 characters.
impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Given::Text(text) if text.is_empty() => f.write_str("an empty text"),
            Given::Text(text) if looks_secret(text) => f.write_str("*** (it looks like a secret)"),
            Given::Text(text) => {
                let shown: String = text.chars().take(SHOWN).flat_map(escape_control).collect();
                let more = if text.chars().nth(SHOWN).is_some() { "…" } else { "" };
                write!(f, "`{shown}{more}`")
            }
            Given::Integer(number) => write!(f, "`{number}`"),
            Given::Boolean(truth) => write!(f, "`{truth}`"),
            Given::List(texts) if texts.is_empty() => f.write_str("an empty list"),
            Given::List(texts) => Given::Text(texts.join(", ")).fmt(f),
            Given::Masked => f.write_str("***"),
            Given::Other(kind) => f.write_str(kind),
        }
    }
}

/// Whether a text looks like a token, a key or an address with a password, which somebody has put under a key that is for
/// something else.
pub(crate) fn looks_secret(text: &str) -> bool {
    const SIGNS: [&str; 6] =
        ["/api/webhooks/", "hooks.slack.com/", "bearer ", "-----begin", "password=", "signature="];
    let lower = text.to_ascii_lowercase();
    let has_user = text.split_once("://").is_some_and(|(_, rest)| {
        rest.split('/').next().is_some_and(|host| host.contains('@') && host.contains(':'))
    });
    let is_json_web_token = text.starts_with("eyJ") && text.len() > 20;
    has_user || is_json_web_token || SIGNS.iter().any(|sign| lower.contains(sign)) || is_bot_token(text)
}

/// As Telegram gives them: `123456789:AA…`.
fn is_bot_token(text: &str) -> bool {
    text.split(|it: char| it.is_whitespace() || matches!(it, '/' | ',' | '=')).any(|word| {
        let Some((number, key)) = word.trim_start_matches("bot").split_once(':') else { return false };
        let is_key =
            key.len() >= 20 && key.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
        number.len() >= 6 && number.bytes().all(|it| it.is_ascii_digit()) && is_key
    })
}

/// A character as it may stand in a message: anything that could break or repaint the line is escaped.
pub(crate) fn escape_control(it: char) -> impl Iterator<Item = char> {
    // `escape_debug` also escapes quotes and backslashes, which do no harm here and are common in paths
    let plain = matches!(it, '"' | '\'' | '\\');
    let escaped = (!plain).then(|| it.escape_debug());
    plain.then_some(it).into_iter().chain(escaped.into_iter().flatten())
}

impl From<&str> for Given {
    fn from(text: &str) -> Self {
        Given::Text(text.to_owned())
    }
}

impl From<String> for Given {
    fn from(text: String) -> Self {
        Given::Text(text)
    }
}

impl From<i64> for Given {
    fn from(number: i64) -> Self {
        Given::Integer(number)
    }
}

impl From<bool> for Given {
    fn from(truth: bool) -> Self {
        Given::Boolean(truth)
    }
}

impl<const N: usize> From<[&str; N]> for Given {
    fn from(texts: [&str; N]) -> Self {
        Given::List(texts.map(str::to_owned).to_vec())
    }
}

impl From<Vec<String>> for Given {
    fn from(texts: Vec<String>) -> Self {
        Given::List(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_in_a_message_stays_on_its_line_and_is_cut() {
        assert_eq!(Given::from("a\nb\u{1b}[2J\u{202e}").to_string(), r"`a\nb\u{1b}[2J\u{202e}`");
        assert_eq!(Given::from(r#"C:\logs "a" it's"#).to_string(), r#"`C:\logs "a" it's`"#);
        assert_eq!(Given::from("x".repeat(81)).to_string(), format!("`{}…`", "x".repeat(80)));
        assert_eq!(Given::from("x".repeat(80)).to_string(), format!("`{}`", "x".repeat(80)));
    }

    #[test]
    fn a_text_that_looks_like_a_secret_is_not_shown() {
        for secret in [
            "123456789:AAH-abcdefghijklmnop_qrstuv",
            "https://api.telegram.org/bot123456789:AAH-abcdefghijklmnop_qrstuv/x",
            "https://me:secret@example.org/x",
            "https://discord.com/api/webhooks/1/abc",
            "Bearer abc",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            assert_eq!(Given::from(secret).to_string(), "*** (it looks like a secret)", "{secret}");
        }
        for plain in
            ["/var/log/me@host:1", "my_bot::orders", "10:30", "https://example.org/a@b", "12:AAH", "eyJ"]
        {
            assert_eq!(Given::from(plain).to_string(), format!("`{plain}`"));
        }
    }

    #[test]
    fn a_value_names_its_kind() {
        let all = [Given::from("5"), "".into(), 5.into(), true.into(), ["a"].into(), Given::Other("a table")];
        assert_eq!(
            all.map(|it| it.with_kind()),
            ["the text `5`", "an empty text", "the number `5`", "the boolean `true`", "a list", "a table"]
        );
    }
}
