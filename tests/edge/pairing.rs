//! Pairing: a PIN on the TV, few tries, one use. abuse_8 and abuse_9.

use std::{net::IpAddr, time::Instant};

use hearth_model::ServerMessage;
use hearth_tests::{House, Live, Phone, SETUP_CODE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn try_pin(phone: &Phone, pin: &str) -> (StatusCode, String) {
    let body = json!({ "pin": pin, "device_name": "Test phone" });
    let (status, answer) = phone
        .call(Method::POST, "/api/v1/pairing", Some(body))
        .await;
    (status, answer["slug"].as_str().unwrap_or_default().into())
}

async fn show(house: &House) -> String {
    let shown = house.local(Method::POST, "/api/v1/pairing/pin", None).await;
    shown["pin"].as_str().unwrap().into()
}

/// A PIN that is not this one.
fn another(pin: &str) -> String {
    format!("{:06}", (pin.parse::<u32>().unwrap() + 1) % 1_000_000)
}

fn from(house: &House, last: u8) -> Phone {
    Phone::stranger_from(&house.base, IpAddr::from([127, 0, 1, last]))
}

async fn new_pin(tv: &mut Live) -> (Option<String>, String) {
    tv.until("the TV's new PIN", |message, _| match message {
        ServerMessage::Pairing { pin, reason } => Some((pin.clone(), reason.clone())),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn a_pin_shows_everything_a_phone_needs() {
    let house = House::builder().start();
    let shown = house.local(Method::POST, "/api/v1/pairing/pin", None).await;
    let pin = shown["pin"].as_str().unwrap();
    assert!(pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit()));
    assert_eq!(shown["url"], format!("{}/#pair={pin}", house.base));
    assert_eq!(shown["expires_in"], 300);
    let rows = shown["qr"].as_array().unwrap();
    assert!(
        rows.len() >= 21
            && rows
                .iter()
                .all(|row| row.as_str().unwrap().len() == rows.len()),
        "a square of modules"
    );
    assert!(shown["qr_svg"].as_str().unwrap().contains("<svg"));
    assert_eq!(
        show(&house).await,
        pin,
        "asked again, the same PIN is shown"
    );
}

#[tokio::test]
async fn abuse_9_a_pin_is_for_once_and_only_while_it_is_shown() {
    let house = House::builder().start();
    let phone = from(&house, 1);
    // The setup code is the first PIN, and works once.
    let paired = try_pin(&phone, SETUP_CODE).await;
    assert_eq!(paired.0, StatusCode::CREATED);
    let not_shown = (StatusCode::CONFLICT, "pin-not-shown".to_owned());
    assert_eq!(try_pin(&phone, SETUP_CODE).await, not_shown, "used");
    assert_eq!(try_pin(&phone, "123456").await, not_shown, "none is shown");
    let pin = show(&house).await;
    assert_eq!(
        try_pin(&phone, &another(&pin)).await,
        (StatusCode::FORBIDDEN, "pin-wrong".into())
    );
    assert_eq!(try_pin(&phone, &pin).await.0, StatusCode::CREATED);
    assert_eq!(try_pin(&phone, &pin).await, not_shown, "used");
    let pin = show(&house).await;
    house
        .tv()
        .call(Method::DELETE, "/api/v1/pairing/pin", None)
        .await;
    assert_eq!(try_pin(&phone, &pin).await, not_shown, "hidden");
}

#[tokio::test]
async fn abuse_9_the_setup_code_ends_with_the_first_pairing_also_after_a_restart() {
    let mut house = House::builder().start();
    house.pair_first("Test phone").await;
    house.stop();
    house.start();
    assert_eq!(
        try_pin(&from(&house, 1), SETUP_CODE).await,
        (StatusCode::CONFLICT, "pin-not-shown".into())
    );
}

#[tokio::test]
async fn abuse_8_five_wrong_pins_change_the_pin_and_the_tv_says_so() {
    let house = House::builder().start();
    let mut tv = Live::local(&house.socket()).await;
    tv.replicated().await;
    let pin = show(&house).await;
    let phone = from(&house, 1);
    let wrong = another(&pin);
    for _ in 0..5 {
        assert_eq!(try_pin(&phone, &wrong).await.1, "pin-wrong");
    }
    let (next, reason) = new_pin(&mut tv).await;
    let next = next.expect("a new PIN is shown");
    assert_eq!(reason, "guessed");
    assert_ne!(next, pin);
    assert_eq!(
        try_pin(&phone, &pin).await.1,
        "pin-wrong",
        "the old one is dead"
    );
    assert_eq!(try_pin(&phone, &next).await.0, StatusCode::CREATED);
    assert_eq!(
        new_pin(&mut tv).await,
        (None, "used".into()),
        "and the TV takes it off the screen"
    );
}

#[tokio::test]
async fn abuse_8_a_phone_never_hears_the_pin() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let mut live = phone.live().await;
    let pin = show(&house).await;
    let wrong = another(&pin);
    for _ in 0..5 {
        try_pin(&from(&house, 1), &wrong).await;
    }
    live.send(&hearth_model::ClientMessage::Clock { t0: 0.0 })
        .await;
    live.until("the clock", |message, _| {
        assert!(
            !matches!(message, ServerMessage::Pairing { .. }),
            "{message:?}"
        );
        matches!(message, ServerMessage::Clock { .. }).then_some(())
    })
    .await;
}

/// A tenth of the abuse case's guesses from its 50 addresses: each address is held back long
/// before, and no PIN takes more than five.
#[tokio::test]
async fn abuse_8_guesses_from_many_addresses_gain_nothing_and_disturb_nobody() {
    const ADDRESSES: u8 = 50;
    const GUESSES: usize = 20;
    let house = House::builder().start();
    let anna = house.pair_first("Anna's phone").await;
    let mut live = anna.live().await;
    let mut tv = Live::local(&house.socket()).await;
    tv.replicated().await;
    let first = show(&house).await;
    let begun = Instant::now();
    let mut guessers = tokio::task::JoinSet::new();
    for address in 1..=ADDRESSES {
        let phone = from(&house, address);
        guessers.spawn(async move {
            let mut seen = Vec::new();
            for guess in 0..GUESSES {
                // Not six digits: a guess that cannot be right by luck.
                seen.push(try_pin(&phone, &format!("guess {guess}")).await);
            }
            seen
        });
    }
    let seen: Vec<_> = guessers.join_all().await.into_iter().flatten().collect();
    let count = |slug: &str| seen.iter().filter(|(_, seen)| seen == slug).count();
    let wrong = count("pin-wrong");
    assert_eq!(wrong + count("too-many-attempts"), seen.len(), "{seen:?}");
    let more = begun.elapsed().as_secs() as usize / 6 + 1;
    assert!(
        wrong <= usize::from(ADDRESSES) * (10 + more),
        "each address is held to ten at once, and one more in six seconds: {wrong}"
    );
    assert!(wrong >= 100, "the guesses were taken: {wrong}");
    // The notices came to the TV, one for each five tries.
    let mut shown = first;
    for _ in 0..wrong / 5 {
        let (pin, reason) = new_pin(&mut tv).await;
        assert_eq!(reason, "guessed");
        let pin = pin.expect("a new PIN");
        assert_ne!(pin, shown);
        shown = pin;
    }
    assert_eq!(
        show(&house).await,
        shown,
        "the TV shows the PIN that counts"
    );
    // Neither the TV nor Anna's phone lost its line for it.
    live.send(&hearth_model::ClientMessage::Clock { t0: 0.0 })
        .await;
    live.until("the clock", |message, _| {
        matches!(message, ServerMessage::Clock { .. }).then_some(())
    })
    .await;
}

#[tokio::test]
async fn many_tries_have_to_wait_and_are_told_how_long() {
    let house = House::builder().start();
    show(&house).await;
    let phone = from(&house, 1);
    let body = json!({ "pin": "no", "device_name": "Test phone" }).to_string();
    let mut refused = None;
    for _ in 0..30 {
        let answer = phone
            .request(Method::POST, "/api/v1/pairing")
            .header("content-type", "application/json")
            .body(body.clone())
            .send()
            .await
            .unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("thirty tries at once are too many");
    let wait: u64 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["slug"], "too-many-attempts");
    // Passwords are tried from the same purse; another address has its own.
    let login = json!({ "username": "anna", "password": "correct horse" });
    let (status, _) = phone
        .call(Method::POST, "/api/v1/auth/login", Some(login.clone()))
        .await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    let (status, _) = from(&house, 2)
        .call(Method::POST, "/api/v1/auth/login", Some(login))
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_name_that_is_none_does_not_cost_the_pin() {
    let house = House::builder().start();
    let pin = show(&house).await;
    let phone = from(&house, 1);
    for name in ["", "   ", &"n".repeat(65)] {
        let body = json!({ "pin": pin, "device_name": name });
        let (status, problem) = phone
            .call(Method::POST, "/api/v1/pairing", Some(body))
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem}");
    }
    assert_eq!(try_pin(&phone, &pin).await.0, StatusCode::CREATED);
}
