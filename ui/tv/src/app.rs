//! The thread that draws: takes in what happened, lets the view model decide, shows the result and
//! passes on what has to be done. Everything that waits is elsewhere.

use std::{
    cell::{Cell, OnceCell, RefCell},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use hearth_model::{Language, Surface, TvChoices};
use slint::{ComponentHandle, PlatformError, Timer, TimerMode, platform::WindowEvent};
use tokio::runtime::Handle;

use crate::{
    bind::{Binder, Shell, Window},
    kept::ChoicesFile,
    keys::Key,
    layout::{DESIGN_HEIGHT, DESIGN_WIDTH},
    link::{Daemon, Deliver, Link, TokenFile},
    pictures::develop,
    video::Player,
    view_model::{Effect, Intent, Model, Page, Playback, Problem, Role},
};

const CLOCK_EVERY: Duration = Duration::from_secs(5);

thread_local! {
    /// The one app of the thread that draws, for jobs that come from other threads.
    static APP: OnceCell<Rc<App>> = const { OnceCell::new() };
}

/// How to start.
#[derive(Debug, Clone)]
pub struct Start {
    pub daemon: Daemon,
    /// Where nobody asked for one or chose one.
    pub language: Language,
    /// On the command line: goes before what was chosen.
    pub asked: TvChoices,
    pub role: Role,
    pub name: String,
    /// Where a pairing is kept; None forgets it at the end.
    pub tokens: Option<TokenFile>,
    /// Where the settings are kept; None forgets them at the end.
    pub choices: Option<ChoicesFile>,
}

pub struct App {
    pub window: Window,
    model: RefCell<Model>,
    binder: RefCell<Binder>,
    player: RefCell<Player>,
    link: Link,
    choices: Option<ChoicesFile>,
    started: Instant,
    wake: Timer,
    clock: Timer,
    frames: Cell<u64>,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

/// Runs on the thread that draws; lost when the window is closing.
fn on_app(job: impl FnOnce(&Rc<App>) + Send + 'static) {
    let queued = slint::invoke_from_event_loop(move || {
        APP.with(|app| {
            if let Some(app) = app.get() {
                job(app);
            }
        });
    });
    if queued.is_err() {
        tracing::debug!("the window is closing; what came for it is dropped");
    }
}

impl App {
    /// Makes the window of this thread and opens the line to the daemon. Once a process.
    pub fn start(start: Start, runtime: &Handle) -> Result<Rc<Self>, PlatformError> {
        let window = Window::new()?;
        let deliver: Deliver = Arc::new(|intent, ticket| {
            on_app(move |app| {
                app.take_in(intent);
                drop(ticket);
            });
        });
        let tell = Arc::new(|news| on_app(move |app| app.take_in(Intent::Player(news))));
        let player = Player::new(tell, || on_app(|app| app.take_frame()));
        let link = Link::open(
            runtime.clone(),
            start.daemon,
            start.name,
            start.tokens,
            deliver,
        );
        let chosen = start.choices.as_ref().map(ChoicesFile::load);
        let chosen = chosen.unwrap_or_default();
        let shown = start.asked.or(chosen);
        let mut model = Model::new(shown.language.unwrap_or(start.language), start.role, 0);
        model.reduced_motion = shown.reduced_motion.unwrap_or_default();
        model.asked = start.asked;
        model.chosen = chosen;
        model.this_year = u16::try_from(jiff::Zoned::now().year()).unwrap_or_default();
        let app = Rc::new(Self {
            model: RefCell::new(model),
            binder: RefCell::new(Binder::new(&window)),
            player: RefCell::new(player),
            link,
            choices: start.choices,
            started: Instant::now(),
            wake: Timer::default(),
            clock: Timer::default(),
            frames: Cell::new(0),
            window,
        });
        app.connect();
        app.show_clock();
        app.show();
        APP.with(|slot| slot.set(app.clone()))
            .map_err(|_| PlatformError::Other("this thread already has its window".into()))?;
        Ok(app)
    }

    fn connect(self: &Rc<Self>) {
        let shell = self.window.global::<Shell<'_>>();
        let app = Rc::downgrade(self);
        shell.on_key(move |text| {
            let (Some(app), Some(key)) = (app.upgrade(), Key::from_slint(&text)) else {
                return false;
            };
            app.take_in(Intent::Press(key));
            true
        });
        let app = Rc::downgrade(self);
        shell.on_resized(move || {
            if let Some(app) = app.upgrade() {
                app.fit();
            }
        });
        let app = Rc::downgrade(self);
        self.clock.start(TimerMode::Repeated, CLOCK_EVERY, move || {
            if let Some(app) = app.upgrade() {
                app.show_clock();
            }
        });
    }

    fn show_clock(&self) {
        let now = jiff::Timestamp::now().to_zoned(self.model.borrow().time_zone());
        let text = format!("{}:{:02}", now.hour(), now.minute());
        let minute = i32::from(now.hour()) * 60 + i32::from(now.minute());
        self.binder.borrow().clock(&text, minute);
    }

    fn now_ms(&self) -> u64 {
        self.started.elapsed().as_millis() as u64
    }

    /// What happened → what is shown, and what is to be done.
    pub fn take_in(self: &Rc<Self>, intent: Intent) {
        let effects = self.model.borrow_mut().update(intent, self.now_ms());
        self.show();
        for effect in effects {
            match effect {
                Effect::Ask(request) => self.link.ask(request),
                Effect::Send(message) => self.link.send(message),
                Effect::Player(order) => self.player.borrow_mut().order(order),
                Effect::Keep(choices) => {
                    if let Some(file) = &self.choices {
                        file.save(choices);
                    }
                }
            }
        }
        self.schedule();
    }

    fn show(self: &Rc<Self>) {
        self.binder.borrow_mut().show(&self.model.borrow());
        self.fetch_pictures();
    }

    /// What the page lacks, as far as there are free hands.
    fn fetch_pictures(self: &Rc<Self>) {
        while let Some(wish) = self.binder.borrow_mut().gallery.next() {
            let cut = wish.cut;
            self.link.picture(
                wish.path(),
                move |bytes| develop(bytes, cut).map_err(|error| error.to_string()),
                move |picture| {
                    on_app(move |app| {
                        app.binder.borrow_mut().gallery.arrived(wish, picture);
                        app.show();
                    });
                },
            );
        }
    }

    fn schedule(self: &Rc<Self>) {
        let next = self.model.borrow().next_wake();
        match next {
            Some(wake_ms) => {
                let wait = Duration::from_millis(wake_ms.saturating_sub(self.now_ms()).max(1));
                let app = Rc::downgrade(self);
                self.wake.start(TimerMode::SingleShot, wait, move || {
                    if let Some(app) = app.upgrade() {
                        app.take_in(Intent::Wake);
                    }
                });
            }
            None => self.wake.stop(),
        }
    }

    fn take_frame(&self) {
        if let Some(picture) = self.player.borrow().take_frame() {
            self.frames.set(self.frames.get() + 1);
            self.binder.borrow().frame(picture);
        }
    }

    /// The first frame was drawn: one of the things an updated box has to show.
    pub fn drew(self: &Rc<Self>, surface: Surface) {
        self.take_in(Intent::Drew(surface));
    }

    /// The pages are drawn for 1920×1080; another window is the same picture, scaled.
    pub fn fit(self: &Rc<Self>) {
        let window = self.window.window();
        let size = window.size();
        if size.width == 0 || size.height == 0 {
            return;
        }
        self.player.borrow().set_size(size.width, size.height);
        let scale = (size.width as f32 / DESIGN_WIDTH).min(size.height as f32 / DESIGN_HEIGHT);
        if (window.scale_factor() - scale).abs() > 0.001 {
            window.dispatch_event(WindowEvent::ScaleFactorChanged {
                scale_factor: scale,
            });
            window.dispatch_event(WindowEvent::Resized {
                size: size.to_logical(scale),
            });
            self.show();
        }
    }

    /// Nothing is asked for, nothing is about to change by itself.
    pub fn is_idle(&self) -> bool {
        let model = self.model.borrow();
        let playing = matches!(model.page(), Page::Player)
            && model.playback.as_ref().is_some_and(Playback::has_picture);
        self.link.in_flight() == 0
            && !model.is_busy()
            && self.binder.borrow().gallery.pending() == 0
            && (!playing || self.frames.get() > 0)
    }

    /// What is wrong with the page shown.
    pub fn problem(&self) -> Option<Problem> {
        self.model.borrow().problem()
    }

    /// A look at the state, for tests.
    pub fn model<T>(&self, look: impl FnOnce(&Model) -> T) -> T {
        look(&self.model.borrow())
    }
}
