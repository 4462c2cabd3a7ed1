//! The ways to take a value from a row, checked against what the page is read as.

use std::collections::BTreeSet;

use serde_saphyr::Spanned;

use super::{
    check::Check,
    definition::{Origin, Take},
    raw::{Answer, RawLong, RawTake},
};

impl Check {
    pub(super) fn take(
        &mut self,
        take: &Spanned<RawTake>,
        answer: Answer,
        groups: &BTreeSet<String>,
    ) -> Vec<Take> {
        match &take.value {
            RawTake::Short(text) => {
                let text = Spanned::new(text.clone(), take.referenced, take.defined);
                self.short(&text, answer, groups).into_iter().collect()
            }
            RawTake::Long(long) => self.long(take, long, answer, groups).into_iter().collect(),
            RawTake::First(ways) => {
                if ways.is_empty() {
                    self.problem(take, "the list is empty: give a way to take the value");
                }
                ways.iter()
                    .flat_map(|way| self.take(way, answer, groups))
                    .collect()
            }
        }
    }

    fn short(
        &mut self,
        text: &Spanned<String>,
        answer: Answer,
        groups: &BTreeSet<String>,
    ) -> Option<Take> {
        let from = match answer {
            Answer::Html => Origin::Css(Some(self.css(text)?), None),
            Answer::Json => Origin::Json(self.json_path(text)?),
            Answer::Text => Origin::Group(self.group(text, groups)?),
        };
        Some(Take {
            from,
            json: None,
            regex: None,
        })
    }

    fn long(
        &mut self,
        at: &Spanned<RawTake>,
        long: &RawLong,
        answer: Answer,
        groups: &BTreeSet<String>,
    ) -> Option<Take> {
        let mut wrong = |given: &Option<Spanned<String>>, key: &str, of: Answer| {
            if let Some(given) = given {
                self.problem(
                    given,
                    format!("`{key}` is of pages with `answer: {of}`, and this one's is {answer}"),
                );
            }
        };
        match answer {
            Answer::Html => wrong(&long.group, "group", Answer::Text),
            Answer::Json => {
                wrong(&long.css, "css", Answer::Html);
                wrong(&long.attr, "attr", Answer::Html);
                wrong(&long.group, "group", Answer::Text);
            }
            Answer::Text => {
                wrong(&long.css, "css", Answer::Html);
                wrong(&long.attr, "attr", Answer::Html);
            }
        }
        let regex = long.regex.as_ref().and_then(|regex| self.regex(regex));
        if let Some(make) = &long.make {
            if long.css.is_some()
                || long.attr.is_some()
                || long.json.is_some()
                || long.group.is_some()
            {
                self.problem(
                    make,
                    "`make` makes the whole value: it stands alone or with `regex`",
                );
            }
            return Some(Take {
                from: Origin::Make(self.template(make)),
                json: None,
                regex,
            });
        }
        let json = long.json.as_ref().and_then(|path| self.json_path(path));
        let from = match answer {
            Answer::Html => {
                let css = match &long.css {
                    Some(css) => Some(self.css(css)?),
                    None => None,
                };
                if css.is_none() && long.attr.is_none() && regex.is_none() {
                    self.problem(
                        at,
                        "say where the value stands: `css`, `attr`, `regex` or `make`",
                    );
                    return None;
                }
                Origin::Css(css, long.attr.as_ref().map(|attr| attr.value.clone()))
            }
            Answer::Json => {
                let Some(path) = json else {
                    // Its own problem, if it was given.
                    if long.json.is_none() {
                        self.problem(at, "say where the value stands: `json` or `make`");
                    }
                    return None;
                };
                return Some(Take {
                    from: Origin::Json(path),
                    json: None,
                    regex,
                });
            }
            Answer::Text => match &long.group {
                Some(group) => Origin::Group(self.group(group, groups)?),
                None => Origin::Row,
            },
        };
        Some(Take { from, json, regex })
    }

    fn group(&mut self, name: &Spanned<String>, groups: &BTreeSet<String>) -> Option<String> {
        if !groups.contains(&name.value) {
            let known: Vec<&str> = groups.iter().map(String::as_str).collect();
            self.problem(
                name,
                format!(
                    "`rows` has no group `{}`: it has {}",
                    name.value,
                    if known.is_empty() {
                        "none".into()
                    } else {
                        known.join(", ")
                    }
                ),
            );
            return None;
        }
        Some(name.value.clone())
    }
}
