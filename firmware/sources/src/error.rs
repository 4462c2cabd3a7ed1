//! What can go wrong while a provider is asked. Every message is safe to show: no addresses
//! beyond the host, no keys.

use hearth_model::ProviderState;

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
    #[error("the indexer's answer is not readable XML: check that the address is a Torznab feed")]
    Xml(#[source] quick_xml::Error),
    #[error("the indexer's answer is nested deeper than {limit} levels and was not read")]
    TooDeep { limit: usize },
    #[error("the indexer's answer breaks off in the middle: try again")]
    BrokenOff,
    #[error("the indexer answered with <{root}> instead of <{expected}>: check its address")]
    NotTorznab {
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
    #[error("no answer within {} ms", after.as_millis())]
    Deadline { after: std::time::Duration },
    #[error("the provider failed inside: see the log")]
    Crashed,
    /// A provider of the app's own, in words that may be shown.
    #[error("{text}")]
    Other { text: String },
}

impl Error {
    pub(crate) fn state(&self) -> ProviderState {
        match self {
            Self::Deadline { .. }
            | Self::Fetch(
                hearth_fetch::Error::Timeout { .. } | hearth_fetch::Error::Stalled { .. },
            ) => ProviderState::Timeout,
            _ => ProviderState::Error,
        }
    }
}
