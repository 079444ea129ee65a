//! The values of a log call, each of a type that the compiler knows.

use std::{fmt, sync::Arc};

use slog::Serializer;

use crate::codec::{
    buffer::copy,
    tag,
    write::{Keys, Writer, takes_short_way},
};

/// A list of fields: `((((), first), second), third)`.
pub trait Fields {
    /// How many there are.
    const LEN: usize;

    /// Bytes that [`Fields::write_into`] fills; more than any ring has where a field of them cannot tell.
    fn size(&self) -> usize;

    /// Writes them, the first one first, without their keys, into the first bytes, and returns the others.
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8];

    /// Writes them one after another, whatever they are and whether or not there is room.
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

    #[inline]
    fn size(&self) -> usize {
        0
    }

    #[inline]
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
        space
    }

    #[inline]
    fn put(&self, _: &slog::Record<'_>, _: Keys, _: &mut Writer<'_, '_>) {}

    fn serialize(&self, _: &slog::Record<'_>, _: Keys, _: &mut dyn Serializer) -> slog::Result {
        Ok(())
    }
}

impl<L: Fields, F: Field> Fields for (L, F) {
    const LEN: usize = L::LEN + 1;

    #[inline]
    fn size(&self) -> usize {
        self.0.size() + self.1.size()
    }

    #[inline]
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
        self.1.write_into(self.0.write_into(space))
    }

    #[inline]
    fn put(&self, record: &slog::Record<'_>, keys: Keys, writer: &mut Writer<'_, '_>) {
        self.0.put(record, keys, writer);
        self.1.put(record, keys, L::LEN, writer);
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

/// More bytes than a ring has: the size of what does not know its size.
const UNKNOWN: usize = 1 << 40;

/// A value with the way in which it is written.
pub trait Field {
    /// As for [`Fields::size`].
    #[inline]
    fn size(&self) -> usize {
        UNKNOWN
    }

    /// As for [`Fields::write_into`].
    #[inline]
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
        space
    }

    /// Writes it as the field with this index.
    fn put(&self, record: &slog::Record<'_>, keys: Keys, index: usize, writer: &mut Writer<'_, '_>);

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
    fn put(&self, _: &slog::Record<'_>, keys: Keys, index: usize, writer: &mut Writer<'_, '_>) {
        writer.shown(keys[index], &self.0);
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
    #[inline]
    fn size(&self) -> usize {
        self.0.size()
    }

    #[inline]
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
        self.0.write_into(space)
    }

    #[inline]
    fn put(&self, _: &slog::Record<'_>, keys: Keys, index: usize, writer: &mut Writer<'_, '_>) {
        self.0.put(keys, index, writer);
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
    fn put(&self, record: &slog::Record<'_>, keys: Keys, index: usize, writer: &mut Writer<'_, '_>) {
        let key = slog::Key::from(keys[index]);
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
    /// As for [`Fields::size`].
    fn size(&self) -> usize;

    /// As for [`Fields::write_into`].
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8];

    /// Writes a value as the field with this index.
    fn put(&self, keys: Keys, index: usize, writer: &mut Writer<'_, '_>);
}

/// Writes a tag and as many bytes as are known at compile time.
#[inline]
fn write_tagged<const N: usize>(tag: u8, bytes: [u8; N], space: &mut [u8]) -> &mut [u8] {
    let Some((first, rest)) = space.split_first_mut() else { return &mut [] };
    let Some((value, rest)) = rest.split_first_chunk_mut::<N>() else { return &mut [] };
    *first = tag;
    *value = bytes;
    rest
}

macro_rules! known_numbers {
    ($($from:ty => $tag:ident($to:ty)),+ $(,)?) => {$(
        impl Known for $from {
            #[inline]
            fn size(&self) -> usize {
                1 + size_of::<$to>()
            }

            #[inline]
            fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
                write_tagged(tag::$tag, (*self as $to).to_le_bytes(), space)
            }

            #[inline]
            fn put(&self, keys: Keys, index: usize, writer: &mut Writer<'_, '_>) {
                writer.number(keys, index, tag::$tag, (*self as $to).to_le_bytes());
            }
        }
    )+};
}

known_numbers! {
    u8 => U64(u64), u16 => U64(u64), u32 => U64(u64), u64 => U64(u64), usize => U64(u64),
    i8 => I64(i64), i16 => I64(i64), i32 => I64(i64), i64 => I64(i64), isize => I64(i64),
    i128 => I128(i128), u128 => U128(u128),
    f32 => F32(f32), f64 => F64(f64), char => CHAR(u32),
}

impl Known for bool {
    #[inline]
    fn size(&self) -> usize {
        1
    }

    #[inline]
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
        write_tagged(if *self { tag::TRUE } else { tag::FALSE }, [], space)
    }

    #[inline]
    fn put(&self, keys: Keys, index: usize, writer: &mut Writer<'_, '_>) {
        writer.number(keys, index, if *self { tag::TRUE } else { tag::FALSE }, []);
    }
}

impl Known for str {
    #[inline]
    fn size(&self) -> usize {
        if takes_short_way(self) { 5 + self.len() } else { UNKNOWN }
    }

    #[inline]
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
        let space = write_tagged(tag::STR, (self.len() as u32).to_le_bytes(), space);
        let Some((text, rest)) = space.split_at_mut_checked(self.len()) else { return &mut [] };
        copy(self.as_bytes(), text);
        rest
    }

    #[inline]
    fn put(&self, keys: Keys, index: usize, writer: &mut Writer<'_, '_>) {
        writer.text(keys, index, self);
    }
}

/// What a value is that holds another one is what that one is.
macro_rules! known_by_content {
    ($([$($generic:tt)*] $from:ty;)+) => {$(
        impl<$($generic)*> Known for $from
        where
            $from: slog::Value,
        {
            #[inline]
            fn size(&self) -> usize {
                (**self).size()
            }

            #[inline]
            fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
                (**self).write_into(space)
            }

            #[inline]
            fn put(&self, keys: Keys, index: usize, writer: &mut Writer<'_, '_>) {
                (**self).put(keys, index, writer);
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
    #[inline]
    fn size(&self) -> usize {
        self.as_ref().map_or(1, Known::size)
    }

    #[inline]
    fn write_into<'s>(&self, space: &'s mut [u8]) -> &'s mut [u8] {
        match self {
            Some(value) => value.write_into(space),
            None => write_tagged(tag::NULL, [], space),
        }
    }

    #[inline]
    fn put(&self, keys: Keys, index: usize, writer: &mut Writer<'_, '_>) {
        match self {
            Some(value) => value.put(keys, index, writer),
            None => writer.number(keys, index, tag::NULL, []),
        }
    }
}
