//! Sections of drains that this build does not have, and configurations without any drain.

#[cfg(not(any(feature = "telegram", feature = "discord", feature = "webhook")))]
use expect_test::expect;

use crate::{QUIET, bare_builder};
#[cfg(not(any(feature = "telegram", feature = "discord", feature = "webhook")))]
use crate::{error_of_file, settings_of_file};

#[cfg(not(any(feature = "telegram", feature = "discord", feature = "webhook")))]
#[test]
fn a_section_of_a_missing_drain_names_its_feature_and_never_shows_its_content() {
    let text = "[telegram]\nbot_token = '123:SECRET'\nchat_id = 5\n[discord]\n[webhook]\nurl = 'https://x.y/SECRET'\n";
    let environment = [("LOG__TELEGRAM__BOT_TOKEN", "456:SECRET"), ("LOG__TELEGRAM__CHAT_ID", "7")];
    let error = error_of_file(text, &environment);
    assert!(!error.contains("SECRET"));
    expect![[r#"
        the configuration has 4 problems:
          telegram (file logging.toml, line 2, column 13): drain `telegram` needs feature `telegram`, which this build does not have
          telegram (environment LOG__TELEGRAM__BOT_TOKEN): drain `telegram` needs feature `telegram`, which this build does not have
          telegram (environment LOG__TELEGRAM__CHAT_ID): drain `telegram` needs feature `telegram`, which this build does not have
          webhook (file logging.toml, line 6, column 7): drain `webhook` needs feature `webhook`, which this build does not have"#]].assert_eq(&error);
}

#[test]
fn a_builder_that_is_shown_in_a_log_shows_no_secret() {
    let builder = bare_builder(&[("TELEGRAM_BOT_TOKEN", "SECRET")]).set("telegram.bot_token", "SECRET");
    let shown = format!("{builder:?}");
    assert!(shown.contains("telegram.bot_token") && !shown.contains("SECRET"), "{shown}");
    assert!(!format!("{:?}", builder.settings().unwrap_err()).contains("SECRET"));
}

#[cfg(not(any(feature = "telegram", feature = "discord", feature = "webhook")))]
#[test]
fn a_section_that_is_switched_off_needs_no_feature() {
    assert!(settings_of_file("[telegram]\nenabled = false\nbot_token = 'x'\n", &[]).is_ok());
    assert!(
        settings_of_file("[telegram]\nbot_token = 'x'\n", &[("LOG__TELEGRAM__ENABLED", "false")]).is_ok()
    );
    assert!(
        settings_of_file("[telegram]\nenabled = false\n", &[("LOG__TELEGRAM__ENABLED", "true")]).is_err()
    );
}

#[cfg(not(feature = "stderr"))]
#[test]
fn a_console_that_is_not_compiled_in_is_refused_where_it_is_asked_for_only() {
    use crate::builder;
    use logger_config::Preset;
    // the defaults and the preset would like one, the layers above did not ask
    assert!(builder(&[]).preset(Preset::Development).settings().unwrap().drain("console").is_none());
    assert!(builder(&[("LOG_TO_CONSOLE", "false")]).settings().is_ok());
    let error = builder(&[("LOG_TO_CONSOLE", "true")]).settings().unwrap_err();
    assert_eq!(
        error.problems[0].to_string(),
        "console (environment LOG_TO_CONSOLE): drain `console` needs feature `stderr`, which this build does not have"
    );
}

#[cfg(not(feature = "file"))]
#[test]
fn files_that_are_not_compiled_in_are_refused_where_they_are_asked_for_only() {
    use crate::builder;
    assert!(builder(&[]).settings().unwrap().files.is_none());
    assert!(builder(&[("LOG_TO_FILE", "false")]).settings().is_ok());
    let error = builder(&[("LOG_MAX_FILE_SIZE", "10 MB")]).settings().unwrap_err();
    assert_eq!(
        error.problems[0].to_string(),
        "files (environment LOG_MAX_FILE_SIZE): drain `files` needs feature `file`, which this build does not have"
    );
}

#[test]
fn a_logger_without_a_destination_is_refused_and_told_what_this_build_has() {
    let choices = match (cfg!(feature = "file"), cfg!(feature = "stderr")) {
        (true, true) => "turn on `files.enabled`, or turn on `console.enabled`, or add a drain in code",
        (true, false) => "turn on `files.enabled`, or add a drain in code",
        (false, true) => "turn on `console.enabled`, or add a drain in code",
        (false, false) => "add a drain in code",
    };
    let error = bare_builder(QUIET).settings().unwrap_err();
    let expected =
        format!("files.enabled (environment LOG_TO_FILE): there is no destination for records; {choices}");
    assert_eq!(error.problems[0].to_string(), expected);
}
