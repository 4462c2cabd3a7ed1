//! Tickets on a clock turned by hand.

use hearth_model::TitleId;

use super::*;

#[tokio::test]
async fn a_ticket_ends_with_its_time_and_with_its_source() {
    let folder = tempfile::tempdir().unwrap();
    let film = folder.path().join("film.mkv");
    std::fs::write(&film, b"a film").unwrap();
    let clock = Clock::default();
    let options = hearth_torrent::Options {
        listen: None,
        dht: false,
        trackers: false,
        ..hearth_torrent::Options::new(folder.path().join("torrents"))
    };
    let streams = Streams::new(
        Torrents::start(options).await.unwrap(),
        Fetcher::new(hearth_fetch::Options::default()).unwrap(),
        HashMap::new(),
        clock.clone(),
    );
    let location = Location::File { path: film };
    let title_id = TitleId::new();
    let source = Source {
        id: Source::id_for(title_id, None, &location),
        title_id,
        episode_id: None,
        kind: SourceKind::Direct,
        provider: "local".into(),
        name: "film.mkv".into(),
        release: hearth_model::Release::default(),
        size_bytes: None,
        seeders: None,
        health: hearth_model::Health::Unknown,
        location,
    };
    let opened = streams.open(&source).await.unwrap();
    let stream = streams.address(&opened);
    let (_, ticket) = stream.url.split_once("ticket=").unwrap();
    clock.turn(TICKET_LIFE_MS - 60_000);
    assert!(streams.by_ticket(ticket).is_ok());
    clock.turn(60_000);
    assert!(matches!(
        streams.by_ticket(ticket),
        Err(Error::StreamExpired)
    ));
    let stream = streams.address(&opened);
    let (_, ticket) = stream.url.split_once("ticket=").unwrap();
    assert!(streams.by_ticket(ticket).is_ok());
    drop(opened);
    assert!(matches!(
        streams.by_ticket(ticket),
        Err(Error::StreamExpired)
    ));
    streams.torrents().stop().await;
}
