//! Paired devices, accounts and refresh tokens.

use std::collections::HashSet;

use hearth_model::{Account, AccountId, Device, DeviceId, UnixMs};
use redb::ReadableTable;

use crate::{
    Error, Store,
    rows::{self, AccountRow, DeviceRow, RefreshRow},
    tables,
};

/// Whom a refresh token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    Device(DeviceId),
    Account(AccountId),
}

impl Subject {
    fn row(self, family: [u8; 16], expires_at: UnixMs) -> RefreshRow {
        let (device, account) = match self {
            Self::Device(id) => (Some(id.to_bytes()), None),
            Self::Account(id) => (None, Some(id.to_bytes())),
        };
        RefreshRow {
            family,
            device,
            account,
            expires_at,
            used: false,
        }
    }
}

fn subject_of(row: &RefreshRow) -> Option<Subject> {
    match (row.device, row.account) {
        (Some(id), _) => Some(Subject::Device(DeviceId::from_bytes(id))),
        (None, Some(id)) => Some(Subject::Account(AccountId::from_bytes(id))),
        (None, None) => None,
    }
}

/// All refresh tokens that came from one pairing or sign-in.
pub type Family = [u8; 16];

/// What became of a refresh token that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refreshed {
    /// It was good; the new one is stored in its place.
    Rotated(Subject, Family),
    /// It had been used before: somebody has a copy. The whole family is gone.
    Reused(Subject, Family),
    Unknown,
}

impl Store {
    pub fn add_device(&self, device: &Device) -> Result<(), Error> {
        let row = rows::encode(&DeviceRow::from(device));
        self.write("keep a device", |transaction| {
            transaction
                .open_table(tables::DEVICES)?
                .insert(device.id.to_bytes().as_slice(), row.as_slice())?;
            Ok(())
        })
    }

    pub fn devices(&self) -> Result<Vec<Device>, Error> {
        let all = self.read("read the devices", |transaction| {
            let table = transaction.open_table(tables::DEVICES)?;
            let mut all = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                let mut id = [0; 16];
                id.copy_from_slice(&key.value()[..16]);
                all.push((DeviceId::from_bytes(id), value.value().to_vec()));
            }
            Ok(all)
        })?;
        all.into_iter()
            .map(|(id, bytes)| Ok(rows::decode::<DeviceRow>("devices", &bytes)?.device(id)))
            .collect()
    }

    pub fn has_device(&self, id: DeviceId) -> Result<bool, Error> {
        self.read("read a device", |transaction| {
            let table = transaction.open_table(tables::DEVICES)?;
            Ok(table.get(id.to_bytes().as_slice())?.is_some())
        })
    }

    /// Unpairs: the device and all its refresh tokens are gone. False when there was none.
    pub fn remove_device(&self, id: DeviceId) -> Result<bool, Error> {
        self.write("remove a device", |transaction| {
            let known = transaction
                .open_table(tables::DEVICES)?
                .remove(id.to_bytes().as_slice())?
                .is_some();
            transaction.open_table(tables::REFRESH)?.retain(|_, row| {
                rows::decode::<RefreshRow>("refresh", row)
                    .is_ok_and(|row| row.device != Some(id.to_bytes()))
            })?;
            Ok(known)
        })
    }

    /// Refuses a name that exists, in any case.
    pub fn add_account(&self, account: &Account, password_hash: &str) -> Result<(), Error> {
        let name = account.username.to_lowercase();
        let row = rows::encode(&AccountRow {
            username: account.username.clone(),
            password_hash: password_hash.to_owned(),
            created_at: account.created_at,
        });
        let added = self.write("keep an account", |transaction| {
            let mut names = transaction.open_table(tables::USERNAMES)?;
            if names.get(name.as_str())?.is_some() {
                return Ok(false);
            }
            names.insert(name.as_str(), account.id.to_bytes().as_slice())?;
            transaction
                .open_table(tables::ACCOUNTS)?
                .insert(account.id.to_bytes().as_slice(), row.as_slice())?;
            Ok(true)
        })?;
        if added {
            Ok(())
        } else {
            Err(Error::NameTaken(account.username.clone()))
        }
    }

    /// The account of that name and its password hash.
    pub fn account_by_name(&self, username: &str) -> Result<Option<(Account, String)>, Error> {
        let name = username.to_lowercase();
        let id = self.read("look up an account", |transaction| {
            let names = transaction.open_table(tables::USERNAMES)?;
            Ok(names
                .get(name.as_str())?
                .and_then(|id| <[u8; 16]>::try_from(id.value()).ok()))
        })?;
        let Some(id) = id.map(AccountId::from_bytes) else {
            return Ok(None);
        };
        Ok(self
            .account_row(id)?
            .map(|row| (row.account(id), row.password_hash)))
    }

    pub fn account(&self, id: AccountId) -> Result<Option<Account>, Error> {
        Ok(self.account_row(id)?.map(|row| row.account(id)))
    }

    pub fn accounts(&self) -> Result<Vec<Account>, Error> {
        let found: Vec<(Vec<u8>, Vec<u8>)> = self.read("read the accounts", |transaction| {
            let table = transaction.open_table(tables::ACCOUNTS)?;
            let mut found = Vec::new();
            for entry in table.iter()? {
                let (id, row) = entry?;
                found.push((id.value().to_vec(), row.value().to_vec()));
            }
            Ok(found)
        })?;
        let mut accounts = Vec::new();
        for (id, bytes) in found {
            let row: AccountRow = rows::decode("accounts", &bytes)?;
            if let Ok(id) = <[u8; 16]>::try_from(id) {
                accounts.push(row.account(AccountId::from_bytes(id)));
            }
        }
        Ok(accounts)
    }

    fn account_row(&self, id: AccountId) -> Result<Option<AccountRow>, Error> {
        let bytes = self.read("read an account", |transaction| {
            let table = transaction.open_table(tables::ACCOUNTS)?;
            Ok(table
                .get(id.to_bytes().as_slice())?
                .map(|row| row.value().to_vec()))
        })?;
        bytes
            .map(|bytes| rows::decode("accounts", &bytes))
            .transpose()
    }

    pub fn has_accounts(&self) -> Result<bool, Error> {
        self.read("count the accounts", |transaction| {
            let table = transaction.open_table(tables::ACCOUNTS)?;
            Ok(table.iter()?.next().is_some())
        })
    }

    /// The families that have a token left.
    pub fn refresh_families(&self) -> Result<HashSet<Family>, Error> {
        self.read("read the refresh tokens", |transaction| {
            let table = transaction.open_table(tables::REFRESH)?;
            let mut families = HashSet::new();
            for row in table.iter()? {
                let (_, row) = row?;
                if let Ok(row) = rows::decode::<RefreshRow>("refresh", row.value()) {
                    families.insert(row.family);
                }
            }
            Ok(families)
        })
    }

    /// Begins a family of refresh tokens. `hash` is the SHA-256 of the token.
    pub fn add_refresh(
        &self,
        hash: [u8; 32],
        family: Family,
        subject: Subject,
        expires_at: UnixMs,
    ) -> Result<(), Error> {
        let row = rows::encode(&subject.row(family, expires_at));
        self.write("keep a refresh token", |transaction| {
            transaction
                .open_table(tables::REFRESH)?
                .insert(hash.as_slice(), row.as_slice())?;
            Ok(())
        })
    }

    /// Takes a refresh token and stores its follower; a token seen twice ends its family.
    pub fn rotate_refresh(
        &self,
        hash: [u8; 32],
        next: [u8; 32],
        now: UnixMs,
        expires_at: UnixMs,
    ) -> Result<Refreshed, Error> {
        self.write("rotate a refresh token", |transaction| {
            let mut table = transaction.open_table(tables::REFRESH)?;
            let row = table
                .get(hash.as_slice())?
                .and_then(|row| rows::decode::<RefreshRow>("refresh", row.value()).ok());
            let Some((mut row, subject)) = row.and_then(|row| {
                let subject = subject_of(&row)?;
                Some((row, subject))
            }) else {
                return Ok(Refreshed::Unknown);
            };
            if row.used {
                let family = row.family;
                table.retain(|_, row| {
                    rows::decode::<RefreshRow>("refresh", row).is_ok_and(|row| row.family != family)
                })?;
                return Ok(Refreshed::Reused(subject, family));
            }
            if row.expires_at <= now {
                table.remove(hash.as_slice())?;
                return Ok(Refreshed::Unknown);
            }
            let follower = subject.row(row.family, expires_at);
            row.used = true;
            table.insert(hash.as_slice(), rows::encode(&row).as_slice())?;
            table.insert(next.as_slice(), rows::encode(&follower).as_slice())?;
            // Dead rows are swept here, so that the table does not grow with the years.
            table.retain(|_, row| {
                rows::decode::<RefreshRow>("refresh", row).is_ok_and(|row| row.expires_at > now)
            })?;
            Ok(Refreshed::Rotated(subject, row.family))
        })
    }

    /// The clock was set by so much, which is no passing of time: what it was set over is given back
    /// to every token. None ends later than `latest`, whatever the clock said when it was made.
    pub fn move_refresh_ends(&self, by_ms: i64, latest: UnixMs) -> Result<(), Error> {
        self.write("move the ends of refresh tokens", |transaction| {
            let mut table = transaction.open_table(tables::REFRESH)?;
            let mut moved = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                let Ok(mut row) = rows::decode::<RefreshRow>("refresh", value.value()) else {
                    continue;
                };
                row.expires_at = row
                    .expires_at
                    .saturating_add_signed(by_ms.max(0))
                    .min(latest);
                moved.push((key.value().to_vec(), rows::encode(&row)));
            }
            for (key, row) in moved {
                table.insert(key.as_slice(), row.as_slice())?;
            }
            Ok(())
        })
    }

    /// Signs out: the family of this token is gone, and so is the device that holds it. Says which
    /// they were.
    pub fn remove_refresh_family(
        &self,
        hash: [u8; 32],
    ) -> Result<Option<(Family, Subject)>, Error> {
        self.write("remove refresh tokens", |transaction| {
            let mut table = transaction.open_table(tables::REFRESH)?;
            let row = table
                .get(hash.as_slice())?
                .and_then(|row| rows::decode::<RefreshRow>("refresh", row.value()).ok());
            let Some((family, subject)) = row.and_then(|row| Some((row.family, subject_of(&row)?)))
            else {
                return Ok(None);
            };
            table.retain(|_, row| {
                rows::decode::<RefreshRow>("refresh", row).is_ok_and(|row| row.family != family)
            })?;
            if let Subject::Device(id) = subject {
                transaction
                    .open_table(tables::DEVICES)?
                    .remove(id.to_bytes().as_slice())?;
            }
            Ok(Some((family, subject)))
        })
    }
}
