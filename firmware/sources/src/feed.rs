//! The items of a feed, as they stand in it: Torznab's answers, Nyaa's, and the RSS of others.

use hearth_fetch::xml::{Element, Token, Walk};

use crate::{Error, text};

/// More than any indexer gives for one page.
const MOST_ITEMS: usize = 500;
const MOST_ATTRS: usize = 64;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    pub(crate) title: String,
    pub(crate) guid: String,
    pub(crate) link: String,
    pub(crate) comments: String,
    pub(crate) description: String,
    pub(crate) enclosures: Vec<Enclosure>,
    /// `torznab:attr` and, from indexers that mix, `newznab:attr`.
    attrs: Vec<(String, String)>,
    /// Other elements by their names without prefix, in lower case: `nyaa:seeders`, `size`, and
    /// what stands in a `torrent`.
    fields: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Enclosure {
    pub(crate) url: String,
    pub(crate) kind: String,
    pub(crate) length: String,
}

impl Item {
    /// The values told under a name, an attribute's before an element's.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let told = self.attrs.iter().chain(&self.fields);
        told.filter(move |(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The first value told under any of the names.
    pub(crate) fn told<'a>(&'a self, names: &'a [&'a str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.all(name).next())
    }

    /// The attributes of a name alone: `category` as an element holds words.
    pub(crate) fn attrs<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self
            .attrs
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.trim())
    }

    fn begin(&mut self, element: &Element) {
        let of = |name| element.attribute(name).unwrap_or_default().to_owned();
        match element.name.as_str() {
            "attr" if self.attrs.len() < MOST_ATTRS => self.attrs.push((of("name"), of("value"))),
            "enclosure" if self.enclosures.len() < MOST_ATTRS => self.enclosures.push(Enclosure {
                url: of("url"),
                kind: of("type"),
                length: of("length"),
            }),
            _ => {}
        }
    }

    fn end(&mut self, name: &str, text: &str) {
        let place = match name {
            "title" => &mut self.title,
            "guid" => &mut self.guid,
            "link" => &mut self.link,
            "comments" => &mut self.comments,
            "description" => &mut self.description,
            _ => {
                self.field(name, text);
                return;
            }
        };
        // `atom:link` is empty where `link` is not, `nyaa:comments` is a number.
        if !text.trim().is_empty() && (place.is_empty() || name != "comments") {
            text.trim().clone_into(place);
        }
    }

    fn field(&mut self, name: &str, text: &str) {
        if self.fields.len() < MOST_ATTRS && !text.trim().is_empty() {
            self.fields
                .push((name.to_lowercase(), text.trim().to_owned()));
        }
    }
}

/// The root that is expected, or Torznab's `<error>` in its place, or another document altogether.
pub(crate) fn expect_root(walk: &mut Walk<'_>, expected: &'static str) -> Result<(), Error> {
    let root = match walk.next()? {
        Some(Token::Start(root)) => root,
        Some(Token::End { .. }) | None => {
            return Err(Error::OtherDocument {
                root: "nothing".into(),
                expected,
            });
        }
    };
    match root.name.as_str() {
        "error" => Err(refusal(&root)),
        name if name == expected => Ok(()),
        name => Err(Error::OtherDocument {
            root: text::tidy(name, 40),
            expected,
        }),
    }
}

fn refusal(error: &Element) -> Error {
    let code = error.attribute("code").unwrap_or("no code");
    Error::Refused {
        code: text::tidy(code, 20),
        description: text::tidy(error.attribute("description").unwrap_or("no reason"), 200),
        hint: match code {
            "100" | "101" | "102" => ": check the API key",
            "200" | "201" | "203" => ": this indexer cannot search so",
            "300" => ": it is not there any more",
            "429" | "500" | "501" => ": its limit is used up, try again later",
            "900" => ": the trouble is on its side, look into its log",
            "910" => ": switch its API on",
            _ => "",
        },
    }
}

pub fn read_feed(xml: &str) -> Result<Vec<Item>, Error> {
    let mut walk = Walk::new(xml);
    expect_root(&mut walk, "rss")?;
    let mut items = Vec::new();
    let mut open: Option<(usize, Item)> = None;
    while let Some(token) = walk.next()? {
        match (token, &mut open) {
            (Token::Start(element), None) if element.name == "item" => {
                open = Some((element.depth, Item::default()));
            }
            (Token::Start(element), Some((depth, item))) if element.depth == *depth + 1 => {
                item.begin(&element);
            }
            (
                Token::End {
                    name,
                    text,
                    depth: at,
                },
                Some((depth, item)),
            ) if at > *depth => match at - *depth {
                1 => item.end(&name, &text),
                2 => item.field(&name, &text),
                _ => {}
            },
            (Token::End { depth: at, .. }, Some((depth, _))) if at == *depth => {
                items.extend(open.take().map(|(_, item)| item));
                if items.len() >= MOST_ITEMS {
                    return Ok(items);
                }
            }
            _ => {}
        }
    }
    Ok(items)
}
