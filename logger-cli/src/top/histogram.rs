//! How many records there were over time, by level.

use logger_config::Level;

/// The levels, the most serious first: the order in which a column is built from below.
pub const LEVELS: [Level; 6] =
    [Level::Critical, Level::Error, Level::Warning, Level::Info, Level::Debug, Level::Trace];

pub(super) const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// What a column may stand for, in nanoseconds: 1 ms to a day.
pub(super) const WIDTHS: [i64; 16] = {
    const MILLI: i64 = 1_000_000;
    const MINUTE: i64 = 60 * NANOS_PER_SECOND;
    const HOUR: i64 = 60 * MINUTE;
    [
        MILLI,
        5 * MILLI,
        10 * MILLI,
        50 * MILLI,
        100 * MILLI,
        500 * MILLI,
        NANOS_PER_SECOND,
        5 * NANOS_PER_SECOND,
        10 * NANOS_PER_SECOND,
        30 * NANOS_PER_SECOND,
        MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        HOUR,
        6 * HOUR,
        24 * HOUR,
    ]
};

/// How many records there were over time, by level: one column for each span of equal length, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// How many there were of each of [`LEVELS`].
    pub columns: Vec<[u64; LEVELS.len()]>,
    /// When the first column begins, in nanoseconds since 1970.
    pub start: i64,
    /// Nanoseconds of a column.
    pub width: i64,
}

impl Histogram {
    /// Counts records that are given by time and level. The last of the columns holds `end`.
    pub fn of(records: impl Iterator<Item = (i64, Level)>, end: i64, width: i64, columns: usize) -> Self {
        let first = end.div_euclid(width) - columns as i64 + 1;
        let mut counts = vec![[0; LEVELS.len()]; columns];
        for (time, level) in records {
            let column = usize::try_from(time.div_euclid(width) - first).ok();
            let place = LEVELS.iter().position(|it| *it == level);
            if let (Some(column), Some(place)) = (column.and_then(|it| counts.get_mut(it)), place) {
                column[place] += 1;
            }
        }
        Histogram { columns: counts, start: first.saturating_mul(width), width }
    }

    /// How many records the greatest column has.
    pub fn most(&self) -> u64 {
        self.columns.iter().map(|it| it.iter().sum()).max().unwrap_or(0)
    }

    /// How many records there are of each of [`LEVELS`].
    pub fn totals(&self) -> [u64; LEVELS.len()] {
        self.columns.iter().fold([0; LEVELS.len()], |mut totals, column| {
            totals.iter_mut().zip(column).for_each(|(total, count)| *total += count);
            totals
        })
    }

    /// What each eighth of a row shows in a column, from below: a place in [`LEVELS`]. A level that occurs has at least one.
    pub fn stack(&self, column: usize, rows: usize) -> Vec<usize> {
        let counts = self.columns.get(column).copied().unwrap_or_default();
        let all: u64 = counts.iter().sum();
        let (eighths, most) = (rows as u64 * 8, self.most().max(1));
        let height = (all * eighths).div_ceil(most);
        let occurring: Vec<usize> = (0..LEVELS.len()).filter(|it| counts[*it] > 0).collect();
        let mut stack = Vec::new();
        for (index, level) in occurring.iter().enumerate() {
            let (left, others) = (height - stack.len() as u64, (occurring.len() - index - 1) as u64);
            let own =
                (counts[*level] * height / all).max(1).min(left.saturating_sub(others).max(1)).min(left);
            let own = if others == 0 { left } else { own };
            stack.extend(std::iter::repeat_n(*level, own as usize));
        }
        stack
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_in_the_column_of_its_time() {
        let records =
            [(-1, Level::Info), (0, Level::Info), (9, Level::Error), (10, Level::Info), (29, Level::Info)];
        let histogram = Histogram::of(records.into_iter(), 25, 10, 3);
        assert_eq!(histogram.start, 0);
        let info = |it: usize| histogram.columns[it][3];
        assert_eq!((info(0), info(1), info(2), histogram.columns[0][1]), (1, 1, 1, 1));
        assert_eq!((histogram.most(), histogram.totals()), (2, [0, 1, 0, 3, 0, 0]));
    }

    #[test]
    fn a_rare_level_is_seen_and_no_column_is_higher_than_the_screen() {
        let one = |counts: [u64; 6]| Histogram {
            columns: vec![counts, [0, 0, 0, 1_000_000, 0, 0]],
            start: 0,
            width: 1,
        };
        let few = one([1, 0, 2, 999_997, 0, 0]).stack(0, 4);
        assert_eq!((few.len(), &few[..3]), (32, &[0, 2, 3][..]));
        // more levels than eighths: the most serious are seen
        assert_eq!(one([1, 1, 1, 1, 1, 1]).stack(0, 4), [0]);
        assert!(one([0; 6]).stack(0, 4).is_empty());
        for counts in [[7, 1, 3, 0, 5, 9], [999_999, 0, 0, 0, 0, 1], [0, 0, 0, 500_000, 0, 500_000]] {
            let stack = one(counts).stack(0, 5);
            assert!(stack.is_sorted() && stack.len() <= 40, "{stack:?}");
        }
    }
}
