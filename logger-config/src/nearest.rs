//! Which of the known names a mistyped one may have meant.

use crate::{
    keys::{DRAINS, Named, all, find, is_below},
    path,
};

/// The known name that is nearest to a given one; `None` where all are too far away to be meant.
///
/// Case does not count. Up to a third of the letters may be wrong, at least one.
pub(crate) fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = given.to_lowercase();
    // the distance takes time by the product of the lengths; nobody mistypes that much
    if given.len() > 200 {
        return None;
    }
    let limit = (given.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&given, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// The message about a path that names nothing: the nearest path, or else what may stand there.
pub(crate) fn unknown_key(given: &str) -> String {
    match nearest_path(given) {
        Some(near) => format!("unknown key; the nearest is `{near}`"),
        None => {
            let section = given.rsplit_once('.').map_or("", |(section, _)| section);
            match find(section) {
                Named::Section => {
                    format!("unknown key; allowed in `{section}` are {}", children(section).join(", "))
                }
                _ => format!("unknown key; allowed at the top are {}", children("").join(", ")),
            }
        }
    }
}

/// The path of a key or section that a mistyped one may have meant: in full, or by its last part in another section.
fn nearest_path(given: &str) -> Option<String> {
    let known: Vec<String> = all().map(|key| with_names_of(key.path, given)).collect();
    let sections = children("").into_iter();
    // a section is no answer to a key in it
    let sections = sections.filter(|section| !is_below(section, given));
    let known = known.iter().map(String::as_str).chain(sections);
    nearest(given, known).map(str::to_owned).or_else(|| {
        let last = |path: &'static str| path.rsplit('.').next().unwrap_or(path);
        let name = given.rsplit('.').next().unwrap_or(given);
        let plain = || all().map(|key| key.path).filter(|path| !path.contains('*'));
        let near = nearest(name, plain().map(last))?;
        plain().find(|path| last(path) == near).map(str::to_owned)
    })
}

/// The path of a key, with the names of `given` where it has a `*`.
fn with_names_of(pattern: &str, given: &str) -> String {
    let names = path::segments(given).unwrap_or_default();
    let mut names = names.iter();
    let part = |part: &str| match (part, names.next()) {
        ("*", Some(name)) => name.clone(),
        (part, _) => part.to_owned(),
    };
    pattern.split('.').map(part).fold(String::new(), |path, part| match part.as_str() {
        "*" => format!("{path}.*"),
        part => path::join(&path, part),
    })
}

/// The names that may stand in a section; the empty path is the top.
fn children(section: &str) -> Vec<&'static str> {
    let depth = if section.is_empty() { 0 } else { path::segments(section).map_or(0, |it| it.len()) };
    let mut names: Vec<&str> = Vec::new();
    let drains = DRAINS.iter().map(|drain| drain.name).filter(|_| section.is_empty());
    let below = |key: &&'static crate::key::Key| {
        depth == 0
            || with_names_of(key.path, section)
                .strip_prefix(section)
                .is_some_and(|rest| rest.starts_with('.'))
    };
    let paths = all().filter(below).filter_map(|key| key.path.split('.').nth(depth));
    for name in paths.chain(drains) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 3] = ["files.max_size", "files.format", "level"];

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        for slip in ["files.max_sise", "file.max_size", "FILES.MAX_SIZE", "files.mxa_size", "files.maxsize"] {
            assert_eq!(nearest(slip, KNOWN), Some("files.max_size"), "{slip}");
        }
    }

    #[test]
    fn a_stranger_finds_none() {
        for stranger in ["", "x", "colour", &"files.max_size".repeat(100)] {
            assert_eq!(nearest(stranger, KNOWN), None, "{stranger}");
        }
    }

    #[test]
    fn an_unknown_key_is_answered_with_the_nearest_or_with_its_neighbours() {
        for (path, message) in [
            ("files.max_sise", "unknown key; the nearest is `files.max_size`"),
            ("fils", "unknown key; the nearest is `files`"),
            ("max_size", "unknown key; the nearest is `files.max_size`"),
            ("logging.backup_cont", "unknown key; the nearest is `files.backup_count`"),
            ("budget.x", "unknown key; allowed in `budget` are per_second, burst"),
            ("drains.audit.levle", "unknown key; the nearest is `drains.audit.level`"),
            ("level.experts.MyEmaBot", "unknown key; the nearest is `levels.experts.MyEmaBot`"),
            (
                "queue.zzz",
                "unknown key; allowed in `queue` are memory, trade_ring, general_ring, wait, spill, trade_wait, trade_spill, errors, error_wait, error_spill, general, general_wait, general_spill, debug_share",
            ),
            (
                "zzz.yyy",
                "unknown key; allowed at the top are app_name, level, log_dir, panics, backtraces, signals, signals_within, reload, levels, files, console, drains, queue, budget, redaction, reports, alerts, telegram, discord, webhook, slack, ntfy",
            ),
        ] {
            assert_eq!(unknown_key(path), message);
        }
    }
}
