//! The command line's way to the running daemon: its Unix socket.

use std::path::Path;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A refusal, as far as a terminal needs it.
#[derive(Deserialize)]
struct Problem {
    slug: String,
    detail: String,
}

pub struct Daemon<'a> {
    client: reqwest::Client,
    socket: &'a Path,
}

impl<'a> Daemon<'a> {
    pub fn at(socket: &'a Path) -> anyhow::Result<Self> {
        // Another command of this process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().unix_socket(socket).build()?;
        Ok(Self { client, socket })
    }

    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> anyhow::Result<T> {
        let answer = self
            .send(self.client.get(format!("http://localhost{path}")))
            .await?;
        Ok(answer.json().await?)
    }

    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> anyhow::Result<T> {
        let request = self.client.post(format!("http://localhost{path}"));
        Ok(self.send(request.json(body)).await?.json().await?)
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<reqwest::Response> {
        let answer = request.send().await.with_context(|| {
            format!(
                "no hearthd answers at {}; start it first, or give --data or --socket",
                self.socket.display()
            )
        })?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        match answer.json::<Problem>().await {
            Ok(problem) => bail!("{} ({})", problem.detail, problem.slug),
            Err(_) => bail!("hearthd answered {status}"),
        }
    }
}
