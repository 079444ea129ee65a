//! The services, each with its own form of a message, its limits, and its way to say what became of it.

use std::{fmt, time::Duration};

use url::Url;

use crate::{
    engine::bucket::Bucket,
    error::AlertError,
    http::{Answer, HttpRequest, Network},
    text::Message,
};

#[cfg(feature = "discord")]
pub(crate) mod discord;
#[cfg(feature = "webhook")]
pub(crate) mod ntfy;
#[cfg(feature = "webhook")]
pub(crate) mod slack;
#[cfg(feature = "telegram")]
pub(crate) mod telegram;
#[cfg(test)]
#[cfg_attr(not(feature = "discord"), allow(dead_code, reason = "each service needs a part only"))]
mod testing;
#[cfg(feature = "webhook")]
pub(crate) mod webhook;

/// Where alerts go: made of a [`Telegram`](crate::Telegram), [`Discord`](crate::Discord), [`Webhook`](crate::Webhook),
/// [`Slack`](crate::Slack) or [`Ntfy`](crate::Ntfy).
pub struct Target {
    pub(crate) name: String,
    pub(crate) make: MakeService,
}

/// Checks the settings of a service once the network is known.
type MakeService = Box<dyn FnOnce(&Network) -> Result<Box<dyn Service>, AlertError> + Send>;

impl Target {
    /// Another name than that of the service, so that two targets of one service can be told apart.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target").field("name", &self.name).finish_non_exhaustive()
    }
}

/// One service as the engine sees it.
pub(crate) trait Service: Send {
    /// What must not appear in any text.
    fn secrets(&self) -> Vec<String>;

    /// What the service has published.
    fn buckets(&self) -> Vec<Bucket>;

    /// Targets of one account wait together where the service says so.
    fn account(&self) -> String;

    /// Targets of one place share its limits.
    fn place(&self) -> String {
        self.account()
    }

    /// Where requests go.
    fn address(&self) -> &Url;

    /// All by which the service knows sender and receiver: what is the same after a change of settings is the same target.
    fn identity(&self) -> String;

    /// Whether a message that was sent can be changed.
    fn can_edit(&self) -> bool;

    /// Whether a message that was refused can be said in fewer words: level and event, in ASCII.
    fn can_say_less(&self) -> bool {
        true
    }

    /// How many alerts one message can tell of.
    fn most_together(&self) -> usize {
        1
    }

    /// The request that says all of `messages`, of which there is one at least, or changes the message `posted` into them.
    fn request(&self, messages: &[Message<'_>], posted: Option<&str>) -> HttpRequest;

    /// What the service did with it.
    fn read(&self, answer: &Answer, posted: Option<&str>) -> Outcome;
}

/// What must not appear in any text; the longest first, so that none is left in part.
pub(crate) fn secrets_of(service: &dyn Service) -> Vec<String> {
    let mut secrets = service.secrets();
    secrets.sort_by_key(|secret| usize::MAX - secret.len());
    secrets.retain(|secret| !secret.is_empty());
    secrets
}

/// A text with `***` in the place of each secret.
pub(crate) fn mask(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// It is there. `id`: how to change it.
    Delivered { id: Option<String>, pause: Pause },
    /// The service wants nothing before that.
    RetryAfter { wait: Duration, scope: Scope },
    /// Not now.
    Failed { why: String },
    /// Not this message, whenever it is sent.
    Rejected { why: String },
    /// The message that was to be changed is not there any more.
    CannotEdit,
    /// Nothing, until a person has changed something.
    Stopped { why: String },
}

/// What a service wants after a message that it has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pause {
    None,
    /// There is room for one message only, which is kept for a first one.
    Repeats(Duration),
    /// Nothing before that.
    All(Duration),
}

/// Whom a wait concerns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Target,
    /// All targets of the account.
    Account,
}

/// The longest wait that is believed: a service that asks for more is asked again after that.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// A wait in seconds, as headers and bodies have it.
pub(crate) fn wait_of(seconds: f64) -> Option<Duration> {
    (seconds.is_finite() && seconds >= 0.0)
        .then(|| Duration::from_secs_f64(seconds.min(LONGEST_WAIT.as_secs_f64())))
}

/// The wait in a `Retry-After` header; in seconds, as dates are not in use among these services.
pub(crate) fn retry_after(answer: &Answer) -> Option<Duration> {
    answer.header("retry-after").and_then(|it| it.trim().parse().ok()).and_then(wait_of)
}

/// A wait where the service has named none.
pub(crate) const SOME_WAIT: Duration = Duration::from_secs(5);

/// What an answer is by its status alone.
pub(crate) fn by_status(answer: &Answer) -> Outcome {
    let why = answer.describe();
    match answer.status {
        200..=299 => Outcome::Delivered { id: None, pause: Pause::None },
        429 => Outcome::RetryAfter { wait: retry_after(answer).unwrap_or(SOME_WAIT), scope: Scope::Target },
        408 | 425 | 500..=599 => Outcome::Failed { why },
        401 | 403 | 404 | 410 => Outcome::Stopped { why },
        300..=399 => Outcome::Stopped { why: format!("{why}; redirects are not followed") },
        _ => Outcome::Rejected { why },
    }
}
