//! The files of one destination in the order in which they were written.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// Where a file stands among the others: the oldest is the smallest.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    Numbered(std::cmp::Reverse<u64>),
    /// Its date, and the counter of that date.
    Dated(String, u64),
    Open,
}

/// `name.2`, `name.1`, `name` in `folder`, the oldest first, or those with a date in their names, as far as they are there.
/// A missing number or folder is no error: the judge misses the records then. Of a file that is there packed and as it was,
/// because a kill came in between, only the latter counts.
///
/// # Errors
///
/// What the file system says.
pub(crate) fn in_order(folder: &Path, name: &str) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let file_name = entry?.file_name();
        let Some(text) = file_name.to_str() else { continue };
        let plain = text.strip_suffix(PACKED);
        let Some(age) = age(plain.unwrap_or(text), name) else { continue };
        let path = folder.join(&file_name);
        if plain.is_none() {
            found.insert(age, path);
        } else {
            found.entry(age).or_insert(path);
        }
    }
    Ok(found.into_values().collect())
}

const PACKED: &str = ".gz";

fn age(file: &str, name: &str) -> Option<Age> {
    if file == name {
        return Some(Age::Open);
    }
    if let Some(number) = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')) {
        return number.parse().ok().map(|number| Age::Numbered(std::cmp::Reverse(number)));
    }
    let (stem, extension) = name.rsplit_once('.')?;
    let middle = file.strip_prefix(stem)?.strip_prefix('.')?.strip_suffix(extension)?.strip_suffix('.')?;
    let (date, counter) = middle.split_once('.').unwrap_or((middle, "1"));
    date.starts_with(|it: char| it.is_ascii_digit()).then_some(())?;
    Some(Age::Dated(date.into(), counter.parse().ok()?))
}

/// What is in a file, unpacked.
///
/// # Errors
///
/// What the file system says, and what a packed file that is not whole is answered with.
pub(crate) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    if !path.to_string_lossy().ends_with(PACKED) {
        return Ok(bytes);
    }
    let mut unpacked = Vec::new();
    flate2::read::MultiGzDecoder::new(&*bytes).read_to_end(&mut unpacked)?;
    Ok(unpacked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(there: &[&str], expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        for name in there {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names: Vec<_> = in_order(folder.path(), "a.log")
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn the_file_with_the_highest_number_is_the_oldest() {
        check(
            &["a.log", "a.log.2", "a.log.10", "a.log.x", "b.log", "a.log.1", "a.log.packing"],
            &["a.log.10", "a.log.2", "a.log.1", "a.log"],
        );
    }

    #[test]
    fn the_file_with_the_first_date_is_the_oldest_and_a_packed_one_counts_where_it_is_the_only_one() {
        check(
            &[
                "a.2026-02-01.log",
                "a.2026-01-31.2.log",
                "a.2026-01-31.10.log.gz",
                "a.2026-01-31.log",
                "a.2026-01-31.log.gz",
                "a.log",
            ],
            &[
                "a.2026-01-31.log",
                "a.2026-01-31.2.log",
                "a.2026-01-31.10.log.gz",
                "a.2026-02-01.log",
                "a.log",
            ],
        );
    }
}
