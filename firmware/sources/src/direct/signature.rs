//! What bytes are, by how they begin.

use hearth_model::SourceKind;
use url::Url;

use crate::media;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    Film,
    Dash,
    /// HLS or a list of channels: its text tells.
    Playlist,
    Torrent,
    Page,
    Other,
}

/// The bytes are believed before the type they are sent with, and that before the address.
pub(super) fn looks(head: &[u8], content_type: &str, url: &Url) -> Looks {
    let text = String::from_utf8_lossy(&head[..head.len().min(2048)]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let content_type = content_type.trim().to_ascii_lowercase();
    if is_film(head) {
        return Looks::Film;
    }
    if text.starts_with("#EXTM3U") || text.starts_with("#EXTINF") {
        return Looks::Playlist;
    }
    if text.starts_with('<') {
        return if text.contains("<MPD") {
            Looks::Dash
        } else {
            Looks::Page
        };
    }
    if is_bencode(head) {
        return Looks::Torrent;
    }
    let typed_film = content_type.starts_with("video/");
    let typed_nothing = content_type.is_empty() || content_type.contains("octet-stream");
    if typed_film || (typed_nothing && media::kind(url.as_str()) == Some(SourceKind::Direct)) {
        return Looks::Film;
    }
    Looks::Other
}

/// The beginnings of the containers that the player opens.
fn is_film(head: &[u8]) -> bool {
    let at = |place: usize, bytes: &[u8]| {
        head.get(place..)
            .is_some_and(|rest| rest.starts_with(bytes))
    };
    at(4, b"ftyp")
        || at(0, &[0x1a, 0x45, 0xdf, 0xa3])
        || at(0, b"OggS")
        || at(0, b"FLV\x01")
        || (at(0, b"RIFF") && at(8, b"AVI "))
        || at(0, &[0, 0, 1, 0xba])
        || at(0, &[0x30, 0x26, 0xb2, 0x75])
        || (at(0, b"G") && at(188, b"G") && at(376, b"G"))
        // With four bytes of time before each packet.
        || (at(4, b"G") && at(196, b"G") && at(388, b"G"))
}

/// A dictionary with a key of text: what .torrent files begin with.
pub(super) fn is_bencode(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"d") else {
        return false;
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=3).contains(&digits) && rest.get(digits) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &[u8], content_type: &str, url: &str) -> Looks {
        looks(head, content_type, &url.parse().unwrap())
    }

    #[test]
    fn the_bytes_are_believed_first() {
        let plain = "https://a.example/x";
        for (head, looks) in [
            (&b"\0\0\0\x20ftypisom"[..], Looks::Film),
            (b"\x1a\x45\xdf\xa3", Looks::Film),
            (b"RIFF\0\0\0\0AVI ", Looks::Film),
            (b"\xef\xbb\xbf#EXTM3U\n", Looks::Playlist),
            (b"<?xml version=\"1.0\"?>\n<MPD xmlns=\"x\">", Looks::Dash),
            (b"<!doctype html>", Looks::Page),
            (b"d8:announce3:abce", Looks::Torrent),
            (b"d8announce", Looks::Other),
            (b"RIFF\0\0\0\0WAVE", Looks::Other),
            (b"", Looks::Other),
        ] {
            assert_eq!(of(head, "text/plain", plain), looks, "{head:?}");
        }
        assert_eq!(of(b"<html>", "video/mp4", plain), Looks::Page);
        let mut stream = vec![0; 600];
        for place in [0, 188, 376] {
            stream[place] = 0x47;
        }
        assert_eq!(of(&stream, "", plain), Looks::Film);
    }

    #[test]
    fn then_the_type_and_then_the_address() {
        assert_eq!(
            of(b"????", "video/x-odd", "https://a.example/x"),
            Looks::Film
        );
        assert_eq!(of(b"????", "", "https://a.example/x.mkv"), Looks::Film);
        assert_eq!(
            of(b"????", "text/plain", "https://a.example/x.mkv"),
            Looks::Other
        );
    }
}
