//! Settings of drains that contradict each other.

use super::{LogFileSettings, TRADES};
use crate::{
    drain_kind::DrainKind,
    file_setting::{FileSeal, FileTrades},
    file_sharing::{FileWriters, refuse_wrong_placeholders},
    keys::{drains, files, is_below, reports},
    layers::Layers,
    name::FileName,
    path,
    problem::Problem,
    setting::{FileFormat, name_of},
    settings::FileSettings,
};

/// A key that a drain of this kind does not have.
pub(super) fn refuse_keys_of_other_kinds(name: &str, kind: DrainKind, layers: &mut Layers) {
    let section = path::join("drains", name);
    let is = name_of(kind);
    let wrong = |entry: &&crate::layers::Entry| {
        is_below(&section, &entry.path) && !entry.key.kinds.is_empty() && !entry.key.kinds.contains(&is)
    };
    let problems = layers.entries().iter().filter(wrong).map(|entry| {
        let message = format!(
            "has no effect on a {is}, which `{name}` is; it is for a {}",
            entry.key.kinds.join(" and a ")
        );
        Problem::of(entry.path.as_str(), &entry.origin, message)
    });
    for problem in problems.collect::<Vec<_>>() {
        layers.put_problem(problem);
    }
}

/// `trades.log` has every trade.
pub(super) fn refuse_filter_of_trades(name: &str, layers: &mut Layers) {
    if name != TRADES {
        return;
    }
    for key in [drains::LEVEL.path, drains::CATEGORY.path, drains::EXPERTS.path, drains::MODULES.path] {
        let key = path::named(key, name);
        if layers.rank(&key).is_some() {
            layers.refuse(&key, "the drain `trades` gets every trade and nothing else; allowed is another drain with `category = \"trade\"`");
        }
    }
}

/// Seals where others may write to the file or delete its backups, or where a line has no place for one.
pub(super) fn refuse_seal(
    name: &str,
    file_name: &FileName,
    file: &LogFileSettings,
    files: &FileSettings,
    layers: &mut Layers,
) {
    if file.seal == FileSeal::None {
        return;
    }
    let own = path::named(drains::SEAL.path, name);
    let key = if layers.rank(&own).is_some() { own } else { files::SEAL.path.to_owned() };
    let no_key = file.seal == FileSeal::Key && files.seal_key.is_none();
    let reasons = [
        (file.format != FileFormat::Json, "lines have seals in `format` json only"),
        (
            file.writers == FileWriters::Several,
            "several writers of one file cannot seal its lines; allowed is `files.writers` one",
        ),
        (
            file_name.0.contains("{pid}"),
            "the files of each process go when others say so; allowed is a name without `{pid}`",
        ),
        (
            files.folder_size.is_some() && (name != TRADES || files.folder_trades == FileTrades::GoLast),
            "`files.folder_size` deletes files of one log for another; allowed is `max_total` for each",
        ),
        (no_key, "there is no `files.seal_key` to seal with"),
    ];
    // what is wrong with all files is said of the first
    let is_said = layers.problems().iter().any(|problem| problem.key.as_ref() == Some(&key));
    for (_, reason) in reasons.iter().filter(|(wrong, _)| *wrong && !is_said) {
        let message = format!("{reason} (drain `{name}`)");
        layers.refuse(&key, message);
    }
}

/// Two drains that write, rotate and delete one file would destroy each other's records.
pub(super) fn refuse_shared_names(mut names: Vec<(String, FileName)>, layers: &mut Layers) -> Option<()> {
    let at = names.len().min(3);
    names.insert(at, (reports::FILE.path.to_owned(), layers.need(&reports::FILE)?));
    refuse_wrong_placeholders(&names, layers);
    for (index, one) in names.iter().enumerate() {
        for other in names.iter().take(index) {
            // the later layer made the conflict; the default was there before
            let earlier_first = layers.rank(&other.0) <= layers.rank(&one.0);
            let ((key, name), other) = if earlier_first { (one, other) } else { (other, one) };
            if let Some(message) = conflict(name, other) {
                let problem = Problem::of(key.as_str(), &layers.origin(key), message);
                layers.put_problem(problem.with_given(&name.0.as_str().into()));
            }
        }
    }
    Some(())
}

fn conflict(name: &FileName, (other_key, other): &(String, FileName)) -> Option<String> {
    let own = "every file needs a name of its own";
    let (this, that) = (&name.0, &other.0);
    if name.is_like(other) {
        Some(format!("`{this}` is the name of `{other_key}` too; {own}"))
    } else if name.is_backup_of(other) {
        Some(format!("`{this}` is what a full `{that}`, the name of `{other_key}`, is renamed to; {own}"))
    } else if other.is_backup_of(name) {
        Some(format!("a full `{this}` is renamed to `{that}`, the name of `{other_key}`; {own}"))
    } else {
        None
    }
}
