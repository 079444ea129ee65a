//! Incoming webhooks of Slack: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>.

use std::time::Duration;

use serde_json::Value;

use crate::{
    http::{Reply, Request},
    server::Options,
    state::State,
};

pub(crate) fn answer(request: &Request, state: &mut State, options: &Options) -> Reply {
    let whom = format!("slack {}", request.path);
    if state.gone.contains(&request.path) {
        return Reply::text(404, "no_service");
    }
    if let Some(left) = state.has_not_waited(&whom) {
        return wait(state, &request.path, left);
    }
    let body = request.json();
    if let Err(why) = check(&body) {
        state.complain(format!("Slack has refused a message: {why}"));
        return Reply::text(400, "invalid_blocks");
    }
    if options.limits
        && let Some(seconds) = state.too_many(&whom, 1, Duration::from_secs(1))
    {
        return wait(state, &request.path, seconds.max(0.1));
    }
    let (text, made) = shown(&body);
    state.show("slack", request.path.clone(), text, false, made);
    Reply::text(200, "ok")
}

pub(crate) fn wait(state: &mut State, path: &str, seconds: f64) -> Reply {
    let seconds = seconds.ceil();
    state.ask_to_wait(&format!("slack {path}"), seconds);
    Reply::text(429, "rate_limited").header("retry-after", seconds)
}

fn check(body: &Value) -> Result<(), String> {
    let none = Vec::new();
    let blocks = body["blocks"].as_array().unwrap_or(&none);
    if blocks.len() > 50 {
        return Err("more than 50 blocks".into());
    }
    if body["text"].as_str().is_none_or(|it| it.trim().is_empty()) {
        return Err("no_text".into());
    }
    for block in blocks {
        let max = match block["type"].as_str() {
            Some("header") => 150,
            Some("section") => 3_000,
            other => return Err(format!("a block of type {other:?}")),
        };
        let text = block["text"]["text"].as_str().unwrap_or_default();
        if text.is_empty() || text.chars().count() > max {
            return Err(format!("a text of {} characters in a block", text.chars().count()));
        }
    }
    Ok(())
}

fn shown(body: &Value) -> (String, Vec<String>) {
    let mut texts = vec![body["text"].as_str().unwrap_or_default().to_owned()];
    let mut made = Vec::new();
    if body["mrkdwn"] != false {
        made.push("mrkdwn in the text".to_owned());
    }
    if texts[0].contains("<!") || texts[0].contains("<@") || texts[0].contains("<http") {
        made.push("a mention or link in the text".to_owned());
    }
    for block in body["blocks"].as_array().into_iter().flatten() {
        if block["text"]["type"] != "plain_text" || block["text"]["emoji"] == true {
            made.push("markup in a block".to_owned());
        }
        texts.push(block["text"]["text"].as_str().unwrap_or_default().to_owned());
    }
    (texts.join("\n"), made)
}
