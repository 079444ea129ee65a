//! Remembers what some bytes look like when they are formatted.

use super::line::Line;

/// Remembers what some bytes look like when they are formatted; where two of them meet in one slot, the later one stays.
/// Bytes are remembered when they come a second time in a row there, so that those which never come again cost nothing.
#[derive(Debug)]
pub(super) struct Memo {
    slots: Vec<Slot>,
}

#[derive(Debug, Default)]
struct Slot {
    /// 0 for none.
    hash: u64,
    /// Whether the hash has come a second time, so that the bytes and their text are here.
    is_kept: bool,
    bytes: Vec<u8>,
    text: Line,
}

const SLOTS: usize = 64;

impl Default for Memo {
    fn default() -> Self {
        Memo { slots: (0..SLOTS).map(|_| Slot::default()).collect() }
    }
}

impl Memo {
    /// Appends what `format` makes of `bytes`, or what it made of them before.
    pub(super) fn put(&mut self, bytes: &[u8], out: &mut Line, format: impl FnOnce(&mut Line)) {
        let hash = hash(bytes);
        let slot = &mut self.slots[hash as usize % SLOTS];
        if slot.hash != hash {
            (slot.hash, slot.is_kept) = (hash, false);
            return format(out);
        }
        if !slot.is_kept || slot.bytes != bytes {
            slot.is_kept = true;
            slot.bytes.clear();
            slot.bytes.extend_from_slice(bytes);
            slot.text.clear();
            format(&mut slot.text);
        }
        out.put(slot.text.as_bytes());
    }
}

/// Tells bytes apart well enough for a table that compares them too.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut sums = [bytes.len() as u64, 0];
    let (pairs, rest) = bytes.as_chunks::<16>();
    for pair in pairs {
        for (sum, word) in sums.iter_mut().zip(pair.as_chunks::<8>().0) {
            *sum = (*sum ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR).rotate_left(29);
        }
    }
    let tail = rest.iter().fold(0, |tail, &byte| tail << 8 ^ u64::from(byte) ^ tail >> 56);
    let mixed = (sums[0] ^ sums[1].rotate_left(17) ^ tail).wrapping_mul(FACTOR);
    mixed ^ mixed >> 32 | 1 << 63
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_formatted_twice_is_remembered_and_nothing_is_mistaken_for_it() {
        let (mut memo, mut formatted) = (Memo::default(), 0);
        let mut shown = |memo: &mut Memo, bytes: &[u8]| {
            let mut out = Line::default();
            memo.put(bytes, &mut out, |line| {
                formatted += 1;
                line.put(b"<");
                line.put(bytes);
            });
            assert_eq!(out.as_bytes(), [b"<", bytes].concat());
            formatted
        };
        let texts: Vec<Vec<u8>> = (0..500_u32).map(|n| format!("context {n}").into_bytes()).collect();
        for text in &texts {
            shown(&mut memo, text);
        }
        assert_eq!((0..4).map(|_| shown(&mut memo, b"a")).last(), Some(502), "once, then to be remembered");
        for text in texts.iter().rev() {
            shown(&mut memo, text);
        }
    }

    #[test]
    fn no_bytes_are_some_bytes() {
        let (mut memo, mut out) = (Memo::default(), Line::default());
        for _ in 0..3 {
            memo.put(b"", &mut out, |line| line.put(b"x"));
        }
        assert_eq!(out.as_bytes(), b"xxx");
    }
}
