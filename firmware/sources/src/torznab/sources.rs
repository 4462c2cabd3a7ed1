//! From an indexer's items to the sources of one title.

use hearth_model::{Health, Location, Release, Source, SourceKind, TorrentLocation};

use super::feed::Item;
use crate::{Query, text, torrent};

const LONGEST_NAME: usize = 400;

pub(crate) fn sources(items: &[Item], query: &Query, provider: &str) -> Vec<Source> {
    let wanted = query.wanted();
    let imdb = query.imdb().and_then(text::imdb_number);
    let source = |item: &Item| {
        let name = text::tidy(&item.title, LONGEST_NAME);
        if name.is_empty() || !is_film_or_series(item) {
            return None;
        }
        let release = hearth_release::parse(&name);
        let same_film = match (imdb, imdb_of(item)) {
            (Some(wanted), Some(given)) if wanted != given => return None,
            (Some(_), Some(_)) => true,
            _ => false,
        };
        let mut wanted = wanted.clone();
        if same_film {
            // The id vouches for the film, whatever the name; the episode is still to be right.
            wanted.names.extend(names(&release));
        }
        if !hearth_release::matches(&release, &wanted) {
            return None;
        }
        let location = Location::Torrent(location(item)?);
        Some(Source {
            id: Source::id_for(query.title.id, query.episode_id(), &location),
            title_id: query.title.id,
            episode_id: query.episode_id(),
            kind: SourceKind::Torrent,
            provider: provider.to_owned(),
            name,
            release,
            size_bytes: size(item),
            seeders: item.attr("seeders").and_then(|count| count.parse().ok()),
            health: Health::Unknown,
            location,
            hints: hearth_model::Hints::default(),
        })
    };
    items.iter().filter_map(source).collect()
}

fn names(release: &Release) -> impl Iterator<Item = &str> {
    let all = release.title.iter().chain(&release.alternative_titles);
    all.map(String::as_str)
}

fn imdb_of(item: &Item) -> Option<u64> {
    item.attr("imdbid")
        .or_else(|| item.attr("imdb"))
        .and_then(text::imdb_number)
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

fn location(item: &Item) -> Option<TorrentLocation> {
    let addresses = || {
        item.attr("magneturl")
            .into_iter()
            .chain([item.link.as_str(), item.guid.as_str()])
            .chain(
                item.enclosures
                    .iter()
                    .map(|enclosure| enclosure.url.as_str()),
            )
    };
    let mut location = addresses().find_map(torrent::magnet).unwrap_or_default();
    if let Some(hash) = item.attr("infohash").and_then(torrent::infohash) {
        location.infohash = Some(hash);
    }
    location.torrent_url = torrent_url(item);
    (location.infohash.is_some() || location.torrent_url.is_some()).then_some(location)
}

fn torrent_url(item: &Item) -> Option<String> {
    let enclosed = item
        .enclosures
        .iter()
        .filter(|enclosure| enclosure.kind.is_empty() || enclosure.kind.contains("bittorrent"))
        .map(|enclosure| enclosure.url.trim())
        .find(|url| torrent::is_http(url));
    // Without an enclosure `link` is the file, unless it is the page about it.
    let linked = || {
        let link = item.link.as_str();
        let is_page = link == item.comments || link == item.guid;
        let is_file = link.ends_with(".torrent") || (item.enclosures.is_empty() && !is_page);
        (torrent::is_http(link) && is_file).then_some(link)
    };
    enclosed.or_else(linked).map(ToOwned::to_owned)
}

fn size(item: &Item) -> Option<u64> {
    let told = |text: &str| text.parse::<u64>().ok().filter(|bytes| *bytes > 0);
    let lengths = item
        .enclosures
        .iter()
        .map(|enclosure| enclosure.length.as_str());
    [item.size.as_str()]
        .into_iter()
        .chain(item.attr("size"))
        .chain(lengths)
        .find_map(|text| told(text.trim()).or_else(|| text::size_bytes(text)))
}
