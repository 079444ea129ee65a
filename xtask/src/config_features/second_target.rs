//! A second target folder, which begins with what the first one knows of the packages that others have written, so that they
//! are not built twice.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::Context as _;

use crate::workspace;

/// What cargo keeps in a target folder of what it has built.
const KEPT: [&str; 3] = [".fingerprint", "build", "deps"];

/// The folder; made anew each time.
pub(super) fn provide() -> anyhow::Result<PathBuf> {
    let (first, second) = (workspace::target(), workspace::target().join("second"));
    if second.exists() {
        fs::remove_dir_all(&second).with_context(|| format!("cannot remove {}", second.display()))?;
    }
    for folder in KEPT {
        let (from, to) = (first.join("debug").join(folder), second.join("debug").join(folder));
        if from.is_dir() {
            copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
    }
    Ok(second)
}

/// Copies a folder with the times of its files, by which cargo tells whether one is older than what it was made of.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &to)?;
        } else if is_library(&path) && fs::hard_link(&path, &to).is_ok() {
            // the compiler never writes into a library that is there: it makes a new one and renames it
        } else if !is_program(&path) {
            let modified = fs::metadata(&path)?.modified()?;
            fs::copy(&path, &to)?;
            File::options().append(true).open(&to)?.set_modified(modified)?;
        }
    }
    Ok(())
}

fn is_library(path: &Path) -> bool {
    let kind = path.extension().and_then(|it| it.to_str()).unwrap_or_default();
    matches!(kind, "rlib" | "rmeta" | "so" | "dylib" | "dll")
}

/// Tests and examples, many times as long as all else: nobody runs them here.
fn is_program(path: &Path) -> bool {
    let in_deps = path.parent().is_some_and(|it| it.ends_with("deps"));
    in_deps && path.extension().is_none_or(|it| it == "exe")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    #[test]
    fn what_a_build_goes_on_from_is_there_with_its_time() {
        let folder = workspace::fresh_folder(&workspace::target().join("second-target-test")).unwrap();
        let (from, to) = (folder.join("from"), folder.join("to"));
        fs::create_dir_all(from.join("deps")).unwrap();
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for file in ["deps/a.rmeta", "deps/a.d", "deps/program", "stamp"] {
            fs::write(from.join(file), file).unwrap();
            File::options().append(true).open(from.join(file)).unwrap().set_modified(old).unwrap();
        }
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("deps/a.rmeta")).unwrap(), "deps/a.rmeta");
        for file in ["deps/a.rmeta", "deps/a.d", "stamp"] {
            assert_eq!(fs::metadata(to.join(file)).unwrap().modified().unwrap(), old, "{file}");
        }
        assert!(!to.join("deps/program").exists());
        fs::remove_dir_all(&folder).unwrap();
    }
}
