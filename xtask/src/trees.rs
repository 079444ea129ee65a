//! What a crate brings along: a feature that is off costs no dependency, and core names no plugin.

use anyhow::bail;

use crate::{command, counts::Counts, steps::Ended, workspace};

/// A choice of features, and the packages that it must not bring along.
struct Rule {
    args: &'static [&'static str],
    without: &'static [&'static str],
}

const RULES: [Rule; 8] = [
    Rule {
        args: &["-p", "logger-core"],
        without: &[
            "logger-file",
            "logger-stderr",
            "logger-config",
            "slog-term",
            "slog-async",
            "reqwest",
            "tokio",
        ],
    },
    Rule {
        args: &["-p", "logger-file"],
        without: &["logger-stderr", "logger-config", "slog-term", "config"],
    },
    Rule { args: &["-p", "logger-stderr"], without: &["logger-file", "logger-config", "config"] },
    Rule {
        args: &["-p", "logger-config", "--no-default-features", "--features", "file"],
        without: &["logger-stderr", "slog-term", "reqwest"],
    },
    Rule {
        args: &["-p", "logger-config", "--no-default-features", "--features", "stderr"],
        without: &["logger-file", "reqwest"],
    },
    Rule {
        args: &["-p", "logger-config"],
        without: &["clap", "notify", "reqwest", "tokio", "flate2", "zstd", "jsonschema"],
    },
    Rule {
        args: &["-p", "logger-config", "--no-default-features", "--features", "cli"],
        without: &["logger-file", "slog-term", "notify", "saphyr-parser"],
    },
    Rule {
        args: &["-p", "logger-config", "--no-default-features", "--features", "reload"],
        without: &["logger-file", "slog-term", "clap", "saphyr-parser"],
    },
];

pub(crate) fn check(counts: &mut Counts) -> anyhow::Result<Ended> {
    let mut wrong = Vec::new();
    for rule in &RULES {
        let tree = ["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
        let tree = command::output(&mut workspace::cargo(tree.iter().chain(rule.args).copied()))?;
        let found = packages_of(&tree, rule.without);
        if found.is_empty() {
            counts.passed += 1;
        } else {
            counts.failed += 1;
            wrong.push(format!("`{}` brings {}", rule.args.join(" "), found.join(", ")));
        }
    }
    match wrong.is_empty() {
        true => Ok(Ended::Ok),
        false => bail!("{}", wrong.join("; ")),
    }
}

/// Which of the names stand in a tree, whose lines begin with a name.
fn packages_of<'n>(tree: &str, names: &[&'n str]) -> Vec<&'n str> {
    let in_tree = |name: &&str| tree.lines().any(|line| line.split(' ').next() == Some(name));
    names.iter().filter(|name| in_tree(name)).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_found_by_its_whole_name() {
        let tree = "logger-config v0.1.0 (/x)\nslog v2.8.2\nconfig-derive v1.0.0\nslog-term v2.9.2 (*)\n";
        assert_eq!(packages_of(tree, &["slog-term", "config", "slog"]), ["slog-term", "slog"]);
    }
}
