//! A panic, in each place where one ends differently.

use std::{error::Error, io, sync::mpsc::Receiver, thread};

use logger_core::{PipelineBuilder, ShutdownGuard};

use crate::{
    child::ends::two_steps,
    scene::{Place, Strategy},
};

pub(super) fn prepare(
    builder: PipelineBuilder,
    strategy: Strategy,
) -> Result<PipelineBuilder, Box<dyn Error>> {
    let built_for = if cfg!(panic = "abort") { Strategy::Abort } else { Strategy::Unwind };
    if strategy != built_for {
        return Err(format!("this program is built for {built_for:?} and not for {strategy:?}").into());
    }
    Ok(builder.log_panics())
}

pub(super) fn play(at: Place, guard: ShutdownGuard, steps: &Receiver<()>) -> io::Result<()> {
    match at {
        Place::Main => panic!("in main, as planned"),
        Place::Thread => {
            let panicked = thread::spawn(|| panic!("in a thread, as planned")).join();
            drop(guard);
            // the other threads log on
            two_steps(steps);
            panicked.map_or(Ok(()), |()| Err(io::Error::other("the thread did not panic")))
        }
        Place::Destructor => {
            let _panics = PanicsOnDrop;
            panic!("before a destructor, as planned")
        }
        Place::ExternC => {
            called_by_c();
            Ok(())
        }
    }
}

struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("in a destructor, as planned");
    }
}

extern "C" fn called_by_c() {
    panic!("called by C, as planned");
}
