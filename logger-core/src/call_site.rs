//! Log calls that know at compile time where they are, what their keys are, and of what types their values are.
//!
//! The macros take slog's syntax and make a slog record that any slog drain can take. A [`Pipeline`](crate::Pipeline)
//! sees that it is one of ours and has the values written without a dynamic call, without their keys, which stand once
//! in the dictionary of the run.

pub(crate) mod values;

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use slog::Serializer;

use self::values::Fields;
use crate::{
    codec::{
        dictionary::{Dictionary, Numbered},
        express::{Express, Fitness},
        frames::may_trace,
        place::Place,
        site::Definition,
        write::{Keys, Writer},
    },
    raw::typed,
    redact::{LiveRedaction, Redaction},
};

/// What the macros need of this crate. Not for other use: it may change at any time.
#[doc(hidden)]
pub mod private {
    pub use super::{
        CallSite, MARK, is_enabled, logged,
        values::{Field, Fields, Given, Shown, ViaSlog, ViaType},
    };
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
    fitness: Fitness,
}

impl CallSite {
    /// A call site with these keys.
    pub const fn new(keys: &'static [&'static str]) -> Self {
        CallSite { keys, known: AtomicU64::new(0), fitness: Fitness::new() }
    }

    /// Its number in a dictionary, if that was asked last.
    #[inline]
    fn number(&'static self, dictionary: &Dictionary) -> Option<Numbered> {
        let known = Numbered(self.known.load(Ordering::Relaxed));
        known.is_of(dictionary).then_some(known)
    }

    #[cold]
    fn ask_by(
        &'static self,
        record: &slog::Record<'_>,
        dictionary: &Dictionary,
        redaction: &LiveRedaction,
    ) -> Numbered {
        self.ask(record, dictionary, &redaction.load())
    }

    #[cold]
    fn ask(
        &'static self,
        record: &slog::Record<'_>,
        dictionary: &Dictionary,
        redaction: &Redaction,
    ) -> Numbered {
        let definition =
            Definition { place: Place::of(record), event: record.msg().as_str(), keys: self.keys };
        let known = dictionary.number(std::ptr::from_ref(self).addr(), definition, redaction);
        self.known.store(known.0, Ordering::Relaxed);
        if may_trace(record.level().into()) {
            // the straight way has no backtrace; not for this record either
            self.fitness.never();
            return Numbered::NONE;
        }
        known
    }
}

/// The values of a log call.
#[derive(Debug)]
struct Call<'v, F> {
    site: &'static CallSite,
    fields: &'v F,
}

impl<F: Fields> Call<'_, F> {
    #[inline(always)]
    fn express(&self, record: &slog::Record<'_>, express: &mut Express<'_>) {
        if !express.heed(&self.site.fitness) {
            return;
        }
        let numbered = self.site.number(express.dictionary);
        let numbered =
            numbered.unwrap_or_else(|| self.site.ask_by(record, express.dictionary, express.redaction));
        if F::PLAIN {
            express.put_plain(self.fields, numbered);
        } else {
            express.put_mixed(self.fields, record, numbered, self.site.keys);
        }
    }

    fn write(&self, record: &slog::Record<'_>, writer: &mut Writer<'_, '_>) {
        if let Some(dictionary) = writer.dictionary {
            let numbered = self.site.number(dictionary);
            writer.site = numbered.unwrap_or_else(|| self.site.ask(record, dictionary, writer.redaction));
        }
        self.fields.put(record, self.site.keys, writer);
    }
}

impl<F: Fields> slog::KV for Call<'_, F> {
    fn serialize(&self, record: &slog::Record<'_>, serializer: &mut dyn Serializer) -> slog::Result {
        if typed::express::accept(serializer, |express| self.express(record, express)).is_some() {
            return Ok(());
        }
        match typed::write::accept(serializer, |writer| self.write(record, writer)) {
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
