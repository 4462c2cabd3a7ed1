//! What a playlist names first: only as far as it takes to see that something comes.

use url::Url;

/// The first thing worth asking for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    Playlist(Url),
    Segment(Url),
    Nothing,
}

pub fn in_hls(text: &str, base: &Url) -> Result<Named, String> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.starts_with("#EXTM3U") {
        return Err("it is no HLS playlist".into());
    }
    let mut variant = false;
    for line in text.lines().map(str::trim) {
        if line.starts_with("#EXT-X-STREAM-INF") {
            variant = true;
        } else if let Some(attributes) = line.strip_prefix("#EXT-X-MAP:") {
            if let Some(uri) = between(attributes, "URI=\"", "\"") {
                return Ok(Named::Segment(join(base, uri)?));
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            let url = join(base, line)?;
            return Ok(if variant {
                Named::Playlist(url)
            } else {
                Named::Segment(url)
            });
        }
    }
    Ok(Named::Nothing)
}

/// The first initialisation segment or file. Templates are filled in for the first representation
/// alone, and those that count by time or number are not counted.
pub fn in_dash(text: &str, base: &Url) -> Result<Named, String> {
    if !text.contains("<MPD") {
        return Err("it is no DASH manifest".into());
    }
    let base = match between(text, "<BaseURL", "</BaseURL>") {
        Some(element) => {
            let (_, address) = element.split_once('>').unwrap_or(("", element));
            join(base, &unescaped(address.trim()))?
        }
        None => base.clone(),
    };
    let template = between(text, "<SegmentTemplate", ">").and_then(|element| {
        let initialization = between(element, "initialization=\"", "\"")?;
        let representation = between(text, "<Representation", ">")?;
        let id = between(representation, " id=\"", "\"").unwrap_or_default();
        let bandwidth = between(representation, "bandwidth=\"", "\"").unwrap_or_default();
        let filled = initialization
            .replace("$RepresentationID$", id)
            .replace("$Bandwidth$", bandwidth)
            .replace("$$", "$");
        (!filled.contains("$Number") && !filled.contains("$Time")).then_some(filled)
    });
    if let Some(address) = template {
        return Ok(Named::Segment(join(&base, &unescaped(&address))?));
    }
    if let Some(address) = between(text, "<Initialization", ">")
        .and_then(|element| between(element, "sourceURL=\"", "\""))
    {
        return Ok(Named::Segment(join(&base, &unescaped(address))?));
    }
    // One file a representation: the base address is the film itself.
    if text.contains("<SegmentBase") && text.contains("<BaseURL") {
        return Ok(Named::Segment(base));
    }
    Ok(Named::Nothing)
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    let (inside, _) = rest.split_once(after)?;
    Some(inside)
}

fn unescaped(text: &str) -> String {
    text.replace("&amp;", "&")
}

fn join(base: &Url, address: &str) -> Result<Url, String> {
    base.join(address)
        .map_err(|_| "it names something that is no address".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        "https://cdn.example/film/main.m3u8?key=1".parse().unwrap()
    }

    fn segment(url: &str) -> Named {
        Named::Segment(url.parse().unwrap())
    }

    #[test]
    fn an_hls_playlist_names_a_variant_a_map_or_a_segment() {
        let main = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/index.m3u8\n";
        let next = "https://cdn.example/film/low/index.m3u8";
        assert_eq!(
            in_hls(main, &base()),
            Ok(Named::Playlist(next.parse().unwrap()))
        );
        let mapped = "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"9@0\"\n#EXTINF:4,\na.m4s";
        assert_eq!(
            in_hls(mapped, &base()),
            Ok(segment("https://cdn.example/film/init.mp4"))
        );
        let plain = "\u{feff}#EXTM3U\r\n#EXTINF:4,\r\n/a.ts\r\n#EXTINF:4,\r\nb.ts\r\n";
        assert_eq!(
            in_hls(plain, &base()),
            Ok(segment("https://cdn.example/a.ts"))
        );
        assert_eq!(in_hls("#EXTM3U\n", &base()), Ok(Named::Nothing));
        assert!(in_hls("<html>", &base()).is_err());
    }

    #[test]
    fn a_dash_manifest_names_its_first_segment_as_far_as_that_is_plain() {
        let template = r#"<MPD><Period><AdaptationSet>
            <SegmentTemplate media="v-$RepresentationID$-$Number$.m4s"
                initialization="v-$RepresentationID$-init.mp4?a=1&amp;b=2" startNumber="1"/>
            <Representation id="720" bandwidth="1"/></AdaptationSet></Period></MPD>"#;
        assert_eq!(
            in_dash(template, &base()),
            Ok(segment("https://cdn.example/film/v-720-init.mp4?a=1&b=2"))
        );
        let whole = r#"<MPD><Period><AdaptationSet><Representation id="1">
            <BaseURL>video.mp4</BaseURL><SegmentBase indexRange="0-9"/></Representation>
            </AdaptationSet></Period></MPD>"#;
        assert_eq!(
            in_dash(whole, &base()),
            Ok(segment("https://cdn.example/film/video.mp4"))
        );
        let listed = r#"<MPD><BaseURL serviceLocation="a">https://b.example/x/</BaseURL><Period>
            <SegmentList><Initialization sourceURL="i.mp4"/></SegmentList></Period></MPD>"#;
        assert_eq!(
            in_dash(listed, &base()),
            Ok(segment("https://b.example/x/i.mp4"))
        );
        assert_eq!(in_dash("<MPD></MPD>", &base()), Ok(Named::Nothing));
        assert!(in_dash("#EXTM3U", &base()).is_err());
    }

    #[test]
    fn nonsense_is_an_error_and_never_more() {
        for text in ["#EXTM3U\nhttp://[", "#EXTM3U\n#EXT-X-MAP:URI=\"http://[\""] {
            assert!(in_hls(text, &base()).is_err(), "{text}");
        }
        for text in [
            "<MPD <SegmentTemplate",
            "<MPD <BaseURL",
            "<MPD <SegmentTemplate initialization=\"x",
        ] {
            assert_eq!(in_dash(text, &base()), Ok(Named::Nothing), "{text}");
        }
        assert!(in_dash("<MPD <BaseURL>http://[</BaseURL>", &base()).is_err());
    }
}
