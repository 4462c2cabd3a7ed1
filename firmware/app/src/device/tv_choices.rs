//! What was chosen on the box's TV. Its own file lies in memory, because it starts before the data
//! is there: after a restart of the box it takes its choices from here.

use std::sync::Arc;

use hearth_model::TvChoices;
use hearth_store::Store;

use crate::{App, Error};

const SETTING: &str = "device.tv";

pub(super) fn kept(store: &Store) -> TvChoices {
    let kept = store.setting(SETTING).unwrap_or_else(|error| {
        tracing::warn!(%error, "what was chosen on the TV is not known");
        None
    });
    kept.unwrap_or_default()
}

impl App {
    /// What these leave open stays as it is: the TV may say what was just chosen before it has
    /// heard what was chosen once.
    pub async fn set_tv_choices(self: &Arc<Self>, choices: TvChoices) -> Result<(), Error> {
        let changed = self
            .blocking(move |app| {
                let before = kept(&app.store);
                let choices = choices.or(before);
                if choices == before {
                    return Ok(false);
                }
                app.store.set_setting(SETTING, &choices)?;
                Ok(true)
            })
            .await?;
        if changed {
            self.sessions.box_changed().await;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hearth_model::Language;
    use serde_json::{Value, json};

    use super::*;

    /// The row outlives releases: this is how it lies on disk.
    #[test]
    fn what_an_earlier_release_kept_is_read_and_what_cannot_be_read_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(kept(&store), TvChoices::default());
        let row = json!({ "language": "ru", "reduced_motion": true });
        let choices = TvChoices {
            language: Some(Language::Ru),
            reduced_motion: Some(true),
        };
        store.set_setting(SETTING, &row).unwrap();
        assert_eq!(kept(&store), choices);
        store.set_setting(SETTING, &choices).unwrap();
        let written: Option<Value> = store.setting(SETTING).unwrap();
        assert_eq!(written, Some(row));
        store.set_setting(SETTING, &"of tomorrow").unwrap();
        assert_eq!(kept(&store), TvChoices::default());
    }
}
