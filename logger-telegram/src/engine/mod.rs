//! From alerts to requests: what is said when, to whom, and what becomes of it.

pub(crate) mod backoff; // the pause after a failure
pub(crate) mod bucket; // how many messages a service takes
pub(crate) mod change; // other targets while it runs
pub(crate) mod group; // repeats of one alert
pub(crate) mod lane; // all that is to be said to one target
pub(crate) mod post; // a message at a service
pub(crate) mod queue; // from the worker's thread to the engine's
mod seat; // a target in the engine
pub(crate) mod worker; // the engine's thread
