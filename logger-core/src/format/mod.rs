//! Record → bytes of a line.

mod digits;
mod escape;
#[cfg(all(unix, any(test, fuzzing)))]
#[cfg_attr(not(fuzzing), expect(unreachable_pub, reason = "the fuzz targets reach it"))]
pub mod fuzzing;
mod heads;
mod json;
mod line;
mod lines;
mod memo;
mod rfc5424;
mod schema;
mod straight;
mod text;
mod trade;

pub(crate) use self::{json::formatted_key, lines::LineCache};
pub use self::{
    json::{Envelope, JsonFormat},
    rfc5424::{Framing, Rfc5424Format},
    text::TextFormat,
};
use crate::record::Record;

/// Turns a record into one physical line, whatever its content is.
pub trait Format: Send {
    /// Appends the line of a record, its newline included, to `out`.
    fn format(&self, record: &Record<'_>, out: &mut Vec<u8>);
}

impl<F: Format + ?Sized> Format for Box<F> {
    fn format(&self, record: &Record<'_>, out: &mut Vec<u8>) {
        (**self).format(record, out);
    }
}
