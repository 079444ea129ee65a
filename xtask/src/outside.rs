//! A crate outside this workspace that depends on `logger-config` with the feature `file` alone and writes three files.

use std::{fs, path::Path};

use anyhow::{Context as _, ensure};

use crate::{
    command,
    counts::Counts,
    steps::Ended,
    workspace::{self, PROFILE},
};

const MAIN: &str = r#"use logger_config::{Context, LoggerExt, MetaLogger, error, info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let logger = MetaLogger::builder().log_dir("logs").build()?;
    let log = logger.bind(Context::new().expert_name("Outside").symbol("BTCUSDT"));
    info!(log, "expert started"; "version" => "1.2.0");
    info!(log.trade(), "position opened"; "side" => "BUY", "size" => 0.1);
    error!(log, "connection lost");
    Ok(())
}
"#;

pub(crate) fn check(counts: &mut Counts) -> anyhow::Result<Ended> {
    let dir = workspace::target().join("outside");
    if dir.exists() {
        fs::remove_dir_all(&dir).with_context(|| format!("cannot remove {}", dir.display()))?;
    }
    write(&dir.join("Cargo.toml"), &manifest())?;
    write(&dir.join("src/main.rs"), MAIN)?;
    // the versions of this workspace, so that nothing is fetched or built twice
    fs::copy(workspace::root().join("Cargo.lock"), dir.join("Cargo.lock"))
        .context("cannot copy Cargo.lock")?;
    let mut cargo = workspace::cargo(["run", "--quiet"]);
    command::run(cargo.current_dir(&dir).env("CARGO_TARGET_DIR", workspace::target()), counts)?;
    for (file, lines) in [("expert.log", 3), ("trades.log", 1), ("errors.log", 1)] {
        let path = dir.join("logs").join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        ensure!(text.lines().count() == lines, "{file} has not {lines} lines:\n{text}");
        counts.passed += 1;
    }
    Ok(Ended::Ok)
}

fn manifest() -> String {
    let path = workspace::root().join("logger-config").display().to_string();
    format!(
        r#"[package]
name = "outside"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
logger-config = {{ path = '{path}', default-features = false, features = ["file"] }}
{PROFILE}
[workspace]
"#
    )
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    made.with_context(|| format!("cannot write {}", path.display()))
}
