//! `logger logs`

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use clap::{Args, ValueEnum};
use logger_stderr::{ColorChoice, Colors};

use super::{Failure, Found, Output, choice::Choice, failure::told, pager};
use crate::{
    around::{Around, Shown},
    follow::Follower,
    line::Line,
    output::{Counts, Form, Show, Style},
    query::{Next, Query, Sieve},
    source::{Forward, Lines, Meter, segments},
};

/// Shows the newest records, the oldest of them first.
///
/// Reads expert.log, trades.log and errors.log with all that they were before, packed or not, as one stream by time, each
/// record once. Lines that are no JSON are shown as they are.
#[derive(Debug, Args)]
pub(super) struct Logs {
    #[command(flatten)]
    choice: Choice,
    /// How many; 0 for all
    #[arg(long, short = 'n', value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
    /// Goes on with what is written from now on
    #[arg(long, short)]
    follow: bool,
    /// In which form
    #[arg(long, value_enum, default_value_t)]
    format: Form,
    /// Also this many lines after each
    #[arg(long, short = 'A', value_name = "NUMBER", default_value_t = 0)]
    after: usize,
    /// Also this many lines before each
    #[arg(long, short = 'B', value_name = "NUMBER", default_value_t = 0)]
    before: usize,
    /// Also this many lines before and after each
    #[arg(long, short = 'C', value_name = "NUMBER", default_value_t = 0)]
    context: usize,
    /// These fields, in this order; `a.b` is a field of a nested value
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    fields: Option<Vec<String>>,
    /// How many records have each value of these fields, instead of the records
    #[arg(long, value_name = "FIELD", value_delimiter = ',', conflicts_with = "follow")]
    count_by: Option<Vec<String>>,
    /// When there are colours
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: When,
    /// Does not show what is long by `$PAGER`
    #[arg(long)]
    no_pager: bool,
    /// Says at the end how much was read
    #[arg(long, short)]
    verbose: bool,
    /// Logs to read instead of those of the folder: each with all that it was before; `-` is the standard input
    #[arg(value_name = "LOG")]
    logs: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum When {
    #[default]
    Auto,
    Always,
    Never,
}

/// Between two looks at the files.
const PAUSE: Duration = Duration::from_millis(100);

impl Logs {
    pub(super) fn run(self, out: &mut Output, err: &mut dyn Write) -> Result<Found, Failure> {
        let around = Around { before: self.before.max(self.context), after: self.after.max(self.context) };
        let reads_stdin = self.logs.iter().any(|it| it == Path::new("-"));
        if reads_stdin && self.logs.len() > 1 {
            return Err(Failure::Usage("the standard input, `-`, is read alone".into()));
        }
        let query = self.choice.query(&self.logs, around)?;
        if !reads_stdin && !self.follow {
            are_there(&self.logs, &query.meter)?;
        }
        let style = Style {
            fields: self.fields.clone(),
            zone: self.choice.zone.clone(),
            colors: self.colors(out.is_terminal),
        };
        let pages = out.is_terminal && !self.follow && !self.no_pager && self.format != Form::Json;
        let mut out: Box<dyn Write + '_> =
            if pages { pager::open(&mut *out.out) } else { Box::new(io::BufWriter::new(&mut *out.out)) };
        let found = match &self.count_by {
            Some(keys) => self.count(&query, keys, reads_stdin, &mut out)?,
            None if reads_stdin => self.show_stdin(&query, style, &mut out)?,
            None => self.show(&query, style, &mut out, err)?,
        };
        out.flush()?;
        // a pager ends before something is said behind it
        drop(out);
        if self.verbose {
            // whoever asked for it sees that it is missing
            let _ = writeln!(err, "{} bytes read", query.meter.bytes());
        }
        Failure::unless_all_was_read(&query.meter)?;
        Ok(found)
    }

    fn colors(&self, is_terminal: bool) -> Colors {
        let choice = match self.color {
            When::Auto => ColorChoice::Auto,
            When::Always => return Colors::On,
            When::Never => ColorChoice::Never,
        };
        choice.decide(|name| std::env::var_os(name), is_terminal)
    }

    fn count(
        &self,
        query: &Query,
        keys: &[String],
        reads_stdin: bool,
        out: &mut dyn Write,
    ) -> Result<Found, Failure> {
        let mut counts = Counts::by(keys);
        let count = |shown: Shown| {
            counts.add(&shown);
            Ok(Next::Line)
        };
        match reads_stdin {
            true => query.run(vec![stdin()], count)?,
            false => query.forward(count)?,
        }
        counts.show(self.format, out)?;
        Ok(if counts.sorted().is_empty() { Found::Nothing } else { Found::Something })
    }

    fn show(
        &self,
        query: &Query,
        style: Style,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Found, Failure> {
        // before the past is read, so that nothing falls between
        let follower = self.follow.then(|| Follower::at_end(&query.logs, &query.meter)).transpose()?;
        let mut sieve = Sieve::new(query.around);
        let mut found = Found::Nothing;
        let mut show = self.format.on(out, style);
        if self.limit == 0 && follower.is_none() {
            query.forward(|shown| {
                found = Found::Something;
                show.show(&shown).map(|()| Next::Line)
            })?;
        } else {
            let limit = if self.limit == 0 { usize::MAX } else { self.limit };
            for shown in query.newest(limit)? {
                found = Found::Something;
                sieve.note(&shown.line);
                show.show(&shown)?;
            }
        }
        show.finish()?;
        match follower {
            Some(follower) => follow(follower, query, sieve, &mut *show, err),
            None => Ok(found),
        }
    }

    /// All of what comes is shown as it comes; a limit has to wait for the end.
    fn show_stdin(&self, query: &Query, style: Style, out: &mut dyn Write) -> Result<Found, Failure> {
        let mut show = self.format.on(out, style);
        let mut last = std::collections::VecDeque::new();
        let mut found = Found::Nothing;
        query.run(vec![stdin()], |shown| {
            found = Found::Something;
            if self.limit == 0 || self.follow {
                show.show(&shown)?;
                if self.follow {
                    show.finish()?;
                }
                return Ok(Next::Line);
            }
            last.push_back(shown);
            if last.len() > self.limit {
                last.pop_front();
            }
            Ok(Next::Line)
        })?;
        last.iter().try_for_each(|it| show.show(it))?;
        show.finish()?;
        Ok(found)
    }
}

/// Goes on until the process is ended, or nobody reads any more.
fn follow(
    mut follower: Follower,
    query: &Query,
    mut sieve: Sieve,
    show: &mut dyn Show,
    err: &mut dyn Write,
) -> Result<Found, Failure> {
    let (mut shown, mut told_of) = (Vec::new(), 0);
    loop {
        let unread = query.meter.unread().files(told_of);
        if !unread.is_empty() {
            told_of += unread.len();
            // whoever listens there
            let _ = writeln!(err, "logger: {}", told(&unread));
        }
        for line in follower.look()? {
            sieve.push(query, &line, &mut shown);
        }
        for it in shown.drain(..) {
            show.show(&it)?;
        }
        show.finish()?;
        thread::park_timeout(PAUSE);
    }
}

/// A log that was named and is not there may be one that was spelled wrongly.
fn are_there(logs: &[PathBuf], meter: &Meter) -> Result<(), Failure> {
    for log in logs {
        let found = segments(log, meter);
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", log.display()));
        if found.map_err(named)?.is_empty() {
            return Err(io::Error::other(format!("{}: there is no such log", log.display())).into());
        }
    }
    Ok(())
}

/// The lines of the standard input.
fn stdin() -> Box<dyn Lines> {
    struct Stdin(Forward, i64);
    impl Lines for Stdin {
        fn next_line(&mut self, line: &mut Line) -> io::Result<bool> {
            let mut bytes = std::mem::take(&mut line.bytes);
            let found = self.0.next_line(&mut bytes)?;
            *line = Line::new(bytes, self.1, line.log);
            self.1 = line.time;
            Ok(found)
        }
    }
    Box::new(Stdin(Forward::new(Box::new(Meter::default().of(io::stdin()))), i64::MIN))
}
