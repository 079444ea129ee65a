//! What a crate brings along: a feature that is off costs no dependency, and core names no plugin.

use anyhow::bail;

use crate::{command, config_features, counts::Counts, steps::Ended, workspace};

/// A choice of features, and the packages that it must not bring along.
struct Rule {
    args: &'static [&'static str],
    without: &'static [&'static str],
}

const RULES: [Rule; 3] = [
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
];

/// A package that `logger-config` brings along where some features are on, and nowhere else.
struct Brought {
    package: &'static str,
    /// Choices of features; one of them is enough.
    by: &'static [&'static [&'static str]],
}

const ALERTS: &[&[&str]] = &[&["alerts"], &["telegram"], &["discord"], &["webhook"]];

const BROUGHT: [Brought; 16] = [
    Brought { package: "logger-file", by: &[&["file"]] },
    Brought { package: "flate2", by: &[&["file", "gzip"]] },
    Brought { package: "zstd", by: &[&["file", "zstd"]] },
    Brought { package: "logger-stderr", by: &[&["stderr"]] },
    Brought { package: "slog-term", by: &[&["stderr"]] },
    Brought { package: "logger-telegram", by: ALERTS },
    Brought { package: "reqwest", by: ALERTS },
    Brought {
        package: "tokio",
        by: &[&["alerts"], &["telegram"], &["discord"], &["webhook"], &["metrics-http"]],
    },
    Brought { package: "logger-metrics", by: &[&["metrics-http"]] },
    // seals of lines, and signatures
    Brought { package: "hmac", by: &[&["file"], &["webhook"]] },
    Brought { package: "saphyr-parser", by: &[&["yaml"]] },
    Brought { package: "clap", by: &[&["cli"]] },
    Brought { package: "notify", by: &[&["reload"]] },
    Brought { package: "logger-bridge", by: &[&["log"], &["tracing"]] },
    Brought { package: "tracing-subscriber", by: &[&["tracing"]] },
    // for tests only
    Brought { package: "jsonschema", by: &[] },
];

pub(crate) fn check(counts: &mut Counts) -> anyhow::Result<Ended> {
    let mut wrong = Vec::new();
    for rule in &RULES {
        let found = packages_of(&tree(rule.args)?, rule.without);
        if found.is_empty() {
            counts.passed += 1;
        } else {
            counts.failed += 1;
            wrong.push(format!("`{}` brings {}", rule.args.join(" "), found.join(", ")));
        }
    }
    for set in sets(&config_features::features()?) {
        let features = set.join(",");
        let args = ["-p", "logger-config", "--no-default-features", "--features", &features];
        let names = BROUGHT.map(|it| it.package);
        let (found, expected) = (packages_of(&tree(&args)?, &names), brought_by(&set));
        if found == expected {
            counts.passed += 1;
        } else {
            counts.failed += 1;
            let list =
                |names: &[&str]| if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
            wrong.push(format!("`{features}` brings {}, not {}", list(&found), list(&expected)));
        }
    }
    match wrong.is_empty() {
        true => Ok(Ended::Ok),
        false => bail!("{}", wrong.join("; ")),
    }
}

/// None, each feature alone, the choices that bring something together, and all.
fn sets(features: &[String]) -> Vec<Vec<&str>> {
    let mut sets = vec![Vec::new(), features.iter().map(String::as_str).collect()];
    sets.extend(features.iter().map(|one| vec![one.as_str()]));
    let together = BROUGHT.iter().flat_map(|it| it.by).filter(|set| set.len() > 1);
    sets.extend(together.map(|set| set.to_vec()));
    sets
}

/// What a choice of features is to bring along.
fn brought_by(set: &[&str]) -> Vec<&'static str> {
    let is_chosen = |choice: &&[&str]| choice.iter().all(|feature| set.contains(feature));
    BROUGHT.iter().filter(|it| it.by.iter().any(is_chosen)).map(|it| it.package).collect()
}

fn tree(args: &[&str]) -> anyhow::Result<String> {
    let tree = ["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
    command::output(&mut workspace::cargo(tree.iter().chain(args).copied()))
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
    fn each_feature_is_looked_at_alone_and_with_what_it_does_nothing_without() {
        let features = ["file", "gzip", "log"].map(str::to_owned);
        let sets = sets(&features);
        for set in [&[][..], &["gzip"], &["log"], &["file", "gzip"], &["file", "zstd"]] {
            assert!(sets.iter().any(|it| it == set), "{set:?}");
        }
        assert_eq!(brought_by(&["gzip", "log"]), ["logger-bridge"]);
        assert_eq!(brought_by(&["gzip", "file"]), ["logger-file", "flate2", "hmac"]);
    }

    #[test]
    fn a_package_is_found_by_its_whole_name() {
        let tree = "logger-config v0.1.0 (/x)\nslog v2.8.2\nconfig-derive v1.0.0\nslog-term v2.9.2 (*)\n";
        assert_eq!(packages_of(tree, &["slog-term", "config", "slog"]), ["slog-term", "slog"]);
    }
}
