//! A logger that runs, with a drain of the application's own.

use std::time::Duration;

use logger_config::{BuildError, Category, Context, Layer, Level, LevelChange, Route, debug, info};

use crate::{Collector, PATIENCE, QUIET, builder, policies::quiet, until};

#[test]
fn an_application_with_a_drain_of_its_own_needs_no_other() {
    let collector = Collector::default();
    let route = Route::new("own", collector.clone());
    let logger = builder(QUIET).drain(route).build().unwrap();
    info!(logger, "one");
    debug!(logger, "below the level");
    logger.set_level(Level::Debug);
    debug!(logger.bind(Context::new().expert_name("MyEmaBot")), "two");
    info!(logger.trade(), "three");
    assert_eq!(logger.level(), Level::Debug);
    let explanation = logger.explain().to_string();
    assert!(explanation.contains("level = `debug` (set_level; hides `info` of default)"), "{explanation}");
    assert!(logger.flush(PATIENCE).finished);
    assert_eq!(collector.events(), ["one", "level changed", "two", "three"]);
    let report = logger.shutdown(PATIENCE);
    assert!(report.finished);
    assert_eq!((report.health.total().accepted, report.health.total().written), (4, 4));
}

#[test]
fn a_wrong_configuration_starts_nothing() {
    let error = builder(&[("LOG_LEVEL", "loud")]).build().unwrap_err();
    assert!(
        matches!(&error, BuildError::Config(config) if config.problems[0].key.as_deref() == Some("level"))
    );
    assert!(error.to_string().contains("`loud` is not a level"), "{error}");
}

#[test]
fn two_drains_of_one_name_are_refused() {
    let own = || Route::new("own", Collector::default());
    let error = builder(QUIET).drain(own()).drain(own()).build().unwrap_err();
    assert!(matches!(error, BuildError::Start(_)), "{error}");
}

#[test]
fn a_level_for_a_while_is_over_by_itself_and_says_so() {
    let collector = Collector::default();
    let logger = builder(QUIET).drain(Route::new("own", collector.clone())).build().unwrap();
    let change = LevelChange::new(Level::Debug).lasting(Duration::from_millis(30));
    logger.set_level(change.clone());
    until("the change is over", || logger.level() == Level::Info);
    debug!(logger, "too late");
    // a longer one takes the place of a shorter one
    logger.set_level(change);
    logger.set_level(LevelChange::new(Level::Trace).lasting(Duration::from_secs(3_600)));
    assert_eq!(logger.level(), Level::Trace);
    logger.reset_levels();
    assert_eq!(logger.level(), Level::Info);
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(collector.events(), ["level changed"; 5]);
}

#[test]
fn a_level_may_be_that_of_one_expert_of_a_module_and_of_a_category() {
    let collector = Collector::default();
    let logger = builder(QUIET).drain(Route::new("own", collector.clone())).build().unwrap();
    logger.set_level(LevelChange::new(Level::Debug).expert("MyEmaBot"));
    debug!(logger.bind(Context::new().expert_name("MyEmaBot")), "of the expert");
    debug!(logger.bind(Context::new().expert_name("GridBot")), "of another expert");
    logger.set_level(LevelChange::new(Level::Debug).module(module_path!()));
    debug!(logger, "of the module");
    logger.reset_levels();
    logger.set_level(LevelChange::new(Level::Error).category(Category::Trade));
    info!(logger.trade(), "below the level of trades");
    info!(logger, "general");
    let explanation = logger.explain().to_string();
    assert!(explanation.contains("levels.categories.trade = `error` (set_level)"), "{explanation}");
    assert!(logger.shutdown(PATIENCE).finished);
    let events = collector.events().into_iter().filter(|event| event != "level changed");
    assert_eq!(events.collect::<Vec<_>>(), ["of the expert", "of the module", "general"]);
}

#[test]
fn a_change_of_a_part_for_a_while_ends_by_itself_and_no_other_ends_with_it() {
    let collector = Collector::default();
    let logger = builder(QUIET).drain(Route::new("own", collector.clone())).build().unwrap();
    let experts = ["Ema", "Grid"].map(|name| logger.bind(Context::new().expert_name(name)));
    logger.set_level(LevelChange::new(Level::Debug).expert("Grid"));
    logger.set_level(LevelChange::new(Level::Warning).module("another::module"));
    for change in [
        LevelChange::new(Level::Debug).expert("Ema"),
        LevelChange::new(Level::Debug).module(module_path!()),
        LevelChange::new(Level::Error).category(Category::Trade),
    ] {
        let key = change.to_string().replace(" = debug", "").replace(" = error", "");
        let is_set = || {
            let explanation = logger.explain();
            explanation.keys.iter().any(|it| it.key == key && it.values[0].layer == Layer::Running)
        };
        logger.set_level(change.lasting(Duration::from_millis(1)));
        until(&format!("the change of {key} is over"), || !is_set());
    }
    debug!(experts[0], "of the expert whose change is over");
    debug!(experts[1], "of the expert whose change is for good");
    debug!(logger, "of the module whose change is over");
    info!(logger.trade(), "a trade");
    assert!(logger.shutdown(PATIENCE).finished);
    let events = collector.events().into_iter().filter(|event| event != "level changed");
    assert_eq!(events.collect::<Vec<_>>(), ["of the expert whose change is for good", "a trade"]);
}

#[test]
fn a_change_that_ends_sooner_than_those_before_it_ends_at_its_time() {
    // no file is followed, for the sake of which somebody would look in between
    let logger = builder(&[QUIET, &[("LOG__RELOAD", "false")]].concat()).build().unwrap();
    logger.set_level(LevelChange::new(Level::Debug).expert("Ema").lasting(Duration::from_secs(3_600)));
    std::thread::park_timeout(Duration::from_millis(20));
    logger.set_level(LevelChange::new(Level::Trace).lasting(Duration::from_millis(1)));
    until("the shorter change is over", || logger.level() == Level::Info);
    assert!(logger.explain().to_string().contains("levels.experts.Ema = `debug` (set_level)"));
    assert!(logger.shutdown(PATIENCE).finished);
}

#[test]
fn each_change_of_a_level_is_a_warning_that_says_what_and_by_whom() {
    let (builder, lines) = quiet(&[]);
    let logger = builder.build().unwrap();
    logger.set_level(Level::Error);
    logger.set_level(LevelChange::new(Level::Trace).expert("Ema B").lasting(Duration::from_secs(90)));
    logger.reset_levels();
    // nothing is left to be changed
    logger.reset_levels();
    logger.set_level(
        LevelChange::new(Level::Debug).category(Category::General).lasting(Duration::from_millis(1)),
    );
    let over = || {
        assert!(logger.flush(PATIENCE).finished);
        lines.all().iter().any(|it| it["by"] == "time")
    };
    until("a change is over", over);
    assert!(logger.shutdown(PATIENCE).finished);
    let told: Vec<_> = lines
        .all()
        .iter()
        .map(|it| {
            [&it["level"], &it["event"], &it["change"], &it["by"]].map(|it| it.as_str().unwrap().to_owned())
        })
        .collect();
    let changes = [
        ("level = error", "code"),
        ("levels.experts.\"Ema B\" = trace for 1m 30s", "code"),
        ("as the configuration says", "code"),
        ("levels.categories.general = debug for 1ms", "code"),
        ("levels.categories.general is over", "time"),
    ];
    assert_eq!(told, changes.map(|(change, by)| ["warning", "level changed", change, by].map(str::to_owned)));
}

#[test]
fn the_news_of_a_higher_level_comes_before_it_holds() {
    let collector = Collector::default();
    let logger = builder(QUIET).drain(Route::new("own", collector.clone())).build().unwrap();
    logger.set_level(Level::Critical);
    logger.set_level(Level::Warning);
    assert!(logger.shutdown(PATIENCE).finished);
    assert_eq!(collector.events(), ["level changed", "level changed"]);
}

#[test]
fn the_second_global_logger_is_told_who_was_first() {
    let first = builder(QUIET).app_name("first").build().unwrap();
    let second = builder(QUIET).app_name("second").build().unwrap();
    assert!(logger_config::global().is_none());
    first.make_global().unwrap();
    let line = line!() - 1;
    let error = second.make_global().unwrap_err();
    assert_eq!((error.app_name.as_str(), error.line), ("first", line));
    let text =
        format!("the logger of `first` is the global one already; it was made that at {}:{line}", file!());
    assert_eq!(error.to_string(), text);
    info!(logger_config::global().unwrap(), "from anywhere");
    assert!(second.shutdown(PATIENCE).finished);
    assert!(logger_config::global().is_some());
    assert_eq!(first.shutdown(PATIENCE).health.total().accepted, 1);
    assert!(logger_config::global().is_none());
    let third = builder(QUIET).build().unwrap();
    third.make_global().unwrap();
    drop(third);
    assert!(logger_config::global().is_none());
}
