//! A call of slog's macros, or of ours, as a record.

use std::fmt;

use slog::{KV, OwnedKVList};

use super::{
    Section,
    dictionary::{Dictionary, Known, SiteCache},
    encode::Encoder,
    express::{Express, Fit, is_ok},
    flag,
    write::Writer,
};
use crate::{call_site, raw::typed};

/// Where a call may keep what does not change from one of its records to the next.
pub(crate) struct Sites<'s> {
    pub(crate) dictionary: &'s Dictionary,
    pub(crate) cache: &'s mut SiteCache,
}

/// What a call passes on.
#[derive(Clone, Copy)]
pub(crate) struct Call<'r, 'l> {
    pub(crate) record: &'r slog::Record<'r>,
    pub(crate) list: &'l OwnedKVList,
}

impl<'r> Call<'r, '_> {
    /// What the record has of its own. Not slog's wrapper around it: the two words that were just stored would be read as one,
    /// for which a processor waits until all stores before have left it.
    #[inline(always)]
    fn fields(&self) -> &'r dyn KV {
        self.record.kv().0
    }

    /// Writes the fields where all of it is fit for the straight way. A value of the caller's may log meanwhile. Where slog is
    /// known to have bound nothing, its list is not looked at.
    #[inline]
    pub(crate) fn express<'x>(
        &self,
        express: &mut Express<'x>,
        cache: &'x mut SiteCache,
        is_list_empty: bool,
    ) {
        if call_site::is_ours(self.record) {
            let put = typed::express::offer(express, |it| self.fields().serialize(self.record, it));
            if !is_ok(put) || express.fit != Fit::Yes {
                return express.give_up();
            }
            if !is_list_empty {
                express.guarded(|express| self.list.serialize(self.record, express));
            }
        } else {
            self.express_of_slog(express, cache, is_list_empty);
        }
    }

    /// A call of slog's macros, whose call site is known by now.
    #[inline]
    fn express_of_slog<'x>(&self, express: &mut Express<'x>, cache: &'x mut SiteCache, is_list_empty: bool) {
        let event = self.record.msg().as_str();
        let slot = event.and_then(|_| cache.find(self.record, event, express.dictionary));
        let known = slot.and_then(|slot| cache.at(slot)).filter(|it| it.number() != 0);
        let Some(known) = known else { return express.give_up() };
        if !express.heed(known.fitness()) {
            return;
        }
        express.of_site(known.number(), known.keys());
        express.guarded(|express| {
            self.fields().serialize(self.record, express)?;
            express.end_of_own();
            if is_list_empty { Ok(()) } else { self.list.serialize(self.record, express) }
        });
    }

    /// Writes the fields of the call and those that slog itself has bound, each with its key. Returns the event, unless
    /// its call site has it.
    pub(crate) fn encode<'b>(
        &self,
        encoder: &mut Encoder<'b, '_>,
        sites: Option<Sites<'b>>,
    ) -> Option<&fmt::Arguments<'_>> {
        if call_site::is_ours(self.record) {
            return self.of_our_macros(encoder, sites.map(|it| it.dictionary));
        }
        let Some(Sites { dictionary, cache }) = sites else { return self.of_no_site(encoder) };
        let event = self.record.msg().as_str();
        let Some(slot) = cache.find(self.record, event, dictionary) else {
            return self.learn(encoder, dictionary, cache);
        };
        encoder.site = cache.at(slot).map_or(0, Known::number);
        let spelled = self.of_no_site(encoder);
        if event.is_none() || encoder.site == 0 { spelled } else { None }
    }

    /// A call that knows its call site.
    fn of_our_macros<'b>(
        &self,
        encoder: &mut Encoder<'b, '_>,
        dictionary: Option<&'b Dictionary>,
    ) -> Option<&fmt::Arguments<'_>> {
        encoder.writer.dictionary = dictionary;
        self.own_fields(encoder, |writer| {
            typed::write::offer(writer, |writer| self.fields().serialize(self.record, writer))
        });
        self.list_fields(encoder);
        encoder.flag(flag::IN_ORDER);
        let site = encoder.writer.site;
        let has_event = site.has_event() && self.record.msg().as_str().is_some();
        encoder.site = site.number().unwrap_or(0);
        (!has_event || encoder.site == 0).then(|| self.record.msg())
    }

    /// The first call of a call site in this thread: its keys are noted, and where no other thread has done so before,
    /// the site gets into the dictionary.
    #[cold]
    fn learn(
        &self,
        encoder: &mut Encoder<'_, '_>,
        dictionary: &Dictionary,
        cache: &mut SiteCache,
    ) -> Option<&fmt::Arguments<'_>> {
        encoder.writer.learned = Some(Box::default());
        self.own_fields(encoder, |writer| self.fields().serialize(self.record, writer));
        let keys = *encoder.writer.learned.take().unwrap_or_default();
        self.list_fields(encoder);
        cache.learn(Known::new(self.record, keys), encoder.writer.redaction, dictionary);
        Some(self.record.msg())
    }

    fn of_no_site(&self, encoder: &mut Encoder<'_, '_>) -> Option<&fmt::Arguments<'_>> {
        self.own_fields(encoder, |writer| self.fields().serialize(self.record, writer));
        self.list_fields(encoder);
        Some(self.record.msg())
    }

    fn own_fields(
        &self,
        encoder: &mut Encoder<'_, '_>,
        own: impl FnOnce(&mut Writer<'_, '_>) -> slog::Result,
    ) {
        encoder.writer.guarded(own);
        encoder.count(Section::Own);
    }

    fn list_fields(&self, encoder: &mut Encoder<'_, '_>) {
        encoder.writer.guarded(|writer| self.list.serialize(self.record, writer));
        encoder.count(Section::List);
    }
}
