//! One load, from its source's opening to its end. Owned by the engine's thread.

mod hearing;
mod seeking;
mod supply;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::Instant,
};

use gst::prelude::*;
use gstreamer as gst;

use self::{hearing::wanted, seeking::Seeks, supply::Watch};
use super::{
    Command, EngineEvent, EngineLimits, EventKind, Input, LoadRequest, Tracks,
    failure::Failure,
    pipeline::{Seen, Source, build, tear_down},
    shared::{Current, Shared},
    tracks::{name_subtitles, tracks_of},
    worker::Item,
};
use crate::{
    range::{Opened, RangeReader, ReadError, open, source::Gate},
    subtitles::Cue,
    video::VideoSink,
};

/// What every load needs of the engine around it.
pub(super) struct Surroundings {
    pub(super) sink: Arc<dyn VideoSink>,
    pub(super) on_event: Box<dyn Fn(EngineEvent) + Send + Sync>,
    pub(super) limits: EngineLimits,
    pub(super) shared: Arc<Shared>,
    pub(super) queue: mpsc::Sender<Item>,
    /// The last number given to a pipeline.
    pub(super) numbers: AtomicU64,
}

impl Surroundings {
    /// Numbers tell a pipeline's late messages from those of the next: a load id may come twice,
    /// and a load may need a second pipeline.
    fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed) + 1
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The source is asked for its length.
    Opening,
    /// The first picture of the film is on its way.
    Prerolling,
    /// The picture of the start position is on its way.
    Starting,
    Ready,
    /// Failed; only an end can follow.
    Dead,
}

/// What people were last told, so that each change is told once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Nothing,
    Playing,
    Paused,
    Buffering(u8),
    Ended,
}

pub(super) struct Playback {
    number: u64,
    load_id: u64,
    around: Arc<Surroundings>,
    input: Input,
    reader: Option<Arc<dyn RangeReader>>,
    gate: Arc<Gate>,
    seen: Seen,
    pipeline: Option<gst::Element>,
    phase: Phase,
    start_ms: u64,
    volume: u8,
    wants_playing: bool,
    /// `Prerolled` was told: a second pipeline goes on where the first was.
    prerolled: bool,
    /// Paused by ourselves until the source has caught up.
    holding: bool,
    /// Buffering reported by GStreamer for addresses it reads itself.
    percent: u8,
    goal: gst::State,
    told: Told,
    duration_ms: Option<u64>,
    tracks: Tracks,
    /// Shown in place of a track.
    outside: Option<Arc<[Cue]>>,
    undecodable_sound: Option<String>,
    latency_due: bool,
    seeks: Seeks,
    watch: Watch,
    position_told: Instant,
}

impl Playback {
    pub(super) fn start(request: LoadRequest, around: Arc<Surroundings>) -> Self {
        let gate = Arc::new(Gate::new());
        let now = Instant::now();
        around.sink.show(false);
        around.shared.set(Some(Current {
            gate: gate.clone(),
            pipeline: None,
            target_ms: Some(request.start_ms),
            last_ms: request.start_ms,
        }));
        let mut playback = Self {
            number: around.next_number(),
            load_id: request.load_id,
            input: request.input,
            reader: None,
            gate,
            seen: Seen::default(),
            pipeline: None,
            phase: Phase::Opening,
            start_ms: request.start_ms,
            volume: request.volume,
            wants_playing: !request.paused,
            prerolled: false,
            holding: false,
            percent: 100,
            goal: gst::State::Null,
            told: Told::Nothing,
            duration_ms: None,
            tracks: Tracks::default(),
            outside: None,
            undecodable_sound: None,
            latency_due: false,
            seeks: Seeks::default(),
            watch: Watch::new(around.limits.starvation, now),
            position_told: now,
            around,
        };
        playback.begin();
        playback
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    fn begin(&mut self) {
        match self.input.clone() {
            Input::File(path) => self.preroll(Source::File(&path)),
            Input::Url(url) => self.preroll(Source::Url(&url)),
            Input::Ranged(reader) => self.open(reader),
        }
    }

    /// Ask a ranged source for its length, on a thread of its own: it may wait for the swarm.
    fn open(&mut self, reader: Arc<dyn RangeReader>) {
        self.reader = Some(reader.clone());
        let (queue, number, cancel) = (self.around.queue.clone(), self.number, self.gate.token());
        let spawned = std::thread::Builder::new()
            .name("hearth-open".into())
            .spawn(move || {
                // When the engine is gone by now, nobody wants to know.
                let _ = queue.send(Item::Opened(number, open(&*reader, &cancel)));
            });
        if let Err(error) = spawned {
            self.fail(Failure::player(format!(
                "The film could not be opened: {error}."
            )));
        }
    }

    /// Build the pipeline anew at another place or with another sound, with everything else as
    /// it is.
    fn restart(&mut self, position_ms: u64) {
        self.shut();
        self.number = self.around.next_number();
        self.gate = Arc::new(Gate::new());
        self.seen = Seen::default();
        self.phase = Phase::Opening;
        self.start_ms = position_ms;
        self.goal = gst::State::Null;
        self.holding = false;
        self.seeks = Seeks::default();
        self.around.sink.show(false);
        self.around.shared.set(Some(Current {
            gate: self.gate.clone(),
            pipeline: None,
            target_ms: Some(position_ms),
            last_ms: position_ms,
        }));
        self.begin();
    }

    pub(super) fn opened(&mut self, result: Result<Opened, ReadError>) {
        match (result, self.reader.clone()) {
            (Ok(opened), Some(reader)) => {
                self.preroll(Source::Ranged {
                    reader,
                    gate: self.gate.clone(),
                    opened,
                });
            }
            (Err(error), _) => self.fail(Failure::from_read(&error)),
            (Ok(_), None) => {}
        }
    }

    fn preroll(&mut self, source: Source<'_>) {
        let (queue, number) = (self.around.queue.clone(), self.number);
        let built = build(
            source,
            self.tracks.audio_index,
            &*self.around.sink,
            &self.seen,
            move |message| {
                if wanted(message) {
                    // When the engine is gone by now, nobody wants to know.
                    let _ = queue.send(Item::Bus(number, message.clone()));
                }
            },
        );
        match built {
            Ok(pipeline) => {
                self.around
                    .shared
                    .update(|now| now.pipeline = Some(pipeline.clone()));
                self.pipeline = Some(pipeline);
                self.phase = Phase::Prerolling;
                self.set_volume();
                self.steer();
            }
            Err(error) => self.fail(Failure::player(error.detail())),
        }
    }

    pub(super) fn command(&mut self, command: &Command) {
        if self.phase == Phase::Dead {
            return;
        }
        match command {
            Command::ShowSubtitles(cues) => {
                self.outside = Some(cues.clone());
                self.tracks.subtitle_index = None;
                self.choose_subtitles();
            }
            Command::Play => {
                self.wants_playing = true;
                self.steer();
            }
            Command::Pause => {
                self.wants_playing = false;
                self.steer();
                // While it waits for its source nothing moves already.
                if self.phase == Phase::Ready && (self.holding || self.seeks.under_way()) {
                    self.tell_paused();
                }
            }
            Command::Seek(position_ms) => self.seek(*position_ms),
            Command::SetVolume(volume) => {
                self.volume = *volume;
                self.set_volume();
            }
            Command::SetAudioTrack(index) if *index < self.tracks.audio.len() => {
                if self.tracks.audio_index != Some(*index) {
                    self.tracks.audio_index = Some(*index);
                    self.restart(self.position());
                }
            }
            Command::SetSubtitleTrack(index)
                if index.is_none_or(|index| index < self.tracks.subtitles.len()) =>
            {
                self.outside = None;
                self.tracks.subtitle_index = *index;
                self.choose_subtitles();
            }
            Command::SetAudioTrack(index) | Command::SetSubtitleTrack(Some(index)) => {
                tracing::warn!(index, "there is no such track");
            }
            // The worker's own.
            Command::SetSubtitleTrack(None) | Command::Load(_) | Command::Stop | Command::Quit => {}
        }
    }

    fn choose_subtitles(&mut self) {
        match &self.outside {
            Some(cues) => self.seen.subtitles.show_outside(cues),
            None => self.seen.subtitles.choose(self.tracks.subtitle_index),
        }
        // A standing picture is drawn anew.
        if self.phase == Phase::Ready && !self.wants_playing {
            self.seek(self.position());
        }
    }

    fn tell_paused(&mut self) {
        if self.told != Told::Paused {
            self.told = Told::Paused;
            self.tell(EventKind::Paused {
                position_ms: self.position(),
            });
        }
    }

    fn tell_buffering(&mut self, percent: u8) {
        if percent < 100 && self.wants_playing && self.told != Told::Buffering(percent) {
            self.told = Told::Buffering(percent);
            self.tell(EventKind::Buffering { percent });
        }
    }

    fn find_tracks(&mut self) {
        if let Some(pipeline) = &self.pipeline {
            let found = tracks_of(pipeline, &self.seen.demuxers, self.tracks.audio_index);
            let subtitle = self
                .tracks
                .subtitle_index
                .filter(|at| *at < found.subtitles.len());
            self.tracks = Tracks {
                subtitle_index: subtitle,
                ..found
            };
            name_subtitles(pipeline, &self.tracks, &self.seen.subtitles);
            self.choose_subtitles();
        }
    }

    /// Do what had to wait for a running seek: it holds the pipeline's lock, and the engine must
    /// not wait for it.
    fn catch_up(&mut self) {
        if self.seeks.calling() {
            return;
        }
        if std::mem::take(&mut self.latency_due)
            && let Some(pipeline) = &self.pipeline
            && let Some(bin) = pipeline.dynamic_cast_ref::<gst::Bin>()
            && let Err(error) = bin.recalculate_latency()
        {
            tracing::debug!(%error, "latency stays as it was");
        }
        self.steer();
    }

    fn set_volume(&self) {
        if let Some(pipeline) = &self.pipeline {
            // Loudness is heard by its cube root.
            let level = f64::from(self.volume.min(100)) / 100.0;
            pipeline.set_property("volume", level.powi(3));
        }
    }

    /// Bring the pipeline to the state that is wanted now.
    fn steer(&mut self) {
        if self.pipeline.is_none() {
            return;
        }
        if self.seeks.calling() {
            return;
        }
        let playing = self.phase == Phase::Ready && self.wants_playing && !self.holding;
        let goal = if playing {
            gst::State::Playing
        } else {
            gst::State::Paused
        };
        if goal != self.goal {
            self.set_state(goal);
        }
    }

    fn set_state(&mut self, goal: gst::State) {
        let Some(pipeline) = &self.pipeline else {
            return;
        };
        self.goal = goal;
        match pipeline.set_state(goal) {
            // A live stream has no first picture to wait for.
            Ok(gst::StateChangeSuccess::NoPreroll) if self.phase == Phase::Prerolling => {
                self.find_tracks();
                self.around.sink.show(true);
                self.ready();
            }
            Ok(_) => {}
            // Its reason is in the error message that follows.
            Err(error) => tracing::debug!(%error, ?goal, "the player did not change state"),
        }
    }

    fn hold(&mut self, holding: bool) {
        if self.holding != holding {
            self.holding = holding;
            self.steer();
        }
    }

    fn ask_duration(&mut self) {
        if let Some(pipeline) = &self.pipeline {
            self.duration_ms = pipeline
                .query_duration::<gst::ClockTime>()
                .map(gst::ClockTime::mseconds)
                .or(self.duration_ms);
        }
    }

    fn position(&self) -> u64 {
        self.around.shared.position().unwrap_or_default()
    }

    fn tell_position(&mut self) {
        self.position_told = Instant::now();
        self.tell(EventKind::Position {
            position_ms: self.position(),
            duration_ms: self.duration_ms,
            buffered_ms: self.buffered_ms(),
        });
    }

    fn tell(&self, kind: EventKind) {
        (self.around.on_event)(EngineEvent {
            load_id: self.load_id,
            kind,
        });
    }

    fn fail(&mut self, failure: Failure) {
        self.shut();
        self.phase = Phase::Dead;
        self.tell(EventKind::Failed {
            reason: failure.reason,
            detail: failure.detail,
        });
    }

    /// End the load; the sink shows nothing any more.
    pub(super) fn end(&mut self) {
        self.shut();
        self.around.sink.show(false);
        self.around.shared.set(None);
    }

    fn shut(&mut self) {
        self.gate.close();
        self.around.shared.update(|now| {
            now.pipeline = None;
            now.target_ms = None;
        });
        if let Some(pipeline) = self.pipeline.take() {
            tear_down(&pipeline);
            // Pads that are kept would keep the pipeline.
            self.seen.demuxers.forget();
        }
    }
}
