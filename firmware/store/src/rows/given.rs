//! The row of what a person gave.

use hearth_model::{AccountId, Caller, DeviceId, EpisodeId, Given, GivenFile, GivenId, TitleId};
use serde::{Deserialize, Serialize};

use super::SourceRow;

#[derive(Serialize, Deserialize)]
pub struct GivenRow {
    called: String,
    /// `tv`, or a device's or an account's id.
    by: String,
    by_name: Option<String>,
    pub at: u64,
    pub episode: Option<[u8; 16]>,
    source: SourceRow,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    files: Vec<FileRow>,
}

#[derive(Serialize, Deserialize)]
struct FileRow {
    index: usize,
    path: String,
    size_bytes: u64,
}

impl From<&Given> for GivenRow {
    fn from(given: &Given) -> Self {
        let file = |file: &GivenFile| FileRow {
            index: file.index,
            path: file.path.clone(),
            size_bytes: file.size_bytes,
        };
        Self {
            called: given.called.clone(),
            by: match given.by {
                Caller::Device(id) => id.to_string(),
                Caller::Account(id) => id.to_string(),
                Caller::Local | Caller::Stranger => "tv".to_owned(),
            },
            by_name: given.by_name.clone(),
            at: given.at,
            episode: given.source.episode_id.map(EpisodeId::to_bytes),
            source: (&given.source).into(),
            files: given.files.iter().map(file).collect(),
        }
    }
}

impl GivenRow {
    pub fn given(self, id: GivenId, title_id: TitleId, number: u32) -> Given {
        let file = |file: FileRow| GivenFile {
            index: file.index,
            path: file.path,
            size_bytes: file.size_bytes,
        };
        let device = || self.by.parse::<DeviceId>().ok().map(Caller::Device);
        let account = || self.by.parse::<AccountId>().ok().map(Caller::Account);
        let by = device().or_else(account).unwrap_or(Caller::Local);
        Given {
            id,
            number,
            called: self.called,
            by,
            by_name: self.by_name,
            at: self.at,
            source: self
                .source
                .source(title_id, self.episode.map(EpisodeId::from_bytes)),
            files: self.files.into_iter().map(file).collect(),
        }
    }

    pub fn infohash(&self) -> Option<&str> {
        self.source.infohash()
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::{Health, Hints, Location, Release, Source, SourceKind, TorrentLocation};

    use super::*;

    /// What this release writes is what every later one must read.
    #[test]
    fn the_row_is_frozen() {
        let title_id = TitleId::from_name("t");
        let location = Location::Torrent(TorrentLocation {
            infohash: Some("7".repeat(40)),
            ..TorrentLocation::default()
        });
        let episode_id = Some(EpisodeId::from_bytes([1; 16]));
        let given = Given {
            id: GivenId::from_bytes([2; 16]),
            number: 3,
            called: "list".into(),
            by: Caller::Device(DeviceId::from_bytes([4; 16])),
            by_name: Some("Phone".into()),
            at: 9,
            source: Source {
                id: Source::id_for(title_id, episode_id, &location),
                title_id,
                episode_id,
                kind: SourceKind::Torrent,
                provider: "direct".into(),
                name: "n".into(),
                release: Release::default(),
                size_bytes: Some(5),
                seeders: None,
                health: Health::Unknown,
                location,
                hints: Hints::default(),
            },
            files: vec![GivenFile {
                index: 1,
                path: "a/b.mkv".into(),
                size_bytes: 5,
            }],
        };
        let text = concat!(
            r#"{"called":"list","by":"dev_04040404040404040404040404040404","by_name":"Phone","at":9,"#,
            r#""episode":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"#,
            r#""source":{"kind":"torrent","provider":"direct","name":"n","resolution":null,"#,
            r#""video_codec":null,"audio_languages":[],"subtitle_languages":[],"size_bytes":5,"#,
            r#""location":{"at":"torrent","infohash":"7777777777777777777777777777777777777777","#,
            r#""torrent_url":null,"trackers":[],"peers":[],"web_seeds":[],"file_index":null}},"#,
            r#""files":[{"index":1,"path":"a/b.mkv","size_bytes":5}]}"#,
        );
        assert_eq!(
            serde_json::to_string(&GivenRow::from(&given)).unwrap(),
            text
        );
        let read: GivenRow = serde_json::from_str(text).unwrap();
        assert_eq!(read.given(given.id, title_id, 3), given);
    }
}
