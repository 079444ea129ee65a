//! The services that alerts go to, as strict as the real ones, for tests and demonstrations.
//!
//! One server speaks for all of them, by path:
//!
//! | path | service |
//! |---|---|
//! | `/bot<token>/sendMessage`, `/bot<token>/editMessageText` | Telegram |
//! | `/api/webhooks/<id>/<token>`, `…/messages/<message>` | Discord |
//! | `/services/…` | Slack |
//! | `/` | ntfy |
//! | everything else | a webhook of one's own |
//!
//! It answers as they do: limits are counted as they count them, what breaks them gets their status and their body, and who
//! comes too often or too early is asked to wait. What no answer tells, a rule that a sender has broken all the same, is in
//! [`Server::complaints`]. [`Fault`]s come in between as they were ordered.
#![forbid(unsafe_code)]

mod discord; // webhooks of Discord
mod fault; // what goes wrong on order
mod http; // requests and answers on a socket
mod ntfy;
mod server; // accepts and dispatches
mod slack;
mod state; // what the services remember
mod telegram; // the Bot API
mod tls; // certificates, good and bad ones
mod webhook; // signed JSON

pub use crate::{
    fault::Fault,
    http::Request,
    server::{Options, Server},
    state::{Received, Shown},
    tls::Certificate,
};
