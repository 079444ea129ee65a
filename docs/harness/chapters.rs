//! The chapters, whose code is compiled and run.

#[doc = include_str!("../src/start.md")]
struct Start;
#[doc = include_str!("../src/context.md")]
struct Context;
#[doc = include_str!("../src/trades.md")]
struct Trades;
#[doc = include_str!("../src/levels.md")]
struct Levels;
#[doc = include_str!("../src/files.md")]
struct Files;
#[doc = include_str!("../src/durability.md")]
struct Durability;
#[doc = include_str!("../src/alerts.md")]
struct Alerts;
#[doc = include_str!("../src/configuration.md")]
struct Configuration;
#[doc = include_str!("../src/operations.md")]
struct Operations;
#[doc = include_str!("../src/drain.md")]
struct Drain;
#[doc = include_str!("../src/coming-from.md")]
struct ComingFrom;
#[doc = include_str!("../src/security.md")]
struct Security;
