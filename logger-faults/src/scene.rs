//! Ends that have a course of their own, and how the child ends in each.

use serde::{Deserialize, Serialize};

/// A course that an end takes while all threads log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scene {
    /// A panic.
    Panic {
        /// Where.
        at: Place,
        /// What the program was built for.
        strategy: Strategy,
    },
    /// A signal that asks for the end.
    Signal {
        /// SIGTERM or SIGINT, by its number.
        number: i32,
        /// Whose handler there is.
        handler: Handler,
    },
    /// The program forks without an exec; the child logs, and both end in order.
    Fork,
    /// Records are logged from inside a value, a drain, a panic hook, the end of a thread, and the end of the process.
    Reentrant,
    /// The guard is used up by a shutdown while others end the pipeline too, and threads log on.
    GuardUsedUp,
    /// The guard is never dropped, and main returns.
    GuardForgotten,
}

/// Where a panic happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// On the main thread.
    Main,
    /// On a thread that somebody joins.
    Thread,
    /// In a destructor that runs because of another panic.
    Destructor,
    /// In a function that C may call, out of which no panic may go.
    ExternC,
}

/// What becomes of a panic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// It unwinds the stack.
    Unwind,
    /// It ends the process.
    Abort,
}

/// Whose handler there is when a signal comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Handler {
    /// Nobody's: the process ends of it.
    None,
    /// The application's: it ends in order when it has logged some more.
    Own,
}

/// How a child ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// With this exit code.
    With(i32),
    /// Of this signal.
    Of(i32),
}

const SIGABRT: i32 = 6;
/// What a program of Rust ends with when main panics.
const PANICKED: i32 = 101;

impl Scene {
    /// The event of a CRITICAL record with a value that logs.
    pub(crate) const IN_A_VALUE: &str = "a value logs";
    /// The event of the CRITICAL records that a drain logs.
    pub(crate) const IN_A_DRAIN: &str = "a drain logs";
    /// How often it does.
    pub(crate) const IN_A_DRAIN_TIMES: u32 = 5;
    /// What the panic says in whose hook the application logs.
    pub(crate) const PANIC: &str = "for the hook, as planned";

    /// How the child ends.
    pub(crate) fn ends(self) -> Ends {
        match self {
            Scene::Panic { at: Place::Main, strategy: Strategy::Unwind } => Ends::With(PANICKED),
            Scene::Panic { at: Place::Thread, strategy: Strategy::Unwind } => Ends::With(0),
            Scene::Panic { .. } => Ends::Of(SIGABRT),
            Scene::Signal { number, handler: Handler::None } => Ends::Of(number),
            Scene::Signal { handler: Handler::Own, .. }
            | Scene::Fork
            | Scene::Reentrant
            | Scene::GuardUsedUp
            | Scene::GuardForgotten => Ends::With(0),
        }
    }

    /// Whether everything that was logged is in the files when the process is gone.
    pub(crate) fn drains(self) -> bool {
        self.ends() != Ends::Of(SIGABRT)
    }
}
