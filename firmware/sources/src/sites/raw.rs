//! A definition as it stands in its file: shapes and keys, no sense yet.

use std::{collections::BTreeMap, fmt};

use hearth_model::TitleKind;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_saphyr::{DefaultMessageFormatter, Error, MessageFormatter, Options, Spanned};

use super::definition::Problem;

/// No definition needs more.
const LONGEST: usize = 64 * 1024;
/// Aliases that repeat each other grow without end.
const MOST_REPEATED: usize = 2000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDefinition {
    pub(super) hearth_site: Spanned<u32>,
    pub(super) name: Spanned<String>,
    pub(super) url: Spanned<String>,
    #[serde(default)]
    pub(super) kinds: Option<Spanned<Vec<TitleKind>>>,
    #[serde(default)]
    pub(super) encoding: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) settings: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Spanned<String>>,
    pub(super) search: Spanned<Vec<Spanned<RawPage>>>,
    #[serde(default)]
    pub(super) details: Option<Spanned<RawPage>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPage {
    pub(super) address: Spanned<String>,
    #[serde(default)]
    pub(super) query: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) headers: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) form: Option<Spanned<BTreeMap<String, Spanned<String>>>>,
    #[serde(default)]
    pub(super) json: Option<Spanned<serde_json::Value>>,
    #[serde(default)]
    pub(super) answer: Answer,
    #[serde(default)]
    pub(super) inside: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) rows: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) vars: BTreeMap<String, Spanned<RawTake>>,
    #[serde(default)]
    pub(super) name: Option<Spanned<RawTake>>,
    #[serde(default)]
    pub(super) link: Option<Spanned<RawTake>>,
    #[serde(default)]
    pub(super) gives: Option<Spanned<Gives>>,
    #[serde(default)]
    pub(super) size: Option<Spanned<RawTake>>,
    #[serde(default)]
    pub(super) seeders: Option<Spanned<RawTake>>,
    #[serde(default)]
    pub(super) imdb: Option<Spanned<RawTake>>,
}

/// What a page is read as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Answer {
    #[default]
    Html,
    Json,
    Text,
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Html => "html",
            Self::Json => "json",
            Self::Text => "text",
        })
    }
}

/// What a link leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Gives {
    Torrent,
    Direct,
    Hls,
    Dash,
    Iframe,
}

/// How a value is taken from a row: in short, by keys, or the first of several ways.
#[derive(Debug)]
pub(super) enum RawTake {
    Short(String),
    Long(RawLong),
    First(Vec<Spanned<RawTake>>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLong {
    #[serde(default)]
    pub(super) css: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) attr: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) json: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) group: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) regex: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) make: Option<Spanned<String>>,
}

impl<'de> Deserialize<'de> for RawTake {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = RawTake;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a selector, `{css: …, attr: …}` and the like, or a list of these")
            }

            fn visit_str<E>(self, text: &str) -> Result<RawTake, E> {
                Ok(RawTake::Short(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawTake, A::Error> {
                RawLong::deserialize(MapAccessDeserializer::new(map)).map(RawTake::Long)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawTake, A::Error> {
                let mut ways = Vec::new();
                while let Some(way) = list.next_element()? {
                    ways.push(way);
                }
                Ok(RawTake::First(ways))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

pub(super) fn read(text: &str) -> Result<RawDefinition, Problem> {
    if text.len() > LONGEST {
        return Err(Problem {
            line: None,
            text: format!("it is longer than {LONGEST} bytes: is it a site definition?"),
        });
    }
    let mut options = Options::default();
    options.alias_limits.max_total_replayed_events = MOST_REPEATED;
    options.with_snippet = false;
    serde_saphyr::from_str_with_options(text, options).map_err(|error| problem(&error))
}

fn problem(error: &Error) -> Problem {
    let error = error.without_snippet();
    let text = match error {
        Error::SerdeUnknownField {
            field, expected, ..
        } => format!(
            "there is no key `{field}` here: there are {}",
            expected.join(", ")
        ),
        Error::SerdeMissingField { field, .. } => format!("the key `{field}` is missing here"),
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            format!("the key `{key}` stands here twice: keep one")
        }
        other => {
            let text = DefaultMessageFormatter.format_message(other);
            let quotes = ["string", "map", "null", "unit"]
                .iter()
                .any(|word| text.contains(word));
            let hint = if quotes {
                ": a text that begins with `{`, `[`, `#`, `*` or `&`, or holds `: `, stands in quotes"
            } else {
                ""
            };
            format!("{}{hint}", crate::text::tidy(&text, 300))
        }
    };
    Problem {
        line: error.location().map(|place| place.line()),
        text,
    }
}
