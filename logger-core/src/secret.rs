//! A value that cannot be logged by mistake.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroize;

use crate::{redact::MASK, value::Value};

/// A password, a token or a key: shows `***` wherever it is printed, logged or serialized, whatever its key is.
///
/// Only [`Secret::expose`] gives the value. The memory of the value is overwritten when the secret is dropped: that of a
/// `String` or a `Vec<u8>` as it is then, not the copies that were left behind where it grew or moved before.
///
/// ```
/// use logger_core::{Context, Secret};
///
/// let token = Secret::new(String::from("123:ABC"));
/// assert_eq!(format!("{token} {token:?}"), "*** ***");
/// assert_eq!(Context::new().with("login", &token).to_string(), "login=***");
/// assert_eq!(token.expose(), "123:ABC");
/// ```
#[derive(Clone)]
pub struct Secret<T: Zeroize> {
    value: T,
}

impl<T: Zeroize> Secret<T> {
    /// Hides a value.
    pub const fn new(value: T) -> Self {
        Secret { value }
    }

    /// The value, for the one place that needs it.
    pub const fn expose(&self) -> &T {
        &self.value
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.value.zeroize();
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Secret::new(value)
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T: Zeroize> slog::Value for Secret<T> {
    fn serialize(
        &self,
        _record: &slog::Record<'_>,
        key: slog::Key,
        serializer: &mut dyn slog::Serializer,
    ) -> slog::Result {
        serializer.emit_str(key, MASK)
    }
}

impl<T: Zeroize> From<&Secret<T>> for Value<'_> {
    fn from(_: &Secret<T>) -> Self {
        Value::Str(MASK)
    }
}

impl<T: Zeroize> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the error of the value's own type may repeat what it found
        T::deserialize(deserializer)
            .map(Secret::new)
            .map_err(|_| D::Error::custom("a secret of another type"))
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc};

    use super::*;

    const TEXT: &str = "hunter2";

    /// Says when it is overwritten.
    struct Witness(Rc<RefCell<u32>>);

    impl Zeroize for Witness {
        fn zeroize(&mut self) {
            *self.0.borrow_mut() += 1;
        }
    }

    #[test]
    fn a_secret_shows_the_same_text_however_it_is_printed_or_serialized() {
        let secret = Secret::new(TEXT.to_owned());
        assert_eq!(format!("{secret} {secret:?} {secret:#?} {secret:>9}"), "*** *** *** ***");
        assert_eq!(serde_json::to_string(&[&secret]).unwrap(), r#"["***"]"#);
        assert_eq!(Value::from(&secret), Value::Str("***"));
        assert_eq!(format!("{:?}", Some(secret.clone())), "Some(***)");
        assert_eq!(secret.expose(), TEXT);
    }

    #[test]
    fn a_secret_that_is_read_says_nothing_of_itself_in_an_error() {
        assert_eq!(serde_json::from_str::<Secret<String>>(r#""hunter2""#).unwrap().expose(), TEXT);
        let error = serde_json::from_str::<Secret<u8>>(r#""hunter2""#).unwrap_err();
        assert!(!error.to_string().contains(TEXT), "{error}");
    }

    #[test]
    fn a_secret_is_overwritten_when_it_is_dropped() {
        let count = Rc::default();
        drop(Secret::new(Witness(Rc::clone(&count))));
        assert_eq!(*count.borrow(), 1);
    }

    /// The bytes that lie in the memory of this process at an address, whoever they belong to now.
    #[cfg(target_os = "linux")]
    fn memory(at: usize, len: usize) -> Vec<u8> {
        use std::os::unix::fs::FileExt as _;

        let mut bytes = vec![0; len];
        let memory = std::fs::File::open("/proc/self/mem").unwrap();
        memory.read_exact_at(&mut bytes, at as u64).unwrap();
        bytes
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_of_a_secret_lies_in_the_memory_where_it_was() {
        // of a length that the allocator has no other use for, so that what was freed stays as it was left
        const LEN: usize = 1000;
        let text: String = (0..LEN).map(|at| char::from(b'a' + (at * at % 26) as u8)).collect();
        let is_there = |at: usize| {
            let left = memory(at, LEN);
            left.windows(8).any(|part| text.as_bytes().windows(8).any(|of_text| of_text == part))
        };
        let secret = Secret::new(text.clone());
        let at = secret.expose().as_ptr() as usize;
        assert!(is_there(at));
        drop(secret);
        assert!(!is_there(at), "of a text");

        // in place: its memory belongs to the box before and after
        let mut slot = Box::new(Some(Secret::new(<[u8; LEN]>::try_from(text.as_bytes()).unwrap())));
        let at = std::ptr::from_ref(slot.as_ref().as_ref().unwrap().expose()) as usize;
        assert!(is_there(at));
        *slot = None;
        assert!(!is_there(at), "of an array");
    }
}
