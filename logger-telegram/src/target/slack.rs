//! Slack: an incoming webhook, blocks of plain text.

use std::time::Duration;

use logger_core::Secret;
use serde_json::{Value, json};
use url::Url;

use super::{Outcome, Service, Target, by_status};
use crate::{
    engine::bucket::Bucket,
    error::AlertError,
    http::{Answer, HttpRequest, Method, Network},
    text::{Content, Form, Message, cut_utf16, head},
};

/// A message by an incoming webhook of Slack, or of what understands the same, such as Mattermost.
///
/// ```
/// use logger_telegram::Slack;
///
/// let target = Slack::new("https://hooks.slack.com/services/T0/B0/abc");
/// ```
#[derive(Debug, Clone)]
pub struct Slack {
    url: Secret<String>,
}

/// <https://docs.slack.dev/apis/web-api/rate-limits>.
const PER_SECOND: (usize, Duration) = (1, Duration::from_secs(1));
/// <https://docs.slack.dev/reference/block-kit/blocks>, in characters; counted in UTF-16 units, which are never fewer.
const MAX_HEADER: usize = 150;
const MAX_SECTION: usize = 3_000;
/// Of the text that stands in a notification.
const MAX_TEXT: usize = 500;
/// Alerts in one message: each has three blocks, of which 50 are allowed.
const MOST_TOGETHER: usize = 10;

impl Slack {
    /// A webhook by its address.
    pub fn new(url: impl Into<String>) -> Self {
        Slack { url: Secret::new(url.into()) }
    }
}

impl From<Slack> for Target {
    fn from(slack: Slack) -> Self {
        let make = move |network: &Network| -> Result<Box<dyn Service>, AlertError> {
            Ok(Box::new(Hook { url: network.check("slack", slack.url.expose())? }))
        };
        Target { name: "slack".into(), make: Box::new(make) }
    }
}

struct Hook {
    url: Url,
}

impl Service for Hook {
    fn secrets(&self) -> Vec<String> {
        let token = self.url.path_segments().into_iter().flatten().next_back().unwrap_or_default();
        vec![self.url.as_str().to_owned(), token.to_owned()]
    }

    fn buckets(&self) -> Vec<Bucket> {
        vec![Bucket::new(PER_SECOND.0, PER_SECOND.1)]
    }

    fn account(&self) -> String {
        format!("slack {}", self.url)
    }

    fn address(&self) -> &Url {
        &self.url
    }

    fn identity(&self) -> String {
        self.account()
    }

    fn can_edit(&self) -> bool {
        false
    }

    fn most_together(&self) -> usize {
        MOST_TOGETHER
    }

    fn request(&self, messages: &[Message<'_>], _posted: Option<&str>) -> HttpRequest {
        HttpRequest::json(Method::Post, &self.url, body(messages).to_string())
    }

    fn read(&self, answer: &Answer, _posted: Option<&str>) -> Outcome {
        by_status(answer)
    }
}

fn body(messages: &[Message<'_>]) -> Value {
    let (mut lines, mut blocks) = (Vec::new(), Vec::new());
    for (at, message) in messages.iter().enumerate() {
        let content = Content::of(message);
        let head = head(message, at, messages.len());
        lines.push(format!("{head}: {}", content.event));
        if message.form == Form::Full {
            // a message of several stays one that can be read
            blocks.extend(blocks_of(&head, &content, (2 * MAX_SECTION / messages.len()).min(MAX_SECTION)));
        }
    }
    let share = MAX_TEXT / lines.len().max(1);
    let text = lines.iter().map(|line| escaped(&cut_utf16(line, share))).collect::<Vec<_>>().join("\n");
    let mut body = json!({ "text": text, "mrkdwn": false, "unfurl_links": false, "unfurl_media": false });
    if !blocks.is_empty() {
        body["blocks"] = blocks.into();
    }
    body
}

fn blocks_of(head: &str, content: &Content, max: usize) -> [Value; 3] {
    let fields = content.fields.iter().map(|(key, value)| format!("{key}: {value}\n")).collect::<String>();
    let details = format!("{}\n{fields}{}", content.notes.join("\n"), content.origin);
    [
        json!({ "type": "header", "text": plain(head, MAX_HEADER) }),
        json!({ "type": "section", "text": plain(&content.event, max) }),
        json!({ "type": "section", "text": plain(details.trim_matches('\n'), max) }),
    ]
}

fn plain(text: &str, max: usize) -> Value {
    let text = cut_utf16(text, max);
    json!({ "type": "plain_text", "text": if text.is_empty() { "–" } else { &text }, "emoji": false })
}

/// The three characters by which mentions and links begin: <https://docs.slack.dev/messaging/formatting-message-text#escaping>.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use logger_core::Level;

    use super::*;
    use crate::{
        target::testing::{body_in, body_of, message_of, record_of},
        text::utf16_len,
    };

    fn hook() -> Hook {
        Hook { url: Url::parse("https://hooks.slack.com/services/T/B/secret").unwrap() }
    }

    #[test]
    fn every_text_is_within_its_limit_and_none_is_empty() {
        let long = "😀 <!channel> & ".repeat(300);
        let fields = (0..4).map(|n| (format!("key {n}"), long.clone()));
        let body = body_of(&hook(), &record_of(Level::Critical, &long, fields));
        // an escaped character may be five
        assert!(utf16_len(body["text"].as_str().unwrap()) <= MAX_TEXT * 5);
        let texts = body["blocks"].as_array().unwrap().iter().map(|it| it["text"]["text"].as_str().unwrap());
        let lengths: Vec<usize> = texts.map(utf16_len).collect();
        assert!(
            lengths[0] <= MAX_HEADER
                && lengths[1..].iter().all(|it| (MAX_SECTION - 1..=MAX_SECTION).contains(it)),
            "{lengths:?}"
        );
        let mut nothing = message_of(Level::Critical, "a", "b");
        nothing.line = "{}".into();
        let body = body_of(&hook(), &nothing);
        assert!(body["blocks"].as_array().unwrap().iter().all(|it| it["text"]["text"] != ""), "{body}");
    }

    #[test]
    fn nothing_is_made_of_a_text() {
        let body =
            body_of(&hook(), &message_of(Level::Critical, "<!channel> <https://evil.example|x> & *b*", "x"));
        let said = "🔴 CRITICAL: &lt;!channel&gt; &lt;https://evil.example|x&gt; &amp; *b*";
        assert_eq!(body["text"], said);
        for (key, value) in [("mrkdwn", false), ("unfurl_links", false), ("unfurl_media", false)] {
            assert_eq!(body[key], value, "{key}");
        }
        for block in body["blocks"].as_array().unwrap() {
            assert_eq!(
                (&block["text"]["type"], &block["text"]["emoji"]),
                (&json!("plain_text"), &json!(false))
            );
        }
        let bare = body_in(&hook(), &message_of(Level::Critical, "ä", "x"), Form::Bare);
        assert_eq!((&bare["text"], &bare["blocks"]), (&json!("🔴 CRITICAL: ?"), &Value::Null));
    }
}
