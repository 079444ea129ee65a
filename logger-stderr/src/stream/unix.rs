//! Writes that wait and writes that do not, on a descriptor that others write to as well.

use std::{
    io::{self, Write},
    os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{FileType, Mode, OFlags, fstat, open, tell},
    io::{Errno, write},
    process::{Resource, getrlimit},
};

use super::{Stream, Target};
use crate::bounded::{Outlet, Readiness, Waited};

/// Bytes of which a pipe that says it is writable takes all: `PIPE_BUF`. 512 is the least that POSIX allows.
const PIECE: usize = if cfg!(target_os = "linux") { 4_096 } else { 512 };

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.target {
            Target::Stderr => rustix::stdio::stderr(),
            Target::Stdout => rustix::stdio::stdout(),
            Target::Descriptor(fd) => fd.as_fd(),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &self.target {
            Target::Stderr => {
                let _lock = io::stderr().lock();
                write_waiting(self.as_fd(), bytes)
            }
            Target::Stdout => {
                let mut lock = io::stdout().lock();
                // what `println!` wrote before comes before
                lock.flush()?;
                write_waiting(self.as_fd(), bytes)
            }
            Target::Descriptor(fd) => write_waiting(fd.as_fd(), bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes at least one byte, however long that takes; the descriptor may have been made non-blocking by someone else.
fn write_waiting(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    check_limit(fd)?;
    loop {
        match write(fd, bytes) {
            Ok(written) => return Ok(written),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                wait_writable(fd, None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

impl Outlet for Stream {
    fn write_now(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        let fd = self.as_fd();
        match Kind::of(fd) {
            Kind::NeverWaits => write_once(fd, bytes),
            Kind::MayWait => match reopen_nonblocking(fd) {
                Some(own) => write_once(own.as_fd(), bytes),
                None => write_piece_if_ready(fd, bytes),
            },
            Kind::NotToBeReopened => write_piece_if_ready(fd, bytes),
        }
    }

    fn wait(&mut self, at_most: Duration) -> io::Result<Waited> {
        let start = Instant::now();
        let readiness = wait_writable(self.as_fd(), Some(at_most))?;
        Ok(Waited { readiness, took: start.elapsed() })
    }
}

/// What a write to a descriptor may do.
enum Kind {
    /// Files and devices such as `/dev/null` and `/dev/full`: the write ends by itself.
    NeverWaits,
    /// Pipes and terminals.
    MayWait,
    /// Sockets, such as the one to systemd's journal.
    NotToBeReopened,
}

impl Kind {
    fn of(fd: BorrowedFd<'_>) -> Kind {
        let Ok(stat) = fstat(fd) else {
            // closed: the write says so
            return Kind::NeverWaits;
        };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Fifo => Kind::MayWait,
            FileType::CharacterDevice if io::IsTerminal::is_terminal(&fd) => Kind::MayWait,
            FileType::RegularFile | FileType::CharacterDevice | FileType::BlockDevice => Kind::NeverWaits,
            _ => Kind::NotToBeReopened,
        }
    }
}

/// The same pipe or terminal, so that a write to it does not wait.
///
/// `O_NONBLOCK` on the descriptor itself would change it for every process that shares it, a shell for example. And
/// `poll` alone is not enough: a terminal says that it is writable when one byte fits, and another writer may fill a
/// pipe between `poll` and the write. It is opened anew for each write: a descriptor that is kept would keep a pipe
/// open that the program has closed, as daemons do, and write where the program's stderr no longer goes.
///
/// `None` where the system has no `/proc`, or forbids it.
fn reopen_nonblocking(fd: BorrowedFd<'_>) -> Option<OwnedFd> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    open(path, flags, Mode::empty()).ok()
}

fn write_piece_if_ready(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Option<usize>> {
    match wait_writable(fd, Some(Duration::ZERO))? {
        Readiness::Ready => write_once(fd, &bytes[..bytes.len().min(PIECE)]),
        Readiness::Blocked => Ok(None),
    }
}

/// Where stderr is a file as long as RLIMIT_FSIZE lets it be, a write would end the process by SIGXFSZ. One that only
/// passes the limit is short.
fn check_limit(fd: BorrowedFd<'_>) -> io::Result<()> {
    let Some(limit) = getrlimit(Resource::Fsize).current else { return Ok(()) };
    let Ok(stat) = fstat(fd) else { return Ok(()) };
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Ok(());
    }
    // a file that is not open for appending is written where it stands
    let end = u64::try_from(stat.st_size).unwrap_or(0).max(tell(fd).unwrap_or(0));
    if end >= limit { Err(Errno::FBIG.into()) } else { Ok(()) }
}

fn write_once(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<Option<usize>> {
    check_limit(fd)?;
    loop {
        match write(fd, bytes) {
            Ok(written) => return Ok(Some(written)),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Waits until a write would do something; that it would fail counts too.
fn wait_writable(fd: BorrowedFd<'_>, at_most: Option<Duration>) -> io::Result<Readiness> {
    let start = Instant::now();
    loop {
        let left = at_most.map(|it| it.saturating_sub(start.elapsed()));
        // a duration past what the system can count is as good as for ever
        let timeout = left.and_then(|it| Timespec::try_from(it).ok());
        match poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], timeout.as_ref()) {
            Ok(0) => return Ok(Readiness::Blocked),
            Ok(_) => return Ok(Readiness::Ready),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
