//! Subtitles beside a film: chosen by one, seen by all.

use hearth_model::{ClientMessage, Command, ScreenCommand, ServerMessage};
use hearth_tests::{House, Phone};
use reqwest::{Method, StatusCode, header};

use crate::{bytes, prepare, screen::Screen};

/// The file lay beside the film, and nobody could choose it.
#[tokio::test(flavor = "multi_thread")]
async fn subtitles_beside_a_film_are_chosen_and_stay_with_another_source() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ru.srt");
    // "Привет" as Windows wrote it.
    let text = b"1\r\n00:00:01,000 --> 00:00:02,000\r\n\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0\r\n";
    std::fs::write(&file, text).unwrap();
    let house = House::builder()
        .film("Night Train (2019) 2160p.mkv", &bytes(&folder, "a.mkv"))
        .film("Night Train (2019) 1080p.mkv", &bytes(&folder, "b.mkv"))
        .film("Night Train (2019) 1080p.ru.forced.srt", &file)
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("night train").await;
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let loaded = screen.loaded(0).await;
    let [beside] = &loaded.outside[..] else {
        panic!("one file of subtitles: {loaded:?}");
    };
    assert_eq!(beside.track.language.as_deref(), Some("ru"));
    assert!(beside.track.forced);
    // Its address is all that is needed, as for the film.
    let stranger = Phone::stranger(&house.base);
    let answer = stranger.request(Method::GET, &beside.url).send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let kind = answer.headers()[header::CONTENT_TYPE].to_str().unwrap();
    assert_eq!(kind, "text/vtt; charset=utf-8");
    assert_eq!(
        answer.text().await.unwrap(),
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nПривет, мир\n\n"
    );
    screen.play(session_id, loaded.load_id, 5_000).await;

    let id = beside.track.id.clone();
    let choose = |subtitles: &str| ClientMessage::Subtitles {
        request_id: "choose".into(),
        session_id,
        subtitles: Some(subtitles.into()),
    };
    let mut remote = phone.live().await;
    remote.send(&choose("inside-5")).await;
    let slug = remote
        .until("the refusal", |message, _| match message {
            ServerMessage::Refused { slug, .. } => Some(slug.clone()),
            _ => None,
        })
        .await;
    assert_eq!(slug, "subtitles-unknown");
    remote.send(&choose(&id)).await;
    remote
        .holds("everybody sees which are shown", |mirror| {
            let room = &mirror.sessions[&session_id];
            room.shown_subtitles.as_ref() == Some(&id) && room.subtitles.len() == 1
        })
        .await;
    let told = screen
        .live
        .until("the order", |message, _| match message {
            ServerMessage::ToScreen {
                command: ScreenCommand::Subtitles { subtitles, .. },
                ..
            } => Some(subtitles.clone()),
            _ => None,
        })
        .await;
    assert_eq!(told.as_ref(), Some(&id));
    screen
        .live
        .command(session_id, Command::NextSource, None)
        .await
        .unwrap();
    let other = screen.loaded(loaded.load_id).await;
    assert_ne!(other.stream.url, loaded.stream.url);
    assert_eq!(other.subtitles.as_ref(), Some(&id));
    screen
        .live
        .command(session_id, Command::Stop, None)
        .await
        .unwrap();
    let ended = stranger.request(Method::GET, &beside.url).send().await;
    assert_eq!(ended.unwrap().status(), StatusCode::FORBIDDEN);
}
