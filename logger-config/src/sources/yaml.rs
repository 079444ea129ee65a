//! YAML 1.2: mappings, sequences and scalars of one document. Aliases are not read.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::tree::{Content, Node, Row, SyntaxError};
use crate::{given::Given, problem::Position};

/// No configuration is nested so deeply.
const DEEPEST: usize = 32;

/// The first syntax error if there is one.
pub(super) fn parse(text: &str) -> Result<Node, Vec<SyntaxError>> {
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = Reader { parser: Parser::new_from_str(text) };
    reader.document().map_err(|error| vec![error])
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Node, SyntaxError> {
        loop {
            match self.next()? {
                (Item::Begin | Item::Document, _) => {}
                // comments alone
                (Item::End, span) => {
                    return Ok(Node { at: place(span), content: Content::Table(Vec::new()) });
                }
                (item, span) => {
                    let node = self.item(item, span, 0)?;
                    self.end()?;
                    return Ok(node);
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), SyntaxError> {
        loop {
            match self.next()? {
                (Item::End, _) => return Ok(()),
                (Item::Document, span) => {
                    return Err(error(span, "there is a second document; allowed is one"));
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<(Item, Span), SyntaxError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((Item::of(event), span)),
            Some(Err(error)) => {
                let message = error.info().lines().map(str::trim).collect::<Vec<_>>().join("; ");
                Err(SyntaxError { position: Some(place(Span::empty(*error.marker()))), message })
            }
            None => Ok((Item::End, Span::default())),
        }
    }

    fn item(&mut self, item: Item, span: Span, depth: usize) -> Result<Node, SyntaxError> {
        if depth > DEEPEST {
            return Err(error(span, "too many levels of nesting"));
        }
        let content = match item {
            Item::Scalar(given) => Content::Value(given),
            Item::Sequence => Content::Value(self.sequence(depth)?),
            Item::Mapping => Content::Table(self.mapping(depth)?),
            Item::Alias => return Err(error(span, "aliases are not read; allowed is the value itself")),
            Item::Begin | Item::Document | Item::Close | Item::End => {
                return Err(error(span, "a value is missing"));
            }
        };
        Ok(Node { at: place(span), content })
    }

    fn sequence(&mut self, depth: usize) -> Result<Given, SyntaxError> {
        let mut texts = Some(Vec::new());
        loop {
            let (item, span) = self.next()?;
            if let Item::Close = item {
                return Ok(texts.map_or(Given::Other("a list"), Given::List));
            }
            match self.item(item, span, depth + 1)?.content {
                Content::Value(Given::Text(text)) => {
                    if let Some(texts) = &mut texts {
                        texts.push(text);
                    }
                }
                _ => texts = None,
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Vec<Row>, SyntaxError> {
        let mut rows: Vec<Row> = Vec::new();
        loop {
            let (item, span) = self.next()?;
            let key = match item {
                Item::Close => return Ok(rows),
                Item::Scalar(Given::Text(text)) => text,
                Item::Scalar(other) => other.to_string().trim_matches('`').to_owned(),
                _ => return Err(error(span, "a key that is no text")),
            };
            if rows.iter().any(|row| row.key == key) {
                return Err(error(span, "duplicate key"));
            }
            let (item, value_span) = self.next()?;
            rows.push(Row { key, at: place(span), node: self.item(item, value_span, depth + 1)? });
        }
    }
}

/// An event, without what it borrows.
enum Item {
    Begin,
    Document,
    Scalar(Given),
    Sequence,
    Mapping,
    Alias,
    /// Of a sequence or a mapping.
    Close,
    /// Of the stream.
    End,
}

impl Item {
    fn of(event: Event<'_>) -> Self {
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentEnd => Item::Begin,
            Event::DocumentStart(_) => Item::Document,
            Event::Scalar(text, ScalarStyle::Plain, _, None) => Item::Scalar(plain(&text)),
            Event::Scalar(text, ..) => Item::Scalar(text.as_ref().into()),
            Event::SequenceStart(..) => Item::Sequence,
            Event::MappingStart(..) => Item::Mapping,
            Event::Alias(_) => Item::Alias,
            Event::SequenceEnd | Event::MappingEnd => Item::Close,
            Event::StreamEnd => Item::End,
        }
    }
}

/// A scalar without quotes, by the core schema of YAML 1.2: `yes` and `on` are texts.
fn plain(text: &str) -> Given {
    let number = |digits: &str, radix| match i64::from_str_radix(digits, radix) {
        Ok(number) => number.into(),
        Err(_) => Given::Other("a number beyond 64 bits"),
    };
    let is_all = |text: &str, is: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|it| is(&it));
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Given::Other("null"),
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        _ if is_all(unsigned, u8::is_ascii_digit) => number(text, 10),
        _ => match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
            (Some(digits), _) if is_all(digits, u8::is_ascii_hexdigit) => number(digits, 16),
            (_, Some(digits)) if is_all(digits, |it| (b'0'..=b'7').contains(it)) => number(digits, 8),
            _ if is_fraction(unsigned) => Given::Other("a number with a fraction"),
            _ => text.into(),
        },
    }
}

fn is_fraction(unsigned: &str) -> bool {
    unsigned.starts_with(|it: char| it.is_ascii_digit() || it == '.')
        && unsigned.contains(|it: char| it.is_ascii_digit())
        && unsigned.parse::<f64>().is_ok()
}

fn place(span: Span) -> Position {
    Position { line: span.start.line().max(1), column: span.start.col() + 1 }
}

fn error(span: Span, message: &str) -> SyntaxError {
    SyntaxError { position: Some(place(span)), message: message.to_owned() }
}
