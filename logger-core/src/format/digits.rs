//! Numbers as digits, eight at a time, without a branch that depends on how many there are: in a log one number is rarely as
//! long as the one before it, and a branch that goes the other way costs more than all of the digits.

/// ASCII zeros.
const ZEROS: u64 = u64::from_le_bytes([b'0'; 8]);
/// The first number of more than eight digits.
const EIGHT: u64 = 100_000_000;

/// The digits of a number below 10⁸, with zeros before them, the first one in the lowest byte; not yet ASCII.
///
/// Pairs of halves are divided at once, in the two halves of one word: by 100, then by 10; the factors are those of a
/// multiplication that divides exactly as far as is needed here.
#[inline(always)]
const fn eight(number: u64) -> u64 {
    let halves = (number / 10_000) | ((number % 10_000) << 32);
    let hundreds = ((halves * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let pairs = hundreds | (halves - 100 * hundreds) << 16;
    let tens = ((pairs * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (pairs - 10 * tens) << 8
}

/// The digits of a number below 10⁸ as text, with zeros before them.
#[inline(always)]
const fn padded(number: u64) -> u64 {
    eight(number) | ZEROS
}

/// The microseconds of a second with the `Z` behind them, in the first seven bytes.
#[inline(always)]
pub(super) const fn micros(nanos: u32) -> [u8; 8] {
    // of eight digits the first two are zeros
    (padded(nanos as u64 / 1_000) >> 16 | (b'Z' as u64) << 48).to_le_bytes()
}

/// Up to eight digits as text: the first `len` bytes, the lowest one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) text: u64,
    pub(super) len: usize,
}

impl Digits {
    /// A number below 10⁸ without zeros before it.
    #[inline(always)]
    const fn of(number: u64) -> Digits {
        let digits = eight(number);
        // the last digit stays, also where it is a zero
        let zeros = ((digits | 1 << 56).trailing_zeros() / 8) as usize;
        Digits { text: (digits | ZEROS) >> (8 * zeros), len: 8 - zeros }
    }

    /// A fraction in 10⁻⁸ without zeros behind it.
    #[inline(always)]
    const fn of_fraction(number: u64) -> Digits {
        let digits = eight(number);
        // the first digit stays, also where it is a zero
        let zeros = ((digits | 1).leading_zeros() / 8) as usize;
        Digits { text: digits | ZEROS, len: 8 - zeros }
    }
}

/// A whole number below 10¹⁶.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole {
    pub(super) first: Digits,
    /// Eight digits more, for a number of more than eight.
    pub(super) rest: Option<u64>,
}

impl Whole {
    /// `None` for a longer one.
    #[inline(always)]
    pub(super) const fn of(number: u64) -> Option<Whole> {
        if number < EIGHT {
            Some(Whole { first: Digits::of(number), rest: None })
        } else if number < EIGHT * EIGHT {
            Some(Whole { first: Digits::of(number / EIGHT), rest: Some(padded(number % EIGHT)) })
        } else {
            None
        }
    }
}

/// A decimal number: a sign, digits before the point and behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Decimal {
    pub(super) is_negative: bool,
    pub(super) whole: Digits,
    pub(super) fraction: Digits,
}

impl Decimal {
    /// The shortest decimal number that reads back as `number`, where it has at most seven digits before the point and
    /// eight behind it; `None` for others, and for zero and what is close to it.
    ///
    /// Prices and quantities are such numbers. With `scaled = round(number · 10⁸)` below 10¹⁵ it is enough to see that
    /// `scaled / 10⁸`, which a processor rounds as a parser does, is `number` again: decimal numbers of up to 15 digits are
    /// all different numbers of 64 bits, so that no other one of up to 15 digits reads back as this, and `scaled` without
    /// the zeros at its end is the shortest.
    #[inline(always)]
    pub(super) fn of(number: f64) -> Option<Decimal> {
        const SCALE: f64 = EIGHT as f64;
        /// Added to a number below 2⁵¹ it leaves a whole one in the lower bits.
        const ROUND: f64 = (1_u64 << 52) as f64;
        let size = number.abs();
        if !(1e-4..1e7).contains(&size) {
            return None;
        }
        let rounded = size * SCALE + ROUND;
        if (rounded - ROUND) / SCALE != size {
            return None;
        }
        let scaled = rounded.to_bits() & ((1 << 52) - 1);
        Some(Decimal {
            is_negative: number.is_sign_negative(),
            whole: Digits::of(scaled / EIGHT),
            fraction: Digits::of_fraction(scaled % EIGHT),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(digits: Digits) -> String {
        String::from_utf8(digits.text.to_le_bytes()[..digits.len].to_vec()).unwrap()
    }

    fn whole(number: u64) -> Option<String> {
        let Whole { first, rest } = Whole::of(number)?;
        let rest = rest.map(|text| Digits { text, len: 8 });
        Some(text(first) + &rest.map_or_else(String::new, text))
    }

    fn decimal(number: f64) -> Option<String> {
        let Decimal { is_negative, whole, fraction } = Decimal::of(number)?;
        Some(format!("{}{}.{}", if is_negative { "-" } else { "" }, text(whole), text(fraction)))
    }

    #[track_caller]
    fn check_decimal(number: f64) {
        if let Some(text) = decimal(number) {
            assert_eq!(text, zmij::Buffer::new().format(number));
        }
    }

    #[test]
    fn every_number_of_up_to_five_digits_and_both_sides_of_each_power_of_ten_have_their_digits() {
        let around = (0..20).flat_map(|exponent| {
            let power = 10_u64.pow(exponent);
            [power - 1, power, power + 1]
        });
        for number in (0..100_000).chain(around) {
            let expected = (number < 10_u64.pow(16)).then(|| number.to_string());
            assert_eq!(whole(number), expected);
        }
    }

    #[test]
    fn all_cents_and_all_ticks_of_a_quarter_are_the_shortest_decimals() {
        for cents in 1..2_000_000 {
            let price = f64::from(cents) / 100.0;
            assert_eq!(decimal(price).unwrap(), zmij::Buffer::new().format(price));
            check_decimal(f64::from(cents) * 0.25);
            check_decimal(f64::from(cents) * 0.01);
        }
    }

    #[test]
    fn what_has_more_digits_is_left_to_others() {
        for number in [0.1 + 0.2, 1.0 / 3.0, 0.0, -0.0, 1e7, 1e16, 1e-5, 5e-324, f64::NAN, f64::INFINITY] {
            assert_eq!(decimal(number), None, "{number}");
        }
        assert_eq!(decimal(-9_999_999.999_999_99).unwrap(), "-9999999.99999999");
        assert_eq!(decimal(1e-4).unwrap(), "0.0001");
        assert_eq!(decimal(1.0).unwrap(), "1.0");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100_000))]

        #[test]
        fn any_number_has_its_digits(number: u64, shift in 0_u32..64) {
            let number = number >> shift;
            prop_assert_eq!(whole(number), (number < 10_u64.pow(16)).then(|| number.to_string()));
        }

        #[test]
        fn any_decimal_is_the_shortest_that_reads_back(digits in 0_u64..10_u64.pow(16), exponent in 0_i32..17) {
            check_decimal(digits as f64 / 10_f64.powi(exponent));
            check_decimal(-(digits as f64) / 10_f64.powi(exponent));
        }

        #[test]
        fn any_float_is_the_shortest_that_reads_back(bits: u64, size in 1e-5..1e8_f64) {
            check_decimal(f64::from_bits(bits));
            check_decimal(size);
        }
    }
}
