//! Holds `Mirror` to the cases in `tests/fixtures/mirror`, which the browser app's `apply` runs
//! too: both clients then show the same after the same messages.

use std::{fs, path::Path};

use hearth_model::{Mirror, ServerMessage};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    messages: Vec<ServerMessage>,
    expect: Mirror,
}

#[test]
fn the_mirror_follows_the_shared_cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/mirror");
    let mut cases = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let case: Case = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let mut mirror = Mirror::default();
        for message in &case.messages {
            mirror.apply(message);
        }
        assert_eq!(mirror, case.expect, "{}: {}", path.display(), case.name);
        cases += 1;
    }
    assert!(cases >= 8, "only {cases} cases in {}", folder.display());
}
