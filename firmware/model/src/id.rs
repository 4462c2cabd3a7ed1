//! Identifiers: one newtype each, prefixed on the wire (`ttl_…`, `ses_…`), so that a mix-up is
//! refused when it is parsed and not three layers later.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

/// Why a text is not the identifier it was taken for.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{text}` is not a {what} id: it must be `{prefix}_` and 32 hexadecimal digits")]
pub struct IdError {
    what: &'static str,
    prefix: &'static str,
    text: String,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $what:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
        #[schema(value_type = String, example = json!(concat!($prefix, "_0193a3f2b1c47d3e8f00112233445566")))]
        pub struct $name(Uuid);

        impl $name {
            /// A new, time-ordered id (UUIDv7).
            #[allow(clippy::new_without_default)]
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }

            /// The same id for the same name: for things that exist by what they are
            /// (a source is its title and its address), so that they keep it over restarts.
            pub fn from_name(name: &str) -> Self {
                Self(Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{}:{name}", $prefix).as_bytes()))
            }

            /// The 16 bytes of store keys, big-endian.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.into_bytes()
            }

            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|hex| hex.len() == 32)
                    .and_then(|hex| Uuid::try_parse(hex).ok())
                    .map(Self)
                    .ok_or_else(|| IdError {
                        what: $what,
                        prefix: $prefix,
                        text: text.chars().take(80).collect(),
                    })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A film, a series or an anime.
    TitleId = "ttl", "title";
    EpisodeId = "ep", "episode";
    /// One place where a title can be had; the same place keeps its id.
    SourceId = "src", "source";
    /// Something that a person gave: an address, a magnet, a file.
    GivenId = "giv", "given thing";
    /// Subtitles in a file of their own; the same file keeps its id.
    SubtitleId = "sub", "subtitle";
    /// A session: one viewing with its participants and its screen. Also the room's id.
    SessionId = "ses", "session";
    /// Something that shows pictures: the TV, a browser tab.
    ScreenId = "scr", "screen";
    /// A paired phone or browser.
    DeviceId = "dev", "device";
    AccountId = "acc", "account";
    /// Whose history and wishes are meant.
    ProfileId = "pro", "profile";
}

impl ProfileId {
    /// Everybody at home who has not signed in: the TV and the paired devices.
    pub const HOUSEHOLD: Self = Self(Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0001));
}

/// Counts the loads of a session, so that a late word from an earlier load is known as such.
pub type LoadId = u64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_the_wire_and_refuses_another_kind() {
        let title = TitleId::new();
        let text = title.to_string();
        assert_eq!(text.parse::<TitleId>(), Ok(title));
        assert!(text.parse::<SessionId>().is_err());
        assert!("ttl_xyz".parse::<TitleId>().is_err());
        assert!(format!("{text}0").parse::<TitleId>().is_err());
        assert!("ttl_ключ".parse::<TitleId>().is_err());
    }

    #[test]
    fn a_named_id_is_the_same_each_time() {
        assert_eq!(SourceId::from_name("a"), SourceId::from_name("a"));
        assert_ne!(SourceId::from_name("a"), SourceId::from_name("b"));
    }
}
