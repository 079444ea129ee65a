//! Bytes that may be text.

use std::fmt;

/// Bytes to be logged that may not be UTF-8: a name of a file, an answer from a socket.
///
/// Those that are UTF-8 come out as their text. Any others are marked and lossless, as Rust writes a byte string: what is
/// text stays readable, quotes and backslashes are escaped, other bytes are `\xNN`. A text that begins with `b"` is written
/// so too, so that the two cannot be mistaken for each other.
///
/// ```
/// use logger_core::Bytes;
///
/// assert_eq!(Bytes(b"caf\xc3\xa9").to_string(), "café");
/// assert_eq!(Bytes(b"caf\xe9 \"\\").to_string(), r#"b"caf\xe9 \"\\""#);
/// assert_eq!(Bytes(b"b\"").to_string(), r#"b"b\"""#);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes<'b>(pub &'b [u8]);

impl fmt::Display for Bytes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(self.0) {
            Ok(text) if !text.starts_with("b\"") => return f.write_str(text),
            _ => f.write_str("b\"")?,
        }
        for chunk in self.0.utf8_chunks() {
            for part in chunk.valid().split_inclusive(['"', '\\']) {
                match part.strip_suffix(['"', '\\']) {
                    Some(before) => write!(f, "{before}\\{}", &part[before.len()..])?,
                    None => f.write_str(part)?,
                }
            }
            chunk.invalid().iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
        }
        f.write_str("\"")
    }
}

impl slog::Value for Bytes<'_> {
    fn serialize(
        &self,
        _: &slog::Record<'_>,
        key: slog::Key,
        serializer: &mut dyn slog::Serializer,
    ) -> slog::Result {
        serializer.emit_arguments(key, &format_args!("{self}"))
    }
}
