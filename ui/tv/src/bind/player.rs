//! The film's page: what the player reports, in words and on the timeline.

use hearth_model::{Language, SubtitleSearch, spoken};
use slint::ComponentHandle;

use super::{Binder, PlayerView, TrackLine};
use crate::{
    facts,
    view_model::{Model, Page, Panel, Playback, Stage, Track},
    words::{Words, words},
};

fn track_name(track: &Track, number: usize, words: &Words, language: Language) -> String {
    let spoken = track
        .language
        .as_deref()
        .map(|code| facts::sentence(&spoken(code, language)));
    let parts: Vec<String> = [
        spoken,
        track.name.clone(),
        track.codec.as_deref().map(str::to_uppercase),
        track.forced.then(|| words.subtitles_forced.to_owned()),
        track
            .hearing_impaired
            .then(|| words.subtitles_with_sounds.to_owned()),
    ]
    .into_iter()
    .flatten()
    .filter(|part| !part.is_empty())
    .collect();
    if parts.is_empty() {
        format!("{} {number}", words.track)
    } else {
        parts.join("  ·  ")
    }
}

/// The line that looks for subtitles elsewhere, and says how that went.
fn finder(search: Option<&SubtitleSearch>, words: &Words) -> String {
    match search {
        None => words.find_subtitles.to_owned(),
        Some(search) if search.running => format!("{}…", words.finding_subtitles),
        Some(search) if !search.failed.is_empty() && search.found > 0 => format!(
            "{}: {}  ·  {}",
            words.subtitles_found, search.found, words.search_failed
        ),
        Some(search) if !search.failed.is_empty() => {
            format!("{}  ·  {}", words.search_failed, words.find_again)
        }
        Some(search) if search.found == 0 => {
            format!("{}  ·  {}", words.nothing_found, words.find_again)
        }
        Some(search) => format!("{}: {}", words.subtitles_found, search.found),
    }
}

/// A column of tracks that keeps its focus in sight.
const SHOWN_TRACKS: usize = 6;

fn in_sight(lines: Vec<TrackLine>) -> Vec<TrackLine> {
    let at = lines
        .iter()
        .position(|line| line.focused)
        .or_else(|| lines.iter().position(|line| line.chosen))
        .unwrap_or(0);
    let skip = (at + 1).saturating_sub(SHOWN_TRACKS);
    lines.into_iter().skip(skip).take(SHOWN_TRACKS).collect()
}

impl Binder {
    pub(super) fn player(&mut self, model: &Model) {
        let anew = |playback: &Playback| playback.title_id != self.tint;
        let tint = if model.playback.as_ref().is_some_and(anew) {
            self.tint(model)
        } else {
            None
        };
        let view = self.window.global::<PlayerView<'_>>();
        let Some(playback) = &model.playback else {
            if !matches!(model.page(), Page::Player) && view.get_has_picture() {
                view.set_has_picture(false);
                view.set_picture(slint::Image::default());
            }
            return;
        };
        let (language, words, now_ms) = (model.language, words(model.language), model.now_ms);
        if let Some(tint) = tint {
            view.set_tint(tint);
            self.tint = playback.title_id;
        }
        view.set_has_picture(playback.has_picture());
        view.set_name(playback.name.as_str().into());
        view.set_overlay(playback.overlay_shown(now_ms));
        view.set_overlay_dim(playback.overlay_dim(now_ms));
        view.set_paused(playback.stage == Stage::Paused);
        let waiting = match playback.stage {
            Stage::Opening => words.opening,
            Stage::Buffering => words.buffering,
            Stage::Switching => words.trying_another,
            _ => "",
        };
        view.set_waiting(!waiting.is_empty());
        view.set_waiting_text(waiting.into());
        let notice = playback.notice.as_ref().or(model.notice.as_ref());
        let notice = notice.map_or("", |(sentence, _)| sentence.as_str());
        view.set_notice(notice.into());
        self.timeline(&view, playback);
        view.set_pause_label(
            if playback.stage == Stage::Paused {
                words.go_on
            } else {
                words.pause
            }
            .into(),
        );
        view.set_seek_label(words.seek.into());
        view.set_sources_label(words.sources.into());
        view.set_tracks_label(words.tracks.into());
        view.set_volume_shown(now_ms < playback.volume_until_ms);
        view.set_volume(f32::from(playback.volume) / 100.0);
        view.set_sound_heading(words.sound.into());
        view.set_subtitles_heading(words.subtitles.into());
        let focus = match &playback.panel {
            Some(Panel::Tracks { subtitles, at }) => Some((*subtitles, *at)),
            _ => None,
        };
        view.set_tracks_shown(focus.is_some());
        if let Some(focus) = focus {
            self.tracks(playback, focus, words, language);
        }
    }

    fn timeline(&self, view: &PlayerView<'_>, playback: &Playback) {
        let shown_ms = playback.shown_ms();
        let share = |ms: u64| match playback.duration_ms {
            Some(end_ms) if end_ms > 0 => (ms as f64 / end_ms as f64) as f32,
            _ => 0.0,
        };
        view.set_position(facts::clock(shown_ms).into());
        let left = playback
            .duration_ms
            .map(|end_ms| end_ms.saturating_sub(shown_ms));
        view.set_left(
            left.map(|ms| format!("−{}", facts::clock(ms)))
                .unwrap_or_default()
                .into(),
        );
        view.set_played(share(shown_ms));
        let buffered = playback
            .buffered_ms
            .map_or(0.0, |ms| share(ms.max(shown_ms)));
        view.set_buffered(buffered);
        self.marks.set(playback.marks_ms().map(share).collect());
        let chapter = playback.chapter().map_or("", |chapter| &chapter.name);
        view.set_chapter(chapter.into());
        view.set_seeking(playback.seek.is_some());
        view.set_seek_text(facts::clock(shown_ms).into());
    }

    fn tracks(
        &self,
        playback: &Playback,
        (in_subtitles, at): (bool, usize),
        words: &Words,
        language: Language,
    ) {
        let tracks = &playback.tracks;
        let line = |label: String, index: usize, chosen: bool, focused: bool| TrackLine {
            label: label.into(),
            chosen,
            focused: focused && index == at,
        };
        let sound = tracks.sound.iter().enumerate().map(|(index, track)| {
            let name = track_name(track, index + 1, words, language);
            line(name, index, tracks.sound_at == Some(index), !in_subtitles)
        });
        self.sound.set(in_sight(sound.collect()));
        let off = line(
            words.subtitles_off.to_owned(),
            0,
            tracks.subtitles_at.is_none(),
            in_subtitles,
        );
        let subtitles = tracks.subtitles.iter().enumerate().map(|(index, track)| {
            let name = track_name(track, index + 1, words, language);
            line(
                name,
                index + 1,
                tracks.subtitles_at == Some(index),
                in_subtitles,
            )
        });
        let finder = line(
            finder(playback.search.as_ref(), words),
            tracks.subtitles.len() + 1,
            false,
            in_subtitles,
        );
        let subtitles = std::iter::once(off).chain(subtitles);
        let subtitles = subtitles.chain(std::iter::once(finder));
        self.subtitles.set(in_sight(subtitles.collect()));
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::{Failure, ProviderFailure, Slug};

    use super::*;

    #[test]
    fn who_found_some_is_not_hidden_by_who_did_not_answer() {
        let search = |found| SubtitleSearch {
            running: false,
            found,
            failed: vec![ProviderFailure {
                provider: "opensubtitles".into(),
                failure: Failure::new(Slug::ServiceSlow, "late"),
            }],
        };
        let said = |found, language| finder(Some(&search(found)), words(language));
        assert_eq!(
            said(3, Language::En),
            "Found elsewhere: 3  ·  Not everybody answered"
        );
        assert_eq!(
            said(3, Language::Ru),
            "Найдено в сети: 3  ·  Ответили не все"
        );
        assert_eq!(
            said(0, Language::En),
            "Not everybody answered  ·  Look again"
        );
    }
}
