//! Manifests as they are found, and what players make of the rewritten ones.

use url::Url;

use super::{super::template::Fill, *};

fn page() -> Page {
    Page::of(
        Url::parse("https://cdn.example/a/film.mpd?token=T").unwrap(),
        1,
    )
}

fn rewritten_as(text: &str, page: &Page) -> Result<(String, Vec<Target>), Unusable> {
    let mut named = Vec::new();
    let out = rewrite(text, page, &mut |target: Target| {
        named.push(target);
        Ok(format!("/s?t={}", named.len() - 1))
    })?;
    Ok((out, named))
}

fn rewritten(text: &str) -> Result<(String, Vec<Target>), Unusable> {
    rewritten_as(text, &page())
}

fn url(target: &Target) -> String {
    target.url(&Fill::default()).unwrap().into()
}

fn filled(target: &Target, representation: &str, number: u64) -> Option<String> {
    let fill = Fill {
        representation: Some(representation.into()),
        number: Some(number),
        time: Some(number),
        ..Fill::default()
    };
    target.url(&fill).map(Into::into)
}

#[test]
fn templates_are_seen_from_where_each_representation_lies() {
    let text = r#"<?xml version="1.0"?>
<!-- a remark -->
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" xmlns:x="urn:x" type="dynamic" x:new="1 &amp; 2">
  <BaseURL serviceLocation="A">../b/</BaseURL>
  <BaseURL serviceLocation="B">https://spare.example/</BaseURL>
  <Location>live.mpd?a=1&amp;b=2</Location>
  <PatchLocation ttl="60">patch.mpp</PatchLocation>
  <ContentSteering defaultServiceLocation="A">https://steer.example/</ContentSteering>
  <Period id="1">
    <AdaptationSet mimeType="video/mp4">
      <SegmentTemplate timescale="90000" media="$RepresentationID$/$Number%03d$.m4s?k=&quot;1" initialization="init.mp4">
        <SegmentTimeline><S t="0" d="180000" r="2"/></SegmentTimeline>
      </SegmentTemplate>
      <Representation id="lo" bandwidth="1"/>
      <Representation id="hi" bandwidth="2"><BaseURL>https://hi.example/h/</BaseURL></Representation>
    </AdaptationSet>
    <AdaptationSet mimeType="audio/mp4">
      <Representation id="a"><SegmentTemplate media="a-$Time$.m4s" initialization="a.mp4"/></Representation>
    </AdaptationSet>
  </Period>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:ntp:2014" value="pool.example"/>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="https://a.example/ /time"/>
  <UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014" value="2026-01-01T00:00:00Z"/>
</MPD>"#;
    let (out, named) = rewritten(text).unwrap();
    assert!(
        !out.contains(".example") && !out.contains("remark"),
        "{out}"
    );
    assert!(out.contains(r#"x:new="1 &amp; 2""#), "{out}");
    assert!(out.contains(r#"<S t="0" d="180000" r="2"/>"#), "{out}");
    assert!(!out.contains("BaseURL"), "{out}");
    assert!(out.contains("<Location>/s?t=0</Location>"), "{out}");
    let media = r#"media="/s?t=1&amp;number=$Number$&amp;representation=$RepresentationID$""#;
    assert!(out.contains(media), "{out}");
    let initial = r#"initialization="/s?t=2&amp;representation=$RepresentationID$""#;
    assert!(out.contains(initial), "{out}");
    assert!(out.contains(r#"media="/s?t=3&amp;time=$Time$""#), "{out}");
    assert!(out.contains(r#"initialization="/s?t=4""#), "{out}");
    assert!(!out.contains("ntp:2014"), "{out}");
    assert!(out.contains(r#"value="/s?t=5 /s?t=6""#), "{out}");
    assert!(out.contains(r#"value="2026-01-01T00:00:00Z""#), "{out}");

    assert_eq!(url(&named[0]), "https://cdn.example/b/live.mpd?a=1&b=2");
    assert_eq!((named[0].kind, named[0].depth), (Kind::Dash, 1));
    let lo = filled(&named[1], "lo", 7).unwrap();
    assert_eq!(lo, "https://cdn.example/b/lo/007.m4s?k=%221");
    let hi = filled(&named[1], "hi", 7).unwrap();
    assert_eq!(hi, "https://hi.example/h/hi/007.m4s?k=%221");
    assert_eq!(filled(&named[1], "a", 7), None, "another list's");
    let initial = filled(&named[2], "hi", 0).unwrap();
    assert_eq!(initial, "https://hi.example/h/init.mp4");
    let time = filled(&named[3], "", 180_000).unwrap();
    assert_eq!(time, "https://cdn.example/b/a-180000.m4s");
    assert_eq!(url(&named[6]), "https://cdn.example/time");
}

#[test]
fn files_lists_and_parts_elsewhere_are_the_boxs_too() {
    let text = r#"<m:MPD xmlns:m="urn:mpeg:dash:schema:mpd:2011" xmlns:xlink="http://www.w3.org/1999/xlink">
  <m:Period><m:BaseURL>p/</m:BaseURL>
    <m:AdaptationSet>
      <m:Representation id="1"><m:BaseURL>film.mp4?a=1</m:BaseURL>
        <m:SegmentBase indexRange="0-99"><m:Initialization range="0-49"/>
          <m:RepresentationIndex sourceURL="i.sidx"/></m:SegmentBase>
      </m:Representation>
      <m:Representation id="2"><m:SegmentList>
        <m:Initialization sourceURL="i.mp4"/>
        <m:SegmentURL media="1.m4s" mediaRange="0-9"/>
      </m:SegmentList></m:Representation>
      <m:Representation id="3"><m:SegmentList><m:SegmentURL mediaRange="0-9"/></m:SegmentList></m:Representation>
      <m:Representation id="4"/>
    </m:AdaptationSet>
    <m:AdaptationSet xlink:href="more.xml" xlink:actuate="onLoad"/>
  </m:Period>
  <m:Period xlink:href="urn:mpeg:dash:resolve-to-zero:2013"/>
</m:MPD>"#;
    let (out, named) = rewritten(text).unwrap();
    let urls: Vec<_> = named.iter().map(url).collect();
    assert_eq!(
        urls,
        [
            "https://cdn.example/a/p/film.mp4?a=1",
            "https://cdn.example/a/p/i.sidx",
            "https://cdn.example/a/p/i.mp4",
            "https://cdn.example/a/p/1.m4s",
            "https://cdn.example/a/p/",
            "https://cdn.example/a/p/",
            "https://cdn.example/a/p/more.xml",
        ]
    );
    assert!(out.contains(r#"<m:Initialization range="0-49"/>"#), "{out}");
    assert!(
        out.contains(r#"<m:SegmentURL media="/s?t=3" mediaRange="0-9"/>"#),
        "{out}"
    );
    assert!(
        out.contains(r#"xlink:href="/s?t=6" xlink:actuate="onLoad""#),
        "{out}"
    );
    assert!(out.contains("resolve-to-zero"), "{out}");
    let file = r#"<m:Representation id="1"><m:BaseURL>/s?t=0</m:BaseURL>"#;
    assert!(out.contains(file), "{out}");
    let empty = r#"<m:Representation id="4"><m:BaseURL>/s?t=5</m:BaseURL></m:Representation>"#;
    assert!(out.contains(empty), "{out}");
    assert!(out.ends_with("</m:MPD>"), "{out}");

    let part = &named[6];
    assert_eq!((part.kind, part.depth), (Kind::Dash, 2));
    let below = Page {
        inside: part.inside.clone(),
        ..Page::of(
            Url::parse("https://elsewhere.example/x/more.xml").unwrap(),
            2,
        )
    };
    let part = r#"<AdaptationSet><SegmentTemplate media="$Number$"/><Representation id="1"/></AdaptationSet>
        <AdaptationSet/>"#;
    let (_, named) = rewritten_as(part, &below).unwrap();
    let seen = filled(&named[0], "1", 5).unwrap();
    assert_eq!(
        seen, "https://cdn.example/a/p/5",
        "as if it stood in the manifest"
    );
}

#[test]
fn one_list_for_several_places_is_refused_and_for_one_it_is_not() {
    let list = |second: &str| {
        format!(
            r#"<MPD><Period><AdaptationSet><SegmentList><SegmentURL media="1"/></SegmentList>
            <Representation id="1"/><Representation id="2">{second}</Representation>
            </AdaptationSet></Period></MPD>"#
        )
    };
    let (_, named) = rewritten(&list("")).unwrap();
    assert_eq!(url(&named[0]), "https://cdn.example/a/1");
    let error = rewritten(&list("<BaseURL>x/</BaseURL>")).unwrap_err();
    assert!(matches!(error, Unusable::SeveralBases), "{error}");
}

#[test]
fn abuse_14_documents_that_are_made_to_harm_are_refused() {
    let deep = format!(
        "<MPD>{}{}</MPD>",
        "<a>".repeat(20_000),
        "</a>".repeat(20_000)
    );
    let many = format!("<MPD>{}</MPD>", "<a/>".repeat(500_000));
    let crowd = format!(
        r#"<MPD><Period><AdaptationSet><SegmentTemplate media="$Number$"/>{}</AdaptationSet></Period></MPD>"#,
        r#"<Representation id="1"/>"#.repeat(2_000)
    );
    let bad = [
        "",
        "{}",
        "<html/>",
        "<MPD>",
        "<MPD></Period></MPD>",
        r#"<!DOCTYPE MPD [<!ENTITY a "b">]><MPD>&a;</MPD>"#,
        r#"<!DOCTYPE MPD SYSTEM "file:///etc/passwd"><MPD/>"#,
        "<MPD><BaseURL>&secret;</BaseURL></MPD>",
        r#"<MPD id="&secret;"/>"#,
        r#"<MPD><Period><SegmentTemplate media="$Secret$"/></Period></MPD>"#,
        &deep,
        &many,
        &crowd,
    ];
    for text in bad {
        assert!(rewritten(text).is_err(), "{text:.80}");
    }
}
