//! The schema and the file with every key.

use std::fs;

use logger_config::{MetaLoggerBuilder, default_toml, schema};
use serde_json::Value;

use crate::{builder, with_file};

/// Whether the schema takes what a text in TOML says.
fn is_valid(text: &str) -> Result<(), String> {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let value: toml::Table = text.parse().unwrap();
    let value = serde_json::to_value(value).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("\n")) }
}

#[test]
fn the_schema_is_one_and_takes_the_examples() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let examples = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).unwrap();
    let mut count = 0;
    for example in examples {
        let path = example.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            is_valid(&fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|why| panic!("{}: {why}", path.display()));
            count += 1;
        }
    }
    assert!(count >= 3, "{count} examples");
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    for wrong in [
        "levle = 'info'",
        "level = 'inof'",
        "[files]\nmax_size = -1",
        "[files]\nmax_size = '10 parsecs'",
        "[files]\nbackup_count = '5'",
        "[files]\nenabled = 'yes'",
        "[drains.audit]\nkind = 'fiel'",
        "[drains.audit]\nmax_sise = 5",
        "[queue]\nwait = 50",
        "[levels.experts]\nMyEmaBot = 'loud'",
        "[telegram]\nchat_id = 'token'",
        "[redaction]\nmask = [1]",
        "[redaction]\nwithout_patterns = ['crad']",
        "[alerts.rules.fills]\nmode = 'loud'",
        "[alerts.rules.fills]\ntargets = ['phone']",
        "[discord]\nthread_id = 'general'",
    ] {
        assert!(is_valid(wrong).is_err(), "{wrong}");
    }
}

#[cfg(all(feature = "file", feature = "stderr"))]
#[test]
fn the_schema_takes_what_the_configuration_takes() {
    for right in [
        "level = 'warn'",
        "level = 'info,my_bot::orders=debug'",
        "\"$schema\" = 'logging.schema.json'",
        "[files]\nmax_size = 4096",
        "[files]\nmax_size = ' 10mb '",
        "[redaction]\nmask = 'iban, pin'",
        "[redaction]\nmask = ['iban']",
        "[drains.audit]\nkind = 'file'\nexperts = ['a']",
        "[levels.modules]\n'my_bot::x' = 'trace'",
        "[queue]\nwait = '1s 500ms'",
        "[slack]\nenabled = false\nwebhook_url = 'https://x.example/y'",
        "[redaction.patterns]\norder_id = 'ORD-([0-9]+)'",
        "[redaction]\nwithout_patterns = ['card']\nliterals = ['hunter2-hunter2']",
    ] {
        assert_eq!(is_valid(right), Ok(()), "{right}");
        assert!(with_file(right, &[]).1.settings().is_ok(), "{right}");
    }
}

/// The configuration of a text, and of nothing else.
fn explained(text: &str) -> Result<String, String> {
    let (_folder, builder) = with_file(text, &[]);
    explain(&builder)
}

fn explain(builder: &MetaLoggerBuilder) -> Result<String, String> {
    builder.explain().map(|it| it.to_string()).map_err(|error| error.to_string())
}

#[test]
fn the_file_with_every_key_changes_nothing_as_it_stands() {
    assert_eq!(explained(&default_toml()).unwrap(), explain(&builder(&[])).unwrap());
}

#[cfg(all(feature = "file", feature = "stderr"))]
#[test]
fn each_line_of_the_file_with_every_key_may_be_taken_into_use() {
    let template = default_toml();
    let lines: Vec<&str> = template.lines().collect();
    let keys: Vec<usize> = (0..lines.len()).filter(|at| is_key(lines[*at])).collect();
    assert!(keys.len() > 80, "{}", keys.len());
    let known = builder(&[]).explain().unwrap().keys.len();
    assert!(keys.len() >= known, "{} lines for {known} keys", keys.len());
    for at in keys {
        let kind = if lines[..at].iter().rev().find(|line| line.starts_with('[')) == Some(&"[drains.second]")
        {
            "console"
        } else {
            "file"
        };
        let in_use = |(line_at, line): (usize, &&str)| match *line {
            line if line_at == at => line[1..].to_owned(),
            "[drains.audit]" | "[drains.second]" if line_at < at && !lines[at].starts_with("#kind") => {
                let is_own = lines[line_at + 1..at].iter().all(|it| !it.starts_with('['));
                if is_own { format!("{line}\nkind = \"{kind}\"") } else { (*line).to_owned() }
            }
            line => line.to_owned(),
        };
        let text: String = lines.iter().enumerate().map(in_use).map(|line| line + "\n").collect();
        assert_eq!(is_valid(&text), Ok(()), "{}", lines[at]);
        if let Err(error) = explained(&text) {
            let conditions = [
                "has no effect",
                "needs feature",
                "need feature",
                "to send alerts to",
                "to send alerts with",
            ];
            let is_conditional = conditions.iter().any(|it| error.contains(it));
            assert!(is_conditional, "{}: {error}", lines[at]);
        }
    }
}

/// Whether a line is a key that is a comment as yet.
#[cfg(all(feature = "file", feature = "stderr"))]
fn is_key(line: &str) -> bool {
    line.starts_with('#') && !line.starts_with("# ") && line.contains(" = ")
}
