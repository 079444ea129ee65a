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
                is_own &= is_of_logger(&name, symbol.filename());
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

/// Whether a function is of the way from the log call to here. An inlined one has its whole name only in builds with all
/// debug information, in others its file tells.
fn is_of_logger(name: &str, file: Option<&Path>) -> bool {
    const MODULES: [&str; 6] =
        ["logger_core::", "slog::", "backtrace::", "std::panic", "std::thread::local", "core::ops::"];
    const FOLDERS: [&str; 5] = [
        concat!(env!("CARGO_MANIFEST_DIR"), "/src/"),
        "/slog-2.",
        "/backtrace-",
        "/library/core/",
        "/library/std/",
    ];
    let name = name.trim_start_matches('<');
    let file = file.map(|it| it.to_string_lossy());
    MODULES.iter().any(|it| name.starts_with(it))
        || file.is_some_and(|file| FOLDERS.iter().any(|it| file.contains(it)))
}
