//! What can go wrong, as stable words: the one list of all that the box says in a problem, a
//! refusal or a failure. Clients have a sentence of their own for each, so a new one here does
//! not compile until every interface can say it.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! slugs {
    ($($variant:ident $text:tt)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
        pub enum Slug {
            $(#[serde(rename = $text)] $variant,)*
        }

        impl Slug {
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

slugs! {
    // Requests and messages.
    InvalidRequest "invalid-request"
    NotFound "not-found"
    MethodNotAllowed "method-not-allowed"
    TooLarge "too-large"
    Timeout "timeout"
    UpgradeRequired "upgrade-required"
    RangeUnsatisfiable "range-unsatisfiable"
    MessageInvalid "message-invalid"
    NotAScreen "not-a-screen"
    // Who asks, and from where.
    HostRefused "host-refused"
    OriginRefused "origin-refused"
    NotLocal "not-local"
    NotOwner "not-owner"
    TokenMissing "token-missing"
    TokenInvalid "token-invalid"
    RefreshInvalid "refresh-invalid"
    PinWrong "pin-wrong"
    PinNotShown "pin-not-shown"
    TooManyAttempts "too-many-attempts"
    SignInWrong "sign-in-wrong"
    RegisterRefused "register-refused"
    NameTaken "name-taken"
    // What is not there (any more).
    TitleUnknown "title-unknown"
    EpisodeUnknown "episode-unknown"
    PersonUnknown "person-unknown"
    SourceUnknown "source-unknown"
    ScreenUnknown "screen-unknown"
    SessionUnknown "session-unknown"
    DeviceUnknown "device-unknown"
    ProviderUnknown "provider-unknown"
    StreamExpired "stream-expired"
    // The owner's providers.
    ProviderFixed "provider-fixed"
    ProviderTaken "provider-taken"
    ProviderAddress "provider-address"
    ProviderKey "provider-key"
    ProviderUnconfigured "provider-unconfigured"
    // What people give.
    LinkUnreadable "link-unreadable"
    LinkOfAddon "link-of-addon"
    LinkPrivate "link-private"
    LinkEmpty "link-empty"
    FileNotUnderstood "file-not-understood"
    GivenElsewhere "given-elsewhere"
    GivenWithoutEpisode "given-without-episode"
    GivenFull "given-full"
    GivenUnknown "given-unknown"
    NotGiver "not-giver"
    // Playing.
    ScreenAway "screen-away"
    NoSources "no-sources"
    NoSourcePlays "no-source-plays"
    NoOtherSource "no-other-source"
    NothingPlays "nothing-plays"
    StaleRevision "stale-revision"
    Superseded "superseded"
    ValueMissing "value-missing"
    SubtitlesUnknown "subtitles-unknown"
    SubtitlesUnreadable "subtitles-unreadable"
    SubtitlesQuota "subtitles-quota"
    SubtitlesSignIn "subtitles-sign-in"
    NoSubtitleProvider "no-subtitle-provider"
    // Why a source was left.
    Skipped "skipped"
    Starved "starved"
    SourceGone "source-gone"
    SourceRefused "source-refused"
    SourceUnreachable "source-unreachable"
    SourceUnusable "source-unusable"
    OnlyAPage "only-a-page"
    NoPeers "no-peers"
    NoVideo "no-video"
    TorrentBad "torrent-bad"
    TorrentFailed "torrent-failed"
    TorrentsStopped "torrents-stopped"
    CodecUnsupported "codec-unsupported"
    MediaUnreadable "media-unreadable"
    MediaProtected "media-protected"
    PlayerFailed "player-failed"
    CutShort "cut-short"
    WrongLength "wrong-length"
    ScreenDied "screen-died"
    // Updates of the box.
    UpdateUnknown "update-unknown"
    ChannelUnsigned "channel-unsigned"
    ChannelUnreadable "channel-unreadable"
    ChannelReplayed "channel-replayed"
    ChannelExpired "channel-expired"
    ChannelKeyMissing "channel-key-missing"
    BundleUnsigned "bundle-unsigned"
    BundleUntrusted "bundle-untrusted"
    BundleDamaged "bundle-damaged"
    BundlePlain "bundle-plain"
    BundleOlder "bundle-older"
    BundleSame "bundle-same"
    BundleVersionUnreadable "bundle-version-unreadable"
    BundleWrongBoard "bundle-wrong-board"
    BundleSwapped "bundle-swapped"
    BundleUnreachable "bundle-unreachable"
    UpdateBusy "update-busy"
    UpdateOnTrial "update-on-trial"
    UpdateInterrupted "update-interrupted"
    UpdateDiskFailed "update-disk-failed"
    UpdateFailed "update-failed"
    ChannelUnreachable "channel-unreachable"
    // The box's parts.
    DeviceMissing "device-missing"
    DeviceDenied "device-denied"
    DeviceFailed "device-failed"
    WifiUnknown "wifi-unknown"
    WifiPasswordLength "wifi-password-length"
    WifiPasswordNeeded "wifi-password-needed"
    WifiPasswordWrong "wifi-password-wrong"
    WifiUnsupported "wifi-unsupported"
    WifiNoAddress "wifi-no-address"
    WifiFailed "wifi-failed"
    WifiMissing "wifi-missing"
    // The services of the catalogue.
    ServiceKeyWrong "service-key-wrong"
    ServiceUnreachable "service-unreachable"
    ServiceSlow "service-slow"
    ServiceBusy "service-busy"
    ServiceChanged "service-changed"
    ServiceFailed "service-failed"
    // The box itself.
    TimeZoneUnknown "time-zone-unknown"
    DiskFull "disk-full"
    DiskReadOnly "disk-read-only"
    ShuttingDown "shutting-down"
    StoreFailed "store-failed"
    Internal "internal"
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.as_str().to_owned()
    }
}

/// A word that this version does not know: the other side is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no slug of this version")]
pub struct UnknownSlug;

impl FromStr for Slug {
    type Err = UnknownSlug;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|slug| slug.as_str() == text);
        known.copied().ok_or(UnknownSlug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slug_is_one_word_and_is_read_back() {
        for slug in Slug::ALL {
            let text = slug.as_str();
            assert_eq!(text.parse(), Ok(*slug));
            assert_eq!(serde_json::to_value(slug).unwrap(), text);
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-'),
                "{text}"
            );
        }
        assert_eq!("unheard-of".parse::<Slug>(), Err(UnknownSlug));
    }
}
