//! What is shown, and in which form.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    process::Stdio,
};

use expect_test::expect;

use crate::support::{folder, line, lines, logger, numbers, path, run, shown, write};

#[test]
fn all_files_are_one_stream_in_the_order_of_time_and_each_record_is_there_once() {
    let dir = folder(7, 100);
    assert_eq!(numbers(&["-n", "0"], dir.path()), Vec::from_iter(1..=700));
    assert_eq!(numbers(&["-n", "0", "--level", "error"], dir.path()), Vec::from_iter((20..=700).step_by(20)));
    // what only the file of trades has still, and what has gone from it
    fs::remove_file(path(&dir, "expert.log.6")).unwrap();
    let expected = (10..=100).step_by(10).chain(101..=700);
    assert_eq!(numbers(&["-n", "0"], dir.path()), Vec::from_iter(expected));
}

#[test]
fn the_newest_are_the_end_of_all() {
    let dir = folder(7, 100);
    for options in
        [&["--level", "trace"][..], &["--symbol", "BTCUSDT"], &["--where", "price<70300 or seq=650"]]
    {
        let all = numbers(&[options, &["-n", "0"]].concat(), dir.path());
        for limit in [1, 7, 50, 450] {
            let newest = numbers(&[options, &["-n", &limit.to_string()]].concat(), dir.path());
            assert_eq!(newest, all[all.len().saturating_sub(limit)..], "{options:?} {limit}");
        }
    }
    assert_eq!(numbers(&[], dir.path()).len(), 50);
}

#[test]
fn a_line_without_a_time_stands_behind_the_one_before_it_whichever_way_files_are_read() {
    let dir = tempfile::tempdir().unwrap();
    write(&path(&dir, "expert.log"), &format!("{}\na note\nand another\n{}\n", line(1), line(5)));
    write(&path(&dir, "errors.log"), &lines([3]));
    let events = |limit: &str| {
        let shown =
            shown(&["logs", "--dir", ".", "-n", limit, "--format", "json", "--fields", "seq"], dir.path());
        shown.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = [
        r#"{"seq":1}"#,
        r#"{"not_json":"a note"}"#,
        r#"{"not_json":"and another"}"#,
        r#"{"seq":3}"#,
        r#"{"seq":5}"#,
    ];
    assert_eq!(events("0"), expected, "from the beginning");
    assert_eq!(events("50"), expected, "from the end");
}

#[test]
fn dated_files_are_read_in_the_order_of_their_dates() {
    let dir = tempfile::tempdir().unwrap();
    write(&path(&dir, "expert.log.1"), &lines(1..4)); // before the naming was changed
    write(&path(&dir, "expert.2026-01-30.log.zst"), &lines(4..10));
    write(&path(&dir, "expert.2026-01-30.2.log"), &lines(10..20));
    write(&path(&dir, "expert.2026-01-30.10.log.gz"), &lines(20..30));
    write(&path(&dir, "expert.log"), &lines(30..40));
    assert_eq!(numbers(&["-n", "0"], dir.path()), Vec::from_iter(1..40));
    assert_eq!(numbers(&["-n", "25"], dir.path()), Vec::from_iter(15..40));
}

#[test]
fn every_option_chooses_what_it_says() {
    let dir = folder(4, 50);
    let all = |wanted: fn(&u64) -> bool| (1..=200).filter(wanted).collect::<Vec<u64>>();
    for (options, expected) in [
        (&["--expert", "Ema"][..], all(|it| it % 2 == 0)),
        (&["-e", "Ema,Grid", "--symbol", "ETHUSDT"], all(|it| it % 3 == 1)),
        (&["--category", "trade"], all(|it| it % 10 == 0)),
        (&["--order", "7"], all(|it| it / 5 == 7)),
        (&["--where", "price>70100 and price<=70150.5"], all(|it| (100..=150).contains(it))),
        (
            &["--where", "symbol=BTCUSDT", "--where", "not level>=warning"],
            all(|it| it % 3 == 0 && it % 20 != 0),
        ),
        (&["--grep", r#""seq":1[0-9]{2},"#], all(|it| (100..200).contains(it))),
        (&["-i", "--grep", "ETHusdt"], all(|it| it % 3 == 1)),
        (
            &["--since", "2026-01-31T09:00:00.100Z", "--until", "2026-01-31T09:00:00.110Z"],
            all(|it| (100..=110).contains(it)),
        ),
        (
            &[
                "--since",
                "2026-01-31 10:00:00.100",
                "--zone",
                "Europe/Berlin",
                "--until",
                "2026-01-31 10:00:00.110",
            ],
            all(|it| (100..=110).contains(it)),
        ),
    ] {
        for limit in ["0", "150"] {
            let found = numbers(&[&["-n", limit], options].concat(), dir.path());
            assert_eq!(found, expected, "{options:?}");
        }
    }
    assert_eq!(
        run(&["logs", "--dir", ".", "-g", "btcusdt"], dir.path()).status.code(),
        Some(1),
        "case counts"
    );
    assert_eq!(run(&["logs", "--dir", ".", "--trade", "1"], dir.path()).status.code(), Some(1));
    assert_eq!(run(&["logs", "--dir", ".", "--since", "-15m"], dir.path()).status.code(), Some(1));
}

#[test]
fn a_text_is_found_however_json_writes_it() {
    let dir = tempfile::tempdir().unwrap();
    let record = |seq: u64, rest: &str| {
        format!(
            "{{\"timestamp\":\"2026-01-31T09:00:00.00{seq}Z\",\"level\":\"info\",\"seq\":{seq},{rest}}}\n"
        )
    };
    // our own lines, and those of a program that escapes all that is not ASCII, or more
    let text = [
        record(1, r#""event":"said \"no\" to C:\\orders\n""#),
        record(2, r#""event":"Z\u00fcrich closed","venue":"Z\u00fcrich","tag":"\ud83e\udd80""#),
        record(3, r#""event":"Zürich opened","venue":"Zürich","tag":"🦀""#),
        record(4, r#""event":"f\u0069lled","symbol":"\u0042TC","order_id":"a\/7""#),
        record(5, r#""event":"filled","symbol":"BTC","order_id":"a/7""#),
    ]
    .concat();
    write(&path(&dir, "expert.log"), &text);
    for (options, expected) in [
        (&["--grep", r#"said "no""#][..], &[1][..]),
        (&["--grep", r#"said \\"no"#], &[1]),
        (&["--grep", r"C:\\orders$"], &[]),
        (&["--grep", "(?m)C:.orders$"], &[1]),
        (&["--grep", "Zürich"], &[2, 3]),
        (&["-i", "--grep", "ZÜRICH"], &[2, 3]),
        (&["--grep", "Z.u00fc"], &[2]),
        (&["--grep", "🦀"], &[2, 3]),
        (&["--grep", "filled"], &[4, 5]),
        (&["--grep", "filled", "--grep", "u0042"], &[4]),
        (&["--where", "venue=Zürich"], &[2, 3]),
        (&["--where", "event=filled and symbol=BTC"], &[4, 5]),
        (&["--symbol", "BTC"], &[4, 5]),
        (&["--order", "a/7"], &[4, 5]),
    ] {
        for limit in ["0", "50"] {
            let args = [&["logs", "--dir", ".", "--format", "json", "-n", limit], options].concat();
            let output = run(&args, dir.path());
            let shown = String::from_utf8(output.stdout).unwrap();
            let seq =
                |it: &str| serde_json::from_str::<serde_json::Value>(it).unwrap()["seq"].as_u64().unwrap();
            assert_eq!(shown.lines().map(seq).collect::<Vec<_>>(), expected, "{options:?}");
        }
    }
    let steps = shown(&["order", "a/7", "--dir", "."], dir.path());
    assert_eq!(steps.lines().count(), 3, "{steps}");
}

#[test]
fn a_field_that_is_asked_for_shuts_out_lines_that_have_none_and_of_two_with_one_key_the_last_counts() {
    let dir = tempfile::tempdir().unwrap();
    let record = |seq: u64, rest: &str| {
        format!("{{\"timestamp\":\"2026-01-31T09:00:00.00{seq}Z\",\"level\":\"info\",\"seq\":{seq}{rest}}}\n")
    };
    let text = [
        record(1, r#","symbol":"BTC","trade_id":"T7""#),
        "a line about BTC that is no JSON\n".into(),
        record(2, r#","symbol":"ETH","symbol":"BTC""#),
        record(3, r#","symbol":"BTC","symbol":"ETH""#),
        record(4, ""),
    ];
    write(&path(&dir, "expert.log"), &text.concat());
    let found = |options: &[&str]| {
        let output = run(&[&["logs", "--dir", ".", "--format", "json"], options].concat(), dir.path());
        let shown = String::from_utf8(output.stdout).unwrap();
        shown.lines().map(|it| text.iter().position(|text| text.trim_end() == it)).collect::<Vec<_>>()
    };
    assert_eq!(found(&["--symbol", "BTC"]), [Some(0), Some(2)]);
    assert_eq!(found(&["--where", "symbol=BTC"]), [Some(0), Some(2)]);
    assert_eq!(found(&["--trade", "T7"]), [Some(0)]);
    // a level and a pattern are no fields
    assert_eq!(found(&["--level", "info"]).len(), 5);
    assert_eq!(found(&["--grep", "about"]), [None], "shown as an object of its own");
}

#[test]
fn what_the_logger_says_of_itself_is_shown_where_that_is_asked_for() {
    let dir = folder(1, 20);
    let report = line(7).replace("\"general\"", "\"logger\"").replace("order filled", "records lost");
    write(&path(&dir, "logging_errors.log"), &format!("{report}\n"));
    let events = |options: &[&str]| {
        shown(
            &[&["logs", "--dir", ".", "-n", "0", "--format", "csv", "--fields", "event"], options].concat(),
            dir.path(),
        )
    };
    assert!(!events(&[]).contains("records lost"));
    assert_eq!(events(&["--category", "logger"]), "event\nrecords lost\n");
    // its number is one among the reports, and hides no record of the same number
    assert_eq!(events(&["--category", "logger,general,trade"]).lines().count(), 1 + 20 + 1);
}

#[test]
fn lines_around_are_shown_once_with_a_mark_where_some_are_left_out() {
    let dir = folder(2, 30);
    let args =
        ["logs", "--dir", ".", "-w", "seq=10 or seq=12 or seq=40", "-B", "2", "-A", "1", "--fields", "seq"];
    let numbers = |shown: &str| {
        shown.lines().map(|it| it.rsplit_once('=').map_or(it, |(_, seq)| seq).to_owned()).collect::<Vec<_>>()
    };
    let expected = ["8", "9", "10", "11", "12", "13", "--", "38", "39", "40", "41"];
    for limit in ["0", "50", "3"] {
        assert_eq!(numbers(&shown(&[&args[..], &["-n", limit]].concat(), dir.path())), expected, "{limit}");
    }
    let both = ["logs", "--dir", ".", "-w", "seq=10 or seq=40", "-C", "1", "--fields", "seq"];
    assert_eq!(numbers(&shown(&both, dir.path())), ["9", "10", "11", "--", "39", "40", "41"]);
    let more = shown(&[&both[..], &["-A", "2", "-B", "0"]].concat(), dir.path());
    assert_eq!(numbers(&more), ["9", "10", "11", "12", "--", "39", "40", "41", "42"]);
    let newest = shown(&[&args[..], &["-n", "2"]].concat(), dir.path());
    assert_eq!(numbers(&newest), ["11", "12", "13", "--", "38", "39", "40", "41"]);
}

#[test]
fn the_four_forms() {
    let dir = tempfile::tempdir().unwrap();
    let nested = r#"{"timestamp":"2026-01-31T09:00:00.500000Z","level":"warning","event":"a\u001b[31m \"quoted\"\n","error":{"message":"x","causes":["y z"]},"tags":[1,{"a":"b"}],"note":"two words"}"#;
    write(&path(&dir, "expert.log"), &format!("{}\nnot json \u{1b}[2J\n{nested}\n", line(7)));
    let form = |options: &[&str]| shown(&[&["logs", "--dir", "."], options].concat(), dir.path());
    expect![[r#"
        2026-01-31 09:00:00 [INFO     ] order filled       expert_name=Grid symbol=ETHUSDT order_id=1 price=70007.5
        not json \x1b[2J
        2026-01-31 09:00:00 [WARNING  ] a\x1b[31m "quoted"\n error="x: y z" tags=[1,{"a":"b"}] note="two words"
    "#]]
    .assert_eq(&form(&[]));
    expect![[r#"
        timestamp            level    expert_name  symbol   event                 fields
        2026-01-31 09:00:00  info     Grid         ETHUSDT  order filled          order_id=1 price=70007.5
                                                            not json \x1b[2J
        2026-01-31 09:00:00  warning                        a\x1b[31m "quoted"\n  error="x: y z" tags=[1,{"a":"b"}] note="two words"
    "#]]
    .assert_eq(&form(&["--format", "table"]));
    expect![[r#"
        event,price,tags
        order filled,70007.5,
        not json [2J,,
        "a[31m ""quoted""
        ",,"[1,{""a"":""b""}]"
    "#]]
    .assert_eq(&form(&["--format", "csv", "--fields", "event,price,tags"]).replace('\u{1b}', ""));
    expect![[r#"
        {"price":70007.5}
        {"not_json":"not json \u001b[2J"}
        {"error.message":"x"}
    "#]]
    .assert_eq(&form(&["--format", "json", "--fields", "price,error.message"]));
    assert_eq!(form(&["--format", "json"]).lines().last(), Some(nested));
}

#[test]
fn a_table_for_spreadsheets_runs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let record = |event: &str, pnl: &str| {
        format!(
            "{{\"timestamp\":\"2026-01-31T09:00:00Z\",\"level\":\"info\",\"event\":\"{event}\",\"pnl\":{pnl}}}\n"
        )
    };
    let text = [
        record("=cmd|' /C calc'!A0", "-0.5"),
        record("+1+1", "\"-2e3\""),
        record("-x", "\"-2+3\""),
        record("@SUM(A1)", "1"),
        record("\\t=1", "2"),
        record("filled", "-7"),
        "=a line that is no JSON\n".into(),
    ];
    write(&path(&dir, "expert.log"), &text.concat());
    let csv = |options: &[&str]| {
        let shown = shown(&[&["logs", "--dir", ".", "--format", "csv"], options].concat(), dir.path());
        let mut reader = csv::Reader::from_reader(shown.as_bytes());
        reader.records().map(|it| it.unwrap().iter().map(str::to_owned).collect()).collect::<Vec<Vec<_>>>()
    };
    let rows = csv(&["--fields", "event,pnl"]);
    assert_eq!(
        rows,
        [
            ["'=cmd|' /C calc'!A0", "-0.5"],
            ["'+1+1", "-2e3"],
            ["'-x", "'-2+3"],
            ["'@SUM(A1)", "1"],
            ["'\t=1", "2"],
            ["filled", "-7"],
            ["'=a line that is no JSON", ""],
        ]
    );
    let counted = csv(&["--count-by", "event"]);
    assert!(
        counted.iter().all(|row| row[0].starts_with('\'') || row[0] == "filled" || row[0].is_empty()),
        "{counted:?}"
    );
    // and JSON is as it stands in the file
    assert!(shown(&["logs", "--dir", ".", "--format", "json"], dir.path()).starts_with(&text[0]));
}

#[test]
fn s33_no_cell_of_a_table_for_programs_is_a_formula_and_json_is_as_it_was_written() {
    let dir = tempfile::tempdir().unwrap();
    let texts = [
        "=1+1",
        "+1",
        "-1",
        "-x",
        "@SUM(A1)",
        "\\t=1",
        "\\r=1",
        " =1",
        "'x",
        "a=1",
        "-1.5e3",
        "\u{ff1d}1",
        "\\tx",
        "\\rx",
    ];
    let lines = texts.iter().fold(String::new(), |lines, text| {
        let time = "2026-01-31T09:00:00.000000Z";
        lines
            + &format!(
                "{{\"timestamp\":\"{time}\",\"level\":\"info\",\"event\":\"{text}\",\"=key\":\"{text}\"}}\n"
            )
    });
    write(&path(&dir, "expert.log"), &lines);
    let form = |options: &[&str]| shown(&[&["logs", "--dir", "."], options].concat(), dir.path());
    assert_eq!(form(&["--format", "json"]), lines);
    let cells = |text: String| -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    };
    let runs = |cell: &String| {
        let first = cell.trim_start().chars().next();
        matches!(first, Some('=' | '+' | '-' | '@' | '\u{ff1d}')) && cell.parse::<f64>().is_err()
    };
    let rows = cells(form(&["--format", "csv", "--fields", "event,=key"]));
    assert_eq!(rows[0], ["event", "'=key"]);
    assert!(!rows.iter().flatten().any(runs), "{rows:?}");
    let events: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    let expected = [
        "'=1+1",
        "+1",
        "-1",
        "'-x",
        "'@SUM(A1)",
        "'\t=1",
        "'\r=1",
        "' =1",
        "'x",
        "a=1",
        "-1.5e3",
        "'\u{ff1d}1",
        "'\tx",
        "'\rx",
    ];
    assert_eq!(events, expected);
    let counted = cells(form(&["--count-by", "=key", "--format", "csv"]));
    assert_eq!(counted[0][0], "'=key");
    assert!(!counted.iter().flatten().any(runs), "{counted:?}");
}

#[test]
fn a_table_for_programs_has_its_header_where_there_is_no_line_and_a_field_called_as_its_last_column() {
    let dir = tempfile::tempdir().unwrap();
    write(
        &path(&dir, "expert.log"),
        "{\"timestamp\":\"2026-01-31T09:00:00.000000Z\",\"level\":\"info\",\"event\":\"a\",\"fields\":\"b\",\"n\":1}\n",
    );
    let csv = |options: &[&str]| {
        let all = ["logs", "--dir", ".", "--format", "csv", "--fields", "event,fields"];
        String::from_utf8(run(&[&all, options].concat(), dir.path()).stdout).unwrap()
    };
    assert_eq!(csv(&[]), "event,fields\na,b\n");
    assert_eq!(csv(&["--level", "error"]), "event,fields\n");
}

#[test]
fn counts_are_by_the_values_of_fields() {
    let dir = folder(4, 50);
    let count = |options: &[&str]| shown(&[&["logs", "--dir", "."], options].concat(), dir.path());
    // the indentation of a snapshot is not compared
    assert_eq!(count(&["--count-by", "level"]), "       190  info\n        10  error\n");
    expect![[r#"
        {"level":"info","missing":null,"count":190}
        {"level":"error","missing":null,"count":10}
    "#]]
    .assert_eq(&count(&["--count-by", "level,missing", "--format", "json"]));
    expect![[r#"
        expert_name,count
        Ema,100
        Grid,100
    "#]]
    .assert_eq(&count(&["--count-by", "expert_name", "--format", "csv"]));
    // what is not there is not the text `-`
    assert_eq!(count(&["--count-by", "missing", "--format", "csv"]), "missing,count\n,200\n");
}

#[test]
fn the_standard_input_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = logger(&["logs", "-", "--format", "json", "-n", "3", "--symbol", "BTCUSDT"], dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(lines(1..=30).as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), lines([24, 27, 30]));
}

#[test]
fn the_standard_input_is_followed_line_by_line() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = logger(&["logs", "-", "-f", "--format", "json", "--symbol", "BTCUSDT"], dir.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut shown = BufReader::new(child.stdout.take().unwrap()).lines();
    for seq in [3, 6, 9] {
        // the input stays open: what is shown does not wait for its end
        input.write_all(lines(seq..seq + 3).as_bytes()).unwrap();
        assert_eq!(shown.next().unwrap().unwrap(), line(seq));
    }
    drop(input);
    assert!(child.wait().unwrap().success() && shown.next().is_none());
}

#[test]
fn colours_are_for_those_who_want_them() {
    let dir = folder(1, 20);
    let args = ["logs", "--dir", ".", "-n", "1"];
    assert!(!shown(&args, dir.path()).contains('\u{1b}'));
    assert!(shown(&[&args[..], &["--color", "always"]].concat(), dir.path()).contains("\u{1b}[31mERROR"));
    for (level, color) in [
        ("critical", "1;35"),
        ("error", "31"),
        ("warning", "33"),
        ("info", "32"),
        ("debug", "36"),
        ("trace", "34"),
    ] {
        let one = tempfile::tempdir().unwrap();
        write(&one.path().join("expert.log"), &lines([1]).replace("\"info\"", &format!("\"{level}\"")));
        let text = shown(&["logs", "--dir", ".", "-l", "trace", "--color", "always"], one.path());
        let expected = format!("\u{1b}[{color}m{}", level.to_uppercase());
        assert!(text.contains(&expected), "{text:?}");
    }
    let forced = |set: &[(&str, &str)]| {
        let output = logger(&args, dir.path()).envs(set.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\u{1b}')
    };
    assert!(forced(&[("CLICOLOR_FORCE", "1")]));
    assert!(!forced(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
}

#[test]
fn the_life_of_an_order_has_the_time_between_its_steps() {
    let dir = folder(3, 20);
    let steps = shown(&["order", "4", "--dir", "."], dir.path());
    let spans: Vec<&str> = steps.lines().map(|it| it.get(..10).unwrap().trim()).collect();
    assert_eq!(spans, ["", "+1ms", "+1ms", "+1ms", "+1ms", "5 records"]);
    assert!(steps.ends_with("5 records in 4ms\n"), "{steps}");
    assert_eq!(run(&["order", "4000", "--dir", "."], dir.path()).status.code(), Some(1));
    assert_eq!(run(&["order", "4", "--dir", "nowhere"], dir.path()).status.code(), Some(3));
    assert_eq!(shown(&["order", "4", "--dir", ".", "--format", "json"], dir.path()), lines(20..25));
    let zoned = shown(&["order", "4", "--dir", ".", "--zone", "Asia/Tokyo"], dir.path());
    assert!(zoned.lines().take(5).all(|it| it.contains("2026-01-31 18:00:00")), "{zoned}");
}

#[test]
fn the_life_of_an_order_is_in_all_files_and_has_what_names_it_as_its_parent() {
    let dir = folder(3, 20);
    // the spans are those between neighbours, whichever file they stand in
    let child = line(1_023).replace("\"order_id\":204", "\"order_id\":205,\"parent_order_id\":4");
    assert!(child.contains("parent_order_id"));
    write(&path(&dir, "trades.log"), &format!("{}\n{child}\n", line(20)));
    write(
        &path(&dir, "errors.log"),
        &format!("{}\n", line(5_000).replace("\"order_id\":1000", "\"order_id\":\"4\"")),
    );
    // names another order, or is another number
    write(
        &path(&dir, "expert.log"),
        &format!("{}{}\n", lines(41..=60), line(70).replace("order filled", "not 4")),
    );
    let steps = shown(&["order", "4", "--dir", "."], dir.path());
    let spans: Vec<&str> = steps.lines().map(|it| it.get(..10).unwrap().trim()).collect();
    assert_eq!(spans, ["", "+1ms", "+1ms", "+1ms", "+1ms", "+999ms", "+3.977s", "7 records"], "{steps}");
    assert!(steps.ends_with("7 records in 4.980s\n"), "{steps}");
}

#[test]
fn figures_name_what_is_missing() {
    let dir = folder(3, 100);
    let file = path(&dir, "expert.log");
    let text = fs::read_to_string(&file).unwrap();
    let without = |seq: u64| !(211..=213).contains(&seq);
    fs::write(&file, lines((201..=300).filter(|it| without(*it)))).unwrap();
    assert_eq!(text.lines().count(), 100);
    let stats = shown(&["stats", "--dir", "."], dir.path());
    assert!(stats.starts_with("297 records, 0 other lines, "), "{stats}");
    assert!(stats.contains("         3  run r-1: 211-213\n"), "{stats}");
    assert!(stats.contains("       282  94.9 %  info\n"), "{stats}");
    let json: serde_json::Value =
        serde_json::from_str(&shown(&["stats", "--dir", ".", "--json"], dir.path())).unwrap();
    assert_eq!(json["missing"], serde_json::json!([{ "run": "r-1", "first": 211, "last": 213 }]));
    // what is missing is told of all records, whichever are counted
    let of_one = shown(&["stats", "--dir", ".", "--expert", "Ema", "--symbol", "BTCUSDT"], dir.path());
    assert!(
        of_one.starts_with("50 records, ") && of_one.contains("         3  run r-1: 211-213\n"),
        "{of_one}"
    );
}

#[test]
fn figures_are_the_most_frequent_ones_with_their_shares_and_rates_over_time() {
    let dir = tempfile::tempdir().unwrap();
    let line = |second: u64, event: &str, expert: &str| {
        format!(
            "{{\"timestamp\":\"2026-01-31T09:00:{second:02}.000000Z\",\"level\":\"info\",\"event\":\"{event}\",\"expert_name\":\"{expert}\",\
             \"run\":\"r\",\"seq\":{}}}\n",
            1_000 - 3 * second
        )
    };
    let events =
        ["sent", "late", "sent", "filled", "sent", "late", "odd\\u001b[2J", "sent", "filled", "late"];
    let all = events
        .iter()
        .zip(0..)
        .map(|(event, second)| line(second, event, ["Grid", "Ema"][(second / 8) as usize]));
    let text: String = all.chain(["no record\n".into()]).collect();
    write(&path(&dir, "expert.log"), &text);
    let stats = shown(&["stats", "--dir", ".", "-n", "2", "--zone", "Asia/Tokyo"], dir.path());
    let read = format!("{} bytes read", text.len());
    expect![[r#"
        10 records, 1 other lines, ALL
        2026-01-31 18:00:00 to 2026-01-31 18:00:09, 1.1 a second
        █  █   █   █   █   █   █   █   █   █  most 1 in 256ms

        levels
                10 100.0 %  info

        experts
                 8  80.0 %  Grid
                 2  20.0 %  Ema

        events
                 4  40.0 %  sent
                 3  30.0 %  late

        numbers of 1 runs: missing are
                18  run r: 974-975, 977-978, …
    "#]]
    .assert_eq(&stats.replace(&read, "ALL"));
    let odd = shown(&["stats", "--dir", "."], dir.path());
    assert!(odd.contains("odd\\x1b[2J") && !odd.contains('…'), "{odd}");
    let json: serde_json::Value =
        serde_json::from_str(&shown(&["stats", "--dir", ".", "--json", "-n", "1"], dir.path())).unwrap();
    assert_eq!(json["events"], serde_json::json!([{ "value": "sent", "count": 4 }]));
    assert_eq!(
        (&json["records"], &json["other_lines"], json["missing"].as_array().unwrap().len()),
        (&10.into(), &1.into(), 9)
    );
    // lines that are no records are something, too
    write(&path(&dir, "expert.log"), "no record\n");
    assert!(shown(&["stats", "--dir", "."], dir.path()).starts_with("0 records, 1 other lines, "));
    write(&path(&dir, "expert.log"), "");
    assert_eq!(run(&["stats", "--dir", "."], dir.path()).status.code(), Some(1));
}

#[test]
fn figures_and_spans_stand_any_time_and_number_that_a_line_may_have() {
    let dir = tempfile::tempdir().unwrap();
    let line = |time: &str, seq: u64| {
        format!(
            "{{\"timestamp\":\"{time}\",\"level\":\"info\",\"event\":\"x\",\"order_id\":7,\"run\":\"r\",\"seq\":{seq}}}\n"
        )
    };
    // the first and the last time that are told from others, and one that nobody can tell
    let (first, last) = ("1677-09-21T00:12:44Z", "2262-04-11T23:47:16Z");
    let text =
        [line(first, 0), line(first, 2), line(last, u64::MAX), line("9999-12-31T23:59:59Z", 5)].concat();
    write(&path(&dir, "expert.log"), &text);
    let stats = shown(&["stats", "--dir", "."], dir.path());
    assert!(stats.starts_with("3 records, 1 other lines, "), "{stats}");
    assert!(stats.contains("1677-09-21 00:12:44 to 2262-04-11 23:47:16, 0.0 a second\n"), "{stats}");
    assert!(stats.contains("most 2 in "), "{stats}");
    // 1, 3 and 4, and all from 6 on but the last
    assert!(stats.contains(&format!("{}  run r: 1, 3-4, 6-{}\n", u64::MAX - 4 + 1, u64::MAX - 1)), "{stats}");
    let json: serde_json::Value =
        serde_json::from_str(&shown(&["stats", "--dir", ".", "--json"], dir.path())).unwrap();
    assert_eq!((&json["records"], &json["missing"][2]["last"]), (&3.into(), &(u64::MAX - 1).into()));
    let order = shown(&["order", "7", "--dir", "."], dir.path());
    assert!(order.ends_with("4 records in 2562047h 47m\n"), "{order}");
    let doctor = run(&["doctor", "--dir", "."], dir.path());
    assert!(String::from_utf8_lossy(&doctor.stdout).contains("in the future"), "{doctor:?}");
}
