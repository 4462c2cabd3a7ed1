//! A manifest on its way through the box: what it may name, and what it becomes.

use std::sync::Arc;

use url::Url;

use super::{
    Opened, dash, hls,
    target::{Kind, Target, Variables},
    ticket,
};
use crate::Error;

const MOST_ADDRESSES: usize = 100_000;
const LONGEST_ADDRESS: usize = 16 * 1024;
/// Manifests under one another, the source's own among them.
const MOST_NESTED: u8 = 3;

/// Why a manifest cannot be played.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    #[error("it is no {0} manifest")]
    Other(&'static str),
    #[error("its manifest is no readable XML")]
    Xml(#[source] quick_xml::Error),
    #[error("its manifest makes words of its own")]
    DocumentType,
    #[error("its manifest is too long or too deep")]
    TooLong,
    #[error("its manifest names too many addresses")]
    TooMany,
    #[error("its manifest names something that is no address")]
    Reference,
    #[error("its manifest names a `{0}:` address")]
    Scheme(String),
    #[error("its manifest names an address that is not asked: {0}")]
    Refused(#[source] hearth_fetch::Error),
    #[error("its manifest names itself")]
    Itself,
    #[error("its manifests name one another more than {limit} deep", limit = MOST_NESTED)]
    TooDeep,
    #[error("its manifest uses `{0}` and does not say what it stands for")]
    Variable(String),
    #[error("its manifest has a template that is not known: `{0}`")]
    Template(String),
    #[error("its manifest has one list of segments for several places")]
    SeveralBases,
}

impl From<Unusable> for Error {
    fn from(error: Unusable) -> Self {
        Self::Unusable(error.to_string())
    }
}

/// Gives a target its address, or refuses it.
pub(super) type Name<'a> = dyn FnMut(Target) -> Result<String, Unusable> + 'a;

/// A manifest that is being rewritten.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) url: Url,
    /// What its addresses are seen from. Without the query, which no address takes over and which
    /// may differ each time.
    pub(super) base: Arc<Url>,
    pub(super) depth: u8,
    pub(super) variables: Arc<Variables>,
    pub(super) inside: Option<Arc<Url>>,
}

impl Page {
    pub(super) fn of(url: Url, depth: u8) -> Self {
        let mut base = url.clone();
        base.set_query(None);
        base.set_fragment(None);
        Self {
            url,
            base: Arc::new(base),
            depth,
            variables: Arc::default(),
            inside: None,
        }
    }
}

/// A manifest with addresses on the box, each of which was looked at first.
pub(super) fn rewritten(
    opened: &Opened,
    target: &Target,
    url: Url,
    text: &str,
) -> Result<String, Unusable> {
    let page = Page {
        variables: target.variables.clone().unwrap_or_default(),
        inside: target.inside.clone(),
        ..Page::of(url, target.depth)
    };
    let mut count = 0;
    let mut name = |named: Target| {
        count += 1;
        if count > MOST_ADDRESSES {
            return Err(Unusable::TooMany);
        }
        if named.depth > MOST_NESTED {
            return Err(Unusable::TooDeep);
        }
        for url in named.samples()? {
            look_at(opened, &url)?;
            if named.depth > page.depth && url == page.url {
                return Err(Unusable::Itself);
            }
        }
        let signature = named.signature(&opened.signer, opened.id);
        opened.targets.keep(signature, named);
        Ok(ticket::address(opened.id, &signature))
    };
    match target.kind {
        Kind::Dash => dash::rewrite(text, &page, &mut name),
        Kind::Hls | Kind::Bytes => hls::rewrite(text, &page, &mut name),
    }
}

fn look_at(opened: &Opened, url: &Url) -> Result<(), Unusable> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Unusable::Scheme(url.scheme().to_owned()));
    }
    if url.as_str().len() > LONGEST_ADDRESS {
        return Err(Unusable::TooLong);
    }
    opened.fetcher.may_reach(url).map_err(Unusable::Refused)
}
