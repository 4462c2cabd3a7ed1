//! A house with a service on loopback, and the answers it gives.

#![allow(dead_code, reason = "each test file uses its part")]

use std::{path::PathBuf, sync::Arc, time::Duration};

use hearth_catalog::{Shikimori, ShikimoriConfig, Tmdb, TmdbConfig};
use hearth_fetch::{Clock, Fetcher, HttpCache, MemoryStorage, Options};

use crate::server::{Server, Step, reply};

pub struct House {
    pub server: Server,
    pub cache: HttpCache,
    pub clock: Clock,
}

impl House {
    pub async fn with(answer: impl Fn(&str, usize) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let clock = Clock::by_hand(1_790_000_000_000);
        let cache = HttpCache::new(
            Fetcher::new(Options::default()).unwrap(),
            Arc::new(MemoryStorage::new(10_000_000)),
            clock.clone(),
        );
        Self {
            server: Server::start(answer).await,
            cache,
            clock,
        }
    }

    pub fn tmdb_config(&self) -> TmdbConfig {
        TmdbConfig {
            key: "k3y".into(),
            url: self.server.url("/3/"),
            export: false,
            image_url: "https://image.example/t/p".into(),
            export_url: self.server.url("/exports"),
        }
    }

    pub fn tmdb(&self) -> Tmdb {
        Tmdb::new(&self.tmdb_config(), &self.cache).unwrap()
    }

    pub fn shikimori(&self) -> Shikimori {
        let config = ShikimoriConfig {
            enabled: true,
            url: self.server.url(""),
            user_agent: "Hearth tests".into(),
        };
        Shikimori::new(&config, &self.cache).unwrap()
    }

    /// Lets the clock run while `work` goes on, for what takes turns.
    pub async fn while_time_passes<T>(&self, work: impl Future<Output = T>) -> T {
        let ticking = async {
            loop {
                tokio::task::yield_now().await;
                self.clock.advance(Duration::from_millis(20));
            }
        };
        tokio::select! {
            biased;
            done = work => done,
            () = ticking => unreachable!("time never ends"),
        }
    }
}

pub fn json(body: impl AsRef<[u8]>) -> Vec<Step> {
    reply("200 OK", &["Content-Type: application/json"], body)
}

pub fn fixture(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/handmade");
    let file = root.join(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A recorded answer from the folder that `HEARTH_FIXTURES` names; skipped, and said so, without.
pub fn recorded(path: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("HEARTH_FIXTURES").map(PathBuf::from) else {
        eprintln!("skipped: HEARTH_FIXTURES names no folder of recorded answers");
        return None;
    };
    Some(std::fs::read_to_string(folder.join(path)).unwrap())
}
