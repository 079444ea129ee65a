//! What an expert did, counted by itself, to be compared with what its files say.

use logger_core::{Category, Level};

use crate::money::Cents;

/// What an expert did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Days that it saw.
    pub bars: u64,
    /// Crossings.
    pub signals: u64,
    /// Orders that it made.
    pub orders: u64,
    /// Positions that it closed.
    pub trades: u64,
    /// Orders that were rejected.
    pub rejected: u64,
    /// Times that a loss went past the limit.
    pub criticals: u64,
    /// The profit of all closed positions.
    pub profit: Cents,
    /// The log calls that it made.
    pub calls: Calls,
}

impl Tally {
    /// Adds what another expert did.
    pub fn add(&mut self, other: &Tally) {
        self.bars += other.bars;
        self.signals += other.signals;
        self.orders += other.orders;
        self.trades += other.trades;
        self.rejected += other.rejected;
        self.criticals += other.criticals;
        self.profit += other.profit;
        self.calls.add(&other.calls);
    }
}

/// Log calls, counted by category and level, whether the level lets them in or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Calls {
    trade: [u64; Level::ALL.len()],
    general: [u64; Level::ALL.len()],
}

impl Calls {
    /// Counts one call.
    pub fn count(&mut self, category: Category, level: Level) {
        match category {
            Category::Trade => self.trade[level as usize] += 1,
            _ => self.general[level as usize] += 1,
        }
    }

    fn add(&mut self, other: &Calls) {
        for level in Level::ALL {
            self.trade[level as usize] += other.trade[level as usize];
            self.general[level as usize] += other.general[level as usize];
        }
    }

    /// The calls that lead to a record when the logger's level is this one. Trades are let in at every level.
    pub fn admitted(&self, level: Level) -> u64 {
        self.trades() + at_least(level, &self.general)
    }

    /// The lines that `expert.log` has at this level: what is at or above it.
    pub fn in_expert_log(&self, level: Level) -> u64 {
        at_least(level, &self.trade) + at_least(level, &self.general)
    }

    /// The lines that `trades.log` has at any level.
    pub fn trades(&self) -> u64 {
        self.trade.iter().sum()
    }

    /// The lines that `errors.log` has at any level up to ERROR.
    pub fn errors(&self) -> u64 {
        self.in_expert_log(Level::Error)
    }
}

fn at_least(level: Level, counts: &[u64; Level::ALL.len()]) -> u64 {
    counts[level as usize..].iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trades_are_expected_in_their_file_whatever_the_level() {
        let mut calls = Calls::default();
        for (category, level) in [
            (Category::General, Level::Debug),
            (Category::General, Level::Critical),
            (Category::Trade, Level::Info),
            (Category::Trade, Level::Error),
        ] {
            calls.count(category, level);
        }
        let expected =
            |level| (calls.in_expert_log(level), calls.trades(), calls.errors(), calls.admitted(level));
        assert_eq!(expected(Level::Debug), (4, 2, 2, 4));
        assert_eq!(expected(Level::Info), (3, 2, 2, 3));
        assert_eq!(expected(Level::Error), (2, 2, 2, 3));
    }
}
