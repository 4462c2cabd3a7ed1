//! A film in several files.

use hearth_model::{Command, LoadReport, Phase, ScreenCommand, ServerMessage};
use hearth_tests::{House, Phone, film_sized};
use reqwest::{Method, header};
use serde_json::Value;

use crate::{prepare, screen::Screen};

/// The second disc had to be begun by hand, and the film was watched after the first.
#[tokio::test(flavor = "multi_thread")]
async fn a_film_on_two_discs_is_one_film() {
    let (first, second) = (
        film_sized("mkv", 20, (160, 90)),
        film_sized("mkv", 30, (160, 90)),
    );
    let house = House::builder()
        .film("Long Way (1970) CD1.mkv", &first)
        .film("Long Way (1970) CD2.mkv", &second)
        .start();
    house.scanned(1).await;
    let phone = house.pair_first("Phone").await;
    let mut screen = Screen::of(&phone, None).await;
    let title = phone.find("long way").await;
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let one = screen.loaded(0).await;
    let piece = one.piece.expect("a piece of the film");
    assert!(piece.until_ms.abs_diff(20_000) < 200, "{piece:?}");
    assert!(piece.whole_ms.abs_diff(50_000) < 400, "{piece:?}");
    screen.play(session_id, one.load_id, 0).await;
    screen
        .at(session_id, one.load_id, piece.until_ms - 500)
        .await;
    screen
        .report(session_id, one.load_id, LoadReport::Ended)
        .await;
    let two = screen.loaded(one.load_id).await;
    let piece = two.piece.expect("the other piece");
    assert_eq!((piece.index, two.start_ms), (1, piece.from_ms));
    let length = std::fs::metadata(&second).unwrap().len();
    let answer = phone.request(Method::HEAD, &two.stream.url).send().await;
    let told = answer.unwrap().headers()[header::CONTENT_LENGTH].clone();
    assert_eq!(told, length.to_string().as_str(), "the second file");
    screen.play(session_id, two.load_id, piece.from_ms).await;
    screen.at(session_id, two.load_id, 30_000).await;
    // Back into the first file.
    screen
        .live
        .command(session_id, Command::Seek, Some(5_000))
        .await
        .unwrap();
    let three = screen.loaded(two.load_id).await;
    assert_eq!(three.piece.map(|piece| piece.index), Some(0));
    assert_eq!(three.start_ms, 5_000);
    screen.play(session_id, three.load_id, 5_000).await;
    screen
        .live
        .command(session_id, Command::Seek, Some(40_000))
        .await
        .unwrap();
    let four = screen.loaded(three.load_id).await;
    screen.play(session_id, four.load_id, 40_000).await;
    screen
        .live
        .command(session_id, Command::Stop, None)
        .await
        .unwrap();
    let kept = progress(&phone, &title, |kept| {
        kept["position_ms"]
            .as_u64()
            .is_some_and(|ms| (40_000..47_000).contains(&ms))
    });
    let kept = kept.await;
    assert_eq!(kept["finished"], false, "{kept}");
    assert_eq!(kept["duration_ms"], piece.whole_ms, "{kept}");

    // Going on begins where it was left, in the second file; only its end is the film's.
    let (session_id, _) = prepare(&phone, &title, screen.id).await;
    let (load_id, start_ms, index) = screen
        .live
        .until("the load of the new session", |message, _| match message {
            ServerMessage::ToScreen {
                command:
                    ScreenCommand::Load {
                        session_id: of,
                        load_id,
                        start_ms,
                        piece,
                        ..
                    },
                ..
            } if *of == session_id => Some((*load_id, *start_ms, piece.map(|one| one.index))),
            _ => None,
        })
        .await;
    assert_eq!((load_id, index), (1, Some(1)));
    assert!((40_000..47_000).contains(&start_ms), "{start_ms}");
    screen.play(session_id, 1, start_ms).await;
    screen.at(session_id, 1, piece.whole_ms - 200).await;
    screen.report(session_id, 1, LoadReport::Ended).await;
    screen.live.phase(session_id, Phase::Ended).await;
    progress(&phone, &title, |kept| kept["finished"] == true).await;
}

/// What is kept of a film, once it is what is wanted: it is written behind what people wait for.
async fn progress(phone: &Phone, title: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
    let path = format!("/api/v1/media/{}", title["id"].as_str().unwrap());
    for _ in 0..600 {
        let kept = phone.get(&path).await["progress"].clone();
        if wanted(&kept) {
            return kept;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("another place is kept of the film");
}
