//! What is known of a key: one row of the table in [`crate::keys`].

use std::{marker::PhantomData, ops::Deref};

use serde_json::Value as Json;

use crate::{given::Given, setting::Setting};

/// One key, or one key of every section whose name is free (`drains.*.level`).
#[derive(Debug)]
pub(crate) struct Key {
    /// The sections and the key itself, such as `files.max_size`. `*` stands for a name that the configuration gives.
    pub(crate) path: &'static str,
    /// What it means, in words; begins in lower case and ends without a full stop.
    pub(crate) doc: &'static str,
    /// In the form of the environment; `None` where the absence of the key means something of its own.
    pub(crate) default: Option<&'static str>,
    /// A value for documents, in the form of the environment, where there is no default.
    pub(crate) example: Option<&'static str>,
    /// The short name in the environment.
    pub(crate) short: Option<Short>,
    /// The flag of the command line, without its dashes.
    pub(crate) flag: Option<&'static str>,
    pub(crate) change: Change,
    pub(crate) secrecy: Secrecy,
    /// Where it stands in a section `drains.*`: the kinds of drains that have it; empty for all.
    pub(crate) kinds: &'static [&'static str],
    /// Takes a text apart that speaks for other keys too.
    pub(crate) expands: Option<Expand>,
    /// How a value is judged and described.
    pub(crate) kind: Kind,
}

/// The paths and values of a text that speaks for several keys; `None` for another text. The error is the whole message for
/// its giver.
pub(crate) type Expand = fn(&str) -> Option<Result<Vec<(String, Given)>, String>>;

/// When a changed value takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// When the file is saved.
    Live,
    /// At the next start.
    Restart,
}

/// Whether a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Secrecy {
    Open,
    /// Masked wherever it is shown; may be read from a file that `<key>_file` names.
    Secret,
}

/// How the value of a type is judged and described.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What is allowed, in a few words.
    pub(crate) form: fn() -> String,
    /// The same as a JSON Schema.
    pub(crate) schema: fn() -> Json,
    /// Says what is wrong with a value.
    pub(crate) check: fn(&Given) -> Result<(), String>,
    /// What a text of the environment gives to the key.
    pub(crate) from_environment: fn(&str) -> Given,
}

impl Kind {
    const fn of<T: Setting>() -> Self {
        Kind {
            form: T::form,
            schema: T::schema,
            check: |given| T::read(given).map(drop),
            from_environment: T::from_environment,
        }
    }
}

/// A short name in the environment.
#[derive(Debug)]
pub(crate) struct Short {
    pub(crate) name: &'static str,
    /// Reads a text where the short name has a language of its own.
    pub(crate) read: Option<ReadShort>,
}

/// Reads a text under a short name; the error is the whole message for its giver.
type ReadShort = fn(&str) -> Result<Given, String>;

impl Key {
    /// The general form of its name in the environment: `LOG__FILES__MAX_SIZE`.
    pub(crate) fn variable(&self) -> String {
        format!("{PREFIX}{}", self.path.to_ascii_uppercase().replace('.', SEPARATOR))
    }

    /// The value of a text, as the environment, a preset and the command line give it.
    pub(crate) fn of_text(&self, text: &str) -> Given {
        (self.kind.from_environment)(text)
    }

    /// A value as it may be shown.
    pub(crate) fn shown(&self, given: &Given) -> Given {
        match self.secrecy {
            Secrecy::Open => given.clone(),
            Secrecy::Secret => Given::Masked,
        }
    }
}

/// How the general form of a key begins in the environment.
pub(crate) const PREFIX: &str = "LOG__";
/// What stands between section and key there; a key itself contains single underscores.
pub(crate) const SEPARATOR: &str = "__";

/// A key with the type of its value, so that what is read under it has that type.
#[derive(Debug)]
pub(crate) struct Typed<T> {
    pub(crate) key: Key,
    value: PhantomData<fn() -> T>,
}

impl<T> Deref for Typed<T> {
    type Target = Key;

    fn deref(&self) -> &Key {
        &self.key
    }
}

impl<T: Setting> Typed<T> {
    pub(crate) const fn new(path: &'static str, doc: &'static str) -> Self {
        let key = Key {
            path,
            doc,
            default: None,
            example: None,
            short: None,
            flag: None,
            change: Change::Restart,
            secrecy: Secrecy::Open,
            kinds: &[],
            expands: None,
            kind: Kind::of::<T>(),
        };
        Typed { key, value: PhantomData }
    }

    pub(crate) const fn default(self, text: &'static str) -> Self {
        Typed { key: Key { default: Some(text), ..self.key }, ..self }
    }

    pub(crate) const fn example(self, text: &'static str) -> Self {
        Typed { key: Key { example: Some(text), ..self.key }, ..self }
    }

    pub(crate) const fn short(self, name: &'static str) -> Self {
        Typed { key: Key { short: Some(Short { name, read: None }), ..self.key }, ..self }
    }

    pub(crate) const fn short_read(self, name: &'static str, read: ReadShort) -> Self {
        Typed { key: Key { short: Some(Short { name, read: Some(read) }), ..self.key }, ..self }
    }

    pub(crate) const fn flag(self, name: &'static str) -> Self {
        Typed { key: Key { flag: Some(name), ..self.key }, ..self }
    }

    /// A change takes effect without a restart; see `crate::reload`.
    pub(crate) const fn live(self) -> Self {
        Typed { key: Key { change: Change::Live, ..self.key }, ..self }
    }

    pub(crate) const fn secret(self) -> Self {
        Typed { key: Key { secrecy: Secrecy::Secret, ..self.key }, ..self }
    }

    pub(crate) const fn expands(self, expand: Expand) -> Self {
        Typed { key: Key { expands: Some(expand), ..self.key }, ..self }
    }

    /// Only drains of these kinds have it.
    pub(crate) const fn of_kinds(self, kinds: &'static [&'static str]) -> Self {
        Typed { key: Key { kinds, ..self.key }, ..self }
    }
}

/// A part of the table of keys. Each row is a static of its own, by which its value is read, and a member of `TABLE`:
///
/// ```text
/// keys! {
///     /// what the key means, as the README, the schema and the command line say it
///     MAX_SIZE: FileSize = "files.max_size", default("10 MB"), short("LOG_MAX_FILE_SIZE");
/// }
/// ```
///
/// Keys by which one of several differs from what all have in common come last, with an example each:
///
/// ```text
///     like "files" in "drains.*" for FILE {
///         MAX_SIZE: FileSize = "max_size", "50 MB";
///     }
/// ```
macro_rules! keys {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $path:literal $(, $with:ident($($argument:expr),*))*;)+
     $(like $common:literal in $section:literal for $kinds:ident {
        $($like:ident: $like_type:ty = $key:literal, $example:literal;)+
     })*) => {
        $(pub(crate) static $name: $crate::key::Typed<$type> =
            $crate::key::Typed::new($path, concat!($($doc),+))$(.$with($($argument),*))*;)+
        $($(pub(crate) static $like: $crate::key::Typed<$like_type> = $crate::key::Typed::new(
            concat!($section, ".", $key),
            concat!("absent: as `", $common, ".", $key, "`"),
        )
        .example($example)
        .of_kinds($kinds);)+)*
        /// The rows, in their order.
        pub(super) static TABLE: &[&$crate::key::Key] = &[$(&$name.key,)+ $($(&$like.key,)+)*];
    };
}
pub(crate) use keys;
