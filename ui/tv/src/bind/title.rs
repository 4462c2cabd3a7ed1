//! A title's page.

use slint::ComponentHandle;

use super::{Action, Binder, Facts, Icons, TitleView, index, sheet};
use crate::{
    facts,
    view_model::{Area, Button, Model, TitlePage},
    words::words,
};

impl Binder {
    pub(super) fn title(&mut self, page: &TitlePage, model: &Model, scale: f32) {
        let (language, words) = (model.language, words(model.language));
        let icons = self.window.global::<Icons<'_>>();
        let actions = page
            .buttons()
            .into_iter()
            .map(|button| match button {
                Button::Play => (words.play.to_owned(), icons.get_play(), true),
                Button::Resume { position_ms } => (
                    format!("{} {}", words.resume, facts::clock(position_ms)),
                    icons.get_play(),
                    true,
                ),
                Button::StartOver => (words.start_over.to_owned(), icons.get_again(), false),
                Button::Sources => (words.sources.to_owned(), icons.get_layers(), false),
            })
            .map(|(label, icon, main)| Action {
                label: label.into(),
                icon,
                main,
            })
            .collect();
        self.actions.set(actions);
        let seasons = page
            .seasons
            .iter()
            .map(|s| facts::season(*s, language).into());
        self.seasons.set(seasons.collect());
        let list = self.episodes.clone();
        let episodes = self.painter(model, scale).episodes(page, &list);
        let view = self.window.global::<TitleView<'_>>();
        view.set_episodes(episodes);
        let detail = page.detail.as_ref();
        let next = page
            .next_episode()
            .map(|next| facts::episode_name(&next.episode, language));
        view.set_facts(Facts {
            eyebrow: facts::eyebrow(&page.title, language).into(),
            title: page.title.names.best(language).into(),
            line: detail
                .map_or_else(
                    || facts::title_facts(&page.title, language),
                    |detail| facts::detail_facts(detail, language),
                )
                .into(),
            overview: page.title.overview.best(language).into(),
        });
        view.set_action(index(page.button));
        view.set_in_actions(page.area == Area::Buttons && !page.sheet_open);
        view.set_in_seasons(page.area == Area::Seasons);
        view.set_in_episodes(page.area == Area::Episodes);
        view.set_season(index(page.season));
        let resumes = matches!(page.buttons().first(), Some(Button::Resume { .. }));
        let progress = detail.and_then(|detail| detail.progress.as_ref());
        view.set_progress(progress.filter(|_| resumes).map_or(-1.0, facts::fraction));
        view.set_skeleton(page.title.overview.is_empty() && page.fetch.is_slow(model.now_ms));
        let (why, count) = sheet::summary(&page.sources, words, language);
        let why = match next {
            Some(next) if !why.is_empty() => format!("{next}  ·  {why}"),
            Some(next) => next,
            None => why,
        };
        view.set_why(why.into());
        view.set_why_count(count.into());
    }
}
