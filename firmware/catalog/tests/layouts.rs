//! The table of folders in `layouts.txt`, which anybody may extend.

use std::{fs, path::Path};

use hearth_catalog::{Folder, LIMITS, LocalTitle, scan};
use hearth_model::TitleId;
use tempfile::TempDir;

const TABLE: &str = include_str!("layouts.txt");

/// Lays the files of a case; a line may say what stands in a file.
fn lay(root: &Path, line: &str) {
    let (path, text) = line.split_once(" := ").unwrap_or((line, "video"));
    let path = root.join(path.trim());
    fs::create_dir_all(path.parent().expect("below the root")).expect("make a folder");
    fs::write(path, text.trim()).expect("write a file");
}

/// `key | episodes | what services call it | how many sources, where not one for each`.
fn told(title: &LocalTitle) -> String {
    let mut words = vec![title.key().to_owned()];
    let episodes = title.episodes();
    let places = episodes.iter();
    words.extend(places.map(|(season, number)| format!("{season}x{number:02}")));
    let references = title.title.external.references().into_iter();
    words.extend(references.filter(|one| !one.starts_with("local:")));
    let id = TitleId::new();
    let known: Vec<hearth_model::Episode> = title
        .found_episodes()
        .into_iter()
        .map(|found| hearth_model::Episode {
            id: hearth_model::EpisodeId::new(),
            title_id: id,
            season: found.season,
            number: found.number,
            names: found.names,
            facts: found.facts,
        })
        .collect();
    let sources = title.sources(id, &known).len();
    if sources != episodes.len().max(1) {
        words.push(format!("sources:{sources}"));
    }
    words.join(" ")
}

#[test]
fn folders_are_read_as_people_have_them() {
    let mut faults = Vec::new();
    let cases = TABLE.split("\n== ").skip(1);
    let mut count = 0;
    for case in cases {
        count += 1;
        let mut lines = case.lines();
        let name = lines.next().expect("a case has a name");
        let lines = lines.filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let (wanted, files): (Vec<&str>, Vec<&str>) =
            lines.partition(|line| line.starts_with("= "));
        let folder = TempDir::new().expect("make a temporary folder");
        for line in files {
            lay(folder.path(), line);
        }
        let scan = scan(&[Folder::configured(folder.path())], LIMITS);
        let found: Vec<String> = scan.titles.iter().map(told).collect();
        let wanted: Vec<&str> = wanted.iter().map(|line| line[2..].trim()).collect();
        if found != wanted || !scan.problems.is_empty() {
            faults.push(format!(
                "{name}:\n  found  {}\n  wanted {}\n  {:?}",
                found.join("\n         "),
                wanted.join("\n         "),
                scan.problems
            ));
        }
    }
    assert!(count > 0 && faults.is_empty(), "{}", faults.join("\n"));
}
