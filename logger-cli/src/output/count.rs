//! How many lines there are of each kind.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::{Form, csv::without_formula, json::quoted, visible};
use crate::{around::Shown, record::Record};

/// Counts lines by the values of some fields.
#[derive(Debug)]
pub struct Counts {
    keys: Vec<String>,
    counts: HashMap<Vec<Option<String>>, u64>,
}

/// How often values were met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// The value of each field as JSON; `None` where the field was not there.
    pub values: Vec<Option<String>>,
    /// How often.
    pub count: u64,
}

impl Counts {
    /// Counts by these fields.
    pub fn by(keys: &[String]) -> Self {
        Counts { keys: keys.into(), counts: HashMap::new() }
    }

    /// Counts one more.
    pub fn add(&mut self, shown: &Shown) {
        let record = Record::parse(&shown.line.bytes);
        let value = |key: &String| record.as_ref()?.json(key).map(|it| it.into_owned());
        *self.counts.entry(self.keys.iter().map(value).collect()).or_default() += 1;
    }

    /// What was counted, the most frequent first, then by value.
    pub fn sorted(&self) -> Vec<Count> {
        let all = self.counts.iter().map(|(values, count)| Count { values: values.clone(), count: *count });
        let mut all: Vec<Count> = all.collect();
        all.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.values.cmp(&b.values)));
        all
    }

    /// Shows what was counted.
    ///
    /// # Errors
    ///
    /// What the writer says.
    pub fn show(&self, form: Form, out: &mut dyn Write) -> io::Result<()> {
        let plain = |value: &Option<String>| {
            value.as_ref().map_or("-".into(), |it| crate::record::Value::of(it).to_string())
        };
        match form {
            Form::Json => {
                for Count { values, count } in self.sorted() {
                    let pairs = self.keys.iter().zip(&values).map(|(key, value)| {
                        format!("{}:{},", quoted(key), value.as_deref().unwrap_or("null"))
                    });
                    writeln!(out, "{{{}\"count\":{count}}}", pairs.collect::<String>())?;
                }
            }
            Form::Csv => {
                let mut writer = csv::Writer::from_writer(&mut *out);
                let keys = self.keys.iter().cloned().map(without_formula);
                writer.write_record(keys.chain(["count".to_owned()]))?;
                for Count { values, count } in self.sorted() {
                    let cells = values.iter().map(|it| it.as_ref().map(|_| plain(it)).unwrap_or_default());
                    let cells = cells.map(without_formula);
                    writer.write_record(cells.chain([count.to_string()]))?;
                }
                writer.flush()?;
            }
            Form::Text | Form::Table => {
                for Count { values, count } in self.sorted() {
                    let texts: Vec<String> =
                        values.iter().map(|it| visible(&plain(it)).into_owned()).collect();
                    writeln!(out, "{count:>10}  {}", texts.join("  "))?;
                }
            }
        }
        out.flush()
    }
}
