//! What files are called.

use std::path::{Path, PathBuf};

/// The names of a log file and its backups: `expert.log`, `expert.log.1`, `expert.log.2`, …; 1 is the newest
/// backup.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    file: PathBuf,
}

impl Names {
    pub(crate) fn new(file: PathBuf) -> Self {
        Names { file }
    }

    /// The file that is written to.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The folder of all of them; absent for the root.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.file.parent()
    }

    /// The backup of that number, from 1.
    pub(crate) fn backup(&self, number: u32) -> PathBuf {
        // not `with_extension`: the number comes after the extension, and the name may be any bytes
        let mut name = self.file.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_backup_follows_the_whole_name() {
        let backup = |file: &str, number| Names::new(file.into()).backup(number);
        assert_eq!(backup("/logs/expert.log", 1), Path::new("/logs/expert.log.1"));
        assert_eq!(backup("/logs/expert", 12), Path::new("/logs/expert.12"));
        assert_eq!(backup("/logs/expert.log.1", 2), Path::new("/logs/expert.log.1.2"));
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_is_kept() {
        use std::os::unix::ffi::OsStrExt as _;
        let names = Names::new(Path::new(std::ffi::OsStr::from_bytes(b"/logs/\xff.log")).into());
        assert_eq!(names.backup(1).as_os_str().as_bytes(), b"/logs/\xff.log.1");
    }
}
