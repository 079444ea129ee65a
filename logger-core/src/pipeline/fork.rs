//! A child made by `fork` has a copy of the memory and none of the threads: no worker, and maybe locks that nobody will
//! ever release. It shares the rings that are in files with its parent, so it must not write to them.

use std::{
    sync::{Mutex, MutexGuard, Once, PoisonError, TryLockError},
    thread,
    time::{Duration, Instant},
};

use crate::raw::fork::{count_forks, forks};

/// The process in which something was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Home(u32);

/// How long to wait for a lock that a thread may hold which is not in this process.
const BOUND: Duration = Duration::from_millis(50);

impl Home {
    /// The process in which the first pipeline was started.
    pub(crate) const FIRST: Home = Home(0);

    /// This process.
    pub(crate) fn here() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // where it refuses, which takes a lack of memory, a child is not told from its parent
            count_forks();
        });
        Home(forks())
    }

    /// Whether it was made in this process, and not before a fork.
    #[inline]
    pub(crate) fn is_here(self) -> bool {
        self.0 == forks()
    }

    /// Takes a lock that was made at this home. In a child it waits for a short time only; `None`: it did not get it.
    pub(crate) fn lock<T>(self, mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
        if self.is_here() {
            return Some(mutex.lock().unwrap_or_else(PoisonError::into_inner));
        }
        let deadline = Instant::now() + BOUND;
        loop {
            match mutex.try_lock() {
                Ok(guard) => return Some(guard),
                Err(TryLockError::Poisoned(error)) => return Some(error.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => return None,
                Err(TryLockError::WouldBlock) => thread::yield_now(),
            }
        }
    }
}

#[cfg(all(test, unix, not(loom)))]
#[expect(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use std::{
        fs::{self, File},
        io::{self, Read as _, Write as _},
        os::{fd::AsRawFd, unix::process::ExitStatusExt as _},
        path::Path,
        sync::{
            Arc, Barrier, Mutex,
            atomic::{AtomicBool, Ordering},
        },
    };

    use rustix::process::{Pid, Signal, getpid, kill_process, test_kill_process};
    use serde_json::Value;

    use super::*;
    use crate::{
        Drain, DrainError, Format as _, JsonFormat, Pipeline, PipelineBuilder, Record, Route, ShutdownGuard,
        info,
        raw::fork::{NotInherited, ended_child, in_child},
    };

    /// Long enough for a busy machine.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Appends each record to a file at once; one that is not `general` holds a record up that is named `gate`.
    struct Lines {
        file: File,
        gate: Option<Arc<Barrier>>,
    }

    impl Drain for Lines {
        fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
            if let Some(gate) = self.gate.as_ref().filter(|_| record.event() == "gate") {
                gate.wait();
                gate.wait();
            }
            let mut line = Vec::new();
            JsonFormat::default().format(record, &mut line);
            self.file.write_all(&line).map_err(|error| DrainError::new("cannot write").with_source(error))
        }

        fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
            Ok(())
        }
    }

    fn drain(folder: &Path, name: &str) -> (Lines, Arc<Barrier>) {
        let file = File::options().append(true).create(true).open(folder.join(name)).unwrap();
        let gate = Arc::new(Barrier::new(2));
        (Lines { file, gate: (name != "general").then(|| Arc::clone(&gate)) }, gate)
    }

    fn builder(folder: &Path) -> PipelineBuilder {
        Pipeline::builder()
            .app_name("forks")
            .queue_folder(folder.join("queue"))
            .route(Route::new("general", drain(folder, "general").0))
    }

    fn lines(folder: &Path, name: &str) -> Vec<Value> {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_child_writes_to_the_fallback_and_leaves_the_queue_of_its_parent_alone() {
        const RECORDS: usize = 200;
        const CHILDREN: usize = 5;
        // what a ring has room for, so that nothing is dropped
        const MOST: usize = 1_000;
        let folder = tempfile::tempdir().unwrap();
        let guard = builder(folder.path()).fallback(drain(folder.path(), "fallback").0).start().unwrap();
        let log = guard.logger();
        let ends = AtomicBool::new(false);
        let (mut own, mut other) = (0, 0);
        thread::scope(|scope| {
            let beside = scope.spawn(|| {
                let mut logged = 0;
                while logged < MOST && !ends.load(Ordering::Relaxed) {
                    info!(log, "other"; "index" => logged);
                    logged += 1;
                    thread::yield_now();
                }
                logged
            });
            for _ in 0..CHILDREN {
                for _ in 0..RECORDS {
                    info!(log, "own"; "index" => own);
                    own += 1;
                }
                let code = in_child(|| {
                    (0..RECORDS).for_each(|index| info!(log, "child"; "index" => index));
                    0
                });
                assert_eq!(code, Some(0));
            }
            ends.store(true, Ordering::Relaxed);
            other = beside.join().unwrap();
        });
        let report = guard.shutdown(PATIENCE);
        assert!(report.finished);
        assert_eq!((report.health.late, report.health.total().dropped.total()), (0, 0));
        let written = lines(folder.path(), "general");
        for (event, count) in [("own", own), ("other", other)] {
            let found: Vec<_> = written.iter().filter(|line| line["event"] == event).collect();
            assert!(
                found.iter().map(|line| line["index"].as_u64()).eq((0..count as u64).map(Some)),
                "{event}"
            );
        }
        assert_eq!(written.len(), own + other, "no record of a child");
        let late = lines(folder.path(), "fallback");
        assert_eq!(late.len(), CHILDREN * RECORDS);
        let from_child = |line: &Value| line["event"] == "child" && line["procid"] != std::process::id();
        assert!(late.iter().all(from_child), "{:?}", late[0]);
    }

    #[test]
    fn the_end_of_a_child_is_at_once_and_takes_nothing_from_the_parent() {
        let folder = tempfile::tempdir().unwrap();
        let (held, gate) = drain(folder.path(), "held");
        let guard = builder(folder.path()).route(Route::new("held", held)).start().unwrap();
        let log = guard.logger();
        // the worker is busy, so that the record after it is in the ring and stays there
        info!(log, "gate");
        gate.wait();
        info!(log, "in the queue");
        let code = in_child(|| {
            let before = Instant::now();
            let flushed = guard.flush(PATIENCE);
            let ended = ShutdownGuard::new(guard.pipeline().clone()).shutdown(PATIENCE);
            drop(ShutdownGuard::new(guard.pipeline().clone()));
            assert!(flushed.finished && ended.finished && before.elapsed() < PATIENCE / 2);
            // the hooks of the C library and the thread-locals of this thread
            std::process::exit(7);
        });
        assert_eq!(code, Some(7));
        assert_eq!(fs::read_dir(folder.path().join("queue")).unwrap().count(), 1, "the queue is still there");
        info!(log, "after");
        gate.wait();
        assert!(guard.shutdown(PATIENCE).finished);
        let events: Vec<_> =
            lines(folder.path(), "general").iter().map(|line| line["event"].clone()).collect();
        assert_eq!(events, ["gate", "in the queue", "after"]);
    }

    #[test]
    fn a_child_does_not_wait_for_a_lock_whose_holder_is_not_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let (fallback, gate) = drain(folder.path(), "fallback");
        let guard = builder(folder.path()).fallback(fallback).start().unwrap();
        let pipeline = guard.pipeline().clone();
        let log = guard.logger();
        assert!(guard.shutdown(PATIENCE).finished);
        thread::scope(|scope| {
            // this thread holds the fallback
            scope.spawn(|| info!(log, "gate"));
            gate.wait();
            let code = in_child(|| {
                info!(log, "lost and counted");
                pipeline.health().late_lost as i32
            });
            gate.wait();
            assert_eq!(code, Some(1));
        });
    }

    #[test]
    fn a_child_may_log_in_a_pipeline_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let guard = builder(folder.path()).start().unwrap();
        info!(guard.logger(), "parent");
        let code = in_child(|| {
            let own = Pipeline::builder()
                .queue_folder(folder.path().join("queue"))
                .route(Route::new("own", drain(folder.path(), "own").0))
                .start()
                .unwrap();
            info!(own.logger(), "child");
            i32::from(own.shutdown(PATIENCE).finished)
        });
        assert_eq!(code, Some(1));
        assert!(guard.shutdown(PATIENCE).finished);
        assert_eq!(lines(folder.path(), "own")[0]["event"], "child");
        assert_eq!(lines(folder.path(), "general").len(), 1);
    }

    /// Waits for a file that another process makes.
    fn wait_for(path: &Path) {
        let deadline = Instant::now() + PATIENCE;
        while !path.exists() {
            assert!(Instant::now() < deadline, "no {}", path.display());
            thread::yield_now();
        }
    }

    #[test]
    fn a_child_that_lives_longer_does_not_keep_what_its_dead_parent_has_left_from_being_written() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        let (alive, over) = (place("alive"), place("over"));
        // ends when nobody holds its other end any more
        let (mut gone, held) = io::pipe().unwrap();
        let killed = ended_child(|| {
            let (held, gate) = drain(folder.path(), "held");
            let guard = builder(folder.path()).route(Route::new("held", held)).start().unwrap();
            info!(guard.logger(), "gate");
            gate.wait();
            info!(guard.logger(), "in the queue");
            thread::scope(|scope| {
                scope.spawn(|| {
                    in_child(|| {
                        fs::write(&alive, std::process::id().to_string()).unwrap();
                        wait_for(&over);
                        0
                    })
                });
                wait_for(&alive);
                kill_process(getpid(), Signal::KILL).unwrap();
            });
            0
        });
        drop(held);
        assert_eq!(killed.signal(), Some(Signal::KILL.as_raw()));
        let later = builder(folder.path()).start().unwrap();
        assert!(later.flush(PATIENCE).finished);
        let child = fs::read_to_string(&alive).unwrap().parse().unwrap();
        assert!(test_kill_process(Pid::from_raw(child).unwrap()).is_ok(), "the child lives");
        let recovered: Vec<_> = lines(folder.path(), "general")
            .into_iter()
            .filter(|line| line["recovered"] == true)
            .map(|line| line["event"].clone())
            .collect();
        assert_eq!(recovered, ["gate", "in the queue"]);
        fs::write(&over, "").unwrap();
        assert!(later.shutdown(PATIENCE).finished);
        assert_eq!(gone.read_to_end(&mut Vec::new()).unwrap(), 0);
    }

    #[test]
    fn a_file_of_the_parent_is_closed_in_the_child_and_its_number_left_alone() {
        Home::here();
        let folder = tempfile::tempdir().unwrap();
        let file = NotInherited::new(File::create(folder.path().join("file")).unwrap());
        let number = file.file().map(AsRawFd::as_raw_fd);
        let code = in_child(|| {
            assert!(file.file().is_none());
            // gets the lowest number that is free
            let other = File::create(folder.path().join("other")).unwrap();
            assert_eq!(Some(other.as_raw_fd()), number);
            drop(file);
            i32::from(other.metadata().is_ok())
        });
        assert_eq!(code, Some(1));
    }

    #[test]
    fn a_lock_of_this_process_is_taken_however_long_it_takes() {
        let mutex = Mutex::new(());
        assert!(Home::here().lock(&mutex).is_some());
    }
}
