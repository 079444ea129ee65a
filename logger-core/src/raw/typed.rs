//! How a value of this crate that slog hands a `dyn Serializer` finds out that it is one of our own, whose type it knows.
//!
//! # Protocol
//!
//! Each type has a module of its own here. `offer` notes the address of a serializer for as long as it is lent out, and lends
//! it to nobody else. `accept` compares that address with that of the serializer it got. Where they are the same, it is the
//! one that was offered: it is alive (`offer` has not returned), no other live object can have its address, since it is never
//! the first part of another serializer (its type is private to this crate, and it is only ever lent out by reference), and
//! whoever holds the `&mut dyn Serializer` holds the only reference to it.

macro_rules! offered {
    ($(#[$doc:meta])* $module:ident, $type:ident, $any:ty, for<$($life:lifetime),+> $each:ty) => {
        $(#[$doc])*
        pub(crate) mod $module {
            use std::cell::Cell;

            use crate::codec::$module::$type;

            thread_local! {
                /// The one that is lent out by this thread, the innermost one. Has no destructor.
                static OFFERED: Cell<usize> = const { Cell::new(0) };
            }

            /// Takes an offer back, also at a panic.
            struct Before(usize);

            impl Drop for Before {
                #[inline]
                fn drop(&mut self) {
                    OFFERED.with(|offered| offered.set(self.0));
                }
            }

            /// Lends `serializer` out to `body`.
            #[inline]
            pub(crate) fn offer<R>(
                serializer: &mut $any,
                body: impl FnOnce(&mut dyn slog::Serializer) -> R,
            ) -> R {
                let _before = Before(OFFERED.with(|offered| offered.replace(std::ptr::from_mut(serializer).addr())));
                body(serializer)
            }

            /// Calls `body` with what `serializer` is; returns `None` where it is another one.
            #[inline]
            pub(crate) fn accept<R>(
                serializer: &mut dyn slog::Serializer,
                body: impl for<$($life),+> FnOnce(&mut $each) -> R,
            ) -> Option<R> {
                let address = std::ptr::from_mut(serializer).cast::<()>();
                if address.addr() != OFFERED.with(Cell::get) {
                    return None;
                }
                // SAFETY: by the protocol the serializer is the one that was offered, alive and borrowed by nobody else. Its
                // lifetimes are not known here; `body` is the same for all of them, so that it can neither keep a part of
                // it nor put one in.
                Some(body(unsafe { &mut *address.cast::<$any>() }))
            }
        }
    };
}

offered!(
    /// The general way.
    write, Writer, Writer<'_, '_>, for<'b, 'a> Writer<'b, 'a>
);
offered!(
    /// The straight way.
    express, Express, Express<'_>, for<'x> Express<'x>
);
