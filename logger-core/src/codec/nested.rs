//! Masks secrets by key inside of a nested value, while serde_json writes it.
//!
//! The formatter knows where a key begins and ends; the writer sees the bytes. Between them lies a [`Tap`]: the formatter
//! turns it so that the writer keeps a copy of a key, or takes the bytes of a secret away before they reach the record.

use std::{cell::RefCell, io, mem};

use serde::Serialize as _;
use serde_json::ser::Formatter;

use crate::redact::{MASK, Redaction, Treatment, last_three};

/// What the writer does with the bytes that come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Pass,
    /// They belong to a key: they pass, and a copy is kept.
    PassAndKeep,
    /// They belong to a secret.
    Drop,
    /// They belong to a secret whose end will be shown.
    DropAndKeep,
}

/// See the module's text.
#[derive(Debug)]
pub(super) struct Tap {
    turn: Turn,
    kept: Vec<u8>,
}

impl Tap {
    pub(super) fn new() -> Self {
        Tap { turn: Turn::Pass, kept: Vec::new() }
    }

    /// Whether the bytes go into the record.
    pub(super) fn passes(&mut self, bytes: &[u8]) -> bool {
        if matches!(self.turn, Turn::PassAndKeep | Turn::DropAndKeep) {
            self.kept.extend_from_slice(bytes);
        }
        matches!(self.turn, Turn::Pass | Turn::PassAndKeep)
    }

    fn set(&mut self, turn: Turn) {
        self.turn = turn;
        self.kept.clear();
    }
}

/// Writes JSON as serde_json does by itself, but for the values of secret keys.
pub(super) struct Masking<'t> {
    redaction: &'t Redaction,
    tap: &'t RefCell<Tap>,
    /// How many values of keys are open.
    depth: usize,
    /// What becomes of the value of the key that was read last.
    next: Treatment,
    /// The secret that is being left out, and at which depth it began.
    hidden: Option<(usize, Treatment)>,
}

impl<'t> Masking<'t> {
    pub(super) fn new(redaction: &'t Redaction, tap: &'t RefCell<Tap>) -> Self {
        Masking { redaction, tap, depth: 0, next: Treatment::Keep, hidden: None }
    }

    fn turn(&self, turn: Turn) {
        self.tap.borrow_mut().set(turn);
    }

    /// What becomes of the value of a key, which stands between quotes.
    fn treatment(&self, key: &[u8]) -> Treatment {
        if self.redaction.keeps(key) {
            return Treatment::Keep;
        }
        let plain = key.strip_prefix(b"\"").and_then(|key| key.strip_suffix(b"\""));
        match plain.and_then(|key| std::str::from_utf8(key).ok()).filter(|key| !key.contains('\\')) {
            Some(key) => self.redaction.treatment(key),
            None => scalar_text(key).map_or(Treatment::Keep, |key| self.redaction.treatment(&key)),
        }
    }

    /// What stands in place of the secret whose JSON the tap has kept.
    fn remainder(&self, treatment: Treatment) -> String {
        let kept = mem::take(&mut self.tap.borrow_mut().kept);
        let shown = match treatment {
            Treatment::LastThree => scalar_text(&kept).map(|text| last_three(&text).to_owned()),
            Treatment::Keep | Treatment::Mask => None,
        };
        format!("{MASK}{}", shown.unwrap_or_default())
    }
}

/// The characters of a JSON string or the digits of an integer; `None` for any other value.
fn scalar_text(json: &[u8]) -> Option<String> {
    if json.first() == Some(&b'"') {
        return serde_json::from_slice(json).ok();
    }
    let digits = json.strip_prefix(b"-").unwrap_or(json);
    let is_integer = digits.iter().all(u8::is_ascii_digit);
    is_integer.then(|| String::from_utf8_lossy(digits).into_owned())
}

impl Formatter for Masking<'_> {
    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if !first {
            writer.write_all(b",")?;
        }
        if self.hidden.is_none() {
            self.turn(Turn::PassAndKeep);
        }
        Ok(())
    }

    fn end_object_key<W: ?Sized + io::Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        if self.hidden.is_none() {
            self.next = self.treatment(&self.tap.borrow().kept);
            self.turn(Turn::Pass);
        }
        Ok(())
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b":")?;
        self.depth += 1;
        let turn = match mem::replace(&mut self.next, Treatment::Keep) {
            Treatment::Keep => return Ok(()),
            Treatment::LastThree => (Turn::DropAndKeep, Treatment::LastThree),
            Treatment::Mask => (Turn::Drop, Treatment::Mask),
        };
        self.hidden = Some((self.depth, turn.1));
        self.turn(turn.0);
        Ok(())
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let ended = self.hidden.filter(|(depth, _)| *depth == self.depth);
        self.depth -= 1;
        let Some((_, treatment)) = ended else { return Ok(()) };
        let remainder = serde_json::to_string(&self.remainder(treatment))?;
        self.hidden = None;
        self.turn(Turn::Pass);
        writer.write_all(remainder.as_bytes())
    }

    /// JSON text that the caller has made already: it has keys too.
    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        mut writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if self.hidden.is_some() {
            return writer.write_all(fragment.as_bytes());
        }
        let parsed: serde_json::Value = serde_json::from_str(fragment)?;
        // as a trait object, or each raw text within would be a type of its own to the compiler
        let writer: &mut dyn io::Write = &mut writer;
        let formatter = Masking::new(self.redaction, self.tap);
        Ok(parsed.serialize(&mut serde_json::Serializer::with_formatter(writer, formatter))?)
    }
}
