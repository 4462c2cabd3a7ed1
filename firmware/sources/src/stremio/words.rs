//! What addons write for people's eyes and no field holds: seeders, size, languages.

use hearth_model::Release;

use crate::text;

/// The facts of a stream's texts: the file or release name first, the rest fills its gaps.
pub(super) fn facts(name: &str, rest: &str) -> Release {
    let mut release = hearth_release::parse(name);
    let more = hearth_release::parse(&text::tidy(rest, 1000));
    let fill = |known: &mut Option<String>, other: Option<String>| {
        if known.is_none() {
            *known = other;
        }
    };
    fill(&mut release.resolution, more.resolution);
    fill(&mut release.source, more.source);
    fill(&mut release.video_codec, more.video_codec);
    fill(&mut release.hdr, more.hdr);
    fill(&mut release.audio_codec, more.audio_codec);
    fill(&mut release.audio_channels, more.audio_channels);
    fill(&mut release.dub, more.dub);
    fill(&mut release.container, more.container);
    for language in more.audio_languages.into_iter().chain(flags(rest)) {
        if !release.audio_languages.contains(&language) {
            release.audio_languages.push(language);
        }
    }
    for language in more.subtitle_languages {
        if !release.subtitle_languages.contains(&language) {
            release.subtitle_languages.push(language);
        }
    }
    release
}

/// `👤 89`.
pub(super) fn seeders(text: &str) -> Option<u32> {
    let (_, after) = text.split_once('👤')?;
    let digits: String = after
        .trim_start()
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().ok()
}

/// `💾 12.3 GB`.
pub(super) fn size_bytes(text: &str) -> Option<u64> {
    let (_, after) = text.split_once('💾')?;
    text::size_bytes(after)
}

/// Flags stand for the sound's languages: `🇷🇺 / 🇬🇧`.
fn flags(text: &str) -> Vec<String> {
    let letters: Vec<Option<char>> = text
        .chars()
        .map(|c| {
            char::from_u32(u32::from(c).checked_sub(0x1f1e6)? + u32::from('a'))
                .filter(char::is_ascii_lowercase)
        })
        .collect();
    let mut languages = Vec::new();
    let mut rest = letters.as_slice();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if let (Some(a), [Some(b), tail @ ..]) = (first, tail) {
            rest = tail;
            languages.extend(language(*a, *b).map(ToOwned::to_owned));
        }
    }
    languages
}

fn language(a: char, b: char) -> Option<&'static str> {
    Some(match (a, b) {
        ('r', 'u') => "ru",
        ('g', 'b') | ('u', 's') => "en",
        ('j', 'p') => "ja",
        ('u', 'a') => "uk",
        ('f', 'r') => "fr",
        ('d', 'e') => "de",
        ('e', 's') => "es",
        ('i', 't') => "it",
        ('p', 'l') => "pl",
        ('p', 't') | ('b', 'r') => "pt",
        ('k', 'r') => "ko",
        ('c', 'n') => "zh",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_read() {
        let text = "Sintel.2010.1080p\n👤 89 💾 1.5 GB ⚙️ Tracker\n🇷🇺 / 🇬🇧 🇽🇽";
        assert_eq!(seeders(text), Some(89));
        assert_eq!(size_bytes(text), Some(1_610_612_736));
        assert_eq!(flags(text), ["ru", "en"]);
        assert_eq!(seeders("👤"), None);
        assert_eq!(seeders("👤 99999999999999"), None);
        assert!(flags("🇷 🇺").is_empty());
    }

    #[test]
    fn the_rest_fills_gaps_and_changes_nothing() {
        let facts = facts("Sintel.2010.720p.mkv", "Addon 1080p 🇷🇺");
        assert_eq!(facts.resolution.as_deref(), Some("720p"));
        assert_eq!(facts.audio_languages, ["ru"]);
    }
}
