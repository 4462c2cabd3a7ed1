//! HTTPS by the box's own authority, as clients that trust it and clients that do not see it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use hearth_tests::{House, HouseBuilder, Live, Phone, SETUP_CODE};
use reqwest::{Method, StatusCode, header};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Ten times what a slow machine needs.
const PATIENCE: Duration = Duration::from_secs(60);

fn builder() -> HouseBuilder {
    House::builder().config(
        "server.listen_https = \"127.0.0.1:0\"\n\
         server.allowed_hosts = [\"hearth.local\", \"media.example.org\"]",
    )
}

fn file(house: &House) -> PathBuf {
    house.data().join("tls/authority.pem")
}

/// The authority as a phone downloads it, before it trusts anybody.
async fn authority(house: &House) -> Vec<u8> {
    let answer = Phone::stranger(&house.base)
        .request(Method::GET, "/api/v1/authority.crt")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(
        answer.headers()[header::CONTENT_TYPE],
        "application/x-x509-ca-cert"
    );
    answer.bytes().await.unwrap().to_vec()
}

async fn port(house: &House) -> u64 {
    let about = Phone::stranger(&house.base).get("/api/v1/box").await;
    about["https"]["port"].as_u64().expect("HTTPS is on")
}

async fn secure_base(house: &House) -> String {
    format!("https://hearth.local:{}", port(house).await)
}

/// A client's TLS that trusts this authority and nobody else.
fn trusting(authority: &[u8]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.to_vec())).unwrap();
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// Whether a client that trusts only `authority` can ask this box anything.
async fn is_trusted(base: &str, authority: &[u8]) -> bool {
    Phone::trusting(base, authority)
        .request(Method::GET, "/api/v1/health")
        .send()
        .await
        .is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_trusts_the_box_has_all_of_it_over_https() {
    let house = builder().start();
    let authority = authority(&house).await;
    let base = secure_base(&house).await;
    let stranger = Phone::trusting(&base, &authority);
    assert_eq!(stranger.get("/api/v1/health").await["status"], "ok");
    for address in ["127.0.0.1", "localhost"] {
        let other = base.replace("hearth.local", address);
        assert!(is_trusted(&other, &authority).await, "{other}");
    }
    let page = stranger.request(Method::GET, "/").send().await.unwrap();
    assert_eq!(
        page.headers()[header::CONTENT_TYPE],
        "text/html; charset=utf-8"
    );

    let (status, _) = stranger.call(Method::GET, "/api/v1/home", None).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "the rules are the same");
    let pair = json!({ "pin": SETUP_CODE, "device_name": "Phone" });
    let tokens = stranger.post("/api/v1/pairing", pair).await;
    let phone = stranger.holding(tokens["access_token"].as_str().unwrap());
    phone.get("/api/v1/home").await;

    let mut live = Live::secure(&base, trusting(&authority), phone.token.as_deref()).await;
    live.replicated().await;

    // What it is told to play is reached the same way: a page over HTTPS may load nothing else.
    let film = house.films().join("Some Film (2010).mp4");
    fs::write(&film, vec![7; 100_000]).unwrap();
    house.scanned(1).await;
    let title = phone.find("some%20film").await;
    let screen = live.be_screen("Browser").await;
    let ask = json!({ "title_id": title["id"], "screen_id": screen });
    let prepared = phone.post("/api/v1/player/prepare", ask).await;
    let url = prepared["stream"]["url"].as_str().unwrap();
    assert!(url.starts_with(&base), "{url}");
    let film = stranger.request(Method::GET, url).send().await.unwrap();
    assert_eq!(film.bytes().await.unwrap().len(), 100_000);
}

#[tokio::test]
async fn abuse_1_and_3_hold_over_https() {
    let house = builder().start();
    let base = secure_base(&house).await;
    let stranger = Phone::trusting(&base, &authority(&house).await);
    let pair = |origin: String| {
        stranger
            .request(Method::POST, "/api/v1/pairing")
            .header(header::ORIGIN, origin)
            .json(&json!({ "pin": SETUP_CODE, "device_name": "Phone" }))
            .send()
    };
    for origin in ["https://evil.example", "https://hearth.local", "null"] {
        let answer = pair(origin.into()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{origin}");
    }
    let foreign = stranger
        .request(Method::GET, "/api/v1/health")
        .header(header::HOST, "evil.example")
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::MISDIRECTED_REQUEST);
    // On port 443 neither says the port.
    let answer = stranger
        .request(Method::POST, "/api/v1/pairing")
        .header(header::HOST, "hearth.local")
        .header(header::ORIGIN, "https://hearth.local")
        .json(&json!({ "pin": SETUP_CODE, "device_name": "Phone" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED, "its own page may");
}

#[tokio::test]
async fn whoever_trusts_another_box_does_not_trust_this_one() {
    let house = builder().start();
    let other = builder().start();
    let base = secure_base(&house).await;
    assert!(is_trusted(&base, &authority(&house).await).await);
    let refused = Phone::trusting(&base, &authority(&other).await)
        .request(Method::GET, "/api/v1/health")
        .send()
        .await
        .unwrap_err();
    assert!(
        format!("{refused:?}").contains("UnknownIssuer"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn the_authority_is_made_once_and_for_nobody_elses_eyes() {
    let mut house = builder().start();
    let made = authority(&house).await;
    let kept = fs::read(file(&house)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file(&house)), 0o600);
    assert_eq!(mode(file(&house).parent().unwrap()), 0o700);
    house.kill();
    house.start();
    assert_eq!(authority(&house).await, made);
    assert_eq!(fs::read(file(&house)).unwrap(), kept);
    assert!(is_trusted(&secure_base(&house).await, &made).await);
}

#[tokio::test]
async fn a_damaged_authority_is_said_and_made_anew() {
    let mut house = builder().start();
    let old = authority(&house).await;
    house.stop();
    let text = fs::read_to_string(file(&house)).unwrap();
    fs::write(file(&house), &text[..text.len() - 100]).unwrap();
    house.start();
    let new = authority(&house).await;
    let base = secure_base(&house).await;
    assert!(is_trusted(&base, &new).await);
    assert!(!is_trusted(&base, &old).await);
    house.stop();
    house.start();
    assert_eq!(authority(&house).await, new, "and stays");
    house.stop();
    fs::write(file(&house), "").unwrap();
    house.start();
    let warned = |log: &str| {
        log.lines().any(|line| {
            line.contains("WARN")
                && line.contains("the certificate authority is damaged")
                && line.contains("authority.pem")
        })
    };
    // What it says and that it is ready come by two pipes.
    let until = Instant::now() + PATIENCE;
    while !warned(&house.daemon().log()) {
        assert!(Instant::now() < until, "{}", house.daemon().log());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn without_an_authority_the_house_goes_on_over_http() {
    let mut house = builder().start();
    house.stop();
    fs::remove_dir_all(house.data().join("tls")).unwrap();
    fs::write(house.data().join("tls"), "no folder").unwrap();
    house.start();
    let phone = house.pair_first("Phone").await;
    let health = phone.get("/api/v1/health").await;
    assert_eq!(health["parts"]["https"]["status"], "degraded", "{health}");
    let detail = health["parts"]["https"]["detail"].as_str().unwrap();
    assert!(detail.contains("authority.pem"), "{detail}");
    assert!(phone.get("/api/v1/box").await["https"].is_null());
    let (status, problem) = phone.call(Method::GET, "/api/v1/authority.crt", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
}

/// Runs openssl with these words.
fn openssl(words: &str) -> (bool, String) {
    let done = Command::new("openssl")
        .args(words.split(' '))
        .output()
        .expect("openssl is installed by `make setup-test`");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    (done.status.success(), said)
}

/// Files of a thief who has the box's `authority.pem`, and makes certificates with it.
struct Thief {
    folder: tempfile::TempDir,
    stolen: PathBuf,
}

impl Thief {
    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn forge(&self, names: &str) {
        let [key, request, leaf, ext] =
            ["key", "request", "certificate", "ext"].map(|name| self.path(name));
        let stolen = self.stolen.display();
        fs::write(&ext, format!("subjectAltName = {names}\n")).unwrap();
        for line in [
            format!(
                "req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=thief \
                 -keyout {key} -out {request}"
            ),
            format!(
                "x509 -req -in {request} -CA {stolen} -CAkey {stolen} -set_serial 7 -days 30 \
                 -extfile {ext} -out {leaf}"
            ),
        ] {
            let (done, said) = openssl(&line);
            assert!(done, "{line}: {said}");
        }
    }

    /// Does handshakes with what was forged last; says the port.
    async fn serve(&self) -> u16 {
        let read = |path: &Path| CertificateDer::from_pem_file(path).unwrap();
        let chain = vec![
            read(&self.folder.path().join("certificate")),
            read(&self.stolen),
        ];
        let key = PrivateKeyDer::from_pem_file(self.path("key")).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // The client's judgement is what counts.
                let _ = acceptor.accept(stream).await;
            }
        });
        port
    }
}

/// Why a client refuses the server; empty when it shakes hands.
async fn refusal(tls: ClientConfig, port: u16, name: &str) -> String {
    let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let name = name.to_owned().try_into().unwrap();
    match TlsConnector::from(Arc::new(tls))
        .connect(name, stream)
        .await
    {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    }
}

/// As Android and Java do it: constraints of what is trusted are not looked at.
fn trusting_blindly(authority: &[u8]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(authority.to_vec())).unwrap();
    for root in &mut roots.roots {
        assert!(root.name_constraints.take().is_some());
    }
    ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

#[tokio::test]
async fn a_stolen_authority_plays_nobody_outside_the_home() {
    let house = builder().start();
    let authority = authority(&house).await;
    let thief = Thief {
        folder: tempfile::tempdir().unwrap(),
        stolen: file(&house),
    };
    let (der, root) = (thief.path("root.crt"), thief.path("root.pem"));
    fs::write(&der, &authority).unwrap();
    assert!(openssl(&format!("x509 -inform der -in {der} -out {root}")).0);
    for (names, name, outside) in [
        ("DNS:hearth.local", "hearth.local", false),
        ("DNS:media.example.org", "media.example.org", false),
        ("IP:192.168.1.5", "192.168.1.5", false),
        ("DNS:example.org", "example.org", true),
        ("DNS:hearth.local,DNS:example.org", "example.org", true),
        ("IP:9.9.9.9", "9.9.9.9", true),
    ] {
        thief.forge(names);
        let port = thief.serve().await;
        for tls in [trusting(&authority), trusting_blindly(&authority)] {
            let refusal = refusal(tls, port, name).await;
            assert_eq!(
                refusal.contains("NameConstraintViolation"),
                outside,
                "{names}: {refusal}"
            );
            assert_eq!(refusal.is_empty(), !outside, "{names}: {refusal}");
        }
        // Another client, of other makers.
        let (taken, said) = openssl(&format!(
            "verify -CAfile {root} -untrusted {} {}",
            thief.stolen.display(),
            thief.path("certificate")
        ));
        assert_eq!(taken, !outside, "{names}: {said}");
        assert_eq!(
            said.contains("permitted subtree"),
            outside,
            "{names}: {said}"
        );
    }
}
