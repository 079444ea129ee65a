use logger_core::{OwnedRecord, OwnedRecordBuilder};

use super::*;

fn rules(rules: &[Rule]) -> Rules {
    Rules::new(rules, &["telegram".into(), "discord".into()], Instant::now()).unwrap()
}

fn record(level: Level, event: &str) -> OwnedRecordBuilder {
    OwnedRecord::new(level, event)
}

fn chosen(rules: &Rules, record: OwnedRecordBuilder) -> Option<Sound> {
    rules.choose(&record.build().borrow()).map(|it| it.sound)
}

#[test]
fn without_a_rule_critical_is_an_alert_and_error_is_none() {
    let rules = rules(&[]);
    assert_eq!(chosen(&rules, record(Level::Critical, "a")), Some(Sound::ByTarget));
    assert_eq!(chosen(&rules, record(Level::Error, "a")), None);
    assert!(!rules.may_matter(&record(Level::Error, "a").build().borrow()));
}

#[test]
fn every_condition_of_a_rule_has_to_hold() {
    let rule = Rule::each("a").level(Level::Warning).expert("ema").symbol("BTC").field("retries", "3");
    let rules = rules(&[rule.event_matches("^order .* rejected$")]);
    let full = |level, event: &str| {
        record(level, event).field("expert_name", "ema").field("symbol", "BTC").field("retries", 3)
    };
    assert!(chosen(&rules, full(Level::Warning, "order 7 rejected")).is_some());
    assert!(chosen(&rules, full(Level::Info, "order 7 rejected")).is_none());
    assert!(chosen(&rules, full(Level::Warning, "order 7 rejected!")).is_none());
    let without =
        record(Level::Warning, "order 7 rejected").field("expert_name", "ema").field("symbol", "BTC");
    assert!(chosen(&rules, without.clone()).is_none());
    assert!(chosen(&rules, without.field("retries", 4)).is_none());
}

#[test]
fn the_first_rule_that_matches_decides() {
    let rules = rules(&[
        Rule::each("noise").event("known").mode(Mode::Off),
        Rule::each("soft").event("soft").mode(Mode::Silent),
        Rule::each("rest"),
    ]);
    let said = ["known", "soft", "other"].map(|event| chosen(&rules, record(Level::Critical, event)));
    assert_eq!(said, [None, Some(Sound::Off), Some(Sound::ByTarget)]);
}

#[test]
fn a_rule_about_trades_takes_them_at_any_level() {
    let rules = rules(&[Rule::each("fills").category(Category::Trade).event("order filled")]);
    let fill = record(Level::Debug, "order filled");
    assert!(chosen(&rules, fill.clone().category(Category::Trade)).is_some());
    assert!(rules.may_matter(&fill.clone().category(Category::Trade).build().borrow()));
    assert!(chosen(&rules, fill).is_none());
}

#[test]
fn more_than_so_many_in_a_span_are_told_once_a_span() {
    let rules = rules(&[Rule::rate("errors", 20, Duration::from_secs(60))]);
    let said = |second: i64| {
        let time = Timestamp::from_unix_nanos(second * 1_000_000_000);
        rules.watch(&record(Level::Error, "x").timestamp(time).build().borrow(), Instant::now()).len()
    };
    // one each three seconds is not more than twenty in a minute
    assert_eq!((0..100).map(|n| said(n * 3)).sum::<usize>(), 0);
    // one each second is
    let told: Vec<i64> = (1_000..1_200).filter(|&second| said(second) > 0).collect();
    assert_eq!(told, [1_020, 1_080, 1_140]);
}

#[test]
fn a_silence_is_told_once_and_so_is_its_end() {
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    let rule = Rule::silence("heartbeat", Duration::from_secs(90)).expert("ema");
    let rules = Rules::new(&[rule], &[], start).unwrap();
    let beat = record(Level::Info, "tick").field("expert_name", "ema").build();
    let other = record(Level::Info, "tick").field("expert_name", "rsi").build();
    let events = |fired: Vec<Fired>| fired.into_iter().map(|it| it.event).collect::<Vec<_>>();
    assert_eq!(events(rules.tick(at(89))), [""; 0]);
    assert_eq!(events(rules.watch(&beat.borrow(), at(89))), [""; 0]);
    assert_eq!(events(rules.watch(&other.borrow(), at(100))), [""; 0]);
    assert_eq!(events(rules.tick(at(178))), [""; 0]);
    assert_eq!(events(rules.tick(at(179))), ["heartbeat: no record for 90 s"]);
    assert_eq!(events(rules.tick(at(500))), [""; 0]);
    assert_eq!(
        events(rules.watch(&beat.borrow(), at(500))),
        ["heartbeat: there are records again, after 411 s"]
    );
    assert_eq!(events(rules.tick(at(591))), ["heartbeat: no record for 91 s"]);
}

#[test]
fn a_watch_that_stays_goes_on_with_what_it_has_seen_and_another_one_begins_anew() {
    let start = Instant::now();
    let at = |second| start + Duration::from_secs(second);
    let silence = |span| Rule::silence("heartbeat", Duration::from_secs(span));
    let before =
        Rules::new(&[silence(90), Rule::silence("told", Duration::from_secs(5))], &[], start).unwrap();
    assert_eq!(before.tick(at(50)).len(), 1);
    let now = [silence(90), Rule::silence("told", Duration::from_secs(5)), silence(100)];
    let rules = Rules::new(&now, &[], at(60)).unwrap().going_on_from(&before);
    let said = |second| rules.tick(at(second)).into_iter().map(|it| it.event).collect::<Vec<_>>();
    assert_eq!(said(89), [""; 0], "what was told is not told again");
    assert_eq!(said(90), ["heartbeat: no record for 90 s"]);
    assert_eq!(said(159), [""; 0]);
    assert_eq!(said(160), ["heartbeat: no record for 100 s"]);
}

#[test]
fn a_watch_may_be_silent_or_off_and_for_one_target() {
    let start = Instant::now();
    let silence = |name: &str| Rule::silence(name, Duration::from_secs(1));
    let rules = Rules::new(
        &[silence("on"), silence("soft").mode(Mode::Silent).to(["discord"]), silence("off").mode(Mode::Off)],
        &["telegram".into(), "discord".into()],
        start,
    );
    let fired = rules.unwrap().tick(start + Duration::from_secs(1));
    let said: Vec<_> = fired.iter().map(|it| (it.rule.as_str(), it.delivery.sound)).collect();
    assert_eq!(said, [("on", Sound::ByTarget), ("soft", Sound::Off)]);
    assert_eq!(fired[0].delivery.targets, None);
    assert_eq!(fired[1].delivery.targets.as_deref(), Some(&["discord".to_owned()][..]));
}

#[test]
fn a_wrong_rule_says_what_is_wrong_and_what_is_allowed() {
    let said =
        |rule: Rule| Rules::new(&[rule], &["telegram".into()], Instant::now()).unwrap_err().to_string();
    assert_eq!(
        said(Rule::each("a").event_matches("(")),
        "rule `a`: `(` is not a regular expression: error: unclosed group"
    );
    assert_eq!(said(Rule::each("a").to(["x"])), "rule `a`: there is no target `x`; there are `telegram`");
    assert!(said(Rule::rate("a", 0, Duration::from_secs(1))).contains("Rule::each"));
    assert!(said(Rule::silence("a", Duration::ZERO)).contains("longer"));
}

#[test]
fn what_a_mute_keeps_back_is_told_when_it_is_over() {
    let (mute, start) = (Mute::default(), Instant::now());
    let at = |second| start + Duration::from_secs(second);
    assert!(!mute.keeps_back(start) && mute.ended(start).is_none());
    mute.set(Some(at(60)), start);
    assert!(mute.keeps_back(at(1)) && mute.keeps_back(at(59)));
    assert_eq!(mute.ended(at(59)), None);
    assert!(!mute.keeps_back(at(60)));
    assert_eq!((mute.ended(at(60)), mute.ended(at(61))), (Some(2), None));
    mute.set(Some(at(99)), at(70));
    mute.set(None, at(71));
    assert!(!mute.keeps_back(at(71)) && mute.ended(at(71)).is_none());
}
