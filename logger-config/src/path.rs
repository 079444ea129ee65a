//! Paths of keys: `files.max_size`, `levels.experts."My Bot"`.

/// The path of a key in a section. A key that is not made of letters, digits, `_`, `-` and `:` is quoted, so that a dot in
/// it does not lead into another section and a line break in it does not break a message.
pub(crate) fn join(section: &str, key: &str) -> String {
    let plain =
        !key.is_empty() && key.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '-' | ':'));
    let key = match plain {
        true => key.to_owned(),
        false => format!("{key:?}"),
    };
    if section.is_empty() { key } else { format!("{section}.{key}") }
}

/// The parts of a path, quotes taken off; `None` where a quote is not closed or not opened where a part begins.
pub(crate) fn segments(path: &str) -> Option<Vec<String>> {
    let mut segments = Vec::new();
    let mut rest = path;
    loop {
        let (segment, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_segment(quoted)?,
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                (rest[..end].to_owned(), &rest[end..])
            }
        };
        segments.push(segment);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(segments),
            None => return None,
        }
    }
}

/// A part up to its closing quote, and what comes after it. Only what [`join`] escapes is understood in full; of other
/// escapes the character after the backslash is taken.
fn quoted_segment(text: &str) -> Option<(String, &str)> {
    let mut segment = String::new();
    let mut chars = text.char_indices();
    while let Some((at, it)) = chars.next() {
        match it {
            '"' => return Some((segment, &text[at + 1..])),
            '\\' => segment.push(match chars.next()?.1 {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                other => other,
            }),
            other => segment.push(other),
        }
    }
    None
}

/// Whether a path is one of a pattern, in which `*` stands for a name.
pub(crate) fn matches(pattern: &str, segments: &[String]) -> bool {
    let mut parts = pattern.split('.');
    let fits = segments.iter().all(|segment| parts.next().is_some_and(|part| part == "*" || part == segment));
    fits && parts.next().is_none()
}

/// A pattern with its `*` replaced by a name.
pub(crate) fn named(pattern: &str, name: &str) -> String {
    pattern.split('.').fold(String::new(), |path, part| join(&path, if part == "*" { name } else { part }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_apart_as_it_was_put_together() {
        for names in
            [&["a"][..], &["drains", "x", "level"], &["levels", "my::mod"], &["a.b", "c\"d", "e\nf\\g"]]
        {
            let path = names.iter().fold(String::new(), |path, name| join(&path, name));
            assert_eq!(segments(&path).unwrap(), names, "{path}");
        }
        assert_eq!(segments("a.\"b"), None);
        assert_eq!(segments("\"a\"b"), None);
        assert_eq!(segments("a."), Some(vec!["a".into(), String::new()]));
    }

    #[test]
    fn a_star_stands_for_one_name() {
        let fits = |pattern, path| matches(pattern, &segments(path).unwrap());
        assert!(fits("drains.*.level", "drains.x.level") && fits("a.b", "a.b"));
        assert!(!fits("drains.*.level", "drains.level") && !fits("drains.*", "drains.x.level"));
        assert!(fits("levels.experts.*", "levels.experts.\"a.b\""));
        assert_eq!(named("levels.experts.*", "a.b"), "levels.experts.\"a.b\"");
    }
}
