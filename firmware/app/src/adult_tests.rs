//! What addons for adults alone know is in no answer for a profile that does not allow it: a whole
//! box, and two profiles.

use hearth_model::{
    External, Language, MediaList, Names, ProfileId, ProviderRecord, ProviderStatus, SearchQuery,
    Taste, Title, TitleKind,
};

use super::*;
use crate::{addon_lists::AddonList, tastes::Adult, testing::app};

fn film(name: &str, addon: &str, adult: bool) -> Title {
    let names = Names {
        en: Some(name.into()),
        ..Names::default()
    };
    let mut film = Title::new(TitleKind::Film, names);
    film.external = External {
        addon: Some(addon.into()),
        ..External::default()
    };
    film.genres = vec!["mystery".into()];
    film.year = Some(1999);
    film.facts.adult = adult;
    film.facts.popularity = Some(1e6);
    film
}

fn named(titles: &[Title], name: &str) -> bool {
    let mut names = titles.iter().flat_map(|title| title.names.all());
    names.any(|one| one == name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_sees_nothing_of_what_another_allows() {
    let folder = tempfile::tempdir().unwrap();
    let addon = r#"{ "kind": "stremio", "id": "a", "url": "http://127.0.0.1:9/manifest.json" }"#;
    let app = app(folder.path(), |config| {
        config.sources.providers = vec![serde_json::from_str(addon).unwrap()];
    })
    .await;
    let (allows, hides) = (ProfileId::new(), ProfileId::new());
    let taste = Taste {
        adult: true,
        ..Taste::default()
    };
    app.store.keep_taste(allows, &taste).unwrap();
    assert!(app.any_adult().await.unwrap().is_shown());
    let hidden = film("Hidden", "x:1", true);
    let kept = app.keep(vec![hidden, film("Plain", "x:2", false)]).await;
    let [hidden, plain] = &kept[..] else {
        panic!("{kept:?}");
    };
    app.addon_lists
        .put(vec![AddonList::of_adults("stremio:a", &kept)]);
    app.save_progress(allows, hidden.id, None, 1_000, 9_000)
        .await
        .unwrap();
    // Whoever watched it and hid it since does not see that either.
    let watched = app
        .store
        .progress(allows, hidden.id, None)
        .unwrap()
        .unwrap();
    app.store
        .save_progress(hides, &watched.progress, None)
        .unwrap();

    for (profile, sees) in [(allows, true), (hides, false)] {
        let query = SearchQuery {
            q: "hidden".into(),
            ..SearchQuery::default()
        };
        let found = app.search(profile, query).await.unwrap();
        assert_eq!(named(&found.items, "Hidden"), sees, "{found:?}");
        // Nobody reaches it, and so nobody knows that it is for everybody.
        let heard_of = |told: &[ProviderStatus]| told.iter().any(|one| one.id == "stremio:a");
        assert_eq!(heard_of(&found.providers), sees, "{found:?}");
        let by_genre = SearchQuery {
            genre: Some("mystery".into()),
            ..SearchQuery::default()
        };
        let list = app
            .list(profile, MediaList::Popular, by_genre)
            .await
            .unwrap();
        assert_eq!(named(&list.items, "Hidden"), sees, "{list:?}");
        assert!(named(&list.items, "Plain"), "{list:?}");
        let window = Window::new(None, None).unwrap();
        let similar = app.similar(profile, plain.id, window).await.unwrap();
        assert_eq!(named(&similar.items, "Hidden"), sees, "{similar:?}");
        let home = app.home(profile).await.unwrap();
        let in_row = |id: &str| {
            let mut rows = home.iter().filter(|row| row.id.starts_with(id));
            rows.any(|row| row.items.iter().any(|item| item.title.id == hidden.id))
        };
        assert_eq!(
            (in_row("continue"), in_row("addon:")),
            (sees, sees),
            "{home:?}"
        );
        let history = app.history(profile, 10).await.unwrap();
        assert_eq!(history.len(), usize::from(sees));
        assert_eq!(app.title(profile, hidden.id).await.is_ok(), sees);
        let sources = app.sources(profile, hidden.id, None, None, Language::En);
        match sources.await {
            Ok(found) => {
                assert!(sees);
                sources_page(found).await;
            }
            Err(error) => assert_eq!((sees, error.slug().as_str()), (false, "title-unknown")),
        }
        let saved = app
            .save_progress(profile, hidden.id, None, 2_000, 9_000)
            .await;
        assert_eq!(saved.is_ok(), sees);
    }
    let genres = app.genres(None).await;
    let mystery = genres.items.iter().find(|genre| genre.id == "mystery");
    assert_eq!(
        mystery.unwrap().titles,
        1,
        "the lists of genres are everybody's"
    );

    // Others know it too: it was never only for adults.
    app.keep(vec![film("Known to all", "x:1", false)]).await;
    let shown = app.title(hides, hidden.id).await.unwrap();
    assert_eq!(shown.title.names.en.as_deref(), Some("Known to all"));
    app.end().await;
}

/// After each start an addon for adults that did not answer yet was named in every search.
#[tokio::test]
async fn what_an_addon_said_of_adults_is_known_before_it_answers() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let said = |adult| ProviderRecord {
        adult: Some(adult),
        ..ProviderRecord::default()
    };
    let records = [
        ("stremio:a".to_owned(), said(true)),
        ("stremio:b".to_owned(), said(false)),
    ];
    store.keep_provider_records(&records).unwrap();
    let defaults = include_str!("../../../config/defaults.toml");
    let open = |place: &str| {
        let mut config: Config = toml::from_str(defaults).unwrap();
        for id in ["a", "b", "c"] {
            let url = format!("http://127.0.0.1:9/{place}manifest.json");
            let addon = serde_json::json!({ "kind": "stremio", "id": id, "url": url });
            let addon = serde_json::from_value(addon).unwrap();
            config.sources.providers.push(addon);
        }
        let fetcher = provider_fetcher(&config).unwrap();
        let sites = folder.path().to_owned();
        Providers::open(store.clone(), fetcher, &config.sources, sites).unwrap()
    };
    let providers = open("");
    let hides = |id: &str| providers.hides(id, Adult::Hidden);
    assert_eq!(
        ["stremio:a", "stremio:b", "stremio:c"].map(hides),
        [true, false, true]
    );
    assert!(!providers.hides("stremio:a", Adult::Shown));
    let asked = |adult| -> Vec<String> {
        let asked = providers.active_for(adult).into_iter();
        asked.map(|entry| entry.id.clone()).collect()
    };
    assert_eq!(asked(Adult::Hidden), ["stremio:b", "stremio:c"]);
    assert_eq!(asked(Adult::Shown).len(), 3);
    providers.save().unwrap();

    // What the file calls the same is another addon at another address, of which nobody knows.
    let moved = open("elsewhere/");
    let hides = |id: &str| moved.hides(id, Adult::Hidden);
    assert_eq!(["stremio:a", "stremio:b"].map(hides), [true, true]);
    assert_eq!(moved.active_for(Adult::Hidden).len(), 3);
}
