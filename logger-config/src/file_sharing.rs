//! Settings of files in a folder that several processes write to.

use serde_json::{Value as Json, json};

use crate::{
    given::Given,
    layers::Layers,
    name::FileName,
    setting::{Setting, Words, refuse, refuse_kind},
};

/// Who writes to the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileWriters {
    /// This process alone.
    One,
    /// Several processes with the same settings: they take turns, and end the files together.
    Several,
}

impl Words for FileWriters {
    const IS: &'static str = "a number of writers";
    const ALL: &'static [(&'static str, Self)] =
        &[("one", FileWriters::One), ("several", FileWriters::Several)];
}

/// What `{expert}` in the name of a file stands for: any text, which is cleaned.
#[derive(Debug, Clone)]
pub(crate) struct ExpertName(pub(crate) String);

impl Setting for ExpertName {
    const IS: &'static str = "a name";

    fn allowed() -> String {
        "is a text that is not empty".into()
    }

    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::Text(text) if text.trim().is_empty() => Err(refuse::<Self>(given)),
            Given::Text(text) => Ok(ExpertName(text.clone())),
            _ => Err(refuse_kind::<Self>(given)),
        }
    }

    fn schema() -> Json {
        json!({ "type": "string", "minLength": 1 })
    }

    fn form() -> String {
        "text".into()
    }
}

/// A placeholder that is unknown would be a part of the name as it is.
pub(crate) fn refuse_wrong_placeholders(names: &[(String, FileName)], layers: &mut Layers) {
    #[cfg(feature = "file")]
    for (key, name) in names {
        // what it stands for cannot make it wrong
        if let Err(error) = logger_file::OwnName::new(&name.0, "x") {
            let problem = crate::problem::Problem::of(key.as_str(), &layers.origin(key), error.to_string());
            layers.put_problem(problem.with_given(&name.0.as_str().into()));
        }
    }
    #[cfg(not(feature = "file"))]
    let _ = (names, layers);
}
