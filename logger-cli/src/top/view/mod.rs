//! All of it on a screen of any size.
//!
//! | file | what it is for |
//! |---|---|
//! | `theme` | colours, or what stands for them |
//! | `bars` | the histogram |
//! | `list` | the records |
//! | `details` | the fields of the selected one |
//! | `edges` | the first line, the last line, and the help |

mod bars;
mod details;
mod edges;
mod list;
mod theme;

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line as Row,
    widgets::{Block, BorderType, Padding},
};

pub use self::theme::Paint;
use super::Top;

/// From this width on details stand beside the list, and not below it.
const WIDE: u16 = 140;
/// Below this height there is no histogram.
const HIGH_ENOUGH_FOR_BARS: u16 = 16;

/// Draws the view as it is at `now`, in nanoseconds since 1970.
pub fn draw(frame: &mut Frame<'_>, top: &mut Top, paint: Paint, now: i64) {
    top.sift();
    let area = frame.area();
    let bars_height = match area.height {
        ..HIGH_ENOUGH_FOR_BARS => 0,
        height => (height / 3).clamp(7, 14),
    };
    let [title, bars, middle, last] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(bars_height),
        Constraint::Min(3),
        Constraint::Length(1),
    ])
    .areas(area);
    edges::title(frame, title, top, paint);
    if bars_height > 0 {
        bars::draw(frame, bars, top, paint, now);
    }
    let (records, beside) = parted(middle, top.details.is_some());
    list::draw(frame, records, top, paint);
    if let Some(beside) = beside {
        details::draw(frame, beside, top, paint);
    }
    edges::last_line(frame, last, top, paint);
    if top.shows_help {
        edges::help(frame, area, paint);
    }
    top.drawn(now);
}

/// The part for the list, and that for the details.
fn parted(area: Rect, has_details: bool) -> (Rect, Option<Rect>) {
    if !has_details {
        return (area, None);
    }
    let [records, details] = if area.width >= WIDE {
        Layout::horizontal([Constraint::Fill(3), Constraint::Fill(2)]).areas(area)
    } else {
        Layout::vertical([Constraint::Fill(1), Constraint::Fill(2)]).areas(area)
    };
    (records, Some(details))
}

fn framed(title: Row<'static>, paint: Paint) -> Block<'static> {
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(paint.dim())
        .padding(Padding::horizontal(1))
        .title(title)
}

/// `12,345`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped() {
        assert_eq!([0, 12, 999, 1_000, 1_234_567].map(grouped), ["0", "12", "999", "1,000", "1,234,567"]);
    }
}
