//! Whether all is well, in one word and as JSON.

use serde_json::{Value, json};

use super::{DrainState, Health, QueuePlace, Stage};

/// Whether all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Condition {
    /// All records arrive where they belong.
    #[default]
    Ok,
    /// All records arrive where they belong, but a promise is weaker than it could be, or records were lost: the queue is on
    /// the heap though a folder was asked for, records wait in a spill or are counted as dropped, or what an earlier run has left
    /// is not written yet.
    Degraded,
    /// Records do not arrive where they belong: a drain or a target fails or hangs, the worker is lost, or the pipeline is shut down.
    Failing,
}

impl Condition {
    /// All of them.
    pub const ALL: [Condition; 3] = [Condition::Ok, Condition::Degraded, Condition::Failing];

    /// Its name in figures: lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Condition::Ok => "ok",
            Condition::Degraded => "degraded",
            Condition::Failing => "failing",
        }
    }
}

impl Health {
    /// Whether all is well.
    pub fn condition(&self) -> Condition {
        match (self.failures().is_empty(), self.weaknesses().is_empty()) {
            (false, _) => Condition::Failing,
            (true, false) => Condition::Degraded,
            (true, true) => Condition::Ok,
        }
    }

    /// What is behind [`Health::condition`], as one JSON object: `condition`, `reasons` in words, `stage`, `queue_place`,
    /// `drains` and `targets` with `name`, `state` and `last_error`, and the sums `accepted`, `written`, `dropped`, `pending`.
    pub fn to_json(&self) -> String {
        let total = self.total();
        let reasons: Vec<String> = self.failures().into_iter().chain(self.weaknesses()).collect();
        let part = |name: &str, state: DrainState, error: &Option<String>| json!({ "name": name, "state": state.as_str(), "last_error": error });
        let drains = self.drains.iter().map(|it| part(&it.name, it.state, &it.last_error));
        let targets = self.targets.iter().map(|it| part(&it.name, it.state, &it.last_error));
        json!({
            "condition": self.condition().as_str(),
            "reasons": reasons,
            "stage": self.stage.as_str(),
            "queue_place": self.queue_place.as_str(),
            "drains": drains.collect::<Vec<Value>>(),
            "targets": targets.collect::<Vec<Value>>(),
            "accepted": total.accepted,
            "written": total.written,
            "dropped": total.dropped.total(),
            "pending": total.pending,
        })
        .to_string()
    }

    fn failures(&self) -> Vec<String> {
        let stage = match self.stage {
            Stage::Open => None,
            Stage::Closing => Some("the logger is being shut down"),
            Stage::Closed => Some("the logger is shut down"),
            Stage::WorkerLost => Some("the worker of the logger is lost"),
        };
        let trouble = |what: &str, name: &str, state: DrainState| {
            (state != DrainState::Ok).then(|| format!("{what} `{name}` is {}", state.as_str()))
        };
        let drains = self.drains.iter().filter_map(|it| trouble("drain", &it.name, it.state));
        let targets = self.targets.iter().filter_map(|it| trouble("target", &it.name, it.state));
        stage.map(str::to_owned).into_iter().chain(drains).chain(targets).collect()
    }

    fn weaknesses(&self) -> Vec<String> {
        let lost = self.total().dropped.total() + self.late_lost;
        let spilled = self.trade_queue.spill_bytes + self.general_queue.spill_bytes;
        let postponed = self.recovered.postponed;
        let of_all = [
            (lost > 0).then(|| format!("{lost} records are lost")),
            (spilled > 0).then(|| format!("{spilled} bytes of records wait beside full queues")),
            (postponed > 0).then(|| format!("{postponed} earlier runs are not written yet")),
            (self.queue_place == QueuePlace::HeapInstead).then(|| {
                "a kill loses what is queued: the queue is on the heap instead of its folder".into()
            }),
        ];
        // each by itself: what two drains have lost may be one record, and one that is among those above
        let missed = |what: &str, name: &str, count: u64| {
            (count > 0).then(|| format!("{count} records did not reach {what} `{name}`"))
        };
        let drains = self.drains.iter().filter_map(|it| missed("drain", &it.name, it.dropped));
        let targets = self.targets.iter().filter_map(|it| missed("target", &it.name, it.lost));
        of_all.into_iter().flatten().chain(drains).chain(targets).collect()
    }
}

#[cfg(all(test, not(loom)))]
#[expect(clippy::unwrap_used, reason = "a test may")]
mod tests {
    use super::*;
    use crate::pipeline::health::{DrainHealth, TargetHealth};

    fn drain(name: &str, dropped: u64) -> DrainHealth {
        DrainHealth {
            name: name.into(),
            state: DrainState::Ok,
            delivered: 0,
            diverted: 0,
            dropped,
            panics: 0,
            last_error: None,
        }
    }

    #[track_caller]
    fn degraded(health: &Health, reasons: &[&str]) {
        assert_eq!(health.condition(), Condition::Degraded);
        let json: Value = serde_json::from_str(&health.to_json()).unwrap();
        assert_eq!(json["reasons"], json!(reasons));
    }

    #[test]
    fn each_weakness_degrades_the_condition_and_is_told_by_itself() {
        assert_eq!(Health::default().condition(), Condition::Ok);
        let mut health = Health::default();
        health.recovered.postponed = 2;
        degraded(&health, &["2 earlier runs are not written yet"]);
        let mut health = Health { late_lost: 1, ..Health::default() };
        health.trade.dropped.damaged = 2;
        health.general.dropped.over_budget = 4;
        degraded(&health, &["7 records are lost"]);
        let mut health = Health::default();
        health.trade_queue.spill_bytes = 10;
        health.general_queue.spill_bytes = 5;
        degraded(&health, &["15 bytes of records wait beside full queues"]);
        let mut health = Health::default();
        health.recovered.unreadable = 1;
        assert_eq!(health.condition(), Condition::Ok, "what is not ours is left alone");
    }

    #[test]
    fn a_record_that_neither_of_two_drains_took_is_one_record_that_is_lost() {
        let mut health = Health { drains: vec![drain("one", 3), drain("two", 3)], ..Health::default() };
        health.general.dropped.undelivered = 3;
        let of_drains = ["3 records did not reach drain `one`", "3 records did not reach drain `two`"];
        degraded(&health, &["3 records are lost", of_drains[0], of_drains[1]]);
        // others had them
        health.general.dropped.undelivered = 0;
        degraded(&health, &of_drains);
        let target = TargetHealth { name: "chat".into(), lost: 5, ..TargetHealth::default() };
        degraded(
            &Health { targets: vec![target], ..Health::default() },
            &["5 records did not reach target `chat`"],
        );
    }
}
