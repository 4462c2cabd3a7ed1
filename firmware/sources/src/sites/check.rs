//! From what stands in a definition's file to what makes sense; every problem is told with its
//! line.

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::Encoding;
use hearth_model::TitleKind;
use http::HeaderName;
use serde_saphyr::Spanned;
use url::Url;

use super::{
    definition::{Body, Definition, Inside, JsonBody, Page, Problem, Rows},
    query,
    raw::{Answer, RawDefinition, RawPage, RawTake},
    template::Template,
};

const FORMAT: u32 = 1;
const MOST_SEARCHES: usize = 8;

pub(super) fn definition(raw: RawDefinition) -> Result<Definition, Vec<Problem>> {
    let mut check = Check::default();
    if raw.hearth_site.value != FORMAT {
        check.problem(
            &raw.hearth_site,
            format!("this format is not known: write `hearth_site: {FORMAT}`"),
        );
    }
    if raw.name.value.trim().is_empty() {
        check.problem(&raw.name, "give the site a name");
    }
    let url = Url::parse(raw.url.value.trim())
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        check.problem(&raw.url, "give a full address like https://example.org/");
    }
    let encoding = raw.encoding.as_ref().and_then(|label| {
        let known = Encoding::for_label(label.value.trim().as_bytes());
        if known.is_none() {
            check.problem(
                label,
                "this encoding is not known: write it like `utf-8` or `windows-1251`",
            );
        }
        known
    });
    for (name, told) in &raw.settings {
        let is_name = name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !is_name || name.is_empty() {
            check.problem(told, "a setting's name is of small letters, digits and `_`");
        }
        check.names.insert(format!("setting.{name}"));
    }
    check
        .names
        .extend(query::NAMES.iter().map(ToString::to_string));
    let headers = check.headers(&raw.headers);
    let count = raw.search.value.len();
    if count == 0 || count > MOST_SEARCHES {
        check.problem(
            &raw.search,
            format!("give one to {MOST_SEARCHES} searches, each beginning with `- address: …`"),
        );
    }
    let details = raw.details.as_ref();
    let mut vars: BTreeSet<String> = BTreeSet::new();
    let mut searches = Vec::new();
    for page in &raw.search.value {
        // A value of one search is no other's; the second page may use those of any.
        vars.extend(page.value.vars.keys().map(|name| format!("row.{name}")));
        searches.push(check.page(&page.value));
        for (key, given) in [
            ("name", page.value.name.is_some()),
            ("link", page.value.link.is_some()),
        ] {
            let later = details.is_some_and(|details| match key {
                "name" => details.value.name.is_some(),
                _ => details.value.link.is_some(),
            });
            if !given && !later {
                check.problem(
                    page,
                    format!("`{key}` is missing: say here, or in `details`, where it stands"),
                );
            }
        }
    }
    let details = details.map(|page| {
        check.names.extend(vars);
        check.page(&page.value)
    });
    match url {
        Some(url) if check.problems.is_empty() => Ok(Definition {
            name: raw.name.value.trim().to_owned(),
            url,
            kinds: raw.kinds.map_or_else(
                || vec![TitleKind::Film, TitleKind::Series, TitleKind::Anime],
                |kinds| kinds.value,
            ),
            settings: raw
                .settings
                .into_iter()
                .map(|(name, told)| (name, told.value))
                .collect(),
            encoding,
            headers,
            searches,
            details,
        }),
        _ => Err(check.problems),
    }
}

#[derive(Default)]
pub(super) struct Check {
    problems: Vec<Problem>,
    /// The values that templates may ask for.
    names: BTreeSet<String>,
}

impl Check {
    pub(super) fn problem<T>(&mut self, at: &Spanned<T>, text: impl Into<String>) {
        self.problems.push(Problem {
            line: Some(at.referenced.line()).filter(|line| *line > 0),
            text: text.into(),
        });
    }

    pub(super) fn template(&mut self, text: &Spanned<String>) -> Template {
        let template = Template::parse(&text.value).unwrap_or_else(|problem| {
            self.problem(text, problem);
            Template::parse("").expect("an empty text has no mistake")
        });
        let unknown: Vec<String> = template
            .names()
            .filter(|name| !self.names.contains(*name))
            .map(ToOwned::to_owned)
            .collect();
        for name in unknown {
            let known: Vec<&str> = self.names.iter().map(String::as_str).collect();
            let text_of = match name.strip_prefix("setting.") {
                Some(key) => format!(
                    "there is no setting `{key}`: add it under `settings:` with a word on what it is"
                ),
                None => format!(
                    "there is no value `{name}` here: there are {}",
                    known.join(", ")
                ),
            };
            self.problem(text, text_of);
        }
        template
    }

    fn templates(&mut self, pairs: &BTreeMap<String, Spanned<String>>) -> Vec<(String, Template)> {
        pairs
            .iter()
            .map(|(name, text)| (name.clone(), self.template(text)))
            .collect()
    }

    fn headers(
        &mut self,
        pairs: &BTreeMap<String, Spanned<String>>,
    ) -> Vec<(HeaderName, Template)> {
        let mut headers = Vec::new();
        for (name, text) in pairs {
            let template = self.template(text);
            match HeaderName::from_bytes(name.as_bytes()) {
                Ok(name) if !is_ours(&name) => headers.push((name, template)),
                Ok(name) => self.problem(
                    text,
                    format!("the header `{name}` is Hearth's own to send: leave it out"),
                ),
                Err(_) => self.problem(text, format!("`{name}` is no header's name")),
            }
        }
        headers
    }

    fn page(&mut self, raw: &RawPage) -> Page {
        let address = self.template(&raw.address);
        if raw.address.value.trim().is_empty() {
            self.problem(&raw.address, "give the page's address, like `/search`");
        }
        let query = self.templates(&raw.query);
        let headers = self.headers(&raw.headers);
        let body = match (&raw.form, &raw.json) {
            (Some(_), Some(json)) => {
                self.problem(json, "a page takes `form` or `json`, not both: keep one");
                Body::None
            }
            (Some(form), None) => Body::Form(self.templates(&form.value)),
            (None, Some(json)) => Body::Json(self.json_body(json, &json.value)),
            (None, None) => Body::None,
        };
        let inside = raw.inside.as_ref().and_then(|inside| match raw.answer {
            Answer::Html => self.json_path(inside).map(Inside::Json),
            Answer::Json => self.css(inside).map(Inside::Html),
            Answer::Text => {
                self.problem(inside, "`inside` is of `answer: html` and `answer: json`");
                None
            }
        });
        let rows = self.rows(raw);
        let groups = match &rows {
            Some(Rows::Regex(regex)) => regex
                .capture_names()
                .flatten()
                .map(ToOwned::to_owned)
                .collect(),
            _ => BTreeSet::new(),
        };
        let around = self.names.clone();
        let mut vars = Vec::new();
        let is_made = |take: &RawTake| matches!(take, RawTake::Long(long) if long.make.is_some());
        // Those made of others come after them, and not of each other.
        let (made, plain): (Vec<_>, Vec<_>) =
            raw.vars.iter().partition(|(_, take)| is_made(&take.value));
        let plain_names: Vec<String> = plain
            .iter()
            .map(|(name, _)| format!("row.{name}"))
            .collect();
        let made_names: Vec<String> = made.iter().map(|(name, _)| format!("row.{name}")).collect();
        for (name, take) in plain {
            vars.push((name.clone(), self.take(take, raw.answer, &groups)));
        }
        self.names.extend(plain_names);
        for (name, take) in made {
            vars.push((name.clone(), self.take(take, raw.answer, &groups)));
        }
        self.names.extend(made_names);
        for (name, take) in &raw.vars {
            if Template::parse(&format!("{{row.{name}}}")).is_err() {
                self.problem(take, "a value's name is of small letters, digits and `_`");
            }
        }
        let mut takes = |take: &Option<Spanned<RawTake>>| {
            take.as_ref()
                .map(|take| self.take(take, raw.answer, &groups))
                .unwrap_or_default()
        };
        let name = takes(&raw.name);
        let link = takes(&raw.link);
        let size = takes(&raw.size);
        let seeders = takes(&raw.seeders);
        let imdb = takes(&raw.imdb);
        if let (Some(gives), None) = (&raw.gives, &raw.link) {
            self.problem(
                gives,
                "`gives` says what `link` gives: it stands beside one",
            );
        }
        self.names = around;
        Page {
            address,
            query,
            headers,
            body,
            answer: raw.answer,
            inside,
            rows,
            vars,
            name,
            link,
            gives: raw.gives.as_ref().map(|gives| gives.value),
            size,
            seeders,
            imdb,
        }
    }

    fn rows(&mut self, raw: &RawPage) -> Option<Rows> {
        match (raw.answer, &raw.rows) {
            (Answer::Html, Some(rows)) => self.css(rows).map(Rows::Css),
            (Answer::Json, Some(rows)) => self.json_path(rows).map(Rows::Json),
            (Answer::Text, Some(rows)) => self.regex(rows).map(Rows::Regex),
            (Answer::Text, None) => {
                self.problem(
                    &raw.address,
                    "`answer: text` needs `rows`, a regular expression with named groups like `(?P<name>…)`",
                );
                None
            }
            (_, None) => None,
        }
    }

    fn json_body(
        &mut self,
        at: &Spanned<serde_json::Value>,
        value: &serde_json::Value,
    ) -> JsonBody {
        match value {
            serde_json::Value::String(text) => JsonBody::Text(self.template(&Spanned::new(
                text.clone(),
                at.referenced,
                at.defined,
            ))),
            serde_json::Value::Array(list) => {
                JsonBody::List(list.iter().map(|inner| self.json_body(at, inner)).collect())
            }
            serde_json::Value::Object(map) => JsonBody::Map(
                map.iter()
                    .map(|(name, inner)| (name.clone(), self.json_body(at, inner)))
                    .collect(),
            ),
            other => JsonBody::Plain(other.clone()),
        }
    }
}

/// What frames the request is nobody else's.
fn is_ours(name: &HeaderName) -> bool {
    let name = name.as_str();
    name.starts_with("proxy-")
        || matches!(
            name,
            "host"
                | "connection"
                | "content-length"
                | "content-type"
                | "transfer-encoding"
                | "te"
                | "trailer"
                | "upgrade"
                | "keep-alive"
                | "expect"
                | "accept-encoding"
                | "range"
        )
}
