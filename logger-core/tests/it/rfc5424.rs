//! Lines of RFC 5424, read back by the rules of the RFC, and by rsyslog and syslog-ng where they are installed.

use logger_core::{Format as _, Framing, JsonFormat, Level, OwnedRecord, Rfc5424Format, Run, Value};
use proptest::{collection::vec, prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use serde_json::Value as Json;

use crate::json_oracle::{Given, breaks_a_line, given, text};

fn message(record: &OwnedRecord, framing: Framing) -> Vec<u8> {
    let mut bytes = Vec::new();
    Rfc5424Format::default().framing(framing).format(&record.borrow(), &mut bytes);
    bytes
}

fn line(record: &OwnedRecord) -> String {
    String::from_utf8(message(record, Framing::Datagram)).unwrap()
}

/// A text as its sender meant it: those that were put into JSON's quotes are taken out of them.
pub(crate) fn meant(text: &str) -> String {
    if text.starts_with('"') { serde_json::from_str(text).unwrap() } else { text.to_owned() }
}

/// Elements of structured data with their parameters, by the grammar of the RFC, and what stands behind them.
type Elements = Vec<(String, Vec<(String, String)>)>;

fn structured(mut rest: &str) -> Option<(Elements, &str)> {
    let mut elements = Vec::new();
    while let Some(element) = rest.strip_prefix('[') {
        let (name, after) = element.split_at(element.find([' ', ']'])?);
        rest = after;
        let mut params = Vec::new();
        while let Some(param) = rest.strip_prefix(' ') {
            let (key, value) = param.split_once("=\"")?;
            let (mut text, mut chars) = (String::new(), value.char_indices());
            rest = loop {
                match chars.next()? {
                    (at, '"') => break &value[at + 1..],
                    (_, '\\') => text.push(chars.next().filter(|(_, it)| "\"\\]".contains(*it))?.1),
                    (_, ']') => return None,
                    (_, char) => text.push(char),
                }
            };
            let is_name = |byte: &u8| byte.is_ascii_graphic() && !b"=]\"".contains(byte);
            if key.is_empty() || key.len() > 32 || !key.as_bytes().iter().all(is_name) {
                return None;
            }
            params.push((key.to_owned(), text));
        }
        rest = rest.strip_prefix(']')?;
        elements.push((name.to_owned(), params));
    }
    Some((elements, rest))
}

/// The value of a field in a line of JSON, as text.
fn expected(record: &OwnedRecord, key: &str) -> String {
    let mut line = Vec::new();
    JsonFormat::default().format(&record.borrow(), &mut line);
    match &serde_json::from_slice::<Json>(&line).unwrap()[key] {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn a_line_is_what_the_rfc_says() {
    let run = std::sync::Arc::new(Run::fixed("", "my host", 4711, "a-1"));
    let record = OwnedRecord::new(Level::Critical, "position \"lost\" \\ at 5\u{20ac}")
        .run(&run)
        .seq(0x8000_0000)
        .thread("main")
        .place("src/bot.rs", "bot", 7)
        .field("why", r#"a "b" \ ]"#)
        .field("a key=", "line\nbreak\u{202e}")
        .field("quoted", "\"x\"")
        .field("price", 70_000.5)
        .field("x".repeat(40).as_str(), Value::Json(r#"{"a":["]"]}"#))
        .build();
    assert_eq!(
        line(&record),
        concat!(
            r#"<10>1 1970-01-01T00:00:00.000000Z my_host - 4711 general [meta sequenceId="1"]"#,
            r#"[record@32473 level="critical" seq="2147483648" run="a-1" thread="main" module="bot" file="src/bot.rs" line="7"]"#,
            r#"[fields@32473 why="a \"b\" \\ \]" a%20key%3D="\"line\\nbreak\\u202e\"" quoted="\"\\\"x\\\"\"" price="70000.5" "#,
            r#"xxxxxxxxxxxxxxxxxxxxxxxxxxx~d697="{\"a\":[\"\]\"\]}"] position "lost" \ at 5€"#,
        )
    );
    let format = Rfc5424Format::default().facility(99).enterprise(7);
    let mut bytes = Vec::new();
    format.format(&record.borrow(), &mut bytes);
    assert!(bytes.starts_with(b"<186>1 ") && bytes.ends_with("€\n".as_bytes()));
    assert!(String::from_utf8(bytes).unwrap().contains("[fields@7 why="));
}

#[test]
fn a_message_with_its_length_before_it_has_that_length() {
    let record = OwnedRecord::new(Level::Info, "größer\nals").build();
    let framed = message(&record, Framing::OctetCounting);
    let length = line(&record).len();
    assert_eq!(framed, format!("{length} {}", line(&record)).into_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn each_record_is_one_line_that_gives_back_every_value(event in text(), fields in vec((text(), given()), 0..8)) {
        let begun = OwnedRecord::new(Level::Warning, event.as_str()).thread("a\u{1b}[2J\nb");
        let record = fields.iter().fold(begun, |record, (key, value)| value.put(key, record)).build();
        let line = line(&record);
        prop_assert!(!line.contains(breaks_a_line), "{:?}", line);
        let header: Vec<&str> = line.splitn(7, ' ').collect();
        prop_assert_eq!(&header[..6], ["<12>1", "1970-01-01T00:00:00.000000Z", "-", "-", "0", "general"]);
        let (elements, rest) = structured(header[6]).unwrap();
        prop_assert_eq!(meant(rest.strip_prefix(' ').unwrap_or(rest)), event);
        prop_assert_eq!(meant(&elements[1].1[3].1), "a\u{1b}[2J\nb");
        let read: Vec<String> = elements.get(2).map_or(Vec::new(), |it| it.1.iter().map(|(_, text)| text.clone()).collect());
        let written: Vec<_> = record.borrow().fields().map(|(_, value)| format!("{value:?}")).collect();
        prop_assert_eq!(read.len(), written.len());
    }
}

/// Random records whose fields have plain names, the same ones in each run.
fn random_records(count: usize) -> Vec<OwnedRecord> {
    let mut runner = TestRunner::deterministic();
    let strategy = (text(), vec(given(), 1..6));
    let run = std::sync::Arc::new(Run::fixed("test", "host", 1, "r-1"));
    (0..count)
        .map(|number| {
            let (event, fields): (String, Vec<Given>) = strategy.new_tree(&mut runner).unwrap().current();
            let begun = OwnedRecord::new(Level::Info, event).run(&run).seq(number as u64 + 1);
            let names = ["a", "b", "c", "d", "e", "f"];
            names.iter().zip(&fields).fold(begun, |record, (name, value)| value.put(name, record)).build()
        })
        .collect()
}

#[cfg(unix)]
mod receivers {
    use std::{
        collections::HashSet,
        fs,
        io::Write as _,
        net::{TcpListener, TcpStream},
        path::{Path, PathBuf},
        process::{Child, Command, Stdio},
        time::{Duration, Instant},
    };

    use super::*;
    use crate::support::PATIENCE;

    const RECORDS: usize = 10_000;

    /// Ends when the test does.
    struct Receiver(Child);

    impl Drop for Receiver {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn find(program: &str, test: &str) -> Option<PathBuf> {
        let found = ["/usr/sbin", "/usr/bin"].map(|folder| Path::new(folder).join(program));
        let found = found.into_iter().find(|path| path.exists());
        if found.is_none() {
            let _ = writeln!(std::io::stderr(), "{program} is not installed: {test} is skipped");
        }
        found
    }

    fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(Instant::now() < deadline, "{what}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    #[test]
    fn rsyslog_gives_back_every_value_of_ten_thousand_random_records() {
        let Some(program) = find("rsyslogd", "what it makes of our lines") else { return };
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name).display().to_string();
        let config = format!(
            r#"global(workDirectory="{work}" maxMessageSize="256k" processInternalMessages="off")
module(load="imtcp" maxFrameSize="262144")
module(load="mmpstrucdata")
template(name="all" type="list") {{ constant(value="{{\"msg\":\"") property(name="msg" format="json")
  constant(value="\",\"host\":\"") property(name="hostname" format="json") constant(value="\",\"data\":")
  property(name="$!rfc5424-sd") constant(value="}}\n") }}
input(type="imtcp" address="127.0.0.1" port="0" listenPortFileName="{port}" ruleset="all")
ruleset(name="all") {{ action(type="mmpstrucdata") action(type="omfile" file="{out}" template="all") }}
"#,
            work = temp.path().display(),
            port = path("port"),
            out = path("out"),
        );
        fs::write(path("conf"), config).unwrap();
        let mut command = Command::new(program);
        command.args(["-n", "-f", &path("conf"), "-i", &path("pid")]);
        let said = fs::File::create(path("said")).unwrap();
        let _receiver = Receiver(command.stdout(Stdio::null()).stderr(said).spawn().unwrap());
        let port: u16 =
            until("rsyslog listens", || fs::read_to_string(path("port")).ok()?.trim().parse().ok());

        let records = random_records(RECORDS);
        let (counted, lines) = records.split_at(RECORDS / 2);
        for (records, framing) in [(counted, Framing::OctetCounting), (lines, Framing::Newline)] {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            let bytes: Vec<u8> = records.iter().flat_map(|record| message(record, framing)).collect();
            stream.write_all(&bytes).unwrap();
        }
        let received = until("all records are received", || {
            let text = fs::read_to_string(path("out")).ok()?;
            (text.lines().count() >= RECORDS && text.ends_with('\n')).then_some(text)
        });
        check(&received, &records);
    }

    /// Whether each record stands on one line of its own with all of its values.
    fn check(received: &str, records: &[OwnedRecord]) {
        assert_eq!(received.lines().count(), RECORDS, "one line a record");
        let mut seen = HashSet::new();
        for line in received.lines() {
            let read: Json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            let data = &read["data"];
            let seq: usize = data["record@32473"]["seq"].as_str().unwrap().parse().unwrap();
            assert!(seen.insert(seq), "record {seq} came twice");
            let record = &records[seq - 1];
            let event = read["msg"].as_str().unwrap();
            assert_eq!(meant(event), record.borrow().event());
            for (key, _) in record.borrow().fields() {
                let value = data["fields@32473"][key].as_str().unwrap();
                let nested = matches!(record.borrow().field(key), Some(Value::Json(_)));
                let value = if nested { normal(value) } else { meant(value) };
                assert_eq!(value, expected(record, key), "field {key} of record {seq}");
            }
        }
    }

    /// A nested value is JSON; a text is compared as such.
    fn normal(json: &str) -> String {
        match serde_json::from_str::<Json>(json).unwrap() {
            Json::String(text) => text,
            other => other.to_string(),
        }
    }

    /// A port that nobody listens at just now.
    fn free_port() -> u16 {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    #[test]
    fn syslog_ng_makes_one_line_of_each_record() {
        let folder = std::env::var_os("SYSLOG_NG").map(PathBuf::from);
        let unpacked =
            folder.as_ref().map(|folder| folder.join("usr/sbin/syslog-ng")).filter(|it| it.exists());
        let Some(program) = unpacked.or_else(|| find("syslog-ng", "how many lines it makes of our records"))
        else {
            return;
        };
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name).display().to_string();
        let port = free_port();
        let config = format!(
            "@version: 3.38\noptions {{ log-msg-size(262144); keep-hostname(yes); }};\nsource s {{ network(ip(127.0.0.1) port({port}) \
             transport(tcp) flags(syslog-protocol)); }};\ndestination d {{ file(\"{}\" template(\"${{MSG}}\\n\")); }};\n\
             log {{ source(s); destination(d); }};\n",
            path("out"),
        );
        fs::write(path("conf"), config).unwrap();
        let mut command = Command::new(program);
        if let Some(folder) = &folder {
            let own = folder.join("usr/lib/syslog-ng");
            let others = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"].map(|it| folder.join(it));
            let all = [&own, &others[0], &others[1]].map(|it| it.display().to_string());
            command.env("LD_LIBRARY_PATH", all.join(":"));
            command.args(["--module-path", &own.join("3.38").display().to_string()]);
        }
        command.args([
            "-F",
            "--no-caps",
            "-f",
            &path("conf"),
            "-R",
            &path("persist"),
            "-p",
            &path("pid"),
            "-c",
            &path("ctl"),
        ]);
        let said = fs::File::create(path("said")).unwrap();
        let mut receiver = Receiver(command.stdout(Stdio::null()).stderr(said).spawn().unwrap());
        let mut stream = until("syslog-ng listens", || {
            let ended = receiver.0.try_wait().unwrap();
            assert!(ended.is_none(), "{}", fs::read_to_string(path("said")).unwrap());
            TcpStream::connect(("127.0.0.1", port)).ok()
        });
        let records = random_records(2_000);
        let bytes: Vec<u8> = records.iter().flat_map(|record| message(record, Framing::Newline)).collect();
        stream.write_all(&bytes).unwrap();
        drop(stream);
        let text = until("all records are received", || {
            let text = fs::read_to_string(path("out")).ok()?;
            (text.lines().count() >= records.len() && text.ends_with('\n')).then_some(text)
        });
        let events: Vec<_> = records.iter().map(|record| record.borrow().event().to_owned()).collect();
        assert_eq!(text.lines().map(meant).collect::<Vec<_>>(), events);
    }
}
