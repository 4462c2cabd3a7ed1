//! Who may speak to the box: pairing, accounts, tokens.
//!
//! Access tokens are short-lived JWTs (HS256, one audience, both pinned). Refresh tokens are 256
//! random bits, kept hashed, rotated at each use; one seen twice ends its family.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError, RwLock},
};

use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use fast_qr::{QRBuilder, convert::svg::SvgBuilder};
use hearth_model::{Account, AccountId, Caller, Device, DeviceId, Slug, TokenPair};
use hearth_store::{Family, Refreshed, Store, Subject};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::sync::broadcast;

use crate::{
    Clock, Error,
    pairing::{Pairing, Try},
};

const ACCESS_S: u64 = 60 * 60;
const REFRESH_MS: u64 = 90 * 24 * 60 * 60 * 1000;
const AUDIENCE: &str = "hearth";
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 1..=64;
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=1024;

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    /// Unix seconds.
    exp: u64,
    /// The pairing or sign-in it came from: with that, it ends at once.
    family: String,
}

/// What a good access token stands for. It may end at any time: see `People::is_good`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    pub caller: Caller,
    /// Unix ms.
    pub until_ms: u64,
    /// Absent: the Unix socket's peer, who needs no token.
    family: Option<Family>,
}

impl Pass {
    /// The box's own TV, for ever.
    pub const LOCAL: Self = Self {
        caller: Caller::Local,
        until_ms: u64::MAX,
        family: None,
    };
}

/// A PIN to show, with everything a phone needs to use it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Pin {
    pub pin: String,
    /// Seconds it lives.
    pub expires_in: u64,
    /// Where the browser app pairs with it.
    pub url: String,
    /// `url` as a QR code: a picture,
    pub qr_svg: String,
    /// and its modules, row by row: `1` is dark.
    pub qr: Vec<String>,
}

/// What happened to the house's people that open connections must hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeopleEvent {
    /// Somebody was unpaired or signed out: whoever holds a pass looks whether it is still good.
    PassesEnded,
    /// The PIN on the TV changed or went; the reason is for people.
    Pin {
        pin: Option<String>,
        reason: &'static str,
    },
}

/// Devices, accounts and their tokens.
///
/// `devices` and `families` mirror the store, so that every request can check that its device is
/// still paired and its sign-in not over, without a read from disk.
#[derive(Debug)]
pub struct People {
    store: Store,
    clock: Clock,
    pub pairing: Pairing,
    /// Held from a PIN's change until it is announced: of two at once, the TV would be left with the
    /// one that counts no more.
    announcing: Mutex<()>,
    devices: RwLock<HashSet<DeviceId>>,
    families: RwLock<HashSet<Family>>,
    /// Whom the house takes for its owner beside the TV: mirrors the store's setting.
    owner: RwLock<Option<Caller>>,
    signing: SigningKeys,
    events: broadcast::Sender<PeopleEvent>,
}

struct SigningKeys(EncodingKey, DecodingKey);

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKeys")
    }
}

impl People {
    pub fn open(store: Store, clock: Clock, setup_code: Option<String>) -> Result<Self, Error> {
        let secret: [u8; 32] = store.setting_or("secret.tokens", random)?;
        // A code of a set-up that has happened is not a way in for ever.
        let set_up = !store.devices()?.is_empty() || store.has_accounts()?;
        let devices = store
            .devices()?
            .into_iter()
            .map(|device| device.id)
            .collect();
        let people = Self {
            pairing: Pairing::new(clock.clone(), setup_code.filter(|_| !set_up)),
            announcing: Mutex::default(),
            families: RwLock::new(store.refresh_families()?),
            store,
            clock,
            devices: RwLock::new(devices),
            owner: RwLock::new(None),
            signing: SigningKeys(
                EncodingKey::from_secret(&secret),
                DecodingKey::from_secret(&secret),
            ),
            events: broadcast::channel(16).0,
        };
        people.settle_owner()?;
        Ok(people)
    }

    /// Whether this caller may change the box itself: its own TV, and its owner. The owner is who
    /// was paired or registered first; when they leave, who came after them.
    pub fn is_owner(&self, caller: Caller) -> bool {
        let owner = *self.owner.read().unwrap_or_else(PoisonError::into_inner);
        caller == Caller::Local || owner == Some(caller)
    }

    /// Finds the owner anew after people came or went. Who was the owner stays it, whatever the
    /// clock said when they came.
    fn settle_owner(&self) -> Result<(), Error> {
        const SETTING: &str = "people.owner";
        let known: Option<String> = self.store.setting(SETTING)?;
        let devices = self.store.devices()?.into_iter();
        let accounts = self.store.accounts()?.into_iter();
        let people: Vec<_> = devices
            .map(|device| {
                let caller = Caller::Device(device.id);
                (device.paired_at, device.id.to_string(), caller)
            })
            .chain(accounts.map(|account| {
                let caller = Caller::Account(account.id);
                (account.created_at, account.id.to_string(), caller)
            }))
            .collect();
        let owner = people
            .iter()
            .find(|(_, id, _)| known.as_ref() == Some(id))
            .or_else(|| people.iter().min_by_key(|(since, id, _)| (*since, id)));
        if let Some((_, id, _)) = owner
            && known.as_ref() != Some(id)
        {
            self.store.set_setting(SETTING, id)?;
        }
        *self.owner.write().unwrap_or_else(PoisonError::into_inner) =
            owner.map(|(_, _, caller)| *caller);
        Ok(())
    }

    pub fn events(&self) -> broadcast::Receiver<PeopleEvent> {
        self.events.subscribe()
    }

    /// Pairs a device with the PIN that is shown.
    pub fn pair(&self, pin: &str, device_name: &str) -> Result<TokenPair, Error> {
        let name = device_name.trim();
        if !NAME_LENGTH.contains(&name.chars().count()) {
            return Err(Error::Invalid(
                "device_name must have 1 to 64 letters".into(),
            ));
        }
        self.take_pin(pin)?;
        let device = Device {
            id: DeviceId::new(),
            name: name.to_owned(),
            paired_at: self.clock.wall(),
        };
        self.store.add_device(&device)?;
        self.devices
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(device.id);
        self.settle_owner()?;
        tracing::info!(device = %device.id, name, "paired");
        self.issue(Subject::Device(device.id))
    }

    /// Shows a PIN for the browser app at `base`.
    pub fn show_pin(&self, base: &str) -> Result<Pin, Error> {
        let (pin, expires_in) = self.pairing.show();
        let url = format!("{base}/#pair={pin}");
        let code = QRBuilder::new(url.as_str())
            .build()
            .map_err(|cause| Error::internal("draw a QR code")(cause.to_string().into()))?;
        let qr = (0..code.size)
            .map(|row| {
                code[row]
                    .iter()
                    .map(|module| if module.value() { '1' } else { '0' })
                    .collect()
            })
            .collect();
        let qr_svg = SvgBuilder::default().to_str(&code);
        Ok(Pin {
            pin,
            expires_in,
            url,
            qr_svg,
            qr,
        })
    }

    /// Takes the PIN off every screen: nobody can pair with it any more.
    pub fn hide_pin(&self) {
        let _one = self.announcing.lock();
        if self.pairing.hide() {
            self.announce(PeopleEvent::Pin {
                pin: None,
                reason: "hidden",
            });
        }
    }

    fn take_pin(&self, pin: &str) -> Result<(), Error> {
        let _one = self.announcing.lock();
        match self.pairing.try_pin(pin) {
            Try::Right => {
                self.announce(PeopleEvent::Pin {
                    pin: self.pairing.shown(),
                    reason: "used",
                });
                Ok(())
            }
            Try::Wrong => Err(Error::PinWrong),
            Try::NotShown => Err(Error::PinNotShown),
            Try::GuessedAway(pin) => {
                tracing::warn!("five wrong PINs: the PIN was replaced");
                self.announce(PeopleEvent::Pin {
                    pin,
                    reason: "guessed",
                });
                Err(Error::PinWrong)
            }
        }
    }

    fn announce(&self, event: PeopleEvent) {
        // Nobody connected is nobody to tell.
        let _ = self.events.send(event);
    }

    pub fn devices(&self) -> Result<Vec<Device>, Error> {
        Ok(self.store.devices()?)
    }

    /// Unpairs a device; its connections are cut at once.
    pub fn unpair(&self, id: DeviceId) -> Result<(), Error> {
        self.devices
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&id);
        let known = self.store.remove_device(id)?;
        self.settle_owner()?;
        self.announce(PeopleEvent::PassesEnded);
        if known {
            Ok(())
        } else {
            Err(Error::NotFound {
                what: "this device",
                slug: Slug::DeviceUnknown,
            })
        }
    }

    /// Adds a person. The first needs the setup code (or a PIN) unless a member asks.
    pub fn register(
        &self,
        caller: Caller,
        username: &str,
        password: &str,
        setup_code: Option<&str>,
    ) -> Result<TokenPair, Error> {
        let username = username.trim();
        if !NAME_LENGTH.contains(&username.chars().count()) {
            return Err(Error::Invalid("username must have 1 to 64 letters".into()));
        }
        if !PASSWORD_LENGTH.contains(&password.len()) {
            return Err(Error::Invalid(
                "password must have 8 letters at least, and 1024 bytes at most".into(),
            ));
        }
        // Before any look at the names: which exist is not for strangers.
        if caller == Caller::Stranger {
            self.take_pin(setup_code.ok_or(Error::RegisterRefused)?)?;
        }
        if self.store.account_by_name(username)?.is_some() {
            return Err(hearth_store::Error::NameTaken(username.to_owned()).into());
        }
        let hash = Argon2::default()
            .hash_password(password.as_bytes())
            .map_err(|cause| Error::internal("hash a password")(cause.to_string().into()))?
            .to_string();
        let account = Account {
            id: AccountId::new(),
            username: username.to_owned(),
            created_at: self.clock.wall(),
        };
        self.store.add_account(&account, &hash)?;
        self.settle_owner()?;
        self.issue(Subject::Account(account.id))
    }

    pub fn login(&self, username: &str, password: &str) -> Result<TokenPair, Error> {
        let known = self.store.account_by_name(username.trim())?;
        // The same work for a name that does not exist, so that the time tells nothing.
        let hash = known.as_ref().map_or(NOBODY, |(_, hash)| hash);
        let parsed = PasswordHash::new(hash);
        let right = parsed.is_ok_and(|parsed| {
            Argon2::default()
                .verify_password(password.as_bytes(), &parsed)
                .is_ok()
        });
        match known {
            Some((account, _)) if right => self.issue(Subject::Account(account.id)),
            _ => Err(Error::SignInWrong),
        }
    }

    /// Whether anybody was paired or registered yet.
    pub fn is_anybody(&self) -> bool {
        let owner = self.owner.read().unwrap_or_else(PoisonError::into_inner);
        owner.is_some()
    }

    pub fn account(&self, id: AccountId) -> Result<Option<Account>, Error> {
        Ok(self.store.account(id)?)
    }

    /// Follows a correction of the wall's clock, before a time is compared with it: a phone that was
    /// paired while the box had no clock keeps its pairing when the box learns the time.
    fn follow_clock(&self) -> Result<(), Error> {
        if let Some(by_ms) = self.clock.corrected() {
            tracing::info!(by_s = by_ms / 1000, "the clock was set");
            let latest = self.clock.wall() + REFRESH_MS;
            self.store.move_refresh_ends(by_ms, latest)?;
        }
        Ok(())
    }

    fn issue(&self, subject: Subject) -> Result<TokenPair, Error> {
        self.follow_clock()?;
        let refresh = new_refresh_token();
        let family: Family = random();
        self.store.add_refresh(
            hash(&refresh),
            family,
            subject,
            self.clock.wall() + REFRESH_MS,
        )?;
        self.families
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(family);
        self.pair_of(subject, family, refresh)
    }

    fn end_family(&self, family: Family) {
        self.families
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&family);
        self.announce(PeopleEvent::PassesEnded);
    }

    pub fn refresh(&self, token: &str) -> Result<TokenPair, Error> {
        self.follow_clock()?;
        let next = new_refresh_token();
        let now = self.clock.wall();
        match self
            .store
            .rotate_refresh(hash(token), hash(&next), now, now + REFRESH_MS)?
        {
            Refreshed::Rotated(subject, family) => self.pair_of(subject, family, next),
            Refreshed::Reused(subject, family) => {
                self.end_family(family);
                tracing::warn!(
                    ?subject,
                    "a refresh token was used twice: its family is revoked"
                );
                Err(Error::RefreshInvalid)
            }
            Refreshed::Unknown => Err(Error::RefreshInvalid),
        }
    }

    /// A device that signs out is unpaired: it could come back only with a new PIN anyhow, and
    /// nobody should wonder about it in the list of devices. Answers with that device.
    pub fn logout(&self, refresh_token: &str) -> Result<Option<DeviceId>, Error> {
        let Some((family, subject)) = self.store.remove_refresh_family(hash(refresh_token))? else {
            return Ok(None);
        };
        let device = match subject {
            Subject::Device(id) => Some(id),
            Subject::Account(_) => None,
        };
        if let Some(id) = device {
            self.devices
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(&id);
            self.settle_owner()?;
        }
        self.end_family(family);
        Ok(device)
    }

    fn pair_of(
        &self,
        subject: Subject,
        family: Family,
        refresh_token: String,
    ) -> Result<TokenPair, Error> {
        let (sub, device_id, account_id) = match subject {
            Subject::Device(id) => (id.to_string(), Some(id), None),
            Subject::Account(id) => (id.to_string(), None, Some(id)),
        };
        let exp = self.clock.wall() / 1000 + ACCESS_S;
        let claims = Claims {
            sub,
            aud: AUDIENCE.into(),
            exp,
            family: BASE64_URL_SAFE_NO_PAD.encode(family),
        };
        let access_token =
            jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing.0)
                .map_err(|cause| Error::internal("sign a token")(cause.into()))?;
        Ok(TokenPair {
            device_id,
            account_id,
            access_token,
            expires_in: ACCESS_S,
            refresh_token,
        })
    }

    /// Whom this access token lets in.
    pub fn authenticate(&self, token: &str) -> Result<Pass, Error> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        // The end is checked below, on the house's clock.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &self.signing.1, &validation)
            .map_err(|_| Error::TokenInvalid)?
            .claims;
        let caller = if let Ok(id) = claims.sub.parse() {
            Caller::Device(id)
        } else {
            Caller::Account(claims.sub.parse().map_err(|_| Error::TokenInvalid)?)
        };
        let family = BASE64_URL_SAFE_NO_PAD
            .decode(&claims.family)
            .ok()
            .and_then(|family| Family::try_from(family).ok())
            .ok_or(Error::TokenInvalid)?;
        let pass = Pass {
            caller,
            until_ms: claims.exp.saturating_mul(1000),
            family: Some(family),
        };
        self.follow_clock()?;
        if self.is_good(&pass) {
            Ok(pass)
        } else {
            Err(Error::TokenInvalid)
        }
    }

    /// Whether a pass still lets in: not past its time, not signed out, not unpaired.
    pub fn is_good(&self, pass: &Pass) -> bool {
        let Some(family) = &pass.family else {
            return pass.caller == Caller::Local;
        };
        let families = self.families.read().unwrap_or_else(PoisonError::into_inner);
        let devices = self.devices.read().unwrap_or_else(PoisonError::into_inner);
        let welcome = match pass.caller {
            Caller::Device(id) => devices.contains(&id),
            Caller::Account(_) => true,
            Caller::Local | Caller::Stranger => false,
        };
        // One that ends later than any could was made while the clock was ahead of its time.
        let now = self.clock.wall();
        let in_time = now < pass.until_ms && pass.until_ms <= now + (ACCESS_S + 60) * 1000;
        welcome && families.contains(family) && in_time
    }
}

/// Argon2id of nothing anybody knows, with the default parameters.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

fn new_refresh_token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random::<32>())
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
#[path = "people_tests.rs"]
mod tests;
