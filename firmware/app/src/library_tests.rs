use std::collections::BTreeSet;

use hearth_model::{External, Facts, Format, FoundEpisode, Names, TitleKind, TmdbKind};

use super::*;

const CASES: &str = include_str!("../tests/merge_cases.txt");

fn library(folder: &Path) -> Library {
    let store = Store::open(folder).unwrap();
    Library {
        addresses: Addresses::open(&store).unwrap(),
        store,
        known: Arc::default(),
        merging: Arc::default(),
        scanned: watch::Sender::new(()),
        open_movies: false,
    }
}

fn external(references: &str) -> External {
    let mut external = External::default();
    for reference in references.split_whitespace() {
        let (service, id) = reference.split_once(':').expect("service:id");
        let text = Some(id.to_owned());
        match service {
            "tmdb" => {
                let (kind, id) = id.split_once('/').expect("movie/1 or tv/1");
                external.tmdb = id.parse().ok();
                external.tmdb_kind = Some(match kind {
                    "movie" => TmdbKind::Movie,
                    _ => TmdbKind::Tv,
                });
            }
            "imdb" => external.imdb = text,
            "shikimori" => external.shikimori = id.parse().ok(),
            "mal" => external.mal = id.parse().ok(),
            "open" => external.open = text,
            "local" => external.local = text,
            other => panic!("no service {other}"),
        }
    }
    external
}

fn title(line: &str) -> Title {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let text = |at: usize| Some(cells[at].to_owned()).filter(|text| !text.is_empty());
    let (kind, format) = match cells[1] {
        "film" => (TitleKind::Film, None),
        "series" => (TitleKind::Series, None),
        "anime" => (TitleKind::Anime, None),
        "anime-film" => (TitleKind::Anime, Some(Format::Film)),
        "anime-series" => (TitleKind::Anime, Some(Format::Series)),
        "anime-ova" => (TitleKind::Anime, Some(Format::Ova)),
        other => panic!("no form {other}"),
    };
    let names = Names {
        en: text(3),
        ru: text(4),
        original: text(5),
    };
    Title {
        year: text(2).and_then(|date| date[..4].parse().ok()),
        external: external(cells[0]),
        facts: Facts {
            format,
            released_on: text(2),
            aliases: cells[6]
                .split(';')
                .filter(|name| !name.is_empty())
                .map(|name| name.trim().to_owned())
                .collect(),
            ..Facts::default()
        },
        ..Title::new(kind, names)
    }
}

fn episodes(line: &str) -> Vec<FoundEpisode> {
    let all = line.split(',').map(|one| {
        let (place, date) = one.trim().split_once(' ').expect("1x1 2013-04-07");
        let (season, number) = place.split_once('x').expect("season x number");
        let mut episode = FoundEpisode::numbered(season.parse().unwrap(), number.parse().unwrap());
        episode.facts.released_on = Some(date.to_owned());
        episode
    });
    all.collect()
}

/// All that a title is known by, with the parts' places.
fn references(external: &External) -> BTreeSet<String> {
    let whole = External {
        parts: Vec::new(),
        ..external.clone()
    };
    let mut all: BTreeSet<String> = whole.references().into_iter().collect();
    for part in &external.parts {
        let place = format!("@{}x{}", part.season, part.from);
        all.insert(format!("shikimori:{}{place}", part.shikimori));
        all.extend(part.mal.map(|id| format!("mal:{id}{place}")));
    }
    all
}

/// Runs a case's lines: what it became, and what it should have.
fn run(case: &str) -> (BTreeSet<BTreeSet<String>>, BTreeSet<BTreeSet<String>>) {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    let mut wanted = BTreeSet::new();
    let mut last = None;
    for line in case.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        if let Some(group) = line.strip_prefix("= ") {
            wanted.insert(group.split_whitespace().map(str::to_owned).collect());
        } else if let Some(all) = line.strip_prefix("episodes ") {
            let id = last.expect("a title stands above its episodes");
            library.store.merge_episodes(id, &episodes(all)).unwrap();
        } else if let Some(reference) = line.strip_prefix("apart ") {
            let titles = library.store.titles().unwrap();
            let has = |title: &&Title| title.external.references().contains(&reference.to_owned());
            let whole = titles
                .iter()
                .find(has)
                .expect("a title with that reference");
            let entry = Title::new(whole.kind, whole.names.clone());
            let apart = library.put_apart(whole.id, reference, &entry).unwrap();
            assert!(apart.is_some(), "{reference} is put apart");
        } else {
            let kept = library.keep(vec![title(line).into()]).unwrap();
            last = Some(kept[0].id);
        }
        for series in library.store.titles().unwrap() {
            library.gather_parts(&series).unwrap();
        }
    }
    let titles = library.store.titles().unwrap();
    let became = titles.iter().map(|title| references(&title.external));
    let known = library.known();
    assert_eq!(
        known.titles.len(),
        titles.len(),
        "what is searched is what is kept"
    );
    (became.collect(), wanted)
}

#[test]
fn titles_become_one_by_the_rules() {
    let cases: Vec<&str> = CASES.split("\n== ").skip(1).collect();
    assert!(cases.len() > 10);
    let mut faults = Vec::new();
    for case in cases {
        let (became, wanted) = run(case);
        if became != wanted {
            let name = case.lines().next().unwrap_or_default();
            faults.push(format!("{name}\n  became {became:?}\n  wanted {wanted:?}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// A box's folder and a folder with films, read by hand as the watcher would.
struct Disk {
    films: tempfile::TempDir,
    library: Library,
    _data: tempfile::TempDir,
}

impl Disk {
    fn with(files: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().unwrap();
        let disk = Self {
            films: tempfile::tempdir().unwrap(),
            library: library(data.path()),
            _data: data,
        };
        for (path, text) in files {
            disk.write(path, text);
        }
        disk
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.films.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn scan(&self) -> Vec<Title> {
        let folder = hearth_catalog::Folder::removable(self.films.path());
        let scan = hearth_catalog::scan(&[folder], hearth_catalog::LIMITS);
        self.library.take_scan(&scan).unwrap();
        while !self.library.remember_some(&scan).unwrap() {}
        self.library.local_titles()
    }
}

/// The calendar and the folders did so at a box's first start: the film stood there twice for ever.
#[test]
fn two_who_find_a_title_at_once_find_one() {
    let folder = tempfile::tempdir().unwrap();
    let library = library(folder.path());
    for round in 0..30 {
        let of = |service: &str| {
            let line = format!("{service} | film | 2010 | The Forest Dragon {round} | | |");
            vec![NewTitle::from(title(&line))]
        };
        let (folders, calendar) = (
            of(&format!("local:film/dragon/{round}")),
            of(&format!("tmdb:movie/{}", round + 1)),
        );
        let start = std::sync::Barrier::new(2);
        let (kept, same) = std::thread::scope(|scope| {
            let one = scope.spawn(|| {
                start.wait();
                library.keep(folders).unwrap()
            });
            start.wait();
            let other = library.keep(calendar).unwrap();
            (one.join().unwrap(), other)
        });
        assert_eq!(kept[0].id, same[0].id, "round {round}");
    }
}

#[test]
fn what_lies_beside_a_film_is_told_and_shown_and_found() {
    let disk = Disk::with(&[
        ("drakon/drakon.mkv", "a video"),
        ("drakon/poster.jpg", "a picture"),
    ]);
    let bare = disk.scan().remove(0);
    let poster = bare.poster.clone().expect("a cover");
    assert!(poster.starts_with(hearth_model::DISK_PICTURES), "{poster}");

    let nfo = "<movie><title>Синтел</title><uniqueid type=\"tmdb\">45745</uniqueid></movie>";
    disk.write("drakon/drakon.nfo", nfo);
    disk.write("drakon/poster.jpg", "a better picture");
    let told = disk.scan().remove(0);
    assert_eq!(told.id, bare.id);
    assert_eq!(told.external.tmdb, Some(45745));
    assert_eq!(told.names.best(hearth_model::Language::Ru), "Синтел");
    assert_ne!(told.poster, Some(poster), "another picture");
    let query = SearchQuery {
        q: "синтел".to_owned(),
        ..SearchQuery::default()
    };
    assert_eq!(
        disk.library.search(&query, 5, None, Adult::Hidden)[0].id,
        bare.id
    );

    // The service's find is the same film; its poster comes when the owner's is gone.
    let service = Title {
        external: external("tmdb:movie/45745"),
        poster: Some("https://example.org/poster.jpg".to_owned()),
        ..Title::new(TitleKind::Film, Names::default())
    };
    let kept = disk.library.keep(vec![service.clone().into()]).unwrap();
    assert_eq!((kept[0].id, &kept[0].poster), (bare.id, &told.poster));
    std::fs::remove_file(disk.path("drakon/poster.jpg")).unwrap();
    assert_eq!(disk.scan()[0].poster, None);
    let kept = disk.library.keep(vec![service.clone().into()]).unwrap();
    assert_eq!(kept[0].poster, service.poster);
    assert_eq!(disk.scan()[0].poster, service.poster, "and it stays");
}

fn watch_half(library: &Library, title: TitleId, episode: Option<hearth_model::EpisodeId>) {
    watch(library, title, episode, 50_000);
}

fn watch(
    library: &Library,
    title: TitleId,
    episode: Option<hearth_model::EpisodeId>,
    position_ms: u64,
) {
    let progress = hearth_model::Progress {
        title_id: title,
        episode_id: episode,
        position_ms,
        duration_ms: 100_000,
        watched_at: 1,
        finished: false,
    };
    let source = library
        .known()
        .local
        .get(&title)
        .and_then(|sources| sources.iter().find(|one| one.episode_id == episode))
        .cloned();
    assert!(source.is_some());
    let profile = hearth_model::ProfileId::HOUSEHOLD;
    let store = &library.store;
    store
        .save_progress(profile, &progress, source.as_ref())
        .unwrap();
}

/// The position and the source of what was watched last.
fn watched(
    library: &Library,
    title: TitleId,
    episode: Option<hearth_model::EpisodeId>,
) -> Option<(u64, Option<Source>)> {
    let profile = hearth_model::ProfileId::HOUSEHOLD;
    let watched = library.store.progress(profile, title, episode).unwrap()?;
    Some((watched.progress.position_ms, watched.source))
}

/// A film renamed for tidiness began at its beginning, and stood twice in the catalogue.
#[test]
fn a_renamed_film_keeps_its_id_and_what_was_watched() {
    let disk = Disk::with(&[("drakon.mkv", "a video"), ("Other (2001).mkv", "another")]);
    let before = disk.scan().remove(0);
    assert_eq!(before.external.local.as_deref(), Some("film/drakon"));
    watch_half(&disk.library, before.id, None);

    std::fs::create_dir(disk.path("tidy")).unwrap();
    std::fs::rename(disk.path("drakon.mkv"), disk.path("tidy/Sintel (2010).mkv")).unwrap();
    let titles = disk.scan();
    assert_eq!(titles.len(), 2);
    let after = titles.iter().find(|title| title.id == before.id).unwrap();
    assert_eq!(
        after.external.local.as_deref(),
        Some("film/sintel/2010"),
        "under its new key"
    );
    assert_eq!(after.names.original.as_deref(), Some("Sintel"));
    assert_eq!(after.year, Some(2010));
    let (position_ms, source) = watched(&disk.library, before.id, None).unwrap();
    assert_eq!(position_ms, 50_000);
    assert!(
        !disk.library.may_have(&source.unwrap()),
        "it does not try the old path first"
    );
    assert_eq!(disk.library.sources(after, None)[0].1.len(), 1);
    assert_eq!(disk.library.store.titles().unwrap().len(), 2);

    // Another film under the old name is another film.
    disk.write("drakon.mkv", "something else");
    let titles = disk.scan();
    let new = titles
        .iter()
        .find(|one| one.names.original.as_deref() == Some("drakon"));
    let new = new.expect("a third film");
    assert_ne!(new.id, before.id);
    assert_eq!(watched(&disk.library, new.id, None), None);
}

#[test]
fn a_renamed_series_keeps_the_places_of_its_episodes() {
    let disk = Disk::with(&[
        ("Monstr/Season 1/01.mkv", "the first episode"),
        ("Monstr/Season 1/02.mkv", "the second one"),
    ]);
    let before = disk.scan().remove(0);
    let episode = disk.library.store.episodes(before.id).unwrap()[1].id;
    watch_half(&disk.library, before.id, Some(episode));
    std::fs::rename(disk.path("Monstr"), disk.path("Monster (2004)")).unwrap();
    let after = disk.scan().remove(0);
    assert_eq!(after.id, before.id);
    assert_eq!(after.external.local.as_deref(), Some("series/monster/2004"));
    assert!(watched(&disk.library, after.id, Some(episode)).is_some());
}

#[test]
fn a_wrong_name_put_right_takes_what_was_watched_along_and_nothing_else() {
    let disk = Disk::with(&[("Dune (2021).mkv", "a video")]);
    let service = Title {
        year: Some(2021),
        external: external("tmdb:movie/438631"),
        ..Title::new(
            TitleKind::Film,
            Names {
                original: Some("Dune".to_owned()),
                ..Names::default()
            },
        )
    };
    disk.library.keep(vec![service.into()]).unwrap();
    let before = disk.scan().remove(0);
    assert_eq!(before.external.tmdb, Some(438_631));
    watch_half(&disk.library, before.id, None);
    std::fs::rename(disk.path("Dune (2021).mkv"), disk.path("Dune (1984).mkv")).unwrap();
    let after = disk.scan().remove(0);
    assert_ne!(after.id, before.id);
    assert_eq!((after.year, after.external.tmdb), (Some(1984), None));
    assert_eq!(watched(&disk.library, after.id, None).unwrap().0, 50_000);
    let left = disk.library.store.title(before.id).unwrap().unwrap();
    assert_eq!(left.external.references(), ["tmdb:movie/438631"]);
    assert_eq!(watched(&disk.library, before.id, None), None);
}

/// Films of a disk that was pulled were counted among a page's titles and then left out, so that
/// the page came short and nothing told of those behind it.
#[test]
fn what_is_away_makes_no_page_short() {
    let disk = Disk::with(&[("Dragon one.mkv", "a video"), ("Dragon two.mkv", "another")]);
    assert_eq!(disk.scan().len(), 2);
    let service = |at: u64| Title {
        external: external(&format!("tmdb:movie/{at}")),
        ..Title::new(
            TitleKind::Film,
            Names {
                original: Some(format!("Dragon of the {at} seas")),
                ..Names::default()
            },
        )
    };
    let kept = disk
        .library
        .keep(vec![service(7).into(), service(9).into()]);
    let kept: Vec<TitleId> = kept.unwrap().iter().map(|title| title.id).collect();
    for file in ["Dragon one.mkv", "Dragon two.mkv"] {
        std::fs::remove_file(disk.path(file)).unwrap();
    }
    disk.scan();
    for q in ["dragon", ""] {
        let query = SearchQuery {
            q: q.to_owned(),
            ..SearchQuery::default()
        };
        let mut found: Vec<TitleId> = Vec::new();
        let mut cursor = None;
        for _ in 0..2 {
            let window = crate::search::Window::new(cursor.as_deref(), Some(1)).unwrap();
            let (page, next) =
                window.cut(
                    disk.library
                        .search(&query, window.most(), None, Adult::Hidden),
                );
            assert_eq!(page.len(), 1, "{q:?}");
            found.extend(page.iter().map(|title| title.id));
            cursor = next;
        }
        assert_eq!(cursor, None, "{q:?}");
        found.sort();
        let mut wanted = kept.clone();
        wanted.sort();
        assert_eq!(found, wanted, "{q:?}");
    }
}

/// A season was numbered from 2, and then put right: each place belonged to another episode.
#[test]
fn an_episode_that_is_counted_otherwise_takes_along_what_was_watched() {
    let disk = Disk::with(&[
        ("Monster/Monster S01E02.mkv", "the first episode"),
        ("Monster/Monster S01E03.mkv", "the second one"),
    ]);
    let series = disk.scan().remove(0);
    let episode = |number: u32| {
        let all = disk.library.store.episodes(series.id).unwrap();
        all.into_iter().find(|one| one.number == number).unwrap().id
    };
    let (second, third) = (episode(2), episode(3));
    watch(&disk.library, series.id, Some(second), 20_000);
    watch(&disk.library, series.id, Some(third), 30_000);
    for (from, to) in [("E02", "E01"), ("E03", "E02")] {
        let path = |number: &str| disk.path(&format!("Monster/Monster S01{number}.mkv"));
        std::fs::rename(path(from), path(to)).unwrap();
    }
    assert_eq!(disk.scan()[0].id, series.id);
    let place = |episode| watched(&disk.library, series.id, Some(episode)).map(|one| one.0);
    assert_eq!(place(episode(1)), Some(20_000));
    assert_eq!(place(second), Some(30_000));
    assert_eq!(place(third), None);
    let profile = hearth_model::ProfileId::HOUSEHOLD;
    assert_eq!(disk.library.store.history(profile, 9).unwrap().len(), 2);

    // What is another file under the same name takes nothing along.
    disk.write("Monster/Monster S01E02.mkv", "quite another one");
    disk.write(
        "Monster/Monster S01E05.mkv",
        "and a fifth that was never seen",
    );
    disk.scan();
    assert_eq!(place(second), Some(30_000));
    assert_eq!(place(episode(5)), None);
}

#[test]
fn of_a_title_without_genres_those_of_its_year_are_the_nearest() {
    let data = tempfile::tempdir().unwrap();
    let library = library(data.path());
    let of = |id: u64, kind, year| Title {
        year: Some(year),
        external: External {
            imdb: Some(format!("tt{id:07}")),
            ..External::default()
        },
        facts: Facts {
            popularity: Some(id as f32),
            ..Facts::default()
        },
        ..Title::new(
            kind,
            Names {
                original: Some(format!("Number {id}")),
                ..Names::default()
            },
        )
    };
    let (film, series) = (TitleKind::Film, TitleKind::Series);
    let titles = [
        of(1, film, 2001),
        of(2, film, 2001),
        of(3, film, 2001),
        of(4, film, 2002),
        of(5, series, 2001),
    ];
    let kept = library.keep(titles.map(NewTitle::from).into()).unwrap();
    let akin = library.akin(&kept[0], 9).unwrap();
    let ids: Vec<TitleId> = akin.iter().map(|title| title.id).collect();
    assert_eq!(ids, [kept[2].id, kept[1].id]);
}

#[test]
fn a_film_that_goes_and_comes_back_keeps_what_was_watched() {
    let disk = Disk::with(&[("Sintel (2010).mkv", "a video")]);
    let before = disk.scan().remove(0);
    watch_half(&disk.library, before.id, None);
    let query = SearchQuery {
        q: "sintel".to_owned(),
        ..SearchQuery::default()
    };
    let found = |disk: &Disk| disk.library.search(&query, 5, None, Adult::Hidden).len();
    assert_eq!(found(&disk), 1);

    let elsewhere = tempfile::tempdir().unwrap();
    let away = elsewhere.path().join("Sintel (2010).mkv");
    std::fs::copy(disk.path("Sintel (2010).mkv"), &away).unwrap();
    std::fs::remove_file(disk.path("Sintel (2010).mkv")).unwrap();
    assert!(disk.scan().is_empty());
    assert_eq!(found(&disk), 0, "what is away is not offered");
    assert!(watched(&disk.library, before.id, None).is_some());

    std::fs::copy(&away, disk.path("Sintel (2010).mkv")).unwrap();
    assert_eq!(disk.scan()[0].id, before.id);
    assert_eq!(found(&disk), 1);
    assert_eq!(watched(&disk.library, before.id, None).unwrap().0, 50_000);
}
