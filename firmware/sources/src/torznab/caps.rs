//! What an indexer can be asked (`t=caps`).

use hearth_fetch::xml::{Token, Walk};

use crate::{Error, feed::expect_root};

const MOST_CATEGORIES: usize = 2000;

/// One kind of search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Mode {
    pub(super) available: bool,
    params: Vec<String>,
}

impl Mode {
    /// Whether the search exists and takes all these parameters.
    pub(super) fn takes(&self, params: &[&str]) -> bool {
        self.available
            && params
                .iter()
                .all(|wanted| self.params.iter().any(|param| param == wanted))
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caps {
    pub(super) search: Mode,
    pub(super) tv: Mode,
    pub(super) movie: Mode,
    /// Sub-categories among them.
    pub(super) categories: Vec<u32>,
    /// The most items it gives at once, where it says so.
    pub(super) most_items: Option<u32>,
}

pub fn read_caps(xml: &str) -> Result<Caps, Error> {
    let mut walk = Walk::new(xml);
    expect_root(&mut walk, "caps")?;
    let mut caps = Caps::default();
    let mut modes_listed = false;
    while let Some(token) = walk.next()? {
        let Token::Start(element) = token else {
            continue;
        };
        match element.name.as_str() {
            "limits" => {
                let most = element
                    .attribute("max")
                    .and_then(|max| max.trim().parse().ok());
                caps.most_items = most.filter(|most| *most > 0);
            }
            "category" | "subcat" if caps.categories.len() < MOST_CATEGORIES => {
                caps.categories.extend(
                    element
                        .attribute("id")
                        .and_then(|id| id.trim().parse::<u32>().ok()),
                );
            }
            name @ ("search" | "tv-search" | "movie-search") => {
                modes_listed = true;
                let params = element.attribute("supportedParams").unwrap_or("q");
                let mode = Mode {
                    available: element.attribute("available") != Some("no"),
                    params: params
                        .split(',')
                        .map(|param| param.trim().to_lowercase())
                        .collect(),
                };
                match name {
                    "search" => caps.search = mode,
                    "tv-search" => caps.tv = mode,
                    _ => caps.movie = mode,
                }
            }
            _ => {}
        }
    }
    if !modes_listed {
        // Old indexers say nothing and take words.
        caps.search = Mode {
            available: true,
            params: vec!["q".into()],
        };
    }
    Ok(caps)
}
