//! A real addon server on the official Stremio SDK, started with node.

use std::{path::PathBuf, process::Command, time::Duration};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Program;

const STARTS_WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Addon {
    _program: Program,
    port: String,
    data: TempDir,
    id: String,
}

impl Addon {
    /// `data` as `tests/peers/stremio-addon/addon.mjs` describes it.
    pub fn start(id: &str, data: &Value) -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("peers/stremio-addon");
        assert!(
            folder.join("node_modules/stremio-addon-sdk").is_dir(),
            "the addon SDK is missing in {}: run `make setup` (it calls `npm ci` there)",
            folder.display()
        );
        let kept = tempfile::tempdir().expect("a temporary folder");
        let file = kept.path().join("data.json");
        std::fs::write(&file, data.to_string()).unwrap();
        let mut command = Command::new("node");
        command
            .args(["addon.mjs", "0"])
            .current_dir(folder)
            .env("HEARTH_ADDON_DATA", file);
        let mut program = Program::start("the addon", &mut command);
        let port = program.wait_for("ready ", STARTS_WITHIN);
        Self {
            _program: program,
            port,
            data: kept,
            id: id.to_owned(),
        }
    }

    /// Answers otherwise from now on.
    pub fn change(&self, data: &Value) {
        // Whole at every moment: the addon may be reading it.
        let new = self.data.path().join("new.json");
        std::fs::write(&new, data.to_string()).unwrap();
        std::fs::rename(new, self.data.path().join("data.json")).unwrap();
    }

    /// `stremio:ID`
    pub fn provider(&self) -> String {
        format!("stremio:{}", self.id)
    }

    /// For `sources.providers`.
    pub fn config(&self) -> Value {
        let url = format!("http://127.0.0.1:{}/manifest.json", self.port);
        json!({ "kind": "stremio", "id": self.id, "url": url })
    }
}
