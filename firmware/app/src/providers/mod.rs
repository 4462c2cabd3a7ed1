//! The owner's providers at run time: those of the configuration file, which stay as they are, and
//! those that the owner adds, tests, orders, switches off and removes while the box runs.
//!
//! A search takes the list as it is when it begins. What a provider is given to know of secrets
//! never leaves the box again: the store keeps them apart, and nothing here shows them.

mod asking;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Duration,
};

use hearth_fetch::{Fetcher, Limit, Limiter};
use hearth_model::{ProviderEntry, ProviderRecord, ProvidersPage, Slug, Turn, UnixMs};
use hearth_sources::{Guard, Provider, ProviderConfig};
use hearth_store::{KeptProvider, Store};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{App, Error, config::SourcesConfig, tastes::Adult};

/// One search may be several requests.
const DOCUMENTS_AT_ONCE: usize = 4;
const MOST_PROVIDERS: usize = 100;
/// No configuration of one provider is longer.
const MOST_BYTES: usize = 64 * 1024;
/// A failure so soon after another is the same one.
const SAME_FAILURE_MS: u64 = 5 * 60_000;

/// The fetchers that may reach each provider's own host, as the providers are now.
#[derive(Debug, Clone, Default)]
pub struct Fetchers(Arc<RwLock<HashMap<String, Fetcher>>>);

impl Fetchers {
    pub fn of(&self, provider: &str) -> Option<Fetcher> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(provider).cloned()
    }

    fn replace(&self, all: HashMap<String, Fetcher>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = all;
    }
}

/// One provider, ready to be asked or with the reason why not.
#[derive(Debug)]
pub(crate) struct Entry {
    pub id: String,
    kind: String,
    host: Option<String>,
    /// A digest of where it lies, which may carry keys.
    address: String,
    enabled: bool,
    fixed: bool,
    /// What may be shown.
    shown: Value,
    secrets: Vec<String>,
    pub provider: Result<Provider, String>,
    /// For what its sources point to: films are no questions, and are not counted as such.
    media: Option<Fetcher>,
    guard: Guard,
}

impl Entry {
    /// As it said in this run.
    fn is_adult(&self) -> Option<bool> {
        self.provider.as_ref().ok().and_then(Provider::is_adult)
    }

    /// As people know it: the owner's name for it, or where it lies.
    pub fn name(&self) -> String {
        let name = text(&self.shown, "name");
        let given = Some(name).filter(|name| !name.trim().is_empty());
        let host = || Some(self.host.as_deref()?.rsplit_once(':')?.0.to_owned());
        given.or_else(host).unwrap_or_else(|| self.id.clone())
    }
}

/// The list's own lock is held for a clone only; `changes` is held over a change as a whole, on
/// threads that may wait for the disk.
#[derive(Debug)]
pub(crate) struct Providers {
    store: Store,
    fetcher: Fetcher,
    config: SourcesConfig,
    /// Where the definitions of sites lie.
    sites: PathBuf,
    pub fetchers: Fetchers,
    list: RwLock<Arc<Vec<Arc<Entry>>>>,
    records: Mutex<Records>,
    changes: Mutex<()>,
}

#[derive(Debug, Default)]
struct Records {
    of: HashMap<String, ProviderRecord>,
    /// Not on the disk yet.
    changed: HashSet<String>,
}

impl Records {
    /// What an entry of the same id said and did at another address is not this one's.
    fn belong_to(&mut self, entry: &Entry) {
        let known = self.of.get_mut(&entry.id);
        let Some(record) = known.filter(|record| !record.is_at(&entry.address)) else {
            return;
        };
        // An earlier release did not note it.
        if record.address.is_some() {
            *record = ProviderRecord::default();
        }
        record.address = Some(entry.address.clone());
        self.changed.insert(entry.id.clone());
    }
}

impl Providers {
    /// Waits for the disk. A provider of the configuration that cannot be is an error; one of the
    /// owner's is kept and says why.
    pub fn open(
        store: Store,
        fetcher: Fetcher,
        config: &SourcesConfig,
        sites: PathBuf,
    ) -> Result<Self, crate::StartError> {
        let configured = config.providers.iter().cloned();
        let configured: Vec<_> = configured.map(|one| one.in_folder(&sites)).collect();
        // Refuses what is wrong in the file, and two of one name.
        Provider::all(&configured, &fetcher)?;
        let providers = Self {
            records: Mutex::new(Records {
                of: store.provider_records()?,
                changed: HashSet::new(),
            }),
            store,
            fetcher,
            config: config.clone(),
            sites,
            fetchers: Fetchers::default(),
            list: RwLock::default(),
            changes: Mutex::default(),
        };
        providers.load(None)?;
        Ok(providers)
    }

    fn list(&self) -> Arc<Vec<Arc<Entry>>> {
        let list = self.list.read().unwrap_or_else(PoisonError::into_inner);
        list.clone()
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that are asked, in the owner's order.
    pub fn active(&self) -> Vec<Arc<Entry>> {
        let list = self.list();
        let active = list
            .iter()
            .filter(|entry| entry.enabled && entry.provider.is_ok());
        active.cloned().collect()
    }

    /// Those that are asked for a profile: of addons that are known to be for adults it may not
    /// even hear. One of which nobody knows is asked, and what it says is `hides`' to judge.
    pub fn active_for(&self, adult: Adult) -> Vec<Arc<Entry>> {
        let mut active = self.active();
        active.retain(|entry| adult.is_shown() || self.is_adult(entry) != Some(true));
        active
    }

    /// Whether nothing of this provider may be heard: it may turn out only now to be for adults,
    /// and while one was never heard nobody knows that it is not.
    pub fn hides(&self, id: &str, adult: Adult) -> bool {
        if adult.is_shown() {
            return false;
        }
        let list = self.list();
        let entry = list.iter().find(|entry| entry.id == id);
        entry.is_some_and(|entry| self.is_adult(entry) != Some(false))
    }

    /// As it says, or said when it was heard last.
    fn is_adult(&self, entry: &Entry) -> Option<bool> {
        let kept = || {
            let records = self.records();
            let record = records.of.get(&entry.id)?;
            record.is_at(&entry.address).then_some(record.adult)?
        };
        entry.is_adult().or_else(kept)
    }

    /// The ids in the owner's order.
    pub fn order(&self) -> Vec<String> {
        self.list().iter().map(|entry| entry.id.clone()).collect()
    }

    /// Reads the list anew. What did not change keeps what it learnt; `changed` did.
    fn load(&self, changed: Option<&str>) -> Result<(), hearth_store::Error> {
        let before = self.list();
        let kept = |id: &str, enabled: bool| {
            let same = before.iter().find(|entry| entry.id == id)?;
            (changed != Some(id) && same.enabled == enabled).then(|| same.clone())
        };
        let mut list: Vec<Arc<Entry>> = Vec::new();
        for config in &self.config.providers {
            let id = config.id();
            list.push(kept(&id, true).unwrap_or_else(|| Arc::new(self.entry(config, true, true))));
        }
        for provider in self.store.providers()? {
            // The file was given one of the same name since: it goes before.
            if list.iter().any(|entry| entry.id == provider.id) {
                continue;
            }
            let entry = kept(&provider.id, provider.enabled);
            list.push(entry.unwrap_or_else(|| Arc::new(self.kept_entry(&provider))));
        }
        let fetchers = list
            .iter()
            .filter_map(|entry| Some((entry.id.clone(), entry.media.clone()?)));
        self.fetchers.replace(fetchers.collect());
        let list = Arc::new(list);
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = list.clone();
        let mut records = self.records();
        // Of one that cannot be read nobody knows where it lies.
        for entry in list.iter().filter(|entry| entry.provider.is_ok()) {
            records.belong_to(entry);
        }
        Ok(())
    }

    fn entry(&self, config: &ProviderConfig, enabled: bool, fixed: bool) -> Entry {
        let limits = [Limit {
            requests: self.config.requests_a_minute,
            per: Duration::from_secs(60),
        }];
        let limiter = Limiter::new(limits, hearth_fetch::Clock::system());
        let fetcher = self.fetcher.limited(limiter).apart(DOCUMENTS_AT_ONCE);
        let placed = config.clone().in_folder(&self.sites);
        let provider = Provider::new(&placed, &fetcher);
        let media = Provider::new(&placed, &self.fetcher).ok();
        let (shown, secrets) = shown(config);
        Entry {
            id: config.id(),
            kind: text(&shown, "kind"),
            host: config.host().ok(),
            address: digest(config),
            enabled,
            fixed,
            shown,
            secrets,
            provider: provider.map_err(|error| error.to_string()),
            media: media.map(|provider| provider.fetcher().clone()),
            guard: Guard::new(self.config.searches_at_once),
        }
    }

    fn kept_entry(&self, kept: &KeptProvider) -> Entry {
        match whole(&kept.config, &kept.secrets) {
            Ok(config) => self.entry(&config, kept.enabled, false),
            // A later release wrote it, or an earlier one that knew another kind.
            Err(problem) => Entry {
                id: kept.id.clone(),
                kind: text(&kept.config, "kind"),
                host: None,
                address: String::new(),
                enabled: kept.enabled,
                fixed: false,
                shown: kept.config.clone(),
                secrets: kept.secrets.keys().cloned().collect(),
                provider: Err(problem),
                media: None,
                guard: Guard::new(1),
            },
        }
    }

    fn get(&self, id: &str) -> Result<Arc<Entry>, Error> {
        let list = self.list();
        let entry = list.iter().find(|entry| entry.id == id);
        entry.cloned().ok_or(Error::NotFound {
            what: "this provider",
            slug: Slug::ProviderUnknown,
        })
    }

    /// One that the owner may change: not of the file.
    fn kept(&self, id: &str) -> Result<KeptProvider, Error> {
        if self.get(id)?.fixed {
            return Err(Error::ProviderFixed);
        }
        let all = self.store.providers()?;
        let kept = all.into_iter().find(|provider| provider.id == id);
        kept.ok_or(Error::NotFound {
            what: "this provider",
            slug: Slug::ProviderUnknown,
        })
    }

    pub fn page(&self) -> ProvidersPage {
        let list = self.list();
        ProvidersPage {
            items: list.iter().map(|entry| self.view(entry)).collect(),
        }
    }

    fn view(&self, entry: &Entry) -> ProviderEntry {
        let record = self.records().of.get(&entry.id).cloned();
        ProviderEntry {
            id: entry.id.clone(),
            kind: entry.kind.clone(),
            host: entry.host.clone(),
            enabled: entry.enabled,
            fixed: entry.fixed,
            config: entry.shown.clone(),
            secrets: entry.secrets.clone(),
            health: record.unwrap_or_default().health(),
            problem: match &entry.provider {
                Ok(provider) => provider.problem().map(ToOwned::to_owned),
                Err(problem) => Some(problem.clone()),
            },
        }
    }

    /// Waits for the disk, as all changes do.
    fn add(&self, config: Value, enabled: bool) -> Result<ProviderEntry, Error> {
        let _change = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let config = read(config)?;
        let id = config.id();
        let list = self.list();
        if list.iter().any(|entry| entry.id == id) {
            return Err(Error::ProviderTaken(id));
        }
        if list.len() >= MOST_PROVIDERS {
            return Err(Error::Invalid(format!(
                "{MOST_PROVIDERS} providers are the most: remove one first"
            )));
        }
        let places = self.store.providers()?.into_iter().map(|one| one.place);
        let place = places.max().map_or(0, |last| last.saturating_add(1));
        self.keep(&config, enabled, place)?;
        let added = self.get(&id)?;
        Ok(self.view(&added))
    }

    fn change(
        &self,
        id: &str,
        config: Option<Value>,
        enabled: Option<bool>,
    ) -> Result<ProviderEntry, Error> {
        let _change = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.kept(id)?;
        let enabled = enabled.unwrap_or(before.enabled);
        if let Some(mut config) = config {
            // A secret that is not named is the one that is kept.
            for (name, secret) in &before.secrets {
                if let Some((fields, field)) = place_of(&mut config, name) {
                    fields
                        .entry(field)
                        .or_insert_with(|| Value::String(secret.clone()));
                }
            }
            let config = read(config)?;
            if config.id() != id {
                return Err(Error::Invalid(format!(
                    "this would be another provider, `{}`: add it, and remove this one",
                    config.id()
                )));
            }
            self.keep(&config, enabled, before.place)?;
        } else {
            self.store
                .keep_provider(&KeptProvider { enabled, ..before })?;
            self.load(Some(id))?;
        }
        let changed = self.get(id)?;
        Ok(self.view(&changed))
    }

    fn keep(&self, config: &ProviderConfig, enabled: bool, place: u32) -> Result<(), Error> {
        // One that cannot be is refused now rather than found silent later.
        let problem = |error: hearth_sources::Error| Error::Invalid(error.to_string());
        if let ProviderConfig::Site { file, .. } = config
            && file.file_name() != Some(file.as_os_str())
        {
            return Err(Error::Invalid(
                "`file` is the name of a file in the folder `sites` of the box's data".into(),
            ));
        }
        let placed = config.clone().in_folder(&self.sites);
        let provider = Provider::new(&placed, &self.fetcher).map_err(problem)?;
        if let Some(problem) = provider.problem() {
            return Err(Error::Invalid(problem.to_owned()));
        }
        let id = config.id();
        let secrets = config.secrets().into_iter();
        let secrets = secrets.filter(|(_, secret)| !secret.0.is_empty());
        self.store.keep_provider(&KeptProvider {
            id: id.clone(),
            enabled,
            place,
            config: shown(config).0,
            secrets: secrets
                .map(|(name, secret)| (name, secret.0.clone()))
                .collect(),
        })?;
        self.load(Some(&id))?;
        Ok(())
    }

    fn remove(&self, id: &str) -> Result<(), Error> {
        let _change = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        self.kept(id)?;
        self.store.remove_provider(id)?;
        // First, for an answer that is under way is noted of those in the list.
        self.load(Some(id))?;
        let mut records = self.records();
        records.of.remove(id);
        records.changed.remove(id);
        Ok(())
    }

    /// `ids` first, in their order, then the others in theirs. Those of the file stay before all.
    fn arrange(&self, ids: &[String]) -> Result<(), Error> {
        let _change = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        for id in ids {
            self.get(id)?;
        }
        let mut all = self.store.providers()?;
        let wished = |provider: &KeptProvider| {
            let place = ids.iter().position(|id| *id == provider.id);
            place.unwrap_or(ids.len())
        };
        all.sort_by_key(wished);
        for (place, provider) in (0..).zip(all) {
            if provider.place != place {
                self.store
                    .keep_provider(&KeptProvider { place, ..provider })?;
            }
        }
        self.load(None)?;
        Ok(())
    }

    /// Takes in how a question went; news of the provider are told by the caller.
    fn note(&self, entry: &Entry, at: UnixMs, took: Duration, error: Option<&str>) -> Option<Turn> {
        let mut records = self.records();
        let list = self.list();
        // One that was changed or removed meanwhile says nothing of what is there now.
        if !list.iter().any(|one| std::ptr::eq(Arc::as_ptr(one), entry)) {
            return None;
        }
        records.changed.insert(entry.id.clone());
        let record = records.of.entry(entry.id.clone()).or_default();
        record.address = Some(entry.address.clone());
        record.adult = entry.is_adult().or(record.adult);
        record.note(at, took.as_millis() as u64, error)
    }

    /// Whether its last answer is an error, and not an old one.
    fn failed_lately(&self, id: &str, now: UnixMs) -> bool {
        let records = self.records();
        let newest = records.of.get(id).and_then(|record| record.recent.last());
        newest.is_some_and(|one| !one.well && now.saturating_sub(one.at) < SAME_FAILURE_MS)
    }

    fn last_asked(&self, id: &str) -> Option<UnixMs> {
        let records = self.records();
        let newest = records.of.get(id)?.recent.last()?;
        Some(newest.at)
    }

    /// Writes what is not on the disk yet. Waits for it.
    pub fn save(&self) -> Result<(), hearth_store::Error> {
        let changed: Vec<(String, ProviderRecord)> = {
            let mut records = self.records();
            let changed = std::mem::take(&mut records.changed);
            let known = |id: String| {
                let record = records.of.get(&id)?.clone();
                Some((id, record))
            };
            changed.into_iter().filter_map(known).collect()
        };
        self.store.keep_provider_records(&changed).inspect_err(|_| {
            let ids = changed.iter().map(|(id, _)| id.clone());
            self.records().changed.extend(ids);
        })
    }
}

/// What may be shown of a provider, and which secrets it has.
fn shown(config: &ProviderConfig) -> (Value, Vec<String>) {
    let mut shown = serde_json::to_value(config).unwrap_or_default();
    let mut set = Vec::new();
    for (name, secret) in config.secrets() {
        if let Some((fields, field)) = place_of(&mut shown, &name) {
            fields.remove(field);
        }
        if !secret.0.is_empty() {
            set.push(name);
        }
    }
    (shown, set)
}

/// A provider as it was before its secrets were put apart.
fn whole(shown: &Value, secrets: &BTreeMap<String, String>) -> Result<ProviderConfig, String> {
    let mut whole = shown.clone();
    for (name, secret) in secrets {
        if let Some((fields, field)) = place_of(&mut whole, name) {
            fields.insert(field.to_owned(), Value::String(secret.clone()));
        }
    }
    serde_json::from_value(whole).map_err(|error| {
        format!("this version cannot read it ({error}): remove it and add it anew")
    })
}

/// The fields among which a secret stands, and its name there: `settings.passkey` is one of
/// `settings`.
fn place_of<'a>(
    config: &'a mut Value,
    name: &'a str,
) -> Option<(&'a mut Map<String, Value>, &'a str)> {
    let fields = config.as_object_mut()?;
    match name.split_once('.') {
        Some((several, field)) => {
            let several = fields.entry(several).or_insert_with(|| Map::new().into());
            Some((several.as_object_mut()?, field))
        }
        None => Some((fields, name)),
    }
}

fn read(config: Value) -> Result<ProviderConfig, Error> {
    if config.to_string().len() > MOST_BYTES {
        return Err(Error::Invalid(
            "no provider takes so long a configuration".into(),
        ));
    }
    serde_json::from_value(config)
        .map_err(|error| Error::Invalid(format!("config is not a provider's: {error}")))
}

fn digest(config: &ProviderConfig) -> String {
    let secrets = config.secrets();
    let url = secrets.iter().find(|(name, _)| name == "url");
    let digest: [u8; 32] = Sha256::digest(url.map_or("", |(_, url)| url.0.trim())).into();
    let first = digest.first_chunk().expect("32 bytes begin with 8");
    format!("{:016x}", u64::from_be_bytes(*first))
}

fn text(fields: &Value, name: &str) -> String {
    fields[name].as_str().unwrap_or_default().to_owned()
}

impl App {
    pub fn providers(&self) -> ProvidersPage {
        self.providers.page()
    }

    pub async fn add_provider(
        self: &Arc<Self>,
        config: Value,
        enabled: bool,
    ) -> Result<ProviderEntry, Error> {
        let added = self.blocking(move |app| app.providers.add(config, enabled));
        let added = added.await?;
        self.addon_lists.look_again();
        Ok(added)
    }

    /// What is left out stays as it is, the secrets of a new `config` too.
    pub async fn change_provider(
        self: &Arc<Self>,
        id: String,
        config: Option<Value>,
        enabled: Option<bool>,
    ) -> Result<ProviderEntry, Error> {
        let is_other = config.is_some();
        let changed = self.blocking(move |app| {
            let changed = app.providers.change(&id, config, enabled)?;
            app.troubles.tell("providers", &id, None);
            if is_other {
                // It may be another addon now.
                app.forget_addon_lists(&id)?;
            }
            Ok(changed)
        });
        let changed = changed.await?;
        self.addon_lists.look_again();
        self.sessions.library_changed().await;
        Ok(changed)
    }

    pub async fn remove_provider(self: &Arc<Self>, id: String) -> Result<(), Error> {
        let removed = self.blocking(move |app| {
            app.providers.remove(&id)?;
            app.troubles.tell("providers", &id, None);
            app.forget_addon_lists(&id)
        });
        removed.await?;
        self.sessions.library_changed().await;
        Ok(())
    }

    pub async fn arrange_providers(
        self: &Arc<Self>,
        ids: Vec<String>,
    ) -> Result<ProvidersPage, Error> {
        self.blocking(move |app| {
            app.providers.arrange(&ids)?;
            Ok(app.providers.page())
        })
        .await
    }
}
