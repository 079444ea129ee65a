//! Secrets: masked wherever they are shown, and read from files of their own.

use std::fs;

use logger_config::MetaLoggerBuilder;

use crate::{Variable, builder, with_file};

/// The drain of a secret is not compiled in; its section is read all the same where it is off.
const OFF: Variable = ("LOG__TELEGRAM__ENABLED", "false");

fn explained(builder: &MetaLoggerBuilder, key: &str) -> String {
    let explanation = builder.explain().unwrap();
    assert!(!explanation.to_string().contains("SECRET"), "{explanation}");
    assert!(!format!("{explanation:?}").contains("SECRET"));
    explanation.keys.iter().find(|it| it.key == key).unwrap().to_string()
}

#[test]
fn a_secret_is_masked_in_an_explanation_and_what_it_hides_too() {
    let (folder, builder) = with_file(
        "[telegram]\nbot_token = '123:SECRET'\n",
        &[OFF, ("LOG__TELEGRAM__BOT_TOKEN", "456:SECRET")],
    );
    let shown = explained(&builder, "telegram.bot_token").replace(folder.path().to_str().unwrap(), "");
    assert_eq!(
        shown,
        "telegram.bot_token = *** (environment LOG__TELEGRAM__BOT_TOKEN; hides *** of file /logging.toml, line 2, column 13)"
    );
}

#[test]
fn a_secret_may_stand_in_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "123:SECRET\n").unwrap();
    let path = path.to_str().unwrap();
    let by_variable = builder(&[OFF]).environment([OFF, ("LOG__TELEGRAM__BOT_TOKEN_FILE", path)]);
    let by_code = builder(&[OFF]).set("telegram.bot_token_file", path);
    let (_kept, by_file) = with_file(&format!("[telegram]\nbot_token_file = '{path}'\n"), &[OFF]);
    for (builder, layer) in
        [(by_variable, "environment LOG__TELEGRAM__BOT_TOKEN_FILE"), (by_code, "code"), (by_file, "file ")]
    {
        let shown = explained(&builder, "telegram.bot_token");
        assert!(shown.starts_with(&format!("telegram.bot_token = *** ({layer}")), "{shown}");
    }
}

#[cfg(feature = "telegram")]
#[test]
fn the_short_name_of_a_secret_has_one_for_its_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "123:SECRET\n").unwrap();
    let file = ("TELEGRAM_BOT_TOKEN_FILE", path.to_str().unwrap());
    let shown = explained(&builder(&[]).environment([OFF, file]), "telegram.bot_token");
    assert_eq!(shown, "telegram.bot_token = *** (environment TELEGRAM_BOT_TOKEN_FILE)");
    let general = ("LOG__TELEGRAM__BOT_TOKEN", "456:SECRET");
    let twice = error(&builder(&[]).environment([OFF, file, ("TELEGRAM_BOT_TOKEN", "456:SECRET")]));
    assert!(twice.contains("is given twice"), "{twice}");
    // the general form wins over a short name, and says nothing of its file
    let both = builder(&[]).environment([OFF, ("TELEGRAM_BOT_TOKEN", "789:SECRET"), general]);
    let shown = explained(&both, "telegram.bot_token");
    assert_eq!(
        shown,
        "telegram.bot_token = *** (environment LOG__TELEGRAM__BOT_TOKEN; hides *** of environment TELEGRAM_BOT_TOKEN)"
    );
    let twice = error(&builder(&[]).environment([OFF, file, general]));
    assert!(twice.contains("is given twice"), "{twice}");
}

#[test]
fn of_two_configuration_files_with_one_secret_the_later_holds() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["one.toml", "two.toml"].map(|name| folder.path().join(name));
    let both = files.iter().fold(builder(&[OFF]), |builder, file| {
        fs::write(file, "telegram.bot_token = '123:SECRET'\n").unwrap();
        builder.config_file(file)
    });
    let shown = explained(&both, "telegram.bot_token").replace(&format!("{}/", folder.path().display()), "");
    assert_eq!(
        shown,
        "telegram.bot_token = *** (file two.toml, line 1, column 22; hides *** of file one.toml, line 1, column 22)"
    );
}

fn error(builder: &MetaLoggerBuilder) -> String {
    let error = builder.settings().unwrap_err();
    assert!(!error.to_string().contains("SECRET") && !format!("{error:?}").contains("SECRET"), "{error:?}");
    error.problems[0].to_string()
}

#[test]
fn a_problem_keeps_no_value_that_looks_like_a_secret() {
    let builder = builder(&[OFF]).set("level", "123456789:SECRET-SECRET-SECRET-SECRET");
    assert!(error(&builder).contains("*** (it looks like a secret) is not a level"));
    let problem = builder.settings().unwrap_err().problems.remove(0);
    assert_eq!(problem.given, Some(logger_config::Given::Masked));
}

#[test]
fn a_file_of_a_secret_that_cannot_be_used_is_answered_without_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (empty, spaces) = (path("empty", "\n"), path("spaces", "SECRET with spaces"));
    for (file, message) in [
        (empty.clone(), format!("telegram.bot_token_file (code): `{empty}` is empty; allowed is a file with the secret alone")),
        (
            spaces,
            "telegram.bot_token (code): the text (not shown) is not a secret; allowed is a text without spaces and control \
             characters"
                .to_owned(),
        ),
    ] {
        assert_eq!(error(&builder(&[OFF]).set("telegram.bot_token_file", file)), message);
    }
    let gone = error(&builder(&[OFF]).set("telegram.bot_token_file", "/no/such/file"));
    assert!(gone.contains("`/no/such/file` cannot be read"), "{gone}");
    let plain = error(&builder(&[]).set("level_file", "x"));
    assert!(plain.starts_with("level_file (code): unknown key"), "{plain}");
}

#[test]
fn a_secret_and_its_file_in_one_layer_contradict_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    fs::write(&path, "123:SECRET").unwrap();
    let builder = builder(&[OFF]).set("telegram.bot_token", "1:SECRET");
    let builder = builder.set("telegram.bot_token_file", path.to_str().unwrap());
    assert_eq!(
        error(&builder),
        "telegram.bot_token (code): is given twice; allowed is the secret itself or `telegram.bot_token_file`"
    );
}

#[cfg(not(any(feature = "telegram", feature = "discord", feature = "webhook")))]
#[test]
fn variables_of_drains_that_are_not_compiled_in_belong_to_others() {
    let environment =
        [("TELEGRAM_BOT_TOKEN", "x y"), ("DISCORD_WEBHOOK_URL", "no address"), ("ALERT_WEBHOOK_URL", "")];
    assert!(builder(&environment).settings().is_ok());
}
