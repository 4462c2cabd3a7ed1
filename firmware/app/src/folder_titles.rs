//! What the services know of the titles in the folders. It is asked behind, one after another, so
//! that a disk full of films has its posters before anybody searches for one.

use std::{collections::HashSet, sync::Arc, time::Duration};

use hearth_catalog::{Error, TESTCARD_KEY, still_one};
use hearth_model::{Language, Title, TitleId, TitleKind};

use crate::App;

/// Shikimori counts its questions by the minute, and people have some too.
const BETWEEN_QUESTIONS: Duration = Duration::from_secs(2);

impl App {
    /// Asks for what each scan brings, once, until the box ends.
    pub(crate) async fn keep_folders_known(self: Arc<Self>) {
        let services = &self.services;
        if !services.tmdb.is_on() && !services.shikimori.is_on() {
            return;
        }
        let mut scans = self.library.scans();
        let mut ending = self.ending();
        let mut asked = HashSet::new();
        loop {
            tokio::select! {
                () = self.ask_of_folders(&mut asked) => {}
                _ = ending.changed() => return,
            }
            tokio::select! {
                scanned = scans.changed() => if scanned.is_err() {
                    return;
                },
                _ = ending.changed() => return,
            }
        }
    }

    async fn ask_of_folders(self: &Arc<Self>, asked: &mut HashSet<TitleId>) {
        let mut became_known = false;
        for title in self.library.local_titles() {
            if is_told_of(&title) || asked.contains(&title.id) {
                continue;
            }
            match self.services_about(&title).await {
                Ok(found) => {
                    let kept = self.keep(found).await;
                    became_known |= kept.iter().any(|one| one.external.local.is_some());
                    asked.insert(title.id);
                }
                // Of this title nothing can be understood; of others it may.
                Err(error @ Error::Shape { .. }) => {
                    tracing::warn!(%error, title = title.names.best(Language::En), "a title of the folders");
                    asked.insert(title.id);
                }
                Err(error) => {
                    tracing::debug!(%error, "what lies in the folders is asked for after the next scan");
                    break;
                }
            }
        }
        if became_known {
            self.sessions.library_changed().await;
        }
    }

    /// What may be the title: by the ids in its names or NFO files, else by its name.
    async fn services_about(&self, title: &Title) -> Result<Vec<Title>, Error> {
        let (tmdb, shikimori) = (&self.services.tmdb, &self.services.shikimori);
        let external = &title.external;
        if tmdb.is_on()
            && let Some((kind, id)) = external.tmdb_key()
        {
            return match tmdb.title(kind, id).await {
                Ok(found) => Ok(vec![found.title]),
                Err(Error::Unknown { .. }) => Ok(Vec::new()),
                Err(error) => Err(error),
            };
        }
        if tmdb.is_on()
            && let Some(imdb) = &external.imdb
        {
            let found = tmdb.find_imdb(imdb).await?;
            return Ok(found.into_iter().collect());
        }
        let name = title.names.best(Language::En);
        let mut found = Vec::new();
        if tmdb.is_on() {
            found = tmdb.search(name, 1).await?.titles;
            found.retain(|one| still_one(one, title));
        }
        // It hears of nothing that is not known to be an anime.
        if found.is_empty() && title.kind == TitleKind::Anime && shikimori.is_on() {
            tokio::time::sleep(BETWEEN_QUESTIONS).await;
            found = shikimori.search(name, 1).await?.titles;
            found.retain(|one| still_one(one, title));
        }
        Ok(found)
    }
}

/// By a service, or by the owner.
fn is_told_of(title: &Title) -> bool {
    let is_card = title.external.local.as_deref() == Some(TESTCARD_KEY);
    is_card || (title.poster.is_some() && !title.overview.is_empty())
}
