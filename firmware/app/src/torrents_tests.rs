//! What the owner sets of torrents, and when the next episode is thought of.

use hearth_model::{Phase, ScreenId};

use super::*;

fn config() -> Config {
    toml::from_str(include_str!("../../../config/defaults.toml")).unwrap()
}

#[tokio::test]
async fn limits_come_from_the_configuration_until_the_owner_sets_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut config = config();
    config.torrents.listen = false;
    config.torrents.dht = false;
    config.torrents.trackers = false;
    config.torrents.max_up_kb_per_s = 100;
    let torrents = start(&config, folder.path(), &store).await.unwrap();
    let limits = torrents.limits();
    assert_eq!(limits.down_bytes_per_s, None);
    assert_eq!(limits.up_bytes_per_s, NonZeroU32::new(100_000));
    torrents.stop().await;

    let set = SpeedLimits {
        down_bytes_per_s: Some(5_000_000),
        up_bytes_per_s: None,
    };
    store.set_setting(LIMITS, &set).unwrap();
    let torrents = start(&config, folder.path(), &store).await.unwrap();
    assert_eq!(torrents.limits(), taken(set));
    torrents.stop().await;
}

#[test]
fn the_last_tenth_of_what_plays_is_near_the_end() {
    let mut room = RoomState {
        room_id: SessionId::new(),
        rev: 1,
        title_id: TitleId::new(),
        episode_id: Some(EpisodeId::new()),
        title: hearth_model::Names::default(),
        season: Some(1),
        number: Some(1),
        poster: None,
        screen_id: ScreenId::new(),
        source_id: None,
        phase: Phase::Playing,
        playing: true,
        position_ms: 89_000,
        server_ms: 0,
        rate: 1.0,
        duration_ms: Some(100_000),
        buffered_ms: None,
        volume: 50,
        subtitles: Vec::new(),
        shown_subtitles: None,
        subtitle_search: None,
        notice: None,
    };
    assert!(!is_near_the_end(&room));
    room.position_ms = 90_000;
    assert!(is_near_the_end(&room));
    room.playing = false;
    assert!(!is_near_the_end(&room));
    room.playing = true;
    room.duration_ms = None;
    assert!(!is_near_the_end(&room));
}
