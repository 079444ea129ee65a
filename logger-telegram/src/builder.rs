//! Sets alerts up.

use std::{
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use logger_core::{Clock, Secret};

use crate::{
    alert::Fingerprint,
    alerts::Alerts,
    drain::AlertDrain,
    engine::{
        change::{Change, NewTarget},
        group::Windows,
        lane::{Lane, Plan, Role},
        queue::Inbox,
        worker,
    },
    error::AlertError,
    event::{AlertEvent, OnEvent},
    http::{Client, Network},
    rules::{Rule, Rules},
    shared::{Settings, Shared},
    spool::{Spool, SpoolOptions},
    target::Target,
};

/// Sets alerts up and starts them. Made by [`Alerts::builder`]; each setting names its default.
#[must_use = "alerts begin with `start`"]
pub struct AlertsBuilder {
    targets: Vec<(Target, Role)>,
    rules: Vec<Rule>,
    fingerprint: Fingerprint,
    windows: Windows,
    queue: usize,
    spool: Option<PathBuf>,
    spool_max: u64,
    spool_age: Duration,
    network: Network,
    report_every: Duration,
    clock: Clock,
    on_event: Option<Box<dyn FnMut(AlertEvent) + Send>>,
}

impl AlertsBuilder {
    pub(crate) fn new() -> Self {
        AlertsBuilder {
            targets: Vec::new(),
            rules: Vec::new(),
            fingerprint: Fingerprint::default(),
            windows: Windows {
                first: Duration::from_secs(60),
                longest: Duration::from_secs(15 * 60),
                edit: Duration::from_secs(2),
            },
            queue: 1_000,
            spool: None,
            spool_max: 8 << 20,
            spool_age: Duration::from_secs(3 * 86_400),
            network: Network::default(),
            report_every: Duration::from_secs(60),
            clock: Clock::System,
            on_event: None,
        }
    }

    /// Adds a target. Each alert goes to all of them.
    pub fn target(mut self, target: impl Into<Target>) -> Self {
        self.targets.push((target.into(), Role::Primary));
        self
    }

    /// Adds a target that gets what none of the others has taken after a time.
    pub fn backup(mut self, target: impl Into<Target>, after: Duration) -> Self {
        self.targets.push((target.into(), Role::Backup(after)));
        self
    }

    /// Adds a rule. Without any, CRITICAL records are alerts.
    pub fn rule(mut self, rule: Rule) -> Self {
        self.rules.push(rule);
        self
    }

    /// What makes two records the same alert; [`Fingerprint::default`] by default.
    pub fn fingerprint(mut self, fingerprint: Fingerprint) -> Self {
        self.fingerprint = fingerprint;
        self
    }

    /// How long repeats of an alert are gathered before they are told; 60 s by default. While they go on it doubles, up to
    /// `longest`, 15 min by default.
    pub fn window(mut self, first: Duration, longest: Duration) -> Self {
        self.windows.first = first;
        self.windows.longest = longest.max(first);
        self
    }

    /// The pause before a message is changed in place for the first time, where the service can do that; it doubles with
    /// each change. 2 s by default.
    pub fn edit_after(mut self, pause: Duration) -> Self {
        self.windows.edit = pause;
        self
    }

    /// How many different alerts may wait for a target; 1,000 by default. Of more, the least serious ones are dropped and
    /// counted.
    pub fn queue(mut self, alerts: usize) -> Self {
        self.queue = alerts.max(1);
        self
    }

    /// The file in which alerts wait until they are delivered, so that a restart or a kill loses none. Without it they wait in
    /// memory. Several processes may name the same file: the second one takes `<file>.2`, and so on, and what a process that is
    /// gone has left in one of them is told by the next one that starts.
    pub fn spool(mut self, path: impl Into<PathBuf>) -> Self {
        self.spool = Some(path.into());
        self
    }

    /// How long the spool may become; 8 MiB by default, and at least 64 KiB. Alerts below CRITICAL may take half of it.
    pub fn spool_max_bytes(mut self, bytes: u64) -> Self {
        self.spool_max = bytes.max(64 << 10);
        self
    }

    /// How old an alert may be that an earlier run has left; 3 days by default.
    pub fn spool_max_age(mut self, age: Duration) -> Self {
        self.spool_age = age;
        self
    }

    /// Allows a host by name, `host` or `host:port`: it may have an address that is not public, any port, and no TLS. All
    /// others are reached by TLS on port 443 of a public address only, which is looked at whenever a name is resolved.
    pub fn allow_host(mut self, host: &str) -> Self {
        self.network.allow(host);
        self
    }

    /// The address of a proxy, such as `http://user:password@proxy.example.com:3128` or `socks5://127.0.0.1:1080`; by
    /// default that of the environment (`HTTPS_PROXY`, `NO_PROXY`).
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.network.proxy = Some(Secret::new(url.into()));
        self
    }

    /// Certificates, PEM or DER, that are trusted besides those of the system.
    pub fn root_certificate(mut self, certificate: impl Into<Vec<u8>>) -> Self {
        self.network.roots.push(certificate.into());
        self
    }

    /// How often the same trouble of a target is told to [`AlertsBuilder::on_event`]; 60 s by default.
    pub fn report_every(mut self, interval: Duration) -> Self {
        self.report_every = interval;
        self
    }

    /// Who is told of troubles. It is called on the thread of the alerts and on the worker's; what it logs from there goes to
    /// the logger's own reports alone, what it hands to [`Pipeline::report`](logger_core::Pipeline::report) into the files
    /// too. Neither becomes an alert.
    pub fn on_event(mut self, listener: impl FnMut(AlertEvent) + Send + 'static) -> Self {
        self.on_event = Some(Box::new(listener));
        self
    }

    /// The clock of the day, for what is late and for times in messages; by default the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    pub(crate) fn clock_of_day(&self) -> Clock {
        self.clock.clone()
    }

    /// Checks everything, opens the spool, and starts the thread that delivers.
    ///
    /// # Errors
    ///
    /// [`AlertError`]; nothing is left running.
    pub fn start(mut self) -> Result<Alerts, AlertError> {
        let (clock, on_event, queue) = (self.clock_of_day(), self.on_event.take(), self.queue);
        let options = self.spool_options();
        let (settings, change) = self.prepare()?;
        let recipients = change.recipients();
        let spool = options.map(|options| Spool::open(options, &recipients, clock.now())).transpose()?;
        let (spool, found) = spool.unzip();
        let warnings = change.warnings();
        let lane = |it: NewTarget| Lane::new(it.name, it.service, it.role, change.plan);
        let mut lanes: Vec<Lane> = change.targets.into_iter().map(lane).collect();
        if let Some(spool) = &spool {
            let now = Instant::now();
            for lane in &mut lanes {
                for bundle in spool.left_for(&lane.health.name.clone()) {
                    lane.add(&bundle, now);
                }
            }
        }
        let shared = Shared::new(Inbox::new(queue), spool, OnEvent::new(on_event), clock, settings);
        {
            let (mut figures, found) = (shared.figures.lock(), found.unwrap_or_default());
            figures.left_by_earlier_runs = found.left;
            figures.unreadable = found.unreadable;
            figures.targets = lanes.iter().map(Lane::health).collect();
        }
        warnings.into_iter().for_each(|event| shared.events.tell(event));
        let shared = Arc::new(shared);
        worker::start(Arc::clone(&shared), lanes, change.client)?;
        Ok(Alerts::new(AlertDrain::new(Arc::clone(&shared)), shared))
    }

    fn spool_options(&self) -> Option<SpoolOptions> {
        let path = self.spool.clone()?;
        Some(SpoolOptions { path, max_bytes: self.spool_max, max_age: self.spool_age })
    }

    /// For alerts that run, with the spool that they have.
    pub(crate) fn prepare_change(self, spool: Option<&Spool>) -> Result<(Settings, Change), AlertError> {
        if let Some(path) = &self.spool
            && spool.map(Spool::path).as_ref() != Some(path)
        {
            let source = std::io::Error::other("alerts that run keep the spool that they have");
            return Err(AlertError::Spool { what: "change to", path: path.clone(), source });
        }
        self.prepare()
    }

    /// Checks everything but the spool.
    pub(crate) fn prepare(self) -> Result<(Settings, Change), AlertError> {
        let names = self.names()?;
        let rules = Rules::new(&self.rules, &names, Instant::now())?;
        let client = Client::new(&self.network)?;
        let plan = Plan { windows: self.windows, capacity: self.queue, report_every: self.report_every };
        let network = &self.network;
        let checked = |(target, role): (Target, Role)| {
            let service = (target.make)(network).map_err(|error| error.of_target(&target.name))?;
            Ok(NewTarget { name: target.name, service, role })
        };
        let targets = self.targets.into_iter().map(checked).collect::<Result<Vec<_>, AlertError>>()?;
        let settings = Settings {
            rules,
            fingerprint: self.fingerprint,
            targets: names.into(),
            report_every: self.report_every,
        };
        Ok((settings, Change { targets, plan, client }))
    }

    fn names(&self) -> Result<Vec<String>, AlertError> {
        let names: Vec<String> = self.targets.iter().map(|(target, _)| target.name.clone()).collect();
        if !self.targets.iter().any(|(_, role)| *role == Role::Primary) {
            return Err(AlertError::NoTarget);
        }
        for (at, name) in names.iter().enumerate() {
            if names[..at].contains(name) {
                return Err(AlertError::TargetName { name: name.clone() });
            }
        }
        Ok(names)
    }
}

impl AlertError {
    /// Under the name that the application has given to the target.
    fn of_target(self, name: &str) -> Self {
        match self {
            AlertError::Setting { what, .. } => AlertError::Setting { target: name.to_owned(), what },
            other => other,
        }
    }
}

/// Without proxy and addresses: they may contain secrets.
impl fmt::Debug for AlertsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlertsBuilder")
            .field("targets", &self.targets)
            .field("rules", &self.rules)
            .field("spool", &self.spool)
            .finish_non_exhaustive()
    }
}
