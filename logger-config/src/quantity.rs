//! Settings that are quantities, each with its limits: sizes in bytes, whole numbers, spans of time.

use std::{fmt, str::FromStr, time::Duration};

use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    setting::{Setting, refuse, refuse_kind},
};

/// A number of bytes.
///
/// As a text: a whole number and a unit, such as `10 MB` (10,000,000) or `64 MiB` (67,108,864); in any case, with or
/// without the space. A number without a unit is bytes.
///
/// ```
/// use logger_config::ByteSize;
///
/// assert_eq!("10 MB".parse::<ByteSize>().unwrap(), ByteSize::from_bytes(10_000_000));
/// assert_eq!(ByteSize::from_bytes(65_536).to_string(), "64 KiB");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ByteSize(u64);

/// Units, the largest first; those that `Display` prefers before their equals.
const UNITS: [(&str, u64); 9] = [
    ("TB", 1_000_000_000_000),
    ("TiB", 1 << 40),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("kB", 1_000),
    ("KiB", 1 << 10),
    ("B", 1),
];

impl ByteSize {
    /// That many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        ByteSize(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

/// The size in the largest unit that divides it: `10 MB`, `64 KiB`, `4097 B`.
impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let divides = UNITS.iter().filter(|(_, unit)| self.0.is_multiple_of(*unit));
        match divides.min_by_key(|(_, unit)| self.0 / unit) {
            Some((name, unit)) if self.0 > 0 => write!(f, "{} {name}", self.0 / unit),
            _ => write!(f, "{} B", self.0),
        }
    }
}

/// A text that names no size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a size; allowed is {SIZE_FORM}")]
pub struct NotASize {
    given: String,
}

const SIZE_FORM: &str = "a number of bytes or a text such as `10 MB` or `64 MiB`";

impl FromStr for ByteSize {
    type Err = NotASize;

    fn from_str(text: &str) -> Result<Self, NotASize> {
        let trimmed = text.trim();
        let digits = trimmed.find(|it: char| !it.is_ascii_digit()).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits);
        let unit = unit.trim_start();
        let factor = match UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) {
            Some((_, factor)) => Some(*factor),
            None if unit.is_empty() => Some(1),
            None => None,
        };
        let bytes =
            number.parse().ok().zip(factor).and_then(|(number, factor): (u64, _)| number.checked_mul(factor));
        bytes.map(ByteSize).ok_or_else(|| NotASize { given: text.to_owned() })
    }
}

impl From<ByteSize> for Given {
    fn from(size: ByteSize) -> Self {
        // what is beyond is also beyond the limit of every key
        i64::try_from(size.0).unwrap_or(i64::MAX).into()
    }
}

/// A size between two limits, in bytes, both allowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<const MIN: u64, const MAX: u64>(pub(crate) ByteSize);

impl<const MIN: u64, const MAX: u64> Setting for Bytes<MIN, MAX> {
    const IS: &'static str = "a size";

    fn allowed() -> String {
        format!("is {SIZE_FORM}, from {} to {}", ByteSize(MIN), ByteSize(MAX))
    }

    fn read(given: &Given) -> Result<Self, String> {
        let size = match given {
            Given::Text(text) => text.parse().ok(),
            Given::Integer(bytes) => u64::try_from(*bytes).ok().map(ByteSize),
            _ => return Err(refuse_kind::<Self>(given)),
        };
        let size = size.ok_or_else(|| refuse::<Self>(given))?;
        within(given, size, ByteSize(MIN), ByteSize(MAX)).map(Bytes)
    }

    fn schema() -> Json {
        json!({ "anyOf": [
            { "type": "integer", "minimum": MIN, "maximum": MAX },
            { "type": "string", "pattern": r"^\s*[0-9]+\s*(([kmgtKMGT][iI]?)?[bB])?\s*$" },
        ] })
    }

    fn form() -> String {
        format!("size, {} to {}", ByteSize(MIN), ByteSize(MAX))
    }
}

/// A whole number between two limits, both allowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Whole<const MIN: u32, const MAX: u32>(pub(crate) u32);

impl<const MIN: u32, const MAX: u32> Setting for Whole<MIN, MAX> {
    const IS: &'static str = "a whole number";

    fn allowed() -> String {
        format!("is {MIN} to {MAX}")
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Integer(number) = given else { return Err(refuse_kind::<Self>(given)) };
        let number = within(given, *number, i64::from(MIN), i64::from(MAX))?;
        Ok(Whole(u32::try_from(number).unwrap_or(MAX)))
    }

    fn schema() -> Json {
        json!({ "type": "integer", "minimum": MIN, "maximum": MAX })
    }

    fn from_environment(text: &str) -> Given {
        text.trim().parse().map_or_else(|_| text.into(), Given::Integer)
    }
}

/// A span of time between two limits, in milliseconds, both allowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span<const MIN: u64, const MAX: u64>(pub(crate) Duration);

impl<const MIN: u64, const MAX: u64> Setting for Span<MIN, MAX> {
    const IS: &'static str = "a span of time";

    fn allowed() -> String {
        format!("is a text such as `200ms` or `5s`, from {} to {}", Shown::millis(MIN), Shown::millis(MAX))
    }

    fn read(given: &Given) -> Result<Self, String> {
        // a bare number has no unit, and every guess would be wrong for somebody
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        let span = humantime::parse_duration(text.trim()).map_err(|_| refuse::<Self>(given))?;
        within(given, Shown(span), Shown::millis(MIN), Shown::millis(MAX)).map(|span| Span(span.0))
    }

    fn schema() -> Json {
        json!({ "type": "string", "pattern": r"^\s*([0-9]+\s*[a-zA-Z]+\s*)+$" })
    }

    fn form() -> String {
        format!("span, {} to {}", Shown::millis(MIN), Shown::millis(MAX))
    }
}

/// A span of time as a message shows it.
#[derive(PartialEq, PartialOrd)]
struct Shown(Duration);

impl Shown {
    fn millis(millis: u64) -> Self {
        Shown(Duration::from_millis(millis))
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

fn within<T: PartialOrd + fmt::Display>(given: &Given, value: T, min: T, max: T) -> Result<T, String> {
    if value < min || value > max {
        return Err(format!("{given} is out of range; allowed is {min} to {max}"));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_in_any_unit_and_case() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4_096),
            ("10 MB", 10_000_000),
            ("10mb", 10_000_000),
            (" 64 MiB ", 67_108_864),
            ("1 KB", 1_000),
            ("7 b", 7),
            ("2 TiB", 2 << 40),
        ] {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        for text in ["", "MB", "ten MB", "-1", "1.5 MB", "10 parsecs", "10 M B", "99999999999 GB", "+5"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_is_shown_in_the_unit_that_leaves_the_smallest_number() {
        for (bytes, text) in [
            (0, "0 B"),
            (1, "1 B"),
            (4_097, "4097 B"),
            (65_536, "64 KiB"),
            (10_000_000, "10 MB"),
            (1 << 40, "1 TiB"),
        ] {
            assert_eq!(ByteSize(bytes).to_string(), text);
            assert_eq!(text.parse(), Ok(ByteSize(bytes)));
        }
    }

    #[test]
    fn limits_are_allowed_and_what_is_beyond_is_not() {
        type Count = Whole<1, 1000>;
        for (number, ok) in
            [(0, false), (1, true), (1000, true), (1001, false), (-1, false), (i64::MAX, false)]
        {
            assert_eq!(Count::read(&number.into()).is_ok(), ok, "{number}");
        }
        type Some4 = Bytes<4096, 8192>;
        for (size, ok) in [("4095", false), ("4 KiB", true), ("8 KiB", true), ("8193", false)] {
            assert_eq!(Some4::read(&size.into()).is_ok(), ok, "{size}");
        }
        type Wait = Span<1, 1000>;
        for (span, ok) in
            [("0s", false), ("999us", false), ("1ms", true), ("1s", true), ("1001ms", false), ("5", false)]
        {
            assert_eq!(Wait::read(&span.into()).is_ok(), ok, "{span}");
        }
    }
}
