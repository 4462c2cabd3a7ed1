//! The playback engine: plays one film after another for the TV.
//!
//! [`Engine`] is a handle; a thread of its own owns the pipeline, takes commands and GStreamer's
//! messages from one queue, and tells what happened through a callback ([`EngineEvent`]). What is
//! shown on screen must come from these events, not from what was commanded. No call blocks: a
//! stalled source is cancelled, never waited for.

mod event;
mod failure;
mod front;
mod lines;
mod pipeline;
mod playback;
mod shared;
mod starvation;
mod tracks;
mod worker;

use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

pub use self::{
    event::{Chapter, EngineEvent, EventKind, FailureReason, Track, Tracks},
    starvation::{Starvation, StarvationLimits, Supply},
};
use self::{shared::Shared, worker::Item};
use crate::{
    error::{Error, start},
    range::RangeReader,
    subtitles::Cue,
    video::VideoSink,
};

/// Where the media comes from.
#[derive(Clone)]
pub enum Input {
    File(PathBuf),
    /// An address that GStreamer reads by itself: HLS or DASH.
    Url(String),
    /// Bytes by offset: files and torrents served by the daemon.
    Ranged(Arc<dyn RangeReader>),
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            // Addresses carry signatures that open the stream.
            Self::Url(_) => f.write_str("Url"),
            Self::Ranged(_) => f.write_str("Ranged"),
        }
    }
}

/// A film to play from a position.
#[derive(Debug, Clone)]
pub struct LoadRequest {
    /// Comes back in every event of this load.
    pub load_id: u64,
    pub input: Input,
    pub start_ms: u64,
    /// Show the first picture and wait.
    pub paused: bool,
    /// 0 to 100.
    pub volume: u8,
}

/// Times by which the engine decides.
#[derive(Debug, Clone, Copy)]
pub struct EngineLimits {
    pub starvation: StarvationLimits,
    /// How often a playing film's position is told.
    pub position_every: Duration,
}

impl Default for EngineLimits {
    fn default() -> Self {
        Self {
            starvation: StarvationLimits::default(),
            position_every: Duration::from_millis(250),
        }
    }
}

#[derive(Debug)]
pub(crate) enum Command {
    Load(Box<LoadRequest>),
    Play,
    Pause,
    Seek(u64),
    Stop,
    SetVolume(u8),
    SetAudioTrack(usize),
    SetSubtitleTrack(Option<usize>),
    ShowSubtitles(Arc<[Cue]>),
    Quit,
}

/// The handle to the engine. Dropping it stops playback and ends the engine's thread.
pub struct Engine {
    queue: mpsc::Sender<Item>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Start the engine. `on_event` is called on the engine's thread and must not block.
    pub fn new(
        sink: Arc<dyn VideoSink>,
        on_event: impl Fn(EngineEvent) + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        Self::with_limits(sink, on_event, EngineLimits::default())
    }

    pub fn with_limits(
        sink: Arc<dyn VideoSink>,
        on_event: impl Fn(EngineEvent) + Send + Sync + 'static,
        limits: EngineLimits,
    ) -> Result<Self, Error> {
        start()?;
        // Unbounded on purpose: GStreamer's threads post here and must never wait for the engine,
        // which may be waiting for them. Each load posts few messages, and people few commands.
        let (queue, items) = mpsc::channel();
        let shared = Arc::new(Shared::default());
        let worker = worker::Worker::new(
            sink,
            Box::new(on_event),
            limits,
            shared.clone(),
            queue.clone(),
        );
        let thread = std::thread::Builder::new()
            .name("hearth-engine".into())
            .spawn(move || worker.run(&items))
            .map_err(Error::Thread)?;
        Ok(Self {
            queue,
            shared,
            thread: Some(thread),
        })
    }

    /// Play this instead of whatever plays now.
    pub fn load(&self, request: LoadRequest) {
        self.shared.abandon();
        self.send(Command::Load(Box::new(request)));
    }

    pub fn play(&self) {
        self.send(Command::Play);
    }

    pub fn pause(&self) {
        self.send(Command::Pause);
    }

    /// Go to this position exactly. When several come quickly the last one counts.
    pub fn seek(&self, position_ms: u64) {
        self.send(Command::Seek(position_ms));
    }

    /// End the load; nothing more is told of it.
    pub fn stop(&self) {
        self.shared.abandon();
        self.send(Command::Stop);
    }

    /// 0 to 100, as people hear it.
    pub fn set_volume(&self, volume: u8) {
        self.send(Command::SetVolume(volume));
    }

    pub fn set_audio_track(&self, index: usize) {
        self.send(Command::SetAudioTrack(index));
    }

    /// `None` shows no subtitles, as at the start of every load.
    pub fn set_subtitle_track(&self, index: Option<usize>) {
        self.send(Command::SetSubtitleTrack(index));
    }

    /// Shows subtitles from a file of their own in place of a track.
    pub fn show_subtitles(&self, cues: Vec<Cue>) {
        self.send(Command::ShowSubtitles(cues.into()));
    }

    /// Where the film is, in milliseconds; during a seek, where it goes. `None` with no film.
    pub fn position(&self) -> Option<u64> {
        self.shared.position()
    }

    fn send(&self, command: Command) {
        // The thread ends only with this handle; were it gone by a panic, that was told already.
        if self.queue.send(Item::Command(command)).is_err() {
            tracing::error!("the playback engine is gone");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.abandon();
        self.send(Command::Quit);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the playback engine ended by a panic");
        }
    }
}
