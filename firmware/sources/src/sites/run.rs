//! One search of a site under way: pages read, rows followed and resolved.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures_util::future::join_all;
use hearth_fetch::Limits;
use hearth_model::{Health, Hints, Location, Source, SourceKind};
use tokio::time::Instant;
use url::Url;

use super::{
    Site,
    ask::Ask,
    offer::{self, Lead},
    report::{Asked, Outcome, RowReport, Verdict},
    take::{self, Answered, Row},
    template::Values,
};
use crate::{Error, Query, html, provider::limits, resolve::resolve_link};

/// No search of one site follows more rows to their second page, or looks into more players.
const MOST_FOLLOWED: usize = 8;
const MOST_FRAMES: usize = 4;
/// Rows of a second page, of one row each.
const MOST_INNER_ROWS: usize = 20;

#[derive(Debug, Clone, Copy)]
pub(super) enum Which {
    Search(usize),
    Details,
}

pub(super) struct Prepared {
    pub(super) which: Which,
    pub(super) ask: Ask,
    pub(super) values: Values,
}

/// One search under way.
pub(super) struct Run<'a> {
    site: &'a Site,
    query: &'a Query,
    deadline: Instant,
    followed: AtomicUsize,
    framed: AtomicUsize,
}

type Reported = (RowReport, Vec<Source>);

impl<'a> Run<'a> {
    pub(super) fn new(site: &'a Site, query: &'a Query, deadline: Instant) -> Self {
        Self {
            site,
            query,
            deadline,
            followed: AtomicUsize::new(0),
            framed: AtomicUsize::new(0),
        }
    }

    pub(super) async fn search(&self, page: Prepared) -> (Asked, Vec<Source>) {
        let what = page.ask.shown.clone();
        let values = Arc::new(page.values);
        let answer = match self.read(page.which, page.ask, &values).await {
            Ok(answer) => answer,
            Err(error) => {
                tracing::debug!(provider = %self.site.id, %error, "one page of a search failed");
                let outcome = Outcome::Failed(error);
                return (Asked { what, outcome }, Vec::new());
            }
        };
        let rows = answer.rows.into_iter();
        let rows = rows.map(|row| self.row(page.which, row, &answer.url, &values));
        collect(what, answer.size_bytes, answer.total, join_all(rows).await)
    }

    pub(super) async fn read(
        &self,
        which: Which,
        ask: Ask,
        values: &Arc<Values>,
    ) -> Result<Answered, Error> {
        let limits = Limits {
            attempts: 2,
            ..limits(self.deadline, html::MOST_BYTES)
        };
        let document = self.site.fetcher.ask(&ask.request, limits).await?;
        let (definition, values) = (Arc::clone(&self.site.definition), Arc::clone(values));
        tokio::task::spawn_blocking(move || {
            let page = match which {
                Which::Search(which) => &definition.searches[which],
                Which::Details => definition.details.as_ref().ok_or(Error::Crashed)?,
            };
            take::read(&definition, page, &document, &values)
        })
        .await
        .map_err(|_| Error::Crashed)?
    }

    /// A row of the first page, to its source or its second page.
    async fn row(&self, which: Which, row: Row, url: &Url, values: &Values) -> Reported {
        // What is another title needs no second look; a name may yet come.
        let named = row.name.is_some() || self.site.definition.details.is_none();
        if named && let Err(why) = offer::wanted(&row, self.query) {
            return refused(&row, why);
        }
        if self.site.definition.details.is_some() {
            return self.follow(row, url, values).await;
        }
        self.finish(which, &row, url).await
    }

    async fn follow(&self, row: Row, url: &Url, values: &Values) -> Reported {
        let Some(page) = self.site.page(Which::Details) else {
            return refused(&row, "there is no second page".into());
        };
        if self.followed.fetch_add(1, Ordering::Relaxed) >= MOST_FOLLOWED {
            let why =
                format!("more than {MOST_FOLLOWED} rows are not followed: search more closely");
            return refused(&row, why);
        }
        let mut values = values.clone();
        let own = row.vars.iter();
        values.extend(own.map(|(name, value)| (format!("row.{name}"), value.clone())));
        let ask = match self
            .site
            .definition
            .ask(page, url, &self.site.base, &values)
        {
            Ok(ask) => ask,
            Err(why) => return refused(&row, format!("its second page is not asked: {why}")),
        };
        let what = ask.shown.clone();
        let (asked, sources) = match self.read(Which::Details, ask, &Arc::new(values)).await {
            Err(error) => {
                let outcome = Outcome::Failed(error);
                (Asked { what, outcome }, Vec::new())
            }
            Ok(answer) => {
                let inner = answer.rows.into_iter().take(MOST_INNER_ROWS);
                let inner = inner.map(|inner| inner.over(&row));
                let inner: Vec<Row> = inner.collect();
                let ended = inner.iter().map(|inner| self.end(inner, &answer.url));
                let ended = join_all(ended).await;
                collect(what, answer.size_bytes, answer.total, ended)
            }
        };
        let verdict = Verdict::Followed(Box::new(asked));
        let values = row.values();
        (RowReport { values, verdict }, sources)
    }

    async fn end(&self, row: &Row, url: &Url) -> Reported {
        self.finish(Which::Details, row, url).await
    }

    async fn finish(&self, which: Which, row: &Row, url: &Url) -> Reported {
        match self.source(which, row, url).await {
            Ok(source) => {
                let kind = format!("{:?}", source.kind).to_lowercase();
                let verdict = Verdict::Taken(match &source.location {
                    Location::Page { reason, .. } => format!("{kind} ({reason})"),
                    Location::Url { url, .. } => format!("{kind} {url}"),
                    _ => kind,
                });
                let values = row.values();
                (RowReport { values, verdict }, vec![source])
            }
            Err(why) => refused(row, why),
        }
    }

    async fn source(&self, which: Which, row: &Row, url: &Url) -> Result<Source, String> {
        let (name, release) = offer::wanted(row, self.query)?;
        let link = row.link.as_deref();
        let link = link.ok_or("no link was found in it: check `link`")?;
        let gives = self.site.page(which).and_then(|page| page.gives);
        let (kind, location) = match offer::lead(link, url, gives)? {
            Lead::There(kind, location) => {
                let address = match &location {
                    Location::Url { url, .. } => Some(url),
                    Location::Torrent(torrent) => torrent.torrent_url.as_ref(),
                    _ => None,
                };
                if let Some(address) = address {
                    let fetcher = &self.site.fetcher;
                    fetcher.check(address).map_err(|error| error.to_string())?;
                }
                (kind, location)
            }
            Lead::Frame(frame) => self.resolve(frame, url).await,
        };
        let title = &self.query.title;
        let episode_id = self.query.episode_id();
        Ok(Source {
            id: Source::id_for(title.id, episode_id, &location),
            title_id: title.id,
            episode_id,
            kind,
            provider: self.site.id.clone(),
            name,
            release,
            size_bytes: row.size.as_deref().and_then(offer::size_bytes),
            seeders: (kind == SourceKind::Torrent)
                .then(|| row.seeders.as_deref().and_then(offer::count))
                .flatten(),
            health: Health::Unknown,
            location,
            hints: Hints::default(),
        })
    }

    /// What does not play remains a page for browsers, with the reason.
    async fn resolve(&self, frame: Url, from: &Url) -> (SourceKind, Location) {
        let page = |reason: String| {
            let url = frame.clone().into();
            (SourceKind::Embed, Location::Page { url, reason })
        };
        if self.framed.fetch_add(1, Ordering::Relaxed) >= MOST_FRAMES {
            return page("It was not looked into, there were enough others".into());
        }
        match resolve_link(&self.site.fetcher, frame.clone(), from, self.deadline).await {
            Ok(resolved) => (resolved.kind, resolved.location),
            Err(error) => page(format!("It could not be looked into: {error}")),
        }
    }
}

fn refused(row: &Row, why: String) -> Reported {
    let values = row.values();
    let verdict = Verdict::Refused(why);
    (RowReport { values, verdict }, Vec::new())
}

fn collect(
    what: String,
    size_bytes: usize,
    total: usize,
    reported: Vec<Reported>,
) -> (Asked, Vec<Source>) {
    let (rows, sources): (Vec<_>, Vec<_>) = reported.into_iter().unzip();
    let outcome = Outcome::Read {
        size_bytes,
        total,
        rows,
    };
    (Asked { what, outcome }, sources.concat())
}
