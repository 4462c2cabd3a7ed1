//! The lists that addons keep: read in the background, kept as titles of the catalogue, and shown
//! as rows of the home page.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::future::join_all;
use hearth_model::{Title, TitleId, TitleKind};
use hearth_sources::{AddonCatalog, CatalogWish, Job, Provider, Stremio};
use hearth_store::Store;
use serde::{Deserialize, Serialize};
use tokio::{sync::Notify, time::Instant};

use crate::{App, Error, providers::Entry, tastes::Adult};

/// How often the lists are read again. An addon that says its answers are good for longer is not
/// asked before (`cacheMaxAge`).
const AGAIN: Duration = Duration::from_secs(3600);
/// How soon when an addon did not answer: at first, and at last, doubled each time.
const AGAIN_SOON: Duration = Duration::from_secs(5);
const AGAIN_LATER: Duration = Duration::from_secs(120);
/// All lists of one addon together, and one page of one of them.
const READ_WITHIN: Duration = Duration::from_secs(30);
const PAGE_WITHIN: Duration = Duration::from_secs(8);
/// Of one addon.
const MOST_LISTS: usize = 10;
/// Of one list: what comes behind is found by searching.
const MOST_PAGES: usize = 2;
const MOST_ROWS: usize = 30;
const ROW_LENGTH: usize = 20;
/// Where the lists are kept, to be there before the addons answer.
const SETTING: &str = "addons.lists";

/// A list as it was read last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AddonList {
    provider: String,
    /// By which its row is known.
    pub row: String,
    pub name: String,
    pub kind: TitleKind,
    /// Of an addon for adults.
    #[serde(default)]
    adult: bool,
    pub titles: Vec<TitleId>,
}

#[cfg(test)]
impl AddonList {
    pub fn of_adults(provider: &str, titles: &[Title]) -> Self {
        Self {
            provider: provider.to_owned(),
            row: format!("addon:{provider}"),
            name: "Hot".into(),
            kind: TitleKind::Film,
            adult: true,
            titles: titles.iter().map(|title| title.id).collect(),
        }
    }
}

/// The lists as they were read last: the home page waits for nobody.
///
/// The lock is held for look-ups and for replacing one addon's lists, never across an await.
#[derive(Debug)]
pub(crate) struct AddonLists {
    known: Mutex<Vec<AddonList>>,
    /// Held over a change as a whole, on threads that may wait for the disk: of two changes the
    /// later one is written last.
    changes: Mutex<()>,
    look: Notify,
}

impl AddonLists {
    /// Waits for the disk.
    pub fn open(store: &Store) -> Self {
        // What another release wrote is read anew.
        let known = store.setting(SETTING).unwrap_or_else(|error| {
            tracing::warn!(%error, "the lists of addons are read anew");
            None
        });
        Self {
            known: Mutex::new(known.unwrap_or_default()),
            changes: Mutex::default(),
            look: Notify::new(),
        }
    }

    fn known(&self) -> MutexGuard<'_, Vec<AddonList>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> MutexGuard<'_, ()> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something changed about who is asked.
    pub fn look_again(&self) {
        self.look.notify_one();
    }

    /// The lists of these providers, in their order.
    pub fn of(&self, providers: &[Arc<Entry>], adult: Adult) -> Vec<AddonList> {
        let known = self.known();
        let of_one = |entry: &Arc<Entry>| {
            let id = entry.id.clone();
            known.iter().filter(move |list| list.provider == id)
        };
        let lists = providers.iter().flat_map(of_one);
        let lists = lists.filter(|list| adult.is_shown() || !list.adult);
        lists.take(MOST_ROWS).cloned().collect()
    }

    /// Puts these in the place of what one addon had; all lists, where that changed something.
    fn replace(&self, provider: &str, lists: Vec<AddonList>) -> Option<Vec<AddonList>> {
        let mut known = self.known();
        let is_same = known
            .iter()
            .filter(|list| list.provider == provider)
            .eq(lists.iter());
        if is_same {
            return None;
        }
        known.retain(|list| list.provider != provider);
        known.extend(lists);
        Some(known.clone())
    }

    #[cfg(test)]
    pub fn put(&self, lists: Vec<AddonList>) {
        *self.known() = lists;
    }

    fn row(&self, row: &str) -> Option<AddonList> {
        self.known().iter().find(|list| list.row == row).cloned()
    }
}

/// A list and its first pages; none where they did not come.
type Read = (AddonCatalog, Option<Vec<Title>>);

impl App {
    /// Keeps the addons' lists up to date, until the box ends.
    pub(crate) async fn keep_addon_lists(self: Arc<Self>) {
        let mut ending = self.ending();
        let mut soon = AGAIN_SOON;
        loop {
            let all = tokio::select! {
                all = self.read_addon_lists() => all,
                _ = ending.changed() => return,
            };
            let pause = if all { AGAIN } else { soon };
            soon = if all {
                AGAIN_SOON
            } else {
                AGAIN_LATER.min(soon * 2)
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.addon_lists.look.notified() => soon = AGAIN_SOON,
                _ = ending.changed() => return,
            }
        }
    }

    /// Whether every addon answered.
    async fn read_addon_lists(self: &Arc<Self>) -> bool {
        let adult = match self.any_adult().await {
            Ok(adult) => adult,
            Err(error) => {
                tracing::warn!(%error, "who may see addons for adults is not known");
                return false;
            }
        };
        let entries = self.providers.active_for(adult);
        let read = entries.iter().map(|entry| self.read_lists_of(entry, adult));
        join_all(read).await.into_iter().all(|well| well)
    }

    async fn read_lists_of(self: &Arc<Self>, entry: &Arc<Entry>, adult: Adult) -> bool {
        let Ok(Provider::Stremio(addon)) = &entry.provider else {
            return true;
        };
        let addon = addon.clone();
        let job = Job::new(entry.id.clone(), {
            let addon = addon.clone();
            move |deadline| async move { read(&addon, adult, deadline).await }
        });
        let deadline = Instant::now() + READ_WITHIN;
        let read = match (self.guarded_again(entry, job).run)(deadline).await {
            Ok(read) => read,
            Err(error) => {
                tracing::debug!(provider = entry.id, %error, "the lists of an addon stay as they were");
                return false;
            }
        };
        let all = read.iter().all(|(_, titles)| titles.is_some());
        let mut lists: Vec<AddonList> = Vec::new();
        for (catalog, titles) in read {
            let row = row_id(&entry.id, &catalog);
            let is_twice = lists.iter().any(|list| list.row == row);
            let Some(kind) = kind(&catalog).filter(|_| !is_twice) else {
                continue;
            };
            let Some(titles) = titles else {
                // What was told before is better than nothing.
                lists.extend(self.addon_lists.row(&row));
                continue;
            };
            let mut seen = HashSet::new();
            let titles = self.keep(titles).await.into_iter();
            let titles = titles.map(|title| title.id);
            lists.push(AddonList {
                provider: entry.id.clone(),
                row,
                name: catalog.name,
                kind,
                adult: addon.is_adult() != Some(false),
                titles: titles
                    .filter(|id| seen.insert(*id))
                    .take(ROW_LENGTH)
                    .collect(),
            });
        }
        self.take_lists(entry, lists).await;
        all
    }

    async fn take_lists(self: &Arc<Self>, entry: &Arc<Entry>, lists: Vec<AddonList>) {
        let entry = entry.clone();
        let kept = self.blocking(move |app| app.keep_lists(&entry, lists));
        let changed = kept.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the lists of an addon could not be kept");
            true
        });
        if changed {
            self.sessions.library_changed().await;
        }
    }

    /// Whether that changed something. Waits for the disk.
    fn keep_lists(&self, entry: &Arc<Entry>, lists: Vec<AddonList>) -> Result<bool, Error> {
        let _change = self.addon_lists.change();
        // It may have been removed meanwhile, or become another.
        let active = self.providers.active();
        if !active.iter().any(|active| Arc::ptr_eq(active, entry)) {
            return Ok(false);
        }
        let Some(all) = self.addon_lists.replace(&entry.id, lists) else {
            return Ok(false);
        };
        self.store.set_setting(SETTING, &all)?;
        Ok(true)
    }

    /// Of a provider that is gone or another now. Waits for the disk.
    pub(crate) fn forget_addon_lists(&self, provider: &str) -> Result<(), Error> {
        let _change = self.addon_lists.change();
        if let Some(all) = self.addon_lists.replace(provider, Vec::new()) {
            self.store.set_setting(SETTING, &all)?;
        }
        Ok(())
    }
}

/// An addon's lists, one request after another: people who search go before. Fails where nothing
/// came at all.
async fn read(
    addon: &Stremio,
    adult: Adult,
    deadline: Instant,
) -> Result<Vec<Read>, hearth_sources::Error> {
    let soon = || deadline.min(Instant::now() + PAGE_WITHIN);
    let catalogs = match addon.catalogs(adult.is_shown(), soon()).await {
        // It said so just now.
        Err(hearth_sources::Error::Adult) => return Ok(Vec::new()),
        catalogs => catalogs?,
    };
    let open = catalogs.into_iter().filter(|catalog| !catalog.needs_genre);
    let mut lists: Vec<Read> = Vec::new();
    let mut failure = None;
    for catalog in open.take(MOST_LISTS) {
        let mut titles: Option<Vec<Title>> = None;
        for _ in 0..MOST_PAGES {
            let wish = CatalogWish {
                skip: titles.as_ref().map_or(0, Vec::len),
                allow_adult: adult.is_shown(),
                ..CatalogWish::default()
            };
            match addon.catalog(&catalog, &wish, soon()).await {
                Ok(page) => {
                    let is_last = page.is_empty() || !catalog.has_pages;
                    titles.get_or_insert_default().extend(page);
                    if is_last {
                        break;
                    }
                }
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        lists.push((catalog, titles));
    }
    match failure {
        Some(error) if lists.iter().all(|(_, titles)| titles.is_none()) => Err(error),
        _ => Ok(lists),
    }
}

fn kind(catalog: &AddonCatalog) -> Option<TitleKind> {
    match catalog.kind.as_str() {
        "movie" => Some(TitleKind::Film),
        "series" => Some(TitleKind::Series),
        "anime" => Some(TitleKind::Anime),
        _ => None,
    }
}

/// Without spaces: it names an element of a page.
fn row_id(provider: &str, catalog: &AddonCatalog) -> String {
    let whole = format!("{provider}/{}/{}", catalog.kind, catalog.id);
    let safe: String = url::form_urlencoded::byte_serialize(whole.as_bytes()).collect();
    format!("addon:{safe}")
}
