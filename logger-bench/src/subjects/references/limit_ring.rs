//! The least that an asynchronous logger can do: a counter and 160 ready bytes into a ring that another thread writes out
//! as they are.

use std::{
    fs::File,
    hint::{black_box, spin_loop},
    io::Write as _,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::{Context as _, anyhow};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::{
    subject::{Place, Subject},
    timer::pause,
    workload::Order,
};

type Bytes = [u8; 160];

/// 640 KiB: as far as the queue of a thread of ours, to the next power of two, so that both walk through the cache alike.
const SLOTS: usize = 4096;

#[derive(Default)]
struct Shared {
    rings: Mutex<Vec<Consumer<Bytes>>>,
    ending: AtomicBool,
}

pub(super) struct LimitRing {
    shared: Arc<Shared>,
    writer: JoinHandle<std::io::Result<()>>,
}

impl Subject for LimitRing {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared::default());
        let file = File::create(place.file()).context("cannot make the file")?;
        let writer = thread::spawn({
            let shared = Arc::clone(&shared);
            move || write(&shared, file)
        });
        Ok(LimitRing { shared, writer })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let mut ring = self.touched_ring();
        let mut bytes: Bytes = [b'x'; 160];
        move |order| {
            bytes[..8].copy_from_slice(&order.order_id.to_le_bytes());
            while ring.push(*black_box(&bytes)).is_err() {
                spin_loop();
            }
        }
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        self.shared.ending.store(true, Ordering::Release);
        let written = self.writer.join().map_err(|_| anyhow!("the writer panicked"))?;
        written.context("cannot write the file")
    }
}

impl LimitRing {
    /// A ring whose pages have all been written to.
    fn touched_ring(&self) -> Producer<Bytes> {
        let (mut producer, mut consumer) = RingBuffer::new(SLOTS);
        while producer.push([0; 160]).is_ok() {}
        while consumer.pop().is_ok() {}
        self.shared.rings.lock().unwrap_or_else(PoisonError::into_inner).push(consumer);
        producer
    }
}

/// Writes what is in the rings until they are empty and the end has come.
fn write(shared: &Shared, mut file: File) -> std::io::Result<()> {
    loop {
        let ending = shared.ending.load(Ordering::Acquire);
        let mut idle = true;
        for ring in shared.rings.lock().unwrap_or_else(PoisonError::into_inner).iter_mut() {
            let slots = ring.slots();
            let Ok(chunk) = ring.read_chunk(slots) else { continue };
            let (first, second) = chunk.as_slices();
            file.write_all(first.as_flattened())?;
            file.write_all(second.as_flattened())?;
            chunk.commit_all();
            idle &= slots == 0;
        }
        if idle && ending {
            return Ok(());
        }
        if idle {
            pause(Duration::from_millis(1));
        }
    }
}
