//! How the backups make room for a new one: `.1` becomes `.2`, and so on, the oldest first.

use std::path::PathBuf;

use crate::{FileError, Fs, Kind, naming::Names};

/// How many backups there are: regular files numbered 1, 2, 3, … up to the first number that is missing.
///
/// What lies past a gap is not counted, and so is neither moved nor deleted: `expert.log.20260131` is
/// somebody else's.
pub(crate) fn chain_len(fs: &dyn Fs, names: &Names) -> Result<u32, FileError> {
    let mut len = 0;
    while kind(fs, names.backup(len + 1))? == Some(Kind::File) {
        len += 1;
    }
    Ok(len)
}

/// Frees the name of backup 1 by renaming backups up to the first free number, and into a free name only.
///
/// So a rotation that fails halfway leaves a gap, which the next one fills: no backup moves twice for one
/// file. Nothing is deleted as long as there is a free number; that is [`retention`](crate::retention)'s,
/// once the new file is there.
pub(crate) fn make_room(fs: &dyn Fs, names: &Names, backup_count: u32) -> Result<(), FileError> {
    let len = chain_len(fs, names)?;
    let free = match kind(fs, names.backup(len + 1))? {
        None => len + 1,
        // the oldest is at the end of what is kept: it would be deleted after the rotation anyway
        Some(_) if len > 0 && len >= backup_count => {
            let path = names.backup(len);
            fs.remove(&path).map_err(|source| FileError::Delete { path, source })?;
            len
        }
        Some(found) => return Err(FileError::InTheWay { path: names.backup(len + 1), found }),
    };
    for number in (1..free).rev() {
        rename(fs, names.backup(number), names.backup(number + 1))?;
    }
    Ok(())
}

/// Renames into a free name.
pub(crate) fn rename(fs: &dyn Fs, from: PathBuf, to: PathBuf) -> Result<(), FileError> {
    fs.rename(&from, &to).map_err(|source| FileError::Rename { from, to, source })
}

fn kind(fs: &dyn Fs, path: PathBuf) -> Result<Option<Kind>, FileError> {
    match fs.inspect(&path) {
        Ok(found) => Ok(found.map(|it| it.kind)),
        Err(source) => Err(FileError::Inspect { path, source }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use expect_test::{Expect, expect};

    use super::*;
    use crate::testing::FakeFs;

    fn backups(names: &[&str]) -> FakeFs {
        let fs = FakeFs::new();
        for name in names {
            fs.put(format!("/logs/{name}"), format!("was {name}"));
        }
        fs
    }

    fn check(fs: &FakeFs, backup_count: u32, expected: Expect) {
        let outcome = make_room(fs, &Names::new("/logs/a".into()), backup_count);
        let error = outcome.err().map(|it| format!("error: {it}\n")).unwrap_or_default();
        expected.assert_eq(&format!("{}{error}", fs.contents()));
    }

    #[test]
    fn backups_move_up_by_one() {
        check(
            &backups(&["a", "a.1", "a.2"]),
            5,
            expect![[r#"
                /logs/a: was a
                /logs/a.2: was a.1
                /logs/a.3: was a.2
            "#]],
        );
    }

    #[test]
    fn backups_past_a_gap_stay_where_they_are() {
        check(
            &backups(&["a.1", "a.3", "a.20260131"]),
            5,
            expect![[r#"
                /logs/a.2: was a.1
                /logs/a.20260131: was a.20260131
                /logs/a.3: was a.3
            "#]],
        );
    }

    #[test]
    fn a_backup_too_many_is_kept_until_the_new_file_is_there() {
        check(
            &backups(&["a.1", "a.2"]),
            2,
            expect![[r#"
                /logs/a.2: was a.1
                /logs/a.3: was a.2
            "#]],
        );
    }

    #[test]
    fn something_else_at_the_number_after_the_last_costs_only_the_oldest() {
        let fs = backups(&["a.1", "a.2"]);
        fs.put_kind("/logs/a.3", Kind::Folder);
        check(
            &fs,
            2,
            expect![[r#"
                /logs/a.2: was a.1
                /logs/a.3: a folder
            "#]],
        );
    }

    #[test]
    fn something_else_at_a_number_that_is_needed_stops_it() {
        for (kind, count) in [(Kind::Folder, 3), (Kind::Link, 3), (Kind::Link, 2), (Kind::Folder, 0)] {
            let fs = backups(if count == 0 { &[] } else { &["a.1"] });
            fs.put_kind(if count == 0 { "/logs/a.1" } else { "/logs/a.2" }, kind);
            let before = fs.contents();
            let error = make_room(&fs, &Names::new("/logs/a".into()), count).unwrap_err();
            assert!(matches!(error, FileError::InTheWay { found, .. } if found == kind), "{error}");
            assert_eq!(fs.contents(), before);
        }
    }

    #[test]
    fn a_rename_that_fails_leaves_every_backup_and_a_gap_that_is_filled_next() {
        let fs = backups(&["a.1", "a.2", "a.3"]);
        fs.fail_rename(2, ErrorKind::CrossesDevices);
        check(
            &fs,
            5,
            expect![[r#"
                /logs/a.1: was a.1
                /logs/a.2: was a.2
                /logs/a.4: was a.3
                error: cannot rename /logs/a.2 to /logs/a.3
            "#]],
        );
        check(
            &fs,
            5,
            expect![[r#"
                /logs/a.2: was a.1
                /logs/a.3: was a.2
                /logs/a.4: was a.3
            "#]],
        );
    }
}
