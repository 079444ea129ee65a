//! A text as a picture of a terminal.

use std::fmt::Write as _;

const LINE: usize = 18;
const CHARACTER: f64 = 7.83; // of a monospaced font of 13 px
const EDGE: usize = 16;

/// An SVG of the text, light on dark; lines that begin with `ok` and headings have colours.
pub(crate) fn terminal(text: &str) -> String {
    let columns = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    let width = (columns as f64 * CHARACTER).ceil() as usize + 2 * EDGE;
    let height = text.lines().count() * LINE + 2 * EDGE;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#16181d\"/>\n"
    );
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
        let y = EDGE + LINE * (number + 1) - 5;
        // writing into a String cannot fail
        let _ = writeln!(
            svg,
            "<text x=\"{EDGE}\" y=\"{y}\" fill=\"{}\" xml:space=\"preserve\">{}</text>",
            colour(line),
            escaped(line)
        );
    }
    svg + "</svg>\n"
}

fn colour(line: &str) -> &'static str {
    match line {
        _ if line.starts_with("$ ") => "#8ab4f8",
        _ if line.starts_with("  ok ") => "#81c995",
        _ if line.starts_with("  ") => "#d5d8de",
        _ => "#ffffff",
    }
}

fn escaped(line: &str) -> String {
    line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_text_and_nothing_in_it_is_markup() {
        let svg = terminal("Checks\n\n  ok      a < b & c\n");
        assert_eq!(svg.matches("<text ").count(), 2);
        assert!(
            svg.contains("fill=\"#81c995\" xml:space=\"preserve\">  ok      a &lt; b &amp; c</text>"),
            "{svg}"
        );
        assert!(svg.ends_with("</svg>\n"));
    }
}
