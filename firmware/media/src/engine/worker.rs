//! The engine's thread: one queue in, one load at a time.

use std::{
    sync::{Arc, atomic::AtomicU64, mpsc},
    time::{Duration, Instant},
};

use gstreamer as gst;

use super::{
    Command, EngineEvent, EngineLimits,
    playback::{Playback, Surroundings},
    shared::Shared,
};
use crate::{
    range::{Opened, ReadError},
    video::VideoSink,
};

/// How often a load's supply and position are looked at.
const TICK: Duration = Duration::from_millis(50);
/// With nothing loaded there is nothing to look at.
const IDLE: Duration = Duration::from_hours(1);

/// What reaches the engine's thread. The numbers say which pipeline it belongs to.
#[derive(Debug)]
pub(super) enum Item {
    Command(Command),
    Bus(u64, gst::Message),
    Opened(u64, Result<Opened, ReadError>),
    Sought(u64, bool),
}

pub(super) struct Worker {
    surroundings: Arc<Surroundings>,
    playback: Option<Playback>,
}

impl Worker {
    pub(super) fn new(
        sink: Arc<dyn VideoSink>,
        on_event: Box<dyn Fn(EngineEvent) + Send + Sync>,
        limits: EngineLimits,
        shared: Arc<Shared>,
        queue: mpsc::Sender<Item>,
    ) -> Self {
        let surroundings = Surroundings {
            sink,
            on_event,
            limits,
            shared,
            queue,
            numbers: AtomicU64::new(0),
        };
        Self {
            surroundings: Arc::new(surroundings),
            playback: None,
        }
    }

    pub(super) fn run(mut self, items: &mpsc::Receiver<Item>) {
        let mut looked = Instant::now();
        loop {
            let wait = if self.playback.is_some() { TICK } else { IDLE };
            match items.recv_timeout(wait) {
                Ok(Item::Command(Command::Quit)) | Err(mpsc::RecvTimeoutError::Disconnected) => {
                    break;
                }
                Ok(item) => self.handle(item),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if now.duration_since(looked) >= TICK {
                looked = now;
                if let Some(playback) = &mut self.playback {
                    playback.tick(now);
                }
            }
        }
        self.stop();
    }

    fn handle(&mut self, item: Item) {
        match item {
            Item::Command(Command::Load(request)) => {
                self.stop();
                self.playback = Some(Playback::start(*request, self.surroundings.clone()));
            }
            Item::Command(Command::Stop) => self.stop(),
            Item::Command(command) => {
                if let Some(playback) = &mut self.playback {
                    playback.command(&command);
                }
            }
            Item::Bus(number, message) => {
                if let Some(playback) = self.current(number) {
                    playback.message(&message);
                }
            }
            Item::Sought(number, accepted) => {
                if let Some(playback) = self.current(number) {
                    playback.sought(accepted);
                }
            }
            Item::Opened(number, result) => {
                if let Some(playback) = self.current(number) {
                    playback.opened(result);
                }
            }
        }
    }

    /// What comes late of an earlier pipeline is dropped.
    fn current(&mut self, number: u64) -> Option<&mut Playback> {
        self.playback
            .as_mut()
            .filter(|playback| playback.number() == number)
    }

    fn stop(&mut self) {
        if let Some(mut playback) = self.playback.take() {
            playback.end();
        }
    }
}
