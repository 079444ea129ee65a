//! The logger's own reports.

use crate::{key::keys, name::FileName, quantity::Span};

/// The shortest time between two reports of one kind.
pub(crate) type ReportInterval = Span<100, 86_400_000>;

keys! {
    /// the logger's own reports, in `log_dir`; made at the first report
    FILE: FileName = "reports.file", default("logging_errors.log");
    /// the shortest time between two reports of one kind
    EVERY: ReportInterval = "reports.every", default("10s");
}
