//! The pictures of titles, by addresses of the box: a browser or the TV asks for them without a
//! token, so each address carries proof that the box made it, and the box fetches nothing else.

use std::{path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hearth_catalog::{DiskPicture, Picture, PictureError, Pictures};
use hearth_fetch::{Clock, Fetcher};
use hearth_model::{DISK_PICTURES, Details, FoundEpisode, Look, PersonDetail, Slug, Title};
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

/// Before the names of pictures on disks, as in [`DISK_PICTURES`].
const DISK: &str = "disk.";

/// What an address of the box stands for.
enum Origin {
    Network(String),
    Disk(DiskPicture),
}

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

    fn mac(&self, url: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.key).expect("a key of any length");
        mac.update(url.as_bytes());
        mac
    }

    /// A text and the proof that the box wrote it, for a path.
    fn signed(&self, text: &str) -> String {
        let mut signed = self.mac(text).finalize().into_bytes()[..PROOF_BYTES].to_vec();
        signed.extend(text.as_bytes());
        URL_SAFE_NO_PAD.encode(signed)
    }

    /// What is no address of the network stays as it is.
    fn of(&self, url: &str) -> String {
        let on_network = url.starts_with("https://") || url.starts_with("http://");
        if !on_network || url.len() > LONGEST {
            return url.to_owned();
        }
        format!("{PATH}{}", self.signed(url))
    }

    /// The address of a picture that the local library found. What others call a picture never
    /// comes here: they could name any file.
    pub fn of_disk(&self, file: &DiskPicture) -> Option<String> {
        let text = file.to_text().filter(|text| text.len() <= LONGEST)?;
        Some(format!("{DISK_PICTURES}{}", self.signed(&text)))
    }

    fn read(&self, name: &str) -> Option<Origin> {
        let of_disk = name.strip_prefix(DISK);
        let text = URL_SAFE_NO_PAD.decode(of_disk.unwrap_or(name)).ok()?;
        let (proof, text) = text.split_at_checked(PROOF_BYTES)?;
        let text = std::str::from_utf8(text).ok()?;
        self.mac(text).verify_truncated_left(proof).ok()?;
        match of_disk {
            Some(_) => DiskPicture::from_text(text).map(Origin::Disk),
            None => Some(Origin::Network(text.to_owned())),
        }
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
        let picture = match self.addresses.read(name).ok_or_else(unknown)? {
            Origin::Network(url) => self.pictures.get(&url, width).await,
            Origin::Disk(file) => self.pictures.get_disk(file, width).await,
        };
        picture.map_err(|error| match error {
            PictureError::Gone => unknown(),
            PictureError::Fetch(hearth_fetch::Error::Status {
                status: 404 | 410, ..
            }) => unknown(),
            PictureError::Disk(_) => Error::internal("keep a picture")(error.into()),
            error => Error::Upstream(error.to_string()),
        })
    }

    /// How a picture looks, by the address that the box gave, where it has it. May wait for the
    /// disk a moment.
    pub(crate) fn look(&self, address: &str) -> Option<Look> {
        match self.addresses.read(address.strip_prefix(PATH)?)? {
            Origin::Network(url) => self.pictures.look(&url),
            Origin::Disk(file) => self.pictures.look_disk(file),
        }
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
    let (folder, fetcher) = (data.join(FOLDER), fetcher.allowing(hosts));
    Pictures::open(&folder, limit_bytes, fetcher, Clock::system())
        .map_err(|error| Error::internal("keep pictures")(error.into()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    #[test]
    fn only_the_library_makes_addresses_of_files() {
        let addresses = Addresses {
            key: Arc::from(&b"a key"[..]),
        };
        let file = DiskPicture {
            path: PathBuf::from("/films/a:b/poster.jpg"),
            size_bytes: 10,
            modified_ms: 20,
            removable: true,
        };
        let address = addresses.of_disk(&file).unwrap();
        assert!(address.starts_with(DISK_PICTURES));
        let name = address.strip_prefix(PATH).unwrap();
        assert!(matches!(addresses.read(name), Some(Origin::Disk(read)) if read == file));
        let changed = DiskPicture {
            modified_ms: 21,
            ..file.clone()
        };
        assert_ne!(addresses.of_disk(&changed).unwrap(), address);

        // What a service calls a picture stays what it is, and proves nothing.
        let text = file.to_text().unwrap();
        for said in [&text, "file:///films/poster.jpg", "/films/poster.jpg"] {
            assert_eq!(addresses.of(said), said);
        }
        let mut forged = [0; PROOF_BYTES].to_vec();
        forged.extend(text.as_bytes());
        let forged = format!("{DISK}{}", URL_SAFE_NO_PAD.encode(forged));
        assert!(addresses.read(&forged).is_none());
        // The proof of an address on the network opens no file.
        let network = addresses.of("https://example.org/poster.jpg");
        let network = network.strip_prefix(PATH).unwrap();
        assert!(addresses.read(&format!("{DISK}{network}")).is_none());
        assert!(matches!(addresses.read(network), Some(Origin::Network(_))));
    }
}
