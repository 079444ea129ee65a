//! The values of a log call, each of a type that the compiler knows.

use std::{fmt, sync::Arc};

use slog::Serializer;

use crate::{
    codec::{
        express::Express,
        tag,
        words::{Words, of_text},
        write::{Keys, Writer},
    },
    redact::{UNCHECKED, is_harmless},
    value::Value,
};

/// A list of fields: `((((), first), second), third)`.
pub trait Fields {
    /// How many there are.
    const LEN: usize;
    /// Whether no code of the caller's runs when they are written.
    const PLAIN: bool;

    /// How many words [`Fields::write`] writes.
    fn words(&self) -> usize;

    /// The tags of the fields from `8 * word` on, up to eight, a byte each.
    fn tags(&self, word: usize) -> u64;

    /// Writes plain ones, the first one first.
    fn write(&self, words: &mut Words<'_>);

    /// Writes any, the first one first.
    ///
    /// # Errors
    ///
    /// One of them cannot go the straight way.
    fn express(&self, record: &slog::Record<'_>, keys: Keys, express: &mut Express<'_>) -> slog::Result;

    /// Writes them with their keys, whatever they are and whether or not there is room.
    fn put(&self, record: &slog::Record<'_>, keys: Keys, writer: &mut Writer<'_, '_>);

    /// Hands them to a drain that is not ours, in slog's order: the last one first.
    fn serialize(
        &self,
        record: &slog::Record<'_>,
        keys: Keys,
        serializer: &mut dyn Serializer,
    ) -> slog::Result;
}

impl Fields for () {
    const LEN: usize = 0;
    const PLAIN: bool = true;

    #[inline]
    fn words(&self) -> usize {
        0
    }

    #[inline]
    fn tags(&self, _: usize) -> u64 {
        0
    }

    #[inline]
    fn write(&self, _: &mut Words<'_>) {}

    #[inline]
    fn express(&self, _: &slog::Record<'_>, _: Keys, _: &mut Express<'_>) -> slog::Result {
        Ok(())
    }

    #[inline]
    fn put(&self, _: &slog::Record<'_>, _: Keys, _: &mut Writer<'_, '_>) {}

    fn serialize(&self, _: &slog::Record<'_>, _: Keys, _: &mut dyn Serializer) -> slog::Result {
        Ok(())
    }
}

impl<L: Fields, F: Field> Fields for (L, F) {
    const LEN: usize = L::LEN + 1;
    const PLAIN: bool = L::PLAIN && F::PLAIN;

    #[inline(always)]
    fn words(&self) -> usize {
        self.0.words() + self.1.words()
    }

    #[inline(always)]
    fn tags(&self, word: usize) -> u64 {
        let tag = if L::LEN / 8 == word { u64::from(self.1.tag()) << (8 * (L::LEN % 8)) } else { 0 };
        self.0.tags(word) | tag
    }

    #[inline(always)]
    fn write(&self, words: &mut Words<'_>) {
        self.0.write(words);
        self.1.write(words);
    }

    #[inline]
    fn express(&self, record: &slog::Record<'_>, keys: Keys, express: &mut Express<'_>) -> slog::Result {
        self.0.express(record, keys, express)?;
        express.expect(L::LEN)?;
        self.1.express(record, keys[L::LEN], express)
    }

    fn put(&self, record: &slog::Record<'_>, keys: Keys, writer: &mut Writer<'_, '_>) {
        self.0.put(record, keys, writer);
        self.1.put(record, keys[L::LEN], writer);
    }

    fn serialize(
        &self,
        record: &slog::Record<'_>,
        keys: Keys,
        serializer: &mut dyn Serializer,
    ) -> slog::Result {
        self.1.serialize(record, keys[L::LEN], serializer)?;
        self.0.serialize(record, keys, serializer)
    }
}

/// A value with the way in which it is written.
pub trait Field {
    /// As for [`Fields::PLAIN`]. Where it is false, `words`, `tag` and `write` are not called.
    const PLAIN: bool = false;

    /// As for [`Fields::words`].
    #[inline]
    fn words(&self) -> usize {
        0
    }

    /// Its type, as a record says it.
    #[inline]
    fn tag(&self) -> u8 {
        tag::NULL
    }

    /// As for [`Fields::write`].
    #[inline]
    fn write(&self, _: &mut Words<'_>) {}

    /// As for [`Fields::express`].
    ///
    /// # Errors
    ///
    /// It cannot go the straight way.
    fn express(
        &self,
        record: &slog::Record<'_>,
        key: &'static str,
        express: &mut Express<'_>,
    ) -> slog::Result;

    /// As for [`Fields::put`].
    fn put(&self, record: &slog::Record<'_>, key: &'static str, writer: &mut Writer<'_, '_>);

    /// Hands it to a drain that is not ours.
    fn serialize(
        &self,
        record: &slog::Record<'_>,
        key: &'static str,
        serializer: &mut dyn Serializer,
    ) -> slog::Result;
}

/// The text that `Display` or `Debug` makes of a value: `"key" => %value`, `"key" => ?value`.
#[derive(Debug)]
pub struct Shown<'v>(pub fmt::Arguments<'v>);

impl Field for Shown<'_> {
    fn express(&self, _: &slog::Record<'_>, _: &'static str, express: &mut Express<'_>) -> slog::Result {
        express.push_shown(&self.0)
    }

    fn put(&self, _: &slog::Record<'_>, key: &'static str, writer: &mut Writer<'_, '_>) {
        writer.shown(key, &self.0);
    }

    fn serialize(
        &self,
        _: &slog::Record<'_>,
        key: &'static str,
        serializer: &mut dyn Serializer,
    ) -> slog::Result {
        serializer.emit_arguments(slog::Key::from(key), &self.0)
    }
}

/// A value as it was given: `"key" => value`. The macros ask it for its [`Field`] by a method that two traits have, of
/// which the compiler takes the first that fits: [`ViaType`] for the types that we know, else [`ViaSlog`].
#[derive(Debug)]
pub struct Given<'v, T: ?Sized>(pub &'v T);

/// Values of types that we know.
pub trait ViaType<'v> {
    /// What writes the value.
    type Field: Field;
    /// What writes the value.
    fn field(self) -> Self::Field;
}

/// Values that know how to write themselves into slog's serializers.
pub trait ViaSlog<'v> {
    /// What writes the value.
    type Field: Field;
    /// What writes the value.
    fn field(&self) -> Self::Field;
}

/// A value of a type that we know.
#[derive(Debug)]
pub struct Typed<'v, T: ?Sized>(&'v T);

/// A value that writes itself.
#[derive(Debug)]
pub struct ByItself<'v, T: ?Sized>(&'v T);

impl<'v, T: Known + ?Sized> ViaType<'v> for Given<'v, T> {
    type Field = Typed<'v, T>;

    #[inline]
    fn field(self) -> Typed<'v, T> {
        Typed(self.0)
    }
}

impl<'v, T: slog::Value + ?Sized> ViaSlog<'v> for Given<'v, T> {
    type Field = ByItself<'v, T>;

    #[inline]
    fn field(&self) -> ByItself<'v, T> {
        ByItself(self.0)
    }
}

impl<T: Known + ?Sized> Field for Typed<'_, T> {
    const PLAIN: bool = true;

    #[inline(always)]
    fn words(&self) -> usize {
        self.0.words()
    }

    #[inline(always)]
    fn tag(&self) -> u8 {
        self.0.tag()
    }

    #[inline(always)]
    fn write(&self, words: &mut Words<'_>) {
        self.0.write(words);
    }

    #[inline]
    fn express(&self, _: &slog::Record<'_>, _: &'static str, express: &mut Express<'_>) -> slog::Result {
        express.push_known(self.0)
    }

    fn put(&self, _: &slog::Record<'_>, key: &'static str, writer: &mut Writer<'_, '_>) {
        writer.field(key, self.0.value());
    }

    fn serialize(
        &self,
        record: &slog::Record<'_>,
        key: &'static str,
        serializer: &mut dyn Serializer,
    ) -> slog::Result {
        slog::Value::serialize(self.0, record, slog::Key::from(key), serializer)
    }
}

impl<T: slog::Value + ?Sized> Field for ByItself<'_, T> {
    fn express(
        &self,
        record: &slog::Record<'_>,
        key: &'static str,
        express: &mut Express<'_>,
    ) -> slog::Result {
        self.0.serialize(record, slog::Key::from(key), express)
    }

    fn put(&self, record: &slog::Record<'_>, key: &'static str, writer: &mut Writer<'_, '_>) {
        let key = slog::Key::from(key);
        writer.guarded(|writer| self.0.serialize(record, key, writer));
    }

    fn serialize(
        &self,
        record: &slog::Record<'_>,
        key: &'static str,
        serializer: &mut dyn Serializer,
    ) -> slog::Result {
        self.0.serialize(record, slog::Key::from(key), serializer)
    }
}

/// A type whose values need no dynamic call to be written.
pub trait Known: slog::Value {
    /// As for [`Fields::words`].
    fn words(&self) -> usize;

    /// As for [`Field::tag`].
    fn tag(&self) -> u8;

    /// Writes the value.
    fn write(&self, words: &mut Words<'_>);

    /// The value as a drain sees it.
    fn value(&self) -> Value<'_>;
}

macro_rules! known_numbers {
    ($($from:ty => $tag:ident, $value:ident($to:ty), $it:ident => [$($word:expr),+];)+) => {$(
        impl Known for $from {
            #[inline(always)]
            fn words(&self) -> usize {
                const WORDS: usize = [$(stringify!($word)),+].len();
                WORDS
            }

            #[inline(always)]
            fn tag(&self) -> u8 {
                tag::$tag
            }

            #[inline(always)]
            fn write(&self, words: &mut Words<'_>) {
                let $it = *self;
                $(words.put($word);)+
            }

            #[inline]
            fn value(&self) -> Value<'_> {
                Value::$value(*self as $to)
            }
        }
    )+};
}

known_numbers! {
    u8 => U64, U64(u64), it => [it as u64];
    u16 => U64, U64(u64), it => [it as u64];
    u32 => U64, U64(u64), it => [it as u64];
    u64 => U64, U64(u64), it => [it];
    usize => U64, U64(u64), it => [it as u64];
    i8 => I64, I64(i64), it => [it as u64];
    i16 => I64, I64(i64), it => [it as u64];
    i32 => I64, I64(i64), it => [it as u64];
    i64 => I64, I64(i64), it => [it as u64];
    isize => I64, I64(i64), it => [it as u64];
    f32 => F32, F32(f32), it => [u64::from(it.to_bits())];
    f64 => F64, F64(f64), it => [it.to_bits()];
    char => CHAR, Char(char), it => [it as u64];
    i128 => I128, I128(i128), it => [it as u64, (it >> 64) as u64];
    u128 => U128, U128(u128), it => [it as u64, (it >> 64) as u64];
}

impl Known for bool {
    #[inline(always)]
    fn words(&self) -> usize {
        0
    }

    #[inline(always)]
    fn tag(&self) -> u8 {
        if *self { tag::TRUE } else { tag::FALSE }
    }

    #[inline(always)]
    fn write(&self, _: &mut Words<'_>) {}

    #[inline]
    fn value(&self) -> Value<'_> {
        Value::Bool(*self)
    }
}

/// More words than there is room for.
const TOO_MANY: usize = 1 << 40;

/// The words of a text that is long enough for a secret; too many where it may hold one, so that it is looked through.
#[cold]
#[inline(never)]
fn of_longer_text(text: &str) -> usize {
    if is_harmless(text.as_bytes()) { of_text(text.len()) } else { TOO_MANY }
}

impl Known for str {
    #[inline(always)]
    fn words(&self) -> usize {
        if self.len() <= UNCHECKED { of_text(self.len()) } else { of_longer_text(self) }
    }

    #[inline(always)]
    fn tag(&self) -> u8 {
        tag::STR
    }

    #[inline(always)]
    fn write(&self, words: &mut Words<'_>) {
        words.put_text(self.as_bytes());
    }

    #[inline]
    fn value(&self) -> Value<'_> {
        Value::Str(self)
    }
}

/// What a value is that holds another one is what that one is.
macro_rules! known_by_content {
    ($([$($generic:tt)*] $from:ty;)+) => {$(
        impl<$($generic)*> Known for $from
        where
            $from: slog::Value,
        {
            #[inline(always)]
            fn words(&self) -> usize {
                (**self).words()
            }

            #[inline(always)]
            fn tag(&self) -> u8 {
                (**self).tag()
            }

            #[inline(always)]
            fn write(&self, words: &mut Words<'_>) {
                (**self).write(words);
            }

            #[inline]
            fn value(&self) -> Value<'_> {
                (**self).value()
            }
        }
    )+};
}

known_by_content! {
    [] String;
    ['a, T: Known + ?Sized] &'a T;
    [T: Known + ?Sized] Box<T>;
    [T: Known + ?Sized] Arc<T>;
}

impl<T: Known> Known for Option<T> {
    #[inline(always)]
    fn words(&self) -> usize {
        self.as_ref().map_or(0, Known::words)
    }

    #[inline(always)]
    fn tag(&self) -> u8 {
        self.as_ref().map_or(tag::NULL, Known::tag)
    }

    #[inline(always)]
    fn write(&self, words: &mut Words<'_>) {
        if let Some(value) = self {
            value.write(words);
        }
    }

    #[inline]
    fn value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Known::value)
    }
}
