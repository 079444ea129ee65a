//! Which files of a folder belong to a log.
//!
//! They are those that `logger-file` makes: `expert.log`, `expert.log.1` … with the newest first, and
//! `expert.2026-01-31.log`, `expert.2026-01-31T14-00.2.log` …; each may be packed.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Meter, Segment, first_time};

/// What a file is packed with, told by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// `.gz`
    Gzip,
    /// `.zst`
    Zstd,
}

impl Packing {
    /// Told by the name of a file.
    pub fn of(name: &str) -> (&str, Packing) {
        if let Some(rest) = name.strip_suffix(".gz") {
            (rest, Packing::Gzip)
        } else if let Some(rest) = name.strip_suffix(".zst") {
            (rest, Packing::Zstd)
        } else {
            (name, Packing::Plain)
        }
    }
}

/// Where a file stands among those of its log; what was written later is greater.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The date, with the time of day where there is one, and the counter, which begins at 1.
    Dated(String, u32),
    /// The greatest number is the oldest.
    Numbered(std::cmp::Reverse<u32>),
    /// The one that is written to.
    Open,
}

/// The files of the log that is written to `file`, the oldest first; none where there is none.
///
/// Where a file is there plain and packed, as it is for a moment after it was packed, only one of them counts. One that cannot be
/// looked at is noted, and left out.
///
/// # Errors
///
/// What the file system says when the folder is read; a folder that is missing is an error.
pub fn segments(file: &Path, meter: &Meter) -> io::Result<Vec<Segment>> {
    for _ in 0..LOOKS {
        let (mut found, gone) = list(file, meter)?;
        // names move up when a file ends, and a file goes when it was packed: all is looked at anew then
        let is_gone = |error: io::Error| error.kind() == io::ErrorKind::NotFound;
        let moved = found.iter_mut().rev().take(HELD).any(|it| it.hold().is_err_and(is_gone));
        if gone.is_empty() && !moved {
            return Ok(found);
        }
    }
    let (found, gone) = list(file, meter)?;
    gone.iter().for_each(|path| meter.unread().note(path, &io::ErrorKind::NotFound.into()));
    Ok(found)
}

/// How often a folder is looked at whose files move.
const LOOKS: usize = 20;
/// So many files are kept open, the newest ones: a process may have some thousand.
const HELD: usize = 200;

/// The files, and names behind which there is none.
fn list(file: &Path, meter: &Meter) -> io::Result<(Vec<Segment>, Vec<PathBuf>)> {
    let Some(name) = file.file_name().and_then(|it| it.to_str()) else { return Ok(Default::default()) };
    let folder = match file.parent() {
        Some(it) if it != Path::new("") => it,
        _ => Path::new("."),
    };
    let mut found: BTreeMap<Place, (Packing, PathBuf)> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some((place, packing)) = entry.file_name().to_str().and_then(|it| place(name, it)) else {
            continue;
        };
        let better = found.get(&place).is_none_or(|(other, _)| packing < *other);
        if better {
            found.insert(place, (packing, entry.path()));
        }
    }
    let is_mixed = found.keys().any(|it| matches!(it, Place::Dated(..)))
        && found.keys().any(|it| matches!(it, Place::Numbered(_)));
    let (mut segments, mut gone) = (Vec::with_capacity(found.len()), Vec::new());
    for (packing, path) in found.into_values() {
        match Segment::find(path.clone(), packing) {
            Ok(segment) => segments.push(segment),
            // a folder of that name
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => gone.push(path),
            Err(error) => meter.unread().note(&path, &error),
        }
    }
    if is_mixed {
        // the naming was changed: only their content says which came first
        let open = segments.pop_if(|it| it.path() == file);
        segments.sort_by_cached_key(|it| first_time(it, meter).ok().flatten());
        segments.extend(open);
    }
    Ok((segments, gone))
}

/// Where `found` stands among the files of the log `name`.
fn place(name: &str, found: &str) -> Option<(Place, Packing)> {
    if found == name {
        return Some((Place::Open, Packing::of(found).1));
    }
    let (unpacked, packing) = Packing::of(found);
    let place = numbered(name, unpacked).or_else(|| dated(name, unpacked))?;
    Some((place, packing))
}

fn numbered(name: &str, found: &str) -> Option<Place> {
    let number = counter(found.strip_prefix(name)?.strip_prefix('.')?)?;
    Some(Place::Numbered(std::cmp::Reverse(number)))
}

fn dated(name: &str, found: &str) -> Option<Place> {
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let middle = found.strip_prefix(stem)?.strip_prefix('.')?.strip_suffix(&extension)?;
    let (label, count) = match middle.split_once('.') {
        None => (middle, 1),
        Some((label, digits)) => (label, counter(digits).filter(|it| *it > 1)?),
    };
    is_label(label).then(|| Place::Dated(label.into(), count))
}

/// One name for each number: neither `0` nor `02` nor `+2`.
fn counter(digits: &str) -> Option<u32> {
    let number: u32 = digits.parse().ok()?;
    (number > 0 && number.to_string() == digits).then_some(number)
}

/// `2026-01-31` or `2026-01-31T14-00`.
fn is_label(text: &str) -> bool {
    const FORM: &str = "dddd-dd-ddTdd-dd";
    let fits = |(found, form): (char, char)| if form == 'd' { found.is_ascii_digit() } else { found == form };
    text.chars().zip(FORM.chars()).all(fits) && [10, FORM.len()].contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_in_the_order_in_which_they_were_written() {
        let names = [
            "expert.2025-12-31.log",
            "expert.2026-01-31.log.gz",
            "expert.2026-01-31.2.log",
            "expert.2026-01-31.10.log.zst",
            "expert.2026-01-31T14-00.log",
            "expert.log.12.zst",
            "expert.log.2",
            "expert.log.1.gz",
            "expert.log",
        ];
        let places: Vec<Place> = names.map(|it| place("expert.log", it).unwrap().0).into();
        assert!(places.is_sorted(), "{places:?}");
        assert_eq!(place("expert.log", "expert.log.3.zst").unwrap().1, Packing::Zstd);
    }

    #[test]
    fn other_files_are_left_alone() {
        for name in [
            "expert.log.0",
            "expert.log.01",
            "expert.log.1.bak",
            "expert.log.packing",
            "expert.log.1.gz.zst",
            "expert.log.20260131-x",
            "expert.2026-01-31.log.bak",
            "expert.2026-01-31.1.log",
            "expert.2026-1-31.log",
            "expert2026-01-31.log",
            "expert.log.gz",
            "xexpert.log",
        ] {
            assert_eq!(place("expert.log", name), None, "{name}");
        }
        assert!(place("expert", "expert.2026-01-31").is_some());
    }
}
