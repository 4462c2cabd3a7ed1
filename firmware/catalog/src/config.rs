//! What an owner may say of the metadata services.

use serde::{Deserialize, Serialize};

use crate::{ShikimoriConfig, TmdbConfig};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogConfig {
    /// What kept answers may take on the disk.
    pub cache_mb: u64,
    /// What pictures may take on the disk.
    pub pictures_mb: u64,
    pub tmdb: TmdbConfig,
    pub shikimori: ShikimoriConfig,
}

impl Default for CatalogConfig {
    fn default() -> Self {
        Self {
            cache_mb: 64,
            pictures_mb: 512,
            tmdb: TmdbConfig::default(),
            shikimori: ShikimoriConfig::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct File {
        catalog: CatalogConfig,
    }

    #[test]
    fn the_defaults_of_the_box_are_those_of_the_code() {
        let text = include_str!("../../../config/defaults.toml");
        let file: File = toml::from_str(text).unwrap();
        assert_eq!(file.catalog, CatalogConfig::default());
    }

    #[test]
    fn a_key_is_never_printed() {
        let config = TmdbConfig {
            key: "s3cret".into(),
            ..TmdbConfig::default()
        };
        assert!(!format!("{config:?}").contains("s3cret"));
    }
}
