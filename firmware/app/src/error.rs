//! What can go wrong for a caller of the use cases: each with a kind (the edge turns it into a
//! status), a stable slug, and a sentence that is safe to show.

use std::time::Duration;

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
    #[error("{what} is not there (any more)")]
    NotFound {
        what: &'static str,
        slug: &'static str,
    },
    #[error("the address of this stream has ended; press Play again")]
    StreamExpired,
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
            Self::Invalid(_) => Kind::Invalid,
            Self::NoToken | Self::TokenInvalid | Self::RefreshInvalid | Self::SignInWrong => {
                Kind::Unauthorized
            }
            Self::PinWrong | Self::RegisterRefused | Self::NotLocal | Self::StreamExpired => {
                Kind::Forbidden
            }
            Self::PinNotShown => Kind::Conflict,
            Self::TooMany(_) => Kind::TooMany,
            Self::NotFound { .. } => Kind::NotFound,
            Self::ScreenAway | Self::Superseded => Kind::Conflict,
            Self::NoSourcePlays(_) | Self::Upstream(_) => Kind::Upstream,
            Self::ShuttingDown => Kind::Unavailable,
            Self::Store(hearth_store::Error::NameTaken(_)) => Kind::Conflict,
            Self::Store(hearth_store::Error::DiskFull | hearth_store::Error::DiskReadOnly) => {
                Kind::Unavailable
            }
            Self::Store(_) | Self::Internal { .. } => Kind::Internal,
        }
    }

    pub fn slug(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "invalid-request",
            Self::NoToken => "token-missing",
            Self::TokenInvalid => "token-invalid",
            Self::RefreshInvalid => "refresh-invalid",
            Self::PinWrong => "pin-wrong",
            Self::PinNotShown => "pin-not-shown",
            Self::TooMany(_) => "too-many-attempts",
            Self::SignInWrong => "sign-in-wrong",
            Self::RegisterRefused => "register-refused",
            Self::NotLocal => "not-local",
            Self::NotFound { slug, .. } => slug,
            Self::StreamExpired => "stream-expired",
            Self::NoSourcePlays(_) => "no-source-plays",
            Self::ScreenAway => "screen-away",
            Self::Superseded => "superseded",
            Self::ShuttingDown => "shutting-down",
            Self::Upstream(_) => "source-unreachable",
            Self::Store(hearth_store::Error::NameTaken(_)) => "name-taken",
            Self::Store(hearth_store::Error::DiskFull) => "disk-full",
            Self::Store(hearth_store::Error::DiskReadOnly) => "disk-read-only",
            Self::Store(_) => "store-failed",
            Self::Internal { .. } => "internal",
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
