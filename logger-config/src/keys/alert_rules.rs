//! Rules for alerts, by name.

use logger_core::{Category, Level};

use crate::{
    alert_rule_setting::{FieldTexts, RuleMode, Targets},
    expression::Expression,
    key::keys,
    name::AppName,
    quantity::{Span, Whole},
    setting::Switch,
};

/// A watch for a rate counts so many records, and remembers when they were.
pub(crate) type RateCount = Whole<1, 100_000>;
/// How far a watch looks.
pub(crate) type Watched = Span<1_000, { 7 * 86_400_000 }>;
/// Where a rule stands among the others.
pub(crate) type Order = Whole<0, 1_000>;

keys! {
    /// whether the rule is there; absent: true
    ENABLED: Switch = "alerts.rules.*.enabled", example("true"), live();
    /// where the rule stands: of several that fit a record the first one decides, the lowest number first, then by name, and
    /// `alerts.level` after all of them; absent: 100
    ORDER: Order = "alerts.rules.*.order", example("10"), live();
    /// it is about records at or above this level; absent: critical, or with `category = "trade"` any; for a rate error; for
    /// a silence any
    LEVEL: Level = "alerts.rules.*.level", example("error"), live();
    /// about records of this category only; absent: of all
    CATEGORY: Category = "alerts.rules.*.category", example("trade"), live();
    /// about records of this expert only, by their `expert_name`; absent: of all
    EXPERT: AppName = "alerts.rules.*.expert", example("MyEmaBot"), live();
    /// about records with this `symbol` only; absent: with any
    SYMBOL: AppName = "alerts.rules.*.symbol", example("BTCUSDT"), live();
    /// about records with this event only, to the letter; absent: with any
    EVENT: AppName = "alerts.rules.*.event", example("order filled"), live();
    /// about records whose event matches this only, anywhere in it; absent: any
    MATCHES: Expression = "alerts.rules.*.matches", example("^reconnect"), live();
    /// about records with all of these fields only, each as it is printed; absent: any
    FIELDS: FieldTexts = "alerts.rules.*.fields", example("side=BUY"), live();
    /// not each record is an alert, but more than so many `within` a span, once a span; absent: each
    MORE_THAN: RateCount = "alerts.rules.*.more_than", example("20"), live();
    /// that span
    WITHIN: Watched = "alerts.rules.*.within", example("60s"), live();
    /// not a record is an alert, but none for so long, and the first one after that: a dead man's switch; absent: each
    SILENCE: Watched = "alerts.rules.*.silence", example("90s"), live();
    /// how its alerts come. on: with the sound that the target has for the level; silent: without; off: not at all, whatever
    /// later rules say; absent: on
    MODE: RuleMode = "alerts.rules.*.mode", example("silent"), live();
    /// the targets that get them; absent: all
    TARGETS: Targets = "alerts.rules.*.targets", example("telegram"), live();
}
