//! Telegram: `sendMessage` and `editMessageText` of a bot, with entities instead of markup.

use std::time::Duration;

use logger_core::{Level, Secret};
use serde_json::{Value, json};
use url::Url;

use super::{Outcome, Pause, SOME_WAIT, Scope, Service, Target, by_status, wait_of};
use crate::{
    alert::Sound,
    engine::bucket::Bucket,
    error::AlertError,
    http::{Answer, HttpRequest, Method, Network},
    text::{Content, Form, Message, cut_utf16, head, utf16_len},
};

/// A message by a bot of Telegram to a person, a group or a channel.
///
/// Nothing in a record is markup: the text is sent without `parse_mode`, and what comes from the record lies in `code` and
/// `pre` entities, in which Telegram makes no links and mentions of its own.
///
/// ```
/// use logger_core::Level;
/// use logger_telegram::Telegram;
///
/// let token = "123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11";
/// let target = Telegram::new(token, "-1001234567890").topic(7).sound_from(Level::Critical);
/// ```
#[derive(Debug, Clone)]
pub struct Telegram {
    token: Secret<String>,
    chat: String,
    base: String,
    topic: Option<i64>,
    sound_from: Level,
}

/// Messages to one chat, and to one group: <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>.
const PER_SECOND: (usize, Duration) = (1, Duration::from_secs(1));
const PER_MINUTE: (usize, Duration) = (20, Duration::from_secs(60));
/// Of a text, in UTF-16 units: <https://core.telegram.org/bots/api#sendmessage>.
const MAX_TEXT: usize = 4_096;
/// What of it the event may take, so that there is room for the rest.
const MAX_EVENT: usize = 2_600;
/// Alerts in one text: each has 200 units at least.
const MOST_TOGETHER: usize = 20;

impl Telegram {
    /// A bot by its token, and the chat that it writes to: a number, or `@channel`.
    pub fn new(token: impl Into<String>, chat: impl Into<String>) -> Self {
        Telegram {
            token: Secret::new(token.into()),
            chat: chat.into(),
            base: "https://api.telegram.org".into(),
            topic: None,
            sound_from: Level::Error,
        }
    }

    /// Another server, such as a local Bot API server. One without TLS, or on this machine, has to be allowed by name:
    /// [`AlertsBuilder::allow_host`](crate::AlertsBuilder::allow_host).
    #[must_use]
    pub fn base_url(mut self, url: &str) -> Self {
        self.base = url.trim_end_matches('/').to_owned();
        self
    }

    /// The topic of a forum, as `message_thread_id`.
    #[must_use]
    pub fn topic(mut self, id: i64) -> Self {
        self.topic = Some(id);
        self
    }

    /// The level from which on the phone makes a sound; ERROR by default.
    #[must_use]
    pub fn sound_from(mut self, level: Level) -> Self {
        self.sound_from = level;
        self
    }

    /// Negative numbers are groups and channels, and so are names.
    fn is_group(&self) -> bool {
        self.chat.starts_with(['-', '@'])
    }

    fn chat_id(&self) -> Value {
        self.chat.parse::<i64>().map_or_else(|_| json!(self.chat), |id| json!(id))
    }
}

impl From<Telegram> for Target {
    fn from(telegram: Telegram) -> Self {
        Target {
            name: "telegram".into(),
            make: Box::new(move |network| Ok(Box::new(Bot::new(telegram, network)?))),
        }
    }
}

struct Bot {
    settings: Telegram,
    send: Url,
    edit: Url,
}

impl Bot {
    fn new(settings: Telegram, network: &Network) -> Result<Self, AlertError> {
        let wrong = |what: String| AlertError::Setting { target: "telegram".into(), what };
        let token = settings.token.expose();
        let is_token = token.split_once(':').is_some_and(|(id, key)| {
            !id.is_empty()
                && id.bytes().all(|it| it.is_ascii_digit())
                && key.len() >= 10
                && key.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it))
        });
        if !is_token {
            return Err(wrong("the token is not of the form `123456:ABC-DEF…`".into()));
        }
        let name = settings.chat.strip_prefix('@');
        let is_name = name.is_some_and(|it| {
            !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        });
        if !is_name && settings.chat.parse::<i64>().is_err() {
            let chat = &settings.chat;
            return Err(wrong(format!(
                "the chat `{chat}` is neither a number nor a name that begins with `@`"
            )));
        }
        let url = |method: &str| network.check("telegram", &format!("{}/bot{token}/{method}", settings.base));
        Ok(Bot { send: url("sendMessage")?, edit: url("editMessageText")?, settings })
    }
}

impl Service for Bot {
    fn secrets(&self) -> Vec<String> {
        vec![self.settings.token.expose().clone()]
    }

    fn buckets(&self) -> Vec<Bucket> {
        let minute = self.settings.is_group().then_some(PER_MINUTE);
        [PER_SECOND].into_iter().chain(minute).map(|(count, per)| Bucket::new(count, per)).collect()
    }

    fn account(&self) -> String {
        format!("telegram {}", self.settings.token.expose())
    }

    /// A chat with all its topics.
    fn place(&self) -> String {
        format!("{} {}", self.account(), self.settings.chat)
    }

    fn address(&self) -> &Url {
        &self.send
    }

    fn identity(&self) -> String {
        format!("telegram {} {} {:?}", self.send, self.settings.chat, self.settings.topic)
    }

    fn can_edit(&self) -> bool {
        true
    }

    fn most_together(&self) -> usize {
        MOST_TOGETHER
    }

    fn request(&self, messages: &[Message<'_>], posted: Option<&str>) -> HttpRequest {
        let (text, entities) = layout(messages);
        let mut body = json!({
            "chat_id": self.settings.chat_id(),
            "text": text,
            "entities": entities,
            "link_preview_options": { "is_disabled": true },
        });
        let url = match posted.and_then(|id| id.parse::<i64>().ok()) {
            Some(id) => {
                body["message_id"] = json!(id);
                &self.edit
            }
            None => {
                let is_silent = |it: &Message<'_>| {
                    it.alert.delivery.sound == Sound::Off || it.alert.level < self.settings.sound_from
                };
                body["disable_notification"] = json!(messages.iter().all(is_silent));
                if let Some(topic) = self.settings.topic {
                    body["message_thread_id"] = json!(topic);
                }
                &self.send
            }
        };
        HttpRequest::json(Method::Post, url, body.to_string())
    }

    fn read(&self, answer: &Answer, posted: Option<&str>) -> Outcome {
        let body = answer.json();
        let said = body["description"].as_str().unwrap_or_default();
        match answer.status {
            // an answer that is none of Telegram's comes from something in between
            200..=299 if body["ok"] != true => Outcome::Failed { why: answer.describe() },
            429 => {
                let wait = body["parameters"]["retry_after"].as_f64().and_then(wait_of);
                let wait = wait.or_else(|| super::retry_after(answer)).unwrap_or(SOME_WAIT);
                Outcome::RetryAfter { wait, scope: Scope::Account }
            }
            200..=299 => {
                let id = body["result"]["message_id"].as_i64().map(|id| id.to_string());
                Outcome::Delivered { id: id.or_else(|| posted.map(str::to_owned)), pause: Pause::None }
            }
            400 if posted.is_some() && said.contains("message is not modified") => {
                Outcome::Delivered { id: posted.map(str::to_owned), pause: Pause::None }
            }
            400 if posted.is_some() => Outcome::CannotEdit,
            // the chat, not the text
            400 if said.contains("chat not found") || said.contains("thread not found") => {
                Outcome::Stopped { why: answer.describe() }
            }
            _ => by_status(answer),
        }
    }
}

/// The text, and which parts of it are what.
fn layout(messages: &[Message<'_>]) -> (String, Vec<Value>) {
    let mut text = Text::default();
    for (at, message) in messages.iter().enumerate() {
        if at > 0 {
            text.gap("\n\n");
        }
        // what one does not need is for those after it
        let share = (MAX_TEXT - text.len) / (messages.len() - at);
        text.limit = text.len + share;
        one(&mut text, message, share, &head(message, at, messages.len()));
    }
    (text.text, text.entities)
}

fn one(text: &mut Text, message: &Message<'_>, share: usize, head: &str) {
    let content = Content::of(message);
    text.put("bold", head);
    text.gap("\n");
    text.put("code", &cut_utf16(&content.event, share * MAX_EVENT / MAX_TEXT));
    for note in &content.notes {
        text.gap("\n");
        text.plain(note);
    }
    if message.form == Form::Full {
        let fields = content.fields.iter().map(|(key, value)| format!("{key}: {value}\n"));
        let details = fields.chain([content.origin.clone()]).collect::<String>();
        text.gap("\n");
        text.put("pre", &details);
    } else {
        text.entities.clear();
    }
}

#[derive(Default)]
struct Text {
    text: String,
    /// In UTF-16 units, and how many there may be.
    len: usize,
    limit: usize,
    entities: Vec<Value>,
}

impl Text {
    fn put(&mut self, kind: &str, part: &str) {
        let (offset, before) = (self.len, self.text.len());
        self.plain(part.trim_end());
        // an entity without a visible character is refused
        if !self.text[before..].trim().is_empty() {
            self.entities.push(json!({ "type": kind, "offset": offset, "length": self.len - offset }));
        }
    }

    fn plain(&mut self, part: &str) {
        let part = cut_utf16(part, self.limit.saturating_sub(self.len));
        self.len += utf16_len(&part);
        self.text.push_str(&part);
    }

    fn gap(&mut self, gap: &str) {
        if self.len + gap.len() < MAX_TEXT {
            self.text.push_str(gap);
            self.len += gap.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        http::Answer,
        target::testing::{answer, body_in, body_of, message_of},
    };

    fn bot(settings: Telegram) -> Bot {
        Bot::new(settings, &Network::default()).unwrap()
    }

    fn settings() -> Telegram {
        Telegram::new("123456:AAE-secretsecret", "-42")
    }

    #[test]
    fn a_text_is_cut_at_the_limit_in_utf_16_units_with_entities_within_it() {
        for (event, field) in [
            ("😀".repeat(5_000), "x".into()),
            ("x".into(), "😀".repeat(5_000)),
            ("ä".repeat(2_601), "€".repeat(9_000)),
        ] {
            let body = body_of(&bot(settings()), &message_of(Level::Critical, &event, &field));
            let text = body["text"].as_str().unwrap();
            let len = utf16_len(text);
            // a character of two units may leave one
            assert!(
                (MAX_TEXT - 1..=MAX_TEXT).contains(&len) || event.len() > field.len() && len < MAX_TEXT,
                "{len}"
            );
            let units: Vec<u16> = text.encode_utf16().collect();
            for entity in body["entities"].as_array().unwrap() {
                let (at, length) = (
                    entity["offset"].as_u64().unwrap() as usize,
                    entity["length"].as_u64().unwrap() as usize,
                );
                assert!(String::from_utf16(&units[at..at + length]).is_ok(), "{entity}");
            }
            assert_eq!(body.get("parse_mode"), None);
        }
        let body = body_of(&bot(settings()), &message_of(Level::Critical, &"😀".repeat(5_000), "x"));
        assert_eq!(
            body["entities"][1]["length"].as_u64().unwrap() as usize,
            MAX_EVENT - 1,
            "whole characters"
        );
    }

    #[test]
    fn a_group_has_a_limit_a_minute_and_a_person_has_none() {
        assert_eq!(bot(settings()).buckets().len(), 2);
        assert_eq!(bot(Telegram::new("123456:AAE-secretsecret", "@channel")).buckets().len(), 2);
        assert_eq!(bot(Telegram::new("123456:AAE-secretsecret", "42")).buckets().len(), 1);
    }

    #[test]
    fn topic_and_sound_are_those_that_were_asked_for() {
        let body = |settings: Telegram, level| body_of(&bot(settings), &message_of(level, "a", "b"));
        assert_eq!(body(settings().topic(7), Level::Error)["message_thread_id"], 7);
        assert_eq!(body(settings(), Level::Error)["disable_notification"], false);
        assert_eq!(body(settings(), Level::Warning)["disable_notification"], true);
        assert_eq!(body(settings().sound_from(Level::Critical), Level::Error)["disable_notification"], true);
    }

    #[test]
    fn a_rule_without_sound_is_one_on_the_phone() {
        let mut alert = message_of(Level::Critical, "a", "b");
        assert_eq!(body_of(&bot(settings()), &alert)["disable_notification"], false);
        alert.delivery.sound = Sound::Off;
        assert_eq!(body_of(&bot(settings()), &alert)["disable_notification"], true);
    }

    #[test]
    fn an_entity_is_never_empty_and_a_bare_text_has_none() {
        let mut alert = message_of(Level::Critical, "a", "b");
        assert_eq!(body_in(&bot(settings()), &alert, Form::Bare)["entities"], json!([]));
        // neither fields nor an origin
        alert.line = r#"{"event":"a"}"#.into();
        let body = body_of(&bot(settings()), &alert);
        let entities = body["entities"].as_array().unwrap();
        assert_eq!(entities.len(), 2, "{entities:?}");
        assert!(entities.iter().all(|it| it["length"].as_u64().unwrap() > 0), "{entities:?}");
    }

    #[test]
    fn a_wrong_token_or_chat_is_refused_at_once_and_no_token_is_told() {
        let said = |token: &str, chat: &str| match Bot::new(Telegram::new(token, chat), &Network::default()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        for token in ["", "123456", "abc:AAE-secretsecret", "123456:short", "123456:AAE-secret/../secret"] {
            let said = said(token, "42");
            assert!(said.contains("the token is not of the form"), "{token}: {said}");
            assert!(!said.contains("secret") && !said.contains("short"), "{said}");
        }
        for chat in ["", "@", "@a b", "channel", "4 2", "42x"] {
            let said = said("123456:AAE-secretsecret", chat);
            assert!(said.contains("is neither a number nor a name"), "{chat}: {said}");
        }
        for chat in ["42", "-1001234567890", "@my_channel"] {
            assert_eq!(said("123456:AAE-secretsecret", chat), "");
        }
    }

    #[test]
    fn a_change_that_changes_nothing_is_done_and_one_that_cannot_be_is_a_new_message() {
        let read = |body| bot(settings()).read(&answer(400, &[], body), Some("5"));
        let same = r#"{"description":"Bad Request: message is not modified: the same"}"#;
        assert_eq!(read(same), Outcome::Delivered { id: Some("5".into()), pause: Pause::None });
        let gone = r#"{"description":"Bad Request: message to edit not found"}"#;
        assert_eq!(read(gone), Outcome::CannotEdit);
    }

    #[test]
    fn a_wait_is_that_of_the_body_and_holds_for_the_bot() {
        let read = |answer: &Answer| bot(settings()).read(answer, None);
        let wait = |seconds: f64| Outcome::RetryAfter {
            wait: Duration::from_secs_f64(seconds),
            scope: Scope::Account,
        };
        assert_eq!(
            read(&answer(429, &[("retry-after", "3")], r#"{"parameters":{"retry_after":17}}"#)),
            wait(17.0)
        );
        assert_eq!(read(&answer(429, &[("retry-after", "3")], "no JSON")), wait(3.0));
        assert_eq!(read(&answer(429, &[], "")), wait(SOME_WAIT.as_secs_f64()));
        assert_eq!(read(&answer(429, &[("retry-after", "1e300")], "")), wait(3_600.0));
        assert_eq!(read(&answer(429, &[("retry-after", "-5")], "")), wait(SOME_WAIT.as_secs_f64()));
    }

    #[test]
    fn an_answer_that_is_none_of_telegrams_delivers_nothing() {
        let read = |status, body| bot(settings()).read(&answer(status, &[], body), None);
        assert!(matches!(read(200, "<html>log in</html>"), Outcome::Failed { .. }));
        assert!(
            matches!(read(200, r#"{"ok":true,"result":{"message_id":5}}"#), Outcome::Delivered { id: Some(id), .. } if id == "5")
        );
        assert!(matches!(
            read(400, r#"{"description":"Bad Request: chat not found"}"#),
            Outcome::Stopped { .. }
        ));
        let no_topic = r#"{"description":"Bad Request: message thread not found"}"#;
        assert!(matches!(read(400, no_topic), Outcome::Stopped { .. }));
        assert!(matches!(
            read(400, r#"{"description":"Bad Request: can't parse"}"#),
            Outcome::Rejected { .. }
        ));
        assert!(matches!(read(403, "{}"), Outcome::Stopped { .. }));
        assert!(matches!(read(502, "{}"), Outcome::Failed { .. }));
    }
}
