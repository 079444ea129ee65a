//! How long the command takes on a folder of many files, half of them packed, beside a JSON parser and `jq`:
//! `cargo run --release -p logger-cli --example scan -- [MEGABYTES]`. Ratios tell more than seconds: they depend less on the machine.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program for developers, on their terminal")]

use std::{
    error::Error,
    fs::{self, File},
    io::{BufRead as _, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde::de::IgnoredAny;

const FILES: u64 = 30;
/// Microseconds between two records.
const APART: u64 = 1_000;
/// 2026-01-31T00:00:00Z in microseconds.
const START: u64 = 1_769_817_600_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let megabytes: u64 = std::env::args().nth(1).map_or(Ok(1_000), |it| it.parse())?;
    let dir = tempfile::tempdir()?;
    let records = make(dir.path(), megabytes * 1_000_000)?;
    println!(
        "{FILES} files, {records} records, {megabytes} MB unpacked, {} MB on the disk",
        on_disk(dir.path())? / 1_000_000
    );
    let logger = std::env::current_exe()?
        .parent()
        .and_then(Path::parent)
        .map(|it| it.join("logger"))
        .ok_or("no folder")?;
    let logs = |options: &[&str]| {
        measured(
            Command::new(&logger)
                .args(["logs", "--no-pager", "--verbose", "--dir"])
                .arg(dir.path())
                .args(options),
        )
    };

    let parsed = timed(|| parse_all::<IgnoredAny>(dir.path()))?;
    row("JSON parser, nothing kept", parsed, parsed, "");
    let kept = timed(|| parse_all::<serde_json::Value>(dir.path()))?;
    row("JSON parser, values kept", kept, parsed, "");
    let half = time_of(records / 2);
    for (name, options) in [
        ("logs -n 50", &["-n", "50"][..]),
        ("logs --since the last second", &["-n", "0", "--since", &time_of(records - 1_000)]),
        ("logs --since the middle -n 50", &["-n", "50", "--since", &half]),
        (
            "logs --where, few match",
            &["-n", "0", "--format", "json", "--where", "price>70990 and symbol=BTCUSDT"],
        ),
        ("logs --where, each is parsed", &["-n", "0", "--format", "json", "--where", "price>70990"]),
        ("logs --grep", &["-n", "0", "--format", "json", "--grep", "\"order_id\":77,"]),
        ("logs --count-by symbol", &["--count-by", "symbol"]),
    ] {
        let (took, said) = logs(options)?;
        row(name, took, parsed, said.trim());
    }
    let jq = "(gzip -dc *.gz; zstd -qdc *.zst; cat $(ls | grep -v z)) | jq -c 'select(.price>70990)'";
    let (took, said) = measured(Command::new("sh").args(["-c", jq]).current_dir(dir.path()))?;
    match said.is_empty() {
        true => row("jq, each is parsed", took, parsed, ""),
        false => println!("jq (Debian packages `jq`, `gzip`, `zstd`) cannot be run: {said}"),
    }
    Ok(())
}

fn row(name: &str, took: Duration, beside: Duration, said: &str) {
    println!(
        "{name:32} {:8.3} s  {:7.3} x  {said}",
        took.as_secs_f64(),
        took.as_secs_f64() / beside.as_secs_f64()
    );
}

fn timed(what: impl FnOnce() -> Result<u64, Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let begin = Instant::now();
    what()?;
    Ok(begin.elapsed())
}

/// How long a command took, and what it said on stderr.
fn measured(command: &mut Command) -> Result<(Duration, String), Box<dyn Error>> {
    let begin = Instant::now();
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    Ok((begin.elapsed(), String::from_utf8_lossy(&output.stderr).into_owned()))
}

fn parse_all<T: serde::de::DeserializeOwned>(dir: &Path) -> Result<u64, Box<dyn Error>> {
    let mut records = 0;
    for path in paths(dir)? {
        let mut lines = BufReader::with_capacity(256 * 1024, unpacked(&path)?);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            std::hint::black_box(serde_json::from_slice::<T>(&line)?);
            records += 1;
            line.clear();
        }
    }
    Ok(records)
}

fn unpacked(path: &Path) -> Result<Box<dyn Read>, Box<dyn Error>> {
    let file = File::open(path)?;
    Ok(match path.extension().and_then(|it| it.to_str()) {
        Some("gz") => {
            Box::new(flate2::bufread::MultiGzDecoder::new(BufReader::with_capacity(256 * 1024, file)))
        }
        Some("zst") => Box::new(zstd::stream::read::Decoder::new(file)?),
        _ => Box::new(file),
    })
}

fn paths(dir: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    Ok(fs::read_dir(dir)?.map(|it| it.map(|it| it.path())).collect::<Result<_, _>>()?)
}

fn on_disk(dir: &Path) -> Result<u64, Box<dyn Error>> {
    paths(dir)?.iter().map(|it| Ok(it.metadata()?.len())).sum()
}

/// Writes the files, the oldest first: every second one is packed, by gzip and by zstd in turn.
fn make(dir: &Path, bytes: u64) -> Result<u64, Box<dyn Error>> {
    let mut seq = 0;
    for number in (0..FILES).rev() {
        let ending = match (number, number % 4) {
            (0, _) => String::new(),
            (_, 1) => format!(".{number}.gz"),
            (_, 3) => format!(".{number}.zst"),
            _ => format!(".{number}"),
        };
        let file = BufWriter::with_capacity(1 << 20, File::create(dir.join(format!("expert.log{ending}")))?);
        let (first, until) = (&mut seq, bytes / FILES);
        if ending.ends_with("gz") {
            let mut encoder = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            fill(&mut encoder, first, until)?;
            encoder.finish()?.flush()?;
        } else if ending.ends_with("zst") {
            let mut encoder = zstd::Encoder::new(file, 1)?;
            fill(&mut encoder, first, until)?;
            encoder.finish()?.flush()?;
        } else {
            let mut file = file;
            fill(&mut file, first, until)?;
            file.flush()?;
        }
    }
    Ok(seq)
}

fn fill(out: &mut impl Write, seq: &mut u64, until: u64) -> Result<(), Box<dyn Error>> {
    let mut written = 0;
    while written < until {
        *seq += 1;
        let line = line(*seq);
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    Ok(())
}

fn time_of(seq: u64) -> String {
    let time = jiff::Timestamp::from_microsecond((START + seq * APART) as i64).unwrap_or_default();
    format!("{time:.6}")
}

/// A line as the trading example logs one.
fn line(seq: u64) -> String {
    let symbol = ["BTCUSDT", "ETHUSDT", "SOLUSDT"][(seq % 3) as usize];
    let mixed = seq.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    format!(
        "{{\"timestamp\":\"{time}\",\"level\":\"info\",\"severity\":6,\"event\":\"order filled\",\"category\":\"general\",\
         \"hostname\":\"trading-1\",\"app_name\":\"bot\",\"procid\":4242,\"thread\":\"FastEma\",\"module\":\"bot::orders\",\
         \"file\":\"src/orders.rs\",\"line\":118,\"run\":\"661099ea24b3a-11d9\",\"seq\":{seq},\"expert_name\":\"FastEma\",\
         \"symbol\":\"{symbol}\",\"strategy_id\":\"ema-5-20\",\"order_id\":{order},\"side\":\"BUY\",\"price\":{price}.25,\
         \"size\":\"0.{size:04}\",\"pnl\":-{pnl}.125}}\n",
        time = time_of(seq),
        order = seq / 5,
        price = 70_000 + mixed % 1_000,
        size = mixed % 9_973,
        pnl = mixed % 877,
    )
}
