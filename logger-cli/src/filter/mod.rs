//! Which lines are wanted.

mod escapes;
mod expression;
mod parser;

use std::cell::LazyCell;

use logger_config::Level;
use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};

pub use self::{expression::Expression, parser::NotAnExpression};
use crate::{line::Line, line::level_of, record::Record};

/// Which lines are wanted: those that every part of it lets through.
///
/// Lines that are no records have no fields, so that a wanted field or expression shuts them out; a level does not.
#[derive(Debug, Default)]
pub struct Filter {
    level: Option<Level>,
    fields: Vec<OneOf>,
    expressions: Vec<Expression>,
    patterns: Vec<Regex>,
    /// What must stand in a line, whatever it is parsed to: much faster than parsing.
    needles: Vec<Finder<'static>>,
}

/// A field that has to have one of some values.
#[derive(Debug)]
struct OneOf {
    key: String,
    values: Vec<String>,
}

/// How letters of a pattern are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Upper and lower case are two.
    Exact,
    /// They are one.
    AnyCase,
}

impl Filter {
    /// All lines.
    pub fn new() -> Self {
        Filter::default()
    }

    /// Records of a level or above.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = (level > Level::Trace).then_some(level);
        self
    }

    /// Records whose field has one of the values, compared as texts; without values, all.
    #[must_use]
    pub fn field(mut self, key: &str, values: &[String]) -> Self {
        if let [value] = values {
            self.need(value);
        }
        if !values.is_empty() {
            self.fields.push(OneOf { key: key.into(), values: values.to_vec() });
        }
        self
    }

    /// Lines in which a text stands as it is, if it is nothing that JSON may write in another way.
    #[must_use]
    pub fn containing(mut self, text: &str) -> Self {
        self.need(text);
        self
    }

    /// Records for which an expression is true.
    #[must_use]
    pub fn expression(mut self, expression: Expression) -> Self {
        for text in expression.texts() {
            self.need(&text);
        }
        self.expressions.push(expression);
        self
    }

    /// Lines in which a regular expression is found: as they stand in the file, or with what JSON escapes written out.
    ///
    /// # Errors
    ///
    /// What is wrong with the pattern.
    pub fn pattern(mut self, pattern: &str, letters: Letters) -> Result<Self, regex::Error> {
        let pattern = RegexBuilder::new(pattern).case_insensitive(letters == Letters::AnyCase).build()?;
        self.patterns.push(pattern);
        Ok(self)
    }

    /// Whether it is decided without a look into the record.
    pub fn is_of_the_line(&self) -> bool {
        self.fields.is_empty() && self.expressions.is_empty()
    }

    /// What can be said of a line before it is parsed: `false` where it is not wanted.
    pub fn may_want(&self, line: &Line) -> bool {
        if let Some(level) = self.level
            && line.own_time.is_some()
            && level_of(&line.bytes).is_some_and(|it| it < level)
        {
            return false;
        }
        let may_hold = self.needles.iter().all(|it| it.find(&line.bytes).is_some())
            // `\u0041` is an `A`
            || memchr::memchr(b'\\', &line.bytes).is_some();
        may_hold && self.matches(&line.bytes)
    }

    fn matches(&self, line: &[u8]) -> bool {
        let written_out = LazyCell::new(|| escapes::written_out(line));
        self.patterns
            .iter()
            .all(|it| it.is_match(line) || written_out.as_ref().is_some_and(|text| it.is_match(text)))
    }

    /// What can be said of its record besides.
    pub fn wants(&self, record: Option<&Record<'_>>) -> bool {
        match record {
            Some(record) => {
                self.fields.iter().all(|it| it.matches(record))
                    && self.expressions.iter().all(|it| it.is_true(record))
            }
            None => self.is_of_the_line(),
        }
    }

    /// A text that stands in a line as it is, if it is in one of its values and nothing in the line is escaped.
    fn need(&mut self, text: &str) {
        let is_written_as_it_is = |it: char| it.is_ascii_alphanumeric() || "-_.: +".contains(it);
        if !text.is_empty() && text.chars().all(is_written_as_it_is) {
            self.needles.push(Finder::new(text.as_bytes()).into_owned());
        }
    }
}

impl OneOf {
    fn matches(&self, record: &Record<'_>) -> bool {
        record.plain(&self.key).is_some_and(|found| self.values.contains(&found))
    }
}
