//! The records, the newest below.

use std::collections::HashMap;

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line as Row, Span},
    widgets::Paragraph,
};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Paint, framed, grouped};
use crate::{
    line::{Line, level_of},
    output::{fields_of, visible},
    record::Record,
    time,
    top::Top,
};

/// From this width on columns may be wider.
const ROOMY: u16 = 120;

/// One line in cells.
struct Cells {
    time: String,
    level: Option<logger_config::Level>,
    expert: String,
    event: String,
    fields: Vec<(String, String)>,
}

/// How wide the columns are whose width depends on what is in them.
#[derive(Clone, Copy)]
struct Widths {
    expert: usize,
    event: usize,
}

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, top: &mut Top, paint: Paint) {
    let block = framed(title(top, paint), paint).title_top(place(top).right_aligned());
    let block = match filters(top, paint) {
        Some(row) => block.title_bottom(row),
        None => block,
    };
    let inside = block.inner(area);
    top.page = usize::from(inside.height);
    frame.render_widget(block, area);
    let Some(selected) = top.selected() else {
        frame.render_widget(Paragraph::new(nothing(top)).style(paint.dim()).centered(), middle(inside));
        return;
    };
    let begin = first_shown(selected, top.counts().1, usize::from(inside.height));
    let mut cells: Vec<Cells> = (begin..begin + usize::from(inside.height))
        .map_while(|at| top.line(at))
        .map(|line| Cells::of(line, &top.settings.zone))
        .collect();
    let widths = Widths::of(&cells, area.width >= ROOMY);
    different_first(&mut cells);
    let rows = cells.iter().enumerate().map(|(index, it)| {
        let row = it.row(widths, paint);
        if begin + index == selected { whole_width(row, inside.width).style(paint.selected()) } else { row }
    });
    frame.render_widget(Paragraph::new(rows.collect::<Vec<_>>()), inside);
}

/// The selected one in the middle, or as near as the ends allow.
fn first_shown(selected: usize, all: usize, height: usize) -> usize {
    selected.saturating_sub(height / 2).min(all.saturating_sub(height))
}

fn title(top: &Top, paint: Paint) -> Row<'static> {
    let level = Span::styled(top.level.as_str(), paint.level(top.level));
    let above = if top.level == logger_config::Level::Critical { " " } else { " and above " };
    Row::from(vec![Span::styled(" records ", paint.strong()), Span::raw("· "), level, Span::raw(above)])
}

fn place(top: &Top) -> Row<'static> {
    let (held, wanted) = top.counts();
    let all = grouped(held as u64);
    let text = match wanted == held {
        true => format!(" {all} "),
        false => format!(" {} of {all} ", grouped(wanted as u64)),
    };
    Row::from(text)
}

fn filters(top: &Top, paint: Paint) -> Option<Row<'static>> {
    let mut spans = Vec::new();
    for (name, text) in [("grep", &top.grep), ("where", &top.expression)] {
        if !text.trim().is_empty() {
            spans.push(Span::raw(format!(" {name} ")));
            spans.push(Span::styled(visible(text).into_owned(), paint.accent()));
            spans.push(Span::raw(" "));
        }
    }
    (!spans.is_empty()).then(|| Row::from(spans))
}

fn nothing(top: &Top) -> &'static str {
    match top.counts() {
        (0, _) => "no records yet",
        _ => "none of the records that are held passes the filter",
    }
}

fn middle(area: Rect) -> Rect {
    Rect { y: area.y + area.height / 2, height: area.height.min(1), ..area }
}

impl Cells {
    fn of(line: &Line, zone: &jiff::tz::TimeZone) -> Self {
        let record = Record::parse(&line.bytes).filter(|_| line.own_time.is_some());
        let Some(record) = record else {
            let text = visible(&String::from_utf8_lossy(&line.bytes)).into_owned();
            return Cells {
                time: String::new(),
                level: None,
                expert: String::new(),
                event: text,
                fields: Vec::new(),
            };
        };
        let plain = |key| visible(&record.plain(key).unwrap_or_default()).into_owned();
        Cells {
            time: time::show_as(line.time, zone, "%H:%M:%S%.3f"),
            level: level_of(&line.bytes),
            expert: plain("expert_name"),
            event: plain("event"),
            fields: fields_of(&record).filter(|(key, _)| key != "expert_name").collect(),
        }
    }

    fn row(&self, widths: Widths, paint: Paint) -> Row<'static> {
        let Some(level) = self.level else { return Row::from(self.event.clone()) };
        let mut spans = vec![
            Span::styled(format!("{} ", self.time), paint.dim()),
            Span::styled(format!("{:9}", level.as_upper_str()), paint.level(level)),
        ];
        if widths.expert > 0 {
            spans.push(Span::raw(fitted(&self.expert, widths.expert)));
        }
        spans.push(Span::styled(fitted(&self.event, widths.event), paint.strong()));
        for (key, value) in &self.fields {
            spans.push(Span::styled(format!("{key}="), paint.dim()));
            spans.push(Span::raw(format!("{value} ")));
        }
        Row::from(spans)
    }
}

/// Fields that are the same in all rows, as those of a context are, come last: where there is little room they are left out.
fn different_first(cells: &mut [Cells]) {
    let mut values: HashMap<String, Option<String>> = HashMap::new();
    let rows = cells.iter().filter(|it| it.level.is_some()).count();
    for (key, value) in cells.iter().flat_map(|it| &it.fields) {
        let known = values.entry(key.clone()).or_insert_with(|| Some(value.clone()));
        if known.as_ref() != Some(value) {
            *known = None;
        }
    }
    let is_same = |key: &String| rows > 1 && values.get(key).is_some_and(Option::is_some);
    cells.iter_mut().for_each(|it| it.fields.sort_by_key(|(key, _)| is_same(key)));
}

impl Widths {
    fn of(cells: &[Cells], is_roomy: bool) -> Self {
        let (most_expert, most_event) = if is_roomy { (20, 36) } else { (10, 22) };
        let records = || cells.iter().filter(|it| it.level.is_some());
        let widest = |text: fn(&Cells) -> &String, most: usize| {
            records().map(|it| text(it).width()).max().unwrap_or(0).min(most)
        };
        Widths { expert: widest(|it| &it.expert, most_expert), event: widest(|it| &it.event, most_event) }
    }
}

/// A text in a cell of a width with a blank behind it; a longer one ends in `…`.
fn fitted(text: &str, width: usize) -> String {
    let mut shown = String::new();
    let mut left = width;
    let is_long = text.width() > width;
    if is_long {
        left = left.saturating_sub(1);
    }
    for char in text.chars() {
        match left.checked_sub(char.width().unwrap_or(0)) {
            Some(rest) => left = rest,
            None => break,
        }
        shown.push(char);
    }
    if is_long {
        shown.push('…');
    }
    shown + &" ".repeat(left + 1)
}

fn whole_width(mut row: Row<'static>, width: u16) -> Row<'static> {
    let missing = usize::from(width).saturating_sub(row.width());
    row.push_span(Span::styled(" ".repeat(missing), Style::new()));
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_as_wide_as_it_has_to_be() {
        for (text, expected) in [
            ("", "     "),
            ("abc", "abc  "),
            ("abcd", "abcd "),
            ("abcde", "abc… "),
            ("日本語", "日…  "),
            ("日本", "日本 "),
        ] {
            assert_eq!(fitted(text, 4), expected, "{text}");
        }
    }

    #[test]
    fn the_selected_one_is_always_shown() {
        for (selected, all, height, expected) in
            [(0, 100, 10, 0), (50, 100, 10, 45), (99, 100, 10, 90), (2, 3, 10, 0)]
        {
            assert_eq!(first_shown(selected, all, height), expected);
        }
    }
}
