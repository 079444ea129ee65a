//! Lines on their way to the file.

/// Whole lines in memory, with the end of each. Lines leave from the front; the memory is reused.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    /// Where each line ends in `bytes`.
    ends: Vec<usize>,
    /// The first line that has not left.
    first: usize,
}

/// Above this much memory an empty buffer gives some back: a burst or a giant record should not be paid for
/// ever.
const KEPT_BYTES: usize = 512 * 1024;
/// The same for the ends, at 64 bytes a line.
const KEPT_ENDS: usize = KEPT_BYTES / 64;

impl Buffer {
    /// Adds the line that `format` appends, and its newline where `format` leaves it out.
    pub(crate) fn push(&mut self, format: impl FnOnce(&mut Vec<u8>)) {
        let start = self.ends.last().copied().unwrap_or(0);
        // a format that panicked at the last call may have left a part of a line
        self.bytes.truncate(start);
        format(&mut self.bytes);
        if self.bytes.len() > start && self.bytes.last() != Some(&b'\n') {
            self.bytes.push(b'\n');
        }
        self.ends.push(self.bytes.len());
    }

    /// Adds the first lines of a chunk.
    pub(crate) fn extend(&mut self, chunk: Chunk<'_>, lines: usize) {
        let base = self.ends.last().copied().unwrap_or(0);
        let ends = chunk.ends[..lines].iter().map(|end| end - chunk.start);
        let len = ends.clone().next_back().unwrap_or(0);
        self.bytes.truncate(base);
        self.bytes.extend_from_slice(&chunk.bytes[..len]);
        self.ends.extend(ends.map(|end| base + end));
    }

    /// Puts lines before those that wait.
    pub(crate) fn prepend(&mut self, mut lines: Buffer) {
        lines.extend(self.chunk(self.count()), self.count());
        *self = lines;
    }

    /// How many lines wait.
    pub(crate) fn count(&self) -> usize {
        self.ends.len() - self.first
    }

    /// How many bytes wait.
    pub(crate) fn len(&self) -> usize {
        self.ends.last().map_or(0, |end| end - self.start())
    }

    /// Whether no line waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.first == self.ends.len()
    }

    /// How many of the waiting lines, from the first, are at most `room` bytes together.
    pub(crate) fn fitting(&self, room: u64) -> usize {
        let start = self.start();
        if self.len() as u64 <= room {
            return self.ends.len() - self.first;
        }
        self.ends[self.first..].partition_point(|end| (end - start) as u64 <= room)
    }

    /// The same when each of them will be so many bytes longer.
    pub(crate) fn fitting_with(&self, room: u64, more: u64) -> usize {
        let start = self.start();
        let mut fitting = 0;
        for (end, lines) in self.ends[self.first..].iter().zip(1..) {
            if (end - start) as u64 + lines * more > room {
                break;
            }
            fitting += 1;
        }
        fitting
    }

    /// The first `lines` of the waiting lines.
    pub(crate) fn chunk(&self, lines: usize) -> Chunk<'_> {
        let start = self.start();
        let ends = &self.ends[self.first..self.first + lines];
        let end = ends.last().copied().unwrap_or(start);
        Chunk { bytes: &self.bytes[start..end], ends, start }
    }

    /// Lets the first `lines` go.
    pub(crate) fn consume(&mut self, lines: usize) {
        self.first += lines;
        if self.is_empty() {
            self.clear();
        }
    }

    /// Lets all lines go.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.first = 0;
        if self.bytes.capacity() > KEPT_BYTES {
            self.bytes.shrink_to(KEPT_BYTES);
        }
        if self.ends.capacity() > KEPT_ENDS {
            self.ends.shrink_to(KEPT_ENDS);
        }
    }

    /// Where the first waiting line begins.
    fn start(&self) -> usize {
        self.first.checked_sub(1).map_or(0, |before| self.ends[before])
    }
}

/// Lines that are written together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) bytes: &'a [u8],
    ends: &'a [usize],
    start: usize,
}

impl<'a> Chunk<'a> {
    /// Each of them.
    pub(crate) fn lines(self) -> impl Iterator<Item = &'a [u8]> {
        let starts = std::iter::once(self.start).chain(self.ends.iter().copied());
        starts.zip(self.ends).map(move |(from, to)| &self.bytes[from - self.start..to - self.start])
    }

    /// Without its first `lines`.
    pub(crate) fn rest(self, lines: usize) -> Chunk<'a> {
        let start = lines.checked_sub(1).map_or(self.start, |last| self.ends[last]);
        Chunk { bytes: &self.bytes[start - self.start..], ends: &self.ends[lines..], start }
    }

    /// How many lines lie completely in the first `bytes`, and how many bytes these have.
    pub(crate) fn whole(&self, bytes: usize) -> (usize, usize) {
        let lines = self.ends.partition_point(|end| end - self.start <= bytes);
        let end = lines.checked_sub(1).map_or(0, |last| self.ends[last] - self.start);
        (lines, end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buffer(lines: &[&str]) -> Buffer {
        let mut buffer = Buffer::default();
        for line in lines {
            buffer.push(|out| out.extend_from_slice(line.as_bytes()));
        }
        buffer
    }

    #[test]
    fn as_many_lines_fit_as_the_room_holds_whole() {
        let mut buffer = buffer(&["x\n", "ab\n", "abc\n", "d\n"]);
        buffer.consume(1);
        let fitting: Vec<_> = (0..11).map(|room| buffer.fitting(room)).collect();
        assert_eq!(fitting, [0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3]);
        assert_eq!(buffer.chunk(2).bytes, b"ab\nabc\n");
        assert_eq!(buffer.len(), 9);
    }

    #[test]
    fn of_lines_that_grow_fewer_fit() {
        let mut buffer = buffer(&["x\n", "ab\n", "abc\n", "d\n"]);
        buffer.consume(1);
        let fitting: Vec<_> = (0..24).map(|room| buffer.fitting_with(room, 5)).collect();
        let (one, two) = ("ab\n".len() + 5, "ab\nabc\n".len() + 10);
        for (room, lines) in fitting.into_iter().enumerate() {
            assert_eq!(lines, usize::from(room >= one) + usize::from(room >= two), "{room}");
        }
        assert_eq!(buffer.fitting_with(24, 5), 3);
        assert_eq!(buffer.chunk(3).lines().collect::<Vec<_>>(), [&b"ab\n"[..], b"abc\n", b"d\n"]);
    }

    #[test]
    fn a_part_of_a_chunk_counts_its_whole_lines() {
        let mut buffer = buffer(&["x\n", "ab\n", "abc\n"]);
        buffer.consume(1);
        let whole: Vec<_> = (0..8).map(|bytes| buffer.chunk(2).whole(bytes)).collect();
        assert_eq!(whole, [(0, 0), (0, 0), (0, 0), (1, 3), (1, 3), (1, 3), (1, 3), (2, 7)]);
    }

    #[test]
    fn lines_of_a_chunk_are_added_behind_those_that_are_there() {
        let mut from = buffer(&["x\n", "ab\n", "abc\n"]);
        from.consume(1);
        let mut to = buffer(&["1\n"]);
        to.extend(from.chunk(2), 1);
        to.extend(from.chunk(2), 2);
        assert_eq!(to.chunk(to.count()).bytes, b"1\nab\nab\nabc\n");
        assert_eq!(to.chunk(2).bytes, b"1\nab\n");
        assert_eq!(to.chunk(3).rest(1).bytes, b"ab\nab\n");
        assert_eq!(to.chunk(3).rest(1).whole(3), (1, 3));
        assert_eq!(to.chunk(3).rest(0).bytes, to.chunk(3).bytes);
        from.prepend(to);
        assert_eq!(from.chunk(from.count()).bytes, b"1\nab\nab\nabc\nab\nabc\n");
    }

    #[test]
    fn a_line_without_a_newline_gets_one() {
        assert_eq!(buffer(&["a", "b\n", ""]).chunk(3).bytes, b"a\nb\n");
    }

    #[test]
    fn what_a_panicking_format_left_behind_is_dropped() {
        let mut buffer = buffer(&["a\n"]);
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            buffer.push(|out| {
                out.extend_from_slice(b"{\"half");
                std::panic::resume_unwind(Box::new(()));
            });
        }));
        assert!(panicked.is_err());
        buffer.push(|out| out.extend_from_slice(b"b\n"));
        assert_eq!(buffer.chunk(2).bytes, b"a\nb\n");
    }

    #[test]
    fn the_memory_of_a_burst_is_given_back_and_that_of_a_usual_batch_is_kept() {
        let mut buffer = buffer(&["x".repeat(1 << 20).as_str()]);
        buffer.consume(1);
        assert!(buffer.bytes.capacity() <= KEPT_BYTES, "{}", buffer.bytes.capacity());
        buffer.push(|out| out.extend_from_slice("x".repeat(100_000).as_bytes()));
        buffer.consume(1);
        assert!(buffer.bytes.capacity() >= 100_000, "{}", buffer.bytes.capacity());
    }
}
