//! A log call as a record, the straight way: its keys are its call site's, its values are few and short, and all of it goes
//! into the ring at once. Whatever is not like that is unfit, leaves nothing behind, and is written by an
//! [`Encoder`](super::encode::Encoder) instead.

use std::{
    any::Any,
    error::Error,
    fmt::{self, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicU32, Ordering},
};

use super::{
    ALIGN, HEADER, Section,
    dictionary::{Dictionary, Numbered},
    encode::{Head, header_words},
    fields::Fields,
    flag, tag,
    words::{ROOM, Room, Words},
    write::{Keys, text},
};
use crate::{
    call_site::values::{Fields as Values, Known},
    redact::{LiveRedaction, is_harmless},
};

/// Bytes that have to be free in one piece for any record of this way.
pub(crate) const ROOM_IN_BYTES: usize = ROOM * ALIGN;
/// The first word behind the header.
const FIRST: usize = HEADER / ALIGN;
/// Fields of a call that goes the straight way: two words of tags.
pub(super) const MOST: usize = 2 * ALIGN;

/// Whether a call can go the straight way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fit {
    /// So far it can.
    Yes,
    /// Not with these values: one is too long, the ring has no room, a key is another one than that of the call site.
    NotThisTime,
    /// It has a value that is never written this way.
    Never,
}

/// Whether the records of a call site mostly go the straight way: to try it in vain is dearer than not to try it.
#[derive(Debug, Default)]
pub(crate) struct Fitness {
    /// How many records did not go that way.
    misses: AtomicU32,
}

impl Fitness {
    /// So many records, and it is not tried any more.
    const ENOUGH: u32 = 64;

    pub(crate) const fn new() -> Self {
        Fitness { misses: AtomicU32::new(0) }
    }

    /// From now on none is tried.
    #[cold]
    pub(crate) fn never(&self) {
        self.misses.store(Self::ENOUGH, Ordering::Relaxed);
    }

    /// Whether it is worth trying.
    #[inline]
    pub(crate) fn is_given(&self) -> bool {
        self.misses.load(Ordering::Relaxed) < Self::ENOUGH
    }

    #[cold]
    fn miss(&self, fit: Fit) {
        let misses = if fit == Fit::Never { Self::ENOUGH } else { self.misses.load(Ordering::Relaxed) + 1 };
        self.misses.store(misses, Ordering::Relaxed);
    }
}

/// A record under construction.
#[derive(Debug)]
pub struct Express<'x> {
    pub(crate) dictionary: &'x Dictionary,
    pub(crate) redaction: &'x LiveRedaction,
    words: Words<'x>,
    /// The keys that its fields have, in this order.
    keys: &'x [&'static str],
    count: usize,
    tags: [u64; MOST / ALIGN],
    pub(crate) fit: Fit,
    /// That of the call site.
    fitness: Option<&'x Fitness>,
    /// The number of the call site.
    site: u32,
    counts: u64,
    /// Wide enough to fill up the word of the small fields: one that was made in pieces that overlap is waited for when it is read.
    flags: u16,
    /// Whether fields behind those that are there would not begin where they end.
    is_ended: bool,
}

impl<'x> Express<'x> {
    /// A record that begins `room`.
    #[inline]
    pub(crate) fn begin(
        room: &'x mut Room,
        dictionary: &'x Dictionary,
        redaction: &'x LiveRedaction,
    ) -> Self {
        Express {
            dictionary,
            redaction,
            words: Words::from(room, FIRST),
            keys: &[],
            count: 0,
            tags: [0; MOST / ALIGN],
            fit: Fit::Yes,
            fitness: None,
            site: 0,
            counts: 0,
            flags: 0,
            is_ended: false,
        }
    }

    /// Says where it is noted how fit the records of its call site are. Returns whether this one is to be tried.
    #[inline]
    pub(crate) fn heed(&mut self, fitness: &'x Fitness) -> bool {
        self.fitness = Some(fitness);
        let is_given = fitness.is_given();
        if !is_given {
            self.fit = Fit::Never;
        }
        is_given
    }

    /// Says which call site it has, whose event is that of the record, and that the fields to come have these keys.
    #[inline]
    pub(crate) fn of_site(&mut self, number: u32, keys: &'x [&'static str]) {
        if keys.len() > MOST {
            // none of them is the next one
            return self.give_up();
        }
        self.site = number;
        self.keys = keys;
        self.words.at = FIRST + keys.len().div_ceil(ALIGN);
    }

    /// Adds the fields of one of our macros, which have the keys of their call site.
    #[inline(always)]
    pub(crate) fn put_plain<F: Values>(&mut self, fields: &F, numbered: Numbered) {
        let tags = F::LEN.div_ceil(ALIGN);
        let fits = F::LEN <= MOST && FIRST + tags + fields.words() <= ROOM;
        let Some(number) = numbered.number_with_event().filter(|_| fits) else { return self.give_up() };
        let mut words = self.words.lend();
        words.at = FIRST + tags;
        fields.write(&mut words);
        (self.words.at, self.words.sum) = (words.at, words.sum);
        for word in 0..tags {
            self.tags[word] = fields.tags(word);
        }
        (self.site, self.count) = (number, F::LEN);
        // as a whole: the compiler would add to one byte of it, and what is read next would wait for that one
        self.counts = Section::Own.counted(F::LEN);
        self.flags |= u16::from(flag::IN_ORDER);
    }

    /// The same for fields that the caller's own code may write.
    pub(crate) fn put_mixed<F: Values>(
        &mut self,
        fields: &F,
        record: &slog::Record<'_>,
        numbered: Numbered,
        keys: Keys,
    ) {
        let Some(number) = numbered.number_with_event() else { return self.give_up() };
        self.of_site(number, keys);
        self.flags |= u16::from(flag::IN_ORDER);
        self.guarded(|this| fields.express(record, keys, this));
        self.end_of_own();
    }

    /// Refuses a field that is not the one with this index of the call site.
    #[inline]
    pub(crate) fn expect(&mut self, index: usize) -> slog::Result {
        if self.count == index { Ok(()) } else { self.refuse(Fit::NotThisTime) }
    }

    /// Adds a field by `write`; it has the next key.
    #[inline]
    fn push(&mut self, tag: u8, write: impl FnOnce(&mut Words<'_>)) {
        self.tags[self.count / ALIGN % (MOST / ALIGN)] |= u64::from(tag) << (8 * (self.count % ALIGN));
        self.count += 1;
        write(&mut self.words);
    }

    /// Adds a value of a type that we know.
    #[inline]
    pub(crate) fn push_known(&mut self, value: &(impl Known + ?Sized)) -> slog::Result {
        if value.words() > self.words.left() {
            return self.refuse(Fit::NotThisTime);
        }
        self.push(value.tag(), |words| value.write(words));
        Ok(())
    }

    /// Adds the text that a `Display` or `Debug` makes of a value.
    pub(crate) fn push_shown(&mut self, value: &fmt::Arguments<'_>) -> slog::Result {
        if let Some(text) = value.as_str() {
            return self.push_known(text);
        }
        let mut text = Text { space: self.words.text_space(), len: 0, is_full: false };
        let outcome = catch_unwind(AssertUnwindSafe(|| text.write_fmt(*value)));
        let (len, is_full) = (text.len, text.is_full);
        let written = self.words.text_space().get_mut(..len).unwrap_or_default();
        let is_clean = matches!(outcome, Ok(Ok(()))) && is_harmless(written);
        if !is_clean {
            // what panicked, or had no room, may have left a part of a secret
            written.fill(0);
        }
        match outcome {
            Ok(Ok(())) if !is_clean => self.refuse(Fit::NotThisTime),
            Ok(_) if is_full => self.refuse(Fit::NotThisTime),
            Ok(Ok(())) => {
                self.push(tag::STR, |words| words.settle_text(len));
                Ok(())
            }
            Ok(Err(_)) => self.push_known("<error in Display>"),
            Err(_) => self.push_known("<panic in Display>"),
        }
    }

    /// Adds fields of the call by `serialize`, which belongs to the caller.
    pub(crate) fn guarded(&mut self, serialize: impl FnOnce(&mut Self) -> slog::Result) {
        match catch_unwind(AssertUnwindSafe(|| is_ok(serialize(self)))) {
            Ok(true) => {}
            Ok(false) => self.give_up(),
            Err(panic) => self.give_up_for(panic),
        }
    }

    /// Ends the call's own fields; fields that were encoded before may follow.
    #[inline]
    pub(crate) fn end_of_own(&mut self) {
        if self.count != self.keys.len() {
            return self.give_up();
        }
        self.counts |= Section::Own.counted(self.count);
        // nothing else has a key of the call site
        self.keys = &[];
    }

    /// Puts the tags of its own fields, which are summed up behind all fields.
    #[inline]
    fn put_tags(&mut self) {
        for (word, tags) in self.tags.into_iter().enumerate() {
            if self.count > word * ALIGN {
                self.words.put_at(FIRST + word, tags);
                self.words.sum.add(tags);
            }
        }
    }

    /// Adds what the scopes of the thread add.
    #[inline(never)]
    pub(crate) fn put_scope(&mut self, fields: &Fields) {
        if self.redaction.adds() {
            return self.give_up();
        }
        self.put_last(Section::Scope, fields);
        self.is_ended = true;
    }

    /// Adds fields that were encoded before, which end the record.
    #[inline(never)]
    pub(crate) fn put_last(&mut self, section: Section, fields: &Fields) {
        if self.is_ended || fields.cut > 0 || fields.bytes.len().div_ceil(ALIGN) > self.words.left() {
            return self.give_up();
        }
        self.words.put_bytes(&fields.bytes);
        self.counts |= section.counted(fields.count);
    }

    /// Says which bound context of the dictionary the record has.
    #[inline]
    pub(crate) fn put_context(&mut self, number: u16) {
        self.counts |= Section::Bound.counted(number.into());
        self.flags |= u16::from(flag::CONTEXT);
    }

    /// Completes the record. Returns how many bytes it has; `None` where it is unfit.
    #[inline]
    pub(crate) fn end(&mut self, head: Head) -> Option<usize> {
        if self.fit != Fit::Yes {
            self.fitness.inspect(|fitness| fitness.miss(self.fit));
            return None;
        }
        self.put_tags();
        let mut sum = self.words.sum;
        let len = self.words.at * ALIGN;
        let head = head.with(self.flags as u8 | flag::SITE_KEYS | flag::SITE_EVENT);
        let mut header = header_words(len, head, (self.site, 0), self.counts, 0);
        sum.add_header(&header);
        header[4] |= u64::from(sum.checksum()) << 32;
        for (index, word) in header.into_iter().enumerate() {
            self.words.put_at(index, word);
        }
        Some(len)
    }

    /// Whether `key` is the next one that the call site has: the same text at the same place.
    #[inline]
    fn is_next(&self, key: &slog::Key) -> bool {
        let key = text(key);
        self.keys.get(self.count).is_some_and(|next| std::ptr::eq(*next, key))
    }

    /// Adds a field by `put` if it is the next one of the call site.
    #[inline]
    fn emit(&mut self, key: &slog::Key, put: impl FnOnce(&mut Self) -> slog::Result) -> slog::Result {
        if self.is_next(key) { put(self) } else { self.refuse(Fit::NotThisTime) }
    }

    #[cold]
    fn give_up_for(&mut self, panic: Box<dyn Any + Send>) {
        drop(panic);
        self.give_up();
    }

    /// It is unfit, if only this time.
    #[cold]
    pub(crate) fn give_up(&mut self) {
        if self.fit == Fit::Yes {
            self.fit = Fit::NotThisTime;
        }
    }

    #[cold]
    pub(crate) fn refuse(&mut self, fit: Fit) -> slog::Result {
        self.fit = fit;
        Err(slog::Error::Other)
    }
}

/// Whether a serialization succeeded, without the code that drops an error where it did.
#[inline(always)]
pub(super) fn is_ok(result: slog::Result) -> bool {
    match result {
        Ok(()) => true,
        Err(error) => {
            drop_error(error);
            false
        }
    }
}

#[cold]
fn drop_error(error: slog::Error) {
    drop(error);
}

/// A text that is formatted into bytes.
struct Text<'s> {
    space: &'s mut [u8],
    len: usize,
    is_full: bool,
}

impl fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len + text.len();
        let Some(space) = self.space.get_mut(self.len..end) else {
            self.is_full = true;
            return Err(fmt::Error);
        };
        super::buffer::copy(text.as_bytes(), space);
        self.len = end;
        Ok(())
    }
}

macro_rules! emit_known {
    ($($method:ident: $type:ty),+ $(,)?) => {$(
        #[inline]
        fn $method(&mut self, key: slog::Key, value: $type) -> slog::Result {
            self.emit(&key, |this| this.push_known(&value))
        }
    )+};
}

/// The values of slog's own macros.
impl slog::Serializer for Express<'_> {
    emit_known! {
        emit_u8: u8, emit_u16: u16, emit_u32: u32, emit_u64: u64, emit_usize: usize, emit_u128: u128,
        emit_i8: i8, emit_i16: i16, emit_i32: i32, emit_i64: i64, emit_isize: isize, emit_i128: i128,
        emit_f32: f32, emit_f64: f64, emit_char: char, emit_bool: bool,
    }

    fn emit_str(&mut self, key: slog::Key, value: &str) -> slog::Result {
        self.emit(&key, |this| this.push_known(value))
    }

    fn emit_unit(&mut self, key: slog::Key) -> slog::Result {
        self.emit_none(key)
    }

    fn emit_none(&mut self, key: slog::Key) -> slog::Result {
        self.emit(&key, |this| {
            this.push(tag::NULL, |_| {});
            Ok(())
        })
    }

    fn emit_arguments(&mut self, key: slog::Key, value: &fmt::Arguments<'_>) -> slog::Result {
        self.emit(&key, |this| this.push_shown(value))
    }

    fn emit_serde(&mut self, _: slog::Key, _: &dyn slog::SerdeValue) -> slog::Result {
        self.refuse(Fit::Never)
    }

    fn emit_error(&mut self, _: slog::Key, _: &(dyn Error + 'static)) -> slog::Result {
        self.refuse(Fit::Never)
    }
}
