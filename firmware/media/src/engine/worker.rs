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
            let first = match items.recv_timeout(wait) {
                Ok(item) => Some(item),
                Err(mpsc::RecvTimeoutError::Timeout) => None,
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            };
            let mut batch: Vec<Item> = first.into_iter().chain(items.try_iter()).collect();
            forget_overtaken(&mut batch);
            for item in batch {
                if matches!(item, Item::Command(Command::Quit)) {
                    self.stop();
                    return;
                }
                self.handle(item);
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

/// Commands before a later load, stop or end are not worth doing: who jumps through a list of
/// films waits for the last one only.
fn forget_overtaken(batch: &mut Vec<Item>) {
    let last = batch.iter().rposition(|item| {
        matches!(
            item,
            Item::Command(Command::Load(_) | Command::Stop | Command::Quit)
        )
    });
    if let Some(last) = last {
        let mut index = 0;
        batch.retain(|item| {
            index += 1;
            index > last || !matches!(item, Item::Command(_))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_load_and_what_follows_it_are_done() {
        let mut batch: Vec<Item> = [
            Item::Command(Command::Seek(1)),
            Item::Command(Command::Stop),
            Item::Sought(1, true),
            Item::Command(Command::Play),
            Item::Command(Command::Stop),
            Item::Command(Command::Seek(2)),
        ]
        .into();
        forget_overtaken(&mut batch);
        let left = format!("{batch:?}");
        assert_eq!(left, "[Sought(1, true), Command(Stop), Command(Seek(2))]");
    }
}
