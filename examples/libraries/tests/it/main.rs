//! The program against a server that answers with a price.
#![expect(clippy::unwrap_used, reason = "a test may")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    process::Command,
    thread,
};

use serde_json::Value;

/// So many requests the program makes.
const REQUESTS: u64 = 8;

/// A server that answers each request with a price, for as long as the process lives.
fn exchange() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/price", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            thread::spawn(move || {
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                lines.map_while(Result::ok).take_while(|line| !line.is_empty()).for_each(drop);
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\n70000");
            });
        }
    });
    url
}

#[test]
fn records_of_the_libraries_are_in_the_file_once_each_with_the_context_of_their_request() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_libraries"));
    program.arg(exchange()).arg(folder.path()).env_clear();
    let output = program.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let text = fs::read_to_string(folder.path().join("expert.log")).unwrap();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |module: &str, event: &str| {
        let mut orders: Vec<u64> = records
            .iter()
            .filter(|it| it["module"].as_str().unwrap().starts_with(module))
            .filter(|it| it["event"].as_str().unwrap().starts_with(event))
            .map(|it| {
                assert_eq!(
                    (&it["expert_name"], &it["symbol"]),
                    (&"MyEmaBot".into(), &"BTCUSDT".into()),
                    "{it}"
                );
                assert!(it["line"].as_u64() > Some(0) && it["file"].as_str() > Some(""), "{it}");
                it["order_id"].as_u64().unwrap()
            })
            .collect();
        orders.sort_unstable();
        orders
    };
    let once_each: Vec<u64> = (0..REQUESTS).collect();
    // by `tracing`, by `log`, by slog
    assert_eq!(of("libraries", "asking for a price"), once_each);
    assert_eq!(of("libraries", "price came"), once_each);
    assert_eq!(of("libraries", "order placed"), once_each);
    // of the client by `log`, of the library below it by `tracing`
    assert_eq!(of("reqwest", "starting new connection"), once_each);
    assert_eq!(of("hyper_util", "connecting to"), once_each);
    let typed = records.iter().find(|it| it["event"] == "asking for a price").unwrap();
    assert_eq!((&typed["attempt"], &typed["level"]), (&1.into(), &"info".into()));
    // each record has a number of its own
    let mut numbers: Vec<u64> = records.iter().map(|it| it["seq"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(1..=records.len() as u64), "{numbers:?}");
}
