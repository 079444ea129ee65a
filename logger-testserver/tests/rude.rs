//! The server sees what a sender does wrong: without that a test that finds nothing wrong would say nothing.
#![expect(clippy::unwrap_used, reason = "clippy allows it in test functions only, not in what they share")]

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use logger_testserver::{Fault, Options, Server};

const SEND: &str = "/bot1:token/sendMessage";
const HOOK: &str = "/api/webhooks/77/token?wait=true";

/// Sends a body and returns the status of the answer.
fn post(server: &Server, path: &str, headers: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    let head =
        format!("POST {path} HTTP/1.1\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}");
    write!(stream, "{head}content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    std::str::from_utf8(&answer[9..]).unwrap().parse().unwrap()
}

fn unlimited() -> Server {
    Server::start(Options { limits: false, ..Options::default() })
}

fn telegram(text: &str) -> String {
    format!(r#"{{"chat_id":42,"text":"{text}"}}"#)
}

fn discord(content: &str, more: &str) -> String {
    format!(r#"{{"content":"{content}","allowed_mentions":{{"parse":[]}}{more}}}"#)
}

#[test]
fn who_does_not_wait_is_seen_with_each_service() {
    for (path, body) in [
        (SEND, telegram("a")),
        (HOOK, discord("a", "")),
        ("/services/T/B/x", r#"{"text":"a"}"#.to_owned()),
        ("/hook", "{}".to_owned()),
    ] {
        let server = unlimited();
        server.fail([Fault::Wait(60.0)]);
        assert_eq!((post(&server, path, "", &body), server.complaints().len()), (429, 0), "{path}");
        assert_eq!((post(&server, path, "", &body), server.complaints().len()), (429, 1), "{path}");
        assert_eq!(server.shown().len(), 0);
    }
}

#[test]
fn what_is_too_long_or_too_often_is_refused_and_seen() {
    let server = Server::start(Options::default());
    assert_eq!(post(&server, SEND, "", &telegram(&"😀".repeat(2_049))), 400);
    assert_eq!(post(&server, SEND, "", &telegram(&"😀".repeat(2_048))), 200);
    assert_eq!(post(&server, SEND, "", &telegram("more than one a second")), 429);
    assert_eq!(post(&server, HOOK, "", &discord(&"x".repeat(2_001), "")), 400);
    let embed = format!(r#"{{"description":"{}"}}"#, "x".repeat(3_100));
    assert_eq!(post(&server, HOOK, "", &discord("a", &format!(r#","embeds":[{embed},{embed}]"#))), 400);
    assert_eq!(server.complaints().len(), 4, "{:?}", server.complaints());
}

#[test]
fn markup_links_and_mentions_are_seen() {
    let server = unlimited();
    for text in ["https://evil.example", "@somebody", "evil.example"] {
        assert_eq!(post(&server, SEND, "", &telegram(text)), 200);
        assert_ne!(server.shown().last().unwrap().made, [""; 0], "{text}");
    }
    let marked = r#"{"chat_id":42,"text":"a","parse_mode":"HTML"}"#;
    assert_eq!((post(&server, SEND, "", marked), server.shown().last().unwrap().made.len()), (200, 1));
    let broken = r#"{"chat_id":42,"text":"😀","entities":[{"type":"code","offset":1,"length":1}]}"#;
    assert_eq!(post(&server, SEND, "", broken), 400);
    assert_eq!(post(&server, HOOK, "", &discord("@everyone [x](https://evil.example)", "")), 200);
    assert_eq!(server.shown().last().unwrap().made, ["@everyone", "](", "https://"]);
    assert_eq!(post(&server, HOOK, "", r#"{"content":"a"}"#), 200);
    assert!(server.complaints().contains(&"a message that may mention somebody".to_owned()));
}

#[test]
fn a_webhook_that_is_gone_a_wrong_signature_and_a_missing_key_are_seen() {
    let server = Server::start(Options { secret: Some("s3cret".into()), ..Options::default() });
    server.remove("77/token");
    assert_eq!((post(&server, HOOK, "", &discord("a", "")), server.complaints().len()), (404, 0));
    assert_eq!((post(&server, HOOK, "", &discord("a", "")), server.complaints().len()), (404, 1));
    let signed = "webhook-id: a\r\nwebhook-timestamp: 1\r\nwebhook-signature: v1,AAAA\r\n";
    assert_eq!((post(&server, "/hook", signed, "{}"), server.complaints().len()), (401, 2));
    let server = unlimited();
    assert_eq!((post(&server, "/hook", "", "{}"), server.complaints().len()), (200, 1));
    // the same key again is known, and shows nothing
    for shown in [2, 2] {
        assert_eq!(
            (post(&server, "/hook", "idempotency-key: k\r\n", "{}"), server.shown().len()),
            (200, shown)
        );
    }
}
