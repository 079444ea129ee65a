//! Requests and answers: TLS by rustls, no redirects, limits of time and size, and no address in any text.

mod address; // which hosts may be reached
mod client; // sends a request

use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use url::Url;

pub(crate) use self::{
    address::{Network, is_unprotected},
    client::{Client, NoAnswer},
};
use crate::error::AlertError;

/// How long a connection may take.
pub(crate) const CONNECT_WITHIN: Duration = Duration::from_millis(1_000);
/// How long a request may take all together: two of them and the pause between them fit in 5 s.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_millis(2_250);
/// What is read of an answer.
const MAX_BODY: usize = 64 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Post,
    #[cfg_attr(not(feature = "discord"), allow(dead_code))]
    Patch,
}

impl Method {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Patch => "PATCH",
        }
    }
}

/// A request. Its address is a secret: it has no `Debug`.
#[derive(Clone)]
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl HttpRequest {
    pub(crate) fn json(method: Method, url: &Url, body: String) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(reqwest::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        HttpRequest { method, url: url.clone(), headers, body }
    }

    #[cfg(feature = "webhook")]
    pub(crate) fn body(mut self, body: String) -> Self {
        self.body = body;
        self
    }

    /// A header of our own making.
    #[cfg(feature = "webhook")]
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// A header that the application gave.
    pub(crate) fn given_header(mut self, target: &str, name: &str, value: &str) -> Result<Self, AlertError> {
        let wrong = |what: String| AlertError::Setting { target: target.to_owned(), what };
        let shown = name.escape_debug();
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            wrong(format!("`{shown}` is not the name of a header: letters, digits and `-` only"))
        })?;
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| wrong(format!("the value of the header `{shown}` contains a control character")))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }
}

/// What a service has answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; null where it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The status, and what a service says of it in the member of a JSON body that is meant for people. The body itself is
    /// never repeated.
    pub(crate) fn describe(&self) -> String {
        let body = self.json();
        let said = ["description", "message", "error"].into_iter().find_map(|member| body[member].as_str());
        match said {
            Some(said) => format!("{} {:?}", self.status, crate::text::cut_utf16(said, 200)),
            None => self.status.to_string(),
        }
    }
}
