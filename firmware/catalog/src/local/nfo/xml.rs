//! A bounded walk through an NFO file: what stands directly in its roots, and one step deeper.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};

const DEEPEST: usize = 16;
/// Longer texts are cut off, not refused.
const LONGEST_TEXT: usize = 16 * 1024;
/// Elements of a root; the rest is left out.
const MOST: usize = 4_000;

/// An element with its own text.
#[derive(Debug, Default)]
pub(super) struct Element {
    /// In lower case.
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
    /// Of the roots and what stands in them; deeper ones are left out.
    pub children: Vec<Element>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Those of that name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// The roots of a file: Kodi writes several, one behind the other, for a file with several
/// episodes, and people write an address below them.
pub(super) fn roots(text: &str) -> Result<Vec<Element>, String> {
    let mut reader = Reader::from_str(text);
    // Written by hand, `&` is rarely escaped.
    reader.config_mut().allow_dangling_amp = true;
    let mut roots = Vec::new();
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if open.len() >= DEEPEST {
                    return Err(format!("it is more than {DEEPEST} levels deep"));
                }
                open.push(element(&start));
            }
            Event::Empty(start) => close(element(&start), &mut open, &mut roots, &mut count),
            Event::End(_) => {
                if let Some(done) = open.pop() {
                    close(done, &mut open, &mut roots, &mut count);
                }
            }
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => add(&mut open, &resolve(&reference)),
            Event::Eof if open.is_empty() => return Ok(roots),
            Event::Eof => return Err("it breaks off".to_owned()),
            _ => {}
        }
    }
}

fn close(done: Element, open: &mut [Element], roots: &mut Vec<Element>, count: &mut usize) {
    let depth = open.len();
    *count += 1;
    if depth > 0 && (*count > MOST || depth > 3) {
        return;
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None => roots.push(done),
    }
}

fn add(open: &mut [Element], more: &str) {
    if let Some(element) = open.last_mut()
        && element.text.len() + more.len() <= LONGEST_TEXT
    {
        element.text.push_str(more);
    }
}

fn element(start: &BytesStart<'_>) -> Element {
    let mut attributes = start.attributes();
    // Looking for doubles takes quadratic time.
    attributes.with_checks(false);
    Element {
        name: start.local_name().as_ref().to_lowercase(),
        attributes: attributes
            .take(16)
            .flatten()
            .map(|attribute| {
                let value = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .unwrap_or_else(|_| attribute.value.clone());
                let key = attribute.key.local_name().as_ref().to_lowercase();
                (key, value.into_owned())
            })
            .collect(),
        ..Element::default()
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
