//! A value with its type, and with bytes of its own.

use std::{
    error::Error,
    fmt::{self, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
};

/// A value with its type.
#[derive(Debug, Clone)]
pub(crate) enum Field {
    #[cfg(feature = "log")]
    Null,
    Bool(bool),
    I64(i64),
    U64(u64),
    I128(i128),
    U128(u128),
    F64(f64),
    Text(String),
    Error(Chain),
}

/// The text that a value makes of itself. What it does is its own: where it panics or fails, that is said in its place, and one that
/// never ends is stopped, as in the logger's own calls.
pub(crate) fn text_of(shown: fmt::Arguments<'_>) -> String {
    let mut text = Bounded::default();
    match catch_unwind(AssertUnwindSafe(|| text.write_fmt(shown))) {
        Err(_) => "<panic in Display>".into(),
        Ok(Err(_)) if !text.is_full => "<error in Display>".into(),
        Ok(_) => text.text,
    }
}

/// So many bytes of a text are taken: more than the logger keeps, which cuts it and says so in the record.
const LONGEST: usize = 512 * 1024;

/// A text that takes no more than [`LONGEST`] bytes.
#[derive(Default)]
struct Bounded {
    text: String,
    is_full: bool,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = LONGEST - self.text.len();
        if more.len() <= room {
            self.text.push_str(more);
            return Ok(());
        }
        let end = (0..=room).rev().find(|at| more.is_char_boundary(*at)).unwrap_or(0);
        self.text.push_str(&more[..end]);
        self.is_full = true;
        Err(fmt::Error)
    }
}

/// The messages of an error and of its sources.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    message: String,
    source: Option<Box<Chain>>,
}

/// So many sources are kept: an error that points at itself has no end.
const DEEPEST: usize = 32;

impl Chain {
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Chain {
        Chain::upto(error, DEEPEST)
    }

    fn upto(error: &(dyn Error + 'static), left: usize) -> Chain {
        let source = error.source().filter(|_| left > 0).map(|it| Box::new(Chain::upto(it, left - 1)));
        Chain { message: text_of(format_args!("{error}")), source }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Chain {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|it| it as &(dyn Error + 'static))
    }
}

/// Fields in their order; of two with one key the first one counts.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(&'static str, Field)>);

impl Fields {
    /// Adds a field, unless one with its key is there.
    pub(crate) fn add(&mut self, key: &'static str, field: Field) {
        if !self.0.iter().any(|(it, _)| *it == key) {
            self.0.push((key, field));
        }
    }

    /// Adds a field, or gives the one that is there another value.
    #[cfg(feature = "tracing")]
    pub(crate) fn set(&mut self, key: &'static str, field: Field) {
        match self.0.iter_mut().find(|(it, _)| *it == key) {
            Some(known) => known.1 = field,
            None => self.0.push((key, field)),
        }
    }

    #[cfg(feature = "tracing")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &(&'static str, Field)> {
        self.0.iter()
    }
}

impl slog::KV for Fields {
    fn serialize(&self, _: &slog::Record<'_>, serializer: &mut dyn slog::Serializer) -> slog::Result {
        self.0.iter().try_for_each(|(key, field)| match field {
            #[cfg(feature = "log")]
            Field::Null => serializer.emit_none(key),
            Field::Bool(it) => serializer.emit_bool(key, *it),
            Field::I64(it) => serializer.emit_i64(key, *it),
            Field::U64(it) => serializer.emit_u64(key, *it),
            Field::I128(it) => serializer.emit_i128(key, *it),
            Field::U128(it) => serializer.emit_u128(key, *it),
            Field::F64(it) => serializer.emit_f64(key, *it),
            Field::Text(it) => serializer.emit_str(key, it),
            Field::Error(it) => serializer.emit_error(key, it),
        })
    }
}
