//! How a record lies in memory between the caller and the worker. Nothing in it is a pointer.
//!
//! | bytes | what |
//! |---|---|
//! | 0..4 | size of the whole record, a multiple of 8 |
//! | 4 | level |
//! | 5 | category |
//! | 6 | [`flag`]s |
//! | 7 | [`kind`] |
//! | 8..16 | the clock's counter |
//! | 16..20 | number of the call site in the dictionary of the run; 0: none |
//! | 20..24 | length of the event; 0 where it is the call site's |
//! | 24..32 | how many fields each [`Section`] has, 2 bytes each; with [`flag::CONTEXT`] the last is the number of the bound context |
//! | 32..36 | bytes that were cut because they went past a limit |
//! | 36..40 | [`checksum`] |
//! | 40.. | the fields in the order of the sections, [`place`] where there is no call site, event, padding |
//!
//! A field is one byte of [`tag`], one byte of key length, the key, and the value: numbers in as many bytes as they
//! have, text after four bytes of length. All numbers are little-endian. The own fields of a call whose keys are its call
//! site's (see [`site`]) have no keys and lie as [`words`].

pub(crate) mod bound;
pub(crate) mod buffer;
pub(crate) mod call;
pub(crate) mod checksum;
pub(crate) mod decode;
pub(crate) mod dictionary;
pub(crate) mod encode;
pub(crate) mod express;
pub(crate) mod fields;
pub(crate) mod frames;
mod nested;
mod overridden;
pub(crate) mod place;
#[cfg(test)]
mod redact_tests;
pub(crate) mod site;
pub(crate) mod words;
pub(crate) mod write;

/// Bytes before the texts of a record.
pub(crate) const HEADER: usize = 40;
/// Every record begins at a multiple of this.
pub(crate) const ALIGN: usize = 8;

/// What is cut, so that one call cannot fill the memory: see `S10` and `S09` of the fault matrix.
pub(crate) mod limit {
    /// Bytes of one text, event or nested value.
    pub(crate) const VALUE: usize = 256 * 1024;
    /// Bytes of a key.
    pub(crate) const KEY: usize = 128;
    /// Fields of one section of a record.
    pub(crate) const FIELDS: usize = 1024;
    /// Brackets around a part of a nested value. serde_json reads 127 of them, the line's own among them.
    pub(crate) const DEPTH: usize = 100;
    /// Bytes of all fields of one record.
    pub(crate) const ALL_FIELDS: usize = 1024 * 1024;
    /// Bytes of a path of a file or module.
    pub(crate) const PLACE: usize = 4096;
    /// Bytes of one record: its fields, and what stands behind them.
    pub(crate) const RECORD: usize = ALL_FIELDS + VALUE + 2 * PLACE + 256;
}

/// What the bytes are.
pub(crate) mod kind {
    /// A record.
    pub(crate) const RECORD: u8 = 0;
    /// The name of the thread that made the records after it, as the event.
    pub(crate) const THREAD_NAME: u8 = 1;
}

/// Bits of byte 6.
pub(crate) mod flag {
    /// Something was cut at a limit.
    pub(crate) const TRUNCATED: u8 = 1;
    /// Logged by a thread of the logger: from inside a drain. Goes to the reports only, or it would feed itself.
    pub(crate) const FROM_DRAIN: u8 = 2;
    /// Below the logger's level at the time of the call: only for routes with a level of their own.
    pub(crate) const BELOW_LEVEL: u8 = 4;
    /// The event is the call site's.
    pub(crate) const SITE_EVENT: u8 = 8;
    /// The keys of the call's own fields are the call site's, and their values lie as [`words`](super::words).
    pub(crate) const SITE_KEYS: u8 = 16;
    /// The call's own fields are in the order in which they were written; slog hands them over the last one first.
    pub(crate) const IN_ORDER: u8 = 32;
    /// The bound context is in the dictionary of the run.
    pub(crate) const CONTEXT: u8 = 64;
}

/// Where a field comes from, in the order of the bytes. slog hands over its lists the newest first; the decoder turns
/// them round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Given in the call.
    Own = 0,
    /// Bound by slog's own `Logger::new(o!(…))`.
    List = 1,
    /// Bound to the block, thread or future.
    Scope = 2,
    /// Bound by `bind`.
    Bound = 3,
}

impl Section {
    /// The number of its fields where it stands in the word of all of them.
    #[inline(always)]
    const fn counted(self, count: usize) -> u64 {
        (count as u64) << (16 * self as u32)
    }
}

/// The type of a value.
pub(crate) mod tag {
    pub(crate) const NULL: u8 = 0;
    pub(crate) const FALSE: u8 = 1;
    pub(crate) const TRUE: u8 = 2;
    pub(crate) const I64: u8 = 3;
    pub(crate) const U64: u8 = 4;
    pub(crate) const I128: u8 = 5;
    pub(crate) const U128: u8 = 6;
    pub(crate) const F32: u8 = 7;
    pub(crate) const F64: u8 = 8;
    pub(crate) const CHAR: u8 = 9;
    pub(crate) const STR: u8 = 10;
    pub(crate) const JSON: u8 = 11;
    pub(crate) const ERROR: u8 = 12;
    /// What [`frames`](super::frames) has captured; the worker makes a text of it before any drain sees it.
    pub(crate) const FRAMES: u8 = 13;
}
