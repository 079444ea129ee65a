//! Numbers of payment cards.

use super::spans::Span;

const MIN_DIGITS: usize = 13;
const MAX_DIGITS: usize = 19;

/// Adds the numbers of cards. A text that is nothing but digits is an id of an order, a trade or an account, which may look
/// like a card by chance: it is left alone.
pub(super) fn find(text: &str, spans: &mut Vec<Span>) {
    let bytes = text.as_bytes();
    if bytes.iter().all(u8::is_ascii_digit) {
        return;
    }
    let mut at = 0;
    while let Some(step) = bytes[at..].iter().position(u8::is_ascii_digit) {
        let start = at + step;
        let run = Run::at(bytes, start);
        let is_apart = start == 0 || !is_of_word(bytes[start - 1]);
        let ends = bytes.get(run.end).is_none_or(|&byte| !is_of_word(byte));
        if is_apart && ends && is_card(&run.digits) {
            spans.push(Span::whole(start, run.end));
        }
        at = run.end;
    }
}

/// Whether the byte at `at` lies among so many digits that they may be the number of a card: a digit, or what may stand
/// between two.
pub(super) fn may_be_around(text: &[u8], at: usize) -> bool {
    let (before, after) = text.split_at(at);
    let digits = digits_from(before.iter().rev());
    digits == MIN_DIGITS || digits + digits_from(after.iter()) >= MIN_DIGITS
}

/// How many digits come one after another, with one byte between two of them at most; no more than make a number.
fn digits_from<'b>(bytes: impl Iterator<Item = &'b u8>) -> usize {
    let (mut digits, mut apart) = (0, false);
    for byte in bytes {
        match byte {
            b'0'..=b'9' => (digits, apart) = (digits + 1, false),
            b' ' | b'-' if !apart => apart = true,
            _ => break,
        }
        if digits == MIN_DIGITS {
            break;
        }
    }
    digits
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | 0x80..)
}

/// Digits that one space or hyphen at most stands between.
struct Run {
    digits: Vec<u8>,
    end: usize,
}

impl Run {
    fn at(bytes: &[u8], start: usize) -> Run {
        let mut run = Run { digits: Vec::new(), end: start };
        let mut at = start;
        while let Some(&byte) = bytes.get(at) {
            if byte.is_ascii_digit() {
                run.digits.push(byte - b'0');
                run.end = at + 1;
            } else if !matches!(byte, b' ' | b'-') || run.end < at {
                break;
            }
            at += 1;
        }
        run
    }
}

/// Whether an issuer has such numbers, and the last digit is right by the formula of Luhn.
fn is_card(digits: &[u8]) -> bool {
    let lengths = match digits {
        [4, ..] => [13, 16, 19].as_slice(),
        [5, 1..=5, ..] | [2, 2..=7, ..] => &[16],
        [3, 4 | 7, ..] => &[15],
        [3, 0 | 6 | 8, ..] => &[14],
        [6, ..] | [3, 5, ..] => &[16, 19],
        _ => &[],
    };
    if !lengths.contains(&digits.len()) || !(MIN_DIGITS..=MAX_DIGITS).contains(&digits.len()) {
        return false;
    }
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match (at % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) => 2 * digit / 10 + 2 * digit % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}
