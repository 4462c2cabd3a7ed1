//! What a film's own subtitles say of themselves. GStreamer tells neither that a track holds foreign
//! parts only nor that it has the sounds in words, so it is read from the name that a person gave.

use crate::view_model::Track;

const FORCED: &[&str] = &["forced", "foreign", "форсированные", "надписи"];
const WITH_SOUNDS: &[&str] = &["sdh", "cc", "hi", "глухих", "слабослышащих"];

/// Whether subtitles of this codec are drawn and not written.
pub(super) fn is_picture(codec: &str) -> bool {
    matches!(codec, "pgs" | "picture")
}

/// A name that says nothing else is not said again.
pub(super) fn mark(track: &mut Track) {
    let name = track.name.as_deref().unwrap_or_default().to_lowercase();
    let words = name.split(|letter: char| !letter.is_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let says = |marks: &[&str]| words.iter().any(|word| marks.contains(word));
    track.forced = says(FORCED);
    track.hearing_impaired = says(WITH_SOUNDS);
    let is_mark = |word: &&str| FORCED.contains(word) || WITH_SOUNDS.contains(word);
    if words.iter().all(is_mark) {
        track.name = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_a_track_is_for() {
        let read = |name: &str| {
            let mut track = Track {
                name: Some(name.into()),
                ..Track::default()
            };
            mark(&mut track);
            (track.name, track.forced, track.hearing_impaired)
        };
        let named = |name: &str| Some(name.to_owned());
        for (name, wanted) in [
            ("Commentary", (named("Commentary"), false, false)),
            ("Forced", (None, true, false)),
            ("[SDH]", (None, false, true)),
            ("English (SDH)", (named("English (SDH)"), false, true)),
            ("Надписи", (None, true, false)),
            ("Для глухих", (named("Для глухих"), false, true)),
            ("Хижина", (named("Хижина"), false, false)),
            ("", (None, false, false)),
        ] {
            assert_eq!(read(name), wanted, "{name}");
        }
    }
}
