//! abuse_1: another name is another box. Nothing answers to it, and nothing happens.

use hearth_tests::{House, Phone, SETUP_CODE};
use reqwest::{Method, StatusCode, header};
use serde_json::json;

use crate::{
    routes::{self, Sample},
    wire,
};

const EVIL: &str = "evil.example";

#[tokio::test]
async fn abuse_1_no_route_answers_to_a_foreign_host_and_nothing_happens() {
    let house = House::builder().start();
    let stranger = Phone::stranger(&house.base);
    let right_code = Sample {
        pin: SETUP_CODE.into(),
        ..Sample::default()
    };
    let routes = routes::all(&stranger).await;
    for route in &routes {
        let answer = route
            .request(&stranger, &right_code)
            .header(header::HOST, EVIL)
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.status(),
            StatusCode::MISDIRECTED_REQUEST,
            "{route:?}"
        );
        let problem: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(problem["slug"], "host-refused", "{route:?}");
    }
    // Neither pairing nor registering under the foreign name has used the code up.
    let phone = house.pair_first("Test phone").await;
    let film = phone.find("sintel").await;
    let sample = Sample {
        pin: SETUP_CODE.into(),
        title_id: film["id"].as_str().unwrap().into(),
        device_id: phone.tokens["device_id"].as_str().unwrap().into(),
        refresh_token: phone.tokens["refresh_token"].as_str().unwrap().into(),
        ..Sample::default()
    };
    for route in &routes {
        for host in [
            EVIL,
            "127.0.0.1.evil.example",
            "127.0.0.1@evil.example",
            "evil.example:80",
        ] {
            let answer = route
                .request(&phone, &sample)
                .header(header::HOST, host)
                .send()
                .await
                .unwrap();
            assert_eq!(
                answer.status(),
                StatusCode::MISDIRECTED_REQUEST,
                "{route:?} at {host}"
            );
        }
    }
    assert_eq!(
        phone.get("/api/v1/devices").await["items"]
            .as_array()
            .unwrap()
            .len(),
        1,
        "nobody was unpaired or paired"
    );
    assert_eq!(
        phone.get("/api/v1/user/history").await["items"],
        json!([]),
        "no progress was kept"
    );
    let refreshed = phone
        .post(
            "/api/v1/auth/refresh",
            json!({ "refresh_token": sample.refresh_token }),
        )
        .await;
    assert!(
        refreshed["access_token"].is_string(),
        "neither refresh nor logout took the token"
    );
    let login = json!({ "username": "walker", "password": "correct horse" });
    let (status, _) = phone
        .call(Method::POST, "/api/v1/auth/login", Some(login))
        .await;
    assert_eq!(
        status,
        StatusCode::UNAUTHORIZED,
        "no account was registered"
    );
}

#[tokio::test]
async fn abuse_1_the_websocket_does_not_open_at_a_foreign_host() {
    let house = House::builder().start();
    assert_eq!(wire::upgrade(&house.base, EVIL, &[]).status, 421);
    let own = house.base.trim_start_matches("http://");
    assert_eq!(wire::upgrade(&house.base, own, &[]).status, 101);
}

#[tokio::test]
async fn abuse_1_odd_requests_are_held_to_the_same_rule() {
    let house = House::builder().start();
    let own = house.base.trim_start_matches("http://").to_owned();
    let ask = |target: &str, headers: &str| {
        let request = format!("GET {target} HTTP/1.1\r\n{headers}Connection: close\r\n\r\n");
        wire::raw(&house.base, &request).status
    };
    let path = "/api/v1/health";
    assert_eq!(ask(path, &format!("Host: {own}\r\n")), 200);
    assert_eq!(
        ask(&format!("http://{own}{path}"), &format!("Host: {own}\r\n")),
        200,
        "an absolute target of its own"
    );
    let refused = [
        (path.to_owned(), String::new(), "no Host"),
        (path.to_owned(), "Host:\r\n".into(), "an empty Host"),
        (
            path.to_owned(),
            format!("Host: {own}\r\nHost: {EVIL}\r\n"),
            "two Hosts, the right one first",
        ),
        (
            path.to_owned(),
            format!("Host: {EVIL}\r\nHost: {own}\r\n"),
            "two Hosts, the right one last",
        ),
        (
            path.to_owned(),
            format!("Host: {own}\r\nHost: {own}\r\n"),
            "the same Host twice",
        ),
        (
            path.to_owned(),
            format!("Host: {own}, {EVIL}\r\n"),
            "a list of Hosts",
        ),
        (
            format!("http://{EVIL}{path}"),
            format!("Host: {own}\r\n"),
            "an absolute target elsewhere",
        ),
        (
            format!("http://{own}{path}"),
            format!("Host: {EVIL}\r\n"),
            "an absolute target of its own under a foreign Host",
        ),
    ];
    for (target, headers, what) in refused {
        let status = ask(&target, &headers);
        assert!(
            [400, 421].contains(&status),
            "{what}: {status} for {target} with {headers:?}"
        );
    }
    let old = wire::raw(&house.base, &format!("GET {path} HTTP/1.0\r\n\r\n")).status;
    assert_eq!(old, 421, "HTTP/1.0 without a Host");
}

#[tokio::test]
async fn abuse_1_the_unix_socket_is_no_way_round() {
    let house = House::builder().start();
    let show_pin = |host: &str| {
        wire::raw_local(
            &house.socket(),
            &format!(
                "POST /api/v1/pairing/pin HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\
                 Connection: close\r\n\r\n"
            ),
        )
        .status
    };
    assert_eq!(show_pin(EVIL), 421);
    assert_eq!(show_pin("localhost"), 200);
}
