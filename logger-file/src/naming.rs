//! What files are called.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::OwnName;

/// What an ended file is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Naming {
    /// `expert.log.1` is the newest, `expert.log.2` the one before it: all of them are renamed when a file ends.
    #[default]
    Numbered,
    /// `expert.2026-01-31.log`, then `expert.2026-01-31.2.log`: the day on which the file began, in the zone of the
    /// schedule, and a counter where there are several. With a schedule of hours or minutes the time of day too:
    /// `expert.2026-01-31T14-00.log`. A name stays what it is.
    Dated,
}

/// What a file is packed with, told by the ending of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    pub(crate) const ALL: [Packing; 3] = [Packing::Plain, Packing::Gzip, Packing::Zstd];

    pub(crate) fn ending(self) -> &'static str {
        match self {
            Packing::Plain => "",
            Packing::Gzip => ".gz",
            Packing::Zstd => ".zst",
        }
    }
}

/// The names of a log file and its backups.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    file: PathBuf,
    naming: Naming,
    /// Other processes have files of their own beside it, by this name.
    own: Option<Arc<OwnName>>,
}

/// When a file with a dated name was written: what is written later is greater.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Dated {
    /// Such as `2026-01-31`.
    pub(crate) label: String,
    /// From 1, which the name leaves out.
    pub(crate) counter: u32,
}

impl Names {
    pub(crate) fn new(file: PathBuf, naming: Naming) -> Self {
        Names { file, naming, own: None }
    }

    /// Those of this process in a folder where each has its own.
    pub(crate) fn own(folder: &Path, name: &OwnName, naming: Naming) -> Self {
        let file = folder.join(name.of(std::process::id()));
        Names { file, naming, own: name.has_pid().then(|| Arc::new(name.clone())) }
    }

    /// Whether other processes have files of their own beside it.
    pub(crate) fn has_siblings(&self) -> bool {
        self.own.is_some()
    }

    /// The names of the files that other processes have or had, of those that are among `listed`.
    pub(crate) fn siblings(&self, listed: &[OsString]) -> BTreeMap<u32, Names> {
        let Some(own) = &self.own else { return BTreeMap::new() };
        let pids = listed.iter().filter_map(|name| own.pid_in(name));
        let others = pids.filter(|&pid| self.file.file_name() != Some(OsStr::new(&own.of(pid))));
        let names = |pid| Names { file: self.file.with_file_name(own.of(pid)), own: None, ..self.clone() };
        others.map(|pid| (pid, names(pid))).collect()
    }

    /// A file beside it, such as its ballast, by what is added to its name.
    pub(crate) fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(ending);
        name.into()
    }

    /// The file that is written to.
    pub(crate) fn file(&self) -> &Path {
        &self.file
    }

    /// The folder of all of them; absent for the root.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.file.parent()
    }

    pub(crate) fn naming(&self) -> Naming {
        self.naming
    }

    /// The same file with the other kind of backups, which an earlier run may have made.
    pub(crate) fn with_naming(&self, naming: Naming) -> Self {
        Names { naming, ..self.clone() }
    }

    /// The backup of that number, from 1.
    pub(crate) fn numbered(&self, number: u32, packing: Packing) -> PathBuf {
        // not `with_extension`: the number comes after the extension, and the name may be any bytes
        let mut name = self.file.clone().into_os_string();
        name.push(format!(".{number}{}", packing.ending()));
        name.into()
    }

    /// The backup of that date.
    pub(crate) fn dated(&self, dated: &Dated, packing: Packing) -> PathBuf {
        let mut name = self.file.file_stem().unwrap_or_default().to_owned();
        name.push(format!(".{}", dated.label));
        if dated.counter > 1 {
            name.push(format!(".{}", dated.counter));
        }
        name.push(self.extension());
        name.push(packing.ending());
        self.file.with_file_name(name)
    }

    /// Reads a name that [`dated`](Self::dated) gives; `None` for any other.
    pub(crate) fn read_dated(&self, name: &OsStr) -> Option<(Dated, Packing)> {
        let bytes = name.as_encoded_bytes();
        let rest = bytes.strip_prefix(self.file.file_stem()?.as_encoded_bytes())?.strip_prefix(b".")?;
        let extension = self.extension();
        let (middle, packing) = Packing::ALL.into_iter().find_map(|packing| {
            let middle = rest.strip_suffix(packing.ending().as_bytes())?;
            let middle = middle.strip_suffix(extension.as_encoded_bytes())?;
            Some((std::str::from_utf8(middle).ok()?, packing)).filter(|(it, _)| read_middle(it).is_some())
        })?;
        Some((read_middle(middle)?, packing))
    }

    /// With its dot; nothing where there is none.
    fn extension(&self) -> OsString {
        let mut extension = OsString::new();
        if let Some(it) = self.file.extension() {
            extension.push(".");
            extension.push(it);
        }
        extension
    }
}

/// `2026-01-31`, `2026-01-31.2` or `2026-01-31T14-00.2`.
fn read_middle(text: &str) -> Option<Dated> {
    let (label, counter) = match text.split_once('.') {
        None => (text, 1),
        Some((label, digits)) => {
            let counter: u32 = digits.parse().ok()?;
            // one name for each file: neither `.1` nor `.02` nor `.+2`
            (label, Some(counter).filter(|it| *it > 1 && it.to_string() == digits)?)
        }
    };
    is_label(label).then(|| Dated { label: label.into(), counter })
}

fn is_label(text: &str) -> bool {
    const FORM: &str = "dddd-dd-ddTdd-dd";
    let has_form = text.chars().zip(FORM.chars()).all(|(found, form)| match form {
        'd' => found.is_ascii_digit(),
        other => found == other,
    });
    has_form && [10, FORM.len()].contains(&text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(file: &str) -> Names {
        Names::new(file.into(), Naming::Dated)
    }

    fn dated(label: &str, counter: u32) -> Dated {
        Dated { label: label.into(), counter }
    }

    #[test]
    fn the_number_of_a_backup_follows_the_whole_name() {
        let backup = |file: &str, number| names(file).numbered(number, Packing::Plain);
        assert_eq!(backup("/logs/expert.log", 1), Path::new("/logs/expert.log.1"));
        assert_eq!(backup("/logs/expert", 12), Path::new("/logs/expert.12"));
        assert_eq!(backup("/logs/expert.log.1", 2), Path::new("/logs/expert.log.1.2"));
        assert_eq!(names("/logs/expert.log").numbered(3, Packing::Gzip), Path::new("/logs/expert.log.3.gz"));
    }

    #[test]
    fn the_date_of_a_backup_stands_before_the_extension_and_is_read_back() {
        for (file, label, counter, packing, expected) in [
            ("/logs/expert.log", "2026-01-31", 1, Packing::Plain, "expert.2026-01-31.log"),
            ("/logs/expert.log", "2026-01-31", 12, Packing::Plain, "expert.2026-01-31.12.log"),
            ("/logs/expert.log", "2026-01-31T14-00", 2, Packing::Zstd, "expert.2026-01-31T14-00.2.log.zst"),
            ("/logs/expert", "2026-01-31", 2, Packing::Gzip, "expert.2026-01-31.2.gz"),
            ("/logs/a.b.log", "2026-01-31", 1, Packing::Plain, "a.b.2026-01-31.log"),
        ] {
            let names = names(file);
            let path = names.dated(&dated(label, counter), packing);
            assert_eq!(path, Path::new("/logs").join(expected));
            assert_eq!(names.read_dated(path.file_name().unwrap()), Some((dated(label, counter), packing)));
        }
    }

    #[test]
    fn s30_no_name_but_an_exact_one_is_a_backup() {
        for name in [
            "expert.log",
            "expert.2026-01-31.txt",
            "expert.2026-01-31.log.bak",
            "expert.2026-01-31.log.gz.zst",
            "expert.2026-01-31.1.log",
            "expert.2026-01-31.02.log",
            "expert.2026-01-31.+2.log",
            "expert.2026-01-31..log",
            "expert.2026-1-31.log",
            "expert.2026-01-31T14.log",
            "expert.2026-01-31T14-00-00.log",
            "expert.2026-01-31.2.3.log",
            "expert.2026_01_31.log",
            "expert..log",
            "expert2026-01-31.log",
            "xexpert.2026-01-31.log",
            "expert.2026-01-31.99999999999.log",
            "expert.2026-01-31",
        ] {
            assert_eq!(names("/logs/expert.log").read_dated(name.as_ref()), None, "{name}");
        }
    }

    #[test]
    fn what_is_written_later_is_greater() {
        let order = [
            dated("2025-12-31", 3),
            dated("2026-01-31", 1),
            dated("2026-01-31", 2),
            dated("2026-01-31", 10),
            dated("2026-01-31T00-00", 1),
        ];
        assert!(order.is_sorted());
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_utf_8_is_kept() {
        use std::os::unix::ffi::OsStrExt as _;
        let names = Names::new(Path::new(OsStr::from_bytes(b"/logs/\xff.log")).into(), Naming::Dated);
        assert_eq!(names.numbered(1, Packing::Plain).as_os_str().as_bytes(), b"/logs/\xff.log.1");
        let path = names.dated(&dated("2026-01-31", 1), Packing::Plain);
        assert_eq!(path.as_os_str().as_bytes(), b"/logs/\xff.2026-01-31.log");
        assert!(names.read_dated(path.file_name().unwrap()).is_some());
    }
}
