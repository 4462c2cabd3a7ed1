//! The lines of subtitles in the formats they come in, and as WebVTT.
//!
//! SubRip and WebVTT, SubStation Alpha, and MicroDVD. Only the words stay, no colours, places and
//! shapes.

use std::fmt::Write;

use hearth_sources::SubtitleFormat;

/// A long film has about two thousand.
const MOST: usize = 20_000;
/// Of one line, in characters.
const LONGEST: usize = 2_000;
/// A line without an end is shown this long.
const SHOWN_MS: u64 = 3_000;
/// No film is as long as a hundred hours.
const LATEST_MS: u64 = 360_000_000;
/// What MicroDVD counts in, where it does not say.
const FRAMES_A_SECOND: f64 = 23.976;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    from_ms: u64,
    until_ms: u64,
    /// Plain, with `\n` between its rows, none of which is empty.
    text: String,
}

/// Nothing where there is no line in the text.
pub fn to_webvtt(
    text: &str,
    format: SubtitleFormat,
    frames_per_second: Option<f32>,
) -> Option<String> {
    let mut lines = lines(text, format, frames_per_second);
    lines.sort_by_key(|line| line.from_ms);
    (!lines.is_empty()).then(|| written(&lines))
}

/// What [`to_webvtt`] made, for a file that begins so late in the film.
pub fn from(webvtt: &[u8], from_ms: u64) -> String {
    let all = timed(&String::from_utf8_lossy(webvtt)).into_iter();
    let later = all.filter(|line| line.until_ms > from_ms);
    let counted: Vec<Line> = later
        .map(|line| Line {
            from_ms: line.from_ms.saturating_sub(from_ms),
            until_ms: line.until_ms - from_ms,
            ..line
        })
        .collect();
    written(&counted)
}

fn written(lines: &[Line]) -> String {
    let mut out = String::from("WEBVTT\n\n");
    for line in lines {
        let escaped = line.text.replace('&', "&amp;");
        let escaped = escaped.replace('<', "&lt;").replace('>', "&gt;");
        let (from, until) = (clock(line.from_ms), clock(line.until_ms));
        writeln!(out, "{from} --> {until}\n{escaped}\n").expect("a string takes every write");
    }
    out
}

fn clock(ms: u64) -> String {
    let (seconds, ms) = (ms / 1000, ms % 1000);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}.{ms:03}", seconds % 60)
}

fn lines(text: &str, format: SubtitleFormat, frames_per_second: Option<f32>) -> Vec<Line> {
    match format {
        SubtitleFormat::Srt | SubtitleFormat::Vtt => timed(text),
        SubtitleFormat::Ass => substation(text),
        SubtitleFormat::MicroDvd => microdvd(text, frames_per_second),
    }
}

/// Where all lines go in: empty ones and those beyond what is sane stay out.
#[derive(Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn push(&mut self, (from_ms, until_ms): (u64, u64), text: &str) {
        let rows: Vec<&str> = text
            .split('\n')
            .map(str::trim)
            .filter(|row| !row.is_empty())
            .collect();
        if rows.is_empty() || self.0.len() >= MOST || from_ms > LATEST_MS {
            return;
        }
        let until_ms = if until_ms > from_ms {
            until_ms.min(LATEST_MS + SHOWN_MS)
        } else {
            from_ms + SHOWN_MS
        };
        self.0.push(Line {
            from_ms,
            until_ms,
            text: rows.join("\n").chars().take(LONGEST).collect(),
        });
    }
}

/// SubRip, and WebVTT: a row of times, then the text up to an empty row.
fn timed(text: &str) -> Vec<Line> {
    let mut lines = Lines::default();
    let mut open: Option<((u64, u64), Vec<&str>)> = None;
    let close = |open: Option<((u64, u64), Vec<&str>)>, lines: &mut Lines| {
        if let Some((times, rows)) = open {
            lines.push(times, &without_entities(&without_marks(&rows.join("\n"))));
        }
    };
    for row in text.lines().map(str::trim) {
        if let Some(times) = times(row) {
            if let Some((_, rows)) = &mut open {
                // Without an empty row between them, the number of this one looked like text.
                rows.pop_if(|row| row.bytes().all(|byte| byte.is_ascii_digit()));
            }
            close(open.take(), &mut lines);
            open = Some((times, Vec::new()));
        } else if row.is_empty() {
            close(open.take(), &mut lines);
        } else if let Some((_, rows)) = &mut open {
            rows.push(row);
        }
    }
    close(open, &mut lines);
    lines.0
}

/// `00:00:01,000 --> 00:00:02,000`, whatever stands behind.
fn times(row: &str) -> Option<(u64, u64)> {
    let (from, until) = row.split_once("-->")?;
    let until = until.split_whitespace().next()?;
    Some((moment(from.trim())?, moment(until)?))
}

/// `1:02:03,5`, `02:03.500`.
fn moment(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once([',', '.']).unwrap_or((text, ""));
    let parts: Vec<&str> = whole.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    let mut seconds = 0;
    for part in parts {
        let part: u64 = part.trim().parse().ok().filter(|part| *part < 1_000)?;
        seconds = seconds * 60 + part;
    }
    let digits = fraction.chars().take_while(char::is_ascii_digit).take(3);
    let ms: u64 = format!("{:0<3}", digits.collect::<String>()).parse().ok()?;
    Some(seconds * 1000 + ms)
}

/// `Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,Text`, in the order that `Format:` tells.
fn substation(text: &str) -> Vec<Line> {
    let mut lines = Lines::default();
    let events = text.split_once("[Events]").map_or("", |(_, events)| events);
    let mut names: Vec<String> = ["layer", "start", "end", "style", "name"]
        .iter()
        .chain(&["marginl", "marginr", "marginv", "effect", "text"])
        .map(ToString::to_string)
        .collect();
    for row in events.lines().map(str::trim) {
        if row.starts_with('[') {
            break;
        }
        if let Some(format) = row.strip_prefix("Format:") {
            let all = format.split(',').map(|name| name.trim().to_lowercase());
            names = all.collect();
            continue;
        }
        let Some(event) = row.strip_prefix("Dialogue:") else {
            continue;
        };
        // The text comes last and has commas of its own.
        let fields: Vec<&str> = event.splitn(names.len().max(1), ',').collect();
        let field = |wanted: &str| {
            let at = names.iter().position(|name| name == wanted)?;
            fields.get(at).copied()
        };
        let times = || {
            Some((
                moment(field("start")?.trim())?,
                moment(field("end")?.trim())?,
            ))
        };
        if let (Some(times), Some(text)) = (times(), field("text"))
            && !is_drawing(text)
        {
            let text = text.replace("\\N", "\n").replace("\\n", "\n");
            lines.push(times, &without_marks(&text.replace("\\h", " ")));
        }
    }
    lines.0
}

/// `{\p1}m 0 0 l 100 0 …`: a shape and no words.
fn is_drawing(text: &str) -> bool {
    let mut marks = text.match_indices("\\p");
    marks.any(|(at, _)| {
        let rest = &text[at + 2..];
        rest.starts_with(|digit: char| ('1'..='9').contains(&digit))
    })
}

/// `{100}{150}One row|another`, counted in frames; `{1}{1}25` tells how many are a second.
fn microdvd(text: &str, frames_per_second: Option<f32>) -> Vec<Line> {
    let mut lines = Lines::default();
    let mut frames_a_second = frames_per_second.map_or(FRAMES_A_SECOND, f64::from);
    for (at, row) in text.lines().map(str::trim).enumerate() {
        let Some((from, until, text)) = microdvd_line(row) else {
            continue;
        };
        let told: Option<f64> = text.trim().replace(',', ".").parse().ok();
        if let Some(told) = told.filter(|told| at == 0 && (10.0..=120.0).contains(told)) {
            frames_a_second = told;
            continue;
        }
        let ms = |frame: u32| (f64::from(frame) * 1000.0 / frames_a_second) as u64;
        let rows = text.replace('|', "\n");
        lines.push((ms(from), ms(until)), &without_marks(&rows));
    }
    lines.0
}

fn microdvd_line(row: &str) -> Option<(u32, u32, &str)> {
    let (from, rest) = row
        .trim_start_matches('\u{feff}')
        .strip_prefix('{')?
        .split_once('}')?;
    let (until, text) = rest.strip_prefix('{')?.split_once('}')?;
    let until = if until.is_empty() { "0" } else { until };
    Some((from.parse().ok()?, until.parse().ok()?, text))
}

/// Without `<i>`, `<font …>`, `<00:01.000>`, `{\an8}` and `{y:i}`; other brackets are text.
fn without_marks(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '{']) {
        plain.push_str(&rest[..at]);
        let from_mark = &rest[at..];
        let (end, begins): (char, fn(char) -> bool) = match from_mark.as_bytes()[0] {
            b'<' => ('>', |next| next == '/' || next.is_ascii_alphanumeric()),
            _ => ('}', |next| next == '\\' || next.is_ascii_alphabetic()),
        };
        let is_mark = from_mark[1..].starts_with(begins);
        let length = from_mark.find(end).filter(|_| is_mark);
        let keep = usize::from(length.is_none());
        plain.push_str(&from_mark[..keep]);
        rest = &from_mark[length.map_or(1, |length| length + 1)..];
    }
    plain.push_str(rest);
    plain
}

fn without_entities(text: &str) -> String {
    let mut plain = text.to_owned();
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&nbsp;", " "),
        ("&lrm;", ""),
        ("&rlm;", ""),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(entity, character);
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        SubtitleFormat::{Ass, MicroDvd, Srt, Vtt},
        *,
    };

    fn read(text: &str, format: SubtitleFormat) -> Vec<(u64, u64, String)> {
        let lines = lines(text, format, None).into_iter();
        lines
            .map(|line| (line.from_ms, line.until_ms, line.text))
            .collect()
    }

    fn line(from_ms: u64, until_ms: u64, text: &str) -> (u64, u64, String) {
        (from_ms, until_ms, text.to_owned())
    }

    #[test]
    fn subrip_as_people_write_it() {
        let text = "\u{feff}1\r\n00:00:01,500 --> 00:00:03,000  X1:10 X2:20\r\n<i>One &amp; two</i>\r\n\
                    - {\\an8}three <3\r\n\r\n2\n1:02:03,4 --> 1:02:04\nno empty row behind\n3\n\
                    00:00:09.000 --> 00:00:08,000\nthe wrong way round\n\n\n4\n00:00:10,000 --> 00:00:11,000\n\n";
        assert_eq!(
            read(text, Srt),
            [
                line(1_500, 3_000, "One & two\n- three <3"),
                line(3_723_400, 3_724_000, "no empty row behind"),
                line(9_000, 12_000, "the wrong way round"),
            ]
        );
    }

    #[test]
    fn webvtt_with_all_that_browsers_know() {
        let text = "WEBVTT - a film\n\nNOTE\nnothing to read\n\nSTYLE\n::cue { color: red }\n\n\
                    first\n00:01.000 --> 00:02.000 line:0 align:start\n<v Ada>Hello, <c.loud>you</c> <00:01.500>there\n";
        assert_eq!(read(text, Vtt), [line(1_000, 2_000, "Hello, you there")]);
    }

    #[test]
    fn substation_without_its_shapes_and_places() {
        let text = "[Script Info]\nTitle: x\n\n[V4+ Styles]\nFormat: Name\n\n[Events]\n\
                    Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n\
                    Dialogue: 0,0:00:05.00,0:00:06.50,Default,,0,0,0,,{\\an8\\i1}Up, and{\\i0}\\Nover\n\
                    Comment: 0,0:00:05.00,0:00:06.50,Default,,0,0,0,,nobody sees it\n\
                    Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\p1}m 0 0 l 10 0\n\
                    Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,C:\\pictures\n\n[Fonts]\nDialogue: no\n";
        assert_eq!(
            read(text, Ass),
            [
                line(5_000, 6_500, "Up, and\nover"),
                line(1_000, 2_000, "C:\\pictures"),
            ]
        );
        let out = to_webvtt(text, Ass, None).unwrap();
        let first = out.find("pictures").unwrap();
        assert!(first < out.find("over").unwrap(), "by their times: {out}");
    }

    #[test]
    fn microdvd_in_its_own_frames() {
        let told = "{1}{1}25.000\n{25}{50}{y:i}One|two\n{100}{}no end\nnothing\n";
        assert_eq!(
            read(told, MicroDvd),
            [line(1_000, 2_000, "One\ntwo"), line(4_000, 7_000, "no end")]
        );
        let untold = "{2397}{2400}Hello";
        assert_eq!(read(untold, MicroDvd)[0].0, 99_974);
        let found = lines(untold, MicroDvd, Some(25.0));
        assert_eq!(found[0].from_ms, 95_880);
    }

    #[test]
    fn text_is_escaped_for_whoever_reads_it() {
        let text = "1\n00:00:01,000 --> 00:00:02,000\na < b & c --\u{3e} d\n";
        let wanted = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\na &lt; b &amp; c --&gt; d\n\n";
        assert_eq!(to_webvtt(text, Srt, None).as_deref(), Some(wanted));
        assert_eq!(
            to_webvtt("Once upon a time.\n\nThere was a dragon.", Srt, None),
            None
        );
    }

    #[test]
    fn the_second_file_of_a_film_counts_from_its_own_beginning() {
        let text = "00:00:01.000 --> 00:00:02.000\nGone\n\n\
                    00:59:59.000 --> 01:00:01.500\nOver the cut\n\n\
                    01:00:10.000 --> 01:00:12.000\na < b & c\n";
        let whole = to_webvtt(text, Vtt, None).unwrap();
        let wanted = "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nOver the cut\n\n\
                      00:00:10.000 --> 00:00:12.000\na &lt; b &amp; c\n\n";
        assert_eq!(from(whole.as_bytes(), 3_600_000), wanted);
        assert_eq!(from(whole.as_bytes(), u64::MAX), "WEBVTT\n\n");
        assert_eq!(from(whole.as_bytes(), 0), whole);
    }

    proptest! {
        #[test]
        fn abuse_21_anything_is_read_and_what_comes_out_is_webvtt(
            text in "(\\PC|[0-9:,.<>{}|\\\\\n-]| --> |00:00:0[0-9],000|\\[Events\\]\nDialogue: ){0,200}"
        ) {
            for format in [Srt, Ass, MicroDvd] {
                let Some(out) = to_webvtt(&text, format, None) else {
                    continue;
                };
                let cues: Vec<&str> = out.trim_end().split("\n\n").collect();
                prop_assert_eq!(cues[0], "WEBVTT");
                for cue in &cues[1..] {
                    let (first, rows) = cue.split_once('\n').unwrap_or_default();
                    let (from, until) = times(first).unwrap_or_default();
                    prop_assert!(from < until, "{:?}", cue);
                    prop_assert!(!rows.is_empty() && !rows.contains(['<', '>']), "{:?}", cue);
                }
            }
        }
    }
}
