//! Where a child runs: as it is, on a small disk of its own, or under a tracer that falsifies system calls.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::SystemTime,
};

use crate::plan::Plan;

/// Where a child runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// As it is.
    Plain,
    /// As it is, by a program that ends at its first panic: built with `panic = "abort"`, by `cargo xtask faults`.
    Abort,
    /// Its outputs lie on a tmpfs of `size` bytes, of which `free` are free at first, in a user namespace: no other
    /// process sees it, and root is not needed. What is left on it is copied out at the end.
    SmallDisk {
        /// Bytes of the whole disk.
        size: u64,
        /// Bytes that are free at first.
        free: u64,
    },
    /// In a user namespace where it is nobody: the files are its own, and permissions hold for it, whoever runs the case.
    Powerless,
    /// Its stderr takes nothing, or nothing any more.
    DeafStderr(Deaf),
    /// Under `strace`, which falsifies calls on its `expert.log` as this expression of `-e inject=` says.
    Strace {
        /// Such as `write:retval=3:when=5`.
        inject: &'static str,
    },
}

/// A stderr that takes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deaf {
    /// A pipe that nobody reads while the child lives. What it took is read at the end.
    Pipe,
    /// `/dev/full`.
    Full,
    /// Closed when the child starts. The standard library opens `/dev/null` in its place, which takes everything.
    Closed,
}

impl Deaf {
    fn script(self) -> &'static str {
        match self {
            Deaf::Pipe => UNREAD_PIPE,
            Deaf::Full => r#"shift; exec "$@" 2> /dev/full"#,
            Deaf::Closed => r#"shift; exec "$@" 2>&-"#,
        }
    }
}

/// Runs the child with a pipe as its stderr, whose other end is held open, and passes on what it took. Arguments: the
/// pipe, program, its arguments.
const UNREAD_PIPE: &str = r#"
pipe=$1
shift
mkfifo "$pipe" || exit 125
exec 3<> "$pipe"
"$@" 2> "$pipe" 3>&-
code=$?
dd if="$pipe" iflag=nonblock bs=1M count=1 status=none >&2
exit $code
"#;

/// Makes room for a tmpfs, runs the child, saves what it left. Arguments: size, mount point, bytes of filler, folder to
/// save into, program, its arguments.
const SMALL_DISK: &str = r#"
size=$1 disk=$2 filler=$3 save=$4
shift 4
mount -t tmpfs -o "size=$size" none "$disk" || exit 125
head -c "$filler" /dev/zero > "$disk/filler"
"$@"
code=$?
rm -f "$disk/filler"
cp -R "$disk/." "$save/" || exit 125
exit $code
"#;

impl Stage {
    /// What the tracer saw, in [`Plan::ledger`].
    pub const TRACE: &'static str = "strace.txt";

    /// The file that fills a small disk.
    pub fn filler(outputs: &Path) -> PathBuf {
        outputs.join("filler")
    }

    /// Why it is not possible on this machine; `None` where it is.
    pub fn unavailable(self, program: &Path) -> Option<String> {
        match self {
            Stage::Plain => None,
            Stage::Abort => {
                let aborting = aborting(program);
                let is_fresh = modified(&aborting) >= modified(program) && aborting.exists();
                let why = || format!("no build with `panic = \"abort\"` at {}", aborting.display());
                (!is_fresh)
                    .then(why)
                    .map(|why| why + " as new as the program; `cargo xtask faults` makes one")
            }
            Stage::Powerless => {
                let mut probe = Command::new("unshare");
                probe.args(["-U", "true"]);
                (!works(probe)).then(|| "no user namespaces here".into())
            }
            Stage::DeafStderr(_) => (!cfg!(target_os = "linux")).then(|| "no /dev/full, no FIFO here".into()),
            Stage::SmallDisk { .. } => {
                let mut probe = Command::new("unshare");
                probe.args(["-Urm", "sh", "-c", "mount -t tmpfs none /mnt"]);
                works(probe)
                    .then_some(())
                    .map_or(Some("no user namespaces with mounts here".into()), |()| None)
            }
            Stage::Strace { .. } => {
                let mut probe = Command::new("strace");
                probe.args(["--seccomp-bpf", "-f", "-o", "/dev/null", "-e", "trace=write", "true"]);
                (!works(probe)).then(|| "no strace that may trace here".into())
            }
        }
    }

    /// The command that runs `program` as a child with `plan` on this stage, and the folder in which the outputs are
    /// found after its end.
    ///
    /// # Errors
    ///
    /// What the file system says when a folder cannot be made.
    pub fn command(self, program: &Path, plan: &Plan) -> io::Result<(Command, PathBuf)> {
        let json = serde_json::to_string(plan)?;
        let child = [program.as_os_str(), "--child".as_ref(), json.as_ref()];
        match self {
            Stage::Plain => {
                let mut command = Command::new(program);
                command.args(&child[1..]);
                Ok((command, plan.outputs.clone()))
            }
            Stage::Abort => {
                let mut command = Command::new(aborting(program));
                command.args(&child[1..]);
                Ok((command, plan.outputs.clone()))
            }
            Stage::SmallDisk { size, free } => {
                let saved = plan.ledger.join("saved");
                fs::create_dir_all(&saved)?;
                let mut command = Command::new("unshare");
                command.args(["-Urm", "sh", "-c", SMALL_DISK, "sh"]);
                command.arg(size.to_string()).arg(&plan.outputs).arg((size - free).to_string()).arg(&saved);
                command.args(child);
                Ok((command, saved))
            }
            Stage::Powerless => {
                let mut command = Command::new("unshare");
                command.arg("-U").args(child);
                Ok((command, plan.outputs.clone()))
            }
            Stage::DeafStderr(deaf) => {
                let mut command = Command::new("sh");
                command.args(["-c", deaf.script(), "sh"]).arg(plan.ledger.join("stderr.pipe")).args(child);
                Ok((command, plan.outputs.clone()))
            }
            Stage::Strace { inject } => {
                let calls = inject.split(':').next().unwrap_or_default();
                let mut command = Command::new("strace");
                command.args(["-f", "--seccomp-bpf", "-qq", "-o"]).arg(plan.ledger.join(Stage::TRACE));
                command.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={inject}"), "-P"]);
                command.arg(plan.outputs.join("expert.log")).args(child);
                Ok((command, plan.outputs.clone()))
            }
        }
    }
}

/// The same program from the profile `abort`: in the folder beside that of the other profile.
fn aborting(program: &Path) -> PathBuf {
    let profile = program.parent().unwrap_or(program);
    profile.with_file_name("abort").join(program.file_name().unwrap_or_default())
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|found| found.modified()).ok()
}

fn works(mut command: Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
