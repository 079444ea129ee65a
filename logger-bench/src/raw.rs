//! All latencies, kept: one file for each case.

use std::{fs, path::Path};

use anyhow::Context as _;

use crate::sample::Samples;

/// The folder, below that of the results.
const FOLDER: &str = "raw";

/// Writes one line `nanoseconds:calls …` for each case, all runs together.
pub(crate) fn write(results: &Path, samples: &Samples) -> anyhow::Result<()> {
    let folder = results.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for case in samples.cases() {
        let latencies = samples.latencies(case);
        if latencies.len() > 0 {
            let path = folder.join(format!("{}-{}-{}.txt", case.mode.name(), case.threads, case.subject));
            fs::write(&path, format!("{latencies}\n"))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}
