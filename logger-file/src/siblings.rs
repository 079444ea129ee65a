//! What other processes have left beside the files of this one, where each has files of its own.

use crate::{
    FileError, Fs, Kind,
    backups::{Backup, Rank, backups},
    naming::{Names, Packing},
    shift,
};

/// The files of processes that are gone, the oldest first: what they wrote last, and their backups. Those of processes that
/// live are not among them.
pub(crate) fn left(fs: &dyn Fs, names: &Names) -> Result<Vec<Vec<Backup>>, FileError> {
    let mut left = Vec::new();
    for dead in gone(fs, names)? {
        sweep(fs, &dead)?;
        left.extend(last_file(fs, &dead)?);
        left.extend(backups(fs, &dead)?);
    }
    left.sort_by_key(|backup| backup.meta.modified);
    Ok(left.into_iter().map(|backup| vec![backup]).collect())
}

/// The names of the processes that are gone and have left something.
fn gone(fs: &dyn Fs, names: &Names) -> Result<Vec<Names>, FileError> {
    let Some(folder) = names.folder().filter(|_| names.has_siblings()) else { return Ok(Vec::new()) };
    let listed = fs.list(folder).map_err(|source| FileError::Inspect { path: folder.into(), source })?;
    let others = names.siblings(&listed).into_iter();
    Ok(others.filter(|(pid, names)| !fs.is_in_use(names.file(), *pid)).map(|(_, names)| names).collect())
}

/// Deletes what is of no use to anybody: a ballast, and what was packed in part.
fn sweep(fs: &dyn Fs, dead: &Names) -> Result<(), FileError> {
    for path in [".ballast", ".packing"].map(|ending| dead.beside(ending)) {
        let found = fs.inspect(&path).map_err(|source| FileError::Inspect { path: path.clone(), source })?;
        if found.is_some_and(|found| found.kind == Kind::File) {
            shift::remove(fs, &path)?;
        }
    }
    Ok(())
}

/// The file that a process which is gone wrote to last.
fn last_file(fs: &dyn Fs, dead: &Names) -> Result<Option<Backup>, FileError> {
    let path = dead.file().to_owned();
    match fs.inspect(&path) {
        Ok(found) => {
            let file = found.filter(|found| found.kind == Kind::File);
            Ok(file.map(|meta| Backup { path, packing: Packing::Plain, meta, rank: Rank::Number(0) }))
        }
        Err(source) => Err(FileError::Inspect { path, source }),
    }
}
