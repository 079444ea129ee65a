//! Colours, or what stands for them.

use logger_config::Level;
use ratatui::style::{Color, Modifier, Style};

use crate::output::Colors;

/// How things are told apart: by colours, or without them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paint(Colors);

impl Paint {
    /// With colours or without.
    pub fn new(colors: Colors) -> Self {
        Paint(colors)
    }

    /// Whether there are colours.
    pub(super) fn has_colors(self) -> bool {
        self.0 == Colors::On
    }

    fn colored(self, color: Color) -> Style {
        if self.has_colors() { Style::new().fg(color) } else { Style::new() }
    }

    /// What is less important.
    pub(super) fn dim(self) -> Style {
        self.colored(Color::DarkGray)
    }

    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Keys that can be pressed, and texts that were typed.
    pub(super) fn accent(self) -> Style {
        self.colored(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    pub(super) fn problem(self) -> Style {
        self.colored(Color::LightRed)
    }

    pub(super) fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The colour of the console, brighter where it would be hard to read.
    pub(super) fn color(self, level: Level) -> Color {
        if !self.has_colors() {
            return Color::Reset;
        }
        match level {
            Level::Critical => Color::Magenta,
            Level::Error => Color::Red,
            Level::Warning => Color::Yellow,
            Level::Info => Color::Green,
            Level::Debug => Color::Cyan,
            Level::Trace => Color::Blue,
        }
    }

    pub(super) fn level(self, level: Level) -> Style {
        let style = Style::new().fg(self.color(level));
        if level >= Level::Error { style.add_modifier(Modifier::BOLD) } else { style }
    }
}
