//! Shows what is long page by page.

use std::{
    io::{self, Write},
    process::{Child, Command, Stdio},
};

/// `$PAGER`, or `less`, before `out`; `out` itself where there is none. `PAGER=` and `PAGER=cat` turn it off.
pub(super) fn open<'w>(out: &'w mut (dyn Write + 'w)) -> Box<dyn Write + 'w> {
    match start() {
        Some(child) => Box::new(Pager(child)),
        None => Box::new(io::BufWriter::new(out)),
    }
}

fn start() -> Option<Child> {
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".into());
    let mut words = pager.split_whitespace();
    let program = words.next().filter(|it| *it != "cat")?;
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // ends by itself where all fits on the screen, lets colours through, leaves the text there
        command.env("LESS", "FRX");
    }
    command.spawn().ok()
}

/// What is written goes to the pager; the command ends after it.
struct Pager(Child);

impl Write for Pager {
    #[expect(clippy::disallowed_methods, reason = "passes the caller's own call on")]
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0.stdin {
            Some(pipe) => pipe.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.stdin.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // how it ended is its own matter
        let _ = self.0.wait();
    }
}
