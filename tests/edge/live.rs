//! The WebSocket's manners, and what it survives. abuse_24.

use std::time::{Duration, Instant};

use hearth_model::{ClientMessage, Command, ScreenKind, ServerMessage, SessionId};
use hearth_tests::{House, Live, Phone};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use crate::streams::screen;

async fn clock(live: &mut Live, t0: f64) -> u64 {
    live.send(&ClientMessage::Clock { t0 }).await;
    live.until("the clock", |message, _| match message {
        ServerMessage::Clock {
            t0: echoed,
            server_ms,
        } if (echoed - t0).abs() < f64::EPSILON => Some(*server_ms),
        _ => None,
    })
    .await
}

async fn problem(live: &mut Live) -> String {
    live.until("a problem", |message, _| match message {
        ServerMessage::Problem { slug, detail } => {
            assert!(detail.contains(' '), "a sentence: {detail}");
            Some(slug.clone())
        }
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_client_that_says_nothing_is_shown_out() {
    let house = House::builder().start();
    let mut live = Live::silent(&house.base).await;
    let begun = Instant::now();
    assert_eq!(live.closed().await, Some(4400));
    let waited = begun.elapsed();
    assert!(
        (4..50).contains(&waited.as_secs()),
        "within 5 s, not at once: {waited:?}"
    );
}

#[tokio::test]
async fn a_first_message_that_is_no_hello_is_refused() {
    let house = House::builder().start();
    for first in [
        "hello",
        "{}",
        "[]",
        "null",
        r#"{"type":"clock","t0":1}"#,
        r#"{"type":"hello","token":7}"#,
        r#"{"type":"Hello"}"#,
        r#"{"type":"hello""#,
        "",
    ] {
        let mut live = Live::silent(&house.base).await;
        live.send_text(first).await;
        assert_eq!(live.closed().await, Some(4400), "{first}");
        assert!(live.heard.is_empty(), "{first}: {:?}", live.heard);
    }
    let mut live = Live::silent(&house.base).await;
    live.try_send(Message::Binary(r#"{"type":"hello"}"#.into()))
        .await
        .unwrap();
    assert_eq!(live.closed().await, Some(4400), "binary");
}

#[tokio::test]
async fn without_a_token_nothing_is_heard() {
    let house = House::builder().start();
    for hello in [
        r#"{"type":"hello"}"#,
        r#"{"type":"hello","token":null}"#,
        r#"{"type":"hello","token":""}"#,
    ] {
        let mut live = Live::silent(&house.base).await;
        live.send_text(hello).await;
        assert_eq!(live.closed().await, Some(4401), "{hello}");
        assert!(live.heard.is_empty(), "{hello}: {:?}", live.heard);
    }
}

#[tokio::test]
async fn a_message_that_is_not_understood_is_told_so_and_the_line_lives() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    for text in [
        "",
        "nonsense",
        "{}",
        r#"{"type":"unheard_of"}"#,
        r#"{"type":"command"}"#,
        r#"{"type":"command","request_id":"1","session_id":"ttl_0193a3f2b1c47d3e8f00112233445566","command":"play"}"#,
        r#"{"type":"command","request_id":"1","session_id":"ses_0193a3f2b1c47d3e8f00112233445566","command":"explode"}"#,
        r#"{"type":"command","request_id":"1","session_id":"ses_0193a3f2b1c47d3e8f00112233445566","command":"seek","position_ms":-1}"#,
        r#"{"type":"command","request_id":"1","session_id":"ses_0193a3f2b1c47d3e8f00112233445566","command":"set_volume","volume":300}"#,
        r#"{"type":"clock","t0":NaN}"#,
        r#"{"type":"clock","t0":1e999}"#,
        r#"{"type":"hello","token":null}"#,
        &"[".repeat(30_000),
    ] {
        live.send_text(text).await;
        assert_eq!(problem(&mut live).await, "message-invalid", "{text:.60}");
    }
    live.send_text(r#"{"type":"page","page":"home"}"#).await;
    assert_eq!(problem(&mut live).await, "not-a-screen");
    live.send_text(
        r#"{"type":"report","load_id":1,"session_id":"ses_0193a3f2b1c47d3e8f00112233445566","report":"ended"}"#,
    )
    .await;
    assert_eq!(problem(&mut live).await, "not-a-screen");
    live.send_text(
        r#"{"type":"key","screen_id":"scr_0193a3f2b1c47d3e8f00112233445566","key":"ok"}"#,
    )
    .await;
    assert_eq!(problem(&mut live).await, "screen-away");
    clock(&mut live, 1.0).await;
}

#[tokio::test]
async fn a_command_for_a_session_that_is_not_there_is_refused() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    for command in [
        Command::Play,
        Command::Pause,
        Command::Seek,
        Command::Stop,
        Command::SetVolume,
        Command::NextSource,
    ] {
        let refused = live.command(SessionId::new(), command, Some(1)).await;
        assert_eq!(refused, Err("session-unknown".into()), "{command:?}");
    }
    let rev = live.heard.iter().find_map(|message| match message {
        ServerMessage::Refused { rev, detail, .. } => {
            assert!(!detail.is_empty());
            Some(*rev)
        }
        _ => None,
    });
    assert_eq!(rev, Some(None), "no session, no revision");
}

#[tokio::test]
async fn two_clients_see_the_same() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut first = phone.live().await;
    let mut second = phone.live().await;
    let mut tv = Live::local(&house.socket()).await;
    tv.replicated().await;
    let screen_id = screen(&mut tv, ScreenKind::Tv).await;
    for page in ["home", "search", "title"] {
        tv.send(&ClientMessage::Page {
            page: page.into(),
            text: (page == "search").then(|| "син".to_owned()),
        })
        .await;
    }
    let mut seen = Vec::new();
    for live in [&mut first, &mut second] {
        live.until("the page", |_, mirror| {
            (mirror.screens.get(&screen_id)?.page.as_deref() == Some("title")).then_some(())
        })
        .await;
        let events: Vec<_> = live
            .heard
            .iter()
            .filter(|message| matches!(message, ServerMessage::ScreenState(_)))
            .cloned()
            .collect();
        seen.push(events);
    }
    assert!(seen[0].len() >= 4, "{:?}", seen[0]);
    assert_eq!(seen[0], seen[1], "the same events in the same order");
    let third = phone.live().await;
    assert_eq!(
        third.mirror.screens, first.mirror.screens,
        "who comes late has the same state"
    );
    drop(tv);
    for live in [&mut first, &mut second] {
        live.until("the TV leaving", |_, mirror| {
            (!mirror.screens.get(&screen_id)?.connected).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn a_key_goes_to_its_screen_and_nowhere_else() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    let mut tv = Live::local(&house.socket()).await;
    tv.replicated().await;
    let screen_id = screen(&mut tv, ScreenKind::Tv).await;
    live.send(&ClientMessage::Key {
        screen_id,
        key: "up".into(),
    })
    .await;
    live.send(&ClientMessage::Text {
        screen_id,
        text: "Синтел".into(),
    })
    .await;
    tv.until("the key", |message, _| {
        matches!(message, ServerMessage::Key { key, .. } if key == "up").then_some(())
    })
    .await;
    tv.until("the text", |message, _| {
        matches!(message, ServerMessage::Text { text, .. } if text == "Синтел").then_some(())
    })
    .await;
    clock(&mut live, 2.0).await;
    assert!(
        !live.heard.iter().any(|message| matches!(
            message,
            ServerMessage::Key { .. } | ServerMessage::Text { .. }
        )),
        "{:?}",
        live.heard
    );
}

#[tokio::test]
async fn the_clock_is_the_daemons_and_only_goes_forward() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    let mut before = 0;
    for t0 in [0.0, -5.5, 1e12, 123_456.789] {
        let server_ms = clock(&mut live, t0).await;
        assert!(server_ms >= before);
        before = server_ms;
    }
    let mut other = phone.live().await;
    let server_ms = clock(&mut other, 1.0).await;
    assert!(
        (before..before + 60_000).contains(&server_ms),
        "one clock for all"
    );
}

fn peak_kb(house: &mut House) -> u64 {
    let status = format!("/proc/{}/status", house.daemon().id());
    std::fs::read_to_string(status)
        .unwrap()
        .lines()
        .find_map(|line| {
            line.strip_prefix("VmHWM:")?
                .trim()
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .expect("the kernel tells the peak")
}

/// A phone's line still works, and its connection was not touched.
async fn all_is_well(phone: &Phone, bystander: &mut Live) {
    clock(bystander, 77.0).await;
    phone.get("/api/v1/home").await;
}

#[tokio::test]
async fn abuse_24_a_large_message_is_closed_with_1009() {
    let mut house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut bystander = phone.live().await;
    let before = peak_kb(&mut house);
    for size in [65 * 1024, 1 << 20] {
        let mut live = phone.live().await;
        let _ = live.try_send(Message::Text("x".repeat(size).into())).await;
        assert_eq!(live.closed().await, Some(1009), "{size} bytes");
        // Also in the place of the hello.
        let mut live = Live::silent(&house.base).await;
        let _ = live.try_send(Message::Text("x".repeat(size).into())).await;
        assert_eq!(live.closed().await, Some(1009), "{size} bytes as hello");
    }
    // The box hangs up while this one is still being sent.
    let mut live = phone.live().await;
    let sent = live
        .try_send(Message::Binary(vec![0; 64 << 20].into()))
        .await;
    let closed = live.closed().await;
    assert!(
        closed == Some(1009) || sent.is_err(),
        "64 MiB: {sent:?} {closed:?}"
    );
    let grown = peak_kb(&mut house).saturating_sub(before);
    assert!(grown < 16 * 1024, "memory grew by {grown} kB");
    all_is_well(&phone, &mut bystander).await;
}

#[tokio::test]
async fn abuse_24_a_message_in_crumbs_is_closed_with_1009() {
    let mut house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut bystander = phone.live().await;
    let before = peak_kb(&mut house);
    let mut live = phone.live().await;
    for at in 0..131_072 {
        let opcode = if at == 0 { Data::Text } else { Data::Continue };
        let crumb = Frame::message("x", OpCode::Data(opcode), at == 131_071);
        if live.feed(Message::Frame(crumb)).await.is_err() {
            break;
        }
    }
    // Who still sends when the box hangs up may hear of that alone.
    let closed = live.closed().await;
    assert!(matches!(closed, Some(1009) | None), "{closed:?}");
    let grown = peak_kb(&mut house).saturating_sub(before);
    assert!(grown < 16 * 1024, "memory grew by {grown} kB");
    all_is_well(&phone, &mut bystander).await;
}

#[tokio::test]
async fn abuse_24_a_flood_of_messages_is_closed_with_1008() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut bystander = phone.live().await;
    let mut live = phone.live().await;
    for count in 0..1_000 {
        let message = Message::Text(format!(r#"{{"type":"clock","t0":{count}}}"#).into());
        if live.try_send(message).await.is_err() {
            break;
        }
    }
    assert_eq!(live.closed().await, Some(1008));
    let answered = live
        .heard
        .iter()
        .filter(|message| matches!(message, ServerMessage::Clock { .. }))
        .count();
    assert!(
        (100..900).contains(&answered),
        "a burst is answered, a flood is not: {answered}"
    );
    // Pings count as well: they cost the same.
    let mut live = phone.live().await;
    for _ in 0..1_000 {
        if live.try_send(Message::Ping("x".into())).await.is_err() {
            break;
        }
    }
    assert_eq!(live.closed().await, Some(1008), "pings");
    all_is_well(&phone, &mut bystander).await;
}

/// A phone could take the TV off its line for good by pressing keys faster than they were read:
/// a full queue was taken for a dead screen. All that one client may send at once fits now.
#[tokio::test]
async fn a_burst_of_keys_reaches_the_tv_and_does_not_unseat_it() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    let mut tv = Live::local(&house.socket()).await;
    tv.replicated().await;
    let screen_id = screen(&mut tv, ScreenKind::Tv).await;
    for _ in 0..200 {
        live.send(&ClientMessage::Key {
            screen_id,
            key: "down".into(),
        })
        .await;
    }
    for _ in 0..200 {
        tv.until("a key", |message, _| {
            matches!(message, ServerMessage::Key { .. }).then_some(())
        })
        .await;
    }
    clock(&mut live, 3.0).await;
    assert!(live.mirror.screens[&screen_id].connected);
}

#[tokio::test]
async fn a_text_that_is_none_is_closed_with_1007() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    let text = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    live.try_send(Message::Frame(text)).await.unwrap();
    assert_eq!(live.closed().await, Some(1007));
}

#[tokio::test]
async fn a_half_open_upgrade_or_a_wrong_version_is_a_refusal() {
    let house = House::builder().start();
    let own = house.base.trim_start_matches("http://").to_owned();
    for headers in [
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
        "Connection: Upgrade\r\nUpgrade: h2c\r\n",
    ] {
        let request = format!("GET /api/v1/ws HTTP/1.1\r\nHost: {own}\r\n{headers}\r\n");
        let answer = crate::wire::raw(&house.base, &request);
        assert!((400..500).contains(&answer.status), "{}", answer.status);
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{headers}"
        );
    }
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    live.drain(Duration::from_millis(1)).await;
    clock(&mut live, 4.0).await;
}
