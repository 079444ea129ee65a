//! Lines from the beginning.

use std::{
    fmt,
    io::{self, BufRead as _, BufReader, Read},
};

/// The lines of a text from its beginning.
pub struct Forward {
    text: BufReader<Box<dyn Read + Send>>,
}

const CHUNK: usize = 256 * 1024;

impl Forward {
    /// The lines of any text.
    pub fn new(text: Box<dyn Read + Send>) -> Self {
        Forward { text: BufReader::with_capacity(CHUNK, text) }
    }

    /// Puts the next line into `line`, without its newline. `false` at the end.
    ///
    /// # Errors
    ///
    /// What the reader says.
    pub fn next_line(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        if self.text.read_until(b'\n', line)? == 0 {
            return Ok(false);
        }
        line.pop_if(|it| *it == b'\n');
        line.pop_if(|it| *it == b'\r');
        Ok(true)
    }
}

impl fmt::Debug for Forward {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forward").finish_non_exhaustive()
    }
}
