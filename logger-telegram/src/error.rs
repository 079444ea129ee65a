//! What can be wrong with alerts when they are set up.

use std::{io, path::PathBuf};

/// Alerts could not be set up. No text of it contains a token, or an address that is one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlertError {
    /// A setting of a target is wrong.
    #[error("target `{target}`: {what}")]
    Setting {
        /// The name of the target or service.
        target: String,
        /// What is wrong, and what is allowed.
        what: String,
    },
    /// There is nowhere to send alerts to.
    #[error("there is no target for alerts")]
    NoTarget,
    /// Two targets have one name, so that figures and rules could not tell them apart.
    #[error("two targets are named `{name}`; `Target::named` gives one of them another name")]
    TargetName {
        /// The name.
        name: String,
    },
    /// A rule is wrong.
    #[error("rule `{rule}`: {what}")]
    Rule {
        /// The name of the rule.
        rule: String,
        /// What is wrong, and what is allowed.
        what: String,
    },
    /// The address of the proxy is wrong, or a root certificate cannot be read.
    #[error("network: {what}")]
    Network {
        /// What is wrong, and what is allowed.
        what: String,
    },
    /// The file in which undelivered alerts wait cannot be used.
    #[error("cannot {what} {path}")]
    Spool {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Alerts that were closed cannot be changed.
    #[error("the alerts were closed")]
    Ended,
    /// The operating system refused the thread or its runtime.
    #[error("cannot start the thread of the alerts")]
    Thread {
        /// The refusal.
        #[source]
        source: io::Error,
    },
}
