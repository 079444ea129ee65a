//! The histogram.

use jiff::tz::TimeZone;
use logger_config::Level;
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line as Row, Span},
    widgets::Widget as _,
};

use super::{Paint, framed, grouped};
use crate::{
    time,
    top::{Histogram, LEVELS, Top, histogram::NANOS_PER_SECOND},
};

/// Columns left of the bars: a number of up to seven digits and the axis.
const SCALE: u16 = 8;
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, top: &mut Top, paint: Paint, now: i64) {
    let columns = area.width.saturating_sub(4 + SCALE);
    top.columns = usize::from(columns);
    let histogram = top.histogram(now);
    let span = span_name(histogram.width);
    let block = framed(Row::from(format!(" records in {span} ")).style(paint.strong()), paint)
        .title_top(legend(&histogram, area.width, paint).right_aligned());
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let rows = inside.height.saturating_sub(1);
    if rows == 0 || columns == 0 {
        return;
    }
    let bars = Rect { x: inside.x + SCALE, width: columns, height: rows, ..inside };
    scale(frame.buffer_mut(), inside, rows, histogram.most(), paint);
    for column in 0..columns {
        draw_column(frame.buffer_mut(), bars, column, &histogram, paint);
    }
    let axis = Rect { y: inside.y + rows, height: 1, ..bars };
    draw_times(frame.buffer_mut(), axis, &histogram, &top.settings.zone, paint);
}

/// How many there are of each level that occurs: with short names where there is little room, and without the least serious
/// where there is none.
fn legend(histogram: &Histogram, width: u16, paint: Paint) -> Row<'static> {
    let totals = LEVELS.into_iter().zip(histogram.totals()).filter(|(_, it)| *it > 0);
    let mut entries: Vec<(Level, String, String)> =
        totals.map(|(level, it)| (level, level.as_str().to_owned(), grouped(it))).collect();
    let room = usize::from(width).saturating_sub(24);
    let length = |all: &[(Level, String, String)]| {
        all.iter().map(|(_, name, count)| name.len() + count.len() + 4).sum::<usize>()
    };
    if length(&entries) > room {
        entries.iter_mut().for_each(|(level, name, _)| *name = short_name(*level).into());
    }
    while length(&entries) > room && entries.pop().is_some() {}
    let mut spans = Vec::new();
    for (level, name, count) in entries {
        spans.push(Span::styled(" ■ ", Style::new().fg(paint.color(level))));
        spans.push(Span::raw(format!("{name} {count}")));
    }
    spans.push(Span::raw(" "));
    Row::from(spans)
}

fn short_name(level: Level) -> &'static str {
    match level {
        Level::Critical => "crit",
        Level::Error => "err",
        Level::Warning => "warn",
        other => other.as_str(),
    }
}

fn scale(buffer: &mut Buffer, area: Rect, rows: u16, most: u64, paint: Paint) {
    let width = usize::from(SCALE) - 2;
    for row in 0..rows {
        let label = match row {
            0 => short(most),
            _ if row + 1 == rows => "0".into(),
            _ => String::new(),
        };
        let axis = if label.is_empty() { '│' } else { '┤' };
        buffer.set_string(area.x, area.y + row, format!("{label:>width$} {axis}"), paint.dim());
    }
}

fn short(number: u64) -> String {
    match number {
        0..1_000_000 => grouped(number),
        _ => format!("{}M", number / 1_000_000),
    }
}

fn draw_column(buffer: &mut Buffer, area: Rect, column: u16, histogram: &Histogram, paint: Paint) {
    let stack = histogram.stack(usize::from(column), usize::from(area.height));
    for (row, cell) in stack.chunks(8).enumerate() {
        let lower = cell[0];
        let filled = cell.iter().take_while(|it| **it == lower).count();
        let mut style = Style::new().fg(paint.color(LEVELS[lower]));
        // without colours the levels of a cell are one bar
        let eighths = if paint.has_colors() { filled } else { cell.len() };
        if let Some(upper) = cell.get(filled)
            && paint.has_colors()
        {
            style = style.bg(paint.color(LEVELS[*upper]));
        }
        let y = area.bottom() - 1 - row as u16;
        buffer.set_string(area.x + column, y, EIGHTHS[eighths], style);
    }
    if let (false, Some(worst)) = (paint.has_colors(), stack.first())
        && LEVELS[*worst] >= Level::Warning
    {
        let letter = &LEVELS[*worst].as_upper_str()[..1];
        buffer.set_string(area.x + column, area.bottom() - 1, letter, Style::new());
    }
}

/// When the columns begin: at the left, in the middle, and at the right where there is room.
fn draw_times(buffer: &mut Buffer, area: Rect, histogram: &Histogram, zone: &TimeZone, paint: Paint) {
    const LENGTH: u16 = 12;
    let labels = (area.width / (LENGTH * 2)).clamp(1, 6);
    for label in 0..labels {
        let column = match label {
            0 => 0,
            _ => (area.width - 1) * label / (labels - 1).max(1),
        };
        let at = histogram.start.saturating_add(histogram.width.saturating_mul(i64::from(column)));
        let text = tick(at, histogram.width, zone);
        let length = text.chars().count() as u16;
        let begin = if label == 0 {
            0
        } else if label + 1 == labels {
            area.width.saturating_sub(length)
        } else {
            column.saturating_sub(length / 2)
        };
        Row::from(text)
            .style(paint.dim())
            .render(Rect { x: area.x + begin, width: area.width - begin, ..area }, buffer);
    }
}

fn tick(at: i64, width: i64, zone: &TimeZone) -> String {
    let minute = 60 * NANOS_PER_SECOND;
    match width {
        ..NANOS_PER_SECOND => time::show_as(at, zone, "%H:%M:%S%.3f"),
        _ if width < minute => time::show_as(at, zone, "%H:%M:%S"),
        _ if width < 60 * minute => time::show_as(at, zone, "%b %d %H:%M"),
        _ => time::show_as(at, zone, "%Y-%m-%d"),
    }
}

fn span_name(width: i64) -> String {
    let (milli, minute) = (1_000_000, 60 * NANOS_PER_SECOND);
    match width {
        ..NANOS_PER_SECOND => format!("{} ms", width / milli),
        _ if width < minute => format!("{} s", width / NANOS_PER_SECOND),
        _ if width < 60 * minute => format!("{} min", width / minute),
        _ if width < 24 * 60 * minute => format!("{} h", width / minute / 60),
        _ => format!("{} d", width / minute / 60 / 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_spans_are_as_fine_as_a_column_is_wide() {
        const MILLI: i64 = 1_000_000;
        const SECOND: i64 = NANOS_PER_SECOND;
        const HOUR: i64 = 3_600 * SECOND;
        // 2026-01-31T09:30:15.250Z
        let at = 1_769_851_815_250 * MILLI;
        for (width, time, span) in [
            (10 * MILLI, "09:30:15.250", "10 ms"),
            (5 * SECOND, "09:30:15", "5 s"),
            (120 * SECOND, "Jan 31 09:30", "2 min"),
            (6 * HOUR, "2026-01-31", "6 h"),
            (48 * HOUR, "2026-01-31", "2 d"),
        ] {
            assert_eq!((tick(at, width, &TimeZone::UTC).as_str(), span_name(width).as_str()), (time, span));
        }
    }

    #[test]
    fn numbers_of_a_scale_are_no_wider_than_it() {
        let shown = [0, 999, 12_345, 999_999, 1_000_000, 123_456_789].map(short);
        assert_eq!(shown, ["0", "999", "12,345", "999,999", "1M", "123M"]);
    }
}
