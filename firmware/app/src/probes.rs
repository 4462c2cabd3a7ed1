//! What is in the house's own files, which knows better than their names. `hearth-media` is asked
//! once a file: that takes a small board a second.

use std::{
    collections::HashMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, UNIX_EPOCH},
};

use hearth_model::{AnswerKey, AnswerStorage, Location, Release, Source};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{App, Clock, worker};

const PROBED_WITHIN: Duration = Duration::from_secs(20);
/// While something plays, the disk is its own.
const WAIT: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Error {
    #[error("the file is not there")]
    Gone,
    /// Of the file, and stays until it changes.
    #[error("{0}")]
    Unreadable(String),
    /// Of the box at that moment.
    #[error("it could not be looked into: {0}")]
    NotNow(String),
}

/// What `hearth-media probe` says of a file, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Probed {
    pub duration_ms: Option<u64>,
    video: Vec<Video>,
    audio: Vec<Audio>,
    subtitles: Vec<Subtitles>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Video {
    codec: String,
    width: u32,
    height: u32,
    /// 0 when they come irregularly.
    fps: f32,
    hdr: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Audio {
    codec: String,
    language: Option<String>,
    channels: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Subtitles {
    language: Option<String>,
}

/// A file as it was when it was looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Print {
    size_bytes: u64,
    changed: Duration,
}

#[derive(Debug)]
struct Known {
    print: Print,
    probed: Result<Arc<Probed>, Error>,
}

/// Remembers what is in files: in memory, and between starts where answers are kept.
#[derive(Debug)]
pub(crate) struct Probes {
    answers: Arc<dyn AnswerStorage>,
    clock: Clock,
    /// Never held across an await.
    known: Mutex<HashMap<PathBuf, Known>>,
    /// One file at a time, so that nobody asks for one that is being looked into.
    asking: tokio::sync::Mutex<()>,
}

impl Probes {
    pub fn new(answers: Arc<dyn AnswerStorage>, clock: Clock) -> Self {
        Self {
            answers,
            clock,
            known: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// For tests: nothing is kept.
    #[cfg(test)]
    pub fn forgetful() -> Arc<Self> {
        let answers = Arc::new(hearth_fetch::MemoryStorage::new(0));
        Arc::new(Self::new(answers, Clock::default()))
    }

    /// What is in a file; looks into it where that is not known.
    pub async fn of(&self, path: &Path) -> Result<Arc<Probed>, Error> {
        let metadata = tokio::fs::metadata(path).await.map_err(|_| Error::Gone)?;
        let changed = metadata.modified().map_err(|_| Error::Gone)?;
        let print = Print {
            size_bytes: metadata.len(),
            changed: changed.duration_since(UNIX_EPOCH).unwrap_or_default(),
        };
        if let Some(known) = self.known_of(path, print) {
            return known;
        }
        let _asking = self.asking.lock().await;
        if let Some(known) = self.known_of(path, print) {
            return known;
        }
        let probed = match self.kept(path, print).await {
            Some(probed) => Ok(probed),
            None => self.ask(path, print).await,
        };
        if !matches!(probed, Err(Error::NotNow(_))) {
            let probed = probed.clone();
            self.known()
                .insert(path.to_owned(), Known { print, probed });
        }
        probed
    }

    fn known_of(&self, path: &Path, print: Print) -> Option<Result<Arc<Probed>, Error>> {
        let known = self.known();
        let known = known.get(path).filter(|known| known.print == print)?;
        Some(known.probed.clone())
    }

    async fn ask(&self, path: &Path, print: Print) -> Result<Arc<Probed>, Error> {
        let said = worker::job(&[OsStr::new("probe"), path.as_os_str()], PROBED_WITHIN)
            .await
            .map_err(|error| match error {
                worker::Error::Failed(why) => Error::Unreadable(why),
                other => Error::NotNow(other.to_string()),
            })?;
        let probed: Probed =
            serde_json::from_str(&said).map_err(|error| Error::NotNow(error.to_string()))?;
        let (answers, now, key) = (self.answers.clone(), self.clock.wall(), key(path, print));
        let kept = tokio::task::spawn_blocking(move || answers.save(&key, said.as_bytes(), now));
        if let Ok(Err(error)) = kept.await {
            tracing::debug!(%error, "what is in a file will be asked again after a start");
        }
        Ok(Arc::new(probed))
    }

    async fn kept(&self, path: &Path, print: Print) -> Option<Arc<Probed>> {
        let (answers, now, key) = (self.answers.clone(), self.clock.wall(), key(path, print));
        let kept = tokio::task::spawn_blocking(move || answers.load(&key, now));
        let said = kept.await.ok()?.ok()??;
        serde_json::from_slice(&said).ok().map(Arc::new)
    }

    /// A source with what is known of its file in place of what its name says.
    pub fn told(&self, mut source: Source) -> Source {
        if let Some(probed) = self.of_source(&source) {
            probed.tell(&mut source.release);
        }
        source
    }

    /// Where that is known of a source's file.
    pub fn frames_per_second(&self, source: &Source) -> Option<f32> {
        let frames = self.of_source(source)?.video.first()?.fps;
        (frames > 0.0).then_some(frames)
    }

    fn of_source(&self, source: &Source) -> Option<Arc<Probed>> {
        let Location::File { path, .. } = &source.location else {
            return None;
        };
        let known = self.known();
        known.get(path)?.probed.as_ref().ok().cloned()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<PathBuf, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn key(path: &Path, print: Print) -> AnswerKey {
    let mut hash = Sha256::new();
    hash.update(b"what is in a file\0");
    hash.update(path.as_os_str().as_encoded_bytes());
    hash.update(print.size_bytes.to_be_bytes());
    hash.update(print.changed.as_nanos().to_be_bytes());
    hash.finalize().into()
}

impl Probed {
    fn tell(&self, release: &mut Release) {
        if let Some(video) = self.video.first() {
            release.resolution = Some(format!("{}p", lines(video.width, video.height)));
            release.video_codec = Some(video.codec.clone());
            match video.hdr.as_deref() {
                Some("hlg") => release.hdr = Some("hlg".into()),
                // A name may tell which kind of it.
                Some(_) if release.hdr.is_none() => release.hdr = Some("hdr10".into()),
                _ => {}
            }
        }
        if let Some(audio) = self.audio.first() {
            release.audio_codec = Some(audio.codec.clone());
            release.audio_channels = match audio.channels {
                0 => release.audio_channels.take(),
                1 | 2 => Some(format!("{}.0", audio.channels)),
                more => Some(format!("{}.1", more - 1)),
            };
        }
        let spoken = languages(self.audio.iter().map(|track| &track.language));
        if !spoken.is_empty() {
            release.audio_languages = spoken;
        }
        for language in languages(self.subtitles.iter().map(|track| &track.language)) {
            if !release.subtitle_languages.contains(&language) {
                release.subtitle_languages.push(language);
            }
        }
    }
}

/// Each once, in their order.
fn languages<'a>(tracks: impl Iterator<Item = &'a Option<String>>) -> Vec<String> {
    let mut languages: Vec<String> = Vec::new();
    for language in tracks.flatten() {
        if !languages.contains(language) {
            languages.push(language.clone());
        }
    }
    languages
}

/// The lines by which people call a picture: one that is wider or taller than television had its
/// black bars cut off.
fn lines(width: u32, height: u32) -> u32 {
    const CALLED: [u32; 7] = [2160, 1440, 1080, 720, 576, 480, 360];
    let whole = height.max(width.saturating_mul(9) / 16);
    // Encoders cut a few lines off for their blocks' sake.
    CALLED
        .into_iter()
        .find(|lines| whole >= lines - lines / 20)
        .unwrap_or(height)
}

impl App {
    /// Looks into the files in the folders after each scan, one after another, as long as nothing
    /// plays.
    pub(crate) async fn keep_probing(self: Arc<Self>) {
        let mut scans = self.library.scans();
        let mut ending = self.ending();
        loop {
            for path in self.library.files() {
                while self.sessions.are_playing() {
                    tokio::select! {
                        () = tokio::time::sleep(WAIT) => {}
                        _ = ending.changed() => return,
                    }
                }
                let probed = tokio::select! {
                    probed = self.streams.probes.of(&path) => probed,
                    _ = ending.changed() => return,
                };
                if let Err(error) = probed {
                    tracing::debug!(%error, path = %path.display(), "a file was not looked into");
                }
            }
            tokio::select! {
                changed = scans.changed() => if changed.is_err() { return },
                _ = ending.changed() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_called_by_their_lines() {
        for (width, height, called) in [
            (3840, 2160, 2160),
            (3840, 1600, 2160),
            (1920, 1080, 1080),
            (1920, 800, 1080),
            (1440, 1080, 1080),
            (1916, 1036, 1080),
            (1280, 536, 720),
            (720, 576, 576),
            (704, 560, 576),
            (640, 480, 480),
            (640, 360, 360),
            (320, 240, 240),
            (u32::MAX, u32::MAX, 2160),
        ] {
            assert_eq!(lines(width, height), called, "{width}x{height}");
        }
    }

    #[test]
    fn a_file_knows_better_than_its_name() {
        let said = r#"{
            "container": "matroska", "duration_ms": 60000, "seekable": true,
            "video": [{"codec": "h265", "width": 3840, "height": 1600, "fps": 24.0, "hdr": "pq"}],
            "audio": [
                {"codec": "ac3", "language": "ru", "channels": 6},
                {"codec": "aac", "language": "en", "channels": 2},
                {"codec": "aac", "language": "en", "channels": 2, "title": "Commentary"}
            ],
            "subtitles": [{"codec": "text", "language": "en"}, {"codec": "pgs", "language": null}],
            "chapters": []
        }"#;
        let probed: Probed = serde_json::from_str(said).unwrap();
        let mut release = Release {
            resolution: Some("720p".into()),
            hdr: Some("dv".into()),
            audio_languages: vec!["ja".into()],
            subtitle_languages: vec!["ru".into()],
            ..Release::default()
        };
        probed.tell(&mut release);
        let is = |value: &Option<String>, wanted: &str| value.as_deref() == Some(wanted);
        assert!(is(&release.resolution, "2160p") && is(&release.video_codec, "h265"));
        assert!(is(&release.hdr, "dv"), "{:?}", release.hdr);
        assert!(is(&release.audio_codec, "ac3") && is(&release.audio_channels, "5.1"));
        assert_eq!(release.audio_languages, ["ru", "en"]);
        assert_eq!(release.subtitle_languages, ["ru", "en"]);
    }

    #[test]
    fn what_a_file_does_not_say_its_name_may() {
        let said = r#"{"video": [], "audio": [{"codec": "mp3", "channels": 0}], "subtitles": []}"#;
        let probed: Probed = serde_json::from_str(said).unwrap();
        let named = Release {
            resolution: Some("720p".into()),
            audio_channels: Some("2.0".into()),
            audio_languages: vec!["ja".into()],
            ..Release::default()
        };
        let mut release = named.clone();
        probed.tell(&mut release);
        let audio_codec = Some("mp3".into());
        assert_eq!(
            release,
            Release {
                audio_codec,
                ..named
            }
        );
    }

    #[tokio::test]
    async fn what_is_kept_is_not_asked_again_until_the_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.mkv");
        std::fs::write(&path, b"no film at all").unwrap();
        let metadata = std::fs::metadata(&path).unwrap();
        let print = Print {
            size_bytes: metadata.len(),
            changed: metadata
                .modified()
                .unwrap()
                .duration_since(UNIX_EPOCH)
                .unwrap(),
        };
        let answers = Arc::new(hearth_fetch::MemoryStorage::new(1 << 16));
        let said = br#"{"duration_ms": 7, "audio": [], "subtitles": [],
            "video": [{"codec": "h264", "width": 640, "height": 360, "fps": 25.0}]}"#;
        answers.save(&key(&path, print), said, 1).unwrap();
        let probes = Probes::new(answers, Clock::default());
        let location = Location::File {
            path: path.clone(),
            rest: Vec::new(),
        };
        let film = crate::testing::source(hearth_model::SourceKind::Direct, location);
        assert_eq!(probes.frames_per_second(&film), None, "nobody looked yet");
        assert_eq!(probes.of(&path).await.unwrap().duration_ms, Some(7));
        assert_eq!(probes.frames_per_second(&film), Some(25.0));
        std::fs::write(&path, b"something else").unwrap();
        std::fs::File::open(&path)
            .unwrap()
            .set_modified(UNIX_EPOCH)
            .unwrap();
        assert!(
            probes.of(&path).await.is_err(),
            "no worker finds a film in it"
        );
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(probes.of(&path).await, Err(Error::Gone)));
    }
}
