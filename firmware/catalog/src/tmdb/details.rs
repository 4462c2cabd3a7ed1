//! A title with everything its page shows, and people.

use hearth_model::{
    Certification, Credit, Details, Franchise, Names, Part, Person, PersonDetail, Picture,
    PictureKind, Season, Status, Title, TitleKind, TmdbKind, Video, VideoKind,
};
use serde_json::Value;

use super::titles::{self, Pictures};
use crate::reading::{self, Reading};

const MOST_CAST: usize = 40;
const MOST_CREW: usize = 30;
const MOST_PICTURES: usize = 20;
const MOST_VIDEOS: usize = 30;
const MOST_ALIASES: usize = 30;
const MOST_RECOMMENDED: usize = 40;

pub(super) fn title(answer: &Value, kind: TmdbKind, pictures: &Pictures) -> Option<Title> {
    let mut title = titles::title(answer, Some(kind), pictures)?;
    let english = translation(answer, "en");
    let name = match kind {
        TmdbKind::Movie => "title",
        TmdbKind::Tv => "name",
    };
    title.names.en = english
        .line(name)
        .or(title.names.en)
        .or_else(|| reading::english(answer.line(name)));
    title.overview.en = english
        .prose("overview")
        .or_else(|| reading::english(answer.prose("overview")));
    let named = answer.list("genres").filter_map(|genre| genre.line("name"));
    let named = named
        .filter(|name| !reading::is_russian(name))
        .flat_map(|name| reading::genres(&name));
    title.genres = reading::distinct(title.genres.clone().into_iter().chain(named), 20);
    title.runtime_minutes = answer.above_zero("runtime").or_else(|| {
        let minutes = answer.list("episode_run_time").find_map(Value::as_u64);
        minutes
            .filter(|minutes| *minutes > 0)
            .map(|minutes| minutes as u32)
    });
    title.external.imdb = [answer.at("external_ids"), answer]
        .into_iter()
        .find_map(|ids| ids.line("imdb_id"))
        .filter(|id| id.starts_with("tt"));
    let facts = &mut title.facts;
    facts.status = status(answer, kind);
    facts.aliases = aliases(answer, &title.names);
    facts.franchise = franchise(answer, pictures).map(|franchise| franchise.key);
    facts.episode_count = answer.above_zero("number_of_episodes");
    // Of anime Shikimori knows the minute.
    if title.kind != TitleKind::Anime {
        let day = answer.at("next_episode_to_air").date("air_date");
        facts.next_episode_at = day.and_then(|day| reading::moment(&format!("{day}T00:00:00Z")));
    }
    let ages: Vec<Certification> = certifications(answer);
    facts.age = ["RU", "US"]
        .into_iter()
        .find_map(|country| ages.iter().find(|one| one.country == country)?.age)
        .or_else(|| ages.iter().filter_map(|one| one.age).max());
    Some(title)
}

pub(super) fn details(answer: &Value, kind: TmdbKind, pictures: &Pictures) -> Details {
    let recommended = answer.at("recommendations");
    Details {
        tagline: Names {
            ru: reading::russian(answer.line("tagline")),
            en: translation(answer, "en")
                .line("tagline")
                .or_else(|| reading::english(answer.line("tagline"))),
            original: None,
        },
        credits: credits(answer, pictures),
        pictures: all_pictures(answer.at("images"), pictures),
        videos: answer
            .at("videos")
            .list("results")
            .filter_map(video)
            .take(MOST_VIDEOS)
            .collect(),
        certifications: certifications(answer),
        studios: reading::distinct(
            answer
                .list("networks")
                .chain(answer.list("production_companies"))
                .filter_map(|studio| studio.line("name")),
            20,
        ),
        seasons: answer
            .list("seasons")
            .filter_map(|item| season(item, pictures))
            .collect(),
        franchise: franchise(answer, pictures),
        relatives: Vec::new(),
        recommended: recommended
            .list("results")
            .filter_map(|item| {
                // Older answers do not say which counting: it is that of the title itself.
                let said = item.at("media_type").is_string();
                titles::title(item, (!said).then_some(kind), pictures)
            })
            .take(MOST_RECOMMENDED)
            .collect(),
    }
}

fn translation<'a>(answer: &'a Value, language: &str) -> &'a Value {
    answer
        .at("translations")
        .list("translations")
        .find(|one| one.at("iso_639_1") == language)
        .map_or(&Value::Null, |one| one.at("data"))
}

fn status(answer: &Value, kind: TmdbKind) -> Option<Status> {
    Some(match (answer.line("status")?.as_str(), kind) {
        ("Released" | "Ended", _) => Status::Released,
        ("Returning Series", _) => Status::Ongoing,
        ("Canceled" | "Cancelled", _) => Status::Cancelled,
        ("Rumored" | "Planned" | "In Production" | "Post Production" | "Pilot", _) => {
            // A series between two seasons is in production too.
            match answer.above_zero::<u32>("number_of_episodes") {
                Some(_) if kind == TmdbKind::Tv && answer.line("last_air_date").is_some() => {
                    Status::Ongoing
                }
                _ => Status::Announced,
            }
        }
        _ => return None,
    })
}

fn aliases(answer: &Value, names: &Names) -> Vec<String> {
    let alternative = answer.at("alternative_titles");
    // Films have `titles`, series `results`.
    let all = alternative
        .list("titles")
        .chain(alternative.list("results"))
        .filter_map(|item| item.line("title"));
    // What people here would type: their own and the originals' scripts come all the same.
    let new = all.filter(|name| !names.all().any(|known| known == name));
    reading::distinct(new, MOST_ALIASES)
}

fn franchise(answer: &Value, pictures: &Pictures) -> Option<Franchise> {
    let collection = answer.at("belongs_to_collection");
    Some(Franchise {
        key: format!("tmdb:{}", collection.above_zero::<u64>("id")?),
        names: reading::named(collection.line("name")),
        poster: pictures.poster(collection),
    })
}

/// The theatrical one of each country, or whichever it has.
fn certifications(answer: &Value) -> Vec<Certification> {
    let certification = |country: Option<String>, label: Option<String>| {
        let (country, label) = (country?, label?);
        Some(Certification {
            age: reading::age(&country, &label),
            country,
            label,
        })
    };
    let of_films = answer
        .at("release_dates")
        .list("results")
        .filter_map(|item| {
            const IN_THE_CINEMAS: u64 = 3;
            let labelled = item
                .list("release_dates")
                .filter(|release| release.line("certification").is_some());
            let chosen = labelled
                .min_by_key(|release| release.number::<u64>("type") != Some(IN_THE_CINEMAS))?;
            certification(item.line("iso_3166_1"), chosen.line("certification"))
        });
    let of_series = answer
        .at("content_ratings")
        .list("results")
        .filter_map(|item| certification(item.line("iso_3166_1"), item.line("rating")));
    of_films.chain(of_series).collect()
}

fn credits(answer: &Value, pictures: &Pictures) -> Vec<Credit> {
    let (whole, latest) = (answer.at("aggregate_credits"), answer.at("credits"));
    let of = |key: &str| whole.list(key).chain(latest.list(key));
    let person = |item: &Value| titles::person(item, pictures);
    let creators = answer.list("created_by").filter_map(|item| {
        Some(Credit {
            person: person(item)?,
            part: Part::Creator,
            role: Names::default(),
        })
    });
    let cast = of("cast").filter_map(|item| {
        let role = item
            .line("character")
            .or_else(|| item.list("roles").find_map(|role| role.line("character")));
        Some(Credit {
            person: person(item)?,
            part: Part::Cast,
            role: reading::named(role),
        })
    });
    let crew = of("crew").filter_map(|item| {
        let job = item
            .line("job")
            .or_else(|| item.list("jobs").find_map(|job| job.line("job")))?;
        Some(Credit {
            person: person(item)?,
            part: match job.as_str() {
                "Director" | "Series Director" => Part::Director,
                "Writer" | "Screenplay" | "Story" | "Novel" => Part::Writer,
                "Original Music Composer" | "Music" => Part::Composer,
                _ => Part::Crew,
            },
            role: reading::named(Some(job)),
        })
    });
    let mut crew: Vec<Credit> = crew.collect();
    // Whom people ask for first; the rest in the service's order.
    crew.sort_by_key(|credit| credit.part == Part::Crew);
    let mut all: Vec<Credit> = Vec::new();
    let crew = creators.chain(crew).take(MOST_CREW);
    for credit in cast.take(MOST_CAST).chain(crew) {
        let is_known = |known: &&Credit| {
            known.person.key == credit.person.key
                && known.part == credit.part
                && known.role == credit.role
        };
        if all.iter().find(is_known).is_none() {
            all.push(credit);
        }
    }
    all
}

fn all_pictures(images: &Value, pictures: &Pictures) -> Vec<Picture> {
    let kinds = [
        ("posters", PictureKind::Poster, "w500"),
        ("backdrops", PictureKind::Backdrop, "w1280"),
        ("logos", PictureKind::Logo, "w500"),
    ];
    let of = |(key, kind, size): (&str, PictureKind, &str)| {
        let all = images.list(key).filter_map(move |item| {
            Some(Picture {
                kind,
                url: pictures.picture(item, "file_path", size)?,
                width: item.above_zero("width"),
                height: item.above_zero("height"),
                // `xx` means none.
                language: item.line("iso_639_1").filter(|code| code != "xx"),
            })
        });
        all.take(MOST_PICTURES).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(of).collect()
}

fn video(item: &Value) -> Option<Video> {
    let key = item.line("key").filter(|key| {
        key.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
    })?;
    let url = match item.line("site")?.as_str() {
        "YouTube" => format!("https://www.youtube.com/watch?v={key}"),
        "Vimeo" => format!("https://vimeo.com/{key}"),
        _ => return None,
    };
    Some(Video {
        kind: match item.line("type").as_deref() {
            Some("Trailer") => VideoKind::Trailer,
            Some("Teaser") => VideoKind::Teaser,
            Some("Clip") => VideoKind::Clip,
            Some("Opening Credits") => VideoKind::Opening,
            _ => VideoKind::Other,
        },
        name: item.line("name").unwrap_or_default(),
        url,
        language: item.line("iso_639_1"),
    })
}

fn season(item: &Value, pictures: &Pictures) -> Option<Season> {
    Some(Season {
        number: item.number("season_number")?,
        names: reading::named(item.line("name")),
        episode_count: item.number("episode_count").unwrap_or(0),
        released_on: item.date("air_date"),
        poster: pictures.poster(item),
    })
}

pub(super) fn person_detail(answer: &Value, pictures: &Pictures) -> Option<PersonDetail> {
    let mut person: Person = titles::person(answer, pictures)?;
    let also: Vec<String> = answer
        .list("also_known_as")
        .filter_map(|name| reading::line(name.as_str()?))
        .collect();
    let russian = also.into_iter().find(|name| reading::is_russian(name));
    person.names.ru = person.names.ru.or(russian);
    let credits = answer.at("combined_credits");
    let mut titles: Vec<Title> = Vec::new();
    for item in credits.list("cast").chain(credits.list("crew")) {
        if let Some(title) = titles::title(item, None, pictures)
            && !titles.iter().any(|known| known.id == title.id)
        {
            titles.push(title);
        }
    }
    let votes = |title: &Title| title.facts.votes.unwrap_or(0);
    titles.sort_by_key(|title| std::cmp::Reverse(votes(title)));
    titles.truncate(MOST_RECOMMENDED);
    Some(PersonDetail {
        person,
        biography: Names {
            ru: reading::russian(answer.prose("biography")),
            en: translation(answer, "en")
                .prose("biography")
                .or_else(|| reading::english(answer.prose("biography"))),
            original: None,
        },
        born_on: answer.date("birthday"),
        died_on: answer.date("deathday"),
        imdb: [answer.at("external_ids"), answer]
            .into_iter()
            .find_map(|ids| ids.line("imdb_id")),
        titles,
    })
}
