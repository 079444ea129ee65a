//! A configuration file with every key.

use std::fmt::Write as _;

use super::words;
use crate::{
    given::Given,
    key::{Change, Key, Secrecy},
    keys, path,
};

/// The longest line of a comment.
const WIDTH: usize = 100;

/// A configuration file in TOML with every key, each as a comment with what it means and its default, or an example where
/// it has none. As it stands it changes nothing.
pub fn default_toml() -> String {
    let mut out = String::from(
        "# Every key of the configuration. A line that begins with `#` and a key shows its default, or an example\n\
         # where it is absent by default; take the `#` away and change the value.\n",
    );
    let mut open = String::new();
    for key in keys::all() {
        let (section, name) = place(key);
        if section != open {
            // writing into a String cannot fail
            let _ = write!(out, "\n{}[{section}]\n", comment_of_section(&section));
            open = section;
        }
        put(&mut out, key, &name);
    }
    out
}

/// The section in which a key is shown, and its name there.
fn place(key: &Key) -> (String, String) {
    let path = match key.path {
        "levels.modules.*" => path::named(key.path, "my_bot::orders"),
        "levels.experts.*" => path::named(key.path, "MyEmaBot"),
        "levels.categories.*" => path::named(key.path, "trade"),
        "redaction.patterns.*" => path::named(key.path, "order_id"),
        of_rule if of_rule.starts_with("alerts.rules.") => path::named(of_rule, "fills"),
        of_drain if key.kinds == ["console"] => path::named(of_drain, "second"),
        other => path::named(other, "audit"),
    };
    let mut segments = path::segments(&path).unwrap_or_default();
    let name = segments.pop().unwrap_or_default();
    let bare = name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-'));
    (segments.join("."), if bare { name } else { format!("\"{name}\"") })
}

fn comment_of_section(section: &str) -> &'static str {
    match section {
        "drains.audit" => {
            "# A drain of one's own, as many as you like, or what is particular to `general`, `trades`, `errors` or\n\
             # `console`.\n"
        }
        "alerts.rules.fills" => "# A rule of one's own for alerts, as many as you like.\n",
        "drains.second" => "# What only a drain of the kind `console` has.\n",
        _ => "",
    }
}

fn put(out: &mut String, key: &Key, name: &str) {
    let flag = key.flag.map(|flag| format!(", --{flag}")).unwrap_or_default();
    let allowed = format!("[{}{flag}]", (key.kind.form)());
    let live = match key.change {
        Change::Live => ", changes at run time",
        Change::Restart => "",
    };
    let secret = match key.secrecy {
        Secrecy::Secret => ", or the path of a file under this name and `_file`",
        Secrecy::Open => "",
    };
    out.push('\n');
    for line in wrapped(&format!("{} {allowed}{live}{secret}", words(key.doc))) {
        let _ = writeln!(out, "# {line}");
    }
    let text = key.default.or(key.example).unwrap_or_default();
    let _ = writeln!(out, "#{name} = {}", literal(&key.of_text(text)));
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = match lines.last_mut() {
            Some(line) if line.chars().count() + word.chars().count() < WIDTH => line,
            _ => {
                lines.push(String::new());
                let Some(line) = lines.last_mut() else { continue };
                line
            }
        };
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines
}

fn literal(given: &Given) -> String {
    match given {
        Given::Integer(number) => number.to_string(),
        Given::Boolean(truth) => truth.to_string(),
        Given::List(texts) => format!("{texts:?}"),
        Given::Text(text) => format!("{text:?}"),
        Given::Masked | Given::Other(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_stands_in_its_section_with_what_is_to_be_known_of_it() {
        let text = default_toml();
        for key in keys::all() {
            let (section, name) = place(key);
            let behind = match section.as_str() {
                "" => Some(text.as_str()),
                section => text.split_once(&format!("\n[{section}]\n")).map(|(_, behind)| behind),
            };
            let rows = behind.unwrap_or_else(|| panic!("{} has no section", key.path)).split("\n[").next();
            let line = format!("#{name} = ");
            let mut paragraphs = rows.unwrap_or_default().split("\n\n");
            let found = paragraphs.find(|it| it.lines().last().is_some_and(|it| it.starts_with(&line)));
            let words = found.unwrap_or_else(|| panic!("{} is not there", key.path)).replace("\n# ", " ");
            assert_eq!(words.contains(", changes at run time"), key.change == Change::Live, "{words}");
            assert_eq!(words.contains("`_file`"), key.secrecy == Secrecy::Secret, "{words}");
            assert!(words.contains(&(key.kind.form)()), "{words}");
        }
    }
}
