//! How a value of this crate that slog hands a `dyn Serializer` finds out that it is our own writer, whose type it knows.
//!
//! # Protocol
//!
//! [`offer`] notes the address of a writer for as long as it is lent out as a serializer, and lends it to nobody else.
//! [`accept`] compares that address with that of the serializer it got. Where they are the same, the serializer is the
//! writer: it is alive (`offer` has not returned), no other live object can have its address, since a writer is never the
//! first part of another serializer (its type is private to this crate, and it is only ever lent out by reference), and
//! whoever holds the `&mut dyn Serializer` holds the only reference to it.

use std::cell::Cell;

use crate::codec::write::Writer;

thread_local! {
    /// The writer that is lent out by this thread, the innermost one. Has no destructor.
    static OFFERED: Cell<usize> = const { Cell::new(0) };
}

/// Lends `writer` out as a serializer to `body`.
#[inline]
pub(crate) fn offer<R>(writer: &mut Writer<'_, '_>, body: impl FnOnce(&mut dyn slog::Serializer) -> R) -> R {
    /// Takes the offer back, also when `body` panics.
    struct Before(usize);
    impl Drop for Before {
        fn drop(&mut self) {
            OFFERED.set(self.0);
        }
    }
    let _before = Before(OFFERED.replace(std::ptr::from_mut(writer).addr()));
    body(writer)
}

/// Calls `body` with the writer that `serializer` is; returns `None` where it is another one.
#[inline]
pub(crate) fn accept<R>(
    serializer: &mut dyn slog::Serializer,
    body: impl for<'b, 'a> FnOnce(&mut Writer<'b, 'a>) -> R,
) -> Option<R> {
    let address = std::ptr::from_mut(serializer).cast::<()>();
    if address.addr() != OFFERED.get() {
        return None;
    }
    // SAFETY: by the protocol the serializer is a `Writer`, alive and borrowed by nobody else. Its lifetimes are not known
    // here; `body` is the same for all of them, so that it can neither keep a part of the writer nor put one in.
    Some(body(unsafe { &mut *address.cast::<Writer<'_, '_>>() }))
}
