//! What a provider says of itself: a manifest, capabilities. Read with the first question, and anew
//! whenever somebody asks just to see: what was read once says nothing of whether it still answers.

use std::sync::{Arc, PoisonError, RwLock};

/// The lock is held for a copy; `turn` over a reading, so that searches at once read once.
#[derive(Debug)]
pub(crate) struct Said<T> {
    known: RwLock<Option<Arc<T>>>,
    turn: tokio::sync::Mutex<()>,
}

impl<T> Default for Said<T> {
    fn default() -> Self {
        Self {
            known: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
        }
    }
}

impl<T> Said<T> {
    pub fn known(&self) -> Option<Arc<T>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.clone()
    }

    pub async fn or_read<E>(&self, read: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        if let Some(known) = self.known() {
            return Ok(known);
        }
        let _turn = self.turn.lock().await;
        match self.known() {
            Some(known) => Ok(known),
            None => self.keep(read).await,
        }
    }

    /// Where that fails, what was said before stays.
    pub async fn anew<E>(&self, read: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        let _turn = self.turn.lock().await;
        self.keep(read).await
    }

    async fn keep<E>(&self, read: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        let said = Arc::new(read.await?);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(said.clone());
        Ok(said)
    }
}
