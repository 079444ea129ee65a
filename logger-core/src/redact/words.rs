//! A key as words, on its bytes and without allocation.

use super::{ACCOUNT, Redaction, assignments::is_of_name};

/// Names at least this long may be the end of a longer word.
const MIN_ENDING: usize = 5;

/// What follows a secret's name where the value is not the secret.
const ABOUT: [&str; 45] = [
    "address",
    "age",
    "amount",
    "attempt",
    "attempts",
    "balance",
    "bucket",
    "changed",
    "count",
    "counts",
    "created",
    "decimals",
    "enabled",
    "expiration",
    "expired",
    "expires",
    "expiry",
    "issued",
    "kind",
    "len",
    "length",
    "limit",
    "missing",
    "name",
    "names",
    "pair",
    "policy",
    "present",
    "price",
    "rate",
    "required",
    "rotated",
    "size",
    "state",
    "status",
    "supply",
    "symbol",
    "ttl",
    "type",
    "updated",
    "used",
    "valid",
    "validity",
    "version",
    "volume",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Also every byte of a letter that is not ASCII.
    Lower,
    Upper,
    Digit,
    Between,
}

impl Class {
    fn of(byte: u8) -> Class {
        match byte {
            b'a'..=b'z' | 0x80.. => Class::Lower,
            b'A'..=b'Z' => Class::Upper,
            b'0'..=b'9' => Class::Digit,
            _ => Class::Between,
        }
    }
}

/// The bit of each letter: a load is faster here than a shift by a number that is not constant.
const LETTER: [u32; 32] = {
    let mut bits = [0; 32];
    let mut letter = 0;
    while letter < 32 {
        bits[letter] = 1 << letter;
        letter += 1;
    }
    bits
};

/// The letters of each name of the default list.
const DEFAULT: [u32; Redaction::DEFAULT_KEYS.len() + 1] = {
    let mut all = [letters_of(ACCOUNT); Redaction::DEFAULT_KEYS.len() + 1];
    let mut at = 0;
    while at < Redaction::DEFAULT_KEYS.len() {
        all[at] = letters_of(Redaction::DEFAULT_KEYS[at]);
        at += 1;
    }
    all
};

const fn letters_of(name: &str) -> u32 {
    let name = name.as_bytes();
    let (mut set, mut at) = (0, 0);
    while at < name.len() {
        if name[at].is_ascii_alphanumeric() {
            set |= letter(name[at]);
        }
        at += 1;
    }
    set
}

/// The bit of a letter.
const fn letter(byte: u8) -> u32 {
    LETTER[(byte & 31) as usize]
}

/// The bits of letters; what is left of a byte of a name is one that none has.
pub(super) const LETTERS: u32 = !(1 << 31);

/// What a byte of a name has: the bit of a letter, and one that none has; 0 for a byte of no name.
const NAME: [u32; 256] = {
    let mut names = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        if is_of_name(byte as u8) {
            let is_letter = (byte as u8).is_ascii_alphabetic();
            names[byte] = 1 << 31 | if is_letter { letter(byte as u8) } else { 0 };
        }
        byte += 1;
    }
    names
};

/// The bit of a letter, and what is none for any other byte of a name; `None` for a byte of no name.
#[inline]
pub(super) fn of_name(byte: u8) -> Option<u32> {
    Some(NAME[usize::from(byte)]).filter(|&it| it != 0)
}

/// Whether some name of the default list has no letters but these.
#[inline]
pub(super) fn may_spell_default(letters: u32) -> bool {
    // without an early end, so that it is done for several names at a time
    DEFAULT.iter().fold(false, |found, &needed| found | (needed & !letters == 0))
}

/// Which letters a text has, a bit for each, without regard to case. Other bytes set some bit too.
#[inline]
pub(super) fn letters(text: &[u8]) -> u32 {
    text.iter().fold(0, |set, byte| set | LETTER[usize::from(byte & 31)])
}

/// Which letters and digits follow each other in a text, a bit for each pair; several pairs share a bit.
pub(super) fn pairs(text: &[u8]) -> u64 {
    let mut set = 0;
    let mut before = None;
    for byte in spelling(text) {
        if let Some(before) = before.replace(byte) {
            set |= 1 << (31_u32.wrapping_mul(u32::from(before)).wrapping_add(u32::from(byte)) & 63);
        }
    }
    set
}

/// Its letters and digits, in lower case.
pub(super) fn spelled(name: &str) -> Box<[u8]> {
    spelling(name.as_bytes()).collect()
}

/// Whether the whole key is this name.
pub(super) fn spells(key: &[u8], name: &[u8]) -> bool {
    spelling(key).eq(name.iter().copied())
}

fn spelling(key: &[u8]) -> impl Iterator<Item = u8> {
    key.iter().filter(|&&byte| Class::of(byte) != Class::Between).map(u8::to_ascii_lowercase)
}

/// Whether words of the key spell this name, and the next word does not say that its value is another thing.
pub(super) fn gives_away(key: &[u8], name: &[u8]) -> bool {
    let mut ends = (0..key.len()).filter(|&at| ends_word(key, at));
    ends.any(|end| {
        let is_plural = key[end].eq_ignore_ascii_case(&b's');
        let spelled = ends_with(&key[..=end], name) || is_plural && ends_with(&key[..end], name);
        spelled && !is_about(&key[end + 1..])
    })
}

/// Whether a word begins at `at`, where there is a letter or digit.
fn starts_word(key: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else { return true };
    match (Class::of(key[before]), Class::of(key[at])) {
        (Class::Upper, Class::Upper) => key.get(at + 1).is_some_and(|&next| Class::of(next) == Class::Lower),
        (Class::Upper, Class::Lower) => false,
        (before, here) => before != here,
    }
}

/// Whether a word ends with the byte at `at`.
fn ends_word(key: &[u8], at: usize) -> bool {
    let ends = |next: &u8| Class::of(*next) == Class::Between || starts_word(key, at + 1);
    Class::of(key[at]) != Class::Between && key.get(at + 1).is_none_or(ends)
}

/// Whether the last words of `key` spell the name, or its last word ends with a name that is long enough.
fn ends_with(key: &[u8], name: &[u8]) -> bool {
    let mut letters = key.iter().enumerate().rev().filter(|(_, byte)| Class::of(**byte) != Class::Between);
    let mut start = key.len();
    for wanted in name.iter().rev() {
        match letters.next() {
            Some((at, byte)) if byte.to_ascii_lowercase() == *wanted => start = at,
            _ => return false,
        }
    }
    let in_one_word = || (start + 1..key.len()).all(|at| !starts_word(key, at));
    starts_word(key, start) || name.len() >= MIN_ENDING && in_one_word()
}

/// Whether the word at the start of `rest` tells something about a secret.
fn is_about(rest: &[u8]) -> bool {
    let Some(start) = rest.iter().position(|&byte| Class::of(byte) != Class::Between) else { return false };
    let Some(end) = (start..rest.len()).find(|&at| ends_word(rest, at)) else { return false };
    ABOUT.iter().any(|word| rest[start..=end].eq_ignore_ascii_case(word.as_bytes()))
}
