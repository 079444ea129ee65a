//! `logger verify`

use std::{
    fs,
    io::{self, BufRead as _, BufReader, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use logger_core::Secret;
use logger_file::{CHECKPOINT_ENDING, Flaw, Seal, SealJudge, SealKey};

use super::{
    Failure, Found, Output,
    choice::{LOGS, Place, REPORTS},
};
use crate::{
    output::visible,
    source::{Meter, segments},
};

/// Looks whether the lines of a log are as they were written, by their seals.
///
/// Reads all its files, packed or not, the oldest first, and shows the file and the line of each flaw: a line that was changed,
/// removed, moved or put in, a file that is missing, an end that was cut off.
///
/// Ends with 0 where all lines of all logs are as they were written, and with 1 where something is wrong or a log has no seals.
#[derive(Debug, Args)]
pub(super) struct Verify {
    #[command(flatten)]
    place: Place,
    /// The file with the key, `files.seal_key`; by default that of the variables `LOG__FILES__SEAL_KEY` and
    /// `LOG__FILES__SEAL_KEY_FILE`; without one lines are taken to be sealed without a key
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// What was said of the last line at another time, `NUMBER:HASH`: it has to be there still. With one log
    #[arg(long, value_name = "LAST")]
    expect: Vec<String>,
    /// Does not look at what the program has noted beside the log: for files that were moved elsewhere. Lines that are missing at the ends
    /// are not found then
    #[arg(long)]
    no_checkpoint: bool,
    /// The logs, each by the name of the file that is written to; by default those of the folder
    #[arg(value_name = "LOG")]
    logs: Vec<PathBuf>,
}

/// So many flaws of a log are shown; of the others how many they are.
const SHOWN: usize = 20;
/// A longer file holds no key.
const LONGEST_KEY: u64 = 64 * 1024;

impl Verify {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        let seal = self.seal()?;
        let logs = if self.logs.is_empty() { self.logs_of_folder()? } else { self.logs.clone() };
        if !self.expect.is_empty() && logs.len() != 1 {
            return Err(Failure::Usage("--expect is about the last line of one log; name it".into()));
        }
        let (mut found, meter) = (Found::Something, Meter::default());
        for log in &logs {
            if !self.judge(log, &seal, &meter, &mut *out.out)? {
                found = Found::Nothing;
            }
        }
        if logs.is_empty() {
            writeln!(out.out, "there is no log")?;
            return Ok(Found::Nothing);
        }
        Failure::unless_all_was_read(&meter)?;
        Ok(found)
    }

    /// Those that are there, or were: of a log that was deleted the checkpoint is left.
    fn logs_of_folder(&self) -> Result<Vec<PathBuf>, Failure> {
        let dir = self.place.check()?;
        let logs = LOGS.into_iter().chain([REPORTS]).map(|name| dir.join(name));
        Ok(logs.filter(|log| log.exists() || checkpoint(log).exists()).collect())
    }

    fn seal(&self) -> Result<Seal, Failure> {
        let variable = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
        let file = self.key_file.clone();
        let key = match (file, variable("LOG__FILES__SEAL_KEY"), variable("LOG__FILES__SEAL_KEY_FILE")) {
            (Some(file), ..) => read_key(&file)?,
            (None, Some(key), _) => Secret::new(key.into_encoded_bytes()),
            (None, None, Some(file)) => read_key(Path::new(&file))?,
            (None, None, None) => return Ok(Seal::Hash),
        };
        match SealKey::new(key.expose().clone()) {
            Ok(key) => Ok(Seal::Key(key)),
            Err(error) => Err(Failure::Usage(error.to_string())),
        }
    }

    /// Judges a log and says what is wrong. Returns whether nothing is.
    fn judge(&self, log: &Path, seal: &Seal, meter: &Meter, out: &mut dyn Write) -> Result<bool, Failure> {
        let name = log.file_name().unwrap_or_default().to_string_lossy();
        let Some(mut judge) = SealJudge::new(seal, &name) else { return Ok(false) };
        for expected in &self.expect {
            if !judge.expect(expected) {
                let message =
                    format!("--expect: `{expected}` is no `NUMBER:HASH`, as `logger verify` says it");
                return Err(Failure::Usage(message));
            }
        }
        let mut flaws = Flaws { out, count: 0 };
        // before the lines: some may be written meanwhile
        let is_noted = self.no_checkpoint || judge.expect_checkpoint(log)?;
        let mut files = 0_u64;
        for segment in segments(log, meter)? {
            let file = match segment.unpacked(meter) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                file => file?,
            };
            files += 1;
            let mut lines = BufReader::with_capacity(256 * 1024, file);
            let (mut line, mut number) = (Vec::new(), 0);
            while lines.read_until(b'\n', &mut line)? > 0 {
                number += 1;
                if let Err(flaw) = judge.line(&line) {
                    flaws.say(&format!("{}:{number}", segment.path().display()), &flaw)?;
                }
                line.clear();
            }
        }
        let shown = log.display().to_string();
        let counts = judge.counts();
        if counts.sealed == 0 && flaws.count == 0 && !is_noted {
            writeln!(flaws.out, "{}: no line has a seal", visible(&shown))?;
            return Ok(false);
        }
        if !self.no_checkpoint {
            judge.look_at_checkpoint_again(log)?;
        }
        if !is_noted {
            flaws.say(&shown, &Flaw::NoCheckpoint)?;
        }
        for flaw in judge.end() {
            flaws.say(&shown, &flaw)?;
        }
        if counts.sealed == 0 && flaws.count > 0 && matches!(seal, Seal::Hash) {
            writeln!(
                flaws.out,
                "{}: if lines were sealed with a key, --key-file has to name it",
                visible(&shown)
            )?;
        }
        flaws.sum_up(&shown)?;
        let Flaws { out, count } = flaws;
        let last = judge.last().map_or(String::new(), |last| format!("; the last is {last}"));
        let (lines, files) = (number_of(counts.sealed, "line"), number_of(files, "file"));
        writeln!(out, "{}: {lines} in {files} as written{last}", visible(&shown))?;
        let rest = [
            (counts.before, "from before there were seals"),
            (counts.repeated, "there twice"),
            (counts.replaced, "written in the place of others that the disk did not take"),
            (counts.broken, "written in part"),
        ];
        for (count, what) in rest.into_iter().filter(|(count, _)| *count > 0) {
            writeln!(out, "{}: {count} more are {what}", visible(&shown))?;
        }
        Ok(count == 0)
    }
}

/// What is wrong with a log.
struct Flaws<'o> {
    out: &'o mut dyn Write,
    count: usize,
}

impl Flaws<'_> {
    fn say(&mut self, place: &str, flaw: &Flaw) -> io::Result<()> {
        self.count += 1;
        if self.count <= SHOWN {
            writeln!(self.out, "{}: {flaw}", visible(place))?;
        }
        Ok(())
    }

    fn sum_up(&mut self, log: &str) -> io::Result<()> {
        match self.count.saturating_sub(SHOWN) {
            0 => Ok(()),
            more => writeln!(self.out, "{}: {more} more flaws", visible(log)),
        }
    }
}

/// `1 line`, `2 lines`.
fn number_of(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn checkpoint(log: &Path) -> PathBuf {
    let mut path = log.to_owned().into_os_string();
    path.push(CHECKPOINT_ENDING);
    path.into()
}

/// The key that stands in a file, without the end of its last line, as the configuration reads it.
fn read_key(path: &Path) -> Result<Secret<Vec<u8>>, Failure> {
    let failed = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    if fs::metadata(path).map_err(failed)?.len() > LONGEST_KEY {
        return Err(io::Error::other(format!("{} is no file with a key alone", path.display())).into());
    }
    let mut key = fs::read(path).map_err(failed)?;
    while key.pop_if(|it| matches!(it, b'\n' | b'\r')).is_some() {}
    Ok(Secret::new(key))
}
