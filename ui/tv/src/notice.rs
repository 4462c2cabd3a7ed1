//! `hearth-tv notice`: one page from a file, for when the interface or the daemon cannot run. It
//! needs neither of them, no network, no GStreamer and no graphics chip; what is chosen is printed.
//!
//! Nobody knows the owner's language then, so both are shown.

use std::{
    cell::{Cell, RefCell},
    fs, io,
    path::{Path, PathBuf},
    rc::Rc,
    time::{Duration, SystemTime},
};

use serde::Deserialize;
use slint::{
    ComponentHandle, ModelRc, PlatformError, Timer, TimerMode, VecModel, platform::WindowEvent,
};

use crate::{
    bind::ui::{NoticeChoice, NoticeWindow},
    keys::Key,
    layout::{DESIGN_HEIGHT, DESIGN_WIDTH},
};

/// How soon a changed file is seen.
const LOOK_EVERY: Duration = Duration::from_secs(1);

#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    #[error("the notice {path} could not be read: {cause}")]
    Read { path: PathBuf, cause: io::Error },
    #[error("the notice {path} is not one: {cause}")]
    Malformed {
        path: PathBuf,
        cause: serde_json::Error,
    },
    #[error("the notice could not be drawn: {0}")]
    Platform(#[from] PlatformError),
}

/// The same words in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Words {
    ru: String,
    en: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Choice {
    id: String,
    #[serde(flatten)]
    words: Words,
}

/// The file: a title, a text, a line at the foot (the box's addresses), and what can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Page {
    title: Words,
    text: Words,
    #[serde(default)]
    foot: String,
    #[serde(default)]
    choices: Vec<Choice>,
}

impl Page {
    fn read(path: &Path) -> Result<Self, NoticeError> {
        let text = fs::read(path).map_err(|cause| NoticeError::Read {
            path: path.to_owned(),
            cause,
        })?;
        serde_json::from_slice(&text).map_err(|cause| NoticeError::Malformed {
            path: path.to_owned(),
            cause,
        })
    }
}

/// The page on its window.
pub struct Notice {
    pub window: NoticeWindow,
    file: PathBuf,
    changed: Cell<Option<SystemTime>>,
    page: RefCell<Page>,
    at: Cell<usize>,
    chosen: RefCell<Option<String>>,
    look: Timer,
}

impl std::fmt::Debug for Notice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notice")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Notice {
    /// Reads the file and makes the window; the platform was chosen before.
    pub fn open(file: &Path) -> Result<Rc<Self>, NoticeError> {
        let notice = Rc::new(Self {
            page: RefCell::new(Page::read(file)?),
            window: NoticeWindow::new()?,
            file: file.to_owned(),
            changed: Cell::new(changed(file)),
            at: Cell::new(0),
            chosen: RefCell::default(),
            look: Timer::default(),
        });
        let weak = Rc::downgrade(&notice);
        notice.window.on_key(move |text| {
            if let (Some(notice), Some(key)) = (weak.upgrade(), Key::from_slint(&text)) {
                notice.press(key);
            }
        });
        let weak = Rc::downgrade(&notice);
        notice.window.on_resized(move || {
            if let Some(notice) = weak.upgrade() {
                notice.fit();
            }
        });
        let weak = Rc::downgrade(&notice);
        notice.look.start(TimerMode::Repeated, LOOK_EVERY, move || {
            if let Some(notice) = weak.upgrade() {
                notice.look_again();
            }
        });
        notice.show();
        Ok(notice)
    }

    /// The id of what was chosen; none when the page was ended from outside.
    pub fn chosen(&self) -> Option<String> {
        self.chosen.borrow().clone()
    }

    pub fn press(&self, key: Key) {
        let count = self.page.borrow().choices.len();
        match key {
            Key::Down | Key::Right => self.at.set((self.at.get() + 1).min(count.max(1) - 1)),
            Key::Up | Key::Left => self.at.set(self.at.get().saturating_sub(1)),
            Key::Ok | Key::PlayPause if count > 0 => {
                let id = self.page.borrow().choices[self.at.get()].id.clone();
                *self.chosen.borrow_mut() = Some(id);
                // Without a loop the caller asks for what was chosen.
                let _ = slint::quit_event_loop();
            }
            _ => {}
        }
        self.show_focus();
    }

    fn show_focus(&self) {
        self.window
            .set_at(i32::try_from(self.at.get()).unwrap_or(i32::MAX));
    }

    /// The page is drawn for 1920×1080; another display shows the same picture, scaled.
    pub fn fit(&self) {
        let window = self.window.window();
        let size = window.size();
        if size.width == 0 || size.height == 0 {
            return;
        }
        let scale = (size.width as f32 / DESIGN_WIDTH).min(size.height as f32 / DESIGN_HEIGHT);
        if (window.scale_factor() - scale).abs() > 0.001 {
            window.dispatch_event(WindowEvent::ScaleFactorChanged {
                scale_factor: scale,
            });
            window.dispatch_event(WindowEvent::Resized {
                size: size.to_logical(scale),
            });
        }
    }

    /// The addresses may come later than the page.
    fn look_again(&self) {
        let now = changed(&self.file);
        if now == self.changed.replace(now) {
            return;
        }
        match Page::read(&self.file) {
            Ok(page) => {
                let last = page.choices.len().max(1) - 1;
                self.at.set(self.at.get().min(last));
                *self.page.borrow_mut() = page;
                self.show();
            }
            Err(error) => tracing::warn!(%error, "the page stays as it was"),
        }
    }

    fn show(&self) {
        let page = self.page.borrow();
        let window = &self.window;
        window.set_title_ru(page.title.ru.as_str().into());
        window.set_title_en(page.title.en.as_str().into());
        window.set_text_ru(page.text.ru.as_str().into());
        window.set_text_en(page.text.en.as_str().into());
        window.set_foot(page.foot.as_str().into());
        let choices: VecModel<NoticeChoice> = page
            .choices
            .iter()
            .map(|choice| NoticeChoice {
                ru: choice.words.ru.as_str().into(),
                en: choice.words.en.as_str().into(),
            })
            .collect();
        window.set_choices(ModelRc::new(choices));
        self.show_focus();
    }
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|facts| facts.modified()).ok()
}
