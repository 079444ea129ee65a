//! What a logger has to do to be measured, and all of those that are.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{child::Job, lines::FILE, subjects, workload::Order};

/// A logger under test. There is one in a process.
pub(crate) trait Subject: Sync + Sized {
    /// Starts it. The threads that it makes are its own and run on the core of the workers.
    ///
    /// # Errors
    ///
    /// If it cannot start.
    fn start(place: &Place) -> anyhow::Result<Self>;

    /// What one thread logs with; made on that thread.
    fn caller(&self) -> impl FnMut(&Order);

    /// Waits until the `sent` records are on file, where the subject can tell before its end; returns when they were.
    ///
    /// # Errors
    ///
    /// If they do not get there.
    fn settle(&self, _sent: u64) -> anyhow::Result<Option<Instant>> {
        Ok(None)
    }

    /// Ends it; then all that can be is on file.
    ///
    /// # Errors
    ///
    /// If a record did not get there.
    fn finish(self, sent: u64) -> anyhow::Result<()>;
}

/// A subject that can be asked to log below its level.
pub(crate) trait Leveled: Subject {
    /// Calls with a record below the level; `evaluated` counts how often its arguments were looked at.
    fn disabled<'s>(&'s self, evaluated: &'s mut u64) -> impl FnMut(&Order) + 's;
}

/// What a subject has to do with a record that finds its queue full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Load {
    /// What it does when it is used as its documentation shows.
    AsShipped,
    /// Wait for room, so that nothing is lost.
    Lossless,
}

/// Where a subject writes, and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) load: Load,
}

impl Place {
    /// The file that all records go to.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

/// What a subject is in the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// What the figures are divided by.
    Reference,
    /// A shape of this logger.
    Ours,
    /// Another logger.
    Peer,
}

impl Group {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Group::Reference => "references",
            Group::Ours => "ours",
            Group::Peer => "peers",
        }
    }
}

/// What a subject can do besides logging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeps {
    /// It writes every record.
    All,
    /// It drops what finds its queue full, and cannot be told otherwise.
    #[cfg_attr(not(feature = "peers"), expect(dead_code, reason = "only peers do"))]
    WhatFits,
    /// It writes no lines.
    NoLines,
}

/// A row of the table of subjects.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    pub(crate) keeps: Keeps,
    /// Measures it, in the process that was started for that.
    pub(crate) run: fn(&Job) -> anyhow::Result<()>,
    /// Measures a call below its level, where it has levels that are compared.
    pub(crate) disabled: Option<fn(&Job) -> anyhow::Result<()>>,
}

/// The row of a name.
pub(crate) fn row(name: &str) -> Option<&'static Row> {
    subjects::all().find(|row| row.name == name)
}
