//! What keys do.

use logger_config::Level;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::{Kind, Prompt, Top, histogram::WIDTHS};

/// What a key asks of whoever drives the view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// Nothing: the key has no meaning.
    Nothing,
    /// To draw.
    Draw,
    /// To read the newest records of this level or above.
    Level(Level),
    /// To end.
    Quit,
}

/// The keys with what they do: what the help shows.
pub(super) const KEYS: [(&str, &str); 14] = [
    ("↑ ↓  k j", "select a record; ↓ at the end follows what comes"),
    ("PgUp PgDn", "a page up, a page down"),
    ("Home End  g G", "the oldest that is held, the newest"),
    ("Space", "hold the list, let it go on"),
    ("Enter", "details of the record"),
    ("J K", "scroll the details"),
    ("/", "filter by a regular expression, as `logger logs --grep`"),
    ("w", "filter by fields, as `logger logs --where`"),
    ("", "price>70000 and (side=BUY or event ~ 'fill.*')"),
    ("Tab", "while a filter is typed: the other kind"),
    ("Esc", "close the details; remove the filters"),
    ("l L", "more levels, fewer levels"),
    ("+ - 0", "a shorter, a longer, the fitting time for a column"),
    ("q  Ctrl-C", "quit"),
];

impl Top {
    /// Takes a key.
    pub fn key(&mut self, key: KeyEvent) -> Ask {
        if key.kind == KeyEventKind::Release {
            return Ask::Nothing;
        }
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return Ask::Quit;
        }
        if self.shows_help {
            self.shows_help = false;
            return Ask::Draw;
        }
        match self.prompt.take() {
            Some(prompt) => self.key_of_prompt(prompt, key),
            None => self.key_of_view(key),
        }
    }

    fn key_of_prompt(&mut self, mut prompt: Prompt, key: KeyEvent) -> Ask {
        match key.code {
            KeyCode::Enter => self.problem = None,
            KeyCode::Esc => {
                let before = std::mem::take(&mut self.before_prompt);
                self.set_text(prompt.kind, &before);
            }
            KeyCode::Tab | KeyCode::BackTab => {
                self.problem = None;
                self.open_prompt(match prompt.kind {
                    Kind::Grep => Kind::Where,
                    Kind::Where => Kind::Grep,
                });
            }
            KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown => {
                self.prompt = Some(prompt);
                return self.key_of_view(key);
            }
            _ => {
                if prompt.key(key) {
                    self.set_text(prompt.kind, &prompt.text());
                }
                self.prompt = Some(prompt);
            }
        }
        Ask::Draw
    }

    fn open_prompt(&mut self, kind: Kind) {
        self.before_prompt = self.text_of(kind).to_owned();
        self.prompt = Some(Prompt::new(kind, &self.before_prompt));
    }

    fn key_of_view(&mut self, key: KeyEvent) -> Ask {
        let page = self.page.max(1) as isize;
        match key.code {
            KeyCode::Char('q') => return Ask::Quit,
            KeyCode::Up | KeyCode::Char('k') => self.select(-1),
            KeyCode::Down | KeyCode::Char('j') => self.select(1),
            KeyCode::PageUp => self.select(-page),
            KeyCode::PageDown => self.select(page),
            KeyCode::Home | KeyCode::Char('g') => self.select(isize::MIN),
            KeyCode::End | KeyCode::Char('G') => self.select(isize::MAX),
            KeyCode::Char(' ') => self.hold(),
            KeyCode::Enter => self.details = if self.details.is_some() { None } else { Some(0) },
            KeyCode::Char('J') => self.details = self.details.map(|it| it.saturating_add(1)),
            KeyCode::Char('K') => self.details = self.details.map(|it| it.saturating_sub(1)),
            KeyCode::Char('/') => self.open_prompt(Kind::Grep),
            KeyCode::Char('w' | ':') => self.open_prompt(Kind::Where),
            KeyCode::Esc => self.close(),
            KeyCode::Char('l') => return self.other_level(|it, level| it < level),
            KeyCode::Char('L') => return self.other_level(|it, level| it > level),
            KeyCode::Char('+' | '=') => self.zoom = Some(self.zoom_in_use().saturating_sub(1)),
            KeyCode::Char('-') => self.zoom = Some((self.zoom_in_use() + 1).min(WIDTHS.len() - 1)),
            KeyCode::Char('0') => self.zoom = None,
            KeyCode::Char('?' | 'h') | KeyCode::F(1) => self.shows_help = true,
            _ => return Ask::Nothing,
        }
        Ask::Draw
    }

    fn close(&mut self) {
        if self.details.take().is_none() {
            self.set_text(Kind::Grep, "");
            self.set_text(Kind::Where, "");
        }
    }

    /// The nearest level on one side.
    fn other_level(&mut self, is_on_side: fn(Level, Level) -> bool) -> Ask {
        let on_side = super::LEVELS.into_iter().filter(|it| is_on_side(*it, self.level));
        let distance = |it: &Level| (*it as i32).abs_diff(self.level as i32);
        match on_side.min_by_key(distance) {
            Some(level) => {
                self.level = level;
                Ask::Level(level)
            }
            None => Ask::Nothing,
        }
    }
}
