//! The files of one destination in the order in which they were written.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// `name.3`, `name.2`, `name.1`, `name` in `folder`, the oldest first, as far as they are there. A missing number
/// or folder is no error: the judge misses the records then.
///
/// # Errors
///
/// What the file system says.
pub(crate) fn in_order(folder: &Path, name: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if !folder.exists() {
        return Ok(Vec::new());
    }
    for entry in fs::read_dir(folder)? {
        let file_name = entry?.file_name();
        let Some(rest) = file_name.to_str().and_then(|it| it.strip_prefix(name)) else { continue };
        let age =
            if rest.is_empty() { Some(0) } else { rest.strip_prefix('.').and_then(|it| it.parse().ok()) };
        if let Some(age) = age {
            found.push((age, folder.join(&file_name)));
        }
    }
    found.sort_by_key(|&(age, _): &(u64, _)| std::cmp::Reverse(age));
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_with_the_highest_number_is_the_oldest() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.log", "a.log.2", "a.log.10", "a.log.x", "b.log", "a.log.1"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let names: Vec<_> = in_order(folder.path(), "a.log")
            .unwrap()
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["a.log.10", "a.log.2", "a.log.1", "a.log"]);
    }
}
