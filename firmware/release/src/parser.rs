//! From a name to a [`Release`]: each word is claimed by what it means, and what nobody claims
//! before the first claim is the title.

use hearth_model::Release;

use crate::{
    audio::{self, Mark},
    dictionary::{self, Tag},
    episodes, title,
    words::{self, Words},
};

/// What a word was found to mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Free,
    Weak,
    Strong,
    Episode,
    Year,
}

/// Years of films; later numbers are names (`Blade Runner 2049`).
const YEARS: std::ops::RangeInclusive<u32> = 1900..=2040;

/// Reads a release name, or a file name, into what it tells.
///
/// Names longer than 1024 characters are cut. Never fails: a name without any tag is a title.
pub fn parse(name: &str) -> Release {
    let cleaned = words::clean(name);
    let (body, container) = without_extension(&cleaned);
    let mut words = words::split(body);
    let mut release = Release {
        container: container.map(str::to_owned),
        ..Release::default()
    };
    if words.list.is_empty() {
        release.title = (!body.is_empty()).then(|| body.to_owned());
        return release;
    }
    let (mut claims, mut marks) = claim(&words, &mut release);
    let start = title::start(&mut words, &claims, &mut release);
    let year_at = choose_year(&words, &claims, start);
    if let Some(at) = year_at {
        claims[at] = Claim::Year;
        release.year = words.list[at].number().map(|year| year as u16);
    }
    if release.episodes.is_empty() {
        claim_absolute(&words, &mut claims, start, year_at, &mut release);
    }
    let taken = title::read(&words, &claims, start, &mut release);
    // A weak phrase inside the title is part of it.
    marks.retain(|mark| mark.strong || !(mark.at..mark.at + mark.words).any(|at| taken[at]));
    let title_end = taken
        .iter()
        .rposition(|taken| *taken)
        .map_or(0, |at| at + 1);
    marks.extend(letters_behind_bars(&words, &claims, title_end));
    marks.sort_by_key(|mark| mark.at);
    fill(&mut release, &words, &marks);
    let anime_group = release.group.is_some();
    audio::fill(&mut release, &words, &marks, anime_group);
    if release.group.is_none() {
        release.group = group(&words, &claims, &marks, title_end);
    }
    release
}

/// Splits the file extension off, several where one hides another (`.mkv.torrent`).
fn without_extension(name: &str) -> (&str, Option<&'static str>) {
    let mut body = name;
    let mut container = None;
    while let Some((rest, end)) = body.rsplit_once('.') {
        if rest.trim().is_empty() {
            break;
        }
        let known = match end.to_ascii_lowercase().as_str() {
            "mkv" => Some("mkv"),
            "mp4" => Some("mp4"),
            "avi" => Some("avi"),
            "webm" => Some("webm"),
            "mov" => Some("mov"),
            "m4v" => Some("m4v"),
            "wmv" => Some("wmv"),
            "flv" => Some("flv"),
            "mpg" | "mpeg" => Some("mpg"),
            "m2ts" | "mts" => Some("m2ts"),
            // In capitals it is a telesync.
            "ts" if end == "ts" => Some("ts"),
            "vob" => Some("vob"),
            "ogm" => Some("ogm"),
            "ogv" => Some("ogv"),
            "3gp" => Some("3gp"),
            "iso" => Some("iso"),
            "torrent" | "nfo" | "srt" | "ass" | "part" => None,
            _ => break,
        };
        container = known.or(container);
        body = rest;
    }
    (body, container)
}

/// Claims what means the same wherever it stands.
fn claim(words: &Words<'_>, release: &mut Release) -> (Vec<Claim>, Vec<Mark>) {
    let count = words.list.len();
    let mut claims = vec![Claim::Free; count];
    let mut marks = Vec::new();
    let mut at = 0;
    while at < count {
        if let Some(found) = episodes::read(words, at) {
            let end = (at + found.words).min(count);
            claims[at..end].fill(Claim::Episode);
            add_distinct(&mut release.seasons, &found.seasons);
            add_distinct(&mut release.episodes, &found.episodes);
            release.proper |= found.corrected;
            at = end;
            continue;
        }
        if let Some((codec, channels)) = audio::channels(words, at) {
            let strong = codec.is_some();
            let claim = if strong { Claim::Strong } else { Claim::Weak };
            claims[at..at + 2].fill(claim);
            let tags = [codec.map(Tag::Audio), Some(Tag::Channels(channels))];
            marks.extend(tags.into_iter().flatten().map(|tag| Mark {
                at,
                words: 2,
                tag,
                strong,
            }));
            at += 2;
            continue;
        }
        if let Some(entry) = dictionary::look_up(&words.list[at..]) {
            claims[at..at + entry.words].fill(if entry.strong {
                Claim::Strong
            } else {
                Claim::Weak
            });
            marks.push(Mark {
                at,
                words: entry.words,
                tag: entry.tag,
                strong: entry.strong,
            });
            at += entry.words;
            continue;
        }
        if resolution(&words.list[at].lower).is_some() {
            claims[at] = Claim::Strong;
            marks.push(Mark {
                at,
                words: 1,
                tag: Tag::Resolution(""),
                strong: true,
            });
        }
        at += 1;
    }
    release.seasons.sort_unstable();
    release.episodes.sort_unstable();
    (claims, marks)
}

fn add_distinct(to: &mut Vec<u32>, from: &[u32]) {
    for number in from {
        if !to.contains(number) {
            to.push(*number);
        }
    }
}

/// `1916x1040` and `1038p`, which no list holds.
fn resolution(word: &str) -> Option<String> {
    let digits = |text: &str| -> Option<u32> {
        let real = (3..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        real.then(|| text.parse().ok()).flatten()
    };
    if let Some((width, height)) = word.trim_end_matches(['p', 'i']).split_once('x') {
        digits(height)?;
        let lines = match digits(width)? {
            3000.. => "2160p",
            2200..3000 => "1440p",
            1700..2200 => "1080p",
            1100..1700 => "720p",
            1000..1100 => "576p",
            _ => "480p",
        };
        return Some(lines.to_owned());
    }
    let lines = digits(word.strip_suffix(['p', 'i'])?)?;
    (200..=4320).contains(&lines).then(|| word.to_owned())
}

/// The year among the numbers that could be one.
fn choose_year(words: &Words<'_>, claims: &[Claim], start: usize) -> Option<usize> {
    let list = &words.list;
    let is_year = |at: usize| {
        claims[at] == Claim::Free
            && list[at].text.len() == 4
            && list[at]
                .number()
                .is_some_and(|number| YEARS.contains(&number))
    };
    let candidates: Vec<usize> = (0..list.len())
        .filter(|at| is_year(*at))
        // 2019-2021 is 2019.
        .filter(|at| !(*at > 0 && list[*at].after_loose_dash() && is_year(*at - 1)))
        .collect();
    let level = list.get(start).and_then(|word| word.bracket);
    let bracketed = candidates
        .iter()
        .copied()
        .find(|at| list[*at].bracket.is_some() && list[*at].bracket != level && *at > start);
    if bracketed.is_some() {
        return bracketed;
    }
    let first_of = |wanted: Claim| {
        (start..list.len())
            .find(|at| claims[*at] == wanted)
            .unwrap_or(list.len())
    };
    let (tech, episode) = (first_of(Claim::Strong), first_of(Claim::Episode));
    let plain = || candidates.iter().copied().filter(|at| *at > start);
    // The last one before the tags: earlier ones are names (`2012 2009`).
    let before = plain().rfind(|at| *at < tech.min(episode));
    if before.is_some() {
        return before;
    }
    let behind_episode = plain().find(|at| {
        *at > episode
            && *at < tech
            && (claims[*at - 1] == Claim::Episode
                || *at + 1 == tech
                || list[*at].gap.contains(['/', '|', ',']))
    });
    behind_episode
        .or_else(|| plain().find(|at| *at > tech))
        .or_else(|| {
            // `(2019) Title`, `2019 - Title`
            candidates.iter().copied().find(|at| {
                list[*at].bracket.is_some() && *at < start
                    || (*at == start
                        && list.get(at + 1).is_some_and(words::Word::after_spaced_dash))
            })
        })
}

fn claim_absolute(
    words: &Words<'_>,
    claims: &mut [Claim],
    start: usize,
    year_at: Option<usize>,
    release: &mut Release,
) {
    let after_group = start > 0 && release.group.is_some();
    let found = {
        let claims = &*claims;
        episodes::find_absolute(
            words,
            start,
            after_group,
            |at| claims[at] == Claim::Free,
            year_at,
        )
    };
    let Some(found) = found else { return };
    claims[found.at..found.at + found.words].fill(Claim::Episode);
    release.proper |= found.corrected;
    if release.seasons.is_empty() {
        release.absolute_episodes = found.numbers;
    } else {
        release.episodes = found.numbers;
    }
}

/// `| D, P` and `| Л`: how Russian trackers abbreviate the translation.
fn letters_behind_bars(words: &Words<'_>, claims: &[Claim], from: usize) -> Vec<Mark> {
    let mut inside = false;
    let mut marks = Vec::new();
    for (at, word) in words.list.iter().enumerate().skip(from) {
        inside = word.gap.contains('|') || (inside && word.gap.trim() == ",");
        if !inside || claims[at] != Claim::Free {
            continue;
        }
        let kind = match word.text {
            "D" | "Д" => "dub",
            "P" | "П" | "P1" | "P2" | "П2" | "L" | "L1" | "L2" | "Л" | "Л1" | "Л2" | "A" | "А" => {
                "voiceover"
            }
            _ => continue,
        };
        marks.push(Mark {
            at,
            words: 1,
            tag: Tag::Dub(kind, Some("ru")),
            strong: true,
        });
    }
    marks
}

fn fill(release: &mut Release, words: &Words<'_>, marks: &[Mark]) {
    let hdr_rank = |kind: &str| match kind {
        "dv" => 3,
        "hdr10+" => 2,
        "hdr10" => 1,
        _ => 0,
    };
    // Strong phrases say it more surely than weak ones.
    for strong in [true, false] {
        for mark in marks.iter().filter(|mark| mark.strong == strong) {
            let plus = words.gap_after(mark.at + mark.words).starts_with('+');
            match mark.tag {
                Tag::Resolution("") => {
                    if release.resolution.is_none() {
                        release.resolution = resolution(&words.list[mark.at].lower);
                    }
                }
                Tag::Resolution(lines) => set(&mut release.resolution, lines),
                Tag::Source(source) => set(&mut release.source, source),
                Tag::Video(codec) => set(&mut release.video_codec, codec),
                Tag::Hdr(kind) => {
                    let kind = if plus && kind == "hdr10" {
                        "hdr10+"
                    } else {
                        kind
                    };
                    if release
                        .hdr
                        .as_deref()
                        .is_none_or(|known| hdr_rank(kind) > hdr_rank(known))
                    {
                        release.hdr = Some(kind.to_owned());
                    }
                }
                Tag::Audio(codec) => {
                    let dolby_plus = plus && codec == "ac3" && words.list[mark.at].lower == "dd";
                    set(
                        &mut release.audio_codec,
                        if dolby_plus { "eac3" } else { codec },
                    );
                }
                Tag::Channels(channels) => set(&mut release.audio_channels, channels),
                Tag::Container(container) => set(&mut release.container, container),
                Tag::Proper => release.proper = true,
                Tag::Language(_) | Tag::Subtitles(_) | Tag::Dub(..) | Tag::Dual | Tag::Other => {}
            }
        }
    }
}

fn set(field: &mut Option<String>, value: &str) {
    if field.is_none() {
        *field = Some(value.to_owned());
    }
}

/// Who made it: `…-GROUP` at the end, `от Name`, `MVO (Name)`, `| Name`.
fn group(words: &Words<'_>, claims: &[Claim], marks: &[Mark], from: usize) -> Option<String> {
    let list = &words.list;
    let free = |at: usize| claims[at] == Claim::Free;
    let from = from.max(1);
    if from < list.len() {
        // The last run of words joined without spaces, behind a dash.
        let top = (from..list.len())
            .rev()
            .find(|at| list[*at].bracket.is_none());
        if let Some(last) = top.filter(|at| free(*at)) {
            let mut first = last;
            while first > from
                && !list[first].after_dash()
                && free(first - 1)
                && list[first].gap.len() == 1
                && list[first].gap != " "
            {
                first -= 1;
            }
            while first > from
                && list[first].after_dash()
                && free(first - 1)
                && list[first - 1].after_dash()
            {
                first -= 1;
            }
            if list[first].after_dash() {
                return Some(words.slice(first, last + 1).to_owned());
            }
        }
    }
    let named = (from..list.len()).find(|at| {
        free(*at)
            && (list[*at].gap.contains('|') && list[*at].text.chars().count() > 2
                || (*at > 0 && list[*at - 1].lower == "от"))
    });
    if let Some(first) = named {
        let mut end = first + 1;
        while end < list.len() && free(end) && matches!(list[end].gap, "." | "-" | "_") {
            end += 1;
        }
        return Some(words.slice(first, end).to_owned());
    }
    marks.iter().find_map(|mark| {
        let first = mark.at + mark.words;
        let word = list.get(first)?;
        let named = matches!(mark.tag, Tag::Dub("voiceover" | "dub", _))
            && word.gap.trim() == "("
            && free(first);
        let end = (first..list.len())
            .find(|at| {
                list[*at].bracket != word.bracket
                    || !free(*at)
                    || list[*at].gap.contains([',', '|'])
            })
            .unwrap_or(list.len());
        named.then(|| words.slice(first, end).to_owned())
    })
}
