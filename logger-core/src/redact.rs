//! Which keys give a secret away, which texts hold one, and what is left of them.

mod assignments;
mod cards;
pub(crate) mod chunk;
mod json;
mod literals;
mod live;
mod patterns;
mod spans;
mod suspicion;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod text_tests;
mod words;

use std::sync::{
    LazyLock,
    atomic::{AtomicBool, Ordering},
};

pub use self::literals::{ShortSecret, register_secret};
use self::patterns::Custom;
use self::suspicion::Suspicion;
pub(crate) use self::{
    json::{is_harmless_json, masked_json},
    live::LiveRedaction,
    suspicion::has_sign,
};

/// What is written in place of a secret. Its length says nothing about the secret's.
pub(crate) const MASK: &str = "***";

/// The keys whose values are masked, and the patterns that are masked in texts, before a record leaves the thread that logs
/// it.
///
/// # Which keys
///
/// A key is read as words: they end at everything that is neither letter nor digit, between a small and a capital
/// letter (`userPassword`, `APIKey`), and between letters and digits. Upper and lower case are the same, and so are
/// singular and plural. A key is masked when some of its words that follow each other spell a name of the list, whether
/// they are joined or not: `api_key` on the list masks `X-Api-Key`, `binanceApiKey2` and `APIKEYS`. A name of five
/// letters or more may also be the end of one longer word (`dbpassword`), but never its beginning or middle
/// (`secretary`, `tokenized_volume`). A key is not masked when the next word tells something about the secret instead
/// of holding it, such as `count`, `length`, `type`, `name`, `status`, `expires` or `price` (`token_count`). The same
/// holds for the keys inside of nested values, at any depth.
///
/// # What is left
///
/// The value becomes the text `***`, whatever its type is; at the top of a record its `Display` or `Serialize` is not
/// called. Of an `account_id` the last 3 characters stay (`***001`), where it is a text or an integer of at least 4.
///
/// # Which texts
///
/// The event, texts, what `Display` and `Debug` make of a value, the messages of an error and of its sources, the message of
/// a panic, and the texts inside of nested values are looked through for secrets by their form
/// ([`Redaction::PATTERNS`]): `password=…`, `"apiKey": "…"`, `Authorization: …` with the names of the list of keys; what
/// follows `Bearer`; tokens of bots, JSON Web Tokens, private keys, tokens with known prefixes, long keys, card numbers,
/// and what stands before the `@` of a URL. Each becomes `***`. What [`register_secret`] has registered is masked too.
///
/// All this is done by the thread that logs, so that neither the queue nor a file of it ever holds a secret, but for one
/// case: a text of at most 12 bytes that was given as it is (`"note" => "pwd=abc"`) is looked through by the worker, before
/// any drain gets it. What is written by a literal in the source, the event and the keys, is not looked through.
///
/// # Where it holds
///
/// In a log call, by the list of its pipeline. A [`Context`](crate::Context) and an
/// [`OwnedRecord`](crate::OwnedRecord) are made before a pipeline is known: they are masked by the default list at once,
/// so that a name which a pipeline takes off its list stays masked in them; names that a pipeline adds are masked when
/// the context reaches it.
///
/// ```
/// use logger_core::{Pipeline, Redaction};
///
/// let redaction = Redaction::default().key("iban").without_key("base_token");
/// let builder = Pipeline::builder().redaction(redaction);
/// ```
#[derive(Debug, Clone)]
pub struct Redaction {
    entries: Vec<Entry>,
    /// Which letters each entry has, a bit for each: enough to tell that most keys are harmless.
    letters: Vec<u32>,
    exempt: Vec<Box<[u8]>>,
    /// Whether it masks what the default list does not.
    adds: bool,
    /// The patterns that are looked for, a bit each.
    patterns: u16,
    custom: Vec<Custom>,
    /// How many lists its pipeline had before it.
    pub(crate) generation: u32,
}

/// A pattern cannot be added or taken off.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatternError {
    /// The expression is none.
    #[error("pattern `{name}` is no regular expression")]
    Expression {
        /// The name that it was to have.
        name: String,
        /// What is wrong with it.
        #[source]
        source: regex::Error,
    },
    /// There is no pattern of this name.
    #[error("there is no pattern `{name}`; there are {}", Redaction::PATTERNS.join(", "))]
    Unknown {
        /// The name.
        name: String,
    },
}

/// Whether some list of the process has patterns of its own: then every text may be a secret.
static CUSTOM: AtomicBool = AtomicBool::new(false);
/// Whether some list of the process has names of its own: then whatever is assigned may be a secret.
static NAMED: AtomicBool = AtomicBool::new(false);

/// Texts up to this length are put into the record without a look; the worker looks at them.
pub(crate) const UNCHECKED: usize = 12;

/// Of which name the last characters stay.
const ACCOUNT: &str = "account_id";

/// Whether a text can be put into a record as it is, whatever list it is masked by.
#[inline(never)]
pub(crate) fn is_harmless(text: &[u8]) -> bool {
    let Suspicion { assignment, form, sign } = Suspicion::of(text);
    let is_named = || sign && NAMED.load(Ordering::Relaxed);
    !assignment && !form && !is_named() && !literals::any() && !CUSTOM.load(Ordering::Relaxed)
}

/// A name of the list.
#[derive(Debug, Clone)]
struct Entry {
    /// Its letters and digits, in lower case.
    name: Box<[u8]>,
    /// Which letters follow each other in it.
    pairs: u64,
    treatment: Treatment,
}

/// What becomes of a value; the later one hides more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Treatment {
    Keep,
    /// The last three characters stay.
    LastThree,
    Mask,
}

impl Redaction {
    /// The names of the default list, besides `account_id`.
    pub const DEFAULT_KEYS: [&'static str; 23] = [
        "access_key",
        "api_key",
        "auth_header",
        "authorization",
        "basic_auth",
        "bearer",
        "cookie",
        "credential",
        "encryption_key",
        "jwt",
        "mnemonic",
        "otp",
        "passphrase",
        "passwd",
        "password",
        "private_key",
        "pwd",
        "secret",
        "seed_phrase",
        "signature",
        "signing_key",
        "token",
        "totp",
    ];

    /// The names of the patterns that are looked for in texts.
    ///
    /// | name | finds |
    /// |---|---|
    /// | `assignment` | what is assigned to a name of the list of keys: `password=…`, `"api_key":"…"`, `Cookie: …` |
    /// | `bearer` | what follows `Bearer`, and `Basic` where it is base64 |
    /// | `bot_token` | tokens of Telegram's bots: digits, a colon, at least 35 characters |
    /// | `card` | numbers of payment cards whose last digit is right; not where a text is digits only, as an id is |
    /// | `jwt` | JSON Web Tokens |
    /// | `long_key` | at least 64 letters and digits in a row, of both cases and with digits: keys of exchanges |
    /// | `pem` | private keys in PEM blocks |
    /// | `provider_token` | tokens with the prefixes of AWS, GitHub, GitLab, Google, Slack, Stripe and others |
    /// | `url_user` | user and password in a URL |
    /// | `webhook` | the secret part of the webhooks of Discord and Slack |
    pub const PATTERNS: [&str; 10] = patterns::NAMES;

    /// An empty list: a log call masks nothing but what is registered.
    pub fn none() -> Self {
        Redaction {
            entries: Vec::new(),
            letters: Vec::new(),
            exempt: Vec::new(),
            adds: false,
            patterns: 0,
            custom: Vec::new(),
            generation: 0,
        }
    }

    /// Adds a pattern: a regular expression as the crate `regex` has them. Its first group is masked, or all of it where it
    /// has none. It is looked for in every text, also in those that are harmless otherwise, so it costs something on each
    /// call.
    ///
    /// # Errors
    ///
    /// [`PatternError::Expression`].
    pub fn pattern(mut self, name: &str, expression: &str) -> Result<Self, PatternError> {
        let custom = Custom::new(name, expression)
            .map_err(|source| PatternError::Expression { name: name.to_owned(), source })?;
        self.custom.retain(|it| *it.name != *name);
        self.custom.push(custom);
        self.adds = true;
        CUSTOM.store(true, Ordering::Relaxed);
        Ok(self)
    }

    /// Takes a pattern of [`Redaction::PATTERNS`], or one that was added, off the list.
    ///
    /// # Errors
    ///
    /// [`PatternError::Unknown`].
    pub fn without_pattern(mut self, name: &str) -> Result<Self, PatternError> {
        let before = self.custom.len();
        self.custom.retain(|it| *it.name != *name);
        match patterns::bit(name) {
            Some(bit) => self.patterns &= !bit,
            None if self.custom.len() < before => {}
            None => return Err(PatternError::Unknown { name: name.to_owned() }),
        }
        Ok(self)
    }

    /// Makes ready what is made at its first use, so that no log call has to.
    pub(crate) fn prepare(&self) {
        patterns::prepare();
    }

    /// The text with its secrets masked; `None` where it has none.
    #[inline]
    pub(crate) fn masked_text(&self, text: &str) -> Option<String> {
        if is_harmless(text.as_bytes()) { None } else { self.find_and_mask(text) }
    }

    #[cold]
    fn find_and_mask(&self, text: &str) -> Option<String> {
        let mut spans = Vec::new();
        let suspicion = Suspicion::of(text.as_bytes());
        if self.patterns & patterns::ASSIGNMENT != 0 && (suspicion.assignment || suspicion.sign && self.adds)
        {
            assignments::find(self, text, &mut spans);
        }
        if suspicion.form {
            patterns::find(text, self.patterns, &mut spans);
        }
        self.custom.iter().for_each(|custom| custom.find(text, &mut spans));
        literals::find(text, &mut spans);
        spans::replace(text, spans)
    }

    /// Whether a text of at most [`UNCHECKED`] bytes, which was put into a record without a look, holds a secret.
    #[inline]
    pub(crate) fn suspects_short(&self, text: &[u8]) -> bool {
        has_sign(text) && self.masks_short(text)
    }

    #[cold]
    fn masks_short(&self, text: &[u8]) -> bool {
        std::str::from_utf8(text).is_ok_and(|text| self.masked_text(text).is_some())
    }

    /// Whether any of all texts of a record may hold a secret that was not masked when it was made: one that is registered,
    /// maybe since, or one of a pattern of this list's own.
    #[inline]
    pub(crate) fn suspects_any<'t, A: Iterator<Item = &'t [u8]>>(&self, texts: impl FnOnce() -> A) -> bool {
        !self.custom.is_empty() || literals::any() && texts().any(literals::are_in)
    }

    /// Adds a name. One without a letter or digit is ignored, as it would stand in every key.
    #[must_use]
    pub fn key(mut self, name: &str) -> Self {
        self.adds = true;
        NAMED.store(true, Ordering::Relaxed);
        self.set(name, Treatment::Mask)
    }

    /// Takes a name off the list. It may also be one key, which is then kept although a name of the list stands in it:
    /// without `base_token`, `auth_token` is masked still.
    #[must_use]
    pub fn without_key(mut self, name: &str) -> Self {
        let name = words::spelled(name);
        self.remove(&name);
        self.exempt.push(name);
        self
    }

    fn set(mut self, name: &str, treatment: Treatment) -> Self {
        let name = words::spelled(name);
        if name.is_empty() {
            return self;
        }
        self.remove(&name);
        self.exempt.retain(|it| *it != name);
        self.letters.push(words::letters(&name));
        self.entries.push(Entry { pairs: words::pairs(&name), name, treatment });
        self
    }

    fn remove(&mut self, name: &[u8]) {
        self.entries.retain(|entry| *entry.name != *name);
        self.letters = self.entries.iter().map(|entry| words::letters(&entry.name)).collect();
    }

    /// Whether it may mask what the default list does not.
    pub(crate) fn adds(&self) -> bool {
        self.adds
    }

    /// Whether the value of a key is kept for sure, which most are; a key of JSON may have its quotes.
    #[inline]
    pub(crate) fn keeps(&self, key: &[u8]) -> bool {
        !self.adds && !suspicion::may_name(key)
    }

    /// What becomes of the value of `key`.
    #[inline]
    pub(crate) fn treatment(&self, key: &str) -> Treatment {
        let missing = !words::letters(key.as_bytes());
        // without an early end, so that it is done for several names at a time
        let possible = self.letters.iter().fold(false, |found, &needed| found | (needed & missing == 0));
        if possible { self.decide(key.as_bytes(), missing) } else { Treatment::Keep }
    }

    #[cold]
    fn decide(&self, key: &[u8], missing: u32) -> Treatment {
        let mut found = Treatment::Keep;
        let absent = !words::pairs(key);
        for (entry, needed) in self.entries.iter().zip(&self.letters) {
            let is_possible = needed & missing == 0 && entry.pairs & absent == 0;
            if is_possible && entry.treatment > found && words::gives_away(key, &entry.name) {
                found = entry.treatment;
            }
        }
        let is_exempt = found != Treatment::Keep && self.exempt.iter().any(|it| words::spells(key, it));
        if is_exempt { Treatment::Keep } else { found }
    }
}

impl Default for Redaction {
    /// [`Redaction::DEFAULT_KEYS`] and `account_id`.
    fn default() -> Self {
        let none = Redaction { patterns: patterns::ALL, ..Redaction::none() };
        let accounts = none.set(ACCOUNT, Treatment::LastThree);
        Redaction::DEFAULT_KEYS.iter().fold(accounts, |list, name| list.set(name, Treatment::Mask))
    }
}

static DEFAULT: LazyLock<Redaction> = LazyLock::new(Redaction::default);

/// The default list, for what is encoded before a pipeline is known.
pub(crate) fn default_list() -> &'static Redaction {
    &DEFAULT
}

/// The last three characters of a text of at least four; nothing of a shorter one.
pub(crate) fn last_three(text: &str) -> &str {
    let mut starts = text.char_indices().rev().map(|(at, _)| at);
    let third = starts.nth(2);
    match (third, starts.next()) {
        (Some(at), Some(_)) => &text[at..],
        _ => "",
    }
}
