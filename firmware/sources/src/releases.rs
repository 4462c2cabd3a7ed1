//! From a feed's items to the sources of one title.

use std::collections::BTreeMap;

use hearth_model::{Health, Hints, Location, Release, Source, SourceKind, TorrentLocation};
use url::Url;

use crate::{
    Query,
    feed::{Enclosure, Item},
    media, text, torrent,
};

const LONGEST_NAME: usize = 400;
/// Some feeds name any number as the length of what they enclose; no film is smaller.
const LEAST_ENCLOSED_BYTES: u64 = 1024 * 1024;
/// What is looked at for numbers among words.
const LONGEST_DESCRIPTION: usize = 4000;

pub(crate) fn sources(items: &[Item], query: &Query, provider: &str) -> Vec<Source> {
    let wanted = query.wanted();
    let imdb = query.imdb().and_then(text::imdb_number);
    let tmdb = query.title.external.tmdb;
    let source = |item: &Item| {
        let name = text::tidy(&item.title, LONGEST_NAME);
        if name.is_empty() || !is_film_or_series(item) {
            return None;
        }
        let release = hearth_release::parse(&name);
        let given_imdb = item.told(&["imdbid", "imdb"]).and_then(text::imdb_number);
        let given_tmdb = item
            .told(&["tmdbid", "tmdb"])
            .and_then(|id| id.parse::<u64>().ok());
        let same_film = match (imdb, given_imdb) {
            (Some(wanted), Some(given)) if wanted != given => return None,
            (Some(_), Some(_)) => true,
            // Films and series are counted apart there: the same number proves nothing else.
            _ => tmdb.is_some() && tmdb == given_tmdb,
        };
        let mut wanted = wanted.clone();
        if same_film {
            // The id vouches for the film, whatever the name; the episode is still to be right.
            wanted.names.extend(names(&release));
        }
        if !hearth_release::matches(&release, &wanted) {
            return None;
        }
        let (kind, location) = place(item)?;
        let description = description(item);
        Some(Source {
            id: Source::id_for(query.title.id, query.episode_id(), &location),
            title_id: query.title.id,
            episode_id: query.episode_id(),
            kind,
            provider: provider.to_owned(),
            name,
            release,
            size_bytes: size(item, &description),
            seeders: (kind == SourceKind::Torrent)
                .then(|| seeders(item, &description))
                .flatten(),
            health: Health::Unknown,
            location,
            hints: Hints {
                tracker: item
                    .told(&["jackettindexer", "prowlarrindexer"])
                    .map(|name| text::tidy(name, 100)),
                ..Hints::default()
            },
        })
    };
    items.iter().filter_map(source).collect()
}

fn names(release: &Release) -> impl Iterator<Item = &str> {
    let all = release.title.iter().chain(&release.alternative_titles);
    all.map(String::as_str)
}

/// Soundtracks, games and books share names with films. Numbers from 100000 are the indexer's
/// own; 8000 is "other".
fn is_film_or_series(item: &Item) -> bool {
    let mut standard = item
        .attrs("category")
        .filter_map(|id| id.parse::<u32>().ok())
        .filter(|id| *id < 100_000)
        .peekable();
    standard.peek().is_none()
        || standard.any(|id| matches!(id, 2000..=2999 | 5000..=5999 | 8000..=8999 | 0..=999))
}

fn place(item: &Item) -> Option<(SourceKind, Location)> {
    let torrent = torrent_of(item).map(|torrent| (SourceKind::Torrent, Location::Torrent(torrent)));
    torrent.or_else(|| film_of(item))
}

fn torrent_of(item: &Item) -> Option<TorrentLocation> {
    let enclosed = item
        .enclosures
        .iter()
        .map(|enclosure| enclosure.url.as_str());
    let mut addresses = item
        .told(&["magneturl", "magneturi"])
        .into_iter()
        .chain([item.link.as_str(), item.guid.as_str()])
        .chain(enclosed);
    let mut location = addresses
        .find_map(torrent::magnet)
        .or_else(|| magnet_among(&item.description))
        .unwrap_or_default();
    location.torrent_url = torrent_url(item);
    let told = item
        .told(&["infohash", "info_hash"])
        .and_then(torrent::infohash);
    location.infohash = told
        .or_else(|| location.infohash.take())
        .or_else(|| hash_of_file_name(location.torrent_url.as_deref()?));
    (location.infohash.is_some() || location.torrent_url.is_some()).then_some(location)
}

/// A magnet in a link among words.
fn magnet_among(description: &str) -> Option<TorrentLocation> {
    let from = description.find("magnet:?")?;
    let link = description[from..]
        .split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'))
        .next()?;
    torrent::magnet(&link.replace("&amp;", "&"))
}

fn torrent_url(item: &Item) -> Option<String> {
    let is_torrent = |enclosure: &&Enclosure| {
        enclosure.kind.contains("bittorrent")
            || (enclosure.kind.is_empty() && media::kind(&enclosure.url).is_none())
    };
    let enclosed = item
        .enclosures
        .iter()
        .filter(is_torrent)
        .map(|enclosure| enclosure.url.trim())
        .find(|url| torrent::is_http(url));
    // Without an enclosure `link` is the file, unless it is the page about it.
    let linked = || {
        let link = item.link.as_str();
        let is_page = link == item.comments || link == item.guid;
        let is_file =
            media::ends_with(link, ".torrent") || (item.enclosures.is_empty() && !is_page);
        (torrent::is_http(link) && is_file).then_some(link)
    };
    enclosed.or_else(linked).map(ToOwned::to_owned)
}

/// Caches of .torrent files call them by their hash.
fn hash_of_file_name(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let name = url.path_segments()?.next_back()?;
    let stem = name.strip_suffix(".torrent")?;
    (stem.len() == 40)
        .then(|| torrent::infohash(stem))
        .flatten()
}

/// A film that the feed encloses itself, as podcasts do.
fn film_of(item: &Item) -> Option<(SourceKind, Location)> {
    item.enclosures.iter().find_map(|enclosure| {
        let url = enclosure.url.trim();
        let named = media::kind(url);
        let typed = enclosure
            .kind
            .starts_with("video/")
            .then_some(SourceKind::Direct);
        let kind = named.or(typed).filter(|_| torrent::is_http(url))?;
        let location = Location::Url {
            url: url.to_owned(),
            headers: BTreeMap::new(),
        };
        Some((kind, location))
    })
}

fn description(item: &Item) -> String {
    let short: String = item.description.chars().take(LONGEST_DESCRIPTION).collect();
    text::without_tags(&short)
}

fn size(item: &Item, description: &str) -> Option<u64> {
    let told = |text: &str| text.parse::<u64>().ok().filter(|bytes| *bytes > 0);
    let named = item
        .all("size")
        .chain(item.all("contentlength"))
        .find_map(|text| told(text).or_else(|| text::size_bytes(text)));
    let enclosed = || {
        let mut lengths = item.enclosures.iter();
        lengths.find_map(|enclosure| {
            told(enclosure.length.trim()).filter(|bytes| *bytes >= LEAST_ENCLOSED_BYTES)
        })
    };
    named
        .or_else(enclosed)
        .or_else(|| text::size_among(description))
}

fn seeders(item: &Item, description: &str) -> Option<u32> {
    match item.told(&["seeders", "seeds"]) {
        Some(count) => count.parse().ok(),
        None => text::seeders_among(description),
    }
}
