//! `Range` of one part, as media players send it (RFC 9110, section 14).

use std::ops::Range;

use hearth_app::ByteRange;

/// What a `Range` header asks of a body of known size.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    Whole,
    Part(Range<u64>),
    /// 416: malformed, past the end, or of several parts.
    Unsatisfiable,
}

pub fn parse(header: Option<&[u8]>, size_bytes: u64) -> Asked {
    let Some(header) = header else {
        return Asked::Whole;
    };
    let part = std::str::from_utf8(header)
        .ok()
        .and_then(|text| text.trim().strip_prefix("bytes="))
        .and_then(|parts| one_part(parts.trim(), size_bytes));
    match part {
        Some(range) if range.start < range.end => Asked::Part(range),
        _ => Asked::Unsatisfiable,
    }
}

/// One range of a body of unknown size, to be passed on; none where it is malformed, of several
/// parts, or of nothing.
pub fn of_unknown_size(header: &[u8]) -> Option<ByteRange> {
    let text = std::str::from_utf8(header).ok()?;
    let (first, last) = text.trim().strip_prefix("bytes=")?.trim().split_once('-')?;
    if first.is_empty() {
        return number(last).filter(|count| *count > 0).map(ByteRange::Last);
    }
    let first = number(first)?;
    let last = match last {
        "" => None,
        last => Some(number(last)?),
    };
    last.is_none_or(|last| last >= first)
        .then_some(ByteRange::From { first, last })
}

fn one_part(text: &str, size_bytes: u64) -> Option<Range<u64>> {
    let (first, last) = text.split_once('-')?;
    if first.is_empty() {
        let suffix: u64 = number(last)?;
        return Some(size_bytes.saturating_sub(suffix)..size_bytes);
    }
    let first = number(first)?;
    let end = match last {
        "" => size_bytes,
        last => {
            let last = number(last)?;
            if last < first {
                return None;
            }
            last.saturating_add(1).min(size_bytes)
        }
    };
    Some(first..end)
}

/// Digits only: `parse` alone would take a sign.
fn number(text: &str) -> Option<u64> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number beyond 64 bits is past any end.
    Some(text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(header: &str) -> Asked {
        parse(Some(header.as_bytes()), 1_000)
    }

    #[test]
    fn a_part_is_a_part() {
        assert_eq!(parse(None, 1_000), Asked::Whole);
        assert_eq!(asked("bytes=0-0"), Asked::Part(0..1));
        assert_eq!(asked("bytes=10-"), Asked::Part(10..1_000));
        assert_eq!(asked("bytes=-5"), Asked::Part(995..1_000));
        assert_eq!(asked("bytes=-5000"), Asked::Part(0..1_000));
        assert_eq!(asked("bytes=990-2000"), Asked::Part(990..1_000));
    }

    #[test]
    fn abuse_23_hostile_ranges_are_unsatisfiable() {
        let thousand = format!("bytes={}", vec!["0-1"; 1_000].join(","));
        for header in [
            "-5",
            "bytes=5-2",
            "bytes=1000-",
            "bytes=1000-2000",
            "bytes=-0",
            "bytes=",
            "bytes=-",
            "bytes=18446744073709551616-",
            "bytes=99999999999999999999999-",
            "bytes=+1-2",
            "bytes=0-1,3-4",
            "lines=0-1",
            "bytes=a-b",
            thousand.as_str(),
        ] {
            assert_eq!(asked(header), Asked::Unsatisfiable, "{header}");
            let beyond = header.starts_with("bytes=1") || header.starts_with("bytes=9");
            if !beyond {
                assert_eq!(of_unknown_size(header.as_bytes()), None, "{header}");
            }
        }
        assert_eq!(asked("bytes=0-18446744073709551616"), Asked::Part(0..1_000));
        assert_eq!(parse(Some(b"bytes=0-"), 0), Asked::Unsatisfiable);
        assert_eq!(parse(Some(&[0xff, 0xfe]), 10), Asked::Unsatisfiable);
    }
    #[test]
    fn a_range_of_an_unknown_size_is_passed_on_as_it_was_meant() {
        for (header, passed) in [
            ("bytes=0-0", "bytes=0-0"),
            (" bytes=10- ", "bytes=10-"),
            ("bytes=-5", "bytes=-5"),
            (
                "bytes=0-18446744073709551616",
                "bytes=0-18446744073709551615",
            ),
        ] {
            let range = of_unknown_size(header.as_bytes()).unwrap();
            assert_eq!(range.to_string(), passed, "{header}");
        }
    }
}
