//! ntfy: a message to a topic, as JSON.

use logger_core::{Level, Secret};
use serde_json::json;
use url::Url;

use super::{Outcome, Service, Target, by_status};
use crate::{
    alert::Sound,
    engine::bucket::Bucket,
    error::AlertError,
    http::{Answer, HttpRequest, Method, Network},
    text::{Content, Message, cut_utf8, head, sign},
};

/// A message to a topic of ntfy, at <https://ntfy.sh> or a server of one's own.
///
/// ```
/// use logger_telegram::Ntfy;
///
/// let target = Ntfy::new("https://ntfy.sh", "my-secret-topic").token("tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2");
/// ```
#[derive(Debug, Clone)]
pub struct Ntfy {
    server: String,
    topic: Secret<String>,
    token: Option<Secret<String>>,
}

/// What is longer becomes an attachment: <https://docs.ntfy.sh/publish/#limitations>, in bytes.
const MAX_MESSAGE: usize = 4_096;
/// What of it the event may take, so that there is room for the rest.
const MAX_EVENT: usize = 2_500;
/// Alerts in one message: each has 400 bytes at least.
const MOST_TOGETHER: usize = 10;

impl Ntfy {
    /// A topic of a server. Where a topic is all that is needed to read it, its name is a secret.
    pub fn new(server: &str, topic: impl Into<String>) -> Self {
        Ntfy { server: server.to_owned(), topic: Secret::new(topic.into()), token: None }
    }

    /// An access token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(Secret::new(token.into()));
        self
    }
}

impl From<Ntfy> for Target {
    fn from(ntfy: Ntfy) -> Self {
        Target {
            name: "ntfy".into(),
            make: Box::new(move |network| Ok(Box::new(Topic::new(ntfy, network)?))),
        }
    }
}

struct Topic {
    settings: Ntfy,
    plain: HttpRequest,
    url: Url,
}

impl Topic {
    fn new(settings: Ntfy, network: &Network) -> Result<Self, AlertError> {
        let url = network.check("ntfy", &settings.server)?;
        let topic = settings.topic.expose();
        let is_topic = (1..=64).contains(&topic.len())
            && topic.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
        if !is_topic {
            let what = "the topic is not 1 to 64 letters, digits, `-` and `_`".into();
            return Err(AlertError::Setting { target: "ntfy".into(), what });
        }
        let mut plain = HttpRequest::json(Method::Post, &url, String::new());
        if let Some(token) = &settings.token {
            plain = plain.given_header("ntfy", "authorization", &format!("Bearer {}", token.expose()))?;
        }
        Ok(Topic { settings, plain, url })
    }
}

impl Service for Topic {
    fn secrets(&self) -> Vec<String> {
        let token = self.settings.token.iter().map(|it| it.expose().clone());
        token.chain([self.settings.topic.expose().clone()]).collect()
    }

    fn buckets(&self) -> Vec<Bucket> {
        Vec::new()
    }

    fn account(&self) -> String {
        format!("ntfy {}", self.url)
    }

    fn address(&self) -> &Url {
        &self.url
    }

    fn identity(&self) -> String {
        let token = self.settings.token.as_ref().map(Secret::expose);
        format!("ntfy {} {} {token:?}", self.url, self.settings.topic.expose())
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn most_together(&self) -> usize {
        MOST_TOGETHER
    }

    fn request(&self, messages: &[Message<'_>], _posted: Option<&str>) -> HttpRequest {
        let mut text = String::new();
        for (at, message) in messages.iter().enumerate() {
            let left = messages.len() - at;
            if at > 0 {
                text.push_str("\n\n");
            }
            let share = (MAX_MESSAGE - text.len()) / left;
            let mut part = one(message, share);
            if messages.len() > 1 {
                part = format!("{}\n{part}", head(message, at, messages.len()));
            }
            // what one does not need is for those after it; room for the line between
            text.push_str(&cut_utf8(&part, if left > 1 { share - 2 } else { share }));
        }
        let title = match messages {
            [first, rest @ ..] if !rest.is_empty() => {
                let level = first.alert.level.as_upper_str();
                format!("{} {level} and {} more", sign(first.alert.level), rest.len())
            }
            _ => messages.iter().map(|it| head(it, 0, 1)).collect(),
        };
        let body = json!({
            "topic": self.settings.topic.expose(),
            "title": title,
            "message": text,
            "priority": messages.iter().map(priority_of).max(),
        });
        self.plain.clone().body(body.to_string())
    }

    fn read(&self, answer: &Answer, _posted: Option<&str>) -> Outcome {
        by_status(answer)
    }
}

fn one(message: &Message<'_>, share: usize) -> String {
    let content = Content::of(message);
    let fields = content.fields.iter().map(|(key, value)| format!("{key}: {value}\n")).collect::<String>();
    let event = cut_utf8(&content.event, MAX_EVENT * share / MAX_MESSAGE);
    format!("{event}\n{}\n{fields}{}", content.notes.join("\n"), content.origin)
}

fn priority_of(message: &Message<'_>) -> u8 {
    if message.alert.delivery.sound == Sound::Off { 2 } else { priority(message.alert.level) }
}

const fn priority(level: Level) -> u8 {
    match level {
        Level::Critical => 5,
        Level::Error => 4,
        Level::Warning => 3,
        Level::Info | Level::Debug | Level::Trace => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        target::testing::{body_in, body_of, message_of, record_of},
        text::Form,
    };

    fn topic() -> Topic {
        Topic::new(Ntfy::new("https://ntfy.sh", "topic"), &Network::default()).unwrap()
    }

    #[test]
    fn a_message_is_within_its_bytes_and_has_room_for_more_than_the_event() {
        let long = "😀€".repeat(1_000);
        let fields = (0..4).map(|n| (format!("key {n}"), long.clone()));
        let body = body_of(&topic(), &record_of(Level::Critical, &long, fields));
        let message = body["message"].as_str().unwrap();
        assert!((MAX_MESSAGE - 4..=MAX_MESSAGE).contains(&message.len()), "{}", message.len());
        assert!(message.contains("key 0: 😀"), "{message}");
    }

    #[test]
    fn a_level_is_a_priority_and_a_rule_without_sound_has_none() {
        let mut alert = message_of(Level::Critical, "a", "b");
        let of = |level| body_of(&topic(), &message_of(level, "a", "b"))["priority"].clone();
        assert_eq!([Level::Critical, Level::Error, Level::Warning, Level::Info].map(of), [5, 4, 3, 2]);
        alert.delivery.sound = Sound::Off;
        assert_eq!(body_of(&topic(), &alert)["priority"], 2);
    }

    #[test]
    fn a_bare_message_is_level_and_event_in_ascii() {
        let bare = body_in(&topic(), &message_of(Level::Critical, "ä", "x"), Form::Bare);
        assert_eq!(bare["message"], "?\n1970-01-01 00:00:00 UTC\nbot on host, src/expert.rs:12");
    }

    #[test]
    fn a_topic_is_letters_digits_and_two_signs() {
        let is_taken =
            |topic: &str| Topic::new(Ntfy::new("https://ntfy.sh", topic), &Network::default()).is_ok();
        assert!(is_taken("My-secret_topic7") && is_taken(&"x".repeat(64)));
        for topic in ["", "a/b", "a b", "ä", "a?x=y", "x".repeat(65).as_str()] {
            assert!(!is_taken(topic), "{topic}");
        }
    }
}
