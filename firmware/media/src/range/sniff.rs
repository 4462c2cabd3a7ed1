//! What kind of container a file's first bytes are of, as a file-name ending.
//!
//! Only a hint: GStreamer's own type finding has the last word. Without one it also looks into
//! the middle of the file, which in a torrent costs a piece before the first picture.

/// Bytes that are enough to tell.
pub(crate) const SNIFF_BYTES: usize = 4 * 188 + 1;

/// The ending of a container whose start this is.
pub(crate) fn ending(start: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, magic: &[u8]| start.get(offset..offset + magic.len()) == Some(magic);
    if at(0, &[0x1A, 0x45, 0xDF, 0xA3]) {
        Some("mkv")
    } else if at(4, b"ftyp") || at(4, b"moov") {
        Some("mp4")
    } else if at(0, b"RIFF") && at(8, b"AVI ") {
        Some("avi")
    } else if at(0, b"OggS") {
        Some("ogg")
    } else if at(0, b"FLV") {
        Some("flv")
    } else if (0..4).all(|packet| at(packet * 188, b"\x47")) {
        Some("ts")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_known_by_their_first_bytes() {
        let mut packets = vec![0; SNIFF_BYTES];
        for packet in packets.chunks_mut(188) {
            packet[0] = 0x47;
        }
        assert_eq!(ending(&packets), Some("ts"));
        assert_eq!(ending(b"\x1A\x45\xDF\xA3rest"), Some("mkv"));
        assert_eq!(ending(b"\0\0\0\x20ftypisom"), Some("mp4"));
        assert_eq!(ending(b"RIFF\0\0\0\0AVI LIST"), Some("avi"));
        assert_eq!(ending(b"GARBAGE"), None);
        assert_eq!(ending(b""), None);
    }
}
