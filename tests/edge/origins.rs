//! abuse_3: another site's page may look at nothing and change nothing in a person's name.

use hearth_tests::{House, Phone, SETUP_CODE};
use reqwest::{Method, StatusCode, header};

use crate::{
    routes::{self, Sample},
    wire,
};

const FOREIGN: &[&str] = &[
    "http://evil.example",
    "https://evil.example:7430",
    "null",
    "file://",
    "http://127.0.0.1",
    "http://127.0.0.1.evil.example",
];

#[tokio::test]
async fn abuse_3_no_foreign_page_changes_anything() {
    let house = House::builder().start();
    let stranger = Phone::stranger(&house.base);
    let sample = Sample {
        pin: SETUP_CODE.into(),
        ..Sample::default()
    };
    let routes = routes::all(&stranger).await;
    let changing: Vec<_> = routes.iter().filter(|route| route.changes()).collect();
    assert!(changing.len() > 8, "{changing:?}");
    for route in &changing {
        for origin in FOREIGN {
            let answer = route
                .request(&stranger, &sample)
                .header(header::ORIGIN, *origin)
                .send()
                .await
                .unwrap();
            assert_eq!(
                answer.status(),
                StatusCode::FORBIDDEN,
                "{route:?} from {origin}"
            );
            let problem: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(problem["slug"], "origin-refused", "{route:?} from {origin}");
        }
    }
    // Nothing of it used the code up; and a page of the box itself may pair.
    let pair = changing
        .iter()
        .find(|route| route.path == "/api/v1/pairing")
        .unwrap();
    let answer = pair
        .request(&stranger, &sample)
        .header(header::ORIGIN, &house.base)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "the same origin");
}

#[tokio::test]
async fn abuse_3_no_foreign_page_opens_the_websocket() {
    let house = House::builder().start();
    let own = house.base.trim_start_matches("http://");
    for origin in FOREIGN {
        let answer = wire::upgrade(&house.base, own, &[("Origin", origin)]);
        assert_eq!(answer.status, 403, "{origin}");
        assert_eq!(answer.slug(), "origin-refused", "{origin}");
    }
    let same = wire::upgrade(&house.base, own, &[("Origin", &house.base)]);
    assert_eq!(same.status, 101);
}

#[tokio::test]
async fn abuse_3_no_answer_is_shared_with_other_origins() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let sample = Sample::default();
    for route in routes::all(&phone).await {
        let answer = route
            .request(&phone, &sample)
            .header(header::ORIGIN, FOREIGN[0])
            .send()
            .await
            .unwrap();
        for name in answer.headers().keys() {
            assert!(
                !name.as_str().starts_with("access-control-"),
                "{route:?}: {name}"
            );
        }
        let asked_first = phone
            .request(Method::OPTIONS, &route.target(&sample))
            .header(header::ORIGIN, FOREIGN[0])
            .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
            .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization")
            .send()
            .await
            .unwrap();
        assert!(
            asked_first.status().is_client_error(),
            "{route:?}: {}",
            asked_first.status()
        );
    }
}
