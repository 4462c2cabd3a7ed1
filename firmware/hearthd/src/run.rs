//! `hearthd run`.

use std::{
    io::{IsTerminal, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::notify;
use anyhow::Context;
use hearth_app::{App, Config, LogConfig, LogFormat};
use hearth_server::{Doors, Names};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// From SIGTERM to the end, whatever hangs: positions are saved first.
const END_WITHIN: Duration = Duration::from_millis(2_500);

const ANSWER_WITHIN: Duration = Duration::from_secs(10);

pub fn run(config: Config, data: PathBuf, socket: &Path) -> anyhow::Result<()> {
    start_log(&config.log)?;
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("two TLS providers were installed"))?;
    // Reading strangers' answers holds a thread for moments; a box with two cores still answers.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(std::thread::available_parallelism().map_or(4, |cores| cores.get().max(4)))
        .enable_all()
        .build()
        .context("the runtime does not start")?;
    let done = runtime.block_on(serve(config, data, socket));
    runtime.shutdown_timeout(Duration::from_millis(200));
    done
}

fn start_log(config: &LogConfig) -> anyhow::Result<()> {
    let filter = std::env::var("RUST_LOG").unwrap_or_else(|_| config.filter.clone());
    let filter = EnvFilter::try_new(&filter)
        .with_context(|| format!("log.filter cannot be read: {filter}"))?;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match config.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

async fn serve(config: Config, data: PathBuf, socket: &Path) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let server = config.server.clone();
    let authority = data.join("tls");
    let app = App::start(config, data).await?;
    let names = Names::new(server.allowed_hosts);
    let doors = Doors {
        http: server.listen,
        https: server.listen_https,
        socket,
        authority: &authority,
    };
    let listening = hearth_server::listen(app.clone(), names.clone(), &doors)?;
    let identity = app.identity();
    let announced = if server.mdns {
        hearth_server::announce(&identity.id, &identity.name, listening.address, &names)
            .inspect_err(|error| {
                tracing::warn!(%error, "phones must be told the address: no mDNS");
                let told = format!("{error}; phones must be told the address");
                app.troubles.tell("mdns", "", Some(told));
            })
            .ok()
    } else {
        None
    };
    {
        let mut out = std::io::stdout().lock();
        writeln!(out, "ready http://{}", listening.address)?;
        out.flush()?;
    }
    notify::ready(&app);
    let address = listening.address;
    let confirming = app.clone();
    tokio::spawn(async move {
        let door = Door::of(address);
        confirming.confirm_slot(|| door.answers()).await;
    });
    tokio::spawn(app.clone().run_panel());
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    tracing::info!("shutting down");
    notify::stopping();
    drop(announced);
    let end = async {
        app.end().await;
        listening.end().await;
    };
    if tokio::time::timeout(END_WITHIN, end).await.is_err() {
        tracing::warn!("something did not end in time; every position was saved");
    }
    Ok(())
}

/// The box's own door in the house, as anybody finds it.
struct Door {
    client: reqwest::Client,
    url: String,
}

impl Door {
    fn of(address: SocketAddr) -> Self {
        let mut address = address;
        if address.ip().is_unspecified() {
            address.set_ip(match address.ip() {
                IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        Self {
            client: reqwest::Client::new(),
            url: format!("http://{address}/api/v1/health"),
        }
    }

    async fn answers(&self) -> bool {
        let asked = self.client.get(&self.url).timeout(ANSWER_WITHIN).send();
        asked.await.is_ok_and(|answer| answer.status().is_success())
    }
}
