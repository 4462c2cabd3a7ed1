//! Updates on USB sticks: bundles on what is mounted are looked at and offered, never installed by
//! themselves.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use hearth_catalog::removable_mounts;
use hearth_device::update;
use hearth_model::{Installing, Notes, UpdateFrom, UpdateOffer};

use super::updates::{Known, Updates};

const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Only what lies open on the stick, and not a whole collection.
const MOST: usize = 16;
const ENDING: &str = "raucb";

/// A bundle's file, and what tells whether it is still the same.
type Found = (PathBuf, u64, Option<SystemTime>);

fn bundles(folder: &Path) -> Vec<Found> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found: Vec<Found> = entries
        .flatten()
        .filter_map(|entry| {
            let path = entry.path();
            let ending = path.extension()?.to_str()?;
            // Not through links: a stick names its own files only.
            let about = fs::symlink_metadata(&path).ok()?;
            (ending.eq_ignore_ascii_case(ENDING) && about.is_file())
                .then(|| (path, about.len(), about.modified().ok()))
        })
        .collect();
    found.sort();
    found.truncate(MOST);
    found
}

fn on_sticks() -> Vec<Found> {
    match fs::read_to_string("/proc/self/mountinfo") {
        Ok(mounts) => removable_mounts(&mounts)
            .iter()
            .flat_map(|folder| bundles(folder))
            .collect(),
        Err(error) => {
            tracing::debug!(%error, "mounted disks cannot be listed");
            Vec::new()
        }
    }
}

impl Updates {
    pub(super) async fn watch_sticks(self: Arc<Self>) {
        let mut known = Vec::new();
        loop {
            let found = tokio::task::spawn_blocking(on_sticks)
                .await
                .unwrap_or_default();
            if found != known && self.offer(&found).await {
                known = found;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    pub(super) async fn look_at_sticks(&self) {
        let found = tokio::task::spawn_blocking(on_sticks)
            .await
            .unwrap_or_default();
        self.offer(&found).await;
    }

    /// False where they have to be looked at again: while one is written, RAUC looks at none. What was
    /// offered and is still there stays.
    async fn offer(&self, found: &[Found]) -> bool {
        if matches!(self.state().installing, Installing::Running { .. }) {
            let is_there = |known: &Known| {
                let source = Path::new(&known.source);
                found.iter().any(|(path, ..)| path == source)
            };
            self.state().stick_offers.retain(is_there);
            return false;
        }
        let mut offers = Vec::new();
        for (path, size_bytes, _) in found {
            match self.look_at(path, *size_bytes).await {
                Ok(known) => offers.push(known),
                Err(error) => {
                    tracing::info!(file = %path.display(), %error, "a bundle on a stick is no update");
                }
            }
        }
        self.state().stick_offers = offers;
        true
    }

    async fn look_at(&self, path: &Path, size_bytes: u64) -> Result<Known, hearth_device::Error> {
        let source = path.display().to_string();
        let bundle = self.updater.inspect(&source).await?;
        let system = self.updater.system().await?;
        update::admit(&bundle, &system.compatible, self.version())?;
        Ok(Known {
            offer: UpdateOffer {
                id: bundle.manifest_hash,
                from: UpdateFrom::Stick,
                version: bundle.version,
                size_bytes,
                notes: Notes::default(),
                file: path
                    .file_name()
                    .map(|name| name.to_string_lossy().into_owned()),
            },
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use hearth_device::{Backend, Devices, Options};
    use hearth_fetch::Fetcher;
    use hearth_store::Store;

    use super::*;
    use crate::{Clock, Config};

    /// A simulated box that runs 1.0.0.
    fn simulated(data: &Path) -> Arc<Updates> {
        let defaults = include_str!("../../../../config/defaults.toml");
        let config: Config = toml::from_str(defaults).unwrap();
        let devices = Devices::new(&Options {
            updates: Backend::Simulated,
            version: "1.0.0".into(),
            ..Options::default()
        });
        let fetcher = Fetcher::new(hearth_fetch::Options::default()).unwrap();
        let store = Store::open(data).unwrap();
        let parts = (devices.updates, "1.0.0".to_owned());
        Updates::new(&config, data, parts, &fetcher, store, Clock::default()).unwrap()
    }

    #[tokio::test]
    async fn a_bundle_on_a_stick_is_offered_and_written_with_a_yes() {
        let data = tempfile::tempdir().unwrap();
        let stick = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| fs::write(stick.path().join(name), text).unwrap();
        let bundle =
            |version: &str| format!(r#"{{"compatible":"hearth-simulated","version":"{version}"}}"#);
        put("new.raucb", &bundle("1.1.0"));
        put("old.raucb", &bundle("0.9.0"));
        put(
            "foreign.raucb",
            r#"{"compatible":"hearth-toaster","version":"1.1.0"}"#,
        );
        put("broken.raucb", "a film that was named wrong");
        let updates = simulated(data.path());
        updates.offer(&bundles(stick.path())).await;
        let offers = updates.status().await.unwrap().offers;
        let [offer] = offers.as_slice() else {
            panic!("{offers:?}")
        };
        assert_eq!(
            (offer.version.as_str(), offer.from),
            ("1.1.0", UpdateFrom::Stick)
        );
        assert_eq!(offer.file.as_deref(), Some("new.raucb"));
        let idle = updates.status().await.unwrap().installing;
        assert_eq!(idle, Installing::Idle, "nothing without a yes");
        updates.install(&offer.id).await.unwrap();
        while matches!(updates.state().installing, Installing::Running { .. }) {
            tokio::task::yield_now().await;
        }
        let status = updates.status().await.unwrap();
        let ready = Installing::Ready {
            version: "1.1.0".into(),
        };
        assert_eq!(status.installing, ready);
        assert_eq!(status.slots[1].version.as_deref(), Some("1.1.0"));
        // Pulled out: no offer any more.
        updates.offer(&[]).await;
        assert!(updates.status().await.unwrap().offers.is_empty());
    }

    #[test]
    fn only_files_named_like_bundles_that_lie_open() {
        let stick = tempfile::tempdir().unwrap();
        let path = |name: &str| stick.path().join(name);
        fs::write(path("hearth-rpi-1.2.0.raucb"), b"12").unwrap();
        fs::write(path("FILM.RAUCB"), b"1").unwrap();
        fs::write(path("film.mkv"), b"1").unwrap();
        fs::create_dir(path("folder.raucb")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", path("link.raucb")).unwrap();
        let found = bundles(stick.path());
        let names: Vec<_> = found
            .iter()
            .map(|(path, size, _)| (path.file_name().unwrap().to_str().unwrap(), *size))
            .collect();
        assert_eq!(names, [("FILM.RAUCB", 1), ("hearth-rpi-1.2.0.raucb", 2)]);
        assert!(bundles(Path::new("/nowhere")).is_empty());
    }
}
