//! `logger completions` and `logger man`

use clap::{Args, CommandFactory as _};

use super::{CommandLine, Failure, Found, Output};

/// Writes completions for a shell.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

/// Writes the manual page, or all of them into a folder.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// A folder for the pages of the command and of each of its tasks
    folder: Option<std::path::PathBuf>,
}

impl Completions {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        // clap_complete panics where it cannot write
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut CommandLine::command(), "logger", &mut text);
        out.out.write_all(&text)?;
        Ok(Found::Something)
    }
}

impl Man {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        match self.folder {
            Some(folder) => clap_mangen::generate_to(CommandLine::command(), folder)?,
            None => clap_mangen::Man::new(CommandLine::command()).render(&mut out.out)?,
        }
        Ok(Found::Something)
    }
}
