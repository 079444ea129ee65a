//! Webhooks of Discord: <https://discord.com/developers/docs/resources/webhook#execute-webhook>.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    http::{Reply, Request},
    server::Options,
    state::{State, utf16},
};

/// Messages of a webhook, as its headers say.
const COUNT: usize = 5;
const PER: Duration = Duration::from_secs(2);

pub(crate) fn answer(request: &Request, state: &mut State, options: &Options) -> Reply {
    let parts: Vec<&str> = request.path.trim_start_matches("/api/webhooks/").split('/').collect();
    let (hook, message) = match parts.as_slice() {
        [id, token] => (format!("{id}/{token}"), None),
        [id, token, "messages", message] => (format!("{id}/{token}"), message.parse::<u64>().ok()),
        _ => return error(404, 0, "404: Not Found"),
    };
    if state.gone.contains(&hook) {
        if state.received.iter().any(|it| it.status == 404 && it.request.path == request.path) {
            state.complain("a webhook was used that had answered 404");
        }
        return error(404, 10_015, "Unknown Webhook");
    }
    let whom = format!("discord {hook}");
    if let Some(left) = state.has_not_waited(&whom).or_else(|| state.has_not_waited("discord")) {
        return limited(state, &whom, left, false);
    }
    let body = request.json();
    if let Err(why) = check(&body, request) {
        state.complain(format!("Discord has refused a message: {why}"));
        return error(400, 50_035, &format!("Invalid Form Body: {why}"));
    }
    if body["allowed_mentions"] != json!({ "parse": [] }) {
        state.complain("a message that may mention somebody");
    }
    if options.limits
        && let Some(seconds) = state.too_many(&whom, COUNT, PER)
    {
        return limited(state, &whom, seconds.max(0.1), false);
    }
    let id = match (request.method.as_str(), message) {
        ("POST", None) => {
            if request.parameter("wait") != Some("true") {
                state.complain("a message whose fate the sender does not wait for");
            }
            let place = match request.parameter("thread_id") {
                Some(thread) => format!("{hook}#{thread}"),
                None => hook.clone(),
            };
            let silent = body["flags"].as_u64().is_some_and(|flags| flags & 1 << 12 != 0);
            state.show("discord", place, text(&body), silent, made(&body))
        }
        ("PATCH", Some(id)) => {
            let found = state.shown.iter_mut().find(|it| it.service == "discord" && it.id == id);
            let Some(shown) = found else { return error(404, 10_008, "Unknown Message") };
            shown.text = text(&body);
            shown.made = made(&body);
            shown.edits += 1;
            id
        }
        _ => return error(405, 0, "405: Method Not Allowed"),
    };
    let used = state.times.get(&format!("{whom} {PER:?}")).map_or(0, |it| it.len());
    Reply::json(200, &json!({ "id": id.to_string() }))
        .header("x-ratelimit-limit", COUNT)
        .header("x-ratelimit-remaining", if options.limits { COUNT - used } else { COUNT })
        .header("x-ratelimit-reset-after", PER.as_secs_f64())
        .header("x-ratelimit-bucket", "hook")
}

/// Asks for a wait: the webhook, or everybody.
pub(crate) fn limited(state: &mut State, whom: &str, seconds: f64, global: bool) -> Reply {
    state.ask_to_wait(whom, seconds);
    let body = json!({ "message": "You are being rate limited.", "retry_after": seconds, "global": global });
    let reply = Reply::json(429, &body).header("retry-after", seconds.ceil());
    if global {
        reply.header("x-ratelimit-global", "true").header("x-ratelimit-scope", "global")
    } else {
        reply
            .header("x-ratelimit-remaining", 0)
            .header("x-ratelimit-reset-after", seconds)
            .header("x-ratelimit-scope", "user")
    }
}

fn error(status: u16, code: u32, message: &str) -> Reply {
    Reply::json(status, &json!({ "message": message, "code": code }))
}

fn check(body: &Value, request: &Request) -> Result<(), String> {
    if request.header("content-type") != Some("application/json") || !body.is_object() {
        return Err("no JSON object".into());
    }
    let none = Vec::new();
    let embeds = body["embeds"].as_array().unwrap_or(&none);
    let content = body["content"].as_str().unwrap_or_default();
    if content.trim().is_empty() && embeds.is_empty() {
        return Err("Cannot send an empty message".into());
    }
    within("content", content, 2_000)?;
    if embeds.len() > 10 {
        return Err("embeds: Must be 10 or fewer in length.".into());
    }
    let mut total = 0;
    for embed in embeds {
        total += check_embed(embed)?;
    }
    if total > 6_000 {
        return Err("embeds: Embed size exceeds maximum size of 6000".into());
    }
    Ok(())
}

fn check_embed(embed: &Value) -> Result<usize, String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut total = 0;
    let limits = [("title", 256), ("description", 4_096)];
    for (name, max) in limits {
        total += within(name, &text(&embed[name]), max)?;
    }
    total += within("footer.text", &text(&embed["footer"]["text"]), 2_048)?;
    total += within("author.name", &text(&embed["author"]["name"]), 256)?;
    let none = Vec::new();
    let fields = embed["fields"].as_array().unwrap_or(&none);
    if fields.len() > 25 {
        return Err("fields: Must be 25 or fewer in length.".into());
    }
    for field in fields {
        for (name, max) in [("name", 256), ("value", 1_024)] {
            let text = text(&field[name]);
            if text.trim().is_empty() {
                return Err(format!("fields.{name}: This field is required"));
            }
            total += within(name, &text, max)?;
        }
    }
    if embed["color"].as_u64().is_some_and(|color| color > 0xff_ffff) {
        return Err("color: out of range".into());
    }
    Ok(total)
}

fn within(name: &str, text: &str, max: usize) -> Result<usize, String> {
    let len = utf16(text);
    if len > max { Err(format!("{name}: Must be {max} or fewer in length.")) } else { Ok(len) }
}

fn text(body: &Value) -> String {
    let mut parts = vec![body["content"].as_str().unwrap_or_default().to_owned()];
    for embed in body["embeds"].as_array().into_iter().flatten() {
        parts
            .extend(["title", "description"].map(|name| embed[name].as_str().unwrap_or_default().to_owned()));
        for field in embed["fields"].as_array().into_iter().flatten() {
            let part = |name: &str| field[name].as_str().unwrap_or_default().to_owned();
            parts.push(format!("{}: {}", part("name"), part("value")));
        }
        parts.push(embed["footer"]["text"].as_str().unwrap_or_default().to_owned());
    }
    parts.retain(|it| !it.is_empty());
    parts.join("\n")
}

/// Links, mentions and markup that the apps would show, outside of code.
fn made(body: &Value) -> Vec<String> {
    let all = text(body);
    let outside = outside_of_code(&all);
    let marks = ["@everyone", "@here", "<@", "<#", "](", "http://", "https://", "~~", "||", "__"];
    marks.into_iter().filter(|mark| outside.contains(mark)).map(str::to_owned).collect()
}

/// A text without what stands between equal runs of backticks, as Markdown has it.
fn outside_of_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        out.push_str(&rest[..at]);
        let run = rest[at..].len() - rest[at..].trim_start_matches('`').len();
        let fence = &rest[at..at + run];
        let inner = &rest[at + run..];
        match find_run(inner, run) {
            Some(end) => rest = &inner[end + run..],
            None => {
                out.push_str(fence);
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Where a run of just so many backticks begins; a fence of three ends at any three.
fn find_run(text: &str, run: usize) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = text[at..].find('`') {
        let start = at + found;
        let len = text[start..].len() - text[start..].trim_start_matches('`').len();
        if len == run || (run == 3 && len > 3) {
            return Some(start);
        }
        at = start + len;
    }
    None
}
