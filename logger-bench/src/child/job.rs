//! What a child is asked to do, as words on its command line.

use std::{path::PathBuf, process::Command};

use anyhow::{Context as _, bail};

use crate::mode::Mode;

/// One measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) subject: String,
    pub(crate) mode: Mode,
    /// How many threads log.
    pub(crate) threads: usize,
    /// How much: the unit is the mode's.
    pub(crate) amount: u64,
    /// Where the subject writes.
    pub(crate) folder: PathBuf,
}

/// The first word of a child's command line.
pub(crate) const CHILD: &str = "child";

impl Job {
    /// Adds the words to the command line.
    pub(crate) fn put(&self, command: &mut Command) {
        command.args([CHILD, &self.subject, self.mode.name()]);
        command.args([self.threads.to_string(), self.amount.to_string()]).arg(&self.folder);
    }

    /// Reads what stands behind the word `child`.
    pub(crate) fn read(words: &[String]) -> anyhow::Result<Job> {
        let [subject, mode, threads, amount, folder] = words else {
            bail!("a child is given a subject, a mode, threads, an amount and a folder, not {words:?}");
        };
        Ok(Job {
            subject: subject.clone(),
            mode: mode.parse()?,
            threads: threads.parse().with_context(|| format!("threads: `{threads}`"))?,
            amount: amount.parse().with_context(|| format!("amount: `{amount}`"))?,
            folder: folder.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_is_read_back() {
        let job = Job {
            subject: "ours".into(),
            mode: Mode::Burst,
            threads: 4,
            amount: 500,
            folder: "some folder".into(),
        };
        let mut command = Command::new("x");
        job.put(&mut command);
        let words: Vec<String> = command.get_args().map(|it| it.to_str().unwrap().to_owned()).collect();
        assert_eq!(words[0], CHILD);
        assert_eq!(Job::read(&words[1..]).unwrap(), job);
        assert!(Job::read(&words).is_err());
    }
}
