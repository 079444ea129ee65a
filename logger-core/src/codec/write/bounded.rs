//! What the caller's own code writes, `Display` and `Serialize`: bounded in length and depth, and no panic of it gets out.

use std::{
    cell::RefCell,
    fmt::{self, Write as _},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
};

use serde::Serialize as _;

use super::{Writer, cut_at_char};
use crate::{
    codec::{
        buffer::Full,
        decode::text,
        limit,
        nested::{Masking, Tap},
    },
    redact::{Redaction, is_harmless, is_harmless_json, masked_json},
};

impl Writer<'_, '_> {
    /// Writes what a `Display` of the caller writes: bounded, and with a word in its place where it panics.
    pub(in crate::codec) fn put_formatted(&mut self, shown: fmt::Arguments<'_>) -> Result<(), Full> {
        let start = self.buffer.len;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut target = Bounded { writer: self, left: limit::VALUE, refused: false };
            let formatted = target.write_fmt(shown);
            formatted.is_ok() || target.refused
        }));
        let complaint = match outcome {
            Ok(true) => return self.mask_from(start, is_harmless, Redaction::masked_text),
            Ok(false) => "<error in Display>",
            Err(_) => "<panic in Display>",
        };
        self.buffer.truncate(start);
        self.buffer.put(complaint.as_bytes())
    }

    /// Masks the secrets of the text that was written from `start` on.
    fn mask_from(
        &mut self,
        start: usize,
        is_harmless: impl FnOnce(&[u8]) -> bool,
        mask: impl FnOnce(&Redaction, &str) -> Option<String>,
    ) -> Result<(), Full> {
        let written = &self.buffer.bytes()[start..];
        if is_harmless(written) {
            return Ok(());
        }
        let Some(masked) = mask(self.redaction, text(written)) else { return Ok(()) };
        self.buffer.truncate(start);
        self.buffer.put(masked.as_bytes())
    }

    /// Writes what serde makes of a nested value.
    pub(super) fn put_json(&mut self, value: &dyn erased_serde::Serialize) -> Result<(), JsonTrouble> {
        let redaction = self.redaction;
        let start = self.buffer.len;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let bounded = Bounded { writer: self, left: limit::VALUE, refused: false };
            let tap = RefCell::new(Tap::new());
            let mut target = Shallow { bounded, tap: &tap, depth: 0, in_string: false };
            let masking = Masking::new(redaction, &tap);
            let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut target, masking));
            match written {
                Ok(()) => Ok(()),
                Err(_) if target.bounded.refused => Err(JsonTrouble::TooLong),
                Err(error) => Err(JsonTrouble::Refused(error.to_string())),
            }
        }));
        outcome.unwrap_or(Err(JsonTrouble::Panicked))?;
        self.mask_from(start, is_harmless_json, masked_json).map_err(|Full| JsonTrouble::TooLong)
    }
}

/// Why a nested value is not in the record.
pub(super) enum JsonTrouble {
    TooLong,
    Refused(String),
    Panicked,
}

/// Takes at most `left` bytes; then refuses, so that the caller's formatting ends.
struct Bounded<'e, 'b, 'a> {
    writer: &'e mut Writer<'b, 'a>,
    left: usize,
    refused: bool,
}

impl fmt::Write for Bounded<'_, '_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let short = cut_at_char(text, self.left);
        let put = self.writer.buffer.put(short.as_bytes());
        self.left -= short.len();
        if put.is_ok() && short.len() == text.len() {
            return Ok(());
        }
        self.writer.cut(text.len() - short.len());
        self.writer.truncated = true;
        self.refused = true;
        Err(fmt::Error)
    }
}

/// A JSON text of bounded depth: ends a nesting that would end the stack of the caller's thread.
///
/// serde_json writes each bracket and each quote of its own by a call of one byte; what lies between quotes is content.
struct Shallow<'e, 'b, 'a> {
    bounded: Bounded<'e, 'b, 'a>,
    tap: &'e RefCell<Tap>,
    depth: usize,
    in_string: bool,
}

impl io::Write for Shallow<'_, '_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match bytes {
            b"\"" => self.in_string = !self.in_string,
            b"{" | b"[" if !self.in_string => self.depth += 1,
            b"}" | b"]" if !self.in_string => self.depth -= 1,
            _ => {}
        }
        let passes = self.tap.borrow_mut().passes(bytes);
        let Bounded { writer, left, refused } = &mut self.bounded;
        // what does not pass counts too, so that it ends
        let fits = self.depth <= limit::DEPTH && bytes.len() <= *left;
        if !fits || passes && writer.buffer.put(bytes).is_err() {
            *refused = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        *left -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
