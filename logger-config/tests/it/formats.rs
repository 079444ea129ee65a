//! TOML, JSON and YAML say the same, each with its places.

use expect_test::{Expect, expect};
use logger_config::{Level, MetaLoggerBuilder};
use tempfile::TempDir;

use crate::{builder, without_folder};

fn with(name: &str, text: &str) -> (TempDir, MetaLoggerBuilder) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    (folder, builder(&[]).config_file(path))
}

const TOML: &str = "level = 'debug'
[files]
max_size = 65536
[queue]
wait = '7ms'
[redaction]
mask = ['iban', 'pin']
[levels.modules]
'my_bot::orders' = 'trace'
";
const JSON: &str = r#"{
  "level": "debug",
  "files": { "max_size": 65536 },
  "queue": { "wait": "7ms" },
  "redaction": { "mask": ["iban", "pin"] },
  "levels": { "modules": { "my_bot::orders": "trace" } }
}"#;
#[cfg(feature = "yaml")]
const YAML: &str = "# comment
level: debug
files: { max_size: 0x10000 }
queue:
  wait: 7ms
redaction:
  mask: [iban, pin]
levels:
  modules:
    my_bot::orders: 'trace'
";

#[test]
fn each_format_says_the_same() {
    let formats = [
        ("a.toml", TOML),
        ("a.json", JSON),
        #[cfg(feature = "yaml")]
        ("a.yaml", YAML),
        #[cfg(feature = "yaml")]
        ("a.YML", YAML),
    ];
    let first = with("a.toml", TOML).1.settings().unwrap();
    assert_eq!((first.level, first.levels.modules[0].1), (Level::Debug, Level::Trace));
    assert_eq!(first.redaction.mask, ["iban", "pin"]);
    for (name, text) in formats {
        assert_eq!(with(name, text).1.settings().unwrap(), first, "{name}");
    }
}

fn check(name: &str, text: &str, expected: Expect) {
    let (folder, builder) = with(name, text);
    let error = builder.settings().unwrap_err().to_string();
    assert!(!error.contains("SECRET"), "{error}");
    expected.assert_eq(&without_folder(&error, &folder));
}

/// The same mistakes in each format.
const WRONG_JSON: &str = r#"{
  "level": "loud",
  "filse": {},
  "queue": { "wait": 5, "spill": 1e3, "x": "SECRET" },
  "budget": { "burst": null }
}"#;
#[cfg(feature = "yaml")]
const WRONG_YAML: &str = "level: loud
filse: {}
queue:
  wait: 5
  spill: 1e3
  x: SECRET
budget:
  burst: ~
";

/// What is said, and apart from it the line and column of each problem.
fn problems(name: &str, text: &str) -> (Vec<String>, Vec<(usize, usize)>) {
    let error = with(name, text).1.settings().unwrap_err();
    let said = error.problems.iter().map(|it| format!("{}: {}\n", it.key.as_deref().unwrap(), it.message));
    let places = error.problems.iter().map(|it| it.position.unwrap()).map(|it| (it.line, it.column));
    (said.collect(), places.collect())
}

#[test]
fn problems_have_their_places_in_each_format_and_the_same_words() {
    let (said, places) = problems("a.json", WRONG_JSON);
    expect![[r#"
        level: `loud` is not a level; allowed are trace, debug, info, warning, error, critical
        filse: unknown key; the nearest is `files`
        queue.wait: the number `5` is not a span of time; allowed is a text such as `200ms` or `5s`, from 1ms to 10s
        queue.spill: a number with a fraction is not a size; allowed is a number of bytes or a text such as `10 MB` or `64 MiB`, from 64 KiB to 1 GiB
        queue.x: unknown key; allowed in `queue` are memory, trade_ring, general_ring, wait, spill, trade_wait, trade_spill, errors, error_wait, error_spill, general, general_wait, general_spill, debug_share
        budget.burst: null is not a whole number; allowed is 1 to 1000000
    "#]].assert_eq(&said.concat());
    assert_eq!(places, [(2, 12), (3, 3), (4, 22), (4, 34), (4, 39), (5, 24)]);
    #[cfg(feature = "yaml")]
    assert_eq!(
        problems("a.yaml", WRONG_YAML),
        (said, vec![(1, 8), (2, 1), (4, 9), (5, 10), (6, 3), (8, 10)])
    );
}

#[cfg(feature = "yaml")]
#[test]
fn words_that_are_switches_elsewhere_are_texts_in_yaml() {
    check(
        "a.yaml",
        "console:\n  enabled: yes\nlog_dir: ~\n",
        expect![[r#"
        the configuration has 2 problems:
          console.enabled (file a.yaml, line 2, column 12): the text `yes` is not a switch; allowed are true and false
          log_dir (file a.yaml, line 3, column 10): null is not a folder; allowed is a path, absolute or from the working directory"#]],
    );
}

#[test]
fn syntax_errors_of_json_have_their_places_and_nothing_of_the_text() {
    for (text, expected) in [
        (
            "{ \"token\": \"SECRET\", }",
            expect![[r#"
            the configuration has 1 problem:
              file a.json, line 1, column 20: is not JSON: trailing commas are not allowed"#]],
        ),
        (
            "{ \"token\": \"SECRET\" \"b\": 1 }",
            expect![[r#"
            the configuration has 1 problem:
              file a.json, line 1, column 20: is not JSON: expected comma"#]],
        ),
        (
            "{ 'token': 'SECRET' }",
            expect![[r#"
            the configuration has 1 problem:
              file a.json, line 1, column 3: is not JSON: single-quoted strings are not allowed"#]],
        ),
        (
            "{ \"a\": SECRET }",
            expect![[r#"
            the configuration has 1 problem:
              file a.json, line 1, column 8: is not JSON: unexpected word"#]],
        ),
        (
            "// SECRET\n{}",
            expect![[r#"
            the configuration has 1 problem:
              file a.json, line 1, column 1: is not JSON: comments are not allowed"#]],
        ),
        (
            "{ \"level\": \"info\", \"level\": \"debug\" }",
            expect![[r#"
            the configuration has 1 problem:
              file a.json, line 1, column 20: is not JSON: duplicate key"#]],
        ),
        (
            "[\"SECRET\"]",
            expect![[r#"
            the configuration has 1 problem:
              file a.json, line 1, column 1: is a list; allowed is a table of keys"#]],
        ),
        (
            "{",
            expect![[r#"
            the configuration has 1 problem:
              file a.json, line 1, column 1: is not JSON: unterminated object"#]],
        ),
    ] {
        check("a.json", text, expected);
    }
}

#[cfg(feature = "yaml")]
#[test]
fn syntax_errors_of_yaml_have_their_places_and_nothing_of_the_text() {
    for (text, expected) in [
        (
            "queue:\n\twait: 7ms\n\ttoken: SECRET\n",
            expect![[r#"
            the configuration has 1 problem:
              file a.yaml, line 2, column 2: is not YAML: tabs disallowed within this context (block indentation)"#]],
        ),
        (
            "queue: [SECRET\n",
            expect![[r#"
            the configuration has 1 problem:
              file a.yaml, line 2, column 1: is not YAML: while parsing a flow sequence, expected ',' or ']'"#]],
        ),
        (
            "level: info\nlevel: debug\n",
            expect![[r#"
            the configuration has 1 problem:
              file a.yaml, line 2, column 1: is not YAML: duplicate key"#]],
        ),
        (
            "a: &x SECRET\nb: *x\n",
            expect![[r#"
            the configuration has 1 problem:
              file a.yaml, line 2, column 4: is not YAML: aliases are not read; allowed is the value itself"#]],
        ),
        (
            "level: info\n---\nlevel: debug\n",
            expect![[r#"
            the configuration has 1 problem:
              file a.yaml, line 2, column 1: is not YAML: there is a second document; allowed is one"#]],
        ),
        (
            "level: 'SECRET\n",
            expect![[r#"
            the configuration has 1 problem:
              file a.yaml, line 1, column 8: is not YAML: while scanning a quoted scalar, found unexpected end of stream"#]],
        ),
        (
            "- SECRET\n",
            expect![[r#"
            the configuration has 1 problem:
              file a.yaml, line 1, column 1: is a list; allowed is a table of keys"#]],
        ),
        (
            "level: info\n  wait: SECRET\n",
            expect![[r#"
            the configuration has 1 problem:
              file a.yaml, line 2, column 7: is not YAML: mapping values are not allowed in this context"#]],
        ),
    ] {
        check("a.yaml", text, expected);
    }
}

#[cfg(feature = "yaml")]
#[test]
fn a_file_of_comments_alone_says_nothing() {
    for (name, text) in [("a.yaml", "# nothing\n"), ("a.toml", "# nothing\n"), ("a.json", "{}")] {
        assert!(with(name, text).1.settings().is_ok(), "{name}");
    }
}

#[cfg(feature = "yaml")]
#[test]
fn deep_nesting_is_an_error_and_not_the_end() {
    let deep = format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000));
    for (name, text) in [("a.yaml", format!("level: {deep}")), ("a.json", format!("{{\"level\": {deep}}}"))] {
        assert!(with(name, &text).1.settings().is_err(), "{name}");
    }
    assert!(with("a.toml", &format!("level = {deep}")).1.settings().is_err());
}

#[cfg(not(feature = "yaml"))]
#[test]
fn yaml_that_is_not_compiled_in_says_which_feature_it_needs() {
    check(
        "a.yaml",
        "level: info\n",
        expect![[r#"
            the configuration has 1 problem:
              file a.yaml: a file in YAML needs feature `yaml`, which this build does not have"#]],
    );
}
