//! The backups of a log file, as they are in its folder.

use std::{
    collections::HashSet,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{
    FileError, Fs, Kind, Meta, Naming,
    naming::{Dated, Names, Packing},
};

/// An ended file.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    pub(crate) path: PathBuf,
    pub(crate) packing: Packing,
    pub(crate) meta: Meta,
    pub(crate) rank: Rank,
}

/// Where a backup stands among the others; one that was killed while it was packed stands there twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Rank {
    Number(u32),
    Date(Dated),
}

/// The backups, the newest first: regular files only, by their exact names.
///
/// Numbers are counted up to the first that is missing: what lies past a gap is somebody else's, such as
/// `expert.log.20260131`.
pub(crate) fn backups(fs: &dyn Fs, names: &Names) -> Result<Vec<Backup>, FileError> {
    match names.naming() {
        Naming::Numbered => numbered(fs, names, 1),
        Naming::Dated => dated(fs, names),
    }
}

/// The backups behind those, from the next number but one.
pub(crate) fn past_gap(fs: &dyn Fs, names: &Names, before: &[Backup]) -> Result<Vec<Backup>, FileError> {
    if names.naming() == Naming::Dated {
        return Ok(Vec::new());
    }
    let last = before.last().map_or(0, |backup| match backup.rank {
        Rank::Number(number) => number,
        Rank::Date(_) => 0,
    });
    numbered(fs, names, last.saturating_add(2))
}

fn numbered(fs: &dyn Fs, names: &Names, first: u32) -> Result<Vec<Backup>, FileError> {
    let mut backups = Vec::new();
    // one look at the folder in the place of three at each number; where it cannot be listed they are asked for one by one
    let listed: Option<HashSet<OsString>> =
        names.folder().and_then(|folder| fs.list(folder).ok()).map(|names| names.into_iter().collect());
    let may_be_there = |path: &Path| {
        listed.as_ref().zip(path.file_name()).is_none_or(|(listed, name)| listed.contains(name))
    };
    for number in first.. {
        let before = backups.len();
        for packing in Packing::ALL {
            let path = names.numbered(number, packing);
            if !may_be_there(&path) {
                continue;
            }
            backups.extend(backup(fs, path, packing, Rank::Number(number))?);
        }
        if backups.len() == before {
            break;
        }
    }
    Ok(backups)
}

fn dated(fs: &dyn Fs, names: &Names) -> Result<Vec<Backup>, FileError> {
    let folder = names.folder().unwrap_or(Path::new("/"));
    let listed = fs.list(folder).map_err(|source| FileError::Inspect { path: folder.into(), source })?;
    let mut found: Vec<_> = listed.iter().filter_map(|name| names.read_dated(name)).collect();
    found.sort_by(|a, b| b.cmp(a));
    let mut backups = Vec::new();
    for (date, packing) in found {
        let path = names.dated(&date, packing);
        backups.extend(backup(fs, path, packing, Rank::Date(date))?);
    }
    Ok(backups)
}

fn backup(fs: &dyn Fs, path: PathBuf, packing: Packing, rank: Rank) -> Result<Option<Backup>, FileError> {
    match fs.inspect(&path) {
        Ok(found) => {
            let file = found.filter(|it| it.kind == Kind::File);
            Ok(file.map(|meta| Backup { path, packing, meta, rank }))
        }
        Err(source) => Err(FileError::Inspect { path, source }),
    }
}
