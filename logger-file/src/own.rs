//! Names of files that belong to one process.

use std::ffi::OsStr;

/// The name of a file that belongs to one process, or to one expert: `{expert}` and `{pid}` stand for its name and for the
/// number of the process. Given to [`FileDrain::open_own`](crate::FileDrain::open_own).
///
/// ```
/// use logger_file::OwnName;
///
/// let name = OwnName::new("{expert}.{pid}.log", "../My Bot")?;
/// assert_eq!(name.of(4711), "%2E.%2FMy%20Bot.4711.log");
/// # Ok::<(), logger_file::NameError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnName {
    before: String,
    /// What follows the number of the process; `None` where there is none in the name.
    after: Option<String>,
}

/// Why a text is no name of a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// It would lead elsewhere, or cannot be a name on every system.
    #[error(
        "`{0}` is no plain file name: it may have neither `/`, `\\`, `:` nor control characters, and no `.` or space at its end"
    )]
    NotPlain(String),
    /// There is no such placeholder.
    #[error("`{0}` has a placeholder that is unknown; allowed are `{{expert}}` and one `{{pid}}`")]
    Placeholder(String),
    /// Backups could not be told from the files of other processes.
    #[error("`{0}` has `{{pid}}` next to a digit, or at its end; allowed is such as `expert.{{pid}}.log`")]
    PidAtEdge(String),
    /// No room is left for the number of a backup.
    #[error("`{0}` is longer than {LONGEST} bytes")]
    TooLong(String),
}

/// The longest name: a file system takes 255 bytes, and the endings of backups need some.
const LONGEST: usize = 200;
/// The longest part that is made from a name.
const LONGEST_PART: usize = 100;
/// What `{pid}` is replaced by at most.
const PID_DIGITS: usize = 10;

impl OwnName {
    /// A name by its pattern; `expert` may be any text, and is [cleaned](clean).
    ///
    /// # Errors
    ///
    /// [`NameError`], with the pattern.
    pub fn new(pattern: &str, expert: &str) -> Result<Self, NameError> {
        let fail = |error: fn(String) -> NameError| Err(error(pattern.into()));
        let text = pattern.replace("{expert}", &clean(expert));
        let (before, after) = match text.split_once("{pid}") {
            Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
            None => (text.clone(), None),
        };
        let rest = after.as_deref().unwrap_or_default();
        if [before.as_str(), rest].iter().any(|part| part.contains(['{', '}'])) {
            return fail(NameError::Placeholder);
        }
        let special = |it: char| matches!(it, '/' | '\\' | ':') || it.is_control();
        if text.is_empty() || text.contains(special) || text.ends_with(['.', ' ']) || text.starts_with(' ') {
            return fail(NameError::NotPlain);
        }
        if after.is_some() {
            let is_digit = |it: Option<char>| it.is_some_and(|it| it.is_ascii_digit());
            if rest.is_empty() || is_digit(before.chars().next_back()) || is_digit(rest.chars().next()) {
                return fail(NameError::PidAtEdge);
            }
        }
        if before.len() + rest.len() + PID_DIGITS > LONGEST {
            return fail(NameError::TooLong);
        }
        Ok(OwnName { before, after })
    }

    /// The name that the process of this number has.
    pub fn of(&self, pid: u32) -> String {
        match &self.after {
            Some(after) => format!("{}{pid}{after}", self.before),
            None => self.before.clone(),
        }
    }

    /// Whether each process has a file of its own.
    pub(crate) fn has_pid(&self) -> bool {
        self.after.is_some()
    }

    /// The process that a file may belong to, by how its name begins.
    pub(crate) fn pid_in(&self, name: &OsStr) -> Option<u32> {
        self.after.as_ref()?;
        let rest = name.to_str()?.strip_prefix(self.before.as_str())?;
        let digits = rest.len() - rest.trim_start_matches(|it: char| it.is_ascii_digit()).len();
        let pid: u32 = rest[..digits].parse().ok()?;
        // one name for each process: not `007`
        (pid.to_string() == rest[..digits]).then_some(pid)
    }
}

/// A text as a part of a file name: letters of ASCII, digits, `.`, `_` and `-` stay, all else becomes `%` and two hexadecimal
/// digits a byte, and so does a point at an end. Different texts have different results. At most 100 bytes: of a longer
/// one the rest is a checksum. A name that Windows keeps for itself, such as `CON`, gets its first letter replaced, an empty one
/// is `%`.
pub fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let last = text.len().saturating_sub(1);
    for (at, byte) in text.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let inner_point = byte == b'.' && at != 0 && at != last;
        if (plain && !(at == 0 && is_reserved(text))) || inner_point {
            clean.push(char::from(byte));
        } else {
            clean.push_str(&format!("%{byte:02X}"));
        }
    }
    if clean.is_empty() {
        return "%".into();
    }
    if clean.len() > LONGEST_PART {
        let sum = format!("-{:016x}", checksum(text));
        // all of it is ASCII
        clean.truncate(LONGEST_PART - sum.len());
        clean.push_str(&sum);
    }
    clean
}

/// Names of devices on Windows, whatever their ending.
fn is_reserved(text: &str) -> bool {
    let stem = text.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |name: &str| {
        stem.strip_prefix(name)
            .is_some_and(|rest| rest.len() == 1 && rest.starts_with(|it: char| it.is_ascii_digit()))
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// FNV-1a: the same in every version, as names have to be.
fn checksum(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn s27_what_a_name_is_made_from_never_leads_out_of_the_folder() {
        for (text, expected) in [
            ("MyEmaBot", "MyEmaBot"),
            ("../../etc/passwd", "%2E./../etc/passwd"),
            ("/etc/passwd", "%2Fetc%2Fpasswd"),
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("", "%"),
            ("a.", "a%2E"),
            ("a\0b", "a%00b"),
            ("CON", "%43ON"),
            ("com1.txt", "%63om1.txt"),
            ("COM10", "COM10"),
            ("é", "%C3%A9"),
            ("100%", "100%25"),
            ("{pid}", "%7Bpid%7D"),
        ] {
            assert_eq!(clean(text), expected.replace('/', "%2F"), "{text}");
        }
        assert_eq!(clean(&"x".repeat(300)).len(), 100);
        assert_ne!(clean(&"x".repeat(300)), clean(&"x".repeat(301)));
    }

    proptest! {
        #[test]
        fn s27_any_text_makes_one_plain_part_of_a_name_and_no_two_the_same(one in ".{0,40}", other in ".{0,40}") {
            let part = clean(&one);
            prop_assert!(part.len() <= LONGEST_PART && !part.is_empty());
            prop_assert!(part.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-%".contains(&it)));
            prop_assert!(!part.starts_with('.') && !part.ends_with('.'));
            prop_assert_eq!(part == clean(&other), one == other);
        }
    }

    #[test]
    fn a_process_is_told_from_the_name_of_its_file_and_from_no_other() {
        let name = OwnName::new("{expert}.{pid}.log", "Bot/1").unwrap();
        assert_eq!(name.of(42), "Bot%2F1.42.log");
        for (file, pid) in [
            ("Bot%2F1.42.log", Some(42)),
            ("Bot%2F1.42.log.3.gz", Some(42)),
            ("Bot%2F1.042.log", None),
            ("Bot%2F1.log", None),
            ("Bot%2F1.99999999999.log", None),
            ("Bot%2F12.42.log", None),
        ] {
            assert_eq!(name.pid_in(file.as_ref()), pid, "{file}");
        }
        assert_eq!(OwnName::new("{expert}.log", "a").unwrap().pid_in("a.1.log".as_ref()), None);
    }

    #[test]
    fn a_pattern_that_could_mix_files_up_is_refused() {
        for (pattern, error) in [
            (
                "",
                "`` is no plain file name: it may have neither `/`, `\\`, `:` nor control characters, and no `.` or space at its end",
            ),
            (
                "expert.log.{pid}",
                "`expert.log.{pid}` has `{pid}` next to a digit, or at its end; allowed is such as `expert.{pid}.log`",
            ),
            (
                "a1{pid}.log",
                "`a1{pid}.log` has `{pid}` next to a digit, or at its end; allowed is such as `expert.{pid}.log`",
            ),
            (
                "{pid}.{pid}.log",
                "`{pid}.{pid}.log` has a placeholder that is unknown; allowed are `{expert}` and one `{pid}`",
            ),
            (
                "{user}.log",
                "`{user}.log` has a placeholder that is unknown; allowed are `{expert}` and one `{pid}`",
            ),
        ] {
            assert_eq!(OwnName::new(pattern, "x").unwrap_err().to_string(), error);
        }
        assert!(matches!(OwnName::new("a/{pid}.log", "x"), Err(NameError::NotPlain(_))));
        assert!(matches!(OwnName::new(&"x".repeat(200), "x"), Err(NameError::TooLong(_))));
    }
}
