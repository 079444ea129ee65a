//! `logger order`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::tz::TimeZone;

use super::{
    Failure, Found, Output,
    choice::{LOGS, Place, zone},
};
use crate::{
    around::{Around, Shown},
    filter::Filter,
    output::{Form, Style, Text},
    query::{Next, Query},
    record::{Record, Value},
    source::Meter,
    time::{Range, show_span},
};

/// Shows the life of one order: every record that names it, in all files, with the time between them.
#[derive(Debug, Args)]
pub(super) struct Order {
    /// The id of the order
    id: String,
    #[command(flatten)]
    place: Place,
    /// In which form
    #[arg(long, value_enum, default_value_t)]
    format: OrderForm,
    /// The time zone of times that are shown: `UTC`, `local`, `Europe/Berlin`
    #[arg(long, value_parser = zone, default_value = "UTC")]
    zone: TimeZone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum OrderForm {
    /// Lines for people
    #[default]
    Text,
    /// JSON Lines, as they stand in the files
    Json,
}

impl Order {
    pub(super) fn run(self, out: &mut Output) -> Result<Found, Failure> {
        let meter = Meter::default();
        let steps = self.steps(&meter)?;
        let style = Style {
            fields: None,
            zone: self.zone.clone(),
            colors: logger_stderr::ColorChoice::Auto.decide(|name| std::env::var_os(name), out.is_terminal),
        };
        let out = &mut *out.out;
        if self.format == OrderForm::Json {
            let mut show = Form::Json.on(out, style);
            steps.iter().try_for_each(|it| show.show(it))?;
            show.finish()?;
        } else {
            let mut before = None;
            for step in &steps {
                let span = before
                    .map_or(String::new(), |it| format!("+{}", show_span(step.line.time.saturating_sub(it))));
                before = Some(step.line.time);
                write!(out, "{span:>10}  ")?;
                crate::output::Show::show(&mut Text::new(out, style.clone()), step)?;
            }
            if let [first, .., last] = &steps[..] {
                let all = show_span(last.line.time.saturating_sub(first.line.time));
                writeln!(out, "{} records in {all}", steps.len())?;
            }
        }
        Failure::unless_all_was_read(&meter)?;
        Ok(if steps.is_empty() { Found::Nothing } else { Found::Something })
    }

    fn steps(&self, meter: &Meter) -> Result<Vec<Shown>, Failure> {
        self.place.check()?;
        let logs: Vec<PathBuf> = LOGS.iter().map(|name| self.place.dir.join(name)).collect();
        // the id stands in the line, whatever the field is called
        let filter = Filter::new().containing(&self.id);
        let query = Query { logs, filter, range: Range::ALL, around: Around::NONE, meter: meter.clone() };
        let mut steps = Vec::new();
        query.forward(|shown| {
            if Record::parse(&shown.line.bytes).is_some_and(|record| self.is_named_by(&record)) {
                steps.push(shown);
            }
            Ok(Next::Line)
        })?;
        Ok(steps)
    }

    /// Whether a field that is called `order_id`, or ends so as `parent_order_id` does, has the id.
    fn is_named_by(&self, record: &Record<'_>) -> bool {
        let mut fields = record.fields();
        fields.any(|(key, json)| key.ends_with("order_id") && Value::of(json).to_string() == self.id)
    }
}
