//! Subtitles in files of their own, beside a video or in a folder for them.
//!
//! Texts only: `.srt`, `.ass`, `.ssa`, `.vtt`, and `.sub` as MicroDVD writes it. VobSub, a `.sub`
//! with an `.idx` beside it, holds pictures, which nothing here can draw.

use std::path::{Path, PathBuf};

use super::{
    names,
    told::Find,
    walk::{Beside, Walked},
};

const ENDS: &[&str] = &["srt", "ass", "ssa", "vtt", "sub"];
/// Of one video.
const MOST: usize = 100;
const FORCED: &[&str] = &["forced", "foreign", "форсированные", "надписи"];
const FOR_THE_DEAF: &[&str] = &["sdh", "cc", "hi"];

/// A file of subtitles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubtitleFile {
    pub path: PathBuf,
    /// ISO 639-1, where its name tells.
    pub language: Option<String>,
    /// Only what is foreign in the film itself.
    pub forced: bool,
    /// With the sounds in words.
    pub hearing_impaired: bool,
}

/// Whether a file holds subtitles; `has` tells which files there are.
pub fn is_subtitles(name: &str, has: impl Fn(&str) -> bool) -> bool {
    let (stem, end) = names::split(name);
    let vobsub = || {
        let mut ends = ["idx", "IDX"].iter();
        ends.any(|end| has(&format!("{stem}.{end}")))
    };
    ENDS.contains(&end.as_str()) && !(end == "sub" && vobsub())
}

/// Gives each video the subtitles that are its own.
pub fn attach(finds: &mut [Find], walked: &Walked) {
    let parts: Vec<(PathBuf, String)> = finds
        .iter()
        .filter(|find| find.part.is_some())
        .map(|find| (find.video.folder().to_path_buf(), find.video.stem()))
        .collect();
    for find in finds {
        let folder = find.video.folder();
        let stems = find.stems();
        let alone = find.video.alone || find.part.is_some();
        // All parts are called like the whole, and those of one are not those of the others.
        let is_of_another_part = |name: &str| {
            let mut others = parts
                .iter()
                .filter(|(at, stem)| at == folder && *stem != stems[0]);
            rest_of(name, &stems[0]).is_none()
                && others.any(|(_, stem)| rest_of(name, stem).is_some())
        };
        let mut found = Vec::new();
        let mut take = |beside: &Beside, all: bool| {
            for (name, file) in &beside.companions {
                let (stem, end) = names::split(name);
                let is_ours = ENDS.contains(&end.as_str()) && !is_of_another_part(stem);
                if !is_ours || found.len() >= MOST {
                    continue;
                }
                let own = stems.iter().find_map(|own| rest_of(stem, own));
                if let Some(rest) = own.or(Some(stem).filter(|_| all)) {
                    found.push(read(&file.path, rest));
                }
            }
        };
        if let Some(beside) = walked.folders.get(folder) {
            take(beside, find.video.alone);
        }
        for (path, beside) in subtitle_folders(walked, folder) {
            take(beside, alone);
            for (below, beside) in walked.below(path) {
                let name = below.file_name().unwrap_or_default();
                let name = name.to_string_lossy().to_lowercase();
                if stems.contains(&name) {
                    take(beside, true);
                }
            }
        }
        find.subtitles = found;
    }
}

fn subtitle_folders<'a>(
    walked: &'a Walked,
    folder: &'a Path,
) -> impl Iterator<Item = (&'a Path, &'a Beside)> {
    walked.below(folder).filter(|(path, _)| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        names::is_for_subtitles(&name)
    })
}

/// What a name has behind that of the video.
fn rest_of<'a>(name: &'a str, video: &str) -> Option<&'a str> {
    let rest = name.strip_prefix(video)?;
    let parted = rest
        .chars()
        .next()
        .is_none_or(|letter| !letter.is_alphanumeric());
    parted.then_some(rest)
}

/// `.ru`, `.en.forced`, `2_Russian`, `.pt-BR`.
fn read(path: &Path, name: &str) -> SubtitleFile {
    let name = name.to_lowercase();
    let words: Vec<&str> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    // `hi` is Hindi where no other language stands.
    let language = words
        .iter()
        .rev()
        .filter(|word| **word != "hi")
        .find_map(|word| hearth_release::language(word));
    let is_hindi = language.is_none() && words.contains(&"hi");
    let has = |marks: &[&str]| words.iter().any(|word| marks.contains(word));
    SubtitleFile {
        path: path.to_owned(),
        language: language.or(is_hindi.then_some("hi")).map(str::to_owned),
        forced: has(FORCED),
        hearing_impaired: !is_hindi && has(FOR_THE_DEAF),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_language_and_for_whom() {
        for (name, language, forced, hearing_impaired) in [
            ("", None, false, false),
            (".ru", Some("ru"), false, false),
            (".en.forced", Some("en"), true, false),
            (".eng.sdh", Some("en"), false, true),
            (".en.hi", Some("en"), false, true),
            (".hi", Some("hi"), false, false),
            ("2_Russian", Some("ru"), false, false),
            ("English [SDH]", Some("en"), false, true),
            (".pt-br", Some("pt"), false, false),
            (".ger", Some("de"), false, false),
            (".deu", Some("de"), false, false),
            ("русские (надписи)", Some("ru"), true, false),
            ("украинский", Some("uk"), false, false),
            (".goblin", None, false, false),
            ("italian job.ru", Some("ru"), false, false),
        ] {
            let read = read(Path::new("x"), name);
            assert_eq!(
                (read.language.as_deref(), read.forced, read.hearing_impaired),
                (language, forced, hearing_impaired),
                "{name}"
            );
        }
    }

    #[test]
    fn pictures_are_no_subtitles() {
        let has_index = |name: &str| name == "Film.idx";
        assert!(!is_subtitles("Film.sub", has_index));
        assert!(is_subtitles("Film.sub", |_| false));
        assert!(is_subtitles("Film.SRT", has_index));
        assert!(!is_subtitles("Film.txt", |_| false));
    }
}
