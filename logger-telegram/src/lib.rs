#![cfg_attr(all(feature = "telegram", feature = "discord"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(all(feature = "telegram", feature = "discord")),
    doc = "Alerts for logger-core: within seconds, as many as a person can read."
)]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(all(feature = "telegram", feature = "discord", feature = "webhook")),
    allow(dead_code, reason = "each service needs a part only of what they share")
)]

mod alert; // what a person is to be told
mod alerts; // running alerts, and their handle
mod builder; // sets them up
mod drain; // the worker's end
mod engine; // what is said when, to whom
mod error;
mod event; // the alerts' own troubles
mod health; // figures
mod http; // requests and answers
mod places; // places with ever different alerts
mod rules; // which records are alerts
mod shared; // what the threads share
mod spool; // the file in which alerts wait
mod target; // the services
#[cfg(test)]
mod testing;
mod text; // what a person reads
mod trial; // whether a target works

pub use crate::{
    alert::Fingerprint,
    alerts::{AlertHandle, Alerts},
    builder::AlertsBuilder,
    drain::AlertDrain,
    error::AlertError,
    event::AlertEvent,
    health::{AlertHealth, Delay, TargetHealth, TargetState},
    rules::{Mode, Rule},
    target::Target,
    trial::{TargetRequest, TargetTest},
};

#[cfg(feature = "discord")]
pub use crate::target::discord::Discord;
#[cfg(feature = "telegram")]
pub use crate::target::telegram::Telegram;
#[cfg(feature = "webhook")]
pub use crate::target::{ntfy::Ntfy, slack::Slack, webhook::Webhook};
