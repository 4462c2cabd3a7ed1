//! The table of hand-made names: most of it must be read right, by title, by episodes, and the
//! Cyrillic names by themselves. Extend `tests/fixtures/handmade/release-names.tsv` with what
//! was seen to fail.

use hearth_model::Release;
use hearth_release::parse;

const TABLE: &str = include_str!("../../../tests/fixtures/handmade/release-names.tsv");

struct Case {
    name: String,
    title: String,
    alternatives: Vec<String>,
    year: Option<u16>,
    seasons: Vec<u32>,
    episodes: Vec<u32>,
    absolute: Vec<u32>,
    more: Vec<(String, String)>,
}

fn numbers(text: &str) -> Vec<u32> {
    if text.is_empty() {
        return Vec::new();
    }
    let number = |text: &str| text.parse::<u32>().expect("a number in the table");
    match text.split_once('-') {
        Some((first, last)) => (number(first)..=number(last)).collect(),
        None => text.split(',').map(number).collect(),
    }
}

fn cases() -> Vec<Case> {
    TABLE
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| {
            let mut columns = line.split('\t').map(str::to_owned);
            let mut next = || columns.next().unwrap_or_default();
            Case {
                name: next(),
                title: next(),
                alternatives: next()
                    .split(';')
                    .filter(|text| !text.is_empty())
                    .map(str::to_owned)
                    .collect(),
                year: Some(next())
                    .filter(|text| !text.is_empty())
                    .map(|text| text.parse().expect("a year in the table")),
                seasons: numbers(&next()),
                episodes: numbers(&next()),
                absolute: numbers(&next()),
                more: next()
                    .split(' ')
                    .filter_map(|pair| pair.split_once('='))
                    .map(|(key, value)| (key.to_owned(), value.replace('_', " ")))
                    .collect(),
            }
        })
        .collect()
}

fn field(release: &Release, key: &str) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    match key {
        "resolution" => text(&release.resolution),
        "source" => text(&release.source),
        "codec" => text(&release.video_codec),
        "hdr" => text(&release.hdr),
        "audio_codec" => text(&release.audio_codec),
        "channels" => text(&release.audio_channels),
        "audio" => release.audio_languages.join(","),
        "subtitles" => release.subtitle_languages.join(","),
        "dub" => text(&release.dub),
        "group" => text(&release.group),
        "proper" => release.proper.to_string(),
        "container" => text(&release.container),
        other => panic!("the table names an unknown field: {other}"),
    }
}

#[derive(Default)]
struct Share {
    right: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, right: bool) {
        self.right += usize::from(right);
        self.all += 1;
    }

    fn percent(&self) -> f64 {
        100.0 * self.right as f64 / self.all.max(1) as f64
    }
}

#[test]
fn the_table_is_read_well_enough() {
    let cases = cases();
    assert!(cases.len() >= 60, "the table has {} names", cases.len());
    let [mut titles, mut episodes, mut cyrillic, mut facts] =
        [const { Share { right: 0, all: 0 } }; 4];
    for case in &cases {
        let release = parse(&case.name);
        let title = release.title.as_deref().unwrap_or_default() == case.title
            && release.alternative_titles == case.alternatives
            && release.year == case.year;
        let episode = release.seasons == case.seasons
            && release.episodes == case.episodes
            && release.absolute_episodes == case.absolute;
        titles.count(title);
        episodes.count(episode);
        if case
            .name
            .chars()
            .any(|letter| ('а'..='я').contains(&letter))
        {
            cyrillic.count(title && episode);
        }
        if !title || !episode {
            println!("misread: {}\n  as {release:?}", case.name);
        }
        for (key, value) in &case.more {
            let read = field(&release, key);
            facts.count(read == *value);
            if read != *value {
                println!("misread: {}\n  {key} is `{read}`, not `{value}`", case.name);
            }
        }
    }
    println!(
        "of {} names: titles {:.1} %, episodes {:.1} %, Cyrillic {:.1} %, other facts {:.1} %",
        cases.len(),
        titles.percent(),
        episodes.percent(),
        cyrillic.percent(),
        facts.percent()
    );
    assert!(titles.percent() >= 90.0, "titles");
    assert!(episodes.percent() >= 90.0, "episodes");
    assert!(cyrillic.percent() >= 85.0, "Cyrillic names");
    assert!(facts.percent() >= 90.0, "other facts");
}

#[test]
fn a_name_without_a_title_has_none() {
    for name in [
        "S01E02.1080p.mkv",
        "Season 1",
        "Сезон 2",
        "1080p.mkv",
        "3 серия.avi",
    ] {
        assert_eq!(parse(name).title, None, "{name}");
    }
    assert_eq!(parse("2012.mkv").title.as_deref(), Some("2012"));
    assert_eq!(parse("Cam.mkv").title.as_deref(), Some("Cam"));
}
