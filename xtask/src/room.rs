//! Whether the disk has room for what a whole run builds: one that is full breaks builds and tests in ways that tell nothing.

use std::process::Command;

use anyhow::Context as _;

use crate::{command, counts::Counts, say, steps::Ended, workspace};

/// What a run from nothing takes, in MiB, rounded up.
const NEEDED: u64 = 6 * 1024;

/// Says aloud where the room may not be enough; parts of the run may be built already, so that it goes on.
pub(crate) fn check(_: &mut Counts) -> anyhow::Result<Ended> {
    let text = match command::output(Command::new("df").arg("-Pk").arg(workspace::root())) {
        Ok(text) => text,
        Err(error) => return Ended::skipped(format!("{error:#}")),
    };
    let free = free(&text).with_context(|| format!("`df -Pk` printed something else: {text}"))?;
    if free < NEEDED {
        say(&format!(
            "WARNING: {free} MiB are free on this disk; a run from nothing takes up to {NEEDED} MiB\n"
        ));
    }
    Ok(Ended::Ok)
}

/// The free space that `df -Pk` tells of, in MiB.
fn free(text: &str) -> Option<u64> {
    let kib: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_free_space_is_the_fourth_column_of_the_second_line() {
        let text = "Filesystem 1024-blocks Used Available Capacity Mounted on\n\
                    /dev/vda 263000000 44000000 10485760 46% /\n";
        assert_eq!(free(text), Some(10 * 1024));
        assert_eq!(free("nothing of the kind\n"), None);
    }
}
