//! A call of slog's macros, or of ours, as a record.

use std::fmt;

use slog::{KV, OwnedKVList};

use super::{
    Section,
    dictionary::{Dictionary, Known, SiteCache},
    encode::Encoder,
    flag,
    write::Writer,
};
use crate::call_site;

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

impl Call<'_, '_> {
    /// Writes the fields of the call and those that slog itself has bound. Returns the event, unless its call site has it.
    #[inline]
    pub(crate) fn encode<'b>(
        &self,
        encoder: &mut Encoder<'b, '_>,
        sites: Option<Sites<'b>>,
    ) -> Option<&fmt::Arguments<'_>> {
        if call_site::is_ours(self.record) {
            return self.of_our_macros(encoder, sites.map(|it| it.dictionary));
        }
        match sites {
            Some(sites) => self.of_known_site(encoder, sites),
            None => self.spelled_out(encoder),
        }
    }

    /// A call that knows its call site, and the types of its values.
    #[inline]
    fn of_our_macros<'b>(
        &self,
        encoder: &mut Encoder<'b, '_>,
        dictionary: Option<&'b Dictionary>,
    ) -> Option<&fmt::Arguments<'_>> {
        encoder.writer.dictionary = dictionary;
        self.fields(encoder, |writer| {
            crate::raw::typed::offer(writer, |writer| self.record.kv().serialize(self.record, writer))
        });
        encoder.flag(flag::IN_ORDER);
        let site = encoder.writer.site;
        let has_event = site.has_event() && self.record.msg().as_str().is_some();
        encoder.site = site.number().unwrap_or(0);
        (!has_event || encoder.site == 0).then(|| self.record.msg())
    }

    /// A call of slog's macros.
    #[inline]
    fn of_known_site<'b>(
        &self,
        encoder: &mut Encoder<'b, '_>,
        sites: Sites<'b>,
    ) -> Option<&fmt::Arguments<'_>> {
        let Sites { dictionary, cache } = sites;
        let event = self.record.msg().as_str();
        let Some(slot) = cache.find(self.record, event, dictionary) else {
            return self.learn(encoder, dictionary, cache);
        };
        let Some(known) = cache.at(slot) else { return self.spelled_out(encoder) };
        encoder.writer.expect_keys(known.keys());
        self.fields(encoder, |writer| self.record.kv().serialize(self.record, writer));
        encoder.site = known.number();
        (event.is_none() || encoder.site == 0).then(|| self.record.msg())
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
        self.own_fields(encoder, |writer| self.record.kv().serialize(self.record, writer));
        let keys = *encoder.writer.learned.take().unwrap_or_default();
        self.list_fields(encoder);
        cache.learn(Known::new(self.record, keys), encoder.writer.redaction, dictionary);
        Some(self.record.msg())
    }

    #[cold]
    fn spelled_out(&self, encoder: &mut Encoder<'_, '_>) -> Option<&fmt::Arguments<'_>> {
        self.fields(encoder, |writer| self.record.kv().serialize(self.record, writer));
        Some(self.record.msg())
    }

    /// Writes the call's own fields by `own`, and those that slog has bound.
    #[inline]
    fn fields(&self, encoder: &mut Encoder<'_, '_>, own: impl FnOnce(&mut Writer<'_, '_>) -> slog::Result) {
        self.own_fields(encoder, own);
        self.list_fields(encoder);
    }

    #[inline]
    fn own_fields(
        &self,
        encoder: &mut Encoder<'_, '_>,
        own: impl FnOnce(&mut Writer<'_, '_>) -> slog::Result,
    ) {
        encoder.writer.guarded(own);
        encoder.end_of_keys();
        encoder.count(Section::Own);
    }

    #[inline]
    fn list_fields(&self, encoder: &mut Encoder<'_, '_>) {
        encoder.writer.guarded(|writer| self.list.serialize(self.record, writer));
        encoder.count(Section::List);
    }
}
