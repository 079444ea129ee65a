//! Values as whole words: how the fields of a call lie in a record whose keys are its call site's.
//!
//! | bytes | what |
//! |---|---|
//! | 8 for every 8 fields, rounded up | the [`tag`] of each field, one byte each |
//! | for each field | its value |
//!
//! A number of up to 64 bits is one word, one of 128 bits two; `null`, `true` and `false` have none. A text is its length in
//! 4 bytes and its bytes, filled up with zeros to a multiple of 8. So nothing is stored in smaller pieces than it is read in,
//! which a processor would have to wait for.

use super::{ALIGN, checksum::Sum, tag};

/// Words that there is room for.
pub(super) const ROOM: usize = 256;

/// The bytes of a record and those behind it.
pub(crate) type Room = [[u8; ALIGN]; ROOM];

/// What these bytes begin with; `None` where they are too few.
#[inline]
pub(crate) fn room_in(bytes: &mut [u8]) -> Option<&mut Room> {
    bytes.as_chunks_mut().0.first_chunk_mut()
}

/// The words of a record under construction.
///
/// Whoever puts words here makes sure before that all of them are below [`ROOM`]: one that is not would overwrite another
/// one. A check for each word would cost as much as the word.
#[derive(Debug)]
pub struct Words<'s> {
    space: &'s mut Room,
    /// Where the next word goes.
    pub(super) at: usize,
    /// Of the words that were put so far.
    pub(super) sum: Sum,
}

/// Words of a text of so many bytes.
#[inline(always)]
pub(crate) const fn of_text(len: usize) -> usize {
    (4 + len).div_ceil(ALIGN)
}

impl<'s> Words<'s> {
    /// The first word goes to `at` in the space, which begins with the record.
    #[inline]
    pub(super) fn from(space: &'s mut Room, at: usize) -> Self {
        Words { space, at, sum: Sum::default() }
    }

    /// The same words, to be given back: what is used by value stays in registers.
    #[inline(always)]
    pub(super) fn lend(&mut self) -> Words<'_> {
        Words { space: self.space, at: self.at, sum: self.sum }
    }

    #[inline(always)]
    pub(crate) fn put(&mut self, word: u64) {
        self.put_at(self.at, word);
        self.sum.add(word);
        self.at += 1;
    }

    /// Puts a word that is not summed up where room was left for it.
    #[inline(always)]
    pub(super) fn put_at(&mut self, at: usize, word: u64) {
        self.space[at % ROOM] = word.to_le_bytes();
    }

    /// Puts a text with its length.
    #[inline(always)]
    pub(crate) fn put_text(&mut self, text: &[u8]) {
        let len = text.len() as u64;
        let Some((first, rest)) = text.split_first_chunk::<4>() else {
            return self.put(len | few(text) << 32);
        };
        self.put(len | u64::from(u32::from_le_bytes(*first)) << 32);
        match (text.last_chunk::<ALIGN>(), text.last_chunk::<4>()) {
            _ if rest.len() > ALIGN => self.put_rest(text, rest),
            _ if rest.is_empty() => {}
            // what is before the rest is put already
            (Some(last), _) => self.put(u64::from_le_bytes(*last) >> (8 * (ALIGN - rest.len()))),
            (None, Some(last)) => self.put(u64::from(u32::from_le_bytes(*last) >> (8 * (4 - rest.len())))),
            (None, None) => {}
        }
    }

    /// Puts bytes and zeros behind them up to a whole word.
    #[inline]
    pub(super) fn put_bytes(&mut self, bytes: &[u8]) {
        self.put_rest(bytes, bytes);
    }

    /// Puts `rest`, the end of `bytes`. It is for texts that are longer than most.
    #[inline(always)]
    fn put_rest(&mut self, bytes: &[u8], rest: &[u8]) {
        (self.at, self.sum) = self.lend().with_rest(bytes, rest);
    }

    /// By value, so that all words before and after stay in registers: what is not inlined may change anything that it gets a
    /// reference to.
    #[inline(never)]
    fn with_rest(mut self, bytes: &[u8], rest: &[u8]) -> (usize, Sum) {
        let (words, tail) = rest.as_chunks::<ALIGN>();
        for word in words {
            self.put(u64::from_le_bytes(*word));
        }
        if !tail.is_empty() {
            let word = match bytes.last_chunk::<ALIGN>() {
                // those before the tail are put already
                Some(last) => u64::from_le_bytes(*last) >> (8 * (ALIGN - tail.len())),
                None => few(tail),
            };
            self.put(word);
        }
        (self.at, self.sum)
    }

    /// Words that there is still room for.
    pub(super) fn left(&self) -> usize {
        ROOM.saturating_sub(self.at)
    }

    /// The bytes of a text that begins with the next word, as far as there is room.
    pub(super) fn text_space(&mut self) -> &mut [u8] {
        self.space.as_flattened_mut().get_mut(self.at * ALIGN + 4..).unwrap_or_default()
    }

    /// A text of so many bytes was written to the [`Words::text_space`].
    pub(super) fn settle_text(&mut self, len: usize) {
        let space = self.space.as_flattened_mut();
        let (start, end) = (self.at * ALIGN, (self.at + of_text(len)) * ALIGN);
        space[start..start + 4].copy_from_slice(&(len as u32).to_le_bytes());
        space[start + 4 + len..end].fill(0);
        self.sum.add_words(space[start..end].as_chunks().0);
        self.at += of_text(len);
    }
}

/// Where the value with this tag lies whose first word is at `at`, and how many bytes it has; `None` where it is none, or where its
/// length is cut off.
#[inline(always)]
pub(super) fn place_of_value(bytes: &[u8], tag: u8, at: usize) -> Option<(usize, usize)> {
    if tag == tag::STR {
        return Some((at + 4, u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize));
    }
    let len = *LENGTHS.get(usize::from(tag))?;
    (len != NO_VALUE).then_some((at, usize::from(len)))
}

/// What has no value that lies as words, or one that says its length itself.
const NO_VALUE: u8 = u8::MAX;

/// How many bytes a value has, by its tag. A table: which kinds of values follow each other no processor can foresee.
const LENGTHS: [u8; 16] = {
    let mut lengths = [NO_VALUE; 16];
    let mut tag = 0;
    while tag < lengths.len() {
        lengths[tag] = match tag as u8 {
            tag::U64 | tag::I64 | tag::F64 => 8,
            tag::F32 | tag::CHAR => 4,
            tag::I128 | tag::U128 => 16,
            tag::NULL | tag::FALSE | tag::TRUE => 0,
            _ => NO_VALUE,
        };
        tag += 1;
    }
    lengths
};

/// Up to 7 bytes as a word.
#[inline(always)]
fn few(bytes: &[u8]) -> u64 {
    let byte = |at: usize| bytes.get(at).map_or(0, |&byte| u64::from(byte) << (8 * at));
    match bytes.len() {
        0..4 => byte(0) | byte(1) | byte(2),
        _ => bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_every_length_are_put_whole_with_zeros_behind_them_and_summed_up() {
        for len in 0..80 {
            let text: Vec<u8> = (0..len).map(|at| at as u8 + 1).collect();
            let mut space = [0xaa; ROOM * ALIGN];
            let mut words = Words::from(room_in(&mut space).unwrap(), 1);
            words.put_text(&text);
            let (at, sum) = (words.at * ALIGN, words.sum);
            assert_eq!(at, 8 + of_text(len) * 8);
            let mut expected = (len as u32).to_le_bytes().to_vec();
            expected.extend(&text);
            expected.resize(at - 8, 0);
            assert_eq!(space[8..at], expected);
            assert!(space[at..].iter().all(|&it| it == 0xaa));
            let mut again = Sum::default();
            for word in space[8..at].as_chunks::<8>().0 {
                again.add(u64::from_le_bytes(*word));
            }
            assert_eq!(sum.checksum(), again.checksum());
        }
    }

    #[test]
    fn a_space_that_is_too_small_is_none() {
        assert!(room_in(&mut [0; ROOM * ALIGN - 1]).is_none());
    }
}
