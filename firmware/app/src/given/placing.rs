//! Which title and episode a given thing is of: what the person says, else what its name tells, in
//! the catalogue; else it becomes a title of the house's own.

use std::{collections::HashMap, sync::Arc};

use hearth_model::{
    Episode, EpisodeId, FoundEpisode, ProfileId, Release, SearchQuery, Slug, Title, TitleId,
};
use hearth_sources::{DirectFind, Query, is_episode};
use hearth_store::NewTitle;

use crate::{App, Error, finding::is_film, tastes::Adult};

/// As many titles of a name are looked at.
const NAMESAKES: usize = 20;
/// Words longer than this are no title.
const WORDS_BYTES: usize = 200;

/// A thing and what it is of.
#[derive(Debug)]
pub(super) struct Placed {
    pub find: DirectFind,
    pub title_id: TitleId,
    /// Where a person said it.
    pub episode_id: Option<EpisodeId>,
    /// The one episode that it is of, whoever says so.
    pub only_episode: Option<EpisodeId>,
}

impl Placed {
    fn of_film(find: DirectFind, title_id: TitleId) -> Self {
        Self {
            find,
            title_id,
            episode_id: None,
            only_episode: None,
        }
    }
}

/// A title and what is looked for of it.
struct Place {
    title: Title,
    film: bool,
    /// One for each episode.
    episodes: Vec<Query>,
}

impl Place {
    /// Waits for the disk.
    fn of(app: &App, title: Title) -> Result<Self, Error> {
        let all = app.store.episodes(title.id)?;
        let query = |episode: &Episode| Query::of_episode(title.clone(), episode.clone(), &all);
        let episodes = all.iter().map(query).collect();
        Ok(Self {
            film: is_film(&title, !all.is_empty()),
            episodes,
            title,
        })
    }

    /// The episodes that its names say it is or holds.
    fn told_by(&self, find: &DirectFind) -> Vec<EpisodeId> {
        let parts = find.parts();
        let is_told = |query: &&Query| {
            let mut parts = parts.iter();
            parts.any(|part| may_be(part, query) && is_episode(part, query))
        };
        let told = self.episodes.iter().filter(is_told);
        told.filter_map(|query| Some(query.episode.as_ref()?.id))
            .collect()
    }

    /// Whether an entry of a list is of one of its episodes, by name and number.
    fn has(&self, find: &DirectFind) -> bool {
        let mut episodes = self.episodes.iter();
        episodes.any(|query| may_be(&find.release, query) && find.is_of(query))
    }

    /// One thing that a person says is of this title.
    fn alone(&self, find: DirectFind, episode_id: Option<EpisodeId>) -> Result<Placed, Error> {
        let told = self.told_by(&find);
        match episode_id {
            // Its files say which are of which episode, and it may be of several.
            Some(id) if find.files.is_empty() || told.is_empty() => {
                Ok(self.placed(find, Some(id), vec![id]))
            }
            // Its episodes may be learnt of later.
            None if told.is_empty() && !(self.episodes.is_empty() && find.is_numbered()) => {
                Err(if find.is_numbered() {
                    elsewhere("it is of no episode of this title")
                } else {
                    Error::Given {
                        slug: Slug::GivenWithoutEpisode,
                        reason: "its name does not say which episode it is: choose the episode \
                                 first"
                            .into(),
                    }
                })
            }
            _ => Ok(self.placed(find, None, told)),
        }
    }

    fn placed(&self, find: DirectFind, said: Option<EpisodeId>, told: Vec<EpisodeId>) -> Placed {
        Placed {
            find,
            title_id: self.title.id,
            episode_id: said,
            only_episode: match told[..] {
                [one] => Some(one),
                _ => None,
            },
        }
    }
}

/// Whether a release may be of an episode, before names are compared.
fn may_be(release: &Release, query: &Query) -> bool {
    let numbers = || release.episodes.iter().chain(&release.absolute_episodes);
    let number = query.episode.as_ref().map(|episode| episode.number);
    let of_season = !release.seasons.is_empty() && numbers().next().is_none();
    of_season || numbers().any(|told| Some(*told) == number || Some(*told) == query.absolute)
}

fn elsewhere(reason: &str) -> Error {
    Error::Given {
        slug: Slug::GivenElsewhere,
        reason: reason.to_owned(),
    }
}

impl App {
    /// What was given for a title. Of a list, what is of it.
    pub(super) async fn placed_in(
        self: &Arc<Self>,
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        finds: Vec<DirectFind>,
    ) -> Result<Vec<Placed>, Error> {
        self.blocking(move |app| {
            let place = Place::of(app, app.title_of(title_id)?)?;
            if let Some(id) = episode_id {
                let is_it = |query: &Query| query.episode.as_ref().is_some_and(|one| one.id == id);
                if !place.episodes.iter().any(is_it) {
                    return Err(Error::NotFound {
                        what: "this episode",
                        slug: Slug::EpisodeUnknown,
                    });
                }
            }
            let film =
                (place.film && episode_id.is_none()).then(|| Query::new(place.title.clone(), None));
            let finds = match <[DirectFind; 1]>::try_from(finds) {
                Ok([find]) => {
                    return Ok(vec![match film {
                        Some(_) => Placed::of_film(find, place.title.id),
                        None => place.alone(find, episode_id)?,
                    }]);
                }
                Err(finds) => finds,
            };
            let mut placed = Vec::new();
            for find in finds {
                match &film {
                    Some(film) if find.is_of(film) => {
                        placed.push(Placed::of_film(find, place.title.id));
                    }
                    None if place.has(&find) => {
                        let told = place.told_by(&find);
                        placed.push(place.placed(find, None, told));
                    }
                    _ => {}
                }
            }
            if placed.is_empty() {
                return Err(elsewhere(
                    "the list names other titles: nothing in it is called like this one",
                ));
            }
            Ok(placed)
        })
        .await
    }

    /// What was given for no title. A single name is looked for everywhere; a list's names, which
    /// may be of channels, only in what is known.
    pub(super) async fn placed_by_name(
        self: &Arc<Self>,
        profile: ProfileId,
        finds: Vec<DirectFind>,
    ) -> Result<Vec<Placed>, Error> {
        let alone = finds.len() == 1;
        if alone && let Some(words) = words(&finds[0]) {
            let query = SearchQuery {
                q: words,
                ..SearchQuery::default()
            };
            // What services and addons know is in the catalogue after this.
            if let Err(error) = self.search(profile, query).await {
                tracing::debug!(%error, "what was given is looked for at home only");
            }
        }
        let adult = self.adult(profile).await?;
        let mut placed = Vec::new();
        let mut own = Vec::new();
        for find in finds {
            let named = find.clone();
            let title = self
                .blocking(move |app| app.called_like(&named, alone, adult))
                .await?;
            match title {
                Some(title) => placed.push(self.in_known(profile, find, title).await?),
                None => own.push(find),
            }
        }
        placed.extend(self.in_own(own).await?);
        Ok(placed)
    }

    /// The one title of the catalogue that it is by its name. Waits for the disk.
    fn called_like(
        &self,
        find: &DirectFind,
        alone: bool,
        adult: Adult,
    ) -> Result<Option<Title>, Error> {
        let Some(words) = words(find) else {
            return Ok(None);
        };
        let query = SearchQuery {
            q: words,
            ..SearchQuery::default()
        };
        // A channel may have the name of a film.
        let is_told = alone || find.release.year.is_some() || !find.release.seasons.is_empty();
        let mut like = Vec::new();
        for title in self.library.search(&query, NAMESAKES, None, adult) {
            let is_own = title.external.references().is_empty();
            if !(is_told || is_own) || !find.is_called(&title) {
                continue;
            }
            let film = is_film(&title, !self.store.episodes(title.id)?.is_empty());
            if film != find.is_numbered() {
                like.push((is_own, title));
            }
        }
        // In doubt it is none of them; what the house made up of names counts last.
        let same_year = |title: &Title| title.year.is_some() && title.year == find.release.year;
        let only = |fits: &dyn Fn(&(bool, Title)) -> bool| {
            let mut fitting = like.iter().filter(|one| fits(one));
            let first = fitting.next()?;
            fitting.next().is_none().then(|| first.1.clone())
        };
        let title = only(&|(_, title)| same_year(title))
            .or_else(|| only(&|(is_own, _)| !is_own))
            .or_else(|| only(&|(is_own, _)| *is_own));
        let Some(title) = title else {
            return Ok(None);
        };
        let kept = self.library.keep_exported(title.id)?;
        Ok(Some(kept.unwrap_or(title)))
    }

    /// As a source of a title that is known.
    async fn in_known(
        self: &Arc<Self>,
        profile: ProfileId,
        find: DirectFind,
        title: Title,
    ) -> Result<Placed, Error> {
        let found = found_episodes(&find);
        if found.is_empty() && !find.is_numbered() {
            return Ok(Placed::of_film(find, title.id));
        }
        let is_own = title.external.references().is_empty();
        let id = title.id;
        let known = self
            .blocking(move |app| Ok(app.store.episodes(id)?))
            .await?;
        let known = if known.is_empty() && !is_own {
            let detail = self.title(profile, id).await?;
            !detail.episodes.is_empty()
        } else {
            !known.is_empty()
        };
        self.blocking(move |app| {
            // Nobody else tells of its episodes.
            if is_own || !known {
                app.store.merge_episodes(id, &found)?;
            }
            let place = Place::of(app, app.title_of(id)?)?;
            let told = place.told_by(&find);
            Ok(place.placed(find, None, told))
        })
        .await
    }

    /// As sources of titles that the house makes of their names, each name once.
    async fn in_own(self: &Arc<Self>, finds: Vec<DirectFind>) -> Result<Vec<Placed>, Error> {
        let mut titles: Vec<NewTitle> = Vec::new();
        let mut by_name = HashMap::new();
        let mut places = Vec::new();
        for find in &finds {
            let mut title = find.title();
            self.addresses.title(&mut title);
            let name = title.names.all().next().unwrap_or_default().to_lowercase();
            let at = *by_name
                .entry((name, title.kind, title.year))
                .or_insert(titles.len());
            if at == titles.len() {
                titles.push(title.into());
            }
            titles[at].episodes.extend(found_episodes(find));
            places.push(at);
        }
        self.blocking(move |app| {
            let kept = app.library.keep(titles)?;
            let place = |(find, at): (DirectFind, usize)| {
                let title = kept.get(at).cloned().ok_or(Error::NotFound {
                    what: "this title",
                    slug: Slug::TitleUnknown,
                })?;
                let place = Place::of(app, title)?;
                let told = place.told_by(&find);
                Ok(place.placed(find, None, told))
            };
            finds.into_iter().zip(places).map(place).collect()
        })
        .await
    }
}

/// What a search is asked for; none where there is no name.
fn words(find: &DirectFind) -> Option<String> {
    let title = find.release.title.clone()?;
    (title.len() <= WORDS_BYTES && title.chars().any(char::is_alphanumeric)).then_some(title)
}

fn found_episodes(find: &DirectFind) -> Vec<FoundEpisode> {
    let numbers = find.episodes().into_iter();
    numbers
        .map(|(season, number)| FoundEpisode::numbered(season, number))
        .collect()
}
