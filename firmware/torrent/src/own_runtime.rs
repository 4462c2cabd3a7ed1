//! Threads of their own for everything that touches torrents. librqbit reads and writes the disk
//! where it stands and holds its locks meanwhile; a disk that takes seconds must cost torrents
//! those seconds and nobody else.

use std::{
    io,
    sync::{Mutex, PoisonError},
};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio_util::task::AbortOnDropHandle;

use crate::{Error, Result};

const THREADS: usize = 2;

#[derive(Debug)]
pub(crate) struct OwnRuntime {
    handle: Handle,
    /// Taken when the torrents end: a runtime must not be dropped where async code runs.
    runtime: Mutex<Option<Runtime>>,
}

impl OwnRuntime {
    pub fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name("torrents")
            .enable_all()
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Mutex::new(Some(runtime)),
        })
    }

    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Ends with its caller.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        done(AbortOnDropHandle::new(self.handle.spawn(work)).await)
    }

    /// Goes on to its end even when the caller stops waiting, so that a torrent is never left
    /// half in.
    pub async fn whole<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        done(self.handle.spawn(work).await)
    }

    /// For what waits for librqbit's locks.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        done(self.handle.spawn_blocking(move || Ok(look())).await)
    }

    pub fn end(&self) {
        let runtime = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        self.end();
    }
}

fn done<T>(task: Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    match task {
        Ok(done) => done,
        Err(error) if error.is_cancelled() => Err(Error::Stopped),
        Err(error) => Err(Error::Failed {
            name: "torrent".to_owned(),
            reason: error.to_string(),
        }),
    }
}
