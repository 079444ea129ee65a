use logger_core::{
    Context, Format as _, JsonFormat, Level, LoggerExt as _, OwnedRecord, Redaction, Secret, info, o,
};

use crate::support::{PATIENCE, one, pipeline};

const SECRET: &str = "hunter2-hunter2";

#[test]
fn secrets_are_masked_by_key_in_the_call_the_list_of_slog_the_context_and_the_scope() {
    let (guard, lines) = one(pipeline());
    let log = guard.logger().new(o!("password" => SECRET)).bind(&Context::new().with("bot_token", SECRET));
    Context::new().with("X-Api-Key", SECRET).account_id("ACC-001").scope(|| {
        let display = format!("{SECRET}!");
        info!(log, "login"; "secret" => SECRET, "cookie" => %display, "authorization" => ?display, "pwd" => 7);
    });
    let _ = guard.shutdown(PATIENCE);
    for key in ["password", "bot_token", "X-Api-Key", "secret", "cookie", "authorization", "pwd"] {
        assert_eq!(lines.field(key), ["***"], "{key}");
    }
    assert_eq!(lines.field("account_id"), ["***001"]);
    assert!(!lines.get()[0].contains("hunter2"));
}

#[test]
fn names_that_a_pipeline_adds_are_masked_in_its_contexts_and_scopes_too() {
    let (guard, lines) = one(pipeline().redaction(Redaction::default().key("iban")));
    let log = guard.logger().bind(&Context::new().with("bound_iban", SECRET).with("k", 1));
    Context::new().with("scope_iban", SECRET).with("s", 2).scope(|| info!(log, "paid"; "own_iban" => SECRET));
    let _ = guard.shutdown(PATIENCE);
    for key in ["bound_iban", "scope_iban", "own_iban"] {
        assert_eq!(lines.field(key), ["***"], "{key}");
    }
    assert_eq!((lines.field("k"), lines.field("s")), (vec![1.into()], vec![2.into()]));
}

#[test]
fn names_that_a_pipeline_takes_off_its_list_are_kept_in_calls_and_stay_masked_in_contexts() {
    let (guard, lines) = one(pipeline().redaction(Redaction::none()));
    let log = guard.logger().bind(&Context::new().with("bound_token", "USDT"));
    info!(log, "priced"; "base_token" => "BTC", "account_id" => "ACC-001");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.field("base_token"), ["BTC"]);
    assert_eq!(lines.field("account_id"), ["ACC-001"]);
    assert_eq!(lines.field("bound_token"), ["***"]);
}

#[test]
fn a_record_that_is_built_by_hand_and_a_context_that_is_shown_hold_no_secret() {
    let context = Context::new().with("api_key", SECRET).with_display("token", SECRET).account_id(123_456);
    assert_eq!(context.to_string(), "api_key=*** token=*** account_id=***456");
    let record =
        OwnedRecord::new(Level::Info, "login").context(&context).field("userPassword", SECRET).build();
    let mut line = Vec::new();
    JsonFormat::default().format(&record.borrow(), &mut line);
    let line = String::from_utf8(line).unwrap();
    assert!(line.contains(r#""userPassword":"***""#) && !line.contains("hunter2"), "{line}");
    assert!(!format!("{record:?}").contains("hunter2"));
}

#[test]
fn a_secret_is_masked_under_any_key_in_every_way_to_log_it() {
    let (guard, lines) = one(pipeline());
    let secret = Secret::new(SECRET.to_owned());
    let log = guard.logger().new(o!("list" => secret.clone())).bind(&Context::new().with("bound", &secret));
    info!(log, "login {}", secret; "own" => &secret, "display" => %secret, "debug" => ?secret);
    let _ = guard.shutdown(PATIENCE);
    for key in ["list", "bound", "own", "display", "debug"] {
        assert_eq!(lines.field(key), ["***"], "{key}");
    }
    assert_eq!(lines.events(), ["login ***"]);
    assert!(!lines.get()[0].contains("hunter2"));
}

#[test]
fn a_short_text_that_the_caller_puts_in_unseen_is_masked_before_a_drain_gets_it() {
    let list = Redaction::default().pattern("pin", r"\bpin ([0-9]{4})\b").unwrap();
    for (redaction, text, left) in
        [(Redaction::default(), "pwd=abc", "pwd=***"), (list, "pin 1234", "pin ***")]
    {
        let (guard, lines) = one(pipeline().redaction(redaction));
        for _ in 0..3 {
            info!(guard.logger(), "x"; "note" => text);
        }
        let _ = guard.shutdown(PATIENCE);
        assert_eq!(lines.field("note"), [left; 3]);
    }
}

#[test]
fn a_secret_in_whose_middle_a_text_is_cut_is_masked() {
    let token = format!("123456789:{}", "AbCdE12345".repeat(4));
    let text = format!("{} {token} and more", "y ".repeat(128 * 1024 - 10));
    let record = OwnedRecord::new(Level::Info, "x").field("note", text.as_str()).build();
    let mut line = Vec::new();
    JsonFormat::default().format(&record.borrow(), &mut line);
    let line = String::from_utf8(line).unwrap();
    assert!(line.contains("y  ***") && !line.contains("123456789"), "{}", &line[line.len() - 100..]);
}
