//! The terminal, which is given back whatever happens.

use std::{
    io::{self, Write},
    panic,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use ratatui::{
    Terminal,
    backend::CrosstermBackend,
    crossterm::{
        cursor::Show,
        event::{self, Event},
        execute,
        terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode},
    },
};

use super::{Ask, Feed, Paint, Top, draw};
use crate::time;

/// A terminal that shows the view alone. Dropping it gives the terminal back; so does a panic, before it is told.
pub struct Screen<W: Write> {
    terminal: Terminal<CrosstermBackend<W>>,
}

/// How long a look at the files may wait for a key.
const PAUSE: Duration = Duration::from_millis(100);

impl<W: Write> Screen<W> {
    /// Takes the terminal behind `out`.
    ///
    /// # Errors
    ///
    /// What the terminal says.
    pub fn take(out: W) -> io::Result<Self> {
        give_back_at_panics();
        enable_raw_mode()?;
        // from here on it is given back by the drop
        let mut screen = Screen { terminal: Terminal::new(CrosstermBackend::new(out))? };
        execute!(screen.terminal.backend_mut(), EnterAlternateScreen)?;
        screen.terminal.clear()?;
        Ok(screen)
    }

    fn draw(&mut self, top: &mut Top, paint: Paint, now: i64) -> io::Result<()> {
        self.terminal.draw(|frame| draw(frame, top, paint, now)).map(drop)
    }
}

impl<W: Write> Drop for Screen<W> {
    fn drop(&mut self) {
        // nobody is left to be told where this fails
        let _ = execute!(self.terminal.backend_mut(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

/// A panic is told on the terminal as it was, whichever way the process ends then.
fn give_back_at_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |what| {
        let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
        before(what);
    }));
}

/// Shows the view until the user quits or `ends` is set. Draws where there is something new to show, and only then.
///
/// # Errors
///
/// What the files and the terminal say.
pub fn run<W: Write>(
    screen: &mut Screen<W>,
    top: &mut Top,
    feed: &mut Feed,
    paint: Paint,
    ends: &AtomicBool,
) -> io::Result<()> {
    let mut has_changed = true;
    while !ends.load(Ordering::Relaxed) {
        has_changed |= top.take(feed.look()?);
        let now = now();
        if has_changed || top.is_due(now) {
            screen.draw(top, paint, now)?;
        }
        has_changed = false;
        if !wait_for_keys()? {
            return Ok(());
        }
        // what was typed meanwhile is drawn once
        while event::poll(Duration::ZERO)? {
            match answer(event::read()?, top, feed)? {
                Ask::Quit => return Ok(()),
                Ask::Nothing => {}
                Ask::Draw | Ask::Level(_) => has_changed = true,
            }
        }
    }
    Ok(())
}

/// Waits until a key was pressed, at most [`PAUSE`]; `false` where the terminal is gone, of which the reader of keys would
/// never hear.
#[cfg(unix)]
fn wait_for_keys() -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let pause = Timespec { tv_sec: 0, tv_nsec: PAUSE.subsec_nanos().into() };
    let stdin = io::stdin();
    let mut keys = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut keys, Some(&pause)) {
        Ok(_) => Ok(!keys[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)),
        // such as by a change of the size
        Err(error) if error == rustix::io::Errno::INTR => Ok(true),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn wait_for_keys() -> io::Result<bool> {
    event::poll(PAUSE).map(|_| true)
}

fn answer(event: Event, top: &mut Top, feed: &mut Feed) -> io::Result<Ask> {
    let ask = match event {
        Event::Key(key) => top.key(key),
        Event::Resize(..) => Ask::Draw,
        _ => Ask::Nothing,
    };
    if let Ask::Level(level) = ask {
        top.replace(feed.newest(level, top.limit())?, now());
    }
    Ok(ask)
}

fn now() -> i64 {
    time::now(jiff::tz::TimeZone::UTC).timestamp().as_nanosecond().try_into().unwrap_or(i64::MAX)
}

impl<W: Write> std::fmt::Debug for Screen<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").finish_non_exhaustive()
    }
}
