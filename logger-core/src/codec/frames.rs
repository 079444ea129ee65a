//! Where a thread was, as addresses: taken by the caller in a few microseconds, turned into names by the worker.

use std::{
    fmt::Write as _,
    hash::{BuildHasher as _, RandomState},
    path::Path,
    sync::{
        LazyLock,
        atomic::{AtomicU8, Ordering},
    },
};

use crate::level::Level;

/// Frames that are kept; those of deeper calls are cut.
const MOST: usize = 48;

/// The lowest level that any pipeline of the process wants backtraces of.
static TRACED_FROM: AtomicU8 = AtomicU8::new(Level::Critical as u8);

/// From now on call sites of this level do not go the straight way, which has no backtrace.
pub(crate) fn trace_from(level: Level) {
    TRACED_FROM.fetch_min(level as u8, Ordering::Relaxed);
}

/// Whether records of a level may have a backtrace.
pub(crate) fn may_trace(level: Level) -> bool {
    level as u8 >= TRACED_FROM.load(Ordering::Relaxed)
}

/// Tells this process from another one, in which its addresses mean nothing.
static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));

/// The addresses of the calls that this thread is in, the innermost first, behind the number of the process.
pub(crate) fn capture() -> Vec<u8> {
    let mut bytes = PROCESS.to_le_bytes().to_vec();
    backtrace::trace(|frame| {
        bytes.extend_from_slice(&(frame.ip() as u64).to_le_bytes());
        bytes.len() < 8 * (MOST + 1)
    });
    bytes
}

/// What [`capture`] has taken, as text: a line for each function, and one for its place where that is known.
pub(crate) fn text_of(bytes: &[u8]) -> String {
    let mut words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
    let is_here = words.next() == Some(*PROCESS);
    let mut text = String::new();
    let mut number = 0;
    let mut is_own = true;
    for address in words {
        let mut known = false;
        if is_here {
            backtrace::resolve(address as usize as *mut _, |symbol| {
                let Some(name) = symbol.name().map(|name| format!("{name:#}")) else { return };
                known = true;
                is_own &= is_of_logger(&name) || symbol.filename().is_some_and(is_file_of_logger);
                if is_own {
                    return;
                }
                // writing into a String cannot fail
                let _ = writeln!(text, "{number:4}: {name}");
                number += 1;
                if let (Some(file), Some(line)) = (symbol.filename(), symbol.lineno()) {
                    let _ = writeln!(text, "             at {}:{line}", file.display());
                }
            });
        }
        if !known {
            let _ = writeln!(text, "{number:4}: {address:#x}");
            number += 1;
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// Whether a function is of the way from the log call to here.
fn is_of_logger(name: &str) -> bool {
    let name = name.trim_start_matches('<');
    ["logger_core::", "slog::", "backtrace::", "std::panic", "std::thread::local", "core::ops::"]
        .iter()
        .any(|it| name.starts_with(it))
}

/// The same by its file: where debug information has lines only, functions that were inlined are without their path.
fn is_file_of_logger(file: &Path) -> bool {
    let folders: Vec<_> = file.iter().map(|it| it.to_string_lossy()).collect();
    let is_crate = |folder: &str, name: &str| {
        let rest = folder.strip_prefix(name).map(|rest| rest.strip_prefix('-').unwrap_or(rest));
        rest.is_some_and(|version| version.bytes().all(|it| it.is_ascii_digit() || it == b'.'))
    };
    // the standard library by the paths that it was built with, or by those of its sources where they are installed
    let is_std = || file.starts_with("/rustc") || folders.windows(2).any(|pair| pair == ["rustlib", "src"]);
    let is_ours =
        |folder: &str| ["logger-core", "slog", "backtrace"].iter().any(|name| is_crate(folder, name));
    folders.windows(2).any(|pair| pair[1] == "src" && is_ours(&pair[0])) || is_std()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_logger_are_told_from_those_that_only_look_like_it() {
        for own in [
            "/home/a/logger-core/src/codec/frames.rs",
            "/root/.cargo/registry/src/index/logger-core-0.1.0/src/lib.rs",
            "/root/.cargo/registry/src/index/slog-2.8.2/src/lib.rs",
            "/root/.cargo/registry/src/index/backtrace-0.3.77/src/backtrace/libunwind.rs",
            "/rustc/59807616e1fa/library/std/src/thread/local.rs",
            "/root/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/thread/local.rs",
        ] {
            assert!(is_file_of_logger(Path::new(own)), "{own}");
        }
        for other in [
            "/home/a/logger-core/tests/it/backtraces.rs",
            "/home/a/slog-extra/src/lib.rs",
            "/home/a/my_bot/src/logger-core.rs",
            "/home/rustc/src/main.rs",
            "src/main.rs",
        ] {
            assert!(!is_file_of_logger(Path::new(other)), "{other}");
        }
    }
}
