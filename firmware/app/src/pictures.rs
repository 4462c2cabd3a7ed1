//! The pictures of titles, by addresses of the box: a browser or the TV asks for them without a
//! token, so each address carries proof that the box made it, and the box fetches nothing else.

use std::{path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hearth_catalog::{Picture, PictureError, Pictures};
use hearth_fetch::Fetcher;
use hearth_model::{Details, FoundEpisode, PersonDetail, Slug, Title};
use hearth_store::Store;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{App, Config, Error, people::random};

/// In the data folder.
const FOLDER: &str = "pictures";
const PATH: &str = "/api/v1/pictures/";
const PROOF_BYTES: usize = 12;
/// A longer address is no picture's.
const LONGEST: usize = 2_000;

/// Turns addresses on the network into addresses of the box, and back.
#[derive(Clone)]
pub(crate) struct Addresses {
    key: Arc<[u8]>,
}

impl std::fmt::Debug for Addresses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Addresses").finish_non_exhaustive()
    }
}

impl Addresses {
    pub fn open(store: &Store) -> Result<Self, hearth_store::Error> {
        let key = store.setting_or("pictures.key", || URL_SAFE_NO_PAD.encode(random::<32>()))?;
        Ok(Self {
            key: key.into_bytes().into(),
        })
    }

    fn proof(&self, url: &str) -> [u8; PROOF_BYTES] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length");
        mac.update(url.as_bytes());
        let mut proof = [0; PROOF_BYTES];
        proof.copy_from_slice(&mac.finalize().into_bytes()[..PROOF_BYTES]);
        proof
    }

    /// What is no address of the network stays as it is.
    fn of(&self, url: &str) -> String {
        let on_network = url.starts_with("https://") || url.starts_with("http://");
        if !on_network || url.len() > LONGEST {
            return url.to_owned();
        }
        let mut text = self.proof(url).to_vec();
        text.extend(url.as_bytes());
        format!("{PATH}{}", URL_SAFE_NO_PAD.encode(text))
    }

    fn read(&self, name: &str) -> Option<String> {
        let text = URL_SAFE_NO_PAD.decode(name).ok()?;
        let (proof, url) = text.split_at_checked(PROOF_BYTES)?;
        let url = std::str::from_utf8(url).ok()?;
        // Whoever guesses twelve bytes makes the box fetch a picture: no need to hide how near.
        (self.proof(url) == proof).then(|| url.to_owned())
    }

    fn change(&self, address: &mut Option<String>) {
        if let Some(url) = address {
            *url = self.of(url);
        }
    }

    pub fn title(&self, title: &mut Title) {
        self.change(&mut title.poster);
        self.change(&mut title.facts.backdrop);
    }

    pub fn episodes(&self, episodes: &mut [FoundEpisode]) {
        for episode in episodes {
            self.change(&mut episode.facts.still);
        }
    }

    pub fn details(&self, details: &mut Details) {
        for credit in &mut details.credits {
            self.change(&mut credit.person.photo);
        }
        for picture in &mut details.pictures {
            picture.url = self.of(&picture.url);
        }
        for season in &mut details.seasons {
            self.change(&mut season.poster);
        }
        if let Some(franchise) = &mut details.franchise {
            self.change(&mut franchise.poster);
        }
    }

    pub fn person(&self, detail: &mut PersonDetail) {
        self.change(&mut detail.person.photo);
    }
}

impl App {
    /// The picture of an address that the box gave, at least `width` wide where the original is.
    pub async fn picture(&self, name: &str, width: u32) -> Result<Picture, Error> {
        let unknown = || Error::NotFound {
            what: "this picture",
            slug: Slug::NotFound,
        };
        let url = self.addresses.read(name).ok_or_else(unknown)?;
        let picture = self.pictures.get(&url, width).await;
        picture.map_err(|error| match error {
            PictureError::Fetch(hearth_fetch::Error::Status {
                status: 404 | 410, ..
            }) => unknown(),
            PictureError::Disk(_) => Error::internal("keep a picture")(error.into()),
            error => Error::Upstream(error.to_string()),
        })
    }
}

/// Opens what is kept in the data folder. Pictures may also lie where the owner's own services and
/// addons are, which may be the home network. Waits for the disk.
pub(crate) fn open(config: &Config, data: &Path, fetcher: &Fetcher) -> Result<Pictures, Error> {
    let addons = config.sources.providers.iter();
    let addons = addons.filter_map(|provider| provider.host().ok());
    let services = [
        &config.catalog.tmdb.image_url,
        &config.catalog.shikimori.url,
    ];
    let services = services.into_iter().filter_map(|url| {
        let url = url::Url::parse(url).ok()?;
        Some(format!(
            "{}:{}",
            url.host_str()?,
            url.port_or_known_default()?
        ))
    });
    let hosts = addons.chain(services);
    let limit_bytes = config.catalog.pictures_mb << 20;
    Pictures::open(&data.join(FOLDER), limit_bytes, fetcher.allowing(hosts))
        .map_err(|error| Error::internal("keep pictures")(error.into()))
}
