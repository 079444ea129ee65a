//! Bytes → record, on the worker's thread. Trusts nothing: the bytes may come from a ring that a dead program left.

use std::{
    ops::Range,
    str,
    sync::{Arc, LazyLock},
};

use super::{
    ALIGN, HEADER,
    bound::{self, BoundContext},
    checksum::is_whole,
    dictionary::Entries,
    express::MOST,
    fields::{Fields, encode_field},
    flag, kind, limit,
    overridden::{KeyBits, all_differ, drop_overridden},
    place::{self, Place},
    site::{Definition, Site},
    tag,
    words::place_of_value,
};
use crate::{
    category::Category,
    level::Level,
    value::{ErrorChain, Value},
};

/// Bytes that are no record, and what is wrong with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("corrupt record: {what}")]
pub(crate) struct Corrupt {
    what: &'static str,
}

const fn corrupt(what: &'static str) -> Corrupt {
    Corrupt { what }
}

/// The fixed part of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) size: usize,
    pub(crate) level: Level,
    pub(crate) category: Category,
    pub(crate) flags: u8,
    pub(crate) counter: u64,
    pub(crate) cut: u32,
    site: u32,
    event_len: usize,
    counts: [u16; 4],
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// What merging needs to know of a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outline {
    pub(crate) size: usize,
    pub(crate) counter: u64,
    /// The highest number of the dictionary that it refers to; 0 for none.
    pub(crate) refers_to: u32,
    pub(crate) is_thread_name: bool,
}

/// Where a record has the number of its bound context.
const CONTEXT_AT: usize = 30;

/// The outline of the record that begins `bytes`.
#[inline]
pub(crate) fn outline(bytes: &[u8]) -> Result<Outline, Corrupt> {
    let Some(header) = bytes.first_chunk::<HEADER>() else {
        return Err(corrupt("shorter than its header"));
    };
    let size = u32_at(header, 0) as usize;
    if size < HEADER || size > bytes.len() || !size.is_multiple_of(ALIGN) {
        return Err(corrupt("impossible size"));
    }
    let counter = header[8..].first_chunk::<8>().copied().unwrap_or_default();
    let is_thread_name = header[7] == kind::THREAD_NAME;
    let context = if header[6] & flag::CONTEXT == 0 { 0 } else { u32::from(u16_at(header, CONTEXT_AT)) };
    let refers_to = u32_at(header, 16).max(context);
    Ok(Outline { size, counter: u64::from_le_bytes(counter), refers_to, is_thread_name })
}

/// The outline of the record that begins `bytes`, if it is as its encoder left it: for memory that a dead process has left.
pub(crate) fn whole(bytes: &[u8]) -> Option<Outline> {
    outline(bytes).ok().filter(|found| is_whole(&bytes[..found.size]))
}

impl Header {
    const NONE: Header = Header {
        size: 0,
        level: Level::Trace,
        category: Category::General,
        flags: 0,
        counter: 0,
        cut: 0,
        site: 0,
        event_len: 0,
        counts: [0; 4],
    };

    #[inline(always)]
    fn read(bytes: &[u8]) -> Result<Header, Corrupt> {
        let Outline { size, counter, .. } = outline(bytes)?;
        Ok(Header {
            size,
            level: Level::from_u8(bytes[4]).ok_or(corrupt("unknown level"))?,
            category: Category::from_u8(bytes[5]).ok_or(corrupt("unknown category"))?,
            flags: bytes[6],
            counter,
            site: u32_at(bytes, 16),
            event_len: u32_at(bytes, 20) as usize,
            counts: [u16_at(bytes, 24), u16_at(bytes, 26), u16_at(bytes, 28), u16_at(bytes, CONTEXT_AT)],
            cut: u32_at(bytes, 32),
        })
    }

    /// How many fields the call itself has.
    fn own(&self) -> usize {
        usize::from(self.counts[0])
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    pub(crate) fn is_truncated(&self) -> bool {
        self.has(flag::TRUNCATED)
    }

    pub(crate) fn is_below_level(&self) -> bool {
        self.has(flag::BELOW_LEVEL)
    }

    pub(crate) fn is_from_drain(&self) -> bool {
        self.has(flag::FROM_DRAIN)
    }
}

/// Where a field lies in the bytes of its record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    key_at: u32,
    value_at: u32,
    value_len: u32,
    pub(super) key_len: u8,
    tag: u8,
    /// Which of the call site's keys it has; [`OWN_KEY`]: one of its own; [`OF_CONTEXT`]: it is the bound context's.
    site_key: u16,
}

const OWN_KEY: u16 = u16::MAX;
const OF_CONTEXT: u16 = u16::MAX - 1;

/// The bytes that the fields of a record lie in.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sources<'a> {
    pub(crate) record: &'a [u8],
    /// The call site's.
    pub(crate) site: &'a [u8],
    /// The bound context's.
    pub(crate) context: &'a [u8],
}

impl<'a> Sources<'a> {
    /// Those of fields that have all they need.
    pub(crate) fn of_record(record: &'a [u8]) -> Self {
        Sources { record, ..Sources::default() }
    }
}

/// What a record refers to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Referred<'a> {
    pub(crate) site: Option<&'a Arc<Site>>,
    pub(crate) context: Option<&'a Arc<BoundContext>>,
}

/// Where the texts lie that are not the call site's.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Texts {
    event: (u32, u32),
    file: (u32, u32),
    module: (u32, u32),
    line: u32,
}

/// What was found in a record, besides its slots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    header: Header,
    texts: Texts,
    shape: Shape,
}

/// A record taken apart: borrows its bytes, and what its decoder has found. Small, because it is copied: what was just stored
/// piece by piece would be waited for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    found: &'a Found,
    bytes: &'a [u8],
    slots: &'a [Slot],
    referred: Referred<'a>,
}

/// How the fields of a record are found. The first ones are those of its bound context, which many records have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// By the slots; another field stands in for one of the bound ones, or there are none.
    Slots,
    /// By the slots; the first ones are bound: so many, whose bytes lie there in the record.
    Bound((u32, u32), usize),
    /// By the slots; the first ones are all those of the context in the dictionary.
    Context,
    /// Without slots: those of the context in the dictionary, and own ones that lie as words.
    Plain,
}

/// A key as it goes out; a name that the formats use themselves gets the prefix `field.`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key<'a> {
    pub(crate) bytes: &'a [u8],
    /// Which of the call site's keys it is.
    pub(crate) index: Option<u16>,
}

impl Key<'_> {
    /// Whether the formats use the name themselves.
    pub(crate) fn is_reserved(&self) -> bool {
        is_reserved(self.bytes)
    }
}

impl Slot {
    /// Its key and its value.
    #[inline]
    pub(crate) fn field<'a>(&self, sources: &Sources<'a>) -> (&'a [u8], RawValue<'a>) {
        let (keys, values) = match self.site_key {
            OWN_KEY => (sources.record, sources.record),
            OF_CONTEXT => (sources.context, sources.context),
            _ => (sources.site, sources.record),
        };
        let key = &keys[self.key_at as usize..][..usize::from(self.key_len)];
        (key, self.value(values))
    }

    /// Its value, in the bytes that it lies in.
    #[inline(always)]
    fn value<'a>(&self, bytes: &'a [u8]) -> RawValue<'a> {
        RawValue { tag: self.tag, bytes: &bytes[self.value_at as usize..][..self.value_len as usize] }
    }

    /// The slot of a field with a key of a call site, without its value.
    pub(super) fn of_key(key: &Range<u32>, index: u16) -> Self {
        Slot { key_at: key.start, key_len: (key.end - key.start) as u8, site_key: index, ..Slot::NONE }
    }

    /// Notes where its value is. Returns where the next one lies; `None` where it is none, or is cut off.
    #[inline(always)]
    fn set_value(&mut self, bytes: &[u8], tag: u8, at: usize) -> Option<usize> {
        let (value_at, value_len) = place_of_value(bytes, tag, at)?;
        let end = value_at + value_len;
        (self.tag, self.value_at, self.value_len) = (tag, value_at as u32, value_len as u32);
        (end <= bytes.len()).then(|| end.next_multiple_of(ALIGN))
    }

    /// The same in the bytes of a bound context.
    pub(super) fn in_context(self) -> Self {
        Slot { site_key: OF_CONTEXT, ..self }
    }
}

impl<'a> Referred<'a> {
    #[inline]
    fn sources(&self, record: &'a [u8]) -> Sources<'a> {
        Sources {
            record,
            site: self.site.map_or(&[], |site| site.bytes()),
            context: self.context.map_or(&[], |context| context.bytes()),
        }
    }
}

impl<'a> Parts<'a> {
    /// A record whose parts were found before.
    pub(crate) fn new(found: &'a Found, bytes: &'a [u8], slots: &'a [Slot], referred: Referred<'a>) -> Self {
        Parts { found, bytes, slots, referred }
    }

    pub(crate) fn found(&self) -> &'a Found {
        self.found
    }

    #[inline]
    pub(crate) fn header(&self) -> &'a Header {
        &self.found.header
    }

    /// The bytes of the bound context, where they are in the record and all of its fields are the first ones; and how many
    /// those are.
    pub(crate) fn bound(&self) -> Option<(&'a [u8], usize)> {
        match self.found.shape {
            Shape::Bound(bytes, fields) => Some((self.text(bytes), fields)),
            Shape::Slots | Shape::Context | Shape::Plain => None,
        }
    }

    /// The bound context, where all of its fields are the first ones of the record; and how many those are.
    pub(crate) fn context(&self) -> Option<(&'a Arc<BoundContext>, usize)> {
        match self.found.shape {
            Shape::Context | Shape::Plain => self.referred.context.map(|it| (it, it.slots().len())),
            Shape::Slots | Shape::Bound(..) => None,
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        matches!(self.found.shape, Shape::Plain)
    }

    /// The own fields of a plain record: each key as its place among those of the call site, and the value.
    #[inline]
    pub(crate) fn plain_fields(&self) -> impl Iterator<Item = (usize, PlainValue<'a>)> + use<'a> {
        let (bytes, slots) = (self.bytes, if self.is_plain() { self.slots } else { &[] });
        slots.iter().map(move |slot| {
            let len = slot.value_len as usize;
            let value = PlainValue { tag: slot.tag, len, behind: &bytes[slot.value_at as usize..] };
            (usize::from(slot.site_key), value)
        })
    }

    /// The bytes of the own values of a record where those lie as words and have keys of their own.
    #[inline]
    pub(crate) fn plain_values(&self) -> Option<&'a [u8]> {
        let Shape::Plain = self.found.shape else { return None };
        self.bytes.get(HEADER + self.found.header.own()..)
    }

    /// Whether the event is the call site's.
    pub(crate) fn has_event_of_site(&self) -> bool {
        self.found.header.has(flag::SITE_EVENT)
    }

    fn text(&self, (at, len): (u32, u32)) -> &'a [u8] {
        &self.bytes[at as usize..][..len as usize]
    }

    pub(crate) fn file(&self) -> &'a [u8] {
        self.referred.site.map_or_else(|| self.text(self.found.texts.file), |site| site.file())
    }

    pub(crate) fn module(&self) -> &'a [u8] {
        self.referred.site.map_or_else(|| self.text(self.found.texts.module), |site| site.module())
    }

    pub(crate) fn line(&self) -> u32 {
        self.referred.site.map_or(self.found.texts.line, |site| site.line())
    }

    pub(crate) fn event(&self) -> &'a [u8] {
        let of_site = self.referred.site.filter(|_| self.has_event_of_site()).and_then(|site| site.event());
        of_site.unwrap_or_else(|| self.text(self.found.texts.event))
    }

    /// The fields in their order, each key once.
    #[inline]
    pub(crate) fn fields(&self) -> impl Iterator<Item = (Key<'a>, RawValue<'a>)> + use<'a> {
        let sources = self.referred.sources(self.bytes);
        let of_context = match self.found.shape {
            Shape::Plain => self.referred.context.map_or(&[][..], |it| it.slots()),
            _ => &[],
        };
        of_context.iter().chain(self.slots).map(move |slot| {
            let (key, value) = slot.field(&sources);
            (Key { bytes: key, index: (slot.site_key < OF_CONTEXT).then_some(slot.site_key) }, value)
        })
    }

    /// The values that are not of a bound context.
    #[inline]
    pub(crate) fn own_values(&self) -> impl Iterator<Item = RawValue<'a>> + use<'a> {
        let sources = self.referred.sources(self.bytes);
        let bound = match self.found.shape {
            Shape::Plain | Shape::Slots => 0,
            Shape::Context => self.context().map_or(0, |(_, fields)| fields),
            Shape::Bound(_, fields) => fields,
        };
        self.slots.get(bound..).unwrap_or_default().iter().map(move |slot| slot.field(&sources).1)
    }

    pub(crate) fn site(&self) -> Option<&'a Arc<Site>> {
        self.referred.site
    }

    pub(crate) fn referred(&self) -> Referred<'a> {
        self.referred
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn slots(&self) -> &'a [Slot] {
        self.slots
    }
}

/// Names that the formats use themselves, and the same behind `field.`: what `level` becomes must not be what a caller's
/// `field.level` is.
fn is_reserved(mut key: &[u8]) -> bool {
    while let Some(rest) = key.strip_prefix(b"field.") {
        key = rest;
    }
    match key.len() {
        3 => matches!(key, b"run" | b"seq"),
        4 => matches!(key, b"file" | b"line" | b"seal"),
        5 => matches!(key, b"level" | b"event"),
        6 => matches!(key, b"procid" | b"thread" | b"module"),
        8 => matches!(key, b"severity" | b"category" | b"hostname" | b"app_name"),
        9 => matches!(key, b"timestamp" | b"recovered" | b"truncated"),
        15 => key == b"truncated_bytes",
        _ => false,
    }
}

/// A value as its bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawValue<'a> {
    pub(crate) tag: u8,
    pub(crate) bytes: &'a [u8],
}

impl<'a> RawValue<'a> {
    #[inline]
    pub(crate) fn fixed<const N: usize>(self) -> [u8; N] {
        self.bytes.first_chunk::<N>().copied().unwrap_or([0; N])
    }

    pub(crate) fn get(self) -> Value<'a> {
        match self.tag {
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::I64 => Value::I64(i64::from_le_bytes(self.fixed())),
            tag::U64 => Value::U64(u64::from_le_bytes(self.fixed())),
            tag::I128 => Value::I128(i128::from_le_bytes(self.fixed())),
            tag::U128 => Value::U128(u128::from_le_bytes(self.fixed())),
            tag::F32 => Value::F32(f32::from_le_bytes(self.fixed())),
            tag::F64 => Value::F64(f64::from_le_bytes(self.fixed())),
            tag::CHAR => {
                let char = char::from_u32(u32::from_le_bytes(self.fixed()));
                Value::Char(char.unwrap_or(char::REPLACEMENT_CHARACTER))
            }
            tag::STR => Value::Str(text(self.bytes)),
            tag::JSON => Value::Json(text(self.bytes)),
            tag::ERROR => Value::Error(ErrorChain::new(self.bytes)),
            _ => Value::Null,
        }
    }
}

/// A value that lies as words, with what lies behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PlainValue<'a> {
    pub(crate) tag: u8,
    len: usize,
    /// Begins with the value.
    behind: &'a [u8],
}

impl<'a> PlainValue<'a> {
    #[inline(always)]
    pub(crate) fn word(self) -> u64 {
        u64::from_le_bytes(self.behind.first_chunk().copied().unwrap_or_default())
    }

    #[inline(always)]
    pub(crate) fn bytes(self) -> &'a [u8] {
        &self.behind[..self.len]
    }

    /// Its bytes with others behind them, and how many are its own; `None` where it is longer, or too little is behind it.
    #[inline(always)]
    pub(crate) fn padded<const N: usize>(self) -> Option<(&'a [u8; N], usize)> {
        self.behind.first_chunk().filter(|_| self.len <= N).map(|bytes| (bytes, self.len))
    }
}

/// Text that an encoder wrote; the replacement character where memory was damaged since.
pub(crate) fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or("\u{fffd}")
}

/// Finds the fields of records, one record after another; keeps its memory.
#[derive(Debug)]
pub(crate) struct Decoder {
    slots: Vec<Slot>,
    found: Found,
}

impl Default for Decoder {
    fn default() -> Self {
        let found = Found { header: Header::NONE, texts: Texts::default(), shape: Shape::Slots };
        Decoder { slots: Vec::new(), found }
    }
}

impl Decoder {
    /// Takes the record apart that begins `bytes`. Where its call site is not in `entries`, it has a made-up event and
    /// made-up keys, but all of its values; where its context is not there, a field that says so.
    #[inline(always)]
    pub(crate) fn decode<'a>(
        &'a mut self,
        bytes: &'a [u8],
        entries: &'a Entries,
    ) -> Result<Parts<'a>, Corrupt> {
        let Decoder { slots, found } = self;
        found.header = Header::read(bytes)?;
        let header = &found.header;
        let bytes = &bytes[..header.size];
        let [.., bound] = header.counts;
        let site = (header.site != 0).then(|| entries.site(header.site).unwrap_or(&LOST));
        let context = header.has(flag::CONTEXT).then(|| entries.context(bound).unwrap_or(&LOST_CONTEXT));
        let referred = Referred { site, context };
        if let Some(site) = site
            && plain(slots, header, bytes, site, context).is_some()
        {
            (found.texts, found.shape) = (Texts::default(), Shape::Plain);
            return Ok(Parts { found, bytes, slots, referred });
        }
        any(slots, found, bytes, referred)
    }
}

/// Takes a record apart whose fields lie in whatever way; its header is read.
#[inline(never)]
fn any<'a>(
    slots: &'a mut Vec<Slot>,
    found: &'a mut Found,
    bytes: &'a [u8],
    referred: Referred<'a>,
) -> Result<Parts<'a>, Corrupt> {
    let header = &found.header;
    let Referred { site, context } = referred;
    let keys = match site {
        Some(site) if header.has(flag::SITE_KEYS) => Some(site),
        None if header.has(flag::SITE_KEYS) => return Err(corrupt("keys of no call site")),
        _ => None,
    };
    let mut reader = Reader { bytes, at: HEADER };
    let counts = header.counts.map(usize::from);
    let shape = sections(slots, &mut reader, counts, keys, context)?;
    let [own, list, scope, _] = counts;
    let others = slots.len() - own;
    if !header.has(flag::IN_ORDER) {
        slots[others..].reverse();
    }
    found.texts = reader.texts(header)?;
    let sources = referred.sources(bytes);
    // where the record has all keys of its site, those are known
    let known = keys.filter(|site| site.keys() == own).map(|site| site.key_bits());
    let all_differ = match (known, shape, context.map(|it| it.key_bits())) {
        (Some(None), ..) | (_, Shape::Context, Some(None)) => false,
        (Some(Some(seen)), Shape::Context, Some(Some(bits))) if list == 0 && scope == 0 => {
            seen.differ_from(bits)
        }
        (Some(Some(seen)), ..) => all_differ(&slots[..others], &sources, *seen),
        (None, ..) => all_differ(slots, &sources, KeyBits::default()),
    };
    let is_whole = all_differ || !drop_overridden(slots, &sources);
    found.shape = if is_whole { shape } else { Shape::Slots };
    Ok(Parts { found, bytes, slots, referred })
}

/// Finds the fields of a record that has nothing but own ones that lie as words, whole ones, and a context of the
/// dictionary, and none of its keys twice; `None` where it is another one.
#[inline]
fn plain(
    slots: &mut Vec<Slot>,
    header: &Header,
    bytes: &[u8],
    site: &Site,
    context: Option<&Arc<BoundContext>>,
) -> Option<()> {
    let [_, list, scope, bound] = header.counts;
    let own = header.own();
    let nothing_else = list == 0 && scope == 0 && (bound == 0 || context.is_some());
    let are_words = header.has(flag::SITE_KEYS) && header.has(flag::SITE_EVENT) && own <= MOST;
    let differ = match (site.key_bits(), context.map(|it| it.key_bits())) {
        (Some(_), None) => true,
        (Some(own), Some(Some(others))) => own.differ_from(others),
        _ => false,
    };
    if !(nothing_else && are_words && differ) {
        return None;
    }
    let of_site = site.slots().get(..own)?;
    let tags = bytes.get(HEADER..HEADER + own)?;
    // each of them is overwritten
    slots.resize(own, Slot::NONE);
    let mut at = HEADER + own.next_multiple_of(ALIGN);
    // each slot at once to where it belongs: to turn around what was just written would wait for it
    let mut put = |(slot, (of_site, &tag)): (&mut Slot, (&Slot, &u8))| {
        *slot = *of_site;
        at = slot.set_value(bytes, tag, at)?;
        Some(())
    };
    let fields = of_site.iter().zip(tags);
    match header.has(flag::IN_ORDER) {
        true => slots.iter_mut().zip(fields).try_for_each(&mut put),
        false => slots.iter_mut().rev().zip(fields).try_for_each(&mut put),
    }
}

/// Finds the fields of all sections: bound context first, then slog's list, the scope, the record.
#[inline]
fn sections(
    slots: &mut Vec<Slot>,
    reader: &mut Reader<'_>,
    [own, list, scope, bound]: [usize; 4],
    keys: Option<&Arc<Site>>,
    context: Option<&Arc<BoundContext>>,
) -> Result<Shape, Corrupt> {
    slots.clear();
    let before = match context {
        Some(context) => {
            slots.extend_from_slice(context.slots());
            context.slots().len()
        }
        None => bound,
    };
    slots.resize(before + list + scope + own, Slot::NONE);
    let (slots_of_bound, rest) = slots.split_at_mut(before);
    let (slots_of_list, rest) = rest.split_at_mut(list);
    let (slots_of_scope, slots_of_own) = rest.split_at_mut(scope);
    match keys {
        Some(site) => reader.words(slots_of_own, site)?,
        None => reader.fields(slots_of_own)?,
    }
    reader.fields(slots_of_list)?;
    slots_of_list.reverse();
    reader.fields(slots_of_scope)?;
    if context.is_some() {
        return Ok(Shape::Context);
    }
    let at = reader.at as u32;
    reader.fields(slots_of_bound)?;
    let bytes = (at, reader.at as u32 - at);
    Ok(if bound > 0 { Shape::Bound(bytes, bound) } else { Shape::Slots })
}

/// Stands for a call site that is not in the dictionary: it was damaged.
static LOST: LazyLock<Arc<Site>> = LazyLock::new(|| {
    let keys: Vec<String> = (1..=limit::FIELDS).map(|n| format!("value_{n}")).collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let place = Place::default();
    let definition =
        Definition { place, event: Some("event and keys of this record were lost"), keys: &keys };
    definition.entry().and_then(|entry| Site::read(&entry)).expect("it keeps to the limits")
});

/// Stands for a bound context that is not in the dictionary: it was damaged.
static LOST_CONTEXT: LazyLock<Arc<BoundContext>> = LazyLock::new(|| {
    let mut fields = Fields::empty();
    encode_field(&mut fields, "_error", Value::Str("context of this record was lost"));
    bound::entry(&fields).and_then(|entry| BoundContext::read(&entry)).expect("it keeps to the limits")
});

impl Slot {
    const NONE: Slot =
        Slot { key_at: 0, value_at: 0, value_len: 0, key_len: 0, tag: tag::NULL, site_key: OWN_KEY };
}

/// Walks over encoded fields.
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader { bytes, at: 0 }
    }

    pub(crate) fn field(&mut self) -> Result<Slot, Corrupt> {
        let [tag, key_len] = *self.take(2)?.first_chunk::<2>().ok_or(corrupt("field cut off"))?;
        let key_at = self.at as u32;
        self.take(usize::from(key_len))?;
        self.value(tag, (key_at, key_len, OWN_KEY))
    }

    fn fields(&mut self, slots: &mut [Slot]) -> Result<(), Corrupt> {
        for slot in slots {
            *slot = self.field()?;
        }
        Ok(())
    }

    /// The fields of a call whose keys are those of `site`: see [`super::words`].
    #[inline]
    fn words(&mut self, slots: &mut [Slot], site: &Site) -> Result<(), Corrupt> {
        let tags = self.take(slots.len().div_ceil(ALIGN) * ALIGN)?;
        let of_site = site.slots().get(..slots.len()).ok_or(corrupt("more fields than keys"))?;
        slots.copy_from_slice(of_site);
        for (slot, &tag) in slots.iter_mut().zip(tags) {
            self.at = slot.set_value(self.bytes, tag, self.at).ok_or(corrupt("field cut off"))?;
        }
        Ok(())
    }

    #[inline]
    fn value(&mut self, tag: u8, (key_at, key_len, site_key): (u32, u8, u16)) -> Result<Slot, Corrupt> {
        let value_len = match tag {
            tag::NULL | tag::FALSE | tag::TRUE => 0,
            tag::I64 | tag::U64 | tag::F64 => 8,
            tag::I128 | tag::U128 => 16,
            tag::F32 | tag::CHAR => 4,
            tag::STR | tag::JSON | tag::ERROR | tag::FRAMES => u32_at(self.take(4)?, 0) as usize,
            _ => return Err(corrupt("unknown type of a value")),
        };
        let value_at = self.at as u32;
        self.take(value_len)?;
        Ok(Slot { key_at, value_at, value_len: value_len as u32, key_len, tag, site_key })
    }

    /// What stands behind the fields.
    fn texts(&mut self, header: &Header) -> Result<Texts, Corrupt> {
        let mut texts = Texts::default();
        if header.site == 0 {
            let fixed = self.take(place::FIXED)?;
            texts.line = u32_at(fixed, 0);
            texts.file = self.text(usize::from(u16_at(fixed, 4)))?;
            texts.module = self.text(usize::from(u16_at(fixed, 6)))?;
        }
        texts.event = self.text(header.event_len)?;
        Ok(texts)
    }

    fn text(&mut self, len: usize) -> Result<(u32, u32), Corrupt> {
        let at = self.at as u32;
        self.take(len)?;
        Ok((at, len as u32))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Corrupt> {
        let taken =
            self.bytes.get(self.at..).and_then(|rest| rest.get(..len)).ok_or(corrupt("field cut off"))?;
        self.at += len;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_only_where_all_of_it_is_there() {
        let text = [5, 0, 0, 0, b'a', b'b', b'c', b'd', b'e', 0, 0, 0, 0, 0, 0, 0];
        for (tag, len) in [(tag::U64, 8), (tag::F32, 4), (tag::I128, 16), (tag::STR, 9), (tag::NULL, 0)] {
            for cut in 0..=text.len() {
                let mut slot = Slot::NONE;
                let next = slot.set_value(&text[..cut], tag, 0);
                assert_eq!(next, (len <= cut).then(|| len.next_multiple_of(ALIGN)), "{tag} in {cut} bytes");
                if next.is_some() {
                    assert_eq!(slot.value(&text[..cut]).bytes.len(), if tag == tag::STR { 5 } else { len });
                }
            }
        }
        let mut slot = Slot::NONE;
        assert_eq!(slot.set_value(&[0xff; 16], tag::STR, 0), None, "a length beyond all memory");
        assert_eq!(slot.set_value(&[0; 16], tag::JSON, 0), None, "no value of this kind lies as words");
    }
}
