//! `logger top`

use std::{
    io::IsTerminal as _,
    sync::{Arc, atomic::AtomicBool},
};

use clap::Args;
use logger_stderr::ColorChoice;

use super::{Failure, Found, Output, choice::Choice};
use crate::{
    around::Around,
    time,
    top::{Feed, Paint, Screen, Settings, Top, run},
};

/// Shows what comes, live: rates by level over time, the records, their details, a filter while you type; `?` names the keys.
#[derive(Debug, Args)]
pub(super) struct Watch {
    #[command(flatten)]
    choice: Choice,
    /// How many records are held, the newest ones
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 10_000)]
    limit: usize,
}

impl Watch {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        if !out.is_terminal || !std::io::stdin().is_terminal() {
            return Err(Failure::Usage(
                "`logger top` needs a terminal; `logger logs --follow` writes anywhere".into(),
            ));
        }
        let query = self.choice.query(&[], Around::NONE)?;
        let level = self.choice.level();
        let settings = Settings {
            title: self.choice.place.dir.display().to_string(),
            limit: self.limit.max(1),
            zone: self.choice.zone.clone(),
            letters: self.choice.letters(),
        };
        let colors = ColorChoice::Auto.decide(|name| std::env::var_os(name), true);
        let meter = query.meter.clone();
        let mut feed = Feed::of(query)?;
        let mut top = Top::new(settings, level);
        let now = time::now(jiff::tz::TimeZone::UTC).timestamp().as_nanosecond();
        top.replace(feed.newest(level, top.limit())?, now.try_into().unwrap_or(i64::MAX));
        let ends = ends_at_signals()?;
        let mut screen = Screen::take(&mut *out.out)?;
        run(&mut screen, &mut top, &mut feed, Paint::new(colors), &ends)?;
        drop(screen);
        Failure::unless_all_was_read(&meter)?;
        Ok(Found::Something)
    }
}

/// Set when the process is asked to end: the terminal is given back first.
fn ends_at_signals() -> Result<Arc<AtomicBool>, Failure> {
    let ends = Arc::new(AtomicBool::new(false));
    #[cfg(unix)]
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&ends))?;
    }
    Ok(ends)
}
