//! What the pipeline says of itself, and what follows of it.

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_pbutils as gst_pbutils;

use super::{Phase, Playback, Told};
use crate::engine::{EventKind, failure::Failure};

impl Playback {
    pub(in crate::engine) fn message(&mut self, message: &gst::Message) {
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
            // Choosing a new clock takes a way through PAUSED.
            MessageView::ClockLost(_)
                if self.goal == gst::State::Playing && !self.seeks.calling() =>
            {
                self.set_state(gst::State::Paused);
                self.steer();
            }
            MessageView::Latency(_) => {
                self.latency_due = true;
                self.catch_up();
            }
            _ => {}
        }
    }

    fn missing_plugin(&mut self, message: &gst::Message) {
        let Ok(missing) = gst_pbutils::MissingPluginMessage::parse(message) else {
            return;
        };
        let caps = message
            .structure()
            .and_then(|structure| structure.get::<gst::Caps>("detail").ok());
        let media = caps
            .as_ref()
            .and_then(|caps| caps.structure(0))
            .map_or("", |first| first.name().as_str());
        let name = missing.description();
        if media.starts_with("video/") {
            self.fail(Failure::missing_codec(&name));
        } else if media.starts_with("audio/") {
            self.undecodable_sound = Some(name.to_string());
        } else {
            tracing::warn!(decoder = %name, "a part of the film can't be decoded");
        }
    }

    /// Everything that was on its way has arrived: the first picture, or a seek's.
    fn settled(&mut self) {
        match self.phase {
            Phase::Prerolling => {
                self.ask_duration();
                self.find_tracks();
                if self.start_ms > 0 && self.seekable() {
                    self.phase = Phase::Starting;
                    self.around.sink.show(false);
                    self.seek_now(self.start_ms);
                    self.around.sink.show(true);
                } else {
                    self.around.sink.show(true);
                    self.ready();
                }
            }
            Phase::Starting | Phase::Ready => self.seek_arrived(),
            Phase::Opening | Phase::Dead => {}
        }
    }

    pub(super) fn ready(&mut self) {
        self.phase = Phase::Ready;
        match self.undecodable_sound.take() {
            // Another source may be heard; with a sound track left this one is.
            Some(name) if self.tracks.audio.is_empty() => {
                self.fail(Failure::missing_codec(&name));
                return;
            }
            Some(name) => tracing::warn!(decoder = %name, "a sound track can't be decoded"),
            None => {}
        }
        self.around.shared.update(|now| now.target_ms = None);
        if self.prerolled {
            self.tell_position();
        } else {
            self.prerolled = true;
            self.tell(EventKind::Prerolled {
                duration_ms: self.duration_ms,
                tracks: self.tracks.clone(),
                chapters: self.seen.demuxers.chapters(),
            });
        }
        if !self.wants_playing {
            self.tell_paused();
        }
        self.steer();
    }

    /// The pipeline reached a state by itself or by command.
    pub(super) fn arrived(&mut self, state: gst::State) {
        if state == gst::State::Playing && self.told != Told::Playing {
            self.told = Told::Playing;
            self.tell(EventKind::Playing {
                position_ms: self.position(),
            });
        } else if state == gst::State::Paused && !self.wants_playing {
            self.tell_paused();
        }
    }
}

/// The messages the engine acts on; the rest need not wake it.
pub(super) fn wanted(message: &gst::Message) -> bool {
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
                | Type::ClockLost
                | Type::Latency
        ),
    }
}
