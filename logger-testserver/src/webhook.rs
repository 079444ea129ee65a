//! A webhook of one's own, signed as <https://www.standardwebhooks.com> describes.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha2::Sha256;

use crate::{
    http::{Reply, Request},
    server::Options,
    state::State,
};

pub(crate) fn answer(request: &Request, state: &mut State, options: &Options) -> Reply {
    let whom = format!("webhook {}", request.path);
    if state.gone.contains(&request.path) {
        return Reply::text(410, "Gone");
    }
    if let Some(left) = state.has_not_waited(&whom) {
        return wait(state, &request.path, left);
    }
    if request.method != "POST" {
        return Reply::text(405, "POST only");
    }
    let body = request.json();
    if request.header("content-type") != Some("application/json") || !body.is_object() {
        return Reply::text(400, "the body is no JSON object");
    }
    if let Some(secret) = &options.secret
        && let Err(why) = verify(request, secret.as_bytes())
    {
        state.complain(format!("a webhook's signature: {why}"));
        return Reply::json(401, &json!({ "error": why }));
    }
    let key = request.header("idempotency-key").unwrap_or_default().to_owned();
    if key.is_empty() {
        state.complain("a request without an idempotency key");
    } else if !state.keys.insert(key) {
        // it was there already: the same answer, and no second message
        return Reply::json(200, &json!({ "known": true }));
    }
    let record = &body["record"];
    let text = format!("{} ×{}", record["event"].as_str().unwrap_or_default(), body["count"]);
    let late = if body["late"] == true { " late" } else { "" };
    state.show("webhook", request.path.clone(), format!("{text}{late}"), false, Vec::new());
    Reply::json(200, &json!({}))
}

pub(crate) fn wait(state: &mut State, path: &str, seconds: f64) -> Reply {
    state.ask_to_wait(&format!("webhook {path}"), seconds);
    Reply::text(429, "slower").header("retry-after", seconds.ceil())
}

fn verify(request: &Request, secret: &[u8]) -> Result<(), &'static str> {
    let id = request.header("webhook-id").ok_or("no id")?;
    let time = request.header("webhook-timestamp").ok_or("no timestamp")?;
    let given =
        request.header("webhook-signature").and_then(|it| it.strip_prefix("v1,")).ok_or("no signature")?;
    let given = BASE64_STANDARD.decode(given).map_err(|_| "not base64")?;
    time.parse::<i64>().map_err(|_| "the timestamp is no number")?;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| "no key")?;
    for part in [id.as_bytes(), b".", time.as_bytes(), b".", &request.body] {
        mac.update(part);
    }
    mac.verify_slice(&given).map_err(|_| "it does not match")
}
