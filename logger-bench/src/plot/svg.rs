//! Lines and bars as SVG.

use std::fmt::Write as _;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 460.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 650.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 410.0;

const COLORS: [&str; 10] = [
    "#4269d0", "#efb118", "#ff725c", "#3ca951", "#a463f2", "#9c6b4e", "#6cc5b0", "#ff8ab7", "#97bbf5",
    "#9498a0",
];

/// A logarithmic axis.
pub(super) struct Axis<'a> {
    pub(super) title: &'a str,
    /// The values that are marked, from one end to the other.
    pub(super) of: &'a [f64],
    /// Whether the values fall from left to right.
    pub(super) falls: bool,
}

impl Axis<'_> {
    /// Where a value is, from 0 to 1; values beyond the ends are at the ends.
    fn at(&self, value: f64) -> f64 {
        let (first, last) = (self.of[0].ln(), self.of[self.of.len() - 1].ln());
        debug_assert_eq!(self.falls, last < first);
        ((value.ln() - first) / (last - first)).clamp(0.0, 1.0)
    }
}

/// A line and its points.
pub(super) struct Line<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<(f64, f64)>,
}

/// A bar, and how far the runs lie apart.
pub(super) struct Bar<'a> {
    pub(super) name: &'a str,
    pub(super) value: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

/// A picture of lines.
pub(super) fn lines(title: &str, x: &Axis<'_>, y: &Axis<'_>, all: &[Line<'_>]) -> String {
    let across = |value| LEFT + x.at(value) * (RIGHT - LEFT);
    let down = |value| BOTTOM - y.at(value) * (BOTTOM - TOP);
    let mut out = opening(title);
    for &mark in x.of {
        let at = across(mark);
        put(&mut out, format_args!(r##"<path d="M{at:.1} {TOP}V{BOTTOM}" stroke="#8884"/>"##));
        text(&mut out, at, BOTTOM + 18.0, "middle", &short(mark));
    }
    for &mark in y.of {
        let at = down(mark);
        put(&mut out, format_args!(r##"<path d="M{LEFT} {at:.1}H{RIGHT}" stroke="#8884"/>"##));
        text(&mut out, LEFT - 6.0, at + 4.0, "end", &short(mark));
    }
    text(&mut out, f64::midpoint(LEFT, RIGHT), HEIGHT - 12.0, "middle", x.title);
    text(&mut out, LEFT - 6.0, TOP - 12.0, "end", y.title);
    for (at, line) in all.iter().enumerate() {
        let points: Vec<String> =
            line.points.iter().map(|&(x, y)| format!("{:.1},{:.1}", across(x), down(y))).collect();
        let (color, dash) = style(at);
        let points = points.join(" ");
        put(
            &mut out,
            format_args!(
                r#"<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2" {dash}/>"#
            ),
        );
        legend(&mut out, at, line.name);
    }
    out + "</svg>\n"
}

/// A picture of bars.
pub(super) fn bars(title: &str, all: &[Bar<'_>]) -> String {
    const NAMES: f64 = 160.0;
    let most = all.iter().map(|bar| bar.max).fold(f64::MIN_POSITIVE, f64::max);
    let across = |value: f64| NAMES + value / most * (WIDTH - NAMES - 80.0);
    let height = (BOTTOM - TOP) / all.len().max(1) as f64;
    let mut out = opening(title);
    for (at, bar) in all.iter().enumerate() {
        let (top, thick) = (TOP + at as f64 * height, height * 0.7);
        let (middle, length) = (top + thick / 2.0, across(bar.value) - NAMES);
        let (min, max) = (across(bar.min), across(bar.max));
        let color = style(at).0;
        text(&mut out, NAMES - 8.0, middle + 4.0, "end", bar.name);
        put(
            &mut out,
            format_args!(
                r#"<rect x="{NAMES}" y="{top:.1}" width="{length:.1}" height="{thick:.1}" fill="{color}"/>"#
            ),
        );
        put(&mut out, format_args!(r#"<path d="M{min:.1} {middle:.1}H{max:.1}" stroke="currentColor"/>"#));
        text(&mut out, max + 8.0, middle + 4.0, "start", &format!("{:.2}", bar.value));
    }
    out + "</svg>\n"
}

fn opening(title: &str) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\" style=\"background:#fff;color:#222\">\n"
    );
    text(&mut out, WIDTH / 2.0, 20.0, "middle", title);
    out
}

/// The colour and the dashes of the line with this number: no two of twenty are alike.
fn style(at: usize) -> (&'static str, &'static str) {
    let dash = if (at / COLORS.len()).is_multiple_of(2) { "" } else { r#"stroke-dasharray="5 4""# };
    (COLORS[at % COLORS.len()], dash)
}

fn legend(out: &mut String, at: usize, name: &str) {
    let y = TOP + 10.0 + at as f64 * 19.0;
    let (color, dash) = style(at);
    let (from, to) = (RIGHT + 20.0, RIGHT + 50.0);
    put(out, format_args!(r#"<path d="M{from} {y}H{to}" stroke="{color}" stroke-width="3" {dash}/>"#));
    text(out, to + 8.0, y + 4.0, "start", name);
}

fn text(out: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    put(
        out,
        format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="currentColor">{text}</text>"#
        ),
    );
}

fn put(out: &mut String, element: std::fmt::Arguments<'_>) {
    // writing into a String cannot fail
    let _ = writeln!(out, "{element}");
}

/// A value at an axis.
fn short(value: f64) -> String {
    match value {
        large if large >= 1e6 => format!("{}M", large / 1e6),
        large if large >= 1e3 => format!("{}k", large / 1e3),
        other => format!("{other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_is_logarithmic_and_may_fall() {
        let rises = Axis { title: "", of: &[1.0, 10.0, 100.0], falls: false };
        assert_eq!([0.1, 1.0, 10.0, 100.0, 1e9].map(|it| rises.at(it)), [0.0, 0.0, 0.5, 1.0, 1.0]);
        let falls = Axis { title: "", of: &[1.0, 0.01], falls: true };
        assert!((falls.at(0.1) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn what_means_something_in_svg_is_escaped() {
        let bar = Bar { name: "a<b", value: 1.0, min: 0.5, max: 2.0 };
        let picture = bars("A & B", &[bar]);
        assert!(picture.contains("A &amp; B") && picture.contains("a&lt;b") && picture.ends_with("</svg>\n"));
    }
}
