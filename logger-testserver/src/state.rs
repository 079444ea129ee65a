//! What the services remember: messages, waits, and who has broken a rule.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::{Duration, Instant},
};

use crate::{fault::Fault, http::Request};

/// A message as a person sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// `telegram`, `discord`, `webhook`, `slack`, `ntfy`.
    pub service: &'static str,
    /// The chat, webhook, channel or topic.
    pub place: String,
    /// What stands there now.
    pub text: String,
    /// How often it was changed.
    pub edits: u32,
    /// Whether it came without a sound.
    pub silent: bool,
    /// What the service has made of the text on its own, or been asked to: links, mentions, markup.
    pub made: Vec<String>,
    /// The id of the message.
    pub id: u64,
}

/// A request that was read, and what it was answered.
#[derive(Debug, Clone)]
pub struct Received {
    /// The request.
    pub request: Request,
    /// When it was complete.
    pub at: Instant,
    /// The status of the answer; 0 where there was none.
    pub status: u16,
}

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) shown: Vec<Shown>,
    pub(crate) received: Vec<Received>,
    pub(crate) complaints: Vec<String>,
    pub(crate) faults: VecDeque<Fault>,
    /// Faults of all requests from now on.
    pub(crate) always: Option<Fault>,
    /// Until when a sender was asked to wait, by what the wait is for.
    pub(crate) waits: HashMap<String, Instant>,
    /// When messages came, by place.
    pub(crate) times: HashMap<String, VecDeque<Instant>>,
    pub(crate) keys: HashSet<String>,
    /// Webhooks that are not there any more.
    pub(crate) gone: HashSet<String>,
    pub(crate) next_id: u64,
}

impl State {
    pub(crate) fn show(
        &mut self,
        service: &'static str,
        place: String,
        text: String,
        silent: bool,
        made: Vec<String>,
    ) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.shown.push(Shown { service, place, text, edits: 0, silent, made, id });
        id
    }

    pub(crate) fn complain(&mut self, what: impl Into<String>) {
        self.complaints.push(what.into());
    }

    /// From now on nothing is wanted for so long.
    pub(crate) fn ask_to_wait(&mut self, whom: &str, seconds: f64) {
        self.waits.insert(whom.to_owned(), Instant::now() + Duration::from_secs_f64(seconds));
    }

    /// How many seconds of a wait are left; whoever asks has not waited.
    pub(crate) fn has_not_waited(&mut self, whom: &str) -> Option<f64> {
        let until = *self.waits.get(whom)?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        self.complain(format!("a request {:.3} s before the end of a wait", left.as_secs_f64()));
        Some(left.as_secs_f64())
    }

    /// Counts a message. Returns after how many seconds it had been allowed, where there are more than `count` in `per`.
    pub(crate) fn too_many(&mut self, place: &str, count: usize, per: Duration) -> Option<f64> {
        let now = Instant::now();
        let times = self.times.entry(format!("{place} {per:?}")).or_default();
        while times.front().is_some_and(|&at| now.duration_since(at) >= per) {
            times.pop_front();
        }
        if times.len() < count {
            times.push_back(now);
            return None;
        }
        let until = per.saturating_sub(now.duration_since(times[0]));
        self.complain(format!("more than {count} messages in {per:?}"));
        Some(until.as_secs_f64())
    }
}

/// As the services count that do not count characters.
pub(crate) fn utf16(text: &str) -> usize {
    text.encode_utf16().count()
}
