//! The first line, the last line, and the help.

use ratatui::{
    Frame,
    layout::{Constraint, Rect},
    text::{Line as Row, Span},
    widgets::{Clear, Paragraph},
};
use unicode_width::UnicodeWidthStr as _;

use super::{Paint, framed};
use crate::top::{Kind, Top, keys::KEYS};

/// The keys of the last line; those that do not fit are left to the help.
const HINTS: [(&str, &str); 9] = [
    ("?", "help"),
    ("q", "quit"),
    ("/", "grep"),
    ("w", "where"),
    ("↑↓", "select"),
    ("Enter", "details"),
    ("Space", "hold"),
    ("l L", "level"),
    ("+ -", "zoom"),
];

pub(super) fn title(frame: &mut Frame<'_>, area: Rect, top: &Top, paint: Paint) {
    let state = match (top.is_live(), top.follows()) {
        (_, false) => Span::styled("held", paint.accent()),
        (true, true) => Span::styled("● live", paint.level(logger_config::Level::Info)),
        (false, true) => Span::styled("○ waiting", paint.dim()),
    };
    let name = vec![
        Span::styled(" logger top", paint.strong()),
        Span::styled(" · ", paint.dim()),
        Span::raw(top.settings.title.clone()),
    ];
    frame.render_widget(Row::from(name), area);
    frame.render_widget(Row::from(vec![state, Span::raw(" ")]).right_aligned(), area);
}

pub(super) fn last_line(frame: &mut Frame<'_>, area: Rect, top: &Top, paint: Paint) {
    let Some(prompt) = &top.prompt else { return hints(frame, area, paint) };
    let name = match prompt.kind {
        Kind::Grep => " grep: ",
        Kind::Where => " where: ",
    };
    let mut spans = vec![Span::styled(name, paint.accent()), Span::raw(prompt.text())];
    match &top.problem {
        Some(problem) => spans.push(Span::styled(format!("   {problem}"), paint.problem())),
        None if prompt.text().is_empty() => spans.push(Span::styled(example(prompt.kind), paint.dim())),
        None => {}
    }
    frame.render_widget(Row::from(spans), area);
    let column = name.width() + prompt.before_cursor().width();
    let last = area.right().saturating_sub(1);
    frame.set_cursor_position((area.x.saturating_add(column as u16).min(last), area.y));
}

fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Grep => "  such as order (filled|rejected) · Tab: by fields",
        Kind::Where => "  such as price>70000 and side=BUY · Tab: by text",
    }
}

fn hints(frame: &mut Frame<'_>, area: Rect, paint: Paint) {
    let mut spans = Vec::new();
    let mut left = usize::from(area.width);
    for (key, what) in HINTS {
        let Some(rest) = left.checked_sub(key.width() + what.width() + 3) else { break };
        left = rest;
        spans.push(Span::styled(format!(" {key}"), paint.accent()));
        spans.push(Span::styled(format!(" {what} "), paint.dim()));
    }
    frame.render_widget(Row::from(spans), area);
}

pub(super) fn help(frame: &mut Frame<'_>, area: Rect, paint: Paint) {
    let rows: Vec<Row<'_>> = KEYS
        .iter()
        .map(|(keys, what)| {
            Row::from(vec![Span::styled(format!("{keys:15}  "), paint.accent()), Span::raw(*what)])
        })
        .collect();
    let (width, height) = (76, KEYS.len() as u16 + 2);
    let part = area.centered(Constraint::Length(width), Constraint::Length(height));
    let block = framed(Row::from(" keys ").style(paint.strong()), paint)
        .title_top(Row::from(" any key closes ").right_aligned());
    frame.render_widget(Clear, part);
    frame.render_widget(Paragraph::new(rows).block(block), part);
}
