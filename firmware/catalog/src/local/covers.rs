//! The pictures beside the videos: covers, wide ones, and stills of episodes.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};

use super::{
    names,
    told::Find,
    walk::{Companion, Walked},
};
use crate::pictures::DiskPicture;

const ENDS: &[&str] = &["jpg", "jpeg", "png", "webp"];
const POSTERS: &[&str] = &["poster", "folder", "cover"];
const BACKDROPS: &[&str] = &["fanart", "backdrop"];
/// Behind the name of a video.
const OWN: &[&str] = &["-poster", "-cover", "-fanart", "-backdrop", "-thumb"];

/// The pictures of a title.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Covers {
    pub poster: Option<DiskPicture>,
    pub backdrop: Option<DiskPicture>,
    /// By season and number of the episode.
    pub stills: BTreeMap<(u32, u32), DiskPicture>,
}

/// Whether a file may be a picture of a video beside it; `has` tells which files there are.
pub fn is_picture(name: &str, has: impl Fn(&str) -> bool) -> bool {
    let (stem, end) = names::split(name);
    if !ENDS.contains(&end.as_str()) {
        return false;
    }
    let lower = stem.to_lowercase();
    POSTERS.contains(&lower.as_str())
        || BACKDROPS.contains(&lower.as_str())
        || OWN.iter().any(|own| lower.ends_with(own))
        || names::VIDEO.iter().any(|end| has(&format!("{stem}.{end}")))
}

/// The covers of each title, by its key.
pub fn covers(finds: &[Find], walked: &Walked) -> HashMap<String, Covers> {
    let owners = owners(finds, walked);
    let mut all: HashMap<String, Covers> = HashMap::new();
    for find in finds {
        let (found, folder) = (&find.found, find.home.as_path());
        let stems = find.stems();
        let own = |end: &str| {
            let of = |stem: &String| picture(walked, folder, &format!("{stem}{end}"));
            stems.iter().find_map(of)
        };
        let covers = all.entry(found.key.clone()).or_default();
        let Some(season) = found.season else {
            let of_folder = |names: &[&str]| {
                owns(&owners, folder, &found.key)
                    .then(|| names.iter().find_map(|name| picture(walked, folder, name)))
                    .flatten()
            };
            let poster = || own("-poster").or_else(|| own("-cover")).or_else(|| own(""));
            let backdrop = || own("-fanart").or_else(|| own("-backdrop"));
            if covers.poster.is_none() {
                covers.poster = poster().or_else(|| of_folder(POSTERS));
            }
            if covers.backdrop.is_none() {
                covers.backdrop = backdrop().or_else(|| of_folder(BACKDROPS));
            }
            continue;
        };
        if let Some(still) = own("-thumb").or_else(|| own("")) {
            for number in &found.episodes {
                let place = (season, *number);
                covers.stills.entry(place).or_insert_with(|| still.clone());
            }
        }
        // The folder of the series lies above those of its seasons.
        let highest = |names: &[&str]| {
            walked
                .upwards(folder)
                .take_while(|(folder, _)| owns(&owners, folder, &found.key))
                .filter_map(|(folder, _)| {
                    names.iter().find_map(|name| picture(walked, folder, name))
                })
                .last()
        };
        if covers.poster.is_none() {
            covers.poster = highest(POSTERS);
        }
        if covers.backdrop.is_none() {
            covers.backdrop = highest(BACKDROPS);
        }
    }
    all
}

/// Of each folder with videos in or below it, except those at the top, the title that they all
/// are of; none where they are of several.
fn owners(finds: &[Find], walked: &Walked) -> HashMap<PathBuf, Option<String>> {
    let mut owners: HashMap<PathBuf, Option<String>> = HashMap::new();
    for find in finds {
        let key = &find.found.key;
        for (folder, beside) in walked.upwards(find.video.folder()) {
            let own = Some(key.clone()).filter(|_| !beside.is_top);
            let known = owners
                .entry(folder.to_path_buf())
                .or_insert_with(|| own.clone());
            if *known != own {
                *known = None;
            }
        }
    }
    owners
}

fn owns(owners: &HashMap<PathBuf, Option<String>>, folder: &Path, key: &str) -> bool {
    owners
        .get(folder)
        .is_some_and(|one| one.as_deref() == Some(key))
}

fn picture(walked: &Walked, folder: &Path, stem: &str) -> Option<DiskPicture> {
    let found = ENDS
        .iter()
        .find_map(|end| walked.companion(folder, &format!("{stem}.{end}")));
    found.map(|file: &Companion| DiskPicture {
        path: file.path.clone(),
        size_bytes: file.size_bytes,
        modified_ms: file.modified_ms,
        removable: file.removable,
    })
}
