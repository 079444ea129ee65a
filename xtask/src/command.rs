//! Runs a program, shows what it prints while it prints it, and counts the tests that it tells of.

use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    thread,
};

use anyhow::{Context as _, bail};

use crate::{counts::Counts, say};

/// Runs a program to its end; its tests are added to `counts`.
///
/// # Errors
///
/// If it cannot be started or does not end with success.
pub(crate) fn run(command: &mut Command, counts: &mut Counts) -> anyhow::Result<()> {
    let text = shown(command);
    say(&format!("$ {text}\n"));
    let (status, counted) = run_counted(command).with_context(|| format!("cannot run `{text}`"))?;
    *counts += counted;
    if !status.success() {
        bail!("`{text}` ended with {status}");
    }
    Ok(())
}

fn run_counted(command: &mut Command) -> anyhow::Result<(ExitStatus, Counts)> {
    // colours would stand between a number and its word
    command.env("CARGO_TERM_COLOR", "never").stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdout = child.stdout.take().context("no stdout")?;
    let stderr = child.stderr.take().context("no stderr")?;
    let counts = thread::scope(|scope| {
        let from_stderr = scope.spawn(|| forward(stderr, io::stderr()));
        let mut counts = forward(stdout, io::stdout());
        counts += from_stderr.join().unwrap_or_default();
        counts
    });
    Ok((child.wait()?, counts))
}

/// Copies line by line until the end, counting.
fn forward(from: impl Read, mut to: impl Write) -> Counts {
    let mut from = BufReader::new(from);
    let (mut line, mut counts) = (Vec::new(), Counts::default());
    while from.read_until(b'\n', &mut line).is_ok_and(|len| len > 0) {
        let _ = to.write_all(&line);
        if let Some(counted) = Counts::read(&String::from_utf8_lossy(&line)) {
            counts += counted;
        }
        line.clear();
    }
    counts
}

/// What a program prints to stdout.
///
/// # Errors
///
/// If it cannot be started or does not end with success; the message has what it prints to stderr.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let text = shown(command);
    let output = command.output().with_context(|| format!("cannot run `{text}`"))?;
    if !output.status.success() {
        bail!("`{text}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be run and ends with success; for questions such as `cargo miri --version`.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|it| it.success())
}

/// A program's path, looked for in `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(&name)).find(|it| it.is_file())
}

/// The command line without the path of the program, the variables that are set for it before it.
fn shown(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let variables = command
        .get_envs()
        .filter_map(|(key, value)| Some(format!("{}={}", key.to_string_lossy(), value?.to_string_lossy())));
    let program = program.file_stem().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    let args = command.get_args().map(OsStr::to_string_lossy).map(|it| it.into_owned());
    let words: Vec<String> = variables
        .chain([program])
        .chain(args)
        .map(|word| if word.contains(' ') { format!("'{word}'") } else { word })
        .collect();
    words.join(" ")
}
