//! The hash by which OpenSubtitles, and addons after it, know a file: its length and the sum of its
//! first and last 64 KiB as little-endian numbers of 64 bits, wrapping.

/// How much of the file's beginning and of its end is counted.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// 16 lower-case hexadecimal digits; none for a file shorter than both chunks, and where `first` and
/// `last` are not the chunks.
pub fn moviehash(size_bytes: u64, first: &[u8], last: &[u8]) -> Option<String> {
    let whole = first.len() == CHUNK_BYTES && last.len() == CHUNK_BYTES;
    if !whole || size_bytes < 2 * CHUNK_BYTES as u64 {
        return None;
    }
    let (words, _) = first.as_chunks::<8>();
    let (more, _) = last.as_chunks::<8>();
    let sum = words
        .iter()
        .chain(more)
        .map(|word| u64::from_le_bytes(*word))
        .fold(size_bytes, u64::wrapping_add);
    Some(format!("{sum:016x}"))
}

/// A hash as strangers write it.
pub(crate) fn read(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let is_one = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_what_its_definition_says() {
        let zeros = vec![0; CHUNK_BYTES];
        assert_eq!(
            moviehash(131_072, &zeros, &zeros).as_deref(),
            Some("0000000000020000"),
            "of zeros nothing is left but the length"
        );
        let mut one = zeros.clone();
        one[8] = 1;
        let mut high = zeros.clone();
        high[7] = 0x80;
        assert_eq!(
            moviehash(200_000, &one, &high).as_deref(),
            Some("8000000000030d41"),
            "little-endian, both ends, the length beside"
        );
        let full = vec![0xff; CHUNK_BYTES];
        // 16384 times -1, and the length.
        assert_eq!(
            moviehash(131_072, &full, &full).as_deref(),
            Some("000000000001c000"),
            "it wraps"
        );
    }

    #[test]
    fn short_files_have_none() {
        let chunk = vec![0; CHUNK_BYTES];
        assert_eq!(moviehash(131_071, &chunk, &chunk), None);
        assert_eq!(moviehash(200_000, &chunk[1..], &chunk), None);
        assert_eq!(moviehash(200_000, &chunk, &[]), None);
    }

    #[test]
    fn hashes_of_strangers_are_checked() {
        assert_eq!(
            read(" 8E245D9679D31E12 ").as_deref(),
            Some("8e245d9679d31e12")
        );
        for text in [
            "",
            "8e245d9679d31e1",
            "8e245d9679d31e1z",
            "8e245d9679d31e12a",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
