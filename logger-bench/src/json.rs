//! The results as a file that a program can read.

use std::{fs, path::Path};

use anyhow::Context as _;
use serde_json::{Map, Value, json};

use crate::{
    goals::{self, Goal},
    machine::Machine,
    options::Options,
    plan::Scale,
    sample::{Case, Samples},
    stats::Spread,
    subject::Group,
    subjects,
};

/// Writes `latest.json`.
pub(crate) fn write(
    results: &Path,
    goals: &[Goal],
    samples: &Samples,
    options: &Options,
    machine: &Machine,
) -> anyhow::Result<()> {
    let mut root = Map::new();
    for parts in goals::by_id(goals) {
        root.insert(parts[0].id.to_owned(), of_goal(parts));
    }
    for group in [Group::Reference, Group::Ours, Group::Peer] {
        root.insert(group.name().to_owned(), of_group(samples, options.runs, group));
    }
    root.insert("machine".to_owned(), of_machine(machine, options));
    let path = results.join("latest.json");
    let text = serde_json::to_string_pretty(&root).context("a value that is no JSON")?;
    fs::write(&path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
}

/// The worst part of a goal, and all of them.
fn of_goal(parts: &[Goal]) -> Value {
    let worst = goals::worst(parts).unwrap_or(&parts[0]);
    let of_part = |goal: &Goal| {
        json!({
            "figure": goal.part, "value": goal.value.map(|it| rounded(it.median)), "goal": goal.limit,
            "min": goal.value.map(|it| rounded(it.min)), "max": goal.value.map(|it| rounded(it.max)),
            "unit": goal.unit, "met": goal.met(),
        })
    };
    json!({
        "value": worst.value.map(|it| rounded(it.median)), "goal": worst.limit, "unit": worst.unit,
        "met": goals::all_met(parts), "parts": parts.iter().map(of_part).collect::<Vec<_>>(),
    })
}

/// The figures of each subject: `{"ours": {"burst x1": {"p50": [median, min, max], …}, …}, …}`.
fn of_group(samples: &Samples, runs: usize, group: Group) -> Value {
    let mut subjects = Map::new();
    for row in subjects::all().filter(|row| row.group == group) {
        let mut cases = Map::new();
        for case in samples.cases().filter(|case| case.subject == row.name) {
            cases.insert(format!("{} x{}", case.mode.name(), case.threads), of_case(samples, runs, case));
        }
        if !cases.is_empty() {
            subjects.insert(row.name.to_owned(), cases.into());
        }
    }
    subjects.into()
}

fn of_case(samples: &Samples, runs: usize, case: &Case) -> Value {
    let mut figures = Map::new();
    for name in samples.figures(case) {
        if let Some(Spread { median, min, max }) =
            Spread::of(samples.of(case, runs, name).into_iter().flatten())
        {
            figures.insert(name.to_owned(), json!([rounded(median), rounded(min), rounded(max)]));
        }
    }
    figures.into()
}

fn of_machine(machine: &Machine, options: &Options) -> Value {
    let scale = match options.scale {
        Scale::Full => "full",
        Scale::Quick => "quick",
    };
    json!({
        "processor": machine.processor, "cores": machine.cores, "memory_gib": rounded(machine.memory_gib),
        "kernel": machine.kernel, "date": machine.date, "clock_step_ns": machine.clock_step,
        "runs": options.runs, "scale": scale,
    })
}

/// Four digits are more than a noisy machine gives.
fn rounded(value: f64) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let unit = 10_f64.powi(3 - value.abs().log10().floor() as i32);
    (value * unit).round() / unit
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goals::Bound;

    #[test]
    fn a_goal_has_the_value_of_its_worst_part() {
        let part = |median: Option<f64>| Goal {
            id: "P1",
            part: "a figure",
            value: median.map(|median| Spread { median, min: 1.0, max: 9.0 }),
            bound: Bound::AtMost,
            limit: 3.0,
            unit: "x limit_ring",
        };
        let value = of_goal(&[part(Some(2.0)), part(Some(4.56789))]);
        assert_eq!((&value["value"], &value["met"]), (&json!(4.568), &json!(false)));
        assert_eq!(value["parts"][0]["met"], json!(true));
        let open = of_goal(&[part(None)]);
        assert_eq!((&open["value"], &open["met"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn four_digits_are_left() {
        assert_eq!([1_234_567.0, 0.012_345_6, 0.0, 12.0].map(rounded), [1_235_000.0, 0.012_35, 0.0, 12.0]);
    }
}
