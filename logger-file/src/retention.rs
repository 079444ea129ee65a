//! Which old files go.

use crate::{FileError, Fs, backups::backups, naming::Names, shift};

/// Deletes the backups beyond the count, the oldest first, so that a deletion that fails leaves no gap before
/// the others.
///
/// Deletes regular files only, by their exact names and in one unbroken row of numbers.
pub(crate) fn delete_old(fs: &dyn Fs, names: &Names, backup_count: u32) -> Result<(), FileError> {
    let mut kept = 0;
    let mut last = None;
    let mut surplus = Vec::new();
    for backup in backups(fs, names)? {
        // one that was killed while it was packed is there twice, and counts once
        if last.as_ref() != Some(&backup.rank) {
            kept += 1;
        }
        if kept > backup_count {
            surplus.push(backup.path);
        }
        last = Some(backup.rank);
    }
    for path in surplus.iter().rev() {
        shift::remove(fs, path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use expect_test::{Expect, expect};

    use super::*;
    use crate::{Kind, Naming, testing::FakeFs};

    fn folder() -> FakeFs {
        let fs = FakeFs::new();
        for name in ["a", "a.1", "a.2", "a.3", "a.5", "a.03", "a.2.bz2", "a.20260131", "a.x", "b.3"] {
            fs.put(format!("/logs/{name}"), "");
        }
        fs
    }

    fn check(fs: &FakeFs, backup_count: u32, expected: Expect) {
        let outcome = delete_old(fs, &Names::new("/logs/a".into(), Naming::Numbered), backup_count);
        let error = outcome.err().map(|it| format!("; {it}")).unwrap_or_default();
        let names: Vec<_> = fs.names().iter().map(|it| it.replace("/logs/", "")).collect();
        expected.assert_eq(&format!("{}{error}", names.join(" ")));
    }

    #[test]
    fn backups_beyond_the_count_go_and_foreign_names_stay() {
        check(&folder(), 1, expect!["a a.03 a.1 a.2.bz2 a.20260131 a.5 a.x b.3"]);
    }

    #[test]
    fn a_count_of_0_keeps_no_backup_and_the_file_itself() {
        check(&folder(), 0, expect!["a a.03 a.2.bz2 a.20260131 a.5 a.x b.3"]);
    }

    #[test]
    fn as_many_backups_as_counted_stay() {
        check(&folder(), 3, expect!["a a.03 a.1 a.2 a.2.bz2 a.20260131 a.3 a.5 a.x b.3"]);
        check(&folder(), u32::MAX, expect!["a a.03 a.1 a.2 a.2.bz2 a.20260131 a.3 a.5 a.x b.3"]);
    }

    #[test]
    fn a_link_or_folder_with_the_name_of_a_backup_stays() {
        let fs = folder();
        fs.put_kind("/logs/a.2", Kind::Link);
        check(&fs, 0, expect!["a a.03 a.2 a.2.bz2 a.20260131 a.3 a.5 a.x b.3"]);
    }

    #[test]
    fn a_deletion_that_fails_says_so_and_leaves_no_gap() {
        let fs = folder();
        fs.fail_remove(2, ErrorKind::PermissionDenied);
        check(&fs, 0, expect!["a a.03 a.1 a.2 a.2.bz2 a.20260131 a.5 a.x b.3; cannot delete /logs/a.2"]);
    }
}
