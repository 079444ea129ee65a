//! A lane on virtual time: no thread, no network, no clock but the test's.

use std::cell::Cell;

use logger_core::Level;
use reqwest::header::HeaderMap;
use url::Url;

use super::*;
use crate::{
    alert::Alert,
    engine::backoff,
    event::AlertEvent,
    http::{Answer, Method},
    target::{Outcome, Pause, Scope},
    testing::alert,
    text::Form,
};

mod together; // several alerts in one message

const SECOND: Duration = Duration::from_secs(1);

/// Answers what the test wants, and notes what it was told.
struct Fake {
    repeats: Repeats,
    buckets: Vec<Bucket>,
    identity: String,
    account: String,
    most_together: usize,
    secret: String,
    url: Url,
    /// Messages so far.
    messages: Cell<u32>,
}

impl Fake {
    fn new(repeats: Repeats, buckets: Vec<Bucket>) -> Self {
        let url = Url::parse("https://example.com/s3cret").unwrap();
        let (identity, account) = ("fake".into(), "fake".into());
        Fake {
            repeats,
            buckets,
            identity,
            account,
            most_together: 1,
            secret: "s3cret".into(),
            url,
            messages: Cell::new(0),
        }
    }
}

impl Service for Fake {
    fn secrets(&self) -> Vec<String> {
        vec![self.secret.clone()]
    }

    fn buckets(&self) -> Vec<Bucket> {
        self.buckets.clone()
    }

    fn account(&self) -> String {
        self.account.clone()
    }

    fn address(&self) -> &Url {
        &self.url
    }

    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn can_edit(&self) -> bool {
        self.repeats == Repeats::InPlace
    }

    fn most_together(&self) -> usize {
        self.most_together
    }

    fn request(&self, messages: &[Message<'_>], posted: Option<&str>) -> HttpRequest {
        let verb = if posted.is_some() { "edit" } else { "send" };
        let form = if messages[0].form == Form::Bare { "bare " } else { "" };
        let said = messages.iter().map(|it| format!("{} ×{}", it.alert.kind, it.count)).collect::<Vec<_>>();
        let body = format!("{form}{verb} {}", said.join(", "));
        HttpRequest::json(Method::Post, &self.url, body)
    }

    fn read(&self, answer: &Answer, posted: Option<&str>) -> Outcome {
        let id = || {
            self.messages.set(self.messages.get() + 1);
            Some(posted.map_or_else(|| self.messages.get().to_string(), str::to_owned))
        };
        match answer.status {
            200 => Outcome::Delivered { id: id(), pause: Pause::None },
            201 => Outcome::Delivered { id: id(), pause: Pause::All(SECOND * 7) },
            202 => Outcome::Delivered { id: id(), pause: Pause::Repeats(SECOND * 7) },
            429 => Outcome::RetryAfter { wait: SECOND * 30, scope: Scope::Account },
            500 => Outcome::Failed { why: format!("no {}", self.secret) },
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
    /// When requests were made, and when the last one was answered.
    times: Vec<Instant>,
    now_when_last_answered: Instant,
}

impl Sim {
    fn new(repeats: Repeats, buckets: Vec<Bucket>) -> Self {
        let windows = Windows { first: SECOND * 60, longest: SECOND * 900, edit: SECOND * 2 };
        let plan = Plan { windows, capacity: 1_000, report_every: SECOND * 60 };
        let lane = Lane::new("fake".into(), Box::new(Fake::new(repeats, buckets)), Role::Primary, plan);
        let start = Instant::now();
        let (sent, effects, times) = (Vec::new(), Vec::new(), Vec::new());
        Sim { lane, start, now: start, sent, effects, times, now_when_last_answered: start }
    }

    fn add(&mut self, kind: u64, level: Level) {
        let effects = self.lane.add(&Bundle::one(alert(kind, level)), self.now);
        self.effects.extend(effects);
    }

    /// Goes on for so many seconds, all requests answered with what `status` says of their body.
    fn run(&mut self, seconds: u64, mut status: impl FnMut(&str) -> u16) -> &mut Self {
        self.run_slowly(seconds, |body| (status(body), Duration::ZERO))
    }

    /// The same with answers that take their time.
    fn run_slowly(&mut self, seconds: u64, mut answer: impl FnMut(&str) -> (u16, Duration)) -> &mut Self {
        let until = self.now + SECOND * seconds as u32;
        loop {
            match self.lane.next(self.now, Timestamp::from_unix_nanos(0)) {
                Step::Send(shipment) => {
                    let body = shipment.request.body.clone();
                    self.sent.push(((self.now - self.start).as_secs(), body.clone()));
                    self.times.push(self.now);
                    let (status, took) = answer(&body);
                    self.now += took;
                    self.now_when_last_answered = self.now;
                    let answer = Answer { status, headers: HeaderMap::new(), body: Vec::new() };
                    let (now, wall) = (self.now, Timestamp::from_unix_nanos(0));
                    let effects = self.lane.answered(&shipment, Ok(answer), now, wall, took);
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
    assert_eq!(sim.lane.health().waiting, 2);
}

#[test]
fn one_message_that_always_fails_lets_the_others_pass_after_a_few_attempts() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.add(2, Level::Critical);
    sim.run(3_600, |body| if body.starts_with("send 1 ") { 500 } else { 200 });
    let kinds: Vec<String> = sim.sent().into_iter().map(|it| it.1.replace(" ×1", "")).collect();
    let failed = vec!["send 1"; MANY_TRIES as usize];
    assert_eq!(kinds[..MANY_TRIES as usize], failed);
    assert_eq!(kinds[MANY_TRIES as usize], "send 2");
    // it is still tried, and nothing else is sent again
    assert!(
        kinds.len() > 20 && kinds[MANY_TRIES as usize + 1..].iter().all(|it| it == "send 1"),
        "{kinds:?}"
    );
    assert_eq!((sim.lane.health.told, sim.lane.health.dead), (1, 0));
}

#[test]
fn the_first_of_a_kind_leaves_at_once_however_it_is_repeated() {
    for repeats in [Repeats::Anew, Repeats::InPlace] {
        let mut sim = Sim::new(repeats, vec![Bucket::new(1, SECOND)]);
        sim.add(1, Level::Critical);
        assert!(matches!(sim.lane.next(sim.now, Timestamp::from_unix_nanos(0)), Step::Send(_)));
    }
}

#[test]
fn an_error_and_a_stall_cost_a_short_pause_and_the_stall() {
    for round in 0..500 {
        // some services take one message a second, those that fail included
        let (buckets, pause) = match round % 2 {
            0 => (Vec::new(), backoff::FIRST),
            _ => (vec![Bucket::new(1, SECOND)], SECOND),
        };
        let mut sim = Sim::new(Repeats::Anew, buckets);
        sim.add(1, Level::Critical);
        let mut answers = [(500, Duration::ZERO), (200, SECOND * 2)].into_iter();
        sim.run_slowly(60, |_| answers.next().unwrap());
        let delay = sim.now_when_last_answered - sim.start;
        assert!(delay <= SECOND * 2 + pause, "{delay:?}");
        assert_eq!((sim.sent().len(), sim.lane.health.sent), (2, 1));
    }
}

#[test]
fn ten_thousand_in_ten_seconds_are_two_messages_where_none_can_be_changed() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(0, ok);
    for _ in 1..10_000 {
        sim.add(1, Level::Critical);
    }
    sim.run(10, ok).run(1_000, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (60, "send 1 ×10000")]));
}

#[test]
fn fifty_different_alerts_through_a_storm_of_waits_are_each_delivered_once() {
    // as Telegram has it: one a second, twenty a minute
    let mut sim = Sim::new(Repeats::InPlace, vec![Bucket::new(1, SECOND), Bucket::new(20, SECOND * 60)]);
    for kind in 0..50 {
        sim.add(kind, Level::Critical);
    }
    let (mut at, mut delivered) = (0, Vec::new());
    sim.run(3_600, |body| {
        at += 1;
        if at % 4 == 1 {
            return 429;
        }
        delivered.push(body.to_owned());
        200
    });
    let order: Vec<String> = (0..50).map(|kind| format!("send {kind} ×1")).collect();
    assert_eq!(delivered, order);
    let sent = sim.sent();
    for (at, pair) in sent.windows(2).enumerate() {
        let wait = if at % 4 == 0 { 30 } else { 1 };
        assert!(pair[1].0 >= pair[0].0 + wait, "{at}: {pair:?}");
    }
    let health = &sim.lane.health();
    assert_eq!(
        (health.sent, health.limited, health.retried, health.dead),
        (50, sent.len() as u64 - 50, sent.len() as u64 - 50, 0)
    );
}

#[test]
fn after_a_failure_the_pauses_are_within_bounds_that_double() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(3_600, |_| 500);
    let times = std::mem::take(&mut sim.times);
    for (at, pair) in times.windows(2).enumerate() {
        let bound = (backoff::FIRST * (1 << at.min(8))).min(SECOND * 60);
        assert!(pair[1] - pair[0] <= bound, "{at}: {:?}", pair[1] - pair[0]);
    }
    assert!((60..600).contains(&times.len()), "a minute at most, half of it as a rule: {}", times.len());
}

#[test]
fn a_first_one_finds_room_however_many_others_are_repeated() {
    // as a group of Telegram has it
    let mut sim = Sim::new(Repeats::InPlace, vec![Bucket::new(1, SECOND), Bucket::new(20, SECOND * 60)]);
    let storm = |sim: &mut Sim| (0..8).for_each(|kind| sim.add(kind, Level::Critical));
    let mut waits = Vec::new();
    for round in 0..600 {
        storm(&mut sim);
        if round % 20 == 19 {
            // another one, in the midst of them
            let (kind, since) = (1_000 + round, sim.now);
            sim.add(kind, Level::Critical);
            let body = format!("send {kind} ×1");
            sim.run(1, ok);
            let at = sim.sent.iter().position(|it| it.1 == body);
            waits.push(at.map(|at| sim.times[at] - since));
        } else {
            sim.run(1, ok);
        }
    }
    // the wait between two messages, and nothing besides
    assert!(waits.iter().all(|it| it.is_some_and(|it| it <= SECOND)), "{waits:?}");
    // of 8 kinds, and 30 that came in between
    let repeats = sim.sent.len() - 38;
    assert!(repeats > 60, "repeats are told all the same: {repeats}");
}

#[test]
fn the_last_message_that_a_service_has_room_for_is_kept_for_a_first_one() {
    let mut sim = Sim::new(Repeats::InPlace, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(0, |_| 202);
    sim.add(1, Level::Critical);
    sim.run(3, ok);
    sim.add(2, Level::Critical);
    sim.run(20, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (3, "send 2 ×1"), (7, "edit 1 ×2")]));
}

#[test]
fn at_the_end_of_the_program_counts_take_all_the_room_that_there_is() {
    let mut sim = Sim::new(Repeats::InPlace, vec![Bucket::new(4, SECOND * 60)]);
    for kind in [1, 2] {
        sim.add(kind, Level::Critical);
    }
    sim.run(0, |_| 202);
    for kind in [1, 2] {
        sim.add(kind, Level::Critical);
    }
    sim.lane.close();
    sim.run(8, ok);
    let order = [(0, "send 1 ×1"), (0, "send 2 ×1"), (0, "edit 1 ×2"), (0, "edit 2 ×2")];
    assert_eq!(sim.sent(), expected(&order));
}

#[test]
fn a_pause_that_a_service_wants_after_a_message_is_made() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.add(2, Level::Critical);
    sim.run(100, |body| if body.starts_with("send 1 ") { 201 } else { 200 });
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (7, "send 2 ×1")]));
    // also by the other targets of the place
    assert!(sim.effects.contains(&Effect::HoldPlace(sim.start + SECOND * 7)));
}

#[test]
fn no_change_in_place_is_in_the_delays() {
    let mut sim = Sim::new(Repeats::InPlace, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(1, ok);
    sim.add(1, Level::Critical);
    sim.run(10, ok);
    let health = &sim.lane.health();
    assert_eq!((health.sent, health.edited, health.delay.count()), (1, 1, 1), "{health:?}");
}

#[test]
fn at_the_end_of_the_program_a_target_that_does_not_listen_is_not_waited_for() {
    let end = |status: u16, seconds: u64| {
        let mut sim = Sim::new(Repeats::Anew, Vec::new());
        sim.add(1, Level::Critical);
        sim.run(seconds, |_| status);
        sim.lane.has_given_up(sim.now + SECOND * 5)
    };
    assert!(!end(500, 0), "one failure is none");
    assert!(end(500, 60), "many are");
    assert!(end(401, 0), "stopped");
    assert!(end(429, 0), "a wait of 30 s");
    assert!(!end(429, 27), "which is over in time");
    assert!(end(200, 0), "all is said");
}

#[test]
fn what_is_lost_is_told_once_an_interval_with_what_was_lost_so_far() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.lane.plan.capacity = 2;
    for kind in 0..10 {
        sim.add(kind, Level::Critical);
    }
    sim.now += SECOND * 60;
    sim.add(10, Level::Critical);
    let dropped = |it: &Effect| match it {
        Effect::Event(AlertEvent::Dropped { alerts, .. }) => Some(*alerts),
        _ => None,
    };
    assert_eq!(sim.effects.iter().filter_map(dropped).collect::<Vec<_>>(), [1, 9]);
    // nobody waits for them any more, nor does the spool
    let told = sim.effects.iter().filter(|it| matches!(it, Effect::Told { count: 1, .. })).count();
    assert_eq!(told, 9);
    assert_eq!(sim.lane.health.dead, 9);
}

#[test]
fn what_may_have_been_heard_gives_way_to_nothing() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.lane.plan.capacity = 1;
    sim.add(1, Level::Error);
    sim.run(0, |_| 500);
    sim.add(2, Level::Critical);
    sim.run(60, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (0, "send 1 ×1")]));
    assert_eq!(sim.lane.health.dead, 1);
}

#[test]
fn an_alert_for_others_is_none_and_nobody_waits_for_it() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    let mut other = alert(1, Level::Critical);
    other.delivery.targets = Some(["other".to_owned()].into());
    let effects = sim.lane.add(&Bundle { count: 3, ..Bundle::one(other) }, sim.now);
    assert_eq!(effects, [Effect::Told { kind: 1, count: 3 }]);
    sim.run(10, ok);
    assert_eq!(sim.sent().len(), 0);
}

#[test]
fn what_is_remembered_of_what_was_told_is_bounded() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.lane.plan.capacity = 5;
    for kind in 0..100 {
        sim.add(kind, Level::Critical);
        sim.run(0, ok);
    }
    assert_eq!(sim.sent().len(), 100);
    assert!(sim.lane.groups.len() <= 21 && sim.lane.by_kind.len() == sim.lane.groups.len());
}

#[test]
fn what_others_tell_of_repeats_is_not_told_again() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.lane.role = Role::Backup(SECOND * 10);
    for _ in 0..4 {
        sim.add(1, Level::Critical);
    }
    sim.lane.settle(1, 1);
    sim.run(20, ok);
    // the first target has come back, and tells the repeats
    sim.add(1, Level::Critical);
    sim.add(1, Level::Critical);
    sim.lane.settle(1, 2);
    sim.run(200, ok);
    sim.add(1, Level::Critical);
    sim.lane.settle(1, 1);
    sim.run(200, ok);
    assert_eq!(sim.sent(), expected(&[(10, "send 1 ×3")]));
}

#[test]
fn a_place_and_an_account_that_stay_keep_their_limits_when_settings_change() {
    let fake = |identity: &str, account: &str| -> Box<dyn Service> {
        let (identity, account) = (identity.to_owned(), account.to_owned());
        let buckets = vec![Bucket::new(1, SECOND * 10)];
        Box::new(Fake { identity, account, ..Fake::new(Repeats::Anew, buckets) })
    };
    let mut sim = Sim::new(Repeats::Anew, vec![Bucket::new(1, SECOND * 10)]);
    sim.add(1, Level::Critical);
    sim.run(1, ok);
    let plan = sim.lane.plan;
    sim.lane.change(fake("other", "fake"), Role::Primary, plan);
    sim.add(2, Level::Critical);
    sim.run(20, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (10, "send 2 ×1")]));
    // another target of the place, and one of another place; without a wait that was asked for and with one
    sim.lane.note_sent(sim.now);
    for (account, second) in [("fake", 10), ("another", 0), ("fake", 30), ("another", 0)] {
        if second == 30 {
            sim.lane.hold(sim.now + SECOND * 30);
        }
        let mut lane = Lane::new("new".into(), fake("new", account), Role::Primary, plan);
        lane.take_over_limits(&sim.lane);
        lane.add(&Bundle::one(alert(3, Level::Critical)), sim.now);
        let at = match lane.next(sim.now, Timestamp::from_unix_nanos(0)) {
            Step::Send(_) => sim.now,
            Step::WaitUntil(at) => at,
            Step::Idle => panic!("there is something to say"),
        };
        assert_eq!(at, sim.now + SECOND * second, "{account}");
    }
}

#[test]
fn a_second_target_that_becomes_a_first_one_tells_at_once_what_waits_and_the_other_way_round() {
    let fake = || -> Box<dyn Service> { Box::new(Fake::new(Repeats::Anew, Vec::new())) };
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.lane.role = Role::Backup(SECOND * 3_600);
    sim.add(1, Level::Critical);
    sim.run(5, ok);
    let plan = sim.lane.plan;
    sim.lane.change(fake(), Role::Primary, plan);
    sim.run(1, ok);
    sim.lane.hold(sim.now + SECOND);
    sim.add(2, Level::Critical);
    sim.lane.change(fake(), Role::Backup(SECOND * 10), plan);
    sim.run(94, ok);
    // and so it is with what comes from now on
    sim.add(3, Level::Critical);
    sim.run(50, ok);
    sim.lane.change(fake(), Role::Primary, plan);
    sim.add(4, Level::Critical);
    sim.run(0, ok);
    let sent = [(5, "send 1 ×1"), (16, "send 2 ×1"), (110, "send 3 ×1"), (150, "send 4 ×1")];
    assert_eq!(sim.sent(), expected(&sent));
}

#[test]
fn a_change_of_settings_tries_at_once_what_has_failed() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    // until the pause is a long one
    while sim.lane.retry_at.is_none_or(|at| at < sim.now + SECOND * 5) {
        sim.run(1, |_| 500);
    }
    sim.sent();
    let plan = sim.lane.plan;
    sim.lane.change(Box::new(Fake::new(Repeats::Anew, Vec::new())), Role::Primary, plan);
    sim.run(0, ok);
    assert_eq!(sim.sent().len(), 1);
}

#[test]
fn a_failure_and_its_reason_are_in_the_figures_until_it_is_over() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(0, |_| 500);
    let health = &sim.lane.health();
    assert_eq!((health.state, health.last_error.as_deref()), (TargetState::Failing, Some("no ***")));
    assert_eq!((health.retried, health.waiting, health.last_success), (1, 1, None));
    sim.run(1, ok);
    assert_eq!((sim.lane.health.state, sim.lane.health().waiting), (TargetState::Ok, 0));
}

#[test]
fn first_and_last_time_of_a_message_are_those_of_all_that_it_tells_of() {
    let at = |second: i64| Timestamp::from_unix_nanos(second * 1_000_000_000);
    let bundle = |second| {
        let alert = Alert { timestamp: at(second), ..alert(1, Level::Critical) };
        Bundle::one(alert)
    };
    let (now, windows) = (Instant::now(), Sim::new(Repeats::Anew, Vec::new()).lane.plan.windows);
    let mut group = Group::new(&bundle(50), now, &windows);
    group.add(&bundle(40), now, Repeats::Anew, &windows);
    group.add(&bundle(60), now, Repeats::Anew, &windows);
    let rest = group.rest();
    assert_eq!((rest.first, rest.last, rest.count), (at(40), at(60), 3));
}

#[test]
fn a_longer_wait_is_not_shortened_by_a_later_one() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.lane.hold(sim.start + SECOND * 50);
    sim.lane.hold(sim.start + SECOND * 10);
    sim.add(1, Level::Critical);
    sim.run(100, ok);
    assert_eq!(sim.sent(), expected(&[(50, "send 1 ×1")]));
}

#[test]
fn what_is_refused_is_said_bare_and_then_given_up_and_the_next_of_its_kind_is_a_new_one() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(1, |_| 400);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (0, "bare send 1 ×1")]));
    assert_eq!((sim.lane.health.dead, sim.lane.health().waiting), (1, 0));
    assert!(sim.effects.contains(&Effect::Told { kind: 1, count: 1 }));
    sim.add(1, Level::Critical);
    sim.run(1, ok);
    assert_eq!(sim.sent(), expected(&[(1, "send 1 ×1")]));
}

#[test]
fn the_figures_say_what_became_of_each_alert() {
    let mut sim = Sim::new(Repeats::InPlace, Vec::new());
    for kind in [1, 2, 2, 3] {
        sim.add(kind, Level::Critical);
    }
    let mut answers = [500, 200, 429, 200].into_iter();
    sim.run(1_000, |body| if body.contains("send 3 ") { 400 } else { answers.next().unwrap_or(200) });
    sim.add(1, Level::Critical);
    sim.run(1_000, ok);
    let health = sim.lane.health();
    assert_eq!((health.sent, health.edited, health.told, health.grouped), (3, 0, 4, 1), "{health:?}");
    assert_eq!((health.retried, health.limited, health.dead, health.waiting), (3, 1, 1, 0), "{health:?}");
    assert_eq!(health.last_success, Some(Timestamp::from_unix_nanos(0)));
    assert_eq!(health.last_error.as_deref(), Some("bad"));
    assert_eq!((health.state, health.late, health.delay.count()), (TargetState::Ok, 0, 3));
}

#[test]
fn a_backup_tells_what_no_other_has_told_in_its_time_and_no_more() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.lane.role = Role::Backup(SECOND * 10);
    sim.add(1, Level::Critical);
    sim.add(2, Level::Critical);
    sim.run(5, ok);
    sim.lane.settle(1, 1);
    sim.run(100, ok);
    assert_eq!(sim.sent(), expected(&[(10, "send 2 ×1")]));
}

#[test]
fn other_settings_keep_what_waits_and_forget_what_belonged_to_the_other_place() {
    let fake = |identity: &str, account: &str| -> Box<dyn Service> {
        let (identity, account) = (identity.to_owned(), account.to_owned());
        Box::new(Fake { identity, account, ..Fake::new(Repeats::InPlace, Vec::new()) })
    };
    // the same place: the message is changed in place, a stop stays
    let mut sim = Sim::new(Repeats::InPlace, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(1, ok);
    sim.add(1, Level::Critical);
    let plan = sim.lane.plan;
    sim.lane.change(fake("fake", "fake"), Role::Primary, plan);
    sim.run(10, |_| 401);
    sim.lane.change(fake("fake", "fake"), Role::Primary, plan);
    sim.run(10, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (2, "edit 1 ×2")]));
    // another place: it is said anew, at once, and so is what waited; of the same account a wait stays
    sim.lane.hold(sim.now + SECOND * 9);
    let second = (sim.now - sim.start).as_secs();
    sim.lane.change(fake("other", "fake"), Role::Primary, plan);
    sim.run(100, ok);
    assert_eq!(sim.sent(), expected(&[(second + 9, "send 1 ×2")]));
    sim.lane.hold(sim.now + SECOND * 900);
    sim.add(2, Level::Critical);
    sim.lane.change(fake("third", "another account"), Role::Primary, plan);
    sim.run(1, ok);
    assert_eq!(sim.sent().len(), 1, "the wait was of the other account");
    assert_eq!((sim.lane.health.told, sim.lane.health.state), (3, TargetState::Ok));
}

#[test]
fn another_place_has_room_of_its_own_repeats_of_its_own_form_and_secrets_of_its_own() {
    let buckets = || vec![Bucket::new(1, SECOND * 10)];
    let mut sim = Sim::new(Repeats::Anew, buckets());
    sim.add(1, Level::Critical);
    sim.run(0, ok);
    let (account, secret) = ("another".to_owned(), "n3w".to_owned());
    let other = Fake { account, secret, ..Fake::new(Repeats::InPlace, buckets()) };
    let plan = sim.lane.plan;
    sim.lane.change(Box::new(other), Role::Primary, plan);
    sim.add(2, Level::Critical);
    sim.run(0, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (0, "send 2 ×1")]));
    sim.add(2, Level::Critical);
    sim.run(20, |body| if body.starts_with("edit") { 500 } else { 200 });
    assert_eq!(sim.sent()[0].1, "edit 2 ×2");
    assert_eq!(sim.lane.health.last_error.as_deref(), Some("no ***"));
}

#[test]
fn a_success_begins_the_pauses_anew() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(600, |_| 500);
    sim.run(60, ok);
    sim.add(2, Level::Critical);
    sim.effects.retain(|it| !matches!(it, Effect::Event(AlertEvent::Failing { .. })));
    sim.run(0, |_| 500);
    // one failure alone is nothing that anybody has to know
    assert!(!sim.effects.iter().any(|it| matches!(it, Effect::Event(AlertEvent::Failing { .. }))));
    let pause = sim.lane.retry_at.unwrap() - sim.now;
    assert!(pause <= backoff::FIRST, "{pause:?}");
    // the end of a failure is told with how many there were
    let works = |it: &Effect| match it {
        Effect::Event(AlertEvent::Works { failures, .. }) => Some(*failures),
        _ => None,
    };
    let told: Vec<u64> = sim.effects.iter().filter_map(works).collect();
    assert!(told.len() == 1 && told[0] > 5, "{told:?}");
}

#[test]
fn a_delay_ends_with_the_answer() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run_slowly(10, |_| (200, SECOND * 3));
    assert_eq!(sim.lane.health.delay.max(), SECOND * 3);
}

#[test]
fn what_came_during_a_wait_that_was_asked_for_is_told_with_the_rest() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(0, |_| 500);
    sim.run(1, |_| 429);
    assert_eq!(sim.lane.health.state, TargetState::Waiting, "and no failure");
    sim.sent();
    sim.add(1, Level::Critical);
    sim.run(100, ok);
    let sent: Vec<String> = sim.sent().into_iter().map(|it| it.1).collect();
    assert_eq!(sent, ["send 1 ×2"]);
}

#[test]
fn a_target_is_ok_again_when_its_wait_is_over_also_where_nothing_is_to_be_said() {
    let mut sim = Sim::new(Repeats::Anew, Vec::new());
    sim.add(1, Level::Critical);
    sim.run(3, |_| 201);
    assert_eq!(sim.lane.health.state, TargetState::Waiting);
    sim.run(10, ok);
    assert_eq!(sim.lane.health.state, TargetState::Ok);
}
