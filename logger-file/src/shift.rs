//! How a file becomes a backup: the name it gets, and how the name becomes free.

use std::{io, path::PathBuf};

use crate::{
    FileError, Fs, Kind, Naming,
    backups::{Backup, Rank, backups},
    naming::{Dated, Names, Packing},
};

/// Gives the open file the name of its newest backup, and returns that.
///
/// `label` is what a dated name begins with; `most` how many backups are kept.
pub(crate) fn retire(fs: &dyn Fs, names: &Names, label: &str, most: u32) -> Result<PathBuf, FileError> {
    match names.naming() {
        Naming::Numbered => {
            make_room(fs, names, most)?;
            let backup = names.numbered(1, Packing::Plain);
            rename(fs, names.file().into(), backup.clone())?;
            Ok(backup)
        }
        Naming::Dated => rename_to_date(fs, names, label),
    }
}

/// Whether a backup has to go before the file can get its name, because something else is in the way of the oldest.
pub(crate) fn costs_a_backup(fs: &dyn Fs, names: &Names, most: u32) -> Result<bool, FileError> {
    if names.naming() == Naming::Dated {
        return Ok(false);
    }
    let len = backups(fs, names)?.last().map_or(0, number);
    Ok(len > 0 && len >= most && kind(fs, names.numbered(len + 1, Packing::Plain))?.is_some())
}

/// Frees the name of backup 1 by renaming backups up to the first free number, and into a free name only.
///
/// So a rotation that fails halfway leaves a gap, which the next one fills: no backup moves twice for one
/// file. Nothing is deleted as long as there is a free number; that is [`retention`](crate::retention)'s,
/// once the new file is there.
fn make_room(fs: &dyn Fs, names: &Names, most: u32) -> Result<(), FileError> {
    let chain = backups(fs, names)?;
    let len = chain.last().map_or(0, number);
    let next = names.numbered(len + 1, Packing::Plain);
    let keep = match kind(fs, next.clone())? {
        None => chain.as_slice(),
        // the oldest is at the end of what is kept: it would be deleted after the rotation anyway
        Some(_) if len > 0 && len >= most => {
            let first_of_last = chain.partition_point(|backup| number(backup) < len);
            for backup in &chain[first_of_last..] {
                remove(fs, &backup.path)?;
            }
            &chain[..first_of_last]
        }
        Some(found) => return Err(FileError::InTheWay { path: next, found }),
    };
    for (index, backup) in keep.iter().enumerate().rev() {
        // Renaming both of two that have the same lines could be killed in between, and then nobody would know that they
        // do: the plain one alone moves, and is packed again.
        if backup.packing != Packing::Plain
            && index.checked_sub(1).is_some_and(|it| keep[it].rank == backup.rank)
        {
            remove(fs, &backup.path)?;
            continue;
        }
        rename(fs, backup.path.clone(), names.numbered(number(backup) + 1, backup.packing))?;
    }
    Ok(())
}

fn number(backup: &Backup) -> u32 {
    match backup.rank {
        Rank::Number(number) => number,
        Rank::Date(_) => 0,
    }
}

/// So many counters are tried when something else has a name: enough for whatever happens by accident.
const TRIES: u32 = 100;

/// The order of the names is the order in which the files were written, whatever the clock did: where it was set back,
/// a file gets the label of the one before it, and the next counter.
fn rename_to_date(fs: &dyn Fs, names: &Names, label: &str) -> Result<PathBuf, FileError> {
    let newest = backups(fs, names)?.into_iter().find_map(|backup| match backup.rank {
        Rank::Date(date) => Some(date),
        Rank::Number(_) => None,
    });
    let first = match newest {
        Some(Dated { label: latest, counter }) if latest.as_str() >= label => {
            Dated { label: latest, counter: counter.saturating_add(1) }
        }
        _ => Dated { label: label.into(), counter: 1 },
    };
    for counter in first.counter..=first.counter.saturating_add(TRIES) {
        let path = names.dated(&Dated { counter, ..first.clone() }, Packing::Plain);
        match rename(fs, names.file().into(), path) {
            // a link or a folder, which is no backup
            Err(FileError::Rename { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {}
            done => return done,
        }
    }
    Err(FileError::NoName { path: names.file().into() })
}

/// Renames into a free name, and returns that.
pub(crate) fn rename(fs: &dyn Fs, from: PathBuf, to: PathBuf) -> Result<PathBuf, FileError> {
    match fs.rename(&from, &to) {
        Ok(()) => Ok(to),
        Err(source) => Err(FileError::Rename { from, to, source }),
    }
}

/// Deletes a backup.
pub(crate) fn remove(fs: &dyn Fs, path: &std::path::Path) -> Result<(), FileError> {
    match fs.remove(path) {
        // another process was quicker
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(|source| FileError::Delete { path: path.into(), source }),
    }
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
        let outcome = make_room(fs, &Names::new("/logs/a".into(), Naming::Numbered), backup_count);
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
            let error = make_room(&fs, &Names::new("/logs/a".into(), Naming::Numbered), count).unwrap_err();
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

    #[test]
    fn packed_backups_move_up_too_and_of_one_that_is_there_twice_the_plain_one() {
        check(
            &backups(&["a.1", "a.2", "a.2.gz", "a.3.zst", "a.5.gz"]),
            9,
            expect![[r#"
                /logs/a.2: was a.1
                /logs/a.3: was a.2
                /logs/a.4.zst: was a.3.zst
                /logs/a.5.gz: was a.5.gz
            "#]],
        );
    }

    #[track_caller]
    fn check_dated(names_there: &[&str], label: &str, expected: &str) {
        let fs = backups(&[names_there, &["a.log"]].concat());
        let names = Names::new("/logs/a.log".into(), Naming::Dated);
        let path = retire(&fs, &names, label, 0).unwrap();
        assert_eq!(path.to_str(), Some(expected));
        assert_eq!(fs.read(expected).unwrap(), b"was a.log");
        assert_eq!(fs.names().len(), names_there.len() + 1, "nothing was replaced");
    }

    #[test]
    fn a_dated_file_gets_its_date_and_a_counter_where_there_are_several() {
        check_dated(&[], "2026-01-31", "/logs/a.2026-01-31.log");
        check_dated(&["a.2026-01-30.log"], "2026-01-31", "/logs/a.2026-01-31.log");
        check_dated(&["a.2026-01-31.log"], "2026-01-31", "/logs/a.2026-01-31.2.log");
        check_dated(
            &["a.2026-01-31.log.gz", "a.2026-01-31.9.log", "a.2026-01-31.10.log.zst"],
            "2026-01-31",
            "/logs/a.2026-01-31.11.log",
        );
    }

    #[test]
    fn f37_after_the_clock_was_set_back_names_go_on_in_the_order_of_writing() {
        check_dated(&["a.2026-02-01.log", "a.2026-01-31.log"], "2026-01-31", "/logs/a.2026-02-01.2.log");
    }

    #[test]
    fn f22_something_else_with_a_dated_name_is_never_replaced() {
        let fs = backups(&["a.log"]);
        fs.put_kind("/logs/a.2026-01-31.log", Kind::Link);
        fs.put_kind("/logs/a.2026-01-31.2.log", Kind::Folder);
        let names = Names::new("/logs/a.log".into(), Naming::Dated);
        let path = retire(&fs, &names, "2026-01-31", 0).unwrap();
        assert_eq!(path.to_str(), Some("/logs/a.2026-01-31.3.log"));
    }
}
