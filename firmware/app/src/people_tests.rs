//! The life of a token, on a clock turned by hand.

use tempfile::TempDir;

use super::*;

const HOUR_MS: u64 = 60 * 60 * 1000;

fn house() -> (TempDir, Clock, People) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let store = Store::open(folder.path()).unwrap();
    let people = People::open(store, clock.clone(), Some("271828".into())).unwrap();
    (folder, clock, people)
}

#[test]
fn abuse_10_an_access_token_ends_with_its_hour_and_its_pass_with_it() {
    let (_folder, clock, people) = house();
    let tokens = people.pair("271828", "Test phone").unwrap();
    let pass = people.authenticate(&tokens.access_token).unwrap();
    clock.turn(HOUR_MS - 60_000);
    assert!(people.is_good(&pass));
    clock.turn(60_000);
    assert!(!people.is_good(&pass));
    assert!(matches!(
        people.authenticate(&tokens.access_token),
        Err(Error::TokenInvalid)
    ));
    let next = people.refresh(&tokens.refresh_token).unwrap();
    assert!(people.authenticate(&next.access_token).is_ok());
}

#[test]
fn a_refresh_token_ends_after_ninety_days_unused() {
    let (_folder, clock, people) = house();
    let tokens = people.pair("271828", "Test phone").unwrap();
    clock.turn(89 * 24 * HOUR_MS);
    let next = people.refresh(&tokens.refresh_token).unwrap();
    clock.turn(89 * 24 * HOUR_MS);
    let next = people.refresh(&next.refresh_token).unwrap();
    clock.turn(90 * 24 * HOUR_MS);
    assert!(matches!(
        people.refresh(&next.refresh_token),
        Err(Error::RefreshInvalid)
    ));
}

#[test]
fn abuse_10_a_token_without_its_family_or_of_another_audience_is_none() {
    let (_folder, clock, people) = house();
    let tokens = people.pair("271828", "Test phone").unwrap();
    let device = tokens.device_id.unwrap();
    let signed = |claims: &serde_json::Value, algorithm| {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &people.signing.0).unwrap()
    };
    let family = people.families.read().unwrap().iter().copied().next();
    let claims = serde_json::json!({
        "sub": device.to_string(),
        "aud": "hearth",
        "exp": clock.wall() / 1000 + 60,
        "family": BASE64_URL_SAFE_NO_PAD.encode(family.unwrap()),
    });
    assert!(
        people
            .authenticate(&signed(&claims, Algorithm::HS256))
            .is_ok(),
        "the wrong ones differ from a right one"
    );
    let mut wrong = vec![signed(&claims, Algorithm::HS384)];
    for (key, value) in [
        ("aud", "other".into()),
        ("aud", serde_json::Value::Null),
        ("sub", DeviceId::new().to_string().into()),
        ("sub", "nobody".into()),
        ("exp", (clock.wall() / 1000 - 1).into()),
        ("exp", serde_json::Value::Null),
        (
            "family",
            BASE64_URL_SAFE_NO_PAD.encode(random::<16>()).into(),
        ),
        ("family", "".into()),
        ("family", serde_json::Value::Null),
    ] {
        let mut claims = claims.clone();
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(key);
        } else {
            claims[key] = value;
        }
        wrong.push(signed(&claims, Algorithm::HS256));
    }
    for token in wrong {
        assert!(
            matches!(people.authenticate(&token), Err(Error::TokenInvalid)),
            "{token}"
        );
    }
}

#[test]
fn abuse_10_a_revoked_token_stays_revoked_after_a_restart() {
    let (folder, clock, people) = house();
    let phone = people.pair("271828", "Test phone").unwrap();
    let caller = people.authenticate(&phone.access_token).unwrap().caller;
    let anna = people.register(caller, "Anna", "correct horse", None);
    let anna = anna.unwrap();
    people.logout(&anna.refresh_token).unwrap();
    drop(people);
    let store = Store::open(folder.path()).unwrap();
    let people = People::open(store, clock, None).unwrap();
    assert!(matches!(
        people.authenticate(&anna.access_token),
        Err(Error::TokenInvalid)
    ));
    assert!(people.authenticate(&phone.access_token).is_ok());
}

#[test]
fn the_first_is_the_owner_and_stays_it_on_a_wrong_clock() {
    let (_folder, clock, people) = house();
    let pair = |name: &str| {
        let (pin, _) = people.pairing.show();
        let tokens = people.pair(&pin, name).unwrap();
        Caller::Device(tokens.device_id.unwrap())
    };
    assert!(!people.is_anybody());
    clock.turn(1_000_000);
    let first = pair("Anna");
    let second = pair("Guest");
    assert!(people.is_owner(first) && people.is_owner(Caller::Local));
    assert!(!people.is_owner(second) && !people.is_owner(Caller::Stranger));
    // A guest of a member may register, which makes nobody an owner.
    let account = people
        .register(second, "guest", "correct horse", None)
        .unwrap();
    assert!(!people.is_owner(Caller::Account(account.account_id.unwrap())));
    let Caller::Device(id) = first else { panic!() };
    people.unpair(id).unwrap();
    assert!(!people.is_owner(first));
    assert!(people.is_owner(second), "who came next");
}

const DAY_MS: i64 = 24 * HOUR_MS.cast_signed();
const TEN_YEARS_MS: i64 = 3652 * DAY_MS;

#[test]
fn abuse_31_a_phone_paired_without_a_clock_stays_paired_when_the_time_is_known() {
    let (folder, clock, people) = house();
    // The system's clock says 1970.
    clock.set_wall_ahead(90_000 - clock.wall().cast_signed());
    assert!(clock.wall() < 100_000, "{}", clock.wall());
    let people = {
        drop(people);
        let store = Store::open(folder.path()).unwrap();
        People::open(store, clock.clone(), Some("271828".into())).unwrap()
    };
    let tokens = people.pair("271828", "Phone").unwrap();
    assert!(people.authenticate(&tokens.access_token).is_ok());

    // A time server answers.
    clock.set_wall_ahead(0);
    assert!(
        matches!(
            people.authenticate(&tokens.access_token),
            Err(Error::TokenInvalid)
        ),
        "its hour is over by any clock, and the phone asks for another"
    );
    let next = people.refresh(&tokens.refresh_token).unwrap();
    assert!(people.authenticate(&next.access_token).is_ok());

    // The ninety days begin with the right time, and end.
    clock.turn(89 * DAY_MS.cast_unsigned());
    let next = people.refresh(&next.refresh_token).unwrap();
    clock.turn(91 * DAY_MS.cast_unsigned());
    assert!(matches!(
        people.refresh(&next.refresh_token),
        Err(Error::RefreshInvalid)
    ));
}

#[test]
fn abuse_31_a_time_server_ten_years_off_ends_no_pairing_and_prolongs_none() {
    let (_folder, clock, people) = house();
    let tokens = people.pair("271828", "Phone").unwrap();

    // Ten years ahead, and back.
    clock.set_wall_ahead(TEN_YEARS_MS);
    let next = people.refresh(&tokens.refresh_token).unwrap();
    let wrong = people.authenticate(&next.access_token).unwrap();
    clock.set_wall_ahead(0);
    assert!(
        matches!(
            people.authenticate(&next.access_token),
            Err(Error::TokenInvalid)
        ),
        "it would live for ten years"
    );
    assert!(!people.is_good(&wrong), "nor does an open connection");
    let next = people.refresh(&next.refresh_token).unwrap();
    assert!(people.authenticate(&next.access_token).is_ok());
    clock.turn(91 * DAY_MS.cast_unsigned());
    assert!(
        matches!(
            people.refresh(&next.refresh_token),
            Err(Error::RefreshInvalid)
        ),
        "ninety days unused are ninety days"
    );
}

#[test]
fn abuse_31_a_time_server_ten_years_behind_ends_no_pairing() {
    let (_folder, clock, people) = house();
    let tokens = people.pair("271828", "Phone").unwrap();
    clock.set_wall_ahead(-TEN_YEARS_MS);
    assert!(matches!(
        people.authenticate(&tokens.access_token),
        Err(Error::TokenInvalid)
    ));
    let next = people.refresh(&tokens.refresh_token).unwrap();
    assert!(people.authenticate(&next.access_token).is_ok());
    clock.set_wall_ahead(0);
    let next = people.refresh(&next.refresh_token).unwrap();
    assert!(people.authenticate(&next.access_token).is_ok());
}
