//! Every refusal is a problem that says what to do; no request is the box's fault.

use hearth_tests::{House, Phone};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::wire;

/// The refusal behind an answer, checked for its shape.
async fn problem(answer: reqwest::Response, what: &str) -> Value {
    let status = answer.status();
    let get = |name: &str| {
        answer
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert!(status.is_client_error(), "{what}: {status}");
    assert_eq!(
        get("content-type").as_deref(),
        Some("application/problem+json"),
        "{what}"
    );
    assert_eq!(get("content-encoding"), None, "{what}");
    let id = get("x-request-id").expect("every answer has a request id");
    let body: Value = answer.json().await.expect("a problem is JSON");
    assert_eq!(body["status"], status.as_u16(), "{what}: {body}");
    assert_eq!(body["request_id"], id, "{what}");
    assert_eq!(
        body["title"],
        status.canonical_reason().unwrap(),
        "{what}: {body}"
    );
    let slug = body["slug"].as_str().unwrap();
    assert!(
        !slug.is_empty()
            && slug
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
        "{what}: {slug}"
    );
    assert_eq!(
        body["type"],
        format!("https://hearth.local/problems/{slug}"),
        "{what}"
    );
    let detail = body["detail"].as_str().unwrap();
    assert!(
        (10..600).contains(&detail.len()) && detail.contains(' '),
        "{what}: a sentence: {detail}"
    );
    assert!(
        !detail.contains('\u{fffd}') && !detail.contains(".rs") && !detail.contains("/work"),
        "{what}: {detail}"
    );
    let mut keys: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    assert_eq!(
        keys,
        ["detail", "request_id", "slug", "status", "title", "type"],
        "{what}"
    );
    body
}

#[tokio::test]
async fn a_bad_body_is_told_what_is_wrong_with_it() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let progress = json!({
        "title_id": "ttl_0193a3f2b1c47d3e8f00112233445566", "position_ms": 1, "duration_ms": 2,
    });
    let with = |key: &str, value: Value| {
        let mut body = progress.clone();
        body[key] = value;
        body.to_string()
    };
    let json_type = Some("application/json");
    for path in ["/api/v1/player/progress", "/api/v1/player/prepare"] {
        let cases: [(Option<&str>, Vec<u8>, u16, &str); 12] = [
            (json_type, b"{\"title_id\":".to_vec(), 400, "cut"),
            (json_type, Vec::new(), 400, "empty"),
            (
                json_type,
                b"{\"title_id\": \"\xff\"}".to_vec(),
                400,
                "not UTF-8",
            ),
            (json_type, deep.clone().into(), 422, "deep"),
            (json_type, b"[]".to_vec(), 422, "a list"),
            (json_type, b"{}".to_vec(), 422, "no fields"),
            (json_type, b"null".to_vec(), 422, "null"),
            (
                json_type,
                with("title_id", 7.into()).into(),
                422,
                "a number",
            ),
            (
                json_type,
                with("title_id", "ses_0193a3f2b1c47d3e8f00112233445566".into()).into(),
                422,
                "another kind's id",
            ),
            (
                json_type,
                with("title_id", "y".repeat(5_000).into()).into(),
                422,
                "a long id",
            ),
            (Some("text/plain"), progress.to_string().into(), 415, "text"),
            (None, progress.to_string().into(), 415, "no type"),
        ];
        for (content_type, body, status, what) in cases {
            let mut request = phone
                .request(Method::POST, path)
                .header(header::ACCEPT_ENCODING, "gzip")
                .body(body);
            if let Some(content_type) = content_type {
                request = request.header(header::CONTENT_TYPE, content_type);
            }
            let answer = request.send().await.unwrap();
            let what = format!("{what} to {path}");
            let body = problem(answer, &what).await;
            assert_eq!(body["status"], status, "{what}: {body}");
        }
    }
    for position in [json!(-1), json!(1.5), json!("1"), json!(1e300)] {
        let answer = phone
            .request(Method::POST, "/api/v1/player/progress")
            .header(header::CONTENT_TYPE, "application/json")
            .body(with("position_ms", position.clone()))
            .send()
            .await
            .unwrap();
        problem(answer, &format!("position {position}")).await;
    }
}

/// The box has heard enough long before the end, and says so.
#[tokio::test]
async fn a_body_of_a_megabyte_is_refused() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let own = house.base.trim_start_matches("http://");
    let token = phone.token.as_deref().unwrap();
    let large = json!({ "title_id": "x".repeat(1 << 20) }).to_string();
    let told = format!("Content-Length: {}\r\n\r\n{large}", large.len());
    let untold = format!(
        "Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{large}\r\n0\r\n\r\n",
        large.len()
    );
    for body in [told, untold] {
        let request = format!(
            "POST /api/v1/player/progress HTTP/1.1\r\nHost: {own}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\n{body}"
        );
        let answer = wire::raw(&house.base, &request);
        assert_eq!((answer.status, &*answer.slug()), (413, "too-large"));
    }
    phone.get("/api/v1/home").await;
}

/// The refusal was lost in the reset that follows an unread body.
#[tokio::test]
async fn what_is_refused_is_heard_out_first() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let own = house.base.trim_start_matches("http://");
    let token = phone.token.as_deref().unwrap();
    let large = json!({ "title_id": "x".repeat(12 << 20) }).to_string();
    for (token, status, slug) in [
        (token, 413, "too-large"),
        ("nonsense", 401, "token-invalid"),
    ] {
        let request = format!(
            "POST /api/v1/player/progress HTTP/1.1\r\nHost: {own}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{large}",
            large.len()
        );
        let answer = wire::all_first(&house.base, &request);
        assert_eq!((answer.status, &*answer.slug()), (status, slug));
    }
}

#[tokio::test]
async fn a_bad_address_is_told_what_is_wrong_with_it() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let film = phone.find("sintel").await;
    let id = film["id"].as_str().unwrap();
    let unknown = "0193a3f2b1c47d3e8f00112233445566";
    let long = "x".repeat(3_000);
    let cases = [
        ("/api/v1/unheard-of".to_owned(), 404),
        ("/api/v2/home".to_owned(), 404),
        ("/api".to_owned(), 404),
        ("/api/".to_owned(), 404),
        ("/api/v1/home/".to_owned(), 404),
        ("/nothing.js".to_owned(), 404),
        ("/api/v1/media/nonsense".to_owned(), 400),
        ("/api/v1/media/%ff%fe".to_owned(), 400),
        (format!("/api/v1/media/{long}"), 400),
        (format!("/api/v1/media/ses_{unknown}"), 400),
        (format!("/api/v1/media/ttl_{unknown}"), 404),
        (format!("/api/v1/media/ttl_{unknown}/sources"), 404),
        (format!("/api/v1/media/{id}/sources?episode=nonsense"), 400),
        (
            format!("/api/v1/media/{id}/sources?episode=ep_{unknown}"),
            404,
        ),
        (format!("/api/v1/media/{id}/sources?screen_id=tv"), 400),
        ("/api/v1/media/search?type=nonsense".to_owned(), 400),
        (format!("/api/v1/media/search?type={long}"), 400),
        ("/api/v1/media/search?year_from=99999".to_owned(), 400),
        ("/api/v1/media/search?year_to=MMX".to_owned(), 400),
        ("/api/v1/media/search?rating_min=good".to_owned(), 400),
        ("/api/v1/media/search?limit=-1".to_owned(), 400),
        (
            "/api/v1/media/search?limit=99999999999999999999".to_owned(),
            400,
        ),
        ("/api/v1/media/search?cursor=nonsense".to_owned(), 400),
        ("/api/v1/media/search?cursor=-1".to_owned(), 400),
        ("/api/v1/media/search?cursor=99999999999".to_owned(), 400),
        (format!("/api/v1/media/search?q={}", "q".repeat(201)), 400),
        ("/api/v1/media/search?q=a&q=b".to_owned(), 400),
        ("/api/v1/user/history?limit=many".to_owned(), 400),
    ];
    for (path, status) in cases {
        for encoding in ["identity", "gzip, br"] {
            let answer = phone
                .request(Method::GET, &path)
                .header(header::ACCEPT_ENCODING, encoding)
                .send()
                .await
                .unwrap();
            let what = format!("{path:.80}");
            let body = problem(answer, &what).await;
            assert_eq!(body["status"], status, "{what}: {body}");
        }
    }
    // Odd, and still answerable.
    for path in [
        "/api/v1/media/search?limit=0",
        "/api/v1/media/search?limit=4000000000",
        "/api/v1/media/search?rating_min=NaN",
        "/api/v1/media/search?rating_min=-inf",
        "/api/v1/media/search?year_from=3000&year_to=1",
        "/api/v1/media/search?q=%ff%00%f0%9f%92%a9",
        "/api/v1/media/search?q=%25%25%25...***((((",
        "/api/v1/media/search?unheard=of",
        "/api/v1/user/history?limit=0",
        "/api/v1/home?lang=%ff",
    ] {
        let (status, answer) = phone.call(Method::GET, path, None).await;
        assert!(
            status == StatusCode::OK || status == StatusCode::BAD_REQUEST,
            "{path}: {status} {answer}"
        );
    }
}

#[tokio::test]
async fn refusals_of_every_kind_have_one_shape() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let stranger = Phone::stranger(&house.base);
    let unknown = "0193a3f2b1c47d3e8f00112233445566";
    let play = json!({
        "title_id": format!("ttl_{unknown}"), "screen_id": format!("scr_{unknown}"),
    });
    let cases = [
        (&stranger, Method::GET, "/api/v1/home", None, 401),
        (&phone, Method::POST, "/api/v1/pairing/pin", None, 403),
        (
            &stranger,
            Method::GET,
            "/api/v1/player/stream?ticket=x",
            None,
            403,
        ),
        (
            &stranger,
            Method::POST,
            "/api/v1/pairing",
            Some(json!({ "pin": "1", "device_name": "x" })),
            409,
        ),
        (
            &phone,
            Method::POST,
            "/api/v1/player/prepare",
            Some(play),
            404,
        ),
        (&phone, Method::PUT, "/api/v1/health", None, 405),
        (&phone, Method::DELETE, "/api/v1/home", None, 405),
        (&phone, Method::POST, "/", None, 405),
        (&phone, Method::PATCH, "/api/v1/unheard-of", None, 404),
        (&phone, Method::GET, "/api/v1/ws", None, 400),
    ];
    for (who, method, path, body, status) in cases {
        let what = format!("{method} {path}");
        let mut request = who.request(method, path);
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        if status == 401 {
            assert_eq!(answer.headers()["www-authenticate"], "Bearer");
        }
        if status == 405 && path.starts_with("/api") {
            assert!(answer.headers().contains_key("allow"), "{what}");
        }
        let body = problem(answer, &what).await;
        assert_eq!(body["status"], status, "{what}: {body}");
    }
}

#[tokio::test]
async fn json_is_compressed_for_whom_it_helps() {
    let house = House::builder().start();
    let phone = house.pair_first("Test phone").await;
    let own = house.base.trim_start_matches("http://");
    let token = phone.token.as_deref().unwrap();
    for path in [
        "/api/v1/home",
        "/api/v1/media/search?q=",
        "/api/openapi.json",
    ] {
        let plain = phone
            .request(Method::GET, path)
            .header(header::ACCEPT_ENCODING, "identity")
            .send()
            .await
            .unwrap();
        assert!(!plain.headers().contains_key("content-encoding"), "{path}");
        let plain = plain.bytes().await.unwrap();
        for encoding in ["br", "gzip"] {
            // By hand: a client library would unpack it and say nothing.
            let request = format!(
                "GET {path} HTTP/1.1\r\nHost: {own}\r\nAuthorization: Bearer {token}\r\n\
                 Accept-Encoding: {encoding}\r\nConnection: close\r\n\r\n"
            );
            let packed = wire::raw(&house.base, &request);
            assert_eq!(packed.header("content-encoding"), Some(encoding), "{path}");
            assert_eq!(packed.header("vary"), Some("accept-encoding"), "{path}");
            assert!(
                packed.body.len() * 2 < plain.len(),
                "{path}: {} of {}",
                packed.body.len(),
                plain.len()
            );
        }
        // What the client unpacks by itself is what was meant.
        let unpacked = phone.get(path).await;
        if path != "/api/v1/media/search?q=" {
            assert_eq!(
                unpacked,
                serde_json::from_slice::<Value>(&plain).unwrap(),
                "{path}"
            );
        }
    }
    let request =
        format!("GET /api/v1/box HTTP/1.1\r\nHost: {own}\r\nAccept-Encoding: br, gzip\r\n\r\n");
    let small = wire::raw(&house.base, &request);
    assert_eq!(small.header("content-encoding"), None, "not worth it");
}
