//! A bounded walk through XML: the reader's events with depth counted, text put together and
//! entities resolved, so that caps and feed say only what they look for.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

use crate::Error;

const DEEPEST: usize = 32;
/// Longer texts and more attributes are cut off, not refused.
const LONGEST_TEXT: usize = 16 * 1024;
const MOST_ATTRIBUTES: usize = 32;

/// An element that begins.
pub(super) struct Element {
    /// Without its prefix, which differs between indexers.
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    /// 1 for the root.
    pub(super) depth: usize,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub(super) enum Token {
    Start(Element),
    /// The name and text of the element that ends, and the depth it stood at. Text of children
    /// is not in it.
    End {
        name: String,
        text: String,
        depth: usize,
    },
}

pub(super) struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    texts: Vec<String>,
    /// `<a/>` ends where it begins.
    pending_end: Option<Token>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(xml: &'a str) -> Self {
        let mut reader = Reader::from_str(xml);
        // Indexers forget to escape `&` in links.
        reader.config_mut().allow_dangling_amp = true;
        Self {
            reader,
            texts: Vec::new(),
            pending_end: None,
        }
    }

    /// The next element that begins or ends; none after the root has ended.
    pub(super) fn next(&mut self) -> Result<Option<Token>, Error> {
        if let Some(end) = self.pending_end.take() {
            return Ok(Some(end));
        }
        loop {
            match self.reader.read_event().map_err(Error::Xml)? {
                Event::Start(start) => {
                    if self.texts.len() >= DEEPEST {
                        return Err(Error::TooDeep { limit: DEEPEST });
                    }
                    self.texts.push(String::new());
                    return Ok(Some(Token::Start(element(&start, self.texts.len()))));
                }
                Event::Empty(start) => {
                    let element = element(&start, self.texts.len() + 1);
                    self.pending_end = Some(Token::End {
                        name: element.name.clone(),
                        text: String::new(),
                        depth: element.depth,
                    });
                    return Ok(Some(Token::Start(element)));
                }
                Event::End(end) => {
                    let depth = self.texts.len();
                    return Ok(Some(Token::End {
                        name: end.local_name().as_ref().to_owned(),
                        text: self.texts.pop().unwrap_or_default(),
                        depth,
                    }));
                }
                Event::Text(text) => self.add(&text.xml10_content()),
                Event::CData(text) => self.add(&text.xml10_content()),
                Event::GeneralRef(reference) => self.add(&resolve(&reference)),
                Event::Eof if self.texts.is_empty() => return Ok(None),
                Event::Eof => return Err(Error::BrokenOff),
                _ => {}
            }
        }
    }

    fn add(&mut self, more: &str) {
        if let Some(text) = self.texts.last_mut()
            && text.len() + more.len() <= LONGEST_TEXT
        {
            text.push_str(more);
        }
    }
}

fn element(start: &BytesStart<'_>, depth: usize) -> Element {
    let mut attributes = start.attributes();
    // Looking for doubles takes quadratic time.
    attributes.with_checks(false);
    Element {
        name: start.local_name().as_ref().to_owned(),
        attributes: attributes
            .take(MOST_ATTRIBUTES)
            .flatten()
            .map(|attribute| {
                let value = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .unwrap_or_else(|_| attribute.value.clone());
                (
                    attribute.key.local_name().as_ref().to_owned(),
                    value.into_owned(),
                )
            })
            .collect(),
        depth,
    }
}

/// The five names of XML and characters by number; what else there is stays as it was written.
fn resolve(reference: &BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    let name = reference.xml10_content();
    quick_xml::escape::resolve_predefined_entity(&name)
        .map_or_else(|| format!("&{name};"), ToOwned::to_owned)
}

/// An `<error>` document in place of what was asked for, or another one altogether.
pub(super) fn expect_root(walk: &mut Walk<'_>, expected: &'static str) -> Result<(), Error> {
    let root = match walk.next()? {
        Some(Token::Start(root)) => root,
        Some(Token::End { .. }) | None => {
            return Err(Error::NotTorznab {
                root: "nothing".into(),
                expected,
            });
        }
    };
    match root.name.as_str() {
        "error" => Err(refusal(&root)),
        name if name == expected => Ok(()),
        name => Err(Error::NotTorznab {
            root: crate::text::tidy(name, 40),
            expected,
        }),
    }
}

fn refusal(error: &Element) -> Error {
    let code = error.attribute("code").unwrap_or("no code");
    Error::Refused {
        code: crate::text::tidy(code, 20),
        description: crate::text::tidy(error.attribute("description").unwrap_or("no reason"), 200),
        hint: match code {
            "100" | "101" | "102" => ": check the API key",
            "203" => ": this indexer cannot search so",
            "500" | "501" => ": its limit is used up, try again later",
            _ => "",
        },
    }
}
