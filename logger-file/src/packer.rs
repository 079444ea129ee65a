//! Packs ended files beside the writing: a thread of its own, and the steps that a kill may come between.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use crate::{
    FileError, Fs, FsFile, Kind, Meta, Writers,
    backups::{Backup, backups},
    compression::{pack, same, unpacked},
    naming::{Names, Packing},
    packing_turns::{PackingTurns, Turn},
};

/// Has the ended files of one log file packed.
pub(crate) struct Packer {
    bench: Arc<Bench>,
    /// Once there was something to pack.
    thread: Option<Thread>,
}

/// Ends with its handle.
struct Thread {
    jobs: mpsc::Sender<Vec<Meta>>,
    failures: mpsc::Receiver<FileError>,
}

/// What the thread works with.
struct Bench {
    fs: Arc<dyn Fs>,
    names: Names,
    packing: Packing,
    /// Held while names of backups change, by the drain that renames them and by the thread that packs them: for a few
    /// renames, and never while anything is read or written.
    lock: Mutex<()>,
    /// In its place where several processes write: the drain renames in its turn only.
    turns: Option<PackingTurns>,
    stop: AtomicBool,
}

impl Packer {
    pub(crate) fn new(fs: &Arc<dyn Fs>, names: &Names, packing: Packing, writers: Writers) -> Self {
        Packer { bench: Arc::new(Bench::new(fs, names, packing, writers)), thread: None }
    }

    /// While it is held no backup gets another name by packing. Where several write it is the turn that sees to that.
    pub(crate) fn hold(&self) -> MutexGuard<'_, ()> {
        self.bench.lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the plain backups packed that are there; no recovery needs them.
    pub(crate) fn pack(&mut self) -> Result<(), FileError> {
        let files = plain(&*self.bench.fs, &self.bench.names)?;
        if files.is_empty() {
            return Ok(());
        }
        let thread = match self.thread.take() {
            Some(thread) => thread,
            None => Thread::start(Arc::clone(&self.bench)).map_err(|source| self.bench.error(source))?,
        };
        let _ = self.thread.insert(thread).jobs.send(files);
        Ok(())
    }

    /// What went wrong since the last call.
    pub(crate) fn failures(&self) -> impl Iterator<Item = FileError> + '_ {
        self.thread.iter().flat_map(|thread| thread.failures.try_iter())
    }
}

impl Drop for Packer {
    fn drop(&mut self) {
        // it is not waited for: what it leaves half done is done again by the next start
        self.bench.stop.store(true, Ordering::Release);
    }
}

impl Thread {
    fn start(bench: Arc<Bench>) -> io::Result<Self> {
        let (jobs, waiting) = mpsc::channel::<Vec<Meta>>();
        let (failed, failures) = mpsc::channel();
        thread::Builder::new().name("log-packer".into()).spawn(move || {
            step_back();
            for file in waiting.into_iter().flatten() {
                if let Err(error) = bench.pack(&file) {
                    let _ = failed.send(error);
                }
            }
        })?;
        Ok(Thread { jobs, failures })
    }
}

/// The plain ones among the backups, the oldest first.
fn plain(fs: &dyn Fs, names: &Names) -> Result<Vec<Meta>, FileError> {
    let plain = backups(fs, names)?.into_iter().filter(|it| it.packing == Packing::Plain);
    Ok(plain.map(|it| it.meta).rev().collect())
}

impl Bench {
    fn new(fs: &Arc<dyn Fs>, names: &Names, packing: Packing, writers: Writers) -> Self {
        let (fs, names) = (Arc::clone(fs), names.clone());
        let turns = names.folder().filter(|_| writers == Writers::Several).map(PackingTurns::new);
        Bench { fs, names, packing, lock: Mutex::default(), turns, stop: AtomicBool::default() }
    }

    fn error(&self, source: io::Error) -> FileError {
        FileError::Pack { path: self.names.file().into(), source }
    }

    /// Packs a file, whatever it is called by now. One that is gone was deleted meanwhile, or another process has packed it.
    fn pack(&self, file: &Meta) -> Result<(), FileError> {
        let Some(_turn) = self.packs_alone() else { return Ok(()) };
        match self.pack_alone(file) {
            Err(_) if self.is_stopped() => Ok(()),
            done => done,
        }
    }

    fn pack_alone(&self, file: &Meta) -> Result<(), FileError> {
        let Some((path, reader)) = self.open(file)? else { return Ok(()) };
        if self.is_packed(&path)? {
            return self.finish(file);
        }
        let beside = self.beside();
        self.clear(&beside)?;
        let error = |source| FileError::Pack { path: path.clone(), source };
        let to = self.fs.create(&beside).map_err(error)?;
        let written = self.write(to, reader, file).and_then(|()| self.name(&beside, file));
        match written {
            Ok(()) => self.finish(file),
            Err(source) => {
                let _ = self.fs.remove(&beside);
                Err(error(source))
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// The name it has now, and the file.
    fn open(&self, file: &Meta) -> Result<Option<(PathBuf, Reader)>, FileError> {
        let _held = self.hold()?;
        let Some(Backup { path, .. }) = self.find(file)? else { return Ok(None) };
        let reader = self.fs.read(&path).map_err(|source| FileError::Pack { path: path.clone(), source })?;
        Ok(Some((path, reader)))
    }

    /// Writes the packed file, down to the medium.
    fn write(&self, mut to: Box<dyn FsFile>, reader: Reader, file: &Meta) -> io::Result<()> {
        pack(self.packing, reader, &mut *to, &|| !self.is_stopped())?;
        if let Some(modified) = file.modified {
            // its age is that of its last line
            to.set_modified(modified)?;
        }
        to.sync()
    }

    /// Gives the packed file the name that belongs to the plain one now.
    fn name(&self, beside: &Path, file: &Meta) -> io::Result<()> {
        let held = self.hold().map_err(io::Error::other)?;
        let Some(Backup { path, .. }) = self.find(file).map_err(io::Error::other)? else {
            return self.fs.remove(beside);
        };
        self.fs.rename(beside, &self.packed(&path))?;
        drop(held);
        match path.parent() {
            Some(folder) => self.fs.sync_folder(folder),
            None => Ok(()),
        }
    }

    /// Deletes the plain file if the packed one has all that it has. The packed one may be from before a kill, or be
    /// somebody else's: then both stay.
    fn finish(&self, file: &Meta) -> Result<(), FileError> {
        let Some((path, plain)) = self.open(file)? else { return Ok(()) };
        let error = |source| FileError::Pack { path: path.clone(), source };
        let packed = self.fs.read(&self.packed(&path)).and_then(|it| unpacked(self.packing, it));
        if packed.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            // a file ended meanwhile, and the packed one gave way: it is packed with the next
            return Ok(());
        }
        if !same(plain, packed.map_err(error)?).map_err(error)? {
            return Err(error(io::Error::other("the packed file that is there has something else in it")));
        }
        let _held = self.hold()?;
        let Some(Backup { path, .. }) = self.find(file)? else { return Ok(()) };
        // a file may have ended since, and the packed one given way
        if !self.is_packed(&path)? {
            return Ok(());
        }
        self.fs.remove(&path).map_err(|source| FileError::Delete { path, source })
    }

    /// Whether there is a packed file beside it.
    fn is_packed(&self, path: &Path) -> Result<bool, FileError> {
        let path = self.packed(path);
        match self.fs.inspect(&path) {
            Ok(found) => Ok(found.is_some()),
            Err(source) => Err(FileError::Inspect { path, source }),
        }
    }

    /// Takes away what a kill has left.
    fn clear(&self, beside: &Path) -> Result<(), FileError> {
        match self.fs.inspect(beside) {
            Ok(Some(found)) if found.kind == Kind::File => {
                self.fs.remove(beside).map_err(|source| FileError::Delete { path: beside.into(), source })
            }
            // anything else stands in the way, which its creation will say
            _ => Ok(()),
        }
    }

    /// The backup that is this file. Where the system does not tell files apart, one as long and as old.
    fn find(&self, file: &Meta) -> Result<Option<Backup>, FileError> {
        let is_it = |found: &Meta| match (found.id, file.id) {
            (Some(one), Some(other)) => one == other,
            _ => (found.len, found.modified) == (file.len, file.modified),
        };
        let mut backups = backups(&*self.fs, &self.names)?.into_iter();
        Ok(backups.find(|it| it.packing == Packing::Plain && is_it(&it.meta)))
    }

    fn packed(&self, path: &Path) -> PathBuf {
        let mut name = path.to_owned().into_os_string();
        name.push(self.packing.ending());
        name.into()
    }

    fn beside(&self) -> PathBuf {
        let mut name = self.names.file().to_owned().into_os_string();
        name.push(".packing");
        name.into()
    }

    /// Waits until no other process packs. `None` where it is stopped.
    fn packs_alone(&self) -> Option<Held<'_>> {
        match &self.turns {
            _ if self.is_stopped() => None,
            Some(turns) => turns.packing(&*self.fs, &|| !self.is_stopped()).map(Held::Turn),
            None => Some(Held::Nothing),
        }
    }

    /// Waits until nobody else changes names.
    fn hold(&self) -> Result<Held<'_>, FileError> {
        let Some(turns) = &self.turns else {
            return Ok(Held::Lock(self.lock.lock().unwrap_or_else(PoisonError::into_inner)));
        };
        let turn = turns.names(&*self.fs, &|| !self.is_stopped());
        turn.map(Held::Turn).ok_or_else(|| self.error(io::ErrorKind::Interrupted.into()))
    }
}

/// What keeps others out, given back with the value.
enum Held<'a> {
    Nothing,
    Lock(#[expect(dead_code, reason = "it is held")] MutexGuard<'a, ()>),
    Turn(#[expect(dead_code, reason = "it is held")] Turn<'a>),
}

type Reader = Box<dyn io::Read + Send>;

/// Lets every other thread go first.
fn step_back() {
    // on Linux alone it is the thread that has a priority, elsewhere the whole process
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(19);
}

#[cfg(test)]
#[cfg(all(feature = "gzip", feature = "zstd"))]
mod tests {
    use std::io::ErrorKind;

    use super::*;
    use crate::{
        Naming,
        testing::{FakeFs, Op},
    };

    const TEXT: &str = "one line\nand another\n";

    fn bench(fs: &FakeFs, naming: Naming, packing: Packing) -> Bench {
        let names = Names::new("/logs/a.log".into(), naming);
        let fs: Arc<dyn Fs> = Arc::new(fs.clone());
        Bench::new(&fs, &names, packing, Writers::One)
    }

    fn with_backup(name: &str) -> FakeFs {
        let fs = FakeFs::new();
        fs.put("/logs/a.log", "open\n");
        fs.put(format!("/logs/{name}"), TEXT);
        fs
    }

    fn pack_all(bench: &Bench) -> Result<(), FileError> {
        plain(&*bench.fs, &bench.names)?.iter().try_for_each(|file| bench.pack(file))
    }

    /// What is in the backups, each packed one unpacked; the names that are there.
    fn contents(fs: &FakeFs) -> Vec<(String, String)> {
        let read = |name: &String| {
            let packing = Packing::ALL.into_iter().rfind(|it| name.ends_with(it.ending())).unwrap();
            let reader = Fs::read(fs, Path::new(name)).and_then(|it| unpacked(packing, it));
            let text = reader.and_then(io::read_to_string);
            (name.replace("/logs/", ""), text.unwrap_or_else(|error| error.to_string()))
        };
        fs.names().iter().filter(|name| *name != "/logs/a.log").map(read).collect()
    }

    #[track_caller]
    fn check(fs: &FakeFs, expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(|it| ((*it).to_owned(), TEXT.to_owned())).collect();
        assert_eq!(contents(fs), expected);
    }

    #[test]
    fn an_ended_file_is_packed_under_its_own_name_and_age() {
        for (naming, name) in [(Naming::Numbered, "a.log.1"), (Naming::Dated, "a.2026-01-31.log")] {
            for (packing, ending) in [(Packing::Gzip, ".gz"), (Packing::Zstd, ".zst")] {
                let fs = FakeFs::new();
                fs.set_now(logger_core::Timestamp::from_unix_nanos(7));
                fs.put(format!("/logs/{name}"), TEXT);
                fs.set_now(logger_core::Timestamp::from_unix_nanos(9));
                pack_all(&bench(&fs, naming, packing)).unwrap();
                let packed = format!("{name}{ending}");
                check(&fs, &[&packed]);
                let modified = fs.inspect(Path::new(&format!("/logs/{packed}"))).unwrap().unwrap().modified;
                assert_eq!(modified.unwrap().unix_nanos(), 7);
            }
        }
    }

    #[test]
    fn whatever_fails_one_whole_file_is_there_and_the_next_try_makes_it_good() {
        const OPS: [Op; 9] = [
            Op::Append,
            Op::Create,
            Op::Inspect,
            Op::List,
            Op::Read,
            Op::Remove,
            Op::Rename,
            Op::Sync,
            Op::SyncFolder,
        ];
        for naming in [Naming::Numbered, Naming::Dated] {
            let name = if naming == Naming::Dated { "a.2026-01-31.log" } else { "a.log.1" };
            for (op, nth) in OPS.into_iter().flat_map(|op| (1..12).map(move |nth| (op, nth))) {
                let fs = with_backup(name);
                let bench = bench(&fs, naming, Packing::Gzip);
                fs.fail(op, nth, ErrorKind::Other);
                let _ = pack_all(&bench);
                fs.heal();
                let whole = contents(&fs).iter().filter(|(name, _)| !name.ends_with(".packing")).count();
                assert!(whole > 0 && contents(&fs).iter().all(|(_, text)| text == TEXT), "{op:?} {nth}");
                pack_all(&bench).unwrap();
                check(&fs, &[&format!("{name}.gz")]);
            }
        }
    }

    #[test]
    fn a_kill_or_a_loss_of_power_at_any_step_leaves_a_whole_file_and_the_next_start_finishes() {
        for (power, after) in [false, true].into_iter().flat_map(|power| (0..120).map(move |it| (power, it)))
        {
            let fs = with_backup("a.log.1");
            fs.halt_after(after);
            let _ = pack_all(&bench(&fs, Naming::Numbered, Packing::Zstd));
            fs.heal();
            if power {
                fs.cut_power();
            }
            let visible = contents(&fs);
            let visible: Vec<_> = visible.iter().filter(|(name, _)| !name.ends_with(".packing")).collect();
            assert!(!visible.is_empty() && visible.iter().all(|(_, text)| text == TEXT), "{after}");
            pack_all(&bench(&fs, Naming::Numbered, Packing::Zstd)).unwrap();
            check(&fs, &["a.log.1.zst"]);
        }
    }

    #[test]
    fn a_packed_file_with_something_else_in_it_is_not_trusted_and_not_replaced() {
        let fs = with_backup("a.log.1");
        fs.put("/logs/a.log.1.gz", "no gzip");
        let error = pack_all(&bench(&fs, Naming::Numbered, Packing::Gzip)).unwrap_err();
        assert_eq!(error.to_string(), "cannot pack /logs/a.log.1");
        assert_eq!(fs.read("/logs/a.log.1").unwrap(), TEXT.as_bytes());
        assert_eq!(fs.read("/logs/a.log.1.gz").unwrap(), b"no gzip");
    }

    #[test]
    fn nor_is_a_whole_one_of_another_text() {
        for text in ["one line\nand anothEr\n", "one line\n", "one line\nand another\nand more\n", ""] {
            let other = FakeFs::new();
            other.put("/logs/a.log.1", text);
            pack_all(&bench(&other, Naming::Numbered, Packing::Gzip)).unwrap();
            let fs = with_backup("a.log.1");
            fs.put("/logs/a.log.1.gz", other.read("/logs/a.log.1.gz").unwrap());
            pack_all(&bench(&fs, Naming::Numbered, Packing::Gzip)).unwrap_err();
            assert_eq!(fs.read("/logs/a.log.1").unwrap(), TEXT.as_bytes());
            assert_eq!(contents(&fs)[1].1, text);
        }
    }

    #[test]
    fn a_file_that_is_renamed_or_deleted_meanwhile_is_found_or_left() {
        let fs = with_backup("a.log.1");
        let bench = bench(&fs, Naming::Numbered, Packing::Gzip);
        let files = plain(&fs, &bench.names).unwrap();
        fs.rename(Path::new("/logs/a.log.1"), Path::new("/logs/a.log.2")).unwrap();
        fs.put("/logs/a.log.1", "newer\n");
        bench.pack(&files[0]).unwrap();
        assert_eq!(fs.names(), ["/logs/a.log", "/logs/a.log.1", "/logs/a.log.2.gz"]);
        fs.remove(Path::new("/logs/a.log.1")).unwrap();
        bench.pack(&files[0]).unwrap();
    }

    #[test]
    fn a_packed_file_that_gave_way_to_its_plain_one_costs_nothing() {
        let fs = with_backup("a.log.1");
        let bench = bench(&fs, Naming::Numbered, Packing::Gzip);
        let file = plain(&fs, &bench.names).unwrap()[0];
        fs.put("/logs/a.log.1.gz", packed());
        // it goes between the look into it and the deletion of the plain one
        fs.remove_when_read("/logs/a.log.1.gz");
        bench.pack(&file).unwrap();
        check(&fs, &["a.log.1"]);
        bench.pack(&file).unwrap();
        check(&fs, &["a.log.1.gz"]);
    }

    fn packed() -> Vec<u8> {
        let fs = with_backup("a.log.1");
        pack_all(&bench(&fs, Naming::Numbered, Packing::Gzip)).unwrap();
        fs.read("/logs/a.log.1.gz").unwrap()
    }

    #[test]
    fn what_is_stopped_leaves_the_plain_file_alone() {
        let fs = with_backup("a.log.1");
        let bench = bench(&fs, Naming::Numbered, Packing::Gzip);
        let files = plain(&fs, &bench.names).unwrap();
        bench.stop.store(true, Ordering::Release);
        bench.pack(&files[0]).unwrap();
        check(&fs, &["a.log.1"]);
    }
}
