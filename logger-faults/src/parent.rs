//! Starts a child, waits for it with a deadline, and kills it with all it has started when the deadline comes first.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How a child ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    /// Its status; `None` where the deadline came first and it was killed.
    pub(crate) status: Option<ExitStatus>,
    /// From its start to its end.
    pub(crate) took: Duration,
}

/// A kill that is planned.
#[derive(Debug, Clone)]
pub(crate) struct Kill {
    /// From when on the time counts.
    pub(crate) once: Once,
    /// When it comes.
    pub(crate) after: Duration,
}

/// A moment in the life of a child.
#[derive(Debug, Clone)]
pub(crate) enum Once {
    /// Its start.
    Started,
    /// A file is there.
    Exists(PathBuf),
    /// A file is longer than so many bytes.
    Longer(PathBuf, u64),
}

impl Once {
    fn has_come(&self) -> bool {
        match self {
            Once::Started => true,
            Once::Exists(path) => path.exists(),
            Once::Longer(path, len) => len_of(path) > *len,
        }
    }
}

/// The length of a file in bytes; 0 where there is none.
pub(crate) fn len_of(path: &Path) -> u64 {
    path.metadata().map_or(0, |found| found.len())
}

/// Runs a command to its end, to a planned kill, or to `deadline`; its standard error goes into the file `stderr`.
///
/// # Errors
///
/// What the system says when the file cannot be made or the command cannot be started or waited for.
pub(crate) fn run(
    mut command: Command,
    kill: Option<&Kill>,
    deadline: Duration,
    stderr: &Path,
) -> io::Result<Ended> {
    own_group(&mut command);
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::options().create(true).append(true).open(stderr)?)
        .spawn()?;
    let end = started + deadline;
    if let Some(kill) = kill {
        wait(&mut child, end, |child| {
            let is_time = kill.once.has_come() || child.try_wait()?.is_some();
            Ok(is_time.then_some(()))
        })?;
        if wait(&mut child, end.min(Instant::now() + kill.after), Child::try_wait)?.is_none() {
            kill_group(&mut child)?;
        }
    }
    let status = wait(&mut child, end, Child::try_wait)?;
    if status.is_none() {
        kill_group(&mut child)?;
        child.wait()?;
    }
    Ok(Ended { status, took: started.elapsed() })
}

/// Looks up to the deadline. Standard Rust has no wait with a bound; a look every millisecond costs next to nothing.
fn wait<T>(
    child: &mut Child,
    deadline: Instant,
    mut look: impl FnMut(&mut Child) -> io::Result<Option<T>>,
) -> io::Result<Option<T>> {
    loop {
        let found = look(child)?;
        let left = deadline.saturating_duration_since(Instant::now());
        if found.is_some() || left.is_zero() {
            return Ok(found);
        }
        thread::park_timeout(left.min(Duration::from_millis(1)));
    }
}

/// A shell or a tracer stands between this process and the logging one: a kill has to reach both.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(unix)]
fn kill_group(child: &mut Child) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process_group};
    Ok(kill_process_group(Pid::from_child(child), Signal::KILL)?)
}

#[cfg(not(unix))]
fn own_group(_command: &mut Command) {}

#[cfg(not(unix))]
fn kill_group(child: &mut Child) -> io::Result<()> {
    child.kill()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn stderr_and_the_exit_code_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let stderr = folder.path().join("stderr");
        let ended = run(shell("echo hello >&2; exit 3"), None, Duration::from_secs(20), &stderr).unwrap();
        assert_eq!(ended.status.unwrap().code(), Some(3));
        assert_eq!(std::fs::read_to_string(stderr).unwrap(), "hello\n");
    }

    #[test]
    fn a_planned_kill_waits_for_its_moment() {
        use std::os::unix::process::ExitStatusExt;
        let folder = tempfile::tempdir().unwrap();
        let grows = folder.path().join("grows");
        // `cat` waits for ever: nobody writes into its pipe
        let script = format!("mkfifo {0}.fifo; echo hello > {0}; cat {0}.fifo", grows.display());
        let kill = Kill { once: Once::Longer(grows.clone(), 3), after: Duration::ZERO };
        let deadline = Duration::from_secs(60);
        let ended = run(shell(&script), Some(&kill), deadline, &folder.path().join("stderr")).unwrap();
        assert_eq!(ended.status.unwrap().signal(), Some(9));
        assert_eq!(std::fs::read_to_string(&grows).unwrap(), "hello\n");
        assert!(ended.took < deadline);
    }

    #[test]
    fn a_child_that_ends_before_the_moment_of_its_kill_keeps_its_exit_code() {
        let folder = tempfile::tempdir().unwrap();
        let kill = Kill { once: Once::Exists(folder.path().join("never")), after: Duration::ZERO };
        let stderr = folder.path().join("stderr");
        let ended = run(shell("exit 3"), Some(&kill), Duration::from_secs(60), &stderr).unwrap();
        assert_eq!(ended.status.unwrap().code(), Some(3));
    }

    #[test]
    fn a_child_that_hangs_is_killed_with_its_children() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        // the inner shell holds the reading end of the pipe as long as it lives
        let script = format!("mkfifo {0}; sh -c 'read line < {0}' ; true", fifo.display());
        let ended =
            run(shell(&script), None, Duration::from_millis(200), &folder.path().join("stderr")).unwrap();
        assert!(ended.status.is_none());
        // nobody reads the pipe any more, once the kernel is done with the inner shell: an open for writing without
        // waiting says so
        use std::os::unix::fs::OpenOptionsExt;
        let nonblocking = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
        let open = || File::options().write(true).custom_flags(nonblocking).open(&fifo);
        let patience = Instant::now() + Duration::from_secs(60);
        while open().is_ok() && Instant::now() < patience {
            std::thread::yield_now();
        }
        assert_eq!(open().unwrap_err().raw_os_error(), Some(rustix::io::Errno::NXIO.raw_os_error()));
    }
}
