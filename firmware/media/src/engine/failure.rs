//! From GStreamer's errors to a reason the house understands and a sentence for people.

use gstreamer as gst;

use super::FailureReason;
use crate::range::ReadError;

/// Why a load failed, and the sentence that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) reason: FailureReason,
    pub(super) detail: String,
}

impl Failure {
    fn new(reason: FailureReason, detail: &str) -> Self {
        Self {
            reason,
            detail: detail.to_owned(),
        }
    }

    pub(super) fn from_read(error: &ReadError) -> Self {
        let reason = match error {
            ReadError::Gone { .. } => FailureReason::SourceGone,
            ReadError::Refused { .. } => FailureReason::SourceRefused,
            ReadError::Unreachable { .. } | ReadError::Cancelled => {
                FailureReason::SourceUnreachable
            }
            ReadError::Unusable { .. }
            | ReadError::NoRanges
            | ReadError::Changed
            | ReadError::Address { .. } => FailureReason::SourceUnusable,
        };
        let mut detail = error.to_string();
        if let Some(first) = detail.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Self {
            reason,
            detail: detail + ".",
        }
    }

    pub(super) fn missing_codec(name: &str) -> Self {
        Self {
            reason: FailureReason::CodecUnsupported,
            detail: format!("This screen can't decode {name}: choose another source."),
        }
    }

    pub(super) fn player(detail: String) -> Self {
        Self {
            reason: FailureReason::PlayerFailed,
            detail,
        }
    }

    /// `http_status` is in the details of GStreamer's HTTP errors.
    pub(super) fn from_gstreamer(error: &gst::glib::Error, http_status: Option<u32>) -> Self {
        use FailureReason as Reason;
        match http_status {
            Some(404 | 410) => {
                return Self::new(
                    Reason::SourceGone,
                    "The source is gone: choose another one.",
                );
            }
            Some(401 | 403) => {
                return Self::new(
                    Reason::SourceRefused,
                    "The source was refused: start it again.",
                );
            }
            Some(400..) => {
                return Self::new(
                    Reason::SourceUnusable,
                    "The source answers with an error: choose another one.",
                );
            }
            _ => {}
        }
        if let Some(kind) = error.kind::<gst::ResourceError>() {
            return match kind {
                gst::ResourceError::NotFound => Self::new(
                    Reason::SourceGone,
                    "The source is gone: choose another one.",
                ),
                gst::ResourceError::NotAuthorized => Self::new(
                    Reason::SourceRefused,
                    "The source was refused: start it again.",
                ),
                _ => Self::new(
                    Reason::SourceUnreachable,
                    "The source can't be read: try again or choose another one.",
                ),
            };
        }
        if let Some(kind) = error.kind::<gst::StreamError>() {
            return match kind {
                gst::StreamError::CodecNotFound => Self::missing_codec("this film"),
                gst::StreamError::Decrypt | gst::StreamError::DecryptNokey => Self::new(
                    Reason::MediaProtected,
                    "The film is protected and can't be played here: choose another source.",
                ),
                gst::StreamError::Failed
                | gst::StreamError::TypeNotFound
                | gst::StreamError::WrongType
                | gst::StreamError::Decode
                | gst::StreamError::Demux
                | gst::StreamError::Format => Self::new(
                    Reason::MediaUnreadable,
                    "The file is damaged or no film: choose another source.",
                ),
                _ => Self::player(format!("The film stopped: {error}. Choose another source.")),
            };
        }
        if error.kind::<gst::CoreError>() == Some(gst::CoreError::MissingPlugin) {
            return Self::missing_codec("this film");
        }
        Self::player(format!("The film stopped: {error}. Choose another source."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_their_reasons() {
        let reason = |kind: gst::glib::Error, status| Failure::from_gstreamer(&kind, status).reason;
        let stream = |kind| gst::glib::Error::new::<gst::StreamError>(kind, "x");
        let resource = |kind| gst::glib::Error::new::<gst::ResourceError>(kind, "x");
        assert_eq!(
            reason(stream(gst::StreamError::Demux), None),
            FailureReason::MediaUnreadable
        );
        assert_eq!(
            reason(stream(gst::StreamError::CodecNotFound), None),
            FailureReason::CodecUnsupported
        );
        assert_eq!(
            reason(resource(gst::ResourceError::NotFound), None),
            FailureReason::SourceGone
        );
        assert_eq!(
            reason(resource(gst::ResourceError::Read), Some(410)),
            FailureReason::SourceGone
        );
        assert_eq!(
            reason(resource(gst::ResourceError::Read), Some(503)),
            FailureReason::SourceUnusable
        );
    }

    #[test]
    fn a_reader_s_error_becomes_a_sentence() {
        let failure = Failure::from_read(&ReadError::Gone { status: 404 });
        assert_eq!(failure.reason, FailureReason::SourceGone);
        assert_eq!(
            failure.detail,
            "The source is gone (answer 404): choose another one."
        );
    }
}
