//! What is masked in texts, and what is left alone.

use proptest::{collection::vec, prelude::*};

use super::*;

const C: &str = "CANARY-q7Zx91pLm2";

fn masked(text: &str) -> String {
    default_list().masked_text(text).unwrap_or_else(|| text.to_owned())
}

/// Each text with the canary in the place of `@@`, and what is left of it, wherever in a longer text it stands: texts are
/// looked at by parts.
#[track_caller]
fn check(table: &[(&str, &str)]) {
    for (text, left) in table {
        let text = text.replace("@@", C);
        assert_eq!(masked(&text), *left, "{text}");
        for before in (0..2 * chunk::LEN).map(|len| format!("{}; ", "x".repeat(len))) {
            assert_eq!(masked(&format!("{before}{text}")), format!("{before}{left}"));
        }
    }
}

#[test]
fn what_stands_before_the_last_at_of_an_authority_is_masked() {
    assert_eq!(masked("wss://bob:p@ss@host/a@b"), "wss://***@host/a@b");
}

#[test]
fn what_is_assigned_to_a_name_of_the_list_is_masked_in_every_notation() {
    check(&[
        ("login failed: password=@@ for bob", "login failed: password=*** for bob"),
        ("password = @@, user = bob", "password = ***, user = bob"),
        ("PASSWORD:@@;next", "PASSWORD:***;next"),
        ("BINANCE_API_KEY=@@", "BINANCE_API_KEY=***"),
        ("api-key: '@@ with spaces'", "api-key: '***'"),
        (r#"{"api_key":"@@","n":1}"#, r#"{"api_key":"***","n":1}"#),
        (r#"body "{\"apiKey\": \"@@\", \"n\":1}" end"#, r#"body "{\"apiKey\": \"***\", \"n\":1}" end"#),
        (r#""{\\\"token\\\":\\\"@@\\\"}""#, r#""{\\\"token\\\":\\\"***\\\"}""#),
        (r#"Login { user: "bob", password: "@@" }"#, r#"Login { user: "bob", password: "***" }"#),
        (r#"Login { token: Some("@@"), n: 1 }"#, "Login { token: ***, n: 1 }"),
        (r#"A { secret: Inner { a: "@@", b: [1] }, n: 1 }"#, "A { secret: ***, n: 1 }"),
        (r#"A { secrets: ["@@", "@@)"], n: 1 }"#, "A { secrets: ***, n: 1 }"),
        (r#"[("X-Api-Key", "@@"), ("Accept", "a")]"#, r#"[("X-Api-Key", "***"), ("Accept", "a")]"#),
        ("(\n    \"X-Api-Key\",\n    \"@@\",\n)", "(\n    \"X-Api-Key\",\n    \"***\",\n)"),
        (r#"[("api_key", Some("@@")), ("n", None)]"#, r#"[("api_key", ***), ("n", None)]"#),
        ("(\n    \"token\",\n    Some(\n        \"@@\",\n    ),\n)", "(\n    \"token\",\n    ***,\n)"),
        ("GET /order?symbol=BTC&signature=@@&ts=1", "GET /order?symbol=BTC&signature=***&ts=1"),
        ("the private key: @@ is bad", "the private key: *** is bad"),
        ("Authorization: Digest a=@@, b=\"@@\"\nx", "Authorization: ***\nx"),
        (r#"{"h":"Authorization: Digest a=\"@@\"","n":1}"#, r#"{"h":"Authorization: ***","n":1}"#),
        ("Cookie: a=@@; b=@@\nAccept: a", "Cookie: ***\nAccept: a"),
        (r#"{"authorization": "Token @@", "x": 1}"#, r#"{"authorization": "***", "x": 1}"#),
        ("password => @@", "password => ***"),
        ("account_id=ACC-00123, x", "account_id=***123, x"),
        (r#"Account { account_id: "ACC-00123" }"#, r#"Account { account_id: "***123" }"#),
    ]);
}

#[test]
fn secrets_are_known_by_their_form_too() {
    let bot = format!("123456789:{}", "AAb-_".repeat(7));
    let jwt = "eyJhbGciOi.eyJzdWIiOiIx.SflKxwRJ_-x";
    let exchange = "aB3".repeat(22);
    let pem = "-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----";
    check(&[
        ("sent Bearer @@ to it", "sent Bearer *** to it"),
        ("sent bearer%20@@", "sent bearer%20***"),
        ("x Basic dXNlcjpodW50ZXIyLw== y:", "x Basic *** y:"),
        (&format!("https://api.telegram.org/bot{bot}/send"), "https://api.telegram.org/bot***/send"),
        (&format!("got {jwt}!"), "got ***!"),
        (&format!("key {exchange} refused"), "key *** refused"),
        (&format!("file:\n{pem}\nend"), "file:\n***\nend"),
        ("-----BEGIN PRIVATE KEY-----\n@@ cut here", "***"),
        ("ghp_abcdefghijklmnopqrstuvwxyzABCDEFGHIJ", "***"),
        ("key AKIAIOSFODNN7EXAMPLE used", "key *** used"),
        ("key of account sk_live_abcdefghijklmnop and so on", "key of account *** and so on"),
        ("sent Basic YTpiY2Rl to it", "sent Basic *** to it"),
        ("line one\\npwd=@@", "line one\\npwd=***"),
        ("key xoxb-123456789012-abcdefGHIJKLmnopqrstuv.", "key ***"),
        ("card 4111 1111 1111 1111 refused", "card *** refused"),
        ("card=4111-1111-1111-1111", "card=***"),
        ("paid with 5555555555554444", "paid with ***"),
        ("https://bob:@@@host/path?x=1", "https://***@host/path?x=1"),
        ("wss://@@@host and http://host/a@b", "wss://***@host and http://host/a@b"),
        ("https://discord.com/api/webhooks/12345/@@", "https://discord.com/api/webhooks/12345/***"),
        ("https://hooks.slack.com/services/T000/B000/@@", "https://hooks.slack.com/services/***"),
    ]);
}

#[test]
fn ordinary_texts_stay_as_they_are() {
    for text in [
        "",
        "order filled: id=7 price=70000.5 at 10:30:00.123",
        "order 4111111111111112 of b1946ac92492d2347c6235b4d2611184",
        "4111111111111111",
        "order_id=4111111111111112",
        "550e8400-e29b-41d4-a716-446655440000",
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "token_count: 17, secretary=Ann",
        "std::token::Kind and a == b",
        "if token == next { }",
        "the bearer of this",
        "basic strategy started: ema",
        "task-0123456789abcdef0123456789abcdef: done",
        "token: None, password=null",
        "password=***, account_id=***123",
        "https://host:8080/path?email=a@b.c",
        "password: ",
        "secret=",
        "Ünïcödé: пароль",
        "{\"price\":1.5,\"side\":\"BUY\"}",
        "ratio 1:2, 10:30, a=b",
    ] {
        assert_eq!(masked(text), text);
    }
}

#[test]
fn names_patterns_and_expressions_can_be_added_and_taken_off() {
    let list = Redaction::default().key("pin").pattern("isin", r"\b([A-Z]{2}\d{10})\b").unwrap();
    let text = "pin=1234 and US0378331005";
    assert_eq!(list.masked_text(text).unwrap(), "pin=*** and ***");
    assert_eq!(
        list.clone().without_pattern("isin").unwrap().masked_text(text).unwrap(),
        "pin=*** and US0378331005"
    );
    let without = list.without_pattern("assignment").unwrap();
    assert_eq!(without.masked_text("password=abcdefgh US0378331005").unwrap(), "password=abcdefgh ***");
    assert_eq!(Redaction::none().masked_text("password=abcdefgh"), None);
    let error = Redaction::default().pattern("bad", "(").unwrap_err();
    assert_eq!(error.to_string(), "pattern `bad` is no regular expression");
    let error = Redaction::default().without_pattern("nosuch").unwrap_err();
    assert!(error.to_string().starts_with("there is no pattern `nosuch`; there are assignment, bearer,"));
    for name in Redaction::PATTERNS {
        assert!(Redaction::default().without_pattern(name).is_ok());
    }
}

#[test]
fn what_is_registered_is_masked_in_every_form() {
    let secret = "pa\"ss\nwört-7391/x?";
    register_secret(secret).unwrap();
    let json = serde_json::to_string(secret).unwrap();
    let debug = format!("{secret:?}");
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02X}")).collect();
    // what is plain need not be escaped
    let url = "pa%22ss%0Aw%C3%B6rt-7391%2Fx%3F";
    for (text, left) in [
        (secret.to_owned(), "***".to_owned()),
        (format!("{{{json}}}"), "{\"***\"}".to_owned()),
        (debug, "\"***\"".to_owned()),
        (format!("?p={url}"), "?p=***".to_owned()),
        (format!("?p={}", url.to_lowercase()), "?p=***".to_owned()),
        (percent.clone(), percent),
    ] {
        assert_eq!(masked(&text), left, "{text}");
    }
    for before in ["", "u", "us", "use"] {
        let encoded = base64(format!("{before}{secret}:rest").as_bytes());
        let left = masked(&format!("Zm9v {encoded}"));
        assert!(left.contains("***") && left.len() < encoded.len(), "{encoded} became {left}");
    }
    assert_eq!(
        register_secret("12345").unwrap_err().to_string(),
        "a secret of 5 bytes is too short to be looked for; at least 6 are needed"
    );
}

/// As a reference: bit by bit.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digit = |sextet: &[u8]| {
        let text = format!("{:0<6}", std::str::from_utf8(sextet).unwrap());
        char::from(DIGITS[usize::from_str_radix(&text, 2).unwrap()])
    };
    bits.as_bytes().chunks(6).map(digit).collect()
}

#[test]
fn texts_within_json_are_masked_and_it_stays_json() {
    let json =
        r#"{"note":"password=CANARY-1","n":1.50,"list":["a\"b","Bearer abcdefgh"],"k\u0000":"\u001b"}"#;
    let left = r#"{"note":"password=***","n":1.50,"list":["a\"b","Bearer ***"],"k\u0000":"\u001b"}"#;
    assert_eq!(masked_json(default_list(), json).unwrap(), left);
    assert_eq!(masked_json(default_list(), r#"{"a":[1,"b"]}"#), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_what_stands_before_a_secret_stays(text in r#"(password|token|[ =:"',\\{}()\[\]]|Bearer |://|@|[0-9]{4}|é|x){0,24}"#) {
        let masked = masked(&format!("begin\n\n{text}"));
        prop_assert!(masked.starts_with("begin\n\n"), "{}", masked);
    }

    #[test]
    fn a_secret_behind_its_name_never_comes_through(
        before in "[ -~]{0,20}", name in "(DB_)?(password|apiKey|bot_token|x-secret)", sign in "( ?= ?|: ?|=>)", after in "[ ,;)\n][ -~]{0,20}",
    ) {
        // a name that goes on to the left is another name
        let text = format!("{before} {name}{sign}{C}{after}");
        prop_assert!(!masked(&text).contains(C), "{} became {}", text, masked(&text));
    }

    #[test]
    fn what_the_quick_look_lets_pass_has_no_secret(text in prop_oneof![any::<String>(), vec(piece(), 0..8).prop_map(|it| it.concat())]) {
        let suspicion = Suspicion::of(text.as_bytes());
        let (mut assigned, mut formed) = (Vec::new(), Vec::new());
        assignments::find(default_list(), &text, &mut assigned);
        patterns::find(&text, patterns::ALL, &mut formed);
        prop_assert!(suspicion.assignment || assigned.is_empty(), "{:?}: {:?}", text, assigned);
        prop_assert!(suspicion.form || formed.is_empty(), "{:?}: {:?}", text, formed);
    }
}

/// What texts with secrets, and those that look like them, are made of.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        r#"(my |DB_|x-)?(password|pwd|apiKey|Api-Key|private key|bot_token|account_id|stop|position|price)s?"#,
        (0..Redaction::DEFAULT_KEYS.len(), 0..20_usize, "[_.-]{0,2}| ").prop_map(|(name, at, between)| {
            let name = Redaction::DEFAULT_KEYS[name];
            let (before, after) = name.split_at(at.min(name.len()));
            format!("{before}{between}{after}")
        }),
        r#"[ ]{0,2}(:|=|=>|::|==|://|",|',|,)[ ]{0,2}"#,
        r#"["'`\\]{1,2}|[ \n\t,;&({\[\])}]"#,
        "(Bearer|BASIC|bearer|basic)( |%20)[A-Za-z0-9+/]{4,20}={0,2}",
        "(/bot)?[0-9]{1,10}(:|%3A)[A-Za-z0-9_-]{1,40}",
        "eyJ[A-Za-z0-9_-]{3,20}[.][A-Za-z0-9_-]{3,20}",
        "-{3,5}(BEGIN|END) [A-Z]{0,4} ?PRIVATE KEY-----",
        "(ghp_|github_pat_|glpat-|xoxb-|sk-|sk_live_|AIza|ya29[.]|AKIA|npm_|hf_|SG[.])[A-Za-z0-9_.-]{14,20}",
        "[A-Za-z0-9]{60,70}",
        "4[0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}|5[1-5]([0-9][ -]?){14}",
        "(https?://)?[a-z]{0,3}:?[a-z]{0,3}@?(discord.com/api/Webhooks/[0-9]{1,20}/|hooks.Slack.com/services/)?[A-Za-z]{1,5}",
        "[a-zé0-9 .,-]{0,20}",
        Just("4111 1111 1111 1111".to_owned()),
        Just("5555555555554444".to_owned()),
    ]
}
