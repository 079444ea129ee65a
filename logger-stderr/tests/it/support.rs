//! What both drains are tested with.

use std::{
    error::Error,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use logger_core::{Civil, DrainError, Level, OwnedRecord, OwnedRecordBuilder, Timestamp, Value};

/// 2025-10-16 10:30:00, plus some seconds.
pub(crate) fn at(second: i64) -> Timestamp {
    let at = Timestamp::from_unix_nanos((1_760_610_600 + second) * 1_000_000_000);
    let Civil { year, month, day, hour, minute, .. } = at.civil();
    assert_eq!((year, month, day, hour, minute), (2025, 10, 16, 10, 30));
    at
}

pub(crate) fn expert_started() -> OwnedRecordBuilder {
    OwnedRecord::new(Level::Info, "Expert started")
        .timestamp(at(0))
        .field("expert_name", "MyEmaBot")
        .field("symbol", "BTCUSDT")
}

/// Everything that could reach a terminal through a record: `S01` to `S06` of the fault matrix.
pub(crate) fn hostile() -> OwnedRecord {
    let text = "\u{1b}[2J \u{1b}]0;title\u{7} \u{1b}]52;c;aGk=\u{7} \u{9b}31m \n\r\u{b}\u{c}\u{85}\u{2028}\u{2029} \
                \0 \u{202e}abc\u{2066}\u{200b}\u{feff}\u{7f} \"}\n{\"level\":\"INFO\"";
    OwnedRecord::new(Level::Critical, text)
        .thread(text)
        .place(text, text, 1)
        .field(text, text)
        .field("char", '\u{1b}')
        .field("nested", Value::Json(&format!("{{\"k\":{}}}", serde_json::Value::from(text))))
        .build()
}

/// Remembers each write.
#[derive(Clone, Default)]
pub(crate) struct Writes(pub(crate) Arc<Mutex<Vec<Vec<u8>>>>);

impl Writes {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().concat()).unwrap()
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The kind of the cause of an error.
#[track_caller]
pub(crate) fn cause(error: &DrainError) -> io::ErrorKind {
    error.source().and_then(|it| it.downcast_ref::<io::Error>()).unwrap().kind()
}
