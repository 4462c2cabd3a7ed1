//! A disk that stands still until it is told to go on, and the proof that nobody but torrents
//! waits for it.

use std::{
    path::Path,
    sync::{Arc, Condvar, Mutex},
};

use librqbit::{
    ManagedTorrentShared, TorrentMetadata,
    storage::{
        BoxStorageFactory, StorageFactory, StorageFactoryExt, TorrentStorage,
        filesystem::FilesystemStorageFactory,
    },
};

#[path = "../tests/support/mod.rs"]
mod support;

#[derive(Debug, Clone, Default)]
pub(crate) struct Gate(Arc<(Mutex<Passing>, Condvar)>);

#[derive(Debug, Default)]
struct Passing {
    waiting: usize,
    open: bool,
}

impl Gate {
    pub fn storage(self) -> BoxStorageFactory {
        Disk {
            inner: FilesystemStorageFactory::default().boxed(),
            gate: self,
        }
        .boxed()
    }

    fn pass(&self) {
        let (passing, opened) = &*self.0;
        let mut passing = passing.lock().unwrap();
        passing.waiting += 1;
        let mut passing = opened.wait_while(passing, |passing| !passing.open).unwrap();
        passing.waiting -= 1;
    }

    fn waiting(&self) -> usize {
        self.0.0.lock().unwrap().waiting
    }

    fn set(&self, open: bool) {
        self.0.0.lock().unwrap().open = open;
        self.0.1.notify_all();
    }
}

struct Disk<T> {
    inner: T,
    gate: Gate,
}

impl StorageFactory for Disk<BoxStorageFactory> {
    type Storage = Disk<Box<dyn TorrentStorage>>;

    fn create(
        &self,
        shared: &ManagedTorrentShared,
        metadata: &TorrentMetadata,
    ) -> anyhow::Result<Self::Storage> {
        Ok(Disk {
            inner: self.inner.create(shared, metadata)?,
            gate: self.gate.clone(),
        })
    }

    fn is_type_id(&self, type_id: std::any::TypeId) -> bool {
        self.inner.is_type_id(type_id)
    }

    fn clone_box(&self) -> BoxStorageFactory {
        self.gate.clone().storage()
    }
}

impl TorrentStorage for Disk<Box<dyn TorrentStorage>> {
    fn init(
        &mut self,
        shared: &ManagedTorrentShared,
        metadata: &TorrentMetadata,
    ) -> anyhow::Result<()> {
        self.inner.init(shared, metadata)
    }

    fn pread_exact(&self, file_id: usize, offset: u64, buf: &mut [u8]) -> anyhow::Result<()> {
        self.gate.pass();
        self.inner.pread_exact(file_id, offset, buf)
    }

    fn pwrite_all(&self, file_id: usize, offset: u64, buf: &[u8]) -> anyhow::Result<()> {
        self.gate.pass();
        self.inner.pwrite_all(file_id, offset, buf)
    }

    fn remove_file(&self, file_id: usize, filename: &Path) -> anyhow::Result<()> {
        self.inner.remove_file(file_id, filename)
    }

    fn remove_directory_if_empty(&self, path: &Path) -> anyhow::Result<()> {
        self.inner.remove_directory_if_empty(path)
    }

    fn ensure_file_length(&self, file_id: usize, length: u64) -> anyhow::Result<()> {
        self.inner.ensure_file_length(file_id, length)
    }

    fn take(&self) -> anyhow::Result<Box<dyn TorrentStorage>> {
        Ok(Box::new(Disk {
            inner: self.inner.take()?,
            gate: self.gate.clone(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::{
        Gate,
        support::{Home, MB, Made, soon},
    };

    /// What the API does meanwhile: tasks that wait for each other, on the caller's runtime.
    async fn the_rest_of_the_box_goes_on() {
        let tasks: Vec<_> = (0..100)
            .map(|number| {
                tokio::spawn(async move {
                    tokio::task::yield_now().await;
                    number
                })
            })
            .collect();
        for (number, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), number);
        }
    }

    /// With one thread for all, the disk would stand still for ever: only this thread lets it go on.
    #[tokio::test]
    async fn a_disk_that_stands_still_holds_up_nobody_else() {
        let made = Made::film(50, 4 * MB);
        let seed = made.seed();
        let gate = Gate::default();
        let home = Home::with(|options| options.gate = Some(gate.clone())).await;
        let film = home.open(made.at(Some(&seed)), Some(&made)).await.unwrap();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let (go_on, goes_on) = tokio::sync::oneshot::channel();
        let reading = tokio::spawn(async move {
            let mut content = vec![0; MB];
            let mut reader = film.reader().await.unwrap();
            reader.read_exact(&mut content).await.unwrap();
            begun.send(()).unwrap();
            goes_on.await.unwrap();
            reader.read_to_end(&mut content).await.unwrap();
            content
        });
        // It stands still at once, where the disk is checked, and again in the middle.
        stands_still(&gate).await;
        gate.set(true);
        soon(begins).await.unwrap();
        gate.set(false);
        go_on.send(()).unwrap();
        stands_still(&gate).await;
        assert!(!reading.is_finished());
        gate.set(true);
        assert!(soon(reading).await.unwrap() == made.files[0]);
    }

    async fn stands_still(gate: &Gate) {
        let stuck = async {
            while gate.waiting() == 0 {
                tokio::task::yield_now().await;
            }
        };
        soon(stuck).await;
        the_rest_of_the_box_goes_on().await;
        assert!(gate.waiting() > 0, "nobody let it go on");
    }
}
