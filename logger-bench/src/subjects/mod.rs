//! The loggers that are measured, one file each; a further one is a file and a row.

mod ours;
#[cfg(feature = "peers")]
mod peers;
mod references;

pub(crate) use self::ours::BEHIND_THE_CALL;
use crate::subject::Row;

/// Every subject, in the order in which a round measures them.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    let all = references::ROWS.iter().chain(ours::ROWS);
    #[cfg(feature = "peers")]
    let all = all.chain(peers::ROWS);
    all
}
