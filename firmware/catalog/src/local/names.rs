//! Which names are videos, and which of those are not films: samples, trailers, halves of a
//! download.

/// What GStreamer's demuxers read.
pub(super) const VIDEO: &[&str] = &[
    "mkv", "mp4", "m4v", "avi", "mov", "webm", "ts", "m2ts", "mts", "mpg", "mpeg", "wmv", "flv",
    "ogv", "ogm", "3gp",
];

/// Left beside a file that is still being written.
pub const PARTIAL: &[&str] = &["aria2", "part", "crdownload", "!qb", "!ut", "partial"];

/// Folders that hold no films, wherever they stand.
const NEVER: &[&str] = &[
    "lost+found",
    "$recycle.bin",
    "system volume information",
    "@eadir",
    "#recycle",
    "bdmv",
    "video_ts",
    "audio_ts",
    "certificate",
    "sample",
    "samples",
    "семпл",
    "сэмпл",
];

/// Folders beside a film that hold something about it.
const EXTRAS: &[&str] = &[
    "extras",
    "extra",
    "featurettes",
    "behind the scenes",
    "behindthescenes",
    "deleted scenes",
    "special features",
    "bonus features",
    "interviews",
    "trailers",
    "trailer",
    "bonus",
    "making of",
    "shorts",
    "scenes",
    "other",
    "clips",
    "backdrops",
    "theme-music",
    "subs",
    "sub",
    "subtitles",
    "субтитры",
    "nc",
    "доп. материалы",
    "доп материалы",
    "допы",
    "дополнительные материалы",
    "трейлеры",
    "трейлер",
    "бонус",
    "бонусы",
];

/// Folders beside a film that hold its subtitles.
const FOR_SUBTITLES: &[&str] = &["subs", "sub", "subtitles", "субтитры"];

/// How the file names of extras end, maybe with a number.
const EXTRA_ENDS: &[&str] = &[
    "sample",
    "trailer",
    "featurette",
    "behindthescenes",
    "deletedscene",
    "трейлер",
];

/// The same right behind a hyphen. Elsewhere they are words of titles.
const EXTRA_ENDS_BEHIND_HYPHEN: &[&str] = &[
    "deleted",
    "interview",
    "extra",
    "scene",
    "short",
    "clip",
    "other",
];

/// The name up to its last dot, and what follows, in lower case.
pub fn split(name: &str) -> (&str, String) {
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => (stem, end.to_lowercase()),
        _ => (name, String::new()),
    }
}

pub fn is_video(name: &str) -> bool {
    VIDEO.contains(&split(name).1.as_str())
}

/// A file that tells something of the video beside it.
pub fn is_companion(name: &str) -> bool {
    split(name).1 == "nfo"
}

pub fn is_for_subtitles(folder: &str) -> bool {
    FOR_SUBTITLES.contains(&folder.to_lowercase().as_str())
}

pub fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

/// Whether a folder is passed over; `top` says that it lies directly in a scanned folder.
pub fn is_passed_over(folder: &str, top: bool) -> bool {
    let lower = folder.to_lowercase();
    is_hidden(folder)
        || NEVER.contains(&lower.as_str())
        || (!top && EXTRAS.contains(&lower.as_str()))
}

/// `film-sample.mkv`, `film.trailer.mp4`, `Show - NCOP1.mkv`.
pub fn is_extra(name: &str) -> bool {
    let stem = split(name).0.to_lowercase();
    let unnumbered = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if EXTRA_ENDS.contains(&unnumbered) || stem.starts_with("sample-") {
        return true;
    }
    let parted = |end: &str| {
        let rest = unnumbered.strip_suffix(end);
        rest.is_some_and(|rest| rest.ends_with(['-', '.', '_']) || rest.ends_with("- "))
    };
    let hyphened = |end: &str| {
        let rest = stem.strip_suffix(end);
        rest.is_some_and(|rest| rest.ends_with('-'))
    };
    let creditless = stem
        .split(|letter: char| !letter.is_alphanumeric())
        .map(|word| word.trim_end_matches(|letter: char| letter.is_ascii_digit()))
        .any(|word| matches!(word, "ncop" | "nced"));
    EXTRA_ENDS.iter().any(|end| parted(end))
        || EXTRA_ENDS_BEHIND_HYPHEN.iter().any(|end| hyphened(end))
        || creditless
}
