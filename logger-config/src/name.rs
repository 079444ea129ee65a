//! Settings that are names: of the application, of the folder, of a file in it.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    setting::{Setting, refuse, refuse_kind},
};

/// The longest name, in bytes: a file system takes 255, and the number and ending of a rotated file need some.
const LONGEST: usize = 200;

/// The plain name of a file: what it is called in its folder, on every system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileName(pub(crate) String);

impl FileName {
    /// Whether a file system that ignores case could take the two for one.
    pub(crate) fn is_like(&self, other: &FileName) -> bool {
        self.0.to_lowercase() == other.0.to_lowercase()
    }

    /// Whether this is a name that files beside `other` get: `expert.log.1`, `expert.2026-01-31.log` and `expert.log.packing`
    /// are some of `expert.log`.
    pub(crate) fn is_backup_of(&self, other: &FileName) -> bool {
        let (name, other) = (self.0.to_lowercase(), other.0.to_lowercase());
        let has_digit = |rest: &str| rest.starts_with(|it: char| it.is_ascii_digit());
        if let Some(rest) = name.strip_prefix(&other).and_then(|rest| rest.strip_prefix('.')) {
            return has_digit(rest) || rest == "packing" || rest == "ballast";
        }
        let (stem, extension) = other.rsplit_once('.').unwrap_or((&other, ""));
        let rest = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('.'));
        let unpacked = rest.map(|rest| rest.trim_end_matches(".gz").trim_end_matches(".zst"));
        unpacked.is_some_and(|rest| has_digit(rest) && rest.ends_with(extension))
    }
}

impl Setting for FileName {
    const IS: &'static str = "a plain file name";

    fn allowed() -> String {
        format!(
            "is a name of 1 to {LONGEST} bytes without `/`, `\\`, `:` and control characters; the folder is `log_dir`"
        )
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        let special = |it: char| matches!(it, '/' | '\\' | ':') || it.is_control();
        // Windows drops spaces and dots at the end, so that the file would bear another name
        let strange_end = text.ends_with(['.', ' ']) || text.starts_with(' ');
        if text.is_empty() || text.len() > LONGEST || text.contains(special) || strange_end {
            return Err(refuse::<Self>(given));
        }
        Ok(FileName(text.clone()))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": LONGEST })
    }

    fn form() -> String {
        "file name".into()
    }
}

/// The folder of the files.
#[derive(Debug, Clone)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Setting for Folder {
    const IS: &'static str = "a folder";

    fn allowed() -> String {
        "is a path, absolute or from the working directory".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        if text.trim().is_empty() || text.contains('\0') {
            return Err(refuse::<Self>(given));
        }
        if text == "~" || text.starts_with("~/") {
            return Err(format!("{given} is not a folder: `~` is not expanded here; give the whole path"));
        }
        Ok(Folder(PathBuf::from(text)))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }

    fn form() -> String {
        "path".into()
    }

    /// Every character of a path counts, spaces at its ends too.
    fn from_environment(text: &str) -> Given {
        text.into()
    }
}

/// The name of the application.
#[derive(Debug, Clone)]
pub(crate) struct AppName(pub(crate) String);

impl Setting for AppName {
    const IS: &'static str = "a name";

    fn allowed() -> String {
        format!("is a text of 1 to {LONGEST} bytes without control characters")
    }

    fn read(given: &Given) -> Result<Self, String> {
        let Given::Text(text) = given else { return Err(refuse_kind::<Self>(given)) };
        if text.trim().is_empty() || text.len() > LONGEST || text.contains(char::is_control) {
            return Err(refuse::<Self>(given));
        }
        Ok(AppName(text.clone()))
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1, "maxLength": LONGEST })
    }

    fn form() -> String {
        "text".into()
    }
}

/// Names of keys of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyNames(pub(crate) Vec<String>);

/// The longest name of a key, in bytes: so much of a key a record keeps.
const LONGEST_KEY: usize = 128;

impl Setting for KeyNames {
    const IS: &'static str = "a list of keys";

    fn allowed() -> String {
        format!(
            "is a list such as `[\"iban\", \"client_code\"]`, or a text with commas between the keys; a key has a letter \
             or digit and at most {LONGEST_KEY} bytes"
        )
    }

    fn read(given: &Given) -> Result<Self, String> {
        let names = read_list::<Self>(given)?;
        let is_key = |name: &String| name.len() <= LONGEST_KEY && name.contains(char::is_alphanumeric);
        match names.iter().find(|name| !is_key(name)) {
            Some(wrong) => Err(refuse::<Self>(&wrong.as_str().into()).replacen("a list of keys", "a key", 1)),
            None => Ok(KeyNames(names)),
        }
    }

    fn schema() -> Json {
        list_schema()
    }

    fn form() -> String {
        "list of keys".into()
    }
}

/// Names of experts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpertNames(pub(crate) Vec<String>);

impl Setting for ExpertNames {
    const IS: &'static str = "a list of experts";

    fn allowed() -> String {
        "is a list such as `[\"MyEmaBot\", \"GridBot\"]`, or a text with commas between the names; at least one".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let names = read_list::<Self>(given)?;
        if names.is_empty() || names.iter().any(String::is_empty) {
            return Err(refuse::<Self>(given));
        }
        Ok(ExpertNames(names))
    }

    fn schema() -> Json {
        list_schema()
    }

    fn form() -> String {
        "list of names".into()
    }
}

/// Paths of modules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ModuleNames(pub(crate) Vec<String>);

/// Whether a text can be the path of a module, such as `my_bot::orders`.
pub(crate) fn is_module(text: &str) -> bool {
    let is_name = |name: &str| {
        let begins = name.starts_with(|it: char| it.is_alphabetic() || it == '_');
        begins && name.chars().all(|it| it.is_alphanumeric() || it == '_')
    };
    text.split("::").all(is_name)
}

impl Setting for ModuleNames {
    const IS: &'static str = "a list of modules";

    fn allowed() -> String {
        "is a list such as `[\"my_bot::orders\", \"my_bot::risk\"]`, or a text with commas between them; at least one"
            .into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        let names = read_list::<Self>(given)?;
        match names.iter().find(|name| !is_module(name)) {
            Some(wrong) => {
                Err(refuse::<Self>(&wrong.as_str().into()).replacen("a list of modules", "a module", 1))
            }
            None if names.is_empty() => Err(refuse::<Self>(given)),
            None => Ok(ModuleNames(names)),
        }
    }

    fn schema() -> Json {
        list_schema()
    }

    fn form() -> String {
        "list of modules".into()
    }
}

/// The texts of a list, or of a text with commas.
pub(crate) fn read_list<T: Setting>(given: &Given) -> Result<Vec<String>, String> {
    let texts: Vec<&str> = match given {
        Given::List(texts) => texts.iter().map(String::as_str).collect(),
        Given::Text(text) => text.split(',').collect(),
        Given::Other("a list") => return Err(refuse_kind::<T>(&Given::Other("a list of other things"))),
        _ => return Err(refuse_kind::<T>(given)),
    };
    Ok(texts.into_iter().map(|text| text.trim().to_owned()).collect())
}

pub(crate) fn list_schema() -> Json {
    json!({ "anyOf": [
        { "type": "array", "items": { "type": "string", "minLength": 1 } },
        { "type": "string", "minLength": 1 },
    ] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> FileName {
        FileName::read(&name.into()).unwrap()
    }

    #[test]
    fn a_file_name_never_leads_out_of_its_folder() {
        for name in
            ["", ".", "..", "../x", "a/b", "/etc/passwd", r"a\b", "C:x", "a\0b", "a\nb", "x.", "x ", " x"]
        {
            assert!(FileName::read(&name.into()).is_err(), "{name:?}");
        }
        for name in ["expert.log", ".hidden", "журнал.log", "a b", "..x"] {
            assert_eq!(file(name).0, name);
        }
    }

    #[test]
    fn a_file_name_leaves_room_for_the_number_of_a_backup() {
        assert!(FileName::read(&"x".repeat(200).into()).is_ok());
        assert!(FileName::read(&"x".repeat(201).into()).is_err());
    }

    #[test]
    fn names_that_one_file_could_bear_are_alike() {
        assert!(file("A.log").is_like(&file("a.LOG")));
        assert!(file("a.log.1").is_backup_of(&file("a.log")));
        assert!(file("A.log.12.gz").is_backup_of(&file("a.log")));
        for beside in ["a.2026-01-31.log", "a.2026-01-31.2.LOG.gz", "a.log.packing", "a.log.ballast"] {
            assert!(file(beside).is_backup_of(&file("a.log")), "{beside}");
        }
        for other in ["a.log", "a.old.log", "ab.2026-01-31.log", "a.log.old", "a.log1", "b.log.1"] {
            assert!(!file(other).is_backup_of(&file("a.log")), "{other}");
        }
    }

    #[test]
    fn a_home_that_nobody_expands_is_refused() {
        let message = Folder::read(&"~/logs".into()).unwrap_err();
        assert_eq!(message, "`~/logs` is not a folder: `~` is not expanded here; give the whole path");
        assert!(Folder::read(&"a~/logs".into()).is_ok());
    }

    #[test]
    fn an_empty_folder_or_application_name_is_refused() {
        for empty in ["", "  ", "\0"] {
            assert!(Folder::read(&empty.into()).is_err(), "{empty:?}");
            assert!(AppName::read(&empty.into()).is_err(), "{empty:?}");
        }
    }
}
