//! A definition that makes sense: how a site is asked, and what is taken from its answers.

use std::{collections::BTreeMap, fmt, path::Path};

use encoding_rs::Encoding;
use hearth_model::TitleKind;
use http::HeaderName;
use regex::Regex;
use scraper::Selector;
use serde_json_path::JsonPath;
use url::Url;

use super::{
    check,
    raw::{self, Answer, Gives},
    template::Template,
};

/// A site definition, checked whole: see `docs/reference/site-definitions.md`.
#[derive(Debug)]
pub struct Definition {
    pub name: String,
    pub url: Url,
    pub kinds: Vec<TitleKind>,
    /// What the owner gives, and what each is, in words.
    pub settings: BTreeMap<String, String>,
    pub(super) encoding: Option<&'static Encoding>,
    pub(super) headers: Vec<(HeaderName, Template)>,
    pub(super) searches: Vec<Page>,
    pub(super) details: Option<Page>,
}

/// A page to ask for, and how it is read.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) address: Template,
    pub(super) query: Vec<(String, Template)>,
    pub(super) headers: Vec<(HeaderName, Template)>,
    pub(super) body: Body,
    pub(super) answer: Answer,
    pub(super) inside: Option<Inside>,
    /// None: all of the page is one row.
    pub(super) rows: Option<Rows>,
    pub(super) vars: Vec<(String, Vec<Take>)>,
    pub(super) name: Vec<Take>,
    pub(super) link: Vec<Take>,
    pub(super) gives: Option<Gives>,
    pub(super) size: Vec<Take>,
    pub(super) seeders: Vec<Take>,
    pub(super) imdb: Vec<Take>,
}

#[derive(Debug)]
pub(super) enum Body {
    None,
    Form(Vec<(String, Template)>),
    Json(JsonBody),
}

#[derive(Debug)]
pub(super) enum JsonBody {
    Text(Template),
    Plain(serde_json::Value),
    List(Vec<JsonBody>),
    Map(Vec<(String, JsonBody)>),
}

/// HTML that stands in JSON, or JSON in an element of HTML.
#[derive(Debug)]
pub(super) enum Inside {
    Json(JsonPath),
    Html(Selector),
}

#[derive(Debug)]
pub(super) enum Rows {
    Css(Selector),
    Json(JsonPath),
    Regex(Regex),
}

/// One way to take a value from a row.
#[derive(Debug)]
pub(super) struct Take {
    pub(super) from: Origin,
    /// In what `from` gave.
    pub(super) json: Option<JsonPath>,
    pub(super) regex: Option<Regex>,
}

#[derive(Debug)]
pub(super) enum Origin {
    /// The row itself where the selector is none; its text where the attribute is none.
    Css(Option<Selector>, Option<String>),
    Json(JsonPath),
    Group(String),
    Make(Template),
    /// All of the row.
    Row,
}

impl Definition {
    /// Reads the definition in `text`; `file` is for the words of its problems.
    pub fn read(file: &Path, text: &str) -> Result<Self, Faulty> {
        let faulty = |problems| Faulty {
            file: file.display().to_string(),
            problems,
        };
        let raw = raw::read(text).map_err(|problem| faulty(vec![problem]))?;
        check::definition(raw).map_err(faulty)
    }

    /// Reads a file. One that is not there is a problem like others.
    pub fn open(file: &Path) -> Result<Self, Faulty> {
        let text = std::fs::read_to_string(file).map_err(|error| Faulty {
            file: file.display().to_string(),
            problems: vec![Problem {
                line: None,
                text: format!("it cannot be read ({error}): check the path and the file"),
            }],
        })?;
        Self::read(file, &text)
    }

    /// In how many ways it searches.
    pub fn searches(&self) -> usize {
        self.searches.len()
    }

    pub fn has_details(&self) -> bool {
        self.details.is_some()
    }
}

/// What is wrong in a definition, all that was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Faulty {
    pub file: String,
    pub problems: Vec<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: Option<u64>,
    pub text: String,
}

impl fmt::Display for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.problems.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            match problem.line {
                Some(line) => write!(f, "{}, line {line}: {}", self.file, problem.text)?,
                None => write!(f, "{}: {}", self.file, problem.text)?,
            }
        }
        Ok(())
    }
}
