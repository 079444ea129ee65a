//! The value of a field, with the type that the caller gave it.

use std::fmt;

/// The value of a field, as a drain sees it. It borrows from the record.
///
/// Text formats write it through [`fmt::Display`]; it does no escaping.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// `()` or `None`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer of up to 64 bits.
    I64(i64),
    /// An unsigned integer of up to 64 bits.
    U64(u64),
    /// A signed integer of 128 bits.
    I128(i128),
    /// An unsigned integer of 128 bits.
    U128(u128),
    /// A float of 32 bits; kept apart, because its shortest form differs from that of the same number in 64 bits.
    F32(f32),
    /// A float of 64 bits.
    F64(f64),
    /// A character.
    Char(char),
    /// A text.
    Str(&'a str),
    /// A nested value that was given through serde, as JSON text (a text that is no JSON becomes a string when it is put into a record).
    Json(&'a str),
    /// An error and the chain of its sources.
    Error(ErrorChain<'a>),
}

macro_rules! value_from {
    ($($from:ty => $variant:ident),+ $(,)?) => {$(
        impl From<$from> for Value<'_> {
            fn from(value: $from) -> Self {
                Value::$variant(value.into())
            }
        }
    )+};
}

value_from! {
    bool => Bool, char => Char, f32 => F32, f64 => F64,
    i8 => I64, i16 => I64, i32 => I64, i64 => I64, i128 => I128,
    u8 => U64, u16 => U64, u32 => U64, u64 => U64, u128 => U128,
}

impl From<usize> for Value<'_> {
    fn from(value: usize) -> Self {
        Value::U64(value as u64)
    }
}

impl From<isize> for Value<'_> {
    fn from(value: isize) -> Self {
        Value::I64(value as i64)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Str(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Value::Str(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(it) => it.fmt(f),
            Value::I64(it) => it.fmt(f),
            Value::U64(it) => it.fmt(f),
            Value::I128(it) => it.fmt(f),
            Value::U128(it) => it.fmt(f),
            Value::F32(it) => it.fmt(f),
            Value::F64(it) => it.fmt(f),
            Value::Char(it) => it.fmt(f),
            Value::Str(it) | Value::Json(it) => it.fmt(f),
            Value::Error(chain) => chain.fmt(f),
        }
    }
}

/// The messages of an error and of its sources, the outermost first; at most [`ErrorChain::MAX_DEPTH`].
#[derive(Clone, Copy, PartialEq)]
pub struct ErrorChain<'a> {
    /// Each message with its length before it, as the encoder wrote them.
    encoded: &'a [u8],
}

impl<'a> ErrorChain<'a> {
    /// How many messages are kept; a longer chain is cut (one that points at itself has no end).
    pub const MAX_DEPTH: usize = 32;

    pub(crate) const fn new(encoded: &'a [u8]) -> Self {
        ErrorChain { encoded }
    }

    /// The messages, the outermost first.
    pub fn messages(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.message_bytes().map(|bytes| std::str::from_utf8(bytes).unwrap_or("\u{fffd}"))
    }

    pub(crate) fn message_bytes(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.encoded;
        std::iter::from_fn(move || {
            let (len, after) = rest.split_first_chunk::<4>()?;
            let (message, after) = after.split_at_checked(u32::from_le_bytes(*len) as usize)?;
            rest = after;
            Some(message)
        })
    }
}

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, message) in self.messages().enumerate() {
            if index > 0 {
                f.write_str(": ")?;
            }
            f.write_str(message)?;
        }
        Ok(())
    }
}

impl fmt::Debug for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.messages()).finish()
    }
}
