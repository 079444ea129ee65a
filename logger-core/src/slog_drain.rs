//! Any `slog::Drain` as a drain.

mod intern;
mod nested;

use std::{
    any::Any,
    fmt::{self, Write as _},
    io,
    time::Instant,
};

use slog::{FlushError, OwnedKVList, RecordLocation, RecordStatic};

use self::{
    intern::{KEYS, PLACES},
    nested::Nested,
};
use crate::{
    category::Category,
    drain::{Drain, DrainError},
    format::Envelope,
    record::Record,
    value::Value,
};

/// Adapts any `slog::Drain` into a [`Drain`].
///
/// The slog drain sees what a call of slog's macros would have shown it: level, message, file, module, line, and the
/// fields with their types. Where it has no type for a value of ours, it gets a near one: an error is the text of its
/// chain (`order rejected: insufficient margin`), a nested value is a `SerdeValue`.
///
/// # Fields
///
/// The fields come as slog's macros give them: the newest first, all of them in the record and none in the list of the
/// logger. So `slog_term::FullFormat` shows them in our order with `use_original_order()`, and turned round without it.
/// Before the fields stand, in [`Envelope::Compact`], the default:
///
/// | key | value | when |
/// |---|---|---|
/// | `category` | `trade`, `logger` | the category is not `general` |
/// | `recovered` | `true` | found in what an earlier run left behind |
/// | `truncated`, `truncated_bytes` | `true`, number | something was cut at a limit |
///
/// and in [`Envelope::Full`] besides these `timestamp`, `category` always, `hostname`, `app_name`, `procid`, `thread`,
/// `run` and `seq`. A slog drain that prints a time of its own prints the time at which it was called, which is later
/// than the time of the record; `timestamp` is the record's.
///
/// A key that is ours, or that slog's formats write themselves (`ts`, `msg`), comes as `field.<key>`.
///
/// # Memory
///
/// slog wants keys, files and modules that live as long as the program. Each distinct one is leaked once per process:
/// at most 4,096 keys of 256 bytes, and 4,096 files and modules of 1,024 bytes. Past that, the fields whose keys are new
/// stand together in one field `_more`, as the text `key=value key=value`; a new file or module is empty.
///
/// # Errors and waiting
///
/// What the slog drain returns as an error is a [`DrainError`]. [`Drain::flush`] calls slog's `flush`, which knows no
/// deadline: register a drain that may wait as a detached route. A drain without `flush` is taken to have passed its
/// records on when `log` returned.
///
/// ```
/// use logger_core::{Drain as _, Level, OwnedRecord, SlogDrain};
///
/// let mut drain = SlogDrain::new(slog_json::Json::new(std::io::sink()).build());
/// let record = OwnedRecord::new(Level::Info, "order filled").field("price", 70_000.5).build();
/// drain.log(&record.borrow())?;
/// # Ok::<(), logger_core::DrainError>(())
/// ```
pub struct SlogDrain<D> {
    drain: D,
    envelope: Envelope,
    /// slog wants the fields of the logger too; there are none.
    no_list: OwnedKVList,
    name: String,
}

impl<D> SlogDrain<D>
where
    D: slog::Drain,
    D::Err: fmt::Debug + 'static,
{
    /// Adapts `drain`; it gets the record's own fields, in [`Envelope::Compact`].
    pub fn new(drain: D) -> Self {
        let no_list = slog::o!().into();
        SlogDrain { drain, envelope: Envelope::Compact, no_list, name: String::new() }
    }

    /// How much of what is known of a record comes as fields.
    #[must_use]
    pub fn envelope(mut self, envelope: Envelope) -> Self {
        self.envelope = envelope;
        self
    }

    /// The fields under names that live as long as slog wants them to.
    fn fields<'a>(&mut self, record: &Record<'a>, timestamp: &'a str) -> Fields<'a> {
        let mut fields = Fields { items: Vec::new(), more: String::new() };
        fields.put_envelope(record, self.envelope, timestamp);
        for ((key, raw), (text, _)) in record.raw_fields().zip(record.fields()) {
            self.name.clear();
            if key.is_reserved() || is_slogs(text) {
                self.name.push_str("field.");
            }
            self.name.push_str(text);
            fields.put(&self.name, raw.get());
        }
        fields
    }
}

impl<D> Drain for SlogDrain<D>
where
    D: slog::Drain + Send,
    D::Err: fmt::Debug + 'static,
{
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let level = record.level().into();
        if !self.drain.is_enabled(level) {
            return Ok(());
        }
        let timestamp = match self.envelope {
            Envelope::Full => record.timestamp().to_string(),
            Envelope::Compact => String::new(),
        };
        let fields = self.fields(record, &timestamp);
        let location = RecordLocation {
            file: PLACES.intern(record.file()).unwrap_or_default(),
            line: record.line(),
            column: 0,
            function: "",
            module: PLACES.intern(record.module()).unwrap_or_default(),
        };
        let fixed = RecordStatic { location: &location, tag: "", level };
        let logged = self.drain.log(
            &slog::Record::new(&fixed, &format_args!("{}", record.event()), slog::b!(&fields)),
            &self.no_list,
        );
        logged.map(drop).map_err(refused)
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        match self.drain.flush() {
            Ok(()) | Err(FlushError::NotSupported) => Ok(()),
            Err(error) => Err(DrainError::new("cannot flush a slog drain").with_source(error)),
        }
    }
}

impl<D: fmt::Debug> fmt::Debug for SlogDrain<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlogDrain")
            .field("drain", &self.drain)
            .field("envelope", &self.envelope)
            .finish_non_exhaustive()
    }
}

/// slog bounds the errors of its drains by nothing: an `io::Error` stays a cause, all others are text.
fn refused<E: fmt::Debug + 'static>(error: E) -> DrainError {
    let text = format!("{error:?}");
    match (Box::new(error) as Box<dyn Any>).downcast::<io::Error>() {
        Ok(source) => DrainError::new("a slog drain refused a record").with_source(*source),
        Err(_) => DrainError::new(format!("a slog drain refused a record: {text}")),
    }
}

/// Names that slog's own formats write, and what becomes of them.
fn is_slogs(key: &str) -> bool {
    let mut rest = key;
    while let Some(shorter) = rest.strip_prefix("field.") {
        rest = shorter;
    }
    matches!(rest, "ts" | "msg")
}

/// The fields of one record for slog, the oldest first.
struct Fields<'a> {
    items: Vec<(&'static str, Value<'a>)>,
    /// The fields whose keys are past the limit.
    more: String,
}

impl<'a> Fields<'a> {
    fn put_envelope(&mut self, record: &Record<'a>, envelope: Envelope, timestamp: &'a str) {
        let category = record.category();
        if envelope == Envelope::Full {
            let run = record.run();
            self.items.extend([
                ("timestamp", Value::Str(timestamp)),
                ("category", Value::Str(category.as_str())),
                ("hostname", Value::Str(run.host_name())),
                ("app_name", Value::Str(run.app_name())),
                ("procid", Value::from(run.process_id())),
                ("thread", Value::Str(record.thread())),
                ("run", Value::Str(run.id())),
                ("seq", Value::U64(record.seq())),
            ]);
        } else if category != Category::General {
            self.items.push(("category", Value::Str(category.as_str())));
        }
        if record.is_recovered() {
            self.items.push(("recovered", Value::Bool(true)));
        }
        if let Some(bytes) = record.truncated_bytes() {
            self.items.extend([("truncated", Value::Bool(true)), ("truncated_bytes", Value::from(bytes))]);
        }
    }

    fn put(&mut self, name: &str, value: Value<'a>) {
        match KEYS.intern(name) {
            Some(key) => self.items.push((key, value)),
            None => {
                let separator = if self.more.is_empty() { "" } else { " " };
                // writing to a string cannot fail
                let _ = write!(self.more, "{separator}{name}={value}");
            }
        }
    }
}

impl slog::KV for Fields<'_> {
    fn serialize(&self, _record: &slog::Record<'_>, serializer: &mut dyn slog::Serializer) -> slog::Result {
        if !self.more.is_empty() {
            serializer.emit_str(slog::Key::from("_more"), &self.more)?;
        }
        self.items.iter().rev().try_for_each(|&(key, value)| emit(key, value, serializer))
    }
}

fn emit(key: &'static str, value: Value<'_>, serializer: &mut dyn slog::Serializer) -> slog::Result {
    let key = slog::Key::from(key);
    match value {
        Value::Null => serializer.emit_none(key),
        Value::Bool(it) => serializer.emit_bool(key, it),
        Value::I64(it) => serializer.emit_i64(key, it),
        Value::U64(it) => serializer.emit_u64(key, it),
        Value::I128(it) => serializer.emit_i128(key, it),
        Value::U128(it) => serializer.emit_u128(key, it),
        Value::F32(it) => serializer.emit_f32(key, it),
        Value::F64(it) => serializer.emit_f64(key, it),
        Value::Char(it) => serializer.emit_char(key, it),
        Value::Str(it) => serializer.emit_str(key, it),
        Value::Error(chain) => serializer.emit_arguments(key, &format_args!("{chain}")),
        Value::Json(text) => match Nested::parse(text) {
            Some(nested) => serializer.emit_serde(key, &nested),
            None => serializer.emit_str(key, text),
        },
    }
}

#[cfg(test)]
mod tests;
