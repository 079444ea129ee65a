//! Secrets that are known by their form: tokens, keys, cards, what stands before the `@` of a URL.

use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::{literals::STANDARD, spans::Span};

/// The names of the patterns, with what they find.
///
/// | name | finds |
/// |---|---|
/// | `assignment` | what is assigned to a name of the list of keys: `password=…`, `"api_key":"…"`, `Cookie: …` |
/// | `bearer` | what follows `Bearer`, and `Basic` where it is base64 of `user:password` |
/// | `bot_token` | tokens of Telegram's bots: digits, a colon, 35 characters or more |
/// | `card` | card numbers of 13 to 19 digits whose last one is right, in a text that is not a number only |
/// | `jwt` | JSON Web Tokens |
/// | `long_key` | words of 64 letters and digits or more with capital and small letters and digits: keys of exchanges |
/// | `pem` | private keys in PEM blocks |
/// | `provider_token` | tokens with the prefixes of AWS, GitHub, GitLab, Google, Slack, Stripe and others |
/// | `url_user` | user and password in a URL |
/// | `webhook` | the secret part of the webhooks of Discord and Slack |
pub(super) const NAMES: [&str; 10] = [
    "assignment",
    "bearer",
    "bot_token",
    "card",
    "jwt",
    "long_key",
    "pem",
    "provider_token",
    "url_user",
    "webhook",
];

pub(super) const ASSIGNMENT: u16 = 1;
const BEARER: u16 = 1 << 1;
const BOT_TOKEN: u16 = 1 << 2;
const CARD: u16 = 1 << 3;
const JWT: u16 = 1 << 4;
const LONG_KEY: u16 = 1 << 5;
const PEM: u16 = 1 << 6;
const PROVIDER: u16 = 1 << 7;
const URL_USER: u16 = 1 << 8;
const WEBHOOK: u16 = 1 << 9;
/// Those that are not looked for by a word.
const WITHOUT_WORD: u16 = CARD | LONG_KEY;
pub(super) const ALL: u16 = (1 << NAMES.len()) - 1;

/// The bit of a name.
pub(super) fn bit(name: &str) -> Option<u16> {
    NAMES.iter().position(|it| *it == name).map(|at| 1 << at)
}

/// Words without which there is no such secret, in lower case, and which secret that is.
const WORDS: [(&str, u16); 41] = [
    ("bearer", BEARER),
    ("basic", BEARER),
    ("0:", BOT_TOKEN),
    ("1:", BOT_TOKEN),
    ("2:", BOT_TOKEN),
    ("3:", BOT_TOKEN),
    ("4:", BOT_TOKEN),
    ("5:", BOT_TOKEN),
    ("6:", BOT_TOKEN),
    ("7:", BOT_TOKEN),
    ("8:", BOT_TOKEN),
    ("9:", BOT_TOKEN),
    ("%3a", BOT_TOKEN),
    ("eyj", JWT),
    ("-----begin", PEM),
    ("ghp_", PROVIDER),
    ("gho_", PROVIDER),
    ("ghu_", PROVIDER),
    ("ghs_", PROVIDER),
    ("ghr_", PROVIDER),
    ("github_pat_", PROVIDER),
    ("glpat-", PROVIDER),
    ("xoxa-", PROVIDER),
    ("xoxb-", PROVIDER),
    ("xoxp-", PROVIDER),
    ("xoxr-", PROVIDER),
    ("xoxs-", PROVIDER),
    ("sk-", PROVIDER),
    ("sk_live_", PROVIDER),
    ("sk_test_", PROVIDER),
    ("rk_live_", PROVIDER),
    ("aiza", PROVIDER),
    ("ya29.", PROVIDER),
    ("akia", PROVIDER),
    ("asia", PROVIDER),
    ("npm_", PROVIDER),
    ("hf_", PROVIDER),
    ("sg.", PROVIDER),
    ("://", URL_USER),
    ("/webhooks/", WEBHOOK),
    ("hooks.slack.com", WEBHOOK),
];

static FILTER: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let words = WORDS.iter().map(|(word, _)| word);
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok()
});

/// What a pattern looks like; the first group, or else all of it, is the secret.
const EXPRESSIONS: [(u16, &str); 8] = [
    (BEARER, r"(?i-u)bearer(?:[ \t]|%20)+([A-Za-z0-9._~+/=:\-]{6,})"),
    (BOT_TOKEN, r"([0-9]+(?::|%3[Aa])[A-Za-z0-9_\-]{35,})"),
    (BOT_TOKEN, r"/bot([0-9]+(?::|%3[Aa])[A-Za-z0-9_\-]+)"),
    (JWT, r"eyJ[A-Za-z0-9_\-]{4,}\.[A-Za-z0-9_\-]{4,}(?:\.[A-Za-z0-9_\-]*)*"),
    (PEM, r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*-----|\z)"),
    (
        PROVIDER,
        r"(?:^|[^A-Za-z0-9])((?:gh[opurs]_|github_pat_|glpat-|xox[abprs]-|sk-|sk_live_|sk_test_|rk_live_|AIza|ya29\.|AKIA|ASIA|npm_|hf_|SG\.)[A-Za-z0-9_.\-]{16,})",
    ),
    (WEBHOOK, r"(?i-u)/webhooks/[0-9]+/([A-Za-z0-9_\-]+)"),
    (WEBHOOK, r"(?i-u)hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9/_\-]+)"),
];

/// What the tokens of providers begin with.
const PREFIXES: [&[u8]; 22] = [
    b"ghp_",
    b"gho_",
    b"ghu_",
    b"ghs_",
    b"ghr_",
    b"github_pat_",
    b"glpat-",
    b"xoxa-",
    b"xoxb-",
    b"xoxp-",
    b"xoxr-",
    b"xoxs-",
    b"sk-",
    b"sk_",
    b"rk_",
    b"AIza",
    b"ya29.",
    b"npm_",
    b"hf_",
    b"SG.",
    b"AKIA",
    b"ASIA",
];

/// Whether a word has what a token of a provider begins with, at its start or behind a sign.
pub(super) fn has_prefix(word: &[u8]) -> bool {
    let is_prefix = |rest: &[u8]| PREFIXES.iter().any(|prefix| rest.starts_with(prefix));
    let starts = |&at: &usize| at == 0 || !word[at - 1].is_ascii_alphanumeric();
    (0..word.len()).filter(starts).any(|at| is_prefix(&word[at..]))
}

static BASIC: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i-u)basic(?:[ \t]|%20)+([A-Za-z0-9+/]{8,}={0,2})").ok());

static COMPILED: LazyLock<Vec<(u16, Regex)>> = LazyLock::new(|| {
    EXPRESSIONS.iter().filter_map(|&(bit, text)| Some((bit, Regex::new(text).ok()?))).collect()
});

/// Makes ready what is made at its first use, so that no log call has to.
pub(super) fn prepare() {
    LazyLock::force(&FILTER);
    for regex in COMPILED.iter().map(|(_, regex)| regex).chain(BASIC.iter()) {
        regex.is_match("");
    }
}

/// Which of `wanted` may be in the text.
fn possible(text: &str, wanted: u16) -> u16 {
    let Some(filter) = FILTER.as_ref() else { return wanted };
    filter
        .find_overlapping_iter(text)
        .fold(wanted & WITHOUT_WORD, |found, word| found | WORDS[word.pattern().as_usize()].1)
        & wanted
}

/// Adds the secrets whose patterns are `wanted`, but for assignments.
pub(super) fn find(text: &str, wanted: u16, spans: &mut Vec<Span>) {
    let possible = possible(text, wanted);
    for (_, regex) in COMPILED.iter().filter(|(bit, _)| possible & bit != 0) {
        find_regex(regex, text, spans);
    }
    if possible & BEARER != 0 {
        find_basic(text, spans);
    }
    if possible & URL_USER != 0 {
        find_url_users(text, spans);
    }
    if possible & LONG_KEY != 0 {
        find_long_keys(text, spans);
    }
    if possible & CARD != 0 {
        super::cards::find(text, spans);
    }
}

fn find_regex(regex: &Regex, text: &str, spans: &mut Vec<Span>) {
    for found in regex.captures_iter(text) {
        if let Some(secret) = found.get(1).or(found.get(0)) {
            spans.push(Span::whole(secret.start(), secret.end()));
        }
    }
}

/// `Basic` is a word of other texts too: what follows it is a secret if it is base64 of `user:password`.
fn find_basic(text: &str, spans: &mut Vec<Span>) {
    for found in BASIC.iter().flat_map(|basic| basic.captures_iter(text)) {
        if let Some(secret) = found.get(1).filter(|it| decoded(it.as_str()).contains(&b':')) {
            spans.push(Span::whole(secret.start(), secret.end()));
        }
    }
}

/// The bytes of a text in base64.
fn decoded(text: &str) -> Vec<u8> {
    let sextets = text.bytes().map_while(|byte| STANDARD.iter().position(|&digit| digit == byte));
    let bits: Vec<usize> = sextets.collect();
    let bytes = bits.chunks(4).flat_map(|four| {
        let all = (0..4).fold(0, |all, at| all << 6 | four.get(at).copied().unwrap_or(0));
        [16, 8, 0].map(|shift| (all >> shift & 0xff) as u8)
    });
    bytes.collect()
}

/// What stands between `://` and an `@` of the same authority.
fn find_url_users(text: &str, spans: &mut Vec<Span>) {
    for (scheme, _) in text.match_indices("://") {
        let start = scheme + 3;
        let ends = |char: char| char.is_whitespace() || "/?#\"'<>\\".contains(char);
        let authority = &text[start..text[start..].find(ends).map_or(text.len(), |len| start + len)];
        if let Some(at) = authority.rfind('@').filter(|&at| at > 0) {
            spans.push(Span::whole(start, start + at));
        }
    }
}

/// The fewest characters of a key of an exchange.
pub(super) const LONG_KEY_LEN: usize = 64;

fn find_long_keys(text: &str, spans: &mut Vec<Span>) {
    let mut at = 0;
    for word in text.split(|char: char| !char.is_ascii_alphanumeric()) {
        let has = |is: fn(&u8) -> bool| word.as_bytes().iter().any(is);
        if word.len() >= LONG_KEY_LEN
            && has(u8::is_ascii_lowercase)
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_digit)
        {
            spans.push(Span::whole(at, at + word.len()));
        }
        at += word.len();
        at += text[at..].chars().next().map_or(0, char::len_utf8);
    }
}

/// A pattern of the application's.
#[derive(Debug, Clone)]
pub(super) struct Custom {
    pub(super) name: Box<str>,
    regex: Arc<Regex>,
}

impl Custom {
    pub(super) fn new(name: &str, expression: &str) -> Result<Self, regex::Error> {
        Ok(Custom { name: name.into(), regex: Arc::new(Regex::new(expression)?) })
    }

    pub(super) fn find(&self, text: &str, spans: &mut Vec<Span>) {
        find_regex(&self.regex, text, spans);
    }
}
