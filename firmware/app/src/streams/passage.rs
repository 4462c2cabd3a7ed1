//! The stream proxy: HLS and DASH through the box, and files from elsewhere.
//!
//! A manifest is fetched, read and written anew with addresses on the box; what those name is
//! fetched when it is asked for and passed on as it comes. The far end sees the headers that the
//! source needs, whoever plays it; the player sees nothing of where things lie.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io,
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use hearth_fetch::{Limits, MediaBody, MediaResponse};
use hearth_model::{Failure, Slug};
use url::Url;

use super::{
    Body, Opened, Place,
    manifest::{Unusable, rewritten},
    range::{ByteRange, ContentRange},
    target::{Kind, Target},
    template::Fill,
};
use crate::Error;

/// A day of film in segments of two seconds, their addresses written out.
const MANIFEST_LIMITS: Limits = Limits {
    // A live playlist's answer may wait for the next segment.
    timeout: Duration::from_secs(15),
    max_bytes: 8 << 20,
    attempts: 2,
};

/// What a player says beside the ticket.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    pub range: Option<ByteRange>,
    pub fill: Fill,
    /// Delivery directives of a low-latency playlist, for its server.
    pub msn: Option<u64>,
    pub part: Option<u64>,
    pub skips: bool,
}

/// What is passed on.
pub struct Passed {
    pub mime: String,
    pub length: Option<u64>,
    /// Of a part: the value of `Content-Range`.
    pub part: Option<String>,
    pub takes_ranges: bool,
    pub body: Body,
}

impl std::fmt::Debug for Passed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Passed")
            .field("mime", &self.mime)
            .field("length", &self.length)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

/// An address that a manifest named, or the source's own manifest.
#[derive(Debug)]
pub struct Passage {
    pub(super) opened: Arc<Opened>,
    pub(super) target: Arc<Target>,
}

impl Passage {
    /// What lies there; nothing where the range begins past its end.
    pub async fn open(self, wish: &Wish) -> Result<Option<Passed>, Error> {
        let url = self.target.url(&wish.fill).ok_or(Error::StreamExpired)?;
        match self.target.kind {
            Kind::Bytes => self.bytes(&url, wish.range).await,
            Kind::Hls | Kind::Dash => {
                let text = self.manifest(url, wish).await?;
                Ok(Some(Passed {
                    mime: self.target.kind.mime().to_owned(),
                    length: Some(text.len() as u64),
                    part: None,
                    takes_ranges: false,
                    body: Box::pin(stream::iter([Ok(Bytes::from(text))])),
                }))
            }
        }
    }

    /// Whether its manifest can be had and understood.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        let checked = match self.target.url(&Fill::default()) {
            Some(url) => self.manifest(url, &Wish::default()).await.map(drop),
            None => Err(Unusable::Reference.into()),
        };
        checked.map_err(|error| Failure::new(error.slug(), error.to_string()))
    }

    /// A manifest as the box writes it.
    async fn manifest(&self, mut url: Url, wish: &Wish) -> Result<String, Error> {
        if self.target.kind == Kind::Hls {
            direct(&mut url, wish);
        }
        let headers = self.headers(&url);
        let fetcher = &self.opened.fetcher;
        let (mut url, text) = fetcher
            .text_beside(url.as_str(), &headers, MANIFEST_LIMITS)
            .await
            .map_err(trouble)?;
        undirect(&mut url);
        let (opened, target) = (self.opened.clone(), self.target.clone());
        // A long one takes its time.
        tokio::task::spawn_blocking(move || rewritten(&opened, &target, url, &text))
            .await
            .map_err(|cause| Error::internal("rewrite a manifest")(cause.into()))?
            .map_err(Error::from)
    }

    async fn bytes(&self, url: &Url, range: Option<ByteRange>) -> Result<Option<Passed>, Error> {
        let header = range.map(|range| range.to_string());
        let headers = self.headers(url);
        let answer = self
            .opened
            .fetcher
            .stream(url.as_str(), &headers, header.as_deref());
        let answer = match answer.await {
            Err(hearth_fetch::Error::Status { status: 416, .. }) => return Ok(None),
            answer => answer.map_err(trouble)?,
        };
        let part = part_of(&answer, range)?;
        let length = part
            .as_ref()
            .map_or(answer.content_length, |part| Some(part.length()));
        let told = answer.accept_ranges.as_deref();
        Ok(Some(Passed {
            mime: safe_mime(answer.content_type.as_deref()).into_owned(),
            length,
            takes_ranges: part.is_some() || told.is_some_and(|told| told.trim() == "bytes"),
            part: part.map(|part| part.to_string()),
            body: while_open(answer.body, &self.opened),
        }))
    }

    /// What may be a key goes only to where the source itself lies.
    fn headers(&self, url: &Url) -> Cow<'_, BTreeMap<String, String>> {
        match &self.opened.place {
            Place::Manifest {
                headers, origin, ..
            } if *origin == url.origin() => Cow::Borrowed(headers),
            Place::Manifest { headers, .. } => Cow::Owned(hearth_fetch::harmless(headers)),
            _ => Cow::default(),
        }
    }
}

/// Whether a part is the one that was asked for.
fn part_of(
    answer: &MediaResponse,
    asked: Option<ByteRange>,
) -> Result<Option<ContentRange>, Error> {
    if answer.status != 206 {
        return Ok(None);
    }
    let part = ContentRange::of(answer);
    let is_asked = |part: &ContentRange| {
        asked.is_some_and(|asked| part.answers(asked))
            && answer
                .content_length
                .is_none_or(|length| length == part.length())
    };
    match part.filter(is_asked) {
        Some(part) => Ok(Some(part)),
        None => Err(Error::Upstream(
            "it sends another part of the file than was asked for".into(),
        )),
    }
}

/// A type that nothing on the box's own origin is executed by.
fn safe_mime(told: Option<&str>) -> Cow<'static, str> {
    let told = told.unwrap_or_default().split(';').next();
    let told = told.unwrap_or_default().trim().to_ascii_lowercase();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/.+-".contains(&byte);
    let is_media = told.starts_with("video/") || told.starts_with("audio/");
    let is_other = matches!(
        told.as_str(),
        "text/vtt" | "image/jpeg" | "image/png" | "image/webp" | "image/avif"
    );
    if is_other || (is_media && told.len() < 80 && told.bytes().all(is_plain)) {
        told.into()
    } else {
        Kind::Bytes.mime().into()
    }
}

/// A body that breaks off when its source closes.
pub(super) fn while_open(body: MediaBody, opened: &Arc<Opened>) -> Body {
    let opened: Weak<Opened> = Arc::downgrade(opened);
    Box::pin(body.map(move |chunk| {
        if opened.strong_count() == 0 {
            return Err(io::Error::other("the session has ended"));
        }
        chunk.map_err(io::Error::other)
    }))
}

pub(super) fn trouble(error: hearth_fetch::Error) -> Error {
    match error {
        hearth_fetch::Error::Status {
            status: 404 | 410, ..
        } => Error::NotFound {
            what: "this piece of the stream",
            slug: Slug::SourceGone,
        },
        error => Error::Upstream(error.to_string()),
    }
}

const DIRECTIVES: [&str; 3] = ["_HLS_msn", "_HLS_part", "_HLS_skip"];

/// Hands the player's directives to the server of a low-latency playlist.
fn direct(url: &mut Url, wish: &Wish) {
    let numbers = [(DIRECTIVES[0], wish.msn), (DIRECTIVES[1], wish.part)];
    for (name, number) in numbers {
        if let Some(number) = number {
            url.query_pairs_mut().append_pair(name, &number.to_string());
        }
    }
    if wish.skips {
        url.query_pairs_mut().append_pair(DIRECTIVES[2], "YES");
    }
}

fn undirect(url: &mut Url) {
    let Some(query) = url.query().filter(|query| query.contains("_HLS_")) else {
        return;
    };
    let is_own = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default();
        !DIRECTIVES.contains(&name)
    };
    let own: Vec<_> = query.split('&').filter(is_own).collect();
    let own = own.join("&");
    url.set_query(Some(own.as_str()).filter(|own| !own.is_empty()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abuse_15_types_that_a_browser_executes_are_not_passed_on() {
        for (told, passed) in [
            (Some("video/MP2T"), "video/mp2t"),
            (Some("audio/mp4; codecs=\"mp4a\""), "audio/mp4"),
            (Some("text/vtt;charset=utf-8"), "text/vtt"),
            (Some("image/jpeg"), "image/jpeg"),
            (Some("text/html"), "application/octet-stream"),
            (Some("image/svg+xml"), "application/octet-stream"),
            (Some("application/xhtml+xml"), "application/octet-stream"),
            (Some("application/javascript"), "application/octet-stream"),
            (Some("text/javascript"), "application/octet-stream"),
            (Some("video/mp4\"><script>"), "application/octet-stream"),
            (Some(""), "application/octet-stream"),
            (None, "application/octet-stream"),
        ] {
            assert_eq!(safe_mime(told), passed, "{told:?}");
        }
    }

    #[test]
    fn directives_go_to_the_server_and_leave_no_trace_in_the_addresses() {
        let mut url = Url::parse("https://example.org/live.m3u8?a=1").unwrap();
        let wish = Wish {
            msn: Some(5),
            part: Some(0),
            skips: true,
            ..Wish::default()
        };
        let before = url.clone();
        direct(&mut url, &wish);
        assert_eq!(
            url.query(),
            Some("a=1&_HLS_msn=5&_HLS_part=0&_HLS_skip=YES")
        );
        undirect(&mut url);
        assert_eq!(url, before);
        let mut plain = Url::parse("https://example.org/live.m3u8").unwrap();
        let before = plain.clone();
        direct(&mut plain, &wish);
        undirect(&mut plain);
        assert_eq!(plain, before);
    }
}
