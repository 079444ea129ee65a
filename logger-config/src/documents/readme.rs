//! The table of keys in the README, and those of the sections in the guide.

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

const HEAD: &str = "| key | form | default | environment | changes | meaning |\n|---|---|---|---|---|---|\n";

fn table() -> String {
    let rows: String = keys::all().map(row).collect();
    format!("{HEAD}{rows}")
}

/// A heading and a table for each section.
fn tables() -> String {
    let section = |key: &&Key| key.path.rsplit_once('.').map(|(section, _)| section);
    let keys: Vec<&Key> = keys::all().collect();
    let of_one = |keys: &[&Key]| {
        let title = section(&keys[0]).map_or_else(|| String::from("The whole"), |it| format!("`[{it}]`"));
        let rows: String = keys.iter().map(|key| row(key)).collect();
        format!("\n### {title}\n\n{HEAD}{rows}")
    };
    let tables: String = keys.chunk_by(|one, two| section(one) == section(two)).map(of_one).collect();
    tables + "\n"
}

/// Compares what stands between the comments of a document with what should; writes it where that is asked for.
fn check(document: &str, expected: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(BEGIN).unwrap();
    let (found, after) = rest.split_once(END).unwrap();
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, format!("{before}{BEGIN}{expected}{END}{after}")).unwrap();
        return;
    }
    assert!(found == expected, "run the test with UPDATE_EXPECT=1, which writes {}", path.display());
}

#[test]
fn the_table_of_keys_in_the_readme_is_this_one() {
    check("README.md", &table());
}

#[test]
fn the_tables_of_keys_in_the_guide_are_these() {
    check("../docs/src/configuration.md", &tables());
}
