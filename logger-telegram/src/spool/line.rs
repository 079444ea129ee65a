//! One line of the spool.

use std::sync::Arc;

use logger_core::{Level, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Recipients;
use crate::{
    alert::{Alert, Breadth, Delivery, Origin, Sound},
    engine::queue::Bundle,
};

/// The version of the format.
pub(super) const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line {
    Spool(u32),
    To { required: Vec<String>, all: Vec<String> },
    Alert(Box<AlertLine>),
    Again { kind: Kind, count: u64, last: i64 },
    End { run: String, seq: u64 },
    Told { target: String, kind: Kind, count: u64 },
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AlertLine {
    kind: Kind,
    level: String,
    time: i64,
    run: String,
    seq: u64,
    count: u64,
    first: i64,
    last: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    targets: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "is_false")]
    silent: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    place: bool,
    record: Box<RawValue>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it by reference")]
fn is_false(it: &bool) -> bool {
    !*it
}

/// A kind in sixteen hexadecimal digits: JSON readers round large numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind(pub(super) u64);

impl Serialize for Kind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:016x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u64::from_str_radix(&text, 16).map(Kind).map_err(serde::de::Error::custom)
    }
}

impl Line {
    pub(super) fn alert(bundle: &Bundle) -> Self {
        let Alert { kind, run, seq, level, timestamp, line, delivery } = bundle.alert.as_ref();
        let record = RawValue::from_string(line.as_ref().to_owned());
        Line::Alert(Box::new(AlertLine {
            kind: Kind(*kind),
            level: level.as_str().to_owned(),
            time: timestamp.unix_nanos(),
            run: run.as_ref().to_owned(),
            seq: *seq,
            count: bundle.count,
            first: bundle.first.unix_nanos(),
            last: bundle.last.unix_nanos(),
            targets: delivery.targets.as_ref().map(|it| it.to_vec()),
            silent: delivery.sound == Sound::Off,
            place: delivery.breadth == Breadth::OnePlace,
            record: record.unwrap_or_else(|_| RawValue::NULL.to_owned()),
        }))
    }

    pub(super) fn again(bundle: &Bundle) -> Self {
        Line::Again { kind: Kind(bundle.alert.kind), count: bundle.count, last: bundle.last.unix_nanos() }
    }

    pub(super) fn to(to: &Recipients) -> Self {
        Line::To { required: to.required.clone(), all: to.all.clone() }
    }

    pub(super) fn end(run: &str, seq: u64) -> Self {
        Line::End { run: run.to_owned(), seq }
    }

    pub(super) fn told(target: &str, kind: u64, count: u64) -> Self {
        Line::Told { target: target.to_owned(), kind: Kind(kind), count }
    }

    /// With its sum and its end.
    pub(super) fn text(&self) -> String {
        // what a line is made of can always be written as JSON
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("{:08x} {json}\n", crc32fast::hash(json.as_bytes()))
    }

    /// Reads a line without its end; `None` where it is damaged.
    pub(super) fn read(text: &[u8]) -> Option<Line> {
        let text = std::str::from_utf8(text).ok()?;
        let (sum, json) = text.split_once(' ')?;
        let sum = u32::from_str_radix(sum, 16).ok()?;
        if crc32fast::hash(json.as_bytes()) != sum {
            return None;
        }
        serde_json::from_str(json).ok()
    }
}

impl AlertLine {
    pub(super) fn bundle(self) -> Option<Bundle> {
        let delivery = Delivery {
            sound: if self.silent { Sound::Off } else { Sound::ByTarget },
            targets: self.targets.map(Into::into),
            origin: Origin::Earlier,
            breadth: if self.place { Breadth::OnePlace } else { Breadth::OneKind },
        };
        let level: Level = self.level.parse().ok()?;
        let alert = Alert {
            kind: self.kind.0,
            run: self.run.into(),
            seq: self.seq,
            level,
            timestamp: Timestamp::from_unix_nanos(self.time),
            line: self.record.get().into(),
            delivery,
        };
        Some(Bundle {
            alert: Arc::new(alert),
            count: self.count.max(1),
            first: Timestamp::from_unix_nanos(self.first),
            last: Timestamp::from_unix_nanos(self.last),
        })
    }
}
