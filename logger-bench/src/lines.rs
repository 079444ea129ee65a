//! What is on file: how many lines, which orders, and whether they say what was logged.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::workload::{CONTEXT, EVENT, Order};

/// What the name of every file begins with that has all records.
pub(crate) const FILE: &str = "expert.log";

/// What was found in the files of a subject.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) lines: u64,
    pub(crate) bytes: u64,
    /// How often each order is there.
    pub(crate) orders: Vec<u8>,
}

impl Found {
    /// How many of the first `count` orders are not there.
    pub(crate) fn missing(&self, count: u64) -> u64 {
        (0..count).filter(|&id| self.orders.get(id as usize).is_none_or(|&times| times == 0)).count() as u64
    }

    /// How many orders are there more than once.
    pub(crate) fn doubled(&self) -> u64 {
        self.orders.iter().filter(|&&times| times > 1).count() as u64
    }

    fn note(&mut self, line: &[u8]) {
        self.lines += 1;
        self.bytes += line.len() as u64;
        let Some(id) = order_id(line) else { return };
        if self.orders.len() <= id {
            self.orders.resize(id + 1, 0);
        }
        self.orders[id] = self.orders[id].saturating_add(1);
    }
}

/// What the name of a packed file ends with, and of one that is being packed.
const PACKED: &str = ".gz";
const IN_PART: &str = ".packing";

/// The files of a subject in a folder, ended and packed ones too.
fn files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let cannot = || format!("cannot list {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        // a link to one of them is none
        let is_file = entry.file_type().with_context(cannot)?.is_file();
        let is_one = |name: &str| name.starts_with(FILE) && !name.ends_with(IN_PART);
        if is_file && entry.file_name().to_str().is_some_and(is_one) {
            files.push(entry.path());
        }
    }
    // one that was just packed is there twice
    let plain = |path: &Path| Some(PathBuf::from(path.to_str()?.strip_suffix(PACKED)?));
    let all = files.clone();
    files.retain(|path| plain(path).is_none_or(|plain| !all.contains(&plain)));
    Ok(files)
}

/// Counts whole lines and the orders in them.
pub(crate) fn find(folder: &Path) -> anyhow::Result<Found> {
    let mut found = Found::default();
    for path in files(folder)? {
        each_line(&path, |line| {
            found.note(line);
            Ok(())
        })?;
    }
    Ok(found)
}

/// Every how manieth line is parsed.
const SAMPLE: u64 = 997;

/// Parses a sample of the lines and compares each with the order that was logged. Returns how many it compared.
pub(crate) fn check_content(folder: &Path) -> anyhow::Result<u64> {
    let (mut at, mut checked) = (0, 0);
    for path in files(folder)? {
        each_line(&path, |line| {
            if at % SAMPLE == 0 {
                check_line(line).with_context(|| String::from_utf8_lossy(line).into_owned())?;
                checked += 1;
            }
            at += 1;
            Ok(())
        })?;
    }
    ensure!(checked > 0, "there is no line to compare");
    Ok(checked)
}

fn check_line(line: &[u8]) -> anyhow::Result<()> {
    let line: Value = serde_json::from_slice(line)?;
    let order = Order::number(line["order_id"].as_u64().context("no order_id")?);
    ensure!(line["timestamp"].is_string() && line["level"] == "info" && line["event"] == EVENT);
    for (key, value) in CONTEXT {
        // an account is masked but for its end
        let (expected, found) = (&value[value.len() - 3..], line[key].as_str().unwrap_or_default());
        ensure!(found.ends_with(expected) && (found == value || key == "account_id"), "{key} is `{found}`");
    }
    ensure!(line["trade_id"] == order.trade_id && line["side"] == order.side, "trade_id or side");
    ensure!(line["price"].as_f64() == Some(order.price), "price is not {}", order.price);
    ensure!(line["quantity"].as_f64() == Some(order.quantity), "quantity is not {}", order.quantity);
    ensure!(line["latency_us"].as_u64() == Some(order.latency_us.into()), "latency_us");
    Ok(())
}

fn each_line(path: &Path, mut each: impl FnMut(&[u8]) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let cannot = || format!("cannot read {}", path.display());
    let file = File::open(path).with_context(cannot)?;
    let reader: Box<dyn Read> = match path.to_str().is_some_and(|it| it.ends_with(PACKED)) {
        true => Box::new(flate2::read::MultiGzDecoder::new(file)),
        false => Box::new(file),
    };
    let mut file = BufReader::with_capacity(1 << 18, reader);
    let mut line = Vec::new();
    while file.read_until(b'\n', &mut line).with_context(cannot)? > 0 {
        // what a kill left of a last line is none
        if line.ends_with(b"\n") {
            each(&line)?;
        }
        line.clear();
    }
    Ok(())
}

/// The number behind `order_id`, in whatever form a subject writes keys.
fn order_id(line: &[u8]) -> Option<usize> {
    const KEY: &[u8] = b"order_id";
    let at = line.windows(KEY.len()).position(|it| it == KEY)? + KEY.len();
    let digits = line[at..].iter().skip_while(|it| !it.is_ascii_digit()).take_while(|it| it.is_ascii_digit());
    std::str::from_utf8(&digits.copied().collect::<Vec<u8>>()).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn found(text: &str) -> Found {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("expert.log"), text).unwrap();
        fs::write(folder.path().join("errors.log"), "order_id=1\n").unwrap();
        find(folder.path()).unwrap()
    }

    #[test]
    fn orders_are_found_in_every_form_and_a_line_without_an_end_is_none() {
        let found = found("{\"order_id\":0}\norder filled order_id=2 x\norder_id: 2\norder_id=1");
        assert_eq!((found.lines, found.bytes, &found.orders[..]), (3, 53, &[1, 0, 2][..]));
        assert_eq!((found.missing(3), found.missing(5), found.doubled()), (1, 3, 1));
    }

    #[test]
    fn packed_files_are_read_and_one_that_is_there_twice_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let pack = |name: &str, text: &str| {
            let file = File::create(folder.path().join(name)).unwrap();
            let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            packed.write_all(text.as_bytes()).unwrap();
            packed.finish().unwrap();
        };
        put("expert.log", "order_id=3\n");
        put("expert.log.1", "order_id=2\n");
        pack("expert.log.1.gz", "order_id=2\n");
        pack("expert.log.2.gz", "order_id=0\norder_id=1\n");
        put("expert.log.packing", "half of someth");
        let found = find(folder.path()).unwrap();
        assert_eq!((found.lines, &found.orders[..]), (4, &[1, 1, 1, 1][..]));
    }

    #[test]
    fn a_line_with_another_value_is_caught() {
        let order = Order::number(7);
        let line = |price: f64| {
            let mut line = serde_json::json!({
                "timestamp": "t", "level": "info", "event": EVENT, "order_id": 7, "trade_id": order.trade_id,
                "side": "BUY", "price": price, "quantity": order.quantity, "latency_us": order.latency_us,
            });
            CONTEXT.iter().for_each(|(key, value)| line[key] = (*value).into());
            line["account_id"] = "***001".into();
            line.to_string().into_bytes()
        };
        check_line(&line(order.price)).unwrap();
        assert!(check_line(&line(order.price + 0.5)).is_err());
    }
}
