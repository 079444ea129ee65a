//! Whose word a configuration is: who may write to its files decides what the program runs on.

use std::{
    collections::BTreeMap,
    fs::{File, Metadata},
    io,
    path::{Path, PathBuf},
};

use crate::{key::Secrecy, layers::Layers, problem::Layer};

/// Opens a file of the configuration, or of a secret, for reading.
///
/// # Errors
///
/// As the system says, and where everybody may write to it. Whoever may write to it chooses folders, names and addresses, so
/// that is no file to follow.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    match mode(&file.metadata()?) {
        Some(mode) if mode & 0o002 != 0 => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "everybody may write to it (mode {mode:03o}); allowed is a file that others cannot write to"
            ),
        )),
        _ => Ok(file),
    }
}

/// Something about a file of the configuration that is taken, and told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It is another user's, who is not root either.
    OfAnother(PathBuf),
    /// It has a secret in it, and others may read it. The keys, of which no value is shown.
    Readable(PathBuf, Vec<String>),
}

/// What there is to tell of the files that values came from.
pub(crate) fn doubts(layers: &Layers) -> Vec<Doubt> {
    let mut files: BTreeMap<&PathBuf, Vec<String>> = BTreeMap::new();
    for entry in layers.entries() {
        let (Layer::File(file) | Layer::Dotenv { file, .. }) = &entry.origin.layer else { continue };
        let secrets = files.entry(file).or_default();
        if entry.key.secrecy == Secrecy::Secret
            && !entry.is_from_secret_file
            && !secrets.contains(&entry.path)
        {
            secrets.push(entry.path.clone());
        }
    }
    let mut doubts = Vec::new();
    for (path, secrets) in files {
        let Ok(found) = path.metadata() else { continue };
        if is_of_another(&found) {
            doubts.push(Doubt::OfAnother(path.clone()));
        }
        if !secrets.is_empty() && mode(&found).is_some_and(|mode| mode & 0o044 != 0) {
            doubts.push(Doubt::Readable(path.clone(), secrets));
        }
    }
    doubts
}

/// Its permission bits, where it is a regular file: what comes through a pipe has a sender of its own.
#[cfg(unix)]
fn mode(found: &Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    found.is_file().then(|| found.mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

#[cfg(unix)]
fn is_of_another(found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    found.uid() != 0 && found.uid() != rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_of_another(_: &Metadata) -> bool {
    false
}
