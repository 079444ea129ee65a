//! The files of the configuration, and when they change.
//!
//! What counts is what is in them, so that it does not matter how they were saved: written over, renamed to, linked to. They
//! are read a few times a second, which is the guarantee; `notify` makes it faster where it works.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
    time::Duration,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};

use super::Running;
use crate::sources::{Content, content};

/// How often the files are read: four times a second costs some microseconds each, and leaves a second's rest to apply it.
pub(super) const POLL: Duration = Duration::from_millis(250);
/// How long a file has to stay as it is before it is believed to be complete.
const SETTLES: Duration = Duration::from_millis(20);
/// How often that is waited for: a file that changes all the time, or that is empty or gone, is taken as it is after a second.
const PATIENCE: u32 = 50;

/// The files, and what was in them when they were last looked at.
pub(super) struct Watch {
    files: Vec<PathBuf>,
    seen: Vec<Content>,
    /// Wakes the thread that looks; `None` where the system has no such thing.
    _notifier: Option<RecommendedWatcher>,
}

impl Watch {
    pub(super) fn new(files: Vec<PathBuf>, seen: Vec<Content>, running: &Arc<Running>) -> Self {
        let notifier = notifier(&files, running);
        Watch { files, seen, _notifier: notifier }
    }

    /// What the files contain, if that is something else than the last time.
    pub(super) fn changed(&mut self, running: &Running) -> Option<Vec<Content>> {
        let mut found = self.read();
        if found == self.seen {
            return None;
        }
        for _ in 0..PATIENCE {
            running.pause(SETTLES);
            let again = self.read();
            let is_settled = again == found && !self.is_being_written(&again);
            found = again;
            if is_settled {
                break;
            }
        }
        let is_new = found != self.seen;
        self.seen.clone_from(&found);
        is_new.then_some(found)
    }

    fn read(&self) -> Vec<Content> {
        self.files.iter().map(|path| content(path)).collect()
    }

    /// Whether a file that had something in it is empty or gone, as it is for a moment when it is saved.
    fn is_being_written(&self, found: &[Content]) -> bool {
        let has_text = |content: &Content| content.as_ref().is_ok_and(|bytes| !bytes.trim_ascii().is_empty());
        self.seen.iter().zip(found).any(|(seen, found)| has_text(seen) && !has_text(found))
    }
}

/// Watches the folders of the files, because a file that is renamed to or linked to is another one afterwards.
fn notifier(files: &[PathBuf], running: &Arc<Running>) -> Option<RecommendedWatcher> {
    let woken = Arc::downgrade(running);
    let wake = move |_| {
        if let Some(running) = woken.upgrade() {
            running.bell.notify_all();
        }
    };
    let mut notifier = notify::recommended_watcher(wake).ok()?;
    let targets = files.iter().filter_map(|path| path.canonicalize().ok());
    let folders = files.iter().cloned().chain(targets).filter_map(|path| path.parent().map(Path::to_owned));
    for folder in folders.collect::<BTreeSet<_>>() {
        // a folder that cannot be watched is looked at all the same
        let _ = notifier.watch(&folder, RecursiveMode::NonRecursive);
    }
    Some(notifier)
}

impl Running {
    /// Waits, or until the logger ends.
    fn pause(&self, time: Duration) {
        let state = self.lock();
        let ended = self.bell.wait_timeout_while(state, time, |state| state.life == super::Life::Running);
        drop(ended.unwrap_or_else(PoisonError::into_inner));
    }
}
