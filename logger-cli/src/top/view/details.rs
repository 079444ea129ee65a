//! The fields of the selected record.

use ratatui::{
    Frame,
    layout::Rect,
    style::Style,
    text::{Line as Row, Span},
    widgets::Paragraph,
};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::{Paint, framed};
use crate::{
    line::level_of,
    output::{is_own, visible},
    record::{Record, Value},
    top::Top,
};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, top: &mut Top, paint: Paint) {
    let block = framed(Row::from(" details ").style(paint.strong()), paint)
        .title_top(Row::from(" Enter closes · J K scroll ").right_aligned());
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let line = top.selected().and_then(|at| top.line(at));
    let rows = line.map(|line| rows(&line.bytes, usize::from(inside.width), paint)).unwrap_or_default();
    let most = rows.len().saturating_sub(usize::from(inside.height)) as u16;
    let scrolled = top.details.unwrap_or(0).min(most);
    // what was scrolled too far has not to be scrolled back
    top.details = top.details.map(|_| scrolled);
    frame.render_widget(Paragraph::new(rows).scroll((scrolled, 0)), inside);
}

fn rows(line: &[u8], width: usize, paint: Paint) -> Vec<Row<'static>> {
    let Some(record) = Record::parse(line) else {
        let text = visible(&String::from_utf8_lossy(line)).into_owned();
        return folded(&text, width).into_iter().map(Row::from).collect();
    };
    let names = record.fields().map(|(key, _)| visible(key).width()).max().unwrap_or(0).min(24);
    let mut rows = Vec::new();
    for (key, json) in by_interest(&record) {
        let style = match level_of(line) {
            Some(level) if key == "level" => paint.level(level),
            _ if key == "event" => paint.strong(),
            _ => Style::new(),
        };
        let mut name = visible(key).into_owned();
        // texts of several lines, such as backtraces, and nested values have their lines
        for text in text_of(json).split('\n') {
            let text = visible(&text.replace('\t', "    ")).into_owned();
            for text in folded(&text, width.saturating_sub(names + 2)) {
                rows.push(Row::from(vec![
                    Span::styled(format!("{name:names$}  "), paint.dim()),
                    Span::styled(text, style),
                ]));
                name.clear();
            }
        }
    }
    rows
}

/// What happened, then what the program gave, then what the logger added.
fn by_interest<'r>(record: &'r Record<'_>) -> Vec<(&'r str, &'r str)> {
    const FIRST: [&str; 3] = ["timestamp", "level", "event"];
    let mut fields: Vec<(&str, &str)> = record.fields().collect();
    fields.sort_by_key(|(key, _)| match FIRST.iter().position(|it| it == key) {
        Some(place) => place,
        None => FIRST.len() + usize::from(is_own(key)),
    });
    fields
}

/// A text in pieces that are no wider than `width`.
fn folded(text: &str, width: usize) -> Vec<String> {
    let (mut pieces, mut piece, mut used) = (Vec::new(), String::new(), 0);
    for char in text.chars() {
        let wide = char.width().unwrap_or(0);
        if used + wide > width.max(1) && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
            used = 0;
        }
        piece.push(char);
        used += wide;
    }
    pieces.push(piece);
    pieces
}

fn text_of(json: &str) -> String {
    match Value::of(json) {
        Value::Text(text) => text.into_owned(),
        Value::Json(json) => indented(json).unwrap_or_else(|| json.into()),
        other => other.to_string(),
    }
}

fn indented(json: &str) -> Option<String> {
    const SHORT: usize = 40;
    if json.len() <= SHORT {
        return None;
    }
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    serde_json::to_string_pretty(&value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_as_it_is_and_a_long_nested_one_on_lines_of_its_own() {
        assert_eq!(text_of(r#""a \u20ac""#), "a €");
        assert_eq!(text_of("70000.5"), "70000.5");
        let short = r#"{"bid":1,"ask":2}"#;
        assert_eq!(text_of(short), short);
        let long = r#"{"bids":[70000.5,70000.4],"asks":[70000.6,70000.7]}"#;
        let shown = text_of(long);
        assert!(shown.contains("\n  \"bids\": [\n    70000.5,\n"), "{shown}");
        let broken = r#"{"bids":[70000.5,70000.4],"asks":[70000.6,70000.7"#;
        assert_eq!(text_of(broken), broken, "what is no JSON stays");
    }

    #[test]
    fn a_long_text_is_folded_and_nothing_of_it_is_left_out() {
        assert_eq!(folded("", 4), [""]);
        assert_eq!(folded("abcdefghi", 4), ["abcd", "efgh", "i"]);
        assert_eq!(folded("日本語", 3), ["日", "本", "語"]);
        assert_eq!(folded("日本", 0), ["日", "本"]);
    }
}
