//! Titles by what lists ask for, so that a list is read as a range: by genre and by year, the most
//! popular first; by franchise; by when their next episode comes.

use hearth_model::{Title, TitleId, UnixMs};
use redb::{ReadableTable, TableHandle, WriteTransaction};

use crate::{
    Error, Store,
    library::id_of,
    rows::{self, TitleRow},
    tables::{self, after_prefix},
};

impl Store {
    /// The most popular titles of a genre, by its slug.
    pub fn titles_of_genre(&self, genre: &str, most: usize) -> Result<Vec<TitleId>, Error> {
        let prefix = text_key(genre, &[]);
        self.listed(tables::BY_GENRE, &prefix, &after_prefix(&prefix), most)
    }

    /// The most popular titles of a year.
    pub fn titles_of_year(&self, year: u16, most: usize) -> Result<Vec<TitleId>, Error> {
        let prefix = year.to_be_bytes();
        self.listed(tables::BY_YEAR, &prefix, &after_prefix(&prefix), most)
    }

    /// All titles of a franchise, by its key.
    pub fn titles_of_franchise(&self, franchise: &str) -> Result<Vec<TitleId>, Error> {
        let prefix = text_key(franchise, &[]);
        let end = after_prefix(&prefix);
        self.listed(tables::BY_FRANCHISE, &prefix, &end, usize::MAX)
    }

    /// The titles of which an episode comes after a moment, the soonest first.
    pub fn titles_to_come(&self, since: UnixMs) -> Result<Vec<TitleId>, Error> {
        let end = after_prefix(&[u8::MAX]);
        self.listed(
            tables::BY_NEXT_EPISODE,
            &since.to_be_bytes(),
            &end,
            usize::MAX,
        )
    }

    fn listed(
        &self,
        table: tables::List,
        from: &[u8],
        to: &[u8],
        most: usize,
    ) -> Result<Vec<TitleId>, Error> {
        self.read("list titles", |transaction| {
            let table = transaction.open_table(table)?;
            let mut ids = Vec::new();
            for row in table.range(from..to)?.take(most) {
                let (key, _) = row?;
                let key = key.value();
                ids.push(TitleId::from_bytes(id_of(&key[key.len() - 16..])));
            }
            Ok(ids)
        })
    }
}

/// Brings the lists up to date when a title comes, changes or goes.
pub(crate) fn list(
    transaction: &WriteTransaction,
    before: Option<&Title>,
    after: Option<&Title>,
) -> Result<(), redb::Error> {
    let gone = before.map(places).unwrap_or_default();
    let there = after.map(places).unwrap_or_default();
    let is_in = |places: &[Place], (table, key): &Place| {
        let same = |other: &Place| other.1 == *key && other.0.name() == table.name();
        places.iter().any(same)
    };
    for place in gone.iter().filter(|place| !is_in(&there, place)) {
        transaction
            .open_table(place.0)?
            .remove(place.1.as_slice())?;
    }
    for place in there.iter().filter(|place| !is_in(&gone, place)) {
        let mut table = transaction.open_table(place.0)?;
        table.insert(place.1.as_slice(), [].as_slice())?;
    }
    Ok(())
}

/// The lists of an older store, which had none.
pub(crate) fn list_all(transaction: &WriteTransaction) -> Result<(), redb::Error> {
    let titles = transaction.open_table(tables::TITLES)?;
    for row in titles.iter()? {
        let (key, value) = row?;
        let id = TitleId::from_bytes(id_of(key.value()));
        // What cannot be read is told of when it is looked up.
        if let Ok(row) = rows::decode::<TitleRow>("titles", value.value()) {
            list(transaction, None, Some(&row.title(id)))?;
        }
    }
    Ok(())
}

/// A list, and the key in it.
type Place = (tables::List, Vec<u8>);

/// Where a title stands in the lists.
fn places(title: &Title) -> Vec<Place> {
    let id = title.id.to_bytes();
    let popularity = title.facts.popularity.unwrap_or_default().max(0.0);
    // The bits of numbers from 0 on are in their order.
    let mut ranked = (u32::MAX - popularity.to_bits()).to_be_bytes().to_vec();
    ranked.extend(id);
    let mut places: Vec<Place> = title
        .genres
        .iter()
        .map(|genre| (tables::BY_GENRE, text_key(genre, &ranked)))
        .collect();
    if let Some(year) = title.year {
        let key = [year.to_be_bytes().as_slice(), &ranked].concat();
        places.push((tables::BY_YEAR, key));
    }
    if let Some(franchise) = &title.facts.franchise {
        places.push((tables::BY_FRANCHISE, text_key(franchise, &id)));
    }
    if let Some(at) = title.facts.next_episode_at {
        let key = [at.to_be_bytes().as_slice(), &id].concat();
        places.push((tables::BY_NEXT_EPISODE, key));
    }
    places
}

/// A text is ended by a zero, so that none is the beginning of another.
fn text_key(text: &str, rest: &[u8]) -> Vec<u8> {
    [text.as_bytes(), &[0], rest].concat()
}
