//! Numbers and names in words: lengths, sizes, counts, the line of facts under a title.

use hearth_model::{
    Episode, Language, Names, Progress, SourceView, Title, TitleDetail, TitleKind, spoken,
};

use crate::words::{genre, words};

/// A position or a length: `41:20`, `1:02:10`.
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

/// A film's length: `1 h 48 min`.
pub fn length(minutes: u32, language: Language) -> String {
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let (h, min) = match language {
        Language::Ru => ("ч", "мин"),
        Language::En => ("h", "min"),
    };
    match (hours, minutes) {
        (0, minutes) => format!("{minutes} {min}"),
        (hours, 0) => format!("{hours} {h}"),
        (hours, minutes) => format!("{hours} {h} {minutes} {min}"),
    }
}

/// A size in the units people know.
pub fn size(bytes: u64, language: Language) -> String {
    let (gb, mb) = match language {
        Language::Ru => ("ГБ", "МБ"),
        Language::En => ("GB", "MB"),
    };
    let megabytes = bytes as f64 / 1_000_000.0;
    if megabytes >= 1000.0 {
        let text = format!("{:.1} {gb}", megabytes / 1000.0);
        match language {
            Language::Ru => text.replace('.', ","),
            Language::En => text,
        }
    } else {
        format!("{:.0} {mb}", megabytes.max(1.0))
    }
}

/// The right one of three Russian forms: 1 источник, 2 источника, 5 источников.
fn russian_form(count: u64, forms: [&'static str; 3]) -> &'static str {
    match (count % 10, count % 100) {
        (1, tail) if tail != 11 => forms[0],
        (2..=4, tail) if !(12..=14).contains(&tail) => forms[1],
        _ => forms[2],
    }
}

fn counted(count: u64, language: Language, en: [&'static str; 2], ru: [&'static str; 3]) -> String {
    let word = match language {
        Language::En => en[usize::from(count != 1)],
        Language::Ru => russian_form(count, ru),
    };
    format!("{count} {word}")
}

pub fn sources(count: usize, language: Language) -> String {
    let ru = ["источник", "источника", "источников"];
    counted(count as u64, language, ["source", "sources"], ru)
}

fn episodes(count: usize, language: Language) -> String {
    let ru = ["серия", "серии", "серий"];
    counted(count as u64, language, ["episode", "episodes"], ru)
}

pub fn season(number: u32, language: Language) -> String {
    match (number, language) {
        (0, language) => words(language).seasons_specials.to_owned(),
        (number, Language::Ru) => format!("Сезон {number}"),
        (number, Language::En) => format!("Season {number}"),
    }
}

/// A rating as people of the language write it: `8.2`, `8,2`.
fn rating(rating: f32, language: Language) -> String {
    let text = format!("★ {rating:.1}");
    match language {
        Language::Ru => text.replace('.', ","),
        Language::En => text,
    }
}

/// What is left of a film: `12 min left`.
pub fn left(progress: &Progress, language: Language) -> String {
    let left_ms = progress.duration_ms.saturating_sub(progress.position_ms);
    let minutes = u32::try_from(left_ms.div_ceil(60_000)).unwrap_or(u32::MAX);
    match language {
        Language::Ru => format!("осталось {}", length(minutes, language)),
        Language::En => format!("{} left", length(minutes, language)),
    }
}

/// How much of it was watched, 0 to 1.
pub fn fraction(progress: &Progress) -> f32 {
    if progress.duration_ms == 0 {
        return 0.0;
    }
    (progress.position_ms as f64 / progress.duration_ms as f64).clamp(0.0, 1.0) as f32
}

/// What is known, side by side.
pub fn join(parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("  ·  ")
}

/// What an addon calls its list, and of what it is: many call all of theirs "Popular".
pub fn addon_row(name: &str, kind: TitleKind, language: Language) -> String {
    let kind = match (kind, language) {
        (TitleKind::Film, Language::Ru) => "фильмы",
        (TitleKind::Film, Language::En) => "films",
        (TitleKind::Series, Language::Ru) => "сериалы",
        (TitleKind::Series, Language::En) => "series",
        (TitleKind::Anime, Language::Ru) => "аниме",
        (TitleKind::Anime, Language::En) => "anime",
    };
    format!("{name}: {kind}")
}

/// Year, length, genres, rating: the line under a title.
pub fn title_facts(title: &Title, language: Language) -> String {
    let genres: Vec<String> = title
        .genres
        .iter()
        .take(3)
        .map(|slug| genre(slug, language))
        .collect();
    join([
        title.year.map(|year| year.to_string()).unwrap_or_default(),
        title
            .runtime_minutes
            .map(|minutes| length(minutes, language))
            .unwrap_or_default(),
        genres.join(", "),
        title
            .rating
            .map(|given| rating(given, language))
            .unwrap_or_default(),
    ])
}

/// The same with what only the title page knows.
pub fn detail_facts(detail: &TitleDetail, language: Language) -> String {
    let count = detail.episodes.len();
    let episodes = if count > 0 {
        episodes(count, language)
    } else {
        String::new()
    };
    join([title_facts(&detail.title, language), episodes])
}

/// The small line over a title: what it is and under which licence.
pub fn eyebrow(title: &Title, language: Language) -> String {
    join([
        words(language).kind(title.kind).to_owned(),
        title.licence.clone().unwrap_or_default(),
    ])
}

/// Which one of a series it is.
pub fn episode_mark(episode: &Episode, language: Language) -> String {
    mark(episode.season, episode.number, language)
}

fn mark(season: u32, number: u32, language: Language) -> String {
    match (season, language) {
        (0, Language::Ru) => format!("Спецвыпуск {number}"),
        (0, Language::En) => format!("Special {number}"),
        (season, Language::Ru) => format!("{season} сезон, {number} серия"),
        (season, Language::En) => format!("S{season} E{number}"),
    }
}

/// What is on: the title, of an episode with its number.
pub fn playing_name(
    names: &Names,
    season: Option<u32>,
    number: Option<u32>,
    language: Language,
) -> String {
    let name = names.best(language);
    match (season, number) {
        (Some(season), Some(number)) => format!("{name}  ·  {}", mark(season, number, language)),
        _ => name.to_owned(),
    }
}

/// The same with its name, if it has one.
pub fn episode_name(episode: &Episode, language: Language) -> String {
    let mark = episode_mark(episode, language);
    join([mark, episode.names.best(language).to_owned()])
}

/// An episode within its season.
pub fn episode_number(number: u32, language: Language) -> String {
    match language {
        Language::Ru => format!("Серия {number}"),
        Language::En => format!("Episode {number}"),
    }
}

/// Size, format, languages and subtitles of a source in one line.
pub fn source_facts(source: &SourceView, language: Language) -> String {
    let names = |codes: &[String]| {
        let names: Vec<String> = codes.iter().map(|code| spoken(code, language)).collect();
        names.join(", ")
    };
    let subtitles = names(&source.subtitles);
    join([
        source
            .size_bytes
            .map(|bytes| size(bytes, language))
            .unwrap_or_default(),
        source
            .codec
            .as_deref()
            .map(|codec| codec.to_uppercase().replace("H26", "H.26"))
            .unwrap_or_default(),
        names(&source.languages),
        match (subtitles.is_empty(), language) {
            (true, _) => String::new(),
            (false, Language::Ru) => format!("субтитры: {subtitles}"),
            (false, Language::En) => format!("subtitles: {subtitles}"),
        },
    ])
}

/// Addons and indexers go by what their owner called them: `torznab:home` → `home`.
pub fn provider_name(id: &str) -> &str {
    match id {
        "tmdb" => "TMDB",
        "shikimori" => "Shikimori",
        "opensubtitles" => "OpenSubtitles",
        id => id.split_once(':').map_or(id, |(_, own)| own),
    }
}

/// A sentence begins with a capital, whoever wrote it.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_like_a_clock() {
        assert_eq!(clock(0), "0:00");
        assert_eq!(clock(2_480_999), "41:20");
        assert_eq!(clock(3_730_000), "1:02:10");
        assert_eq!(length(15, Language::Ru), "15 мин");
        assert_eq!(length(120, Language::En), "2 h");
        assert_eq!(length(108, Language::En), "1 h 48 min");
    }

    #[test]
    fn russian_counts_are_right() {
        let said: Vec<String> = [1, 2, 5, 11, 12, 21, 22, 111, 104]
            .map(|count| sources(count, Language::Ru))
            .to_vec();
        assert_eq!(
            said,
            [
                "1 источник",
                "2 источника",
                "5 источников",
                "11 источников",
                "12 источников",
                "21 источник",
                "22 источника",
                "111 источников",
                "104 источника"
            ]
        );
        assert_eq!(sources(1, Language::En), "1 source");
    }

    #[test]
    fn sizes_are_short() {
        assert_eq!(size(734_003_200, Language::En), "734 MB");
        assert_eq!(size(4_300_000_000, Language::Ru), "4,3 ГБ");
        assert_eq!(size(10, Language::En), "1 MB");
        assert_eq!(rating(8.0, Language::Ru), "★ 8,0");
        assert_eq!(rating(7.45, Language::En), "★ 7.4");
        assert_eq!(sentence("ёж и 1"), "Ёж и 1");
        assert_eq!(sentence(""), "");
    }
}
