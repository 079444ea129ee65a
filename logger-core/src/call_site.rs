//! Log calls that know at compile time where they are, what their keys are, and of what types their values are.
//!
//! The macros take slog's syntax and make a slog record that any slog drain can take. A [`Pipeline`](crate::Pipeline)
//! sees that it is one of ours and has the values written without a dynamic call, without their keys, which stand once
//! in the dictionary of the run.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use slog::Serializer;

use crate::{
    codec::{
        buffer::copy,
        dictionary::{Dictionary, Numbered},
        place::Place,
        site::Definition,
        tag,
        write::{Keys, SHORT, Writer},
    },
    raw::typed,
    redact::Redaction,
};

/// What the macros need of this crate. Not for other use: it may change at any time.
#[doc(hidden)]
pub mod private {
    pub use super::{CallSite, Field, Fields, Given, MARK, Shown, ViaSlog, ViaType, is_enabled, logged};
}

/// Tells the records of our macros from others: the name of the function, which is empty for slog's too, begins here.
pub static MARK: &str = match std::str::from_utf8(MARKED.split_at(0).0) {
    Ok(empty) => empty,
    Err(_) => "",
};

/// A static of its own has one address in all crates; that of a literal differs from crate to crate.
static MARKED: [u8; 1] = [0];

/// Whether a record was made by our macros.
#[inline]
pub(crate) fn is_ours(record: &slog::Record<'_>) -> bool {
    std::ptr::eq(record.function().as_ptr(), MARK.as_ptr())
}

/// What is known of a log call at compile time. A static of its own belongs to each.
#[derive(Debug)]
pub struct CallSite {
    keys: Keys,
    /// What the dictionary said that was asked last.
    known: AtomicU64,
}

impl CallSite {
    /// A call site with these keys.
    pub const fn new(keys: &'static [&'static str]) -> Self {
        CallSite { keys, known: AtomicU64::new(0) }
    }

    /// Its number in a dictionary.
    #[inline]
    fn number(
        &'static self,
        record: &slog::Record<'_>,
        dictionary: &Dictionary,
        redaction: &Redaction,
    ) -> Numbered {
        let known = Numbered(self.known.load(Ordering::Relaxed));
        if known.is_of(dictionary) { known } else { self.ask(record, dictionary, redaction) }
    }

    #[cold]
    fn ask(
        &'static self,
        record: &slog::Record<'_>,
        dictionary: &Dictionary,
        redaction: &Redaction,
    ) -> Numbered {
        let place = Place { file: record.file(), module: record.module(), line: record.line() };
        let definition = Definition { place, event: record.msg().as_str(), keys: self.keys };
        let known = dictionary.number(std::ptr::from_ref(self).addr(), definition, redaction);
        self.known.store(known.0, Ordering::Relaxed);
        known
    }
}

/// The values of a log call.
#[derive(Debug)]
struct Call<'v, F> {
    site: &'static CallSite,
    fields: &'v F,
}

impl<F: Fields> slog::KV for Call<'_, F> {
    fn serialize(&self, record: &slog::Record<'_>, serializer: &mut dyn Serializer) -> slog::Result {
        let put = typed::accept(serializer, |writer| {
            writer.put_static(self.fields, record, self.site.keys, |dictionary, redaction| {
                self.site.number(record, dictionary, redaction)
            });
        });
        match put {
            Some(()) => Ok(()),
            None => self.fields.serialize(record, self.site.keys, serializer),
        }
    }
}

/// Whether a logger takes records of a level.
#[inline]
pub fn is_enabled<D: slog::SendSyncUnwindSafeDrain<Ok = (), Err = slog::Never>>(
    logger: &slog::Logger<D>,
    level: slog::Level,
) -> bool {
    slog::Drain::is_enabled(logger, level)
}

/// Logs to any slog logger.
#[inline]
pub fn logged<D: slog::SendSyncUnwindSafeDrain<Ok = (), Err = slog::Never>>(
    logger: &slog::Logger<D>,
    place: &'static slog::RecordStatic<'static>,
    site: &'static CallSite,
    event: fmt::Arguments<'_>,
    fields: &impl Fields,
) {
    logger.log(&slog::Record::new(place, &event, slog::BorrowedKV(&Call { site, fields })));
}

/// A list of fields: `((((), first), second), third)`.
pub trait Fields {
    /// How many there are.
    const LEN: usize;

    /// Bytes that [`Fields::write`] fills; [`UNKNOWN`] or more where a field of them cannot tell.
    fn size(&self) -> usize;

    /// Writes them, the first one first, without their keys.
    fn write(&self, space: &mut [u8]) {
        self.write_into(space);
    }

    /// Writes them into the first bytes, and returns the others.
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
        if self.len() <= SHORT { 5 + self.len() } else { UNKNOWN }
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

/// Logs at a level. Used by the macros that are named after the levels.
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    // a text without arguments, and fields
    (($($level:tt)*) $logger:expr, $event:literal $(; $($fields:tt)*)?) => {
        $crate::__log!(@field ($($level)*) ($logger, $event) {} {()} {$($($fields)*)?} $($($fields)*)?)
    };
    // anything else that slog takes: arguments of the text, tags
    (($level:ident $slog:ident) $($other:tt)*) => {
        $crate::slog::$slog!($($other)*)
    };
    (@field $level:tt $call:tt {$($keys:literal,)*} {$fields:expr} $all:tt $(,)?) => {
        $crate::__log!(@call $level $call {$($keys,)*} {$fields})
    };
    (@field $level:tt $call:tt {$($keys:tt)*} {$fields:expr} $all:tt $key:literal => %$value:expr $(, $($rest:tt)*)?) => {
        $crate::__log!(@field $level $call {$($keys)* $key,}
            {($fields, $crate::private::Shown(::core::format_args!("{}", $value)))} $all $($($rest)*)?)
    };
    (@field $level:tt $call:tt {$($keys:tt)*} {$fields:expr} $all:tt $key:literal => ?$value:expr $(, $($rest:tt)*)?) => {
        $crate::__log!(@field $level $call {$($keys)* $key,}
            {($fields, $crate::private::Shown(::core::format_args!("{:?}", $value)))} $all $($($rest)*)?)
    };
    // `#` before a value, and what is no text before an arrow, are slog's
    (@field ($level:ident $slog:ident) ($logger:expr, $event:literal) $keys:tt $fields:tt {$($all:tt)*} $key:literal => # $($rest:tt)*) => {
        $crate::slog::$slog!($logger, $event; $($all)*)
    };
    (@field $level:tt $call:tt {$($keys:tt)*} {$fields:expr} $all:tt $key:literal => $value:expr $(, $($rest:tt)*)?) => {
        $crate::__log!(@field $level $call {$($keys)* $key,}
            {($fields, $crate::private::Given(&$value).field())} $all $($($rest)*)?)
    };
    (@field ($level:ident $slog:ident) ($logger:expr, $event:literal) $keys:tt $fields:tt {$($all:tt)*} $($rest:tt)*) => {
        $crate::slog::$slog!($logger, $event; $($all)*)
    };
    (@call ($level:ident $slog:ident) ($logger:expr, $event:literal) {$($keys:literal,)*} {$fields:expr}) => {
        if $crate::slog::Level::$level.as_usize() <= $crate::slog::__slog_static_max_level().as_usize() {
            // the names of items may clash with those in the values
            static __LOGGER_CORE_LOCATION: $crate::slog::RecordLocation = $crate::slog::RecordLocation {
                file: ::core::file!(),
                line: ::core::line!(),
                column: ::core::column!(),
                function: $crate::private::MARK,
                module: ::core::module_path!(),
            };
            static __LOGGER_CORE_PLACE: $crate::slog::RecordStatic<'static> = $crate::slog::RecordStatic {
                location: &__LOGGER_CORE_LOCATION,
                level: $crate::slog::Level::$level,
                tag: "",
            };
            static __LOGGER_CORE_SITE: $crate::private::CallSite = $crate::private::CallSite::new(&[$($keys),*]);
            let logger = &$logger;
            if $crate::private::is_enabled(logger, $crate::slog::Level::$level) {
                #[allow(unused_imports)]
                use $crate::private::{ViaSlog as _, ViaType as _};
                $crate::private::logged(
                    logger,
                    &__LOGGER_CORE_PLACE,
                    &__LOGGER_CORE_SITE,
                    ::core::format_args!($event),
                    &$fields,
                );
            }
        }
    };
}

/// Logs at level TRACE. See [`info!`](crate::info).
#[macro_export]
macro_rules! trace {
    ($($call:tt)+) => { $crate::__log!((Trace trace) $($call)+) };
}

/// Logs at level DEBUG. See [`info!`](crate::info).
#[macro_export]
macro_rules! debug {
    ($($call:tt)+) => { $crate::__log!((Debug debug) $($call)+) };
}

/// Logs at level INFO.
///
/// Takes what `slog::info!` takes, and logs to any slog logger. A call whose text has no arguments and whose keys are
/// literals is the fast one; its values keep their types. When the level is off, nothing of it is evaluated.
///
/// ```
/// # let log = logger_core::slog::Logger::root(logger_core::slog::Discard, logger_core::o!());
/// use logger_core::info;
///
/// let (side, reason) = ("BUY", Some("signal"));
/// info!(log, "order filled"; "price" => 70_000.25, "side" => side, "reason" => ?reason);
/// ```
#[macro_export]
macro_rules! info {
    ($($call:tt)+) => { $crate::__log!((Info info) $($call)+) };
}

/// Logs at level WARNING. See [`info!`](crate::info).
#[macro_export]
macro_rules! warn {
    ($($call:tt)+) => { $crate::__log!((Warning warn) $($call)+) };
}

/// Logs at level WARNING. See [`info!`](crate::info).
#[macro_export]
macro_rules! warning {
    ($($call:tt)+) => { $crate::__log!((Warning warn) $($call)+) };
}

/// Logs at level ERROR. See [`info!`](crate::info).
#[macro_export]
macro_rules! error {
    ($($call:tt)+) => { $crate::__log!((Error error) $($call)+) };
}

/// Logs at level CRITICAL. See [`info!`](crate::info).
#[macro_export]
macro_rules! crit {
    ($($call:tt)+) => { $crate::__log!((Critical crit) $($call)+) };
}

/// Logs at level CRITICAL. See [`info!`](crate::info).
#[macro_export]
macro_rules! critical {
    ($($call:tt)+) => { $crate::__log!((Critical crit) $($call)+) };
}
