//! What a preset changes.

use expect_test::expect;
use logger_config::{Layer, Preset};

use crate::builder;

/// The keys whose values come from the preset, as its documentation shows them.
fn values(preset: Preset) -> String {
    let explanation = builder(&[]).preset(preset).explain().unwrap();
    let keys = explanation
        .keys
        .into_iter()
        .filter(|key| key.values.first().is_some_and(|value| value.layer == Layer::Preset(preset)));
    keys.map(|key| format!("{} = {}\n", key.key, key.values[0].given)).collect()
}

#[test]
fn development_has_everything_on_a_console_and_in_files() {
    expect![[r#"
        level = `debug`
        files.enabled = `true`
        files.format = `json`
        console.enabled = `true`
        console.colors = `auto`
    "#]]
    .assert_eq(&values(Preset::Development));
}

#[test]
fn production_has_warnings_in_json_files_and_no_console() {
    expect![[r#"
        level = `warning`
        files.enabled = `true`
        files.format = `json`
        console.enabled = `false`
    "#]]
    .assert_eq(&values(Preset::Production));
}

#[test]
fn backtesting_has_infos_in_json_files_and_no_console() {
    expect![[r#"
        level = `info`
        files.enabled = `true`
        files.format = `json`
        console.enabled = `false`
    "#]]
    .assert_eq(&values(Preset::Backtesting));
}

#[cfg(feature = "stderr")]
#[test]
fn production_has_a_console_where_one_is_asked_for() {
    let builder = builder(&[("LOG_TO_CONSOLE", "true")]).preset(Preset::Production);
    assert!(builder.settings().unwrap().drain("console").is_some());
}
