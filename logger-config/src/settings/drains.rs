//! The drains: those that are there by default and those that the configuration names.

mod conflicts;
mod target;

use logger_core::{Category, Level};

pub use self::target::{ConsoleSettings, DrainTarget, LogFileSettings};
use super::{FileSettings, is_built};
use crate::{
    drain_kind::DrainKind,
    keys::{console, drains},
    layers::Layers,
    nearest::nearest,
    path,
    problem::Problem,
    setting::{Setting as _, Switch},
};

/// The drains that are there by default, in the order in which they get a record.
pub(crate) const DEFAULT: [&str; 4] = ["general", "trades", "errors", "console"];
/// The one that gets every trade.
pub(crate) const TRADES: &str = "trades";

/// A drain of a running logger.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DrainSettings {
    /// Its name in reports and figures.
    pub name: String,
    /// Which records it gets.
    pub filter: FilterSettings,
    /// How many records may wait for it on a thread of its own; when they are that many, the newest is dropped and
    /// counted. `None`: it runs on the logger's worker.
    pub queue: Option<usize>,
    /// Where they go.
    pub target: DrainTarget,
}

/// Which records a drain gets.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct FilterSettings {
    /// At or above this level, whatever the logger's is; `None`: at or above the logger's level, also when that is
    /// changed at run time, or every trade where the category is that of trades.
    pub level: Option<Level>,
    /// Of this category; `None`: of all.
    pub category: Option<Category>,
    /// Of these experts; empty: of all.
    pub experts: Vec<String>,
    /// Of these modules and those below them; empty: of all.
    pub modules: Vec<String>,
}

/// `None` only beside a problem.
pub(super) fn drains(files: Option<&FileSettings>, layers: &mut Layers) -> Option<Vec<DrainSettings>> {
    let given = layers.names("drains");
    let further: Vec<&String> = given.iter().filter(|name| !DEFAULT.contains(&name.as_str())).collect();
    let mut drains = Vec::new();
    let mut names = Vec::new();
    for name in DEFAULT.iter().copied().chain(further.iter().map(|name| name.as_str())) {
        let Some(kind) = kind(name, layers) else { continue };
        conflicts::refuse_keys_of_other_kinds(name, kind, layers);
        if is_off(name, kind, files, layers)? {
            continue;
        }
        conflicts::refuse_filter_of_trades(name, layers);
        let target = match (kind, files) {
            (DrainKind::File, Some(files)) => target::file(name, files, layers, &mut names)?,
            (DrainKind::File, None) => continue,
            (DrainKind::Console, _) => target::console(name, layers)?,
        };
        drains.push(DrainSettings {
            name: name.to_owned(),
            filter: filter(name, layers),
            queue: queue(name, kind, layers)?,
            target,
        });
    }
    if files.is_some() {
        conflicts::refuse_shared_names(names, layers)?;
    }
    Some(drains)
}

/// The kind of a drain, or the problem with it.
fn kind(name: &str, layers: &mut Layers) -> Option<DrainKind> {
    let given = layers.get_named(&drains::KIND, name);
    let path = path::named(drains::KIND.path, name);
    let by_default = DrainKind::of_default(name);
    match (given, by_default) {
        (Some(given), Some(is)) if given != is => {
            layers.refuse(
                &path,
                format!(
                    "the drain `{name}` is there by default and is of another kind; allowed is another name"
                ),
            );
            None
        }
        (Some(kind), _) => match kind.missing_feature() {
            Some(feature) if !is_switched_off(name, layers) => {
                let message = format!("needs feature `{feature}`, which this build does not have");
                layers.refuse(&path, message);
                None
            }
            _ => Some(kind),
        },
        (None, Some(kind)) => Some(kind),
        (None, None) => {
            refuse_without_kind(name, layers);
            None
        }
    }
}

fn refuse_without_kind(name: &str, layers: &mut Layers) {
    let section = path::join("drains", name);
    let first = layers.entries().iter().find(|entry| crate::keys::is_below(&section, &entry.path));
    let Some(origin) = first.map(|entry| entry.origin.clone()) else { return };
    let near =
        nearest(name, DEFAULT).map(|near| format!("; the nearest that is there by default is `{near}`"));
    let message = format!("has no `kind`; allowed {}{}", DrainKind::allowed(), near.unwrap_or_default());
    layers.put_problem(Problem::of(section, &origin, message));
}

/// Whether the drain itself, or all of its kind, are turned off or not built.
fn is_off(name: &str, kind: DrainKind, files: Option<&FileSettings>, layers: &mut Layers) -> Option<bool> {
    let of_kind = match kind {
        DrainKind::File => files.is_none(),
        DrainKind::Console => layers.need(&console::ENABLED)? == Switch::Off || !is_built("console"),
    };
    Some(of_kind || is_switched_off(name, layers))
}

fn is_switched_off(name: &str, layers: &Layers) -> bool {
    layers.get_named(&drains::ENABLED, name) == Some(Switch::Off)
}

/// As given; what a drain that is there by default gets besides is added where it is wired.
fn filter(name: &str, layers: &Layers) -> FilterSettings {
    let level = layers.get_named(&drains::LEVEL, name);
    let by_default = match name {
        "errors" => Some(Level::Error),
        "console" => layers.get(&console::LEVEL),
        _ => None,
    };
    let category = layers.get_named(&drains::CATEGORY, name);
    FilterSettings {
        level: level.or(by_default),
        category: if name == TRADES { Some(Category::Trade) } else { category },
        experts: layers.get_named(&drains::EXPERTS, name).map(|it| it.0).unwrap_or_default(),
        modules: layers.get_named(&drains::MODULES, name).map(|it| it.0).unwrap_or_default(),
    }
}

fn queue(name: &str, kind: DrainKind, layers: &mut Layers) -> Option<Option<usize>> {
    let own = layers.get_named(&drains::QUEUE, name);
    Some(match (own, kind) {
        (Some(own), _) => Some(own.0 as usize),
        (None, DrainKind::Console) => Some(layers.need(&console::QUEUE)?.0 as usize),
        (None, DrainKind::File) => None,
    })
}
