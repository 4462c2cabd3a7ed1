//! What a worker job reads: a path, an inherited file descriptor, or an address on this box.

use std::{net::IpAddr, path::PathBuf, str::FromStr};

use gstreamer as gst;
use url::{Host, Url};

use crate::error::Error;

/// One input, as the command line names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobInput {
    Path(PathBuf),
    /// `fd:3`: a descriptor that the daemon opened, so that the worker needs no rights of its own.
    Descriptor(u32),
    /// An http address on loopback.
    Loopback(Url),
}

impl FromStr for JobInput {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refused = || Error::Input {
            input: text.to_owned(),
        };
        if let Some(number) = text.strip_prefix("fd:") {
            return number.parse().map(Self::Descriptor).map_err(|_| refused());
        }
        if !text.contains("://") {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        let url = Url::parse(text).map_err(|_| refused())?;
        let loopback = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::from(ip).is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::from(ip).is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if url.scheme() == "http" && loopback {
            Ok(Self::Loopback(url))
        } else {
            Err(refused())
        }
    }
}

impl JobInput {
    /// The address by which GStreamer reads it.
    pub(crate) fn uri(&self) -> Result<String, Error> {
        match self {
            Self::Descriptor(number) => Ok(format!("fd://{number}")),
            Self::Loopback(url) => Ok(url.to_string()),
            Self::Path(path) => {
                let full = std::path::absolute(path)
                    .map_err(|error| self.unreadable(&error.to_string()))?;
                gst::glib::filename_to_uri(full, None)
                    .map(|uri| uri.to_string())
                    .map_err(|_| self.unreadable("its path can't be made an address: rename it"))
            }
        }
    }

    /// Why it can't be used, for people.
    pub(crate) fn unreadable(&self, detail: &str) -> Error {
        Error::Unreadable {
            input: self.name(),
            detail: detail.to_owned(),
        }
    }

    /// How messages name it: an address carries a signature and is not repeated.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Descriptor(number) => format!("fd:{number}"),
            Self::Loopback(_) => "the stream".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(text: &str) -> Result<JobInput, Error> {
        text.parse()
    }

    #[test]
    fn paths_descriptors_and_loopback_addresses_are_read() {
        assert_eq!(input("a b.mkv").unwrap(), JobInput::Path("a b.mkv".into()));
        assert_eq!(input("fd:3").unwrap(), JobInput::Descriptor(3));
        assert!(matches!(
            input("http://127.0.0.1:80/x"),
            Ok(JobInput::Loopback(_))
        ));
        assert!(matches!(input("http://[::1]/x"), Ok(JobInput::Loopback(_))));
    }

    #[test]
    fn everything_else_is_refused() {
        for bad in [
            "fd:x",
            "http://10.0.0.1/x",
            "https://127.0.0.1/",
            "file:///etc/passwd",
            "rtsp://x",
        ] {
            assert!(matches!(input(bad), Err(Error::Input { .. })), "{bad}");
        }
    }

    #[test]
    fn paths_become_addresses_whatever_they_hold() {
        let uri = JobInput::Path("/films/Фильм #1 100%.mkv".into())
            .uri()
            .unwrap();
        assert!(
            uri.starts_with("file:///films/") && !uri.contains('#'),
            "{uri}"
        );
    }
}
