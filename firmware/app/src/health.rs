//! Whether the box is well, part by part.

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;
use utoipa::ToSchema;

use crate::App;

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
    /// `store`, `torrents`, `library`, `sessions`.
    pub parts: BTreeMap<String, Part>,
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
        let torrents = self.streams.torrents().list().await.err();
        let library = self.library.problem();
        let screens = self.sessions.screens().await.err();
        let parts: BTreeMap<String, Part> = [
            ("store", part(store.map(|error| error.to_string()))),
            ("torrents", part(torrents.map(|error| error.to_string()))),
            ("library", part(library)),
            ("sessions", part(screens.map(|error| error.to_string()))),
        ]
        .into_iter()
        .map(|(name, part)| (name.to_owned(), part))
        .collect();
        let well = parts.values().all(|part| part.status == Status::Ok);
        Health {
            status: if well { Status::Ok } else { Status::Degraded },
            version: env!("CARGO_PKG_VERSION").into(),
            parts,
        }
    }
}
