//! Short names for formats, as the rest of the house and people know them.

use gstreamer as gst;

/// The slug of a stream's codec: `h264`, `aac`, `ass`; for one without a house name the media
/// type itself, so that nothing is hidden.
pub fn codec_slug(caps: &gst::CapsRef) -> String {
    let Some(structure) = caps.structure(0) else {
        return "unknown".to_owned();
    };
    let number = |field: &str| structure.get::<i32>(field).unwrap_or_default();
    let known = match structure.name().as_str() {
        "video/x-h264" => "h264",
        "video/x-h265" => "h265",
        "video/x-av1" => "av1",
        "video/x-vp8" => "vp8",
        "video/x-vp9" => "vp9",
        "video/x-theora" => "theora",
        "video/mpeg" if number("mpegversion") == 4 => "mpeg4",
        "video/mpeg" if number("mpegversion") == 1 => "mpeg1",
        "video/mpeg" => "mpeg2",
        "video/x-divx" | "video/x-xvid" => "mpeg4",
        "video/x-wmv" => "wmv",
        "audio/mpeg" if number("mpegversion") == 1 => match number("layer") {
            3 => "mp3",
            2 => "mp2",
            _ => "mp1",
        },
        "audio/mpeg" => "aac",
        "audio/x-ac3" => "ac3",
        "audio/x-eac3" => "eac3",
        "audio/x-dts" => "dts",
        "audio/x-true-hd" => "truehd",
        "audio/x-opus" => "opus",
        "audio/x-vorbis" => "vorbis",
        "audio/x-flac" => "flac",
        "audio/x-raw" => "pcm",
        "text/x-raw" | "application/x-subtitle" => "text",
        "application/x-ssa" | "application/x-ass" => "ass",
        "application/x-subtitle-vtt" => "vtt",
        "subpicture/x-pgs" => "pgs",
        "subpicture/x-dvd" | "subpicture/x-dvb" => "picture",
        other => return other.rsplit('/').next().unwrap_or(other).replace("x-", ""),
    };
    known.to_owned()
}

/// The HDR kind of a video stream, from its transfer function: `pq` or `hlg`.
pub fn hdr(caps: &gst::CapsRef) -> Option<&'static str> {
    let colorimetry = caps.structure(0)?.get::<String>("colorimetry").ok()?;
    // Either a name, or range:matrix:transfer:primaries in GStreamer's numbers.
    match colorimetry.as_str() {
        "bt2100-pq" => Some("pq"),
        "bt2100-hlg" => Some("hlg"),
        numbers => match numbers.split(':').nth(2)? {
            "14" => Some("pq"),
            "15" => Some("hlg"),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slug(caps: &str) -> String {
        gst::init().unwrap();
        codec_slug(&caps.parse::<gst::Caps>().unwrap())
    }

    #[test]
    fn formats_have_their_everyday_names() {
        assert_eq!(slug("video/x-h264,profile=high"), "h264");
        assert_eq!(slug("audio/mpeg,mpegversion=(int)4"), "aac");
        assert_eq!(slug("audio/mpeg,mpegversion=(int)1,layer=(int)3"), "mp3");
        assert_eq!(
            slug("video/mpeg,mpegversion=(int)2,systemstream=false"),
            "mpeg2"
        );
        assert_eq!(slug("application/x-ass"), "ass");
        assert_eq!(slug("video/x-prores"), "prores");
    }

    #[test]
    fn hdr_is_read_from_the_transfer_function() {
        gst::init().unwrap();
        let of = |text: &str| hdr(&text.parse::<gst::Caps>().unwrap());
        assert_eq!(of("video/x-h265,colorimetry=bt2100-pq"), Some("pq"));
        assert_eq!(of("video/x-h265,colorimetry=(string)2:9:14:7"), Some("pq"));
        assert_eq!(of("video/x-h265,colorimetry=bt709"), None);
        assert_eq!(of("video/x-h265"), None);
    }
}
