//! Where a title can be had: a torrent, a stream, a file, a page.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{EpisodeId, Judge, Language, ProviderStatus, Reason, Score, SourceId, TitleId, UnixMs};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    Torrent,
    Hls,
    Dash,
    Direct,
    Embed,
}

/// What is known of a source from really trying it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    #[default]
    Unknown,
    Good,
    Failing,
}

/// What a release name tells; absent where the name does not say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Release {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternative_titles: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<u16>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seasons: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub episodes: Vec<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absolute_episodes: Vec<u32>,
    /// Like `1080p`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolution: Option<String>,
    /// `bluray`, `web-dl`, `webrip`, `hdtv`, `dvd`, `cam`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `h264`, `h265`, `av1`, `vp9`, `mpeg4`, `mpeg2`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub video_codec: Option<String>,
    /// `hdr10`, `hdr10+`, `dv`, `hlg`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hdr: Option<String>,
    /// `aac`, `ac3`, `eac3`, `dts`, `dts-hd`, `truehd`, `flac`, `opus`, `mp3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_codec: Option<String>,
    /// Like `5.1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_channels: Option<String>,
    /// ISO 639-1: `ru`, `en`, `ja`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub audio_languages: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subtitle_languages: Vec<String>,
    /// `dub`, `voiceover`, `original`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub proper: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
}

impl Release {
    /// Lines of the picture, from `resolution`.
    pub fn height(&self) -> Option<u32> {
        match self.resolution.as_deref()? {
            "4k" | "uhd" => Some(2160),
            text => text.trim_end_matches(['p', 'i']).parse().ok(),
        }
    }
}

/// How to get a torrent.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TorrentLocation {
    /// 40 lower-case hexadecimal digits.
    pub infohash: Option<String>,
    /// Where the .torrent file lies, when the infohash is missing or to spare the look-up.
    pub torrent_url: Option<String>,
    pub trackers: Vec<String>,
    /// Peers named with the torrent (a magnet's `x.pe`, an addon's `sources`).
    pub peers: Vec<SocketAddr>,
    /// The wanted file; the largest video where absent.
    pub file_index: Option<usize>,
}

/// Where a source lies. Stays on the box: addresses may carry keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    Torrent(TorrentLocation),
    /// HLS, DASH or a file over HTTP, by the source's kind, with the headers it needs.
    Url {
        url: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    File {
        path: PathBuf,
        /// The further files of a film that is cut into several, in their order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        rest: Vec<PathBuf>,
    },
    /// Only a page that plays it by itself.
    Page {
        url: String,
        reason: String,
    },
}

/// Subtitles that somebody names with a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubtitleLink {
    /// ISO 639-1, where it is told.
    pub language: Option<String>,
    pub url: String,
}

/// What a provider tells of a source's file beside where it lies: known as long as the find is, and
/// not kept with what was watched.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Hints {
    pub file_name: Option<String>,
    /// As OpenSubtitles counts it: 16 lower-case hexadecimal digits.
    pub moviehash: Option<String>,
    /// Which of an indexer's trackers it was found on.
    pub tracker: Option<String>,
    /// Whoever offers it says that browsers cannot play it as it is.
    pub not_for_browsers: bool,
    pub subtitles: Vec<SubtitleLink>,
    /// It was played, and none were inside it or beside it.
    pub without_subtitles: bool,
}

/// A length that differs by less is a matter of credits and cuts.
const WRONG_BY_MS: u64 = 3 * 60_000;

/// One place where a title can be had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    pub title_id: TitleId,
    pub episode_id: Option<EpisodeId>,
    pub kind: SourceKind,
    /// `torznab:home`, `stremio:org.example`, `open-movies`, `local`.
    pub provider: String,
    /// As the provider calls it: the release name or the file name.
    pub name: String,
    pub release: Release,
    pub size_bytes: Option<u64>,
    pub seeders: Option<u32>,
    #[serde(default)]
    pub health: Health,
    pub location: Location,
    #[serde(default)]
    pub hints: Hints,
}

impl Source {
    /// Whether it lies in several files that are one film.
    pub fn is_in_pieces(&self) -> bool {
        matches!(&self.location, Location::File { rest, .. } if !rest.is_empty())
    }

    /// The id of a source is what it is: equal finds of two providers, or of today and
    /// tomorrow, are one source.
    pub fn id_for(
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        location: &Location,
    ) -> SourceId {
        let place = match location {
            Location::Torrent(torrent) => {
                let torrent_key = torrent
                    .infohash
                    .clone()
                    .or_else(|| torrent.torrent_url.clone())
                    .unwrap_or_default();
                format!("torrent:{torrent_key}:{:?}", torrent.file_index)
            }
            Location::Url { url, .. } => format!("url:{url}"),
            Location::File { path, .. } => format!("file:{}", path.display()),
            Location::Page { url, .. } => format!("page:{url}"),
        };
        let episode = episode_id.map(|id| id.to_string()).unwrap_or_default();
        SourceId::from_name(&format!("{title_id}/{episode}/{place}"))
    }

    /// Whether a screen's word of the length shows that this is not what it should be: a trailer,
    /// a sample, another film. A file of the house may be of any length.
    pub fn has_wrong_length(&self, runtime_ms: u64, duration_ms: u64) -> bool {
        let is_trusted = matches!(self.location, Location::File { .. });
        let apart_ms = runtime_ms.abs_diff(duration_ms);
        let far = duration_ms < runtime_ms / 2 || duration_ms / 2 > runtime_ms;
        !is_trusted && far && apart_ms > WRONG_BY_MS
    }

    /// What the wire shows of it: the judgement, and nothing of where it lies.
    pub fn view(&self, judge: &Judge, language: Language) -> SourceView {
        let verdict = judge.verdict(self);
        let refused = verdict.refused.map(|reason| reason.text(language));
        SourceView {
            id: self.id,
            kind: self.kind,
            provider: self.provider.clone(),
            name: self.name.clone(),
            quality: self.release.resolution.clone(),
            codec: self.release.video_codec.clone(),
            languages: self.release.audio_languages.clone(),
            subtitles: self.release.subtitle_languages.clone(),
            size_bytes: self.size_bytes,
            seeders: self.seeders,
            health: self.health,
            score: verdict.score,
            why: refused.clone().unwrap_or_else(|| judge.why(self, language)),
            playable: refused.is_none(),
            refused,
            rank: verdict.rank,
            reasons: judge.reasons(self, language),
        }
    }
}

/// A source as clients see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourceView {
    pub id: SourceId,
    pub kind: SourceKind,
    pub provider: String,
    pub name: String,
    /// Like `1080p`; null where the name does not say.
    pub quality: Option<String>,
    pub codec: Option<String>,
    pub languages: Vec<String>,
    pub subtitles: Vec<String>,
    pub size_bytes: Option<u64>,
    pub seeders: Option<u32>,
    pub health: Health,
    pub score: Score,
    /// The score in words, in the reader's language.
    pub why: String,
    pub playable: bool,
    /// Why it is not playable.
    pub refused: Option<String>,
    /// By which sources are ordered, higher first: also those that come after this one. The score,
    /// and what the owner prefers.
    pub rank: f32,
    /// The parts of the score in words, the weightiest first.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SourcesPage {
    pub items: Vec<SourceView>,
    pub providers: Vec<ProviderStatus>,
}

/// An address on the box that plays a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stream {
    pub url: String,
    pub mime: String,
    pub expires_at: UnixMs,
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: u64 = 60_000;

    #[test]
    fn a_sample_is_told_from_a_film_by_its_length() {
        let title_id = TitleId::from_name("t");
        let location = Location::Url {
            url: "https://example.org/film.mp4".into(),
            headers: BTreeMap::new(),
        };
        let mut source = Source {
            id: Source::id_for(title_id, None, &location),
            title_id,
            episode_id: None,
            kind: SourceKind::Direct,
            provider: "x".into(),
            name: "film".into(),
            release: Release::default(),
            size_bytes: None,
            seeders: None,
            health: Health::Unknown,
            location,
            hints: Hints::default(),
        };
        for (runtime, duration, wrong) in [
            (100, 2, true),
            (100, 49, true),
            (100, 60, false),
            (100, 180, false),
            (100, 201, true),
            // Of a short film little is a matter of credits.
            (4, 1, false),
            (7, 3, true),
        ] {
            let told = source.has_wrong_length(runtime * MINUTE_MS, duration * MINUTE_MS);
            assert_eq!(told, wrong, "{duration} of {runtime} min");
        }
        source.location = Location::File {
            path: "/films/film.mp4".into(),
            rest: Vec::new(),
        };
        assert!(!source.has_wrong_length(100 * MINUTE_MS, MINUTE_MS));
    }
}
