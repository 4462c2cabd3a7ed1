//! The subtitles of what plays: those inside the film, and those in files of their own, which are
//! fetched when somebody chooses them. The line behind them looks for more.

use hearth_model::{
    ClientMessage, Language, LoadReport, OutsideTrack, SubtitleSearch, SubtitleTrack,
};

use super::{Effect, Inside, Panel, Playback, PlayerOrder, Problem, Request, Track};
use crate::words;

impl Playback {
    /// What lies inside the film is known now; those outside stand behind it.
    pub(super) fn found_inside(&mut self, inside: Inside) -> Vec<Effect> {
        self.tracks = inside.tracks;
        self.chapters = inside.chapters;
        let found = self.tracks.subtitles.iter().map(|track| SubtitleTrack {
            id: track.id.clone(),
            language: track.language.clone(),
            label: track.name.clone(),
            forced: track.forced,
            hearing_impaired: track.hearing_impaired,
        });
        let subtitles = found.collect();
        let outside = self.outside.iter().map(Track::from);
        self.tracks.subtitles.extend(outside);
        let mut effects: Vec<Effect> = self
            .report(LoadReport::Inside { subtitles })
            .into_iter()
            .collect();
        let wanted = self.wanted_subtitles.clone();
        effects.extend(self.show_subtitles(wanted));
        effects
    }

    /// As the daemon says, whoever chose them.
    pub(super) fn show_subtitles(&mut self, id: Option<String>) -> Vec<Effect> {
        let tracks = &mut self.tracks;
        let place = |id: &String| tracks.subtitles.iter().position(|one| one.id == *id);
        let at = id.as_ref().and_then(place);
        self.wanted_subtitles = id;
        if at == tracks.subtitles_at {
            return Vec::new();
        }
        tracks.subtitles_at = at;
        self.play_subtitles()
    }

    /// Somebody chose them here: shown at once, and told to everybody.
    pub(super) fn choose_subtitles(&mut self, at: Option<usize>) -> Vec<Effect> {
        self.tracks.subtitles_at = at;
        let chosen = at.and_then(|at| self.tracks.subtitles.get(at));
        self.wanted_subtitles = chosen.map(|track| track.id.clone());
        let mut effects = self.play_subtitles();
        effects.extend(self.tell_subtitles());
        effects
    }

    fn tell_subtitles(&self) -> Option<Effect> {
        Some(Effect::Send(ClientMessage::Subtitles {
            request_id: String::new(),
            session_id: self.session_id?,
            subtitles: self.wanted_subtitles.clone(),
        }))
    }

    /// Those outside are shown when their text is here, and the old ones no longer.
    fn play_subtitles(&self) -> Vec<Effect> {
        let at = self.tracks.subtitles_at;
        let Some(url) = self.outside_url() else {
            return vec![Effect::Player(PlayerOrder::Subtitles { track: at })];
        };
        vec![
            Effect::Player(PlayerOrder::Subtitles { track: None }),
            Effect::Ask(Request::Subtitles {
                url: url.to_owned(),
            }),
        ]
    }

    /// Where the chosen ones are fetched from, if they are outside.
    fn outside_url(&self) -> Option<&str> {
        let track = self.tracks.subtitles.get(self.tracks.subtitles_at?)?;
        track.url.as_deref()
    }

    pub(super) fn fetched_subtitles(
        &mut self,
        url: &str,
        text: Result<String, Problem>,
        language: Language,
        now_ms: u64,
    ) -> Vec<Effect> {
        if self.outside_url() != Some(url) {
            return Vec::new();
        }
        match text {
            Ok(text) => vec![Effect::Player(PlayerOrder::OutsideSubtitles { text })],
            Err(problem) => {
                self.say(words::problem(&problem, language), now_ms);
                self.tracks.subtitles_at = None;
                self.wanted_subtitles = None;
                self.tell_subtitles().into_iter().collect()
            }
        }
    }

    /// Somebody here wants more than there are.
    pub(super) fn find_subtitles(&self) -> Vec<Effect> {
        let runs = self.search.as_ref().is_some_and(|search| search.running);
        let session_id = self.session_id.filter(|_| !runs);
        let ask = session_id.map(|session_id| {
            Effect::Send(ClientMessage::FindSubtitles {
                request_id: String::new(),
                session_id,
            })
        });
        ask.into_iter().collect()
    }

    /// How the search goes. Whoever looks at the list hears why there is nothing.
    pub(super) fn hear_search(
        &mut self,
        search: Option<SubtitleSearch>,
        language: Language,
        now_ms: u64,
    ) {
        let ran = self.search.as_ref().is_some_and(|search| search.running);
        let ended = search.as_ref().filter(|search| ran && !search.running);
        let looks = matches!(self.panel, Some(Panel::Tracks { .. }));
        if let Some(sentence) = ended.and_then(|search| words::searched(search, language))
            && looks
        {
            self.say(sentence, now_ms);
        }
        self.search = search;
    }

    /// These are the ones in files of their own now. The focus stays where it was, and goes from
    /// the line that looks for more to the first that is new.
    pub(super) fn offer_outside(&mut self, outside: Vec<OutsideTrack>) {
        self.outside = outside;
        let tracks = &mut self.tracks;
        let before: Vec<String> = tracks.subtitles.iter().map(|one| one.id.clone()).collect();
        tracks.subtitles.retain(|one| one.url.is_none());
        let outside = self.outside.iter().map(Track::from);
        tracks.subtitles.extend(outside);
        let now = &tracks.subtitles;
        let place = |at: usize| now.iter().position(|one| one.id == before[at]);
        tracks.subtitles_at = tracks.subtitles_at.and_then(place);
        if let Some(Panel::Tracks {
            subtitles: true,
            at,
        }) = &mut self.panel
        {
            let is_new = |one: &Track| !before.contains(&one.id);
            *at = match at.checked_sub(1) {
                None => 0,
                Some(track) if track < before.len() => place(track).map_or(0, |track| track + 1),
                Some(_) => now.iter().position(is_new).unwrap_or(now.len()) + 1,
            };
        }
    }
}
