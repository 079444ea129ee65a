//! Nasty texts, and lines of other systems, as message, key and value: every line gives them back to a reader that is not
//! ours, and a terminal gets no escape sequence but those of the console.

use std::{
    fs,
    io::{self, Write as _},
    process::{Command, Stdio},
    sync::Arc,
};

use logger_core::{
    Drain as _, Format as _, JsonFormat, Level, OwnedRecord, Rfc5424Format, Run, TextFormat,
    testing::{
        hostile::is_dangerous,
        nasty::{LINES, TEXTS},
    },
};
use logger_stderr::{Colors, ConsoleDrain, LineDecorator};

use crate::support::Writes;

/// The texts, and the longest start of each line that a key may be.
fn texts() -> Vec<&'static str> {
    let key_long = |text: &'static str| {
        let end = (0..=text.len().min(127)).rev().find(|&at| text.is_char_boundary(at)).unwrap();
        &text[..end]
    };
    TEXTS.into_iter().chain(LINES).chain(LINES.map(key_long)).collect()
}

/// A record with the text in each place: event, thread, a value, a string of a nested value, and a key, where it is not too
/// long for one.
fn record(run: &Arc<Run>, number: usize, text: &str) -> OwnedRecord {
    let nested = serde_json::to_string(&[text, "after"]).unwrap();
    let record = OwnedRecord::new(Level::Info, text).run(run).seq(number as u64).thread(text);
    let record = record.field("v", text).field("nested", logger_core::Value::Json(&nested));
    // the key has a letter more, so that none is a name of ours or one that gives a secret away
    if text.len() < 128 { record.field(&format!("k{text}"), 1).build() } else { record.build() }
}

/// Reads each line with its text beside it, in hexadecimal digits; says the first that differs.
const READER: &str = r#"
import json, sys
def pairs(found):
    names = [name for name, _ in found]
    assert len(set(names)) == len(names), names
    return dict(found)
lines = open(sys.argv[1], encoding="utf-8", newline="\n").read().split("\n")
texts = open(sys.argv[2]).read().split("\n")
assert lines.pop() == "" and texts.pop() == ""
assert len(lines) == len(texts), (len(lines), len(texts))
for number, (line, text) in enumerate(zip(lines, texts)):
    text = bytes.fromhex(text).decode("utf-8")
    read = json.loads(line, object_pairs_hook=pairs)
    got = [read["event"], read["thread"], read["v"], read["nested"][0]]
    assert got == [text] * 4, (number, text, got)
    assert len(text.encode()) >= 128 or read["k" + text] == 1, (number, text)
print(len(lines))
"#;

#[test]
fn what_is_written_is_given_back_by_the_json_of_python() {
    let Ok(python) = Command::new("python3").arg("--version").stdout(Stdio::null()).status() else {
        let _ = writeln!(io::stderr(), "python3 is not installed: what it makes of our lines is skipped");
        return;
    };
    assert!(python.success());
    let folder = tempfile::tempdir().unwrap();
    let (lines, expected) = (folder.path().join("lines"), folder.path().join("texts"));
    let run = Arc::new(Run::fixed("nasty", "host", 1, "1-1"));
    let (mut written, mut hex) = (Vec::new(), String::new());
    for (number, text) in texts().into_iter().enumerate() {
        JsonFormat::default().format(&record(&run, number, text).borrow(), &mut written);
        hex.extend(text.bytes().map(|byte| format!("{byte:02x}")));
        hex.push('\n');
    }
    fs::write(&lines, &written).unwrap();
    fs::write(&expected, hex).unwrap();
    let output = Command::new("python3").args(["-c", READER]).arg(&lines).arg(&expected).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), texts().len().to_string());
}

#[test]
fn a_terminal_and_a_receiver_of_syslog_get_nothing_that_acts() {
    let run = Arc::new(Run::fixed("nasty", "host", 1, "1-1"));
    for (number, text) in texts().into_iter().enumerate() {
        let record = record(&run, number, text);
        let writes = Writes::default();
        let mut console = ConsoleDrain::decorated(LineDecorator::new(writes.clone(), Colors::On));
        console.log(&record.borrow()).unwrap();
        let mut coloured = writes.text();
        for ours in ["0", "1", "2", "32", "36"] {
            coloured = coloured.replace(&format!("\u{1b}[{ours}m"), "");
        }
        let (mut plain, mut syslog) = (Vec::new(), Vec::new());
        TextFormat.format(&record.borrow(), &mut plain);
        Rfc5424Format::default().format(&record.borrow(), &mut syslog);
        assert_eq!(coloured.as_bytes(), plain);
        for line in [plain, syslog] {
            let line = String::from_utf8(line).unwrap();
            let body = line.strip_suffix('\n').unwrap();
            assert!(!body.contains(is_dangerous), "{text:?}: {body:?}");
        }
    }
}
