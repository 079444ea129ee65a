//! A secret that stands in a file of its own, as container runtimes and service managers hand it over.

use std::{io::Read as _, path::Path};

use super::Layers;
use crate::{
    given::Given,
    key::Key,
    keys::FILE_SUFFIX,
    problem::{Origin, Problem},
    sources::open,
};

/// A secret is shorter than this many bytes; a larger file is another one.
const LONGEST: u64 = 64 * 1024;

impl Layers {
    /// Adds the secret that stands in the file that `given` names, or the problem with it.
    pub(super) fn put_secret_file(&mut self, key: &'static Key, path: &str, given: &Given, origin: Origin) {
        match read(given) {
            Ok(secret) => {
                let path = path.strip_suffix(FILE_SUFFIX).unwrap_or(path).to_owned();
                let (before, entries) = (self.problems.len(), self.entries.len());
                self.put_one(key, path, secret.into(), origin);
                self.entries.iter_mut().skip(entries).for_each(|entry| entry.is_from_secret_file = true);
                // the problem is one of the file's content
                if let Some(problem) = self.problems.get_mut(before..).and_then(<[_]>::first_mut) {
                    problem.given = Some(given.clone());
                }
            }
            Err(message) => self.problems.push(Problem::of(path, &origin, message).with_given(given)),
        }
    }

    /// A secret and the file of it, both from one layer: which of them is the old one is not known.
    pub(super) fn refuse_second_secret(&mut self, key: &Key, path: &str, origin: &Origin) {
        let kind = std::mem::discriminant(&origin.layer);
        let twice = self.values(path).any(|entry| {
            let other = &entry.origin;
            std::mem::discriminant(&other.layer) == kind && !is_general_form_of_short(key, other, origin)
        });
        if twice {
            let message = format!("is given twice; allowed is the secret itself or `{path}{FILE_SUFFIX}`");
            self.problems.push(Problem::of(path, origin, message));
        }
    }
}

/// Whether two variables are the short name of a key and the general form, which wins over it, or two files.
fn is_general_form_of_short(key: &Key, earlier: &Origin, later: &Origin) -> bool {
    use crate::problem::Layer;
    match (&earlier.layer, &later.layer) {
        (Layer::Environment(short), Layer::Environment(general)) => {
            key.short.as_ref().is_some_and(|it| it.name == short) && *general == key.variable()
        }
        (Layer::File(one), Layer::File(other)) => one != other,
        _ => false,
    }
}

/// The content of the file, without the end of its last line.
fn read(given: &Given) -> Result<String, String> {
    let Given::Text(name) = given else {
        return Err(format!("{} is not the path of a file", given.with_kind()));
    };
    let mut text = String::new();
    let file = open(Path::new(name)).map_err(|error| format!("{given} cannot be read: {error}"))?;
    file.take(LONGEST + 1)
        .read_to_string(&mut text)
        .map_err(|error| format!("{given} cannot be read: {error}"))?;
    let secret = text.trim_end_matches(['\n', '\r']);
    match secret.len() as u64 {
        0 => Err(format!("{given} is empty; allowed is a file with the secret alone")),
        1..=LONGEST => Ok(secret.to_owned()),
        _ => Err(format!("{given} has more than 64 KiB; allowed is a file with the secret alone")),
    }
}
