//! Subtitles in files of their own: offered with a session, fetched when somebody chooses them, and
//! given to every screen in one form.

mod finding;
mod lines;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use bytes::Bytes;
use hearth_catalog::Beside;
use hearth_fetch::Fetcher;
use hearth_model::{Failure, OutsideTrack, Slug, Source, SubtitleId, SubtitleTrack};
use hearth_sources::{Provider, SubtitleFind, SubtitleMatch, fetch_subtitle};
use tokio::{sync::OnceCell, time::Instant};

pub use self::finding::Wanted;
use crate::{App, Error, people, providers::Fetchers};

const FETCHED_WITHIN: Duration = Duration::from_secs(15);
/// More is nobody's list to choose from.
const MOST: usize = 100;

/// Subtitles in a file of their own, whoever has them.
#[derive(Debug, Clone)]
pub struct Outside {
    pub find: SubtitleFind,
    /// Whoever found it elsewhere, and alone knows how it is fetched.
    pub provider: Option<Provider>,
    /// Of a film in several files: to which one they belong, from 0.
    pub piece: Option<u32>,
}

impl Outside {
    /// Those beside the film, then those that came with its sources; each once.
    pub(crate) fn of(beside: Vec<Beside>, sources: &[Source]) -> Vec<Self> {
        let beside = beside.into_iter().map(|one| {
            let file = one.file;
            let find = SubtitleFind::beside(file.path, file.language);
            Self {
                find: SubtitleFind {
                    forced: file.forced,
                    hearing_impaired: file.hearing_impaired,
                    ..find
                },
                provider: None,
                piece: one.piece,
            }
        });
        let linked = sources.iter().flat_map(|source| {
            let links = source.hints.subtitles.iter();
            links.map(|link| Self {
                find: SubtitleFind::at_link(&source.provider, link.clone(), SubtitleMatch::Own),
                provider: None,
                piece: None,
            })
        });
        let mut seen = HashSet::new();
        let all = beside.chain(linked);
        let distinct = all.filter(|one| seen.insert(one.id()));
        distinct.take(MOST).collect()
    }

    pub(crate) fn id(&self) -> SubtitleId {
        id(&self.find)
    }
}

fn id(find: &SubtitleFind) -> SubtitleId {
    SubtitleId::from_name(&format!("{}/{}", find.provider, find.id))
}

/// Subtitles that somebody may choose, as long as their session is there.
#[derive(Debug)]
pub(crate) struct Offered {
    /// Nobody guesses it.
    ticket: u128,
    outside: Outside,
    /// As WebVTT, once it was asked for: services count each question.
    text: OnceCell<Bytes>,
}

impl Offered {
    pub fn id(&self) -> SubtitleId {
        self.outside.id()
    }

    /// Whether they lie in a folder beside the film.
    pub fn is_beside(&self) -> bool {
        self.outside.find.provider == hearth_catalog::LOCAL
    }

    /// As the screen is told of them.
    pub fn track(&self) -> OutsideTrack {
        let find = &self.outside.find;
        // A language says all that a file's name would.
        let is_named = find.language.is_none() || !self.is_beside();
        OutsideTrack {
            track: SubtitleTrack {
                id: self.outside.id().to_string(),
                language: find.language.clone(),
                label: Some(find.name.clone()).filter(|name| is_named && !name.is_empty()),
                forced: find.forced,
                hearing_impaired: find.hearing_impaired,
            },
            url: format!("/api/v1/player/subtitles?ticket={:032x}", self.ticket),
            piece: self.outside.piece,
        }
    }
}

/// Which subtitles are offered. They end with their session: only that holds them.
#[derive(Debug)]
pub struct SubtitleFiles {
    fetcher: Fetcher,
    /// Each provider's own, which may reach what lies on its own host.
    fetchers: Fetchers,
    /// A small map, never held across an await.
    offered: Mutex<HashMap<u128, Weak<Offered>>>,
}

impl SubtitleFiles {
    pub fn new(fetcher: Fetcher, fetchers: Fetchers) -> Self {
        Self {
            fetcher,
            fetchers,
            offered: Mutex::default(),
        }
    }

    pub(crate) fn offer(&self, outside: Outside) -> Arc<Offered> {
        let new = Arc::new(Offered {
            ticket: u128::from_be_bytes(people::random()),
            outside,
            text: OnceCell::new(),
        });
        let mut offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
        offered.retain(|_, one| one.strong_count() > 0);
        offered.insert(new.ticket, Arc::downgrade(&new));
        new
    }

    fn by_ticket(&self, ticket: &str) -> Result<Arc<Offered>, Error> {
        let offered = u128::from_str_radix(ticket, 16).ok().and_then(|ticket| {
            let offered = self.offered.lock().unwrap_or_else(PoisonError::into_inner);
            offered.get(&ticket)?.upgrade()
        });
        offered.ok_or(Error::StreamExpired)
    }

    /// As WebVTT in UTF-8. Goes on when whoever asked has left: it may be counted already.
    async fn text(self: &Arc<Self>, offered: &Arc<Offered>) -> Result<Bytes, Error> {
        let (files, offered) = (self.clone(), offered.clone());
        let text = tokio::spawn(async move {
            let text = offered
                .text
                .get_or_try_init(|| files.fetch(&offered.outside));
            text.await.cloned()
        });
        text.await
            .map_err(|cause| Error::internal("fetch subtitles")(cause.into()))?
    }

    async fn fetch(&self, outside: &Outside) -> Result<Bytes, Error> {
        let deadline = Instant::now() + FETCHED_WITHIN;
        let find = &outside.find;
        let fetched = if let Some(provider) = &outside.provider {
            provider.fetch_subtitle(find, deadline).await
        } else {
            let own = self.fetchers.of(&find.provider);
            fetch_subtitle(own.as_ref().unwrap_or(&self.fetcher), find, deadline).await
        };
        let fetched = fetched.map_err(|error| {
            tracing::debug!(%error, provider = find.provider, "subtitles could not be had");
            match error.slug() {
                slug @ (Slug::SubtitlesQuota | Slug::SubtitlesSignIn) => Error::SubtitlesRefused {
                    slug,
                    text: error.to_string(),
                },
                _ => Error::Subtitles(error.to_string()),
            }
        })?;
        let frames_per_second = find.frames_per_second;
        let text = tokio::task::spawn_blocking(move || {
            lines::to_webvtt(&fetched.text, fetched.format, frames_per_second)
        });
        let text = text
            .await
            .map_err(|cause| Error::internal("read subtitles")(cause.into()))?;
        text.map(Bytes::from)
            .ok_or_else(|| Error::Subtitles("there is no line in them".into()))
    }
}

impl App {
    /// The subtitles that a ticket names, as WebVTT in UTF-8, for a file that begins at a place of
    /// the film. Everybody hears why those that were chosen cannot be had.
    pub async fn subtitle_text(&self, ticket: &str, from_ms: u64) -> Result<Bytes, Error> {
        let offered = self.subtitles.by_ticket(ticket)?;
        let text = self.subtitles.text(&offered).await;
        if let Err(error) = &text {
            let failure = Failure::new(error.slug(), error.detail());
            self.sessions.subtitles_failed(offered, failure).await;
        }
        let text = text?;
        if from_ms == 0 {
            return Ok(text);
        }
        let later = tokio::task::spawn_blocking(move || lines::from(&text, from_ms));
        let later = later
            .await
            .map_err(|cause| Error::internal("read subtitles")(cause.into()))?;
        Ok(Bytes::from(later))
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::SubtitleLink;

    use super::*;

    fn files() -> Arc<SubtitleFiles> {
        let fetcher = Fetcher::new(hearth_fetch::Options {
            allow_private_hosts: vec!["127.0.0.1".into()],
            ..hearth_fetch::Options::default()
        });
        Arc::new(SubtitleFiles::new(fetcher.unwrap(), Fetchers::default()))
    }

    fn offer(files: &SubtitleFiles, find: SubtitleFind) -> Arc<Offered> {
        files.offer(Outside {
            find,
            provider: None,
            piece: None,
        })
    }

    async fn text(files: &Arc<SubtitleFiles>, ticket: &str) -> Result<Bytes, Error> {
        let offered = files.by_ticket(ticket)?;
        files.text(&offered).await
    }

    fn ticket_of(offered: &Offered) -> String {
        let url = offered.track().url;
        let (_, ticket) = url.split_once("ticket=").unwrap();
        ticket.to_owned()
    }

    #[tokio::test]
    async fn a_file_is_read_when_it_is_chosen_and_its_address_ends_with_the_session() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("film.srt");
        let files = files();
        let find = SubtitleFind::beside(path.clone(), Some("ru".into()));
        let offered = offer(&files, find);
        let ticket = ticket_of(&offered);
        let refused = text(&files, &ticket).await.unwrap_err();
        assert!(matches!(refused, Error::Subtitles(_)), "{refused}");
        // A failure is not kept: the disk may come back. "Привет, мир" as Windows wrote it.
        let bytes = b"1\n00:00:01,000 --> 00:00:02,000\n\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0\n";
        std::fs::write(&path, bytes).unwrap();
        let read = text(&files, &ticket).await.unwrap();
        let wanted = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nПривет, мир\n\n";
        assert_eq!(read, wanted.as_bytes());
        let neighbour = format!("{:032x}", u128::from_str_radix(&ticket, 16).unwrap() ^ 1);
        for wrong in ["", "x", "0", &neighbour] {
            let refused = text(&files, wrong).await;
            assert!(matches!(refused, Err(Error::StreamExpired)), "{wrong}");
        }
        drop(offered);
        let ended = text(&files, &ticket).await;
        assert!(matches!(ended, Err(Error::StreamExpired)));
    }

    #[tokio::test]
    async fn abuse_21_a_file_that_is_no_subtitles_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let files = files();
        for (name, bytes) in [
            ("empty.srt", Vec::new()),
            ("zeros.srt", vec![0; 1 << 20]),
            (
                "film.srt",
                b"\x1aE\xdf\xa3 a film under another name".to_vec(),
            ),
            ("large.srt", vec![b'a'; 9 << 20]),
            ("arrows.srt", b" --> ".repeat(1 << 18)),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let offered = offer(&files, SubtitleFind::beside(path, None));
            let refused = text(&files, &ticket_of(&offered)).await;
            assert!(matches!(refused, Err(Error::Subtitles(_))), "{name}");
        }
    }

    #[tokio::test]
    async fn those_elsewhere_are_fetched_once() {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/film.srt", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = socket.read(&mut request).await.unwrap();
            let answer = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\
                          1\n00:00:01,000 --> 00:00:02,000\nHello\n";
            socket.write_all(answer.as_bytes()).await.unwrap();
        });
        let files = files();
        let link = SubtitleLink {
            language: Some("en".into()),
            url,
        };
        let find = SubtitleFind::at_link("nobody", link, SubtitleMatch::Own);
        let offered = offer(&files, find);
        assert_eq!(offered.track().track.label.as_deref(), Some("film.srt"));
        for _ in 0..2 {
            let read = text(&files, &ticket_of(&offered)).await.unwrap();
            assert!(read.ends_with(b"Hello\n\n"));
        }
    }
}
