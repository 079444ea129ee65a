//! How a file comes back that somebody has moved, deleted or replaced.

use crate::{Fate, FileError, FileEvent, Meta, series::Series};

impl Series {
    /// Looks whether the file has its name still, as each write does when it is done: a file that was moved gives way to a
    /// new one, and so does one that was deleted when its lines are there again. Returns what has become of it.
    pub(crate) fn look(&mut self) -> Fate {
        // where the folder cannot be looked into, the file is as good as any
        if !self.file.is_regular() {
            return Fate::InPlace;
        }
        let Ok(found) = self.fs.inspect(self.names.file()) else { return Fate::InPlace };
        let fate = self.file.fate(found.as_ref());
        match fate {
            Fate::InPlace => {
                if let Some(found) = found {
                    self.file.correct_len(found.len);
                    self.begin_with_another(&found);
                }
                self.told_of_failure = false;
            }
            // the moved one goes on to take lines until there is a new one
            Fate::Moved => drop(self.reopen(fate)),
            Fate::Deleted => {}
        }
        fate
    }

    /// A file that was empty has lines of another writer.
    fn begin_with_another(&mut self, found: &Meta) {
        if let Some(modified) = found.modified.filter(|_| found.len > 0 && !self.rotation.has_begun()) {
            self.rotation.resume(modified);
        }
    }

    /// The same while nothing is logged: a deleted file is made again too.
    pub(crate) fn look_while_idle(&mut self) {
        if self.look() == Fate::Deleted {
            let _ = self.reopen(Fate::Deleted);
        }
        // nobody waits for it, and the next flush finds it again
        self.at_risk.failure = None;
    }

    /// Opens the file anew because that was asked for.
    pub(crate) fn reopen_when_asked(&mut self) {
        let found = self.fs.inspect(self.names.file()).ok().flatten();
        let fate = self.file.fate(found.as_ref());
        let _ = self.reopen(fate);
        self.at_risk.failure = None;
    }

    /// Opens what has the name now, or creates it and the folder. If that fails the old one stays open, as it does until a line
    /// that is there in part is taken back or marked: nobody comes back to it afterwards.
    pub(crate) fn reopen(&mut self, was: Fate) -> Result<(), FileError> {
        let path = self.path().to_owned();
        if was != Fate::Deleted {
            // what is not safe is written anew or taken back by that
            self.at_risk.failure = self.sync().err();
        }
        let mended = if was == Fate::Deleted { Ok(()) } else { self.mend() };
        match mended.and_then(|()| self.open_file()) {
            Ok(file) => {
                let began = file.changed();
                self.go_on_in(file)?;
                self.told_of_failure = false;
                if was != Fate::InPlace {
                    self.note_another(began);
                }
                let by_peer = was == Fate::Moved && self.turns.is_some();
                self.on_event.tell(match by_peer {
                    true => FileEvent::Followed { path },
                    false => FileEvent::Reopened { path, was },
                });
                Ok(())
            }
            Err(error) => {
                let again = FileError::Reopen { path: path.clone(), why: error.to_string() };
                if !std::mem::replace(&mut self.told_of_failure, true) {
                    self.on_event.tell(FileEvent::ReopenFailed { path, error });
                }
                Err(again)
            }
        }
    }
}
