//! What an attacker, or an unlucky program, may put into a log: the rows S01 to S35 of the matrix of faults, as a table for
//! every drain that there is and for those to come.

use std::{collections::BTreeMap, error::Error, fmt};

use serde::{Serialize, Serializer, ser::SerializeSeq as _};
use serde_json::Value as Json;

use crate::{Bytes, Context, DrainError, Logger, LoggerExt as _, Secret, error, info};

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name in the matrix.
    pub id: &'static str,
    /// What is tried.
    pub what: &'static str,
    /// Where it is shown that nothing comes of it.
    pub shown: Shown,
}

/// Where it is shown that nothing comes of a row.
#[derive(Debug, Clone, Copy)]
pub enum Shown {
    /// By records that every drain gets.
    ByRecords {
        /// Logs them; none of them is a trade, and all are at least INFO.
        log: fn(&Logger),
        /// How many they are.
        records: usize,
        /// Whether they came out right, as JSON.
        is_right: fn(&[Json]) -> bool,
    },
    /// By a test: its file, and its name.
    ByTest(&'static str, &'static str),
}

/// Stands in every secret of the table, and must come out nowhere.
pub const CANARY: &str = "CANARY";

/// A character that must not come out of a drain as it is: one that ends a line, moves a cursor, turns the direction of
/// text or cannot be seen.
pub fn is_dangerous(char: char) -> bool {
    let invisible = matches!(char, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}');
    char.is_control() || invisible
}

/// Texts with escape sequences: they clear a screen, set a title, make a link, write a clipboard.
const ESCAPES: &str =
    "\u{1b}[2J\u{1b}]0;title\u{7}\u{1b}]8;;http://x\u{7}\u{1b}]52;c;eA==\u{7}\u{9b}31m\u{90}\u{9c}";
const LINES: &str = "a\nb\rc\r\nd\u{b}e\u{c}f\u{85}g\u{2028}h\u{2029}i";
const TURNED: &str = "\u{202e}TDSU\u{202c} \u{2066}x\u{2069} B\u{200b}T\u{200d}C \u{feff}\u{405}OL";
const FORGED: &str = "\"}\n{\"level\":\"INFO\",\"event\":\"forged\"}";
const FORMATS: &str = "{} {:?} {0} %n %s ${jndi:ldap://x} {{7*7}} $(id) `id`";

/// The rows.
pub const ROWS: [Row; 35] = [
    row(
        "S01",
        "escape sequences",
        |log| info!(log, "x {}", ESCAPES; ESCAPES => ESCAPES, "v" => ESCAPES),
        is_v::<0>,
    ),
    row("S02", "ends of lines", |log| info!(log, "x {}", LINES; LINES => LINES, "v" => LINES), is_v::<1>),
    row("S03", "NUL", |log| info!(log, "a\0b {}", "c\0d"; "v" => "a\0b"), |it| it[0]["v"] == "a\0b"),
    row(
        "S04",
        "bytes that are not UTF-8",
        |log| info!(log, "x {}", Bytes(b"a\xff"); "v" => Bytes(b"a\xff\n\xc0b")),
        |it| it[0]["event"] == r#"x b"a\xff""# && it[0]["v"] == "b\"a\\xff\n\\xc0b\"",
    ),
    row(
        "S05",
        "text that is turned round or cannot be seen",
        |log| info!(log, "x {}", TURNED; TURNED => TURNED, "v" => TURNED),
        is_v::<2>,
    ),
    row(
        "S06",
        "a value that looks like a record",
        |log| info!(log, "x {}", FORGED; FORGED => FORGED, "v" => FORGED),
        is_v::<3>,
    ),
    row("S07", "names that are ours, and a name twice", reserved, |it| {
        it[0]["level"] == "info"
            && it[0]["field.level"] == "debug"
            && it[0]["field.seq"] == 0
            && it[0]["twice"] == 2
    }),
    row(
        "S08",
        "a category or level from content",
        |log| info!(log, "x"; "category" => "trade", "level" => "critical"),
        |it| it[0]["category"] == "general" && it[0]["level"] == "info" && it[0]["field.category"] == "trade",
    ),
    row("S09", "strange names", names, |it| {
        it[0][""] == 1 && it[0]["__proto__"] == 2 && it[0]["a.b \"c\" 🦀"] == 3 && it[0]["truncated"] == true
    }),
    Row {
        id: "S10",
        what: "a gigabyte of text, 10,000 fields, 10,000 brackets",
        shown: Shown::ByRecords { log: huge, records: 3, is_right: is_cut },
    },
    row(
        "S11",
        "a Display that panics",
        |log| info!(log, "x {}", Panics; "v" => %Panics, "w" => 1),
        |it| it[0]["v"] == "<panic in Display>" && it[0]["event"] == "<panic in Display>" && it[0]["w"] == 1,
    ),
    row(
        "S12",
        "a Value that fails or panics",
        |log| info!(log, "x"; "v" => FailingValue, "w" => 1),
        |it| it[0]["_error"].is_string() && it[0]["event"] == "x",
    ),
    Row {
        id: "S13",
        what: "a Display that logs, or never ends",
        shown: Shown::ByRecords {
            log: odd_displays,
            records: 3,
            is_right: |it| {
                it.iter().any(|it| it["event"] == "from inside")
                    && it.iter().any(|it| it["truncated"] == true)
            },
        },
    },
    row(
        "S14",
        "numbers that are none",
        |log| info!(log, "x"; "a" => f64::NAN, "b" => f64::INFINITY, "c" => -0.0, "d" => 5e-324, "e" => 0.1_f32),
        |it| {
            it[0]["a"] == "NaN"
                && it[0]["b"] == "Infinity"
                && digits(&it[0]["c"]) == "-0.0"
                && digits(&it[0]["d"]) == "5e-324"
                && digits(&it[0]["e"]) == "0.1"
        },
    ),
    row(
        "S15",
        "long numbers",
        |log| info!(log, "x"; "a" => i128::MIN, "b" => u128::MAX, "c" => u64::MAX, "d" => "0.1234567890123456789012345678"),
        |it| {
            digits(&it[0]["a"]) == i128::MIN.to_string()
                && digits(&it[0]["b"]) == u128::MAX.to_string()
                && it[0]["c"] == u64::MAX
                && it[0]["d"] == "0.1234567890123456789012345678"
        },
    ),
    Row {
        id: "S16",
        what: "strange times",
        shown: Shown::ByTest(
            "logger-core/src/clock.rs",
            "timestamps_are_rfc_3339_before_1970_after_leap_days_and_at_both_ends",
        ),
    },
    row(
        "S17",
        "braces and percent signs",
        |log| info!(log, "x {}", FORMATS; FORMATS => FORMATS, "v" => FORMATS),
        is_v::<4>,
    ),
    row(
        "S18",
        "secrets under their names",
        |log| info!(log, "x"; "PASSWORD" => CANARY, "MY_API_KEY" => CANARY, "authToken" => %CANARY, "Set-Cookie" => ?CANARY),
        |it| ["PASSWORD", "MY_API_KEY", "authToken", "Set-Cookie"].iter().all(|key| it[0][key] == "***"),
    ),
    row("S19", "secrets within texts", secret_texts, |it| it[0]["url"] == "https://***@x/?signature=***"),
    row("S20", "secrets in errors and settings", secret_errors, |it| {
        it[0]["e"]["causes"][0] == "token=***" && it[0]["s"] == "***"
    }),
    row(
        "S21",
        "a token in an error of an HTTP client",
        |log| {
            error!(log, "x"; "e" => #DrainError::new("error sending request").with_source("for url (https://api.telegram.org/bot1:CANARY-x/getMe)"));
        },
        |it| it[0]["e"]["causes"][0] == "for url (https://api.telegram.org/bot***/getMe)",
    ),
    by_test(
        "S22",
        "markup of Telegram",
        "logger-telegram/tests/it/telegram.rs",
        "whatever_a_record_contains_arrives_as_plain_text_within_the_limit",
    ),
    by_test(
        "S23",
        "mentions of Discord",
        "logger-telegram/tests/it/others.rs",
        "whatever_a_record_contains_is_plain_on_discord",
    ),
    by_test(
        "S24",
        "webhooks into one's own network",
        "logger-telegram/src/http/client.rs",
        "a_name_behind_which_there_is_no_public_address_is_not_even_connected_to",
    ),
    by_test(
        "S25",
        "TLS that is off or wrong",
        "logger-telegram/tests/it/faults.rs",
        "f28_a_bad_certificate_is_refused_and_nothing_is_sent_in_plain_text",
    ),
    by_test(
        "S26",
        "headers made from content",
        "logger-telegram/tests/it/webhook.rs",
        "a_header_that_would_be_two_is_refused_at_once",
    ),
    by_test(
        "S27",
        "names of files made from content",
        "logger-file/src/own.rs",
        "s27_what_a_name_is_made_from_never_leads_out_of_the_folder",
    ),
    Row {
        id: "S28",
        what: "planted links",
        shown: Shown::ByTest(
            "logger-file/tests/it/real.rs",
            "s28_links_are_refused_and_what_they_lead_to_stays",
        ),
    },
    Row {
        id: "S29",
        what: "modes and umask",
        shown: Shown::ByTest("logger-file/tests/it/real.rs", "s29_modes_do_not_depend_on_the_umask"),
    },
    Row {
        id: "S30",
        what: "foreign files among those to be deleted",
        shown: Shown::ByTest(
            "logger-file/src/retention.rs",
            "a_link_or_folder_with_the_name_of_a_backup_stays",
        ),
    },
    by_test(
        "S31",
        "a storm of alerts",
        "logger-telegram/tests/it/storms.rs",
        "alerts_whose_text_somebody_else_chooses_are_as_few_as_their_place",
    ),
    by_test(
        "S32",
        "core dumps",
        "logger-core/src/raw/memory.rs",
        "s32_the_memory_of_rings_is_left_out_of_core_dumps",
    ),
    by_test(
        "S33",
        "formulas in tables",
        "logger-cli/tests/it/shown.rs",
        "s33_no_cell_of_a_table_for_programs_is_a_formula_and_json_is_as_it_was_written",
    ),
    by_test(
        "S34",
        "a configuration that others may write",
        "logger-config/tests/it/trust.rs",
        "s34_a_configuration_that_everybody_may_write_is_not_followed",
    ),
    by_test(
        "S35",
        "lines and files that are removed, edited or cut",
        "logger-file/tests/it/seals.rs",
        "s35_each_change_of_the_past_is_found_where_it_was_made",
    ),
];

const fn row(id: &'static str, what: &'static str, log: fn(&Logger), is_right: fn(&[Json]) -> bool) -> Row {
    Row { id, what, shown: Shown::ByRecords { log, records: 1, is_right } }
}

const fn by_test(id: &'static str, what: &'static str, file: &'static str, name: &'static str) -> Row {
    Row { id, what, shown: Shown::ByTest(file, name) }
}

/// Whether the event, a key and a value came out as the text that they were.
fn is_v<const N: usize>(lines: &[Json]) -> bool {
    let text = [ESCAPES, LINES, TURNED, FORGED, FORMATS][N];
    lines[0]["event"] == format!("x {text}") && lines[0][text] == text && lines[0]["v"] == text
}

/// A number as it is written.
fn digits(number: &Json) -> String {
    number.to_string()
}

fn reserved(log: &Logger) {
    info!(log, "x"; "level" => "debug", "timestamp" => 0, "event" => "y", "msg" => "z", "seq" => 0, "twice" => 1, "twice" => 2);
}

fn names(log: &Logger) {
    let context = Context::new().with(&"k".repeat(65_536), 4);
    info!(log.bind(&context), "x"; "" => 1, "__proto__" => 2, "a.b \"c\" 🦀" => 3);
}

struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half of ")?;
        std::panic::resume_unwind(Box::new("without the hook"));
    }
}

struct FailingValue;

impl slog::Value for FailingValue {
    fn serialize(&self, _: &slog::Record<'_>, key: slog::Key, to: &mut dyn slog::Serializer) -> slog::Result {
        to.emit_u8(key, 1)?;
        Err(slog::Error::Other)
    }
}

/// Writes so many kilobytes, and says when it is not stopped.
struct Kilobytes(usize);

impl fmt::Display for Kilobytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.0).try_for_each(|_| f.write_str(&"x".repeat(1024)))
    }
}

/// Brackets within brackets.
#[derive(Clone)]
struct Deep(usize);

impl Serialize for Deep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut inner = serializer.serialize_seq(None)?;
        if self.0 > 0 {
            inner.serialize_element(&Deep(self.0 - 1))?;
        }
        inner.end()
    }
}

fn huge(log: &Logger) {
    info!(log, "text"; "v" => %Kilobytes(1024 * 1024));
    let context = (0..10_000).fold(Context::new(), |context, n| context.with(&format!("k{n}"), n));
    info!(log.bind(&context), "fields");
    let wide: BTreeMap<String, u32> = (0..100_000).map(|n| (format!("k{n}"), n)).collect();
    info!(log, "nested"; "deep" => slog::Serde(Deep(10_000)), "wide" => slog::Serde(wide));
}

fn is_cut(lines: &[Json]) -> bool {
    let found = |event: &str| lines.iter().find(|line| line["event"] == event);
    let (Some(text), Some(fields), Some(nested)) = (found("text"), found("fields"), found("nested")) else {
        return false;
    };
    let is_short = |line: &Json| line.to_string().len() < 600_000;
    text["truncated"] == true
        && text["v"].as_str().is_some_and(|it| it.len() == 256 * 1024)
        && fields["truncated"] == true
        && nested["deep"].is_string()
        && lines.iter().all(is_short)
}

struct Logs<'l>(&'l Logger);

impl fmt::Display for Logs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        info!(self.0, "from inside");
        f.write_str("outside")
    }
}

fn odd_displays(log: &Logger) {
    info!(log, "x {}", Logs(log));
    info!(log, "x"; "v" => %Kilobytes(usize::MAX));
}

fn secret_texts(log: &Logger) {
    let jwt = format!("eyJhbGciOi.eyJ{CANARY}.{CANARY}");
    let url = format!("https://bob:{CANARY}@x/?signature={CANARY}");
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----");
    let body = format!(r#"{{"api_key":"{CANARY}","note":"Bearer {CANARY}"}}"#);
    info!(log, "Bearer {}", CANARY; "url" => &url, "jwt" => %jwt, "pem" => &pem, "body" => ?body, "c" => "CVV 4111 1111 1111 1111");
}

#[derive(Debug)]
struct Failed(Option<Box<Failed>>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "token={CANARY}")
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.as_deref().map(|it| it as &dyn Error)
    }
}

fn secret_errors(log: &Logger) {
    let secret = Secret::new(CANARY.to_owned());
    let settings = format!("Settings {{ bot_token: \"{CANARY}\", proxy: \"http://u:{CANARY}@p\" }}");
    let failed = Failed(Some(Box::new(Failed(None))));
    let event = failed.to_string();
    error!(log, "{} with {}", event, settings; "s" => &secret, "d" => ?secret, "e" => #failed);
}
