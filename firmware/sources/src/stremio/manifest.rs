//! What an addon says it can do.

use serde::Deserialize;

use crate::Error;

#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    #[serde(default)]
    types: Option<Vec<String>>,
    #[serde(default, rename = "idPrefixes")]
    id_prefixes: Option<Vec<String>>,
    resources: Vec<Resource>,
    #[serde(default)]
    catalogs: Option<Vec<Catalog>>,
    #[serde(default, rename = "behaviorHints")]
    hints: Option<Hints>,
}

/// By its name alone a resource takes the manifest's own types and prefixes.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Resource {
    Name(String),
    Full {
        name: String,
        #[serde(default)]
        types: Option<Vec<String>>,
        #[serde(default, rename = "idPrefixes")]
        id_prefixes: Option<Vec<String>>,
    },
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Catalog {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
    #[serde(default)]
    extra: Option<Vec<Extra>>,
    /// The older spelling.
    #[serde(default, rename = "extraSupported")]
    extra_supported: Option<Vec<String>>,
    #[serde(default, rename = "extraRequired")]
    extra_required: Option<Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Extra {
    name: String,
    #[serde(default, rename = "isRequired")]
    required: Option<bool>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Hints {
    adult: Option<bool>,
    #[serde(rename = "configurationRequired")]
    configuration_required: Option<bool>,
}

pub fn read_manifest(text: &str) -> Result<Manifest, Error> {
    serde_json::from_str(text).map_err(|source| Error::Addon {
        what: "manifest",
        source,
    })
}

impl Manifest {
    pub(super) fn usable(&self) -> Result<(), Error> {
        let hints = self.hints.clone().unwrap_or_default();
        if hints.adult == Some(true) {
            return Err(Error::Adult);
        }
        if hints.configuration_required == Some(true) {
            return Err(Error::Unconfigured);
        }
        Ok(())
    }

    /// Whether `resource` answers for this type and id.
    pub(super) fn lists(&self, resource: &str, kind: &str, id: &str) -> bool {
        self.resources.iter().any(|listed| {
            let (name, types, prefixes) = match listed {
                Resource::Name(name) => (name, None, None),
                Resource::Full {
                    name,
                    types,
                    id_prefixes,
                } => (name, types.as_ref(), id_prefixes.as_ref()),
            };
            let types = types.or(self.types.as_ref());
            let prefixes = prefixes.or(self.id_prefixes.as_ref());
            name == resource
                && types.is_some_and(|types| types.iter().any(|listed| listed == kind))
                && prefixes.is_none_or(|prefixes| {
                    prefixes.is_empty() || prefixes.iter().any(|prefix| id.starts_with(prefix))
                })
        })
    }

    /// The first of `ids`, under the first of `kinds`, that `resource` answers for.
    pub(super) fn first_name(
        &self,
        resource: &str,
        kinds: &'static [&'static str],
        ids: &[String],
    ) -> Option<(&'static str, String)> {
        let of_kind = |kind: &&'static str| {
            let kind = *kind;
            let id = ids.iter().find(|id| self.lists(resource, kind, id))?;
            Some((kind, id.clone()))
        };
        kinds.iter().find_map(of_kind)
    }

    /// The catalogues that take words and need nothing else.
    pub(super) fn searchable(&self) -> impl Iterator<Item = &Catalog> {
        self.catalogs
            .iter()
            .flatten()
            .filter(|catalog| catalog.is_searchable())
    }
}

impl Catalog {
    fn is_searchable(&self) -> bool {
        if !matches!(self.kind.as_str(), "movie" | "series" | "anime") {
            return false;
        }
        if let Some(extra) = &self.extra {
            let searches = extra.iter().any(|extra| extra.name == "search");
            let mut rest = extra.iter().filter(|extra| extra.name != "search");
            return searches && !rest.any(|extra| extra.required == Some(true));
        }
        let (supported, required) = (&self.extra_supported, &self.extra_required);
        let mut all = supported.iter().chain(required).flatten();
        all.any(|name| name == "search") && required.iter().flatten().all(|name| name == "search")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(more: &str) -> Manifest {
        let text = format!(r#"{{"id": "a", "name": "A", "version": "1.0.0", {more}}}"#);
        read_manifest(&text).unwrap()
    }

    #[test]
    fn a_named_resource_takes_the_global_rules() {
        let manifest =
            manifest(r#""types": ["movie"], "idPrefixes": ["tt"], "resources": ["stream"]"#);
        assert!(manifest.lists("stream", "movie", "tt1"));
        assert!(!manifest.lists("stream", "series", "tt1"));
        assert!(!manifest.lists("stream", "movie", "kitsu:1"));
        assert!(!manifest.lists("meta", "movie", "tt1"));
    }

    #[test]
    fn a_full_resource_has_its_own_rules() {
        let manifest = manifest(
            r#""types": ["movie"], "idPrefixes": ["tt"], "resources": [
                {"name": "stream", "types": ["series"], "idPrefixes": ["kitsu:"]},
                {"name": "meta", "types": ["series"]}]"#,
        );
        assert!(manifest.lists("stream", "series", "kitsu:1"));
        assert!(!manifest.lists("stream", "movie", "kitsu:1"));
        assert!(!manifest.lists("stream", "series", "tt1"));
        assert!(manifest.lists("meta", "series", "tt1"));
    }

    #[test]
    fn no_prefixes_mean_any_id_and_the_first_name_wins() {
        let manifest = manifest(
            r#""types": ["series", "anime"], "idPrefixes": null, "resources": ["stream"]"#,
        );
        let ids = ["tt1".to_owned(), "kitsu:1".to_owned()];
        assert_eq!(
            manifest.first_name("stream", &["movie", "anime"], &ids),
            Some(("anime", "tt1".into()))
        );
        assert_eq!(manifest.first_name("stream", &["movie"], &ids), None);
    }

    #[test]
    fn catalogues_are_searched_where_words_are_enough() {
        let manifest = manifest(
            r#""types": ["movie"], "resources": ["catalog"], "catalogs": [
                {"type": "movie", "id": "top", "extra": [{"name": "search"}, {"name": "skip"}]},
                {"type": "movie", "id": "old", "extraSupported": ["search"]},
                {"type": "movie", "id": "no"},
                {"type": "movie", "id": "genre", "extra": [{"name": "search"}, {"name": "genre", "isRequired": true}]},
                {"type": "channel", "id": "other", "extra": [{"name": "search"}]}]"#,
        );
        let ids: Vec<_> = manifest
            .searchable()
            .map(|catalog| catalog.id.as_str())
            .collect();
        assert_eq!(ids, ["top", "old"]);
    }

    #[test]
    fn adult_and_unconfigured_addons_are_left_out() {
        let rest = r#""types": [], "resources": []"#;
        let adult = manifest(&format!(r#"{rest}, "behaviorHints": {{"adult": true}}"#));
        assert!(matches!(adult.usable(), Err(Error::Adult)));
        let bare = manifest(&format!(
            r#"{rest}, "behaviorHints": {{"configurationRequired": true}}"#
        ));
        assert!(matches!(bare.usable(), Err(Error::Unconfigured)));
        assert!(manifest(rest).usable().is_ok());
    }
}
