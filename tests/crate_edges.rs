//! Who may know whom, read from `cargo metadata`: an edge that the architecture does not draw
//! fails here, and so does a crate that names a library which belongs to another.
//!
//! The whole-box tests (`hearth-tests`) stand outside the house and may name anything.

use cargo_metadata::MetadataCommand;

/// Each crate of the house, and the crates of the house it may name.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("hearth-model", &[]),
    ("hearth-store", &["model"]),
    ("hearth-torrent", &["model"]),
    ("hearth-media", &["model"]),
    ("hearth-fetch", &["model"]),
    ("hearth-release", &["model"]),
    ("hearth-catalog", &["fetch", "model", "release"]),
    ("hearth-sources", &["fetch", "model", "release"]),
    ("hearth-device", &["fetch", "model"]),
    (
        "hearth-app",
        &[
            "model", "fetch", "store", "catalog", "sources", "torrent", "device", "release",
        ],
    ),
    ("hearth-server", &["app", "model"]),
    (
        "hearthd",
        &[
            "model", "fetch", "store", "catalog", "sources", "torrent", "device", "release", "app",
            "server",
        ],
    ),
    ("hearth-tv", &["media", "model"]),
];

/// Libraries that belong to one crate (or two): the beginning of their name, and whose they are.
const BELONGS_TO: &[(&str, &[&str])] = &[
    ("redb", &["hearth-store"]),
    ("librqbit", &["hearth-torrent"]),
    ("gstreamer", &["hearth-media", "hearth-tv"]),
    ("slint", &["hearth-tv"]),
    ("i-slint", &["hearth-tv"]),
    ("axum", &["hearth-server"]),
    ("rppal", &["hearth-device"]),
    ("gpiocdev", &["hearth-device"]),
    ("zbus", &["hearth-device"]),
];

/// Magnets and infohashes are data to `sources`.
const EXCEPTIONS: &[(&str, &str)] = &[("hearth-sources", "librqbit-core")];

/// Plain data and pure rules: no I/O, no async.
const PURE: &[&str] = &["hearth-model", "hearth-release"];
const NOT_PURE: &[&str] = &[
    "tokio", "reqwest", "futures", "hyper", "async-", "rustix", "tracing",
];

const OUTSIDE: &str = "hearth-tests";

/// What is wrong with the direct dependencies of a crate; `house` are all crates of the house.
fn faults(name: &str, dependencies: &[&str], house: &[&str]) -> Vec<String> {
    if name == OUTSIDE {
        return Vec::new();
    }
    let Some((_, may_know)) = MAY_KNOW.iter().find(|(known, _)| *known == name) else {
        return vec![format!(
            "{name} is new in the house: draw its edges in ARCHITECTURE.md and here"
        )];
    };
    let mut faults = Vec::new();
    for dependency in dependencies {
        if house.contains(dependency) {
            let short = dependency.trim_start_matches("hearth-");
            if !may_know.contains(&short) {
                faults.push(format!("{name} must not know {dependency}"));
            }
            continue;
        }
        let owner = BELONGS_TO
            .iter()
            .find(|(library, _)| dependency.starts_with(library));
        if let Some((_, owners)) = owner
            && !owners.contains(&name)
            && !EXCEPTIONS.contains(&(name, dependency))
        {
            let owners = owners.join(" and ");
            faults.push(format!(
                "{name} names {dependency}, which belongs to {owners}"
            ));
        }
        if PURE.contains(&name) && NOT_PURE.iter().any(|other| dependency.starts_with(other)) {
            faults.push(format!("{name} is pure: no {dependency} in it"));
        }
    }
    faults
}

#[test]
fn every_edge_of_the_house_is_drawn() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata = MetadataCommand::new()
        .manifest_path(manifest)
        .no_deps()
        .exec()
        .expect("cargo knows its own workspace");
    let house: Vec<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    assert!(
        house.contains(&"hearthd") && house.contains(&OUTSIDE),
        "this is the house: {house:?}"
    );
    let faults: Vec<String> = metadata
        .packages
        .iter()
        .flat_map(|package| {
            // Renamed, optional, for tests or for builds: all of them are edges.
            let dependencies: Vec<&str> = package
                .dependencies
                .iter()
                .map(|dependency| dependency.name.as_str())
                .collect();
            faults(package.name.as_str(), &dependencies, &house)
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_wrong_edge_is_seen() {
    const HOUSE: &[&str] = &["hearth-model", "hearth-store", "hearth-app", "hearth-media"];
    let wrong = [
        ("hearth-store", "hearth-app"),
        ("hearthd", "hearth-media"),
        ("hearth-app", "redb"),
        ("hearth-app", "librqbit-core"),
        ("hearth-sources", "librqbit"),
        ("hearth-server", "gstreamer-app"),
        ("hearth-media", "slint-build"),
        ("hearthd", "axum-server"),
        ("hearth-app", "rppal"),
        ("hearth-app", "zbus"),
        ("hearth-model", "tokio"),
        ("hearth-cellar", "serde"),
    ];
    for (name, dependency) in wrong {
        assert_eq!(
            faults(name, &[dependency], HOUSE).len(),
            1,
            "{name} → {dependency}"
        );
    }
    let right = [
        ("hearth-store", "hearth-model"),
        ("hearth-sources", "librqbit-core"),
        ("hearth-torrent", "librqbit-sha1-wrapper"),
        ("hearth-tv", "gstreamer"),
        (OUTSIDE, "hearth-media"),
    ];
    for (name, dependency) in right {
        let faults = faults(name, &[dependency], HOUSE);
        assert!(faults.is_empty(), "{faults:?}");
    }
}
