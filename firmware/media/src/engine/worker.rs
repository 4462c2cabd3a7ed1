//! The engine's thread: one queue in, one load at a time.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use gstreamer as gst;

use super::{
    Command, EngineEvent, EngineLimits,
    playback::{Playback, Surroundings},
    shared::Shared,
};
use crate::{range::ReadError, video::VideoSink};

/// How often a load's supply and position are looked at.
const TICK: Duration = Duration::from_millis(50);
/// With nothing loaded there is nothing to look at.
const IDLE: Duration = Duration::from_hours(1);

/// What reaches the engine's thread. The numbers say which load it belongs to, counted by the
/// worker itself: a caller may use a load id twice.
#[derive(Debug)]
pub(super) enum Item {
    Command(Command),
    Bus(u64, gst::Message),
    Opened(u64, Result<u64, ReadError>),
}

pub(super) struct Worker {
    surroundings: Arc<Surroundings>,
    playback: Option<Playback>,
    loads: u64,
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
        };
        Self {
            surroundings: Arc::new(surroundings),
            playback: None,
            loads: 0,
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
                self.loads += 1;
                self.playback = Some(Playback::start(
                    self.loads,
                    *request,
                    self.surroundings.clone(),
                ));
            }
            Item::Command(Command::Stop) => self.stop(),
            Item::Command(command) => {
                if let Some(playback) = &mut self.playback {
                    playback.command(&command);
                }
            }
            Item::Bus(load, message) => {
                if let Some(playback) = self.current(load) {
                    playback.message(&message);
                }
            }
            Item::Opened(load, result) => {
                if let Some(playback) = self.current(load) {
                    playback.opened(result);
                }
            }
        }
    }

    /// What comes late for an earlier load is dropped.
    fn current(&mut self, load: u64) -> Option<&mut Playback> {
        self.playback
            .as_mut()
            .filter(|playback| playback.number() == load)
    }

    fn stop(&mut self) {
        if let Some(mut playback) = self.playback.take() {
            playback.end();
        }
    }
}
