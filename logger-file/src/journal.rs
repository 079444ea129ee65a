//! How far the file has got, for the start after a kill.

mod others;

use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use logger_core::{Arrived, Batch, Journal, Mark};

use crate::{
    FileId, Fs as _, Kind, Naming, OsFs, Writers,
    backups::{Backup, backups, past_gap},
    log_file::TORN_MARK,
    naming::{Names, Packing},
};

/// Says how many lines reached a [`FileDrain`](crate::FileDrain)'s files, rotated ones included. Register it beside the
/// drain: `Route::new("trades", drain).journal(Arc::new(journal))`.
///
/// It reads the file system of the process, whatever [`Fs`](crate::Fs) the drain has. It counts lines; those of another
/// process are told apart where lines name their run and number, as those of the full
/// [`JsonFormat`](logger_core::JsonFormat) do.
#[derive(Debug, Clone)]
pub struct FileJournal {
    place: Arc<Place>,
    names: Names,
    writers: Writers,
}

/// A file that may have lines of a batch.
struct Found {
    path: PathBuf,
    id: FileId,
    packing: Packing,
}

/// Where the drain stands. Written by it, and read on the same thread.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// Device and inode; the inode is 0 where the system does not tell.
    id: [AtomicU64; 2],
    len: AtomicU64,
    /// How often a mark was made.
    marks: AtomicU64,
    /// How often when the batch was done that is or was written last, and once more.
    done: AtomicU64,
    /// How often when a file ended last.
    ended: AtomicU64,
    /// Whether there is a journal, which makes marks.
    watched: AtomicBool,
}

impl Place {
    pub(crate) fn note(&self, id: Option<FileId>, len: u64) {
        let id = id.unwrap_or(FileId { device: 0, number: 0 });
        self.id[0].store(id.device, Ordering::Relaxed);
        self.id[1].store(id.number, Ordering::Relaxed);
        self.len.store(len, Ordering::Relaxed);
    }

    /// A file ends now.
    pub(crate) fn note_end(&self) {
        self.ended.store(self.marks.load(Ordering::Acquire) + 1, Ordering::Release);
    }

    /// Whether no recovery from now on needs an ended file: until the pipeline has said that the batch is done which is being
    /// written, or has asked for the next mark, its lines would be counted in them.
    pub(crate) fn is_settled(&self) -> bool {
        let known = self.marks.load(Ordering::Acquire).max(self.done.load(Ordering::Acquire));
        !self.watched.load(Ordering::Acquire) || known >= self.ended.load(Ordering::Acquire)
    }

    /// The batch of the last mark has arrived.
    fn note_done(&self) {
        self.done.store(self.marks.load(Ordering::Acquire) + 1, Ordering::Release);
    }

    fn words(&self) -> [u64; 3] {
        [&self.id[0], &self.id[1], &self.len].map(|word| word.load(Ordering::Relaxed))
    }
}

impl FileJournal {
    pub(crate) fn new(place: Arc<Place>, names: Names, writers: Writers) -> Self {
        place.watched.store(true, Ordering::Release);
        FileJournal { place, names, writers }
    }

    /// Whether others write to the files, or have files of their own, which may be deleted meanwhile.
    fn has_others(&self) -> bool {
        self.writers == Writers::Several || self.names.has_siblings()
    }

    /// The plain files, the newest first. An earlier run may have called its backups otherwise.
    fn files(names: &Names) -> io::Result<Vec<(PathBuf, FileId)>> {
        let backups = FileJournal::all_files(names)?.into_iter();
        // where one process writes a file is packed when no recovery needs it any more
        let plain = backups.filter(|file| file.packing == Packing::Plain);
        Ok(plain.map(|file| (file.path, file.id)).collect())
    }

    /// The files, packed ones too, the newest first.
    fn all_files(names: &Names) -> io::Result<Vec<Found>> {
        let other = match names.naming() {
            Naming::Numbered => Naming::Dated,
            Naming::Dated => Naming::Numbered,
        };
        let mut files = Vec::new();
        let open = OsFs.inspect(names.file())?.filter(|found| found.kind == Kind::File);
        let path = names.file().to_owned();
        files.extend(open.and_then(|found| Some(Found { path, id: found.id?, packing: Packing::Plain })));
        for names in [names.clone(), names.with_naming(other)] {
            let mut backups = backups(&OsFs, &names).map_err(io::Error::other)?;
            // a kill in the middle of a rotation leaves a gap of one number
            backups.extend(past_gap(&OsFs, &names, &backups).map_err(io::Error::other)?);
            files.extend(backups.into_iter().filter_map(|Backup { path, meta, packing, .. }| {
                Some(Found { path, id: meta.id?, packing })
            }));
        }
        Ok(files)
    }
}

impl Journal for FileJournal {
    fn mark(&self) -> Option<Mark> {
        self.place.marks.fetch_add(1, Ordering::AcqRel);
        let words = self.place.words();
        (words[1] != 0).then(|| Mark::new(words))
    }

    fn records_since(&self, mark: Mark, batch: Batch<'_>) -> io::Result<u64> {
        if self.has_others() {
            return Ok(self.lines_among_others(mark, batch)?.count);
        }
        let [device, inode, len] = mark.words();
        let mut newer = Vec::new();
        for (path, id) in FileJournal::files(&self.names)? {
            if [id.device, id.number] != [device, inode] {
                newer.push(path);
                continue;
            }
            // what the process was writing when it died: only the newest file can end with a part of a line
            let newest = newer.first().unwrap_or(&path);
            if let Some(whole) = cut_torn_line(newest, if newer.is_empty() { len } else { 0 })? {
                self.place.len.store(whole, Ordering::Relaxed);
            }
            let mut lines = count_lines(&path, len, batch)?;
            for path in &newer {
                lines += count_lines(path, 0, batch)?;
            }
            return Ok(lines);
        }
        // the file is gone: what was written to it is, too
        Ok(0)
    }

    fn arrived_since(&self, mark: Mark, batch: Batch<'_>) -> io::Result<Arrived> {
        if self.has_others() {
            let last = self.lines_among_others(mark, batch)?.last;
            return Ok(Arrived::UpTo(last.unwrap_or(0)));
        }
        self.records_since(mark, batch).map(Arrived::First)
    }

    fn batch_done(&self) {
        self.place.note_done();
    }
}

/// Counts the lines of a batch in a file from a place on, without those that were closed because they were written in part.
fn count_lines(path: &Path, from: u64, batch: Batch<'_>) -> io::Result<u64> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::with_capacity(64 * 1024, file);
    let mut lines = 0;
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line)? > 0 {
        // a newline alone ends a line that stood there before
        let whole = line.len() > 1 && line.ends_with(b"\n") && !line.ends_with(TORN_MARK);
        lines += u64::from(whole && may_be_of(&line, batch));
        line.clear();
    }
    Ok(lines)
}

/// Whether a line is one of the batch. It is not if it says so, as [`JsonFormat`](logger_core::JsonFormat) does: by the first
/// `"run"` and the `"seq"` behind it, before which no text of a caller can look like them, as its quotes are escaped.
fn may_be_of(line: &[u8], batch: Batch<'_>) -> bool {
    match run_and_seq(line) {
        None => true,
        Some((run, seq)) => run == batch.run.as_bytes() && seq >= batch.first_seq,
    }
}

/// What a line says of itself: the id of its run, and its number there.
pub(crate) fn run_and_seq(line: &[u8]) -> Option<(&[u8], u64)> {
    const RUN: &[u8] = b",\"run\":\"";
    const SEQ: &[u8] = b"\",\"seq\":";
    let at = line.windows(RUN.len()).position(|it| it == RUN)?;
    let rest = &line[at + RUN.len()..];
    // an id has no quotes
    let (run, number) = rest.split_at(rest.iter().position(|&it| it == b'"')?);
    let digits = number.strip_prefix(SEQ).unwrap_or_default().iter().take_while(|it| it.is_ascii_digit());
    let seq = digits.fold(0_u64, |seq, &it| seq.saturating_mul(10).saturating_add(u64::from(it - b'0')));
    Some((run, seq))
}

/// Takes away what lies behind the last newline, if that is all behind `from`. Returns the length if it did.
fn cut_torn_line(path: &Path, from: u64) -> io::Result<Option<u64>> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let len = file.metadata()?.len();
    if len <= from {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(from))?;
    let mut written = Vec::new();
    file.read_to_end(&mut written)?;
    if written.ends_with(b"\n") {
        return Ok(None);
    }
    let whole = written.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let whole = from + whole as u64;
    file.set_len(whole)?;
    Ok(Some(whole))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{
        fs,
        time::{Duration, Instant},
    };

    use logger_core::{Drain, Envelope, JsonFormat, Level, OwnedRecord};

    use super::*;
    use crate::{FileDrain, FileOptions, Holds, RotationPolicy, SharedFolder};

    /// Compact lines do not say which run they are of.
    const ANY: Batch<'_> = Batch::new("run", 1);

    fn drain(path: &Path) -> FileDrain {
        FileDrain::open(path, options()).unwrap()
    }

    fn options() -> FileOptions {
        FileOptions::new()
            .format(Box::new(JsonFormat::new(Envelope::Compact)))
            .rotation(RotationPolicy::Size(400))
            .backup_count(9)
    }

    fn log(drain: &mut FileDrain, records: u64) {
        for n in 0..records {
            drain.log(&OwnedRecord::new(Level::Info, "line").field("n", n).build().borrow()).unwrap();
        }
        drain.flush(Instant::now() + Duration::from_secs(60)).unwrap();
    }

    #[test]
    fn lines_since_a_mark_are_counted_through_rotated_files() {
        for records in [0, 1, 2, 5, 12] {
            let folder = tempfile::tempdir().unwrap();
            let mut drain = drain(&folder.path().join("expert.log"));
            log(&mut drain, 3);
            let mark = drain.journal().mark().unwrap();
            log(&mut drain, records);
            assert_eq!(drain.journal().records_since(mark, ANY).unwrap(), records);
        }
    }

    #[test]
    fn lines_are_counted_past_the_number_that_a_killed_rotation_has_left_free() {
        let folder = tempfile::tempdir().unwrap();
        let path = |number: u32| folder.path().join(format!("expert.log.{number}"));
        let mut drain = drain(&folder.path().join("expert.log"));
        log(&mut drain, 3);
        let mark = drain.journal().mark().unwrap();
        log(&mut drain, 12);
        let oldest = (1..).take_while(|&number| path(number).exists()).last().unwrap();
        for gap in (1..=oldest).rev() {
            fs::rename(path(gap), path(gap + 1)).unwrap();
            assert_eq!(drain.journal().records_since(mark, ANY).unwrap(), 12, "number {gap} is free");
        }
    }

    #[test]
    fn lines_are_counted_through_dated_files_too_whatever_they_are_called_now() {
        for next in [Naming::Dated, Naming::Numbered] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("expert.log");
            let mut drain = FileDrain::open(&path, options().naming(Naming::Dated)).unwrap();
            log(&mut drain, 7);
            let mark = drain.journal().mark().unwrap();
            log(&mut drain, 12);
            drop(drain);
            let later = FileDrain::open(&path, options().naming(next)).unwrap();
            assert_eq!(later.journal().records_since(mark, ANY).unwrap(), 12);
        }
    }

    #[test]
    fn lines_are_counted_past_the_gap_that_a_kill_in_the_middle_of_a_rotation_leaves() {
        for gap in 1..4 {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("expert.log");
            let mut drain = drain(&path);
            log(&mut drain, 3);
            let mark = drain.journal().mark().unwrap();
            log(&mut drain, 20);
            let numbered = |number: u32| folder.path().join(format!("expert.log.{number}"));
            let last = (1..).take_while(|number| numbered(*number).exists()).last().unwrap();
            assert!(last > 3);
            for number in (gap..=last).rev() {
                fs::rename(numbered(number), numbered(number + 1)).unwrap();
            }
            assert_eq!(drain.journal().records_since(mark, ANY).unwrap(), 20, "{gap}");
        }
    }

    #[test]
    fn nothing_is_deleted_that_a_recovery_would_count() {
        let folder = tempfile::tempdir().unwrap();
        let files = || fs::read_dir(folder.path()).unwrap().count();
        let mut drain = FileDrain::open(folder.path().join("expert.log"), options().backup_count(0)).unwrap();
        let journal = drain.journal();
        let mark = journal.mark().unwrap();
        log(&mut drain, 40);
        assert_eq!(journal.records_since(mark, ANY).unwrap(), 40);
        assert!(files() > 2);
        journal.mark().unwrap();
        log(&mut drain, 1);
        assert_eq!(files(), 1);
        log(&mut drain, 40);
        assert!(files() > 2);
        drop(drain);
        assert_eq!(files(), 1, "after the last batch there is nothing to recover");
    }

    #[test]
    fn another_file_of_the_folder_deletes_nothing_that_a_recovery_would_count() {
        let folder = tempfile::tempdir().unwrap();
        let shared = SharedFolder::new().max_bytes(0);
        let open = |name| {
            let options = options().shared(&shared, Holds::Mixed);
            FileDrain::open(folder.path().join(name), options).unwrap()
        };
        let (mut one, mut other) = (open("one.log"), open("other.log"));
        let journal = one.journal();
        let mark = journal.mark().unwrap();
        log(&mut one, 20);
        log(&mut other, 20);
        assert_eq!(journal.records_since(mark, ANY).unwrap(), 20);
        journal.mark().unwrap();
        log(&mut other, 20);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn what_a_killed_process_wrote_in_part_is_taken_away_and_the_next_line_stands_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("expert.log");
        let mut before = drain(&path);
        log(&mut before, 1);
        let mark = before.journal().mark().unwrap();
        log(&mut before, 1);
        drop(before);
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{{\"timestamp\":\"20")).unwrap();
        let mut after = drain(&path);
        assert_eq!(after.journal().records_since(mark, ANY).unwrap(), 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), whole);
        assert_eq!(after.journal().mark().unwrap().words()[2], whole.len() as u64);
        log(&mut after, 1);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().filter(|line| line.ends_with('}')).count(), 3);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    }

    #[test]
    fn a_line_that_was_closed_because_it_is_torn_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("expert.log");
        let mut drain = drain(&path);
        let mark = drain.journal().mark().unwrap();
        fs::write(&path, "{\"half [torn]\n").unwrap();
        log(&mut drain, 1);
        assert_eq!(drain.journal().records_since(mark, ANY).unwrap(), 1);
    }

    #[test]
    fn the_newline_that_ends_an_older_line_is_no_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("expert.log");
        fs::write(&path, "{\"somebody's line").unwrap();
        let mut drain = drain(&path);
        let mark = drain.journal().mark().unwrap();
        log(&mut drain, 2);
        assert_eq!(drain.journal().records_since(mark, ANY).unwrap(), 2);
    }

    #[test]
    fn lines_of_other_runs_and_with_lower_numbers_are_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("expert.log");
        let mark = drain(&path).journal().mark().unwrap();
        let mut full = FileDrain::open(&path, FileOptions::new()).unwrap();
        for (run, seqs) in [("5-a", 1..7), ("5-ab", 1..3), ("5", 9..12)] {
            for seq in seqs {
                let text = r#"said ,"run":"5-a","seq":9"#;
                let run = Arc::new(logger_core::Run::fixed("app", "host", 1, run));
                full.log(&OwnedRecord::new(Level::Info, text).run(&run).seq(seq).build().borrow()).unwrap();
            }
        }
        full.flush(Instant::now() + Duration::from_secs(60)).unwrap();
        for (run, first_seq, lines) in
            [("5-a", 1, 6), ("5-a", 5, 2), ("5-a", 7, 0), ("5-ab", 2, 1), ("5", 1, 3)]
        {
            let batch = Batch::new(run, first_seq);
            assert_eq!(full.journal().records_since(mark, batch).unwrap(), lines, "{batch:?}");
        }
    }

    #[test]
    fn of_a_file_that_is_gone_nothing_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("expert.log");
        let mut drain = drain(&path);
        log(&mut drain, 2);
        let mark = drain.journal().mark().unwrap();
        fs::rename(&path, folder.path().join("moved")).unwrap();
        fs::write(&path, "another\n").unwrap();
        assert_eq!(drain.journal().records_since(mark, ANY).unwrap(), 0);
    }
}
