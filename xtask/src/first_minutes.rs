//! Follows the first chapter of the guide to the letter, in an empty folder: from nothing to `trades.log` and an alert.

use std::{fs, net::TcpListener, path::Path};

use anyhow::Context as _;
use guide::Session;

use crate::{counts::Counts, steps::Ended, workspace};

/// What the chapter calls the folder of this repository.
const REPOSITORY: &str = "/path/to/logging";
/// The port of its test server.
const PORT: &str = "8099";
pub(crate) fn check(counts: &mut Counts) -> anyhow::Result<Ended> {
    if cfg!(not(unix)) {
        return Ended::skipped("the commands of the guide are for a shell");
    }
    let root = workspace::root();
    let chapter = fs::read_to_string(root.join("docs/src/start.md")).context("cannot read the chapter")?;
    let session = Session::new(Path::new("/nowhere"))?
        .replaced(REPOSITORY, root.display().to_string())
        .replaced(PORT, free_port()?.to_string())
        .variable("CARGO_TARGET_DIR", workspace::target().display().to_string())
        .variable("CARGO_TERM_COLOR", "never")
        .with_file(".cargo/config.toml", workspace::PROFILE)?
        // the versions of this workspace, so that nothing is fetched
        .with_file(
            "Cargo.lock",
            &fs::read_to_string(root.join("Cargo.lock")).context("cannot read Cargo.lock")?,
        )?;
    session.follow(&chapter)?;
    counts.passed += 1;
    Ok(Ended::Ok)
}

/// A port that nobody listens on at the moment.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no port is free")?;
    Ok(listener.local_addr().context("a port without a number")?.port())
}
