//! Which values are masked.

use crate::{
    given::Given, key::Typed, keys::redaction, layers::Layers, name::KeyNames, problem::Problem,
    secret_setting::SecretText,
};

/// What is masked, beside and without what [`Redaction::default`](logger_core::Redaction::default) masks.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct RedactionSettings {
    /// Masked too.
    pub mask: Vec<String>,
    /// Not masked.
    pub keep: Vec<String>,
    /// Masked in texts besides: name and regular expression.
    pub patterns: Vec<(String, String)>,
    /// Patterns of the default list that are not looked for.
    pub without_patterns: Vec<String>,
    /// Masked wherever they stand; shown as `***`.
    pub(crate) literals: Vec<SecretText>,
}

pub(super) fn redaction(layers: &mut Layers) -> RedactionSettings {
    let names = |list: &Typed<KeyNames>| layers.get(list).map(|it| it.0).unwrap_or_default();
    let patterns = layers.names("redaction.patterns").into_iter().filter_map(|name| {
        let pattern = layers.get_named(&redaction::PATTERNS, &name)?;
        Some((name, pattern.0))
    });
    let settings = RedactionSettings {
        mask: names(&redaction::MASK),
        keep: names(&redaction::KEEP),
        patterns: patterns.collect(),
        without_patterns: layers.get(&redaction::WITHOUT).map(|it| it.0).unwrap_or_default(),
        literals: layers.get(&redaction::LITERALS).map(|it| it.0).unwrap_or_default(),
    };
    for name in settings.keep.iter().filter(|name| settings.mask.contains(name)) {
        let given: Given = name.as_str().into();
        let message = format!("{given} is in `redaction.mask` too; allowed is one of them");
        let key = redaction::KEEP.path;
        layers.put_problem(Problem::of(key, &layers.origin(key), message).with_given(&given));
    }
    settings
}
