//! What people wish and what the owner prefers, and the judge that goes by it.

use std::sync::Arc;

use hearth_model::{Caller, Judge, Preference, ProfileId, ScreenAbilities, Taste, Title};

use crate::{App, Error};

const MOST_PREFERENCES: usize = 200;
const MOST_LETTERS: usize = 100;

/// Whether a profile sees what addons for adults alone know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adult {
    Shown,
    Hidden,
}

impl Adult {
    pub fn of(allowed: bool) -> Self {
        if allowed { Self::Shown } else { Self::Hidden }
    }

    pub fn is_shown(self) -> bool {
        self == Self::Shown
    }

    pub fn shows(self, title: &Title) -> bool {
        self.is_shown() || !title.facts.adult
    }
}

impl From<&Taste> for Adult {
    fn from(taste: &Taste) -> Self {
        Self::of(taste.adult)
    }
}

impl App {
    pub(crate) async fn adult(self: &Arc<Self>, profile: ProfileId) -> Result<Adult, Error> {
        Ok(Adult::from(&self.taste(profile).await?))
    }

    /// Whether any profile sees it: only then is there a reason to ask.
    pub(crate) async fn any_adult(self: &Arc<Self>) -> Result<Adult, Error> {
        self.blocking(|app| {
            let mut said = app.store.tastes()?;
            said.push(app.config().taste.clone());
            let allowed = said.iter().find(|taste| taste.adult);
            Ok(allowed.map_or(Adult::Hidden, Adult::from))
        })
        .await
    }

    /// What a profile wishes; what the configuration says while it said nothing.
    pub async fn taste(self: &Arc<Self>, profile: ProfileId) -> Result<Taste, Error> {
        self.blocking(move |app| {
            let said = app.store.taste(profile)?;
            Ok(said.unwrap_or_else(|| app.config().taste.clone()))
        })
        .await
    }

    /// Replaces them. That addons for adults are asked, the owner alone can begin; anybody can end
    /// it.
    pub async fn set_taste(self: &Arc<Self>, caller: Caller, taste: Taste) -> Result<Taste, Error> {
        if let Some(problem) = taste.problem() {
            return Err(Error::Invalid(problem));
        }
        let profile = caller.profile();
        let before = self.adult(profile).await?;
        let adult = Adult::from(&taste);
        if adult.is_shown() && !before.is_shown() && !self.people.is_owner(caller) {
            return Err(Error::NotOwner);
        }
        let taste = self
            .blocking(move |app| {
                app.store.keep_taste(profile, &taste)?;
                Ok(taste)
            })
            .await?;
        if adult != before {
            self.addon_lists.look_again();
            self.sessions.library_changed().await;
        }
        Ok(taste)
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
