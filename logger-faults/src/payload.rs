//! What a thread of the child logs: everything follows from a seed, the thread's number and the record's number, so
//! that the judge can tell what a line must say without having seen the call.

/// The message of every record of a case; a line with another one was not logged by a case.
pub const EVENT: &str = "fault case record";

/// What the loggers of a case are bound to, besides the number of the thread.
pub const EXPERT: &str = "FaultBot";

/// The keys of the fields that the judge reads.
pub mod key {
    /// Number of the thread, from 0.
    pub const WORKER: &str = "worker";
    /// The same, bound to the logger.
    pub const THREAD: &str = "bound_to";
    /// Number of the record within its thread, from 0.
    pub const N: &str = "n";
    /// A hash of seed, thread and number, as an unsigned integer of 64 bits.
    pub const CHECK: &str = "check";
    /// Text of 0 to 190 characters.
    pub const PAYLOAD: &str = "payload";
}

/// Which kind of event a record tells of; decides its category, its level and where it has to arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Category general, level INFO.
    General = 0,
    /// Category trade, level INFO.
    Trade = 1,
    /// Category general, level ERROR.
    Error = 2,
}

impl Kind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Kind; 3] = [Kind::General, Kind::Trade, Kind::Error];

    /// Any eight records of a thread in a row hold each kind.
    const PATTERN: [Kind; 8] = {
        use Kind::{Error, General, Trade};
        [General, Trade, General, Error, General, Trade, General, General]
    };

    /// Name of the category in the files.
    pub const fn category(self) -> &'static str {
        match self {
            Kind::General | Kind::Error => "general",
            Kind::Trade => "trade",
        }
    }

    /// Name of the level in the files.
    pub const fn level(self) -> &'static str {
        match self {
            Kind::General | Kind::Trade => "info",
            Kind::Error => "error",
        }
    }
}

/// One record that a case logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// The seed of the whole case.
    pub seed: u64,
    /// Number of the thread, from 0.
    pub worker: u32,
    /// Number of the record within its thread, from 0.
    pub n: u64,
}

impl Sample {
    /// What kind of event it is.
    pub fn kind(self) -> Kind {
        let start = splitmix64(self.seed ^ u64::from(self.worker));
        Kind::PATTERN[(start.wrapping_add(self.n) % 8) as usize]
    }

    /// A hash of everything that it is made from.
    pub fn check(self) -> u64 {
        splitmix64(splitmix64(self.seed ^ u64::from(self.worker)) ^ self.n)
    }

    /// Sets `text` to the payload: 1 to 11 words, some of characters that formats have to escape.
    pub fn put_payload(self, text: &mut String) {
        const MARKS: [&str; 8] = ["\"", "\\", "\n", "\t", "é", "\u{2028}", "}", "\u{1b}[1m"];
        let check = self.check();
        text.clear();
        let mut state = check;
        for _ in 0..=check % 11 {
            state = splitmix64(state);
            // letters alone: digits may look like the number of a card, which is masked
            text.extend((0..16).map(|at| char::from(b'a' + (state >> (4 * at) & 15) as u8)));
            text.push_str(MARKS[(state % 8) as usize]);
        }
    }
}

/// A well-mixed function of its argument: the step of the generator of the same name by Sebastiano Vigna.
pub const fn splitmix64(state: u64) -> u64 {
    let mut z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_eight_records_in_a_row_hold_every_kind() {
        for start in 0..8 {
            let kinds: Vec<_> = (start..start + 8).map(|n| Sample { seed: 5, worker: 3, n }.kind()).collect();
            assert!(Kind::ALL.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
        }
    }

    #[test]
    fn payloads_differ_between_seeds_threads_and_numbers() {
        let text = |seed, worker, n| {
            let mut text = String::new();
            Sample { seed, worker, n }.put_payload(&mut text);
            text
        };
        assert_eq!(text(1, 2, 3), text(1, 2, 3));
        assert_ne!(text(1, 2, 3), text(2, 2, 3));
        assert_ne!(text(1, 2, 3), text(1, 3, 3));
        assert_ne!(text(1, 2, 3), text(1, 2, 4));
    }
}
