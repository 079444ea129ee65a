//! The line of a record that nothing is special about, the straight way: each piece is stored whole, in a size that is known
//! when this is compiled, into free bytes of a fixed size. Whatever does not go like that is left to the general way.

use super::{
    Envelope,
    digits::{Decimal, Digits, Whole, micros},
    escape::{begins_plain, is_plain_text},
    lines::LineCache,
};
use crate::{
    clock::Timestamp,
    codec::{decode::PlainValue, site::Padded, tag},
    record::Record,
};

/// The longest line of this way, less one.
const MASK: usize = 1023;
/// The longest piece of a known size.
const PIECE: usize = 64;
/// Bytes that have to be free.
pub(super) const ROOM: usize = MASK + 1 + PIECE;
/// Texts of up to so many bytes are stored as one piece.
const SHORT: usize = 16;

/// What the lines of many records have in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct InCommon<'c> {
    /// What stands behind the time, up to the number of the record.
    pub(super) head: &'c [u8],
    /// The fields of the bound context.
    pub(super) context: &'c [u8],
    /// The keys of the call site.
    pub(super) keys: &'c [Padded],
}

/// Writes a record's line into `space`. Returns how many bytes it has; `None` where it cannot go this way.
#[inline]
pub(super) fn put_line(
    record: &Record<'_>,
    envelope: Envelope,
    common: InCommon<'_>,
    space: &mut [u8; ROOM],
) -> Option<usize> {
    let mut line = Straight { space, at: 0, is_unfit: false };
    line.put_time(record.lines(), record.timestamp());
    line.put_text(common.head);
    if envelope == Envelope::Full {
        line.put_whole(record.seq());
    }
    line.put_text(common.context);
    for (index, value) in record.plain_fields() {
        line.put_padded(common.keys.get(index)?);
        line.put_value(value);
    }
    line.put(b"}\n", 2);
    line.end()
}

/// A line under construction. What goes past the end overwrites the beginning, and is noticed at the end: a check for each piece
/// would cost as much as the piece.
struct Straight<'s> {
    space: &'s mut [u8; ROOM],
    at: usize,
    is_unfit: bool,
}

impl Straight<'_> {
    /// How many bytes it has; `None` where it is unfit or too long.
    #[inline(always)]
    fn end(self) -> Option<usize> {
        (self.at <= MASK && !self.is_unfit).then_some(self.at)
    }

    /// Stores a piece of which the first `len` bytes count.
    #[inline(always)]
    fn put<const N: usize>(&mut self, piece: &[u8; N], len: usize) {
        const { assert!(N <= PIECE) };
        self.space[self.at & MASK..][..N].copy_from_slice(piece);
        self.at += len;
    }

    #[inline(always)]
    fn put_text(&mut self, text: &[u8]) {
        let start = self.at & MASK;
        match self.space.get_mut(start..start + text.len()) {
            Some(space) => space.copy_from_slice(text),
            None => self.is_unfit = true,
        }
        self.at += text.len();
    }

    #[inline(always)]
    fn put_padded(&mut self, text: &Padded) {
        match text.short() {
            Some((bytes, len)) => self.put(bytes, len),
            None => self.put_text(text.text()),
        }
    }

    /// The brace that begins the line, and the time.
    #[inline(always)]
    fn put_time(&mut self, lines: &LineCache, time: Timestamp) {
        lines.with_second(time, |second, nanos| {
            self.put(second, second.len());
            self.put(&micros(nanos), 7);
        });
    }

    #[inline(always)]
    fn put_digits(&mut self, digits: Digits) {
        self.put(&digits.text.to_le_bytes(), digits.len);
    }

    #[inline(always)]
    fn put_whole(&mut self, number: u64) {
        match Whole::of(number) {
            Some(Whole { first, rest }) => {
                self.put_digits(first);
                if let Some(rest) = rest {
                    self.put(&rest.to_le_bytes(), 8);
                }
            }
            None => self.put_text(itoa::Buffer::new().format(number).as_bytes()),
        }
    }

    #[inline(always)]
    fn put_float(&mut self, number: f64) {
        match Decimal::of(number) {
            Some(decimal) => {
                self.put(b"-", usize::from(decimal.is_negative));
                self.put_digits(decimal.whole);
                self.put(b".", 1);
                self.put_digits(decimal.fraction);
            }
            None => self.put_other_float(number),
        }
    }

    #[inline(never)]
    fn put_other_float(&mut self, number: f64) {
        if number.is_finite() {
            self.put_text(zmij::Buffer::new().format_finite(number).as_bytes());
        } else {
            self.is_unfit = true;
        }
    }

    /// A text that needs no escaping, in quotes.
    #[inline(always)]
    fn put_string(&mut self, value: PlainValue<'_>) {
        self.put(b"\"", 1);
        match value.padded::<SHORT>() {
            Some((bytes, len)) => {
                self.is_unfit |= !begins_plain(bytes, len);
                self.put(bytes, len);
            }
            None => {
                self.is_unfit |= !is_plain_text(value.bytes());
                self.put_text(value.bytes());
            }
        }
        self.put(b"\"", 1);
    }

    #[inline(always)]
    fn put_value(&mut self, value: PlainValue<'_>) {
        match value.tag {
            tag::STR => self.put_string(value),
            tag::U64 => self.put_whole(value.word()),
            tag::F64 => self.put_float(f64::from_bits(value.word())),
            tag::I64 => {
                let number = value.word().cast_signed();
                self.put(b"-", usize::from(number < 0));
                self.put_whole(number.unsigned_abs());
            }
            tag::TRUE => self.put(b"true", 4),
            tag::FALSE => self.put(b"false", 5),
            tag::NULL => self.put(b"null", 4),
            _ => self.is_unfit = true,
        }
    }
}
