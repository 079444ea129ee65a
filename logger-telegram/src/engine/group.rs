//! Alerts of one kind: the first is said at once, and its repeats in one message with their count.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::Timestamp;

use super::{
    post::{Part, Post},
    queue::Bundle,
};
use crate::{alert::Alert, text::Form};

/// So long after a moment; where that is without end, a hundred years after it: a sum that is too large would panic.
pub(super) fn later(moment: Instant, by: Duration) -> Instant {
    const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);
    moment.checked_add(by.min(FOREVER)).unwrap_or(moment)
}

/// How repeats are gathered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Windows {
    /// The first one. It doubles while repeats go on.
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
    /// The pause before a message is changed in place; it doubles with each change.
    pub(crate) edit: Duration,
}

/// How a service can say that an alert came again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeats {
    /// By a change of the message that is there.
    InPlace,
    /// By another message.
    Anew,
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) alert: Arc<Alert>,
    /// How often it came.
    pub(crate) total: u64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// How many of them the service knows of.
    pub(crate) told: u64,
    /// The message that can be changed.
    pub(crate) posted: Option<Post>,
    /// A message that told of others too was refused: from then on it is said by itself.
    pub(crate) alone: bool,
    /// What is being said, and is said again in the same words when it is not known whether it was heard.
    pub(crate) saying: Option<(u64, Timestamp)>,
    pub(crate) tries: u32,
    pub(crate) form: Form,
    not_before: Instant,
    window: Duration,
    ends: Instant,
    next_edit: Instant,
    edit_pause: Duration,
}

impl Group {
    pub(crate) fn new(bundle: &Bundle, not_before: Instant, windows: &Windows) -> Self {
        Group {
            alert: Arc::clone(&bundle.alert),
            total: bundle.count,
            first: bundle.first,
            last: bundle.last,
            told: 0,
            posted: None,
            alone: false,
            saying: None,
            tries: 0,
            form: Form::Full,
            not_before,
            window: windows.first,
            ends: not_before,
            next_edit: not_before,
            edit_pause: windows.edit,
        }
    }

    /// It came again.
    pub(crate) fn add(&mut self, bundle: &Bundle, now: Instant, repeats: Repeats, windows: &Windows) {
        self.total += bundle.count;
        self.first = self.first.min(bundle.first);
        self.last = self.last.max(bundle.last);
        let began_anew = self.told > 0 && now >= self.ends && self.total == self.told + bundle.count;
        if began_anew && repeats == Repeats::InPlace {
            self.begin_another_message(now, windows);
        }
    }

    /// The message is an old one by now, and a change of it makes no sound.
    fn begin_another_message(&mut self, now: Instant, windows: &Windows) {
        self.posted = None;
        // a change that is under way says it as it was
        self.saying = None;
        self.open_window(now, windows);
    }

    /// The next window, twice as long.
    fn open_window(&mut self, now: Instant, windows: &Windows) {
        self.window = self.window.saturating_mul(2).min(windows.longest);
        self.ends = later(now, self.window);
    }

    pub(crate) fn is_told(&self) -> bool {
        self.told >= self.total
    }

    pub(crate) fn waiting(&self) -> u64 {
        self.total.saturating_sub(self.told)
    }

    /// What the service does not know of yet.
    pub(crate) fn rest(&self) -> Bundle {
        let alert = Arc::clone(&self.alert);
        Bundle { alert, count: self.waiting(), first: self.first, last: self.last }
    }

    /// Whoever hears of it next has heard nothing of it before.
    pub(crate) fn begin_anew(&mut self) {
        self.posted = None;
        self.alone = false;
        self.saying = None;
        self.tries = 0;
        self.form = Form::Full;
    }

    /// It is left to others for `after` instead of `before`.
    pub(crate) fn wait_another_time(&mut self, before: Duration, after: Duration) {
        let came = self.not_before.checked_sub(before).unwrap_or(self.not_before);
        self.not_before = later(came, after);
    }

    /// When something is to be said; `None` while there is nothing.
    pub(crate) fn due(&self, repeats: Repeats) -> Option<Instant> {
        if self.is_told() {
            return None;
        }
        Some(match (self.told, repeats, &self.posted) {
            (0, ..) => self.not_before,
            (_, Repeats::InPlace, Some(_)) => self.next_edit.min(self.ends),
            (_, Repeats::InPlace, None) => self.not_before,
            (_, Repeats::Anew, _) => self.ends,
        })
    }

    /// Whether nothing has come for so long that the next one is a first one.
    pub(crate) fn is_over(&self, now: Instant, repeats: Repeats) -> bool {
        let quiet = match repeats {
            Repeats::InPlace => self.window,
            Repeats::Anew => Duration::ZERO,
        };
        self.is_told() && now >= later(self.ends, quiet)
    }

    /// What is to be said of it now.
    pub(crate) fn say(&mut self, order: u64) -> Part {
        let (count, last) = *self.saying.get_or_insert((self.total, self.last));
        Part { order, alert: Arc::clone(&self.alert), count, first: self.first, last }
    }

    /// Whether the message that tells of it is this one.
    pub(crate) fn is_in(&self, post: Option<&Post>) -> bool {
        self.posted.as_ref().map(|it| &it.id) == post.map(|it| &it.id)
    }

    /// Something else than the first message.
    pub(crate) fn is_update(&self) -> bool {
        self.told > 0
    }

    /// The service knows of `count` now. Returns how many are new to it.
    pub(crate) fn heard(
        &mut self,
        count: u64,
        post: Option<Post>,
        now: Instant,
        repeats: Repeats,
        windows: &Windows,
    ) -> u64 {
        let new = count.saturating_sub(self.told);
        let was_first = self.told == 0;
        self.told = count;
        self.saying = None;
        self.tries = 0;
        match repeats {
            _ if was_first => self.ends = later(now, self.window),
            Repeats::Anew => self.open_window(now, windows),
            Repeats::InPlace => {}
        }
        if self.posted.is_none() {
            self.edit_pause = windows.edit;
        }
        self.next_edit = later(now, self.edit_pause);
        self.edit_pause = self.edit_pause.saturating_mul(2);
        self.posted = post.filter(|_| repeats == Repeats::InPlace);
        // what came while this was on its way comes after the window, as what comes from now on
        if repeats == Repeats::InPlace && now >= self.ends && !self.is_told() {
            self.begin_another_message(now, windows);
        }
        new
    }

    /// Others have told of `count`: they need not be told here.
    pub(crate) fn settle(&mut self, count: u64) {
        if self.told == 0 {
            self.total = self.total.saturating_sub(count);
        } else {
            self.told = (self.told + count).min(self.total);
        }
    }
}
