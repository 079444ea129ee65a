//! The end of a pipeline as a model for loom: a thread that logs, one that closes, and the worker's last passes, on a real
//! ring. The steps are those of `put` in `producer.rs`, `begin_shutdown` in `mod.rs`, and `run` in `worker.rs`.
//!
//! Loom knows no time. The worker closes after two quiet passes that lie a millisecond apart; by then what a thread stored
//! before it looked at the phase has long left the store buffer of its processor. A fence on both sides stands for that.

use std::convert::Infallible;

use loom::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering, fence},
    },
    thread,
};

use crate::raw::{
    memory::Region,
    ring::{Consumer, Producer, ring},
};

const OPEN: u64 = 0;
const CLOSING: u64 = 1;
const CLOSED: u64 = 2;

/// Calls of the thread that logs.
const CALLS: u64 = 2;

/// What the worker looks at before it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Whether a call is under way, and then what is in the ring.
    CallsThenRing,
    /// What is in the ring, and then whether a call is under way: a bug.
    RingThenCalls,
    /// What is in the ring only: a bug.
    RingOnly,
}

/// What became of the calls.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ends {
    committed: u64,
    /// The pipeline was closing: the fallback has them, and they are counted.
    late: u64,
}

fn log(producer: &mut Producer, phase: &AtomicU64) -> Ends {
    let mut ends = Ends::default();
    for _ in 0..CALLS {
        producer.header().in_call().store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        if phase.load(Ordering::Acquire) != OPEN {
            producer.header().in_call().store(0, Ordering::Release);
            ends.late += 1;
            continue;
        }
        let committed = producer.put(|free, _| {
            free.get_mut(..32)?.fill(1);
            Some(32)
        });
        assert!(committed, "the ring has room for all calls");
        ends.committed += 1;
        producer.header().in_call().store(0, Ordering::Release);
    }
    ends
}

/// Runs until the pipeline is closed. Returns how many records it delivered.
fn work(consumer: &mut Consumer, phase: &AtomicU64, looks: Looks) -> u64 {
    let (mut delivered, mut quiet) = (0, 0);
    loop {
        let seen = phase.load(Ordering::Acquire);
        fence(Ordering::SeqCst);
        let (calls, found) = match looks {
            Looks::CallsThenRing => {
                let calls = calls_under_way(consumer);
                (calls, pass(consumer, &mut delivered))
            }
            Looks::RingThenCalls => {
                let found = pass(consumer, &mut delivered);
                (calls_under_way(consumer), found)
            }
            Looks::RingOnly => (false, pass(consumer, &mut delivered)),
        };
        quiet = if calls || found { 0 } else { quiet + 1 };
        if seen == CLOSING && quiet >= 1 {
            phase.store(CLOSED, Ordering::Release);
            return delivered;
        }
        thread::yield_now();
    }
}

fn calls_under_way(consumer: &Consumer) -> bool {
    consumer.header().in_call().load(Ordering::Acquire) != 0
}

/// Delivers what is in the ring. Returns whether there was anything.
fn pass(consumer: &mut Consumer, delivered: &mut u64) -> bool {
    let found = consumer.look();
    while let Some(bytes) = consumer.peek() {
        assert_eq!(bytes[..32], [1; 32]);
        consumer.advance(32);
        *delivered += 1;
    }
    consumer.release();
    found
}

/// All orders of the steps with up to three preemptions.
fn model(looks: Looks) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(move || {
        let Ok((mut producer, mut consumer)) =
            ring(256, |words, bytes| Ok::<_, Infallible>(Region::heap(words, bytes)));
        let phase = Arc::new(AtomicU64::new(OPEN));
        let caller = thread::spawn({
            let phase = Arc::clone(&phase);
            move || log(&mut producer, &phase)
        });
        let worker = thread::spawn({
            let phase = Arc::clone(&phase);
            move || (work(&mut consumer, &phase, looks), consumer)
        });
        phase.fetch_max(CLOSING, Ordering::AcqRel);
        let ends = caller.join().unwrap();
        // it ends by itself
        let (delivered, mut consumer) = worker.join().unwrap();
        assert_eq!(ends.committed + ends.late, CALLS);
        assert_eq!(delivered, ends.committed, "what was committed is delivered");
        assert!(!consumer.look(), "nothing is left in the ring");
        assert_eq!(phase.load(Ordering::Acquire), CLOSED);
    });
}

#[test]
fn loom_a_pipeline_that_closes_delivers_or_counts_every_call() {
    model(Looks::CallsThenRing);
}

#[test]
#[should_panic(expected = "what was committed is delivered")]
fn loom_a_worker_that_looks_for_calls_too_late_is_caught() {
    model(Looks::RingThenCalls);
}

#[test]
#[should_panic(expected = "what was committed is delivered")]
fn loom_a_worker_that_does_not_wait_for_calls_is_caught() {
    model(Looks::RingOnly);
}
