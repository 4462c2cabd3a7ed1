//! Providers, wishes and what was learnt, through the store's front door.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use hearth_model::{
    Learnt, Outcome, Preference, Preferred, ProfileId, ProviderRecord, Rule, Sound, SourceId, Taste,
};
use hearth_store::{KeptProvider, Store, Tried};

fn provider(id: &str, place: u32) -> KeptProvider {
    KeptProvider {
        id: id.into(),
        enabled: true,
        place,
        config: serde_json::json!({ "kind": "torznab", "id": id }),
        secrets: [("api_key".to_owned(), "s3cret".to_owned())].into(),
    }
}

#[test]
fn providers_come_in_order_with_their_secrets_and_go_with_all_that_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.keep_provider(&provider("a", 2)).unwrap();
    store.keep_provider(&provider("b", 1)).unwrap();
    let mut record = ProviderRecord::default();
    record.note(5, 7, None);
    record.adult = Some(true);
    store
        .keep_provider_records(&[("a".into(), record.clone())])
        .unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let ids: Vec<_> = store
        .providers()
        .unwrap()
        .into_iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(ids, ["b", "a"]);
    assert_eq!(store.providers().unwrap()[1], provider("a", 2));
    assert!(!format!("{:?}", store.providers().unwrap()).contains("s3cret"));
    assert_eq!(store.provider_records().unwrap()["a"], record);
    let mut changed = provider("a", 0);
    changed.enabled = false;
    changed.secrets.clear();
    store.keep_provider(&changed).unwrap();
    assert_eq!(store.providers().unwrap()[0], changed);
    assert!(store.remove_provider("a").unwrap());
    assert!(!store.remove_provider("a").unwrap());
    assert!(store.provider_records().unwrap().is_empty());
    // A provider that is added again gets no secret of the one that went.
    let mut again = provider("a", 3);
    again.secrets.clear();
    store.keep_provider(&again).unwrap();
    assert!(store.providers().unwrap()[1].secrets.is_empty());
}

#[test]
fn wishes_and_preferences_survive() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let profile = ProfileId::HOUSEHOLD;
    assert_eq!(store.taste(profile).unwrap(), None);
    assert!(store.preferences().unwrap().is_empty());
    let taste = Taste {
        audio_languages: vec!["ja".into()],
        sound: Sound::Original,
        max_size_gb: Some(9),
        ..Taste::default()
    };
    let preferences = [Preference {
        rule: Rule::Pin,
        what: Preferred::Provider,
        value: "torznab:home".into(),
    }];
    store.keep_taste(profile, &taste).unwrap();
    store.keep_preferences(&preferences).unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.taste(profile).unwrap(), Some(taste));
    assert_eq!(store.taste(ProfileId::new()).unwrap(), None, "another's");
    assert_eq!(store.preferences().unwrap(), preferences);
}

#[test]
fn what_was_learnt_survives_and_the_old_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (old, new) = (SourceId::from_name("old"), SourceId::from_name("new"));
    let tried = |at, detail: Option<&str>| Tried {
        good: detail.is_none(),
        at,
        detail: detail.map(str::to_owned),
        has_subtitles: None,
    };
    store
        .note_tries(&[(old, tried(5, None)), (new, tried(9, Some("it is gone")))])
        .unwrap();
    let mut learnt = Learnt::default();
    learnt.add(Outcome::Started { after_ms: 900 }, 7);
    let key = "host:example.org".to_owned();
    store.keep_learnt(&[(key.clone(), Some(learnt))]).unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let both = [old, new, SourceId::from_name("never")];
    assert_eq!(store.tries(&both).unwrap().len(), 2);
    assert_eq!(
        store.tries(&both).unwrap()[&new],
        tried(9, Some("it is gone"))
    );
    // A look tells nothing of subtitles: what playing told stays.
    let played = Tried {
        has_subtitles: Some(false),
        ..tried(10, None)
    };
    store.note_tries(&[(new, played)]).unwrap();
    store.note_tries(&[(new, tried(11, None))]).unwrap();
    let seen = &store.tries(&both).unwrap()[&new];
    assert_eq!((seen.at, seen.has_subtitles), (11, Some(false)));
    store.forget_tries(9).unwrap();
    let left: Vec<_> = store.tries(&both).unwrap().into_keys().collect();
    assert_eq!(left, [new]);
    assert_eq!(store.learnt().unwrap()[&key], learnt);
    store.keep_learnt(&[(key, None)]).unwrap();
    assert!(store.learnt().unwrap().is_empty());
}
