//! DASH templates: an address with gaps that the player fills, `video/$Number%05d$.m4s`.
//!
//! The template stays on the box and is signed as a whole. The player gets an address with a query
//! of the bare values (`&number=$Number$`), so it can say numbers and the name of a representation,
//! and nothing else.

use std::{collections::HashMap, fmt::Write, sync::Arc};

use url::{Url, form_urlencoded};

use super::Unusable;

const MOST_REPRESENTATIONS: usize = 1000;
const WIDEST: usize = 32;

/// What a player puts into the gaps.
#[derive(Debug, Clone, Default)]
pub struct Fill {
    pub representation: Option<String>,
    pub number: Option<u64>,
    pub sub_number: Option<u64>,
    pub time: Option<u64>,
    pub bandwidth: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    Number,
    SubNumber,
    Time,
    Bandwidth,
    /// Last in a query: its value is the manifest's own text.
    Representation,
}

impl Gap {
    const ALL: [Self; 5] = [
        Self::Number,
        Self::SubNumber,
        Self::Time,
        Self::Bandwidth,
        Self::Representation,
    ];

    /// In a template, and as a parameter of the box's address.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Number => ("Number", "number"),
            Self::SubNumber => ("SubNumber", "sub_number"),
            Self::Time => ("Time", "time"),
            Self::Bandwidth => ("Bandwidth", "bandwidth"),
            Self::Representation => ("RepresentationID", "representation"),
        }
    }
}

#[derive(Debug)]
enum Part {
    Text(String),
    /// And to how many digits a number is filled up.
    Gap(Gap, usize),
}

/// A representation that uses a template: its id, and from where it sees addresses.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) base: Arc<Url>,
}

#[derive(Debug)]
pub(super) struct Template {
    pattern: String,
    parts: Vec<Part>,
    users: Vec<User>,
    /// By id, as it comes back in a query.
    by_id: HashMap<String, usize>,
}

impl Template {
    /// `users` has at least one.
    pub(super) fn read(pattern: &str, users: Vec<User>) -> Result<Self, Unusable> {
        if users.len() > MOST_REPRESENTATIONS {
            return Err(Unusable::TooMany);
        }
        let mut by_id = HashMap::new();
        for (place, user) in users.iter().enumerate() {
            by_id.entry(as_asked(&user.id)).or_insert(place);
        }
        Ok(Self {
            pattern: pattern.to_owned(),
            parts: parts(pattern)?,
            users,
            by_id,
        })
    }

    fn has(&self, wanted: Gap) -> bool {
        let has = |part: &Part| matches!(part, Part::Gap(gap, _) if *gap == wanted);
        let apart = |pair: &[User]| pair[0].base != pair[1].base;
        self.parts.iter().any(has)
            || (wanted == Gap::Representation && self.users.windows(2).any(apart))
    }

    /// Whose gaps are to be filled in the box's address.
    pub(super) fn query(&self) -> String {
        let mut query = String::new();
        for gap in Gap::ALL.into_iter().filter(|gap| self.has(*gap)) {
            let (template, parameter) = gap.names();
            let _ = write!(query, "&{parameter}=${template}$");
        }
        query
    }

    pub(super) fn fill(&self, fill: &Fill) -> Option<Url> {
        let user = if self.has(Gap::Representation) {
            let asked = fill.representation.as_deref()?;
            self.users.get(*self.by_id.get(asked)?)?
        } else {
            self.users.first()?
        };
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Gap(Gap::Representation, _) => text.push_str(&user.id),
                Part::Gap(gap, width) => {
                    let width = *width;
                    let number = match gap {
                        Gap::Number => fill.number,
                        Gap::SubNumber => fill.sub_number,
                        Gap::Time => fill.time,
                        Gap::Bandwidth => fill.bandwidth,
                        Gap::Representation => None,
                    };
                    let _ = write!(text, "{:0width$}", number?);
                }
            }
        }
        user.base.join(&text).ok()
    }

    /// One address for each representation.
    pub(super) fn samples(&self) -> Result<Vec<Url>, Unusable> {
        let samples = self.users.iter().map(|user| {
            let fill = Fill {
                representation: Some(as_asked(&user.id)),
                number: Some(1),
                sub_number: Some(1),
                time: Some(1),
                bandwidth: Some(1),
            };
            self.fill(&fill).ok_or(Unusable::Reference)
        });
        samples.collect()
    }

    pub(super) fn add_to<'a>(&'a self, parts: &mut Vec<&'a [u8]>) {
        parts.push(self.pattern.as_bytes());
        for user in &self.users {
            parts.extend([user.id.as_bytes(), user.base.as_str().as_bytes()]);
        }
    }

    pub(super) fn bytes(&self) -> usize {
        let users = self.users.iter();
        let users: usize = users
            .map(|user| 2 * user.id.len() + user.base.as_str().len() + 120)
            .sum();
        2 * self.pattern.len() + 100 + users
    }
}

/// An id as it comes back when a player has written it into a query as it is.
fn as_asked(id: &str) -> String {
    let (before_fragment, _) = id.split_once('#').unwrap_or((id, ""));
    let query = format!("id={before_fragment}");
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Text and gaps take turns, `$` between them; `$$` is one of its own.
fn parts(pattern: &str) -> Result<Vec<Part>, Unusable> {
    let mut parts = Vec::new();
    let mut is_gap = false;
    let mut pieces = pattern.split('$').peekable();
    while let Some(piece) = pieces.next() {
        if is_gap {
            // A template that ends within a gap.
            if pieces.peek().is_none() {
                return Err(Unusable::Template(pattern.to_owned()));
            }
            let gap = gap(piece).ok_or_else(|| Unusable::Template(pattern.to_owned()))?;
            parts.push(gap);
        } else if !piece.is_empty() {
            parts.push(Part::Text(piece.to_owned()));
        }
        is_gap = !is_gap;
    }
    Ok(parts)
}

fn gap(text: &str) -> Option<Part> {
    if text.is_empty() {
        return Some(Part::Text("$".into()));
    }
    let (name, format) = text.split_once('%').unwrap_or((text, "01d"));
    let gap = Gap::ALL.into_iter().find(|gap| gap.names().0 == name)?;
    let digits = format.strip_suffix('d')?;
    let width = if digits.is_empty() {
        1
    } else {
        digits.parse().ok()?
    };
    (width <= WIDEST).then_some(Part::Gap(gap, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, base: &str) -> User {
        User {
            id: id.into(),
            base: Arc::new(Url::parse(base).unwrap()),
        }
    }

    #[test]
    fn gaps_are_filled_with_numbers_and_known_names_and_nothing_else() {
        let users = vec![
            user("v=1 a&b", "https://one.example/x/"),
            user("hi", "https://two.example/"),
        ];
        let pattern = "$RepresentationID$/$Number%05d$-$Time$-$Bandwidth$$$.m4s?key=1";
        let template = Template::read(pattern, users).unwrap();
        assert_eq!(
            template.query(),
            "&number=$Number$&time=$Time$&bandwidth=$Bandwidth$&representation=$RepresentationID$"
        );
        let fill = |representation: &str| Fill {
            representation: Some(representation.to_owned()),
            number: Some(7),
            time: Some(u64::MAX),
            bandwidth: Some(64_000),
            sub_number: None,
        };
        // What a query holds of an id that has an `&` in it.
        let filled = template.fill(&fill("v=1 a")).unwrap();
        assert_eq!(
            filled.as_str(),
            "https://one.example/x/v=1%20a&b/00007-18446744073709551615-64000$.m4s?key=1"
        );
        let filled = template.fill(&fill("hi")).unwrap();
        assert!(filled.as_str().starts_with("https://two.example/hi/00007-"));
        for foreign in ["", "..", "hi/../..", "//evil.example/"] {
            assert_eq!(template.fill(&fill(foreign)), None, "{foreign}");
        }
        let without_number = Fill {
            number: None,
            ..fill("hi")
        };
        assert_eq!(template.fill(&without_number), None);
    }

    #[test]
    fn a_template_without_a_name_needs_one_where_the_representations_lie_apart() {
        let together = vec![user("a", "https://x/"), user("b", "https://x/")];
        let together = Template::read("$Number$.m4s", together).unwrap();
        assert_eq!(together.query(), "&number=$Number$");
        let apart = vec![user("a", "https://x/a/"), user("b", "https://x/b/")];
        let apart = Template::read("$Number$.m4s", apart).unwrap();
        assert_eq!(
            apart.query(),
            "&number=$Number$&representation=$RepresentationID$"
        );
        let fill = Fill {
            representation: Some("b".into()),
            number: Some(3),
            ..Fill::default()
        };
        assert_eq!(apart.fill(&fill).unwrap().as_str(), "https://x/b/3.m4s");
    }

    #[test]
    fn what_is_no_template_is_refused() {
        for pattern in ["$Number", "$Other$", "$Number%5x$", "$Number%0999d$", "a$"] {
            let users = vec![user("a", "https://x/")];
            assert!(Template::read(pattern, users).is_err(), "{pattern}");
        }
    }
}
