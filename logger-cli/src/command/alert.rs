//! `logger alert`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use logger_config::{
    BuildError, LogArgs, MetaLogger,
    alerts::{AlertsBuilder, TargetTest},
};

use super::{Failure, Found, Output};
use crate::{output::visible, time::show_span};

/// Tries the targets of alerts.
#[derive(Debug, Args)]
pub(super) struct Alert {
    #[command(subcommand)]
    task: AlertTask,
}

#[derive(Debug, Subcommand)]
enum AlertTask {
    Test(Test),
}

/// Sends one message to each target of the configuration, and says how long its answer took or why it is not there.
///
/// The configuration is that of a program: files, the environment and `.env` of this folder, the command line. Ends with 1 where
/// a message is not there.
#[derive(Debug, Args)]
struct Test {
    /// Configuration files, the last one wins
    files: Vec<PathBuf>,
    /// Sends nothing: shows the requests, with `***` in the place of each secret
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    log: LogArgs,
}

impl Alert {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        match self.task {
            AlertTask::Test(it) => it.run(out),
        }
    }
}

impl Test {
    fn run(self, out: &mut Output) -> Result<Found, Failure> {
        let files = self.files.iter();
        let builder = files.fold(MetaLogger::builder(), |builder, file| builder.config_file(file));
        let builder = builder.args(&self.log);
        let app_name = builder.settings().map_err(BuildError::from)?.app_name;
        let Some(alerts) = builder.alerts().map_err(BuildError::from)? else {
            return Err(Failure::Usage(
                "the configuration has no target for alerts: none of its layers has a section `telegram`, \
                 `discord`, `webhook`, `slack` or `ntfy`"
                    .into(),
            ));
        };
        if self.dry_run { show_requests(alerts, &app_name, out) } else { send(alerts, &app_name, out) }
    }
}

fn show_requests(alerts: AlertsBuilder, app_name: &str, out: &mut Output) -> Result<Found, Failure> {
    let requests = alerts.dry_run(app_name).map_err(unusable)?;
    for (index, request) in requests.iter().enumerate() {
        let separator = if index == 0 { "" } else { "\n" };
        writeln!(out.out, "{separator}# {}\n{request}", request.target)?;
    }
    Ok(Found::Something)
}

fn send(alerts: AlertsBuilder, app_name: &str, out: &mut Output) -> Result<Found, Failure> {
    let tests = alerts.send_test(app_name).map_err(unusable)?;
    let width = tests.iter().map(|it| it.target.chars().count()).max().unwrap_or(0);
    for TargetTest { target, result, .. } in &tests {
        let verdict = match result {
            Ok(took) => {
                let span = show_span(i64::try_from(took.as_nanos()).unwrap_or(i64::MAX));
                format!("ok     answered in {span}")
            }
            Err(why) => format!("FAILED {}", visible(why)),
        };
        writeln!(out.out, "{target:width$}  {verdict}")?;
    }
    Ok(if tests.iter().all(|it| it.result.is_ok()) { Found::Something } else { Found::Nothing })
}

fn unusable(error: logger_config::alerts::AlertError) -> Failure {
    Failure::Build(BuildError::Alerts(Box::new(error)))
}
