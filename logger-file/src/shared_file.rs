//! A file that several processes write: what each of them does with its turn.

use logger_core::Timestamp;

use crate::{FileError, FileEvent, Fs, Writers, naming::Names, series::Series, turns::Turns};

/// The turns of a writer; none where there is one writer.
pub(crate) fn turns(fs: &dyn Fs, names: &Names, writers: Writers) -> Result<Option<Turns>, FileError> {
    let Some(folder) = names.folder().filter(|_| writers == Writers::Several) else { return Ok(None) };
    let mut turns = Turns::new(folder);
    let path = turns.path().to_owned();
    turns.open(fs).map_err(|source| FileError::Lock { path, source })?;
    Ok(Some(turns))
}

impl Series {
    /// Who writes to the file.
    pub(crate) fn writers(&self) -> Writers {
        self.file.writers()
    }

    /// Whether files may be renamed and deleted: nobody else does so meanwhile.
    #[inline]
    pub(crate) fn may_rename(&self) -> bool {
        self.turns.as_ref().is_none_or(Turns::is_ours)
    }

    /// Waits for a turn where several write, and finds out what the others have done since the last one.
    pub(crate) fn take_turn(&mut self) {
        let Some(turns) = &mut self.turns else { return };
        if turns.is_ours() {
            return;
        }
        let gave_up_before = turns.has_given_up();
        let path = turns.path().to_owned();
        if !turns.take(&*self.fs) && !gave_up_before {
            self.on_event.tell(FileEvent::NoTurn { path });
        }
        self.look_while_idle();
        if self.may_rename() {
            // without a turn a line that is being written would be taken for one that nobody ends; where the file cannot be
            // looked into, the write says so
            let _ = self.file.catch_up();
        }
    }

    /// Gives it back.
    pub(crate) fn end_turn(&mut self) {
        if let Some(turns) = &mut self.turns {
            turns.end();
        }
    }

    /// Why the file cannot end.
    pub(crate) fn no_turn(&self) -> FileError {
        let path = self.turns.as_ref().map_or(self.path(), Turns::path);
        FileError::NoTurn { path: path.into() }
    }

    /// Lines go to another file from now on, which was changed last at that time.
    pub(crate) fn note_another(&mut self, changed: Option<Timestamp>) {
        match changed.filter(|_| self.turns.is_some()) {
            Some(began) => self.rotation.follow(began),
            None => self.rotation.restart(),
        }
    }
}
