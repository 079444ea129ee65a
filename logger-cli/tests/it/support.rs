//! Files to read, and the command.

use std::{
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// The time of the first line: 2026-01-31T09:00:00Z.
const START: i64 = 1_769_850_000_000_000;

/// A line as the logger writes it: one a millisecond, every tenth a trade, every twentieth an error.
pub(crate) fn line(seq: u64) -> String {
    let micros = START + seq as i64 * 1_000;
    let time = jiff::Timestamp::from_microsecond(micros).unwrap();
    let (level, severity) = if seq.is_multiple_of(20) { ("error", 3) } else { ("info", 6) };
    let category = if seq.is_multiple_of(10) { "trade" } else { "general" };
    let symbol = ["BTCUSDT", "ETHUSDT", "SOLUSDT"][(seq % 3) as usize];
    let expert = ["Ema", "Grid"][(seq % 2) as usize];
    let price = 70_000 + seq % 1_000;
    format!(
        "{{\"timestamp\":\"{time:.6}\",\"level\":\"{level}\",\"severity\":{severity},\"event\":\"order filled\",\
         \"category\":\"{category}\",\"hostname\":\"h\",\"app_name\":\"a\",\"procid\":1,\"thread\":\"main\",\
         \"module\":\"m\",\"file\":\"f.rs\",\"line\":1,\"run\":\"r-1\",\"seq\":{seq},\"expert_name\":\"{expert}\",\
         \"symbol\":\"{symbol}\",\"order_id\":{order},\"price\":{price}.5}}",
        order = seq / 5
    )
}

pub(crate) fn lines(numbers: impl IntoIterator<Item = u64>) -> String {
    numbers.into_iter().fold(String::new(), |mut text, seq| {
        let _ = writeln!(text, "{}", line(seq));
        text
    })
}

/// Writes a file, packed as its name says.
pub(crate) fn write(path: &Path, text: &str) {
    let bytes = match path.extension().and_then(|it| it.to_str()) {
        Some("gz") => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.finish().unwrap()
        }
        Some("zst") => zstd::encode_all(text.as_bytes(), 1).unwrap(),
        _ => text.into(),
    };
    fs::write(path, bytes).unwrap();
}

/// A folder in which `files` numbered files of `each` lines are there, every second one packed, and the copies of trades and
/// errors in their own.
pub(crate) fn folder(files: u64, each: u64) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for file in 0..files {
        let number = files - 1 - file;
        let name = match (number, number % 4) {
            (0, _) => "expert.log".into(),
            (_, 1) => format!("expert.log.{number}.gz"),
            (_, 3) => format!("expert.log.{number}.zst"),
            _ => format!("expert.log.{number}"),
        };
        write(&dir.path().join(name), &lines(file * each + 1..=(file + 1) * each));
    }
    let all = 1..=files * each;
    write(&dir.path().join("trades.log"), &lines(all.clone().filter(|it| it.is_multiple_of(10))));
    write(&dir.path().join("errors.log"), &lines(all.filter(|it| it.is_multiple_of(20))));
    dir
}

/// The command; the environment of the tests does not reach it.
pub(crate) fn logger(args: &[&str], dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_logger"));
    command.args(args).current_dir(dir).stdin(Stdio::null());
    for name in ["LOG_DIR", "NO_COLOR", "CLICOLOR_FORCE", "PAGER"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn run(args: &[&str], dir: &Path) -> Output {
    logger(args, dir).output().unwrap()
}

/// What it shows; it has to find something and to complain of nothing.
pub(crate) fn shown(args: &[&str], dir: &Path) -> String {
    let output = run(args, dir);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && err.is_empty(), "{args:?}: {:?} {err}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// The numbers of the records that it shows.
pub(crate) fn numbers(args: &[&str], dir: &Path) -> Vec<u64> {
    let args = [&["logs", "--dir", ".", "--format", "json"], args].concat();
    let shown = shown(&args, dir);
    let seq = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["seq"].as_u64().unwrap();
    shown.lines().map(seq).collect()
}

pub(crate) fn path(dir: &tempfile::TempDir, name: &str) -> PathBuf {
    dir.path().join(name)
}
