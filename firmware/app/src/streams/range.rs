//! A part of a body whose size the box does not know: what is asked for, and whether what comes is
//! that part.

use std::fmt;

use hearth_fetch::MediaResponse;

/// One range, as a player asks for it; written out as the value of `Range`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteRange {
    From {
        first: u64,
        last: Option<u64>,
    },
    /// So many from the end.
    Last(u64),
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From {
                first,
                last: Some(last),
            } => write!(f, "bytes={first}-{last}"),
            Self::From { first, last: None } => write!(f, "bytes={first}-"),
            Self::Last(count) => write!(f, "bytes=-{count}"),
        }
    }
}

/// `Content-Range`, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    pub(super) first: u64,
    pub(super) last: u64,
    total: Option<u64>,
}

impl ContentRange {
    /// None where an answer has none, or one that cannot be.
    pub(super) fn of(answer: &MediaResponse) -> Option<Self> {
        let text = answer.content_range.as_deref()?.trim();
        let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let total = match total.trim() {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        let range = Self {
            first: first.trim().parse().ok()?,
            last: last.trim().parse().ok()?,
            total,
        };
        let possible = range.first <= range.last
            && range.last < u64::MAX
            && range.total.is_none_or(|total| range.last < total);
        possible.then_some(range)
    }

    pub(super) fn length(&self) -> u64 {
        self.last - self.first + 1
    }

    /// A server may send less than was asked for, but nothing else.
    pub(super) fn answers(&self, asked: ByteRange) -> bool {
        match asked {
            ByteRange::From { first, last } => {
                self.first == first && last.is_none_or(|last| self.last <= last)
            }
            ByteRange::Last(count) => {
                self.length() <= count && self.total.is_none_or(|total| self.last + 1 == total)
            }
        }
    }
}

impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}-{}/", self.first, self.last)?;
        match self.total {
            Some(total) => write!(f, "{total}"),
            None => f.write_str("*"),
        }
    }
}
