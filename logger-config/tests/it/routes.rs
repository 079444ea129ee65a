//! Drains by name: what is particular to those that are there by default, and further ones.

#[cfg(feature = "file")]
use std::{collections::BTreeMap, fs, path::Path};

#[cfg(feature = "file")]
use logger_config::{Context, DrainTarget, FileFormat, MetaLogger, debug, info, warning};
use logger_config::{DrainKind, Given, Level};

use crate::settings_of_file;
#[cfg(feature = "file")]
use crate::{PATIENCE, with_file};

#[cfg(feature = "file")]
mod exchange {
    use logger_config::{Logger, info};

    pub(super) fn log(log: &Logger) {
        info!(log, "exchange");
    }
}

/// The events of each file in a folder, by its name.
#[cfg(feature = "file")]
fn events(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    let files = files.filter(|file| file.file_name().to_str().unwrap().ends_with(".log"));
    let events = files.map(|file| {
        let lines = fs::read_to_string(file.path()).unwrap();
        let event = |line: &str| match serde_json::from_str::<serde_json::Value>(line) {
            Ok(line) => line["event"].as_str().unwrap().to_owned(),
            Err(_) => "text".to_owned(),
        };
        (file.file_name().into_string().unwrap(), lines.lines().map(event).collect())
    });
    events.collect()
}

#[cfg(feature = "file")]
fn start(text: &str) -> (tempfile::TempDir, MetaLogger) {
    let (folder, builder) = with_file(text, &[("LOG_TO_CONSOLE", "false")]);
    let logger = builder.log_dir(folder.path()).build().unwrap();
    (folder, logger)
}

#[cfg(feature = "file")]
#[test]
fn further_files_get_what_their_filters_let_through() {
    let text = format!(
        "level = 'warning'
        [drains.verbose]
        kind = 'file'
        level = 'debug'
        [drains.grid]
        kind = 'file'
        name = 'grid-trades.log'
        category = 'trade'
        experts = ['GridBot', 'MyEmaBot']
        [drains.exchange]
        kind = 'file'
        level = 'info'
        modules = ['{}']
        [drains.general_only]
        kind = 'file'
        category = 'general'
        [drains.words]
        kind = 'file'
        format = 'text'
        ",
        module_path!().to_owned() + "::exchange"
    );
    let (folder, logger) = start(&text);
    let (grid, other) = (Context::new().expert_name("GridBot"), Context::new().expert_name("Other"));
    debug!(logger, "debug");
    warning!(logger, "warning");
    info!(logger.bind(grid).trade_logger(), "trade of grid");
    info!(logger.bind(other).trade_logger(), "trade of another");
    exchange::log(&logger.logger());
    assert!(logger.shutdown(PATIENCE).finished);
    let events = events(folder.path());
    let of = |name: &str| events[name].join(", ");
    assert_eq!(of("verbose.log"), "debug, warning, trade of grid, trade of another, exchange");
    assert_eq!(of("grid-trades.log"), "trade of grid");
    assert_eq!(of("exchange.log"), "exchange");
    assert_eq!(of("general_only.log"), "warning");
    assert_eq!(of("words.log"), "text");
    assert_eq!(of("expert.log"), "warning");
    assert_eq!(of("trades.log"), "trade of grid, trade of another");
}

/// slog's `Logger` has the extension in another crate's trait.
#[cfg(feature = "file")]
trait TradeLogger {
    fn trade_logger(&self) -> logger_config::Logger;
}

#[cfg(feature = "file")]
impl TradeLogger for logger_config::Logger {
    fn trade_logger(&self) -> logger_config::Logger {
        logger_config::LoggerExt::trade(self)
    }
}

#[cfg(feature = "file")]
#[test]
fn a_drain_that_is_there_by_default_may_differ_from_the_others() {
    let text = "[files]\nmax_size = '1 MB'\nbackup_count = 3\n[drains.trades]\nmax_size = '2 MB'\nname = 'fills.log'\n\
                [drains.errors]\nlevel = 'warning'\nformat = 'text'\n[drains.general]\nenabled = false\n";
    let settings = settings_of_file(text, &[]).unwrap();
    let file = |name: &str| match &settings.drain(name).unwrap().target {
        DrainTarget::File(file) => file.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(file("trades").max_size.bytes(), 2_000_000);
    assert_eq!((file("errors").max_size.bytes(), file("trades").backup_count), (1_000_000, 3));
    assert_eq!(file("trades").path, Path::new("logs/fills.log"));
    assert_eq!((file("errors").format, file("trades").format), (FileFormat::Text, FileFormat::Json));
    assert_eq!(settings.drain("errors").unwrap().filter.level, Some(Level::Warning));
    assert!(settings.drain("general").is_none());
}

/// Whether a thread of this process is called after a drain.
#[cfg(all(feature = "file", target_os = "linux"))]
fn has_a_thread(drain: &str) -> bool {
    let threads = fs::read_dir("/proc/self/task").unwrap();
    let mut names = threads.filter_map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")).ok());
    names.any(|name| name.trim_end().ends_with(drain))
}

#[cfg(feature = "file")]
#[test]
fn a_file_with_a_queue_has_a_thread_of_its_own() {
    let (folder, logger) = start("[drains.slow]\nkind = 'file'\nqueue = 100\n[drains.fast]\nkind = 'file'\n");
    info!(logger, "one");
    #[cfg(target_os = "linux")]
    assert_eq!(["slow", "fast"].map(has_a_thread), [true, false]);
    let report = logger.shutdown(PATIENCE);
    assert!(report.finished && report.health.drains.iter().any(|drain| drain.name == "slow"));
    assert_eq!(events(folder.path())["slow.log"], ["one"]);
}

#[cfg(feature = "file")]
#[test]
fn levels_of_parts_hold_from_the_start() {
    let levels = "[levels.experts]\nMyEmaBot = 'debug'\n[levels.modules]\n'it::routes::exchange' = 'error'\n";
    let (folder, logger) = start(levels);
    for expert in ["MyEmaBot", "GridBot"] {
        debug!(logger.bind(Context::new().expert_name(expert)), "{}", expert);
    }
    exchange::log(&logger);
    info!(logger, "elsewhere");
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(events(folder.path())["expert.log"], ["MyEmaBot", "elsewhere"]);
}

#[test]
fn levels_of_parts_are_read_from_tables_and_from_one_text() {
    let by_table = "level = 'warning'\n[levels.modules]\n'a::b' = 'debug'\n[levels.experts]\n'My Bot' = 'trace'\n\
                    [levels.categories]\ntrade = 'error'\n";
    let by_text = "level = 'warning,a::b=debug,expert:My Bot=trace,category:trade=error'\n";
    let (by_table, by_text) =
        (settings_of_file(by_table, &[]).unwrap(), settings_of_file(by_text, &[]).unwrap());
    assert_eq!((by_table.level, &by_table.levels), (by_text.level, &by_text.levels));
    assert_eq!(by_text.levels.experts, [("My Bot".to_owned(), Level::Trace)]);
    let environment = [("LOG_LEVEL", "a=trace"), ("LOG__LEVELS__EXPERTS__MyEmaBot", "debug")];
    let settings = settings_of_file("level = 'error'", &environment).unwrap();
    assert_eq!(
        (settings.level, settings.levels.modules),
        (Level::Error, vec![("a".to_owned(), Level::Trace)])
    );
    assert_eq!(settings.levels.experts, [("MyEmaBot".to_owned(), Level::Debug)]);
}

#[test]
fn a_kind_is_a_word() {
    assert_eq!(format!("{:?}", DrainKind::Console), "Console");
    assert_eq!(Given::from("file").to_string(), "`file`");
}
