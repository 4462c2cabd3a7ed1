//! The providers that the owner adds, their secrets apart; and what people wish and prefer.

use std::collections::BTreeMap;

use hearth_model::{Preference, ProfileId, Taste};
use redb::ReadableTable;

use crate::{
    Error, Store,
    rows::{self, PreferenceRow, ProviderRow, TasteRow},
    tables,
};

/// The setting that holds the owner's preferences.
const PREFERENCES: &str = "sources.preferences";

/// A provider as the owner added it.
#[derive(Clone, PartialEq)]
pub struct KeptProvider {
    pub id: String,
    pub enabled: bool,
    /// Where it stands among them.
    pub place: u32,
    /// What was said of it, without the secrets: a JSON object.
    pub config: serde_json::Value,
    pub secrets: BTreeMap<String, String>,
}

/// Never prints a secret.
impl std::fmt::Debug for KeptProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptProvider")
            .field("id", &self.id)
            .field("enabled", &self.enabled)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// All of them, in the owner's order.
    pub fn providers(&self) -> Result<Vec<KeptProvider>, Error> {
        let all = self.read("read the providers", |transaction| {
            let table = transaction.open_table(tables::PROVIDERS)?;
            let secrets = transaction.open_table(tables::PROVIDER_SECRETS)?;
            let mut all = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                let secrets = secrets.get(key.value())?.map(|row| row.value().to_vec());
                all.push((key.value().to_owned(), value.value().to_vec(), secrets));
            }
            Ok(all)
        })?;
        let mut providers = Vec::new();
        for (id, row, secrets) in all {
            let row: ProviderRow = rows::decode("providers", &row)?;
            let secrets = secrets
                .map(|bytes| rows::decode("provider_secrets", &bytes))
                .transpose()?;
            providers.push(KeptProvider {
                id,
                enabled: row.enabled,
                place: row.place,
                config: row.config,
                secrets: secrets.unwrap_or_default(),
            });
        }
        providers.sort_by_key(|provider| provider.place);
        Ok(providers)
    }

    /// Keeps a provider, in place of the one with its id.
    pub fn keep_provider(&self, provider: &KeptProvider) -> Result<(), Error> {
        let row = rows::encode(&ProviderRow {
            enabled: provider.enabled,
            place: provider.place,
            config: provider.config.clone(),
        });
        let secrets = rows::encode(&provider.secrets);
        self.write("keep a provider", |transaction| {
            transaction
                .open_table(tables::PROVIDERS)?
                .insert(provider.id.as_str(), row.as_slice())?;
            transaction
                .open_table(tables::PROVIDER_SECRETS)?
                .insert(provider.id.as_str(), secrets.as_slice())?;
            Ok(())
        })
    }

    /// Removes a provider with all that is known of it. False when there was none.
    pub fn remove_provider(&self, id: &str) -> Result<bool, Error> {
        self.write("remove a provider", |transaction| {
            let known = transaction
                .open_table(tables::PROVIDERS)?
                .remove(id)?
                .is_some();
            transaction
                .open_table(tables::PROVIDER_SECRETS)?
                .remove(id)?;
            transaction
                .open_table(tables::PROVIDER_RECORDS)?
                .remove(id)?;
            Ok(known)
        })
    }

    /// What a profile wishes; none while it said nothing.
    pub fn taste(&self, profile: ProfileId) -> Result<Option<Taste>, Error> {
        let bytes = self.read("read a profile's wishes", |transaction| {
            let table = transaction.open_table(tables::TASTES)?;
            Ok(table
                .get(profile.to_bytes().as_slice())?
                .map(|row| row.value().to_vec()))
        })?;
        let row: Option<TasteRow> = bytes
            .map(|bytes| rows::decode("tastes", &bytes))
            .transpose()?;
        Ok(row.map(Taste::from))
    }

    /// What all profiles wish that said something.
    pub fn tastes(&self) -> Result<Vec<Taste>, Error> {
        let rows = self.read("read the profiles' wishes", |transaction| {
            let table = transaction.open_table(tables::TASTES)?;
            let mut rows = Vec::new();
            for row in table.iter()? {
                rows.push(row?.1.value().to_vec());
            }
            Ok(rows)
        })?;
        let rows = rows.iter();
        let rows = rows.map(|row| rows::decode::<TasteRow>("tastes", row));
        rows.map(|row| row.map(Taste::from)).collect()
    }

    pub fn keep_taste(&self, profile: ProfileId, taste: &Taste) -> Result<(), Error> {
        let row = rows::encode(&TasteRow::from(taste));
        self.write("keep a profile's wishes", |transaction| {
            transaction
                .open_table(tables::TASTES)?
                .insert(profile.to_bytes().as_slice(), row.as_slice())?;
            Ok(())
        })
    }

    /// What the owner pins, prefers and blocks.
    pub fn preferences(&self) -> Result<Vec<Preference>, Error> {
        let rows: Option<Vec<PreferenceRow>> = self.setting(PREFERENCES)?;
        let rows = rows.unwrap_or_default();
        // What a later release added is not for this one to obey.
        Ok(rows.iter().filter_map(PreferenceRow::preference).collect())
    }

    pub fn keep_preferences(&self, preferences: &[Preference]) -> Result<(), Error> {
        let rows: Vec<_> = preferences.iter().map(PreferenceRow::from).collect();
        self.set_setting(PREFERENCES, &rows)
    }
}
