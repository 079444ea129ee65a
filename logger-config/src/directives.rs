//! Levels of several parts of a program in one text: `info,my_bot::orders=debug,expert:MyEmaBot=trace`.

use logger_core::Level;
use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    name::is_module,
    path,
    setting::{Setting, Words},
};

/// The level of the whole. A text that names parts too is taken apart by [`expand`] before it is read as one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MainLevel(pub(crate) Level);

impl Setting for MainLevel {
    const IS: &'static str = <Level as Words>::IS;

    fn allowed() -> String {
        Level::allowed()
    }

    fn read(given: &Given) -> Result<Self, String> {
        Level::read(given).map(MainLevel)
    }

    fn schema() -> Json {
        json!({ "anyOf": [Level::schema(), { "type": "string", "pattern": "[=,]" }] })
    }
}

/// The keys, by their paths, and values of a text with several parts; `None` for one with a level alone. The error is the
/// whole message for its giver.
pub(crate) fn expand(text: &str) -> Option<Result<Vec<(String, Given)>, String>> {
    text.contains([',', '=']).then(|| text.split(',').map(directive).collect())
}

fn directive(text: &str) -> Result<(String, Given), String> {
    let text = text.trim();
    let Some((part, level)) = text.rsplit_once('=') else {
        return level_of(text).map(|level| ("level".into(), level));
    };
    let part = part.trim();
    let path = match part.split_once(':').filter(|(_, name)| !name.starts_with(':')) {
        Some(("expert", name)) if !name.trim().is_empty() => path::named("levels.experts.*", name.trim()),
        Some(("category", name @ ("general" | "trade"))) => path::named("levels.categories.*", name),
        None if is_module(part) => path::named("levels.modules.*", part),
        _ => {
            return Err(format!(
                "{} names no part of a program; allowed are a module such as `my_bot::orders`, `expert:NAME`, \
                 `category:general` and `category:trade`",
                Given::from(part)
            ));
        }
    };
    Ok((path, level_of(level.trim())?))
}

fn level_of(text: &str) -> Result<Given, String> {
    let given = Given::from(text);
    Level::read(&given).map(|_| given)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> String {
        let given = expand(text).unwrap().unwrap();
        given.into_iter().map(|(path, given)| format!("{path}={given} ")).collect()
    }

    #[test]
    fn a_text_speaks_for_several_parts() {
        assert_eq!(
            paths("info, my_bot::orders=debug,expert:My Bot = trace,category:trade=error"),
            "level=`info` levels.modules.my_bot::orders=`debug` levels.experts.\"My Bot\"=`trace` \
             levels.categories.trade=`error` "
        );
        assert!(expand("info").is_none());
    }

    #[test]
    fn a_wrong_part_is_answered() {
        for (text, message) in [
            (
                "info,my_bot=loud",
                "`loud` is not a level; allowed are trace, debug, info, warning, error, critical",
            ),
            (
                "info,symbol:BTC=debug",
                "`symbol:BTC` names no part of a program; allowed are a module such as `my_bot::orders`, \
                 `expert:NAME`, `category:general` and `category:trade`",
            ),
            (
                "inof,a=info",
                "`inof` is not a level; allowed are trace, debug, info, warning, error, critical; the nearest is `info`",
            ),
        ] {
            assert_eq!(expand(text).unwrap().unwrap_err(), message);
        }
        assert!(expand("info,,").unwrap().is_err());
        assert!(expand("=info").unwrap().is_err());
    }
}
