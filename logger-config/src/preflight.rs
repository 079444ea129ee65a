//! Whether the files could be opened, without making anything: a start that fails leaves nothing behind.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    keys::general,
    layers::Layers,
    problem::{ConfigError, Problem},
    settings::{DrainTarget, Settings},
};

/// Refuses a folder that cannot be made or written to, and names under which something else stands.
pub(crate) fn check(settings: &Settings, layers: &Layers) -> Result<(), ConfigError> {
    let Some(files) = &settings.files else { return Ok(()) };
    let key = general::LOG_DIR.path;
    if let Err(message) = folder_can_be_used(&files.folder) {
        let given = layers.values(key).next().map(|entry| entry.given.clone());
        let problem = Problem::of(key, &layers.origin(key), message);
        return Err(ConfigError { problems: vec![given.iter().fold(problem, Problem::with_given)] });
    }
    let problems: Vec<Problem> = settings
        .drains
        .iter()
        .filter_map(|drain| match &drain.target {
            DrainTarget::File(file) => {
                let is = what_else(&file.path)?;
                let key = file.key.as_str();
                let message = format!(
                    "`{}` is {is}; allowed is the name of a file, or of nothing yet",
                    file.path.display()
                );
                Some(Problem::of(key, &layers.origin(key), message))
            }
            DrainTarget::Console(_) => None,
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(ConfigError { problems }) }
}

/// What stands at a path in the place of a file.
fn what_else(path: &Path) -> Option<&'static str> {
    let found = fs::symlink_metadata(path).ok()?;
    if found.is_dir() {
        Some("a folder")
    } else if found.is_symlink() {
        Some("a link, which a log file must not be")
    } else {
        (!found.is_file()).then_some("no ordinary file")
    }
}

/// Looks at the nearest folder that is there.
fn folder_can_be_used(folder: &Path) -> Result<(), String> {
    let folder = std::path::absolute(folder).map_err(|error| format!("has no whole path: {error}"))?;
    let Some((nearest, found)) = nearest(&folder) else { return Ok(()) };
    let found = found.map_err(|error| format!("`{}` cannot be looked at: {error}", nearest.display()))?;
    if !found.is_dir() {
        return Err(format!(
            "`{}` is no folder; allowed is a folder, or a path at which one can be made",
            nearest.display()
        ));
    }
    can_be_written(&nearest).map_err(|error| {
        format!("`{}` cannot be written to: {error}; allowed is a folder of this user", nearest.display())
    })
}

/// The path itself or what it lies in: the first that is there, or cannot be looked at.
fn nearest(folder: &Path) -> Option<(PathBuf, io::Result<fs::Metadata>)> {
    let is_missing =
        |error: &io::Error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let mut found = folder.ancestors().map(|path| (path.to_owned(), fs::metadata(path)));
    found.find(|(_, found)| !found.as_ref().is_err_and(is_missing))
}

/// Asks the system, with the rights that the process has.
#[cfg(unix)]
fn can_be_written(folder: &Path) -> io::Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    Ok(accessat(CWD, folder, Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)?)
}

/// Only writing tells.
#[cfg(not(unix))]
fn can_be_written(_folder: &Path) -> io::Result<()> {
    Ok(())
}
