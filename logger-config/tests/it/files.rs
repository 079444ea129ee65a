//! A logger that runs: from the configuration to the lines in the files.

use std::{fs, path::Path};

use logger_config::{
    BuildError, Context, Filter, Level, LoggerExt as _, MetaLogger, Preset, Route, debug, error, info,
    warning,
};
use serde_json::Value;
use tempfile::TempDir;

use crate::{Broken, Collector, PATIENCE, Variable, with_file};

const NO_CONSOLE: &[Variable] = &[("LOG_TO_CONSOLE", "false")];

/// A logger with files in a folder of its own, and no console.
fn logger(text: &str) -> (TempDir, MetaLogger) {
    let (folder, builder) = with_file(text, NO_CONSOLE);
    let logger = builder.log_dir(folder.path()).app_name("bot").build().unwrap();
    (folder, logger)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "logging.toml")
        .collect();
    names.sort();
    names
}

fn lines(folder: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn events(folder: &Path, name: &str) -> Vec<String> {
    lines(folder, name).iter().map(|line| line["event"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_record_is_in_its_files_and_no_other() {
    let (folder, logger) = logger("level = 'info'");
    assert_eq!(names(folder.path()), ["errors.log", "expert.log", "trades.log"]);
    let log = logger.bind(Context::new().expert_name("MyEmaBot").symbol("BTCUSDT"));
    debug!(log, "below the level");
    info!(log, "expert started"; "version" => "1.2.0");
    info!(log.trade(), "position opened"; "size" => 0.1);
    debug!(log.trade(), "quote seen");
    error!(log, "order rejected");
    error!(log.trade(), "order lost");
    let report = logger.shutdown(PATIENCE);
    assert!(report.finished);

    let (folder, all) =
        (folder.path(), ["expert started", "position opened", "order rejected", "order lost"]);
    assert_eq!(events(folder, "expert.log"), all);
    assert_eq!(events(folder, "trades.log"), ["position opened", "quote seen", "order lost"]);
    assert_eq!(events(folder, "errors.log"), ["order rejected", "order lost"]);
    let started = &lines(folder, "expert.log")[0];
    assert_eq!(started["app_name"], "bot");
    assert_eq!((&started["expert_name"], &started["symbol"]), (&"MyEmaBot".into(), &"BTCUSDT".into()));
    assert_eq!(names(folder), ["errors.log", "expert.log", "trades.log"], "no report, no file of reports");
}

#[test]
fn production_keeps_every_trade_and_no_info() {
    let (folder, builder) = with_file("", NO_CONSOLE);
    let builder = builder.preset(Preset::Production).log_dir(folder.path());
    let logger = builder.build().unwrap();
    info!(logger, "quiet");
    warning!(logger, "loud");
    info!(logger.trade(), "filled");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(events(folder.path(), "expert.log"), ["loud"]);
    assert_eq!(events(folder.path(), "trades.log"), ["filled"]);
}

#[test]
fn names_formats_and_sizes_are_those_of_the_configuration() {
    let (folder, logger) = logger(
        "[files]\ngeneral = 'g.log'\ntrades = 't.log'\nerrors = 'e.log'\nformat = 'text'\nmax_size = '4 KiB'\nbackup_count = 2\n",
    );
    let long = "x".repeat(1_000);
    for number in 0..20 {
        info!(logger, "event {}", number; "long" => &long);
    }
    // what a recovery would count in stays until the next batch
    assert!(logger.flush(PATIENCE).finished);
    info!(logger, "the next batch");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(names(folder.path()), ["e.log", "g.log", "g.log.1", "g.log.2", "t.log"]);
    let text = fs::read_to_string(folder.path().join("g.log")).unwrap();
    assert!(text.contains("[INFO     ] event 19"), "{text}");
    for name in ["g.log", "g.log.1", "g.log.2"] {
        assert!(fs::metadata(folder.path().join(name)).unwrap().len() <= 4_096);
    }
}

#[test]
fn a_compact_envelope_has_the_fields_and_little_else() {
    let (folder, logger) = logger("files.envelope = 'compact'");
    info!(logger, "event"; "size" => 3);
    assert!(logger.shutdown(PATIENCE).finished);
    let line = &lines(folder.path(), "expert.log")[0];
    let keys: Vec<_> = line.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["event", "level", "size", "timestamp"]);
}

#[test]
fn the_level_of_a_running_logger_can_be_changed() {
    let (folder, logger) = logger("level = 'error'");
    info!(logger, "one");
    logger.set_level(Level::Debug);
    debug!(logger, "two");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(events(folder.path(), "expert.log"), ["level changed", "two"]);
}

#[test]
fn the_reports_have_a_file_from_the_first_one_on() {
    let (folder, builder) = with_file("", NO_CONSOLE);
    let fallback = Collector::default();
    let builder = builder.log_dir(folder.path()).drain(Route::new("moon", Broken).filter(Filter::all()));
    let logger = builder.fallback(fallback.clone()).build().unwrap();
    info!(logger, "one");
    assert!(logger.shutdown(PATIENCE).finished);
    let reports = lines(folder.path(), "logging_errors.log");
    assert_eq!(reports[0]["category"], "logger");
    assert!(reports[0].to_string().contains("cannot reach the moon"), "{reports:?}");
    assert_eq!(events(folder.path(), "expert.log"), ["one"]);
    assert_eq!(fallback.events(), ["one"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_cannot_be_opened_is_an_error_with_its_path_and_cause() {
    // a folder that looks as if one could write to it
    let (_folder, builder) = with_file("", NO_CONSOLE);
    let error = builder.log_dir("/proc/logs").build().unwrap_err();
    let BuildError::File { path, source } = &error else { panic!("{error}") };
    assert_eq!(*path, std::path::Path::new("/proc/logs/expert.log"));
    assert_eq!(
        format!("{error:?}").lines().take(2).collect::<Vec<_>>(),
        [format!("cannot log to {}", path.display()), format!("caused by: {source}")]
    );
}

#[test]
fn what_stands_in_the_place_of_a_file_is_found_before_anything_is_made() {
    let (folder, builder) = with_file("", NO_CONSOLE);
    fs::create_dir(folder.path().join("errors.log")).unwrap();
    let builder = builder.log_dir(folder.path());
    assert!(builder.settings().is_ok() && builder.explain().is_ok());
    let error = builder.check().unwrap_err().to_string();
    let at = folder.path().join("errors.log");
    assert_eq!(
        error,
        format!(
            "the configuration has 1 problem:\n  files.errors (default): `{}` is a folder; allowed is the name of a file, \
             or of nothing yet",
            at.display()
        )
    );
    assert_eq!(builder.build().unwrap_err().to_string(), error);
    let names = fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert_eq!(names, ["errors.log", "logging.toml"]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_write_to_is_told_of_once() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, builder) = with_file("", NO_CONSOLE);
    let open = folder.path().join("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    let logger = builder.log_dir(&open).build().unwrap();
    assert!(logger.shutdown(PATIENCE).finished);
    let lines = lines(&open, "expert.log");
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert_eq!((&lines[0]["level"], &lines[0]["mode"]), (&"warning".into(), &"777".into()));
}

#[cfg(unix)]
#[test]
fn a_rotation_that_fails_is_a_report() {
    let (folder, logger) = logger("files.max_size = '4 KiB'\nfiles.backup_count = 1");
    // a folder cannot be a backup
    fs::create_dir(folder.path().join("expert.log.1")).unwrap();
    let long = "x".repeat(1_000);
    for _ in 0..10 {
        info!(logger, "event"; "long" => &long);
    }
    assert!(logger.flush(PATIENCE).finished);
    assert!(logger.shutdown(PATIENCE).finished);
    let reports = events(folder.path(), "logging_errors.log");
    assert_eq!(reports[0], "a full file goes on, because it could not be renamed");
    assert_eq!(events(folder.path(), "expert.log").len(), 10);
}

/// A time in seconds after the beginning of 2026.
fn in_2026(seconds: i64) -> logger_config::Timestamp {
    logger_config::Timestamp::from_unix_nanos((1_767_225_600 + seconds) * 1_000_000_000)
}

#[test]
fn files_end_at_their_time_in_their_zone_and_are_called_by_their_day() {
    let clock = logger_config::ManualClock::new(in_2026(0));
    let text = "files.rotate = 'daily 17:00'\nfiles.zone = 'America/New_York'\nfiles.naming = 'dated'\nfiles.at_start = 'new'";
    let (folder, builder) = with_file(text, NO_CONSOLE);
    let builder = builder.log_dir(folder.path()).clock(logger_config::Clock::Manual(clock.clone()));
    let logger = builder.build().unwrap();
    info!(logger, "before the close");
    assert!(logger.flush(PATIENCE).finished);
    clock.advance(std::time::Duration::from_secs(22 * 3_600));
    // the worker follows the clock of the system by a line that it draws anew now and then
    info!(logger, "at the close");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(names(folder.path()), ["errors.log", "expert.2025-12-31.log", "expert.log", "trades.log"]);
    assert_eq!(events(folder.path(), "expert.2025-12-31.log"), ["before the close"]);
}

#[test]
fn what_is_said_of_old_files_reaches_them() {
    let text = "files.max_size = '4 KiB'\nfiles.folder_size = '64 KiB'\nfiles.backup_count = 1000\n\
                files.durability = 'disk'\nfiles.trades_ballast = '8 KiB'\nfiles.min_free = '64 KiB'\n\
                files.reopen_on_hangup = true";
    let (folder, logger) = logger(text);
    assert_eq!(fs::metadata(folder.path().join("trades.log.ballast")).unwrap().len(), 8_192);
    for number in 0..2_000 {
        info!(logger, "a record of some length that fills a file soon enough"; "number" => number);
    }
    for number in 0..200 {
        info!(logger.trade(), "traded"; "number" => number);
    }
    assert!(logger.flush(PATIENCE).finished);
    info!(logger, "the next batch");
    assert!(logger.shutdown(PATIENCE).finished);
    let size = |name: &str| fs::metadata(folder.path().join(name)).unwrap().len();
    let ended: Vec<_> = names(folder.path()).into_iter().filter(|name| name.contains(".log.")).collect();
    let general: u64 = ended.iter().filter(|name| name.starts_with("expert")).map(|name| size(name)).sum();
    assert!(general <= 65_536, "{general}");
    let trades: Vec<_> =
        (1..).take_while(|n| folder.path().join(format!("trades.log.{n}")).exists()).collect();
    let kept: usize = trades.iter().map(|n| lines(folder.path(), &format!("trades.log.{n}")).len()).sum();
    assert_eq!(kept + lines(folder.path(), "trades.log").len(), 200, "trades stay");
}

#[test]
fn trades_make_room_for_others_where_that_is_said_and_only_there() {
    for (rule, goes) in
        [("", false), ("files.folder_trades = 'stay'", false), ("files.folder_trades = 'go_last'", true)]
    {
        let (folder, logger) = logger(&format!(
            "files.max_size = '4 KiB'\nfiles.folder_size = '64 KiB'\nfiles.backup_count = 1000\n{rule}"
        ));
        let trades = logger.trade();
        for number in 0..1_000 {
            info!(trades, "traded, with a text of some length"; "number" => number);
        }
        assert!(logger.shutdown(PATIENCE).finished);
        let ended = names(folder.path()).into_iter().filter(|name| name.starts_with("trades.log."));
        let bytes: u64 = ended.map(|name| fs::metadata(folder.path().join(name)).unwrap().len()).sum();
        assert_eq!(bytes <= 65_536, goes, "{rule}: {bytes}");
    }
}

#[test]
fn old_files_go_by_their_bytes_and_their_age_where_that_is_said() {
    let kept = |text: &str, clock: logger_config::Clock| {
        let (folder, builder) = with_file(text, NO_CONSOLE);
        let logger = builder.log_dir(folder.path()).clock(clock).build().unwrap();
        for number in 0..1_000 {
            info!(logger, "a record of some length that fills a file soon enough"; "number" => number);
        }
        assert!(logger.shutdown(PATIENCE).finished);
        let ended = names(folder.path()).into_iter().filter(|name| name.starts_with("expert.log."));
        ended.map(|name| fs::metadata(folder.path().join(name)).unwrap().len()).sum::<u64>()
    };
    let all = "files.max_size = '4 KiB'\nfiles.backup_count = 1000\n";
    assert!(kept(all, logger_config::Clock::System) > 131_072);
    assert!(kept(&format!("{all}files.max_total = '64 KiB'"), logger_config::Clock::System) <= 65_536);
    // files are as old as the system says, and to the records it is an hour later
    let later = || logger_config::Clock::Manual(logger_config::ManualClock::new(in_2026(100 * 366 * 86_400)));
    assert!(kept(all, later()) > 131_072);
    assert_eq!(kept(&format!("{all}files.max_age = '1min'"), later()), 0);
}

#[test]
fn what_a_record_survives_is_said_for_all_files_for_trades_and_for_one() {
    use logger_config::FileDurability::{Disk, Os};
    for (text, general, trades) in [
        ("", Os, Os),
        ("files.durability = 'disk'", Disk, Disk),
        ("files.trades_durability = 'disk'", Os, Disk),
        ("files.durability = 'disk'\nfiles.trades_durability = 'os'", Disk, Os),
        ("files.trades_durability = 'disk'\n[drains.trades]\ndurability = 'os'", Os, Os),
    ] {
        let settings = crate::settings_of_file(text, NO_CONSOLE).unwrap();
        let of = |name: &str| {
            let drain = settings.drains.iter().find(|drain| drain.name == name).unwrap();
            let logger_config::DrainTarget::File(file) = &drain.target else { panic!("{name}") };
            file.durability
        };
        assert_eq!((of("general"), of("trades"), of("errors")), (general, trades, general), "{text}");
    }
}

#[test]
#[cfg(not(feature = "gzip"))]
fn a_compression_that_is_not_built_says_which_feature_it_needs() {
    let (_folder, builder) = with_file("files.compression = 'gzip'", NO_CONSOLE);
    let message = builder.build().unwrap_err().to_string();
    assert!(
        message.contains(
            "logging.toml, line 1, column 21): `gzip` needs feature `gzip`, which this build does not have"
        ),
        "{message}"
    );
}

#[test]
#[cfg(feature = "gzip")]
fn ended_files_are_packed() {
    let (folder, logger) = logger("files.compression = 'gzip'\nfiles.max_size = '4 KiB'");
    let patience = std::time::Instant::now() + PATIENCE;
    while !names(folder.path()).iter().any(|name| name.ends_with(".gz")) {
        assert!(std::time::Instant::now() < patience);
        info!(logger, "a record of some length that fills a file soon enough");
        assert!(logger.flush(PATIENCE).finished);
    }
    assert!(logger.shutdown(PATIENCE).finished);
}

#[test]
fn a_zone_that_is_not_known_is_answered_with_what_is_allowed() {
    let (_folder, builder) = with_file("files.zone = 'Mars/Olympus'", NO_CONSOLE);
    let message = builder.build().unwrap_err().to_string();
    assert!(
        message.contains(
            "logging.toml, line 1, column 14): there is no time zone `Mars/Olympus`; \
             allowed is a name such as `UTC` or `Europe/Berlin`"
        ),
        "{message}"
    );
}

#[test]
fn a_disk_with_too_little_space_holds_back_all_but_trades_and_says_so() {
    // no disk has so much
    let (folder, logger) = logger("level = 'debug'\nfiles.min_free = '1024 TiB'");
    debug!(logger, "noise");
    info!(logger, "started");
    info!(logger.trade(), "filled");
    assert!(logger.flush(PATIENCE).finished);
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(events(folder.path(), "expert.log"), ["filled"]);
    assert_eq!(events(folder.path(), "trades.log"), ["filled"]);
    let reports = events(folder.path(), "logging_errors.log");
    assert_eq!(reports, ["the disk has too little space; records are held back"]);
}

#[test]
fn trades_may_be_more_durable_than_the_rest() {
    use logger_config::{DrainTarget, FileDurability};
    let durability = |text: &str| {
        let settings = crate::settings_of_file(text, &[]).unwrap();
        ["general", "trades", "errors"].map(|name| match &settings.drain(name).unwrap().target {
            DrainTarget::File(file) => file.durability,
            other => panic!("{other:?}"),
        })
    };
    let (os, disk) = (FileDurability::Os, FileDurability::Disk);
    let text = "[files]\ntrades_durability = 'disk'\n";
    assert_eq!(durability(text), [os, disk, os]);
    assert_eq!(durability("files.durability = 'disk'\n"), [disk; 3]);
    assert_eq!(durability(&format!("{text}[drains.trades]\ndurability = 'os'\n")), [os; 3]);
}
