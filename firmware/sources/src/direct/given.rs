//! From what people gave to the sources of one title: each thing is of the episode that a person
//! named, or of those that names and folders tell.

use hearth_model::{Given, GivenFile, Location, Release, Source};

use crate::{Query, dedup};

/// Smaller than this part of the largest film, it is a sample or a trailer.
const LEAST_PART: u64 = 20;

/// What of it is a source of what is looked for.
pub fn given_sources(given: &[Given], query: &Query) -> Vec<Source> {
    dedup(given.iter().flat_map(|one| of_one(one, query)).collect())
}

fn of_one(given: &Given, query: &Query) -> Vec<Source> {
    let release = hearth_release::parse(&given.source.name);
    let whole = |release: Release| source(given, query, &given.source.name, release);
    match (given.source.episode_id, query.episode_id()) {
        (Some(named), wanted) if wanted != Some(named) => Vec::new(),
        (Some(_), _) | (None, None) => vec![whole(release)],
        (None, Some(_)) if given.files.is_empty() => {
            let is_it = is_episode(&release, query);
            is_it.then(|| whole(release)).into_iter().collect()
        }
        (None, Some(_)) => {
            let of_file = |file: &GivenFile| {
                let release = file_release(&file.path, &release);
                is_episode(&release, query).then(|| in_torrent(given, query, file, release))
            };
            given.files.iter().filter_map(of_file).collect()
        }
    }
}

fn source(given: &Given, query: &Query, name: &str, release: Release) -> Source {
    let (title_id, episode_id) = (query.title.id, query.episode_id());
    Source {
        id: Source::id_for(title_id, episode_id, &given.source.location),
        title_id,
        episode_id,
        name: name.to_owned(),
        release,
        ..given.source.clone()
    }
}

fn in_torrent(given: &Given, query: &Query, file: &GivenFile, release: Release) -> Source {
    let mut of_file = source(given, query, file_name(&file.path), release);
    if let Location::Torrent(torrent) = &mut of_file.location {
        torrent.file_index = Some(file.index);
    }
    Source {
        id: Source::id_for(of_file.title_id, of_file.episode_id, &of_file.location),
        size_bytes: Some(file.size_bytes),
        ..of_file
    }
}

/// Whether the numbers are those of what is looked for: whoever gave it says which title it is.
pub fn is_episode(release: &Release, query: &Query) -> bool {
    let vouched = Release {
        title: query.title.names.all().next().map(str::to_owned),
        alternative_titles: Vec::new(),
        year: None,
        ..release.clone()
    };
    hearth_release::matches(&vouched, &query.wanted())
}

/// Which film of a torrent an episode is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpisodeFile {
    /// By its place in the torrent.
    At(usize),
    /// No name tells a number: the largest may be it.
    Untold,
    /// Others are numbered, and none is it.
    Missing,
}

/// By what the names and folders of its films say.
pub fn file_of_episode(torrent: &str, films_in_it: Vec<GivenFile>, query: &Query) -> EpisodeFile {
    let torrent = hearth_release::parse(torrent);
    let films = films(films_in_it);
    if let [only] = &films[..] {
        return EpisodeFile::At(only.index);
    }
    let numbered: Vec<(&GivenFile, Release)> = films
        .iter()
        .map(|file| (file, file_release(&file.path, &torrent)))
        .filter(|(_, release)| {
            !(release.episodes.is_empty() && release.absolute_episodes.is_empty())
        })
        .collect();
    let is_it = |(_, release): &&(&GivenFile, Release)| is_episode(release, query);
    let largest = |(file, _): &&(&GivenFile, Release)| file.size_bytes;
    match numbered.iter().filter(is_it).max_by_key(largest) {
        Some((file, _)) => EpisodeFile::At(file.index),
        None if numbered.is_empty() => EpisodeFile::Untold,
        None => EpisodeFile::Missing,
    }
}

/// Without samples and trailers.
pub(super) fn films(mut files: Vec<GivenFile>) -> Vec<GivenFile> {
    let largest = files.iter().map(|file| file.size_bytes).max();
    let least = largest.unwrap_or_default() / LEAST_PART;
    files.retain(|file| file.size_bytes >= least);
    files
}

/// What a file of a torrent is, by its name, its folders and the torrent's own name.
pub(super) fn file_release(path: &str, torrent: &Release) -> Release {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let mut told = hearth_release::parse(name);
    if !is_numbered(&told) {
        told.episodes.extend(leading_number(name));
    }
    let folders = folders.rsplit('/').map(hearth_release::parse);
    let mut outside = folders
        .map(|folder| folder.seasons)
        .chain([torrent.seasons.clone()]);
    if told.seasons.is_empty()
        && let Some(season) = outside.find(|seasons| seasons.len() == 1)
    {
        // Within a season its episodes are counted.
        told.seasons = season;
        told.episodes.append(&mut told.absolute_episodes);
    }
    Release {
        title: told.title.or_else(|| torrent.title.clone()),
        seasons: told.seasons,
        episodes: told.episodes,
        absolute_episodes: told.absolute_episodes,
        resolution: told.resolution.or_else(|| torrent.resolution.clone()),
        video_codec: told.video_codec.or_else(|| torrent.video_codec.clone()),
        source: told.source.or_else(|| torrent.source.clone()),
        container: told.container,
        ..torrent.clone()
    }
}

pub(super) fn is_numbered(release: &Release) -> bool {
    !(release.seasons.is_empty()
        && release.episodes.is_empty()
        && release.absolute_episodes.is_empty())
}

/// The episodes that a release says it is, by season and number.
pub(super) fn numbers(release: &Release) -> Vec<(u32, u32)> {
    let season = match release.seasons[..] {
        [] => 1,
        [season] => season,
        // Which numbers are of which season, nobody says.
        _ => return Vec::new(),
    };
    let numbers = release.episodes.iter().chain(&release.absolute_episodes);
    numbers.map(|number| (season, *number)).collect()
}

/// `05.mkv`, `05 - Pilot.mkv`.
fn leading_number(name: &str) -> Option<u32> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let ends = !name[digits..].starts_with(char::is_alphanumeric);
    let number = name[..digits].parse().ok();
    number.filter(|_| (1..=3).contains(&digits) && ends)
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use hearth_model::{
        Caller, Episode, EpisodeFacts, EpisodeId, GivenId, Health, Hints, Names, SourceKind, Title,
        TitleKind, TorrentLocation,
    };

    use super::*;

    fn series() -> Title {
        let names = Names {
            original: Some("Monster".into()),
            ..Names::default()
        };
        Title::new(TitleKind::Series, names)
    }

    fn episode(title: &Title, season: u32, number: u32) -> Query {
        let episode = Episode {
            id: EpisodeId::from_name(&format!("{season}/{number}")),
            title_id: title.id,
            season,
            number,
            names: Names::default(),
            facts: EpisodeFacts::default(),
        };
        Query::new(title.clone(), Some(episode))
    }

    fn given(title: &Title, name: &str, files: &[&str]) -> Given {
        let location = Location::Torrent(TorrentLocation {
            infohash: Some("7".repeat(40)),
            ..TorrentLocation::default()
        });
        let file = |(index, path): (usize, &&str)| GivenFile {
            index,
            path: (*path).to_owned(),
            size_bytes: 1000 + index as u64,
        };
        Given {
            id: GivenId::new(),
            number: 0,
            called: name.into(),
            by: Caller::Local,
            by_name: None,
            at: 0,
            source: Source {
                id: Source::id_for(title.id, None, &location),
                title_id: title.id,
                episode_id: None,
                kind: SourceKind::Torrent,
                provider: "direct".into(),
                name: name.into(),
                release: Release::default(),
                size_bytes: Some(9000),
                seeders: None,
                health: Health::Unknown,
                location,
                hints: Hints::default(),
            },
            files: files.iter().enumerate().map(file).collect(),
        }
    }

    #[test]
    fn each_file_of_a_torrent_is_of_the_episode_that_its_name_and_folders_say() {
        let title = series();
        let files = [
            "Monster.S01E01.mkv",
            "Season 1/Monster S01E02.mkv",
            "Season 2/05 - The girl.mkv",
            "Season 2/06.mkv",
            "about.mkv",
        ];
        let pack = given(&title, "Monster 1080p BluRay x265", &files);
        for (season, number, index) in [(1, 1, 0), (1, 2, 1), (2, 5, 2), (2, 6, 3)] {
            let query = episode(&title, season, number);
            let found = given_sources(std::slice::from_ref(&pack), &query);
            assert_eq!(found.len(), 1, "S{season}E{number}: {found:?}");
            let Location::Torrent(torrent) = &found[0].location else {
                panic!("a torrent stays one");
            };
            assert_eq!(torrent.file_index, Some(index), "S{season}E{number}");
            assert_eq!(found[0].size_bytes, Some(1000 + index as u64));
            assert_eq!(found[0].episode_id, query.episode_id());
            assert_eq!(found[0].release.resolution.as_deref(), Some("1080p"));
        }
        let other = episode(&title, 3, 1);
        assert!(given_sources(&[pack], &other).is_empty());
    }

    #[test]
    fn of_a_season_the_wanted_episode_is_played() {
        let series = series();
        let files = |paths: &[&str]| {
            let file = |(index, path): (usize, &&str)| GivenFile {
                index,
                path: (*path).to_owned(),
                size_bytes: 1_000_000 - index as u64,
            };
            paths.iter().enumerate().map(file).collect::<Vec<_>>()
        };
        let of = |torrent: &str, paths: &[&str], season, number| {
            file_of_episode(torrent, files(paths), &episode(&series, season, number))
        };
        let season = [
            "Monster.S01E01.mkv",
            "Monster.S01E02.mkv",
            "Monster.S01E03.mkv",
        ];
        assert_eq!(of("Monster S01 1080p", &season, 1, 2), EpisodeFile::At(1));
        assert_eq!(of("Monster S01 1080p", &season, 1, 7), EpisodeFile::Missing);
        assert_eq!(of("Monster S01 1080p", &season, 2, 2), EpisodeFile::Missing);
        let seasons = [
            "Season 1/01 - Pilot.mkv",
            "Season 2/01 - Again.mkv",
            "Season 2/02.mkv",
        ];
        assert_eq!(of("Monster (S01-S02)", &seasons, 2, 1), EpisodeFile::At(1));
        let two_in_one = ["Monster.S01E01-E02.mkv", "Monster.S01E03-E04.mkv"];
        assert_eq!(of("Monster S01", &two_in_one, 1, 4), EpisodeFile::At(1));
        let unnumbered = ["The Storm.mkv", "After the Storm.mkv"];
        assert_eq!(of("Monster", &unnumbered, 1, 1), EpisodeFile::Untold);
        assert_eq!(
            of("Monster S01E05", &["film.mkv"], 1, 5),
            EpisodeFile::At(0)
        );
    }

    #[test]
    fn what_a_person_named_an_episode_for_is_of_that_one() {
        let title = series();
        let first = episode(&title, 1, 1);
        let mut video = given(&title, "video.mp4", &[]);
        assert!(given_sources(std::slice::from_ref(&video), &first).is_empty());
        video.source.episode_id = first.episode_id();
        assert_eq!(given_sources(std::slice::from_ref(&video), &first).len(), 1);
        assert!(given_sources(&[video], &episode(&title, 1, 2)).is_empty());
        let named = given(&title, "Other name S01E02 720p", &[]);
        let second = episode(&title, 1, 2);
        assert_eq!(given_sources(&[named], &second).len(), 1);
    }

    #[test]
    fn a_film_is_whatever_it_is_called() {
        let film = Title::new(TitleKind::Film, series().names);
        let found = given_sources(
            &[given(&film, "a.mkv", &[])],
            &Query::new(film.clone(), None),
        );
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title_id, film.id);
    }

    #[test]
    fn a_sample_is_no_film() {
        let file = |size_bytes| GivenFile {
            index: 0,
            path: "a.mkv".into(),
            size_bytes,
        };
        assert_eq!(films(vec![file(1000), file(49), file(50)]).len(), 2);
    }
}
