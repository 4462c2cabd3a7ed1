//! Whether the box is well, part by part.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use serde::Serialize;
use utoipa::ToSchema;

use crate::{App, Error};

/// A failed try at a source tells of the network for so long.
const TRIED_MS: u64 = 60 * 60_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Ok,
    /// Works, but not all of it.
    Degraded,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Part {
    pub status: Status,
    /// What is the matter and what to do; empty when nothing is.
    pub detail: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BoxHealth)]
pub struct Health {
    pub status: Status,
    pub version: String,
    /// `store`, `torrents`, `library`, `sessions`, and what only its own doing tells of: `cache`,
    /// `https`, `mdns`, `open_movies`, `panel`, `providers`, `test_card`.
    pub parts: BTreeMap<String, Part>,
}

/// What went wrong in parts that cannot be asked how they are: they tell it when it happens, and
/// when it is over.
///
/// The lock guards a small map and is never held across an await.
#[derive(Debug, Clone, Default)]
pub struct Troubles(Arc<Mutex<BTreeMap<(&'static str, String), String>>>);

impl Troubles {
    /// `about` tells apart what one part has several of; empty where it is one.
    pub fn tell(&self, part: &'static str, about: &str, problem: Option<String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (part, about.to_owned());
        match problem {
            Some(problem) => known.insert(key, problem),
            None => known.remove(&key),
        };
    }

    fn of(&self, part: &str) -> Option<String> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines: Vec<String> = known
            .iter()
            .filter(|((of, _), _)| *of == part)
            .map(|((_, about), problem)| match about.as_str() {
                "" => problem.clone(),
                about => format!("{about}: {problem}"),
            })
            .collect();
        (!lines.is_empty()).then(|| lines.join("; "))
    }
}

fn part(problem: Option<String>) -> Part {
    Part {
        status: if problem.is_some() {
            Status::Degraded
        } else {
            Status::Ok
        },
        detail: problem.unwrap_or_default(),
    }
}

impl App {
    pub async fn health(self: &Arc<Self>) -> Health {
        let store = self.blocking(|app| Ok(app.store.check()?)).await.err();
        let torrents = match self.streams.torrents().list().await {
            Ok(_) => self.streams.torrents().binding().stopped,
            Err(error) => Some(error.to_string()),
        };
        let screens = self.sessions.screens().await.err();
        let open_movies = self.blocking(Self::unreached_open_movies).await;
        let parts: BTreeMap<String, Part> = [
            ("store", store.map(|error| error.to_string())),
            ("torrents", torrents),
            ("library", self.library.problem()),
            ("sessions", screens.map(|error| error.to_string())),
            (
                "open_movies",
                open_movies.unwrap_or_else(|error| Some(error.to_string())),
            ),
            ("cache", self.troubles.of("cache")),
            ("https", self.troubles.of("https")),
            ("mdns", self.troubles.of("mdns")),
            ("panel", self.troubles.of("panel")),
            ("providers", self.troubles.of("providers")),
            ("test_card", self.troubles.of("test_card")),
        ]
        .into_iter()
        .map(|(name, problem)| (name.to_owned(), part(problem)))
        .collect();
        let well = parts.values().all(|part| part.status == Status::Ok);
        Health {
            status: if well { Status::Ok } else { Status::Degraded },
            version: self.updates.version().to_owned(),
            parts,
        }
    }

    /// The open films whose newest tries failed, each and every one: then it is the network.
    fn unreached_open_movies(&self) -> Result<Option<String>, Error> {
        let now = self.clock().wall();
        let mut failed = 0;
        for title in self.library.open_titles() {
            let found = self.library.sources(&title, None);
            let sources = found.iter().flat_map(|(_, sources)| sources);
            let ids: Vec<_> = sources.map(|source| source.id).collect();
            for tried in self.store.tries(&ids)?.into_values() {
                if tried.good {
                    return Ok(None);
                }
                failed += usize::from(now.saturating_sub(tried.at) < TRIED_MS);
            }
        }
        Ok((failed > 0).then(|| {
            format!(
                "{failed} addresses of open films could not be reached; check the box's network"
            )
        }))
    }
}
