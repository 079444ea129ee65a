//! ntfy, messages as JSON: <https://docs.ntfy.sh/publish/#publish-as-json>.

use serde_json::{Value, json};

use crate::{
    http::{Reply, Request},
    state::State,
};

const MAX_MESSAGE: usize = 4_096;

pub(crate) fn answer(request: &Request, state: &mut State) -> Reply {
    if state.gone.contains("ntfy") {
        return error(403, 40_301, "forbidden");
    }
    if let Some(left) = state.has_not_waited("ntfy") {
        return wait(state, left);
    }
    let body = request.json();
    let topic = body["topic"].as_str().unwrap_or_default();
    let name = |it: char| it.is_ascii_alphanumeric() || it == '_' || it == '-';
    if topic.is_empty() || topic.len() > 64 || !topic.chars().all(name) {
        state.complain("a topic that ntfy does not take");
        return error(400, 40_009, "invalid request: topic invalid");
    }
    if !(1..=5).contains(&body["priority"].as_i64().unwrap_or(3)) {
        state.complain("a priority that ntfy does not know");
        return error(400, 40_007, "invalid priority parameter");
    }
    let message = body["message"].as_str().unwrap_or_default();
    if message.len() > MAX_MESSAGE {
        state.complain("a message that ntfy makes an attachment of");
    }
    let mut made = Vec::new();
    if body["markdown"] == true {
        made.push("markdown".to_owned());
    }
    for action in ["click", "actions", "attach", "icon"] {
        if body[action] != Value::Null {
            made.push(action.to_owned());
        }
    }
    let text = format!("{}\n{message}", body["title"].as_str().unwrap_or_default());
    let silent = body["priority"].as_i64().is_some_and(|it| it < 3);
    let id = state.show("ntfy", topic.to_owned(), text, silent, made);
    Reply::json(200, &json!({ "id": id.to_string(), "event": "message", "topic": topic }))
}

pub(crate) fn wait(state: &mut State, seconds: f64) -> Reply {
    state.ask_to_wait("ntfy", seconds);
    error(429, 42_901, "limit reached: too many requests").header("retry-after", seconds.ceil())
}

fn error(status: u16, code: u32, message: &str) -> Reply {
    Reply::json(status, &json!({ "code": code, "http": status, "error": message }))
}
