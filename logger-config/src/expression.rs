//! Settings that are regular expressions.

use regex::RegexBuilder;
use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    setting::{Setting, refuse_kind},
};

/// A regular expression as the crate `regex` has them; it can be compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expression(pub(crate) String);

/// What a compiled expression may cost in memory: as much as the alerts allow.
const MAX_SIZE: usize = 1 << 20;

impl Setting for Expression {
    const IS: &'static str = "a regular expression";

    fn allowed() -> String {
        "is a text such as `ORD-[0-9]+`; in TOML between single quotes".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        if text.is_empty() {
            return Err(refuse_kind::<Self>(given));
        }
        match RegexBuilder::new(text).size_limit(MAX_SIZE).build() {
            Ok(_) => Ok(Expression(text.clone())),
            Err(error) => {
                // the last line of what it says; those before draw the expression
                let said = error.to_string();
                let said = said.lines().last().unwrap_or_default().trim();
                let said = said.strip_prefix("error: ").unwrap_or(said);
                Err(format!("{given} is not {}: {said}", Self::IS))
            }
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }

    fn form() -> String {
        "regular expression".into()
    }

    /// Every character counts, spaces at its ends too.
    fn from_environment(text: &str) -> Given {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_an_expression_is_said_in_one_line() {
        let message = |text: &str| Expression::read(&text.into()).unwrap_err();
        assert_eq!(message("ORD-[0-9"), "`ORD-[0-9` is not a regular expression: unclosed character class");
        assert_eq!(
            message(""),
            "an empty text is not a regular expression; allowed is a text such as `ORD-[0-9]+`; in TOML between single quotes"
        );
        assert!(message("(a{1000}){1000}").contains("exceeds size limit"));
    }
}
