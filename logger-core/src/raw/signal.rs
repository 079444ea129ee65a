//! Handlers of SIGTERM and SIGINT that wake a thread, and the way from there to what the signal would have done.
//!
//! The handler of a first signal writes one byte into a pipe, and a thread reads it: what has to be done before the
//! process ends cannot be done in a handler. A second signal, and one that meets the child of a fork, which has no such
//! thread, take the way back at once.
//!
//! The crate `signal-hook` is not used here, though an application may use it: it runs the handler that it finds before
//! its own actions, so that one which ends the process would leave nothing to do, and it does not tell whether others have
//! registered with it, so that nobody could know whether the default action is wanted.
//!
//! The handler does only what a signal handler may: loads and stores of atomics, and the system calls `getpid`, `write`,
//! `sigaction` and `raise`. None of them fails here, so that `errno` stays what it was.

#[cfg(not(unix))]
pub(crate) use self::other::{Wakeups, connect, go_on, handle, next};
#[cfg(unix)]
pub(crate) use self::unix::{Wakeups, connect, go_on, handle, next};

/// A signal that asks the process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    Term,
    Int,
}

/// What the signal does once all is ready for it.
#[cfg_attr(not(unix), allow(dead_code, reason = "there are no signals"))]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Its default action: the process ends.
    Death,
    /// A handler that was there before ours runs.
    Handler,
    /// A handler that was put over ours has run already, for it has called ours.
    Nothing,
}

#[cfg(unix)]
mod unix {
    use std::{
        cell::UnsafeCell,
        io::{self, PipeReader, Read as _},
        mem::{MaybeUninit, zeroed},
        os::fd::IntoRawFd as _,
        ptr,
        sync::atomic::{AtomicBool, AtomicI32, Ordering},
    };

    use super::{Next, Signal};

    /// What is known of one signal.
    struct Slot {
        /// Whether our handler was put in and not taken out by us.
        installed: AtomicBool,
        /// What was there before. Written before `installed` is set, read while it is.
        previous: UnsafeCell<MaybeUninit<libc::sigaction>>,
    }

    // SAFETY: `previous` is written by `handle` only, whose callers are one at a time, and only while our handler is not
    // installed for that signal; it is read after that, by the handler and by the thread that the handler wakes.
    unsafe impl Sync for Slot {}

    static SLOTS: [Slot; 2] = [const {
        Slot { installed: AtomicBool::new(false), previous: UnsafeCell::new(MaybeUninit::uninit()) }
    }; 2];
    /// The process whose thread reads the pipe.
    static OWNER: AtomicI32 = AtomicI32::new(0);
    /// The writing end of the pipe. It stays open: a handler may run at any time.
    static PIPE: AtomicI32 = AtomicI32::new(-1);
    /// Whether the thread deals with a signal now. The pipe holds at most one byte for it, so that no write blocks.
    static UNDER_WAY: AtomicBool = AtomicBool::new(false);

    impl Signal {
        const ALL: [Signal; 2] = [Signal::Term, Signal::Int];

        fn number(self) -> libc::c_int {
            match self {
                Signal::Term => libc::SIGTERM,
                Signal::Int => libc::SIGINT,
            }
        }

        fn slot(self) -> &'static Slot {
            &SLOTS[self as usize]
        }
    }

    /// The signals that came, one after another.
    #[derive(Debug)]
    pub(crate) struct Wakeups(PipeReader);

    impl Wakeups {
        /// Waits for the next signal; `None`: there will be none.
        pub(crate) fn wait(&mut self) -> Option<Signal> {
            let mut byte = [0];
            self.0.read_exact(&mut byte).ok()?;
            Signal::ALL.into_iter().find(|it| it.number() == libc::c_int::from(byte[0]))
        }
    }

    /// Has `start` begin a thread that reads what the handlers write, unless this process has one. The callers of this
    /// function and of [`handle`] are one at a time.
    pub(crate) fn connect(start: impl FnOnce(Wakeups) -> io::Result<()>) -> io::Result<()> {
        let here = process();
        if OWNER.load(Ordering::Acquire) == here {
            return Ok(());
        }
        let (reader, writer) = io::pipe()?;
        start(Wakeups(reader))?;
        PIPE.store(writer.into_raw_fd(), Ordering::Release);
        UNDER_WAY.store(false, Ordering::Release);
        OWNER.store(here, Ordering::Release);
        Ok(())
    }

    /// Puts our handler in, unless it is there or the signal is ignored. After [`connect`].
    pub(crate) fn handle(signal: Signal) {
        let slot = signal.slot();
        let found = disposition(signal);
        if slot.installed.load(Ordering::Acquire) || found.sa_sigaction == libc::SIG_IGN {
            return;
        }
        // SAFETY: our handler is not installed for this signal, so that nobody reads; the callers are one at a time.
        unsafe { (*slot.previous.get()).write(found) };
        slot.installed.store(true, Ordering::Release);
        // SAFETY: a `sigaction` of zeros is a valid one, and the handler keeps to what a signal handler may do. A system
        // call that it interrupts goes on by itself, as without the handler.
        unsafe {
            let mut ours: libc::sigaction = zeroed();
            ours.sa_sigaction = on_signal as *const () as usize;
            ours.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
            libc::sigaction(signal.number(), &raw const ours, ptr::null_mut());
        }
    }

    /// What a signal that has come will do by [`go_on`].
    pub(crate) fn next(signal: Signal) -> Next {
        match previous(signal) {
            Some(previous) if previous.sa_sigaction == libc::SIG_DFL => Next::Death,
            Some(_) => Next::Handler,
            None => Next::Nothing,
        }
    }

    /// Lets a signal do what it would have done without us. From then on it is as if we had never been there, unless a
    /// handler was put over ours. Does not return where the process ends of it.
    pub(crate) fn go_on(signal: Signal, next: Next) {
        match next {
            Next::Nothing => UNDER_WAY.store(false, Ordering::Release),
            Next::Handler => {
                restore(signal);
                UNDER_WAY.store(false, Ordering::Release);
                // SAFETY: takes numbers. To the process and not to this thread, so that it interrupts whatever waits for it.
                unsafe { libc::kill(process(), signal.number()) };
            }
            Next::Death => {
                restore(signal);
                // SAFETY: takes numbers, and a set of signals that is initialised here. The process ends in `raise`, except
                // for the first one of a container, which the kernel spares; its sender wants it to end all the same.
                unsafe {
                    let mut set: libc::sigset_t = zeroed();
                    libc::sigemptyset(&raw mut set);
                    libc::sigaddset(&raw mut set, signal.number());
                    libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut());
                    libc::raise(signal.number());
                    libc::_exit(128 + signal.number());
                }
            }
        }
    }

    extern "C" fn on_signal(number: libc::c_int) {
        let Some(signal) = Signal::ALL.into_iter().find(|it| it.number() == number) else { return };
        if OWNER.load(Ordering::Acquire) == process() && !UNDER_WAY.swap(true, Ordering::AcqRel) {
            let byte = number as u8;
            // SAFETY: one byte of a local, into a descriptor that stays open.
            unsafe { libc::write(PIPE.load(Ordering::Acquire), (&raw const byte).cast(), 1) };
        } else if previous(signal).is_some() {
            restore(signal);
            // SAFETY: takes a number. The signal comes again when this handler returns, and meets what was there before.
            unsafe { libc::raise(number) };
        }
    }

    /// What was there before our handler; `None` where ours is not the one that the kernel calls.
    fn previous(signal: Signal) -> Option<libc::sigaction> {
        let is_ours = disposition(signal).sa_sigaction == on_signal as *const () as usize;
        // SAFETY: our handler is installed, so that `previous` was written before.
        is_ours.then(|| unsafe { (*signal.slot().previous.get()).assume_init() })
    }

    /// Takes our handler out, if it is the one that the kernel calls.
    fn restore(signal: Signal) {
        if let Some(previous) = previous(signal) {
            // SAFETY: the kernel gave us this disposition.
            unsafe { libc::sigaction(signal.number(), &raw const previous, ptr::null_mut()) };
            signal.slot().installed.store(false, Ordering::Release);
        }
    }

    fn disposition(signal: Signal) -> libc::sigaction {
        // SAFETY: a `sigaction` of zeros is a valid one; the kernel overwrites it.
        unsafe {
            let mut found: libc::sigaction = zeroed();
            libc::sigaction(signal.number(), ptr::null(), &raw mut found);
            found
        }
    }

    fn process() -> libc::pid_t {
        // SAFETY: takes nothing and cannot fail.
        unsafe { libc::getpid() }
    }
}

/// Elsewhere signals are left alone.
#[cfg(not(unix))]
mod other {
    use std::io;

    use super::{Next, Signal};

    #[derive(Debug)]
    pub(crate) struct Wakeups;

    impl Wakeups {
        pub(crate) fn wait(&mut self) -> Option<Signal> {
            None
        }
    }

    pub(crate) fn connect(_: impl FnOnce(Wakeups) -> io::Result<()>) -> io::Result<()> {
        Ok(())
    }

    pub(crate) fn handle(_: Signal) {}

    pub(crate) fn next(_: Signal) -> Next {
        Next::Nothing
    }

    pub(crate) fn go_on(_: Signal, _: Next) {}
}
