//! Levels of parts of the program, over the one of the whole. Of several that fit a record the expert's holds, then that of
//! the longest module, then that of the category.

use logger_core::Level;

use crate::key::keys;

keys! {
    /// the level of a module and all below it, such as `my_bot::orders`, for drains without a level of their own
    MODULES: Level = "levels.modules.*", example("debug"), live();
    /// the level of one expert, by the `expert_name` of its logger, for drains without a level of their own
    EXPERTS: Level = "levels.experts.*", example("trace"), live();
    /// the level of a category, `general` or `trade`, for drains without a level of their own; `trades.log` has every
    /// trade all the same
    CATEGORIES: Level = "levels.categories.*", example("info"), live();
}
