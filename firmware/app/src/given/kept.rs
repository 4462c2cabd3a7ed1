//! What was given and is kept: the list of it, its part in searches, and the way back.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use hearth_model::{
    Caller, Given, GivenFile, GivenId, GivenPage, GivenView, Location, ProfileId, Slug, Source,
    TitleId,
};
use hearth_sources::{DIRECT, Job, Query, given_sources};
use hearth_store::GivenCount;

use super::placing::Placed;
use crate::{App, Error, Window};

const MOST_THINGS: u64 = 2000;
const MOST_TORRENT_BYTES: u64 = 32 << 20;
/// All of them are read for the list of what was given.
const MOST_ROW_BYTES: u64 = 16 << 20;
/// What a row says of a file beside its path.
const FILE_BYTES: u64 = 64;

impl App {
    pub(super) async fn keep_given(
        self: &Arc<Self>,
        by: Caller,
        called: String,
        placed: Vec<Placed>,
    ) -> Result<GivenView, Error> {
        let _keeping = self.gifts.keeping.lock().await;
        self.blocking(move |app| {
            let id = GivenId::new();
            let mut torrent = None;
            let mut new = Vec::new();
            let mut known_as = None;
            let mut more = GivenCount::default();
            let (by_name, at) = (app.name_of(by)?, app.clock.wall());
            let mut of_title = HashMap::new();
            for (number, one) in placed.into_iter().enumerate() {
                let source = one.find.source(one.title_id, one.episode_id);
                let kept: &Vec<Given> = match of_title.entry(one.title_id) {
                    Entry::Occupied(kept) => kept.into_mut(),
                    Entry::Vacant(none) => none.insert(app.store.given_of(one.title_id)?),
                };
                let is_new_file = match (&one.find.torrent, infohash(&source)) {
                    (Some(_), Some(infohash)) => app.store.given_torrent(infohash)?.is_none(),
                    _ => false,
                };
                let same = kept.iter().find(|kept| {
                    kept.source.id == source.id
                        && (one.find.files.is_empty()
                            || kept.files == one.find.files
                            || is_bare(kept))
                });
                let same = same.filter(|_| !is_new_file);
                // Nobody told what it is when it was given first.
                let learnt = same.filter(|same| is_bare(same) && one.find.size_bytes.is_some());
                if let Some(same) = same.filter(|_| learnt.is_none()) {
                    known_as.get_or_insert(same.id);
                    continue;
                }
                if let (Some(bytes), Some(infohash)) = (one.find.torrent, infohash(&source)) {
                    torrent = Some((infohash.to_owned(), bytes));
                }
                more.row_bytes += row_bytes(&one.find.files);
                let gift = Given {
                    id,
                    number: number as u32,
                    called: called.clone(),
                    by,
                    by_name: by_name.clone(),
                    at,
                    source,
                    files: one.find.files,
                };
                if let Some(bare) = learnt {
                    known_as.get_or_insert(bare.id);
                    let is_alone = bare.called == bare.source.name;
                    new.push(Given {
                        called: if is_alone {
                            gift.called
                        } else {
                            bare.called.clone()
                        },
                        source: gift.source,
                        files: gift.files,
                        ..bare.clone()
                    });
                } else {
                    more.things += 1;
                    new.push(gift);
                }
            }
            let id = known_as.filter(|_| more.things == 0).unwrap_or(id);
            if !new.is_empty() {
                more.torrent_bytes = torrent.as_ref().map_or(0, |(_, bytes)| bytes.len() as u64);
                app.check_room(more)?;
                let torrent = torrent.as_ref();
                let torrent = torrent.map(|(infohash, bytes)| (infohash.as_str(), &**bytes));
                if !app.store.keep_given(&new, torrent)? {
                    return Err(Error::NotFound {
                        what: "this title",
                        slug: Slug::TitleUnknown,
                    });
                }
            }
            app.given_view(by, app.store.gift(id)?)
        })
        .await
    }

    pub(super) fn check_room(&self, more: GivenCount) -> Result<(), Error> {
        let kept = self.store.given_count()?;
        let fits = kept.things + more.things <= MOST_THINGS
            && kept.torrent_bytes + more.torrent_bytes <= MOST_TORRENT_BYTES
            && kept.row_bytes + more.row_bytes <= MOST_ROW_BYTES;
        if fits { Ok(()) } else { Err(Error::GivenFull) }
    }

    /// What the house calls somebody.
    fn name_of(&self, caller: Caller) -> Result<Option<String>, Error> {
        Ok(match caller {
            Caller::Device(id) => {
                let devices = self.people.devices()?.into_iter();
                let mut devices = devices.filter(|device| device.id == id);
                devices.next().map(|device| device.name)
            }
            Caller::Account(id) => self.people.account(id)?.map(|account| account.username),
            Caller::Local | Caller::Stranger => None,
        })
    }

    /// All that was given, or what was given for a title.
    pub async fn given(
        self: &Arc<Self>,
        caller: Caller,
        profile: ProfileId,
        title_id: Option<TitleId>,
        window: Window,
    ) -> Result<GivenPage, Error> {
        let adult = self.adult(profile).await?;
        let page = self.blocking(move |app| {
            let mut all = match title_id {
                Some(id) => app.store.given_of(app.title_of(id)?.id)?,
                None => app.store.given()?,
            };
            all.sort_by_key(|one| (Reverse((one.at, one.id)), one.number));
            let mut seen = HashMap::new();
            for one in &all {
                if let Entry::Vacant(new) = seen.entry(one.source.title_id) {
                    let title = app.store.title(one.source.title_id)?;
                    new.insert(title.is_some_and(|title| adult.shows(&title)));
                }
            }
            all.retain(|one| seen[&one.source.title_id]);
            // All of one gift stand together: they have one time and one id.
            let gifts = all.chunk_by(|one, other| one.id == other.id);
            let (gifts, next) = window.cut(gifts.map(<[Given]>::to_vec).collect());
            let views = gifts.into_iter().map(|gift| app.given_view(caller, gift));
            Ok(GivenPage {
                items: views.collect::<Result<_, _>>()?,
                next,
            })
        });
        self.with_looks(page.await?).await
    }

    /// As `caller` sees what was given at once.
    fn given_view(&self, caller: Caller, gift: Vec<Given>) -> Result<GivenView, Error> {
        let gone = Error::NotFound {
            what: "what was given",
            slug: Slug::GivenUnknown,
        };
        let first = gift.first().cloned().ok_or(gone)?;
        let mut seen = HashSet::new();
        let mut titles = Vec::new();
        for one in gift {
            if seen.insert(one.source.title_id) {
                titles.extend(self.store.title(one.source.title_id)?);
            }
        }
        Ok(GivenView {
            id: first.id,
            name: first.called,
            at: first.at,
            by: first.by_name,
            removable: self.may_remove(caller, first.by),
            titles,
        })
    }

    fn may_remove(&self, caller: Caller, giver: Caller) -> bool {
        caller == giver || self.people.is_owner(caller)
    }

    /// Takes back what was given: to its end, whoever turns away, so that no search keeps it.
    pub async fn remove_given(self: &Arc<Self>, caller: Caller, id: GivenId) -> Result<(), Error> {
        let app = self.clone();
        let work = tokio::spawn(async move { app.take_back(caller, id).await });
        let done = work.await;
        done.map_err(|cause| Error::internal("take back what was given")(cause.into()))?
    }

    async fn take_back(self: &Arc<Self>, caller: Caller, id: GivenId) -> Result<(), Error> {
        let _keeping = self.gifts.keeping.lock().await;
        let titles = self
            .blocking(move |app| {
                let gift = app.store.gift(id)?;
                let giver = gift.first().map(|one| one.by).ok_or(Error::NotFound {
                    what: "what was given",
                    slug: Slug::GivenUnknown,
                })?;
                if !app.may_remove(caller, giver) {
                    return Err(Error::NotGiver);
                }
                let gone = app.store.remove_given(id)?;
                app.library.forget(&gone);
                let titles = gift.iter().map(|one| one.source.title_id);
                Ok(titles.collect::<Vec<_>>())
            })
            .await?;
        self.given_changed(&titles).await;
        Ok(())
    }

    pub(super) async fn given_changed(&self, titles: &[TitleId]) {
        for id in titles {
            self.found.forget_title(*id);
        }
        self.sessions.library_changed().await;
    }

    /// Its part in a search for sources, where there is something.
    pub(crate) async fn given_job(
        self: &Arc<Self>,
        query: &Arc<Query>,
    ) -> Option<Job<Vec<Source>>> {
        let query = query.clone();
        let given = self.blocking(move |app| {
            let given = app.store.given_of(query.title.id)?;
            Ok(given_sources(&given, &query))
        });
        let found = given.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "what people gave could not be read");
            Vec::new()
        });
        (!found.is_empty()).then(|| Job::new(DIRECT, move |_| async move { Ok(found) }))
    }

    /// Whether what played last was not taken back since. Waits for the disk.
    pub(crate) fn is_still_given(&self, source: &Source, query: &Query) -> Result<bool, Error> {
        if source.provider != DIRECT {
            return Ok(true);
        }
        let given = self.store.given_of(query.title.id)?;
        let mut there = given_sources(&given, query).into_iter();
        Ok(there.any(|one| one.id == source.id))
    }
}

/// What rows take for the files of a torrent, nearly.
pub(super) fn row_bytes(files: &[GivenFile]) -> u64 {
    let bytes = files.iter().map(|file| file.path.len() as u64 + FILE_BYTES);
    bytes.sum()
}

/// A magnet that no peer described yet.
fn is_bare(given: &Given) -> bool {
    infohash(&given.source).is_some() && given.source.size_bytes.is_none() && given.files.is_empty()
}

fn infohash(source: &Source) -> Option<&str> {
    match &source.location {
        Location::Torrent(torrent) => torrent.infohash.as_deref(),
        _ => None,
    }
}
