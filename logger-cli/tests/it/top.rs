//! The live view: on screens of two widths, by keys, and on a real terminal.

use expect_test::{ExpectFile, expect_file};
use jiff::tz::TimeZone;
use logger_cli::{
    filter::Letters,
    line::{Line, time_of},
    output::Colors,
    query::Query,
    top::{Ask, Feed, Paint, Settings, Top, draw},
};
use logger_config::Level;
use ratatui::{
    Terminal,
    backend::TestBackend,
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    style::Color,
};

use crate::support::{folder, line, lines, path, write};

const NANOS: i64 = 1_000_000_000;

/// The time of the record of that number.
fn time(seq: u64) -> i64 {
    time_of(line(seq).as_bytes()).unwrap()
}

struct View {
    top: Top,
    terminal: Terminal<TestBackend>,
    now: i64,
    colors: Colors,
}

impl View {
    /// Of records with these numbers, looked at so long after the last of them.
    fn new(width: u16, height: u16, texts: impl IntoIterator<Item = String>, later: i64) -> Self {
        let settings =
            Settings { title: "logs".into(), limit: 1_000, zone: TimeZone::UTC, letters: Letters::Exact };
        let mut view = View {
            top: Top::new(settings, Level::Info),
            terminal: Terminal::new(TestBackend::new(width, height)).unwrap(),
            now: 0,
            colors: Colors::Off,
        };
        let lines = as_lines(texts);
        view.now = lines.last().map_or(0, |it| it.time) + later;
        view.top.replace(lines, view.now);
        view
    }

    fn of_records(width: u16, height: u16, numbers: std::ops::RangeInclusive<u64>) -> Self {
        View::new(width, height, numbers.map(line), 3_600 * NANOS)
    }

    fn press(&mut self, keys: &[KeyCode]) -> Ask {
        keys.iter().map(|it| self.top.key(KeyEvent::new(*it, KeyModifiers::NONE))).last().unwrap()
    }

    fn write(&mut self, text: &str) {
        text.chars().for_each(|it| {
            self.press(&[KeyCode::Char(it)]);
        });
    }

    fn screen(&mut self) -> String {
        let paint = Paint::new(self.colors);
        self.terminal.draw(|frame| draw(frame, &mut self.top, paint, self.now)).unwrap();
        let buffer = self.terminal.backend().buffer();
        let rows = buffer.content().chunks(usize::from(buffer.area.width));
        rows.map(|row| row.iter().map(|it| it.symbol()).collect::<String>().trim_end().to_owned() + "\n")
            .collect()
    }

    fn shows(&mut self, expected: &ExpectFile) {
        expected.assert_eq(&self.screen());
    }

    fn counts(&mut self) -> (usize, usize) {
        self.screen();
        self.top.counts()
    }

    fn selected(&self) -> String {
        let line = self.top.line(self.top.selected().unwrap()).unwrap();
        String::from_utf8(line.bytes.clone()).unwrap()
    }
}

fn as_lines(texts: impl IntoIterator<Item = String>) -> Vec<Line> {
    let mut before = i64::MIN;
    let line = |text: String| {
        let line = Line::new(text.into_bytes(), before, 0);
        before = line.time;
        line
    };
    texts.into_iter().map(line).collect()
}

#[test]
fn eighty_columns() {
    View::of_records(80, 24, 1..=300).shows(&expect_file!["screens/80.txt"]);
}

#[test]
fn two_hundred_columns_with_details() {
    let mut view = View::of_records(200, 40, 1..=300);
    view.press(&[KeyCode::Up, KeyCode::Enter]);
    view.shows(&expect_file!["screens/200-details.txt"]);
}

#[test]
fn help_and_details_on_a_small_screen() {
    let mut view = View::of_records(80, 24, 1..=300);
    view.press(&[KeyCode::Enter, KeyCode::Char('w')]);
    view.write("price>70100 an");
    view.shows(&expect_file!["screens/80-details-prompt.txt"]);
    view.press(&[KeyCode::Esc, KeyCode::Char('?')]);
    view.shows(&expect_file!["screens/80-help.txt"]);
}

#[test]
fn a_screen_of_any_size_is_drawn() {
    for (width, height) in [(1, 1), (5, 3), (20, 8), (79, 15), (80, 16), (500, 200)] {
        let mut view = View::of_records(width, height, 1..=50);
        for key in
            [KeyCode::Enter, KeyCode::Char('?'), KeyCode::Char('?'), KeyCode::Char('/'), KeyCode::Char('x')]
        {
            view.press(&[key]);
            assert_eq!(view.screen().lines().count(), usize::from(height));
        }
    }
    let mut none = View::new(80, 24, [], 0);
    assert!(none.screen().contains("no records yet"));
}

#[test]
fn a_filter_holds_while_it_is_typed() {
    let mut view = View::of_records(80, 24, 1..=300);
    view.press(&[KeyCode::Char('w')]);
    view.write("price>7010");
    assert_eq!(view.counts(), (300, 300));
    view.write("0");
    // 70100.5 is above
    assert_eq!(view.counts(), (300, 201));
    view.write(" and");
    assert_eq!(view.counts(), (300, 201), "what is no expression yet changes nothing");
    assert!(view.screen().contains("expected a field at column 16"));
    view.write(" symbol=BTCUSDT");
    assert_eq!(view.counts(), (300, 67));
    view.press(&[KeyCode::Tab]);
    view.write("\"error\"");
    assert_eq!(view.counts(), (300, 4));
    view.press(&[KeyCode::Enter]);
    let screen = view.screen();
    assert!(
        screen.contains("grep \"error\"") && screen.contains("where price>70100 and symbol=BTCUSDT"),
        "{screen}"
    );
    assert!(screen.contains(" 4 of 300 ") && screen.contains("■ error 4"), "{screen}");
    // what comes is filtered, too
    assert!(view.top.take(as_lines((301..=360).map(line))));
    assert_eq!(view.counts(), (360, 5));
    view.press(&[KeyCode::Esc]);
    assert_eq!(view.counts(), (360, 360));
    // Esc while it is typed brings back what was there
    view.press(&[KeyCode::Char('/')]);
    view.write("Grid");
    assert_eq!(view.counts(), (360, 180));
    view.press(&[KeyCode::Esc]);
    assert_eq!(view.counts(), (360, 360));
}

#[test]
fn the_selected_record_stays_while_others_come_and_the_newest_is_followed() {
    let mut view = View::of_records(80, 24, 1..=300);
    assert_eq!(view.selected(), line(300));
    view.top.take(as_lines([line(301)]));
    assert_eq!(view.selected(), line(301));
    view.press(&[KeyCode::Up, KeyCode::Up]);
    view.top.take(as_lines((302..=900).map(line)));
    assert_eq!(view.selected(), line(299));
    assert!(view.screen().contains("held"));
    view.press(&[KeyCode::Home]);
    assert_eq!(view.selected(), line(1));
    // only the newest 1,000 are held
    view.top.take(as_lines((901..=1_200).map(line)));
    assert_eq!((view.selected(), view.counts().0), (line(201), 1_000));
    view.press(&[KeyCode::End]);
    view.top.take(as_lines([line(1_201)]));
    assert_eq!(view.selected(), line(1_201));
    view.press(&[KeyCode::Char(' ')]);
    view.top.take(as_lines([line(1_202)]));
    assert_eq!(view.selected(), line(1_201));
}

#[test]
fn levels_are_asked_for_one_by_one() {
    let mut view = View::of_records(80, 24, 1..=3);
    assert_eq!(view.press(&[KeyCode::Char('l')]), Ask::Level(Level::Debug));
    assert_eq!(view.press(&[KeyCode::Char('l')]), Ask::Level(Level::Trace));
    assert_eq!(view.press(&[KeyCode::Char('l')]), Ask::Nothing);
    assert_eq!(view.press(&[KeyCode::Char('L')]), Ask::Level(Level::Debug));
    assert_eq!(view.press(&[KeyCode::Char('q')]), Ask::Quit);
    assert_eq!(view.top.key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL)), Ask::Quit);
}

#[test]
fn lines_that_are_no_records_are_shown_and_a_terminal_acts_on_nothing() {
    let hostile = "{\"timestamp\":\"2026-01-31T09:00:00Z\",\"level\":\"error\",\"event\":\"a\\u001b[2J\\u202eb\",\"trace\":\"at a\\n\\tat b\"}";
    let mut view = View::new(80, 24, ["no json \u{1b}[31m".into(), hostile.into()], NANOS);
    view.press(&[KeyCode::Enter]);
    let screen = view.screen();
    assert!(!screen.contains(['\u{1b}', '\u{202e}']), "{screen:?}");
    assert!(screen.contains("no json \\x1b[31m") && screen.contains("a\\x1b[2J\\u{202e}b"), "{screen}");
    assert!(screen.contains("trace      at a") && screen.contains("               at b"), "{screen}");
}

#[test]
fn nothing_is_drawn_anew_while_nothing_comes() {
    let mut idle = View::of_records(80, 24, 1..=300);
    idle.screen();
    assert!(!idle.top.take(Vec::new()) && !idle.top.is_due(idle.now + 1_000 * NANOS));
    // of what comes the histogram moves, once a second
    let mut live = View::new(80, 24, (1..=300).map(line), 0);
    live.screen();
    let second = live.now - live.now.rem_euclid(NANOS);
    assert!(!live.top.is_due(second + NANOS - 1));
    assert!(live.top.is_due(second + NANOS));
}

#[test]
fn columns_are_as_long_as_the_user_wants() {
    let mut view = View::of_records(80, 24, 1..=300);
    assert!(view.screen().contains("records in 5 ms"));
    view.press(&[KeyCode::Char('-')]);
    assert!(view.screen().contains("records in 10 ms"));
    view.press(&[KeyCode::Char('+'), KeyCode::Char('+'), KeyCode::Char('+')]);
    assert!(view.screen().contains("records in 1 ms"));
    view.press(&[KeyCode::Char('0')]);
    assert!(view.screen().contains("records in 5 ms"));
}

#[test]
fn colours_tell_levels_apart_and_there_are_none_without() {
    let mut view = View::of_records(80, 24, 1..=300);
    let colors = |view: &mut View| {
        view.screen();
        let cells = view.terminal.backend().buffer().content().to_vec();
        let mut colors: Vec<Color> = cells.iter().flat_map(|it| [it.fg, it.bg]).collect();
        colors.sort_by_key(|it| format!("{it:?}"));
        colors.dedup();
        colors
    };
    assert_eq!(colors(&mut view), [Color::Reset]);
    let bottom = view.screen().lines().find(|it| it.contains(" 0 ┤")).unwrap().to_owned();
    // an error each 20 ms, a column each 5 ms
    assert_eq!(bottom.matches('E').count(), 15, "a letter stands for the most serious level: {bottom}");
    view.colors = Colors::On;
    let colors = colors(&mut view);
    assert!([Color::Red, Color::Green, Color::DarkGray].iter().all(|it| colors.contains(it)), "{colors:?}");
}

#[test]
fn a_feed_gives_the_newest_of_a_level_and_then_what_comes_each_once() {
    let dir = folder(5, 100);
    let logs = ["expert.log", "trades.log", "errors.log"].map(|it| path(&dir, it)).to_vec();
    let mut feed = Feed::of(Query { logs, ..Query::default() }).unwrap();
    let numbers =
        |lines: Vec<Line>| lines.iter().map(|it| (it.time - time(0)) / 1_000_000).collect::<Vec<_>>();
    assert_eq!(numbers(feed.newest(Level::Info, 60).unwrap()), Vec::from_iter(441..=500));
    assert_eq!(numbers(feed.newest(Level::Error, 3).unwrap()), [460, 480, 500]);
    for (name, numbers) in [("expert.log", 501..=520), ("errors.log", 520..=520)] {
        let text = std::fs::read_to_string(path(&dir, name)).unwrap();
        write(&path(&dir, name), &(text + &lines(numbers)));
    }
    let mut found = feed.look().unwrap();
    found.extend(feed.look().unwrap());
    assert_eq!(numbers(found), [520]);
}
