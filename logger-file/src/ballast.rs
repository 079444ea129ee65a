//! A file that is there to be deleted when the disk is full, so that there is room for a while.

use std::{
    io,
    path::{Path, PathBuf},
};

use logger_core::Timestamp;

use crate::{Fs, Kind, Owner};

/// The file and its size.
pub(crate) struct Ballast {
    path: PathBuf,
    bytes: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Held,
    /// It was deleted, or could not be made; it is tried from this time on.
    Released(Timestamp),
}

/// So long after it was released, or could not be made, it is tried again.
const RETRY_NANOS: i64 = 60 * 1_000_000_000;

impl Ballast {
    /// Makes the file beside a log file, or takes over that of an earlier run.
    pub(crate) fn new(fs: &dyn Fs, log: &Path, bytes: u64) -> Self {
        let mut path = log.to_owned().into_os_string();
        path.push(".ballast");
        let mut ballast = Ballast {
            path: path.into(),
            bytes,
            state: State::Released(Timestamp::from_unix_nanos(i64::MIN)),
        };
        ballast.renew(fs, Timestamp::from_unix_nanos(i64::MIN));
        ballast
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Deletes the file. Returns whether there is more room by that.
    pub(crate) fn release(&mut self, fs: &dyn Fs, now: Timestamp) -> bool {
        let held = self.state == State::Held;
        self.state = State::Released(later(now));
        held && fs.remove(&self.path).is_ok()
    }

    /// Makes the file again when it is time.
    pub(crate) fn renew(&mut self, fs: &dyn Fs, now: Timestamp) {
        match self.state {
            State::Released(from) if now >= from => {
                let made = self.make(fs);
                self.state = if made.is_ok() { State::Held } else { State::Released(later(now)) };
            }
            State::Released(_) | State::Held => {}
        }
    }

    fn make(&self, fs: &dyn Fs) -> io::Result<()> {
        if let Some(found) = fs.inspect(&self.path)? {
            // what is not ours is not deleted for room either
            if found.kind != Kind::File || found.owner != Owner::Us || found.links != 1 {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            if found.len == self.bytes {
                return Ok(());
            }
            fs.remove(&self.path)?;
        }
        self.fill(fs).inspect_err(|_| {
            // half of it would be room that is taken for nothing
            let _ = fs.remove(&self.path);
        })
    }

    fn fill(&self, fs: &dyn Fs) -> io::Result<()> {
        let nothing = vec![0; 64 * 1024];
        let mut file = fs.create(&self.path)?;
        let mut left = self.bytes;
        while left > 0 {
            let piece = nothing.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            match file.append(&nothing[..piece])? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                done => left -= done as u64,
            }
        }
        Ok(())
    }
}

fn later(now: Timestamp) -> Timestamp {
    Timestamp::from_unix_nanos(now.unix_nanos().saturating_add(RETRY_NANOS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FakeFs;

    const LOG: &str = "/logs/t";
    const BALLAST: &str = "/logs/t.ballast";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_nanos(seconds * 1_000_000_000)
    }

    fn folder() -> FakeFs {
        let fs = FakeFs::new();
        fs.put(LOG, "");
        fs
    }

    #[test]
    fn it_is_as_large_as_was_asked_for_and_goes_once() {
        let fs = folder();
        let mut ballast = Ballast::new(&fs, Path::new(LOG), 100_000);
        assert_eq!(fs.read(BALLAST).unwrap().len(), 100_000);
        assert!(ballast.release(&fs, at(0)));
        assert!(!ballast.release(&fs, at(0)));
        assert_eq!(fs.names(), [LOG]);
    }

    #[test]
    fn it_comes_back_after_a_minute_if_there_is_room() {
        let fs = folder();
        let mut ballast = Ballast::new(&fs, Path::new(LOG), 100);
        ballast.release(&fs, at(0));
        for (now, space, there) in
            [(59, 1_000, false), (60, 99, false), (119, 1_000, false), (120, 1_000, true)]
        {
            fs.space(space);
            ballast.renew(&fs, at(now));
            assert_eq!(fs.names().len() == 2, there, "{now}");
        }
    }

    #[test]
    fn that_of_an_earlier_run_is_taken_over_and_what_is_not_ours_is_left_alone() {
        let fs = folder();
        fs.put(BALLAST, vec![1; 100]);
        let mut ballast = Ballast::new(&fs, Path::new(LOG), 100);
        assert_eq!(fs.read(BALLAST).unwrap(), [1; 100]);
        assert!(ballast.release(&fs, at(0)));
        for kind in [Kind::Link, Kind::Folder] {
            let fs = folder();
            fs.put_kind(BALLAST, kind);
            let mut ballast = Ballast::new(&fs, Path::new(LOG), 100);
            assert!(!ballast.release(&fs, at(0)));
            assert_eq!(fs.names().len(), 2);
        }
        let fs = folder();
        fs.put(BALLAST, vec![1; 100]);
        fs.give_away(BALLAST);
        let mut ballast = Ballast::new(&fs, Path::new(LOG), 100);
        assert!(!ballast.release(&fs, at(0)));
        assert_eq!(fs.names().len(), 2, "another user's");
        let fs = folder();
        fs.hard_link(LOG, BALLAST);
        let mut ballast = Ballast::new(&fs, Path::new(LOG), 0);
        assert!(!ballast.release(&fs, at(0)));
    }
}
