//! Titles that turn out to be one, and one that was not: nothing that was watched is lost.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use hearth_model::{
    External, FoundEpisode, Names, ProfileId, Progress, SeasonEntry, Title, TitleId, TitleKind,
    TmdbKind,
};
use hearth_store::{Merged, NewTitle, Store};
use tempfile::TempDir;

const PROFILE: ProfileId = ProfileId::HOUSEHOLD;

fn store() -> (TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    (folder, store)
}

fn series(name: &str, external: External, episodes: &[(u32, u32)]) -> NewTitle {
    let names = Names {
        en: Some(name.into()),
        ..Names::default()
    };
    let title = Title {
        external,
        ..Title::new(TitleKind::Series, names)
    };
    NewTitle {
        episodes: episodes
            .iter()
            .map(|(season, number)| FoundEpisode::numbered(*season, *number))
            .collect(),
        ..title.into()
    }
}

fn keep(store: &Store, new: NewTitle) -> Title {
    store.merge_titles(&[new]).unwrap().titles.remove(0)
}

fn by_imdb(id: &str) -> External {
    External {
        imdb: Some(id.into()),
        ..External::default()
    }
}

fn by_tmdb(id: u64) -> External {
    External {
        tmdb: Some(id),
        tmdb_kind: Some(TmdbKind::Tv),
        ..External::default()
    }
}

fn by_shikimori(id: u64) -> External {
    External {
        shikimori: Some(id),
        mal: Some(id),
        ..External::default()
    }
}

fn watch(store: &Store, title: TitleId, place: (u32, u32), position_ms: u64, watched_at: u64) {
    let episodes = store.episodes(title).unwrap();
    let episode = episodes
        .iter()
        .find(|one| (one.season, one.number) == place)
        .unwrap();
    let progress = Progress {
        title_id: title,
        episode_id: Some(episode.id),
        position_ms,
        duration_ms: 1_000_000,
        watched_at,
        finished: false,
    };
    store.save_progress(PROFILE, &progress, None).unwrap();
}

/// (title, season, number, position) of all that was watched, newest first.
fn watched(store: &Store) -> Vec<(TitleId, u32, u32, u64)> {
    let history = store.history(PROFILE, 100).unwrap();
    history
        .into_iter()
        .map(|one| {
            let progress = one.progress;
            let episode = store
                .episode(progress.episode_id.unwrap())
                .unwrap()
                .unwrap();
            assert_eq!(episode.title_id, progress.title_id);
            let (season, number) = (episode.season, episode.number);
            (progress.title_id, season, number, progress.position_ms)
        })
        .collect()
}

/// A rating from the first day, and a poster that was taken away, stayed for ever.
#[test]
fn what_tmdb_says_anew_takes_the_place_of_what_it_said() {
    let (_folder, store) = store();
    let told = |rating: f32, poster: &str, external: External| {
        let mut new = series("Pioneer One", external, &[]);
        new.title.rating = Some(rating);
        new.title.poster = Some(poster.into());
        let now = keep(&store, new);
        (now.rating, now.poster)
    };
    let first = told(6.0, "first", by_tmdb(7));
    assert_eq!(first, (Some(6.0), Some("first".into())));
    let tied = External {
        imdb: Some("tt1".into()),
        ..by_tmdb(7)
    };
    let second = told(7.5, "second", tied);
    assert_eq!(second, (Some(7.5), Some("second".into())));
    // Others only add what is missing.
    assert_eq!(told(1.0, "addon", by_imdb("tt1")), second);
    // What lies in the folders may be the owner's word.
    let lies = External {
        local: Some("series/pioneer one".into()),
        imdb: Some("tt1".into()),
        ..External::default()
    };
    assert_eq!(told(2.0, "third", lies), second);
    assert_eq!(told(3.0, "fourth", by_tmdb(7)), second);
}

#[test]
fn two_titles_that_a_service_ties_together_are_joined() {
    let (_folder, store) = store();
    let addons = keep(&store, series("Pioneer", by_imdb("tt1"), &[(1, 1), (1, 2)]));
    let tmdbs = keep(&store, series("Pioneer One", by_tmdb(7), &[(1, 1)]));
    assert_ne!(addons.id, tmdbs.id);
    watch(&store, addons.id, (1, 1), 100, 1);
    watch(&store, addons.id, (1, 2), 200, 2);
    watch(&store, tmdbs.id, (1, 1), 300, 3);
    let old = store.episodes(addons.id).unwrap()[0].clone();

    let mut both = by_tmdb(7);
    both.imdb = Some("tt1".into());
    let new = series("Pioneer One", both.clone(), &[]);
    let Merged { titles, became } = store.merge_titles(&[new]).unwrap();
    assert_eq!(became, [(addons.id, tmdbs.id)]);
    assert_eq!(titles[0].external, both);
    assert_eq!(store.titles().unwrap(), titles, "there is one title now");
    assert_eq!(store.title(addons.id).unwrap().unwrap().id, tmdbs.id);
    assert_eq!(
        watched(&store),
        [(tmdbs.id, 1, 1, 300), (tmdbs.id, 1, 2, 200)],
        "of the same episode the newer place counts"
    );
    let episode = store.episode(old.id).unwrap().unwrap();
    assert_eq!(episode.id, store.episodes(tmdbs.id).unwrap()[0].id);

    // What still played under the old ids is saved under the new ones.
    let progress = Progress {
        title_id: addons.id,
        episode_id: Some(old.id),
        position_ms: 400,
        duration_ms: 1_000_000,
        watched_at: 4,
        finished: false,
    };
    store.save_progress(PROFILE, &progress, None).unwrap();
    assert_eq!(watched(&store)[0], (tmdbs.id, 1, 1, 400));
}

#[test]
fn a_season_becomes_a_part_and_its_places_move_along() {
    let (folder, store) = store();
    let whole = keep(
        &store,
        series("Star Dog", by_tmdb(7), &[(1, 1), (2, 1), (2, 2), (2, 3)]),
    );
    let second = series("Star Dog 2", by_shikimori(12), &[(1, 1), (1, 2)]);
    let second = keep(&store, second);
    watch(&store, second.id, (1, 2), 500, 5);
    let part = SeasonEntry {
        season: 2,
        from: 2,
        shikimori: 12,
        mal: Some(12),
    };
    let joined = store.join_part(second.id, whole.id, part).unwrap().unwrap();
    assert_eq!(joined.external.parts, [part]);
    assert_eq!(watched(&store), [(whole.id, 2, 3, 500)]);

    // What the service says of its entry is understood as the whole counts.
    let again = series("Star Dog 2", by_shikimori(12), &[(1, 3)]);
    assert_eq!(keep(&store, again).id, whole.id);
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let places: Vec<_> = store
        .episodes(whole.id)
        .unwrap()
        .iter()
        .map(|one| (one.season, one.number))
        .collect();
    assert_eq!(places, [(1, 1), (2, 1), (2, 2), (2, 3), (2, 4)]);
    assert_eq!(
        store.title(whole.id).unwrap().unwrap().names.en.as_deref(),
        Some("Star Dog")
    );
}

#[test]
fn what_was_put_apart_is_never_joined_again() {
    let (folder, store) = store();
    let mut both = by_tmdb(7);
    both.imdb = Some("tt1".into());
    let whole = keep(&store, series("Star Dog", both.clone(), &[(1, 1)]));
    let entry = series("Another Dog", External::default(), &[]).title;
    assert!(
        store
            .put_apart(whole.id, "imdb:tt2", &entry)
            .unwrap()
            .is_none()
    );
    let (whole, apart) = store
        .put_apart(whole.id, "imdb:tt1", &entry)
        .unwrap()
        .unwrap();
    assert_eq!(
        (whole.external.imdb, apart.external),
        (None, by_imdb("tt1"))
    );
    drop(store);

    let store = Store::open(folder.path()).unwrap();
    let again = keep(&store, series("Star Dog", both, &[]));
    assert_eq!((again.id, again.external), (whole.id, by_tmdb(7)));
    let named = NewTitle {
        same_as: Some(whole.id),
        ..series("Star Dog", by_imdb("tt1"), &[])
    };
    assert_eq!(keep(&store, named).id, apart.id);
    assert_eq!(store.titles().unwrap().len(), 2);
}

#[test]
fn the_owners_word_counts_over_services_and_over_the_names_of_files() {
    let (_folder, store) = store();
    let of_service = keep(&store, series("Star Dog", by_tmdb(7), &[(1, 1)]));
    let external = External {
        local: Some("series/starry dog".into()),
        ..by_tmdb(7)
    };
    let mut of_file = series("starry dog final", external.clone(), &[(1, 1)]);
    of_file.title.names = Names {
        original: Some("starry dog final".into()),
        ..Names::default()
    };
    let before = keep(&store, of_file.clone());
    assert_eq!(before.id, of_service.id);

    let mut word = Title::new(TitleKind::Series, Names::default());
    word.names.ru = Some("Звёздный пёс".into());
    word.overview.ru = Some("О псе.".into());
    word.year = Some(2001);
    word.facts.aliases = vec!["starry dog final".into()];
    let mut told = NewTitle {
        word: Some(word),
        ..of_file
    };
    told.episodes[0].names.ru = Some("Первая".into());
    let after = keep(&store, told.clone());
    assert_eq!(
        after.names,
        Names {
            ru: Some("Звёздный пёс".into()),
            en: Some("Star Dog".into()),
            original: None,
        }
    );
    assert_eq!(after.year, Some(2001));
    let episodes = store.episodes(after.id).unwrap();
    assert_eq!(episodes[0].names.ru.as_deref(), Some("Первая"));

    // The service comes again, and then the disk: both find what the owner wrote.
    let mut service = series("Star Dog", by_tmdb(7), &[]);
    service.title.year = Some(1999);
    service.title.overview.ru = Some("Другое.".into());
    assert_eq!(keep(&store, service), after);
    told.episodes[0].names.ru = Some("Начало".into());
    assert_eq!(keep(&store, told), after);
    let episodes = store.episodes(after.id).unwrap();
    assert_eq!(episodes[0].names.ru.as_deref(), Some("Начало"));
}

fn for_adults(name: &str, external: External) -> NewTitle {
    let mut new = series(name, external, &[]);
    new.title.facts.adult = true;
    new.title.poster = Some("https://adult.example/1.jpg".into());
    new.title.genres = vec!["secret".into()];
    new
}

/// An addon for adults listed a film that everybody knows, and its words and poster stood on the
/// film's page.
#[test]
fn what_an_addon_for_adults_says_of_a_known_title_stays_unsaid() {
    let (_folder, store) = store();
    let known = keep(&store, series("Known", by_imdb("tt1"), &[]));
    let again = keep(&store, for_adults("Unspeakable", by_imdb("tt1")));
    assert_eq!(again, known);
    assert_eq!(store.title(known.id).unwrap().unwrap(), known);
}

#[test]
fn what_adults_alone_knew_is_as_others_tell_it_once_they_do() {
    let (_folder, store) = store();
    let own = External {
        addon: Some("adult:1".into()),
        ..by_imdb("tt1")
    };
    let adult = keep(&store, for_adults("Unspeakable", own.clone()));
    assert!(adult.facts.adult);
    let same = keep(&store, for_adults("Other words", own));
    assert!(same.facts.adult && same.id == adult.id);
    let told = keep(&store, series("Harmless", by_imdb("tt1"), &[]));
    assert_eq!(told.id, adult.id);
    assert!(!told.facts.adult);
    assert_eq!(told.names.en.as_deref(), Some("Harmless"));
    assert_eq!((&told.poster, told.genres.len()), (&None, 0));
    assert_eq!(told.external.addon.as_deref(), Some("adult:1"));
    assert_eq!(store.title(told.id).unwrap().unwrap(), told);
}

/// The title's own words went, and those of its episodes stayed.
#[test]
fn what_adults_alone_knew_of_episodes_goes_and_the_place_in_them_stays() {
    let (_folder, store) = store();
    let adult = keep(&store, for_adults("Unspeakable", by_imdb("tt1")));
    let mut told = [(1, 1), (1, 2)].map(|(season, number)| FoundEpisode::numbered(season, number));
    for episode in &mut told {
        episode.names.en = Some("Not for you".into());
        episode.facts.still = Some("https://adult.example/still.jpg".into());
    }
    let before = store.merge_episodes(adult.id, &told).unwrap();
    assert_eq!(before[0].names.en.as_deref(), Some("Not for you"));
    watch(&store, adult.id, (1, 2), 100, 1);
    let mut harmless = series("Harmless", by_imdb("tt1"), &[(1, 1)]);
    harmless.episodes[0].names.en = Some("The first".into());
    let kept = keep(&store, harmless);
    assert_eq!((kept.id, kept.facts.adult), (adult.id, false));
    let after = store.episodes(adult.id).unwrap();
    let names = after.iter().map(|one| one.names.en.as_deref());
    assert_eq!(names.collect::<Vec<_>>(), [Some("The first"), None]);
    assert!(
        after.iter().all(|one| one.facts.still.is_none()),
        "{after:?}"
    );
    assert_eq!(watched(&store), [(adult.id, 1, 2, 100)]);
    let ids = |all: &[hearth_model::Episode]| all.iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(&after), ids(&before));
}

#[test]
fn no_addon_for_adults_makes_two_titles_one() {
    let (_folder, store) = store();
    let adult = External {
        addon: Some("adult:1".into()),
        ..External::default()
    };
    let hidden = keep(&store, for_adults("Unspeakable", adult));
    let known = keep(&store, series("Known", by_imdb("tt1"), &[]));
    let both = External {
        addon: Some("adult:1".into()),
        ..by_imdb("tt1")
    };
    let merged = store.merge_titles(&[for_adults("Both", both)]).unwrap();
    assert_eq!(merged.became, []);
    assert_eq!(store.title(known.id).unwrap().unwrap(), known);
    assert!(store.title(hidden.id).unwrap().unwrap().facts.adult);
}
