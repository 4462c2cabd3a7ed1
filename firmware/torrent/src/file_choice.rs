//! Which file of a torrent is meant, and what kind of file it is.

use crate::{Error, Result, TorrentFile, TorrentInfo};

/// Says which file is meant where the location names none; none is the largest video.
pub type Pick = Box<dyn FnOnce(&TorrentInfo) -> Result<Option<usize>> + Send>;

pub(crate) fn choose(info: &TorrentInfo, wanted: Option<usize>) -> Result<&TorrentFile> {
    if let Some(index) = wanted {
        let refuse = |reason: &str| Error::NoSuchFile {
            name: info.name.clone(),
            index,
            reason: reason.to_owned(),
        };
        let file = info
            .files
            .get(index)
            .ok_or_else(|| refuse(&format!("it has only {} files", info.files.len())))?;
        if file.padding || file.size_bytes == 0 {
            return Err(refuse("the file is empty"));
        }
        return Ok(file);
    }
    info.videos()
        .max_by_key(|file| (file.size_bytes, std::cmp::Reverse(file.index)))
        .ok_or_else(|| Error::NoVideo {
            name: info.name.clone(),
        })
}

pub(crate) fn is_video(file: &TorrentFile) -> bool {
    !file.padding && file.size_bytes > 0 && mime(&file.path).starts_with("video/")
}

pub(crate) fn mime(path: &str) -> &'static str {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending.to_ascii_lowercase().as_str() {
        "mkv" | "mk3d" => "video/x-matroska",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "avi" | "divx" => "video/x-msvideo",
        "mov" | "qt" => "video/quicktime",
        "ts" | "m2ts" | "mts" => "video/mp2t",
        "mpg" | "mpeg" | "vob" | "m2v" => "video/mpeg",
        "wmv" | "asf" => "video/x-ms-wmv",
        "flv" | "f4v" => "video/x-flv",
        "ogv" | "ogm" => "video/ogg",
        "3gp" => "video/3gpp",
        "rm" | "rmvb" => "video/vnd.rn-realvideo",
        "mp3" => "audio/mpeg",
        "flac" => "audio/flac",
        "m4a" | "aac" => "audio/mp4",
        "ogg" | "opus" => "audio/ogg",
        "srt" => "application/x-subrip",
        "ass" | "ssa" => "text/x-ssa",
        "vtt" => "text/vtt",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(files: &[(&str, u64)]) -> TorrentInfo {
        TorrentInfo {
            infohash: String::new(),
            name: "n".into(),
            files: files
                .iter()
                .enumerate()
                .map(|(index, (path, size_bytes))| TorrentFile {
                    index,
                    path: (*path).into(),
                    size_bytes: *size_bytes,
                    padding: false,
                })
                .collect(),
            size_bytes: 1,
            piece_bytes: 1,
            private: false,
            trackers: Vec::new(),
        }
    }

    #[test]
    fn takes_the_largest_video_unless_told() {
        let info = info(&[
            ("big.zip", 90),
            ("sample.mkv", 5),
            ("film.MKV", 50),
            ("e", 0),
        ]);
        assert_eq!(choose(&info, None).unwrap().index, 2);
        assert_eq!(choose(&info, Some(0)).unwrap().path, "big.zip");
        for index in [3, 4] {
            let error = choose(&info, Some(index)).unwrap_err();
            assert!(matches!(error, Error::NoSuchFile { .. }));
        }
    }

    #[test]
    fn says_when_there_is_no_video() {
        let error = choose(&info(&[("a.zip", 9)]), None).unwrap_err();
        assert!(matches!(error, Error::NoVideo { .. }));
    }
}
