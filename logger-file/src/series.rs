//! A log file with those that it was before: it ends when it is time, and the oldest go.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
};

use logger_core::{Record, Timestamp};

use crate::{
    Accept, AtStart, Fate, FileError, FileEvent, FileOptions, Fs, Holds, Retention, RetryAt, Seal,
    SharedFolder, Writers,
    ballast::Ballast,
    buffer::{Buffer, Chunk},
    durability::{Durability, Names as NamesOnDisk, Unsafe},
    event::OnEvent,
    journal::Place,
    log_file::LogFile,
    naming::Names,
    packer::Packer,
    retention,
    rotation::Rotation,
    seal::{self, Forbidden, Link, Sealer},
    shared_file::turns,
    shift,
    turns::Turns,
};

/// The file that is written to, and its backups.
pub(crate) struct Series {
    pub(crate) names: Names,
    retention: Retention,
    shared: Option<SharedFolder>,
    pub(crate) accept: Accept,
    pub(crate) fs: Arc<dyn Fs>,
    pub(crate) on_event: OnEvent,
    pub(crate) rotation: Rotation,
    pub(crate) file: LogFile,
    /// Where its lines have seals.
    pub(crate) sealer: Option<Sealer>,
    /// Where several write to it.
    pub(crate) turns: Option<Turns>,
    /// Where the file stands, for the journal.
    place: Arc<Place>,
    packer: Option<Packer>,
    ballast: Option<Ballast>,
    /// What a flush waits for now, and what it waits for where nobody asks for more.
    pub(crate) durability: Durability,
    pub(crate) usual: Durability,
    pub(crate) at_risk: Unsafe,
    /// That it could not be opened anew has been told.
    pub(crate) told_of_failure: bool,
    /// That old files are missing has been told.
    told_of_missing: bool,
    /// A run began, a file ended, or an hour did, and nobody has looked at the ended files since.
    untidy: bool,
    /// When files are old again.
    look_again: Timestamp,
}

/// How often files are looked at that go by their age.
const HOUR_NANOS: i64 = 3_600 * 1_000_000_000;

impl Series {
    pub(crate) fn open(names: Names, options: FileOptions) -> Result<Self, FileError> {
        let FileOptions {
            rotation,
            at_start,
            retention,
            compression,
            durability,
            ballast,
            seal,
            shared,
            accept,
            writers,
            fs,
            mut on_event,
            ..
        } = options;
        compression.check()?;
        refuse_seal(&seal, &names, writers, shared.as_ref())?;
        let file = LogFile::open(&*fs, names.file(), accept, writers)?;
        let sealer = seal::start(&*fs, &names, &seal, durability)?.map(|(sealer, trouble)| {
            if let Some(trouble) = trouble {
                on_event.tell(FileEvent::SealBroken { path: names.file().into(), trouble });
            }
            sealer
        });
        let turns = turns(&*fs, &names, writers)?;
        let mut rotation = Rotation::new(rotation);
        if let Some(modified) = file.modified() {
            rotation.resume(modified);
            if at_start == AtStart::NewFile {
                rotation.ask();
            }
        }
        let packer = compression.packing().map(|packing| Packer::new(&fs, &names, packing, writers));
        let ballast = ballast.map(|bytes| Ballast::new(&*fs, names.file(), bytes));
        let place = Arc::<Place>::default();
        place.note(file.id(), file.len());
        if let Some((shared, holds)) = &shared {
            shared.join(&fs, &names, *holds, &place);
        }
        let mut series = Series {
            names,
            retention,
            shared: shared.map(|(shared, _)| shared),
            accept,
            fs,
            on_event,
            rotation,
            file,
            sealer,
            turns,
            place,
            packer,
            ballast,
            durability,
            usual: durability,
            at_risk: Unsafe::default(),
            told_of_failure: false,
            told_of_missing: false,
            untidy: true,
            look_again: Timestamp::from_unix_nanos(i64::MIN),
        };
        series.note_new_file();
        // if it fails the first line tries again
        let _ = series.begin_seals();
        series.warn_of_open_folder();
        Ok(series)
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn path(&self) -> &Path {
        self.names.file()
    }

    pub(crate) fn place(&self) -> &Arc<Place> {
        &self.place
    }

    /// Notes where the file stands now.
    pub(crate) fn note_place(&mut self) {
        if let Some(ballast) = &mut self.ballast {
            ballast.renew(&*self.fs, self.rotation.latest());
        }
        self.place.note(self.file.id(), self.file.whole_len());
        for error in self.packer.iter().flat_map(Packer::failures) {
            self.on_event.tell(FileEvent::NotPacked { error });
        }
    }

    /// The file ends before the next record.
    pub(crate) fn ask_for_end(&mut self) {
        self.rotation.ask();
    }

    /// Nothing waits for the file: where it is empty too, it belongs to the time of the first record that comes. Of several
    /// writers another may have written meanwhile, which the next [look](Series::look) finds out.
    #[inline]
    pub(crate) fn rest(&mut self) {
        if self.turns.is_none() {
            self.rest_after_look();
        }
    }

    /// The same when somebody has just looked.
    pub(crate) fn rest_after_look(&mut self) {
        if self.file.len() == 0 {
            self.rotation.begins_later();
        }
    }

    /// Whether the file ends now, though nothing is logged.
    pub(crate) fn is_due_at(&mut self, now: Timestamp) -> bool {
        self.look_again(now);
        self.rotation.is_due(now, true)
    }

    /// Whether the file ends before this record, whatever its length is.
    #[inline]
    pub(crate) fn is_due(&mut self, record: &Record<'_>) -> bool {
        self.look_again(record.timestamp());
        self.rotation.is_due(record.timestamp(), !record.is_recovered())
    }

    /// How many lines go into the file before it ends; at least one into an empty file, all of them into a device.
    pub(crate) fn fitting(&self, buffer: &Buffer) -> usize {
        if !self.file.is_regular() || !self.may_rename() {
            return buffer.fitting(u64::MAX);
        }
        let len = self.file.len();
        let room = self.rotation.room(len);
        let lines = match &self.sealer {
            None => buffer.fitting(room),
            Some(sealer) => {
                let (each, first) = sealer.added(buffer.count(), len == 0);
                buffer.fitting_with(room.saturating_sub(first), each)
            }
        };
        if len == 0 { lines.max(1) } else { lines }
    }

    /// Appends so many lines with one call, if the system takes them in one. Returns how many are in the file, and why
    /// not all.
    pub(crate) fn append(&mut self, buffer: &mut Buffer, lines: usize) -> (usize, Result<(), FileError>) {
        let before = self.sealer.as_ref().map(Sealer::at);
        let (mut arrived, mut result) = self.append_here(buffer.chunk(lines));
        self.note_written(buffer, arrived);
        if arrived > 0 && self.look() == Fate::Deleted {
            // they went where nobody will read them
            (arrived, result) = self.append_again(buffer, lines, arrived, before);
        }
        if let Some(error) = self.at_risk.failure.take() {
            result = Err(error);
        }
        buffer.consume(arrived);
        (arrived, result)
    }

    fn append_again(
        &mut self,
        buffer: &Buffer,
        lines: usize,
        arrived: usize,
        before: Option<Link>,
    ) -> (usize, Result<(), FileError>) {
        let reopened = self.reopen(Fate::Deleted).and_then(|()| self.mend());
        if self.durability == Durability::Os
            && let Some((sealer, before)) = self.sealer.as_mut().zip(before)
        {
            sealer.go_back(before);
        }
        match (reopened, self.durability) {
            (Ok(()), Durability::Os) => self.append_here(buffer.chunk(lines)),
            (Err(error), Durability::Os) => (0, Err(error)),
            // they are there with all others that the disk has not taken
            (Ok(()), Durability::Disk) => (arrived, Ok(())),
            (Err(error), Durability::Disk) => {
                self.take_back();
                (arrived, Err(error))
            }
        }
    }

    pub(crate) fn append_here(&mut self, chunk: Chunk<'_>) -> (usize, Result<(), FileError>) {
        let begun = match self.begin_seals() {
            Err(error) if self.has_room_after(&error) => self.begin_seals(),
            begun => begun,
        };
        if let Err(source) = begun {
            return (0, Err(FileError::Seal { path: self.path().into(), source }));
        }
        let (mut lines, mut result) = self.append_once(chunk);
        if result.as_ref().is_err_and(|error| self.has_room_after(error)) {
            let (more, second) = self.append_once(chunk.rest(lines));
            (lines, result) = (lines + more, second);
        }
        (lines, result.map_err(|source| FileError::Write { path: self.path().into(), source }))
    }

    fn append_once(&mut self, chunk: Chunk<'_>) -> (usize, io::Result<()>) {
        let appended = match &mut self.sealer {
            None => self.file.append(chunk),
            Some(sealer) => {
                let sealed = sealer.seal(chunk, self.file.len() == 0);
                let appended = self.file.append(sealed.chunk(sealed.count()));
                sealer.note_written(sealed, appended.lines);
                appended
            }
        };
        if appended.result.is_err() {
            // if this fails too, the next write begins with another try
            let _ = self.file.cut();
        }
        (appended.lines, appended.result)
    }

    /// A chain begins with its checkpoint: a line that is there without one, because there was no room for it or the process
    /// was killed, would look as if somebody had deleted that.
    fn begin_seals(&mut self) -> io::Result<()> {
        let Some(sealer) = &mut self.sealer else { return Ok(()) };
        if sealer.begin(&*self.fs, self.durability)? {
            self.at_risk.names = NamesOnDisk::Changed;
        }
        Ok(())
    }

    /// Whether there is room for the lines that did not fit, once the ballast is gone.
    fn has_room_after(&mut self, error: &io::Error) -> bool {
        let full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
        if !full || self.file.is_torn() {
            return false;
        }
        let now = self.rotation.latest();
        let Some(ballast) = &mut self.ballast else { return false };
        if !ballast.release(&*self.fs, now) {
            return false;
        }
        let bytes = ballast.bytes();
        self.on_event.tell(FileEvent::BallastReleased { path: self.names.file().into(), bytes });
        true
    }

    /// Sees to it that the next line begins at the start of a line.
    pub(crate) fn mend(&mut self) -> Result<(), FileError> {
        match self.file.mend() {
            Ok(None) => Ok(()),
            Ok(Some(repair)) => {
                self.on_event.tell(FileEvent::Repaired { path: self.path().into(), repair });
                Ok(())
            }
            Err(source) => Err(FileError::Write { path: self.path().into(), source }),
        }
    }

    /// Ends the file because it is full, unless it has room for a line after all. If it cannot end, it goes on.
    ///
    /// # Errors
    ///
    /// When lines were taken back.
    pub(crate) fn end_full(&mut self, buffer: &Buffer) -> Result<(), FileError> {
        if self.sync_before_end()? {
            return Ok(());
        }
        let result = self.refresh().and_then(|()| match self.fitting(buffer) {
            0 => self.end(),
            _ => Ok(()),
        });
        if let Err(error) = result {
            let retry = RetryAt::Length(self.rotation.postpone_size(self.file.len()));
            self.goes_on(error, retry);
        }
        Ok(())
    }

    /// Ends the file because it is time, or because that was asked for. If it cannot end, it goes on.
    ///
    /// # Errors
    ///
    /// When lines were taken back.
    pub(crate) fn end_due(&mut self) -> Result<(), FileError> {
        if !self.may_rename() {
            let retry = RetryAt::Time(self.rotation.postpone_time());
            self.goes_on(self.no_turn(), retry);
            return Ok(());
        }
        if !self.rotation.is_still_due() || self.sync_before_end()? {
            return Ok(());
        }
        let result = self.refresh().and_then(|()| {
            if self.file.len() > 0 && self.file.is_regular() {
                return self.end();
            }
            self.rotation.restart();
            Ok(())
        });
        if let Err(error) = result {
            let retry = RetryAt::Time(self.rotation.postpone_time());
            self.goes_on(error, retry);
        }
        Ok(())
    }

    /// Looks up how long the file is: somebody may have emptied it.
    fn refresh(&mut self) -> Result<(), FileError> {
        self.file.refresh_len().map_err(|source| self.inspect_error(source))
    }

    /// Ends the file. After an error it is as it was.
    pub(crate) fn end(&mut self) -> Result<(), FileError> {
        let found = self.fs.inspect(self.path()).map_err(|source| self.inspect_error(source))?;
        let backup = if found.is_some_and(|found| self.file.is(&found)) {
            Some(self.replace_file()?)
        } else {
            // somebody moved or deleted it: there is nothing to rename, or it is not ours
            self.file = self.open_file()?;
            None
        };
        self.begin_file();
        self.rotation.restart();
        self.on_event.tell(FileEvent::Rotated { path: self.path().into(), backup });
        self.place.note_end();
        self.untidy = true;
        self.tidy();
        Ok(())
    }

    /// Opens what has the name now, or creates it.
    pub(crate) fn open_file(&self) -> Result<LogFile, FileError> {
        LogFile::open(&*self.fs, self.path(), self.accept, self.writers())
    }

    /// Makes the file a backup and opens a new one. If there can be no new one, the file gets its name back.
    fn replace_file(&mut self) -> Result<PathBuf, FileError> {
        let most = self.retention.most();
        let deletion = match self.sealer.is_some() && shift::costs_a_backup(&*self.fs, &self.names, most)? {
            true => {
                Some(self.begin_deletion().ok_or_else(|| FileError::NoName { path: self.path().into() })?)
            }
            false => None,
        };
        let retired = self.retire(most);
        if let Some(counts) = deletion {
            self.end_deletion(counts);
        }
        retired
    }

    fn retire(&mut self, most: u32) -> Result<PathBuf, FileError> {
        let _held = self.packer.as_ref().map(Packer::hold);
        let fs = &*self.fs;
        let backup = shift::retire(fs, &self.names, &self.rotation.label(), most)?;
        self.file = self.open_file().inspect_err(|_| {
            // if this fails too, the file is written to under its new name until the next try
            let _ = fs.rename(&backup, self.names.file());
        })?;
        Ok(backup)
    }

    /// Deletes what is not kept any more, once no recovery needs what ended.
    #[inline]
    pub(crate) fn tidy(&mut self) {
        if self.untidy && self.may_rename() && self.place.is_settled() {
            self.untidy = false;
            self.delete_old();
            self.pack();
        }
    }

    /// The same when the drain ends, which is after the last batch: nobody will ask for a place any more.
    pub(crate) fn tidy_at_end(&mut self) {
        if std::mem::take(&mut self.untidy) {
            self.take_turn();
            if self.may_rename() {
                self.delete_old();
            }
            self.end_turn();
        }
    }

    /// Whether something waits that needs a turn.
    pub(crate) fn is_untidy(&self) -> bool {
        self.untidy && self.place.is_settled()
    }

    #[cold]
    fn pack(&mut self) {
        if let Some(Err(error)) = self.packer.as_mut().map(Packer::pack) {
            self.on_event.tell(FileEvent::NotPacked { error });
        }
    }

    #[cold]
    fn delete_old(&mut self) {
        let Some(counts) = self.begin_deletion() else { return };
        let now = self.rotation.latest();
        let own = retention::delete_old(&*self.fs, &self.names, self.retention, now);
        let shared = self.shared.as_ref().map_or(Ok(()), |shared| shared.delete_old(&*self.fs));
        for error in [own, shared].into_iter().filter_map(Result::err) {
            self.on_event.tell(FileEvent::BackupKept { error });
        }
        self.end_deletion(counts);
    }

    /// Whether what is deleted from now on is to be noted; `None`: nothing may be deleted now, since nobody could tell it from
    /// what somebody else has deleted.
    fn begin_deletion(&mut self) -> Option<bool> {
        let Some(sealer) = &mut self.sealer else { return Some(false) };
        let oldest = match seal::oldest(&*self.fs, &self.names, sealer.next()) {
            Ok(oldest) => oldest,
            Err(error) => {
                self.on_event.tell(FileEvent::BackupKept { error });
                return None;
            }
        };
        match sealer.begin_deletion(&*self.fs, oldest, self.durability) {
            Ok(()) => Some(true),
            Err(Forbidden::NotYet) => {
                self.untidy = true;
                None
            }
            Err(Forbidden::Deleting(source)) => {
                let error = FileError::Seal { path: self.names.file().into(), source };
                self.on_event.tell(FileEvent::BackupKept { error });
                None
            }
            Err(Forbidden::Noting(trouble)) => {
                if !std::mem::replace(&mut self.told_of_missing, true) {
                    let path = self.names.file().into();
                    self.on_event.tell(FileEvent::SealBroken { path, trouble });
                }
                Some(false)
            }
        }
    }

    fn end_deletion(&mut self, counts: bool) {
        if let Some(sealer) = self.sealer.as_mut().filter(|_| counts)
            && let Ok(oldest) = seal::oldest(&*self.fs, &self.names, sealer.next())
        {
            sealer.end_deletion(&*self.fs, oldest, self.durability);
        }
    }

    /// Notes how far the chain of seals goes.
    pub(crate) fn note_seals(&mut self) {
        if let Some(sealer) = &mut self.sealer {
            // the lines are there; where the checkpoint is not, the lines behind an older one are judged at the next start
            let _ = sealer.note(&*self.fs, self.durability);
        }
    }

    /// Where files go by their age, they do so without another one that ends.
    #[inline]
    fn look_again(&mut self, now: Timestamp) {
        if self.retention.ages() && now >= self.look_again {
            self.look_again = Timestamp::from_unix_nanos(now.unix_nanos().saturating_add(HOUR_NANOS));
            self.untidy = true;
        }
    }

    fn goes_on(&mut self, error: FileError, retry_at: RetryAt) {
        self.on_event.tell(FileEvent::RotationFailed { path: self.path().into(), error, retry_at });
    }

    fn inspect_error(&self, source: io::Error) -> FileError {
        FileError::Inspect { path: self.path().into(), source }
    }

    fn warn_of_open_folder(&mut self) {
        const WRITABLE_BY_OTHERS: u32 = 0o022;
        let Some(folder) = self.names.folder() else { return };
        if let Ok(Some(found)) = self.fs.inspect(folder)
            && let Some(mode) = found.mode.filter(|mode| mode & WRITABLE_BY_OTHERS != 0)
        {
            self.on_event.tell(FileEvent::FolderWritableByOthers { path: folder.into(), mode });
        }
    }
}

/// Refuses seals where others may write or delete.
fn refuse_seal(
    seal: &Seal,
    names: &Names,
    writers: Writers,
    shared: Option<&(SharedFolder, Holds)>,
) -> Result<(), FileError> {
    let why = match seal {
        Seal::None => return Ok(()),
        _ if writers == Writers::Several => "where several processes write",
        _ if names.has_siblings() => "where each process has files of its own",
        _ if shared.is_some_and(|(folder, holds)| folder.may_delete(*holds)) => {
            "where the folder deletes its files to make room for others"
        }
        _ => return Ok(()),
    };
    Err(FileError::SealRefused { path: names.file().into(), why })
}
