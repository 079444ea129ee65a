//! Empties the queues when the process ends by `exit`, which runs no destructor of `main`.

use std::{
    sync::{Mutex, Once, Weak},
    time::{Duration, Instant},
};

use super::{Shared, fork::Home};
use crate::raw::exit::at_exit;

/// The pipelines that may have something to write.
static LIVE: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

/// How long the end of the process may wait for the queues.
const BOUND: Duration = Duration::from_secs(5);

/// From now on `exit` shuts the pipeline down.
pub(super) fn watch(shared: &std::sync::Arc<Shared>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // where it cannot be had, the guard is the only one that ends logging in order, as its documentation says
        at_exit(on_exit);
    });
    let Some(mut live) = Home::FIRST.lock(&LIVE) else { return };
    live.retain(|it| it.strong_count() > 0);
    live.push(std::sync::Arc::downgrade(shared));
}

extern "C" fn on_exit() {
    let deadline = Instant::now() + BOUND;
    let Some(live) = Home::FIRST.lock(&LIVE).map(|mut live| std::mem::take(&mut *live)) else { return };
    for shared in live.iter().filter_map(Weak::upgrade) {
        shared.shut_down(deadline);
    }
}
