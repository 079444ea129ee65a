//! How much is read for an answer: by bytes, which do not depend on the machine.

use std::{fs, io::Write as _, path::PathBuf};

use logger_cli::{
    filter::Filter,
    query::{Next, Query},
    source::Meter,
    time::Range,
};

use crate::support::{folder, line, lines, logger};

const LOGS: [&str; 3] = ["expert.log", "trades.log", "errors.log"];

fn query(dir: &std::path::Path, range: Range) -> Query {
    let logs: Vec<PathBuf> = LOGS.iter().map(|it| dir.join(it)).collect();
    Query { logs, range, filter: Filter::new(), meter: Meter::default(), ..Query::default() }
}

fn size(dir: &std::path::Path) -> u64 {
    fs::read_dir(dir).unwrap().map(|it| it.unwrap().metadata().unwrap().len()).sum()
}

#[test]
fn the_newest_records_cost_the_ends_of_the_files() {
    let dir = folder(30, 1_000);
    let query = query(dir.path(), Range::ALL);
    assert_eq!(query.newest(50).unwrap().len(), 50);
    // one piece of each of the three logs
    assert!(query.meter.bytes() <= 3 * 64 * 1024, "{} of {}", query.meter.bytes(), size(dir.path()));
    assert!(size(dir.path()) > 20 * query.meter.bytes());
}

#[test]
fn a_time_is_found_without_reading_what_lies_before() {
    let dir = folder(30, 1_000);
    let time = |seq: u64| logger_cli::line::time_of(line(seq).as_bytes()).unwrap();
    // lines may be out of order by 5 s, so that 5,000 of these are read to be sure
    let query = query(dir.path(), Range { since: Some(time(29_900)), until: None });
    let mut count = 0;
    query
        .forward(|_| {
            count += 1;
            Ok(Next::Line)
        })
        .unwrap();
    assert_eq!(count, 101);
    let all = size(dir.path());
    assert!(query.meter.bytes() < all / 2, "{} of {all}", query.meter.bytes());
}

#[test]
fn files_outside_of_the_range_are_not_unpacked() {
    let dir = folder(30, 1_000);
    let time = |seq: u64| logger_cli::line::time_of(line(seq).as_bytes()).unwrap();
    // whoever reads one of these fails
    let spoil = |names: [&str; 2]| {
        names.iter().for_each(|name| fs::write(dir.path().join(name), "not packed at all").unwrap());
    };
    let (old, new) = (["expert.log.29.gz", "expert.log.23.zst"], ["expert.log.1.gz", "expert.log.3.zst"]);
    let kept = new.map(|name| fs::read(dir.path().join(name)).unwrap());
    spoil(new);
    let upto = Range { since: None, until: Some(time(2_000)) };
    assert_eq!(found(&query(dir.path(), upto)), lines_of(1..=2_000));
    new.iter().zip(kept).for_each(|(name, bytes)| fs::write(dir.path().join(name), bytes).unwrap());
    spoil(old);
    let from = Range { since: Some(time(28_000)), until: None };
    assert_eq!(found(&query(dir.path(), from)), lines_of(28_000..=30_000));
    let whole = query(dir.path(), Range::ALL);
    whole.forward(|_| Ok(Next::Line)).unwrap();
    let unread: Vec<PathBuf> = whole.meter.unread().files(0).into_iter().map(|(path, _)| path).collect();
    assert_eq!(unread, old.map(|name| dir.path().join(name)), "they cannot be read");
}

fn found(query: &Query) -> Vec<String> {
    let mut found = Vec::new();
    query
        .forward(|it| {
            found.push(String::from_utf8(it.line.bytes).unwrap());
            Ok(Next::Line)
        })
        .unwrap();
    found
}

fn lines_of(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    numbers.into_iter().map(line).collect()
}

#[test]
fn lines_that_are_out_of_order_by_less_than_5_s_are_found() {
    let dir = folder(1, 20_000);
    let time = |seq: u64| logger_cli::line::time_of(line(seq).as_bytes()).unwrap();
    let log = dir.path().join("expert.log");
    // in one file: a line stands 2 s too early
    let mut order: Vec<u64> = (1..=20_000).filter(|it| *it != 15_000).collect();
    order.insert(13_000, 15_000);
    fs::write(&log, lines(order.iter().copied())).unwrap();
    for copies in ["trades.log", "errors.log"] {
        fs::remove_file(dir.path().join(copies)).unwrap();
    }
    let range = Range { since: Some(time(14_900)), until: Some(time(15_100)) };
    let of_range =
        |numbers: &[u64]| lines_of(numbers.iter().copied().filter(|it| (14_900..=15_100).contains(it)));
    assert_eq!(found(&query(dir.path(), range)), of_range(&order));
    // and one 2 s too late; of a packed file, and from its end
    let at = order.iter().position(|it| *it == 15_000).unwrap();
    for (place, name) in
        [(at, "expert.log"), (17_000, "expert.log"), (at, "expert.log.1.gz"), (17_000, "expert.log.1.gz")]
    {
        let mut order: Vec<u64> = (1..=20_000).filter(|it| *it != 15_000).collect();
        order.insert(place, 15_000);
        fs::write(&log, "").unwrap();
        crate::support::write(&dir.path().join(name), &lines(order.iter().copied()));
        let query = query(dir.path(), range);
        assert_eq!(found(&query), of_range(&order), "{place} {name}");
        let newest =
            query.newest(1_000).unwrap().into_iter().map(|it| String::from_utf8(it.line.bytes).unwrap());
        assert_eq!(newest.collect::<Vec<_>>(), of_range(&order), "{place} {name} from the end");
        let _ = fs::remove_file(dir.path().join("expert.log.1.gz"));
    }
    // in the file before
    fs::rename(&log, dir.path().join("expert.log.1")).unwrap();
    fs::write(&log, lines(18_000..=25_000)).unwrap();
    fs::write(dir.path().join("expert.log.1"), lines(1..=20_000)).unwrap();
    let range = Range { since: Some(time(19_990)), until: Some(time(20_000)) };
    assert_eq!(
        found(&query(dir.path(), range)).len(),
        11,
        "each once, from the file before or from this one"
    );
    fs::write(&log, lines((18_000..=25_000).filter(|it| *it != 19_995))).unwrap();
    let all = found(&query(dir.path(), range));
    assert!(all.len() == 11 && all.contains(&line(19_995)), "what only the file before has: {all:?}");
}

#[test]
fn in_one_large_file_a_time_is_found_by_bisection() {
    let dir = folder(1, 60_000);
    let time = |seq: u64| logger_cli::line::time_of(line(seq).as_bytes()).unwrap();
    let all = size(dir.path());
    for (from, to) in [(50_000, 50_010), (1, 5), (59_999, 60_000), (30_000, 30_000)] {
        let query = query(dir.path(), Range { since: Some(time(from)), until: Some(time(to)) });
        let mut found = Vec::new();
        query
            .forward(|it| {
                found.push(it.line.bytes);
                Ok(Next::Line)
            })
            .unwrap();
        let expected: Vec<Vec<u8>> = (from..=to).map(|it| line(it).into_bytes()).collect();
        assert!(found == expected, "{from} to {to}: {}", found.len());
        // 5 s on either side are 10,000 of the 60,000 lines
        assert!(query.meter.bytes() < all / 3, "{} of {all}", query.meter.bytes());
        assert_eq!(query.newest(2).unwrap().len(), (to - from + 1).min(2) as usize);
    }
}

#[test]
fn a_search_that_lands_inside_a_line_takes_no_part_of_it_for_a_line() {
    let dir = tempfile::tempdir().unwrap();
    let time = |seq: u64| logger_cli::line::time_of(line(seq).as_bytes()).unwrap();
    // an hour apart: nothing is near enough to be out of order
    let hour = |n: u64| n * 3_600_000;
    let before = lines((1..=400).map(hour));
    // lines that are no JSON, of which the rest is, of another time: where a search begins to read
    for other in ["1990-01-01T00:00:00.000000Z", "2199-01-01T00:00:00.000000Z"] {
        let inner = format!("{{\"timestamp\":\"{other}\",\"level\":\"info\",\"event\":\"inside\"}}\n");
        let after = lines((401..=800).map(hour));
        let padding = (inner.len() + after.len()).checked_sub(before.len()).unwrap();
        let text = [before.as_str(), &"x".repeat(padding), &inner, &after].concat();
        assert!(text[text.len() / 2..].starts_with("{\"timestamp\""), "the first step lands at the brace");
        fs::write(dir.path().join("expert.log"), text).unwrap();
        for (from, to) in [(350, 380), (420, 450), (390, 410)] {
            let range = Range { since: Some(time(hour(from))), until: Some(time(hour(to))) };
            let mut found = found(&query(dir.path(), range));
            found.retain(|it| it.starts_with('{'));
            assert_eq!(found, lines_of((from..=to).map(hour)), "{other}");
        }
    }
}

/// What the kernel was asked to read of the files, by `strace`: the count of the command is not trusted alone.
#[cfg(target_os = "linux")]
#[test]
fn the_system_calls_read_no_more_than_the_command_says() {
    let dir = folder(30, 1_000);
    let trace = dir.path().join("trace");
    let strace = ["-f", "-y", "-e", "trace=read,pread64,readv,preadv,mmap", "-o"];
    for (options, most) in [
        (&["-n", "50"][..], 3 * 64 * 1024),
        // 5,100 lines of 30,000, of which a half is packed, and of each log one step of the search
        (&["-n", "0", "--since", "2026-01-31T09:00:29.900Z"], size(dir.path()) / 2),
    ] {
        let command = logger(&[&["logs", "--dir", ".", "--verbose"], options].concat(), dir.path());
        let traced = std::process::Command::new("strace")
            .args(strace)
            .arg(&trace)
            .arg(command.get_program())
            .args(command.get_args())
            .current_dir(dir.path())
            .output();
        let output = match traced {
            Ok(it) => it,
            Err(error) => {
                let _ = writeln!(
                    std::io::stderr(),
                    "SKIPPED: strace (Debian package `strace`) cannot be run: {error}"
                );
                return;
            }
        };
        assert!(output.status.success(), "{output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let said: u64 = said.trim().strip_suffix(" bytes read").unwrap().parse().unwrap();
        let calls = fs::read_to_string(&trace).unwrap();
        let of_logs = calls.lines().filter(|it| it.contains(".log"));
        let read: u64 = of_logs.filter_map(|it| it.rsplit_once("= ")?.1.trim().parse::<u64>().ok()).sum();
        assert!(read > 0 && read <= said, "{read} were read, {said} were told");
        assert!(read <= most, "{read} of {}", size(dir.path()));
    }
}
