//! What several tests of this crate begin with.

use std::path::Path;

use hearth_fetch::Fetcher;
use hearth_model::{Health, Hints, Location, Release, Source, SourceKind, TitleId};
use hearth_torrent::Torrents;

use crate::{App, Arc, Clock, Config, Streams, probes::Probes, providers::Fetchers};

/// A whole box on an empty folder that reaches nobody; `change` sets what a test is about.
pub async fn app(folder: &Path, change: impl FnOnce(&mut Config)) -> Arc<App> {
    let defaults = include_str!("../../../config/defaults.toml");
    let mut config: Config = toml::from_str(defaults).unwrap();
    config.library.removable = false;
    config.library.test_card = false;
    config.catalog.shikimori.enabled = false;
    config.sources.check = false;
    config.torrents.dht = false;
    config.torrents.trackers = false;
    config.torrents.listen = false;
    config.torrents.min_free_gb = 0.0;
    change(&mut config);
    App::start(config, folder.to_owned()).await.unwrap()
}

/// Reaches loopback alone.
pub fn fetching() -> hearth_fetch::Options {
    hearth_fetch::Options {
        allow_private_hosts: vec!["127.0.0.1".into()],
        ..hearth_fetch::Options::default()
    }
}

pub async fn streams(folder: &Path, clock: &Clock, fetching: hearth_fetch::Options) -> Streams {
    let torrents = Torrents::start(hearth_torrent::Options::loopback(folder.join("torrents")));
    Streams::new(
        torrents.await.unwrap(),
        Fetcher::new(fetching).unwrap(),
        Fetchers::default(),
        Probes::forgetful(),
        clock.clone(),
    )
}

/// A source that nothing is known of but where it lies.
pub fn source(kind: SourceKind, location: Location) -> Source {
    let title_id = TitleId::from_name("t");
    Source {
        id: Source::id_for(title_id, None, &location),
        title_id,
        episode_id: None,
        kind,
        provider: "local".into(),
        name: "film.mkv".into(),
        release: Release::default(),
        size_bytes: None,
        seeders: None,
        health: Health::Unknown,
        location,
        hints: Hints::default(),
    }
}
