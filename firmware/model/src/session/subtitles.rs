//! Which subtitles a viewing shows: what was chosen holds for every source of it.

use super::Session;
use crate::{
    Effect, Failure, OutsideTrack, Refusal, ScreenCommand, ServerMessage, ServerMs, SourceId,
    SubtitleSearch, SubtitleTrack,
};

/// A file may claim any number of tracks.
const MOST_INSIDE: usize = 64;

impl Session {
    /// The subtitles of what plays.
    pub(super) fn choices(&self) -> impl Iterator<Item = &SubtitleTrack> {
        let outside = self.outside_of_piece().map(|one| &one.track);
        self.inside.iter().chain(outside)
    }

    /// Those of another file of the film count from another beginning. What is made for the whole
    /// serves every file of it.
    fn outside_of_piece(&self) -> impl Iterator<Item = &OutsideTrack> {
        let piece = self.piece.map(|piece| piece.index);
        let serves = move |one: &&OutsideTrack| one.piece.is_none() || one.piece == piece;
        self.outside.iter().filter(serves)
    }

    /// As the screen is told of them: each counts from the beginning of the file that plays.
    pub(super) fn outside_on_screen(&self) -> Vec<OutsideTrack> {
        let from_ms = self.piece.map_or(0, |piece| piece.from_ms);
        let mut all: Vec<_> = self.outside_of_piece().cloned().collect();
        let whole = all.iter_mut().filter(|one| one.piece.is_none());
        for one in whole.filter(|_| from_ms > 0) {
            one.url = format!("{}&from_ms={from_ms}", one.url);
        }
        all
    }

    /// What was chosen, or what stands for it in this source.
    pub(super) fn shown_subtitles(&self) -> Option<&SubtitleTrack> {
        self.subtitles.as_ref()?.like(self.choices())
    }

    /// Whether there are any inside what plays, once the screen told.
    pub fn has_inside(&self) -> Option<bool> {
        let is_known = self.inside_of == Some(self.load_id);
        is_known.then_some(!self.inside.is_empty())
    }

    /// Shows the subtitles of an id, or none.
    pub fn choose_subtitles(
        &mut self,
        id: Option<&str>,
        now: ServerMs,
    ) -> Result<Vec<Effect>, Refusal> {
        self.must_be_open()?;
        self.subtitles = match id {
            Some(id) => {
                let chosen = self.choices().find(|one| one.id == id);
                Some(chosen.ok_or(Refusal::NoSuchSubtitles)?.clone())
            }
            None => None,
        };
        self.rev += 1;
        let mut effects = self.show_subtitles();
        effects.push(self.room_announcement(now));
        Ok(effects)
    }

    fn show_subtitles(&self) -> Vec<Effect> {
        self.to_screen(ScreenCommand::Subtitles {
            load_id: self.load_id,
            subtitles: self.shown_subtitles().map(|shown| shown.id.clone()),
        })
    }

    /// What the screen found inside the film that it loads.
    pub(super) fn found_inside(&mut self, found: Vec<SubtitleTrack>, now: ServerMs) -> Vec<Effect> {
        self.inside_of = Some(self.load_id);
        let found = found.into_iter().take(MOST_INSIDE).enumerate();
        self.inside = found
            .map(|(index, track)| SubtitleTrack {
                id: SubtitleTrack::inside(index),
                ..track
            })
            .collect();
        let mut effects = Vec::new();
        if self.subtitles.is_some() {
            effects.extend(self.show_subtitles());
        }
        effects.push(self.room_announcement(now));
        effects
    }

    /// Looks for subtitles elsewhere; a search that runs is the one.
    pub fn find_subtitles(&mut self, now: ServerMs) -> Result<Vec<Effect>, Refusal> {
        self.must_be_open()?;
        let search = self.subtitle_search.get_or_insert_default();
        if std::mem::replace(&mut search.running, true) {
            return Ok(Vec::new());
        }
        search.failed.clear();
        let find = Effect::FindSubtitles {
            source_id: self.source,
        };
        Ok(vec![find, self.room_announcement(now)])
    }

    /// The film plays: once a session, where no subtitles of it are in a wished language, they are
    /// looked for unasked. Those of foreign parts alone leave the film silent.
    pub(super) fn miss_subtitles(&mut self, now: ServerMs) -> Vec<Effect> {
        let wished = std::mem::take(&mut self.wished_subtitles);
        let is_wished = |one: &SubtitleTrack| {
            let language = one.language.as_ref();
            !one.forced && language.is_some_and(|language| wished.contains(language))
        };
        let missed = !wished.is_empty() && !self.choices().any(is_wished);
        if !missed || self.subtitle_search.is_some() {
            return Vec::new();
        }
        self.find_subtitles(now).unwrap_or_default()
    }

    /// All that is offered in files of their own now, best first, and how far the search for
    /// `source` is.
    pub fn subtitles_found(
        &mut self,
        source: SourceId,
        outside: Vec<OutsideTrack>,
        search: SubtitleSearch,
        now: ServerMs,
    ) -> Vec<Effect> {
        if source == self.source {
            self.subtitle_search = Some(search);
        }
        self.outside = outside;
        let mut effects = self.to_screen(ScreenCommand::Outside {
            load_id: self.load_id,
            outside: self.outside_on_screen(),
        });
        effects.push(self.room_announcement(now));
        effects
    }

    /// Subtitles that somebody chose cannot be had: everybody hears why, and none are shown.
    pub fn subtitles_failed(&mut self, id: &str, failure: Failure, now: ServerMs) -> Vec<Effect> {
        let mut effects = vec![Effect::Announce(ServerMessage::SubtitlesFailed {
            session_id: self.id,
            failure,
        })];
        if self.shown_subtitles().is_some_and(|shown| shown.id == id) {
            self.subtitles = None;
            self.rev += 1;
            effects.extend(self.show_subtitles());
            effects.push(self.room_announcement(now));
        }
        effects
    }
}
