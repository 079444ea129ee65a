//! One message to each target, to see whether alerts would arrive: really, or on paper.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::{Clock, Level, OwnedRecord, Run};
use tokio::{runtime::Builder, task::JoinSet};

use crate::{
    alert::{Alert, Delivery},
    builder::AlertsBuilder,
    engine::{change::Change, queue::Bundle},
    error::AlertError,
    http::{Client, HttpRequest},
    target::{Outcome, Service, mask, secrets_of},
    text::{Form, Message},
};

/// What became of a message that was sent to see whether a target works.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetTest {
    /// The name of the target.
    pub target: String,
    /// The time from the begin of the request to its answer, or why the message is not there. No text of it contains a token.
    pub result: Result<Duration, String>,
}

/// A request as a target would get it, with `***` in the place of each secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TargetRequest {
    /// The name of the target.
    pub target: String,
    /// `POST`.
    pub method: &'static str,
    /// Where it would go.
    pub url: String,
    /// Its headers in the order of their names, but for those that HTTP adds.
    pub headers: Vec<(String, String)>,
    /// What it would say: JSON.
    pub body: String,
}

impl fmt::Display for TargetRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.method, self.url)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{}", self.body)
    }
}

const EVENT: &str = "test of alerts: nothing has happened";

impl AlertsBuilder {
    /// Sends one message to each target, all of them at once and each a single time, and waits for the answers, for a few
    /// seconds at most. It is a CRITICAL one that says of itself that it is a test. Spool and rules have no part in it.
    /// `app_name`: the program that it names.
    ///
    /// # Errors
    ///
    /// [`AlertError`], in the same cases as [`AlertsBuilder::start`]; what a service answers is in the [`TargetTest`]s, which
    /// come in the order of the targets.
    pub fn send_test(self, app_name: &str) -> Result<Vec<TargetTest>, AlertError> {
        let runtime = Builder::new_current_thread().enable_all().max_blocking_threads(4).build();
        let runtime = runtime.map_err(|source| AlertError::Thread { source })?;
        let clock = self.clock_of_day();
        let (_, Change { targets, client, .. }) = self.prepare()?;
        let client = Arc::new(client);
        let results = runtime.block_on(async {
            let mut under_way = JoinSet::new();
            for (at, target) in targets.into_iter().enumerate() {
                let (client, request) =
                    (Arc::clone(&client), request(target.service.as_ref(), app_name, &clock));
                under_way
                    .spawn(async move { (at, target.name, send(&client, request, target.service).await) });
            }
            under_way.join_all().await
        });
        runtime.shutdown_background();
        let mut results = results;
        results.sort_by_key(|(at, ..)| *at);
        Ok(results.into_iter().map(|(_, target, result)| TargetTest { target, result }).collect())
    }

    /// The requests that [`AlertsBuilder::send_test`] would make, with `***` in the place of each secret. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`AlertError`], in the same cases as [`AlertsBuilder::start`].
    pub fn dry_run(self, app_name: &str) -> Result<Vec<TargetRequest>, AlertError> {
        let clock = self.clock_of_day();
        let (_, change) = self.prepare()?;
        let shown = change.targets.into_iter().map(|target| {
            let secrets = secrets_of(target.service.as_ref());
            shown(target.name, &request(target.service.as_ref(), app_name, &clock), &secrets)
        });
        Ok(shown.collect())
    }
}

fn request(service: &dyn Service, app_name: &str, clock: &Clock) -> HttpRequest {
    let now = clock.now();
    let run = Arc::new(Run::new(app_name, now));
    let record = OwnedRecord::new(Level::Critical, EVENT).timestamp(now).run(&run).build();
    let bundle = Bundle::one(Alert::new(&record.borrow(), 0, Delivery::default()));
    let (first, last) = (bundle.first, bundle.last);
    let message = Message { alert: &bundle.alert, count: 1, first, last, now, form: Form::Full };
    service.request(&[message], None)
}

async fn send(client: &Client, request: HttpRequest, service: Box<dyn Service>) -> Result<Duration, String> {
    let began = Instant::now();
    let answer = client.send(request).await;
    let took = began.elapsed();
    let why = match answer.map(|answer| service.read(&answer, None)) {
        Ok(Outcome::Delivered { .. }) => return Ok(took),
        Ok(Outcome::Failed { why } | Outcome::Rejected { why } | Outcome::Stopped { why }) => why,
        Ok(Outcome::RetryAfter { wait, .. }) => format!("it asks for a wait of {} s", wait.as_secs_f64()),
        Ok(Outcome::CannotEdit) => "there is nothing that could be changed".into(),
        Err(no_answer) => no_answer.0,
    };
    Err(mask(&why, &secrets_of(service.as_ref())))
}

fn shown(target: String, request: &HttpRequest, secrets: &[String]) -> TargetRequest {
    let headers = request.headers.iter().map(|(name, value)| {
        let text = if value.is_sensitive() {
            "***".into()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        (name.as_str().to_owned(), text)
    });
    let mut headers: Vec<(String, String)> = headers.collect();
    headers.sort();
    // an address that is a secret as a whole hides its host too, which helps nobody
    let (addresses, words): (Vec<String>, Vec<String>) =
        secrets.iter().cloned().partition(|secret| secret.starts_with("http"));
    let origin = request.url.origin().ascii_serialization();
    let url = mask(request.url.as_str(), &words);
    let url =
        addresses.iter().fold(url, |url, address| url.replace(address.as_str(), &format!("{origin}/***")));
    TargetRequest {
        target,
        method: request.method.as_str(),
        url,
        headers,
        body: mask(&request.body, secrets),
    }
}
