//! A lane on virtual time: no thread, no network, no clock but the test's.

use logger_core::Level;
use reqwest::header::HeaderMap;
use url::Url;

use super::*;
use crate::{http::Method, testing::alert};

const SECOND: Duration = Duration::from_secs(1);

/// Answers what the test wants, and notes what it was told.
struct Fake {
    repeats: Repeats,
    buckets: Vec<Bucket>,
}

impl Service for Fake {
    fn secrets(&self) -> Vec<String> {
        vec!["s3cret".into()]
    }

    fn buckets(&self) -> Vec<Bucket> {
        self.buckets.clone()
    }

    fn account(&self) -> String {
        "fake".into()
    }

    fn identity(&self) -> String {
        self.account()
    }

    fn can_edit(&self) -> bool {
        self.repeats == Repeats::InPlace
    }

    fn request(&self, message: &Message<'_>, posted: Option<&str>) -> HttpRequest {
        let verb = if posted.is_some() { "edit" } else { "send" };
        let body = format!("{verb} {} ×{}", message.alert.kind, message.count);
        HttpRequest::json(Method::Post, &Url::parse("https://example.com/s3cret").unwrap(), body)
    }

    fn read(&self, answer: &Answer, _posted: Option<&str>) -> Outcome {
        match answer.status {
            200 => Outcome::Delivered { id: Some("1".into()), pause: None },
            429 => Outcome::RetryAfter { wait: SECOND * 30, scope: Scope::Account },
            500 => Outcome::Failed { why: "no s3cret".into() },
            400 => Outcome::Rejected { why: "bad".into() },
            404 => Outcome::CannotEdit,
            _ => Outcome::Stopped { why: "s3cret is wrong".into() },
        }
    }
}

struct Sim {
    lane: Lane,
    start: Instant,
    now: Instant,
    /// Second and body of each request.
    sent: Vec<(u64, String)>,
    effects: Vec<Effect>,
}

impl Sim {
    fn new(repeats: Repeats, buckets: Vec<Bucket>) -> Self {
        let windows = Windows { first: SECOND * 60, longest: SECOND * 900, edit: SECOND * 2 };
        let plan = Plan { windows, capacity: 1_000, report_every: SECOND * 60 };
        let lane = Lane::new("fake".into(), Box::new(Fake { repeats, buckets }), Role::Primary, plan);
        let start = Instant::now();
        Sim { lane, start, now: start, sent: Vec::new(), effects: Vec::new() }
    }

    fn add(&mut self, kind: u64, level: Level) {
        let effects = self.lane.add(&Bundle::one(alert(kind, level)), self.now);
        self.effects.extend(effects);
    }

    /// Goes on for so many seconds, all requests answered with what `status` says of their body.
    fn run(&mut self, seconds: u64, status: impl Fn(&str) -> u16) -> &mut Self {
        let until = self.now + SECOND * seconds as u32;
        loop {
            match self.lane.next(self.now, Timestamp::from_unix_nanos(0)) {
                Step::Send(shipment) => {
                    let body = shipment.request.body.clone();
                    self.sent.push(((self.now - self.start).as_secs(), body.clone()));
                    let answer =
                        Answer { status: status(&body), headers: HeaderMap::new(), body: Vec::new() };
                    let (now, wall) = (self.now, Timestamp::from_unix_nanos(0));
                    let effects = self.lane.answered(&shipment, Ok(answer), now, wall, Duration::ZERO);
                    self.effects.extend(effects);
                }
                Step::WaitUntil(at) if at <= until => self.now = at,
                Step::WaitUntil(_) | Step::Idle => {
                    self.now = until;
                    return self;
                }
            }
        }
    }

    fn sent(&mut self) -> Vec<(u64, String)> {
        std::mem::take(&mut self.sent)
    }
}

fn ok(_: &str) -> u16 {
    200
}

fn expected(sent: &[(u64, &str)]) -> Vec<(u64, String)> {
    sent.iter().map(|&(second, body)| (second, body.to_owned())).collect()
}

#[test]
fn a_storm_is_one_message_that_changes_ever_more_slowly_and_ends_exact() {
    let mut sim = Sim::new(Repeats::InPlace, Vec::new());
    for _ in 0..10 {
        for _ in 0..1_000 {
            sim.add(1, Level::Critical);
        }
        sim.run(1, ok);
    }
    sim.run(1_000, ok);
    let sent = sim.sent();
    assert_eq!(sent.len(), 4, "{sent:?}");
    assert_eq!(sent[0], (0, "send 1 ×1000".into()));
    assert_eq!(sent.last().unwrap(), &(14, "edit 1 ×10000".into()));
    let told: u64 =
        sim.effects.iter().map(|it| if let Effect::Told { count, .. } = it { *count } else { 0 }).sum();
    assert_eq!(told, 10_000);
}

#[test]
fn a_storm_that_goes_on_while_messages_are_on_their_way_is_told_ever_more_slowly_too() {
    let mut sim = Sim::new(Repeats::InPlace, Vec::new());
    let wall = Timestamp::from_unix_nanos(0);
    let (mut sent, mut edited) = (0, 0);
    for _ in 0..7_200 {
        sim.add(1, Level::Critical);
        if let Step::Send(shipment) = sim.lane.next(sim.now, wall) {
            if shipment.posted.is_some() {
                edited += 1
            } else {
                sent += 1
            }
            sim.add(1, Level::Critical);
            let answer = Answer { status: 200, headers: HeaderMap::new(), body: Vec::new() };
            let effects = sim.lane.answered(&shipment, Ok(answer), sim.now, wall, SECOND);
            sim.effects.extend(effects);
        }
        sim.now += SECOND;
    }
    // windows of 1, 2, 4, 8 and 15 minutes, each with a message and its changes after 2, 4, 8 … seconds
    assert!((8..16).contains(&sent) && edited < 120, "{sent} messages, {edited} changes");
}

#[test]
fn where_no_message_can_be_changed_a_window_ends_with_the_count_and_windows_double() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    for _ in 0..400 {
        sim.add(1, Level::Critical);
        sim.run(1, ok);
    }
    sim.run(2_000, ok);
    let seconds: Vec<u64> = sim.sent().iter().map(|it| it.0).collect();
    assert_eq!(seconds, [0, 60, 180, 420]);
    // nothing is known of it any more: the next one is a first one
    sim.add(1, Level::Critical);
    sim.run(1, ok);
    assert_eq!(sim.sent().len(), 1);
}

#[test]
fn a_storm_that_goes_on_is_a_new_message_each_window_so_that_somebody_hears_it() {
    let mut sim = Sim::new(Repeats::InPlace, Vec::new());
    for _ in 0..800 {
        sim.add(1, Level::Critical);
        sim.run(1, ok);
    }
    let sends: Vec<u64> = sim.sent().iter().filter(|it| it.1.starts_with("send")).map(|it| it.0).collect();
    assert_eq!(sends, [0, 60, 180, 420]);
}

#[test]
fn critical_comes_before_error_and_first_messages_before_counts() {
    let mut sim = Sim::new(Repeats::InPlace, vec![Bucket::new(1, SECOND * 10)]);
    sim.add(1, Level::Critical);
    sim.run(1, ok);
    sim.add(1, Level::Critical);
    sim.add(2, Level::Error);
    sim.add(3, Level::Error);
    sim.add(4, Level::Critical);
    sim.run(100, ok);
    let order =
        [(0, "send 1 ×1"), (10, "send 4 ×1"), (20, "send 2 ×1"), (30, "send 3 ×1"), (40, "edit 1 ×2")];
    assert_eq!(sim.sent(), expected(&order));
}

#[test]
fn nothing_is_sent_before_a_wait_is_over_and_the_account_is_told() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(0, |_| 429);
    sim.add(2, Level::Critical);
    sim.run(100, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (30, "send 1 ×1"), (30, "send 2 ×1")]));
    assert!(sim.effects.contains(&Effect::HoldAccount(sim.start + SECOND * 30)));
}

#[test]
fn an_outage_is_tried_ever_more_slowly_and_costs_nothing() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    for kind in 0..50 {
        sim.add(kind, Level::Critical);
    }
    sim.run(600, |_| 500);
    let attempts = sim.sent().len();
    // at most one after each full pause, which is 30 s on average at the end
    assert!((10..80).contains(&attempts), "{attempts}");
    let failing =
        sim.effects.iter().filter(|it| matches!(it, Effect::Event(AlertEvent::Failing { .. }))).count();
    assert!((2..=10).contains(&failing), "once a minute: {failing}");
    assert!(!format!("{:?}{:?}", sim.effects, sim.lane.health).contains("s3cret"));
    sim.run(120, ok);
    let sent = sim.sent();
    // what was tried most often comes last, but for that in their order
    assert_eq!(sent.len(), 50);
    assert!(sim.effects.iter().any(|it| matches!(it, Effect::Event(AlertEvent::Works { .. }))));
    assert_eq!((sim.lane.health.told, sim.lane.health.state), (50, TargetState::Ok));
}

#[test]
fn one_message_that_always_fails_does_not_hold_the_others_up_for_ever() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.add(2, Level::Critical);
    sim.run(3_600, |body| if body.starts_with("send 1 ") { 500 } else { 200 });
    assert!(sim.sent().iter().any(|it| it.1 == "send 2 ×1"));
}

#[test]
fn a_message_that_cannot_be_changed_any_more_is_sent_anew() {
    let mut sim = Sim::new(Repeats::InPlace, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(1, ok);
    sim.add(1, Level::Critical);
    sim.run(10, |body| if body.starts_with("edit") { 404 } else { 200 });
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (2, "edit 1 ×2"), (2, "send 1 ×2")]));
}

#[test]
fn what_is_said_again_after_a_failure_is_said_in_the_same_words() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(0, |_| 500);
    sim.add(1, Level::Critical);
    sim.run(100, ok);
    let bodies: Vec<String> = sim.sent().into_iter().map(|it| it.1).collect();
    assert_eq!(bodies, ["send 1 ×1", "send 1 ×1", "send 1 ×2"]);
}

#[test]
fn a_stop_is_final_and_what_waits_is_not_told_as_delivered() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(10, |_| 401);
    sim.add(2, Level::Critical);
    sim.run(1_000, ok);
    assert_eq!(sim.sent().len(), 1);
    let stopped = Effect::Event(AlertEvent::Stopped { target: "fake".into(), error: "*** is wrong".into() });
    assert_eq!(sim.effects, [stopped]);
    assert_eq!(sim.lane.health.waiting, 2);
}
