//! A run is over, and what it left is written by the next one. A crash is an image: the folder of the queue and the
//! contents of the destinations, copied at one moment. Each such moment is a kill point.

use std::{
    fs,
    path::Path,
    sync::{Arc, Barrier, Mutex},
    thread,
    time::Instant,
};

use logger_core::{
    Batch, Category, Context, Drain, DrainError, Filter, Format as _, Journal, JsonFormat, LoggerExt as _,
    Mark, Overflow, OverflowPolicy, PipelineBuilder, Record, Report, RingSizes, Route, error, info,
};
use serde_json::Value;

use crate::support::{Collector, Gate, PATIENCE, assert_balanced, one, pipeline};

/// A destination that outlives a pipeline.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Vec<String>>>);

impl Disk {
    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// What [`log_some`] logged, as far as it is here.
    pub(crate) fn texts(&self) -> Vec<Value> {
        let (ids, events) = (self.field("id"), self.field("event"));
        ids.into_iter().zip(events).map(|(id, event)| if id.is_null() { event } else { id }).collect()
    }

    pub(crate) fn field(&self, key: &str) -> Vec<Value> {
        self.lines().iter().map(|line| serde_json::from_str::<Value>(line).unwrap()[key].clone()).collect()
    }
}

impl Journal for Disk {
    fn mark(&self) -> Option<Mark> {
        Some(Mark::new([self.0.lock().unwrap().len() as u64, 0, 0]))
    }

    fn records_since(&self, mark: Mark, _: Batch<'_>) -> std::io::Result<u64> {
        Ok(self.0.lock().unwrap().len() as u64 - mark.words()[0])
    }
}

/// Writes to a [`Disk`] line by line; `at` is called around each of them.
struct DiskDrain<F> {
    disk: Disk,
    buffered: Vec<String>,
    at: F,
}

/// What a test lets happen at a point of a [`DiskDrain`].
pub(crate) enum Then {
    GoOn,
    /// The flush ends here with an error.
    Fail,
}

impl<F: FnMut() -> Then + Send> Drain for DiskDrain<F> {
    fn log(&mut self, record: &Record<'_>) -> Result<(), DrainError> {
        let mut line = Vec::new();
        JsonFormat::default().format(record, &mut line);
        self.buffered.push(String::from_utf8(line).unwrap());
        (self.at)();
        Ok(())
    }

    fn flush(&mut self, _: Instant) -> Result<(), DrainError> {
        for (arrived, line) in std::mem::take(&mut self.buffered).into_iter().enumerate() {
            if let Then::Fail = (self.at)() {
                return Err(DrainError::new("disk full").with_arrived(arrived as u64));
            }
            self.disk.0.lock().unwrap().push(line);
        }
        (self.at)();
        Ok(())
    }
}

/// The two destinations of these tests.
#[derive(Clone, Default)]
pub(crate) struct Disks {
    pub(crate) general: Disk,
    trades: Disk,
}

impl Disks {
    /// The same contents, on disks of their own.
    fn copy(&self) -> Disks {
        let copy = |disk: &Disk| Disk(Arc::new(Mutex::new(disk.lines())));
        Disks { general: copy(&self.general), trades: copy(&self.trades) }
    }

    /// How many records of [`log_some`] are not yet in all of their places, and how many of these are trades.
    pub(crate) fn missing(&self) -> (u64, u64) {
        let (general, trades) = (self.general.texts(), self.trades.texts());
        let all = (0..THREADS).flat_map(|thread| (0..RECORDS).map(move |n| (thread, n)));
        let is_missing = |&(thread, n): &(usize, usize)| {
            let text = Value::from(format!("{thread}.{n}"));
            !general.contains(&text) || is_trade(n) && !trades.contains(&text)
        };
        all.filter(is_missing)
            .fold((0, 0), |(all, trades), (_, n)| (all + 1, trades + u64::from(is_trade(n))))
    }

    pub(crate) fn routes(
        &self,
        builder: PipelineBuilder,
        at: impl FnMut() -> Then + Send + Clone + 'static,
    ) -> PipelineBuilder {
        self.each_route(at).into_iter().fold(builder, PipelineBuilder::route)
    }

    fn each_route(&self, at: impl FnMut() -> Then + Send + Clone + 'static) -> [Route; 2] {
        let drain = |disk: &Disk| DiskDrain { disk: disk.clone(), buffered: Vec::new(), at: at.clone() };
        let general = Route::new("general", drain(&self.general)).journal(Arc::new(self.general.clone()));
        let trades = Route::new("trades", drain(&self.trades)).journal(Arc::new(self.trades.clone()));
        [general, trades.filter(Filter::category(Category::Trade))]
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    set_private(to);
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[cfg(unix)]
fn set_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
}

#[cfg(not(unix))]
fn set_private(_: &Path) {}

const SMALL: RingSizes = RingSizes { trade: 2048, general: 4096 };

pub(crate) fn queue_in(folder: &Path) -> PipelineBuilder {
    let keep = OverflowPolicy::Keep { wait: std::time::Duration::ZERO, spill: 1 << 20 };
    let overflow = Overflow::default().trades(keep).errors(keep).general(keep);
    pipeline().ring_sizes(SMALL).overflow(overflow).queue_folder(folder)
}

/// Recovers an image with healthy drains. The report is that of the recovering run.
pub(crate) fn recover(folder: &Path, disks: &Disks) -> Report {
    let guard = disks.routes(queue_in(folder), || Then::GoOn).start().unwrap();
    let flushed = guard.flush(PATIENCE);
    assert!(flushed.finished);
    let left: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 1, "only the recovering run is there: {left:?}");
    guard.shutdown(PATIENCE)
}

/// Everything that [`log_some`] logs is there, once, in order.
#[track_caller]
fn assert_complete(disks: &Disks, point: &str) {
    let events = |disk: &Disk| -> Vec<String> {
        let of_run = disk.lines().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
        of_run
            .filter(|line| line["category"] != "logger")
            .inspect(|line| assert_eq!(line["expert_name"], "MyEmaBot", "{point}"))
            .map(|line| line.get("id").unwrap_or(&line["event"]).as_str().unwrap().to_owned())
            .collect()
    };
    let general = events(&disks.general);
    let trades = events(&disks.trades);
    for thread in 0..THREADS {
        let of_thread: Vec<_> = general.iter().filter(|it| it.starts_with(&format!("{thread}."))).collect();
        let expected: Vec<_> = (0..RECORDS).map(|n| format!("{thread}.{n}")).collect();
        // trades have a ring of their own, so that order holds within a class
        for trade in [true, false] {
            let of_class = |n: usize| is_trade(n) == trade;
            let found: Vec<_> = of_thread.iter().filter(|it| of_class(number(it))).collect();
            let wanted: Vec<_> = expected.iter().filter(|it| of_class(number(it))).collect();
            assert_eq!(found.len(), wanted.len(), "{point}: thread {thread}, trade {trade}: {found:?}");
            assert!(found.iter().zip(&wanted).all(|(a, b)| a.as_str() == b.as_str()), "{point}: {found:?}");
        }
    }
    assert_eq!(general.len(), THREADS * RECORDS, "{point}: nothing else and nothing twice");
    let wanted = THREADS * (0..RECORDS).filter(|&n| is_trade(n)).count();
    assert_eq!(trades.len(), wanted, "{point}: {trades:?}");
}

const THREADS: usize = 2;
const RECORDS: usize = 40;

fn number(event: &str) -> usize {
    event.split_once('.').unwrap().1.parse().unwrap()
}

fn is_trade(n: usize) -> bool {
    n.is_multiple_of(3)
}

fn log_some(log: &logger_core::Logger) {
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let log = log.bind(&Context::new().expert_name("MyEmaBot"));
            let trades = log.trade();
            thread::spawn(move || {
                for n in 0..RECORDS {
                    let log = if is_trade(n) { &trades } else { &log };
                    // in each of the ways that there are
                    match n / 3 % 3 {
                        0 => logger_core::info!(log, "static"; "id" => format!("{thread}.{n}")),
                        1 => logger_core::slog::info!(log, "static"; "id" => format!("{thread}.{n}")),
                        _ => info!(log, "{thread}.{n}"),
                    }
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

/// Crash images, made at kill points.
#[derive(Clone)]
struct Camera {
    folder: std::path::PathBuf,
    images: Arc<Mutex<Vec<(std::path::PathBuf, Disks)>>>,
    disks: Disks,
    target: std::path::PathBuf,
}

impl Camera {
    fn new(folder: &Path, disks: &Disks, target: &Path) -> Self {
        let (folder, target) = (folder.to_owned(), target.to_owned());
        Camera { folder, images: Arc::default(), disks: disks.clone(), target }
    }

    fn shoot(&self) {
        let mut images = self.images.lock().unwrap();
        let image = self.target.join(format!("image-{}", images.len()));
        copy_folder(&self.folder, &image);
        images.push((image, self.disks.copy()));
    }

    fn images(&self) -> Vec<(std::path::PathBuf, Disks)> {
        std::mem::take(&mut self.images.lock().unwrap())
    }
}

/// Logs while the worker stands still, then lets it write; the images are those of its kill points.
pub(crate) fn crash_images(temp: &Path) -> Vec<(std::path::PathBuf, Disks)> {
    let folder = temp.join("queue");
    let disks = Disks::default();
    let camera = Camera::new(&folder, &disks, temp);
    let barrier = Arc::new(Barrier::new(2));
    let mut waited = false;
    let hold = {
        let (barrier, camera) = (Arc::clone(&barrier), camera.clone());
        move || {
            if !std::mem::replace(&mut waited, true) {
                barrier.wait();
                barrier.wait();
            }
            camera.shoot();
            Then::GoOn
        }
    };
    let hold = Arc::new(Mutex::new(hold));
    let guard = disks.routes(queue_in(&folder), move || (hold.lock().unwrap())()).start().unwrap();
    let log = guard.logger();
    let logging = thread::spawn({
        let log = log.clone();
        move || log_some(&log)
    });
    barrier.wait();
    logging.join().unwrap();
    barrier.wait();
    let report = guard.shutdown(PATIENCE);
    assert!(report.finished);
    assert_balanced(&report);
    assert_complete(&disks, "without a crash");
    assert!(!folder.exists(), "a run that ended in order leaves nothing");
    camera.images()
}

#[test]
fn killed_at_any_point_each_record_is_written_once_and_in_order() {
    let temp = tempfile::tempdir().unwrap();
    let images = crash_images(temp.path());
    assert!(images.len() > 100, "{} kill points", images.len());
    for (point, (folder, disks)) in images.into_iter().enumerate() {
        let _ = recover(&folder, &disks);
        assert_complete(&disks, &format!("kill point {point}"));
        let again = recover(&folder, &disks);
        assert_eq!(again.health.total().accepted, 0);
        assert_complete(&disks, &format!("kill point {point}, recovered again"));
    }
}

#[test]
fn routes_that_stand_in_another_order_than_in_the_run_that_died_are_told_by_their_names() {
    let temp = tempfile::tempdir().unwrap();
    for (point, (folder, disks)) in crash_images(temp.path()).into_iter().enumerate().step_by(7) {
        let routes = disks.each_route(|| Then::GoOn).into_iter().rev();
        let guard = routes.fold(queue_in(&folder), PipelineBuilder::route).start().unwrap();
        assert_eq!(guard.await_recovery(PATIENCE).postponed, 0);
        let _ = guard.shutdown(PATIENCE);
        assert_complete(&disks, &format!("kill point {point}"));
    }
}

#[test]
fn of_two_runs_the_older_one_is_written_first() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("both");
    let ids = [0, 1].map(|n| {
        let images = temp.path().join(n.to_string());
        let (image, _) = crash_images(&images).swap_remove(0);
        let run = fs::read_dir(image).unwrap().next().unwrap().unwrap();
        copy_folder(&run.path(), &folder.join(run.file_name()));
        run.file_name().to_str().unwrap().split_once('-').unwrap().1.to_owned()
    });
    set_private(&folder);
    let disks = Disks::default();
    let _ = recover(&folder, &disks);
    // the younger one, which saw another disk, takes a line of the older one for that of its open batch
    let mut runs = disks.general.field("run");
    assert_eq!(runs.len(), 2 * THREADS * RECORDS - 1);
    runs.dedup();
    assert_eq!(runs, ids, "all of one, then all of the other");
}

#[test]
fn killed_again_at_any_point_of_the_recovery_the_result_is_the_same() {
    let temp = tempfile::tempdir().unwrap();
    let images = crash_images(temp.path());
    let mut points = 0;
    for (first, (folder, disks)) in images.into_iter().enumerate().step_by(23) {
        let camera = Camera::new(&folder, &disks, &temp.path().join(format!("second-{first}")));
        let shoot = {
            let camera = camera.clone();
            move || {
                camera.shoot();
                Then::GoOn
            }
        };
        let guard = disks.routes(queue_in(&folder), shoot).start().unwrap();
        let _ = guard.shutdown(PATIENCE);
        for (second, (folder, disks)) in camera.images().into_iter().enumerate().step_by(7) {
            let _ = recover(&folder, &disks);
            assert_complete(&disks, &format!("kill points {first} and {second}"));
            points += 1;
        }
    }
    assert!(points > 30, "{points} pairs of kill points");
}

#[test]
fn a_disk_that_is_full_during_the_recovery_loses_and_doubles_nothing() {
    let temp = tempfile::tempdir().unwrap();
    let images = crash_images(temp.path());
    for (point, (folder, disks)) in images.into_iter().enumerate().step_by(31) {
        let (fallback, fallen) = Collector::new();
        let mut calls = 0;
        let failing = Arc::new(Mutex::new(move || {
            calls += 1;
            // full in the middle of the first flush, and at the second try
            if (5..8).contains(&calls) { Then::Fail } else { Then::GoOn }
        }));
        let builder = queue_in(&folder).fallback(fallback);
        let guard = disks.routes(builder, move || (failing.lock().unwrap())()).start().unwrap();
        while fs::read_dir(&folder).unwrap().count() > 1 {
            let _ = guard.flush(PATIENCE);
        }
        let _ = guard.shutdown(PATIENCE);
        assert_complete(&disks, &format!("kill point {point}"));
        let to_stderr = fallen.field("category");
        assert!(to_stderr.iter().all(|it| it == "logger"), "what is recovered waits instead: {to_stderr:?}");
    }
}

#[test]
fn what_earlier_runs_have_left_is_written_by_a_call_that_does_nothing_else() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, disks) = crash_images(temp.path()).swap_remove(0);
    let refusing = disks.routes(queue_in(&folder), || Then::Fail).recover(std::time::Duration::ZERO).unwrap();
    assert_eq!((refusing.runs, refusing.postponed), (0, 1), "a drain refuses, or nobody has looked yet");
    // it had no time to wait for the end of its own run
    let deadline = Instant::now() + PATIENCE;
    while fs::read_dir(&folder).unwrap().count() > 1 && Instant::now() < deadline {
        thread::yield_now();
    }
    let recovered = disks.routes(queue_in(&folder), || Then::GoOn).recover(PATIENCE).unwrap();
    assert_eq!((recovered.runs, recovered.postponed, recovered.unreadable), (1, 0, 0));
    assert_eq!(recovered.records, (THREADS * RECORDS) as u64);
    assert_eq!(recovered.trades, (THREADS * (0..RECORDS).filter(|&n| is_trade(n)).count()) as u64);
    assert_complete(&disks, "by a call");
    assert!(!folder.exists(), "nothing is left");
    let again = disks.routes(queue_in(&folder), || Then::GoOn).recover(PATIENCE).unwrap();
    assert_eq!((again.runs, again.records), (0, 0));
    assert_complete(&disks, "by a second call");
}

/// A value whose text is not ready before the barrier is met a second time.
struct Slow(Arc<Barrier>);

impl std::fmt::Display for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.wait();
        self.0.wait();
        f.write_str("slow")
    }
}

#[test]
fn a_thread_that_is_stopped_in_the_middle_of_a_record_hides_nothing_that_others_log_after_it() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, disks) = (temp.path().join("queue"), Disks::default());
    let (held, worker) = (Arc::new(Mutex::new(false)), Arc::new(Barrier::new(2)));
    let at = {
        let (held, worker) = (Arc::clone(&held), Arc::clone(&worker));
        move || {
            if std::mem::take(&mut *held.lock().unwrap()) {
                worker.wait();
                worker.wait();
            }
            Then::GoOn
        }
    };
    let guard = disks.routes(queue_in(&folder), at).start().unwrap();
    let value = Arc::new(Barrier::new(2));
    thread::scope(|scope| {
        let (log, slow) = (guard.logger(), Slow(Arc::clone(&value)));
        scope.spawn(move || info!(log, "stopped"; "value" => %slow));
        value.wait();
        // alive: the others' records arrive
        let log = guard.logger();
        (0..10).for_each(|n| info!(log, "alive"; "n" => n));
        assert!(guard.flush(PATIENCE).finished);
        assert_eq!(disks.general.field("n"), (0..10).map(Value::from).collect::<Vec<_>>());
        // killed: they are in the rings
        *held.lock().unwrap() = true;
        (10..20).for_each(|n| info!(log, "killed"; "n" => n));
        worker.wait();
        let (image, left) = (temp.path().join("image"), disks.copy());
        copy_folder(&folder, &image);
        worker.wait();
        value.wait();
        let _ = recover(&image, &left);
        assert_eq!(left.general.field("n"), (0..20).map(Value::from).collect::<Vec<_>>());
    });
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(disks.general.field("value").iter().filter(|it| *it == "slow").count(), 1);
}

#[test]
fn recovered_records_say_so_and_keep_their_run_thread_time_and_number() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, disks) = crash_images(temp.path()).swap_remove(0);
    let _ = recover(&folder, &disks);
    let runs = disks.general.field("run");
    assert!(runs.windows(2).all(|pair| pair[0] == pair[1]) && runs[0].is_string());
    let seqs: Vec<_> = disks.general.field("seq").iter().map(|seq| seq.as_u64().unwrap()).collect();
    assert!(seqs.iter().copied().eq(1..=(THREADS * RECORDS) as u64), "{seqs:?}");
    assert!(disks.general.field("recovered").iter().all(|it| it == true));
    assert!(disks.general.field("timestamp").is_sorted_by_key(|it| it.as_str().unwrap().to_owned()));
    assert!(disks.general.field("thread").iter().all(|it| it.as_str().unwrap().starts_with("thread-")));
}

#[test]
fn a_hundred_thousand_short_threads_leave_a_handful_of_files() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("queue");
    let (guard, lines) = one(queue_in(&folder));
    let run = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let files = || fs::read_dir(&run).unwrap().count();
    let mut most = 0;
    for round in 0..1_000 {
        let log = guard.logger();
        // a hundred one after another, in one thread that waits for each
        thread::scope(|scope| {
            for n in 0..100 {
                let log = &log;
                scope.spawn(move || info!(log, "x"; "n" => round * 100 + n)).join().unwrap();
            }
        });
        most = most.max(files());
        // on a busy machine the worker may not get to run for so long that the rings are full
        assert!(guard.flush(PATIENCE).finished);
    }
    let report = guard.shutdown(PATIENCE);
    assert_balanced(&report);
    assert_eq!(lines.len(), 100_000);
    // a thread may begin while the one before it still gives its ring back, or while that ring is full; each has a spill
    assert!(most <= 4 + 2 * 16, "{most} files");
}

#[test]
fn a_live_run_is_left_alone() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path().join("queue");
    let disks = Disks::default();
    let barrier = Arc::new(Barrier::new(2));
    let mut waited = false;
    let hold = Arc::new(Mutex::new({
        let barrier = Arc::clone(&barrier);
        move || {
            if !std::mem::replace(&mut waited, true) {
                barrier.wait();
                barrier.wait();
            }
            Then::GoOn
        }
    }));
    let live = disks.routes(queue_in(&folder), move || (hold.lock().unwrap())()).start().unwrap();
    info!(live.logger(), "of the live run");
    barrier.wait();
    let (other, lines) = one(queue_in(&folder));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "both are there");
    info!(other.logger(), "of the other run");
    let _ = other.shutdown(PATIENCE);
    assert_eq!(lines.events(), ["of the other run"]);
    barrier.wait();
    let _ = live.shutdown(PATIENCE);
    assert_eq!(disks.general.field("event"), ["of the live run"]);
}

#[test]
fn a_start_waits_with_its_own_records_until_another_one_has_recovered() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, disks) = crash_images(temp.path()).swap_remove(0);
    let (inside, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let mut waited = false;
    let hold = Arc::new(Mutex::new({
        let (inside, go_on) = (Arc::clone(&inside), Arc::clone(&go_on));
        move || {
            if !std::mem::replace(&mut waited, true) {
                inside.wait();
                go_on.wait();
            }
            Then::GoOn
        }
    }));
    let first = disks.routes(queue_in(&folder), move || (hold.lock().unwrap())()).start().unwrap();
    inside.wait();
    let second = disks.routes(queue_in(&folder), || Then::GoOn).start().unwrap();
    info!(second.logger(), "of the second start");
    // as long as the first one is in the middle of it, nothing comes of the second one
    assert!(!second.flush(std::time::Duration::from_millis(300)).finished);
    assert_eq!(disks.general.lines(), [""; 0]);
    go_on.wait();
    assert!(second.shutdown(PATIENCE).finished && first.shutdown(PATIENCE).finished);
    let events = disks.general.field("event");
    assert_eq!(events.last().unwrap(), "of the second start");
    assert_eq!(events.len(), THREADS * RECORDS + 1);
}

#[test]
fn a_run_that_was_half_made_or_half_removed_is_tidied_up_without_a_word() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, disks) = crash_images(temp.path()).swap_remove(0);
    let run = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    for name in ["new-1", "old-1"] {
        let half = folder.join(name);
        fs::create_dir(&half).unwrap();
        fs::copy(run.join("lock"), half.join("lock")).unwrap();
        fs::write(half.join("run.json"), "").unwrap();
    }
    let _ = recover(&folder, &disks);
    assert_complete(&disks, "beside halves");
}

#[test]
fn what_another_version_has_left_is_neither_read_nor_removed_and_reported() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, _) = crash_images(temp.path()).swap_remove(0);
    let run = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let description = fs::read_to_string(run.join("run.json")).unwrap();
    fs::write(run.join("run.json"), description.replace("\"layout\":", "\"layout\":99")).unwrap();
    let (reports, reported) = Collector::new();
    let (guard, lines) = one(queue_in(&folder).reports(reports));
    let recovered = guard.await_recovery(PATIENCE);
    assert_eq!((recovered.runs, recovered.postponed, recovered.unreadable), (0, 0, 1));
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.len(), 0);
    assert!(run.join("run.json").exists() && run.join("plan").exists() && run.join("ring-0").exists());
    assert_eq!(reported.events(), ["what an earlier run has left cannot be read and stays"]);
    assert_eq!(reported.field("reason"), ["its layout is 993, this version reads 3"]);
}

#[test]
fn what_cannot_be_read_is_reported_once_however_often_it_is_looked_at() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, disks) = crash_images(temp.path()).swap_remove(0);
    let run = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let unreadable = run.with_extension("unreadable");
    fs::create_dir(&unreadable).unwrap();
    fs::write(unreadable.join("lock"), "").unwrap();
    let (reports, reported) = Collector::new();
    let mut calls = 0;
    let refusing = Arc::new(Mutex::new(move || {
        calls += 1;
        if calls < 6 { Then::Fail } else { Then::GoOn }
    }));
    let builder = queue_in(&folder).reports(reports);
    let guard = disks.routes(builder, move || (refusing.lock().unwrap())()).start().unwrap();
    while run.exists() {
        let _ = guard.flush(PATIENCE);
    }
    let _ = guard.shutdown(PATIENCE);
    let times = |what: &str| reported.events().iter().filter(|&event| event == what).count();
    assert!(
        times("an earlier run cannot be recovered yet; what it left is kept") > 0,
        "it is looked at again"
    );
    assert_eq!(times("what an earlier run has left cannot be read and stays"), 1);
    assert!(unreadable.exists());
}

#[test]
fn where_the_folder_cannot_be_made_the_queue_is_in_the_next_one_or_on_the_heap_and_that_is_reported() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("file");
    fs::write(&file, "").unwrap();
    let (reports, reported) = Collector::new();
    let second = temp.path().join("second");
    let (guard, lines) = one(pipeline().queue_folder(&file).queue_folder(&second).reports(reports));
    assert_eq!(fs::read_dir(&second).unwrap().count(), 1, "the run is in the second place");
    info!(guard.logger(), "x");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.events(), ["x"]);
    assert_eq!(reported.events(), ["queue cannot be kept in a folder; the next place is tried"]);

    let (reports, reported) = Collector::new();
    let (guard, lines) = one(pipeline().queue_folder(&file).reports(reports));
    error!(guard.logger(), "y");
    let _ = guard.shutdown(PATIENCE);
    assert_eq!(lines.events(), ["y"]);
    assert_eq!(reported.events()[1], "queue is on the heap: a kill loses what is in it");
}

#[test]
#[cfg(target_os = "linux")]
fn files_of_the_queue_that_are_cut_or_removed_while_mapped_stop_nobody() {
    let temp = tempfile::tempdir().unwrap();
    for (round, cut) in [0, 4096, 6000].into_iter().enumerate() {
        let folder = temp.path().join(format!("queue-{round}"));
        let (reports, reported) = Collector::new();
        let (guard, lines) = one(queue_in(&folder).reports(reports));
        let log = guard.logger();
        info!(log, "before");
        assert!(guard.flush(PATIENCE).finished);
        let run = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        for name in ["ring-0", "plan"] {
            fs::OpenOptions::new().write(true).open(run.join(name)).unwrap().set_len(cut).unwrap();
        }
        fs::remove_dir_all(&run).unwrap();
        for _ in 0..50 {
            for _ in 0..10 {
                info!(log, "while it is gone");
            }
            let _ = guard.flush(PATIENCE);
        }
        info!(log, "after");
        let report = guard.shutdown(PATIENCE);
        assert!(report.finished, "{report:?}");
        assert_balanced(&report);
        assert_eq!((report.health.general.accepted, report.health.general.pending), (502, 0));
        let events = lines.events();
        assert!(events.len() > 450, "cut to {cut}: {}", events.len());
        assert!(
            events.contains(&"before".to_owned()) && events.contains(&"after".to_owned()),
            "cut to {cut}"
        );
        assert!(reported.events().iter().any(|it| it.starts_with("somebody has cut the memory")));
    }
}

/// Cuts the memory under records that the worker has not read.
#[test]
#[cfg(target_os = "linux")]
fn records_in_memory_that_was_cut_are_counted_as_damaged() {
    let temp = tempfile::tempdir().unwrap();
    // what had no room in the small ring is in its spill, which nobody has cut
    for cut in [0, 4096, 6000] {
        let folder = temp.path().join(format!("queue-{cut}"));
        let (inner, lines) = Collector::new();
        let (reports, reported) = Collector::new();
        let barrier = Arc::new(Barrier::new(2));
        let gate = Gate { barrier: Arc::clone(&barrier), inner, passed: false };
        let guard = queue_in(&folder).route(Route::new("gate", gate)).reports(reports).start().unwrap();
        let log = guard.logger();
        info!(log, "first");
        barrier.wait();
        let note = "x".repeat(100);
        (0..40).for_each(|_| info!(log, "not read yet"; "note" => note.as_str()));
        let run = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
        fs::OpenOptions::new().write(true).open(run.join("ring-0")).unwrap().set_len(cut).unwrap();
        (0..5).for_each(|_| info!(log, "behind what cannot be read"));
        barrier.wait();
        assert!(guard.flush(PATIENCE).finished);
        info!(log, "after");
        let report = guard.shutdown(PATIENCE);
        assert!(report.finished, "cut to {cut}: {report:?}");
        assert_balanced(&report);
        let general = report.health.general;
        assert_eq!((general.accepted, general.pending), (47, 0), "cut to {cut}: {general:?}");
        assert_eq!(general.written + general.dropped.damaged, 47, "cut to {cut}: {general:?}");
        assert!((1..40).contains(&general.dropped.damaged), "cut to {cut}: {general:?}");
        assert_eq!(general.dropped.total(), general.dropped.damaged, "cut to {cut}: {general:?}");
        let figure = format!(
            "logger_records_dropped_total{{class=\"general\",reason=\"damaged\"}} {}\n",
            general.dropped.damaged
        );
        assert!(report.health.to_prometheus().contains(&figure));
        let events = lines.events();
        let whole = events
            .iter()
            .filter(|it| ["first", "after", "behind what cannot be read"].contains(&it.as_str()));
        assert_eq!(whole.count(), 7, "cut to {cut}: {events:?}");
        let told = reported.field("general_damaged");
        let told = told.iter().rev().find_map(serde_json::Value::as_u64);
        assert_eq!(told, Some(general.dropped.damaged), "{:?}", reported.events());
    }
}

#[test]
fn damaged_images_never_panic_and_intact_rings_are_found() {
    let temp = tempfile::tempdir().unwrap();
    let (folder, _) = crash_images(temp.path()).swap_remove(0);
    let run = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let mut state = 7_u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for round in 0..60 {
        let image = temp.path().join(format!("damaged-{round}"));
        let name = run.file_name().unwrap();
        copy_folder(&folder, &image);
        let file = image.join(name).join(["ring-0", "ring-1", "plan", "run.json"][round % 4]);
        let mut bytes = fs::read(&file).unwrap();
        match round / 4 % 3 {
            0 => (0..8).for_each(|_| {
                let at = random(bytes.len().min(8192));
                bytes[at] ^= 1 << random(8);
            }),
            1 => bytes.truncate(random(bytes.len())),
            _ => {
                let at = random(bytes.len());
                let end = bytes.len().min(at + 600);
                bytes[at..end].fill(0);
            }
        }
        fs::write(&file, bytes).unwrap();
        let (guard, lines) = one(queue_in(&image));
        info!(guard.logger(), "alive");
        let report = guard.shutdown(PATIENCE);
        assert!(report.finished);
        assert_eq!(lines.events().last().map(String::as_str), Some("alive"), "round {round}");
    }
}
