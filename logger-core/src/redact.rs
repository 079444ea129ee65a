//! Which keys give a secret away, and what is left of their values.

mod words;

use std::sync::LazyLock;

/// What is written in place of a secret. Its length says nothing about the secret's.
pub(crate) const MASK: &str = "***";

/// The keys whose values are masked before a record leaves the thread that logs it.
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
    adds_keys: bool,
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

    /// An empty list: a log call masks nothing.
    pub fn none() -> Self {
        Redaction { entries: Vec::new(), letters: Vec::new(), exempt: Vec::new(), adds_keys: false }
    }

    /// Adds a name. One without a letter or digit is ignored, as it would stand in every key.
    #[must_use]
    pub fn key(mut self, name: &str) -> Self {
        self.adds_keys = true;
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

    /// Whether there may be keys that the default list does not mask.
    pub(crate) fn adds_keys(&self) -> bool {
        self.adds_keys
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
        let accounts = Redaction::none().set("account_id", Treatment::LastThree);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(redaction: &Redaction, key: &str) -> bool {
        redaction.treatment(key) != Treatment::Keep
    }

    #[test]
    fn keys_that_give_a_secret_away_are_masked_in_any_case_and_between_any_words() {
        for key in [
            "password",
            "PASSWORD",
            "Password",
            "passwords",
            "pass_word",
            "userPassword",
            "user.password",
            "dbpassword",
            "password2",
            "password_hash",
            "old password",
            "passwd",
            "PASSPHRASE",
            "pwd",
            "secret",
            "client_secret",
            "secretKey",
            "SECRETS",
            "token",
            "auth-token",
            "authToken",
            "bot_token",
            "TELEGRAM_BOT_TOKEN",
            "authtoken",
            "OAuth2Token",
            "refresh_tokens",
            "api_key",
            "apikey",
            "APIKEY",
            "API_KEY",
            "APIKey",
            "apiKey",
            "api.key",
            "api key",
            "binance_api_key",
            "X-Api-Key",
            "binanceapikey",
            "APIKEYs",
            "api_key_2",
            "private_key",
            "privateKeyPem",
            "ssh-private-key",
            "authorization",
            "Proxy-Authorization",
            "authorization_header",
            "cookie",
            "Set-Cookie",
            "cookies",
            "credentials",
            "aws_credential_file",
            "signature",
            "X-Signature",
            "access_key",
            "jwt",
            "seed_phrase",
            "token_count_secret",
            "секрет_token",
            "token\u{0}",
            "__token__",
        ] {
            assert_eq!(default_list().treatment(key), Treatment::Mask, "{key}");
        }
    }

    #[test]
    fn ordinary_keys_stay_though_a_name_of_the_list_is_a_part_of_them() {
        for key in [
            "",
            "_",
            "price",
            "order_id",
            "symbol",
            "tokenized_volume",
            "tokenization",
            "secretary",
            "secretariat",
            "token_count",
            "tokenCount",
            "tokens_count",
            "token_price",
            "token-symbol",
            "TOKEN_SUPPLY",
            "cookie_name",
            "signature_type",
            "password_length",
            "token_expires_at",
            "passwordless",
            "author",
            "authorized",
            "api",
            "key",
            "primary_key",
            "api_version",
            "apikeyless",
            "pwdx",
            "xpwd",
            "spot",
            "totpx",
            "account",
            "account_ids_count",
            "correlation_id",
            "credentialed",
            "rapi_key",
            "strategy_id",
            "accountant_id",
        ] {
            assert_eq!(default_list().treatment(key), Treatment::Keep, "{key}");
        }
    }

    #[test]
    fn of_an_account_id_the_end_stays_unless_the_key_names_a_secret_too() {
        for key in ["account_id", "accountId", "ACCOUNT_ID", "sub_account_id", "accountid"] {
            assert_eq!(default_list().treatment(key), Treatment::LastThree, "{key}");
        }
        assert_eq!(default_list().treatment("account_id_token"), Treatment::Mask);
    }

    #[test]
    fn names_can_be_added_and_taken_off_and_one_key_excepted() {
        let list = Redaction::default().key("IBAN").without_key("base_token").without_key("signature");
        assert!(masked(&list, "client_iban") && masked(&list, "auth_token"));
        assert!(!masked(&list, "baseToken") && !masked(&list, "signature") && !masked(&list, "x_signature"));
        assert!(masked(&list.key("base_token"), "base_token"));
        assert!(!masked(&Redaction::none(), "password"));
        assert!(!masked(&Redaction::none().key("").key("_-"), "price"));
        assert_eq!(Redaction::default().key("account_id").treatment("account_id"), Treatment::Mask);
    }

    #[test]
    fn names_in_other_scripts_can_be_added() {
        let list = Redaction::none().key("пароль");
        assert!(masked(&list, "пароль") && masked(&list, "мой_пароль"));
        assert!(!masked(&list, "парольщик"));
    }

    #[test]
    fn three_characters_of_four_or_more_stay_and_none_of_fewer() {
        let table = [
            ("", ""),
            ("1", ""),
            ("123", ""),
            ("1234", "234"),
            ("ACC-001", "001"),
            ("äöüß", "öüß"),
            ("äöü", ""),
        ];
        for (text, left) in table {
            assert_eq!(last_three(text), left, "{text}");
        }
    }
}
