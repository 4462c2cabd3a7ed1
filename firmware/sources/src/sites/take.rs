//! What is taken from an answer: rows, and in each the values a definition asks for.
//!
//! Runs where blocking is allowed; rows, the length of values and the time are bounded.

use std::time::{Duration, Instant};

use hearth_fetch::{Document, Error as FetchError, Place};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use serde_json_path::JsonPath;
use url::Url;

use super::{
    definition::{Definition, Inside, Origin, Page, Rows, Take},
    raw::Answer,
    template::Values,
};
use crate::{Error, html, html::TooHeavy, resolve};

/// More are counted, not read.
pub(super) const MOST_ROWS: usize = 200;
const LONGEST_VALUE: usize = 8 * 1024;
const LONGEST: Duration = Duration::from_secs(3);

#[derive(Debug)]
pub(super) struct Answered {
    /// After redirects.
    pub(super) url: Url,
    pub(super) size_bytes: usize,
    /// Of which the first are read.
    pub(super) total: usize,
    pub(super) rows: Vec<Row>,
}

/// The values of one row, as they stand in the answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) vars: Vec<(String, String)>,
    pub(super) name: Option<String>,
    pub(super) link: Option<String>,
    pub(super) size: Option<String>,
    pub(super) seeders: Option<String>,
    pub(super) imdb: Option<String>,
}

impl Row {
    /// In the order of a definition.
    pub(super) fn values(&self) -> Vec<(String, String)> {
        let fields = [
            ("name", &self.name),
            ("link", &self.link),
            ("size", &self.size),
            ("seeders", &self.seeders),
            ("imdb", &self.imdb),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        let vars = self.vars.iter();
        vars.map(|(name, value)| (format!("row.{name}"), value.clone()))
            .chain(fields)
            .collect()
    }

    /// What a second page told, and beside it what the first did.
    pub(super) fn over(self, first: &Self) -> Self {
        let or = |here: Option<String>, there: &Option<String>| here.or_else(|| there.clone());
        Self {
            vars: self.vars,
            name: or(self.name, &first.name),
            link: or(self.link, &first.link),
            size: or(self.size, &first.size),
            seeders: or(self.seeders, &first.seeders),
            imdb: or(self.imdb, &first.imdb),
        }
    }
}

enum Spot<'a> {
    Html(ElementRef<'a>),
    Json(&'a Value),
    Text(&'a str, Option<regex::Captures<'a>>),
}

pub(super) fn read(
    definition: &Definition,
    page: &Page,
    document: &Document,
    values: &Values,
) -> Result<Answered, Error> {
    let text = html::decode(document, definition.encoding);
    if document.status >= 400 {
        return Err(refused(document, &text));
    }
    let reading = Reading {
        definition,
        page,
        values,
        until: Instant::now() + LONGEST,
    };
    let (total, rows) = match (page.answer, &page.inside) {
        (Answer::Html, None) => reading.html(&text)?,
        (Answer::Html, Some(Inside::Json(path))) => {
            let value = json(&text)?;
            let inside = path.query(&value);
            let inside = inside.first().and_then(Value::as_str);
            reading.html(inside.ok_or_else(|| nothing_inside("a text"))?)?
        }
        (Answer::Json, None) => reading.json(&json(&text)?)?,
        (Answer::Json, Some(Inside::Html(selector))) => {
            let inside = content(&html::parse(&text)?, selector);
            let inside = inside.ok_or_else(|| nothing_inside("an element"))?;
            reading.json(&json(&inside)?)?
        }
        // `check` lets no other pair pass.
        (Answer::Text, _) | (_, Some(_)) => reading.text(&text)?,
    };
    Ok(Answered {
        url: document.url.clone(),
        size_bytes: document.bytes.len(),
        total,
        rows,
    })
}

fn refused(document: &Document, text: &str) -> Error {
    let page = html::parse(text).ok();
    if let Some(why) = page.and_then(|page| resolve::needs_a_browser(&page, text, document.status))
    {
        return Error::Other { text: why };
    }
    Error::Fetch(FetchError::Status {
        place: Place::of(&document.url),
        status: document.status,
    })
}

fn json(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| Error::Other {
        text: format!(
            "the answer is not the JSON that the definition expects ({error}): check `address` and `answer`"
        ),
    })
}

fn nothing_inside(what: &str) -> Error {
    Error::Other {
        text: format!("there is not {what} where `inside` looks for one: check it"),
    }
}

fn content(page: &Html, selector: &Selector) -> Option<String> {
    let element = page.select(selector).next()?;
    Some(element.text().collect())
}

struct Reading<'a> {
    definition: &'a Definition,
    page: &'a Page,
    values: &'a Values,
    until: Instant,
}

impl Reading<'_> {
    fn html(&self, text: &str) -> Result<(usize, Vec<Row>), Error> {
        let page = html::parse(text)?;
        let Some(Rows::Css(selector)) = &self.page.rows else {
            let all = page.root_element();
            return self.rows(1, [Spot::Html(all)]);
        };
        let found: Vec<_> = page.select(selector).collect();
        if found.is_empty()
            && let Some(why) = resolve::needs_a_browser(&page, text, 200)
        {
            return Err(Error::Other { text: why });
        }
        self.rows(found.len(), found.into_iter().map(Spot::Html))
    }

    fn json(&self, value: &Value) -> Result<(usize, Vec<Row>), Error> {
        let Some(Rows::Json(path)) = &self.page.rows else {
            return self.rows(1, [Spot::Json(value)]);
        };
        let found = path.query(value).all();
        self.rows(found.len(), found.into_iter().map(Spot::Json))
    }

    fn text(&self, text: &str) -> Result<(usize, Vec<Row>), Error> {
        let Some(Rows::Regex(regex)) = &self.page.rows else {
            return self.rows(1, [Spot::Text(text, None)]);
        };
        let mut rows = Vec::new();
        // Each search may go through all of the text: the clock is looked at between them.
        for found in regex.captures_iter(text).take(MOST_ROWS) {
            self.in_time()?;
            rows.push(self.row(&Spot::Text(
                found.get(0).map_or("", |all| all.as_str()),
                Some(found),
            )));
        }
        Ok((rows.len(), rows))
    }

    fn rows<'a>(
        &self,
        total: usize,
        spots: impl IntoIterator<Item = Spot<'a>>,
    ) -> Result<(usize, Vec<Row>), Error> {
        let mut rows = Vec::new();
        for spot in spots.into_iter().take(MOST_ROWS) {
            self.in_time()?;
            rows.push(self.row(&spot));
        }
        Ok((total, rows))
    }

    fn in_time(&self) -> Result<(), Error> {
        if Instant::now() > self.until {
            return Err(TooHeavy::Slow.into());
        }
        Ok(())
    }

    fn row(&self, spot: &Spot<'_>) -> Row {
        let mut values = self.values.clone();
        let mut vars = Vec::new();
        for (name, takes) in &self.page.vars {
            if let Some(value) = self.first(spot, takes, &values, false) {
                values.insert(format!("row.{name}"), value.clone());
                vars.push((name.clone(), value));
            }
        }
        let first = |takes: &[Take]| self.first(spot, takes, &values, false);
        Row {
            name: first(&self.page.name),
            link: self.first(spot, &self.page.link, &values, true),
            size: first(&self.page.size),
            seeders: first(&self.page.seeders),
            imdb: first(&self.page.imdb),
            vars,
        }
    }

    fn first(
        &self,
        spot: &Spot<'_>,
        takes: &[Take],
        values: &Values,
        is_address: bool,
    ) -> Option<String> {
        takes
            .iter()
            .find_map(|take| self.take(spot, take, values, is_address))
    }

    fn take(
        &self,
        spot: &Spot<'_>,
        take: &Take,
        values: &Values,
        is_address: bool,
    ) -> Option<String> {
        let mut value = match (&take.from, spot) {
            (Origin::Css(selector, attribute), Spot::Html(row)) => {
                let element = match selector {
                    Some(selector) => row.select(selector).next()?,
                    None => *row,
                };
                match attribute {
                    Some(name) => element.attr(name)?.to_owned(),
                    // JSON keeps its spaces.
                    None if take.json.is_some() => element.text().collect(),
                    None => html::text(element, LONGEST_VALUE),
                }
            }
            (Origin::Json(path), Spot::Json(row)) => scalar(path, row)?,
            (Origin::Group(name), Spot::Text(_, Some(found))) => {
                found.name(name)?.as_str().to_owned()
            }
            (Origin::Row, Spot::Text(row, _)) => (*row).to_owned(),
            (Origin::Make(template), _) if is_address => {
                template.address(values, self.definition.writes_in()).ok()?
            }
            (Origin::Make(template), _) => template.text(values).ok()?,
            // `check` lets no other pair pass.
            _ => return None,
        };
        if let Some(path) = &take.json {
            value = scalar(path, &serde_json::from_str(&value).ok()?)?;
        }
        value.truncate(value.floor_char_boundary(LONGEST_VALUE * 8));
        if let Some(regex) = &take.regex {
            let found = regex.captures(&value)?;
            let part = found.get(1).or_else(|| found.get(0))?;
            value = part.as_str().to_owned();
        }
        let value = value.trim();
        (!value.is_empty() && value.len() <= LONGEST_VALUE).then(|| value.to_owned())
    }
}

fn scalar(path: &JsonPath, value: &Value) -> Option<String> {
    match path.query(value).first()? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        // Some services make a list of what happens to be one.
        Value::Array(list) => match list.first()? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        },
        _ => None,
    }
}
