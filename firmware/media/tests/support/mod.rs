//! What the tests of this crate share: the test card, a player that is asked and answers, and a
//! range server that can misbehave.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test binary uses its part, and this is test code"
)]

pub mod boxes;
pub mod film;
pub mod mutations;
pub mod server;
pub mod worker;

use std::{
    cell::RefCell,
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, mpsc},
    time::{Duration, Instant, SystemTime},
};

use hearth_media::{
    engine::{Engine, EngineEvent, EngineLimits, EventKind, FailureReason, Input, LoadRequest},
    strip::{Picture, decode_strip},
    testcard::{self, CardRequest},
    video::{Frame, FrameSink},
};

pub const FPS: u32 = 30;
pub const SECONDS: u32 = 20;
/// Nothing in these tests takes this long unless it is broken.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A folder of this test run, shared by its processes.
pub fn folder() -> PathBuf {
    let run = std::env::var("NEXTEST_RUN_ID").unwrap_or_else(|_| std::process::id().to_string());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("media-{run}"));
    if !folder.exists() {
        forget_earlier_runs();
        std::fs::create_dir_all(&folder).unwrap();
    }
    folder
}

/// Remove the folders of runs that ended an hour ago or earlier.
fn forget_earlier_runs() {
    let old = SystemTime::now() - Duration::from_hours(1);
    for entry in std::fs::read_dir(env!("CARGO_TARGET_TMPDIR"))
        .unwrap()
        .flatten()
    {
        let ours = entry.file_name().to_string_lossy().starts_with("media-");
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        if ours && changed.is_ok_and(|changed| changed < old) {
            // Another process of this run may be as fast.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// The test card, 20 s at 320x180, made once a run; the ending chooses the container.
pub fn card(ending: &str) -> PathBuf {
    card_of(SECONDS, ending)
}

/// So many seconds of it.
pub fn card_of(seconds: u32, ending: &str) -> PathBuf {
    let out = folder().join(format!("card-{seconds}.{ending}"));
    let lock = File::create(folder().join("making")).unwrap();
    lock.lock().unwrap();
    if !out.exists() {
        let request = CardRequest {
            out: out.clone(),
            seconds,
            width: 320,
            height: 180,
            fps: FPS,
        };
        testcard::make(&request).unwrap();
    }
    out
}

/// An engine with its events and its picture.
pub struct Player {
    pub engine: Engine,
    pub sink: FrameSink,
    events: mpsc::Receiver<EngineEvent>,
    frames: mpsc::Receiver<()>,
    loads: u64,
    /// Everything told so far, with its time, for the message of a test that fails.
    history: RefCell<Vec<(Duration, EventKind)>>,
    started: Instant,
}

impl Player {
    pub fn new() -> Self {
        Self::with_limits(EngineLimits::default())
    }

    pub fn with_limits(limits: EngineLimits) -> Self {
        let (woken, frames) = mpsc::channel();
        let sink = FrameSink::new(Arc::new(move || {
            let _ = woken.send(());
        }));
        let (told, events) = mpsc::channel();
        let engine = Engine::with_limits(
            Arc::new(sink.clone()),
            move |event| {
                let _ = told.send(event);
            },
            limits,
        )
        .unwrap();
        Self {
            engine,
            sink,
            events,
            frames,
            loads: 0,
            history: RefCell::default(),
            started: Instant::now(),
        }
    }

    pub fn load(&mut self, input: Input, start_ms: u64, paused: bool) {
        self.loads += 1;
        self.engine.load(LoadRequest {
            load_id: self.loads,
            input,
            start_ms,
            paused,
            volume: 50,
        });
    }

    /// Wait for an event of the present load; any failure on the way ends the test.
    pub fn wait(&self, what: &str, wanted: impl Fn(&EventKind) -> bool) -> EventKind {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(event) = self.events.recv_timeout(left) else {
                panic!(
                    "no {what} within {PATIENCE:?}; events were {:#?}",
                    self.history.borrow()
                );
            };
            if event.load_id != self.loads {
                continue;
            }
            self.history
                .borrow_mut()
                .push((self.started.elapsed(), event.kind.clone()));
            if wanted(&event.kind) {
                return event.kind;
            }
            if let EventKind::Failed { .. } = event.kind {
                panic!("{event:?} instead of {what}");
            }
        }
    }

    pub fn wait_prerolled(&self) -> EventKind {
        self.wait("first picture", |kind| {
            matches!(kind, EventKind::Prerolled { .. })
        })
    }

    pub fn wait_playing(&self) {
        self.wait("playing", |kind| matches!(kind, EventKind::Playing { .. }));
    }

    pub fn wait_buffering(&self) {
        self.wait("buffering", |kind| {
            matches!(kind, EventKind::Buffering { .. })
        });
    }

    pub fn wait_starved(&self) -> EventKind {
        self.wait("starvation", |kind| {
            matches!(kind, EventKind::Starved { .. })
        })
    }

    pub fn wait_failed(&self) -> (FailureReason, String) {
        let told = self.wait("failure", |kind| matches!(kind, EventKind::Failed { .. }));
        let EventKind::Failed { reason, detail } = told else {
            unreachable!()
        };
        (reason, detail)
    }

    /// Wait until a seek has arrived.
    pub fn wait_position(&self) -> u64 {
        let told = self.wait("position", |kind| {
            matches!(kind, EventKind::Position { .. })
        });
        let EventKind::Position { position_ms, .. } = told else {
            unreachable!()
        };
        position_ms
    }

    /// Events told within this time.
    pub fn listen(&self, time: Duration) -> Vec<EventKind> {
        let end = Instant::now() + time;
        let mut seen = Vec::new();
        while let Ok(event) = self
            .events
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            seen.push(event.kind);
        }
        seen
    }

    /// The next frame.
    pub fn frame(&self) -> Frame {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(frame) = self.sink.take() {
                return frame;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                self.frames.recv_timeout(left).is_ok(),
                "no frame within {PATIENCE:?}"
            );
        }
    }

    /// The number on the next frame.
    pub fn number(&self) -> u32 {
        number(&self.frame())
    }
}

/// The number a frame carries in its strip.
pub fn number(frame: &Frame) -> u32 {
    let picture = Picture {
        data: frame.data(),
        width: frame.width(),
        height: frame.height(),
        stride: frame.stride(),
        channels: 4,
    };
    decode_strip(picture).unwrap_or_else(|| panic!("no strip on {frame:?}"))
}

/// Fails unless the frame is the one shown at this position, give or take two.
pub fn assert_at(number: u32, position_ms: u64) {
    let expected = position_ms * u64::from(FPS) / 1000;
    assert!(
        u64::from(number).abs_diff(expected) <= 2,
        "frame {number} is not at {position_ms} ms (frame {expected})"
    );
}

/// Fails unless the frame is of a film that was at this position then, and has run on since.
pub fn assert_ran_on(number: u32, position_ms: u64, then: Instant) {
    let shown_ms = u64::from(number) * 1000 / u64::from(FPS);
    let furthest_ms = position_ms + then.elapsed().as_millis() as u64 + 100;
    assert!(
        (position_ms.saturating_sub(100)..=furthest_ms).contains(&shown_ms),
        "frame {number} is at {shown_ms} ms, from {position_ms} ms and {furthest_ms} ms at most"
    );
}

/// The number in a PNG or JPEG of the test card.
pub fn number_in_file(path: &Path) -> u32 {
    let mut player = Player::new();
    // GStreamer plays a still picture as a film of one frame.
    player.load(Input::File(path.to_owned()), 0, true);
    player.wait_prerolled();
    player.number()
}
