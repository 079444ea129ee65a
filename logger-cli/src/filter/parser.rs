//! From a text to an expression.

use regex::Regex;

use super::expression::{Comparison, Literal, Node};

/// A text that is no expression; the place is a byte of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} at column {} of `{text}`; an expression is such as `price>70000 and (side=BUY or not reduce_only)`", .at + 1)]
pub struct NotAnExpression {
    what: String,
    at: usize,
    text: String,
}

impl NotAnExpression {
    /// What was wrong, and where, in a few words.
    pub fn short(&self) -> String {
        format!("{} at column {}", self.what, self.at + 1)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A key, a value, or one of the words `and`, `or`, `not`.
    Word(String),
    /// In quotes: never one of the words.
    Quoted(String),
    Sign(&'static str),
}

/// The longer ones first.
const SIGNS: [&str; 14] = ["&&", "||", "==", "!=", "<=", ">=", "!~", "=", "<", ">", "~", "!", "(", ")"];
/// So deep may parentheses and negations be nested.
const DEPTH: usize = 64;

pub(super) fn parse(text: &str) -> Result<Node, NotAnExpression> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens, at: 0, depth: 0 };
    let node = parser.any_of()?;
    match parser.tokens.get(parser.at) {
        None => Ok(node),
        Some(_) => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'t> {
    text: &'t str,
    /// With the byte at which each begins.
    tokens: Vec<(usize, Token)>,
    at: usize,
    depth: usize,
}

impl Parser<'_> {
    fn any_of(&mut self) -> Result<Node, NotAnExpression> {
        let mut node = self.all_of()?;
        while self.takes("||", "or") {
            node = Node::Or(Box::new(node), Box::new(self.all_of()?));
        }
        Ok(node)
    }

    fn all_of(&mut self) -> Result<Node, NotAnExpression> {
        let mut node = self.one()?;
        while self.takes("&&", "and") {
            node = Node::And(Box::new(node), Box::new(self.one()?));
        }
        Ok(node)
    }

    fn one(&mut self) -> Result<Node, NotAnExpression> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(self.wrong("nested too deep"));
        }
        let node = if self.takes("!", "not") {
            Node::Not(Box::new(self.one()?))
        } else if self.takes("(", "(") {
            let inner = self.any_of()?;
            if !self.takes(")", ")") {
                return Err(self.expected("`)`"));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(node)
    }

    fn comparison(&mut self) -> Result<Node, NotAnExpression> {
        let Some(key) = self.text_token() else { return Err(self.expected("a field")) };
        let how = match self.tokens.get(self.at) {
            Some((_, Token::Sign("=" | "=="))) => Comparison::Equal,
            Some((_, Token::Sign("!="))) => Comparison::NotEqual,
            Some((_, Token::Sign("<"))) => Comparison::Less,
            Some((_, Token::Sign("<="))) => Comparison::LessOrEqual,
            Some((_, Token::Sign(">"))) => Comparison::Greater,
            Some((_, Token::Sign(">="))) => Comparison::GreaterOrEqual,
            Some((_, Token::Sign(sign @ ("~" | "!~")))) => {
                let found = *sign == "~";
                return self.matched(key, found);
            }
            _ => return Ok(Node::Present(key)),
        };
        self.at += 1;
        let Some(value) = self.text_token() else { return Err(self.expected("a value")) };
        Ok(Node::Compare { key, how, with: Literal::new(&value) })
    }

    fn matched(&mut self, key: String, found: bool) -> Result<Node, NotAnExpression> {
        self.at += 1;
        let Some(pattern) = self.text_token() else { return Err(self.expected("a regular expression")) };
        match Regex::new(&pattern) {
            Ok(pattern) => Ok(Node::Match { key, pattern: Box::new(pattern), found }),
            Err(error) => {
                self.at -= 1;
                let why = error.to_string();
                let last = why.lines().last().unwrap_or_default();
                Err(self.wrong(&format!("`{pattern}` is not a regular expression ({last})")))
            }
        }
    }

    fn text_token(&mut self) -> Option<String> {
        let text = match self.tokens.get(self.at) {
            Some((_, Token::Word(text) | Token::Quoted(text))) => text.clone(),
            _ => return None,
        };
        self.at += 1;
        Some(text)
    }

    fn takes(&mut self, sign: &str, word: &str) -> bool {
        let takes = match self.tokens.get(self.at) {
            Some((_, Token::Sign(it))) => *it == sign,
            Some((_, Token::Word(it))) => it.eq_ignore_ascii_case(word),
            _ => false,
        };
        self.at += usize::from(takes);
        takes
    }

    fn expected(&self, what: &str) -> NotAnExpression {
        self.wrong(&format!("expected {what}"))
    }

    fn wrong(&self, what: &str) -> NotAnExpression {
        let at = self.tokens.get(self.at).map_or(self.text.len(), |(at, _)| *at);
        NotAnExpression { what: what.into(), at, text: self.text.into() }
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, NotAnExpression> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        let rest = &text[at..];
        if char.is_whitespace() {
            at += char.len_utf8();
        } else if char == '\'' || char == '"' {
            let Some(len) = rest[1..].find(char) else {
                return Err(NotAnExpression {
                    what: "a quote that does not end".into(),
                    at,
                    text: text.into(),
                });
            };
            tokens.push((at, Token::Quoted(rest[1..=len].into())));
            at += len + 2;
        } else if let Some(sign) = SIGNS.into_iter().find(|it| rest.starts_with(it)) {
            tokens.push((at, Token::Sign(sign)));
            at += sign.len();
        } else {
            let ends = |it: char| it.is_whitespace() || "()=<>!~&|'\"".contains(it);
            let len = rest.find(ends).filter(|it| *it > 0).unwrap_or(rest.len());
            tokens.push((at, Token::Word(rest[..len].into())));
            at += len;
        }
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::super::Expression;
    use crate::record::Record;

    const LINE: &str = r#"{"level":"error","event":"order filled","price":70000.5,"size":"0.10","id":18446744073709551617,"side":"BUY","none":null,"off":false,"order":{"id":7}}"#;

    fn is_true(text: &str) -> bool {
        let expression: Expression = text.parse().unwrap_or_else(|it| panic!("{it}"));
        let record = Record::parse(LINE.as_bytes()).unwrap();
        let answer = expression.is_true(&record);
        // what must stand in a line does stand in it, or the line would never be parsed
        assert!(!answer || expression.texts().iter().all(|it| LINE.contains(it)), "{text}");
        answer
    }

    #[test]
    fn expressions_say_what_they_mean() {
        for text in [
            "price>70000",
            "price>=70000.5 and price<=70000.50",
            "price = 70000.5",
            "price=7.00005e4",
            "size=0.1",
            "id=18446744073709551617",
            "id>18446744073709551616",
            "side=BUY",
            "side='BUY'",
            "side==\"BUY\"",
            "side!=SELL",
            "side != SELL && not (price<70000 || off)",
            "event ~ 'order (filled|cancelled)$'",
            "event !~ rejected",
            "order.id=7",
            "order",
            "level>=warning",
            "level<critical",
            "level=ERROR",
            "!none AND NOT off",
            "missing or side=BUY and price>1",
            "not missing=1",
        ] {
            assert!(is_true(text), "{text}");
        }
        for text in [
            "price>70001",
            "id=18446744073709551616",
            "missing=1",
            "missing!=1",
            "none",
            "off",
            "side=buy",
            "level>error",
            "event ~ '^filled'",
            "(missing or side=BUY) and price<1",
        ] {
            assert!(!is_true(text), "{text}");
        }
    }

    #[test]
    fn a_wrong_expression_is_answered_with_what_was_expected_where() {
        let deep = "(".repeat(1_000);
        for (text, expected) in [
            ("", "expected a field at column 1"),
            ("price>", "expected a value at column 7"),
            ("price>1 side=BUY", "expected `and`, `or` or the end at column 9"),
            ("(price>1", "expected `)` at column 9"),
            ("side='BUY", "a quote that does not end at column 6"),
            ("event~'('", "is not a regular expression"),
            ("price>1 and", "expected a field at column 12"),
            (&deep, "nested too deep at column 65"),
        ] {
            let error = text.parse::<Expression>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
