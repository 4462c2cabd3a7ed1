//! What can go wrong while a provider is asked. Every message is safe to show: no addresses
//! beyond the host, no keys.

use hearth_fetch::Error as Fetch;
use hearth_model::{ProviderState, Slug};

/// Why what a person gave is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenFault {
    /// It is no address, no magnet and no hash.
    Unreadable,
    /// It belongs among the providers.
    Addon,
    /// Nothing there plays.
    Empty,
    /// No such file is understood.
    File,
    Torrent,
    /// Nobody answers.
    Silent,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Fetch(#[from] hearth_fetch::Error),
    #[error("the indexer refused ({code}): {description}{hint}")]
    Refused {
        code: String,
        description: String,
        hint: &'static str,
    },
    #[error("the answer is of no use: {0} (check the address, or try again)")]
    Xml(hearth_fetch::xml::Error),
    #[error("the answer is <{root}> instead of <{expected}>: check the provider's address")]
    OtherDocument {
        root: String,
        expected: &'static str,
    },
    #[error("the addon's {what} is not readable: check that the address is a Stremio addon's")]
    Addon {
        what: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("the addon is for adults only and is left out")]
    Adult,
    #[error(
        "the addon must be configured first: open its configuration page and give the address it makes"
    )]
    Unconfigured,
    #[error("the address of provider `{id}` is not valid: give a full http:// or https:// one")]
    Url { id: String },
    #[error("two providers are called `{id}`: give one of them another id")]
    DuplicateId { id: String },
    #[error("the link gave no .torrent file: choose another source")]
    NoTorrent,
    /// What a person gave cannot be played.
    #[error("{reason}")]
    Given { fault: GivenFault, reason: String },
    #[error("OpenSubtitles gives no more downloads{resets}{hint}")]
    Quota { resets: String, hint: &'static str },
    #[error("OpenSubtitles does not know this name and password: check them in the settings")]
    SignIn,
    #[error("OpenSubtitles does not take the API key: check it in the settings")]
    Key,
    #[error("these subtitles cannot be read: {reason}; choose others")]
    Subtitles { reason: String },
    #[error("no answer within {} ms", after.as_millis())]
    Deadline { after: std::time::Duration },
    #[error("others are asking it: its turn did not come within {} ms", after.as_millis())]
    Busy { after: std::time::Duration },
    #[error(
        "it failed several times and is left alone for {} s more: test it to ask at once",
        left.as_secs().max(1)
    )]
    Resting { left: std::time::Duration },
    #[error("the provider failed inside: see the log")]
    Crashed,
    #[error(transparent)]
    Definition(#[from] crate::sites::Faulty),
    #[error(transparent)]
    Page(#[from] crate::html::TooHeavy),
    /// In words that may be shown.
    #[error("{text}")]
    Other { text: String },
}

/// Its text is told whole: as a source too it would be told twice.
impl From<hearth_fetch::xml::Error> for Error {
    fn from(error: hearth_fetch::xml::Error) -> Self {
        Self::Xml(error)
    }
}

impl Error {
    /// Whether it was not asked at all.
    pub fn was_not_asked(&self) -> bool {
        matches!(
            self,
            Self::Resting { .. }
                | Self::Busy { .. }
                | Self::Fetch(Fetch::Busy {
                    not_asked: true,
                    ..
                })
        )
    }

    /// As people are told of the provider.
    pub fn slug(&self) -> Slug {
        match self {
            Self::Quota { .. } => Slug::SubtitlesQuota,
            Self::SignIn | Self::Key => Slug::SubtitlesSignIn,
            Self::Subtitles { .. } => Slug::SubtitlesUnreadable,
            Self::Deadline { .. } | Self::Busy { .. } => Slug::ServiceSlow,
            Self::Unconfigured => Slug::ProviderUnconfigured,
            // The codes that Torznab has for who may not ask.
            Self::Refused { code, .. } if matches!(code.as_str(), "100" | "101" | "102") => {
                Slug::ProviderKey
            }
            Self::Fetch(Fetch::Status {
                status: 401 | 403, ..
            }) => Slug::ProviderKey,
            Self::Addon { .. }
            | Self::OtherDocument { .. }
            | Self::Xml(_)
            | Self::Fetch(
                Fetch::Status {
                    status: 404 | 410, ..
                }
                | Fetch::Json { .. }
                | Fetch::WrongKind { .. },
            ) => Slug::ProviderAddress,
            Self::Fetch(error) => error.slug(),
            _ => Slug::ServiceFailed,
        }
    }

    pub(crate) fn state(&self) -> ProviderState {
        match self {
            Self::Deadline { .. }
            | Self::Busy { .. }
            | Self::Fetch(
                hearth_fetch::Error::Timeout { .. } | hearth_fetch::Error::Stalled { .. },
            ) => ProviderState::Timeout,
            _ => ProviderState::Error,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_provider_is_told_apart() {
        let refused = |code: &str| Error::Refused {
            code: code.into(),
            description: String::new(),
            hint: "",
        };
        assert_eq!(refused("100").slug(), Slug::ProviderKey);
        assert_eq!(refused("900").slug(), Slug::ServiceFailed);
        let other = Error::OtherDocument {
            root: "html".into(),
            expected: "caps",
        };
        assert_eq!(other.slug(), Slug::ProviderAddress);
        assert_eq!(Error::Unconfigured.slug(), Slug::ProviderUnconfigured);
    }
}
