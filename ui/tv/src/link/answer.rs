//! Requests of the view model as calls of the API, and their answers as intents.

use hearth_model::{GenresPage, HomeRow, Language, SearchPage, SourcesPage, TitleKind};
use http_body_util::BodyExt;
use hyper::{Method, Response, body::Incoming, header};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use url::form_urlencoded::byte_serialize;

use super::{
    Deliver, Ticket,
    http::{Client, read},
};
use crate::view_model::{Answer, Filters, Intent, LibraryPage, Order, Part, Problem, Request};

const LIBRARY_PAGE: usize = 60;
const SEARCH_LIMIT: usize = 40;

fn code(language: Language) -> &'static str {
    match language {
        Language::Ru => "ru",
        Language::En => "en",
    }
}

fn quoted(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}

/// One more parameter of a query that has some already; nothing for what is not said.
fn parameter(name: &str, value: Option<impl std::fmt::Display>) -> String {
    value.map_or_else(String::new, |value| format!("&{name}={value}"))
}

fn slug(kind: TitleKind) -> &'static str {
    match kind {
        TitleKind::Film => "film",
        TitleKind::Series => "series",
        TitleKind::Anime => "anime",
    }
}

/// A page of the catalogue; the box sorts by name itself, the other orders are lists of their own.
fn library(kind: TitleKind, filters: &Filters, language: Language) -> String {
    let list = match filters.order {
        Order::Popular => "popular?",
        Order::New => "new?",
        Order::Top => "top?",
        Order::Name => "search?q=&sort=name&",
    };
    let mut path = format!(
        "/api/v1/media/{list}type={}&limit={LIBRARY_PAGE}&lang={}",
        slug(kind),
        code(language)
    );
    path += &parameter("genre", filters.genre.as_deref().map(quoted));
    path += &parameter("year_from", filters.years.and_then(|years| years.from));
    path += &parameter("year_to", filters.years.and_then(|years| years.to));
    path += &parameter("rating_min", filters.rating_min);
    path
}

#[derive(Deserialize)]
struct HomeAnswer {
    rows: Vec<HomeRow>,
}

/// Asks and delivers; the last delivery carries the ticket.
pub async fn answer(client: &Client, request: Request, deliver: &Deliver, ticket: Ticket) {
    let answer = match request {
        Request::Search {
            seq,
            text,
            language,
        } => {
            let path = format!(
                "/api/v1/media/search?q={}&limit={SEARCH_LIMIT}&lang={}",
                quoted(&text),
                code(language)
            );
            let part = |part| Answer::Search { seq, part };
            let end = stream(
                client,
                &path,
                |page: SearchPage| page.items,
                |item| {
                    deliver(Intent::Answer(part(Part::Item(item))), None);
                },
            )
            .await;
            part(end.map_or_else(Part::Failed, |()| Part::Done))
        }
        Request::Sources {
            title_id,
            episode_id,
            screen_id,
            language,
        } => {
            let mut path = format!("/api/v1/media/{title_id}/sources?lang={}", code(language));
            path += &parameter("episode", episode_id);
            path += &parameter("screen_id", screen_id);
            let part = |part| Answer::Sources {
                title_id,
                episode_id,
                part,
            };
            let end = stream(
                client,
                &path,
                |page: SourcesPage| page.items,
                |item| {
                    deliver(Intent::Answer(part(Part::Item(item))), None);
                },
            )
            .await;
            part(end.map_or_else(Part::Failed, |()| Part::Done))
        }
        once => answer_once(client, once).await,
    };
    deliver(Intent::Answer(answer), Some(ticket));
}

async fn answer_once(client: &Client, request: Request) -> Answer {
    match request {
        Request::Home { language } => {
            let path = format!("/api/v1/home?lang={}", code(language));
            let answer: Result<HomeAnswer, Problem> = client.get(&path).await;
            Answer::Home(answer.map(|answer| answer.rows))
        }
        Request::Library {
            kind,
            filters,
            cursor,
            language,
        } => {
            let mut path = library(kind, &filters, language);
            path += &parameter("cursor", cursor.as_deref().map(quoted));
            let page: Result<SearchPage, Problem> = client.get(&path).await;
            Answer::Library {
                kind,
                filters,
                page: page.map(|page| LibraryPage {
                    items: page.items,
                    next: page.next,
                }),
            }
        }
        Request::Genres { kind } => {
            let path = format!("/api/v1/media/genres?type={}", slug(kind));
            let page: Result<GenresPage, Problem> = client.get(&path).await;
            if let Err(problem) = &page {
                tracing::warn!(detail = problem.sentence(), "no genres to choose from");
            }
            Answer::Genres {
                kind,
                genres: page.map(|page| page.items),
            }
        }
        Request::Title { id, language } => {
            let path = format!("/api/v1/media/{id}?lang={}", code(language));
            Answer::Title {
                id,
                detail: Box::new(client.get(&path).await),
            }
        }
        Request::Prepare {
            seq,
            wish,
            screen_id,
            language,
        } => {
            let mut body = json!({ "title_id": wish.title_id, "screen_id": screen_id });
            if let Some(episode_id) = wish.episode_id {
                body["episode_id"] = json!(episode_id);
            }
            if let Some(source_id) = wish.source_id {
                body["source_id"] = json!(source_id);
            }
            if let Some(start_ms) = wish.start_ms {
                body["start_ms"] = json!(start_ms);
            }
            let path = format!("/api/v1/player/prepare?lang={}", code(language));
            Answer::Prepared {
                seq,
                result: client.post(&path, body).await,
            }
        }
        Request::Subtitles { url } => {
            let text = client.bytes(&url, "text/vtt").await;
            let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            Answer::Subtitles { url, text }
        }
        Request::Services => Answer::Services(client.get("/api/v1/media/services").await),
        Request::Box => Answer::Box(client.get("/api/v1/box").await),
        Request::ShowPin => Answer::Pin(client.post("/api/v1/pairing/pin", json!({})).await),
        Request::HidePin => {
            if let Err(problem) = client.delete("/api/v1/pairing/pin").await {
                tracing::debug!(
                    detail = problem.sentence(),
                    "the PIN hides itself in a while"
                );
            }
            Answer::PinHidden
        }
        Request::OfBox(request) => Answer::OfBox(super::of_box::answer(client, request).await),
        Request::Pair { pin } => Answer::Paired(client.pair(&pin).await),
        Request::Search { .. } | Request::Sources { .. } => {
            unreachable!("what streams in is answered bit by bit")
        }
    }
}

/// What comes bit by bit (`text/event-stream`), or all at once from a daemon that says so.
async fn stream<T: DeserializeOwned, P: DeserializeOwned>(
    client: &Client,
    path: &str,
    items: impl Fn(P) -> Vec<T>,
    item: impl Fn(T),
) -> Result<(), Problem> {
    let response = client
        .call(
            Method::GET,
            path,
            None,
            "text/event-stream, application/json;q=0.5",
        )
        .await?;
    let is_stream = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"));
    if !is_stream {
        items(read(response).await?).into_iter().for_each(item);
        return Ok(());
    }
    events(response, |name, data| {
        if name == "item" {
            match serde_json::from_str(data) {
                Ok(one) => item(one),
                Err(error) => tracing::warn!(%error, path, "an item was not understood"),
            }
        }
        name != "done"
    })
    .await
}

/// Server-sent events until `take` says no or the stream ends.
async fn events(
    response: Response<Incoming>,
    mut take: impl FnMut(&str, &str) -> bool,
) -> Result<(), Problem> {
    let mut body = response.into_body();
    let mut parser = EventParser::default();
    while let Some(frame) = body.frame().await {
        let frame = frame
            .map_err(|error| Problem::unreachable(format!("the answer broke off: {error}")))?;
        let Some(bytes) = frame.data_ref() else {
            continue;
        };
        for (name, data) in parser.feed(bytes) {
            if !take(&name, &data) {
                return Ok(());
            }
        }
    }
    Ok(())
}

#[derive(Debug, Default)]
struct EventParser {
    rest: Vec<u8>,
    name: String,
    data: String,
}

impl EventParser {
    fn feed(&mut self, bytes: &[u8]) -> Vec<(String, String)> {
        let mut events = Vec::new();
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() {
                if !self.name.is_empty() || !self.data.is_empty() {
                    events.push((
                        std::mem::take(&mut self.name),
                        std::mem::take(&mut self.data),
                    ));
                }
                continue;
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut self.name),
                "data" => {
                    if !self.data.is_empty() {
                        self.data.push('\n');
                    }
                    self.data.push_str(value);
                }
                _ => {}
            }
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view_model::Years;

    #[test]
    fn events_are_read_however_they_are_cut() {
        let text = "event: item\ndata: {\"a\":\ndata: 1}\n\n: keep-alive\n\nevent: done\r\ndata: {}\r\n\r\n";
        for size in [1, 3, text.len()] {
            let mut parser = EventParser::default();
            let events: Vec<(String, String)> = text
                .as_bytes()
                .chunks(size)
                .flat_map(|bytes| parser.feed(bytes))
                .collect();
            assert_eq!(
                events,
                [
                    ("item".into(), "{\"a\":\n1}".into()),
                    ("done".into(), "{}".into())
                ]
            );
        }
    }

    #[test]
    fn filters_become_a_query() {
        let all = Filters::default();
        assert_eq!(
            library(TitleKind::Anime, &all, Language::En),
            "/api/v1/media/popular?type=anime&limit=60&lang=en"
        );
        let narrow = Filters {
            order: Order::Name,
            genre: Some("science-fiction".into()),
            years: Some(Years {
                from: Some(1990),
                to: Some(1999),
            }),
            rating_min: Some(7),
        };
        assert_eq!(
            library(TitleKind::Film, &narrow, Language::Ru),
            "/api/v1/media/search?q=&sort=name&type=film&limit=60&lang=ru&genre=science-fiction\
             &year_from=1990&year_to=1999&rating_min=7"
        );
    }

    #[test]
    fn a_query_is_quoted() {
        assert_eq!(
            quoted("Стальные слёзы & co"),
            "%D0%A1%D1%82%D0%B0%D0%BB%D1%8C%D0%BD%D1%8B%D0%B5+%D1%81%D0%BB%D1%91%D0%B7%D1%8B+%26+co"
        );
    }
}
