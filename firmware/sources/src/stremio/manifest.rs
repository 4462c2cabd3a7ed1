//! What an addon says it can do.

use serde::Deserialize;

use super::names::VideoName;
use crate::{Error, text};

const MOST_GENRES: usize = 200;

#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    #[serde(default)]
    pub(super) name: Option<String>,
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
    pub(super) name: Option<String>,
    /// The oldest spelling: a list of genres beside `extra`.
    #[serde(default)]
    genres: Option<Vec<String>>,
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
    #[serde(default)]
    options: Option<Vec<Option<String>>>,
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
    pub(super) fn usable(&self, allow_adult: bool) -> Result<(), Error> {
        if self.is_adult() && !allow_adult {
            return Err(Error::Adult);
        }
        let hints = self.hints.as_ref();
        if hints.is_some_and(|hints| hints.configuration_required == Some(true)) {
            return Err(Error::Unconfigured);
        }
        Ok(())
    }

    pub(super) fn is_adult(&self) -> bool {
        let hints = self.hints.as_ref();
        hints.is_some_and(|hints| hints.adult == Some(true))
    }

    /// Whether it has this resource at all.
    pub(super) fn has(&self, resource: &str) -> bool {
        self.resources.iter().any(|listed| match listed {
            Resource::Name(name) | Resource::Full { name, .. } => name == resource,
        })
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

    /// The first of `names`, under the first of `kinds`, that `resource` answers for.
    pub(super) fn first_name(
        &self,
        resource: &str,
        kinds: &'static [&'static str],
        names: &[VideoName],
    ) -> Option<(&'static str, VideoName)> {
        let of_kind = |kind: &&'static str| {
            let kind = *kind;
            let known = |name: &&VideoName| self.lists(resource, kind, &name.title);
            Some((kind, names.iter().find(known)?.clone()))
        };
        kinds.iter().find_map(of_kind)
    }

    /// Those of films, series and anime.
    pub(super) fn catalogs(&self) -> impl Iterator<Item = &Catalog> {
        self.catalogs
            .iter()
            .flatten()
            .filter(|catalog| matches!(catalog.kind.as_str(), "movie" | "series" | "anime"))
    }

    /// The catalogues that take words and need nothing else.
    pub(super) fn searchable(&self) -> impl Iterator<Item = &Catalog> {
        self.catalogs()
            .filter(|catalog| catalog.takes("search") && catalog.needs_only("search"))
    }
}

impl Catalog {
    pub(super) fn takes(&self, name: &str) -> bool {
        if let Some(extra) = &self.extra {
            return extra.iter().any(|extra| extra.name == name);
        }
        let (supported, required) = (&self.extra_supported, &self.extra_required);
        let mut all = supported.iter().chain(required).flatten();
        all.any(|known| known == name)
    }

    /// Whether it can be asked with `name` alone, or with nothing where that is empty.
    pub(super) fn needs_only(&self, name: &str) -> bool {
        match &self.extra {
            Some(extra) => extra
                .iter()
                .all(|extra| extra.required != Some(true) || extra.name == name),
            None => self
                .extra_required
                .iter()
                .flatten()
                .all(|required| required == name),
        }
    }

    pub(super) fn genres(&self) -> Vec<String> {
        let listed = self.extra.iter().flatten();
        let options = listed
            .filter(|extra| extra.name == "genre")
            .flat_map(|extra| extra.options.iter().flatten().flatten());
        options
            .chain(self.genres.iter().flatten())
            .take(MOST_GENRES)
            .map(|genre| text::tidy(genre, 100))
            .collect()
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
        let names = ["tt1", "kitsu:1"].map(|id| VideoName {
            title: id.into(),
            video: format!("{id}:1:1"),
        });
        assert_eq!(
            manifest.first_name("stream", &["movie", "anime"], &names),
            Some(("anime", names[0].clone()))
        );
        assert_eq!(manifest.first_name("stream", &["movie"], &names), None);
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
        let plain: Vec<_> = manifest
            .catalogs()
            .filter(|catalog| catalog.needs_only(""))
            .map(|catalog| catalog.id.as_str())
            .collect();
        assert_eq!(plain, ["top", "old", "no"]);
    }

    #[test]
    fn genres_stand_in_two_places() {
        let manifest = manifest(
            r#""types": ["movie"], "resources": ["catalog"], "catalogs": [
                {"type": "movie", "id": "a", "extra": [{"name": "genre", "options": ["Drama", null]}]},
                {"type": "movie", "id": "b", "genres": ["War"]}]"#,
        );
        let genres: Vec<_> = manifest.catalogs().map(Catalog::genres).collect();
        assert_eq!(genres, [["Drama"], ["War"]]);
    }

    #[test]
    fn adult_and_unconfigured_addons_are_left_out() {
        let rest = r#""types": [], "resources": []"#;
        let adult = manifest(&format!(r#"{rest}, "behaviorHints": {{"adult": true}}"#));
        assert!(matches!(adult.usable(false), Err(Error::Adult)));
        assert!(adult.usable(true).is_ok());
        let bare = manifest(&format!(
            r#"{rest}, "behaviorHints": {{"configurationRequired": true}}"#
        ));
        assert!(matches!(bare.usable(true), Err(Error::Unconfigured)));
        assert!(manifest(rest).usable(false).is_ok());
    }
}
