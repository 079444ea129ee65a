//! HTTP/1.1 on a socket, as little as is needed, with nothing between it and the bytes: so that it can go wrong in every way.

use std::io::{self, Read, Write};

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 16 << 20;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// What stands behind `?`.
    pub query: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// All of it.
    pub body: Vec<u8>,
}

impl Request {
    /// The value of a header by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The value of a parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .split('&')
            .filter_map(|it| it.split_once('='))
            .find(|(it, _)| *it == name)
            .map(|(_, value)| value)
    }
}

/// Reads the next request; `None` where the other end is done.
pub(crate) fn read(stream: &mut impl Read) -> io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    let (head, mut request) = loop {
        let mut part = [0; 4_096];
        let len = stream.read(&mut part)?;
        if len == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(&part[..len]);
        if let Some(found) = parse(&bytes)? {
            break found;
        }
        if bytes.len() > MAX_HEAD {
            return Err(io::Error::other("the head is too long"));
        }
    };
    let length = request.header("content-length").and_then(|it| it.parse::<usize>().ok()).unwrap_or(0);
    if length > MAX_BODY {
        return Err(io::Error::other("the body is too long"));
    }
    let mut body = bytes.split_off(head);
    let missing = length.saturating_sub(body.len());
    stream.take(missing as u64).read_to_end(&mut body)?;
    request.body = body;
    Ok(Some(request))
}

fn parse(bytes: &[u8]) -> io::Result<Option<(usize, Request)>> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = parsed.parse(bytes).map_err(io::Error::other)? else {
        return Ok(None);
    };
    let target = parsed.path.unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let text = |it: &[u8]| String::from_utf8_lossy(it).into_owned();
    let request = Request {
        method: parsed.method.unwrap_or_default().to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: parsed.headers.iter().map(|it| (it.name.to_ascii_lowercase(), text(it.value))).collect(),
        body: Vec::new(),
    };
    Ok(Some((head, request)))
}

/// What a service answers.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Reply { status, headers, body: body.to_string().into_bytes() }
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Reply { status, headers: vec![("content-type", "text/plain".to_owned())], body: body.into() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes =
            format!("HTTP/1.1 {} {}\r\ncontent-length: {}\r\n", self.status, "Said", self.body.len());
        for (name, value) in &self.headers {
            bytes.push_str(&format!("{name}: {value}\r\n"));
        }
        bytes.push_str("\r\n");
        let mut bytes = bytes.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }

    pub(crate) fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        stream.write_all(&self.bytes())?;
        stream.flush()
    }
}
