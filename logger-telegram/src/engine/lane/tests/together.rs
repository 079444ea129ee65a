//! Several alerts in one message.

use super::*;

/// A service that takes one message in a second.
fn one_a_second(repeats: Repeats) -> Sim {
    with(repeats, vec![Bucket::new(1, SECOND)], 20)
}

fn with(repeats: Repeats, buckets: Vec<Bucket>, most_together: usize) -> Sim {
    let mut sim = Sim::new(repeats, buckets.clone());
    sim.lane.service = Box::new(Fake { most_together, ..Fake::new(repeats, buckets) });
    sim
}

fn add(sim: &mut Sim, kinds: impl IntoIterator<Item = u64>) {
    kinds.into_iter().for_each(|kind| sim.add(kind, Level::Critical));
}

#[test]
fn first_ones_that_find_no_room_leave_at_once_in_one_message_the_most_serious_first() {
    let mut sim = one_a_second(Repeats::InPlace);
    sim.add(1, Level::Error);
    sim.add(2, Level::Critical);
    sim.add(3, Level::Error);
    sim.run(0, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 2 ×1, 1 ×1, 3 ×1")]));
    for kind in [1, 2, 3] {
        assert!(sim.effects.contains(&Effect::Told { kind, count: 1 }), "{kind}");
    }
}

#[test]
fn what_comes_after_a_message_has_left_leaves_together_as_soon_as_there_is_room() {
    let mut sim = one_a_second(Repeats::InPlace);
    add(&mut sim, [1]);
    sim.run(0, ok);
    add(&mut sim, [2, 3, 4, 5]);
    sim.run(10, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (1, "send 2 ×1, 3 ×1, 4 ×1, 5 ×1")]));
}

#[test]
fn fifty_different_ones_are_told_once_each_within_three_seconds() {
    let mut sim = one_a_second(Repeats::InPlace);
    add(&mut sim, 0..50);
    sim.run(10, ok);
    let sent = sim.sent();
    assert_eq!(sent.iter().map(|it| it.0).collect::<Vec<_>>(), [0, 1, 2]);
    let told: Vec<&str> = sent.iter().flat_map(|it| it.1["send ".len()..].split(", ")).collect();
    assert_eq!(told, (0..50).map(|kind| format!("{kind} ×1")).collect::<Vec<_>>());
}

#[test]
fn where_there_is_room_for_each_or_messages_tell_of_one_alert_each_has_its_own() {
    let mut sim = with(Repeats::Anew, vec![Bucket::new(3, SECOND * 10)], 20);
    add(&mut sim, [1, 2, 3]);
    sim.run(0, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (0, "send 2 ×1"), (0, "send 3 ×1")]));
    let mut sim = with(Repeats::Anew, Vec::new(), 20);
    add(&mut sim, 0..30);
    sim.run(0, ok);
    assert_eq!(sim.sent().len(), 30);
    let mut sim = with(Repeats::Anew, vec![Bucket::new(1, SECOND)], 1);
    add(&mut sim, [1, 2]);
    sim.run(5, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (1, "send 2 ×1")]));
}

#[test]
fn after_a_wait_that_a_service_has_asked_for_all_that_waits_is_one_message() {
    let mut sim = with(Repeats::Anew, Vec::new(), 20);
    add(&mut sim, [1]);
    sim.run(0, |_| 429);
    add(&mut sim, [2, 3]);
    sim.run(40, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (30, "send 1 ×1, 2 ×1, 3 ×1")]));
    // and when all was said each has its own again
    add(&mut sim, [4]);
    sim.run(1, ok);
    add(&mut sim, [5, 6]);
    sim.run(1, ok);
    assert_eq!(sim.sent(), expected(&[(40, "send 4 ×1"), (41, "send 5 ×1"), (41, "send 6 ×1")]));
}

#[test]
fn a_change_of_a_message_says_again_all_that_it_has_said() {
    let mut sim = one_a_second(Repeats::InPlace);
    add(&mut sim, [1, 2, 3]);
    sim.run(1, ok);
    add(&mut sim, [3, 3, 1]);
    sim.run(10, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1, 2 ×1, 3 ×1"), (2, "edit 1 ×2, 2 ×1, 3 ×3")]));
    let told: u64 =
        sim.effects.iter().map(|it| if let Effect::Told { count, .. } = it { *count } else { 0 }).sum();
    assert_eq!((told, sim.lane.health.told, sim.lane.health().waiting), (6, 6, 0));
    // of what is said again nothing is noted
    assert!(sim.effects.iter().all(|it| !matches!(it, Effect::Told { count: 0, .. })));
}

#[test]
fn one_that_is_told_in_another_message_by_now_stays_in_the_first_one_as_it_was() {
    let mut sim = one_a_second(Repeats::InPlace);
    add(&mut sim, [1, 2]);
    sim.run(50, ok);
    sim.lane.hold(sim.now + SECOND * 50);
    add(&mut sim, [2]);
    sim.run(20, ok);
    // its window is over
    add(&mut sim, [1]);
    sim.run(60, ok);
    let sent = [(0, "send 1 ×1, 2 ×1"), (100, "send 1 ×2"), (101, "edit 1 ×1, 2 ×2")];
    assert_eq!(sim.sent(), expected(&sent));
}

#[test]
fn one_that_comes_again_after_its_window_while_its_message_is_changed_is_told_with_all_its_repeats() {
    let mut sim = one_a_second(Repeats::InPlace);
    add(&mut sim, [1, 2]);
    sim.run(50, ok);
    sim.lane.hold(sim.now + SECOND * 50);
    add(&mut sim, [2]);
    sim.run(49, ok);
    sim.now += SECOND;
    let wall = Timestamp::from_unix_nanos(0);
    let Step::Send(change) = sim.lane.next(sim.now, wall) else { panic!("the wait is over") };
    assert_eq!(change.request.body, "edit 1 ×1, 2 ×2");
    add(&mut sim, [1]);
    let answer = Answer { status: 200, headers: HeaderMap::new(), body: Vec::new() };
    sim.lane.answered(&change, Ok(answer), sim.now, wall, SECOND);
    sim.run(10, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1, 2 ×1"), (101, "send 1 ×2")]));
    assert_eq!((sim.lane.health.told, sim.lane.health().waiting), (4, 0));
}

#[test]
fn a_shared_message_that_is_gone_is_said_anew() {
    let mut sim = one_a_second(Repeats::InPlace);
    add(&mut sim, [1, 2]);
    sim.run(1, ok);
    add(&mut sim, [1, 2]);
    sim.run(10, |body| if body.starts_with("edit") { 404 } else { 200 });
    let last = sim.sent().pop().unwrap();
    assert_eq!(last.1, "send 1 ×2, 2 ×2");
    assert_eq!(sim.lane.health().waiting, 0);
}

#[test]
fn of_a_shared_message_that_is_refused_each_is_said_by_itself_and_the_wrong_one_alone_is_lost() {
    let mut sim = one_a_second(Repeats::Anew);
    add(&mut sim, [1, 2, 3]);
    sim.run(20, |body| if body.contains("2 ×1") { 400 } else { 200 });
    let sent: Vec<String> = sim.sent().into_iter().map(|it| it.1).collect();
    assert_eq!(sent, ["send 1 ×1, 2 ×1, 3 ×1", "send 1 ×1", "send 2 ×1", "bare send 2 ×1", "send 3 ×1"]);
    assert_eq!((sim.lane.health.told, sim.lane.health.dead), (2, 1));
}

#[test]
fn while_a_service_fails_one_alert_is_tried_and_the_others_follow_together() {
    let mut sim = one_a_second(Repeats::Anew);
    add(&mut sim, [1, 2, 3]);
    sim.run(0, |_| 500);
    add(&mut sim, [4]);
    sim.run(60, ok);
    let sent: Vec<String> = sim.sent().into_iter().map(|it| it.1).collect();
    assert_eq!(sent, ["send 1 ×1, 2 ×1, 3 ×1", "send 1 ×1", "send 2 ×1, 3 ×1, 4 ×1"]);
}

#[test]
fn one_that_always_fails_keeps_none_of_those_back_that_would_share_its_message() {
    let mut sim = one_a_second(Repeats::Anew);
    add(&mut sim, [1, 2, 3]);
    sim.run(3_600, |body| if body.contains("2 ×1") { 500 } else { 200 });
    assert_eq!((sim.lane.health.told, sim.lane.health.dead, sim.lane.health().waiting), (2, 0, 1));
    // nor of those that come later
    sim.sent();
    add(&mut sim, [4, 5, 6]);
    sim.run(120, |body| if body.contains("2 ×1") { 500 } else { 200 });
    let others = |it: &(u64, String)| it.1 != "send 2 ×1";
    let others: Vec<String> = sim.sent().into_iter().filter(others).map(|it| it.1).collect();
    assert_eq!(others, ["send 4 ×1", "send 5 ×1, 6 ×1"]);
}

#[test]
fn a_second_target_shares_a_message_only_among_those_whose_time_has_come() {
    let mut sim = one_a_second(Repeats::Anew);
    sim.lane.role = Role::Backup(SECOND * 10);
    add(&mut sim, [1, 2]);
    sim.run(5, ok);
    add(&mut sim, [3]);
    sim.run(20, ok);
    assert_eq!(sim.sent(), expected(&[(10, "send 1 ×1, 2 ×1"), (15, "send 3 ×1")]));
}

#[test]
fn at_the_end_of_the_program_counts_share_a_message_where_none_can_be_changed() {
    let mut sim = one_a_second(Repeats::Anew);
    add(&mut sim, [1, 2, 3]);
    sim.run(5, ok);
    add(&mut sim, [1, 2, 3, 3]);
    sim.lane.close();
    sim.run(0, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1, 2 ×1, 3 ×1"), (5, "send 1 ×2, 2 ×2, 3 ×3")]));
}

#[test]
fn the_figures_of_a_shared_message_count_each_alert_and_each_delay() {
    let mut sim = one_a_second(Repeats::InPlace);
    add(&mut sim, [1, 2, 3, 3]);
    sim.run(1, ok);
    let health = &sim.lane.health();
    assert_eq!((health.sent, health.edited, health.told, health.grouped), (1, 0, 4, 3), "{health:?}");
    assert_eq!((health.delay.count(), health.waiting, health.retried), (3, 0, 0), "{health:?}");
}

#[test]
fn to_another_receiver_each_is_told_anew() {
    let mut sim = one_a_second(Repeats::InPlace);
    add(&mut sim, [1, 2]);
    sim.run(1, ok);
    add(&mut sim, [2]);
    let (plan, identity) = (sim.lane.plan, "other".to_owned());
    let other = Fake { identity, most_together: 20, ..Fake::new(Repeats::InPlace, Vec::new()) };
    sim.lane.change(Box::new(other), Role::Primary, plan);
    sim.run(10, ok);
    assert_eq!(sim.sent().last().unwrap().1, "send 2 ×2");
}

#[test]
fn counts_and_first_ones_share_no_message_and_first_ones_leave_first() {
    let mut sim = one_a_second(Repeats::Anew);
    add(&mut sim, [1]);
    sim.run(0, ok);
    add(&mut sim, [1]);
    sim.run(50, ok);
    sim.lane.hold(sim.now + SECOND * 20);
    add(&mut sim, [2, 3]);
    sim.run(50, ok);
    assert_eq!(sim.sent(), expected(&[(0, "send 1 ×1"), (70, "send 2 ×1, 3 ×1"), (71, "send 1 ×2")]));
}
