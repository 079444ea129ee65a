//! The figures of a [`Pipeline`](logger_core::Pipeline) over HTTP, on the loopback only.
//!
//! | path | answer |
//! |---|---|
//! | `/metrics` | 200, the text of [`Health::to_prometheus`](logger_core::Health::to_prometheus) |
//! | `/health` | the object of [`Health::to_json`](logger_core::Health::to_json): 200 where the condition is `ok` or `degraded`, 503 where it is `failing` |
//!
//! ```
//! # use std::net::SocketAddr;
//! # let guard = logger_core::Pipeline::builder().start()?;
//! let address: SocketAddr = "127.0.0.1:0".parse()?; // 0: any free port
//! let server = logger_metrics::MetricsServer::start(address, guard.pipeline())?;
//! println!("http://{}/metrics", server.address());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it cannot do to the program
//!
//! It has a thread of its own, and what it reads are figures that are counted anyway. A connection answers one request, of at
//! most 8 KiB without its body, and ends after 5 s whatever its client does; of more than 32 at one time the oldest ends. Nothing in
//! a request changes anything.
//!
//! # Who can read it
//!
//! Any user of the machine, and no other machine. Requests whose `Host` is a name other than `localhost` are refused, because a page in
//! a browser could otherwise be made to read it under a name of its own. The figures hold no secret and no text of a record; the errors
//! of drains name paths.
#![forbid(unsafe_code)]

mod answer; // what a request gets
mod error; // why it could not be started
mod server; // connections, and their limits

pub use crate::{error::MetricsError, server::MetricsServer};
