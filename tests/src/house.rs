//! The daemon on a folder of its own, and the phones that speak to it.

use std::{
    net::{IpAddr, TcpListener},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Live, Program, program_path};

/// The first PIN of a house under test.
pub const SETUP_CODE: &str = "271828";
/// Ten times what a slow machine needs: a test proves that it happens, not how fast.
const STARTS_WITHIN: Duration = Duration::from_secs(60);

/// A port of loopback that was free a moment ago, and below those that Linux hands out by itself,
/// so that no other test's connection takes it meanwhile.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let begin = std::process::id().wrapping_mul(97);
    loop {
        let at = begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 10_000 + (at % 20_000) as u16;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

#[derive(Debug)]
pub struct HouseBuilder {
    config: toml::Table,
    environment: Vec<(String, String)>,
    films: Vec<(String, PathBuf)>,
    inside: Vec<String>,
}

/// A running daemon and its folder.
#[derive(Debug)]
pub struct House {
    folder: TempDir,
    environment: Vec<(String, String)>,
    inside: Vec<String>,
    daemon: Option<Program>,
    /// `http://127.0.0.1:PORT`
    pub base: String,
}

impl HouseBuilder {
    /// Adds TOML to the configuration; tables are merged.
    #[must_use]
    pub fn config(mut self, text: &str) -> Self {
        fn merge(into: &mut toml::Table, from: toml::Table) {
            for (key, value) in from {
                match (into.get_mut(&key), value) {
                    (Some(toml::Value::Table(into)), toml::Value::Table(from)) => merge(into, from),
                    (_, value) => {
                        into.insert(key, value);
                    }
                }
            }
        }
        merge(
            &mut self.config,
            text.parse().expect("a test's configuration is TOML"),
        );
        self
    }

    /// The providers that the owner named.
    #[must_use]
    pub fn providers(self, providers: &[Value]) -> Self {
        let list = toml::Value::try_from(providers).expect("providers are plain values");
        self.config(&format!("sources.providers = {list}"))
    }

    /// Puts a film into the folder of local films before the daemon starts.
    #[must_use]
    pub fn film(mut self, name: &str, content: &Path) -> Self {
        self.films.push((name.to_owned(), content.to_owned()));
        self
    }

    /// The daemon runs on another machine: `Machine::inside`.
    #[must_use]
    pub fn inside(mut self, words: Vec<String>) -> Self {
        self.inside = words;
        self
    }

    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the daemon and waits until it is ready.
    pub fn start(self) -> House {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("hearth.toml"), self.config.to_string())
            .expect("the configuration can be written");
        let mut house = House {
            folder,
            environment: self.environment,
            inside: self.inside,
            daemon: None,
            base: String::new(),
        };
        for (name, content) in self.films {
            let film = house.films().join(name);
            std::fs::copy(content, film).expect("the film can be copied");
        }
        house.start();
        house
    }
}

impl House {
    /// A house that speaks only to loopback: no DHT, no trackers, no mDNS, no metadata services, no
    /// test card, no look at where the built-in films lie. Its providers have more time than a home's, and
    /// the films of the tests are shorter than what they are called after.
    pub fn builder() -> HouseBuilder {
        let config = r#"
            [server]
            listen = "127.0.0.1:0"
            mdns = false

            [library]
            removable = false
            test_card = false

            [catalog.shikimori]
            enabled = false

            [sources]
            deadline_ms = 8000
            hard_stop_ms = 10000
            check = false
            check_length = false

            [torrents]
            dht = false
            trackers = false
            listen = false
            private_peers = true
            min_free_gb = 0.0
            magnet_timeout_s = 15
        "#;
        let builder = HouseBuilder {
            config: toml::Table::new(),
            environment: Vec::new(),
            films: Vec::new(),
            inside: Vec::new(),
        };
        builder.config(config)
    }

    /// `DATA`
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder for local films.
    pub fn films(&self) -> PathBuf {
        let films = self.data().join("films");
        std::fs::create_dir_all(&films).expect("the films folder can be made");
        films
    }

    pub fn socket(&self) -> PathBuf {
        self.data().join("hearthd.sock")
    }

    pub fn config_file(&self) -> PathBuf {
        self.folder.path().join("hearth.toml")
    }

    /// The command line of the daemon, for a test that starts it by itself.
    pub fn command(&self) -> Command {
        let mut command = match self.inside.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program_path("hearthd"));
                command
            }
            None => Command::new(program_path("hearthd")),
        };
        command
            .arg("run")
            .arg("--data")
            .arg(self.data())
            .arg("--config")
            .arg(self.config_file())
            .env("HEARTH__AUTH__SETUP_CODE", SETUP_CODE)
            .env(
                "RUST_LOG",
                std::env::var("HEARTH_TEST_LOG").unwrap_or("info,librqbit=warn".into()),
            )
            .envs(self.environment.iter().cloned());
        command
    }

    /// Starts the daemon (again) on the same folder.
    pub fn start(&mut self) {
        let mut daemon = Program::start("hearthd", &mut self.command());
        self.base = daemon.wait_for("ready ", STARTS_WITHIN);
        self.daemon = Some(daemon);
    }

    pub fn daemon(&mut self) -> &mut Program {
        self.daemon.as_mut().expect("the daemon was started")
    }

    /// SIGTERM, and the wait for a good end.
    pub fn stop(&mut self) {
        self.daemon().signal("TERM");
        self.stopped();
    }

    /// Waits for the good end of a daemon that was told to stop.
    pub fn stopped(&mut self) {
        let mut daemon = self.daemon.take().expect("the daemon was started");
        let status = daemon.ended(Duration::from_secs(30));
        assert!(
            status.success(),
            "hearthd ended with {status}:\n{}",
            daemon.log()
        );
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        let mut daemon = self.daemon.take().expect("the daemon was started");
        daemon.signal("KILL");
        daemon.ended(Duration::from_secs(30));
    }

    /// Pairs the first phone, with the setup code.
    pub async fn pair_first(&self, name: &str) -> Phone {
        self.pair_with(SETUP_CODE, name).await
    }

    /// Shows a PIN as the TV does, and pairs with it.
    pub async fn pair(&self, name: &str) -> Phone {
        let pin = self.local(Method::POST, "/api/v1/pairing/pin", None).await;
        self.pair_with(pin["pin"].as_str().expect("a PIN is shown"), name)
            .await
    }

    async fn pair_with(&self, pin: &str, name: &str) -> Phone {
        let stranger = Phone::stranger(&self.base);
        let body = json!({ "pin": pin, "device_name": name });
        let (status, tokens) = stranger
            .call(Method::POST, "/api/v1/pairing", Some(body))
            .await;
        assert_eq!(status, StatusCode::CREATED, "{tokens}");
        Phone {
            token: Some(text(&tokens, "access_token")),
            tokens,
            ..stranger
        }
    }

    /// Waits until so many titles are found in the folders.
    pub async fn scanned(&self, count: usize) {
        self.scanned_within(count, STARTS_WITHIN).await;
    }

    pub async fn scanned_within(&self, count: usize, patience: Duration) {
        let until = Instant::now() + patience;
        loop {
            let home = self.local(Method::GET, "/api/v1/home", None).await;
            let rows = home["rows"].as_array().into_iter().flatten();
            let local = rows.into_iter().find(|row| row["id"] == "local");
            let found = local.map_or(0, |row| row["items"].as_array().map_or(0, Vec::len));
            if found == count {
                return;
            }
            assert!(
                Instant::now() < until,
                "{found} titles, not {count}: {home}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The box's own TV: a client on the Unix socket.
    pub fn tv(&self) -> Phone {
        Phone::at_socket(&self.socket())
    }

    /// A call over the Unix socket, as the box's own TV makes it.
    pub async fn local(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let (status, answer) = self.tv().call(method, path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }
}

/// A client of the API, paired or not.
#[derive(Debug, Clone)]
pub struct Phone {
    client: reqwest::Client,
    pub base: String,
    pub token: Option<String>,
    /// What pairing answered.
    pub tokens: Value,
}

fn client() -> reqwest::ClientBuilder {
    // Whoever comes first installs it; all install the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(Duration::from_secs(120))
        .no_proxy()
}

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("no {key} in {value}"))
        .to_owned()
}

impl Phone {
    /// As the box's own TV is one: by the Unix socket, without a token.
    pub fn at_socket(socket: &Path) -> Self {
        Self {
            client: client().unix_socket(socket).build().unwrap(),
            base: "http://localhost".into(),
            token: None,
            tokens: Value::Null,
        }
    }

    /// Somebody who is not paired.
    pub fn stranger(base: &str) -> Self {
        Self::stranger_from(base, IpAddr::from([127, 0, 0, 1]))
    }

    /// Somebody who is not paired, at another address of loopback.
    pub fn stranger_from(base: &str, address: IpAddr) -> Self {
        let client = client()
            .local_address(address)
            .build()
            .expect("a client can be made");
        Self {
            client,
            base: base.to_owned(),
            token: None,
            tokens: Value::Null,
        }
    }

    /// Somebody who is not paired, trusts this authority and nobody else, and finds every box
    /// called `hearth.local` here.
    pub fn trusting(base: &str, authority: &[u8]) -> Self {
        let authority = reqwest::Certificate::from_der(authority).expect("a certificate");
        let client = client()
            .tls_certs_only([authority])
            .resolve("hearth.local", ([127, 0, 0, 1], 0).into())
            .build()
            .expect("a client can be made");
        Self {
            client,
            base: base.to_owned(),
            token: None,
            tokens: Value::Null,
        }
    }

    /// The same client with another token.
    #[must_use]
    pub fn holding(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same client, speaking to another box.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// A request to be shaped further: headers, odd bodies.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{}{path}", self.base)
        };
        let request = self.client.request(method, url);
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// The status and the JSON of a call; an empty body is null.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request
                .header(header::CONTENT_TYPE, "application/json")
                .body(body.to_string());
        }
        let answer = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let status = answer.status();
        let bytes = answer
            .bytes()
            .await
            .unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let value = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned()))
        };
        (status, value)
    }

    pub async fn get(&self, path: &str) -> Value {
        let (status, answer) = self.call(Method::GET, path, None).await;
        assert!(status.is_success(), "GET {path}: {status} {answer}");
        answer
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(Method::POST, path, Some(body)).await;
        assert!(status.is_success(), "POST {path}: {status} {answer}");
        answer
    }

    /// The first title that a search finds.
    pub async fn find(&self, words: &str) -> Value {
        let words = words.replace(' ', "%20");
        let page = self.get(&format!("/api/v1/media/search?q={words}")).await;
        page["items"]
            .get(0)
            .unwrap_or_else(|| panic!("nothing found for {words}: {page}"))
            .clone()
    }

    /// Opens a live connection and waits for the whole state.
    pub async fn live(&self) -> Live {
        let mut live = Live::connect(&self.base, self.token.as_deref()).await;
        live.replicated().await;
        live
    }
}
