//! A configuration that is saved while a program logs throughout.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use logger_config::{
    Context, Drain, DrainError, Level, LevelChange, Logger, MetaLogger, MetaLoggerBuilder, Record, Route,
    debug, info, warning,
};
use tempfile::TempDir;

use crate::{PATIENCE, QUIET, bare_builder, until};

/// What a drain has taken: the numbers of the records of the program, and the logger's own words.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<TakenSoFar>>);

#[derive(Default)]
struct TakenSoFar {
    /// How often each number came.
    numbers: BTreeMap<u64, u32>,
    words: Vec<String>,
}

impl Taken {
    fn words(&self) -> String {
        self.0.lock().unwrap().words.join("\n")
    }

    /// How often each number came that came at all, and how many there are.
    fn numbers(&self) -> BTreeMap<u64, u32> {
        self.0.lock().unwrap().numbers.clone()
    }
}

impl Drain for Taken {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let mut taken = self.0.lock().unwrap();
        match record.field("number").map(|number| number.to_string()) {
            Some(number) => *taken.numbers.entry(number.parse().unwrap()).or_default() += 1,
            None => {
                let fields = record.fields().map(|(key, value)| format!(" {key}={value}"));
                taken.words.push(format!("{}{}", record.event(), fields.collect::<String>()));
            }
        }
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

/// A program that logs throughout: DEBUG with numbers that come where the level lets them through, and INFO with numbers
/// that always come.
struct Program {
    folder: TempDir,
    logger: MetaLogger,
    taken: Taken,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<u64>,
}

const INFOS: u64 = 1 << 40;

impl Program {
    fn start(text: &str) -> Self {
        Self::start_with(text, |builder| builder)
    }

    fn start_with(text: &str, change: impl FnOnce(MetaLoggerBuilder) -> MetaLoggerBuilder) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logging.toml");
        fs::write(&path, text).unwrap();
        Self::start_in(folder, &path, change)
    }

    fn start_in(
        folder: TempDir,
        path: &Path,
        change: impl FnOnce(MetaLoggerBuilder) -> MetaLoggerBuilder,
    ) -> Self {
        let taken = Taken::default();
        let builder = bare_builder(QUIET).config_file(path).drain(Route::new("taken", taken.clone()));
        let logger = change(builder).build().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::spawn({
            let (log, stop) = (logger.logger(), Arc::clone(&stop));
            move || log_until(&log, &stop)
        });
        Program { folder, logger, taken, stop, thread }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("logging.toml")
    }

    /// Waits until the program sees the level.
    fn until_level(&self, level: Level) {
        until(&format!("the level is {level}"), || self.logger.level() == level);
    }

    /// Waits until the logger has said something.
    fn until_said(&self, words: &str) {
        until(&format!("the logger says: {words}"), || {
            assert!(self.logger.flush(PATIENCE).finished);
            self.taken.words().contains(words)
        });
    }

    /// Ends the program: each INFO came once, and no DEBUG twice.
    fn end(self) -> String {
        self.stop.store(true, Ordering::Release);
        let logged = self.thread.join().unwrap();
        let report = self.logger.shutdown(PATIENCE);
        let numbers = self.taken.numbers();
        assert!(numbers.values().all(|times| *times == 1), "a record came twice");
        let infos = numbers.range(INFOS..).count() as u64;
        assert_eq!(infos, logged, "each INFO comes once");
        assert_eq!(report.health.total().dropped.total(), 0);
        self.taken.words()
    }
}

fn log_until(log: &Logger, stop: &AtomicBool) -> u64 {
    static PAUSE: AtomicU64 = AtomicU64::new(0);
    let mut number = 0;
    while !stop.load(Ordering::Acquire) {
        debug!(log, "debug"; "number" => number);
        info!(log, "info"; "number" => INFOS + number);
        number += 1;
        thread::park_timeout(Duration::from_micros(200 + PAUSE.load(Ordering::Relaxed)));
    }
    number
}

fn rename_over(path: &Path, text: &str) {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(new, path).unwrap();
}

#[test]
fn a_file_that_is_written_over_is_followed() {
    let program = Program::start("level = 'info'");
    fs::write(program.path(), "level = 'debug'").unwrap();
    program.until_level(Level::Debug);
    fs::write(program.path(), "level = 'info'").unwrap();
    program.until_level(Level::Info);
    let words = program.end();
    assert!(words.contains("configuration was read again changes=level: `info` to `debug`"), "{words}");
    assert!(words.contains("changes=level: `debug` to `info`"), "{words}");
}

#[test]
fn a_file_that_is_truncated_for_a_while_is_not_taken_for_an_empty_one() {
    let program = Program::start("level = 'debug'\nreload = true\n");
    // what an editor leaves between its two steps, long enough to be seen
    fs::write(program.path(), "").unwrap();
    thread::park_timeout(Duration::from_millis(150));
    assert_eq!(program.logger.level(), Level::Debug);
    fs::write(program.path(), "level = 'trace'\nreload = true\n").unwrap();
    program.until_level(Level::Trace);
    let words = program.end();
    assert!(!words.contains("is wrong"), "{words}");
}

#[test]
fn a_file_that_stays_empty_is_wrong_and_the_one_before_stays() {
    let program = Program::start("level = 'debug'");
    fs::write(program.path(), "").unwrap();
    program.until_said("is empty, as a file is that was cut off");
    assert_eq!(program.logger.level(), Level::Debug);
    program.end();
}

#[test]
fn a_file_that_is_renamed_to_is_followed() {
    let program = Program::start("level = 'info'");
    rename_over(&program.path(), "level = 'debug'");
    program.until_level(Level::Debug);
    rename_over(&program.path(), "level = 'info'");
    program.until_level(Level::Info);
    program.end();
}

#[cfg(unix)]
#[test]
fn a_link_that_is_swapped_is_followed() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    // as a container runtime mounts a configuration: the file is a link through a link that is replaced
    for (name, text) in [("one", "level = 'info'"), ("two", "level = 'debug'")] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("logging.toml"), text).unwrap();
    }
    let at = |name: &str| folder.path().join(name);
    symlink("one", at("data")).unwrap();
    symlink("data/logging.toml", at("logging.toml")).unwrap();
    let path = at("logging.toml");
    let (swapped, data) = (at("new"), at("data"));
    let program = Program::start_in(folder, &path, |builder| builder);
    assert_eq!(program.logger.level(), Level::Info);
    symlink("two", &swapped).unwrap();
    fs::rename(&swapped, &data).unwrap();
    program.until_level(Level::Debug);
    program.end();
}

/// The file is a link through a folder that nobody watches: only the look at its content four times a second sees that.
#[cfg(unix)]
#[test]
fn a_change_that_no_notice_is_given_of_is_seen_all_the_same() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (name, text) in [("one", "level = 'info'"), ("two", "level = 'debug'")] {
        fs::create_dir(at(name)).unwrap();
        fs::write(at(name).join("logging.toml"), text).unwrap();
    }
    fs::create_dir(at("between")).unwrap();
    fs::create_dir(at("etc")).unwrap();
    symlink("../one", at("between/now")).unwrap();
    symlink("../between/now/logging.toml", at("etc/logging.toml")).unwrap();
    let (path, swapped, now) = (at("etc/logging.toml"), at("between/new"), at("between/now"));
    let program = Program::start_in(folder, &path, |builder| builder);
    symlink("../two", &swapped).unwrap();
    fs::rename(&swapped, &now).unwrap();
    program.until_level(Level::Debug);
    program.end();
}

#[test]
fn of_two_saves_in_a_moment_the_second_holds() {
    let program = Program::start("level = 'info'");
    for _ in 0..5 {
        fs::write(program.path(), "level = 'trace'").unwrap();
        thread::park_timeout(Duration::from_millis(5));
        fs::write(program.path(), "level = 'debug'").unwrap();
        program.until_level(Level::Debug);
        // where this thread is held up between the two, the first one holds for a while: it has to let each INFO through
        rename_over(&program.path(), "level = 'trace'");
        rename_over(&program.path(), "level = 'info'");
        program.until_level(Level::Info);
    }
    program.end();
}

#[test]
fn a_file_with_an_error_changes_nothing_and_says_why() {
    let program = Program::start("level = 'debug'");
    fs::write(program.path(), "level = 'info'\nlevel = \n").unwrap();
    program.until_said("configuration was read again and is wrong; the one before stays");
    assert_eq!(program.logger.level(), Level::Debug);
    fs::write(program.path(), "level = 'info'\nfiles.max_sise = 5\n").unwrap();
    program.until_said("unknown key; the nearest is `files.max_size`");
    assert_eq!(program.logger.level(), Level::Debug);
    fs::write(program.path(), "level = 'debug'\n").unwrap();
    program.until_said("configuration was read again, and nothing changes");
    program.end();
}

#[test]
fn a_file_that_is_gone_changes_nothing_and_says_so() {
    let program = Program::start("level = 'debug'");
    fs::remove_file(program.path()).unwrap();
    program.until_said("cannot be read");
    assert_eq!(program.logger.level(), Level::Debug);
    fs::write(program.path(), "level = 'info'").unwrap();
    program.until_level(Level::Info);
    program.end();
}

#[test]
fn what_needs_a_restart_is_named_and_the_rest_is_applied() {
    let program = Program::start("level = 'info'\n[queue]\nwait = '7ms'\n");
    let text = "level = 'debug'\n[queue]\nwait = '8ms'\n[drains.audit]\nkind = 'file'\nlevel = 'error'\n";
    fs::write(program.path(), text).unwrap();
    program.until_level(Level::Debug);
    program.until_said("some of it needs a restart");
    let words = program.taken.words();
    assert!(words.contains("changes=level: `info` to `debug` "), "{words}");
    assert!(words.contains("needs_restart=drains.audit.kind, drains.audit.level, queue.wait"), "{words}");
    let explanation = program.logger.explain().to_string();
    assert!(explanation.contains("queue.wait = `7ms`"), "what it runs on: {explanation}");
    assert!(explanation.contains("level = `debug`"), "{explanation}");
    assert!(!explanation.contains("drains.audit"), "{explanation}");
    program.end();
}

#[test]
fn what_the_file_changes_is_told_whatever_the_level_is() {
    let program = Program::start("level = 'info'\n");
    fs::write(program.path(), "level = 'critical'\n").unwrap();
    program.until_said("changes=level: `info` to `critical`");
    fs::write(program.path(), "level = 'critical'\nlevels.experts.Ema = 'critical'\n").unwrap();
    program.until_said("changes=levels.experts.Ema: nothing to `critical`");
    fs::write(program.path(), "level = 'critical'\nlevels.experts.Ema = 'error'\n").unwrap();
    program.until_said("changes=levels.experts.Ema: `critical` to `error`");
    fs::write(program.path(), "level = 'loud'\n").unwrap();
    program.until_said("configuration was read again and is wrong; the one before stays");
    // and nobody else is heard for that, or even evaluated
    let is_on = |level| logger_config::slog::Drain::is_enabled(&program.logger.logger(), level);
    until("a call below the level is over at once", || !is_on(logger_config::slog::Level::Warning));
    assert!(is_on(logger_config::slog::Level::Critical));
    warning!(program.logger, "a warning of the program");
    program.stop.store(true, Ordering::Release);
    program.thread.join().unwrap();
    assert!(program.logger.shutdown(PATIENCE).finished);
    assert!(!program.taken.words().contains("a warning of the program"));
}

#[test]
fn levels_of_parts_come_and_go_with_the_file() {
    let program = Program::start("level = 'info'");
    let module = module_path!();
    fs::write(program.path(), format!("level = 'info'\n[levels.modules]\n\"{module}\" = 'debug'\n")).unwrap();
    let debugs = |program: &Program| program.taken.numbers().range(..INFOS).count();
    until("debug records of this module come", || debugs(&program) > 10);
    fs::write(program.path(), "level = 'info'\n").unwrap();
    program.until_said(": `debug` to nothing");
    assert_eq!(program.logger.level(), Level::Info);
    program.end();
}

#[test]
fn what_is_masked_follows_the_file() {
    let program = Program::start("level = 'info'\n");
    let bound = program.logger.bind(Context::new().with("client_iban", "DE2"));
    let pay = |number: &str| {
        // not under `number`, which counts the records of the program
        info!(bound, "paid"; "iban" => "DE1", "base_token" => "BTC", "note" => format!("ORD-12345 opensesame7 {number}"));
        assert!(program.logger.flush(PATIENCE).finished);
    };
    let text = "level = 'info'\n[redaction]\nmask = 'iban'\nkeep = 'base_token'\nliterals = ['opensesame7']\n\
                [redaction.patterns]\norder_id = 'ORD-([0-9]+)'\n";
    pay("first");
    fs::write(program.path(), text).unwrap();
    program.until_said("redaction.mask: nothing to `iban`");
    pay("second");
    fs::write(program.path(), "level = 'info'\n").unwrap();
    program.until_said("redaction.mask: `iban` to nothing");
    pay("third");
    let explanation = program.logger.explain().to_string();
    assert!(explanation.contains("redaction.mask is not given"), "{explanation}");
    assert!(
        explanation.contains("redaction.literals = ***"),
        "it is masked until the restart: {explanation}"
    );
    let words = program.end();
    let line = |end: &str| words.lines().find(|line| line.starts_with("paid") && line.contains(end)).unwrap();
    for (end, parts) in [
        ("first", ["iban=DE1", "base_token=***", "note=ORD-12345 opensesame7 first", "client_iban=DE2"]),
        ("second", ["iban=***", "base_token=BTC", "note=ORD-*** *** second", "client_iban=***"]),
        // a secret stays one until the restart
        ("third", ["iban=DE1", "base_token=***", "note=ORD-12345 *** third", "client_iban=DE2"]),
    ] {
        for part in parts {
            assert!(line(end).contains(part), "{part} in {}", line(end));
        }
    }
    assert!(words.contains("redaction.literals: nothing to ***"), "{words}");
    assert!(words.contains("needs_restart=redaction.literals\n"), "{words}");
    assert!(!words.contains("redaction.literals: *** to"), "what stays is not said to have changed: {words}");
    let news = words.lines().filter(|line| line.starts_with("configuration"));
    assert!(news.clone().count() == 2 && news.clone().all(|line| !line.contains("opensesame7")), "{words}");
}

#[test]
fn a_change_for_good_yields_to_a_later_one_of_the_file_and_one_for_a_while_does_not() {
    let program = Program::start("level = 'info'");
    program.logger.set_level(Level::Error);
    fs::write(program.path(), "level = 'debug'").unwrap();
    program.until_level(Level::Debug);
    program.logger.set_level(LevelChange::new(Level::Trace).lasting(Duration::from_secs(3_600)));
    fs::write(program.path(), "level = 'warning'").unwrap();
    program.until_said("`debug` to `warning`");
    assert_eq!(program.logger.level(), Level::Trace);
    program.logger.reset_levels();
    assert_eq!(program.logger.level(), Level::Warning);
    program.logger.set_level(Level::Info);
    // at ERROR and WARNING the records that are counted did not come
    program.stop.store(true, Ordering::Release);
    program.thread.join().unwrap();
    assert!(program.logger.shutdown(PATIENCE).finished);
}

#[test]
fn a_file_is_not_followed_where_the_configuration_says_so() {
    let program = Program::start("level = 'info'\nreload = false\n");
    fs::write(program.path(), "level = 'debug'\nreload = false\n").unwrap();
    thread::park_timeout(Duration::from_millis(700));
    assert_eq!(program.logger.level(), Level::Info);
    program.end();
}

#[test]
fn variables_stay_as_they_were_at_the_start() {
    let variables = tempfile::NamedTempFile::new().unwrap();
    fs::write(variables.path(), "LOG__LEVELS__EXPERTS__Ema=trace\n").unwrap();
    let program = Program::start_with("level = 'info'", |builder| builder.dotenv(variables.path()));
    fs::write(variables.path(), "LOG__LEVELS__EXPERTS__Ema=loud\n").unwrap();
    fs::write(program.path(), "level = 'debug'").unwrap();
    program.until_level(Level::Debug);
    let explanation = program.logger.explain().to_string();
    assert!(explanation.contains("levels.experts.Ema = `trace`"), "{explanation}");
    program.end();
}

#[cfg(feature = "file")]
#[test]
fn the_filter_of_a_drain_follows_the_file() {
    let logs = tempfile::tempdir().unwrap();
    let audit =
        |experts: &str| format!("[drains.audit]\nkind = 'file'\nlevel = 'trace'\nexperts = '{experts}'\n");
    let program = Program::start_with(&audit("Ema"), |builder| {
        builder.files(logger_config::Switch::On).log_dir(logs.path())
    });
    let log = |expert: &str, event: &'static str| {
        let log = program.logger.bind(logger_config::Context::new().expert_name(expert));
        logger_config::slog::info!(log, "{}", event);
        assert!(program.logger.flush(PATIENCE).finished);
    };
    log("Ema", "one");
    log("Grid", "two");
    fs::write(program.path(), audit("Grid")).unwrap();
    program.until_said("drains.audit.experts: `Ema` to `Grid`");
    log("Ema", "three");
    log("Grid", "four");
    let lines = fs::read_to_string(logs.path().join("audit.log")).unwrap();
    let events: Vec<String> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["event"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(events, ["one", "four"]);
    program.end();
}
