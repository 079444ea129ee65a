//! The Bot API: <https://core.telegram.org/bots/api>.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    http::{Reply, Request},
    server::Options,
    state::{State, utf16},
};

const MAX_TEXT: usize = 4_096;
const MAX_ENTITIES: usize = 100;
const KNOWN: [&str; 9] = [
    "chat_id",
    "text",
    "entities",
    "parse_mode",
    "link_preview_options",
    "disable_notification",
    "message_thread_id",
    "message_id",
    "protect_content",
];

pub(crate) fn answer(request: &Request, state: &mut State, options: &Options) -> Reply {
    let mut parts = request.path.trim_start_matches("/bot").splitn(2, '/');
    let (token, method) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if state.gone.contains(token) || !token.contains(':') {
        return error(401, "Unauthorized");
    }
    let bot = format!("telegram {token}");
    if let Some(left) = state.has_not_waited(&bot) {
        // who does not wait waits longer
        return flood(state, &bot, left.ceil() + 1.0);
    }
    let body = request.json();
    if request.header("content-type") != Some("application/json") || !body.is_object() {
        return error(400, "Bad Request: the body is no JSON object");
    }
    let unknown =
        body.as_object().and_then(|it| it.keys().find(|key| !KNOWN.contains(&key.as_str()))).cloned();
    if let Some(unknown) = unknown {
        state.complain(format!("Telegram knows no parameter `{unknown}`"));
    }
    let chat = match &body["chat_id"] {
        Value::Number(id) => id.to_string(),
        Value::String(name) => name.clone(),
        _ => return error(400, "Bad Request: chat_id is empty"),
    };
    if chat == "404" {
        return error(400, "Bad Request: chat not found");
    }
    let made = match check_text(&body) {
        Ok(made) => made,
        Err(why) => {
            state.complain(format!("Telegram has refused a text: {why}"));
            return error(400, &format!("Bad Request: {why}"));
        }
    };
    if let Some(reply) = limit(state, &bot, &chat, options) {
        return reply;
    }
    match method {
        "sendMessage" => send(&body, chat, made, state),
        "editMessageText" => edit(&body, &chat, made, state),
        _ => error(404, "Not Found"),
    }
}

fn send(body: &Value, chat: String, made: Vec<String>, state: &mut State) -> Reply {
    let silent = body["disable_notification"] == true;
    let place = match body["message_thread_id"].as_i64() {
        Some(topic) => format!("{chat}/{topic}"),
        None => chat,
    };
    let id = state.show("telegram", place, text(body), silent, made);
    Reply::json(200, &json!({ "ok": true, "result": { "message_id": id, "text": text(body) } }))
}

fn edit(body: &Value, chat: &str, made: Vec<String>, state: &mut State) -> Reply {
    let id = body["message_id"].as_u64();
    let found = state
        .shown
        .iter_mut()
        .find(|it| it.service == "telegram" && Some(it.id) == id && it.place.split('/').next() == Some(chat));
    let Some(shown) = found else { return error(400, "Bad Request: message to edit not found") };
    if shown.text == text(body) {
        return error(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup are exactly the same",
        );
    }
    shown.text = text(body);
    shown.made = made;
    shown.edits += 1;
    Reply::json(200, &json!({ "ok": true, "result": { "message_id": id, "text": text(body) } }))
}

fn text(body: &Value) -> String {
    body["text"].as_str().unwrap_or_default().trim_end().to_owned()
}

/// One message a second in a chat, twenty a minute in a group.
fn limit(state: &mut State, bot: &str, chat: &str, options: &Options) -> Option<Reply> {
    if !options.limits {
        return None;
    }
    let place = format!("{bot} {chat}");
    let mut wait = state.too_many(&place, 1, Duration::from_secs(1));
    if wait.is_none() && chat.starts_with(['-', '@']) {
        wait = state.too_many(&place, 20, Duration::from_secs(60));
    }
    wait.map(|seconds| flood(state, bot, seconds.ceil().max(1.0)))
}

/// The whole bot waits.
pub(crate) fn flood(state: &mut State, bot: &str, seconds: f64) -> Reply {
    state.ask_to_wait(bot, seconds);
    let seconds = seconds.ceil() as u64;
    let body = json!({
        "ok": false,
        "error_code": 429,
        "description": format!("Too Many Requests: retry after {seconds}"),
        "parameters": { "retry_after": seconds },
    });
    Reply::json(429, &body).header("retry-after", seconds)
}

fn error(status: u16, description: &str) -> Reply {
    Reply::json(status, &json!({ "ok": false, "error_code": status, "description": description }))
}

/// Returns what is not plain in a text: what the service makes links and mentions of by itself, outside of `code` and `pre`.
fn check_text(body: &Value) -> Result<Vec<String>, String> {
    let text = body["text"].as_str().ok_or("message text is empty")?;
    if text.trim().is_empty() {
        return Err("message text is empty".into());
    }
    if utf16(text) > MAX_TEXT {
        return Err("message is too long".into());
    }
    let mut made = Vec::new();
    if let Some(mode) = body["parse_mode"].as_str() {
        made.push(format!("parse_mode {mode}"));
    }
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut plain = vec![true; units.len()];
    let none = Vec::new();
    let entities = body["entities"].as_array().unwrap_or(&none);
    if entities.len() > MAX_ENTITIES {
        return Err("too many entities".into());
    }
    for entity in entities {
        let kind = entity["type"].as_str().unwrap_or_default();
        let offset = entity["offset"].as_u64().ok_or("can't parse entities: no offset")? as usize;
        let length = entity["length"].as_u64().ok_or("can't parse entities: no length")? as usize;
        let end = offset + length;
        if length == 0 || end > units.len() {
            return Err(format!("can't parse entities: {offset} to {end} of {}", units.len()));
        }
        let splits = |at: usize| at < units.len() && (0xdc00..0xe000).contains(&units[at]);
        if splits(offset) || splits(end) {
            return Err("can't parse entities: one begins or ends in the middle of a character".into());
        }
        match kind {
            "code" | "pre" => plain[offset..end].fill(false),
            "bold" | "italic" => {}
            "text_link" | "text_mention" | "mention" | "url" => made.push(kind.to_owned()),
            _ => return Err(format!("can't parse entities: unsupported type {kind}")),
        }
    }
    if !body["link_preview_options"]["is_disabled"].as_bool().unwrap_or(false)
        && made_of(text).next().is_some()
    {
        made.push("link preview".into());
    }
    let visible: Vec<u16> =
        units.iter().zip(&plain).map(|(&unit, &plain)| if plain { unit } else { u16::from(b' ') }).collect();
    made.extend(made_of(&String::from_utf16_lossy(&visible)).map(str::to_owned));
    Ok(made)
}

/// What the apps turn into something to tap.
fn made_of(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().filter(|word| {
        let word = word.trim_matches(|it: char| !it.is_alphanumeric() && !"@/#".contains(it));
        let domain = word.split(['/', ':', '?']).next().unwrap_or_default();
        let ends_like_a_host = domain.rsplit_once('.').is_some_and(|(host, top)| {
            !host.is_empty() && top.len() >= 2 && top.bytes().all(|it| it.is_ascii_alphabetic())
        });
        word.contains("://")
            || ends_like_a_host
            || (word.len() > 1
                && word.starts_with(['@', '/', '#'])
                && word[1..].starts_with(|it: char| it.is_alphabetic()))
    })
}
