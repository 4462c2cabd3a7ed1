//! An NFO file as a tree: what stands directly in its roots, and one step deeper.

use hearth_fetch::xml::{Error, Token, Walk};

/// Elements of a file; the rest is left out.
const MOST: usize = 4_000;
const DEEPEST_KEPT: usize = 4;

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
pub(super) fn roots(text: &str) -> Result<Vec<Element>, Error> {
    let mut walk = Walk::new(text);
    let mut roots = Vec::new();
    let mut open: Vec<Element> = Vec::new();
    let mut count = 0;
    while let Some(token) = walk.next()? {
        match token {
            Token::Start(element) => open.push(Element {
                name: element.name.to_lowercase(),
                attributes: element
                    .attributes
                    .into_iter()
                    .map(|(key, value)| (key.to_lowercase(), value))
                    .collect(),
                ..Element::default()
            }),
            Token::End { text, depth, .. } => {
                let Some(mut done) = open.pop() else {
                    continue;
                };
                done.text = text;
                count += 1;
                match open.last_mut() {
                    None => roots.push(done),
                    Some(parent) if count <= MOST && depth <= DEEPEST_KEPT => {
                        parent.children.push(done);
                    }
                    Some(_) => {}
                }
            }
        }
    }
    Ok(roots)
}
