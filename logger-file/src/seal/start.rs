//! Where a chain goes on after a restart or a kill: behind its checkpoint, or behind the lines that follow that.

use std::{
    io::{self, BufRead as _, BufReader, Read},
    path::{Path, PathBuf},
};

use super::{
    Seal, SealTrouble,
    checkpoint::SealCheckpoint,
    judge::is_broken,
    link::{Hasher, Kind, Link, Sealed},
    sealer::{Begun, Found, Sealer},
    track::{Step, Track},
};
use crate::{
    Durability, FileError, Fs,
    backups::{backups, past_gap},
    compression::unpacked,
    naming::{Names, Packing},
};

/// The chain of a log; `None` where lines have no seals.
///
/// # Errors
///
/// A file cannot be read.
pub(crate) fn start(
    fs: &dyn Fs,
    names: &Names,
    seal: &Seal,
    durability: Durability,
) -> Result<Option<(Sealer, Option<SealTrouble>)>, FileError> {
    let name = names.file().file_name().unwrap_or_default().as_encoded_bytes();
    let Some(hasher) = Hasher::new(seal, name) else { return Ok(None) };
    let failed = |source| FileError::Seal { path: names.file().into(), source };
    let checkpoint = SealCheckpoint::load(fs, names, &hasher).map_err(failed)?;
    let files = files(fs, names)?;
    let (found, trouble) = match checkpoint {
        None => without_checkpoint(fs, &files, &hasher).map_err(failed)?,
        Some(checkpoint) => behind(fs, names.file(), &files, &hasher, checkpoint).map_err(failed)?,
    };
    let known = match durability {
        // a kill has left lines that the disk may not have; if it does not take them now, the next wait tries again
        Durability::Disk if found.at != found.known && sync(fs, names, &files).is_ok() => found.at,
        _ => found.known,
    };
    let found = Found { known, ..found };
    Ok(Some((Sealer::new(names, hasher, found), trouble)))
}

/// Returns when all files are on the medium.
fn sync(fs: &dyn Fs, names: &Names, files: &[(PathBuf, Packing)]) -> io::Result<()> {
    for (path, _) in files {
        match fs.open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            file => file?.sync()?,
        }
    }
    names.folder().map_or(Ok(()), |folder| fs.sync_folder(folder))
}

/// The first sealed line of the oldest file; that of `next` where there is none.
///
/// # Errors
///
/// A file cannot be read.
pub(crate) fn oldest(fs: &dyn Fs, names: &Names, next: u64) -> Result<u64, FileError> {
    for (path, packing) in files(fs, names)? {
        let first = first(fs, &path, packing).map_err(|source| FileError::Seal { path, source })?;
        match first {
            First::Sealed(number) => return Ok(number),
            // written before there were seals
            First::Unsealed => return Ok(1),
            First::None => {}
        }
    }
    Ok(next)
}

/// The files, the oldest first, with the one that is written to. A kill in the midst of a rotation leaves a gap in their numbers.
fn files(fs: &dyn Fs, names: &Names) -> Result<Vec<(PathBuf, Packing)>, FileError> {
    let mut backups = backups(fs, names)?;
    backups.extend(past_gap(fs, names, &backups)?);
    // of one that is there plain and packed either will do
    backups.dedup_by(|one, other| one.rank == other.rank);
    let mut files: Vec<_> = backups.into_iter().rev().map(|it| (it.path, it.packing)).collect();
    files.push((names.file().into(), Packing::Plain));
    Ok(files)
}

/// How a file begins, but for lines that break off.
enum First {
    /// With a sealed line of this number.
    Sealed(u64),
    Unsealed,
    /// There is nothing whole in it, or it is gone.
    None,
}

fn first(fs: &dyn Fs, path: &Path, packing: Packing) -> io::Result<First> {
    let mut first = First::None;
    each_line(fs, path, packing, |line| {
        first = match Sealed::read(line) {
            Some(sealed) => First::Sealed(sealed.link.number),
            None if is_broken(line) => return true,
            None => First::Unsealed,
        };
        false
    })?;
    Ok(first)
}

/// Reads whole lines until `take` does not want more. Returns whether it met one without an end.
fn each_line(
    fs: &dyn Fs,
    path: &Path,
    packing: Packing,
    mut take: impl FnMut(&[u8]) -> bool,
) -> io::Result<bool> {
    let file: Box<dyn Read + Send> = match fs.read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        file => file?,
    };
    let file = match packing {
        Packing::Plain => file,
        packing => unpacked(packing, file)?,
    };
    let mut file = BufReader::with_capacity(64 * 1024, file);
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line)? > 0 {
        // what a kill has left of a line is taken away or closed by others
        if !line.ends_with(b"\n") {
            return Ok(true);
        }
        if !take(&line) {
            break;
        }
        line.clear();
    }
    Ok(false)
}

/// Nobody can tell what is missing: where there is a chain already, another begins, which shows.
fn without_checkpoint(
    fs: &dyn Fs,
    files: &[(PathBuf, Packing)],
    hasher: &Hasher,
) -> io::Result<(Found, Option<SealTrouble>)> {
    let mut last: Option<Link> = None;
    for (path, packing) in files {
        each_line(fs, path, *packing, |line| {
            last = Sealed::read(line).map(|it| it.link).or(last);
            true
        })?;
    }
    let Some(last) = last else {
        return Ok((
            Found {
                begun: Begun::NotYet,
                known: Link::NONE,
                at: Link::NONE,
                anew: None,
                is_first: true,
                oldest: [1, 1],
            },
            None,
        ));
    };
    // what no line has, and another each time; that there was no checkpoint is told already
    let anew = Link { hash: hasher.hash(Kind::Anew, last, &[]), ..last };
    let found = Found {
        begun: Begun::Yes,
        known: anew,
        at: anew,
        anew: Some(anew),
        is_first: true,
        oldest: SealCheckpoint::NONE.oldest,
    };
    Ok((found, Some(SealTrouble::NoCheckpoint)))
}

fn behind(
    fs: &dyn Fs,
    file: &Path,
    files: &[(PathBuf, Packing)],
    hasher: &Hasher,
    checkpoint: SealCheckpoint,
) -> io::Result<(Found, Option<SealTrouble>)> {
    let known = checkpoint.last;
    // the newest file that begins with the next line or an earlier one, and those behind it
    let mut begin = 0;
    for (index, (path, packing)) in files.iter().enumerate().rev() {
        if matches!(first(fs, path, *packing)?, First::Sealed(number) if number <= known.number + 1) {
            begin = index;
            break;
        }
    }
    let mut track = Track::new(known, None);
    // a line that could not be cut off may have the number of one that was written in its place, and stands before that
    // before the first line there is none, and it may have been deleted with its file
    let is_gone = known.number < checkpoint.oldest[1];
    let (mut is_found, mut strange, mut greatest, mut trouble) = (is_gone, None, 0, None);
    // one that lacks its end only is a line once that is closed, and the next one has its number
    let mut anew = None;
    for (path, packing) in &files[begin..] {
        let is_open = each_line(fs, path, *packing, |line| {
            let Some(sealed) = Sealed::read(line) else { return true };
            let number = sealed.link.number;
            greatest = greatest.max(number);
            if number <= known.number {
                is_found |= sealed.link == known;
                return true;
            }
            match track.step(hasher, &sealed) {
                Step::Next | Step::Repeated | Step::Instead => is_found = true,
                Step::Gap | Step::Behind | Step::Wrong if is_found => {
                    trouble = Some(SealTrouble::Changed { line: number });
                }
                Step::Gap | Step::Behind | Step::Wrong => strange = strange.or(Some(number)),
            }
            trouble.is_none()
        })?;
        if trouble.is_some() {
            break;
        }
        anew = is_open.then_some(track.at);
    }
    if !is_found && trouble.is_none() {
        trouble = Some(match strange.or((greatest == known.number).then_some(greatest)) {
            Some(line) => SealTrouble::Changed { line },
            None => SealTrouble::LinesMissing { from: greatest + 1, to: known.number },
        });
    }
    let at = track.at;
    let is_first = !matches!(first(fs, file, Packing::Plain)?, First::Sealed(_));
    let mut oldest = checkpoint.oldest;
    for (path, packing) in files {
        match first(fs, path, *packing)? {
            First::None => continue,
            First::Unsealed => {}
            First::Sealed(number) if number <= oldest[1] => oldest = [number, number],
            First::Sealed(found) => {
                trouble = trouble.or(Some(SealTrouble::FilesMissing { expected: oldest[1], found }));
            }
        }
        break;
    }
    Ok((Found { begun: Begun::Yes, known, at, anew, is_first, oldest }, trouble))
}
