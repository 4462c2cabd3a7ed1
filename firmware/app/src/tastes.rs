//! What people wish and what the owner prefers, and the judge that goes by it.

use std::sync::Arc;

use hearth_model::{Judge, Preference, ProfileId, ScreenAbilities, Taste};

use crate::{App, Error};

const MOST_PREFERENCES: usize = 200;
const MOST_LETTERS: usize = 100;

impl App {
    /// What a profile wishes; what the configuration says while it said nothing.
    pub async fn taste(self: &Arc<Self>, profile: ProfileId) -> Result<Taste, Error> {
        self.blocking(move |app| {
            let said = app.store.taste(profile)?;
            Ok(said.unwrap_or_else(|| app.config().taste.clone()))
        })
        .await
    }

    pub async fn set_taste(
        self: &Arc<Self>,
        profile: ProfileId,
        taste: Taste,
    ) -> Result<Taste, Error> {
        if let Some(problem) = taste.problem() {
            return Err(Error::Invalid(problem));
        }
        self.blocking(move |app| {
            app.store.keep_taste(profile, &taste)?;
            Ok(taste)
        })
        .await
    }

    /// What the owner pins, prefers and blocks.
    pub async fn preferences(self: &Arc<Self>) -> Result<Vec<Preference>, Error> {
        self.blocking(|app| Ok(app.store.preferences()?)).await
    }

    /// Replaces them all.
    pub async fn set_preferences(
        self: &Arc<Self>,
        preferences: Vec<Preference>,
    ) -> Result<Vec<Preference>, Error> {
        if preferences.len() > MOST_PREFERENCES {
            return Err(Error::Invalid(format!(
                "{MOST_PREFERENCES} preferences are the most"
            )));
        }
        let unusable = |preference: &Preference| {
            let letters = preference.value.trim().chars().count();
            letters == 0 || letters > MOST_LETTERS
        };
        if preferences.iter().any(unusable) {
            return Err(Error::Invalid(format!(
                "value must name a provider, a group or words, in {MOST_LETTERS} letters at most"
            )));
        }
        self.blocking(move |app| {
            app.store.keep_preferences(&preferences)?;
            Ok(preferences)
        })
        .await
    }

    /// Judges for a profile and a screen by what is known now.
    pub(crate) async fn judge(
        self: &Arc<Self>,
        profile: ProfileId,
        abilities: ScreenAbilities,
    ) -> Result<Judge, Error> {
        let taste = self.taste(profile).await?;
        let preferences = self.preferences().await?;
        Ok(Judge {
            taste,
            abilities,
            preferences,
            ..self.plain_judge()
        })
    }

    /// Judges by what is known of the sources alone.
    pub(crate) fn plain_judge(&self) -> Judge {
        Judge {
            weights: self.config().scoring.weights,
            order: self.providers.order(),
            learnt: self.learning.all(),
            now: self.clock.wall(),
            ..Judge::default()
        }
    }
}
