//! The items of a Torznab answer, as they stand in it.

use super::xml::{Element, Token, Walk, expect_root};
use crate::Error;

/// More than any indexer gives for one page.
const MOST_ITEMS: usize = 500;
const MOST_ATTRS: usize = 64;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    pub(super) title: String,
    pub(super) guid: String,
    pub(super) link: String,
    pub(super) comments: String,
    pub(super) size: String,
    pub(super) enclosures: Vec<Enclosure>,
    /// `torznab:attr` and, from indexers that mix, `newznab:attr`.
    attrs: Vec<(String, String)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Enclosure {
    pub(super) url: String,
    pub(super) kind: String,
    pub(super) length: String,
}

impl Item {
    pub(super) fn attrs<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self
            .attrs
            .iter()
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    pub(super) fn attr<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.attrs(name).next()
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

    fn end(&mut self, name: &str, text: String) {
        let place = match name {
            "title" => &mut self.title,
            "guid" => &mut self.guid,
            "link" => &mut self.link,
            "comments" => &mut self.comments,
            "size" => &mut self.size,
            _ => return,
        };
        // `atom:link` is empty where `link` is not.
        if !text.trim().is_empty() {
            text.trim().clone_into(place);
        }
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
            ) if at == *depth + 1 => {
                item.end(&name, text);
            }
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
