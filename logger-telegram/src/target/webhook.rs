//! Any address that takes JSON, signed as <https://www.standardwebhooks.com> describes.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use logger_core::Secret;
use serde_json::{json, value::RawValue};
use sha2::Sha256;
use url::Url;

use super::{Outcome, Pause, Scope, Service, Target, retry_after};
use crate::{
    engine::bucket::Bucket,
    error::AlertError,
    http::{Answer, HttpRequest, Method, Network},
    text::Message,
};

/// A record as JSON to an address of one's own.
///
/// The body is `{"type":"alert","count":3,"first":"…","last":"…","late":false,"record":{…}}`, where `record` is the line
/// that stands in the log file. Each request has these headers:
///
/// | header | value |
/// |---|---|
/// | `webhook-id`, `idempotency-key` | the same for each attempt to deliver the same |
/// | `webhook-timestamp` | seconds since 1970 |
/// | `webhook-signature` | `v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64, where there is a secret |
///
/// What has answered 408, 425, 429 or 5xx, or not at all, is tried again; all else is not.
#[derive(Debug, Clone)]
pub struct Webhook {
    url: Secret<String>,
    secret: Option<Secret<String>>,
    headers: Vec<(String, Secret<String>)>,
}

impl Webhook {
    /// An address, which has to begin with `https://` unless its host is allowed by name.
    pub fn new(url: impl Into<String>) -> Self {
        Webhook { url: Secret::new(url.into()), secret: None, headers: Vec::new() }
    }

    /// Signs each request: `whsec_` and base64, or any text, whose bytes are the key then.
    #[must_use]
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secret = Some(Secret::new(secret.into()));
        self
    }

    /// A header of each request, such as `Authorization`. Its value is treated as a secret.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), Secret::new(value.into())));
        self
    }
}

impl From<Webhook> for Target {
    fn from(webhook: Webhook) -> Self {
        Target {
            name: "webhook".into(),
            make: Box::new(move |network| Ok(Box::new(Hook::new(webhook, network)?))),
        }
    }
}

struct Hook {
    url: Url,
    key: Option<Secret<Vec<u8>>>,
    /// Without the signature.
    plain: HttpRequest,
    secrets: Vec<String>,
}

impl Hook {
    fn new(settings: Webhook, network: &Network) -> Result<Self, AlertError> {
        let url = network.check("webhook", settings.url.expose())?;
        let mut plain = HttpRequest::json(Method::Post, &url, String::new());
        for (name, value) in &settings.headers {
            plain = plain.given_header("webhook", name, value.expose())?;
        }
        let mut secrets = vec![url.as_str().to_owned()];
        secrets.extend(settings.headers.iter().map(|(_, value)| value.expose().clone()));
        secrets.extend(settings.secret.iter().map(|it| it.expose().clone()));
        let key = settings.secret.map(|secret| key(secret.expose())).transpose()?;
        Ok(Hook { url, key, plain, secrets })
    }
}

fn key(secret: &str) -> Result<Secret<Vec<u8>>, AlertError> {
    let bytes = match secret.strip_prefix("whsec_") {
        Some(encoded) => BASE64_STANDARD.decode(encoded).map_err(|_| AlertError::Setting {
            target: "webhook".into(),
            what: "the secret begins with `whsec_` and goes on with something else than base64".into(),
        })?,
        None => secret.as_bytes().to_vec(),
    };
    if bytes.is_empty() {
        return Err(AlertError::Setting { target: "webhook".into(), what: "the secret is empty".into() });
    }
    Ok(Secret::new(bytes))
}

impl Service for Hook {
    fn secrets(&self) -> Vec<String> {
        self.secrets.clone()
    }

    fn buckets(&self) -> Vec<Bucket> {
        Vec::new()
    }

    fn account(&self) -> String {
        format!("webhook {}", self.url)
    }

    fn address(&self) -> &Url {
        &self.url
    }

    fn identity(&self) -> String {
        format!("webhook {:?} {:?}", self.secrets, self.plain.headers.keys().collect::<Vec<_>>())
    }

    fn can_edit(&self) -> bool {
        false
    }

    /// The record is what it is.
    fn can_say_less(&self) -> bool {
        false
    }

    fn request(&self, messages: &[Message<'_>], _posted: Option<&str>) -> HttpRequest {
        // each has a request of its own
        let [message, ..] = messages else { return self.plain.clone() };
        let record = RawValue::from_string(message.alert.line.as_ref().to_owned()).ok();
        let body = json!({
            "type": "alert",
            "count": message.count,
            "first": message.first.to_string(),
            "last": message.last.to_string(),
            "late": message.is_late(),
        });
        let mut body = body.to_string();
        body.pop();
        body.push_str(",\"record\":");
        body.push_str(record.as_deref().map_or("null", RawValue::get));
        body.push('}');
        let (id, time) = (message.key(), message.now.unix_nanos().div_euclid(1_000_000_000).to_string());
        let signature = self.key.as_ref().map(|key| sign(key.expose(), &id, &time, &body));
        let mut request = self.plain.clone().body(body);
        request = request.header("webhook-id", &id).header("idempotency-key", &id);
        request = request.header("webhook-timestamp", &time);
        match signature {
            Some(signature) => request.header("webhook-signature", &signature),
            None => request,
        }
    }

    fn read(&self, answer: &Answer, _posted: Option<&str>) -> Outcome {
        let why = answer.describe();
        match (answer.status, retry_after(answer)) {
            (200..=299, _) => Outcome::Delivered { id: None, pause: Pause::None },
            (429 | 503, Some(wait)) => Outcome::RetryAfter { wait, scope: Scope::Target },
            (408 | 425 | 429 | 500..=599, _) => Outcome::Failed { why },
            (401 | 403 | 404 | 410, _) => Outcome::Stopped { why },
            (300..=399, _) => Outcome::Stopped { why: format!("{why}; redirects are not followed") },
            _ => Outcome::Rejected { why },
        }
    }
}

fn sign(key: &[u8], id: &str, time: &str, body: &str) -> String {
    // a key of any length is a key
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    for part in [id, ".", time, ".", body] {
        mac.update(part.as_bytes());
    }
    format!("v1,{}", BASE64_STANDARD.encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use logger_core::{Level, Timestamp};
    use serde_json::Value;

    use super::*;
    use crate::{
        target::testing::{answer, message_of, said},
        text::Form,
    };

    #[test]
    fn a_request_says_how_often_from_when_to_when_and_is_dated_in_seconds() {
        let hook = Hook::new(Webhook::new("https://example.com/hook"), &Network::default()).unwrap();
        let at = |second: i64| Timestamp::from_unix_nanos(second * 1_000_000_000);
        let alert = message_of(Level::Critical, "a", "b");
        let message =
            Message { count: 3, first: at(100), last: at(107), now: at(109), ..said(&alert, Form::Full) };
        let request = hook.request(std::slice::from_ref(&message), None);
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!((&body["count"], &body["late"]), (&json!(3), &json!(false)));
        let times = (body["first"].as_str().unwrap(), body["last"].as_str().unwrap());
        assert!(
            times.0.starts_with("1970-01-01T00:01:40") && times.1.starts_with("1970-01-01T00:01:47"),
            "{times:?}"
        );
        assert_eq!(request.headers["webhook-timestamp"], "109");
        assert_eq!(request.headers["webhook-id"], request.headers["idempotency-key"]);
        // what says more is another one, and an attempt to say the same is not
        let key = |message: &Message<'_>| message.key();
        assert_ne!(key(&message), key(&Message { count: 4, ..message.clone() }));
        assert_ne!(key(&message), key(&Message { last: at(108), ..message.clone() }));
        assert_eq!(key(&message), key(&Message { now: at(500), ..message.clone() }));
        let late = hook.request(&[Message { now: at(500), ..message }], None);
        assert_eq!(serde_json::from_str::<Value>(&late.body).unwrap()["late"], true);
    }

    #[test]
    fn a_signature_is_that_of_the_specification() {
        // the example of the reference libraries
        let key = BASE64_STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", r#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn only_what_may_get_better_is_tried_again_and_a_wait_is_made_where_one_is_named() {
        let hook = Hook::new(Webhook::new("https://example.com/hook"), &Network::default()).unwrap();
        let read = |status, headers: &[(&'static str, &str)]| hook.read(&answer(status, headers, ""), None);
        for status in [408, 425, 429, 500, 502, 503, 599] {
            assert!(matches!(read(status, &[]), Outcome::Failed { .. }), "{status}");
        }
        for status in [400, 402, 409, 413, 422, 451] {
            assert!(matches!(read(status, &[]), Outcome::Rejected { .. }), "{status}");
        }
        for status in [301, 308, 401, 403, 404, 410] {
            assert!(matches!(read(status, &[]), Outcome::Stopped { .. }), "{status}");
        }
        for status in [429, 503] {
            let wait = Outcome::RetryAfter { wait: Duration::from_secs(9), scope: Scope::Target };
            assert_eq!(read(status, &[("retry-after", "9")]), wait);
        }
        assert_eq!(read(204, &[]), Outcome::Delivered { id: None, pause: Pause::None });
    }

    #[test]
    fn a_secret_is_text_or_base64_and_never_empty() {
        assert_eq!(key("abc").unwrap().expose(), b"abc");
        assert_eq!(key("whsec_YWJj").unwrap().expose(), b"abc");
        assert!(key("whsec_%").is_err() && key("whsec_").is_err() && key("").is_err());
    }
}
