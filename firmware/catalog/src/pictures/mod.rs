//! Posters, backdrops and stills: fetched once, kept on the disk within a bound, given in the size
//! that a screen needs. TMDB's terms let nobody keep them for more than six months: one from the
//! network is fetched anew before, and given no more when that failed for too long.
//!
//! What comes from the network, or from the disk of a guest, is a stranger's. It is read by its first bytes, not by its name:
//! JPEG, PNG or WebP, within bounds of bytes, of pixels and of memory, two at a time. What is none
//! of them (SVG, a page for people) is remembered as such for a while, and harms nothing.

mod disk;
mod look;
mod shelf;

use std::{
    collections::HashMap,
    io::Cursor,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use hearth_fetch::{Clock, Fetcher, Limits};
use hearth_model::{Look, UnixMs};
use image::{DynamicImage, ImageFormat, ImageReader, codecs::jpeg::JpegEncoder, imageops};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

pub use disk::DiskPicture;
pub(crate) use disk::modified_ms;
use look::Seen;
use shelf::Shelf;

/// The widths there are: a wish becomes the next larger one. The largest is what is kept of an
/// original.
const WIDTHS: [u32; 6] = [92, 185, 342, 500, 780, 1280];
const QUALITY: u8 = 85;
const FETCH: Limits = Limits {
    timeout: Duration::from_secs(20),
    max_bytes: 12 * 1024 * 1024,
    attempts: 2,
};
/// A side, and all that decoding may take: a poster is a tenth of that.
const MOST_PIXELS_A_SIDE: u32 = 8192;
const MOST_MEMORY_BYTES: u64 = 96 * 1024 * 1024;
const AT_ONCE: usize = 2;
/// What could not be had is not asked for again for this long.
const REST_AFTER_FAILURE: Duration = Duration::from_secs(300);
const MOST_RESTING: usize = 1_000;
/// A picture of the network is fetched anew when it is looked at after so long.
const RENEWED_AFTER: Duration = Duration::from_secs(150 * 24 * 3600);
/// And is not given any more after so long.
const LONGEST: Duration = Duration::from_secs(180 * 24 * 3600);
/// Of a hundred bytes each, in memory.
const MOST_LOOKS: usize = 8_192;

#[derive(Debug, Clone, thiserror::Error)]
pub enum PictureError {
    #[error("this is no picture that can be shown: JPEG, PNG and WebP are")]
    NotOne,
    #[error("this picture is larger than any screen, and is not read")]
    TooLarge,
    #[error(transparent)]
    Fetch(#[from] hearth_fetch::Error),
    #[error("the picture is not where it was")]
    Gone,
    #[error("the picture cannot be kept: {0}")]
    Disk(String),
}

impl PictureError {
    fn is_gone(&self) -> bool {
        matches!(self, Self::Gone)
    }
}

/// A picture as it is served: it never changes.
#[derive(Debug, Clone)]
pub struct Picture {
    pub bytes: Bytes,
    /// Of these very bytes.
    pub etag: String,
    /// `image/jpeg` or `image/png`.
    pub mime: &'static str,
}

/// Where a picture comes from.
#[derive(Debug, Clone)]
enum Origin {
    Network(String),
    Disk(DiskPicture),
}

impl Origin {
    /// What it is kept under.
    fn name(&self) -> Option<String> {
        Some(match self {
            Self::Network(url) => hash(url.as_bytes()),
            // No address begins so.
            Self::Disk(file) => hash(format!("\0{}", file.to_text()?).as_bytes()),
        })
    }
}

type Fetching = Shared<BoxFuture<'static, Result<(), PictureError>>>;

/// Clones share everything.
#[derive(Debug, Clone)]
pub struct Pictures(Arc<Inner>);

struct Inner {
    shelf: Shelf,
    fetcher: Fetcher,
    clock: Clock,
    turns: Semaphore,
    /// The locks are held for look-ups only.
    under_way: Mutex<HashMap<String, Fetching>>,
    resting: Mutex<HashMap<String, (Instant, PictureError)>>,
    /// Those asked for lately: every list asks for those of its titles.
    looks: Mutex<HashMap<String, Seen>>,
}

impl std::fmt::Debug for Inner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pictures")
            .field("shelf", &self.shelf)
            .finish_non_exhaustive()
    }
}

impl Pictures {
    /// Keeps pictures of `limit_bytes` together in `folder`. Waits for the disk.
    pub fn open(
        folder: &Path,
        limit_bytes: u64,
        fetcher: Fetcher,
        clock: Clock,
    ) -> Result<Self, PictureError> {
        Ok(Self(Arc::new(Inner {
            shelf: Shelf::open(folder, limit_bytes)?,
            fetcher,
            clock,
            turns: Semaphore::new(AT_ONCE),
            under_way: Mutex::default(),
            resting: Mutex::default(),
            looks: Mutex::default(),
        })))
    }

    /// A picture of the network, at least `width` wide where the original is.
    pub async fn get(&self, url: &str, width: u32) -> Result<Picture, PictureError> {
        self.get_from(Origin::Network(url.to_owned()), width).await
    }

    /// A picture of a disk. What was kept of it is there when the disk is not.
    pub async fn get_disk(&self, file: DiskPicture, width: u32) -> Result<Picture, PictureError> {
        self.get_from(Origin::Disk(file), width).await
    }

    async fn get_from(&self, origin: Origin, width: u32) -> Result<Picture, PictureError> {
        let width = WIDTHS.into_iter().find(|one| *one >= width);
        let width = width.unwrap_or(WIDTHS[WIDTHS.len() - 1]);
        let name = origin.name().ok_or(PictureError::Gone)?;
        let age = self.age(&name, &origin).await?;
        let kept = match age {
            Age::Past => {
                self.forget(&name).await?;
                None
            }
            Age::Young | Age::Due => self.kept(&name, width).await?,
        };
        if let Some(kept) = kept {
            if age == Age::Due {
                // Behind: it goes on by itself, or rests after a failure.
                drop(self.fetching(&name, origin));
            }
            return Ok(kept);
        }
        self.fetch(&name, origin).await?;
        if let Some(kept) = self.kept(&name, width).await? {
            return Ok(kept);
        }
        let pictures = self.clone();
        self.in_turn(move || pictures.0.resize(&name, width)).await
    }

    /// How a picture of the network looks that was fetched before. May wait for the disk a moment.
    pub fn look(&self, url: &str) -> Option<Look> {
        self.look_from(&Origin::Network(url.to_owned()))
    }

    pub fn look_disk(&self, file: DiskPicture) -> Option<Look> {
        self.look_from(&Origin::Disk(file))
    }

    fn look_from(&self, origin: &Origin) -> Option<Look> {
        Some(self.0.seen(&origin.name()?)?.look)
    }

    async fn age(&self, name: &str, origin: &Origin) -> Result<Age, PictureError> {
        if matches!(origin, Origin::Disk(_)) {
            return Ok(Age::Young);
        }
        let (pictures, name) = (self.clone(), name.to_owned());
        blocking(move || Ok(pictures.0.age(&name))).await
    }

    async fn kept(&self, name: &str, width: u32) -> Result<Option<Picture>, PictureError> {
        let (pictures, name) = (self.clone(), name.to_owned());
        blocking(move || pictures.0.kept(&name, width)).await
    }

    async fn fetch(&self, name: &str, origin: Origin) -> Result<(), PictureError> {
        match self.fetching(name, origin) {
            Ok(fetching) => fetching.await,
            Err(error) => Err(error),
        }
    }

    /// Brings the original onto the shelf; equal wishes are one, which goes on when whoever wished
    /// loses patience.
    fn fetching(&self, name: &str, origin: Origin) -> Result<Fetching, PictureError> {
        if let Some(error) = self.0.resting(name) {
            return Err(error);
        }
        let fetching = {
            let mut under_way = lock(&self.0.under_way);
            if let Some(fetching) = under_way.get(name) {
                fetching.clone()
            } else {
                let (pictures, name) = (self.clone(), name.to_owned());
                let key = name.clone();
                let fetching = async move {
                    let done = pictures.bring(&name, origin).await;
                    lock(&pictures.0.under_way).remove(&name);
                    // A disk that comes back is not to be waited for.
                    if let Some(error) = done.as_ref().err().filter(|error| !error.is_gone()) {
                        pictures.0.rest(&name, error);
                    }
                    done
                }
                .boxed()
                .shared();
                under_way.insert(key, fetching.clone());
                tokio::spawn(fetching.clone());
                fetching
            }
        };
        Ok(fetching)
    }

    async fn bring(&self, name: &str, origin: Origin) -> Result<(), PictureError> {
        let bytes: Bytes = match origin {
            Origin::Network(url) => match self.0.fetcher.get_bytes(&url, FETCH).await {
                Ok(answer) => answer.bytes,
                Err(error) => {
                    // Whose it is has taken it away.
                    if let hearth_fetch::Error::Status {
                        status: 404 | 410, ..
                    } = error
                    {
                        self.forget(name).await?;
                    }
                    return Err(error.into());
                }
            },
            Origin::Disk(file) => blocking(move || file.read(FETCH.max_bytes as u64))
                .await?
                .into(),
        };
        let (pictures, name) = (self.clone(), name.to_owned());
        self.in_turn(move || {
            let picture = decode(&bytes)?;
            let largest = WIDTHS[WIDTHS.len() - 1];
            let picture = narrowed(picture, largest);
            let shelf = &pictures.0.shelf;
            let seen = Seen {
                look: look::look_of(&picture),
                fetched_at: Some(pictures.0.clock.wall()),
            };
            let (bytes, kind) = encode(&picture)?;
            // What was kept of it in other sizes is made anew.
            pictures.0.forget(&name)?;
            shelf.put(&format!("{name}.look"), &seen.to_bytes())?;
            shelf.put(&file(&name, largest, kind), &bytes)
        })
        .await
    }

    async fn forget(&self, name: &str) -> Result<(), PictureError> {
        let (pictures, name) = (self.clone(), name.to_owned());
        blocking(move || pictures.0.forget(&name)).await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PictureError> + Send + 'static,
    ) -> Result<T, PictureError> {
        let turn = self.0.turns.acquire().await;
        let done = blocking(work).await;
        drop(turn);
        done
    }
}

/// How long ago a picture of the network was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Young,
    /// It is time to fetch it anew.
    Due,
    /// It may not be given any more.
    Past,
}

impl Inner {
    fn age(&self, name: &str) -> Age {
        let fetched_at: Option<UnixMs> = self.seen(name).and_then(|seen| seen.fetched_at);
        let Some(fetched_at) = fetched_at else {
            return Age::Due;
        };
        match Duration::from_millis(self.clock.wall().saturating_sub(fetched_at)) {
            age if age > LONGEST => Age::Past,
            age if age > RENEWED_AFTER => Age::Due,
            _ => Age::Young,
        }
    }

    fn forget(&self, name: &str) -> Result<(), PictureError> {
        lock(&self.looks).remove(name);
        self.shelf.remove(&format!("{name}.look"))?;
        let kinds = ["jpg", "png"];
        let files = WIDTHS
            .iter()
            .flat_map(|width| kinds.map(|kind| file(name, *width, kind)));
        files
            .into_iter()
            .try_for_each(|file| self.shelf.remove(&file))
    }

    fn seen(&self, name: &str) -> Option<Seen> {
        if let Some(seen) = lock(&self.looks).get(name) {
            return Some(seen.clone());
        }
        let kept = self.shelf.read(&format!("{name}.look"));
        let kept = kept.inspect_err(|error| tracing::warn!(%error, "a picture's look"));
        let seen = Seen::from_bytes(&kept.ok()??)?;
        let mut looks = lock(&self.looks);
        if looks.len() >= MOST_LOOKS {
            looks.clear();
        }
        looks.insert(name.to_owned(), seen.clone());
        Some(seen)
    }

    fn kept(&self, name: &str, width: u32) -> Result<Option<Picture>, PictureError> {
        for (kind, mime) in [("jpg", "image/jpeg"), ("png", "image/png")] {
            if let Some(bytes) = self.shelf.read(&file(name, width, kind))? {
                return Ok(Some(picture(bytes.into(), mime)));
            }
        }
        Ok(None)
    }

    /// From the largest on the shelf.
    fn resize(&self, name: &str, width: u32) -> Result<Picture, PictureError> {
        let largest = WIDTHS[WIDTHS.len() - 1];
        let whole = self.kept(name, largest)?.ok_or(PictureError::NotOne)?;
        let (bytes, kind) = encode(&narrowed(decode(&whole.bytes)?, width))?;
        self.shelf.put(&file(name, width, kind), &bytes)?;
        let mime = if kind == "png" {
            "image/png"
        } else {
            "image/jpeg"
        };
        Ok(picture(bytes.into(), mime))
    }

    fn resting(&self, name: &str) -> Option<PictureError> {
        let resting = lock(&self.resting);
        let (until, error) = resting.get(name)?;
        (Instant::now() < *until).then(|| error.clone())
    }

    fn rest(&self, name: &str, error: &PictureError) {
        let mut resting = lock(&self.resting);
        let now = Instant::now();
        if resting.len() >= MOST_RESTING {
            resting.retain(|_, (until, _)| *until > now);
        }
        if resting.len() < MOST_RESTING {
            resting.insert(name.to_owned(), (now + REST_AFTER_FAILURE, error.clone()));
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PictureError> + Send + 'static,
) -> Result<T, PictureError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|cause| PictureError::Disk(cause.to_string()))?
}

/// Half of a SHA-256, in hexadecimal digits.
fn hash(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    format!("{:x}", Bytes::copy_from_slice(&digest[..16]))
}

fn file(name: &str, width: u32, kind: &str) -> String {
    format!("{name}-{width}.{kind}")
}

fn picture(bytes: Bytes, mime: &'static str) -> Picture {
    Picture {
        etag: hash(&bytes),
        bytes,
        mime,
    }
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    let format = image::guess_format(bytes).map_err(|_| PictureError::NotOne)?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP
    ) {
        return Err(PictureError::NotOne);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MOST_PIXELS_A_SIDE);
    limits.max_image_height = Some(MOST_PIXELS_A_SIDE);
    limits.max_alloc = Some(MOST_MEMORY_BYTES);
    reader.limits(limits);
    reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::NotOne,
    })
}

/// Never wider than the original, and at least a pixel high.
fn narrowed(picture: DynamicImage, width: u32) -> DynamicImage {
    if picture.width() <= width {
        return picture;
    }
    let share = f64::from(width) / f64::from(picture.width());
    let height = (f64::from(picture.height()) * share).round().max(1.0) as u32;
    picture.resize_exact(width, height, imageops::FilterType::CatmullRom)
}

/// What shines through stays PNG, all else is JPEG.
fn encode(picture: &DynamicImage) -> Result<(Vec<u8>, &'static str), PictureError> {
    let mut bytes = Vec::new();
    let shines_through =
        picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel[3] < 250);
    let written = if shines_through {
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
    } else {
        JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&picture.to_rgb8())
    };
    written.map_err(|_| PictureError::NotOne)?;
    Ok((bytes, if shines_through { "png" } else { "jpg" }))
}
