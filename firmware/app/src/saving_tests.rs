//! What was left a moment ago is where it was left, for whoever asks: a whole box.

use std::sync::Arc;

use hearth_model::{Health, Location, Names, ProfileId, Progress, SourceKind, Title, TitleKind};
use hearth_sources::Query;
use hearth_store::Tried;

use crate::{saving::Save, testing};

/// Home showed the place before the last one: it was read while that was on its way to the disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_place_is_read_as_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let app = testing::app(folder.path(), |_| ()).await;
    let profile = ProfileId::HOUSEHOLD;
    let path = folder.path().join("film.mkv");
    let rest = Vec::new();
    let source = testing::source(SourceKind::Direct, Location::File { path, rest });
    let names = Names {
        en: Some("Film".into()),
        ..Names::default()
    };
    let kept = app.keep(vec![Title::new(TitleKind::Film, names)]).await;
    let title_id = kept[0].id;
    for position_ms in (1_000..40_000).step_by(1_000) {
        let progress = Progress {
            title_id,
            episode_id: None,
            position_ms,
            duration_ms: 90_000,
            watched_at: app.clock.wall(),
            finished: false,
        };
        let save = Save::Progress(profile, progress, Some(source.clone()));
        app.saving.save(save);
        let read = match position_ms % 3_000 {
            0 => app.history(profile, 1).await.unwrap().remove(0).progress,
            1_000 => app.home(profile).await.unwrap()[0].items[0]
                .progress
                .clone(),
            _ => app.title(profile, title_id).await.unwrap().progress,
        };
        assert_eq!(read.unwrap().position_ms, position_ms);
    }
}

/// A source that had just failed was offered as if nothing were known of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_offered_by_what_was_just_seen_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let app = testing::app(folder.path(), |_| ()).await;
    let film = hearth_catalog::open_movie("sintel").unwrap().title();
    let query = Arc::new(Query::new(film, None));
    let source = app
        .library
        .sources(&query.title, None)
        .remove(0)
        .1
        .remove(0);
    for round in 0..20 {
        let good = round % 2 == 0;
        let tried = Tried {
            at: app.clock.wall(),
            good,
            detail: None,
            has_subtitles: None,
        };
        app.saving.save(Save::Health(source.id, tried));
        let (mut answers, search) = app.look_for(query.clone());
        while answers.recv().await.is_some() {}
        let found = search.borrow().sources.clone();
        let found = found.iter().find(|found| found.id == source.id);
        let wanted = if good { Health::Good } else { Health::Failing };
        assert_eq!(found.unwrap().health, wanted, "{round}");
    }
}
