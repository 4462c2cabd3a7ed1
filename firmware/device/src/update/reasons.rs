//! What RAUC's sentences mean. It has no codes for why it refused, so its words are read; one that
//! is not known is `Failed`, and stands in the log as it was said.

use crate::Refusal;

/// The beginning of wisdom first: a sentence may hold several of these.
const WORDS: &[(&str, Refusal)] = &[
    ("already processing", Refusal::Busy),
    ("unexpected hash", Refusal::Swapped),
    ("bundle format '", Refusal::Plain),
    ("plain bundle", Refusal::Plain),
    ("compatible mismatch", Refusal::WrongBoard),
    ("version mismatch", Refusal::Older),
    ("signature verification failed", Refusal::Untrusted),
    ("no signature cn matching", Refusal::Untrusted),
    ("signature size", Refusal::Unsigned),
    ("payload size", Refusal::Unsigned),
    ("parse signature", Refusal::Unsigned),
    ("bundle size", Refusal::Unsigned),
    ("invalid identifier", Refusal::Unsigned),
    ("read signature", Refusal::Damaged),
    ("dm-verity", Refusal::Damaged),
    ("verity", Refusal::Damaged),
    ("failed mounting bundle", Refusal::Damaged),
    ("checksum", Refusal::Damaged),
    ("no such file", Refusal::Unreachable),
    ("failed to configure streaming", Refusal::Unreachable),
    ("http", Refusal::Unreachable),
    ("nbd", Refusal::Unreachable),
    ("download", Refusal::Unreachable),
    ("could not resolve", Refusal::Unreachable),
    ("connect to", Refusal::Unreachable),
    ("input/output error", Refusal::DiskFailed),
    ("read-only file system", Refusal::DiskFailed),
    ("no space left", Refusal::DiskFailed),
];

pub(super) fn refusal(sentence: &str) -> Refusal {
    let sentence = sentence.to_lowercase();
    WORDS
        .iter()
        .find(|(words, _)| sentence.contains(words))
        .map_or(Refusal::Failed, |(_, refusal)| *refusal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rauc_says_is_understood() {
        // As written in RAUC 1.15's sources.
        for (sentence, slug) in [
            ("Bundle format 'plain' not allowed", "bundle-plain"),
            (
                "Refusing to install plain bundle when using require-manifest-hash",
                "bundle-plain",
            ),
            (
                "Signature size (7526) exceeds bundle size",
                "bundle-unsigned",
            ),
            (
                "Invalid bundle format: Signature size is 0",
                "bundle-unsigned",
            ),
            ("failed to parse signature", "bundle-unsigned"),
            (
                "signature verification failed: Verify error: self-signed certificate",
                "bundle-untrusted",
            ),
            (
                "Compatible mismatch: Expected 'hearth-rpi' but bundle manifest has 'other'",
                "bundle-wrong-board",
            ),
            (
                "Version mismatch: Expected at least '1.1' but bundle manifest has '1.0'",
                "bundle-older",
            ),
            (
                "Refusing to install bundle with unexpected hash (expected a, got b)",
                "bundle-swapped",
            ),
            ("Failed mounting bundle: bad superblock", "bundle-damaged"),
            ("already processing a different method", "update-busy"),
            ("Well, this is new", "update-failed"),
        ] {
            assert_eq!(refusal(sentence).slug().as_str(), slug, "{sentence}");
        }
    }
}
