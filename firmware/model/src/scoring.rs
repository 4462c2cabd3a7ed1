//! Which source first, and why: five parts from 0 to 1, weighted, and said in words.
//!
//! What is not known counts 0.5, so that silence is neither praised nor punished.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Health, Language, Location, ScreenAbilities, Source, SourceKind, spoken};

const UNKNOWN: f32 = 0.5;

/// What the viewer wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Taste {
    /// ISO 639-1, the most wanted first.
    pub audio_languages: Vec<String>,
    pub subtitle_languages: Vec<String>,
    /// Lines of the picture beyond which more is of no use to the viewer.
    pub max_height: Option<u32>,
}

impl Default for Taste {
    fn default() -> Self {
        Self {
            audio_languages: vec!["ru".into(), "en".into()],
            subtitle_languages: vec!["ru".into(), "en".into()],
            max_height: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Weights {
    pub quality: f32,
    pub speed: f32,
    pub availability: f32,
    pub subtitles: f32,
    pub audio: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            quality: 0.30,
            speed: 0.25,
            availability: 0.20,
            subtitles: 0.15,
            audio: 0.10,
        }
    }
}

/// Each 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreParts {
    pub quality: f32,
    pub speed: f32,
    pub availability: f32,
    pub subtitles: f32,
    pub audio: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// 0 to 1.
    pub total: f32,
    pub parts: ScoreParts,
}

/// What the house thinks of a source for one viewer on one screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    Playable {
        score: Score,
        why: Why,
    },
    Refused {
        score: Score,
        reason: RefusedBecause,
    },
}

impl Verdict {
    /// For ordering: playable before refused, then by score.
    pub fn rank(&self) -> (bool, f32) {
        match self {
            Self::Playable { score, .. } => (true, score.total),
            Self::Refused { score, .. } => (false, score.total),
        }
    }
}

/// Why a screen cannot play a source at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedBecause {
    Codec(String),
    TooManyLines { height: u32, max_height: u32 },
    Protocol(SourceKind),
    OnlyAPage(String),
}

impl RefusedBecause {
    pub fn text(&self, language: Language) -> String {
        match (self, language) {
            (Self::Codec(codec), Language::En) => {
                format!("This screen cannot decode {}", codec.to_uppercase())
            }
            (Self::Codec(codec), Language::Ru) => {
                format!("Этот экран не умеет {}", codec.to_uppercase())
            }
            (Self::TooManyLines { height, max_height }, Language::En) => {
                format!("{height}p is more than this screen plays ({max_height}p)")
            }
            (Self::TooManyLines { height, max_height }, Language::Ru) => {
                format!("{height}p больше, чем тянет этот экран ({max_height}p)")
            }
            (Self::Protocol(kind), Language::En) => {
                format!(
                    "This screen does not play {}",
                    kind_name(*kind, Language::En)
                )
            }
            (Self::Protocol(kind), Language::Ru) => {
                format!("Этот экран не играет {}", kind_name(*kind, Language::Ru))
            }
            (Self::OnlyAPage(reason), _) => reason.clone(),
        }
    }
}

/// The score in words: the facts that decided it, in the order of their weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    height: Option<u32>,
    codec: Option<String>,
    kind: SourceKind,
    local: bool,
    seeders: Option<u32>,
    health: Health,
    audio: Vec<String>,
    subtitles: Vec<String>,
}

impl Why {
    pub fn text(&self, language: Language) -> String {
        let ru = language == Language::Ru;
        let mut facts = Vec::new();
        let picture = match (self.height, &self.codec) {
            (Some(height), Some(codec)) => format!("{height}p {}", codec.to_uppercase()),
            (Some(height), None) => format!("{height}p"),
            (None, Some(codec)) => codec.to_uppercase(),
            (None, None) if ru => "качество пока неизвестно".into(),
            (None, None) => "quality not known yet".into(),
        };
        facts.push(picture);
        facts.push(match (self.local, self.kind, self.seeders) {
            (true, ..) if ru => "файл на Hearth".into(),
            (true, ..) => "a file on this box".into(),
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
            (_, kind, _) => kind_name(kind, language).to_owned(),
        });
        if self.health == Health::Failing {
            facts.push(
                if ru {
                    "недавно не отвечал"
                } else {
                    "failed lately"
                }
                .into(),
            );
        }
        if let Some(languages) = listed(&self.audio, language) {
            facts.push(if ru {
                format!("звук: {languages}")
            } else {
                format!("sound in {languages}")
            });
        }
        if let Some(languages) = listed(&self.subtitles, language) {
            facts.push(if ru {
                format!("субтитры: {languages}")
            } else {
                format!("subtitles in {languages}")
            });
        }
        facts.join(", ")
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

fn kind_name(kind: SourceKind, language: Language) -> &'static str {
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

/// Scores a source for a viewer and a screen, or says why the screen cannot play it.
pub fn judge(
    source: &Source,
    taste: &Taste,
    abilities: &ScreenAbilities,
    weights: &Weights,
) -> Verdict {
    let parts = ScoreParts {
        quality: quality(source, taste, abilities),
        speed: speed(source),
        availability: availability(source),
        subtitles: languages(
            &source.release.subtitle_languages,
            &taste.subtitle_languages,
        ),
        audio: languages(&source.release.audio_languages, &taste.audio_languages),
    };
    let total = parts.quality * weights.quality
        + parts.speed * weights.speed
        + parts.availability * weights.availability
        + parts.subtitles * weights.subtitles
        + parts.audio * weights.audio;
    let score = Score {
        total: total.clamp(0.0, 1.0),
        parts,
    };
    match refusal(source, abilities) {
        Some(reason) => Verdict::Refused { score, reason },
        None => Verdict::Playable {
            score,
            why: Why {
                height: source.release.height(),
                codec: source.release.video_codec.clone(),
                kind: source.kind,
                local: matches!(source.location, Location::File { .. }),
                seeders: source.seeders,
                health: source.health,
                audio: source.release.audio_languages.clone(),
                subtitles: source.release.subtitle_languages.clone(),
            },
        },
    }
}

fn refusal(source: &Source, abilities: &ScreenAbilities) -> Option<RefusedBecause> {
    if let Location::Page { reason, .. } = &source.location {
        return Some(RefusedBecause::OnlyAPage(reason.clone()));
    }
    let protocol_missing = match source.kind {
        SourceKind::Hls => !abilities.hls,
        SourceKind::Dash => !abilities.dash,
        SourceKind::Torrent | SourceKind::Direct | SourceKind::Embed => false,
    };
    if protocol_missing {
        return Some(RefusedBecause::Protocol(source.kind));
    }
    if let Some(codec) = &source.release.video_codec
        && !abilities.video_codecs.contains(codec)
    {
        return Some(RefusedBecause::Codec(codec.clone()));
    }
    match source.release.height() {
        Some(height) if height > abilities.max_height => Some(RefusedBecause::TooManyLines {
            height,
            max_height: abilities.max_height,
        }),
        _ => None,
    }
}

/// More lines are better up to what the screen shows and the viewer wants; a recording from a
/// cinema hall is poor whatever its lines.
fn quality(source: &Source, taste: &Taste, abilities: &ScreenAbilities) -> f32 {
    let Some(height) = source.release.height() else {
        return UNKNOWN;
    };
    let useful = abilities
        .max_height
        .min(taste.max_height.unwrap_or(u32::MAX));
    let seen = height.min(useful) as f32 / useful.max(1) as f32;
    // The eye sees the step from 360 to 720 lines more than that from 1080 to 2160.
    let lines = seen.sqrt();
    let too_many = if height > useful { 0.9 } else { 1.0 };
    match source.release.source.as_deref() {
        Some("cam" | "telesync") => lines * 0.3,
        _ => lines * too_many,
    }
}

fn speed(source: &Source) -> f32 {
    match (&source.location, source.health) {
        (Location::File { .. }, _) => 1.0,
        (_, Health::Failing) => 0.1,
        (Location::Torrent(_), _) => source
            .seeders
            .map_or(UNKNOWN, |count| saturate(count, 20.0)),
        (_, Health::Good) => 0.9,
        (_, Health::Unknown) => UNKNOWN,
    }
}

fn availability(source: &Source) -> f32 {
    match (&source.location, source.health) {
        (_, Health::Failing) => 0.05,
        (Location::File { .. }, _) => 1.0,
        (Location::Torrent(_), _) => source.seeders.map_or(UNKNOWN, |count| saturate(count, 5.0)),
        (_, Health::Good) => 1.0,
        (_, Health::Unknown) => UNKNOWN,
    }
}

/// 0 for none, towards 1 for many; one half at `half` seeders.
fn saturate(count: u32, half: f32) -> f32 {
    let count = count as f32;
    count / (count + half)
}

/// The first wanted language is worth 1, each later one less, a foreign one 0.2.
fn languages(known: &[String], wanted: &[String]) -> f32 {
    if known.is_empty() || wanted.is_empty() {
        return UNKNOWN;
    }
    wanted
        .iter()
        .position(|language| known.contains(language))
        .map_or(0.2, |place| (1.0 - 0.15 * place as f32).max(0.4))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Hints, Release, TitleId, TorrentLocation};

    fn torrent(name: &str, resolution: Option<&str>, seeders: Option<u32>) -> Source {
        let title_id = TitleId::from_name("t");
        let location = Location::Torrent(TorrentLocation {
            infohash: Some(format!("{:0>40}", name.len())),
            ..TorrentLocation::default()
        });
        Source {
            id: Source::id_for(title_id, None, &location),
            title_id,
            episode_id: None,
            kind: SourceKind::Torrent,
            provider: "test".into(),
            name: name.into(),
            release: Release {
                resolution: resolution.map(Into::into),
                ..Release::default()
            },
            size_bytes: None,
            seeders,
            health: Health::Unknown,
            location,
            hints: Hints::default(),
        }
    }

    fn total(source: &Source) -> f32 {
        judge(
            source,
            &Taste::default(),
            &ScreenAbilities::default(),
            &Weights::default(),
        )
        .rank()
        .1
    }

    #[test]
    fn what_is_unknown_counts_a_half() {
        assert!((total(&torrent("x", None, None)) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn more_lines_and_more_seeders_win() {
        assert!(
            total(&torrent("x", Some("1080p"), Some(50)))
                > total(&torrent("x", Some("480p"), Some(50)))
        );
        assert!(
            total(&torrent("x", Some("1080p"), Some(50)))
                > total(&torrent("x", Some("1080p"), Some(1)))
        );
        let few_lines_alive = total(&torrent("x", Some("720p"), Some(200)));
        let many_lines_dead = total(&torrent("x", Some("2160p"), Some(0)));
        assert!(
            few_lines_alive > many_lines_dead,
            "a swarm without seeders is no pleasure"
        );
    }

    #[test]
    fn the_weights_are_the_designs_and_sum_to_one() {
        let Weights {
            quality,
            speed,
            availability,
            subtitles,
            audio,
        } = Weights::default();
        assert_eq!(
            (quality, speed, availability, subtitles, audio),
            (0.30, 0.25, 0.20, 0.15, 0.10)
        );
    }

    #[test]
    fn what_the_screen_cannot_decode_is_refused_with_the_reason() {
        let mut source = torrent("x", Some("1080p"), Some(5));
        source.release.video_codec = Some("av1".into());
        let abilities = ScreenAbilities {
            video_codecs: vec!["h264".into()],
            ..ScreenAbilities::default()
        };
        let view = source.view(
            &Taste::default(),
            &abilities,
            &Weights::default(),
            Language::En,
        );
        assert!(!view.playable);
        assert_eq!(
            view.refused.as_deref(),
            Some("This screen cannot decode AV1")
        );
    }

    #[test]
    fn what_needs_headers_plays_because_the_box_asks() {
        let mut source = torrent("x", Some("1080p"), None);
        source.location = Location::Url {
            url: "https://example.org/film".into(),
            headers: [("Referer".to_owned(), "x".to_owned())].into(),
        };
        for kind in [SourceKind::Hls, SourceKind::Dash, SourceKind::Direct] {
            source.kind = kind;
            let view = source.view(
                &Taste::default(),
                &ScreenAbilities::default(),
                &Weights::default(),
                Language::En,
            );
            assert!(view.playable, "{kind:?}: {view:?}");
        }
    }

    #[test]
    fn the_reason_is_said_in_both_languages() {
        let mut source = torrent("x", Some("1080p"), Some(242));
        source.release.audio_languages = vec!["ru".into()];
        let why = |language| {
            source
                .view(
                    &Taste::default(),
                    &ScreenAbilities::default(),
                    &Weights::default(),
                    language,
                )
                .why
        };
        assert_eq!(why(Language::En), "1080p, 242 seeders, sound in Russian");
        assert_eq!(why(Language::Ru), "1080p, 242 раздающих, звук: русский");
    }
}
