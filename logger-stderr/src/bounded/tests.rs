use std::collections::VecDeque;

use super::*;

const ALLOWANCE: Duration = Duration::from_millis(100);

/// An outlet that does what a test says.
#[derive(Default)]
struct Script {
    /// What each write takes; after them all are taken whole.
    takes: VecDeque<io::Result<Option<usize>>>,
    /// What each wait comes to, in milliseconds; after them all block.
    waits: VecDeque<u64>,
    asked: Vec<Duration>,
    out: Vec<u8>,
}

impl Outlet for Script {
    fn write_now(&mut self, bytes: &[u8]) -> io::Result<Option<usize>> {
        let taken = self.takes.pop_front().unwrap_or(Ok(Some(bytes.len())))?;
        self.out.extend_from_slice(&bytes[..taken.unwrap_or(0)]);
        Ok(taken)
    }

    fn wait(&mut self, at_most: Duration) -> io::Result<Waited> {
        self.asked.push(at_most);
        Ok(match self.waits.pop_front() {
            Some(millis) => Waited { readiness: Readiness::Ready, took: Duration::from_millis(millis) },
            None => Waited { readiness: Readiness::Blocked, took: at_most },
        })
    }
}

fn bounded(takes: impl IntoIterator<Item = Option<usize>>, waits: &[u64]) -> Bounded<Script> {
    let takes = takes.into_iter().map(Ok).collect();
    let script = Script { takes, waits: waits.iter().copied().collect(), ..Script::default() };
    Bounded::new(script, "stderr", ALLOWANCE)
}

impl Bounded<Script> {
    fn asked(&self) -> Vec<u128> {
        self.outlet.asked.iter().map(Duration::as_millis).collect()
    }

    fn out(&self) -> &str {
        std::str::from_utf8(&self.outlet.out).unwrap()
    }
}

#[test]
fn a_line_that_is_taken_in_pieces_gets_out_whole() {
    let mut bounded = bounded([Some(2), None, Some(1), None], &[30, 40]);
    bounded.put(b"\none\n").unwrap();
    assert_eq!(bounded.out(), "one\n");
    assert_eq!(bounded.asked(), [100, 70]);
}

#[test]
fn after_the_bound_it_gives_up_and_only_tries_until_a_line_gets_out() {
    let mut bounded = bounded([None, None, None, None], &[]);
    for _ in 0..3 {
        let error = bounded.put(b"\nlost\n").unwrap_err();
        assert!(matches!(error, StderrError::Blocked { .. }), "{error}");
    }
    assert_eq!((bounded.asked(), bounded.given_up()), (vec![100], 3));
    bounded.renew();
    assert_eq!(bounded.left, Duration::ZERO);
    bounded.put(b"\nout\n").unwrap();
    assert_eq!((bounded.out(), bounded.given_up()), ("out\n", 3));
    assert_eq!(bounded.left, ALLOWANCE);
}

#[test]
fn a_reader_that_trickles_costs_the_allowance_and_no_more() {
    let mut bounded = bounded((0..8).flat_map(|_| [None, Some(4)]), &[40, 40, 40, 40]);
    let got_out = (0..5).filter(|_| bounded.put(b"\nabc\n").is_ok()).count();
    assert_eq!((bounded.asked(), got_out), (vec![100, 60, 20], 4));
}

#[test]
fn a_flush_renews_the_allowance_of_an_outlet_that_was_not_given_up() {
    let mut bounded = bounded([None, Some(4), None, Some(4)], &[40, 40]);
    bounded.put(b"\nabc\n").unwrap();
    bounded.renew();
    bounded.put(b"\nabc\n").unwrap();
    assert_eq!(bounded.asked(), [100, 100]);
}

#[test]
fn an_outlet_that_says_ready_and_takes_nothing_is_given_up() {
    let mut bounded = bounded((0..1_000).map(|_| None), &[0; 1_000]);
    assert!(bounded.put(b"\nabc\n").is_err());
    assert_eq!(bounded.asked().len(), 100);
}

#[test]
fn after_a_line_that_was_cut_the_next_one_begins_on_a_line_of_its_own() {
    let mut bounded = bounded([Some(2), None, None, None], &[]);
    assert!(bounded.put(b"\ncut\n").is_err());
    assert!(bounded.put(b"\nnot a byte\n").is_err());
    bounded.put(b"\nwhole\n").unwrap();
    bounded.put(b"\nnext\n").unwrap();
    assert_eq!(bounded.out(), "cu\nwhole\nnext\n");
}

#[test]
fn a_newline_that_got_out_alone_is_not_repeated() {
    let mut bounded = bounded([Some(2), None, None, Some(1), None], &[]);
    assert!(bounded.put(b"\ncut\n").is_err());
    assert!(bounded.put(b"\nlost\n").is_err());
    bounded.put(b"\nwhole\n").unwrap();
    assert_eq!(bounded.out(), "cu\nwhole\n");
}

#[test]
fn an_error_is_told_at_once_and_counts_as_no_give_up() {
    let mut bounded = bounded([], &[]);
    bounded.outlet.takes.extend([Ok(Some(1)), Err(io::ErrorKind::BrokenPipe.into())]);
    let error = bounded.put(b"\nabc\n").unwrap_err();
    assert!(matches!(error, StderrError::Write { stream: "stderr", .. }), "{error}");
    assert_eq!((bounded.asked(), bounded.given_up()), (vec![], 0));
    bounded.put(b"\nabc\n").unwrap();
    assert_eq!(bounded.out(), "a\nabc\n");
}
