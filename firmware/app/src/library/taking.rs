//! From what a scan found in the folders to titles with sources.

use std::{collections::HashMap, sync::Arc};

use hearth_catalog::{LocalTitle, Scan};
use hearth_model::{Source, TitleId};
use hearth_store::NewTitle;
use tokio::sync::mpsc;

use super::{Library, write};
use crate::{Error, Sessions};

/// Of the troubles of one scan.
const MOST_TOLD: usize = 5;

pub(super) async fn take_scans(
    library: Library,
    mut scans: mpsc::Receiver<Scan>,
    sessions: Sessions,
) {
    while let Some(scan) = scans.recv().await {
        let scan = Arc::new(scan);
        let taken = waiting(&library, &scan, Library::take_scan).await;
        if taken.is_none() {
            continue;
        }
        library.scanned.send_replace(());
        sessions.library_changed().await;
        // Behind what people wait for, and until there is something newer.
        while scans.is_empty() {
            match waiting(&library, &scan, Library::remember_some).await {
                Some(false) => {}
                Some(true) | None => break,
            }
        }
    }
}

/// Does what waits for the disk; none where it failed.
async fn waiting<T: Send + 'static>(
    library: &Library,
    scan: &Arc<Scan>,
    work: fn(&Library, &Scan) -> Result<T, Error>,
) -> Option<T> {
    let (library, scan) = (library.clone(), scan.clone());
    match tokio::task::spawn_blocking(move || work(&library, &scan)).await {
        Ok(Ok(done)) => Some(done),
        Ok(Err(error)) => {
            tracing::warn!(%error, "what lies in the folders could not be kept");
            None
        }
        // The box ends.
        Err(error) if error.is_cancelled() => None,
        Err(error) => {
            tracing::error!(%error, "taking in the folders broke off");
            None
        }
    }
}

impl Library {
    /// Waits for the disk.
    pub(super) fn take_scan(&self, scan: &Scan) -> Result<(), Error> {
        let _one_at_a_time = self.merging();
        let mut found: Vec<NewTitle> = scan.titles.iter().map(|one| self.new_title(one)).collect();
        for merged in self.take_over_renamed(scan, &found)? {
            write(&self.known).merge(&merged);
        }
        {
            let known = self.known();
            for new in &mut found {
                new.same_as = known.same(&new.title);
            }
        }
        let merged = self.store.merge_titles(&found)?;
        self.recount(scan)?;
        let mut sources: HashMap<TitleId, Vec<Source>> = HashMap::new();
        let mut subtitles: HashMap<TitleId, Vec<_>> = HashMap::new();
        for (local, title) in scan.titles.iter().zip(&merged.titles) {
            let episodes = self.store.episodes(title.id)?;
            let files = local.sources(title.id, &episodes);
            sources.entry(title.id).or_default().extend(files);
            let beside = local.subtitles(&episodes);
            if !beside.is_empty() {
                subtitles.entry(title.id).or_default().extend(beside);
            }
        }
        let problem = problem_of(scan);
        let mut known = write(&self.known);
        if let Some(problem) = problem.as_ref().filter(|_| known.problem != problem) {
            tracing::warn!(problem, "the folders were not read in full");
        }
        known.merge(&merged);
        known.set_local(sources);
        known.subtitles = subtitles;
        known.problem = problem;
        Ok(())
    }

    /// With the addresses of its pictures.
    fn new_title(&self, local: &LocalTitle) -> NewTitle {
        let covers = &local.covers;
        let address = |file| self.addresses.of_disk(file);
        let mut word = local.word.clone();
        word.poster = covers.poster.as_ref().and_then(address);
        word.facts.backdrop = covers.backdrop.as_ref().and_then(address);
        let mut episodes = local.found_episodes();
        for episode in &mut episodes {
            let still = covers.stills.get(&(episode.season, episode.number));
            episode.facts.still = still.and_then(address);
        }
        NewTitle {
            title: local.title.clone(),
            episodes,
            same_as: None,
            word: Some(word),
        }
    }
}

fn problem_of(scan: &Scan) -> Option<String> {
    let told = scan.problems.iter().take(MOST_TOLD);
    let told: Vec<String> = told.map(ToString::to_string).collect();
    let more = scan.problems.len() - told.len();
    match (told.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(told.join("; ")),
        (false, more) => Some(format!("{}; and {more} more", told.join("; "))),
    }
}
