//! Who may write to the files of the configuration, and who may read secrets in them.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::{PermissionsExt as _, chown},
    path::Path,
};

use logger_config::{MetaLoggerBuilder, Route};

use crate::{Collector, PATIENCE, QUIET, bare_builder, with_file, without_folder};

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn s34_a_configuration_that_everybody_may_write_is_not_followed() {
    for mode in [0o666, 0o602, 0o777] {
        let (folder, builder) = with_file("level = 'debug'", QUIET);
        set_mode(&folder.path().join("logging.toml"), mode);
        let error = without_folder(&builder.settings().unwrap_err().to_string(), &folder);
        let expected = format!(
            "everybody may write to it (mode {mode:03o}); allowed is a file that others cannot write to"
        );
        assert!(error.contains(&expected) && error.contains("logging.toml"), "{error}");
        set_mode(&folder.path().join("logging.toml"), mode & !0o002);
        builder.settings().unwrap();
    }
}

#[test]
fn s34_neither_are_variables_or_a_secret_in_such_a_file_and_it_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, "LOG_LEVEL=debug\nTELEGRAM_BOT_TOKEN=1:SECRET\n").unwrap();
    set_mode(&path, 0o646);
    let of_dotenv = bare_builder(QUIET).drain(Route::new("x", Collector::default())).dotenv(&path);
    let of_secret = bare_builder(QUIET)
        .drain(Route::new("x", Collector::default()))
        .set("telegram.bot_token_file", path.to_str().unwrap());
    for builder in [of_dotenv, of_secret] {
        let error = builder.settings().unwrap_err().to_string();
        assert!(error.contains("everybody may write to it (mode 646)"), "{error}");
        assert!(!error.contains("SECRET"), "{error}");
    }
}

#[test]
fn s34_what_is_no_file_is_read_whatever_its_mode() {
    let builder = bare_builder(QUIET).drain(Route::new("x", Collector::default()));
    builder.dotenv("/dev/null").settings().unwrap();
}

#[test]
fn s34_a_secret_in_variables_that_others_may_read_is_told_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("variables");
    fs::write(&path, "LOG__FILES__SEAL_KEY=0123456789abcdef-SECRET\n").unwrap();
    set_mode(&path, 0o644);
    let collected = said(bare_builder(QUIET).dotenv(&path));
    assert!(collected.len() == 1 && collected[0].contains("others may read it"), "{collected:?}");
    set_mode(&path, 0o600);
    assert_eq!(said(bare_builder(QUIET).dotenv(&path)), [""; 0]);
}

/// What a logger with this configuration says when it starts.
fn said(builder: MetaLoggerBuilder) -> Vec<String> {
    let collector = Collector::default();
    let logger = builder.drain(Route::new("collector", collector.clone())).build().unwrap();
    assert!(logger.shutdown(PATIENCE).finished);
    collector.events()
}

#[test]
fn s34_a_secret_in_a_configuration_that_others_may_read_is_told_without_its_value() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("logging.toml");
    let said = || said(bare_builder(QUIET).config_file(&path));
    fs::write(&path, "[files]\nseal_key = '0123456789abcdef-SECRET'\n").unwrap();
    set_mode(&path, 0o640);
    let collected = said();
    assert_eq!(collected.len(), 1, "{collected:?}");
    assert!(collected[0].contains("others may read it") && !collected[0].contains("SECRET"), "{collected:?}");
    set_mode(&path, 0o604);
    assert_eq!(said(), collected);
    set_mode(&path, 0o600);
    assert_eq!(said(), [""; 0]);
    // its name is no secret
    let secret = folder.path().join("key");
    fs::write(&secret, "0123456789abcdef-SECRET").unwrap();
    set_mode(&secret, 0o600);
    fs::write(&path, format!("[files]\nseal_key_file = '{}'\n", secret.display())).unwrap();
    set_mode(&path, 0o644);
    assert_eq!(said(), [""; 0]);
}

#[test]
fn s34_a_configuration_of_another_user_is_told() {
    let (folder, builder) = with_file("level = 'info'", QUIET);
    let path = folder.path().join("logging.toml");
    if chown(&path, Some(4711), None).is_err() {
        let _ = writeln!(io::stderr(), "only root can give a file away: whose it is is not tried");
        return;
    }
    let collected = said(builder);
    assert!(collected.len() == 1 && collected[0].contains("belongs to another user"), "{collected:?}");
}
