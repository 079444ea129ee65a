//! Later layers win: one test for every neighbouring pair.

#[cfg(feature = "file")]
use std::path::Path;

#[cfg(feature = "file")]
use logger_config::DrainTarget;
use logger_config::{Layer, Level, OverflowPolicy, Preset, QueueSettings};

use crate::{builder, settings_of_file, with_file};

/// The milliseconds that the caller of a trade waits.
fn wait(queue: &QueueSettings) -> u128 {
    match queue.trades {
        OverflowPolicy::Keep { wait, .. } => wait.as_millis(),
        other => panic!("trades are kept: {other:?}"),
    }
}

#[test]
fn a_preset_wins_over_the_defaults() {
    assert_eq!(builder(&[]).settings().unwrap().level, Level::Info);
    assert_eq!(builder(&[]).preset(Preset::Production).settings().unwrap().level, Level::Warning);
}

#[test]
fn a_file_wins_over_a_preset() {
    let (_folder, builder) = with_file("level = 'error'", &[]);
    assert_eq!(builder.preset(Preset::Production).settings().unwrap().level, Level::Error);
}

#[test]
fn the_environment_wins_over_a_file() {
    let settings = settings_of_file("level = 'error'", &[("LOG_LEVEL", "debug")]).unwrap();
    assert_eq!(settings.level, Level::Debug);
}

#[test]
fn code_wins_over_the_environment() {
    let builder = builder(&[("LOG_LEVEL", "debug")]).level(Level::Critical);
    assert_eq!(builder.settings().unwrap().level, Level::Critical);
}

#[test]
fn of_two_files_the_one_named_last_wins_key_by_key() {
    let (_one, first) = with_file("level = 'error'\n[queue]\nwait = '7ms'", &[]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("second.toml");
    std::fs::write(&path, "level = 'debug'").unwrap();
    let settings = first.config_file(path).settings().unwrap();
    assert_eq!((settings.level, wait(&settings.queue)), (Level::Debug, 7));
}

#[test]
fn the_order_of_the_calls_does_not_change_the_order_of_the_layers() {
    let (_folder, builder) = with_file("level = 'error'", &[]);
    assert_eq!(
        builder.level(Level::Debug).preset(Preset::Production).settings().unwrap().level,
        Level::Debug
    );
}

#[test]
fn a_layer_replaces_only_the_keys_that_it_gives() {
    let text = "[queue]\ntrade_ring = '1 MiB'\n";
    let queue = settings_of_file(text, &[("LOG__QUEUE__GENERAL_RING", "2 MiB")]).unwrap().queue;
    assert_eq!((queue.trade_ring.bytes(), queue.general_ring.bytes()), (1 << 20, 2 << 20));
    assert_eq!(wait(&queue), 50);
}

#[cfg(feature = "file")]
#[test]
fn the_files_lie_in_their_folder() {
    let settings = builder(&[("LOG_FILE", "a.log")]).log_dir("/var/log/bot").settings().unwrap();
    let path = |name: &str| match &settings.drain(name).unwrap().target {
        DrainTarget::File(file) => file.path.clone(),
        other => panic!("{name} is no file: {other:?}"),
    };
    assert_eq!(path("general"), Path::new("/var/log/bot/a.log"));
    assert_eq!(path("trades"), Path::new("/var/log/bot/trades.log"));
    let reports = &settings.files.as_ref().unwrap().reports;
    assert_eq!(reports, Path::new("/var/log/bot/logging_errors.log"));
}

#[test]
fn a_wrong_value_is_a_problem_even_where_a_later_layer_hides_it() {
    let (_folder, builder) = with_file("level = 'loud'", &[("LOG_LEVEL", "louder")]);
    let problems = builder.level(Level::Info).settings().unwrap_err().problems;
    let layers: Vec<_> = problems.iter().map(|it| &it.layer).collect();
    assert!(matches!(layers[..], [Layer::File(_), Layer::Environment(_)]), "{layers:?}");
}

#[test]
fn the_application_is_named_after_its_executable_unless_a_layer_names_it() {
    let settings = builder(&[]).settings().unwrap();
    assert_eq!(settings.app_name, logger_core::Run::default_app_name());
    assert_eq!(builder(&[]).app_name("grid bot").settings().unwrap().app_name, "grid bot");
}

#[cfg(feature = "stderr")]
#[test]
fn a_console_without_a_level_follows_the_logger() {
    let level = |text| settings_of_file(text, &[]).unwrap().drain("console").unwrap().filter.level;
    assert_eq!(level("level = 'error'"), None);
    assert_eq!(level("[console]\nlevel = 'trace'"), Some(Level::Trace));
}

#[cfg(all(feature = "file", feature = "stderr"))]
#[test]
fn a_drain_that_is_switched_off_is_not_in_the_settings() {
    use logger_config::Switch;
    let settings = builder(&[]).console(Switch::Off).settings().unwrap();
    assert!(settings.drain("console").is_none() && settings.files.is_some());
    let settings = builder(&[]).files(Switch::Off).settings().unwrap();
    assert!(settings.drain("console").is_some() && settings.files.is_none());
}

#[test]
fn a_file_may_begin_with_a_byte_order_mark_and_have_lines_that_end_as_on_windows() {
    let settings = settings_of_file("\u{feff}level = 'error'\r\n[queue]\r\nwait = '7ms'\r\n", &[]).unwrap();
    assert_eq!((settings.level, wait(&settings.queue)), (Level::Error, 7));
}
