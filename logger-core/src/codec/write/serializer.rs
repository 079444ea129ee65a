//! How slog hands values over: one dynamic call for each.

use std::{error::Error, fmt};

use super::{Writer, takes_short_way};
use crate::{
    codec::{decode::RawValue, tag},
    redact::Treatment,
    value::Value,
};

/// The keys of a call site that is seen for the first time. In a box, to keep the writer small.
pub(in crate::codec) type Learned = Box<Vec<&'static str>>;

/// The text of a key of slog's, whose type depends on slog's features.
#[inline]
fn text(key: &impl AsRef<str>) -> &str {
    key.as_ref()
}

/// A key of slog's is `&'static str`, unless its feature `dynamic-keys` is on.
#[inline]
fn static_key(key: &slog::Key) -> Option<&'static str> {
    (key as &dyn std::any::Any).downcast_ref::<&'static str>().copied()
}

impl Writer<'_, '_> {
    /// Notes the key of a field that slog hands over, where a call site is seen for the first time.
    #[inline]
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

    /// Adds a number that slog hands over.
    #[inline]
    fn emit<const N: usize>(&mut self, key: &slog::Key, tag: u8, value: [u8; N]) {
        if self.is_next(text(key)) && self.buffer.try_tagged(tag, value) {
            self.count += 1;
            return;
        }
        self.emit_spelled(key, tag, value);
    }

    #[cold]
    #[inline(never)]
    fn emit_spelled<const N: usize>(&mut self, key: &slog::Key, tag: u8, value: [u8; N]) {
        self.emit_value(key, RawValue { tag, bytes: &value }.get());
    }

    #[cold]
    #[inline(never)]
    fn emit_value(&mut self, key: &slog::Key, value: Value<'_>) {
        self.note(key);
        self.field(text(key), value);
    }
}

macro_rules! emit_numbers {
    ($($method:ident: $from:ty => $tag:ident($to:ty)),+ $(,)?) => {$(
        #[inline]
        fn $method(&mut self, key: slog::Key, value: $from) -> slog::Result {
            self.emit(&key, tag::$tag, <$to>::from(value).to_le_bytes());
            Ok(())
        }
    )+};
}

impl slog::Serializer for Writer<'_, '_> {
    emit_numbers! {
        emit_u8: u8 => U64(u64),
        emit_u16: u16 => U64(u64),
        emit_u32: u32 => U64(u64),
        emit_u64: u64 => U64(u64),
        emit_i8: i8 => I64(i64),
        emit_i16: i16 => I64(i64),
        emit_i32: i32 => I64(i64),
        emit_i64: i64 => I64(i64),
        emit_i128: i128 => I128(i128),
        emit_u128: u128 => U128(u128),
        emit_f32: f32 => F32(f32),
        emit_f64: f64 => F64(f64),
        emit_char: char => CHAR(u32),
    }

    fn emit_bool(&mut self, key: slog::Key, value: bool) -> slog::Result {
        self.emit(&key, if value { tag::TRUE } else { tag::FALSE }, []);
        Ok(())
    }

    fn emit_usize(&mut self, key: slog::Key, value: usize) -> slog::Result {
        self.emit(&key, tag::U64, (value as u64).to_le_bytes());
        Ok(())
    }

    fn emit_isize(&mut self, key: slog::Key, value: isize) -> slog::Result {
        self.emit(&key, tag::I64, (value as i64).to_le_bytes());
        Ok(())
    }

    fn emit_str(&mut self, key: slog::Key, value: &str) -> slog::Result {
        if self.is_next(text(&key))
            && takes_short_way(value)
            && self.buffer.try_text(tag::STR, value.as_bytes())
        {
            self.count += 1;
            return Ok(());
        }
        self.emit_value(&key, Value::Str(value));
        Ok(())
    }

    fn emit_unit(&mut self, key: slog::Key) -> slog::Result {
        self.emit(&key, tag::NULL, []);
        Ok(())
    }

    fn emit_none(&mut self, key: slog::Key) -> slog::Result {
        self.emit(&key, tag::NULL, []);
        Ok(())
    }

    fn emit_arguments(&mut self, key: slog::Key, value: &fmt::Arguments<'_>) -> slog::Result {
        self.note(&key);
        self.shown(text(&key), value);
        Ok(())
    }

    fn emit_serde(&mut self, key: slog::Key, value: &dyn slog::SerdeValue) -> slog::Result {
        self.note(&key);
        match self.treatment(text(&key)) {
            Treatment::Keep => self.nested(text(&key), value.as_serde()),
            Treatment::LastThree | Treatment::Mask => self.masked(text(&key), ""),
        }
        Ok(())
    }

    fn emit_error(&mut self, key: slog::Key, error: &(dyn Error + 'static)) -> slog::Result {
        self.note(&key);
        match self.treatment(text(&key)) {
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
