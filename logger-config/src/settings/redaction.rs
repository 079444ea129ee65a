//! Which values are masked.

use crate::{given::Given, key::Typed, keys::redaction, layers::Layers, name::KeyNames, problem::Problem};

/// The keys whose values are masked, beside and without those of [`Redaction::default`](logger_core::Redaction::default).
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct RedactionSettings {
    /// Masked too.
    pub mask: Vec<String>,
    /// Not masked.
    pub keep: Vec<String>,
}

pub(super) fn redaction(layers: &mut Layers) -> RedactionSettings {
    let names = |list: &Typed<KeyNames>| layers.get(list).map(|it| it.0).unwrap_or_default();
    let settings = RedactionSettings { mask: names(&redaction::MASK), keep: names(&redaction::KEEP) };
    for name in settings.keep.iter().filter(|name| settings.mask.contains(name)) {
        let given: Given = name.as_str().into();
        let message = format!("{given} is in `redaction.mask` too; allowed is one of them");
        let key = redaction::KEEP.path;
        layers.put_problem(Problem::of(key, &layers.origin(key), message).with_given(&given));
    }
    settings
}
