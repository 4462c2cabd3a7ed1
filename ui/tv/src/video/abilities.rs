//! What this machine can show, by the decoders GStreamer has.

use gstreamer as gst;
use hearth_media::Error;
use hearth_model::ScreenAbilities;

/// The codec's slug, the media type its decoder must take, and for MPEG its version.
const CODECS: [(&str, &str, Option<i32>); 7] = [
    ("h264", "video/x-h264", None),
    ("h265", "video/x-h265", None),
    ("av1", "video/x-av1", None),
    ("vp9", "video/x-vp9", None),
    ("vp8", "video/x-vp8", None),
    ("mpeg4", "video/mpeg", Some(4)),
    ("mpeg2", "video/mpeg", Some(2)),
];

/// Looks once; decoders do not come and go.
pub fn abilities() -> Result<ScreenAbilities, Error> {
    hearth_media::start()?;
    let decoders = gst::ElementFactory::factories_with_type(
        gst::ElementFactoryType::DECODER | gst::ElementFactoryType::MEDIA_VIDEO,
        gst::Rank::MARGINAL,
    );
    let video_codecs = CODECS
        .iter()
        .filter(|(_, name, version)| {
            let caps = gst::Caps::builder(*name)
                .field_if_some("mpegversion", *version)
                .build();
            decoders
                .iter()
                .any(|decoder| decoder.can_sink_any_caps(&caps))
        })
        .map(|(slug, ..)| (*slug).to_owned())
        .collect();
    let has = |element: &str| gst::ElementFactory::find(element).is_some();
    Ok(ScreenAbilities {
        video_codecs,
        hls: has("hlsdemux2") || has("hlsdemux"),
        dash: has("dashdemux2") || has("dashdemux"),
        ..ScreenAbilities::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_decodes_at_least_what_the_test_card_is_made_of() {
        let abilities = abilities().unwrap();
        assert!(
            abilities.video_codecs.contains(&"h264".to_owned()),
            "{abilities:?}"
        );
    }
}
