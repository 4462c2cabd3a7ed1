//! Sound and subtitles: channels glued to codecs, and whose languages the languages are.

use hearth_model::Release;

use crate::{dictionary::Tag, words::Words};

/// A phrase with its place.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    pub at: usize,
    pub words: usize,
    pub tag: Tag,
    pub strong: bool,
}

/// `5.1`, `AAC2.0`, `DDP5.1`, `DD+5.1`, `DD51` at word `at`: how many words, codec, channels.
pub fn channels(
    words: &Words<'_>,
    at: usize,
) -> Option<(usize, Option<&'static str>, &'static str)> {
    let word = &words.list[at];
    let glued = [("20", "2.0"), ("51", "5.1"), ("71", "7.1")];
    let glued = glued.iter().find_map(|(end, channels)| {
        let codec = word.lower.strip_suffix(end)?;
        matches!(
            codec,
            "dd" | "ddp" | "aac" | "ac3" | "eac3" | "dts" | "truehd"
        )
        .then(|| codec_of(codec))?
        .map(|codec| (1, Some(codec), *channels))
    });
    if glued.is_some() {
        return glued;
    }
    let next = words.list.get(at + 1)?;
    // `DDP5 1`, `Atmos 7 1`, but not `5 1`
    let heard = at > 0
        && words.list[at].gap == " "
        && matches!(
            words.list[at - 1].lower.as_str(),
            "atmos"
                | "ma"
                | "ddp"
                | "dd"
                | "aac"
                | "ac3"
                | "eac3"
                | "dts"
                | "truehd"
                | "flac"
                | "opus"
        );
    let lettered = word.text.len() > 1 || heard;
    if !(next.gap == "." || (next.gap == " " && lettered)) || word.bracket != next.bracket {
        return None;
    }
    let low = next.lower.trim_end_matches("ch");
    let digit = word.lower.chars().last()?;
    let channels = match (digit, low) {
        ('1', "0") => "1.0",
        ('2', "0") => "2.0",
        ('2', "1") => "2.1",
        ('5', "0") => "5.0",
        ('5', "1") => "5.1",
        ('6', "1") => "6.1",
        ('7', "1") => "7.1",
        _ => return None,
    };
    let codec = match &word.lower[..word.lower.len() - 1] {
        "" if word.gap == "+" && at > 0 && words.list[at - 1].lower == "dd" => Some("eac3"),
        "" => None,
        "dd" if word.gap.starts_with('+') => Some("eac3"),
        name => Some(codec_of(name)?),
    };
    Some((2, codec, channels))
}

fn codec_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "dd" | "ac3" | "ac" => "ac3",
        "ddp" | "ddpa" | "eac3" | "dd+" => "eac3",
        "aac" => "aac",
        "dts" => "dts",
        "dtshd" | "ma" => "dts-hd",
        "truehd" => "truehd",
        "flac" => "flac",
        "opus" => "opus",
        "pcm" | "lpcm" => "pcm",
        "mp3" => "mp3",
        _ => return None,
    })
}

/// Sorts the languages into sound and subtitles and tells the kind of dubbing.
pub fn fill(release: &mut Release, words: &Words<'_>, marks: &[Mark], anime: bool) {
    let russian = words.has_cyrillic();
    let mut taken = vec![false; marks.len()];
    let mut audio: Vec<&str> = Vec::new();
    let mut subtitles: Vec<&str> = Vec::new();
    for (index, mark) in marks.iter().enumerate() {
        let Tag::Subtitles(known) = mark.tag else {
            continue;
        };
        if let Some(language) = known {
            subtitles.push(language);
            continue;
        }
        let found =
            languages_behind(words, marks, index).or_else(|| languages_before(words, marks, index));
        match found {
            Some(run) => {
                for at in run {
                    taken[at] = true;
                    if let Tag::Language(language) = marks[at].tag {
                        subtitles.push(language);
                    }
                }
            }
            None if russian => subtitles.push("ru"),
            None => {}
        }
    }
    let mut dub: Option<&str> = None;
    for (index, mark) in marks.iter().enumerate() {
        match mark.tag {
            Tag::Language(language) if !taken[index] => audio.push(language),
            Tag::Dub(kind, language) => {
                let rank = |kind: &str| match kind {
                    "dub" => 2,
                    "voiceover" => 1,
                    _ => 0,
                };
                if dub.is_none_or(|known| rank(kind) > rank(known)) {
                    dub = Some(kind);
                }
                if let Some(language) = language {
                    audio.push(language);
                } else if russian && kind == "dub" {
                    audio.push("ru");
                }
            }
            Tag::Dual if anime => audio.extend(["ja", "en"]),
            Tag::Studio(language) => audio.push(language),
            _ => {}
        }
    }
    release.dub = dub.map(str::to_owned);
    release.audio_languages = distinct(audio);
    release.subtitle_languages = distinct(subtitles);
}

/// `Sub (Rus, Eng)`, `Subs: Rus`, `Sub Eng`.
fn languages_behind(
    words: &Words<'_>,
    marks: &[Mark],
    index: usize,
) -> Option<std::ops::Range<usize>> {
    let mark = marks[index];
    let opener = words.gap_after(mark.at + mark.words);
    if !matches!(
        opener.trim(),
        "" | "." | ":" | "(" | "[" | "_" | ": (" | ".(" | "][" | "] ["
    ) || opener.is_empty()
    {
        return None;
    }
    let mut end = index + 1;
    let mut place = mark.at + mark.words;
    while let Some(next) = marks.get(end)
        && matches!(next.tag, Tag::Language(_))
        && next.at == place
        && (end == index + 1
            || matches!(
                words.list[place].gap.trim(),
                "" | "," | "/" | "+" | "&" | "." | "][" | "] ["
            ))
    {
        place += next.words;
        end += 1;
    }
    (end > index + 1).then_some(index + 1..end)
}

/// `Eng Sub`, `Rus/Eng Sub`, `ENG-SUB`.
fn languages_before(
    words: &Words<'_>,
    marks: &[Mark],
    index: usize,
) -> Option<std::ops::Range<usize>> {
    let mut start = index;
    let mut place = marks[index].at;
    while start > 0 {
        let before = marks[start - 1];
        let gap = words.list[place].gap.trim();
        let joined = if start == index {
            matches!(gap, "" | "." | "-" | "_")
        } else {
            matches!(gap, "/" | "&")
        };
        if !joined || !matches!(before.tag, Tag::Language(_)) || before.at + before.words != place {
            break;
        }
        start -= 1;
        place = before.at;
    }
    (start < index).then_some(start..index)
}

fn distinct(list: Vec<&str>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for text in list {
        if !out.iter().any(|known| known == text) {
            out.push(text.to_owned());
        }
    }
    out
}
