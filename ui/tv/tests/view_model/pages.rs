//! The pages: focus, rows, search, titles, settings.

use super::*;

#[test]
fn the_tv_introduces_itself_and_tells_its_page() {
    let mut tv = Tv::new(House::furnished());
    let sent = tv.sent();
    assert!(matches!(&sent[0], ClientMessage::Screen { passing: false, name, .. } if name == "TV"));
    assert!(sent.contains(&ClientMessage::Page {
        page: "home".into(),
        text: None
    }));
    tv.press("Search s");
    assert_eq!(
        tv.sent().last(),
        Some(&ClientMessage::Page {
            page: "search".into(),
            text: Some("s".into())
        })
    );
}

#[test]
fn focus_is_remembered_in_each_row_and_on_return() {
    let mut tv = Tv::new(House::furnished());
    assert_eq!(tv.focus(), ("continue".into(), "Tears of Steel".into()));
    tv.press("Down Right Right Right");
    assert_eq!(tv.focus(), ("open".into(), "Cosmos Laundromat".into()));
    tv.press("Up Right");
    assert_eq!(tv.focus(), ("continue".into(), "Caminandes".into()));
    tv.press("Down");
    assert_eq!(tv.focus(), ("open".into(), "Cosmos Laundromat".into()));
    tv.press("Ok Back");
    assert_eq!(tv.focus(), ("open".into(), "Cosmos Laundromat".into()));
}

#[test]
fn a_changed_home_page_keeps_the_focus_on_its_title() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Right Right");
    let film = tv.house.rows[1].items.remove(3);
    tv.house.rows[1].items.insert(7, film);
    tv.house.rows.remove(0);
    tv.take(Intent::Link(Link::Up));
    assert_eq!(tv.focus(), ("open".into(), "Cosmos Laundromat".into()));
}

#[test]
fn back_always_leads_home_and_home_is_never_left() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Search s Right Right Right Right Right Right Right Right Ok Ok");
    assert!(matches!(tv.model.page(), Page::Player));
    for _ in 0..10 {
        tv.press("Back");
    }
    assert!(matches!(tv.model.page(), Page::Home(_)));
    assert_eq!(tv.model.pages.len(), 1);
    assert!(tv.model.playback.is_none());
}

#[test]
fn whatever_is_pressed_something_has_the_focus() {
    let mut tv = Tv::new(House::furnished());
    let keys = [
        "Up", "Down", "Left", "Right", "Ok", "Back", "Left", "Right", "Down", "Ok", "s",
    ];
    // The same walk each time: a linear congruence picks the keys.
    let mut state = 12_345_u64;
    for _ in 0..20_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        tv.press(keys[(state >> 33) as usize % keys.len()]);
        tv.effects.clear();
        match tv.model.page() {
            Page::Home(home) => assert!(home.focused().is_some()),
            Page::Search(page) if page.in_results => assert!(page.grid.at < page.items.len()),
            Page::Library(page) => assert!(page.grid.at < page.items.len().max(1)),
            Page::Title(page) => {
                assert!(page.button < page.buttons().len());
                assert!(page.episode.at < page.episodes().len().max(1));
                assert!(page.sources.cursor.at < page.sources.items.len().max(1));
            }
            _ => {}
        }
        assert!(matches!(tv.model.pages[0], Page::Home(_)));
        assert!(tv.model.pages.len() < 40);
    }
}

#[test]
fn the_rail_opens_at_the_edge_and_closes_again() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Left");
    assert_eq!(tv.model.rail, Some(1), "on the place one is at");
    tv.press("Right");
    assert_eq!(tv.model.rail, None);
    tv.press("Left Down Ok");
    let Page::Library(page) = tv.model.page() else {
        panic!("films");
    };
    assert_eq!(page.items.len(), 11);
    tv.press("Home");
    assert!(matches!(tv.model.page(), Page::Home(_)));
}

#[test]
fn a_long_library_is_fetched_as_one_scrolls() {
    let mut tv = Tv::new(House::vast(500));
    tv.press("Left Down Ok");
    let count = |tv: &Tv| match tv.model.page() {
        Page::Library(page) => page.items.len(),
        _ => 0,
    };
    assert_eq!(count(&tv), 60);
    for _ in 0..8 {
        tv.press("Down");
    }
    assert_eq!(count(&tv), 120);
}

#[test]
fn search_answers_each_letter_and_drops_the_late() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Search s p r");
    let found = |tv: &Tv| match tv.model.page() {
        Page::Search(page) => page.items.len(),
        _ => 0,
    };
    assert_eq!(found(&tv), 2, "Spring and Sprite Fright");
    let late = tv.house.titles[0].clone();
    tv.take(Intent::Answer(Answer::Search {
        seq: 1,
        part: Part::Item(late),
    }));
    assert_eq!(found(&tv), 2, "an answer to `s` comes too late for `spr`");
    tv.take(Intent::Live(ServerMessage::Text {
        screen_id: screen(),
        text: "sint".into(),
    }));
    assert_eq!(found(&tv), 1, "typed on a phone");
    tv.take(Intent::Live(ServerMessage::Text {
        screen_id: ScreenId::from_name("another"),
        text: "x".into(),
    }));
    assert_eq!(found(&tv), 1, "meant for another screen");
}

#[test]
fn ok_after_letters_of_a_keyboard_or_a_phone_leads_to_what_was_found() {
    let looked = |tv: &Tv| match tv.model.page() {
        Page::Search(page) => (page.text.clone(), page.in_results),
        _ => panic!("the search"),
    };
    let mut tv = Tv::new(House::furnished());
    tv.press("Search s p r Ok");
    assert_eq!(looked(&tv), ("spr".into(), true), "no key of the screen");
    tv.press("Back Ok");
    assert_eq!(looked(&tv), ("spra".into(), false), "a key of the screen");
    tv.take(Intent::Live(ServerMessage::Text {
        screen_id: screen(),
        text: "sint".into(),
    }));
    tv.press("Ok Ok");
    assert_eq!(tv.title().title.names.best(Language::En), "Sintel");

    // Where nothing was found OK types nothing either, until arrows go to a key.
    let mut tv = Tv::new(House::furnished());
    tv.press("Search q q q Ok Ok");
    assert_eq!(looked(&tv), ("qqq".into(), false));
    tv.press("Right Ok");
    assert_eq!(looked(&tv), ("qqqb".into(), false));
}

#[test]
fn home_leads_to_the_top_of_the_home_page() {
    let mut tv = Tv::new(House::furnished());
    let top = tv.focus();
    tv.press("Down");
    assert_ne!(tv.focus(), top);
    tv.press("Home");
    assert_eq!(tv.focus(), top, "from further down");
    tv.press("Down Ok Home");
    assert_ne!(tv.focus(), top, "back where one was");
    tv.press("Left Home");
    assert_eq!(tv.focus(), top, "from the rail");
}

#[test]
fn remote_keys_go_the_keyboards_way() {
    let mut tv = Tv::new(House::furnished());
    for key in ["down", "right", "ok"] {
        tv.take(Intent::Live(ServerMessage::Key {
            screen_id: screen(),
            key: key.into(),
        }));
    }
    assert_eq!(tv.title().title.names.best(Language::En), "Big Buck Bunny");
}

#[test]
fn sources_stand_best_first_however_they_come() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Down Right Ok");
    let totals: Vec<(bool, f32)> = tv
        .title()
        .sources
        .items
        .iter()
        .map(|source| (source.playable, source.score.total))
        .collect();
    assert_eq!(totals.len(), 4);
    assert!(totals.windows(2).all(|two| two[0] >= two[1]), "{totals:?}");
    assert!(!totals[3].0, "what cannot be played is last");
    tv.press("Right Ok Down Down Down Ok");
    assert!(
        tv.title().sheet_open,
        "a source that cannot be played is not chosen"
    );
    tv.press("Up Ok");
    let asked = tv.effects.iter().find_map(|effect| match effect {
        Effect::Ask(Request::Prepare { wish, .. }) => wish.source_id,
        _ => None,
    });
    assert!(asked.is_some());
}

#[test]
fn a_title_left_in_the_middle_offers_to_go_on() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Ok");
    assert_eq!(
        tv.title().buttons(),
        [
            Button::Resume {
                position_ms: 431_000
            },
            Button::StartOver,
            Button::Sources
        ]
    );
    tv.press("Right Ok");
    let start = tv.effects.iter().find_map(|effect| match effect {
        Effect::Ask(Request::Prepare { wish, .. }) => Some(wish.start_ms),
        _ => None,
    });
    assert_eq!(start, Some(Some(0)));
}

#[test]
fn a_series_goes_on_with_the_episode_left() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Right Ok");
    let next = tv.title().next_episode().unwrap();
    assert_eq!((next.episode.season, next.episode.number), (1, 2));
    assert_eq!(tv.title().episode.at, 1, "the row stands on it");
    tv.press("Down Right");
    assert_eq!(tv.title().episodes().len(), 2, "the second season");
    tv.press("Down Right Ok");
    let asked = tv.effects.iter().rev().find_map(|effect| match effect {
        Effect::Ask(Request::Prepare { wish, .. }) => wish.episode_id,
        _ => None,
    });
    assert_eq!(asked, Some(hearth_model::EpisodeId::from_name("2x2")));
}

#[test]
fn motion_and_language_are_chosen_in_the_settings_and_kept() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Left Down Down Down Down Ok");
    tv.effects.clear();
    tv.press("Down Ok Down Ok");
    assert!(tv.model.reduced_motion);
    let kept = tv.effects.iter().rev().find_map(|effect| match effect {
        Effect::Keep(choices) => Some(*choices),
        _ => None,
    });
    assert_eq!(
        kept,
        Some(TvChoices {
            language: Some(Language::Ru),
            reduced_motion: Some(true),
        })
    );
    tv.press("Ok");
    assert!(!tv.model.reduced_motion);
}

#[test]
fn a_refusal_is_said_in_the_language_of_the_house() {
    let mut tv = Tv::new(House::furnished());
    tv.playing(100_000);
    tv.model.language = Language::Ru;
    tv.take(Intent::Live(ServerMessage::Refused {
        request_id: "tv-1".into(),
        slug: Slug::NoOtherSource.into(),
        detail: "there is no other source for this title".into(),
        rev: None,
    }));
    let (said, _) = tv.model.playback.as_ref().unwrap().notice.clone().unwrap();
    assert_eq!(said, "Другого источника для этого названия нет.");
}

#[test]
fn an_owners_provider_that_stops_and_comes_back_is_told_for_a_while() {
    let mut tv = Tv::new(House::furnished());
    let turned = |tv: &mut Tv, language, working| {
        tv.model.language = language;
        tv.take(Intent::Live(ServerMessage::ProviderEvent {
            provider: "torznab:home".into(),
            name: "Prowlarr".into(),
            working,
            detail: (!working).then(|| "http://192.168.1.5:9117 answered 502".into()),
        }));
        let (said, _) = tv.model.notice.clone().unwrap();
        said
    };
    assert_eq!(
        turned(&mut tv, Language::En, false),
        "Prowlarr stopped answering. Check that it runs, and its address and key."
    );
    assert_eq!(
        turned(&mut tv, Language::Ru, false),
        "Prowlarr больше не отвечает. Проверьте, включён ли он и верны ли его адрес и ключ."
    );
    assert_eq!(
        turned(&mut tv, Language::Ru, true),
        "Prowlarr снова отвечает."
    );
    assert_eq!(
        turned(&mut tv, Language::En, true),
        "Prowlarr answers again."
    );
    tv.pass(20_000);
    assert_eq!(tv.model.notice, None, "it goes by itself");
}

#[test]
fn a_list_of_an_addon_is_a_row_under_the_name_that_the_addon_gives_it() {
    let mut house = House::furnished();
    let items = house.rows[1].items.clone();
    for (id, name, kind) in [
        ("addon:a", "Popular", TitleKind::Film),
        ("addon:b", "Popular", TitleKind::Series),
    ] {
        house.rows.push(HomeRow {
            id: id.into(),
            name: Some(name.into()),
            kind: Some(kind),
            items: items.clone(),
        });
    }
    let tv = Tv::new(house);
    let Page::Home(home) = tv.model.page() else {
        panic!("home");
    };
    let named = |language| -> Vec<String> {
        let rows = home.rows.iter();
        rows.filter_map(|row| row.addon_name(language)).collect()
    };
    assert_eq!(named(Language::En), ["Popular: films", "Popular: series"]);
    assert_eq!(named(Language::Ru), ["Popular: фильмы", "Popular: сериалы"]);
}

#[test]
fn a_slow_box_shows_an_outline_after_300_ms() {
    let role = Role::Passing {
        abilities: ScreenAbilities::default(),
    };
    let mut model = Model::new(Language::Ru, role, 0);
    model.update(Intent::Link(Link::Up), 10);
    let Page::Home(home) = model.page() else {
        panic!("home");
    };
    assert!(!home.fetch.is_slow(299));
    assert_eq!(model.next_wake(), Some(310));
    model.update(Intent::Wake, 310);
    let Page::Home(home) = model.page() else {
        panic!("home");
    };
    assert!(home.fetch.is_slow(310));
}

#[test]
fn a_problem_of_the_title_is_told_and_tried_again() {
    let mut tv = Tv::new(House::furnished());
    tv.house.broken = Some("The disk is full");
    tv.press("Down Right Ok");
    assert_eq!(tv.model.problem().unwrap().sentence(), "The disk is full");
    tv.house.broken = None;
    tv.press("Ok");
    assert!(tv.model.problem().is_none());
    assert!(tv.title().detail.is_some());
}

#[test]
fn still_pictures_rest_and_the_first_press_only_wakes_them() {
    let mut tv = Tv::new(House::furnished());
    tv.pass(11 * 60 * 1000);
    assert!(tv.model.saver());
    tv.press("Down");
    assert!(!tv.model.saver());
    assert_eq!(tv.focus().0, "continue", "the press moved nothing");
    tv.press("Home");
    tv.playing(0);
    tv.pass(11 * 60 * 1000);
    assert!(!tv.model.saver(), "a film is no still picture");
}

#[test]
fn an_unknown_title_is_not_asked_for_twice() {
    let mut tv = Tv::new(House::furnished());
    tv.take(Intent::Answer(Answer::Title {
        id: TitleId::from_name("nobody asked"),
        detail: Box::new(Err(Problem::unreachable("late"))),
    }));
    assert!(matches!(tv.model.page(), Page::Home(_)));
}

fn library(tv: &Tv) -> &Library {
    match tv.model.page() {
        Page::Library(page) => page,
        other => panic!("not a page of the catalogue: {other:?}"),
    }
}

#[test]
fn films_are_narrowed_by_a_genre_and_stay_so_after_a_title() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Left Down Ok Up Right Ok");
    let page = library(&tv);
    let common = Choice::Genre(Some(("animation".into(), 9)));
    assert_eq!(page.choices()[1], common, "the most common first");
    tv.press("Down Down Ok");
    let genre = library(&tv).filters.genre.clone().unwrap();
    assert_eq!(genre, "comedy");
    let found = |tv: &Tv| library(tv).items.len();
    assert_eq!(found(&tv), 4);
    assert!(
        library(&tv)
            .items
            .iter()
            .all(|title| title.genres.contains(&genre))
    );
    tv.press("Down Right Ok");
    assert!(matches!(tv.model.page(), Page::Title(_)));
    tv.press("Back");
    assert_eq!((found(&tv), library(&tv).grid.at), (4, 1));
    // From the last chip everything is as it was.
    tv.press("Up Up Right Right Right Right Ok");
    assert!(!library(&tv).filters.narrow());
    assert_eq!(found(&tv), 11);
}

#[test]
fn filters_that_leave_nothing_can_be_taken_back() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Left Down Ok Up Right Right Right Ok Down Ok");
    let page = library(&tv);
    assert!(page.found_nothing());
    assert_eq!(page.filters.rating_min, Some(8));
    tv.press("Down");
    assert_eq!(library(&tv).chip, Some(3), "there is no grid to go to");
    tv.press("Right Ok");
    assert!(!library(&tv).filters.narrow());
    tv.press("Left");
    assert!(tv.model.rail.is_some());
}

#[test]
fn an_answer_to_other_filters_comes_too_late() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Left Down Ok");
    let late = LibraryPage {
        items: Vec::new(),
        next: None,
    };
    tv.take(Intent::Answer(Answer::Library {
        kind: TitleKind::Film,
        filters: Filters {
            rating_min: Some(8),
            ..Filters::default()
        },
        page: Ok(late),
    }));
    assert_eq!(library(&tv).items.len(), 11);
}

#[test]
fn the_rail_leads_to_anime() {
    let mut tv = Tv::new(House::furnished());
    tv.press("Left Down Down Down Ok");
    assert_eq!(library(&tv).kind, TitleKind::Anime);
    tv.press("Left");
    assert_eq!(tv.model.rail, Some(4), "where one is");
}

#[test]
fn the_catalogues_services_are_asked_for_whenever_they_are_looked_at() {
    let mut tv = Tv::new(House::furnished());
    let state = |tv: &Tv| match tv.model.page() {
        Page::Settings(page) => page.services.as_ref().unwrap().as_ref().unwrap()[0].state,
        other => panic!("not the settings: {other:?}"),
    };
    tv.press("Left Down Down Down Down Ok");
    assert_eq!(state(&tv), ServiceState::Off, "readable without opening");
    tv.house.services[0].state = ServiceState::Ok;
    tv.press("Down Down Down Down");
    assert_eq!(state(&tv), ServiceState::Ok);
    tv.house.services[0].state = ServiceState::Failing;
    tv.press("Ok");
    assert_eq!(state(&tv), ServiceState::Failing);
}
