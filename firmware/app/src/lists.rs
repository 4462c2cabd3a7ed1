//! Lists of the catalogue: what the services rank first, then all that the box knows.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use hearth_catalog::{Discover, ShikimoriList, TmdbList, TmdbSort, fits};
use hearth_model::{
    CalendarPage, GenreCount, GenresPage, MediaList, ProfileId, ProviderState, ProviderStatus,
    SearchPage, SearchQuery, Sort, Title, TitleId, TitleKind, TmdbKind, UpcomingEpisode,
};
use tokio::time::timeout;

use crate::{App, Error, search::Window, tastes::Adult};

/// How long a list waits for one service. What it answers later is there the next time.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many of a service's pages are looked through for what passes the filters.
const MOST_PAGES: u32 = 10;
/// How far a calendar looks back: what came today is still news, and of some only the day is known.
const CALENDAR_BACK_MS: u64 = 24 * 60 * 60_000;
const MOST_SIMILAR: usize = 60;

/// A list of a service, which is asked for page by page.
#[derive(Debug, Clone, PartialEq)]
enum Ranking {
    Tmdb(TmdbList),
    Discover(Discover),
    Shikimori(ShikimoriList),
}

impl Ranking {
    fn service(&self) -> &'static str {
        match self {
            Self::Tmdb(_) | Self::Discover(_) => "tmdb",
            Self::Shikimori(_) => "shikimori",
        }
    }

    /// Those that a list is made of, in the order in which they take turns.
    fn of(list: MediaList, query: &SearchQuery) -> Vec<Self> {
        let wants = |kind| query.kind.is_none_or(|wanted| wanted == kind);
        let mut rankings = Vec::new();
        if wants(TitleKind::Film) {
            rankings.push(Self::of_tmdb(list, query, TmdbKind::Movie));
        }
        if wants(TitleKind::Series) {
            rankings.push(Self::of_tmdb(list, query, TmdbKind::Tv));
        }
        if wants(TitleKind::Anime) {
            rankings.push(Self::Shikimori(match list {
                MediaList::Popular => ShikimoriList::Popular,
                MediaList::Trending | MediaList::New => ShikimoriList::Ongoing,
                MediaList::Top => ShikimoriList::TopRated,
            }));
        }
        // The trending films and series are one list.
        rankings.dedup();
        rankings
    }

    fn of_tmdb(list: MediaList, query: &SearchQuery, kind: TmdbKind) -> Self {
        let filtered = query.genre.is_some()
            || query.year_from.is_some()
            || query.year_to.is_some()
            || query.rating_min.is_some()
            || query.country.is_some();
        if filtered {
            return Self::Discover(Discover {
                genres: query.genre.iter().cloned().collect(),
                year_from: query.year_from,
                year_to: query.year_to,
                rating_min: query.rating_min,
                country: query.country.clone(),
                sort: match list {
                    MediaList::Trending | MediaList::Popular => TmdbSort::Popular,
                    MediaList::New => TmdbSort::Newest,
                    MediaList::Top => TmdbSort::Rating,
                },
                ..Discover::of(kind)
            });
        }
        Self::Tmdb(match (list, kind) {
            (MediaList::Trending, _) => TmdbList::Trending,
            (MediaList::Popular, kind) => TmdbList::Popular(kind),
            (MediaList::New, TmdbKind::Movie) => TmdbList::NowPlaying,
            (MediaList::New, TmdbKind::Tv) => TmdbList::OnTheAir,
            (MediaList::Top, kind) => TmdbList::TopRated(kind),
        })
    }
}

/// How the box itself sorts what no service ranks.
fn sort_of(list: MediaList) -> Sort {
    match list {
        MediaList::Trending | MediaList::Popular => Sort::Popular,
        MediaList::New => Sort::Newest,
        MediaList::Top => Sort::Rated,
    }
}

impl App {
    /// A page of a list: the services' rankings take turns, and after them comes what else the box
    /// knows. With no service, or no network, that is all there is.
    pub async fn list(
        self: &Arc<Self>,
        profile: ProfileId,
        list: MediaList,
        query: SearchQuery,
    ) -> Result<SearchPage, Error> {
        let adult = self.adult(profile).await?;
        self.list_for(adult, list, query).await
    }

    pub(crate) async fn list_for(
        self: &Arc<Self>,
        adult: Adult,
        list: MediaList,
        query: SearchQuery,
    ) -> Result<SearchPage, Error> {
        if !query.q.is_empty() {
            return Err(Error::Invalid(
                "a list takes no q: search for words with /api/v1/media/search".into(),
            ));
        }
        let window = Window::of(&query)?;
        let mut items = Items::of(adult);
        let mut providers = Vec::new();
        let mut rankings: Vec<Ranking> = Ranking::of(list, &query)
            .into_iter()
            .filter(|ranking| self.is_on(ranking))
            .collect();
        let mut page = 1;
        while !rankings.is_empty() && page <= MOST_PAGES && items.titles.len() < window.most() {
            let asked = rankings.iter().map(|ranking| self.rank(ranking, page));
            let mut pages = Vec::new();
            let mut going_on = Vec::new();
            for (ranking, (found, status)) in rankings.iter().zip(join_all(asked).await) {
                note(&mut providers, status);
                if let Some((titles, more)) = found {
                    pages.push(self.keep(titles).await);
                    if more {
                        going_on.push(ranking.clone());
                    }
                }
            }
            items.take_turns(pages, &query);
            rankings = going_on;
            page += 1;
        }
        if items.titles.len() < window.most() {
            let known = SearchQuery {
                sort: sort_of(list),
                ..query.clone()
            };
            let known =
                self.library
                    .search(&known, window.most() + items.titles.len(), None, adult);
            items.take_turns(vec![known], &query);
        }
        self.with_looks(window.page(items.titles, providers)).await
    }

    fn is_on(&self, ranking: &Ranking) -> bool {
        match ranking {
            Ranking::Tmdb(_) | Ranking::Discover(_) => self.services.tmdb.is_on(),
            Ranking::Shikimori(_) => self.services.shikimori.is_on(),
        }
    }

    /// One page of a ranking, and whether another follows.
    async fn rank(
        &self,
        ranking: &Ranking,
        page: u32,
    ) -> (Option<(Vec<Title>, bool)>, ProviderStatus) {
        let asked = async {
            match ranking {
                Ranking::Tmdb(list) => self.services.tmdb.list(*list, page).await,
                Ranking::Discover(wishes) => self.services.tmdb.discover(wishes, page).await,
                Ranking::Shikimori(list) => self.services.shikimori.list(*list, page).await,
            }
        };
        let (found, status) = patiently(ranking.service(), asked).await;
        let found = found.map(|found| (found.titles, found.page < found.pages));
        (found, status)
    }

    /// What somebody who likes a title may like: by the services' word, then of what the box
    /// knows, its franchise first.
    pub async fn similar(
        self: &Arc<Self>,
        profile: ProfileId,
        id: TitleId,
        window: Window,
    ) -> Result<SearchPage, Error> {
        let title = self.title_for(profile, id).await?;
        let adult = self.adult(profile).await?;
        let (services, external) = (&self.services, &title.external);
        let mut providers = Vec::new();
        let mut pages = Vec::new();
        if let Some((kind, id)) = external.tmdb_key().filter(|_| services.tmdb.is_on()) {
            let asked = async { Ok(services.tmdb.title(kind, id).await?.details.recommended) };
            let (found, status) = patiently("tmdb", asked).await;
            note(&mut providers, status);
            pages.extend(found);
        }
        if let Some(id) = external.shikimori.filter(|_| services.shikimori.is_on()) {
            let (found, status) = patiently("shikimori", services.shikimori.similar(id)).await;
            note(&mut providers, status);
            pages.extend(found);
        }
        let mut kept = Vec::new();
        for page in pages {
            kept.push(self.keep(page).await);
        }
        let mut items = Items::of(adult);
        items.seen.insert(title.id);
        let all = SearchQuery::default();
        items.take_turns(kept, &all);
        let akin = self.blocking(move |app| app.library.akin(&title, MOST_SIMILAR));
        items.take_turns(vec![akin.await?], &all);
        self.with_looks(window.page(items.titles, providers)).await
    }

    /// All that belongs to a title's franchise, the oldest first; without one, nothing.
    pub async fn franchise(
        self: &Arc<Self>,
        profile: ProfileId,
        id: TitleId,
    ) -> Result<SearchPage, Error> {
        let title = self.title_for(profile, id).await?;
        let adult = self.adult(profile).await?;
        let mut providers = Vec::new();
        let Some(franchise) = title.facts.franchise else {
            return Ok(SearchPage {
                items: Vec::new(),
                providers,
                next: None,
            });
        };
        let shikimori = &self.services.shikimori;
        if let Some(name) = franchise.strip_prefix("shikimori:")
            && shikimori.is_on()
        {
            let (found, status) = patiently("shikimori", shikimori.franchise(name)).await;
            note(&mut providers, status);
            self.keep(found.unwrap_or_default()).await;
        }
        let known = self.blocking(move |app| app.library.of_franchise(&franchise));
        let mut items = known.await?;
        items.retain(|title| adult.shows(title));
        items.sort_by_cached_key(|title| (title.year.is_none(), released(title)));
        let page = SearchPage {
            items,
            providers,
            next: None,
        };
        self.with_looks(page).await
    }

    /// The genres there are of a kind: those of the known titles, and those that a service has
    /// more of.
    pub async fn genres(self: &Arc<Self>, kind: Option<TitleKind>) -> GenresPage {
        let wants = |one: TitleKind| kind.is_none_or(|kind| kind == one);
        let (tmdb, shikimori) = (&self.services.tmdb, &self.services.shikimori);
        let of_tmdb = async |of: TitleKind, kind| {
            if !wants(of) || !tmdb.is_on() {
                return None;
            }
            patiently("tmdb", tmdb.genres(kind)).await.0
        };
        let of_shikimori = async {
            if !wants(TitleKind::Anime) || !shikimori.is_on() {
                return None;
            }
            patiently("shikimori", shikimori.genres()).await.0
        };
        let (films, series, anime) = tokio::join!(
            of_tmdb(TitleKind::Film, TmdbKind::Movie),
            of_tmdb(TitleKind::Series, TmdbKind::Tv),
            of_shikimori
        );
        let mut counts = self.library.genres(kind);
        for genre in [films, series, anime].into_iter().flatten().flatten() {
            counts.entry(genre).or_default();
        }
        let mut items: Vec<GenreCount> = counts
            .into_iter()
            .map(|(id, titles)| GenreCount { id, titles })
            .collect();
        items.sort_by(|one, other| {
            let key = |of: &GenreCount| std::cmp::Reverse(of.titles);
            key(one)
                .cmp(&key(other))
                .then_with(|| one.id.cmp(&other.id))
        });
        GenresPage { items }
    }

    /// The episodes of the days to come.
    pub async fn calendar(self: &Arc<Self>) -> Result<CalendarPage, Error> {
        let since = self.clock().wall().saturating_sub(CALENDAR_BACK_MS);
        let mut episodes = Vec::new();
        let mut providers = Vec::new();
        if self.services.shikimori.is_on() {
            let (found, status) = patiently("shikimori", self.services.shikimori.calendar()).await;
            note(&mut providers, status);
            let found = found.unwrap_or_default();
            let titles = found.iter().map(|one| one.title.clone()).collect();
            let titles = self.keep(titles).await;
            let found = found.into_iter().zip(titles);
            episodes.extend(found.map(|(one, title)| UpcomingEpisode { title, ..one }));
        }
        let named: HashSet<TitleId> = episodes.iter().map(|one| one.title.id).collect();
        let known = self.blocking(move |app| app.library.with_episodes_to_come(since));
        let known = known.await?;
        episodes.extend(
            known
                .into_iter()
                .filter(|one| !named.contains(&one.title.id)),
        );
        episodes.retain(|one| one.at >= since);
        episodes.sort_by_key(|one| one.at);
        let page = CalendarPage {
            items: episodes,
            providers,
        };
        self.with_looks(page).await
    }
}

/// A list in the making: each title once, and only what passes the filters and may be seen.
#[derive(Debug)]
struct Items {
    titles: Vec<Title>,
    seen: HashSet<TitleId>,
    adult: Adult,
}

impl Items {
    fn of(adult: Adult) -> Self {
        Self {
            titles: Vec::new(),
            seen: HashSet::new(),
            adult,
        }
    }

    /// The first of each page, then the second of each, and so on.
    fn take_turns(&mut self, pages: Vec<Vec<Title>>, query: &SearchQuery) {
        let mut pages: Vec<_> = pages.into_iter().map(Vec::into_iter).collect();
        loop {
            let row: Vec<Title> = pages.iter_mut().filter_map(Iterator::next).collect();
            if row.is_empty() {
                return;
            }
            for title in row {
                let wanted = fits(&title, query) && self.adult.shows(&title);
                if wanted && self.seen.insert(title.id) {
                    self.titles.push(title);
                }
            }
        }
    }
}

/// What a service answers in time.
async fn patiently<T>(
    service: &str,
    asked: impl Future<Output = Result<T, hearth_catalog::Error>>,
) -> (Option<T>, ProviderStatus) {
    let began = Instant::now();
    let (found, state, error) = match timeout(PATIENCE, asked).await {
        Ok(Ok(found)) => (Some(found), ProviderState::Ok, None),
        Ok(Err(error)) => (None, error.state(), Some(error.to_string())),
        Err(_) => (None, ProviderState::Pending, None),
    };
    let status = ProviderStatus {
        id: service.into(),
        state,
        took_ms: began.elapsed().as_millis() as u64,
        error,
    };
    (found, status)
}

/// One word of each service: that something is wrong, before that all is well.
fn note(providers: &mut Vec<ProviderStatus>, status: ProviderStatus) {
    match providers.iter_mut().find(|known| known.id == status.id) {
        Some(known) if known.state == ProviderState::Ok => *known = status,
        Some(_) => {}
        None => providers.push(status),
    }
}

fn released(title: &Title) -> String {
    let year = || title.year.map(|year| year.to_string());
    title
        .facts
        .released_on
        .clone()
        .or_else(year)
        .unwrap_or_default()
}
