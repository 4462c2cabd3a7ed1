//! A site as the owner configured it. One whose definition is broken stays in the list and says
//! so when it is asked, so that a mistake in a file neither hides the provider nor stops the box.

use std::{collections::BTreeMap, path::Path};

use hearth_fetch::Fetcher;
use hearth_model::Source;
use tokio::time::Instant;
use url::Url;

use super::{Definition, Site};
use crate::{Error, Query, Secret};

#[derive(Debug)]
pub struct ConfiguredSite {
    id: String,
    fetcher: Fetcher,
    /// Or what is wrong with it.
    site: Result<Site, String>,
}

impl ConfiguredSite {
    /// Reads the definition once: changes to it count from the next start. Of the owner's are its
    /// settings, and the headers that the site asks for.
    pub(crate) fn open(
        id: String,
        file: &Path,
        base: Option<Url>,
        (settings, headers): (&BTreeMap<String, Secret>, &BTreeMap<String, Secret>),
        fetcher: Fetcher,
    ) -> Self {
        let site = Definition::open(file)
            .map_err(Error::from)
            .and_then(|definition| {
                Site::new(
                    id.clone(),
                    definition,
                    base,
                    settings.clone(),
                    fetcher.clone(),
                )?
                .with_headers(headers)
            });
        let site = site.map_err(|error| error.to_string());
        if let Err(error) = &site {
            tracing::warn!(provider = %id, %error, "a site cannot be used");
        }
        // What its sources point to may need the same headers.
        let fetcher = site.as_ref().map_or(fetcher, |site| site.fetcher.clone());
        Self { id, fetcher, site }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// Whether it answers.
    pub(crate) async fn check(&self, deadline: Instant) -> Result<(), Error> {
        self.site()?.check(deadline).await
    }

    /// What is wrong with its definition or its settings.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.site.as_ref().err().map(String::as_str)
    }

    fn site(&self) -> Result<&Site, Error> {
        let site = self.site.as_ref();
        site.map_err(|text| Error::Other { text: text.clone() })
    }

    pub(crate) async fn find(
        &self,
        query: &Query,
        deadline: Instant,
    ) -> Result<Vec<Source>, Error> {
        self.site()?.find(query, deadline).await
    }
}
