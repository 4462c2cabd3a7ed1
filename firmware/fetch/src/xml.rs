//! A bounded walk through strangers' XML: the reader's events with depth counted, text put together
//! and references resolved, so that whoever reads a feed or an NFO says only what it looks for. No
//! entity is made of others.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

const DEEPEST: usize = 32;
/// Longer texts and more attributes are cut off, not refused.
const LONGEST_TEXT: usize = 16 * 1024;
const MOST_ATTRIBUTES: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("it is not readable XML")]
    Syntax(#[source] quick_xml::Error),
    #[error("its XML is nested more than {limit} levels deep")]
    TooDeep { limit: usize },
    #[error("its XML breaks off in the middle")]
    BrokenOff,
}

/// An element that begins.
#[derive(Debug)]
pub struct Element {
    /// Without its prefix, which differs between those who write.
    pub name: String,
    pub attributes: Vec<(String, String)>,
    /// 1 for the root.
    pub depth: usize,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
pub enum Token {
    Start(Element),
    /// The name and text of the element that ends, and the depth it stood at. Text of children
    /// is not in it.
    End {
        name: String,
        text: String,
        depth: usize,
    },
}

#[derive(Debug)]
pub struct Walk<'a> {
    reader: Reader<&'a [u8]>,
    texts: Vec<String>,
    /// `<a/>` ends where it begins.
    pending_end: Option<Token>,
}

impl<'a> Walk<'a> {
    pub fn new(xml: &'a str) -> Self {
        let mut reader = Reader::from_str(xml);
        // Indexers forget to escape `&` in links, people everywhere.
        reader.config_mut().allow_dangling_amp = true;
        Self {
            reader,
            texts: Vec::new(),
            pending_end: None,
        }
    }

    /// The next element that begins or ends; none where the document ends. It may have several
    /// roots, and text around them.
    #[allow(clippy::should_implement_trait, reason = "it may fail")]
    pub fn next(&mut self) -> Result<Option<Token>, Error> {
        if let Some(end) = self.pending_end.take() {
            return Ok(Some(end));
        }
        loop {
            match self.reader.read_event().map_err(Error::Syntax)? {
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
