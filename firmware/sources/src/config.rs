//! The providers an owner names in the configuration.

use std::fmt;

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
        url: Secret,
    },
}

impl ProviderConfig {
    /// `torznab:home`, `stremio:addon.example.org`.
    pub fn id(&self) -> String {
        match self {
            Self::Torznab { id, .. } => format!("torznab:{id}"),
            Self::Stremio { id: Some(id), .. } => format!("stremio:{id}"),
            Self::Stremio { id: None, url } => {
                let host = address(&url.0).and_then(|url| url.host_str().map(ToOwned::to_owned));
                format!("stremio:{}", host.unwrap_or_default())
            }
        }
    }

    /// The provider's own `host:port`, which the owner allows by naming it.
    pub fn host(&self) -> Result<String, Error> {
        let url = self.url()?;
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or_default();
        Ok(format!("{host}:{port}"))
    }

    pub(crate) fn url(&self) -> Result<Url, Error> {
        let (Self::Torznab { url, .. } | Self::Stremio { url, .. }) = self;
        address(&url.0).ok_or_else(|| Error::Url { id: self.id() })
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
        "#;
        let file: File = toml::from_str(example).unwrap();
        let ids: Vec<_> = file.providers.iter().map(ProviderConfig::id).collect();
        assert_eq!(ids, ["torznab:home", "stremio:addon.example.org"]);
        assert_eq!(file.providers[0].host().unwrap(), "192.168.1.5:9117");
        assert_eq!(file.providers[1].host().unwrap(), "addon.example.org:443");
        let printed = format!("{:?}", file.providers);
        assert!(!printed.contains("0123456789abcdef") && !printed.contains("s3cret"));
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
