//! The providers an owner names in the configuration.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use url::Url;

use crate::Error;

/// One provider. In the configuration file:
///
/// ```toml
/// [[providers]]
/// kind = "torznab"
/// id = "home"
/// name = "The indexers at home"
/// url = "http://192.168.1.5:9117/api/v2.0/indexers/all/results/torznab/"
/// api_key = "0123456789abcdef"
///
/// [[providers]]
/// kind = "stremio"
/// url = "https://addon.example.org/manifest.json"
///
/// [[providers]]
/// kind = "rss"
/// id = "anime"
/// url = "https://tracker.example.org/?page=rss&q={query}"
///
/// [[providers]]
/// kind = "opensubtitles"
/// api_key = "0123456789abcdef"
/// username = "ann"
/// password = "secret"
///
/// [[providers]]
/// kind = "site"
/// file = "example.yaml"
/// settings = { passkey = "0123456789abcdef" }
/// headers = { Cookie = "session=0123456789abcdef" }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum ProviderConfig {
    /// Any Torznab feed: Jackett, Prowlarr and the like.
    Torznab {
        id: String,
        #[serde(default)]
        name: String,
        url: Secret,
        #[serde(default)]
        api_key: Secret,
    },
    /// A Stremio addon by the address of its manifest; configured addons carry keys in it.
    Stremio {
        /// The addon's host where absent.
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        name: String,
        url: Secret,
    },
    /// A tracker's RSS feed. Where `{query}` stands in the address, the words looked for are put;
    /// a feed without it is read whole, and what fits is taken.
    Rss {
        id: String,
        #[serde(default)]
        name: String,
        url: Secret,
    },
    /// Subtitles from OpenSubtitles, with a key of the owner's own.
    OpenSubtitles {
        /// `opensubtitles` where absent.
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        name: String,
        #[serde(default = "opensubtitles")]
        url: Secret,
        api_key: Secret,
        /// Without an account the downloads are few.
        #[serde(default)]
        username: String,
        #[serde(default)]
        password: Secret,
    },
    /// A site that a definition describes.
    Site {
        /// The file's name where absent.
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        name: String,
        /// In the folder `sites` of the data folder, unless it is a whole path.
        file: PathBuf,
        /// Where the site is, if not where its definition says. Only such an address may be on
        /// the home network.
        #[serde(default)]
        url: Secret,
        /// What the definition asks the owner for.
        #[serde(default)]
        settings: BTreeMap<String, Secret>,
        /// Sent with each request to the site, and to no other: the cookie of a session, say.
        #[serde(default)]
        headers: BTreeMap<String, Secret>,
    },
}

fn opensubtitles() -> Secret {
    Secret("https://api.opensubtitles.com/api/v1".into())
}

/// What stands in an RSS feed's address for the words looked for.
pub(crate) const QUERY: &str = "{query}";

impl ProviderConfig {
    /// `torznab:home`, `stremio:addon.example.org`, `rss:anime`, `opensubtitles`.
    pub fn id(&self) -> String {
        match self {
            Self::Torznab { id, .. } => format!("torznab:{id}"),
            Self::Stremio { id: Some(id), .. } => format!("stremio:{id}"),
            Self::Stremio { id: None, url, .. } => {
                let host = address(&url.0).and_then(|url| url.host_str().map(ToOwned::to_owned));
                format!("stremio:{}", host.unwrap_or_default())
            }
            Self::Rss { id, .. } => format!("rss:{id}"),
            Self::OpenSubtitles { id: Some(id), .. } => format!("opensubtitles:{id}"),
            Self::OpenSubtitles { id: None, .. } => "opensubtitles".into(),
            Self::Site { id: Some(id), .. } => format!("site:{id}"),
            Self::Site { id: None, file, .. } => {
                let name = file.file_stem().unwrap_or_default();
                format!("site:{}", name.to_string_lossy())
            }
        }
    }

    /// What the owner calls it; empty where they gave it no name.
    pub fn name(&self) -> &str {
        let (Self::Torznab { name, .. }
        | Self::Stremio { name, .. }
        | Self::Rss { name, .. }
        | Self::OpenSubtitles { name, .. }
        | Self::Site { name, .. }) = self;
        name
    }

    /// The same, its relative file in `folder`.
    #[must_use]
    pub fn in_folder(mut self, folder: &Path) -> Self {
        if let Self::Site { file, .. } = &mut self {
            *file = folder.join(&file);
        }
        self
    }

    /// The provider's own `host:port`, which the owner allows by naming it.
    pub fn host(&self) -> Result<String, Error> {
        let url = self.url()?;
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        Ok(format!("{host}:{port}"))
    }

    /// The fields that carry keys, with what they hold: kept apart, and never shown. One in a field
    /// of several is `settings.passkey`.
    pub fn secrets(&self) -> Vec<(String, &Secret)> {
        let named = |name: &str, secret| (name.to_owned(), secret);
        match self {
            Self::Torznab { url, api_key, .. } => {
                vec![named("url", url), named("api_key", api_key)]
            }
            Self::Stremio { url, .. } | Self::Rss { url, .. } => vec![named("url", url)],
            Self::OpenSubtitles {
                url,
                api_key,
                password,
                ..
            } => vec![
                named("url", url),
                named("api_key", api_key),
                named("password", password),
            ],
            Self::Site {
                url,
                settings,
                headers,
                ..
            } => {
                let several = [("settings", settings), ("headers", headers)];
                let several = several.into_iter().flat_map(|(field, all)| {
                    let all = all.iter();
                    all.map(move |(name, value)| (format!("{field}.{name}"), value))
                });
                [named("url", url)].into_iter().chain(several).collect()
            }
        }
    }

    /// Of an RSS feed with words in the place of [`QUERY`].
    pub(crate) fn url(&self) -> Result<Url, Error> {
        let (Self::Torznab { url, .. }
        | Self::Stremio { url, .. }
        | Self::Rss { url, .. }
        | Self::OpenSubtitles { url, .. }
        | Self::Site { url, .. }) = self;
        address(&url.0.replace(QUERY, "words")).ok_or_else(|| Error::Url { id: self.id() })
    }
}

fn address(text: &str) -> Option<Url> {
    let text = text.trim();
    let https = text
        .strip_prefix("stremio://")
        .map(|rest| format!("https://{rest}"));
    let url = Url::parse(https.as_deref().unwrap_or(text)).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// A text that carries a key: kept and sent, never printed.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "none" } else { "…" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        providers: Vec<ProviderConfig>,
    }

    #[test]
    fn the_documented_example_is_read_and_never_printed() {
        let example = r#"
            [[providers]]
            kind = "torznab"
            id = "home"
            name = "The indexers at home"
            url = "http://192.168.1.5:9117/api/v2.0/indexers/all/results/torznab/"
            api_key = "0123456789abcdef"

            [[providers]]
            kind = "stremio"
            url = "https://addon.example.org/key=s3cret/manifest.json"

            [[providers]]
            kind = "rss"
            id = "anime"
            url = "https://tracker.example.org/rss?passkey=s3cret&q={query}"

            [[providers]]
            kind = "opensubtitles"
            api_key = "0123456789abcdef"
            username = "ann"
            password = "s3cret"

            [[providers]]
            kind = "site"
            file = "example.yaml"
            settings = { passkey = "0123456789abcdef" }
        "#;
        let file: File = toml::from_str(example).unwrap();
        let ids: Vec<_> = file.providers.iter().map(ProviderConfig::id).collect();
        assert_eq!(
            ids,
            [
                "torznab:home",
                "stremio:addon.example.org",
                "rss:anime",
                "opensubtitles",
                "site:example"
            ]
        );
        let site = file.providers[4]
            .clone()
            .in_folder(Path::new("/data/sites"));
        assert!(format!("{site:?}").contains("/data/sites/example.yaml"));
        assert_eq!(file.providers[0].host().unwrap(), "192.168.1.5:9117");
        assert_eq!(file.providers[1].host().unwrap(), "addon.example.org:443");
        assert_eq!(file.providers[2].host().unwrap(), "tracker.example.org:443");
        assert_eq!(
            file.providers[3].host().unwrap(),
            "api.opensubtitles.com:443"
        );
        let printed = format!("{:?}", file.providers);
        assert!(!printed.contains("0123456789abcdef") && !printed.contains("s3cret"));
    }

    /// The store keeps entries as they are written here.
    #[test]
    fn an_entry_is_written_and_read_back() {
        let text = r#"{"kind":"opensubtitles","url":"https://s.example/v1","api_key":"k"}"#;
        let config: ProviderConfig = serde_json::from_str(text).unwrap();
        assert_eq!(
            serde_json::to_string(&config).unwrap(),
            r#"{"kind":"opensubtitles","id":null,"name":"","url":"https://s.example/v1","api_key":"k","username":"","password":""}"#
        );
        let older = r#"{"kind":"stremio","id":"a","url":"https://a.example/manifest.json"}"#;
        let config: ProviderConfig = serde_json::from_str(older).unwrap();
        assert_eq!((config.id().as_str(), config.name()), ("stremio:a", ""));
        let again = serde_json::to_string(&config).unwrap();
        assert_eq!(
            serde_json::from_str::<ProviderConfig>(&again).unwrap(),
            config
        );
    }

    /// Whoever adds a kind says which of its fields are secrets: what is printed as none or as a
    /// secret is one.
    #[test]
    fn every_secret_is_named() {
        let written = r#"[
            { "kind": "torznab", "id": "a", "url": "http://a/", "api_key": "k3y" },
            { "kind": "stremio", "url": "http://a/s3cret/manifest.json" },
            { "kind": "rss", "id": "a", "url": "http://a/s3cret?q={query}" },
            { "kind": "opensubtitles", "api_key": "k3y", "username": "ann", "password": "s3cret" },
            { "kind": "site", "file": "a.yaml", "url": "http://a/", "settings": { "passkey": "s3cret" },
                "headers": { "Cookie": "s3cret" } }
        ]"#;
        let configs: Vec<ProviderConfig> = serde_json::from_str(written).unwrap();
        for config in configs {
            let named = config.secrets();
            let printed = format!("{config:?}");
            let hidden = printed.matches('…').count() + printed.matches(": none").count();
            assert_eq!(named.len(), hidden, "{printed}");
            let whole = serde_json::to_value(&config).unwrap();
            for (name, secret) in named {
                let at = format!("/{}", name.replace('.', "/"));
                assert_eq!(whole.pointer(&at).unwrap(), &secret.0, "{name}");
            }
        }
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let text =
            r#"providers = [{ kind = "torznab", id = "a", url = "http://a/", apikey = "x" }]"#;
        assert!(toml::from_str::<File>(text).is_err());
    }

    #[test]
    fn an_address_that_is_none_says_which_provider() {
        for url in ["", "nonsense", "file:///etc/passwd", "http://"] {
            let config = ProviderConfig::Torznab {
                id: "home".into(),
                name: String::new(),
                url: Secret(url.into()),
                api_key: Secret::default(),
            };
            let error = config.host().unwrap_err().to_string();
            assert!(error.contains("torznab:home"), "{error}");
        }
    }
}
