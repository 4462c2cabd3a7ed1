//! Playlists as they are found, and as they are made to harm.

use url::Url;

use super::{super::template::Fill, *};

type Named = (Kind, u8, String);

/// The playlist as the box writes it, and the addresses behind `/0`, `/1`, … with their kinds.
fn rewritten(text: &str, page: &Page) -> Result<(String, Vec<Named>), Unusable> {
    let mut named = Vec::new();
    let out = rewrite(text, page, &mut |target: Target| {
        let url = target.url(&Fill::default()).ok_or(Unusable::Reference)?;
        named.push((target.kind, target.depth, url.into()));
        Ok(format!("/{}", named.len() - 1))
    })?;
    Ok((out, named))
}

fn page() -> Page {
    let url = Url::parse("https://cdn.example/a/b/index.m3u8?token=T&q=a%20b").unwrap();
    Page::of(url, 1)
}

#[test]
fn every_address_of_a_multivariant_playlist_is_the_boxs() {
    let text = "#EXTM3U\r\n\
        #EXT-X-VERSION:9\r\n\
        #EXT-X-INDEPENDENT-SEGMENTS\r\n\
        #EXT-X-SESSION-DATA:DATA-ID=\"com.example.x\",URI=\"data.json\",LANGUAGE=\"en\"\r\n\
        #EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"//keys.example/k\"\r\n\
        #EXT-X-CONTENT-STEERING:SERVER-URI=\"https://steer.example/\",PATHWAY-ID=\"A\"\r\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Rus, dub\",URI=\"../audio/ru.m3u8\"\r\n\
        #EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"CC\",INSTREAM-ID=\"CC1\"\r\n\
        #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"/iframes\"\r\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1280000,CODECS=\"avc1.4d401f,mp4a.40.2\",AUDIO=\"a\"\r\n\
        \r\n\
        low/index?x=1\r\n\
        #EXT-X-FROM-THE-FUTURE:SIZE=3,THING-URI=\"https://other.example/t.bin\",Z=q\r\n\
        # a remark\r\n";
    let (out, named) = rewritten(text, &page()).unwrap();
    assert_eq!(
        out,
        "#EXTM3U\n\
        #EXT-X-VERSION:9\n\
        #EXT-X-INDEPENDENT-SEGMENTS\n\
        #EXT-X-SESSION-DATA:DATA-ID=\"com.example.x\",URI=\"/0\",LANGUAGE=\"en\"\n\
        #EXT-X-SESSION-KEY:METHOD=AES-128,URI=\"/1\"\n\
        #EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"Rus, dub\",URI=\"/2\"\n\
        #EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID=\"c\",NAME=\"CC\",INSTREAM-ID=\"CC1\"\n\
        #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"/3\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1280000,CODECS=\"avc1.4d401f,mp4a.40.2\",AUDIO=\"a\"\n\
        \n\
        /4\n\
        #EXT-X-FROM-THE-FUTURE:SIZE=3,THING-URI=\"/5\",Z=q\n\
        # a remark\n"
    );
    let named: Vec<_> = named
        .iter()
        .map(|(kind, depth, url)| (*kind, *depth, url.as_str()))
        .collect();
    assert_eq!(
        named,
        [
            (Kind::Bytes, 0, "https://cdn.example/a/b/data.json"),
            (Kind::Bytes, 0, "https://keys.example/k"),
            (Kind::Hls, 2, "https://cdn.example/a/audio/ru.m3u8"),
            (Kind::Hls, 2, "https://cdn.example/iframes"),
            (Kind::Hls, 2, "https://cdn.example/a/b/low/index?x=1"),
            (Kind::Bytes, 0, "https://other.example/t.bin"),
        ]
    );
}

#[test]
fn every_address_of_a_low_latency_playlist_is_the_boxs() {
    let text = "#EXTM3U\n\
        #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0\n\
        #EXT-X-KEY:METHOD=AES-128,URI=\"key.bin\",IV=0x1\n\
        #EXT-X-KEY:METHOD=AES-128,URI=\"data:text/plain;base64,AAAA\"\n\
        #EXT-X-MAP:URI=\"init.mp4\",BYTERANGE=\"720@0\"\n\
        #EXT-X-BYTERANGE:100@720\n\
        #EXTINF:4.0,Part, URI=\"not.one\"\n\
        film.mp4\n\
        #EXT-X-GAP\n\
        #EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z\n\
        #EXT-X-DATERANGE:ID=\"ad\",CLASS=\"com.apple.hls.interstitial\",X-ASSET-URI=\"ad.m3u8\"\n\
        #EXT-X-PART:DURATION=0.3,URI=\"p1.mp4\",INDEPENDENT=YES\n\
        #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p2.mp4\"\n\
        #EXT-X-RENDITION-REPORT:URI=\"../hi/index.m3u8\",LAST-MSN=3\n";
    let (out, named) = rewritten(text, &page()).unwrap();
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[2], "#EXT-X-KEY:METHOD=AES-128,URI=\"/0\",IV=0x1");
    assert_eq!(lines[3], text.lines().nth(3).unwrap());
    assert_eq!(lines[4], "#EXT-X-MAP:URI=\"/1\",BYTERANGE=\"720@0\"");
    assert_eq!(
        lines[5..8],
        [
            "#EXT-X-BYTERANGE:100@720",
            text.lines().nth(6).unwrap(),
            "/2"
        ]
    );
    assert_eq!(
        lines[9],
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z"
    );
    assert!(lines[10].ends_with("X-ASSET-URI=\"/3\""));
    assert_eq!(
        lines[11],
        "#EXT-X-PART:DURATION=0.3,URI=\"/4\",INDEPENDENT=YES"
    );
    assert_eq!(lines[12], "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"/5\"");
    assert_eq!(lines[13], "#EXT-X-RENDITION-REPORT:URI=\"/6\",LAST-MSN=3");
    assert_eq!((named[3].0, named[3].1), (Kind::Hls, 2));
    assert_eq!(
        (named[6].0, named[6].1),
        (Kind::Hls, 1),
        "a sibling is no deeper"
    );
}

#[test]
fn variables_are_put_in_and_passed_to_the_playlists_below() {
    let text = "#EXTM3U\n\
        #EXT-X-DEFINE:NAME=\"host\",VALUE=\"cdn2.example\"\n\
        #EXT-X-DEFINE:NAME=\"path\",VALUE=\"{$host}/x\"\n\
        #EXT-X-DEFINE:QUERYPARAM=\"q\"\n\
        #EXT-X-MEDIA:TYPE=AUDIO,NAME=\"{$q}\",URI=\"https://{$path}/a.m3u8?{$q}\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1\n\
        https://{$host}/v\n";
    let mut below = Vec::new();
    let out = rewrite(text, &page(), &mut |target: Target| {
        below.push(target);
        Ok("/n".into())
    });
    let out = out.unwrap();
    assert!(!out.contains("{$") && !out.contains("DEFINE"), "{out}");
    assert!(out.contains("NAME=\"a b\""), "{out}");
    let url = |at: usize| below[at].url(&Fill::default()).unwrap().to_string();
    assert_eq!(url(0), "https://cdn2.example/x/a.m3u8?a%20b");
    assert_eq!(url(1), "https://cdn2.example/v");
    let variables = below[1].variables.clone().unwrap();
    let media = "#EXTM3U\n#EXT-X-DEFINE:IMPORT=\"path\"\n#EXTINF:1,\nhttps://{$path}/1.ts\n";
    let url = Url::parse("https://cdn2.example/v").unwrap();
    let below = Page {
        variables,
        ..Page::of(url, 2)
    };
    let (_, named) = rewritten(media, &below).unwrap();
    assert_eq!(named[0].2, "https://cdn2.example/x/1.ts");
    let (_, named) = rewritten("#EXTM3U\n#EXTINF:1,\n{$a}.ts\n", &page()).unwrap();
    assert!(
        named[0].2.ends_with("$a%7D.ts"),
        "older than variables: {named:?}"
    );
    for text in [
        media,
        "#EXTM3U\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\n{$c}.ts\n",
    ] {
        let error = rewritten(text, &page()).unwrap_err();
        assert!(matches!(error, Unusable::Variable(_)), "{error}");
    }
}

#[test]
fn abuse_16_variables_that_grow_are_refused() {
    let mut text = "#EXTM3U\n#EXT-X-DEFINE:NAME=\"a0\",VALUE=\"xxxxxxxxxx\"\n".to_owned();
    for step in 1..40 {
        let before = step - 1;
        let twice = format!("{{$a{before}}}{{$a{before}}}");
        text.push_str(
            &[
                "#EXT-X-DEFINE:NAME=\"a",
                &step.to_string(),
                "\",VALUE=\"",
                &twice,
                "\"\n",
            ]
            .concat(),
        );
    }
    assert!(rewritten(&text, &page()).is_err());
    let much = format!(
        "#EXTM3U\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"{}\"\n{}",
        "x".repeat(10_000),
        "#EXT-X-X:A=\"{$a}\"\n".repeat(10_000)
    );
    let error = rewritten(&much, &page()).unwrap_err();
    assert!(matches!(error, Unusable::TooLong), "{error}");
}

#[test]
fn untidy_lists_lose_what_is_no_attribute_and_no_address_slips_through() {
    let text = "#EXTM3U\n\
        #EXT-X-KEY:METHOD=AES-128,NO,,=, uri = \"http://a.example/k\" junk, KEYFORMAT=\"x\"\n\
        #EXT-X-KEY:METHOD=AES-128,NO,URI=http://b.example/k\n\
        #EXT-X-KEY:METHOD=AES-128,URI=\"http://c.example/k\n";
    let (out, named) = rewritten(text, &page()).unwrap();
    assert!(!out.contains("example"), "{out}");
    assert!(out.contains("uri=\"/0\",KEYFORMAT=\"x\""), "{out}");
    assert_eq!(named.len(), 3);
}

#[test]
fn what_is_no_playlist_is_refused() {
    for text in ["", "<html>", "#EXT\n", "film.ts\n#EXTM3U"] {
        let error = rewritten(text, &page()).unwrap_err();
        assert!(matches!(error, Unusable::Other("HLS")), "{text}");
    }
    assert!(rewritten("\n\n  #EXTM3U\n", &page()).is_ok());
}
