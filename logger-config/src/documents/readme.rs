//! The table of keys in the README.

use std::{env, fs, path::Path};

use super::words;
use crate::{
    key::{Change, Key},
    keys,
};

/// What stands before the table, and after it.
const BEGIN: &str = "<!-- keys: written by `UPDATE_EXPECT=1 cargo test -p logger-config readme` -->\n";
const END: &str = "<!-- end of keys -->\n";

fn row(key: &Key) -> String {
    let code = |text: Option<&str>| text.map_or_else(String::new, |text| format!("`{text}`"));
    let live = if key.change == Change::Live { "live" } else { "" };
    let cells = [
        code(Some(key.path)),
        (key.kind.form)().replace('|', "\\|"),
        code(key.default),
        code(key.short.as_ref().map(|short| short.name)),
        live.to_owned(),
        words(key.doc),
    ];
    format!("| {} |\n", cells.join(" | ")).replace("|  |", "| |").replace("|  |", "| |")
}

fn table() -> String {
    let rows: String = keys::all().map(row).collect();
    format!("| key | form | default | environment | changes | meaning |\n|---|---|---|---|---|---|\n{rows}")
}

#[test]
fn the_table_of_keys_in_the_readme_is_this_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{}{END}{after}", table())).unwrap();
        return;
    }
    assert!(found == table(), "run the test with UPDATE_EXPECT=1, which writes {}", path.display());
}
