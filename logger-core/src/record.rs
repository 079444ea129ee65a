//! One log event, as a drain sees it, and the same with bytes of its own.

use std::{fmt, sync::Arc};

use crate::{
    category::Category,
    clock::Timestamp,
    codec::{
        Section,
        bound::BoundContext,
        buffer::Buffer,
        decode::{Decoder, Found, Key, Parts, PlainValue, RawValue, Referred, Slot, text},
        dictionary::Entries,
        encode::{Encoder, Head},
        fields::{Fields, encode_field},
        place::Place,
        site::Site,
    },
    context::Context,
    format::LineCache,
    level::Level,
    redact::default_list,
    run::Run,
    value::Value,
};

/// One log event. It borrows from the queue: a drain that keeps it longer makes an [`OwnedRecord`].
#[derive(Clone, Copy)]
pub struct Record<'a> {
    pub(crate) parts: Parts<'a>,
    pub(crate) stamp: Stamp<'a>,
    pub(crate) run: &'a Run,
    pub(crate) lines: &'a LineCache,
}

/// What the worker adds to a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stamp<'a> {
    pub(crate) timestamp: Timestamp,
    pub(crate) seq: u64,
    pub(crate) thread: &'a str,
    pub(crate) recovered: bool,
}

impl<'a> Record<'a> {
    /// How serious it is.
    pub fn level(&self) -> Level {
        self.parts.header().level
    }

    /// What kind of event it tells of.
    pub fn category(&self) -> Category {
        self.parts.header().category
    }

    /// The message.
    pub fn event(&self) -> &'a str {
        text(self.parts.event())
    }

    /// When the call was made.
    pub fn timestamp(&self) -> Timestamp {
        self.stamp.timestamp
    }

    /// The number of the record within its run: 1, 2, 3, … in the order of output, without a gap.
    pub fn seq(&self) -> u64 {
        self.stamp.seq
    }

    /// The name of the thread that made the call, or `thread-N` for one without a name.
    pub fn thread(&self) -> &'a str {
        self.stamp.thread
    }

    /// The path of the module that made the call.
    pub fn module(&self) -> &'a str {
        text(self.parts.module())
    }

    /// The source file of the call.
    pub fn file(&self) -> &'a str {
        text(self.parts.file())
    }

    /// The line of the call in [`Record::file`].
    pub fn line(&self) -> u32 {
        self.parts.line()
    }

    /// The start of the program that it belongs to.
    pub fn run(&self) -> &'a Run {
        self.run
    }

    /// Whether it was found in what an earlier run left behind.
    pub fn is_recovered(&self) -> bool {
        self.stamp.recovered
    }

    /// How many bytes were cut from it at the limits, where that is known; `None` where nothing was cut.
    pub fn truncated_bytes(&self) -> Option<u32> {
        self.parts.header().is_truncated().then_some(self.parts.header().cut)
    }

    /// Whether it was below the logger's level when it was logged, and another route asked for it.
    pub(crate) fn is_below_level(&self) -> bool {
        self.parts.header().is_below_level()
    }

    /// The fields with their values: bound context, scoped context, the call's own; each key once.
    ///
    /// A key that the formats use themselves (`level`, `timestamp`, …) is written as `field.<key>` by them and is plain here.
    pub fn fields(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        self.parts.fields().map(|(key, value)| (text(key.bytes), value.get()))
    }

    /// The value of a field; `None` where the record has no such field.
    pub fn field(&self, key: &str) -> Option<Value<'a>> {
        self.parts.fields().find(|(it, _)| it.bytes == key.as_bytes()).map(|(_, value)| value.get())
    }

    /// The record with bytes of its own, to be kept or sent to another thread.
    pub fn to_owned(&self, run: &Arc<Run>) -> OwnedRecord {
        OwnedRecord {
            bytes: self.parts.bytes().into(),
            slots: self.parts.slots().into(),
            site: self.parts.site().cloned(),
            context: self.parts.referred().context.cloned(),
            found: *self.parts.found(),
            timestamp: self.stamp.timestamp,
            seq: self.stamp.seq,
            thread: self.stamp.thread.into(),
            recovered: self.stamp.recovered,
            run: Arc::clone(run),
            lines: LineCache::default(),
        }
    }

    pub(crate) fn raw_fields(&self) -> impl Iterator<Item = (Key<'a>, RawValue<'a>)> + use<'a> {
        self.parts.fields()
    }

    /// Its call site, where nothing is special about it: see [`Shape::Plain`](crate::codec::decode::Shape::Plain), and it was
    /// neither recovered nor cut.
    #[inline]
    pub(crate) fn plain_site(&self) -> Option<&'a Arc<Site>> {
        let is_plain = self.parts.is_plain() && !self.is_recovered() && !self.parts.header().is_truncated();
        self.parts.site().filter(|_| is_plain)
    }

    /// The own fields of a plain record: each key as its place among those of the call site, and the value.
    #[inline]
    pub(crate) fn plain_fields(&self) -> impl Iterator<Item = (usize, PlainValue<'a>)> + use<'a> {
        self.parts.plain_fields()
    }

    /// The bound context as it is encoded, and how many of the first fields are its own; `None` where there is none, or
    /// where another field stands in for one of its fields.
    pub(crate) fn bound(&self) -> Option<(&'a [u8], usize)> {
        self.parts.bound()
    }

    /// The same where the context is in the dictionary.
    pub(crate) fn context(&self) -> Option<(&'a Arc<BoundContext>, usize)> {
        self.parts.context()
    }

    /// What it has in common with the other records of its call site.
    pub(crate) fn site(&self) -> Option<&'a Arc<Site>> {
        self.parts.site()
    }

    /// Whether the event is among that.
    pub(crate) fn has_event_of_site(&self) -> bool {
        self.parts.has_event_of_site()
    }

    pub(crate) fn event_bytes(&self) -> &'a [u8] {
        self.parts.event()
    }

    pub(crate) fn lines(&self) -> &'a LineCache {
        self.lines
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("level", &self.level())
            .field("category", &self.category())
            .field("event", &self.event())
            .field("seq", &self.seq())
            .field("fields", &self.fields().collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A record with bytes of its own. Made by [`Record::to_owned`], or by hand for tests and for a drain's own reports.
///
/// ```
/// use logger_core::{Level, OwnedRecord};
///
/// let record = OwnedRecord::new(Level::Info, "order filled").field("price", 70_000.5).build();
/// assert_eq!(record.borrow().event(), "order filled");
/// ```
#[derive(Debug)]
pub struct OwnedRecord {
    bytes: Box<[u8]>,
    slots: Box<[Slot]>,
    site: Option<Arc<Site>>,
    context: Option<Arc<BoundContext>>,
    found: Found,
    timestamp: Timestamp,
    seq: u64,
    thread: Box<str>,
    recovered: bool,
    run: Arc<Run>,
    lines: LineCache,
}

impl OwnedRecord {
    /// Begins a record of category `general`, number 1, at 1970-01-01, in a run without names.
    #[expect(clippy::new_ret_no_self, reason = "the builder is how one is made")]
    pub fn new(level: Level, event: impl Into<String>) -> OwnedRecordBuilder {
        OwnedRecordBuilder {
            level,
            category: Category::General,
            event: event.into(),
            place: (String::new(), String::new(), 0),
            bound: Fields::default(),
            own: Fields::default(),
            timestamp: Timestamp::from_unix_nanos(0),
            seq: 1,
            thread: String::new(),
            recovered: false,
            run: None,
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The record as drains take it.
    pub fn borrow(&self) -> Record<'_> {
        let referred = Referred { site: self.site.as_ref(), context: self.context.as_ref() };
        Record {
            parts: Parts::new(&self.found, &self.bytes, &self.slots, referred),
            stamp: Stamp {
                timestamp: self.timestamp,
                seq: self.seq,
                thread: &self.thread,
                recovered: self.recovered,
            },
            run: &self.run,
            lines: &self.lines,
        }
    }
}

/// Sets the parts of an [`OwnedRecord`]; what is not set has the value that [`OwnedRecord::new`] names.
#[must_use]
#[derive(Debug, Clone)]
pub struct OwnedRecordBuilder {
    level: Level,
    category: Category,
    event: String,
    /// File, module, line.
    place: (String, String, u32),
    bound: Fields,
    own: Fields,
    timestamp: Timestamp,
    seq: u64,
    thread: String,
    recovered: bool,
    run: Option<Arc<Run>>,
}

impl OwnedRecordBuilder {
    /// What kind of event it tells of.
    pub fn category(mut self, category: Category) -> Self {
        self.category = category;
        self
    }

    /// Where it was made.
    pub fn place(mut self, file: &str, module: &str, line: u32) -> Self {
        self.place = (file.into(), module.into(), line);
        self
    }

    /// When it was made.
    pub fn timestamp(mut self, timestamp: Timestamp) -> Self {
        self.timestamp = timestamp;
        self
    }

    /// Its number.
    pub fn seq(mut self, seq: u64) -> Self {
        self.seq = seq;
        self
    }

    /// The name of its thread.
    pub fn thread(mut self, name: &str) -> Self {
        self.thread = name.into();
        self
    }

    /// Whether it comes from an earlier run.
    pub fn recovered(mut self, recovered: bool) -> Self {
        self.recovered = recovered;
        self
    }

    /// The start of the program that it belongs to.
    pub fn run(mut self, run: &Arc<Run>) -> Self {
        self.run = Some(Arc::clone(run));
        self
    }

    /// What its logger is bound to.
    pub fn context(mut self, context: &Context) -> Self {
        self.bound.append(context.fields());
        self
    }

    /// Adds a field of its own.
    pub fn field<'v>(mut self, key: &str, value: impl Into<Value<'v>>) -> Self {
        encode_field(&mut self.own, key, value.into());
        self
    }

    /// Completes the record.
    pub fn build(self) -> OwnedRecord {
        let mut heap = Vec::new();
        let mut buffer = Buffer::new(&mut [], &mut heap);
        let (file, module, line) = &self.place;
        let head = Head::new(self.level, self.category, 0);
        let mut encoder = Encoder::begin(&mut buffer, head, default_list());
        // fields that are in their order already go into the sections that keep it
        encoder.section(Section::Scope, |writer| writer.encoded(&self.own));
        encoder.section(Section::Bound, |writer| writer.encoded(&self.bound));
        let place = Place { file, module, line: *line };
        encoder.end(|| place, Some(&format_args!("{}", self.event)));
        let (mut decoder, sites) = (Decoder::default(), Entries::default());
        let parts = decoder.decode(&heap, &sites).expect("what the encoder wrote can be decoded");
        let run = self.run.unwrap_or_else(|| Arc::new(Run::fixed("", "", 0, "")));
        OwnedRecord {
            found: *parts.found(),
            slots: parts.slots().into(),
            site: None,
            context: None,
            bytes: parts.bytes().into(),
            timestamp: self.timestamp,
            seq: self.seq,
            thread: self.thread.into(),
            recovered: self.recovered,
            run,
            lines: LineCache::default(),
        }
    }
}
