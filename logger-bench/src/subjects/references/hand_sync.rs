//! The record's line made by hand into a buffer of 64 KiB that the caller itself writes: what formatting and writing cost
//! where nothing else is done.

use std::{
    fs::{File, OpenOptions},
    io::Write as _,
    sync::Mutex,
    time::Duration,
};

use anyhow::Context as _;

use crate::{
    host::wall_clock,
    subject::{Place, Subject},
    utc::Civil,
    workload::{CONTEXT, EVENT, Order},
};

const BUFFER: usize = 64 * 1024;

pub(super) struct HandSync {
    file: File,
    /// What went wrong in a thread that has no way to say so.
    failed: Mutex<Option<std::io::Error>>,
}

impl Subject for HandSync {
    fn start(place: &Place) -> anyhow::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(place.file());
        Ok(HandSync { file: file.context("cannot make the file")?, failed: Mutex::new(None) })
    }

    fn caller(&self) -> impl FnMut(&Order) {
        let mut hand = Hand::new(self);
        move |order| {
            if hand.line.len() > BUFFER - 1024 {
                hand.write();
            }
            hand.put(order);
        }
    }

    fn finish(self, _sent: u64) -> anyhow::Result<()> {
        match self.failed.into_inner() {
            Ok(None) => Ok(()),
            Ok(Some(error)) => Err(error).context("cannot write the file"),
            Err(_) => anyhow::bail!("a caller panicked"),
        }
    }
}

/// What one thread writes with.
struct Hand<'s> {
    subject: &'s HandSync,
    line: Vec<u8>,
    context: Vec<u8>,
    /// The second that `date` is of.
    second: u64,
    date: String,
}

impl<'s> Hand<'s> {
    fn new(subject: &'s HandSync) -> Self {
        let mut context = format!("Z\",\"level\":\"info\",\"event\":\"{EVENT}\"");
        CONTEXT.iter().for_each(|(key, value)| context.push_str(&format!(",\"{key}\":\"{value}\"")));
        context.push_str(",\"order_id\":");
        let line = Vec::with_capacity(BUFFER);
        Hand { subject, line, context: context.into_bytes(), second: 0, date: String::new() }
    }

    fn put(&mut self, order: &Order) {
        let now = wall_clock();
        self.put_time(now);
        self.line.extend_from_slice(&self.context);
        self.line.extend_from_slice(itoa::Buffer::new().format(order.order_id).as_bytes());
        self.put_text(b",\"trade_id\":\"", order.trade_id);
        self.put_text(b"\",\"side\":\"", order.side);
        self.put_text(b"\",\"price\":", zmij::Buffer::new().format(order.price));
        self.put_text(b",\"quantity\":", zmij::Buffer::new().format(order.quantity));
        self.put_text(b",\"latency_us\":", itoa::Buffer::new().format(order.latency_us));
        self.line.extend_from_slice(b"}\n");
    }

    fn put_text(&mut self, key: &[u8], value: &str) {
        self.line.extend_from_slice(key);
        self.line.extend_from_slice(value.as_bytes());
    }

    fn put_time(&mut self, now: Duration) {
        if self.second != now.as_secs() {
            self.second = now.as_secs();
            self.date = format!("{{\"timestamp\":\"{}.", Civil::of(self.second));
        }
        self.line.extend_from_slice(self.date.as_bytes());
        let micros = now.subsec_micros();
        let digits = [100_000, 10_000, 1000, 100, 10, 1].map(|unit| b'0' + (micros / unit % 10) as u8);
        self.line.extend_from_slice(&digits);
    }

    fn write(&mut self) {
        if let Err(error) = (&self.subject.file).write_all(&self.line)
            && let Ok(mut failed) = self.subject.failed.lock()
        {
            *failed = Some(error);
        }
        self.line.clear();
    }
}

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        self.write();
    }
}
