//! Text subtitles: the lines of all tracks, and which of them are shown at a moment.
//!
//! Lines are collected where each text track enters playbin's choice of tracks, and drawn by the
//! [`VideoSink`](crate::video::VideoSink) on the frame they belong to. GStreamer itself never
//! switches a text track: in 1.22 a seek soon after such a switch blocks for ever. So a change of
//! track is seen on the next frame, in mid-line too.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The longest line kept; subtitles come from strangers.
const TEXT_MAX: usize = 2_000;
/// As many bytes of a line hold all that is kept of it.
pub(crate) const LINE_BYTES_MAX: usize = TEXT_MAX * 4;
/// The most text kept of a film: a file may claim any number of tracks.
const BYTES_MAX: usize = 16 << 20;
/// The most lines kept of a track: a long film has about two thousand.
const LINES_MAX: usize = 20_000;
/// A line without an end is shown this long.
const LINE_MS: u64 = 3_000;

/// One load's subtitles. Locked for moments: by streaming threads for each line and each frame,
/// by the engine when another track is chosen.
#[derive(Debug, Default)]
pub struct Subtitles {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Each track's lines by their start, under the name of the pad they came through.
    lines: HashMap<String, BTreeMap<u64, Line>>,
    /// Of all tracks' text.
    bytes: usize,
    /// The pads' names in the order of the tracks.
    tracks: Vec<String>,
    shown: Shown,
}

#[derive(Debug, Default, Clone, Copy)]
enum Shown {
    #[default]
    Nothing,
    Track(usize),
    Outside,
}

/// No pad has this name.
const OUTSIDE: &str = "";

/// A line of subtitles in a file of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    pub start_ms: u64,
    pub end_ms: u64,
    /// May hold entities (`&amp;`) and marks (`<i>`).
    pub text: String,
}

#[derive(Debug)]
struct Line {
    end_ms: u64,
    text: String,
}

impl Subtitles {
    fn state(&self) -> MutexGuard<'_, State> {
        // Single inserts and assignments: never half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The plain text to show at this place of the film, lines separated by `\n`; empty for none.
    pub fn at(&self, position_ms: u64) -> String {
        let state = self.state();
        let name = match state.shown {
            Shown::Nothing => None,
            Shown::Track(index) => state.tracks.get(index).map(String::as_str),
            Shown::Outside => Some(OUTSIDE),
        };
        let Some(lines) = name.and_then(|name| state.lines.get(name)) else {
            return String::new();
        };
        // Lines may overlap, but not endlessly: the last few that began are looked at.
        let mut shown: Vec<&str> = lines
            .range(..=position_ms)
            .rev()
            .take(4)
            .filter(|(_, line)| position_ms < line.end_ms)
            .map(|(_, line)| line.text.as_str())
            .collect();
        shown.reverse();
        shown.join("\n")
    }

    /// Show this track's lines, or none.
    pub(crate) fn choose(&self, index: Option<usize>) {
        self.state().shown = index.map_or(Shown::Nothing, Shown::Track);
    }

    /// Show these lines, in place of those that came from outside before.
    pub(crate) fn show_outside(&self, cues: &[Cue]) {
        {
            let mut state = self.state();
            let before = state.lines.remove(OUTSIDE).unwrap_or_default();
            let bytes: usize = before.values().map(|line| line.text.len()).sum();
            state.bytes -= bytes;
            state.shown = Shown::Outside;
        }
        for cue in cues {
            let duration_ms = cue.end_ms.saturating_sub(cue.start_ms);
            self.add(OUTSIDE, cue.start_ms, Some(duration_ms), &cue.text, true);
        }
    }

    /// Name the tracks by the pads they come through.
    pub(crate) fn set_tracks(&self, pads: Vec<String>) {
        self.state().tracks = pads;
    }

    /// Take in one line. `markup` says that it is Pango's markup rather than plain text.
    pub(crate) fn add(
        &self,
        pad: &str,
        start_ms: u64,
        duration_ms: Option<u64>,
        text: &str,
        markup: bool,
    ) {
        let mut text: String = text.chars().take(TEXT_MAX).collect();
        if markup {
            text = without_markup(&text);
        }
        let text = text.trim().to_owned();
        let end_ms = start_ms.saturating_add(duration_ms.unwrap_or(LINE_MS));
        let mut state = self.state();
        let State { lines, bytes, .. } = &mut *state;
        let lines = lines.entry(pad.to_owned()).or_default();
        if lines.len() < LINES_MAX && *bytes + text.len() <= BYTES_MAX {
            *bytes += text.len();
            // After a seek the same lines come again.
            if let Some(known) = lines.insert(start_ms, Line { end_ms, text }) {
                *bytes -= known.text.len();
            }
        }
    }
}

/// The words of a marked-up text.
fn without_markup(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut inside = false;
    for character in text.chars() {
        match character {
            '<' => inside = true,
            '>' if inside => inside = false,
            _ if inside => {}
            _ => plain.push(character),
        }
    }
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(entity, character);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subtitles() -> Subtitles {
        let subtitles = Subtitles::default();
        subtitles.add("ru", 1000, Some(1000), "раз", false);
        subtitles.add("en", 1000, Some(1000), "one", false);
        subtitles.add("en", 1500, Some(1000), "two", false);
        subtitles.set_tracks(vec!["ru".into(), "en".into()]);
        subtitles
    }

    #[test]
    fn nothing_is_shown_until_a_track_is_chosen() {
        let subtitles = subtitles();
        assert_eq!(subtitles.at(1200), "");
        subtitles.choose(Some(0));
        assert_eq!(subtitles.at(1200), "раз");
        subtitles.choose(Some(5));
        assert_eq!(subtitles.at(1200), "");
    }

    #[test]
    fn lines_are_shown_from_their_start_to_before_their_end() {
        let subtitles = subtitles();
        subtitles.choose(Some(1));
        let shown = [999, 1000, 1499, 1500, 1999, 2000, 2499, 2500].map(|at| subtitles.at(at));
        assert_eq!(
            shown,
            ["", "one", "one", "one\ntwo", "one\ntwo", "two", "two", ""]
        );
    }

    #[test]
    fn markup_leaves_only_its_words() {
        let subtitles = subtitles();
        subtitles.choose(Some(0));
        subtitles.add(
            "ru",
            5000,
            None,
            "<i>Tom &amp; <b>Jerry</b></i> &lt;3",
            true,
        );
        assert_eq!(subtitles.at(6000), "Tom & Jerry <3");
        subtitles.add("ru", 9000, None, "<script>alert(1)</script", true);
        assert_eq!(subtitles.at(9000), "alert(1)");
    }

    #[test]
    fn lines_from_outside_take_the_place_of_those_before() {
        let subtitles = subtitles();
        let cue = |start_ms, text: &str| Cue {
            start_ms,
            end_ms: start_ms + 1000,
            text: text.into(),
        };
        subtitles.show_outside(&[cue(1000, "a &lt; b"), cue(9000, "later")]);
        assert_eq!(subtitles.at(1200), "a < b");
        subtitles.show_outside(&[cue(1000, "others")]);
        assert_eq!((&*subtitles.at(1200), &*subtitles.at(9200)), ("others", ""));
        let kept: usize = ["раз", "one", "two", "others"].map(str::len).iter().sum();
        assert_eq!(subtitles.state().bytes, kept);
        subtitles.choose(Some(0));
        assert_eq!(subtitles.at(1200), "раз");
        subtitles.choose(None);
        assert_eq!(subtitles.at(1200), "");
    }

    #[test]
    fn a_line_and_a_track_have_their_limits() {
        let subtitles = subtitles();
        subtitles.choose(Some(0));
        subtitles.add("ru", 5000, None, &"ы".repeat(1_000_000), false);
        assert_eq!(subtitles.at(5000).chars().count(), TEXT_MAX);
        for start in 0..30_000 {
            subtitles.add("ru", 10_000 + start, Some(1), "x", false);
        }
        assert!(subtitles.state().lines["ru"].len() <= LINES_MAX);
    }

    #[test]
    fn abuse_21_all_tracks_together_have_their_limit() {
        let subtitles = subtitles();
        let line = "ы".repeat(TEXT_MAX);
        // Twice: lines that come again take no more room.
        for _ in 0..2 {
            for start in 0..10_000 {
                subtitles.add(&format!("track {}", start % 300), start, None, &line, false);
            }
        }
        let state = subtitles.state();
        let kept = state.lines.values().flat_map(BTreeMap::values);
        let bytes: usize = kept.map(|line| line.text.len()).sum();
        assert_eq!(bytes, state.bytes);
        assert!(
            bytes <= BYTES_MAX && bytes + line.len() > BYTES_MAX,
            "{bytes}"
        );
    }
}
