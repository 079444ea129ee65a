//! What is asked of the fields of a record.

use std::{cmp::Ordering, str::FromStr};

use logger_config::Level;
use regex::Regex;

use super::parser::{self, NotAnExpression};
use crate::record::{Record, Value};

/// What is asked of the fields of a record: `price>70000 and side=BUY`.
///
/// | form | is true where |
/// |---|---|
/// | `price > 70000`, and `<`, `>=`, `<=`, `=`, `!=` | the field is there and compares so: as numbers where both are some (a text such as `"70000.5"` too), levels by their seriousness, else as texts |
/// | `event ~ 'fill.*'`, `!~` | the regular expression is found in the field, or is not |
/// | `price` | the field is there and neither `null` nor `false` |
/// | `not A`, `A and B`, `A or B`, `(A)` | as it says; `!`, `&&` and `\|\|` are the same |
///
/// A field that is not there makes every comparison false. `order.id` is a field of a nested value.
#[derive(Debug, Clone)]
pub struct Expression(pub(super) Node);

#[derive(Debug, Clone)]
pub(super) enum Node {
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Present(String),
    Compare { key: String, how: Comparison, with: Literal },
    Match { key: String, pattern: Box<Regex>, found: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a field is compared with.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    pub(super) text: String,
    number: Option<Number>,
    level: Option<Level>,
}

/// A number, exact where it is a whole one.
#[derive(Debug, Clone, Copy)]
enum Number {
    Whole(i128),
    Float(f64),
}

impl Expression {
    /// Whether it is true of a record.
    pub fn is_true(&self, record: &Record<'_>) -> bool {
        self.0.is_true(record)
    }

    /// Texts that stand in the line of every record for which it is true.
    pub(super) fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        self.0.collect_texts(&mut texts);
        texts
    }
}

impl FromStr for Expression {
    type Err = NotAnExpression;

    fn from_str(text: &str) -> Result<Self, NotAnExpression> {
        parser::parse(text).map(Expression)
    }
}

impl Node {
    fn is_true(&self, record: &Record<'_>) -> bool {
        match self {
            Node::Not(it) => !it.is_true(record),
            Node::And(a, b) => a.is_true(record) && b.is_true(record),
            Node::Or(a, b) => a.is_true(record) || b.is_true(record),
            Node::Present(key) => {
                record.json(key).is_some_and(|it| !matches!(Value::of(&it), Value::Null | Value::Bool(false)))
            }
            Node::Compare { key, how, with } => record
                .json(key)
                .is_some_and(|json| with.order(key, &Value::of(&json)).is_some_and(|order| how.holds(order))),
            Node::Match { key, pattern, found } => {
                record.plain(key).is_some_and(|text| pattern.is_match(&text) == *found)
            }
        }
    }

    fn collect_texts(&self, texts: &mut Vec<String>) {
        match self {
            Node::And(a, b) => {
                a.collect_texts(texts);
                b.collect_texts(texts);
            }
            // a number may be written in another way, a level stands for those above it
            Node::Compare { key, how: Comparison::Equal, with }
                if with.number.is_none() && key != "level" =>
            {
                texts.push(with.text.clone());
            }
            Node::Present(key) | Node::Compare { key, .. } | Node::Match { key, .. } => {
                texts.push(key.rsplit('.').next().unwrap_or(key).into());
            }
            Node::Not(_) | Node::Or(..) => {}
        }
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::NotEqual => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::LessOrEqual => order.is_le(),
            Comparison::Greater => order.is_gt(),
            Comparison::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Literal {
    pub(super) fn new(text: &str) -> Self {
        Literal { text: text.into(), number: Number::read(text), level: text.parse().ok() }
    }

    /// How a value compares with it; `None` where it does not.
    fn order(&self, key: &str, value: &Value<'_>) -> Option<Ordering> {
        let text = match value {
            Value::Number(text) => *text,
            Value::Text(text) => text,
            Value::Json(text) => text,
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            Value::Null => "null",
        };
        if key == "level"
            && let (Some(wanted), Ok(found)) = (self.level, text.parse::<Level>())
        {
            return Some(found.cmp(&wanted));
        }
        match (Number::read(text), self.number) {
            (Some(found), Some(wanted)) => found.order(wanted),
            _ => Some(text.cmp(&self.text)),
        }
    }
}

impl Number {
    fn read(text: &str) -> Option<Number> {
        // `inf`, `nan` and `1_000` are numbers for Rust or for nobody
        if !text.trim_start_matches(['-', '+', '.']).starts_with(|it: char| it.is_ascii_digit()) {
            return None;
        }
        text.parse().map(Number::Whole).ok().or_else(|| text.parse().map(Number::Float).ok())
    }

    fn order(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) => Some(a.cmp(&b)),
            _ => self.float().partial_cmp(&other.float()),
        }
    }

    fn float(self) -> f64 {
        match self {
            Number::Whole(it) => it as f64,
            Number::Float(it) => it,
        }
    }
}
