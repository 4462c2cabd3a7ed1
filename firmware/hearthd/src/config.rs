//! The configuration in layers: defaults, board, file, environment, flags; each value remembers
//! where it came from.

use std::{fmt::Write, path::Path};

use anyhow::{Context, anyhow, bail};
use figment::{
    Figment, Metadata, Profile, Provider,
    providers::{Format, Toml},
    value::{Dict, Map, Value},
};
use hearth_app::Config;

use crate::Layers;

const DEFAULTS: &str = include_str!("../../../config/defaults.toml");
/// Ships with the image: a machine that has it is a box in somebody's living room.
const BOARD: &str = "/usr/share/hearth/board.toml";
const OWNER: &str = "/etc/hearth/hearth.toml";
const PREFIX: &str = "HEARTH__";
/// Settings that went elsewhere, and where to.
const MOVED: &[(&str, &str)] = &[("network.metered", "taste.metered")];
/// Never printed.
const SECRETS: &[&str] = &["api_key", "key", "setup_code", "url", "proxy", "password"];

pub fn load(layers: &Layers) -> anyhow::Result<Config> {
    let environment = std::env::vars()
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    layered(layers, environment, Path::new(BOARD).exists())?.config()
}

/// Every layer, and the keys in them that nothing reads.
#[derive(Debug)]
struct Layered {
    figment: Figment,
    unread: Vec<String>,
}

impl Layered {
    fn values(&self) -> anyhow::Result<Dict> {
        let mut values = read(&self.figment)?;
        for key in &self.unread {
            let keys: Vec<&str> = key.split('.').collect();
            remove(&mut values, &keys);
        }
        Ok(values)
    }

    fn config(&self) -> anyhow::Result<Config> {
        let config = if self.unread.is_empty() {
            self.figment.extract()
        } else {
            let kept = Named("configuration", data(self.values()?));
            Figment::new().merge(kept).extract()
        };
        config.map_err(|error| anyhow!("the configuration is wrong: {}", one_line(&error)))
    }

    fn origin(&self, key: &str) -> String {
        let metadata = self.figment.find_metadata(key);
        metadata.map_or_else(|| "default".into(), origin_of)
    }

    /// The key for whoever wrote it.
    fn told(&self, key: &str) -> String {
        let moved = MOVED.iter().find(|(old, _)| *old == key);
        let hint = moved.map_or_else(String::new, |(_, new)| format!("; it is `{new}` now"));
        format!("`{key}` ({}{hint})", self.origin(key))
    }
}

fn read(figment: &Figment) -> anyhow::Result<Dict> {
    figment
        .extract()
        .map_err(|error| anyhow!("the configuration cannot be read: {}", one_line(&error)))
}

/// TOML's errors draw the place over several lines; a log and a service manager take one.
fn one_line(error: &figment::Error) -> String {
    let text = error.to_string();
    let told: Vec<&str> = text
        .lines()
        .filter(|line| !line.split(' ').any(|word| word == "|"))
        .map(str::trim)
        .collect();
    // The configuration has one profile, which is nothing to its owner.
    told.join(", ")
        .replace(", in ", " in ")
        .replace("key \"default.", "key \"")
}

/// The configuration as TOML-like lines `key = value`, with the origin of each where asked.
pub fn print(layers: &Layers, explain: bool) -> anyhow::Result<String> {
    let environment = std::env::vars()
        .filter(|(name, _)| name.starts_with(PREFIX))
        .collect();
    printed(
        &layered(layers, environment, Path::new(BOARD).exists())?,
        explain,
    )
}

fn printed(layered: &Layered, explain: bool) -> anyhow::Result<String> {
    let mut text = String::new();
    for (section, value) in &layered.values()? {
        lines(layered, section, value, explain, &mut text);
    }
    // A wrong value is printed with its origin, and then said to be wrong.
    if let Err(error) = layered.config() {
        eprint!("{text}");
        return Err(error);
    }
    Ok(text)
}

fn lines(layered: &Layered, key: &str, value: &Value, explain: bool, text: &mut String) {
    if let Value::Dict(_, dict) = value
        && !dict.is_empty()
    {
        for (name, value) in dict {
            lines(layered, &format!("{key}.{name}"), value, explain, text);
        }
        return;
    }
    let name = key.rsplit('.').next().unwrap_or(key);
    let shown = shown(name, value);
    let _ = if explain {
        writeln!(text, "{key} = {shown}  # {}", layered.origin(key))
    } else {
        writeln!(text, "{key} = {shown}")
    };
}

fn origin_of(metadata: &Metadata) -> String {
    match &metadata.source {
        Some(figment::Source::File(path)) => path.display().to_string(),
        _ => metadata.name.to_string(),
    }
}

fn shown(name: &str, value: &Value) -> String {
    match value {
        Value::String(_, text) if SECRETS.contains(&name) && !text.is_empty() => "(set)".into(),
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, letter) => format!("{letter:?}"),
        Value::Bool(_, value) => value.to_string(),
        Value::Num(_, number) => number
            .to_i128()
            .map(|number| number.to_string())
            .or_else(|| number.to_u128().map(|number| number.to_string()))
            .or_else(|| number.to_f64().map(|number| number.to_string()))
            .unwrap_or_default(),
        Value::Empty(..) => "none".into(),
        Value::Array(_, values) => {
            let values: Vec<_> = values.iter().map(|value| shown(name, value)).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Dict(_, dict) => {
            // Settings and headers of a site have names of their own, and may all be keys.
            let all_secret = matches!(name, "settings" | "headers");
            let shown = |key: &str, value| shown(if all_secret { "key" } else { key }, value);
            let pairs: Vec<_> = dict
                .iter()
                .map(|(name, value)| format!("{name} = {}", shown(name, value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn layered(
    layers: &Layers,
    environment: Vec<(String, String)>,
    on_a_box: bool,
) -> anyhow::Result<Layered> {
    let defaults: toml::Table = DEFAULTS
        .parse()
        .context("the embedded defaults cannot be read")?;
    let mut figment = Figment::new()
        .merge(Named("default", Toml::string(DEFAULTS).data()?))
        .merge(Toml::file(BOARD));
    match &layers.config {
        Some(path) if !path.is_file() => {
            bail!(
                "{} is not there; give --config an existing file",
                path.display()
            );
        }
        Some(path) => figment = figment.merge(Toml::file_exact(path)),
        None => figment = figment.merge(Toml::file(OWNER)),
    }
    let mut variables = Dict::new();
    for (name, text) in environment {
        let keys: Vec<String> = name[PREFIX.len()..]
            .split("__")
            .map(str::to_ascii_lowercase)
            .collect();
        let value = environment_value(&defaults, &keys, &text);
        insert(&mut variables, &keys, value);
    }
    let mut flags = Dict::new();
    if let Some(listen) = layers.listen {
        insert(
            &mut flags,
            &["server".into(), "listen".into()],
            listen.to_string().into(),
        );
    }
    if layers.no_mdns {
        insert(&mut flags, &["server".into(), "mdns".into()], false.into());
    }
    let figment = figment
        .merge(Named("environment", data(variables)))
        .merge(Named("command line", data(flags)));
    check_keys(figment, &defaults, on_a_box)
}

fn data(dict: Dict) -> Map<Profile, Dict> {
    Profile::Default.collect(dict)
}

/// A layer with a name for `--explain`.
struct Named(&'static str, Map<Profile, Dict>);

impl Provider for Named {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.0)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(self.1.clone())
    }
}

/// Where the default is a text, so is the variable: a PIN keeps its zeros. Elsewhere it is read
/// as a TOML value: numbers, lists, tables.
fn environment_value(defaults: &toml::Table, keys: &[String], text: &str) -> Value {
    let mut place = Some(defaults);
    let mut found = None;
    for key in keys {
        found = place.and_then(|table| table.get(key));
        place = found.and_then(toml::Value::as_table);
    }
    if found.is_some_and(toml::Value::is_str) {
        return text.to_owned().into();
    }
    match Toml::string(&format!("value = {text}")).data() {
        Ok(mut data) => data
            .remove(&Profile::Default)
            .and_then(|mut dict| dict.remove("value"))
            .unwrap_or_else(|| text.to_owned().into()),
        Err(_) => text.to_owned().into(),
    }
}

fn insert(dict: &mut Dict, keys: &[String], value: Value) {
    match keys {
        [] => {}
        [key] => {
            dict.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            let slot = dict
                .entry(key.clone())
                .or_insert_with(|| Dict::new().into());
            if let Value::Dict(_, inner) = slot {
                insert(inner, rest, value);
            }
        }
    }
}

/// A key that nothing reads is a typing error: on a developer's machine it stops the start, on a
/// box it is left out with a warning, so that a newer file does not keep an older image from
/// starting.
fn check_keys(figment: Figment, defaults: &toml::Table, on_a_box: bool) -> anyhow::Result<Layered> {
    let all = read(&figment)?;
    let mut unread = Vec::new();
    collect_unknown(&all, defaults, "", &mut unread);
    let layered = Layered { figment, unread };
    let told: Vec<_> = layered.unread.iter().map(|key| layered.told(key)).collect();
    if !told.is_empty() && !on_a_box {
        bail!(
            "the configuration is wrong: no such setting: {}; `hearthd config` lists them all",
            told.join(", ")
        );
    }
    for key in told {
        eprintln!("hearthd: no such setting, left out: {key}");
    }
    Ok(layered)
}

fn collect_unknown(dict: &Dict, defaults: &toml::Table, prefix: &str, unknown: &mut Vec<String>) {
    // A size is a wish, and a pin a thing, that has no default.
    const WITHOUT_DEFAULT: &[&str] = &[
        "taste.max_height",
        "taste.max_size_gb",
        "device.pins.chip",
        "device.pins.button",
        "device.pins.led",
        "device.pins.fan",
    ];
    for (key, value) in dict {
        let path = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        match (defaults.get(key), value) {
            (Some(toml::Value::Table(inner)), Value::Dict(_, dict)) => {
                collect_unknown(dict, inner, &path, unknown);
            }
            (Some(_), _) => {}
            (None, _) if WITHOUT_DEFAULT.contains(&path.as_str()) => {}
            (None, _) => unknown.push(path),
        }
    }
}

fn remove(dict: &mut Dict, keys: &[&str]) {
    match keys {
        [] => {}
        [key] => {
            dict.remove(*key);
        }
        [key, rest @ ..] => {
            if let Some(Value::Dict(_, inner)) = dict.get_mut(*key) {
                remove(inner, rest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers(file: Option<&Path>) -> Layers {
        Layers {
            config: file.map(Path::to_owned),
            listen: Some("127.0.0.1:1".parse().unwrap()),
            no_mdns: true,
        }
    }

    fn vars(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn config_file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn the_defaults_are_a_whole_configuration() {
        let read = layered(
            &Layers {
                config: None,
                listen: None,
                no_mdns: false,
            },
            vec![],
            false,
        )
        .unwrap();
        let config = read.config().unwrap();
        assert_eq!(config.server.listen.to_string(), "127.0.0.1:7430");
        assert_eq!(config.server.listen_https, None);
        let weights = config.scoring.weights;
        assert_eq!(
            (weights.quality, weights.speed, weights.availability),
            (0.30, 0.25, 0.20),
            "the design's"
        );
    }

    #[test]
    fn later_layers_win_and_say_so() {
        let file = config_file("[server]\nname = \"Kitchen\"\nlisten = \"0.0.0.0:80\"\n");
        let environment = vars(&[
            ("HEARTH__AUTH__SETUP_CODE", "001234"),
            ("HEARTH__LIBRARY__FOLDERS", r#"["/films", "/series"]"#),
            ("HEARTH__TORRENTS__QUOTA_GB", "7"),
            (
                "HEARTH__SOURCES__PROVIDERS",
                r#"[{kind = "torznab", id = "home", url = "http://127.0.0.1:1/", api_key = "k"}]"#,
            ),
        ]);
        let read = layered(&layers(Some(file.path())), environment, false).unwrap();
        let config = read.config().unwrap();
        assert_eq!(config.server.name, "Kitchen");
        assert_eq!(
            config.server.listen.to_string(),
            "127.0.0.1:1",
            "the flag wins"
        );
        assert_eq!(config.auth.setup_code, "001234", "a PIN keeps its zeros");
        assert_eq!(config.library.folders.len(), 2);
        assert_eq!(config.torrents.quota_gb, 7);
        assert_eq!(config.sources.providers[0].id(), "torznab:home");
        let origin = |key: &str| read.origin(key);
        assert_eq!(origin("server.name"), file.path().display().to_string());
        assert_eq!(origin("auth.setup_code"), "environment");
        assert_eq!(origin("server.listen"), "command line");
        assert_eq!(origin("torrents.dht"), "default");
    }

    #[test]
    fn an_unknown_key_stops_a_developer_and_warns_on_a_box() {
        let file = config_file("[server]\nnmae = \"Kitchen\"\n");
        let refused = layered(&layers(Some(file.path())), vec![], false)
            .unwrap_err()
            .to_string();
        assert!(refused.contains("`server.nmae`"), "{refused}");
        let read = layered(&layers(Some(file.path())), vec![], true).unwrap();
        assert!(read.config().is_ok());
    }

    /// On a box with one such key, every value was said to come from "configuration".
    #[test]
    fn a_setting_that_went_elsewhere_is_told_with_its_new_place() {
        let file = config_file("[network]\nmetered = true\n[server]\nname = \"Kitchen\"\n");
        let refused = layered(&layers(Some(file.path())), vec![], false).unwrap_err();
        let told = format!(
            "`network.metered` ({}; it is `taste.metered` now)",
            file.path().display()
        );
        assert!(refused.to_string().contains(&told), "{refused}");
        let on_a_box = layered(&layers(Some(file.path())), vec![], true).unwrap();
        assert!(!on_a_box.config().unwrap().taste.metered);
        let explained = printed(&on_a_box, true).unwrap();
        let line = format!("server.name = \"Kitchen\"  # {}\n", file.path().display());
        assert!(explained.contains(&line), "{explained}");
        assert!(explained.contains("server.mdns = false  # command line\n"));
        assert!(explained.contains("taste.metered = false  # default\n"));
        assert!(!explained.contains("network.metered"), "{explained}");
    }

    #[test]
    fn a_broken_file_and_a_wrong_type_are_named() {
        let file = config_file("[server\n");
        let refused = layered(&layers(Some(file.path())), vec![], false).unwrap_err();
        assert!(
            format!("{refused:#}").contains(&file.path().display().to_string()),
            "{refused:#}"
        );
        let file = config_file("[torrents]\nquota_gb = \"much\"\n");
        let read = layered(&layers(Some(file.path())), vec![], false).unwrap();
        let refused = read.config().unwrap_err().to_string();
        assert!(refused.contains("quota_gb"), "{refused}");
        let file = config_file("[server]\nlisten_https = \"443\"\n");
        let read = layered(&layers(Some(file.path())), vec![], false).unwrap();
        let refused = read.config().unwrap_err().to_string();
        assert!(
            refused.contains("listen_https") && refused.contains("no address and port"),
            "{refused}"
        );
        let missing = layered(&layers(Some(Path::new("/nowhere.toml"))), vec![], false);
        assert!(missing.unwrap_err().to_string().contains("/nowhere.toml"));
    }

    #[test]
    fn every_documented_example_is_read() {
        let guide = concat!(
            include_str!("../../../docs/guide/README.md"),
            include_str!("../../../docs/guide/https.md"),
            include_str!("../../../docs/guide/catalogue.md"),
            include_str!("../../../docs/guide/torrents.md")
        );
        let examples: Vec<&str> = guide
            .split("```toml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert!(examples.len() >= 6, "the guide has examples");
        for example in examples {
            let file = config_file(example);
            let read = layered(&layers(Some(file.path())), vec![], false)
                .unwrap_or_else(|error| panic!("{error}: {example}"));
            read.config()
                .unwrap_or_else(|error| panic!("{error}: {example}"));
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let value: Value = "hush".to_owned().into();
        assert_eq!(shown("api_key", &value), "(set)");
        assert_eq!(shown("name", &value), "\"hush\"");
        let settings: Dict = [("passkey".to_owned(), value)].into();
        assert_eq!(
            shown("settings", &settings.clone().into()),
            "{passkey = (set)}",
            "of a site"
        );
        assert_eq!(shown("headers", &settings.into()), "{passkey = (set)}");
    }
}
