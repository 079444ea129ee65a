//! Where and when it was measured.

use std::{fmt, fs};

use crate::{host, timer::clock_step, utc::Civil};

/// What of a machine bears on the figures. Its name does not.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: f64,
    pub(crate) kernel: String,
    pub(crate) date: String,
    /// The smallest step of the clock of single calls, in nanoseconds.
    pub(crate) clock_step: u64,
}

impl Machine {
    pub(crate) fn here() -> Machine {
        let kib =
            value_of("/proc/meminfo", "MemTotal").split(' ').next().and_then(|it| it.parse::<f64>().ok());
        Machine {
            processor: value_of("/proc/cpuinfo", "model name"),
            cores: host::cores(),
            memory_gib: kib.unwrap_or(0.0) / f64::from(1 << 20),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default().trim().to_owned(),
            date: format!("{}Z", Civil::of(host::wall_clock().as_secs())),
            clock_step: clock_step(),
        }
    }
}

/// The value of a line `key : value`.
fn value_of(path: &str, key: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(key));
    line.map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned()).unwrap_or_default()
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { processor, cores, memory_gib, kernel, date, clock_step } = self;
        write!(
            f,
            "{processor}, {cores} cores, {memory_gib:.0} GiB, Linux {kernel}, {date}; clock step {clock_step} ns"
        )
    }
}
