//! One load, from its source's opening to its end. Owned by the engine's thread.

use std::{
    sync::{Arc, mpsc},
    time::{Duration, Instant},
};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_pbutils as gst_pbutils;

use super::{
    Command, EngineEvent, EngineLimits, EventKind, Input, LoadRequest,
    failure::Failure,
    front::Front,
    pipeline::{Source, build, show_subtitles},
    shared::{Current, Shared},
    starvation::{Starvation, Supply},
    tracks::Streams,
    worker::Item,
};
use crate::{
    range::{RangeReader, ReadError, source::Gate},
    video::VideoSink,
};

/// A read that waits this long with next to nothing buffered pauses the film …
const STALLED: Duration = Duration::from_millis(200);
const DRY_MS: u64 = 200;
/// … until this much is there, or all that fits.
const REFILLED_MS: u64 = 2000;
/// A newer seek waits this long for an older one, so that holding a key still shows pictures.
const SEEK_PATIENCE: Duration = Duration::from_millis(300);
/// The last moment that can be sought to: at the very end there is no picture.
const END_MARGIN_MS: u64 = 200;

/// What every load needs of the engine around it.
pub(super) struct Surroundings {
    pub(super) sink: Arc<dyn VideoSink>,
    pub(super) on_event: Box<dyn Fn(EngineEvent) + Send + Sync>,
    pub(super) limits: EngineLimits,
    pub(super) shared: Arc<Shared>,
    pub(super) queue: mpsc::Sender<Item>,
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
    reader: Option<Arc<dyn RangeReader>>,
    gate: Arc<Gate>,
    front: Front,
    pipeline: Option<gst::Element>,
    phase: Phase,
    start_ms: u64,
    volume: u8,
    wants_playing: bool,
    /// Paused by ourselves until the source has caught up.
    holding: bool,
    /// Buffering reported by GStreamer for addresses it reads itself.
    percent: u8,
    goal: gst::State,
    told: Told,
    duration_ms: Option<u64>,
    streams: Streams,
    seek_since: Option<Instant>,
    next_seek: Option<u64>,
    starvation: Starvation,
    position_told: Instant,
}

impl Playback {
    pub(super) fn start(number: u64, request: LoadRequest, around: Arc<Surroundings>) -> Self {
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
            number,
            load_id: request.load_id,
            reader: None,
            gate,
            front: Front::default(),
            pipeline: None,
            phase: Phase::Opening,
            start_ms: request.start_ms,
            volume: request.volume,
            wants_playing: !request.paused,
            holding: false,
            percent: 100,
            goal: gst::State::Null,
            told: Told::Nothing,
            duration_ms: None,
            streams: Streams::default(),
            seek_since: None,
            next_seek: None,
            starvation: Starvation::new(around.limits.starvation, now),
            position_told: now,
            around,
        };
        match request.input {
            Input::File(path) => playback.preroll(Source::File(&path)),
            Input::Url(url) => playback.preroll(Source::Url(&url)),
            Input::Ranged(reader) => playback.open(reader),
        }
        playback
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Ask a ranged source for its length, on a thread of its own: it may wait for the swarm.
    fn open(&mut self, reader: Arc<dyn RangeReader>) {
        self.reader = Some(reader.clone());
        let (queue, number, cancel) = (self.around.queue.clone(), self.number, self.gate.token());
        let spawned = std::thread::Builder::new()
            .name("hearth-open".into())
            .spawn(move || {
                // When the engine is gone by now, nobody wants to know.
                let _ = queue.send(Item::Opened(number, reader.open(&cancel)));
            });
        if let Err(error) = spawned {
            self.fail(Failure::player(format!(
                "The film could not be opened: {error}."
            )));
        }
    }

    pub(super) fn opened(&mut self, result: Result<u64, ReadError>) {
        match (result, self.reader.clone()) {
            (Ok(length), Some(reader)) => {
                self.preroll(Source::Ranged {
                    reader,
                    gate: self.gate.clone(),
                    length,
                });
            }
            (Err(error), _) => self.fail(Failure::from_read(&error)),
            (Ok(_), None) => {}
        }
    }

    fn preroll(&mut self, source: Source<'_>) {
        let (queue, number) = (self.around.queue.clone(), self.number);
        let built = build(source, &*self.around.sink, &self.front, move |message| {
            if wanted(message) {
                // When the engine is gone by now, nobody wants to know.
                let _ = queue.send(Item::Bus(number, message.clone()));
            }
        });
        match built {
            Ok(pipeline) => {
                self.around
                    .shared
                    .update(|now| now.pipeline = Some(pipeline.clone()));
                self.pipeline = Some(pipeline);
                self.phase = Phase::Prerolling;
                if self.start_ms == 0 {
                    self.around.sink.show(true);
                }
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
        match *command {
            Command::Play => {
                self.wants_playing = true;
                self.steer();
            }
            Command::Pause => {
                self.wants_playing = false;
                self.steer();
                // While it waits for its source the pipeline is paused already.
                if self.phase == Phase::Ready && self.holding {
                    self.tell_paused();
                }
            }
            Command::Seek(position_ms) => self.seek(position_ms),
            Command::SetVolume(volume) => {
                self.volume = volume;
                self.set_volume();
            }
            Command::SetAudioTrack(index) if index < self.streams.audio_count() => {
                self.streams.audio_index = Some(index);
                self.select();
            }
            Command::SetSubtitleTrack(index)
                if index.is_none_or(|index| index < self.streams.subtitle_count()) =>
            {
                self.streams.subtitle_index = index;
                self.select();
            }
            Command::SetAudioTrack(index) | Command::SetSubtitleTrack(Some(index)) => {
                tracing::warn!(index, "there is no such track");
            }
            // The worker's own.
            Command::SetSubtitleTrack(None) | Command::Load(_) | Command::Stop | Command::Quit => {}
        }
    }

    pub(super) fn message(&mut self, message: &gst::Message) {
        use gst::MessageView;
        if self.phase == Phase::Dead {
            return;
        }
        let own = self.pipeline.as_ref().is_some_and(|pipeline| {
            message
                .src()
                .is_some_and(|source| source == pipeline.upcast_ref::<gst::Object>())
        });
        match message.view() {
            MessageView::Error(error) => {
                tracing::debug!(error = %error.error(), debug = ?error.debug(), "playback error");
                let status = error
                    .details()
                    .and_then(|details| details.get::<u32>("http-status-code").ok());
                let failure = self.gate.fault().map_or_else(
                    || Failure::from_gstreamer(&error.error(), status),
                    |fault| Failure::from_read(&fault),
                );
                self.fail(failure);
            }
            MessageView::Element(_) => self.missing_plugin(message),
            MessageView::Eos(_) => {
                self.told = Told::Ended;
                self.tell(EventKind::Ended);
            }
            MessageView::AsyncDone(_) => self.settled(),
            MessageView::StateChanged(change)
                if own
                    && self.phase == Phase::Ready
                    && change.pending() == gst::State::VoidPending =>
            {
                self.arrived(change.current());
            }
            MessageView::Buffering(buffering) => {
                self.percent = buffering.percent().clamp(0, 100) as u8;
                self.hold(self.percent < 100);
                self.tell_buffering(self.percent);
            }
            MessageView::DurationChanged(_) => self.ask_duration(),
            MessageView::StreamCollection(collected) => {
                self.streams.collect(&collected.stream_collection());
            }
            MessageView::ClockLost(_) => {
                self.goal = gst::State::Null;
                self.set_state(gst::State::Paused);
                self.steer();
            }
            MessageView::Latency(_) => {
                if let Some(Err(error)) = self
                    .pipeline
                    .as_ref()
                    .and_then(|pipeline| pipeline.dynamic_cast_ref::<gst::Bin>())
                    .map(GstBinExt::recalculate_latency)
                {
                    tracing::debug!(%error, "latency stays as it was");
                }
            }
            _ => {}
        }
    }

    fn missing_plugin(&mut self, message: &gst::Message) {
        let Ok(missing) = gst_pbutils::MissingPluginMessage::parse(message) else {
            return;
        };
        let picture = message
            .structure()
            .and_then(|structure| structure.get::<gst::Caps>("detail").ok())
            .is_some_and(|caps| {
                caps.structure(0)
                    .is_some_and(|first| first.name().starts_with("video/"))
            });
        let name = missing.description();
        // Without this sound another may be left; without the picture nothing is.
        if picture || self.streams.audio_count() <= 1 {
            self.fail(Failure::missing_codec(&name));
        } else {
            tracing::warn!(decoder = %name, "a sound track can't be decoded");
        }
    }

    /// Everything that was on its way has arrived: the first picture, or a seek's.
    fn settled(&mut self) {
        match self.phase {
            Phase::Prerolling => {
                self.ask_duration();
                let start = self.next_seek.take().unwrap_or(self.start_ms);
                self.around.sink.show(true);
                if start > 0 {
                    self.phase = Phase::Starting;
                    self.seek_now(start);
                    if self.seek_since.is_some() {
                        return;
                    }
                }
                self.ready();
            }
            Phase::Starting if self.next_seek.is_none() => {
                self.seek_done();
                self.ready();
            }
            Phase::Ready | Phase::Starting => {
                if let Some(next) = self.next_seek.take() {
                    self.seek_now(next);
                } else if self.seek_since.is_some() {
                    self.seek_done();
                    self.tell_position();
                    if matches!(self.told, Told::Buffering(_)) && !self.holding {
                        self.arrived(self.goal);
                    }
                }
            }
            Phase::Opening | Phase::Dead => {}
        }
    }

    fn ready(&mut self) {
        self.phase = Phase::Ready;
        self.around.shared.update(|now| now.target_ms = None);
        self.tell(EventKind::Prerolled {
            duration_ms: self.duration_ms,
            tracks: self.streams.describe(),
        });
        if !self.wants_playing {
            self.tell_paused();
        }
        self.steer();
    }

    /// The pipeline reached a state by itself or by command.
    fn arrived(&mut self, state: gst::State) {
        if state == gst::State::Playing && self.told != Told::Playing {
            self.told = Told::Playing;
            self.tell(EventKind::Playing {
                position_ms: self.position(),
            });
        } else if state == gst::State::Paused && !self.wants_playing {
            self.tell_paused();
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

    fn seek(&mut self, position_ms: u64) {
        self.around
            .shared
            .update(|now| now.target_ms = Some(position_ms));
        match (self.phase, self.seek_since) {
            (Phase::Ready | Phase::Starting, Some(since)) if since.elapsed() < SEEK_PATIENCE => {
                self.next_seek = Some(position_ms);
            }
            (Phase::Ready | Phase::Starting, _) => self.seek_now(position_ms),
            _ => {
                // The first picture is not there yet: start at that place instead.
                self.start_ms = position_ms;
                self.around.sink.show(false);
            }
        }
    }

    fn seek_now(&mut self, position_ms: u64) {
        let Some(pipeline) = &self.pipeline else {
            return;
        };
        let last = self
            .duration_ms
            .map(|duration| duration.saturating_sub(END_MARGIN_MS));
        let target = last.map_or(position_ms, |last| position_ms.min(last));
        self.next_seek = None;
        self.around
            .shared
            .update(|now| now.target_ms = Some(target));
        let flags = gst::SeekFlags::FLUSH | gst::SeekFlags::ACCURATE;
        let place = gst::ClockTime::from_mseconds(target);
        let sought = self
            .around
            .shared
            .seeking(|| pipeline.seek_simple(flags, place));
        if let Err(error) = sought {
            tracing::warn!(%error, target, "the seek was refused");
            self.seek_done();
            self.tell_position();
            return;
        }
        self.seek_since = Some(Instant::now());
        if self.told == Told::Ended {
            self.told = Told::Nothing;
            self.arrived(self.goal);
        }
    }

    fn seek_done(&mut self) {
        self.seek_since = None;
        self.around.shared.update(|now| now.target_ms = None);
    }

    fn select(&mut self) {
        let Some(pipeline) = &self.pipeline else {
            return;
        };
        let ids = self.streams.selection();
        let ids: Vec<&str> = ids.iter().map(gst::glib::GString::as_str).collect();
        if !ids.is_empty() && !pipeline.send_event(gst::event::SelectStreams::new(ids)) {
            tracing::warn!("the choice of tracks was refused");
        }
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

    /// Film read ahead of the picture; `None` where GStreamer reads by itself.
    fn buffered_ms(&self) -> Option<u64> {
        self.reader.as_ref()?;
        let front = self.front.ms()?;
        let front = self
            .duration_ms
            .map_or(front, |duration| front.min(duration));
        Some(front.saturating_sub(self.position()))
    }

    pub(super) fn tick(&mut self, now: Instant) {
        if self.phase == Phase::Dead {
            return;
        }
        let patient = self
            .seek_since
            .is_some_and(|since| now - since < SEEK_PATIENCE);
        if let Some(next) = self.next_seek
            && !patient
        {
            self.seek_now(next);
        }
        let waiting = self.gate.waiting(now);
        self.refill(
            waiting.is_some_and(|time| time >= STALLED),
            waiting.is_none(),
        );
        self.watch_supply(now, waiting.is_some());
        let due = now - self.position_told >= self.around.limits.position_every;
        if self.told == Told::Playing && self.seek_since.is_none() && due {
            self.tell_position();
        }
    }

    /// Pause while a ranged source is behind, and go on when it has caught up.
    fn refill(&mut self, stalled: bool, idle: bool) {
        if self.reader.is_none() || self.told == Told::Ended {
            return;
        }
        let settled = self.phase == Phase::Ready && self.seek_since.is_none();
        let buffered = if settled {
            self.buffered_ms().unwrap_or_default()
        } else {
            0
        };
        if !settled {
            if stalled {
                self.tell_buffering(0);
            }
        } else if !self.holding && self.wants_playing && stalled && buffered < DRY_MS {
            self.hold(true);
            self.tell_buffering(0);
        } else if self.holding && (buffered >= REFILLED_MS || idle) {
            self.hold(false);
        } else if self.holding {
            // In tens: a bar need not move more often.
            self.tell_buffering((buffered * 10 / REFILLED_MS * 10) as u8);
        }
    }

    fn watch_supply(&mut self, now: Instant, reading: bool) {
        if self.told == Told::Ended {
            return;
        }
        let supply = if let Some(reader) = &self.reader {
            Supply {
                received: reader.received(),
                wanted: reading || self.phase == Phase::Opening,
                buffered: Duration::from_millis(self.buffered_ms().unwrap_or_default()),
            }
        } else {
            // What GStreamer reads itself shows only by its buffering going up or not.
            Supply {
                received: u64::from(self.percent),
                wanted: self.percent < 100,
                buffered: Duration::ZERO,
            }
        };
        if self.starvation.observe(now, supply) {
            self.tell(EventKind::Starved {
                position_ms: self.position(),
                buffered_ms: supply.buffered.as_millis() as u64,
            });
        }
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
        if let Some(pipeline) = self.pipeline.take()
            && let Err(error) = pipeline.set_state(gst::State::Null)
        {
            tracing::error!(%error, "a player did not stop");
        }
    }
}

/// The messages the engine acts on; the rest need not wake it.
fn wanted(message: &gst::Message) -> bool {
    use gst::MessageType as Type;
    match message.type_() {
        Type::StateChanged => {
            // Only the whole pipeline's: it is the one without a parent.
            message
                .src()
                .is_some_and(|source| source.parent().is_none())
        }
        Type::Element => message
            .structure()
            .is_some_and(|told| told.name() == "missing-plugin"),
        other => matches!(
            other,
            Type::Error
                | Type::Eos
                | Type::AsyncDone
                | Type::Buffering
                | Type::DurationChanged
                | Type::StreamCollection
                | Type::ClockLost
                | Type::Latency
        ),
    }
}
