//! Discord: a webhook that shows the record as an embed.

use logger_core::{Level, Secret};
use serde_json::{Value, json};
use url::Url;

use super::{Outcome, Pause, SOME_WAIT, Scope, Service, Target, by_status, retry_after, wait_of};
use crate::{
    alert::Sound,
    engine::bucket::Bucket,
    error::AlertError,
    http::{Answer, HttpRequest, Method, Network},
    text::{Content, Form, Message, cut_utf16, head, utf16_len},
};

/// A message by a webhook of Discord.
///
/// Nobody is mentioned, whatever a record contains, and what comes from it stands in code, where Discord knows no markup
/// and makes no links.
///
/// ```
/// use logger_telegram::Discord;
///
/// let target = Discord::new("https://discord.com/api/webhooks/123/abc").thread("456");
/// ```
#[derive(Debug, Clone)]
pub struct Discord {
    url: Secret<String>,
    thread: Option<String>,
}

/// <https://discord.com/developers/docs/resources/message#embed-object-embed-limits>, in UTF-16 units.
const MAX_CONTENT: usize = 2_000;
const MAX_DESCRIPTION: usize = 4_096;
const MAX_FIELDS: usize = 25;
const MAX_NAME: usize = 256;
const MAX_VALUE: usize = 1_024;
const MAX_FOOTER: usize = 2_048;
const MAX_TOTAL: usize = 6_000;
/// What of them the event may take, so that there is room for the rest.
const MAX_EVENT: usize = 2_500;
/// Embeds of a message.
const MAX_EMBEDS: usize = 10;
/// The flag `SUPPRESS_NOTIFICATIONS` of a message.
const SILENT: u64 = 1 << 12;

impl Discord {
    /// A webhook by its address, as Discord shows it.
    pub fn new(url: impl Into<String>) -> Self {
        Discord { url: Secret::new(url.into()), thread: None }
    }

    /// The thread of the channel, as `thread_id`.
    #[must_use]
    pub fn thread(mut self, id: &str) -> Self {
        self.thread = Some(id.to_owned());
        self
    }
}

impl From<Discord> for Target {
    fn from(discord: Discord) -> Self {
        Target {
            name: "discord".into(),
            make: Box::new(move |network| Ok(Box::new(Hook::new(discord, network)?))),
        }
    }
}

struct Hook {
    base: Url,
    thread: Option<String>,
}

impl Hook {
    fn new(settings: Discord, network: &Network) -> Result<Self, AlertError> {
        let wrong = |what: &str| AlertError::Setting { target: "discord".into(), what: what.to_owned() };
        let mut base = network.check("discord", settings.url.expose())?;
        let parts: Vec<&str> =
            base.path_segments().into_iter().flatten().filter(|it| !it.is_empty()).collect();
        if !matches!(parts.as_slice(), [.., "webhooks", id, _] if id.bytes().all(|it| it.is_ascii_digit())) {
            return Err(wrong(
                "the address is not of the form `https://discord.com/api/webhooks/<number>/<token>`",
            ));
        }
        if let Some(thread) = &settings.thread
            && (thread.is_empty() || !thread.bytes().all(|it| it.is_ascii_digit()))
        {
            return Err(wrong("the thread is not a number"));
        }
        base.set_query(None);
        base.set_fragment(None);
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        Ok(Hook { base, thread: settings.thread })
    }

    /// The webhook, or one of its messages.
    fn url(&self, posted: Option<&str>) -> Url {
        let mut url = self.base.clone();
        if let (Some(id), Ok(mut path)) = (posted, url.path_segments_mut()) {
            path.extend(["messages", id]);
        }
        if posted.is_none() {
            url.query_pairs_mut().append_pair("wait", "true");
        }
        if let Some(thread) = &self.thread {
            url.query_pairs_mut().append_pair("thread_id", thread);
        }
        url
    }
}

impl Service for Hook {
    fn secrets(&self) -> Vec<String> {
        let token = self.base.path_segments().into_iter().flatten().next_back().unwrap_or_default();
        vec![self.base.as_str().to_owned(), token.to_owned()]
    }

    /// None is published; the headers of each answer tell.
    fn buckets(&self) -> Vec<Bucket> {
        Vec::new()
    }

    fn account(&self) -> String {
        format!("discord {}", self.base)
    }

    fn address(&self) -> &Url {
        &self.base
    }

    fn identity(&self) -> String {
        format!("discord {} {:?}", self.base, self.thread)
    }

    fn can_edit(&self) -> bool {
        true
    }

    fn most_together(&self) -> usize {
        MAX_EMBEDS
    }

    fn request(&self, messages: &[Message<'_>], posted: Option<&str>) -> HttpRequest {
        let method = if posted.is_some() { Method::Patch } else { Method::Post };
        let mut body = body(messages);
        if posted.is_none() && messages.iter().all(|it| it.alert.delivery.sound == Sound::Off) {
            body["flags"] = json!(SILENT);
        }
        HttpRequest::json(method, &self.url(posted), body.to_string())
    }

    fn read(&self, answer: &Answer, posted: Option<&str>) -> Outcome {
        let body = answer.json();
        match answer.status {
            429 => {
                let wait = body["retry_after"].as_f64().and_then(wait_of);
                let global = body["global"] == true || answer.header("x-ratelimit-global").is_some();
                let scope = if global { Scope::Account } else { Scope::Target };
                Outcome::RetryAfter { wait: wait.or_else(|| retry_after(answer)).unwrap_or(SOME_WAIT), scope }
            }
            200..=299 => Outcome::Delivered {
                id: body["id"].as_str().or(posted).map(str::to_owned),
                pause: pause(answer),
            },
            // the message, not the webhook
            404 if body["code"] == 10_008 => Outcome::CannotEdit,
            400 if posted.is_some() => Outcome::CannotEdit,
            _ => by_status(answer),
        }
    }
}

/// How long the bucket of the webhook is empty, or has the last message in it.
fn pause(answer: &Answer) -> Pause {
    let header = |name: &str| answer.header(name).map(str::trim);
    let reset = header("x-ratelimit-reset-after").and_then(|it| it.parse().ok()).and_then(wait_of);
    match (header("x-ratelimit-remaining"), reset) {
        (Some("0"), Some(reset)) => Pause::All(reset),
        (Some("1"), Some(reset)) => Pause::Repeats(reset),
        _ => Pause::None,
    }
}

fn body(messages: &[Message<'_>]) -> Value {
    let all: Vec<(&Message<'_>, Content)> = messages.iter().map(|it| (it, Content::of(it))).collect();
    // with some room for signs and levels, so that nothing is cut within its code
    let max = (MAX_CONTENT / all.len() - 50).min(200);
    let line = |(at, (message, content)): (usize, &(&Message<'_>, Content))| {
        format!("**{}** {}", head(message, at, all.len()), inline(&content.event, max))
    };
    let lines: Vec<String> = all.iter().enumerate().map(line).collect();
    let mut body =
        json!({ "content": cut_utf16(&lines.join("\n"), MAX_CONTENT), "allowed_mentions": { "parse": [] } });
    if messages.iter().all(|it| it.form == Form::Full) {
        let share = MAX_TOTAL / all.len();
        body["embeds"] = all.iter().map(|(message, content)| embed(message, content, share)).collect();
    }
    body
}

/// `share`: what it may have of the room that all embeds share.
fn embed(message: &Message<'_>, content: &Content, share: usize) -> Value {
    let of_share = |max: usize| max * share / MAX_TOTAL;
    let footer = cut_utf16(&content.origin, MAX_FOOTER.min(of_share(500).max(100)));
    let notes = content.notes.join("\n");
    let event = format!("```\n{}\n```", cut_utf16(&without_fence(&content.event), of_share(MAX_EVENT)));
    let description = cut_utf16(&format!("{event}\n{notes}"), MAX_DESCRIPTION);
    let mut left = share.saturating_sub(utf16_len(&footer) + utf16_len(&description));
    let mut fields = Vec::new();
    for (key, value) in content.fields.iter().take(MAX_FIELDS) {
        let (name, value) = (name(key), inline(value, MAX_VALUE));
        let size = utf16_len(&name) + utf16_len(&value);
        if size > left {
            break;
        }
        left -= size;
        fields.push(json!({ "name": name, "value": value, "inline": utf16_len(&value) < 30 }));
    }
    json!({
        "color": color(message.alert.level),
        "description": description,
        "fields": fields,
        "footer": { "text": footer },
        "timestamp": message.first.to_string(),
    })
}

/// Inline code of at most `max` units, also around backticks: two of them around, none of more than one inside.
fn inline(text: &str, max: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = cut_utf16(&text.replace("``", "`\u{200b}`").replace("``", "`\u{200b}`"), max - 6);
    if text.is_empty() { "`` ``".into() } else { format!("`` {text} ``") }
}

/// The name of a field has markup as well.
fn name(key: &str) -> String {
    inline(key, MAX_NAME)
}

/// A text that does not end the block of code around it.
fn without_fence(text: &str) -> String {
    text.replace("``", "`\u{200b}`").replace("``", "`\u{200b}`")
}

const fn color(level: Level) -> u32 {
    match level {
        Level::Critical => 0x00b7_1c1c,
        Level::Error => 0x00ef_6c00,
        Level::Warning => 0x00f9_a825,
        Level::Info => 0x0015_65c0,
        Level::Debug | Level::Trace => 0x0075_7575,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::target::testing::{answer, body_of, message_of, record_of};

    fn hook() -> Hook {
        let settings = Discord::new("https://discord.com/api/webhooks/77/secrethooktoken/?x=1#y").thread("5");
        Hook::new(settings, &Network::default()).unwrap()
    }

    /// What Discord counts of an embed.
    fn size(embed: &Value) -> usize {
        let fields = embed["fields"].as_array().unwrap().iter().flat_map(|it| [&it["name"], &it["value"]]);
        let texts = fields.chain([&embed["description"], &embed["footer"]["text"]]);
        texts.map(|it| utf16_len(it.as_str().unwrap())).sum()
    }

    #[test]
    fn all_that_an_embed_has_is_within_each_limit_and_within_that_of_all() {
        let long = "😀 `a` ".repeat(400);
        let many = record_of(Level::Critical, &long, (0..15).map(|n| (format!("key {n}"), long.clone())));
        let body = body_of(&hook(), &many);
        let embed = &body["embeds"][0];
        assert!(utf16_len(body["content"].as_str().unwrap()) <= MAX_CONTENT);
        assert!(utf16_len(embed["description"].as_str().unwrap()) <= MAX_DESCRIPTION);
        assert!((MAX_TOTAL - MAX_VALUE - MAX_NAME..=MAX_TOTAL).contains(&size(embed)), "{}", size(embed));
        for field in embed["fields"].as_array().unwrap() {
            assert!(utf16_len(field["name"].as_str().unwrap()) <= MAX_NAME);
            assert!(utf16_len(field["value"].as_str().unwrap()) <= MAX_VALUE);
        }
        let short = record_of(Level::Critical, "a", (0..40).map(|n| (format!("key {n}"), "x".to_owned())));
        let body = body_of(&hook(), &short);
        assert_eq!(body["embeds"][0]["fields"].as_array().unwrap().len(), MAX_FIELDS);
    }

    #[test]
    fn nobody_is_mentioned_the_fate_is_waited_for_and_the_colour_is_that_of_the_level() {
        let (critical, warning) =
            (message_of(Level::Critical, "@everyone", "a"), message_of(Level::Warning, "a", "a"));
        let body = body_of(&hook(), &critical);
        assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
        assert_ne!(body["embeds"][0]["color"], body_of(&hook(), &warning)["embeds"][0]["color"]);
        let url = |posted| hook().url(posted).to_string();
        assert_eq!(url(None), "https://discord.com/api/webhooks/77/secrethooktoken?wait=true&thread_id=5");
        assert_eq!(
            url(Some("9")),
            "https://discord.com/api/webhooks/77/secrethooktoken/messages/9?thread_id=5"
        );
    }

    #[test]
    fn answers_mean_what_discord_says_that_they_mean() {
        let read = |status, headers: &[(&'static str, &str)], body| {
            hook().read(&answer(status, headers, body), None)
        };
        let wait = |seconds, scope| Outcome::RetryAfter { wait: Duration::from_millis(seconds), scope };
        assert_eq!(read(429, &[("retry-after", "9")], r#"{"retry_after":0.5}"#), wait(500, Scope::Target));
        assert_eq!(read(429, &[], r#"{"retry_after":0.5,"global":true}"#), wait(500, Scope::Account));
        assert_eq!(
            read(429, &[("x-ratelimit-global", "true"), ("retry-after", "2")], ""),
            wait(2_000, Scope::Account)
        );
        let empty = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset-after", "1.5")];
        let span = Duration::from_millis(1_500);
        let delivered = |pause| Outcome::Delivered { id: Some("8".into()), pause };
        assert_eq!(read(200, &empty, r#"{"id":"8"}"#), delivered(Pause::All(span)));
        let last = [("x-ratelimit-remaining", "1"), ("x-ratelimit-reset-after", "1.5")];
        assert_eq!(read(200, &last, r#"{"id":"8"}"#), delivered(Pause::Repeats(span)));
        let some = [("x-ratelimit-remaining", "2"), ("x-ratelimit-reset-after", "1.5")];
        assert_eq!(read(200, &some, r#"{"id":"8"}"#), delivered(Pause::None));
        assert_eq!(read(200, &[], r#"{"id":"8"}"#), delivered(Pause::None));
        assert!(matches!(read(404, &[], r#"{"code":10015}"#), Outcome::Stopped { .. }));
        assert_eq!(read(404, &[], r#"{"code":10008}"#), Outcome::CannotEdit);
        assert!(matches!(read(400, &[], r#"{"code":50035}"#), Outcome::Rejected { .. }));
        assert_eq!(hook().read(&answer(400, &[], r#"{"code":50035}"#), Some("8")), Outcome::CannotEdit);
    }

    #[test]
    fn an_origin_of_any_length_leaves_room_for_the_rest() {
        let mut long =
            record_of(Level::Critical, &"x".repeat(5_000), (0..9).map(|n| (n.to_string(), "y".repeat(900))));
        long.line = long
            .line
            .replace(r#""app_name":"bot""#, &format!(r#""app_name":"{}""#, "z".repeat(6_000)))
            .into();
        let body = body_of(&hook(), &long);
        let embed = &body["embeds"][0];
        assert!(utf16_len(embed["footer"]["text"].as_str().unwrap()) <= MAX_FOOTER);
        assert!(
            size(embed) <= MAX_TOTAL && !embed["fields"].as_array().unwrap().is_empty(),
            "{}",
            size(embed)
        );
    }

    #[test]
    fn an_address_or_thread_that_is_none_of_discords_is_refused_at_once_and_not_told() {
        let said = |url: &str, thread: &str| match Hook::new(
            Discord::new(url).thread(thread),
            &Network::default(),
        ) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        for url in [
            "https://discord.com/",
            "https://discord.com/api/webhooks/x/secret",
            "https://discord.com/secret",
        ] {
            let said = said(url, "5");
            assert!(said.contains("not of the form") && !said.contains("secret"), "{said}");
        }
        let url = "https://discord.com/api/webhooks/77/secret";
        for thread in ["", "5&wait=false", "x"] {
            assert!(said(url, thread).contains("the thread is not a number"), "{thread}");
        }
        assert_eq!(said(url, "5"), "");
    }
}
