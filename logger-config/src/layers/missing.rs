//! What the layers say to drains that this build does not have.

use super::Layers;
use crate::{
    keys::{Built, DRAINS, DrainSection},
    problem::{Layer, Origin, Problem},
    setting::{Setting as _, Switch},
};

impl Layers {
    /// Adds a problem for every layer that speaks to a drain which this build does not have.
    ///
    /// A section whose `enabled` is false is passed over, so that builds with different features can share a file.
    /// Defaults and presets speak to the drains that there are.
    pub(crate) fn refuse_missing_drains(&mut self) {
        let missing = DRAINS.iter().filter(|drain| drain.built == Built::No && !self.is_off(drain));
        let problems: Vec<Problem> = missing.flat_map(|drain| self.refusals(drain)).collect();
        self.problems.extend(problems);
    }

    /// One problem for every layer that speaks to a drain, at the first place where it does.
    fn refusals(&self, drain: &DrainSection) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::new();
        for origin in self.spoken_to(drain) {
            match problems.iter_mut().find(|it| it.layer == origin.layer) {
                Some(problem) => problem.position = problem.position.min(origin.position),
                None => problems.push(Problem::of(drain.name, origin, drain.refusal())),
            }
        }
        problems
    }

    /// The origins, outside of defaults and presets, of all values in the section of a drain.
    fn spoken_to<'a>(&'a self, drain: &'a DrainSection) -> impl Iterator<Item = &'a Origin> {
        let keys = self.entries.iter().filter(|entry| drain.owns(&entry.path)).map(|entry| &entry.origin);
        keys.filter(|origin| !matches!(origin.layer, Layer::Default | Layer::Preset(_)))
    }

    fn is_off(&self, drain: &DrainSection) -> bool {
        let path = drain.switch();
        self.values(&path).next().and_then(|entry| Switch::read(&entry.given).ok()) == Some(Switch::Off)
    }
}
