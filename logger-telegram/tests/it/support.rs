//! Alerts that go to a server which behaves as the services do.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use logger_core::{Clock, Drain as _, Level, OwnedRecord, OwnedRecordBuilder, Run};
use logger_telegram::{
    AlertDrain, AlertEvent, AlertHandle, Alerts, AlertsBuilder, Target, Telegram, Webhook,
};
use logger_testserver::{Options, Server};

pub(crate) const TOKEN: &str = "123456:AAE-secretsecretsecretsecretsecret1";
/// Generous: a test that waits for so long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Harness {
    pub(crate) server: Server,
    pub(crate) drain: AlertDrain,
    pub(crate) handle: AlertHandle,
    /// The clock of records and of messages.
    pub(crate) clock: Clock,
    events: Arc<Mutex<Vec<AlertEvent>>>,
    run: Arc<Run>,
    seq: u64,
}

/// A server without limits of its own, so that a test is not slowed by them.
pub(crate) fn unlimited() -> Server {
    Server::start(Options { limits: false, ..Options::default() })
}

pub(crate) fn telegram(server: &Server) -> Telegram {
    Telegram::new(TOKEN, "42").base_url(&server.url())
}

pub(crate) fn webhook(server: &Server) -> Webhook {
    Webhook::new(format!("{}/hook/secretpath", server.url()))
}

impl Harness {
    pub(crate) fn new(server: Server, target: impl Into<Target>) -> Self {
        Harness::with(server, |builder| builder.target(target))
    }

    pub(crate) fn with(server: Server, set: impl FnOnce(AlertsBuilder) -> AlertsBuilder) -> Self {
        Harness::at(Clock::System, server, set)
    }

    pub(crate) fn at(clock: Clock, server: Server, set: impl FnOnce(AlertsBuilder) -> AlertsBuilder) -> Self {
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&events);
        let builder = Alerts::builder()
            .allow_host("127.0.0.1")
            .report_every(Duration::ZERO)
            .clock(clock.clone())
            .on_event(move |event| told.lock().unwrap().push(event));
        let alerts = set(builder).start().unwrap();
        let handle = alerts.handle();
        let run = Arc::new(Run::fixed("bot", "host", 7, "run-1"));
        Harness { server, drain: alerts.into_drain(), handle, clock, events, run, seq: 0 }
    }

    /// Logs and flushes, as the worker does.
    pub(crate) fn log(&mut self, record: OwnedRecordBuilder) -> &mut Self {
        self.put(record);
        self.drain.flush(Instant::now() + PATIENCE).unwrap();
        self
    }

    /// Logs without a flush.
    pub(crate) fn put(&mut self, record: OwnedRecordBuilder) {
        self.seq += 1;
        let record = record.seq(self.seq).run(&self.run).timestamp(self.clock.now()).build();
        self.drain.log(&record.borrow()).unwrap();
    }

    pub(crate) fn critical(&mut self, event: &str) -> &mut Self {
        self.log(critical(event))
    }

    /// What a person sees when so many messages have come.
    pub(crate) fn shown(&self, count: usize) -> Vec<String> {
        let came = self.server.wait_until(PATIENCE, |shown| shown.len() >= count);
        let shown: Vec<String> = self.server.shown().into_iter().map(|it| it.text).collect();
        assert!(came, "{shown:#?} {:#?} {:#?}", self.handle.health(), self.events());
        shown
    }

    /// What a person sees when all targets together have told so many alerts, each repeat counted.
    #[track_caller]
    pub(crate) fn told(&self, alerts: u64) -> Vec<String> {
        let told = |it: &Harness| it.handle.health().targets.iter().map(|it| it.told).sum::<u64>();
        self.wait("the alerts", |it| told(it) >= alerts);
        assert_eq!(told(self), alerts);
        self.server.shown().into_iter().map(|it| it.text).collect()
    }

    pub(crate) fn events(&self) -> Vec<AlertEvent> {
        self.events.lock().unwrap().clone()
    }

    /// Waits for something that shows up in figures.
    #[track_caller]
    pub(crate) fn wait(&self, what: &str, done: impl Fn(&Harness) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            assert!(
                Instant::now() < deadline,
                "{what}: {:#?} {:?} {:#?} {:#?}",
                self.handle.health(),
                self.events(),
                self.server.shown(),
                self.server.complaints()
            );
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Whatever was sent kept the rules of the services.
    #[track_caller]
    pub(crate) fn assert_kept_the_rules(&self) {
        assert_eq!(self.server.complaints(), [""; 0]);
    }
}

pub(crate) fn critical(event: &str) -> OwnedRecordBuilder {
    OwnedRecord::new(Level::Critical, event).place("src/expert.rs", "bot::expert", 12)
}
