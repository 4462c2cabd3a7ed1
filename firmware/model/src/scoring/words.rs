//! The parts of a score in words.

use crate::{Health, Language, Location, Source, SourceKind, spoken};

use super::{
    Judge, Reason, ScorePart,
    parts::{Value, is_filmed, is_without_subtitles},
};

pub(super) fn reasons(judge: &Judge, source: &Source, language: Language) -> Vec<Reason> {
    let parts = judge.parts(source);
    let reason = |part, value: Value, text| Reason {
        part,
        text,
        known: value.known,
    };
    vec![
        reason(
            ScorePart::Quality,
            parts.quality,
            quality(judge, source, language),
        ),
        reason(
            ScorePart::Speed,
            parts.speed,
            speed(judge, source, parts.speed, language),
        ),
        reason(
            ScorePart::Availability,
            parts.availability,
            availability(source, parts.availability, language),
        ),
        reason(
            ScorePart::Subtitles,
            parts.subtitles,
            subtitles(source, language),
        ),
        reason(ScorePart::Audio, parts.audio, audio(source, language)),
    ]
}

/// `1080p HEVC, this screen decodes it; 240 seeders; Russian dub; subtitles not known yet`. Of
/// the speed only what was learnt is said: else it is the seeders once more.
pub(super) fn sentence(judge: &Judge, source: &Source, language: Language) -> String {
    let parts = judge.parts(source);
    let mut facts = vec![
        quality(judge, source, language),
        availability(source, parts.availability, language),
    ];
    let learnt = judge.learnt_of(source, |learnt| learnt.speed);
    if learnt.is_some() && source.health != Health::Failing {
        facts.push(speed(judge, source, parts.speed, language));
    }
    facts.push(audio(source, language));
    facts.push(subtitles(source, language));
    facts.join("; ")
}

fn quality(judge: &Judge, source: &Source, language: Language) -> String {
    let ru = language == Language::Ru;
    let codec = source.release.video_codec.as_deref().map(codec_name);
    let height = source.release.height();
    let mut text = match (height, codec) {
        (Some(height), Some(codec)) => format!("{height}p {codec}"),
        (Some(height), None) => format!("{height}p"),
        (None, Some(codec)) => codec,
        (None, None) if ru => "качество пока неизвестно".into(),
        (None, None) => "quality not known yet".into(),
    };
    let decodes = source
        .release
        .video_codec
        .as_ref()
        .is_some_and(|codec| judge.abilities.video_codecs.contains(codec));
    if decodes {
        text += if ru {
            ", этот экран умеет"
        } else {
            ", this screen decodes it"
        };
    }
    if is_filmed(source) {
        text += if ru {
            ", снято в кинозале"
        } else {
            ", filmed in a cinema"
        };
    }
    if height.is_some_and(|height| height > judge.useful_height()) {
        text += if ru {
            ", больше, чем нужно"
        } else {
            ", more than is wanted"
        };
    }
    if source.release.hdr.is_some() && !judge.abilities.hdr {
        text += if ru {
            ", HDR этот экран не покажет"
        } else {
            ", this screen shows no HDR"
        };
    }
    text
}

fn speed(judge: &Judge, source: &Source, value: Value, language: Language) -> String {
    let ru = language == Language::Ru;
    if matches!(source.location, Location::File { .. }) {
        return if ru {
            "уже на Hearth"
        } else {
            "already on this box"
        }
        .into();
    }
    let learnt = judge.learnt_of(source, |learnt| learnt.speed);
    let text = if !value.known {
        ["speed not known yet", "скорость пока неизвестна"]
    } else if value.value >= 0.75 {
        ["fast", "быстро"]
    } else if value.value >= 0.5 {
        ["fast enough", "достаточно быстро"]
    } else {
        ["slow", "медленно"]
    };
    let text = text[usize::from(ru)];
    let mut text = text.to_owned();
    if learnt.is_some() {
        text += if ru {
            ", по опыту"
        } else {
            " as far as was seen"
        };
    }
    if judge.taste.metered {
        text += if ru {
            ", платная сеть"
        } else {
            ", the network is paid for"
        };
    }
    text
}

fn availability(source: &Source, value: Value, language: Language) -> String {
    let ru = language == Language::Ru;
    if source.health == Health::Failing {
        return if ru {
            "недавно не отвечал"
        } else {
            "failed lately"
        }
        .into();
    }
    match (&source.location, source.kind, source.seeders) {
        (Location::File { .. }, ..) if ru => "файл на Hearth".into(),
        (Location::File { .. }, ..) => "a file on this box".into(),
        (_, SourceKind::Torrent, Some(count)) if ru => {
            format!(
                "{count} {}",
                plural_ru(count, "раздающий", "раздающих", "раздающих")
            )
        }
        (_, SourceKind::Torrent, Some(1)) => "1 seeder".into(),
        (_, SourceKind::Torrent, Some(count)) => format!("{count} seeders"),
        (_, SourceKind::Torrent, None) if ru => "раздающие пока неизвестны".into(),
        (_, SourceKind::Torrent, None) => "seeders not known yet".into(),
        (_, kind, _) => {
            let name = kind_name(kind, language);
            match (source.health, value.known) {
                (Health::Good, _) if ru => format!("{name}, отвечает"),
                (Health::Good, _) => format!("{name}, it answers"),
                (_, true) if ru => format!("{name}, по опыту с таким местом"),
                (_, true) => format!("{name}, as far as its place is known"),
                (_, false) if ru => format!("{name}, ещё не проверен"),
                (_, false) => format!("{name}, not tried yet"),
            }
        }
    }
}

fn audio(source: &Source, language: Language) -> String {
    let ru = language == Language::Ru;
    let languages = listed(&source.release.audio_languages, language);
    match (source.release.dub.as_deref(), languages) {
        (None, None) if ru => "звук пока неизвестен".into(),
        (None, None) => "sound not known yet".into(),
        (None, Some(languages)) if ru => format!("звук: {languages}"),
        (None, Some(languages)) => format!("sound in {languages}"),
        (Some("dub"), Some(languages)) if ru => format!("дубляж: {languages}"),
        (Some("dub"), Some(languages)) => format!("{languages} dub"),
        (Some("dub"), None) if ru => "дубляж".into(),
        (Some("dub"), None) => "dubbed".into(),
        (Some("original"), Some(languages)) if ru => format!("оригинальный звук: {languages}"),
        (Some("original"), Some(languages)) => format!("original sound in {languages}"),
        (Some("original"), None) if ru => "оригинальный звук".into(),
        (Some("original"), None) => "original sound".into(),
        (Some(_), Some(languages)) if ru => format!("озвучка: {languages}"),
        (Some(_), Some(languages)) => format!("{languages} voice-over"),
        (Some(_), None) if ru => "озвучка".into(),
        (Some(_), None) => "voice-over".into(),
    }
}

fn subtitles(source: &Source, language: Language) -> String {
    let ru = language == Language::Ru;
    match listed(&source.release.subtitle_languages, language) {
        Some(languages) if ru => format!("субтитры: {languages}"),
        Some(languages) => format!("subtitles in {languages}"),
        None if is_without_subtitles(source) && ru => "без субтитров".into(),
        None if is_without_subtitles(source) => "no subtitles".into(),
        None if ru => "субтитры пока неизвестны".into(),
        None => "subtitles not known yet".into(),
    }
}

/// `Russian, English and Japanese`; nothing of nothing.
fn listed(codes: &[String], language: Language) -> Option<String> {
    let (last, others) = codes.split_last()?;
    let last = spoken(last, language);
    if others.is_empty() {
        return Some(last);
    }
    let others: Vec<String> = others.iter().map(|code| spoken(code, language)).collect();
    let and = match language {
        Language::En => "and",
        Language::Ru => "и",
    };
    Some(format!("{} {and} {last}", others.join(", ")))
}

fn codec_name(slug: &str) -> String {
    match slug {
        "h264" => "H.264".into(),
        "h265" => "HEVC".into(),
        "mpeg4" => "MPEG-4".into(),
        "mpeg2" => "MPEG-2".into(),
        other => other.to_uppercase(),
    }
}

pub(super) fn kind_name(kind: SourceKind, language: Language) -> &'static str {
    match (kind, language) {
        (SourceKind::Torrent, Language::En) => "torrents",
        (SourceKind::Torrent, Language::Ru) => "торренты",
        (SourceKind::Hls, Language::En) => "an HLS stream",
        (SourceKind::Hls, Language::Ru) => "поток HLS",
        (SourceKind::Dash, Language::En) => "a DASH stream",
        (SourceKind::Dash, Language::Ru) => "поток DASH",
        (SourceKind::Direct, Language::En) => "a file on the network",
        (SourceKind::Direct, Language::Ru) => "файл в сети",
        (SourceKind::Embed, Language::En) => "a page",
        (SourceKind::Embed, Language::Ru) => "страница",
    }
}

fn plural_ru<'a>(count: u32, one: &'a str, few: &'a str, many: &'a str) -> &'a str {
    match (count % 10, count % 100) {
        (_, 11..=14) => many,
        (1, _) => one,
        (2..=4, _) => few,
        _ => many,
    }
}
