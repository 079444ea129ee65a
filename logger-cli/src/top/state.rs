//! What is held, which of it is wanted, what is selected.

use std::collections::VecDeque;

use jiff::tz::TimeZone;
use logger_config::Level;

use super::{
    Histogram, Kind, Prompt,
    histogram::{NANOS_PER_SECOND, WIDTHS},
};
use crate::{
    filter::{Filter, Letters},
    line::{Line, level_of},
    record::Record,
};

/// What does not change while the view is open.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is looked at, as the title names it.
    pub title: String,
    /// So many records are held, the newest ones.
    pub limit: usize,
    /// The zone in which times are shown.
    pub zone: TimeZone,
    /// How letters of a typed pattern are compared.
    pub letters: Letters,
}

/// The live view, without a terminal.
#[derive(Debug)]
pub struct Top {
    pub(super) settings: Settings,
    /// Records of this level or above are there.
    pub(super) level: Level,
    held: VecDeque<Row>,
    /// The number of the first that is held; each has its own for ever.
    first: u64,
    /// The numbers of those that the filter wants, in their order.
    wanted: VecDeque<u64>,
    /// The selected one; `None` for always the newest.
    selected: Option<u64>,
    pub(super) grep: String,
    pub(super) expression: String,
    filter: Filter,
    /// Whether `wanted` is that of another filter.
    is_unsifted: bool,
    /// Why what is being typed is not yet a filter; the last one that was holds until then.
    pub(super) problem: Option<String>,
    pub(super) prompt: Option<Prompt>,
    /// What the text was before it was edited.
    pub(super) before_prompt: String,
    /// Which of [`WIDTHS`] a column of the histogram has; `None` for the one that fits.
    pub(super) zoom: Option<usize>,
    /// Whether records come: the histogram ends now, and not at the newest.
    is_live: bool,
    pub(super) details: Option<u16>,
    pub(super) shows_help: bool,
    /// Rows of the list when it was last drawn.
    pub(super) page: usize,
    /// Columns of the histogram when it was last drawn.
    pub(super) columns: usize,
    drawn_at: i64,
}

#[derive(Debug)]
struct Row {
    line: Line,
    level: Option<Level>,
}

/// A newest record that is not older than this says that more will come: 5 minutes.
const RECENT: i64 = 300 * NANOS_PER_SECOND;

impl Top {
    /// A view of records of a level or above.
    pub fn new(settings: Settings, level: Level) -> Self {
        Top {
            settings,
            level,
            held: VecDeque::new(),
            first: 0,
            wanted: VecDeque::new(),
            selected: None,
            grep: String::new(),
            expression: String::new(),
            filter: Filter::new(),
            is_unsifted: false,
            problem: None,
            prompt: None,
            before_prompt: String::new(),
            zoom: None,
            is_live: false,
            details: None,
            shows_help: false,
            page: 10,
            columns: 80,
            drawn_at: i64::MIN,
        }
    }

    /// Shows these instead of what is held.
    pub fn replace(&mut self, lines: Vec<Line>, now: i64) {
        self.first += self.held.len() as u64;
        self.held.clear();
        self.wanted.clear();
        self.selected = None;
        let newest = lines.last().map_or(i64::MIN, |it| it.time);
        self.take(lines);
        self.is_live = newest.saturating_add(RECENT) > now;
    }

    /// Takes what came; whether there is something else to show.
    pub fn take(&mut self, lines: Vec<Line>) -> bool {
        let something = !lines.is_empty();
        self.is_live |= something;
        for line in lines {
            let number = self.first + self.held.len() as u64;
            let level = level_of(&line.bytes).filter(|_| line.own_time.is_some());
            if is_wanted(&self.filter, &line) {
                self.wanted.push_back(number);
            }
            self.held.push_back(Row { line, level });
        }
        while self.held.len() > self.settings.limit {
            self.held.pop_front();
            self.first += 1;
        }
        while self.wanted.front().is_some_and(|it| *it < self.first) {
            self.wanted.pop_front();
        }
        if self.selected.is_some_and(|it| it < self.first) {
            self.selected = self.wanted.front().copied();
        }
        something
    }

    /// Whether what is shown changes by the time alone: the histogram of what comes moves to the left.
    pub fn is_due(&self, now: i64) -> bool {
        let width = self.width().max(NANOS_PER_SECOND);
        self.is_live && now.div_euclid(width) != self.drawn_at.div_euclid(width)
    }

    /// Notes that it is drawn.
    pub(super) fn drawn(&mut self, now: i64) {
        self.drawn_at = now;
    }

    /// How many are held, and how many of them are wanted.
    pub fn counts(&self) -> (usize, usize) {
        (self.held.len(), self.wanted.len())
    }

    /// The wanted line at a place among the wanted ones.
    pub fn line(&self, at: usize) -> Option<&Line> {
        let number = *self.wanted.get(at)?;
        self.held.get((number - self.first) as usize).map(|it| &it.line)
    }

    /// The place of the selected one among the wanted ones.
    pub fn selected(&self) -> Option<usize> {
        let last = self.wanted.len().checked_sub(1)?;
        Some(self.selected.map_or(last, |number| self.wanted.partition_point(|it| *it < number).min(last)))
    }

    /// Whether the newest is selected, whatever comes.
    pub fn follows(&self) -> bool {
        self.selected.is_none()
    }

    /// Selects by a distance from the selected one. The last one is followed from then on.
    pub(super) fn select(&mut self, distance: isize) {
        self.sift();
        let Some(at) = self.selected() else { return };
        let last = self.wanted.len() - 1;
        let at = at.saturating_add_signed(distance).min(last);
        self.selected = if at == last { None } else { self.wanted.get(at).copied() };
        self.details = self.details.map(|_| 0);
    }

    /// Stays with the selected one, or goes back to the newest.
    pub(super) fn hold(&mut self) {
        self.selected = match self.selected {
            None => self.wanted.back().copied(),
            Some(_) => None,
        };
    }

    pub(super) fn text_of(&self, kind: Kind) -> &str {
        match kind {
            Kind::Grep => &self.grep,
            Kind::Where => &self.expression,
        }
    }

    /// Takes over a text of a filter; one that is none changes nothing but the message.
    pub(super) fn set_text(&mut self, kind: Kind, text: &str) {
        let (grep, expression) = match kind {
            Kind::Grep => (text, self.expression.as_str()),
            Kind::Where => (self.grep.as_str(), text),
        };
        match filter(grep, expression, self.settings.letters) {
            Ok(filter) => {
                (self.grep, self.expression) = (grep.to_owned(), expression.to_owned());
                self.filter = filter;
                self.problem = None;
                self.is_unsifted = true;
            }
            Err(problem) => self.problem = Some(problem),
        }
    }

    /// Looks at all that is held anew after the filter was changed: once, however much was typed meanwhile.
    pub(super) fn sift(&mut self) {
        if !std::mem::take(&mut self.is_unsifted) {
            return;
        }
        let numbered = (self.first..).zip(&self.held);
        let wanted = numbered.filter(|(_, row)| is_wanted(&self.filter, &row.line));
        self.wanted = wanted.map(|(number, _)| number).collect();
    }

    /// Nanoseconds of a column of the histogram.
    pub fn width(&self) -> i64 {
        if let Some(zoom) = self.zoom {
            return WIDTHS[zoom.min(WIDTHS.len() - 1)];
        }
        if self.is_live {
            return NANOS_PER_SECOND;
        }
        let times = || self.held.iter().filter(|it| it.level.is_some()).map(|it| it.line.time);
        let (first, last) = (times().min().unwrap_or(0), times().max().unwrap_or(0));
        let fits = |width: &&i64| last.saturating_sub(first) / **width < self.columns.max(1) as i64;
        *WIDTHS.iter().find(fits).unwrap_or(&WIDTHS[WIDTHS.len() - 1])
    }

    /// Which of [`WIDTHS`] is in use.
    pub(super) fn zoom_in_use(&self) -> usize {
        let width = self.width();
        WIDTHS.iter().position(|it| *it == width).unwrap_or(0)
    }

    /// How many wanted records there were over time.
    pub(super) fn histogram(&self, now: i64) -> Histogram {
        let newest = self.held.iter().rev().find(|it| it.level.is_some()).map_or(now, |it| it.line.time);
        let end = if self.is_live { now.max(newest) } else { newest };
        let rows = self.wanted.iter().filter_map(|it| self.held.get((it - self.first) as usize));
        let records = rows.filter_map(|it| Some((it.line.time, it.level?)));
        Histogram::of(records, end, self.width(), self.columns)
    }

    /// So many records are held at most.
    pub fn limit(&self) -> usize {
        self.settings.limit
    }

    pub(super) fn is_live(&self) -> bool {
        self.is_live
    }
}

fn is_wanted(filter: &Filter, line: &Line) -> bool {
    filter.may_want(line) && (filter.is_of_the_line() || filter.wants(Record::parse(&line.bytes).as_ref()))
}

fn filter(grep: &str, expression: &str, letters: Letters) -> Result<Filter, String> {
    let mut filter = Filter::new();
    if !grep.is_empty() {
        filter = filter.pattern(grep, letters).map_err(|error| last_line(&error.to_string()))?;
    }
    if !expression.trim().is_empty() {
        let expression = expression.parse().map_err(|error: crate::filter::NotAnExpression| error.short())?;
        filter = filter.expression(expression);
    }
    Ok(filter)
}

/// Messages of regular expressions draw the place first.
fn last_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}
