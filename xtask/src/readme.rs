//! `cargo xtask readme`: writes what the README shows of the last measure and of the demo.

use std::{fs, process::ExitCode};

use anyhow::Context as _;

use crate::{picture, say, speed, workspace};

/// Where the table of figures begins and ends.
const BEGIN: &str = "<!-- speed: written by `cargo xtask readme` from logger-bench/results/latest.json -->\n";
const END: &str = "<!-- end of speed -->";
/// What stands above what the demo prints.
const DEMO: &str = "<!-- output: the demo -->\n```text\n";
/// The picture of it.
pub(crate) const PICTURE: &str = "docs/src/demo.svg";

pub(crate) fn readme() -> anyhow::Result<ExitCode> {
    let path = workspace::root().join("README.md");
    let text = read("README.md")?;
    let new = with_speed(&text, &read("logger-bench/results/latest.json")?)?;
    fs::write(&path, &new).context("cannot write README.md")?;
    fs::write(workspace::root().join(PICTURE), picture_of(&new)?)
        .with_context(|| format!("cannot write {PICTURE}"))?;
    say("README.md and the picture of the demo are written\n");
    Ok(ExitCode::SUCCESS)
}

fn read(path: &str) -> anyhow::Result<String> {
    fs::read_to_string(workspace::root().join(path)).with_context(|| format!("cannot read {path}"))
}

/// The README with the table of a measure.
fn with_speed(readme: &str, measure: &str) -> anyhow::Result<String> {
    let (before, rest) = readme.split_once(BEGIN).context("README.md has no place for the figures")?;
    let (_, after) = rest.split_once(END).context("the place for the figures has no end")?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", speed::table(measure)?))
}

/// The picture of what the README shows of the demo.
fn picture_of(readme: &str) -> anyhow::Result<String> {
    let (_, rest) = readme.split_once(DEMO).context("README.md has no output of the demo")?;
    let (output, _) = rest.split_once("```").context("the output of the demo has no end")?;
    Ok(picture::terminal(output))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_in_the_readme_are_those_of_the_last_measure() {
        let readme = read("README.md").unwrap();
        let new = with_speed(&readme, &read("logger-bench/results/latest.json").unwrap()).unwrap();
        assert_eq!(readme, new, "`cargo xtask readme` writes them");
    }

    #[test]
    fn the_picture_shows_what_the_readme_says_that_the_demo_prints() {
        let picture = picture_of(&read("README.md").unwrap()).unwrap();
        assert_eq!(read(PICTURE).unwrap(), picture, "`cargo xtask readme` writes it");
    }
}
