//! From a name to a [`Release`]: each word is claimed by what it means, and what nobody claims
//! before the first claim is the title.

use hearth_model::Release;

use crate::{
    audio::{self, Mark},
    dates,
    dictionary::{self, Tag},
    episodes, group, opening, placed, studios, title,
    words::{self, Words},
    year,
};

/// What a word was found to mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    Free,
    Weak,
    /// A cut of the film: no part of the title, even right before the year.
    Edition,
    Strong,
    Episode,
    Year,
}

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
    let start = opening::start(&mut words, &claims, &mut release);
    let year_at = year::choose(&words, &claims, start);
    if let Some(at) = year_at {
        claims[at] = Claim::Year;
        release.year = words.list[at].number().map(|year| year as u16);
    }
    placed::claim(&words, &mut claims, start, year_at, &mut release);
    let taken = title::read(&words, &claims, start, &mut release);
    // A weak phrase inside the title is part of it.
    marks.retain(|mark| mark.strong || !(mark.at..mark.at + mark.words).any(|at| taken[at]));
    let title_end = taken
        .iter()
        .rposition(|taken| *taken)
        .map_or(0, |at| at + 1);
    marks.retain(|mark| !names_episode(&words, &claims, mark, title_end));
    marks.extend(abbreviations(&words, &claims, title_end));
    marks.extend(dubbed_by(&words, &taken));
    marks.sort_by_key(|mark| mark.at);
    fill(&mut release, &words, &marks);
    let anime_group = release.group.is_some();
    let anime = anime_group || !release.absolute_episodes.is_empty();
    audio::fill(&mut release, &words, &marks, anime);
    if anime_group && release.absolute_episodes.is_empty() {
        // `[Site] Title.x264-GROUP`
        release.group = group::scene(&words, &claims, title_end).or(release.group);
    }
    if release.group.is_none() {
        release.group = group::find(&words, &claims, &marks, title_end);
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
            "mk3d" => Some("mkv"),
            // In capitals it is a telesync.
            "ts" if end == "ts" => Some("ts"),
            "vob" => Some("vob"),
            "ogm" => Some("ogm"),
            "rmvb" => Some("rmvb"),
            "ogv" => Some("ogv"),
            "3gp" => Some("3gp"),
            "iso" => Some("iso"),
            "torrent" | "nzb" | "nfo" | "srt" | "ass" | "part" | "rar" => None,
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
    // A season and an episode stood in one code.
    let mut coded = false;
    let mut at = 0;
    while at < count {
        if let Some(end) =
            opening::bracketed_address(words, at).or_else(|| opening::address_end(words, at))
        {
            at = end;
            continue;
        }
        if let Some(date) = dates::date(&words.list[at..], at == 0) {
            claims[at..at + date.words].fill(Claim::Year);
            release.year = release.year.or(date.year);
            at += date.words;
            continue;
        }
        if let Some(taken) = dates::size(&words.list[at..]) {
            claims[at..at + taken].fill(Claim::Strong);
            at += taken;
            continue;
        }
        if is_count(words, at) {
            at += 1;
            continue;
        }
        if is_correction(words, at) {
            claims[at] = Claim::Strong;
            marks.push(Mark {
                at,
                words: 1,
                tag: Tag::Proper,
                strong: true,
            });
            at += 1;
            continue;
        }
        if let Some(found) = episodes::read(words, at).filter(|_| !groups_code(words, at)) {
            let end = (at + found.words).min(count);
            claims[at..end].fill(Claim::Episode);
            // Behind `S02E31`, `Episode 55` is some other counting.
            if !(coded && found.seasons.is_empty()) {
                add(&mut release.seasons, &found.seasons);
                add(&mut release.episodes, &found.episodes);
            }
            coded |= !found.seasons.is_empty() && !found.episodes.is_empty();
            release.proper |= found.corrected;
            at = end;
            continue;
        }
        if let Some((taken, codec, channels)) = audio::channels(words, at) {
            let strong = codec.is_some();
            let claim = if strong { Claim::Strong } else { Claim::Weak };
            claims[at..at + taken].fill(claim);
            let tags = [codec.map(Tag::Audio), Some(Tag::Channels(channels))];
            marks.extend(tags.into_iter().flatten().map(|tag| Mark {
                at,
                words: taken,
                tag,
                strong,
            }));
            at += taken;
            continue;
        }
        let spoken = |mark: &Mark| {
            mark.at + mark.words == at && matches!(mark.tag, Tag::Language(_) | Tag::Subtitles(_))
        };
        let behind_language = marks.last().is_some_and(spoken);
        if let Some(entry) = dictionary::look_up(&words.list[at..], behind_language) {
            claims[at..at + entry.words].fill(match entry.tag {
                _ if entry.strong => Claim::Strong,
                Tag::Edition => Claim::Edition,
                _ => Claim::Weak,
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
    for numbers in [&mut release.seasons, &mut release.episodes] {
        numbers.sort_unstable();
        numbers.dedup();
    }
    (claims, marks)
}

/// `Show - 1080 (720p)` is an episode's number, not the lines of the picture.
fn is_count(words: &Words<'_>, at: usize) -> bool {
    let word = &words.list[at];
    let lines = |word: &str| resolution(word).is_some();
    matches!(word.text, "480" | "720" | "1080" | "2160")
        && word.after_spaced_dash()
        && (at + 1 == words.list.len() || words.list.iter().any(|other| lines(&other.lower)))
}

/// `Title v2`, but `V2` could be a name.
fn is_correction(words: &Words<'_>, at: usize) -> bool {
    let text = words.list[at].text;
    at > 0 && text.starts_with('v') && episodes::is_version(text)
}

/// `…H264-S56` at the end is who made it.
fn groups_code(words: &Words<'_>, at: usize) -> bool {
    let word = &words.list[at];
    at > 1
        && words
            .list
            .get(at + 1)
            .is_none_or(|next| next.bracket != word.bracket)
        && word.gap == "-"
        && word.lower.starts_with('s')
        && !word.lower.contains('e')
        && words.list[at - 1]
            .text
            .ends_with(|l: char| l.is_ascii_digit())
        && !words.list[at - 1].lower.starts_with('s')
}

/// More numbers than any series has are not collected.
fn add(to: &mut Vec<u32>, from: &[u32]) {
    if to.len() < 2 * episodes::LONGEST_RANGE as usize {
        to.extend(from);
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

/// `S06E15.The.French.Mistake.1080p`: what the episode is called tells nothing of the release.
fn names_episode(words: &Words<'_>, claims: &[Claim], mark: &Mark, title_end: usize) -> bool {
    let free = |at: usize| claims.get(at) == Some(&Claim::Free) && words.list[at].bracket.is_none();
    let text = words.list[mark.at].text;
    let as_a_word = text.len() > 3 && text.chars().skip(1).all(|letter| !letter.is_uppercase());
    matches!(mark.tag, Tag::Language(_) | Tag::Dub(..) | Tag::Proper)
        && !mark.strong
        && as_a_word
        && mark.at > title_end
        && free(mark.at - 1)
        && free(mark.at + mark.words)
        && claims[mark.at..].contains(&Claim::Strong)
}

/// The studios that are named outside the title.
fn dubbed_by(words: &Words<'_>, taken: &[bool]) -> Vec<Mark> {
    let free = (0..words.list.len()).filter(|at| !taken[*at]);
    free.filter_map(|at| {
        let (count, language) = studios::studio(&words.list[at..])?;
        Some(Mark {
            at,
            words: count,
            tag: Tag::Studio(language),
            strong: true,
        })
    })
    .collect()
}

/// `| D, P`, `| Л`, `[D]`: how Russian trackers abbreviate the translation.
fn abbreviations(words: &Words<'_>, claims: &[Claim], from: usize) -> Vec<Mark> {
    let mut inside = false;
    let mut marks = Vec::new();
    for (at, word) in words.list.iter().enumerate().skip(from) {
        let begins = word.gap.contains('|') || word.gap.trim_end().ends_with('[');
        inside = begins || (inside && word.gap.trim() == ",");
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
                Tag::Language(_)
                | Tag::Subtitles(_)
                | Tag::Dub(..)
                | Tag::Dual
                | Tag::Studio(_)
                | Tag::Edition
                | Tag::Other => {}
            }
        }
    }
}

fn set(field: &mut Option<String>, value: &str) {
    if field.is_none() {
        *field = Some(value.to_owned());
    }
}
