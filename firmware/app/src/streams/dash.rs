//! DASH manifests: every address becomes one on the box, and all else passes through as it is.
//!
//! An address in a manifest is seen from its level's `BaseURL`, and a list of segments that stands
//! above the representations is seen from each of theirs. So the manifest is read twice: once to
//! learn who sees what from where, once to write it anew. What is written depends on no base, and has
//! one only where a representation is a file: GStreamer puts the query of a base into the addresses
//! that are seen from it.

mod survey;

use std::{borrow::Cow, sync::Arc};

use quick_xml::{
    Reader, Writer, XmlVersion,
    events::{BytesEnd, BytesRef, BytesStart, BytesText, Event, attributes::Attribute},
};
use url::Url;

use self::survey::{Seen, Survey};
use super::{
    Name, Page, Unusable,
    target::{Kind, Target},
    template::Template,
};

const DEEPEST: usize = 32;
const MOST_EVENTS: usize = 400_000;
const LONGEST_ADDRESS: usize = 16 * 1024;

pub(super) fn rewrite(text: &str, page: &Page, name: &mut Name<'_>) -> Result<String, Unusable> {
    let events = read(text)?;
    let root = events.iter().find_map(|event| match event {
        Event::Start(start) | Event::Empty(start) => Some(local(start)),
        _ => None,
    });
    // A part of a manifest may be any element of it.
    if root.is_none() || (root != Some("MPD") && page.inside.is_none()) {
        return Err(Unusable::Other("DASH"));
    }
    let survey = Survey::of(&events, page);
    let writing = Writing {
        events: &events,
        survey,
        page,
        name,
        out: Writer::new(Vec::with_capacity(text.len() * 2)),
        list: None,
    };
    writing.whole()
}

/// The document without remarks, instructions and whatever could make entities.
fn read(text: &str) -> Result<Vec<Event<'_>>, Unusable> {
    let mut reader = Reader::from_str(text);
    let mut events = Vec::new();
    let mut depth = 0;
    loop {
        let event = reader.read_event().map_err(Unusable::Xml)?;
        match &event {
            Event::Eof if depth == 0 => return Ok(events),
            Event::Eof => return Err(Unusable::Other("whole DASH")),
            Event::DocType(_) => return Err(Unusable::DocumentType),
            Event::PI(_) | Event::Comment(_) => continue,
            Event::GeneralRef(reference) if resolved(reference).is_none() => {
                return Err(Unusable::DocumentType);
            }
            Event::Start(_) if depth >= DEEPEST => return Err(Unusable::TooLong),
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if events.len() >= MOST_EVENTS {
            return Err(Unusable::TooLong);
        }
        events.push(event);
    }
}

/// The five names of XML, and characters by number.
fn resolved(reference: &BytesRef<'_>) -> Option<String> {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return Some(character.to_string());
    }
    let name = reference.xml10_content();
    quick_xml::escape::resolve_predefined_entity(&name).map(ToOwned::to_owned)
}

fn local<'a>(start: &'a BytesStart<'_>) -> &'a str {
    let name = start.name().0;
    name.split_once(':').map_or(name, |(_, local)| local)
}

fn value_of<'a>(attribute: &Attribute<'a>) -> Result<Cow<'a, str>, Unusable> {
    let value = attribute.normalized_value(XmlVersion::Implicit1_0);
    value.map_err(Unusable::Xml)
}

fn attribute(start: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let mut attributes = start.attributes();
    // Looking for doubles takes quadratic time.
    attributes.with_checks(false);
    let found = attributes.flatten().find(|found| found.key.0 == wanted)?;
    value_of(&found).ok().map(Cow::into_owned)
}

/// Where the element that begins at `start` ends.
fn end_of(events: &[Event<'_>], start: usize) -> usize {
    let mut depth = 0;
    for (place, event) in events.iter().enumerate().skip(start) {
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    events.len()
}

fn text_of(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(part) => text.push_str(&part.xml10_content()),
            Event::CData(part) => text.push_str(&part.xml10_content()),
            Event::GeneralRef(part) => text.push_str(&resolved(part).unwrap_or_default()),
            _ => {}
        }
        if text.len() > LONGEST_ADDRESS {
            break;
        }
    }
    text.trim().to_owned()
}

/// Whose text is an address.
fn is_address(name: &str) -> bool {
    matches!(name, "BaseURL" | "Location")
}

fn is_list(name: &str) -> bool {
    matches!(name, "SegmentBase" | "SegmentList" | "SegmentTemplate")
}

/// `xlink:href`, whatever its prefix.
fn is_link(key: &str) -> bool {
    key.split_once(':')
        .is_some_and(|(prefix, name)| prefix != "xmlns" && name == "href")
}

struct Writing<'a, 'e, 'n, 'f> {
    events: &'a [Event<'e>],
    survey: Survey,
    page: &'a Page,
    name: &'n mut Name<'f>,
    out: Writer<Vec<u8>>,
    list: Option<List>,
}

/// The list of segments that is being written.
struct List {
    /// Of what stands in it; none where that is seen from several places.
    base: Option<Arc<Url>>,
}

impl Writing<'_, '_, '_, '_> {
    fn whole(mut self) -> Result<String, Unusable> {
        let events = self.events;
        let mut place = 0;
        while let Some(event) = events.get(place) {
            let (start, end) = match event {
                Event::Start(start) => (start, None),
                Event::Empty(start) => (start, Some(place)),
                other => {
                    if let (Event::End(end), Some(_)) = (other, &self.list)
                        && is_list(end.local_name().as_ref())
                    {
                        self.list = None;
                    }
                    self.write(other.borrow())?;
                    place += 1;
                    continue;
                }
            };
            let name = local(start);
            let end = || end.unwrap_or_else(|| end_of(events, place));
            match name {
                "BaseURL" | "Location" => {
                    if let Some(url) = self.survey.locations.get(&place).cloned() {
                        let target = Target::fixed(Kind::Dash, self.page.depth, url, "");
                        self.address(start.name().0, target)?;
                    }
                    place = end() + 1;
                    continue;
                }
                // Where to play from is decided by the box's failover, and patches would name
                // addresses past the box: players do without both.
                "ContentSteering" | "PatchLocation" => {
                    place = end() + 1;
                    continue;
                }
                "UTCTiming" if !is_known_clock(start) => {
                    place = end() + 1;
                    continue;
                }
                _ => {}
            }
            if is_list(name) {
                let base = self.survey.lists.get(&place).and_then(Seen::base);
                self.list = Some(List { base });
            }
            let file = self.survey.files.get(&place).cloned();
            let is_empty = matches!(event, Event::Empty(_));
            let rewritten = self.element(place, start)?;
            let anew = rewritten.as_ref().unwrap_or(start);
            if let Some(file) = file {
                self.write(Event::Start(anew.borrow()))?;
                let base = start.name().0.replace("Representation", "BaseURL");
                self.address(&base, Target::fixed(Kind::Bytes, 0, file, ""))?;
                if is_empty {
                    self.write(Event::End(start.to_end()))?;
                }
            } else if is_empty {
                self.write(Event::Empty(anew.borrow()))?;
                if is_list(name) {
                    self.list = None;
                }
            } else {
                self.write(Event::Start(anew.borrow()))?;
            }
            place += 1;
        }
        String::from_utf8(self.out.into_inner()).map_err(|_| Unusable::Other("readable DASH"))
    }

    fn write(&mut self, event: Event<'_>) -> Result<(), Unusable> {
        self.out
            .write_event(event)
            .map_err(|error| Unusable::Xml(error.into()))
    }

    /// An element whose text is an address.
    fn address(&mut self, element: &str, target: Target) -> Result<(), Unusable> {
        let address = (self.name)(target)?;
        self.write(Event::Start(BytesStart::new(element)))?;
        self.write(Event::Text(BytesText::new(&address)))?;
        self.write(Event::End(BytesEnd::new(element)))
    }

    /// An element whose attributes name addresses, written anew; none where it stays.
    fn element(
        &mut self,
        place: usize,
        start: &BytesStart<'_>,
    ) -> Result<Option<BytesStart<'static>>, Unusable> {
        let name = local(start);
        let mut anew = BytesStart::new(start.name().0.to_owned());
        let mut changed = false;
        let mut attributes = start.attributes();
        attributes.with_checks(false);
        for attribute in attributes {
            let attribute = attribute.map_err(|error| Unusable::Xml(error.into()))?;
            let key = attribute.key.0;
            let value = value_of(&attribute)?;
            let address = match (name, key) {
                (
                    "SegmentTemplate",
                    "media" | "initialization" | "index" | "bitstreamSwitching",
                ) => Some(self.template(place, &value)?),
                ("SegmentURL", "media" | "index") | (_, "sourceURL") => Some(self.listed(&value)?),
                ("UTCTiming", "value") => self.clock(start, &value)?,
                (_, key) if is_link(key) && !value.starts_with("urn:") => {
                    Some(self.linked(place, &value)?)
                }
                _ => None,
            };
            changed |= address.is_some();
            anew.push_attribute((key, address.as_deref().unwrap_or(&value)));
        }
        Ok(changed.then_some(anew))
    }

    fn template(&mut self, place: usize, pattern: &str) -> Result<String, Unusable> {
        let seen = self.survey.lists.get(&place);
        let users = seen.map(Seen::users).ok_or(Unusable::Reference)?;
        let template = Template::read(pattern, users)?;
        let query = template.query();
        let address = (self.name)(Target::template(template))?;
        Ok(address + &query)
    }

    /// What stands in a list of segments.
    fn listed(&mut self, reference: &str) -> Result<String, Unusable> {
        let base = match &self.list {
            Some(list) => list.base.clone().ok_or(Unusable::SeveralBases)?,
            None => self.page.base.clone(),
        };
        (self.name)(Target::fixed(Kind::Bytes, 0, base, reference))
    }

    /// A part of the manifest that lies elsewhere.
    fn linked(&mut self, place: usize, reference: &str) -> Result<String, Unusable> {
        let base = self.survey.links.get(&place).ok_or(Unusable::Reference)?;
        let mut target = Target::fixed(Kind::Dash, self.page.depth + 1, base.clone(), reference);
        target.inside = Some(base.clone());
        (self.name)(target)
    }

    fn clock(&mut self, start: &BytesStart<'_>, value: &str) -> Result<Option<String>, Unusable> {
        let scheme = attribute(start, "schemeIdUri").unwrap_or_default();
        if scheme.contains(":direct:") {
            return Ok(None);
        }
        let mut addresses = Vec::new();
        for reference in value.split_whitespace() {
            let base = self.page.base.clone();
            addresses.push((self.name)(Target::fixed(Kind::Bytes, 0, base, reference))?);
        }
        Ok(Some(addresses.join(" ")))
    }
}

/// Clocks that are asked over HTTP, through the box, or that tell their time at once.
fn is_known_clock(start: &BytesStart<'_>) -> bool {
    let scheme = attribute(start, "schemeIdUri").unwrap_or_default();
    [":direct:", ":http-head:", ":http-xsdate:", ":http-iso:"]
        .iter()
        .any(|known| scheme.contains(known))
}

#[cfg(test)]
#[path = "dash_tests.rs"]
mod tests;
