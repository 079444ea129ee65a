//! Which old files go.

use std::{collections::VecDeque, time::Duration};

use logger_core::Timestamp;

use crate::{
    FileError, Fs,
    backups::{Backup, backups},
    naming::Names,
    shift, siblings,
};

/// Which ended files are kept: those that no limit is against. The file that is written to is none of them.
///
/// It is looked after when a file ends, and with [`age`](Retention::age) every hour as well, as far as records come. Only
/// regular files go, by the exact names of this log file's backups; everything else in the folder stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    count: u32,
    age: Option<Duration>,
    bytes: Option<u64>,
}

impl Default for Retention {
    /// The newest 5.
    fn default() -> Self {
        Retention::everything().count(5)
    }
}

impl Retention {
    /// No limit.
    pub const fn everything() -> Self {
        Retention { count: u32::MAX, age: None, bytes: None }
    }

    /// The newest so many. With 0 an ended file is deleted as soon as the next one is there.
    #[must_use]
    pub const fn count(self, count: u32) -> Self {
        Retention { count, ..self }
    }

    /// Those whose last line was written so long ago or later.
    #[must_use]
    pub const fn age(self, age: Duration) -> Self {
        Retention { age: Some(age), ..self }
    }

    /// The newest that are so many bytes together, packed as they are. The file that is written to does not count.
    #[must_use]
    pub const fn bytes(self, bytes: u64) -> Self {
        Retention { bytes: Some(bytes), ..self }
    }

    /// How many are kept at most.
    pub(crate) fn most(&self) -> u32 {
        self.count
    }

    /// Whether files go without another one that ends.
    pub(crate) fn ages(&self) -> bool {
        self.age.is_some()
    }

    fn keeps(&self, kept: &Kept, now: Timestamp) -> bool {
        let oldest = self
            .age
            .map(|age| now.unix_nanos().saturating_sub(i64::try_from(age.as_nanos()).unwrap_or(i64::MAX)));
        let young = match (oldest, kept.modified) {
            (Some(oldest), Some(modified)) => modified.unix_nanos() >= oldest,
            // what the system does not tell cannot be held against a file
            _ => true,
        };
        young && kept.count <= self.count && self.bytes.is_none_or(|bytes| kept.bytes <= bytes)
    }
}

/// The backups from the newest to one of them.
#[derive(Debug, Default)]
struct Kept {
    count: u32,
    bytes: u64,
    /// When the last of them was changed.
    modified: Option<Timestamp>,
}

/// Deletes the backups that are not kept, the oldest first, so that a deletion that fails leaves no gap before
/// the others.
pub(crate) fn delete_old(
    fs: &dyn Fs,
    names: &Names,
    retention: Retention,
    now: Timestamp,
) -> Result<(), FileError> {
    let mut backups = with_left(fs, names)?;
    let mut kept = Kept::default();
    let mut keep = 0;
    for group in backups.iter().rev() {
        kept.count = kept.count.saturating_add(1);
        kept.bytes = kept.bytes.saturating_add(size(group));
        kept.modified = group.iter().filter_map(|it| it.meta.modified).max();
        if !retention.keeps(&kept, now) {
            break;
        }
        keep += 1;
    }
    backups.truncate(backups.len() - keep);
    backups.iter().try_for_each(|group| delete(fs, group))
}

/// The backups; one that was killed while it was packed is there twice, and counts once.
pub(crate) fn oldest_first(fs: &dyn Fs, names: &Names) -> Result<VecDeque<Vec<Backup>>, FileError> {
    let mut groups: VecDeque<Vec<Backup>> = VecDeque::new();
    for backup in backups(fs, names)? {
        match groups.front_mut() {
            Some(group) if group.iter().any(|it| it.rank == backup.rank) => group.push(backup),
            _ => groups.push_front(vec![backup]),
        }
    }
    Ok(groups)
}

/// The same with the files that processes which are gone have left under names of their own, each where it belongs by the time
/// it was written last.
pub(crate) fn with_left(fs: &dyn Fs, names: &Names) -> Result<VecDeque<Vec<Backup>>, FileError> {
    let mut own = oldest_first(fs, names)?;
    let mut left: VecDeque<_> = siblings::left(fs, names)?.into();
    let written =
        |group: Option<&Vec<Backup>>| group.and_then(|it| it.iter().filter_map(|it| it.meta.modified).max());
    let mut merged = VecDeque::with_capacity(own.len() + left.len());
    while !left.is_empty() {
        let from_left = own.is_empty() || written(left.front()) <= written(own.front());
        merged.extend(if from_left { left.pop_front() } else { own.pop_front() });
    }
    merged.append(&mut own);
    Ok(merged)
}

/// So many bytes has a backup.
pub(crate) fn size(group: &[Backup]) -> u64 {
    group.iter().map(|it| it.meta.len).sum()
}

/// Deletes a backup.
pub(crate) fn delete(fs: &dyn Fs, group: &[Backup]) -> Result<(), FileError> {
    group.iter().try_for_each(|it| shift::remove(fs, &it.path))
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

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_nanos(seconds as i64 * 1_000_000_000)
    }

    fn check_all(fs: &FakeFs, naming: Naming, retention: Retention, expected: Expect) {
        let outcome = delete_old(fs, &Names::new("/logs/a".into(), naming), retention, at(1_000));
        let error = outcome.err().map(|it| format!("; {it}")).unwrap_or_default();
        let names: Vec<_> = fs.names().iter().map(|it| it.replace("/logs/", "")).collect();
        expected.assert_eq(&format!("{}{error}", names.join(" ")));
    }

    fn check(fs: &FakeFs, count: u32, expected: Expect) {
        check_all(fs, Naming::Numbered, Retention::everything().count(count), expected);
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

    #[test]
    fn a_backup_that_is_there_packed_and_plain_counts_once_and_goes_as_one() {
        let fs = FakeFs::new();
        for name in ["a.1", "a.2", "a.2.gz", "a.3.zst", "a.4"] {
            fs.put(format!("/logs/{name}"), "");
        }
        check(&fs, 3, expect!["a.1 a.2 a.2.gz a.3.zst"]);
        check(&fs, 1, expect!["a.1"]);
    }

    /// A backup of 10 bytes for each day and time.
    fn days(files: &[(&str, u64)]) -> FakeFs {
        let fs = FakeFs::new();
        for (label, written) in files {
            fs.set_now(at(*written));
            fs.put(format!("/logs/a.{label}"), "0123456789");
        }
        fs
    }

    const DAYS: [(&str, u64); 4] =
        [("2026-01-01", 700), ("2026-01-02", 800), ("2026-01-02.2", 900), ("2026-01-03", 1_000)];

    #[test]
    fn what_is_older_than_the_age_goes() {
        let kept_for = |seconds| Retention::everything().age(Duration::from_secs(seconds));
        let check = |age, expected| check_all(&days(&DAYS), Naming::Dated, kept_for(age), expected);
        check(300, expect!["a.2026-01-01 a.2026-01-02 a.2026-01-02.2 a.2026-01-03"]);
        check(299, expect!["a.2026-01-02 a.2026-01-02.2 a.2026-01-03"]);
        check(0, expect!["a.2026-01-03"]);
        check(u64::MAX, expect!["a.2026-01-01 a.2026-01-02 a.2026-01-02.2 a.2026-01-03"]);
    }

    #[test]
    fn the_oldest_go_until_the_others_are_few_enough_bytes() {
        let check = |bytes, expected| {
            check_all(&days(&DAYS), Naming::Dated, Retention::everything().bytes(bytes), expected);
        };
        check(40, expect!["a.2026-01-01 a.2026-01-02 a.2026-01-02.2 a.2026-01-03"]);
        check(39, expect!["a.2026-01-02 a.2026-01-02.2 a.2026-01-03"]);
        check(10, expect!["a.2026-01-03"]);
        check(9, expect![""]);
    }

    #[test]
    fn each_limit_holds_by_itself() {
        let all = Retention::everything().count(3).age(Duration::from_secs(150)).bytes(25);
        check_all(&days(&DAYS), Naming::Dated, all, expect!["a.2026-01-02.2 a.2026-01-03"]);
        let fewer = all.count(1);
        check_all(&days(&DAYS), Naming::Dated, fewer, expect!["a.2026-01-03"]);
    }

    #[test]
    fn no_file_stays_behind_one_that_goes() {
        // the second was touched by somebody: numbers would have a gap
        let files = [("2026-01-01", 999), ("2026-01-02", 100), ("2026-01-03", 1_000)];
        let retention = Retention::everything().age(Duration::from_secs(10));
        check_all(&days(&files), Naming::Dated, retention, expect!["a.2026-01-03"]);
    }

    #[test]
    fn s30_foreign_dated_names_stay() {
        let fs = days(&DAYS);
        for name in ["a.2026-01-01.bak", "a.2026-01-01.1", "a.2026-01-01-x", "b.2026-01-01", "a.1"] {
            fs.put(format!("/logs/{name}"), "");
        }
        fs.put_kind("/logs/a.2025-12-31", Kind::Folder);
        fs.put_kind("/logs/a.2025-12-30", Kind::Link);
        check_all(
            &fs,
            Naming::Dated,
            Retention::everything().count(0),
            expect![
                "a.1 a.2025-12-30 a.2025-12-31 a.2026-01-01-x a.2026-01-01.1 a.2026-01-01.bak b.2026-01-01"
            ],
        );
    }
}
