//! What an application says in code, and the road from there to a running logger.

use std::{
    ffi::OsString,
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use logger_core::{Clock, Drain, Level, Recovered, Route, warning};

use crate::{
    error::BuildError,
    explain::Explanation,
    given::Given,
    layers::Layers,
    meta_logger::MetaLogger,
    preflight,
    preset::Preset,
    problem::ConfigError,
    quantity::ByteSize,
    setting::{ColorChoice, FileFormat, Panics, QueueMemory, SignalHandling, Switch, name_of},
    settings::{OwnDrains, Settings},
    sources::{Dotenv, Doubt, Sources, doubts},
    wiring::{self, Additions},
};

/// Layered configuration in, a running logger out.
///
/// Layers, later ones win: defaults < preset < configuration files < environment < code, that is this builder < command
/// line. The order in which its methods are called matters only where one method is called twice.
#[must_use = "a builder does nothing until `build` is called"]
#[derive(Default)]
pub struct MetaLoggerBuilder {
    sources: Sources,
    additions: Additions,
}

impl MetaLoggerBuilder {
    /// The values of a preset, above the defaults.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.sources.preset = Some(preset);
        self
    }

    /// A configuration file, whose name ends in `.toml`, `.json`, `.yaml` or `.yml`. A file that is not there is a problem.
    /// Of several the one named last wins, key by key.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.sources.files.push(path.into());
        self
    }

    /// These variables instead of the environment of the process; for tests, and to shut the environment out.
    pub fn environment<K, V>(mut self, variables: impl IntoIterator<Item = (K, V)>) -> Self
    where
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let variables = variables.into_iter().map(|(name, text)| (name.into(), text.into()));
        self.sources.environment.given = Some(variables.collect());
        self
    }

    /// A file of variables, such as `.env`: its variables count where the environment does not have them, and the process's
    /// own environment is not changed. Without this call `.env` in the working directory is read if it is there, unless
    /// [`MetaLoggerBuilder::environment`] is called.
    pub fn dotenv(mut self, path: impl Into<PathBuf>) -> Self {
        self.sources.environment.dotenv = Dotenv::Named(path.into());
        self
    }

    /// No file of variables is read.
    pub fn without_dotenv(mut self) -> Self {
        self.sources.environment.dotenv = Dotenv::Never;
        self
    }

    /// The flags of the command line, the last layer.
    #[cfg(feature = "cli")]
    pub fn args(mut self, args: &crate::cli::LogArgs) -> Self {
        self.sources.args = args.clone();
        self
    }

    /// A value of any key by its path, as a configuration file gives it: `set("files.max_size", "64 MiB")`. A wrong
    /// path or value is a problem of [`Layer::Code`](crate::Layer::Code).
    pub fn set(mut self, key: &str, value: impl Into<Given>) -> Self {
        self.sources.code.push((key.to_owned(), value.into()));
        self
    }

    /// `app_name`: the name of the application in every record.
    pub fn app_name(self, name: &str) -> Self {
        self.set("app_name", name)
    }

    /// `level`: the level from which on records are taken.
    pub fn level(self, level: Level) -> Self {
        self.set("level", name_of(level))
    }

    /// `log_dir`: the folder of the files. It must be valid Unicode.
    pub fn log_dir(self, folder: impl AsRef<Path>) -> Self {
        let folder = folder.as_ref().to_str();
        self.set("log_dir", folder.map_or(Given::Other("a path that is not valid Unicode"), Given::from))
    }

    /// `panics`: what happens when any thread of the process panics.
    pub fn panics(self, panics: Panics) -> Self {
        self.set("panics", name_of(panics))
    }

    /// `signals`: what happens when SIGTERM or SIGINT asks the process to end.
    pub fn signals(self, signals: SignalHandling) -> Self {
        self.set("signals", name_of(signals))
    }

    /// `files.enabled`: whether there are files.
    pub fn files(self, switch: Switch) -> Self {
        self.set("files.enabled", switch)
    }

    /// `files.format`: what a line of a file looks like.
    pub fn file_format(self, format: FileFormat) -> Self {
        self.set("files.format", name_of(format))
    }

    /// `files.max_size`: the size at which a file ends.
    pub fn max_file_size(self, size: ByteSize) -> Self {
        self.set("files.max_size", size)
    }

    /// `files.backup_count`: how many rotated files are kept of each.
    pub fn backup_count(self, count: u32) -> Self {
        self.set("files.backup_count", i64::from(count))
    }

    /// `console.enabled`: whether there is a console.
    pub fn console(self, switch: Switch) -> Self {
        self.set("console.enabled", switch)
    }

    /// `console.level`: a level of the console's own.
    pub fn console_level(self, level: Level) -> Self {
        self.set("console.level", name_of(level))
    }

    /// `console.colors`: when the console is coloured.
    pub fn colors(self, colors: ColorChoice) -> Self {
        self.set("console.colors", name_of(colors))
    }

    /// `queue.memory`: where the queue is.
    pub fn queue_memory(self, memory: QueueMemory) -> Self {
        self.set("queue.memory", name_of(memory))
    }

    /// `queue.wait`: how long a caller waits for room in a full queue.
    pub fn queue_wait(self, wait: Duration) -> Self {
        self.set("queue.wait", humantime::format_duration(wait).to_string())
    }

    /// Adds a drain of the application's own, after those of the configuration. The names of the others are `general`,
    /// `trades`, `errors` and `console`.
    pub fn drain(mut self, route: Route) -> Self {
        self.additions.routes.push(route);
        self
    }

    /// Sets the drain that gets the records which another drain did not take, in the place of stderr. It is called by
    /// several threads, one at a time, and has to return within 200 ms.
    pub fn fallback(mut self, drain: impl Drain + 'static) -> Self {
        self.additions.fallback = Some(Box::new(drain));
        self
    }

    /// The clock of the records; by default the system's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.additions.clock = clock;
        self
    }

    /// Opens the files and starts the logger. Nothing is made on the disk before the configuration is known to be right and
    /// its files to be usable.
    ///
    /// # Errors
    ///
    /// [`BuildError::Config`] with every problem of every layer, or of the files and their folder; [`BuildError::File`], [`BuildError::Start`]; nothing is
    /// left running.
    pub fn build(self) -> Result<MetaLogger, BuildError> {
        let sources = self.sources.captured();
        let (contents, own) = (sources.contents(), self.own_drains());
        let (settings, layers) = sources.resolve(&contents, own)?;
        preflight::check(&settings, &layers)?;
        let started = wiring::start(&settings, self.additions)?;
        let logger = MetaLogger::start(started, settings, &layers);
        doubts(&layers).iter().for_each(|doubt| tell(&logger, doubt));
        #[cfg(feature = "reload")]
        logger.follow(layers, crate::meta_logger::Origins { sources, contents, own });
        Ok(logger)
    }

    /// Writes what earlier runs have left in the queue, as the start of the logger does, and ends: for a program or a person
    /// that does not want to wait for the next start. Returns when nothing is left that can be written, or at the latest
    /// after `timeout`. Runs whose process lives are not touched.
    ///
    /// # Errors
    ///
    /// As for [`MetaLoggerBuilder::build`].
    pub fn recover(self, timeout: Duration) -> Result<Recovered, BuildError> {
        let (settings, layers) = self.resolve()?;
        preflight::check(&settings, &layers)?;
        Ok(wiring::start(&settings, self.additions)?.guard.recover(timeout))
    }

    /// Whether the logger could be built: the configuration is right, and its files could be opened as far as can be told
    /// without making anything.
    ///
    /// # Errors
    ///
    /// Every problem of every layer; where there is none, those of the files and their folder.
    pub fn check(&self) -> Result<(), ConfigError> {
        let (settings, layers) = self.resolve()?;
        preflight::check(&settings, &layers)
    }

    /// What the program would run on, whether or not its files could be opened.
    ///
    /// # Errors
    ///
    /// Every problem of every layer.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        self.resolve().map(|(settings, _)| settings)
    }

    /// Where every value comes from and what it hides.
    ///
    /// # Errors
    ///
    /// Every problem of every layer.
    pub fn explain(&self) -> Result<Explanation, ConfigError> {
        self.resolve().map(|(_, layers)| Explanation::new(&layers))
    }

    /// Alerts as they would be set up, to try their targets without a logger: [`AlertsBuilder::send_test`],
    /// [`AlertsBuilder::dry_run`]. `None` where no target is configured.
    ///
    /// # Errors
    ///
    /// Every problem of every layer.
    ///
    /// [`AlertsBuilder::send_test`]: logger_telegram::AlertsBuilder::send_test
    /// [`AlertsBuilder::dry_run`]: logger_telegram::AlertsBuilder::dry_run
    #[cfg(feature = "alerts")]
    pub fn alerts(&self) -> Result<Option<logger_telegram::AlertsBuilder>, ConfigError> {
        let settings = self.settings()?;
        Ok(settings.alerts.as_ref().map(|it| wiring::alerts::setup(it, settings.report_every)))
    }

    fn resolve(&self) -> Result<(Settings, Layers), ConfigError> {
        self.sources.resolve(&self.sources.contents(), self.own_drains())
    }

    fn own_drains(&self) -> OwnDrains {
        if self.additions.routes.is_empty() { OwnDrains::None } else { OwnDrains::Some }
    }
}

/// Says what there is to say of a file of the configuration.
fn tell(logger: &MetaLogger, doubt: &Doubt) {
    let logger = logger.logger();
    match doubt {
        Doubt::OfAnother(path) => warning!(
            logger, "a file of the configuration belongs to another user, who can change what this program logs";
            "path" => %path.display()
        ),
        Doubt::Readable(path, keys) => warning!(
            logger, "a file of the configuration holds secrets, and others may read it; mode 600, or the same keys with _file, keep them";
            "path" => %path.display(), "keys" => keys.join(", ")
        ),
    }
}

/// Without the environment and without the values of `set`: they may be secrets.
impl fmt::Debug for MetaLoggerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetaLoggerBuilder")
            .field("sources", &self.sources)
            .field("routes", &self.additions.routes)
            .finish_non_exhaustive()
    }
}
