use super::*;

fn only(text: &str) -> Entry {
    let mut entries = read(text.as_bytes()).expect("it can be read");
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

#[test]
fn a_film_is_read_with_all_that_is_told() {
    let film = only(
        r#"<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<!-- made by hand -->
<movie>
  <title>Синтел</title>
  <originaltitle>Sintel</originaltitle>
  <ratings>
    <rating name="themoviedb" max="10"><value>7.5</value><votes>120</votes></rating>
    <rating name="house" max="5" default="true"><value>4.1</value></rating>
  </ratings>
  <rating>1.0</rating>
  <outline>Коротко.</outline>
  <plot>Девушка &amp; дракон, Tom & Jerry.
Вторая строка.</plot>
  <runtime>15</runtime>
  <mpaa>US:PG-13 / RU:16+</mpaa>
  <genre>Animation / Фэнтези</genre><genre>Science Fiction</genre>
  <country>Netherlands</country><country>Россия</country><country>Atlantis</country>
  <premiered>2010-09-27</premiered>
  <set><name>Open Films</name><overview>x</overview></set>
  <uniqueid type="tmdb" default="true">45745</uniqueid>
  <uniqueid type="imdb">tt1727587</uniqueid>
  <uniqueid type="anidb">9</uniqueid>
  <actor><name>Halina Reijn</name><title>not the title</title></actor>
</movie>"#,
    );
    assert_eq!(film.root, Some(Root::Film));
    assert_eq!(film.title.as_deref(), Some("Синтел"));
    assert_eq!(film.names().ru.as_deref(), Some("Синтел"));
    assert_eq!(film.names().original.as_deref(), Some("Sintel"));
    assert_eq!(film.year, Some(2010));
    assert_eq!(film.released_on.as_deref(), Some("2010-09-27"));
    assert_eq!(
        film.plot.as_deref(),
        Some("Девушка & дракон, Tom & Jerry.\nВторая строка.")
    );
    assert_eq!(film.genres, ["animation", "fantasy", "science-fiction"]);
    assert_eq!(film.countries, ["NL", "RU"]);
    assert_eq!((film.rating, film.age), (Some(8.2), Some(13)));
    assert_eq!(film.runtime_minutes, Some(15));
    assert_eq!(film.franchise.as_deref(), Some("local:open films"));
    assert_eq!(
        film.external.references(),
        ["tmdb:movie/45745", "imdb:tt1727587"]
    );
}

#[test]
fn series_and_several_episodes_of_one_file_are_read() {
    let show = only(
        "<tvshow><title>Monster</title><year>2004</year><tmdbid>30981</tmdbid>\
         <uniqueid type=\"MyAnimeList\">19</uniqueid><uniqueid type=\"shikimori\">19</uniqueid>\
         <set tmdbcolid=\"12\">Any</set></tvshow>",
    );
    assert_eq!(
        show.external.references(),
        ["tmdb:tv/30981", "shikimori:19", "mal:19"]
    );
    assert_eq!(show.franchise.as_deref(), Some("tmdb:12"));
    let two = read(
        b"<episodedetails><title>One</title><season>1</season><episode>3</episode>\
          <uniqueid type=\"tmdb\">77</uniqueid></episodedetails>\n\
          <episodedetails><title>Two</title><season>1</season><episode>4</episode>\
          <aired>2004-04-27</aired></episodedetails>",
    )
    .expect("it can be read");
    let numbers: Vec<_> = two.iter().map(|one| (one.season, one.episode)).collect();
    assert_eq!(numbers, [(Some(1), Some(3)), (Some(1), Some(4))]);
    assert_eq!(two[0].external, External::default(), "the episode's own id");
    let told = two[1].episode(1, 4);
    assert_eq!(told.names.en.as_deref(), Some("Two"));
    assert_eq!(told.facts.released_on.as_deref(), Some("2004-04-27"));
}

#[test]
fn addresses_alone_tell_which_title_it_is() {
    for (text, expected) in [
        (
            "https://www.imdb.com/title/tt1727587/",
            &["imdb:tt1727587"][..],
        ),
        (
            "http://imdb.com/de/title/tt1727587?ref=x",
            &["imdb:tt1727587"],
        ),
        (
            "https://www.themoviedb.org/movie/603-the-matrix",
            &["tmdb:movie/603"],
        ),
        ("https://themoviedb.org/tv/1429", &["tmdb:tv/1429"]),
        (
            "https://shikimori.one/animes/z5114-fullmetal-alchemist",
            &["shikimori:5114"],
        ),
        ("http://www.themoviedb.org/movie/", &[]),
        ("imdb.com/name/nm0000001", &[]),
        ("A release by a group. Greetings to everybody!", &[]),
        ("", &[]),
    ] {
        let entries = read(text.as_bytes()).expect("a text is no trouble");
        let references = entries.first().map(|entry| entry.external.references());
        assert_eq!(references.unwrap_or_default(), expected, "{text}");
    }
    let both =
        only("<movie><title>The Matrix</title></movie>\nhttps://www.themoviedb.org/movie/603");
    assert_eq!(both.external.references(), ["tmdb:movie/603"]);
    // A drawing of an old code page around the address.
    let drawn = b"\xdb\xdb\xb0 www.imdb.com/title/tt0133093 \xb0\xdb\xdb";
    let entries = read(drawn).expect("nobody reads the drawing");
    assert_eq!(entries[0].external.imdb.as_deref(), Some("tt0133093"));
}

#[test]
fn letters_are_read_as_they_were_written() {
    let text = "<movie><title>Ёлки</title></movie>";
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    let mut marked = b"\xef\xbb\xbf".to_vec();
    marked.extend(text.as_bytes());
    let declared = format!("<?xml version=\"1.0\" encoding=\"windows-1251\"?>{text}");
    let (windows, _, lost) = encoding_rs::WINDOWS_1251.encode(&declared);
    assert!(!lost);
    for bytes in [&utf16[..], &marked, &windows, declared.as_bytes()] {
        let entries = read(bytes).expect("it can be read");
        assert_eq!(entries[0].title.as_deref(), Some("Ёлки"));
    }
    let (undeclared, ..) = encoding_rs::WINDOWS_1251.encode(text);
    assert_eq!(read(&undeclared), Err(NfoError::Encoding));
}

#[test]
fn what_is_broken_is_said_to_be() {
    let deep = format!("<movie>{}", "<a>".repeat(100_000));
    for text in ["<movie><title>Half", "<movie><title>a</movie>", &deep] {
        assert!(
            matches!(read(text.as_bytes()), Err(NfoError::Xml(_))),
            "{text:.40}"
        );
    }
    // No entity is made of others: a billion laughs stay one.
    let laughs = "<!DOCTYPE movie [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>\
                  <movie><title>&b;</title><year>20100</year><runtime>-5</runtime>\
                  <rating>900</rating><mpaa>none</mpaa></movie>";
    let entry = only(laughs);
    assert_eq!(entry.title.as_deref(), Some("&b;"));
    assert_eq!((entry.rating, entry.age), (None, None));
    assert_eq!(entry.runtime_minutes, None);
}

proptest::proptest! {
    #[test]
    fn nothing_that_is_read_is_too_much(bytes: Vec<u8>, tags in "(<movie>|<title>|</movie>|<!\\[CDATA\\[|&|\\]\\]>|<a b=|\"|x){0,40}") {
        let _ = read(&bytes);
        let _ = read(format!("<movie>{tags}").as_bytes());
        let _ = read(format!("imdb.com/{tags}themoviedb.org/movie/{tags}").as_bytes());
    }
}

#[test]
fn lengths_are_minutes() {
    for (text, minutes) in [
        ("136", Some(136)),
        ("136 min", Some(136)),
        ("2h 16m", Some(136)),
        ("2 ч", Some(120)),
        ("0", None),
        ("long", None),
        ("99999999999", None),
    ] {
        assert_eq!(words::minutes(text), minutes, "{text}");
    }
}
