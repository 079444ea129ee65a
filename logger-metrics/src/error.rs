//! Why the server could not be started.

use std::{io, net::SocketAddr};

/// The server could not be started. Nothing is left running.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MetricsError {
    /// The address can be reached from other machines.
    #[error("{address} is not an address of the loopback; allowed are 127.0.0.1 and [::1], with any port")]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The operating system does not give the address, for instance because another program has it.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The refusal.
        #[source]
        source: io::Error,
    },
    /// The operating system refused the thread of the server.
    #[error("cannot start the thread of the metrics")]
    Thread {
        /// The refusal.
        #[source]
        source: io::Error,
    },
}
