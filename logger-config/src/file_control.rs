//! What a program asks of its files while they are written.

/// The files of a logger.
#[derive(Debug, Clone, Default)]
pub(crate) struct FileControls {
    #[cfg(feature = "file")]
    pub(crate) all: Vec<logger_file::FileControl>,
    /// That of the trades.
    #[cfg(feature = "file")]
    pub(crate) trades: Option<logger_file::FileControl>,
}

#[cfg(feature = "file")]
impl FileControls {
    pub(crate) fn rotate(&self) {
        self.all.iter().for_each(logger_file::FileControl::rotate);
    }

    pub(crate) fn reopen(&self) {
        self.all.iter().for_each(logger_file::FileControl::reopen);
    }
}

#[cfg(not(feature = "file"))]
impl FileControls {
    pub(crate) fn rotate(&self) {}

    pub(crate) fn reopen(&self) {}
}
