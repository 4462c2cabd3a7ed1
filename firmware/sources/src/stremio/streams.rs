//! Streams of an addon's answer as sources.

use std::collections::BTreeMap;

use hearth_model::{Health, Location, Source, SourceKind, TorrentLocation};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::words;
use crate::{Error, Query, text, torrent};

const MOST_STREAMS: usize = 500;
const LONGEST_NAME: usize = 400;
const LONGEST_ADDRESS: usize = 8 * 1024;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Stream {
    url: Option<String>,
    yt_id: Option<String>,
    info_hash: Option<String>,
    file_idx: Value,
    external_url: Option<String>,
    name: Option<String>,
    description: Option<String>,
    /// The older spelling of `description`.
    title: Option<String>,
    sources: Option<Vec<Value>>,
    behavior_hints: Option<Hints>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Hints {
    filename: Option<String>,
    video_size: Value,
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
        hints: hearth_model::Hints::default(),
    })
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
    let url = stream.external_url.as_deref()?.trim();
    // Links into the other application (`stremio:`) and the like lead nowhere here.
    (torrent::is_http(url) && url.len() < LONGEST_ADDRESS)
        .then(|| page(url.to_owned(), "It plays only on its own page"))
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
    let ends = |text: &str, ending: &str| text.to_ascii_lowercase().ends_with(ending);
    let queried = |ending: &str| {
        url.query_pairs().any(|(_, value)| {
            let value = value.split('?').next().unwrap_or_default();
            ends(value, ending)
        })
    };
    let is = |ending: &str| ends(url.path(), ending) || ends(filename, ending);
    if is(".m3u8") {
        SourceKind::Hls
    } else if is(".mpd") {
        SourceKind::Dash
    } else if queried(".m3u8") {
        SourceKind::Hls
    } else if queried(".mpd") {
        SourceKind::Dash
    } else {
        SourceKind::Direct
    }
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
