//! How much one expert may log, so that one that floods sheds its own records and not those of others.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// How many records below WARNING each expert may log. An expert is told by the `expert_name` that its logger is bound to;
/// what has none is not counted. Trades are never counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Records a second, on average; at least 1.
    pub per_second: u64,
    /// Records at once, after a silence; at least 1.
    pub burst: u64,
}

/// The accounts of all experts of a pipeline.
#[derive(Debug)]
pub(crate) struct Budgets {
    budget: Budget,
    /// Steps of the clock's counter in a second.
    per_second: u64,
    experts: Mutex<HashMap<String, Arc<Account>>>,
}

/// The account of one expert: the generic cell rate algorithm, in one word.
#[derive(Debug)]
pub(crate) struct Account {
    /// The counter at which all that was logged would have been logged at the average rate.
    due: AtomicU64,
    /// Steps of the counter between two records at the average rate.
    interval: u64,
    /// How far `due` may lie in the future.
    tolerance: u64,
}

impl Budgets {
    pub(crate) fn new(budget: Budget, per_second: u64) -> Self {
        Budgets { budget, per_second, experts: Mutex::default() }
    }

    /// The account of an expert; the same for all of its loggers.
    pub(crate) fn account(&self, expert: &str) -> Arc<Account> {
        let mut experts = self.experts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(account) = experts.get(expert) {
            return Arc::clone(account);
        }
        let account = Arc::new(Account::new(self.budget, self.per_second));
        experts.insert(expert.to_owned(), Arc::clone(&account));
        account
    }
}

impl Account {
    fn new(budget: Budget, per_second: u64) -> Self {
        let interval = (per_second / budget.per_second.max(1)).max(1);
        let tolerance = interval.saturating_mul(budget.burst.max(1) - 1);
        Account { due: AtomicU64::new(0), interval, tolerance }
    }

    /// Takes one record from the account at the time `now`, by the clock's counter. Returns whether there was one.
    #[inline]
    pub(crate) fn take(&self, now: u64) -> bool {
        let next = |due: u64| {
            let due = due.max(now);
            (due - now <= self.tolerance).then(|| due.saturating_add(self.interval))
        };
        self.due.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_then_the_average_rate_and_after_a_silence_a_burst_again() {
        let account = Account::new(Budget { per_second: 10, burst: 3 }, 1_000_000_000);
        let ms = 1_000_000;
        let taken = |at: u64, calls: usize| (0..calls).filter(|_| account.take(at * ms)).count();
        assert_eq!(taken(1_000, 5), 3);
        assert_eq!(taken(1_099, 5), 0);
        assert_eq!(taken(1_100, 5), 1);
        assert_eq!(taken(1_300, 5), 2);
        assert_eq!(taken(9_000, 5), 3);
    }

    #[test]
    fn all_loggers_of_an_expert_have_one_account() {
        let budgets = Budgets::new(Budget { per_second: 1, burst: 1 }, 1_000_000_000);
        assert!(Arc::ptr_eq(&budgets.account("a"), &budgets.account("a")));
        assert!(!Arc::ptr_eq(&budgets.account("a"), &budgets.account("b")));
    }
}
