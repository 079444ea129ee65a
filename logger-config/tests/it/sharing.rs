//! Files of several processes, and what a program asks of its files while they are written.

use std::{
    fs,
    path::Path,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

use logger_config::{
    Context, Drain, DrainError, LoggerExt as _, MetaLogger, NotDurable, Reached, Record, Route, Switch, info,
};
use tempfile::TempDir;

use crate::{PATIENCE, Variable, error_of_file, until, with_file};

const NO_CONSOLE: &[Variable] = &[("LOG_TO_CONSOLE", "false")];

/// A logger with files in that folder, and no console.
fn logger(text: &str, folder: &TempDir) -> MetaLogger {
    let (_configuration, builder) = with_file(text, NO_CONSOLE);
    builder.log_dir(folder.path()).app_name("bot").build().unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap_or_default()
}

fn names(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_durable_trade_is_in_its_file_on_the_disk_when_the_call_returns() {
    let folder = tempfile::tempdir().unwrap();
    let logger = logger("", &folder);
    let reached = logger.trade_durable(PATIENCE, |trades| info!(trades, "order sent"; "order_id" => 7));
    assert_eq!(reached, Ok(Reached::Disk));
    assert!(read(folder.path(), "trades.log").contains("order sent"));
    // with a logger and a context of one's own as well
    let own = logger.trade().bind(&Context::new().symbol("BTCUSDT"));
    let reached = logger.trade_durable(PATIENCE, |_| info!(own, "order filled"));
    assert_eq!(reached, Ok(Reached::Disk));
    assert!(read(folder.path(), "trades.log").contains("BTCUSDT"));
}

#[test]
fn a_durable_trade_that_is_none_or_has_no_file_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let logger = logger("", &folder);
    let nothing = logger.trade_durable(PATIENCE, |_| ());
    assert_eq!(nothing, Err(NotDurable::NothingLogged));
    let general = logger.trade_durable(PATIENCE, |_| info!(logger, "no trade"));
    assert_eq!(general, Err(NotDurable::NothingLogged));
    let (_configuration, builder) = with_file("", NO_CONSOLE);
    let no_files = builder.files(Switch::Off).build().unwrap();
    let refused = no_files.trade_durable(PATIENCE, |trades| info!(trades, "x")).unwrap_err();
    assert_eq!(refused.to_string(), "there is no file of trades; turn `files.enabled` on");
}

#[cfg(all(unix, feature = "stderr"))]
#[test]
fn a_durable_trade_that_the_file_does_not_take_is_an_error_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    let logger = logger("", &folder);
    // what took the name of the file cannot be written, and the file itself is gone
    fs::remove_file(folder.path().join("trades.log")).unwrap();
    fs::create_dir(folder.path().join("trades.log")).unwrap();
    match logger.trade_durable(PATIENCE, |trades| info!(trades, "order sent")) {
        Err(NotDurable::Diverted { error }) => assert!(error.contains("trades.log"), "{error}"),
        other => panic!("{other:?}"),
    }
    fs::remove_dir(folder.path().join("trades.log")).unwrap();
    let sent = || logger.trade_durable(PATIENCE, |trades| info!(trades, "order sent"));
    until("a trade is on the disk", || sent() == Ok(Reached::Disk));
}

/// Comes back when the barrier is met.
struct Hangs(Arc<Barrier>);

impl Drain for Hangs {
    fn log(&mut self, _record: &Record<'_>) -> Result<(), DrainError> {
        self.0.wait();
        Ok(())
    }

    fn flush(&mut self, _deadline: Instant) -> Result<(), DrainError> {
        Ok(())
    }
}

#[test]
fn a_durable_trade_does_not_wait_for_a_drain_on_its_own_thread_and_waits_for_the_worker_in_bounds() {
    for detached in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let barrier = Arc::new(Barrier::new(2));
        let route = Route::new("hangs", Hangs(Arc::clone(&barrier)));
        let (_configuration, builder) = with_file("", NO_CONSOLE);
        let builder = builder.drain(if detached { route.detached(10) } else { route });
        let logger = builder.log_dir(folder.path()).build().unwrap();
        let timeout = if detached { PATIENCE } else { Duration::from_millis(50) };
        let reached = logger.trade_durable(timeout, |trades| info!(trades, "order sent"));
        barrier.wait();
        let late = NotDurable::TimedOut { waited: timeout, reached: Reached::Process };
        let queue_survives = cfg!(unix);
        match detached {
            true => assert_eq!(reached, Ok(Reached::Disk)),
            false if queue_survives => assert_eq!(reached, Err(late)),
            false => assert!(matches!(reached, Err(NotDurable::TimedOut { .. }))),
        }
        assert!(logger.shutdown(PATIENCE).finished);
        assert!(read(folder.path(), "trades.log").contains("order sent"), "it was on its way");
    }
}

#[test]
fn files_end_and_are_opened_anew_when_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let logger = logger("", &folder);
    info!(logger, "before");
    assert!(logger.flush(PATIENCE).finished);
    logger.rotate();
    assert!(logger.flush(PATIENCE).finished);
    assert!(read(folder.path(), "expert.log.1").contains("before"));
    assert_eq!(read(folder.path(), "expert.log"), "");
    assert!(!folder.path().join("trades.log.1").exists(), "an empty file does not end");
    #[cfg(unix)]
    {
        fs::rename(folder.path().join("expert.log"), folder.path().join("moved")).unwrap();
        logger.reopen();
        assert!(logger.flush(PATIENCE).finished);
        assert!(folder.path().join("expert.log").exists());
    }
}

#[test]
fn l3_a_file_that_was_deleted_is_made_again_though_nothing_is_logged() {
    if cfg!(windows) {
        return; // an open file cannot be deleted there
    }
    let folder = tempfile::tempdir().unwrap();
    let _logger = logger("", &folder);
    fs::remove_file(folder.path().join("expert.log")).unwrap();
    until("the file is there", || folder.path().join("expert.log").exists());
}

#[test]
fn each_process_may_have_files_of_its_own_by_clean_names() {
    let folder = tempfile::tempdir().unwrap();
    let text = "files.general = '{expert}.{pid}.log'\nfiles.errors = 'errors.{expert}.log'\nfiles.expert = '../My Bot'";
    let logger = logger(text, &folder);
    info!(logger.trade(), "order sent");
    assert!(logger.shutdown(PATIENCE).finished);
    let own = format!("%2E.%2FMy%20Bot.{}.log", std::process::id());
    assert_eq!(names(&folder), [own.as_str(), "errors.%2E.%2FMy%20Bot.log", "trades.log"]);
    assert!(read(folder.path(), &own).contains("order sent"));
}

#[cfg(unix)]
#[test]
fn l4_two_loggers_may_share_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let text = "files.writers = 'several'\nfiles.max_size = '64 KiB'\nfiles.backup_count = 1000";
    let records = 500;
    thread::scope(|scope| {
        for name in ["one", "two"] {
            let folder = &folder;
            scope.spawn(move || {
                let logger = logger(text, folder);
                for n in 0..records {
                    info!(logger, "record"; "of" => name, "n" => n);
                }
                assert!(logger.shutdown(PATIENCE).finished);
            });
        }
    });
    let text: String = names(&folder)
        .iter()
        .filter(|name| name.starts_with("expert.log"))
        .map(|name| read(folder.path(), name))
        .collect();
    for name in ["one", "two"] {
        for n in 0..records {
            let end = format!("\"of\":\"{name}\",\"n\":{n}}}\n");
            assert_eq!(text.matches(&end).count(), 1, "{end}");
        }
    }
    assert!(names(&folder).iter().any(|name| name == "expert.log.2"), "{:?}", names(&folder));
}

#[test]
fn a_placeholder_and_writers_that_are_unknown_are_refused() {
    let said = error_of_file("files.general = '{user}.log'", NO_CONSOLE);
    assert!(
        said.contains("has a placeholder that is unknown; allowed are `{expert}` and one `{pid}`"),
        "{said}"
    );
    let said = error_of_file("files.writers = 'many'", NO_CONSOLE);
    assert!(said.contains("one, several"), "{said}");
}
