//! syslog-ng for the tests of syslog lines. Its package cannot be installed beside that of rsyslog, so it is unpacked below
//! the target folder.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, ensure};

use crate::{command, counts::Counts, workspace};

/// The tests find the folder by it.
pub(crate) const VARIABLE: &str = "SYSLOG_NG";

/// It, and the libraries that a small Debian does not have.
const PACKAGES: [&str; 7] =
    ["syslog-ng-core", "libivykis0", "libnet1", "libwrap0", "libjson-c5", "libglib2.0-0", "libpcre3"];

fn folder() -> PathBuf {
    workspace::target().join("tools/syslog-ng")
}

/// Where it is unpacked, if it is.
pub(crate) fn unpacked() -> Option<PathBuf> {
    Some(folder()).filter(|folder| folder.join("usr/sbin/syslog-ng").exists())
}

/// Downloads and unpacks it where it is not there yet.
pub(crate) fn provide(counts: &mut Counts) -> anyhow::Result<()> {
    if unpacked().is_some() {
        return Ok(());
    }
    let folder = folder();
    let packages = folder.join("packages");
    fs::create_dir_all(&packages).with_context(|| format!("cannot make {}", packages.display()))?;
    command::run(Command::new("apt-get").arg("download").args(PACKAGES).current_dir(&packages), counts)?;
    for package in fs::read_dir(&packages).context("cannot read the packages")? {
        let package = package.context("cannot read the packages")?.path();
        command::run(Command::new("dpkg").arg("-x").arg(&package).arg(&folder), counts)?;
    }
    fs::remove_dir_all(&packages).context("cannot remove the packages")?;
    ensure!(unpacked().is_some(), "its packages have no syslog-ng");
    Ok(())
}
