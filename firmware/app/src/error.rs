//! What can go wrong for a caller of the use cases: each with a kind (the edge turns it into a
//! status), a stable slug, and a sentence that is safe to show.

use std::time::Duration;

use hearth_model::Slug;

/// What the edge answers with, whatever the details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Invalid,
    Unauthorized,
    Forbidden,
    NotFound,
    Conflict,
    TooMany,
    /// Somebody else's fault: sources, services.
    Upstream,
    /// The box cannot right now: disk full, shutting down.
    Unavailable,
    Internal,
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    Invalid(String),
    #[error("sign in or pair this device first")]
    NoToken,
    #[error("the access token is not valid any more; refresh it or pair again")]
    TokenInvalid,
    #[error("the refresh token is not valid any more; pair or sign in again")]
    RefreshInvalid,
    #[error("this PIN is wrong; look at the TV and type it again")]
    PinWrong,
    #[error("no PIN is shown; open Settings, Pair a phone on the TV (or run `hearthd pair`)")]
    PinNotShown,
    #[error("too many tries; wait {} s and try again", .0.as_secs().max(1))]
    TooMany(Duration),
    #[error("name or password is wrong")]
    SignInWrong,
    #[error("only a paired device, or somebody with the setup code, may add a person")]
    RegisterRefused,
    #[error("this is only for the box's own TV")]
    NotLocal,
    #[error("only the owner may change the box: use its TV, or the phone that was paired first")]
    NotOwner,
    #[error(transparent)]
    Device(#[from] hearth_device::Error),
    #[error("the box knows no such time zone; name one as Europe/Moscow is named")]
    TimeZoneUnknown,
    #[error("this update is not there any more; look for updates again")]
    UpdateUnknown,
    #[error("this provider stands in the configuration file: change it there")]
    ProviderFixed,
    #[error("there is a provider `{0}` already: change that one, or give this one another id")]
    ProviderTaken(String),
    /// What a person gave is of no use.
    #[error("{reason}")]
    Given { slug: Slug, reason: String },
    #[error("the house was given so much already that no more fits: take something back first")]
    GivenFull,
    #[error("only who gave it, or the owner, may take it back")]
    NotGiver,
    #[error("{what} is not there (any more)")]
    NotFound { what: &'static str, slug: Slug },
    #[error("the address of this stream has ended; press Play again")]
    StreamExpired,
    #[error("nothing was found for this title; add a source or try again later")]
    NoSources,
    #[error("no source plays: {0}")]
    NoSourcePlays(String),
    #[error("the screen is not connected; switch the TV on, or choose another screen")]
    ScreenAway,
    #[error("something else was chosen for this screen meanwhile")]
    Superseded,
    #[error("the box is shutting down; try again in a minute")]
    ShuttingDown,
    #[error("the source does not answer: {0}")]
    Upstream(String),
    #[error("the stream cannot be played: {0}")]
    Unusable(String),
    #[error("these subtitles cannot be shown: {0}")]
    Subtitles(String),
    /// By a service that counts, or that does not know who asks.
    #[error("{text}")]
    SubtitlesRefused { slug: Slug, text: String },
    #[error(transparent)]
    Store(#[from] hearth_store::Error),
    #[error("{action} failed")]
    Internal {
        action: &'static str,
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Error {
    pub(crate) fn internal(
        action: &'static str,
    ) -> impl Fn(Box<dyn std::error::Error + Send + Sync>) -> Self {
        move |cause| Self::Internal { action, cause }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) | Self::Given { .. } | Self::TimeZoneUnknown => Kind::Invalid,
            Self::NoToken | Self::TokenInvalid | Self::RefreshInvalid | Self::SignInWrong => {
                Kind::Unauthorized
            }
            Self::PinWrong
            | Self::RegisterRefused
            | Self::NotLocal
            | Self::NotOwner
            | Self::NotGiver
            | Self::StreamExpired => Kind::Forbidden,
            Self::UpdateUnknown => Kind::NotFound,
            Self::Device(error) => device_kind(error),
            Self::PinNotShown => Kind::Conflict,
            Self::TooMany(_) => Kind::TooMany,
            Self::NotFound { .. } => Kind::NotFound,
            Self::ScreenAway
            | Self::Superseded
            | Self::ProviderFixed
            | Self::ProviderTaken(_)
            | Self::GivenFull => Kind::Conflict,
            Self::NoSources
            | Self::NoSourcePlays(_)
            | Self::Upstream(_)
            | Self::Unusable(_)
            | Self::Subtitles(_)
            | Self::SubtitlesRefused { .. } => Kind::Upstream,
            Self::ShuttingDown => Kind::Unavailable,
            Self::Store(hearth_store::Error::NameTaken(_)) => Kind::Conflict,
            Self::Store(hearth_store::Error::DiskFull | hearth_store::Error::DiskReadOnly) => {
                Kind::Unavailable
            }
            Self::Store(_) | Self::Internal { .. } => Kind::Internal,
        }
    }

    pub fn slug(&self) -> Slug {
        match self {
            Self::Invalid(_) => Slug::InvalidRequest,
            Self::NoToken => Slug::TokenMissing,
            Self::TokenInvalid => Slug::TokenInvalid,
            Self::RefreshInvalid => Slug::RefreshInvalid,
            Self::PinWrong => Slug::PinWrong,
            Self::PinNotShown => Slug::PinNotShown,
            Self::TooMany(_) => Slug::TooManyAttempts,
            Self::SignInWrong => Slug::SignInWrong,
            Self::RegisterRefused => Slug::RegisterRefused,
            Self::NotLocal => Slug::NotLocal,
            Self::NotOwner => Slug::NotOwner,
            Self::TimeZoneUnknown => Slug::TimeZoneUnknown,
            Self::UpdateUnknown => Slug::UpdateUnknown,
            Self::Device(error) => error.slug(),
            Self::NotFound { slug, .. } => *slug,
            Self::Given { slug, .. } => *slug,
            Self::GivenFull => Slug::GivenFull,
            Self::NotGiver => Slug::NotGiver,
            Self::ProviderFixed => Slug::ProviderFixed,
            Self::ProviderTaken(_) => Slug::ProviderTaken,
            Self::StreamExpired => Slug::StreamExpired,
            Self::NoSources => Slug::NoSources,
            Self::NoSourcePlays(_) => Slug::NoSourcePlays,
            Self::ScreenAway => Slug::ScreenAway,
            Self::Superseded => Slug::Superseded,
            Self::ShuttingDown => Slug::ShuttingDown,
            Self::Upstream(_) => Slug::SourceUnreachable,
            Self::Unusable(_) => Slug::SourceUnusable,
            Self::Subtitles(_) => Slug::SubtitlesUnreadable,
            Self::SubtitlesRefused { slug, .. } => *slug,
            Self::Store(hearth_store::Error::NameTaken(_)) => Slug::NameTaken,
            Self::Store(hearth_store::Error::DiskFull) => Slug::DiskFull,
            Self::Store(hearth_store::Error::DiskReadOnly) => Slug::DiskReadOnly,
            Self::Store(_) => Slug::StoreFailed,
            Self::Internal { .. } => Slug::Internal,
        }
    }

    /// The sentence for the caller: never the inside of the box.
    pub fn detail(&self) -> String {
        match (self, self.kind()) {
            (_, Kind::Internal) => {
                "something went wrong on the box; its log names the request".to_owned()
            }
            _ => self.to_string(),
        }
    }
}

fn device_kind(error: &hearth_device::Error) -> Kind {
    use hearth_device::{Error, Refusal};
    match error {
        Error::Missing(_) => Kind::Unavailable,
        Error::Denied { .. } | Error::WifiPasswordWrong => Kind::Forbidden,
        Error::Bus { .. } => Kind::Internal,
        Error::Update(Refusal::Unreachable) | Error::Fetch(_) => Kind::Upstream,
        Error::Update(_) | Error::WifiUnsupported | Error::WifiMissing => Kind::Conflict,
        Error::WifiPasswordLength | Error::WifiPasswordNeeded => Kind::Invalid,
        Error::WifiUnknown => Kind::NotFound,
        Error::WifiNoAddress | Error::WifiFailed => Kind::Upstream,
    }
}
