//! Programs that some tests need and that are not part of a Rust installation.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::{command, counts::Counts, say, steps::Ended, syslog_ng};

/// A program, and the Debian package that has it.
struct Tool {
    program: &'static str,
    package: &'static str,
    /// What is not tested without it.
    needed_for: &'static str,
}

const TOOLS: [Tool; 9] = [
    Tool {
        program: "strace",
        package: "strace",
        needed_for: "the faults that are injected into system calls",
    },
    Tool { program: "valgrind", package: "valgrind", needed_for: "the instructions of a log call" },
    Tool { program: "rsyslogd", package: "rsyslog", needed_for: "what a receiver makes of syslog lines" },
    Tool { program: "logrotate", package: "logrotate", needed_for: "files that an administrator rotates" },
    Tool { program: "tmux", package: "tmux", needed_for: "the live view on a real terminal" },
    Tool { program: "lnav", package: "lnav", needed_for: "the format that is shipped for lnav" },
    Tool { program: "fish", package: "fish", needed_for: "the completions for fish" },
    Tool { program: "promtool", package: "prometheus", needed_for: "what Prometheus makes of the figures" },
    Tool { program: "zsh", package: "zsh", needed_for: "the completions for zsh" },
];

/// Looks for the tools. On Debian, as root, those that are missing are installed; elsewhere they are named.
pub(crate) fn provide(counts: &mut Counts) -> anyhow::Result<Ended> {
    let mut missing = Vec::new();
    for tool in &TOOLS {
        if command::find(tool.program).is_none() && !install(tool.package, counts) {
            missing.push(format!("{} (for {})", tool.program, tool.needed_for));
        }
    }
    if let Some(why) = syslog_ng_is_missing(counts) {
        missing.push(format!("syslog-ng (for what a second receiver makes of syslog lines): {why}"));
    }
    match missing.is_empty() {
        true => Ok(Ended::Ok),
        false => Ended::skipped(format!("missing: {}", missing.join(", "))),
    }
}

/// Why syslog-ng cannot be had; `None` where it is there.
fn syslog_ng_is_missing(counts: &mut Counts) -> Option<String> {
    if command::find("syslog-ng").is_some() || syslog_ng::unpacked().is_some() {
        return None;
    }
    if !is_debian() {
        return Some("only on Debian it is unpacked here".into());
    }
    syslog_ng::provide(counts).err().map(|error| format!("{error:#}"))
}

fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists() && command::find("apt-get").is_some()
}

/// Installs a Debian package; `false` where that cannot be done.
fn install(package: &str, counts: &mut Counts) -> bool {
    if !is_debian() || !is_root() {
        return false;
    }
    let mut apt = |args: &[&str]| {
        command::run(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"), counts)
    };
    let install = ["install", "--yes", "--no-install-recommends", package];
    // the list of packages may be missing or old: once more with a new one
    let result = apt(&install).or_else(|_| apt(&["update"]).and_then(|()| apt(&install)));
    if let Err(error) = &result {
        say(&format!("{package} was not installed: {error:#}\n"));
    }
    result.is_ok()
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").stderr(Stdio::null()).output();
    id.is_ok_and(|it| it.stdout.trim_ascii() == b"0")
}
