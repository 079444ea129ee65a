//! What all lines of one call site begin with, behind the time.

use std::sync::Arc;

use super::{Envelope, line::Line};
use crate::{category::Category, codec::site::Site, level::Level, record::Record};

/// Remembers what the lines of a call site begin with; where two sites meet in one slot, the later one stays.
#[derive(Debug)]
pub(super) struct Heads {
    slots: Vec<Option<Head>>,
}

#[derive(Debug)]
struct Head {
    /// Held, so that its address belongs to no other one.
    site: Arc<Site>,
    level: Level,
    category: Category,
    envelope: Envelope,
    thread: Box<str>,
    run: Box<str>,
    process_id: u32,
    text: Line,
}

const SLOTS: usize = 256;

impl Default for Heads {
    fn default() -> Self {
        Heads { slots: (0..SLOTS).map(|_| None).collect() }
    }
}

impl Heads {
    /// What `format` makes of the beginning of a record's line, or what it made before of one that is the same. Only of a
    /// record whose call site has its event.
    #[inline]
    pub(super) fn of(
        &mut self,
        record: &Record<'_>,
        envelope: Envelope,
        format: impl FnOnce(&mut Line),
    ) -> Option<&[u8]> {
        let site = record.site().filter(|_| record.has_event_of_site())?;
        // a site is a few hundred bytes of the heap
        let at = Arc::as_ptr(site).addr();
        let slot = &mut self.slots[(at >> 4 ^ at >> 12 ^ envelope as usize) % SLOTS];
        let known = slot.as_ref().is_some_and(|head| head.is_of(record, site, envelope));
        if !known {
            *slot = Some(Head::new(record, site, envelope, format));
        }
        slot.as_ref().map(|head| head.text.as_bytes())
    }
}

impl Head {
    #[inline]
    fn is_of(&self, record: &Record<'_>, site: &Arc<Site>, envelope: Envelope) -> bool {
        Arc::ptr_eq(&self.site, site)
            && self.level == record.level()
            && self.envelope == envelope
            && (envelope == Envelope::Compact
                || self.category == record.category()
                    && *self.thread == *record.thread()
                    && *self.run == *record.run().id()
                    && self.process_id == record.run().process_id())
    }

    #[cold]
    fn new(
        record: &Record<'_>,
        site: &Arc<Site>,
        envelope: Envelope,
        format: impl FnOnce(&mut Line),
    ) -> Self {
        let mut text = Line::default();
        format(&mut text);
        Head {
            site: Arc::clone(site),
            level: record.level(),
            category: record.category(),
            envelope,
            thread: record.thread().into(),
            run: record.run().id().into(),
            process_id: record.run().process_id(),
            text,
        }
    }
}
