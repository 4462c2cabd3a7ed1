//! From a stranger's bytes to the text of subtitles: unpacked, decoded, known by their format, and
//! bounded at each step. Nothing is written anywhere and nothing in them is run.

use std::{
    io::{Cursor, Read},
    path::Path,
};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};
use flate2::read::MultiGzDecoder;
use hearth_fetch::Fetcher;
use tokio::time::Instant;
use zip::ZipArchive;

use crate::{Error, media, provider::limits};

/// As they come; a film's subtitles are a hundredth of it.
const MOST_PACKED_BYTES: usize = 4 * 1024 * 1024;
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// Of an archive; what stands behind them is not looked at.
const MOST_ENTRIES: usize = 1000;
/// Where a format shows.
const HEAD_BYTES: usize = 8 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubtitleFormat {
    Srt,
    /// SSA too, which it grew out of.
    Ass,
    Vtt,
    MicroDvd,
}

/// The text of subtitles, in UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubtitleText {
    pub text: String,
    pub format: SubtitleFormat,
}

impl SubtitleFormat {
    pub fn of_name(name: &str) -> Option<Self> {
        let is = |end: &str| media::ends_with(name, end);
        if is(".srt") {
            Some(Self::Srt)
        } else if is(".ass") || is(".ssa") {
            Some(Self::Ass)
        } else if is(".vtt") {
            Some(Self::Vtt)
        } else if is(".sub") {
            Some(Self::MicroDvd)
        } else {
            None
        }
    }

    /// What a text says itself, whatever its name.
    fn of_text(text: &str) -> Option<Self> {
        let mut end = text.len().min(HEAD_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let head = text[..end].trim_start();
        if head.starts_with("WEBVTT") {
            Some(Self::Vtt)
        } else if head.contains("[Script Info]") || head.contains("[V4") {
            Some(Self::Ass)
        } else if head.contains(" --> ") {
            Some(Self::Srt)
        } else if head.strip_prefix('{').is_some_and(|rest| {
            let digits = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            digits.len() < rest.len() && digits.starts_with("}{")
        }) {
            Some(Self::MicroDvd)
        } else {
            None
        }
    }

    /// `srt`, `ass`, `vtt`, `sub`.
    pub fn end(self) -> &'static str {
        match self {
            Self::Srt => "srt",
            Self::Ass => "ass",
            Self::Vtt => "vtt",
            Self::MicroDvd => "sub",
        }
    }
}

/// Reads subtitles as they came: packed with gzip or in a zip archive, in any usual encoding.
/// `language` helps to tell encodings apart.
pub fn read_subtitle(bytes: &[u8], language: Option<&str>) -> Result<SubtitleText, Error> {
    let unpacked;
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        unpacked = whole(MultiGzDecoder::new(bytes))?;
        unpacked.as_slice()
    } else if bytes.starts_with(b"PK\x03\x04") {
        unpacked = from_archive(bytes)?;
        unpacked.as_slice()
    } else {
        bytes
    };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large());
    }
    let text = decode(bytes, language);
    match SubtitleFormat::of_text(&text) {
        Some(format) => Ok(SubtitleText { text, format }),
        None => Err(refused(
            "what came is no text that subtitles are written in",
        )),
    }
}

/// Fetches and reads subtitles that lie at an address.
pub(crate) async fn read_within(
    fetcher: &Fetcher,
    url: &str,
    language: Option<&str>,
    deadline: Instant,
) -> Result<SubtitleText, Error> {
    let document = fetcher
        .get_bytes(url, limits(deadline, MOST_PACKED_BYTES))
        .await?;
    let language = language.map(ToOwned::to_owned);
    let reading = move || read_subtitle(&document.bytes, language.as_deref());
    let read = tokio::task::spawn_blocking(reading).await;
    read.map_err(|_| Error::Crashed)?
}

/// Reads subtitles that lie on a disk.
pub(crate) async fn read_file(path: &Path, language: Option<&str>) -> Result<SubtitleText, Error> {
    let (path, language) = (path.to_owned(), language.map(ToOwned::to_owned));
    let reading = move || {
        let gone = |_| refused("their file is gone, or its disk cannot be read");
        let file = std::fs::File::open(path).map_err(gone)?;
        let mut bytes = Vec::new();
        file.take(MOST_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(gone)?;
        read_subtitle(&bytes, language.as_deref())
    };
    let read = tokio::task::spawn_blocking(reading).await;
    read.map_err(|_| Error::Crashed)?
}

fn from_archive(bytes: &[u8]) -> Result<Vec<u8>, Error> {
    let damaged = |_| refused("their archive is damaged");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let chosen = (0..archive.len().min(MOST_ENTRIES)).find(|index| {
        archive
            .name_for_index(*index)
            .and_then(Result::ok)
            .is_some_and(|name| SubtitleFormat::of_name(&name).is_some())
    });
    let Some(index) = chosen else {
        return Err(refused("their archive holds none"));
    };
    whole(archive.by_index(index).map_err(damaged)?)
}

/// Read to its end, or to more than is believed: a bomb stops here.
fn whole(packed: impl Read) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    packed
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| refused("their archive is damaged"))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(too_large());
    }
    Ok(bytes)
}

fn refused(reason: &str) -> Error {
    Error::Subtitles {
        reason: reason.to_owned(),
    }
}

fn too_large() -> Error {
    refused("they are larger than 8 MB")
}

/// By its mark, as UTF-8, or by what its letters look like.
pub(crate) fn decode(bytes: &[u8], language: Option<&str>) -> String {
    let (encoding, mark) = Encoding::for_bom(bytes).unwrap_or_else(|| {
        if std::str::from_utf8(bytes).is_ok() {
            return (UTF_8, 0);
        }
        let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
        detector.feed(bytes, true);
        let country = language.and_then(country).map(str::as_bytes);
        (detector.guess(country, Utf8Detection::Deny), 0)
    });
    let (text, _) = encoding.decode_without_bom_handling(&bytes[mark..]);
    text.replace('\0', "")
}

/// Where a language is spoken, as its domain is called.
fn country(language: &str) -> Option<&'static str> {
    Some(match language {
        "be" => "by",
        "bg" => "bg",
        "cs" => "cz",
        "el" => "gr",
        "he" => "il",
        "hu" => "hu",
        "ja" => "jp",
        "ko" => "kr",
        "pl" => "pl",
        "ru" => "ru",
        "sr" => "rs",
        "th" => "th",
        "tr" => "tr",
        "uk" => "ua",
        "zh" => "cn",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use zip::{ZipWriter, write::SimpleFileOptions};

    use super::*;

    const SRT: &str = "1\r\n00:00:01,000 --> 00:00:02,000\r\nСъешь ещё этих мягких булок\r\n\r\n\
                       2\r\n00:00:03,000 --> 00:00:04,000\r\nда выпей же чаю, Объявление\r\n";

    fn zipped(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer
                .start_file(*name, SimpleFileOptions::default())
                .unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn gzipped(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn reason(bytes: &[u8]) -> String {
        read_subtitle(bytes, None).unwrap_err().to_string()
    }

    #[test]
    fn russian_is_read_however_it_is_written() {
        let windows = encoding_rs::WINDOWS_1251.encode(SRT).0;
        let koi = encoding_rs::KOI8_R.encode(SRT).0;
        let mut marked = b"\xef\xbb\xbf".to_vec();
        marked.extend(SRT.as_bytes());
        let wide: Vec<u8> = std::iter::once(0xfeff)
            .chain(SRT.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        for bytes in [SRT.as_bytes(), &windows, &koi, &marked, &wide] {
            let read = read_subtitle(bytes, Some("ru")).unwrap();
            assert_eq!(read.text, SRT);
            assert_eq!(read.format, SubtitleFormat::Srt);
        }
        assert_eq!(read_subtitle(&windows, None).unwrap().text, SRT);
    }

    #[test]
    fn packed_subtitles_are_unpacked() {
        let gz = gzipped(SRT.as_bytes());
        assert_eq!(read_subtitle(&gz, None).unwrap().text, SRT);
        let zip = zipped(&[
            ("read me.txt", b"no subtitles"),
            ("../../etc/Film.srt", SRT.as_bytes()),
        ]);
        assert_eq!(
            read_subtitle(&zip, None).unwrap().text,
            SRT,
            "a name that climbs is only a name: nothing is written"
        );
    }

    #[test]
    fn formats_are_known_by_the_text() {
        for (text, format) in [
            ("WEBVTT\n\n00:01.000 --> 00:02.000\na", SubtitleFormat::Vtt),
            ("[Script Info]\nScriptType: v4.00+", SubtitleFormat::Ass),
            ("{0}{25}Hello", SubtitleFormat::MicroDvd),
            ("1\n00:00:01,000 --> 00:00:02,000\na", SubtitleFormat::Srt),
        ] {
            assert_eq!(read_subtitle(text.as_bytes(), None).unwrap().format, format);
        }
        for text in ["", "<html>sign in</html>", "{}{}", "words only"] {
            assert!(reason(text.as_bytes()).contains("no text"), "{text}");
        }
        assert_eq!(
            SubtitleFormat::of_name("Film.SSA"),
            Some(SubtitleFormat::Ass)
        );
    }

    #[test]
    fn abuse_21_bombs_and_damaged_archives_are_refused() {
        let much = vec![b' '; 12 * 1024 * 1024];
        assert!(reason(&gzipped(&much)).contains("larger than 8 MB"));
        assert!(reason(&zipped(&[("a.srt", &much)])).contains("larger than 8 MB"));
        assert!(reason(&much[..9 * 1024 * 1024]).contains("larger than 8 MB"));
        let many: Vec<String> = (0..10_000).map(|n| format!("{n}.txt")).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert!(reason(&zipped(&many)).contains("holds none"));
        let gz = gzipped(SRT.as_bytes());
        assert!(reason(&gz[..gz.len() / 2]).contains("damaged"));
        let zip = zipped(&[("a.srt", SRT.as_bytes())]);
        assert!(reason(&zip[..zip.len() / 2]).contains("damaged"));
        let broken = [
            b"1\n00:00:01,000 --> 00:00:02,000\n".as_slice(),
            &[0xff, 0xfe, 0],
        ]
        .concat();
        assert!(
            read_subtitle(&broken, None).is_ok(),
            "what is no letter is replaced"
        );
    }
}
