//! `hearthd sites test`: a site definition is checked, and tried on the site itself.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use hearth_app::{Config, provider_fetcher};
use hearth_model::{Episode, EpisodeFacts, EpisodeId, External, Names, Title, TitleId, TitleKind};
use hearth_sources::{Definition, ProviderConfig, Query, Secret, Site};

use crate::{Layers, config};

/// For a person at a terminal: longer than a search waits.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Subcommand)]
pub enum Task {
    /// Checks a site definition and, with --query, searches the site and tells each step.
    Test(Test),
}

#[derive(Args)]
pub struct Test {
    /// The definition.
    file: PathBuf,
    /// What to look for: "Sintel 2010", "Pioneer One S01E02", with an IMDb id where one is needed.
    #[arg(long)]
    query: Option<String>,
    /// Where the site is, if not where the definition says; may be on the home network.
    #[arg(long)]
    url: Option<String>,
    /// A setting that the definition asks for; may be given several times.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    settings: Vec<String>,
    /// A header of your own for the site, the cookie of a session say; may be given several times.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The box's configuration file, whose proxy or interface for providers is the way taken;
    /// /etc/hearth/hearth.toml, if it is there, unless given.
    #[arg(long)]
    config: Option<PathBuf>,
}

pub fn run(task: Task) -> anyhow::Result<()> {
    let Task::Test(test) = task;
    let definition = Definition::open(&test.file)?;
    println!(
        "{}: a good definition of {}, {} searches{}",
        test.file.display(),
        definition.name,
        definition.searches(),
        if definition.has_details() {
            " and a second page"
        } else {
            ""
        }
    );
    let Some(words) = &test.query else {
        return Ok(());
    };
    let query = query(words);
    let kinds = &definition.kinds;
    if !kinds.contains(&query.title.kind) {
        bail!(
            "the definition is for {kinds:?}, and the query is a {:?}: a series' has a season and an episode like S01E02",
            query.title.kind
        );
    }
    let settings = settings(&test.settings)?;
    let headers = headers(&test.headers)?;
    let config = ProviderConfig::Site {
        id: None,
        name: String::new(),
        file: test.file.clone(),
        url: Secret(test.url.clone().unwrap_or_default()),
        settings: settings.clone(),
        headers: headers.clone(),
    };
    let of_box = config::load(&Layers {
        config: test.config.clone(),
        listen: None,
        no_mdns: false,
    })?;
    if let Some(way) = way(&of_box) {
        println!("asked {way}, as the box asks");
    }
    let fetcher = provider_fetcher(&of_box)?;
    let (base, fetcher) = match &test.url {
        Some(url) => (
            Some(url.parse().with_context(|| {
                format!("`{url}` is no address: give one like http://192.168.1.5/")
            })?),
            fetcher.allowing([config.host()?]),
        ),
        None => (None, fetcher),
    };
    let site = Site::new(config.id(), definition, base, settings, fetcher)?;
    let site = site.with_headers(&headers)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let searched = runtime.block_on(async {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        site.search(&query, deadline).await
    });
    print!("{searched}");
    if searched.any_failed() {
        bail!("some pages could not be read: see above");
    }
    Ok(())
}

fn settings(given: &[String]) -> anyhow::Result<BTreeMap<String, Secret>> {
    let pair = |text: &String| {
        let (name, value) = text
            .split_once('=')
            .context("--set takes a setting as NAME=VALUE")?;
        Ok((name.to_owned(), Secret(value.to_owned())))
    };
    given.iter().map(pair).collect()
}

fn headers(given: &[String]) -> anyhow::Result<BTreeMap<String, Secret>> {
    let pair = |text: &String| {
        let (name, value) = text
            .split_once(':')
            .context("--header takes a header as NAME: VALUE")?;
        Ok((name.trim().to_owned(), Secret(value.trim().to_owned())))
    };
    given.iter().map(pair).collect()
}

/// How providers are asked, where that is not just any way. A proxy's address may hold its password.
fn way(config: &Config) -> Option<String> {
    let torrents = &config.torrents;
    if !torrents.providers_too {
        return None;
    }
    match (torrents.proxy.as_str(), torrents.interface.as_str()) {
        ("", "") => None,
        ("", interface) => Some(format!("by the interface {interface} alone")),
        _ => Some("through the proxy of `torrents.proxy`".into()),
    }
}

/// A title by its name as a release would be called; an IMDb id may stand in it.
fn query(words: &str) -> Query {
    let is_id = |word: &&str| {
        word.strip_prefix("tt")
            .is_some_and(|number| number.len() > 4 && number.bytes().all(|b| b.is_ascii_digit()))
    };
    let imdb = words.split_whitespace().find(is_id);
    let rest: Vec<&str> = words
        .split_whitespace()
        .filter(|word| !is_id(word))
        .collect();
    let rest = rest.join(" ");
    let release = hearth_release::parse(&rest);
    let name = release.title.unwrap_or(rest);
    let season = release.seasons.first().copied();
    let number = release
        .episodes
        .first()
        .or(release.absolute_episodes.first())
        .copied();
    let kind = match (season, number) {
        (None, None) => TitleKind::Film,
        (None, Some(_)) => TitleKind::Anime,
        (Some(_), _) => TitleKind::Series,
    };
    let cyrillic = name.chars().any(|c| matches!(c, '\u{400}'..='\u{4ff}'));
    let names = Names {
        ru: cyrillic.then(|| name.clone()),
        en: (!cyrillic).then(|| name.clone()),
        ..Names::default()
    };
    let title = Title {
        id: TitleId::from_name(words),
        year: release.year,
        external: External {
            imdb: imdb.map(ToOwned::to_owned),
            ..External::default()
        },
        ..Title::new(kind, names)
    };
    let episode = (kind != TitleKind::Film).then(|| Episode {
        id: EpisodeId::from_name(words),
        title_id: title.id,
        season: season.unwrap_or(1),
        number: number.unwrap_or(1),
        names: Names::default(),
        facts: EpisodeFacts::default(),
    });
    Query::new(title, episode)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_a_release_is() {
        let film = query("Sintel 2010 tt1727587");
        assert_eq!(film.title.names.en.as_deref(), Some("Sintel"));
        assert_eq!(film.title.year, Some(2010));
        assert_eq!(film.title.external.imdb.as_deref(), Some("tt1727587"));
        assert!(film.episode.is_none());
        let series = query("Pioneer One S01E02");
        assert_eq!(series.title.kind, TitleKind::Series);
        let episode = series.episode.unwrap();
        assert_eq!((episode.season, episode.number), (1, 2));
        assert_eq!(query("Синтел").title.names.ru.as_deref(), Some("Синтел"));
    }
}
