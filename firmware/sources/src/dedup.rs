//! The same place found twice is one source.

use std::collections::HashMap;

use hearth_model::{Hints, Location, Source, TorrentLocation};
use url::Url;

/// Keeps, of those that lead to the same torrent or address, the one that tells most, and adds
/// to it what only the others knew; its id stays. The order is that of the first finds.
pub fn dedup(sources: Vec<Source>) -> Vec<Source> {
    let mut kept: Vec<Source> = Vec::with_capacity(sources.len());
    let mut places: HashMap<String, usize> = HashMap::new();
    for source in sources {
        let key = key(&source);
        match places.get(&key) {
            None => {
                places.insert(key, kept.len());
                kept.push(source);
            }
            Some(&place) => {
                let known = &mut kept[place];
                if facts(&source) > facts(known) {
                    let poorer = std::mem::replace(known, source);
                    complete(known, poorer);
                } else {
                    complete(known, source);
                }
            }
        }
    }
    kept
}

/// Takes a find of another provider in: where it stands in `known`, if it is new or tells more of what
/// is known. That stays the first finder's, who may be the only one that reaches it.
pub fn take_in(known: &mut Vec<Source>, mut found: Source) -> Option<usize> {
    let Some(at) = known.iter().position(|one| is_same(one, &found)) else {
        known.push(found);
        return Some(known.len() - 1);
    };
    let one = &mut known[at];
    let before = one.clone();
    found.hints.subtitles.clear();
    if let (Location::Torrent(torrent), Location::Torrent(other)) =
        (&mut one.location, &mut found.location)
    {
        other.torrent_url = None;
        if torrent.file_index.is_none() && other.file_index.is_some() {
            // Of the file that it is from now on, and not of the pack.
            torrent.file_index = other.file_index;
            one.size_bytes = None;
            one.hints.file_name = None;
            one.hints.moviehash = None;
        }
    }
    complete(one, found);
    (*one != before).then_some(at)
}

/// A torrent is the same whether or not somebody says which of its files it is.
fn is_same(one: &Source, other: &Source) -> bool {
    if let (Location::Torrent(torrent), Location::Torrent(found)) = (&one.location, &other.location)
        && torrent.infohash.is_some()
        && torrent.infohash == found.infohash
    {
        let indexes = torrent.file_index.zip(found.file_index);
        return indexes.is_none_or(|(one, other)| one == other);
    }
    one.id == other.id
}

fn key(source: &Source) -> String {
    match &source.location {
        Location::Torrent(torrent) => match (&torrent.infohash, source.size_bytes) {
            (Some(hash), _) => format!("torrent:{}", hash.to_ascii_lowercase()),
            // Links of indexers change from one answer to the next.
            (None, Some(size)) => format!("torrent:{}:{size}", source.name.to_lowercase()),
            (None, None) => format!(
                "torrent:{}",
                canonical(torrent.torrent_url.as_deref().unwrap_or_default())
            ),
        },
        Location::Url { url, .. } | Location::Page { url, .. } => format!("url:{}", canonical(url)),
        Location::File { path, .. } => format!("file:{}", path.display()),
    }
}

/// Without the fragment; host and port as the parser writes them.
fn canonical(address: &str) -> String {
    Url::parse(address).map_or_else(
        |_| address.to_owned(),
        |mut url| {
            url.set_fragment(None);
            url.into()
        },
    )
}

fn facts(source: &Source) -> usize {
    let release = &source.release;
    let texts = [
        &release.title,
        &release.resolution,
        &release.source,
        &release.video_codec,
        &release.hdr,
        &release.audio_codec,
        &release.audio_channels,
        &release.dub,
        &release.group,
        &release.container,
    ];
    let place = match &source.location {
        // Knowing the file in a pack is worth more than any word about it.
        Location::Torrent(torrent) => {
            20 * usize::from(torrent.file_index.is_some())
                + usize::from(torrent.torrent_url.is_some())
                + usize::from(!torrent.trackers.is_empty())
                + usize::from(!torrent.peers.is_empty())
        }
        Location::Url { headers, .. } => usize::from(!headers.is_empty()),
        Location::File { .. } | Location::Page { .. } => 0,
    };
    place
        + texts.into_iter().filter(|text| text.is_some()).count()
        + usize::from(release.year.is_some())
        + release.audio_languages.len()
        + release.subtitle_languages.len()
        + usize::from(source.size_bytes.is_some())
        + usize::from(source.seeders.is_some())
}

/// Adds what does not change which file is played.
fn complete(kept: &mut Source, mut other: Source) {
    kept.seeders = kept.seeders.max(other.seeders);
    kept.hints.tracker = kept.hints.tracker.take().or(other.hints.tracker.take());
    if file_index(&kept.location) == file_index(&other.location) {
        complete_hints(&mut kept.hints, std::mem::take(&mut other.hints));
    }
    let (Location::Torrent(kept_torrent), Location::Torrent(torrent)) =
        (&mut kept.location, other.location)
    else {
        kept.size_bytes = kept.size_bytes.or(other.size_bytes);
        return;
    };
    let TorrentLocation {
        torrent_url,
        trackers,
        peers,
        file_index,
        ..
    } = torrent;
    // One may tell the size of the file, the other that of the pack.
    if kept_torrent.file_index == file_index {
        kept.size_bytes = kept.size_bytes.or(other.size_bytes);
    }
    if kept_torrent.infohash.is_some() {
        kept_torrent.torrent_url = kept_torrent.torrent_url.take().or(torrent_url);
    }
    union(&mut kept_torrent.trackers, trackers);
    union(&mut kept_torrent.peers, peers);
}

fn file_index(location: &Location) -> Option<usize> {
    match location {
        Location::Torrent(torrent) => torrent.file_index,
        Location::Url { .. } | Location::File { .. } | Location::Page { .. } => None,
    }
}

fn complete_hints(kept: &mut Hints, other: Hints) {
    kept.file_name = kept.file_name.take().or(other.file_name);
    kept.moviehash = kept.moviehash.take().or(other.moviehash);
    union(&mut kept.subtitles, other.subtitles);
}

fn union<T: PartialEq>(kept: &mut Vec<T>, others: Vec<T>) {
    for other in others {
        if !kept.contains(&other) {
            kept.push(other);
        }
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::{Health, Release, SourceKind, TitleId};

    use super::*;

    fn source(name: &str, location: Location) -> Source {
        let title_id = TitleId::from_name("t");
        Source {
            id: Source::id_for(title_id, None, &location),
            title_id,
            episode_id: None,
            kind: SourceKind::Torrent,
            provider: name.into(),
            name: "A".into(),
            release: Release::default(),
            size_bytes: None,
            seeders: None,
            health: Health::Unknown,
            location,
            hints: Hints::default(),
        }
    }

    fn torrent(provider: &str, file_index: Option<usize>, trackers: &[&str]) -> Source {
        source(
            provider,
            Location::Torrent(TorrentLocation {
                infohash: Some("a".repeat(40)),
                trackers: trackers.iter().map(|text| (*text).to_owned()).collect(),
                file_index,
                ..TorrentLocation::default()
            }),
        )
    }

    #[test]
    fn one_torrent_of_two_providers_is_one_source_with_all_facts() {
        let mut rich = torrent("rich", Some(3), &["udp://b:1"]);
        rich.release.resolution = Some("1080p".into());
        let rich_id = rich.id;
        let mut poor = torrent("poor", None, &["udp://a:1", "udp://b:1"]);
        poor.seeders = Some(9);
        poor.size_bytes = Some(5_000);
        poor.hints.tracker = Some("tracker".into());
        poor.hints.moviehash = Some("of another file".into());
        for order in [vec![rich.clone(), poor.clone()], vec![poor, rich]] {
            let kept = dedup(order);
            assert_eq!(kept.len(), 1);
            assert_eq!(kept[0].provider, "rich");
            assert_eq!(kept[0].id, rich_id);
            assert_eq!(kept[0].seeders, Some(9));
            assert_eq!(kept[0].hints.tracker.as_deref(), Some("tracker"));
            assert_eq!(kept[0].hints.moviehash, None);
            assert_eq!(
                kept[0].size_bytes, None,
                "the pack's size is not the file's"
            );
            let Location::Torrent(torrent) = &kept[0].location else {
                panic!("a torrent stays one");
            };
            assert_eq!(torrent.trackers, ["udp://b:1", "udp://a:1"]);
        }
    }

    /// The second finder's seeders and trackers were lost, and one that said which file of the
    /// torrent it is stood beside the first as another source.
    #[test]
    fn a_find_of_another_provider_tells_more_of_what_is_known() {
        let mut first = torrent("first", None, &["udp://a:1"]);
        first.size_bytes = Some(9_000);
        let mut known = vec![first.clone()];
        let mut second = torrent("second", Some(3), &["udp://b:1"]);
        second.seeders = Some(240);
        second.size_bytes = Some(1_000);
        second.hints.moviehash = Some("of the file".into());
        let Location::Torrent(place) = &mut second.location else {
            panic!("a torrent stays one");
        };
        place.torrent_url = Some("https://only.second/reaches.torrent".into());
        assert_eq!(take_in(&mut known, second.clone()), Some(0));
        assert_eq!(take_in(&mut known, second), None, "nothing new");
        assert_eq!(take_in(&mut known, first.clone()), None, "nothing new");
        assert_eq!(known.len(), 1);
        let one = &known[0];
        assert_eq!((one.id, one.provider.as_str()), (first.id, "first"));
        assert_eq!((one.seeders, one.size_bytes), (Some(240), Some(1_000)));
        assert_eq!(one.hints.moviehash.as_deref(), Some("of the file"));
        let Location::Torrent(place) = &one.location else {
            panic!("a torrent stays one");
        };
        assert_eq!(place.trackers, ["udp://a:1", "udp://b:1"]);
        assert_eq!((place.file_index, &place.torrent_url), (Some(3), &None));
        let other_file = torrent("third", Some(4), &[]);
        assert_eq!(take_in(&mut known, other_file), Some(1));
    }

    #[test]
    fn addresses_are_compared_as_parsed() {
        let url = |url: &str| {
            let headers = std::collections::BTreeMap::default();
            source(
                "x",
                Location::Url {
                    url: url.into(),
                    headers,
                },
            )
        };
        let kept = dedup(vec![
            url("https://Example.org:443/film.mp4#t=1"),
            url("https://example.org/film.mp4"),
            url("https://example.org/film.mp4?v=2"),
        ]);
        assert_eq!(kept.len(), 2);
    }

    #[test]
    fn links_that_change_are_known_by_name_and_size() {
        let link = |n: u32, size| {
            let mut source = source(
                "x",
                Location::Torrent(TorrentLocation {
                    torrent_url: Some(format!("https://example.org/dl/{n}")),
                    ..TorrentLocation::default()
                }),
            );
            source.size_bytes = size;
            source
        };
        assert_eq!(dedup(vec![link(1, Some(7)), link(2, Some(7))]).len(), 1);
        assert_eq!(dedup(vec![link(1, Some(7)), link(2, Some(8))]).len(), 2);
        assert_eq!(dedup(vec![link(1, None), link(2, None)]).len(), 2);
    }
}
