//! The first reading of a manifest: who sees which address from where.

use std::{collections::HashMap, sync::Arc};

use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::{
    super::{Page, template::User},
    attribute, end_of, is_address, is_link, is_list, local, text_of,
};

/// One of each kind: base, list, template.
const LISTS_OF_A_LEVEL: usize = 3;

struct Level<'e> {
    name: &'e str,
    start: usize,
    id: Option<String>,
    base: Arc<Url>,
    has_base: bool,
    /// Where its lists of segments begin.
    lists: Vec<usize>,
}

/// Who sees a list of segments, and from where.
pub(super) struct Seen {
    level: Arc<Url>,
    users: Vec<User>,
    /// It names segments; else they are parts of the representation's own file.
    names: bool,
}

/// What the first reading learns, by the place of an element's beginning.
#[derive(Default)]
pub(super) struct Survey {
    /// What a `Location` says.
    pub(super) locations: HashMap<usize, Arc<Url>>,
    /// The files that representations are.
    pub(super) files: HashMap<usize, Arc<Url>>,
    pub(super) lists: HashMap<usize, Seen>,
    /// From where a link to another part is seen.
    pub(super) links: HashMap<usize, Arc<Url>>,
}

impl Survey {
    pub(super) fn of(events: &[Event<'_>], page: &Page) -> Self {
        let mut survey = Self::default();
        let outside = page.inside.as_ref().unwrap_or(&page.base);
        let mut levels = vec![Level {
            name: "",
            start: 0,
            id: None,
            base: outside.clone(),
            has_base: false,
            lists: Vec::new(),
        }];
        let mut place = 0;
        while let Some(event) = events.get(place) {
            match event {
                Event::Start(start) if is_address(local(start)) => {
                    let end = end_of(events, place);
                    let text = text_of(&events[place..end]);
                    if let Some(level) = levels.last_mut() {
                        survey.address(place, local(start), &text, level);
                    }
                    place = end;
                }
                Event::Start(start) => survey.begin(place, start, &mut levels),
                Event::Empty(start) => {
                    survey.begin(place, start, &mut levels);
                    survey.end(&mut levels);
                }
                Event::End(_) => survey.end(&mut levels),
                _ => {}
            }
            place += 1;
        }
        survey
    }

    /// Of several places for the same, the first one is used.
    fn address(&mut self, place: usize, name: &str, text: &str, level: &mut Level<'_>) {
        let is_base = name == "BaseURL";
        if is_base && level.has_base {
            return;
        }
        if let Ok(url) = level.base.join(text) {
            let url = Arc::new(url);
            if is_base {
                level.base = url;
                level.has_base = true;
            } else {
                self.locations.insert(place, url);
            }
        }
    }

    fn begin<'e>(&mut self, place: usize, start: &'e BytesStart<'_>, levels: &mut Vec<Level<'e>>) {
        let Some(above) = levels.last_mut() else {
            return;
        };
        let name = local(start);
        let base = above.base.clone();
        if is_list(name) && above.lists.len() < LISTS_OF_A_LEVEL {
            above.lists.push(place);
            let seen = Seen {
                level: base.clone(),
                users: Vec::new(),
                names: name == "SegmentTemplate",
            };
            self.lists.insert(place, seen);
        }
        if name == "SegmentURL"
            && attribute(start, "media").is_some()
            && let Some(list) = self.lists.get_mut(&above.start)
        {
            list.names = true;
        }
        if link(start) {
            self.links.insert(place, base.clone());
        }
        levels.push(Level {
            name,
            start: place,
            id: (name == "Representation")
                .then(|| attribute(start, "id"))
                .flatten(),
            base,
            has_base: false,
            lists: Vec::new(),
        });
    }

    fn end(&mut self, levels: &mut Vec<Level<'_>>) {
        // The outermost stays.
        if levels.len() < 2 {
            return;
        }
        let Some(level) = levels.pop() else {
            return;
        };
        if level.name != "Representation" {
            return;
        }
        let above = levels.iter().flat_map(|above| &above.lists);
        let mut is_file = true;
        for list in level.lists.iter().chain(above) {
            if let Some(seen) = self.lists.get_mut(list) {
                is_file &= !seen.names;
                seen.users.push(User {
                    id: level.id.clone().unwrap_or_default(),
                    base: level.base.clone(),
                });
            }
        }
        if is_file {
            self.files.insert(level.start, level.base);
        }
    }
}

impl Seen {
    pub(super) fn users(&self) -> Vec<User> {
        if self.users.is_empty() {
            return vec![User {
                id: String::new(),
                base: self.level.clone(),
            }];
        }
        self.users.clone()
    }

    /// The one place that it is seen from: what is no template cannot mean several.
    pub(super) fn base(&self) -> Option<Arc<Url>> {
        let (first, rest) = match self.users.split_first() {
            Some((first, rest)) => (&first.base, rest),
            None => (&self.level, &[][..]),
        };
        let same = |user: &User| Arc::ptr_eq(&user.base, first) || user.base == *first;
        rest.iter().all(same).then(|| first.clone())
    }
}

fn link(start: &BytesStart<'_>) -> bool {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    attributes
        .flatten()
        .any(|attribute| is_link(attribute.key.0))
}
