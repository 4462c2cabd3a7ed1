//! Sizes both the view model and the pages count with, in pixels of a 1920×1080 picture.
//! Other sizes are the same picture scaled.

/// The picture the pages are drawn for.
pub const DESIGN_WIDTH: f32 = 1920.0;
pub const DESIGN_HEIGHT: f32 = 1080.0;

/// A card's picture and the gap after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardSize {
    pub width: f32,
    pub height: f32,
    pub gap: f32,
}

/// Six and a half in a row: the half says that there is more.
pub const POSTER: CardSize = CardSize {
    width: 258.0,
    height: 387.0,
    gap: 24.0,
};
/// Four and a half in a row.
pub const STILL: CardSize = CardSize {
    width: 384.0,
    height: 216.0,
    gap: 24.0,
};
/// The search page's results, four in a row beside the keyboard.
pub const RESULT: CardSize = CardSize {
    width: 232.0,
    height: 348.0,
    gap: 24.0,
};
/// The catalogue's grid, six in a row.
pub const GRID: CardSize = CardSize {
    width: 268.0,
    height: 402.0,
    gap: 24.0,
};

/// Cards of a row that are wholly on the screen.
pub const POSTERS_IN_ROW: usize = 6;
pub const STILLS_IN_ROW: usize = 4;
pub const RESULTS_IN_ROW: usize = 4;
pub const GRID_IN_ROW: usize = 6;
/// Rows of a grid that are wholly on the screen.
pub const GRID_ROWS: usize = 2;
/// Cards kept beside the visible ones, so that a row that moves is never empty at its edge.
pub const SPARE_CARDS: usize = 3;

/// A row's name above its cards, and the room below them.
pub const ROW_HEADER: f32 = 60.0;
pub const ROW_GAP: f32 = 44.0;
