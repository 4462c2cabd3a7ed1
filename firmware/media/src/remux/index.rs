//! The index of a file's fragments (`sidx`, ISO/IEC 14496-12, 8.16.3), which the muxer can't
//! write: without it a browser reads through the whole file before the first picture, looking
//! for fragments.
//!
//! It stands before the fragments, so its room is kept free while they are written. Where more of
//! them come than there is room for, neighbours share an entry.

use gstreamer as gst;

use super::{TIMESCALE, output::Fragment};

/// Of an index without entries, and of the smallest `free` box behind it.
const FRAME_BYTES: usize = 40 + 8;
const ENTRY_BYTES: usize = 12;
/// Enough for ten hours; more only makes entries coarser.
const ENTRIES_MAX: usize = 18_000;
/// Begins with a key frame on which all that follow rely.
const STARTS_AT_KEY_FRAME: u32 = 0x9000_0000;

/// Room for the index of about so many fragments: a box that players skip.
pub(super) fn room(fragments: usize) -> Vec<u8> {
    free(FRAME_BYTES + fragments.clamp(1, ENTRIES_MAX) * ENTRY_BYTES)
}

/// The index in a room of this size; `None` when an entry can't be told in its fields.
pub(super) fn index(fragments: &[Fragment], room: usize) -> Option<Vec<u8>> {
    let first = fragments.first()?;
    let entries_max = (room.checked_sub(FRAME_BYTES)? / ENTRY_BYTES).max(1);
    let groups = fragments.chunks(fragments.len().div_ceil(entries_max));
    let count = groups.len();
    let index_bytes = FRAME_BYTES - 8 + count * ENTRY_BYTES;
    let left = room.checked_sub(index_bytes)?;

    let mut index = Vec::with_capacity(room);
    index.extend(u32::try_from(index_bytes).ok()?.to_be_bytes());
    index.extend(b"sidx");
    // Version 1: times and offsets of 64 bits.
    index.extend((1u32 << 24).to_be_bytes());
    // The first track is the picture.
    index.extend(1u32.to_be_bytes());
    index.extend(TIMESCALE.to_be_bytes());
    index.extend(ticks(first.start).to_be_bytes());
    index.extend((left as u64).to_be_bytes());
    index.extend(0u16.to_be_bytes());
    index.extend(u16::try_from(count).ok()?.to_be_bytes());
    let mut groups = groups.peekable();
    while let Some(group) = groups.next() {
        let bytes: u64 = group.iter().map(|fragment| fragment.bytes).sum();
        let end = match groups.peek().and_then(|next| next.first()) {
            Some(next) => next.start,
            None => group.last()?.end(),
        };
        // From place to place, so that roundings don't add up.
        let ticks = ticks(end).checked_sub(ticks(group.first()?.start))?;
        let bytes = u32::try_from(bytes).ok().filter(|bytes| bytes >> 31 == 0)?;
        index.extend(bytes.to_be_bytes());
        index.extend(u32::try_from(ticks).ok()?.to_be_bytes());
        index.extend(STARTS_AT_KEY_FRAME.to_be_bytes());
    }
    index.extend(free(left));
    Some(index)
}

fn ticks(time: gst::ClockTime) -> u64 {
    let ticks = u128::from(time.nseconds()) * u128::from(TIMESCALE) / 1_000_000_000;
    ticks as u64
}

/// At least 8 bytes.
fn free(bytes: usize) -> Vec<u8> {
    let mut room = Vec::with_capacity(bytes);
    room.extend((bytes as u32).to_be_bytes());
    room.extend(b"free");
    room.resize(bytes, 0);
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragments(count: u64) -> Vec<Fragment> {
        (0..count)
            .map(|number| Fragment {
                start: gst::ClockTime::from_seconds(2 * number),
                duration: gst::ClockTime::from_seconds(2),
                bytes: 1000 + number,
            })
            .collect()
    }

    fn number(data: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(data[at..at + 4].try_into().unwrap())
    }

    /// Every entry's bytes and ticks.
    fn entries(data: &[u8]) -> Vec<(u32, u32)> {
        let count = number(data, 36) as usize;
        (0..count)
            .map(|entry| (number(data, 40 + entry * 12), number(data, 44 + entry * 12)))
            .collect()
    }

    #[test]
    fn an_index_fills_its_room_and_points_at_the_first_fragment() {
        for (expected, there) in [(3, 3), (10, 3), (3, 4), (2, 100), (1, 7)] {
            let room = room(expected);
            let index = index(&fragments(there), room.len()).unwrap();
            assert_eq!(index.len(), room.len());
            let (bytes, first_offset) = (number(&index, 0) as usize, number(&index, 32) as usize);
            assert_eq!(bytes + first_offset, room.len());
            // What is left over is a box of its own.
            assert_eq!(number(&index, bytes) as usize, first_offset);
            assert_eq!(&index[bytes + 4..bytes + 8], b"free");
        }
    }

    #[test]
    fn entries_add_up_to_the_film_whatever_the_room() {
        for expected in [1, 2, 3, 6, 7, 50] {
            let film = fragments(7);
            let index = index(&film, room(expected).len()).unwrap();
            let entries = entries(&index);
            assert!(entries.len() <= expected, "{entries:?}");
            let bytes: u32 = entries.iter().map(|(bytes, _)| bytes).sum();
            let ticks: u32 = entries.iter().map(|(_, ticks)| ticks).sum();
            assert_eq!((bytes, ticks), (7021, 14 * TIMESCALE));
        }
    }

    #[test]
    fn what_the_fields_can_not_hold_has_no_index() {
        let mut film = fragments(2);
        film[1].bytes = 1 << 31;
        assert!(index(&film, room(2).len()).is_none());
        assert!(index(&[], room(2).len()).is_none());
    }
}
