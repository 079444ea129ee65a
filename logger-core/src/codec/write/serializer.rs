//! How slog hands values over: one dynamic call for each.

use std::{error::Error, fmt};

use super::Writer;
use crate::{call_site::values::Known as _, codec::tag, redact::Treatment, value::Value};

/// The keys of a call site that is seen for the first time. In a box, to keep the writer small.
pub(in crate::codec) type Learned = Box<Vec<&'static str>>;

/// The text of a key of slog's, whose type depends on slog's features.
#[inline]
pub(in crate::codec) fn text(key: &impl AsRef<str>) -> &str {
    key.as_ref()
}

/// A key of slog's is `&'static str`, unless its feature `dynamic-keys` is on.
#[inline]
fn static_key(key: &slog::Key) -> Option<&'static str> {
    (key as &dyn std::any::Any).downcast_ref::<&'static str>().copied()
}

impl Writer<'_, '_> {
    /// Notes the key of a field that slog hands over, where a call site is seen for the first time.
    fn note(&mut self, key: &slog::Key) {
        if self.learned.is_some() {
            self.learn(key);
        }
    }

    #[cold]
    fn learn(&mut self, key: &slog::Key) {
        match (static_key(key), &mut self.learned) {
            (Some(key), Some(keys)) => keys.push(key),
            // with a key that changes there is nothing to learn
            (None, Some(keys)) => keys.clear(),
            (_, None) => {}
        }
    }

    fn emit(&mut self, key: &slog::Key, value: Value<'_>) -> slog::Result {
        self.note(key);
        self.field(text(key), value);
        Ok(())
    }
}

macro_rules! emit_known {
    ($($method:ident: $type:ty),+ $(,)?) => {$(
        fn $method(&mut self, key: slog::Key, value: $type) -> slog::Result {
            self.emit(&key, value.value())
        }
    )+};
}

impl slog::Serializer for Writer<'_, '_> {
    emit_known! {
        emit_u8: u8, emit_u16: u16, emit_u32: u32, emit_u64: u64, emit_usize: usize, emit_u128: u128,
        emit_i8: i8, emit_i16: i16, emit_i32: i32, emit_i64: i64, emit_isize: isize, emit_i128: i128,
        emit_f32: f32, emit_f64: f64, emit_char: char, emit_bool: bool, emit_str: &str,
    }

    fn emit_unit(&mut self, key: slog::Key) -> slog::Result {
        self.emit(&key, Value::Null)
    }

    fn emit_none(&mut self, key: slog::Key) -> slog::Result {
        self.emit(&key, Value::Null)
    }

    fn emit_arguments(&mut self, key: slog::Key, value: &fmt::Arguments<'_>) -> slog::Result {
        self.note(&key);
        self.shown(text(&key), value);
        Ok(())
    }

    fn emit_serde(&mut self, key: slog::Key, value: &dyn slog::SerdeValue) -> slog::Result {
        self.note(&key);
        match self.redaction.treatment(text(&key)) {
            Treatment::Keep => self.nested(text(&key), value.as_serde()),
            Treatment::LastThree | Treatment::Mask => self.masked(text(&key), ""),
        }
        Ok(())
    }

    fn emit_error(&mut self, key: slog::Key, error: &(dyn Error + 'static)) -> slog::Result {
        self.note(&key);
        match self.redaction.treatment(text(&key)) {
            Treatment::Keep => {
                self.put_field(tag::ERROR, text(&key), |this| {
                    this.put_sized(|this| this.put_error_chain(error))
                });
            }
            Treatment::LastThree | Treatment::Mask => self.masked(text(&key), ""),
        }
        Ok(())
    }
}
