//! The layer of the command line: flags that an application flattens into its own.

use std::{ffi::OsString, fmt, path::PathBuf};

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use crate::{
    keys::{self, Named},
    layers::Layers,
    preset::Preset,
    problem::{Layer, Problem},
};

/// The flags of the logger, for an application with `clap`:
///
/// ```
/// use clap::Parser;
/// use logger_config::{LogArgs, MetaLogger};
///
/// #[derive(Parser)]
/// struct Args {
///     #[command(flatten)]
///     log: LogArgs,
/// }
///
/// let args = Args::parse_from(["my_bot", "--log-level", "debug"]);
/// let settings = MetaLogger::builder().args(&args.log).settings();
/// ```
///
/// | flag | is |
/// |---|---|
/// | `--log-config FILE` | a configuration file, after those that the program names; several are allowed |
/// | `--log-preset NAME` | a preset, in the place of the one that the program names |
/// | `--log-level`, `--log-dir`, `--log-format`, … | the keys with a flag of their own; `--help` shows key, default and variable of each |
/// | `--log-set KEY=VALUE` | any other key by its path; several are allowed |
///
/// What the values are is checked with the rest of the configuration, so that all problems are answered at once.
#[derive(Clone, Default)]
pub struct LogArgs {
    files: Vec<PathBuf>,
    preset: Option<Preset>,
    /// Flag, path and text.
    values: Vec<(String, String, OsString)>,
    set: Vec<OsString>,
}

const CONFIG: &str = "log-config";
const PRESET: &str = "log-preset";
const SET: &str = "log-set";

impl LogArgs {
    /// The files of `--log-config`.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// What `--log-preset` says.
    pub(crate) fn preset(&self) -> Option<Preset> {
        self.preset
    }

    /// Adds the values of the other flags.
    pub(crate) fn put(&self, layers: &mut Layers) {
        for (flag, path, text) in &self.values {
            let origin = Layer::CommandLine(format!("--{flag}")).into();
            let Named::Key(key) = keys::find(path) else { continue };
            match text.to_str() {
                Some(text) => layers.put_key(key, path.clone(), key.of_text(text), origin),
                None => layers.put_problem(Problem::of(path.as_str(), &origin, "is not valid Unicode")),
            }
        }
        self.set.iter().for_each(|given| put_set(layers, given));
    }
}

fn put_set(layers: &mut Layers, given: &OsString) {
    let origin = Layer::CommandLine(format!("--{SET}")).into();
    let Some((path, text)) = given.to_str().and_then(|text| text.split_once('=')) else {
        // not shown, because it may be a secret
        let message = "is not a key and a value; allowed is a text such as `files.max_size=64 MiB`";
        layers.put_problem(Problem::of_layer(&origin, message));
        return;
    };
    match keys::find(path) {
        Named::Key(key) => layers.put_key(key, path.to_owned(), key.of_text(text), origin),
        _ => layers.put(path, text.into(), origin),
    }
}

impl Args for LogArgs {
    fn augment_args(command: Command) -> Command {
        let flag = |name: &'static str, value: &'static str, help: String| {
            Arg::new(name).long(name).value_name(value).help(help).help_heading("Logging").required(false)
        };
        let files = flag(CONFIG, "FILE", "configuration of the logger in TOML, JSON or YAML".into())
            .value_parser(value_parser!(PathBuf))
            .action(ArgAction::Append);
        let preset = flag(PRESET, "NAME", "bundle of values: development, production or backtesting".into())
            .value_parser(|text: &str| text.parse::<Preset>());
        let set =
            flag(SET, "KEY=VALUE", "any key of the configuration, such as `files.max_size=64 MiB`".into())
                .value_parser(value_parser!(OsString))
                .action(ArgAction::Append);
        let command = command.arg(files).arg(preset);
        let of_keys = keys::all().filter_map(|key| {
            Some(flag(key.flag?, value_name(key.path), help(key)).value_parser(value_parser!(OsString)))
        });
        command.args(of_keys.collect::<Vec<_>>()).arg(set)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// The last part of a path, for the help.
fn value_name(path: &'static str) -> &'static str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The first clause of what a key means, then what is allowed, the default and the other layers.
fn help(key: &crate::key::Key) -> String {
    let words = key.doc.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = words.split(". ").next().and_then(|words| words.split("; ").next()).unwrap_or_default();
    let default = key.default.map(|default| format!(" [default: {default}]")).unwrap_or_default();
    let short = key.short.as_ref().map(|short| format!(", {}", short.name)).unwrap_or_default();
    let variable = key.variable();
    format!("{first}: {}{default} [key: {}] [env: {variable}{short}]", (key.kind.form)(), key.path)
}

impl FromArgMatches for LogArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut args = LogArgs::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.files.extend(matches.get_many::<PathBuf>(CONFIG).into_iter().flatten().cloned());
        self.preset = matches.get_one::<Preset>(PRESET).copied().or(self.preset);
        for key in keys::all() {
            let Some(flag) = key.flag else { continue };
            if let Some(text) = matches.get_one::<OsString>(flag) {
                self.values.push((flag.to_owned(), key.path.to_owned(), text.clone()));
            }
        }
        self.set.extend(matches.get_many::<OsString>(SET).into_iter().flatten().cloned());
        Ok(())
    }
}

/// Without the values: `--log-set` may have brought a secret.
impl fmt::Debug for LogArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogArgs")
            .field("files", &self.files)
            .field("preset", &self.preset)
            .field("given", &self.values.iter().map(|(flag, ..)| flag).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
