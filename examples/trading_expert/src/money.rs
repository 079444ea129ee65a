//! An amount of money in whole cents, so that sums are exact.

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Mul, Neg, Sub},
};

/// An amount of money in whole cents; a sum of them is exact, which a sum of floats is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cents(pub i64);

impl Cents {
    /// Reads a decimal number with at most two digits after the point, such as `2208.05`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Cents> {
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 2 {
            return None;
        }
        let tens = if fraction.len() == 1 { 10 } else { 1 };
        let fraction = fraction.parse::<i64>().ok()? * tens;
        let cents = whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(fraction)?;
        Some(Cents(sign * cents))
    }

    /// The amount as a float. Two decimals need far less than a float's 53 bits, so `parse` and `as_f64` agree.
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / 100.0
    }

    /// The inverse of [`Cents::as_f64`].
    pub fn from_f64(amount: f64) -> Cents {
        Cents((amount * 100.0).round() as i64)
    }

    /// The amount without its sign.
    pub fn abs(self) -> Cents {
        Cents(self.0.abs())
    }
}

impl fmt::Display for Cents {
    /// Two decimals and a comma for the thousands: `-12,208.05`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let text =
            format!("{sign}{}.{:02}", grouped(self.0.unsigned_abs() / 100), self.0.unsigned_abs() % 100);
        f.pad(&text)
    }
}

/// A number with a comma for the thousands: `5,031`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

impl Add for Cents {
    type Output = Cents;
    fn add(self, other: Cents) -> Cents {
        Cents(self.0 + other.0)
    }
}

impl Sub for Cents {
    type Output = Cents;
    fn sub(self, other: Cents) -> Cents {
        Cents(self.0 - other.0)
    }
}

impl Neg for Cents {
    type Output = Cents;
    fn neg(self) -> Cents {
        Cents(-self.0)
    }
}

impl Mul<i64> for Cents {
    type Output = Cents;
    fn mul(self, factor: i64) -> Cents {
        Cents(self.0 * factor)
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Cents) {
        *self = *self + other;
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(amounts: I) -> Cents {
        amounts.fold(Cents(0), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_to_the_cent_and_anything_else_is_refused() {
        let read = ["2208.05", "2208.5", "2208", "-0.01", "2208.055", "22,08", "", ".5", "5.", "+1", "1e3"];
        let cents =
            [Some(220805), Some(220850), Some(220800), Some(-1), None, None, None, None, None, None, None];
        assert_eq!(read.map(|text| Cents::parse(text).map(|it| it.0)), cents);
        assert_eq!(Cents::parse("92233720368547758.08"), None);
    }

    #[test]
    fn an_amount_survives_the_way_through_a_float() {
        for cents in [0, 1, -1, 29, 220_805, -1_512_688, 999_999_999_999] {
            assert_eq!(Cents::from_f64(Cents(cents).as_f64()), Cents(cents));
        }
    }

    #[test]
    fn an_amount_is_shown_with_two_decimals_and_grouped_thousands() {
        let shown = [0, 5, -5, 100, 123_456, -123_456_789].map(|it| Cents(it).to_string());
        assert_eq!(shown, ["0.00", "0.05", "-0.05", "1.00", "1,234.56", "-1,234,567.89"]);
        assert_eq!(format!("{:>9}|", Cents(123_456)), " 1,234.56|");
    }
}
