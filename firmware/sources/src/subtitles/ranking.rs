//! Which subtitles are best. Pure: finds and a wish in, an order out.
//!
//! The wished languages go before everything else, in their order. Within a language the score
//! decides, of parts from 0 to 1, where 0.5 is what is not known:
//!
//! `0.45 match + 0.30 release + 0.15 wish + 0.10 trust`
//!
//! - match: own 1, by the file's hash 0.95, for the release that plays 0.85, by id 0.6, by name 0.2;
//! - release: half the group, then source and resolution of what plays against what they were made
//!   for;
//! - wish: whether they tell the sounds in words as is wished;
//! - trust: 1 from somebody trusted, else by how often they were taken, 0.5 at 1000 times.
//!
//! What a machine translated counts half, and so does what was made for the film at another speed:
//! it runs away. What holds foreign parts only counts a tenth, unless that is wished: it leaves most
//! of the film silent.

use hearth_model::Release;

use super::{SubtitleFind, SubtitleMatch, VideoFile};

const MATCH: f32 = 0.45;
const RELEASE: f32 = 0.30;
const WISH: f32 = 0.15;
const TRUST: f32 = 0.10;
const UNKNOWN: f32 = 0.5;

/// What somebody wants to read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SubtitleWish {
    /// ISO 639-1, the most wanted first.
    pub languages: Vec<String>,
    /// With the sounds in words.
    pub hearing_impaired: bool,
    /// Only what is foreign in the film itself.
    pub forced: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RankedSubtitle {
    pub find: SubtitleFind,
    /// 0 to 1; compares those of one language.
    pub score: f32,
}

/// The best first. Those in languages nobody wished for come last, and what is the same place twice
/// comes once.
pub fn rank_subtitles(
    finds: Vec<SubtitleFind>,
    wish: &SubtitleWish,
    file: &VideoFile,
) -> Vec<RankedSubtitle> {
    let playing = hearth_release::parse(file.name.as_deref().unwrap_or_default());
    let mut ranked: Vec<RankedSubtitle> = Vec::with_capacity(finds.len());
    for mut find in finds {
        if ranked.iter().any(|known| known.find.place == find.place) {
            continue;
        }
        let made_for = hearth_release::parse(&find.name);
        if find.matched > SubtitleMatch::Release && same_release(&playing, &made_for) {
            find.matched = SubtitleMatch::Release;
        }
        let score = score(&find, &made_for, &playing, wish, file);
        ranked.push(RankedSubtitle { find, score });
    }
    let place = |ranked: &RankedSubtitle| language_place(ranked.find.language.as_deref(), wish);
    ranked.sort_by(|one, other| {
        place(one)
            .cmp(&place(other))
            .then(other.score.total_cmp(&one.score))
    });
    ranked
}

/// The unknown language before the unwanted ones.
fn language_place(language: Option<&str>, wish: &SubtitleWish) -> usize {
    let wished = &wish.languages;
    match language {
        None => wished.len(),
        Some(language) => wished
            .iter()
            .position(|wished| wished == language)
            .unwrap_or(wished.len() + 1),
    }
}

fn score(
    find: &SubtitleFind,
    made_for: &Release,
    playing: &Release,
    wish: &SubtitleWish,
    file: &VideoFile,
) -> f32 {
    let matched = match find.matched {
        SubtitleMatch::Own => 1.0,
        SubtitleMatch::Hash => 0.95,
        SubtitleMatch::Release => 0.85,
        SubtitleMatch::Id => 0.6,
        SubtitleMatch::Name => 0.2,
    };
    // What came with the file or was made for it fits it, however it is called.
    let fits = match find.matched {
        SubtitleMatch::Own | SubtitleMatch::Hash => 1.0,
        _ => similarity(made_for, playing),
    };
    let trust = if find.trusted || find.matched == SubtitleMatch::Own {
        1.0
    } else {
        find.downloads.map_or(UNKNOWN, |downloads| {
            downloads as f32 / (downloads as f32 + 1000.0)
        })
    };
    let wished = if find.hearing_impaired == wish.hearing_impaired {
        1.0
    } else {
        0.0
    };
    let whole = MATCH * matched + RELEASE * fits + WISH * wished + TRUST * trust;
    let by_machine = if find.machine_translated { 0.5 } else { 1.0 };
    let in_time = if at_other_speed(find, file) { 0.5 } else { 1.0 };
    let complete = if find.forced == wish.forced { 1.0 } else { 0.1 };
    whole * by_machine * in_time * complete
}

fn same_release(playing: &Release, made_for: &Release) -> bool {
    let same = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) => Some(one.eq_ignore_ascii_case(other)),
        _ => None,
    };
    same(&playing.group, &made_for.group) == Some(true)
        && same(&playing.source, &made_for.source) != Some(false)
}

fn similarity(one: &Release, other: &Release) -> f32 {
    let part = |one: &Option<String>, other: &Option<String>| match (one, other) {
        (Some(one), Some(other)) if one.eq_ignore_ascii_case(other) => 1.0,
        (Some(_), Some(_)) => 0.0,
        _ => UNKNOWN,
    };
    0.5 * part(&one.group, &other.group)
        + 0.35 * part(&one.source, &other.source)
        + 0.15 * part(&one.resolution, &other.resolution)
}

/// 23.976 and 24 are one to a viewer; 24 and 25 are not.
fn at_other_speed(find: &SubtitleFind, file: &VideoFile) -> bool {
    let speeds = find.frames_per_second.zip(file.frames_per_second);
    speeds.is_some_and(|(one, other)| one > 1.0 && other > 1.0 && (one / other - 1.0).abs() > 0.02)
}

#[cfg(test)]
mod tests {
    use super::super::SubtitlePlace;
    use super::*;

    fn find(n: u64, language: &str, name: &str, matched: SubtitleMatch) -> SubtitleFind {
        SubtitleFind {
            language: Some(language.to_owned()),
            matched,
            ..SubtitleFind::new(
                "opensubtitles",
                n.to_string(),
                name.into(),
                SubtitlePlace::OpenSubtitles(n),
            )
        }
    }

    fn order(finds: Vec<SubtitleFind>, wish: &SubtitleWish, playing: &str) -> Vec<String> {
        let file = VideoFile {
            name: Some(playing.into()),
            frames_per_second: Some(23.976),
            ..VideoFile::default()
        };
        let ranked = rank_subtitles(finds, wish, &file).into_iter();
        ranked.map(|ranked| ranked.find.id).collect()
    }

    fn wish(languages: &[&str]) -> SubtitleWish {
        SubtitleWish {
            languages: languages.iter().map(|text| (*text).to_owned()).collect(),
            ..SubtitleWish::default()
        }
    }

    const PLAYING: &str = "Sintel.2010.1080p.BluRay.x264-GROUP.mkv";

    #[test]
    fn the_wished_language_goes_before_the_better_match() {
        let finds = vec![
            find(1, "fr", "Sintel", SubtitleMatch::Hash),
            find(2, "en", "Sintel", SubtitleMatch::Hash),
            find(3, "ru", "Sintel", SubtitleMatch::Name),
            SubtitleFind {
                language: None,
                ..find(4, "", "Sintel", SubtitleMatch::Own)
            },
        ];
        assert_eq!(
            order(finds, &wish(&["ru", "en"]), PLAYING),
            ["3", "2", "4", "1"]
        );
    }

    #[test]
    fn the_surer_match_goes_first_and_the_release_counts() {
        let finds = vec![
            find(1, "en", "Sintel.2010.HDTV.x264-OTHER", SubtitleMatch::Id),
            find(
                2,
                "en",
                "Sintel.2010.720p.BluRay.x264-GROUP",
                SubtitleMatch::Id,
            ),
            find(
                3,
                "en",
                "Sintel.2010.1080p.BluRay.x264-OTHER",
                SubtitleMatch::Id,
            ),
            find(4, "en", "Whatever", SubtitleMatch::Hash),
            find(5, "en", "", SubtitleMatch::Own),
            find(6, "en", "Sintel", SubtitleMatch::Name),
        ];
        assert_eq!(
            order(finds, &wish(&["en"]), PLAYING),
            ["5", "4", "2", "3", "1", "6"]
        );
        let ranked = rank_subtitles(
            vec![find(
                2,
                "en",
                "Sintel.2010.720p.BluRay.x264-GROUP",
                SubtitleMatch::Id,
            )],
            &wish(&["en"]),
            &VideoFile {
                name: Some(PLAYING.into()),
                ..VideoFile::default()
            },
        );
        assert_eq!(ranked[0].find.matched, SubtitleMatch::Release);
    }

    #[test]
    fn machines_foreign_parts_and_other_speeds_come_late() {
        let good = find(
            1,
            "en",
            "Sintel.2010.1080p.BluRay.x264-GROUP",
            SubtitleMatch::Id,
        );
        let machine = SubtitleFind {
            machine_translated: true,
            ..find(2, "en", &good.name, SubtitleMatch::Hash)
        };
        let forced = SubtitleFind {
            forced: true,
            ..find(3, "en", &good.name, SubtitleMatch::Own)
        };
        let fast = SubtitleFind {
            frames_per_second: Some(25.0),
            ..find(
                4,
                "en",
                "Sintel.2010.1080p.BluRay.x264-OTHER",
                SubtitleMatch::Id,
            )
        };
        let finds = vec![forced, machine, fast, good];
        assert_eq!(
            order(finds.clone(), &wish(&["en"]), PLAYING),
            ["1", "2", "4", "3"]
        );
        let wish = SubtitleWish {
            forced: true,
            ..wish(&["en"])
        };
        assert_eq!(order(finds, &wish, PLAYING)[0], "3", "where that is wished");
    }

    #[test]
    fn of_equals_the_trusted_the_taken_and_the_wished_go_first() {
        let plain = |n, downloads| SubtitleFind {
            downloads: Some(downloads),
            ..find(n, "en", "Sintel", SubtitleMatch::Id)
        };
        let trusted = SubtitleFind {
            trusted: true,
            ..plain(3, 1)
        };
        let for_the_deaf = SubtitleFind {
            hearing_impaired: true,
            ..plain(4, 50_000)
        };
        let finds = vec![plain(1, 10), plain(2, 50_000), trusted, for_the_deaf];
        assert_eq!(
            order(finds.clone(), &wish(&["en"]), PLAYING),
            ["3", "2", "1", "4"]
        );
        let wish = SubtitleWish {
            hearing_impaired: true,
            ..wish(&["en"])
        };
        assert_eq!(order(finds, &wish, PLAYING)[0], "4");
    }

    #[test]
    fn the_same_place_comes_once() {
        let twice = find(1, "en", "Sintel", SubtitleMatch::Hash);
        assert_eq!(
            order(vec![twice.clone(), twice], &wish(&["en"]), PLAYING),
            ["1"]
        );
    }
}
