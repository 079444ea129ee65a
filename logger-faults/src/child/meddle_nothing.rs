//! Where the system is not Unix nobody meddles.

use std::io;

use logger_core::{Clock, ManualClock};

use super::drains::Healed;
use crate::plan::{Heal, Plan};

pub(super) struct Meddler;

impl Meddler {
    pub(super) fn before_the_start(_: &Plan) -> io::Result<Self> {
        Ok(Meddler)
    }

    pub(super) fn clock(&self) -> Option<Clock> {
        None
    }

    pub(super) fn manual_clock(&self) -> Option<std::sync::Arc<ManualClock>> {
        None
    }

    pub(super) fn before_the_load(&mut self, _: &Plan) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn waits_for_all(_: &Plan) -> bool {
        false
    }

    pub(super) fn have_all_logged(_: &Plan) -> bool {
        true
    }

    pub(super) fn once_all_have_logged(&self, _: &Plan) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn heal(&mut self, plan: &Plan, healed: &Healed) -> io::Result<()> {
        match &plan.heal {
            Heal::Remove(path) => std::fs::remove_file(path),
            Heal::Drain => {
                healed.set();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn jump(&self, _: impl FnMut(usize, &ManualClock) -> io::Result<bool>) -> io::Result<()> {
        Ok(())
    }
}
