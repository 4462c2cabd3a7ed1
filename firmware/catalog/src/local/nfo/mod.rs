//! NFO files: what the owner, or a program of theirs, wrote down beside the films. Kodi's XML, and
//! files that only hold the address of a page of IMDb, TMDB or Shikimori.
//!
//! Pure: bytes in, what they tell out.

mod words;
mod xml;

use hearth_model::{External, FoundEpisode, Names, Title, TmdbKind};

use crate::reading;
use xml::Element;

/// A larger file is no NFO.
pub const LARGEST_BYTES: u64 = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    Film,
    Series,
    Episode,
}

/// One root of an NFO file. Everything may be missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// None: nothing but addresses.
    pub root: Option<Root>,
    pub title: Option<String>,
    pub original: Option<String>,
    /// Of the series an episode belongs to.
    pub show: Option<String>,
    pub year: Option<u16>,
    /// A day or a part of it.
    pub released_on: Option<String>,
    pub plot: Option<String>,
    pub genres: Vec<String>,
    pub runtime_minutes: Option<u32>,
    pub rating: Option<f32>,
    pub countries: Vec<String>,
    pub age: Option<u8>,
    /// The key of the collection it is in.
    pub franchise: Option<String>,
    pub season: Option<u32>,
    pub episode: Option<u32>,
    /// Of an episode nothing: its ids are none of the series.
    pub external: External,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NfoError {
    #[error("its letters are written in an unknown way; save it as UTF-8")]
    Encoding,
    #[error("{0}")]
    Xml(String),
}

/// What an NFO file tells; nothing where it is a text for people.
pub fn read(bytes: &[u8]) -> Result<Vec<Entry>, NfoError> {
    let (text, sure) = decode(bytes);
    let is_xml = ["<movie", "<tvshow", "<episodedetails"]
        .iter()
        .any(|root| text.contains(root));
    if !is_xml {
        return Ok(addresses(&text).into_iter().collect());
    }
    if !sure {
        return Err(NfoError::Encoding);
    }
    let from = text.find('<').unwrap_or_default();
    let roots = xml::roots(&text[from..]).map_err(|error| NfoError::Xml(error.to_string()))?;
    let mut entries: Vec<Entry> = roots.iter().filter_map(entry).collect();
    // Kodi reads an address below the XML too.
    let below = text.rfind('>').map_or("", |at| &text[at..]);
    if let (Some(first), Some(more)) = (entries.first_mut(), addresses(below))
        && first.root != Some(Root::Episode)
    {
        complete(&mut first.external, more.external);
    }
    Ok(entries)
}

/// The text, and whether it is surely what was written.
fn decode(bytes: &[u8]) -> (String, bool) {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let (text, _, broken) = encoding.decode(bytes);
        return (text.into_owned(), !broken);
    }
    let head = &bytes[..bytes.len().min(200)];
    let head = String::from_utf8_lossy(head).to_lowercase();
    let declared = head.split("encoding=").nth(1).and_then(|rest| {
        let label = rest.trim_start_matches(['"', '\'']);
        let label = label.split(['"', '\'', '?', ' ']).next()?;
        encoding_rs::Encoding::for_label(label.as_bytes())
    });
    let utf8 = std::str::from_utf8(bytes);
    match (utf8, declared) {
        // Programs that write UTF-8 declare all sorts of things.
        (Ok(text), _) => (text.to_owned(), true),
        (Err(_), Some(encoding)) if encoding != encoding_rs::UTF_8 => {
            let (text, _, broken) = encoding.decode(bytes);
            (text.into_owned(), !broken)
        }
        (Err(_), _) => (String::from_utf8_lossy(bytes).into_owned(), false),
    }
}

fn entry(root: &Element) -> Option<Entry> {
    let kind = match root.name.as_str() {
        "movie" => Root::Film,
        "tvshow" => Root::Series,
        "episodedetails" => Root::Episode,
        _ => return None,
    };
    let line = |name: &str| reading::line(&root.child(name)?.text);
    let number = |name: &str| line(name)?.parse::<u32>().ok();
    let released_on = ["premiered", "releasedate", "aired"]
        .iter()
        .find_map(|name| day(&line(name)?));
    let year = line("year")
        .and_then(|text| reading::year(&text))
        .or_else(|| reading::year(released_on.as_deref()?));
    let plot = ["plot", "outline"]
        .iter()
        .find_map(|name| prose(&root.child(name)?.text));
    let genres = root.all("genre").flat_map(|one| words::genres(&one.text));
    let countries = root
        .all("country")
        .flat_map(|one| words::countries(&one.text));
    Some(Entry {
        root: Some(kind),
        title: line("title"),
        original: line("originaltitle"),
        show: line("showtitle"),
        year,
        released_on,
        plot,
        genres: reading::distinct(genres, 20),
        runtime_minutes: line("runtime").and_then(|text| words::minutes(&text)),
        rating: rating(root),
        countries: reading::distinct(countries, 10),
        age: line("mpaa")
            .or_else(|| line("certification"))
            .and_then(|text| words::age(&text)),
        franchise: set(root),
        season: number("season"),
        episode: number("episode"),
        external: match kind {
            Root::Episode => External::default(),
            Root::Film => ids(root, TmdbKind::Movie),
            Root::Series => ids(root, TmdbKind::Tv),
        },
    })
}

fn prose(text: &str) -> Option<String> {
    let text: String = text.trim().chars().take(5_000).collect();
    (!text.is_empty()).then_some(text)
}

/// `2010-09-27`, or the year of it.
fn day(text: &str) -> Option<String> {
    let day = text.get(..10).filter(|day| {
        let parsed: Result<jiff::civil::Date, _> = day.parse();
        parsed.is_ok()
    });
    let year = || text.get(..4).filter(|_| text.len() == 4);
    let day = day.or_else(year)?;
    reading::year(day).map(|_| day.to_owned())
}

/// On the scale to 10; of several the one that is marked, or the first.
fn rating(root: &Element) -> Option<f32> {
    let all = root.child("ratings");
    let chosen = all.and_then(|all| {
        let marked = |one: &&Element| one.attribute("default") == Some("true");
        all.all("rating")
            .find(marked)
            .or_else(|| all.child("rating"))
    });
    let real = |text: &str| text.trim().replace(',', ".").parse::<f32>().ok();
    let of_chosen = chosen.and_then(|one| {
        let value = real(&one.child("value")?.text)?;
        let most = one
            .attribute("max")
            .and_then(real)
            .filter(|most| *most > 0.0);
        Some(value * 10.0 / most.unwrap_or(10.0))
    });
    let old = || real(&root.child("rating")?.text);
    reading::rating(of_chosen.or_else(old))
}

/// `<set><name>…</name></set>` or `<set tmdbcolid="…">…</set>`.
fn set(root: &Element) -> Option<String> {
    let set = root.child("set")?;
    let tmdb = set.attribute("tmdbcolid").map(str::to_owned).or_else(|| {
        root.child("tmdbcollectionid")
            .map(|one| one.text.trim().to_owned())
    });
    if let Some(id) = tmdb
        .and_then(|id| id.parse::<u64>().ok())
        .filter(|id| *id > 0)
    {
        return Some(format!("tmdb:{id}"));
    }
    let name = set.child("name").map_or(&set.text, |name| &name.text);
    let name = hearth_release::normalize(&reading::line(name)?);
    (!name.is_empty()).then(|| format!("local:{name}"))
}

fn ids(root: &Element, kind: TmdbKind) -> External {
    let mut external = External::default();
    let mut take = |service: &str, text: &str| {
        let text = text.trim();
        let number = || text.parse::<u64>().ok().filter(|id| *id > 0);
        match service {
            "tmdb" | "themoviedb" => {
                external.tmdb = number();
                external.tmdb_kind = external.tmdb.map(|_| kind);
            }
            "imdb" => external.imdb = imdb(text),
            "shikimori" => external.shikimori = number(),
            "mal" | "myanimelist" => external.mal = number(),
            // AniDB counts anime in a way of its own, which nobody here can ask for.
            _ => {}
        }
    };
    // Older programs first: what the newer form says counts.
    for name in ["id", "imdbid", "imdb_id", "tmdbid", "shikimoriid", "malid"] {
        if let Some(one) = root.child(name) {
            let text = one.text.trim();
            match name {
                "id" if imdb(text).is_some() => take("imdb", text),
                "id" => {}
                "imdbid" | "imdb_id" => take("imdb", text),
                name => take(name.trim_end_matches("id"), text),
            }
        }
    }
    for one in root.all("uniqueid") {
        let service = one.attribute("type").unwrap_or_default().to_lowercase();
        if !one.text.trim().is_empty() {
            take(&service, &one.text);
        }
    }
    external
}

/// `tt1727587`.
pub(super) fn imdb(text: &str) -> Option<String> {
    let digits: String = text
        .strip_prefix("tt")?
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    (6..=10)
        .contains(&digits.len())
        .then(|| format!("tt{digits}"))
}

/// What a text tells by the addresses in it; nothing where there are none.
fn addresses(text: &str) -> Option<Entry> {
    let number = |text: &str| -> Option<u64> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        text[..digits].parse().ok().filter(|id| *id > 0)
    };
    let behind = |start: &str| text.split_once(start).map(|(_, rest)| rest);
    let mut external = External::default();
    if let Some(rest) = behind("imdb.com/") {
        // `/title/tt…`, with a language before it since lately.
        let at = rest.find("title/tt").filter(|at| *at <= 6);
        external.imdb = at.and_then(|at| imdb(&rest[at + "title/".len()..]));
    }
    for (path, kind) in [
        ("themoviedb.org/movie/", TmdbKind::Movie),
        ("themoviedb.org/tv/", TmdbKind::Tv),
    ] {
        if let Some(id) = behind(path).and_then(number) {
            external.tmdb = Some(id);
            external.tmdb_kind = Some(kind);
        }
    }
    if let Some((host, rest)) = behind("shikimori.").and_then(|rest| rest.split_once("/animes/"))
        && host.len() <= 5
    {
        // Some have a letter before the number: `z5114-fullmetal-alchemist`.
        let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
        external.shikimori = number(rest);
    }
    let found = external != External::default();
    found.then(|| Entry {
        external,
        ..Entry::default()
    })
}

fn complete(known: &mut External, more: External) {
    if known.tmdb.is_none() {
        (known.tmdb, known.tmdb_kind) = (more.tmdb, more.tmdb_kind);
    }
    known.imdb = known.imdb.take().or(more.imdb);
    known.shikimori = known.shikimori.or(more.shikimori);
    known.mal = known.mal.or(more.mal);
}

impl Entry {
    /// Nothing but addresses, and none of them of another form.
    pub fn is_page_of(&self, kind: TmdbKind) -> bool {
        self.root.is_none() && self.external.tmdb_kind.is_none_or(|known| known == kind)
    }

    /// Its names by language. A name in Latin letters is that of its making unless there is
    /// another one for that.
    pub fn names(&self) -> Names {
        let mut names = Names {
            original: self.original.clone(),
            ..Names::default()
        };
        match &self.title {
            Some(title) if reading::is_russian(title) => names.ru = Some(title.clone()),
            Some(title) if self.original.as_ref().is_none_or(|one| one == title) => {
                names.original = Some(title.clone());
            }
            title => names.en.clone_from(title),
        }
        names
    }

    /// Adds what it tells, where nothing was told yet.
    pub fn tell(&self, title: &mut Title) {
        if title.names.is_empty() {
            title.names = self.names();
        }
        title.year = title.year.or(self.year);
        if title.overview.is_empty() {
            title.overview = reading::named(self.plot.clone());
        }
        if title.genres.is_empty() {
            title.genres.clone_from(&self.genres);
        }
        if title.facts.countries.is_empty() {
            title.facts.countries.clone_from(&self.countries);
        }
        title.rating = title.rating.or(self.rating);
        title.runtime_minutes = title.runtime_minutes.or(self.runtime_minutes);
        title.facts.age = title.facts.age.or(self.age);
        let facts = &mut title.facts;
        facts.released_on = facts.released_on.take().or(self.released_on.clone());
        facts.franchise = facts.franchise.take().or(self.franchise.clone());
        complete(&mut title.external, self.external.clone());
    }

    /// What it tells of an episode.
    pub fn episode(&self, season: u32, number: u32) -> FoundEpisode {
        let mut episode = FoundEpisode::numbered(season, number);
        let named = |text: &Option<String>| reading::named(text.clone());
        episode.names = named(&self.title);
        episode.facts.overview = named(&self.plot);
        episode.facts.released_on.clone_from(&self.released_on);
        episode.facts.runtime_minutes = self.runtime_minutes;
        episode
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
