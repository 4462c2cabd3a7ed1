//! The home page: rows of cards, the focused one told about above them.

use hearth_model::{HomeItem, HomeRow, Language, TitleKind};

use super::{Cursor, Fetch, Go, PlayWish, Problem};
use crate::{
    facts,
    keys::Key,
    layout::{self, CardSize},
};

#[derive(Debug, Clone)]
pub struct Home {
    pub rows: Vec<Row>,
    pub row: usize,
    pub fetch: Fetch,
}

#[derive(Debug, Clone)]
pub struct Row {
    /// `continue`, `open`, `local`.
    pub id: String,
    /// What an addon calls its list, and of what it is.
    addon: Option<(String, TitleKind)>,
    pub items: Vec<HomeItem>,
    pub cursor: Cursor,
}

impl Row {
    /// Of an addon's list.
    pub fn addon_name(&self, language: Language) -> Option<String> {
        let (name, kind) = self.addon.as_ref()?;
        Some(facts::addon_row(name, *kind, language))
    }

    /// Stills with a progress bar rather than posters.
    pub fn is_wide(&self) -> bool {
        self.id == "continue"
    }

    pub fn card(&self) -> CardSize {
        if self.is_wide() {
            layout::STILL
        } else {
            layout::POSTER
        }
    }

    pub fn visible(&self) -> usize {
        if self.is_wide() {
            layout::STILLS_IN_ROW
        } else {
            layout::POSTERS_IN_ROW
        }
    }

    fn height(&self) -> f32 {
        let note = if self.is_wide() { 52.0 } else { 0.0 };
        layout::ROW_HEADER + self.card().height + note + layout::ROW_GAP
    }
}

impl Home {
    pub fn new(now_ms: u64) -> Self {
        Self {
            rows: Vec::new(),
            row: 0,
            fetch: Fetch::waiting(now_ms),
        }
    }

    /// The answer of `GET home`. The focus stays on the title it was on, wherever it is now.
    pub fn fill(&mut self, answer: Result<Vec<HomeRow>, Problem>) {
        let rows = match answer {
            Ok(rows) => rows,
            Err(problem) => {
                // Rows that are shown already are better than a page that says why not.
                self.fetch = if self.rows.is_empty() {
                    Fetch::Failed(problem)
                } else {
                    Fetch::Ready
                };
                return;
            }
        };
        let focused_row = self.rows.get(self.row).map(|row| row.id.clone());
        let was_empty = self.rows.is_empty();
        let old = std::mem::take(&mut self.rows);
        self.rows = rows
            .into_iter()
            .filter(|row| !row.items.is_empty())
            .map(|row| {
                let before = old.iter().find(|before| before.id == row.id);
                let mut filled = Row {
                    id: row.id,
                    addon: row.name.zip(row.kind),
                    items: row.items,
                    cursor: before.map(|before| before.cursor).unwrap_or_default(),
                };
                let focused = before.and_then(|before| before.items.get(before.cursor.at));
                let at = focused
                    .and_then(|item| {
                        filled
                            .items
                            .iter()
                            .position(|other| other.title.id == item.title.id)
                    })
                    .unwrap_or(filled.cursor.at);
                filled.cursor.jump(at, filled.items.len(), filled.visible());
                filled
            })
            .collect();
        self.row = if was_empty {
            0
        } else {
            focused_row
                .and_then(|id| self.rows.iter().position(|row| row.id == id))
                .unwrap_or(self.row.min(self.rows.len().saturating_sub(1)))
        };
        self.fetch = Fetch::Ready;
    }

    pub fn focused(&self) -> Option<&HomeItem> {
        let row = self.rows.get(self.row)?;
        row.items.get(row.cursor.at)
    }

    /// Where a row stands below the first one.
    pub fn row_y(&self, index: usize) -> f32 {
        self.rows.iter().take(index).map(Row::height).sum()
    }

    /// To the first row: where people go on with what they watch.
    pub(super) fn go_up(&mut self) {
        self.row = 0;
    }

    pub(super) fn key(&mut self, key: Key) -> Go {
        let Some(row) = self.rows.get_mut(self.row) else {
            return match key {
                Key::Left => Go::Rail,
                Key::Ok => Go::Again,
                _ => Go::Stay,
            };
        };
        let (len, visible) = (row.items.len(), row.visible());
        match key {
            Key::Left => {
                if !row.cursor.step(false, len, visible) {
                    return Go::Rail;
                }
                Go::Stay
            }
            Key::Right => {
                row.cursor.step(true, len, visible);
                Go::Stay
            }
            Key::Up => {
                self.row = self.row.saturating_sub(1);
                Go::Stay
            }
            Key::Down => {
                self.row = (self.row + 1).min(self.rows.len() - 1);
                Go::Stay
            }
            Key::Ok => self
                .focused()
                .map_or(Go::Stay, |item| Go::Title(Box::new(item.title.clone()))),
            Key::PlayPause => self.focused().map_or(Go::Stay, |item| {
                Go::Play(PlayWish {
                    title_id: item.title.id,
                    episode_id: item.episode.as_ref().map(|episode| episode.id),
                    source_id: None,
                    start_ms: None,
                    name: String::new(),
                })
            }),
            Key::Back | Key::Erase => {
                // One step towards the beginning of the page.
                self.go_up();
                Go::Stay
            }
            _ => Go::Stay,
        }
    }
}
