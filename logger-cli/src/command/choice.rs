//! Options by which lines are chosen; several tasks have them.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::{ZonedDateTime, tz::TimeZone};
use logger_config::Level;

use super::Failure;
use crate::{
    around::Around,
    filter::{Expression, Filter, Letters},
    query::Query,
    source::Meter,
    time::{self, Range},
};

/// The folder of the files, and which logs of it.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The folder of the files
    #[arg(long, short = 'd', value_name = "DIR", default_value_os_t = default_folder())]
    pub(super) dir: PathBuf,
}

/// The folder that the environment names to the programs that log, too.
fn default_folder() -> PathBuf {
    std::env::var_os("LOG_DIR").filter(|it| !it.is_empty()).map_or_else(|| "logs".into(), PathBuf::from)
}

#[derive(Debug, Args)]
pub(super) struct Choice {
    #[command(flatten)]
    pub(super) place: Place,
    /// Records of this level or above
    #[arg(long, short, value_parser = level, default_value = "info")]
    level: Level,
    /// Records of this expert
    #[arg(long, short, value_name = "NAME", value_delimiter = ',')]
    expert: Vec<String>,
    /// Records of this category; `logger` also reads what the logger says of itself
    #[arg(long, value_delimiter = ',', value_enum)]
    category: Vec<CategoryName>,
    /// Records of this symbol
    #[arg(long, value_delimiter = ',')]
    symbol: Vec<String>,
    /// Records of this order
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    order: Vec<String>,
    /// Records of this trade
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    trade: Vec<String>,
    /// From this time on: `-15m`, `today`, `09:30`, `2026-01-31`, `2026-01-31 09:30`, RFC 3339
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<String>,
    /// Up to this time
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    /// Records for which an expression is true: `price>70000 and (side=BUY or not reduce_only)`, `event ~ 'fill.*'`
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION")]
    expressions: Vec<Expression>,
    /// Lines in which a regular expression is found: as they stand in the file, or with what JSON escapes written out
    #[arg(long, short, value_name = "PATTERN")]
    grep: Vec<String>,
    /// Takes upper and lower case of `--grep` for one
    #[arg(long, short)]
    ignore_case: bool,
    /// The time zone of times that are given and shown: `UTC`, `local`, `Europe/Berlin`
    #[arg(long, value_parser = zone, default_value = "UTC")]
    pub(super) zone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CategoryName {
    General,
    Trade,
    Logger,
}

/// The files of the default configuration, whose records are numbered together.
pub(super) const LOGS: [&str; 3] = ["expert.log", "trades.log", "errors.log"];
/// What the logger says of itself.
pub(super) const REPORTS: &str = "logging_errors.log";

fn level(text: &str) -> Result<Level, String> {
    text.parse().map_err(|error: logger_config::UnknownLevel| error.to_string())
}

pub(super) fn zone(text: &str) -> Result<TimeZone, String> {
    match text {
        "local" => Ok(TimeZone::try_system().unwrap_or(TimeZone::UTC)),
        "UTC" | "utc" => Ok(TimeZone::UTC),
        name => TimeZone::get(name).map_err(|_| {
            format!("`{name}` is no time zone; allowed are `UTC`, `local` and names such as `Europe/Berlin`")
        }),
    }
}

impl Choice {
    /// What is asked for, of the logs of the folder or of `logs`.
    pub(super) fn query(&self, logs: &[PathBuf], around: Around) -> Result<Query, Failure> {
        let now = time::now(self.zone.clone());
        let range = Range { since: read(&self.since, &now)?, until: read(&self.until, &now)? };
        let logs = if logs.is_empty() { self.logs_of_folder()? } else { logs.to_vec() };
        Ok(Query { logs, filter: self.filter()?, range, around, meter: Meter::default() })
    }

    pub(super) fn level(&self) -> Level {
        self.level
    }

    pub(super) fn letters(&self) -> Letters {
        if self.ignore_case { Letters::AnyCase } else { Letters::Exact }
    }

    fn logs_of_folder(&self) -> Result<Vec<PathBuf>, Failure> {
        self.place.check()?;
        let reports = self.category.contains(&CategoryName::Logger).then_some(REPORTS);
        Ok(LOGS.into_iter().chain(reports).map(|name| self.place.dir.join(name)).collect())
    }

    fn filter(&self) -> Result<Filter, Failure> {
        let categories: Vec<String> = self.category.iter().map(|it| it.as_str().to_owned()).collect();
        let mut filter = Filter::new()
            .level(self.level)
            .field("category", &categories)
            .field("expert_name", &self.expert)
            .field("symbol", &self.symbol)
            .field("order_id", &self.order)
            .field("trade_id", &self.trade);
        for expression in &self.expressions {
            filter = filter.expression(expression.clone());
        }
        let letters = self.letters();
        for pattern in &self.grep {
            filter = filter
                .pattern(pattern, letters)
                .map_err(|error| Failure::Usage(format!("--grep: `{pattern}`: {error}")))?;
        }
        Ok(filter)
    }
}

impl CategoryName {
    fn as_str(self) -> &'static str {
        match self {
            CategoryName::General => "general",
            CategoryName::Trade => "trade",
            CategoryName::Logger => "logger",
        }
    }
}

impl Place {
    /// Whether the folder can be read: a folder that is not there is not the same as one in which nothing is found.
    pub(super) fn check(&self) -> Result<&Path, Failure> {
        std::fs::read_dir(&self.dir).map_err(|error| {
            std::io::Error::new(
                error.kind(),
                format!(
                    "cannot read the folder {}: {error}; `--dir` or LOG_DIR names another",
                    self.dir.display()
                ),
            )
        })?;
        Ok(&self.dir)
    }
}

fn read(text: &Option<String>, now: &ZonedDateTime) -> Result<Option<i64>, Failure> {
    let read = |text: &String| time::read(text, now).map_err(|error| Failure::Usage(error.to_string()));
    text.as_ref().map(read).transpose()
}
