//! Streams of an addon's answer as sources.

use std::collections::BTreeMap;

use hearth_model::{Health, Hints, Location, Source, SourceKind, SubtitleLink, TorrentLocation};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::words;
use crate::{Error, Query, media, moviehash, text, torrent};

const MOST_STREAMS: usize = 500;
const LONGEST_NAME: usize = 400;
const LONGEST_ADDRESS: usize = 8 * 1024;
const MOST_SUBTITLES: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Stream {
    url: Option<String>,
    yt_id: Option<String>,
    info_hash: Option<String>,
    file_idx: Value,
    external_url: Option<String>,
    player_frame_url: Option<String>,
    nzb_url: Option<String>,
    rar_urls: Option<Value>,
    zip_urls: Option<Value>,
    #[serde(rename = "7zipUrls")]
    seven_zip_urls: Option<Value>,
    tar_urls: Option<Value>,
    tgz_urls: Option<Value>,
    subtitles: Value,
    name: Option<String>,
    description: Option<String>,
    /// The older spelling of `description`.
    title: Option<String>,
    sources: Option<Vec<Value>>,
    behavior_hints: Option<BehaviorHints>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct BehaviorHints {
    filename: Option<String>,
    video_size: Value,
    video_hash: Option<String>,
    not_web_ready: Value,
    proxy_headers: Option<ProxyHeaders>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ProxyHeaders {
    request: Option<BTreeMap<String, Value>>,
}

/// `{streams: […]}`; what is no readable stream is left out.
pub(super) fn sources(answer: &Value, query: &Query, provider: &str) -> Vec<Source> {
    let streams = answer.get("streams").and_then(Value::as_array);
    streams
        .into_iter()
        .flatten()
        .take(MOST_STREAMS)
        .filter_map(|stream| source(Stream::deserialize(stream).ok()?, query, provider))
        .collect()
}

pub fn read_streams(text: &str, query: &Query) -> Result<Vec<Source>, Error> {
    let answer = serde_json::from_str(text).map_err(|source| Error::Addon {
        what: "answer",
        source,
    })?;
    Ok(sources(&answer, query, "stremio:test"))
}

fn source(stream: Stream, query: &Query, provider: &str) -> Option<Source> {
    let hints = stream.behavior_hints.as_ref();
    let (kind, location) = place(&stream)?;
    let label = stream.name.as_deref().unwrap_or_default();
    let description = stream
        .description
        .as_deref()
        .or(stream.title.as_deref())
        .unwrap_or_default();
    let filename = hints
        .and_then(|hints| hints.filename.as_deref())
        .unwrap_or_default();
    let first_line = description.lines().next().unwrap_or_default();
    let name = [
        filename,
        first_line,
        label,
        query.title.names.all().next().unwrap_or_default(),
    ]
    .into_iter()
    .map(|text| text::tidy(text, LONGEST_NAME))
    .find(|text| !text.is_empty())?;
    let rest = format!("{label} {description}");
    let told_size = hints.and_then(|hints| number(&hints.video_size));
    Some(Source {
        id: Source::id_for(query.title.id, query.episode_id(), &location),
        title_id: query.title.id,
        episode_id: query.episode_id(),
        kind,
        provider: provider.to_owned(),
        release: words::facts(&name, &rest),
        name,
        size_bytes: told_size
            .filter(|size| *size > 0)
            .or_else(|| words::size_bytes(description)),
        seeders: matches!(kind, SourceKind::Torrent)
            .then(|| words::seeders(description))
            .flatten(),
        health: Health::Unknown,
        location,
        hints: Hints {
            file_name: Some(text::tidy(filename, LONGEST_NAME)).filter(|name| !name.is_empty()),
            moviehash: hints
                .and_then(|hints| hints.video_hash.as_deref())
                .and_then(moviehash::read),
            tracker: None,
            not_for_browsers: hints.is_some_and(|hints| hints.not_web_ready == true),
            subtitles: subtitles(&stream.subtitles),
            without_subtitles: false,
        },
    })
}

/// `[{id, url, lang}]`, in a stream as in an answer about subtitles.
pub(super) fn subtitles(list: &Value) -> Vec<SubtitleLink> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|entry| {
        let url = entry.get("url")?.as_str()?.trim();
        let language = entry.get("lang").and_then(Value::as_str);
        let usable = torrent::is_http(url) && url.len() < LONGEST_ADDRESS;
        usable.then(|| SubtitleLink {
            language: language
                .and_then(hearth_release::language)
                .map(ToOwned::to_owned),
            url: url.to_owned(),
        })
    })
    .take(MOST_SUBTITLES)
    .collect()
}

fn place(stream: &Stream) -> Option<(SourceKind, Location)> {
    if let Some(hash) = &stream.info_hash {
        let location = Location::Torrent(torrent(hash, stream)?);
        return Some((SourceKind::Torrent, location));
    }
    if let Some(url) = &stream.url {
        return address(url, stream);
    }
    if let Some(id) = &stream.yt_id {
        let known = !id.is_empty()
            && id.len() < 40
            && id
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        return known.then(|| {
            page(
                format!("https://www.youtube.com/watch?v={id}"),
                "It plays only on YouTube's own page",
            )
        });
    }
    let pages = [
        (&stream.external_url, "It plays only on its own page"),
        (&stream.player_frame_url, "It plays only on its own page"),
        (
            &stream.nzb_url,
            "It lies in Usenet, which this box does not read",
        ),
    ];
    // Links into the other application (`stremio:`) and the like lead nowhere here.
    let page_of = |(url, reason): (&Option<String>, &str)| {
        let url = url.as_deref()?.trim();
        let usable = torrent::is_http(url) && url.len() < LONGEST_ADDRESS;
        usable.then(|| page(url.to_owned(), reason))
    };
    pages
        .into_iter()
        .find_map(page_of)
        .or_else(|| packed(stream))
}

/// A film in the parts of an archive: `[{url, bytes}]`.
fn packed(stream: &Stream) -> Option<(SourceKind, Location)> {
    let parts = [
        &stream.rar_urls,
        &stream.zip_urls,
        &stream.seven_zip_urls,
        &stream.tar_urls,
        &stream.tgz_urls,
    ];
    let first = parts.into_iter().flatten().next()?.get(0)?;
    let url = first
        .get("url")
        .unwrap_or(first)
        .as_str()
        .filter(|url| torrent::is_http(url) && url.len() < LONGEST_ADDRESS)?;
    Some(page(
        url.trim().to_owned(),
        "It lies packed in an archive, which this box does not open",
    ))
}

fn page(url: String, reason: &str) -> (SourceKind, Location) {
    let reason = reason.to_owned();
    (SourceKind::Embed, Location::Page { url, reason })
}

fn torrent(hash: &str, stream: &Stream) -> Option<TorrentLocation> {
    let mut location = TorrentLocation {
        infohash: Some(torrent::infohash(hash)?),
        file_index: number(&stream.file_idx).and_then(|index| index.try_into().ok()),
        ..TorrentLocation::default()
    };
    for text in stream.sources.iter().flatten().filter_map(Value::as_str) {
        match text.split_once(':') {
            Some(("tracker", tracker)) => torrent::add_tracker(&mut location, tracker),
            Some(("peer", peer)) => torrent::add_peer(&mut location, peer),
            // `dht:…` says what the engine does anyway; a bare address is a tracker.
            _ => torrent::add_tracker(&mut location, text),
        }
    }
    Some(location)
}

fn address(text: &str, stream: &Stream) -> Option<(SourceKind, Location)> {
    if text.len() > LONGEST_ADDRESS {
        return None;
    }
    if let Some(mut location) = torrent::magnet(text) {
        location.file_index = number(&stream.file_idx).and_then(|index| index.try_into().ok());
        return Some((SourceKind::Torrent, Location::Torrent(location)));
    }
    let url = Url::parse(text.trim()).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        let reason = format!(
            "`{}:` addresses are not played",
            text::tidy(url.scheme(), 20)
        );
        return Some(page(url.into(), &reason));
    }
    let filename = stream
        .behavior_hints
        .as_ref()
        .and_then(|hints| hints.filename.as_deref())
        .unwrap_or_default();
    if url.path().to_ascii_lowercase().ends_with(".torrent") {
        let location = TorrentLocation {
            torrent_url: Some(url.into()),
            ..TorrentLocation::default()
        };
        return Some((SourceKind::Torrent, Location::Torrent(location)));
    }
    let kind = protocol(&url, filename);
    let headers = stream
        .behavior_hints
        .as_ref()
        .and_then(|hints| hints.proxy_headers.as_ref()?.request.as_ref())
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .take(32)
        .collect();
    let url = url.into();
    Some((kind, Location::Url { url, headers }))
}

/// HLS and DASH show in the last part of the path, in the file's name, or in the query of a
/// proxy's address.
fn protocol(url: &Url, filename: &str) -> SourceKind {
    let special = |kind: &SourceKind| *kind != SourceKind::Direct;
    let named = [url.path(), filename]
        .into_iter()
        .filter_map(media::kind)
        .find(special);
    let queried = || {
        let mut values = url.query_pairs();
        values.find_map(|(_, value)| media::kind(value.split('?').next()?).filter(special))
    };
    named.or_else(queried).unwrap_or(SourceKind::Direct)
}

/// A whole number, as number or text.
fn number(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|float| *float >= 0.0 && *float < 1e15);
            number.as_u64().or_else(|| whole.map(|float| float as u64))
        }
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}
