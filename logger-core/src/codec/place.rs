//! Where in the source a record was made, in the bytes of a record that has no call site.

/// Where in the source a record was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) module: &'a str,
    pub(crate) line: u32,
}

/// Bytes before the texts: the line in 4, the lengths of file and module in 2 each. The texts of file and module follow.
pub(super) const FIXED: usize = 8;

impl Place<'static> {
    /// Where a record of slog's was made.
    pub(crate) fn of(record: &slog::Record<'_>) -> Self {
        Place { file: record.file(), module: record.module(), line: record.line() }
    }
}

impl Place<'_> {
    pub(super) fn fixed(&self) -> [u8; FIXED] {
        let mut bytes = [0; FIXED];
        bytes[0..4].copy_from_slice(&self.line.to_le_bytes());
        bytes[4..6].copy_from_slice(&(self.file.len() as u16).to_le_bytes());
        bytes[6..8].copy_from_slice(&(self.module.len() as u16).to_le_bytes());
        bytes
    }
}
