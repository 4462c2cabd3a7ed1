//! Whether the slot that runs has stood its test, and what became of the last update.
//!
//! A new slot is confirmed by hearthd alone, when the store opened, the API answers, the interface
//! drew a frame and `hearth-media` decoded the test picture. Until then the boot loader counts its
//! tries and goes back by itself. What was missing is written down at each step, so that the old
//! slot can tell its owner why it is there again.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use hearth_model::{RolledBack, Surface, UnixMs};
use serde::{Deserialize, Serialize};

use crate::update::follows;

/// What an update failed to show that never got as far as hearthd.
const NEVER_RAN: &str = "start";

/// A frame the interface drew, and whether a display was connected when it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub surface: Surface,
    pub display: bool,
}

/// What this start has shown so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evidence {
    pub store: bool,
    pub api: bool,
    pub frame: Option<Frame>,
    pub media: bool,
}

/// What is still missing; nothing: the slot is good.
///
/// A frame in memory counts where no display is connected: a television that is switched off never
/// takes an update back.
pub fn missing(evidence: &Evidence) -> Vec<String> {
    let frame = evidence
        .frame
        .is_some_and(|frame| frame.surface == Surface::Display || !frame.display);
    [
        ("store", evidence.store),
        ("api", evidence.api),
        ("frame", frame),
        ("media", evidence.media),
    ]
    .into_iter()
    .filter(|(_, shown)| !shown)
    .map(|(name, _)| name.to_owned())
    .collect()
}

/// An update that was written and is not confirmed yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub version: String,
    /// The kernel's boot id when it was written: the next boot has another.
    pub written_in: String,
    /// What it failed to show so far; absent: it never ran.
    pub missing: Option<Vec<String>>,
}

/// An update that RAUC was told to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writing {
    pub version: String,
    /// RAUC goes on where hearthd is started anew; not where the kernel is.
    pub boot: String,
}

/// What the slots remember of each other, beside them on the data partition.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    pub trial: Option<Trial>,
    #[serde(default)]
    pub writing: Option<Writing>,
    /// The update that was written last, whatever became of it.
    #[serde(default)]
    pub written: Option<String>,
    pub rolled_back: Option<RolledBack>,
}

impl Record {
    /// From here on the other slot does not hold what was to be tried.
    pub fn writes(&mut self, version: &str, boot: &str) {
        self.trial = None;
        self.writing = Some(Writing {
            version: version.to_owned(),
            boot: boot.to_owned(),
        });
    }

    /// An update was written; the next boot is its first.
    pub fn written(&mut self, version: &str, boot: &str) {
        self.writing = None;
        self.written = Some(version.to_owned());
        self.trial = Some(Trial {
            version: version.to_owned(),
            written_in: boot.to_owned(),
            missing: None,
        });
    }

    /// `version` runs in `boot`. Where another one was on trial and this is a later boot, that one
    /// did not stand it.
    pub fn started(&mut self, version: &str, boot: &str, now: UnixMs) {
        if let Some(writing) = self.writing.take_if(|writing| writing.boot != boot)
            && writing.version == version
        {
            // It was written to its end, and nobody was there to say so.
            self.written(version, &writing.boot);
        }
        let Some(trial) = &mut self.trial else {
            return;
        };
        if trial.version == version {
            trial
                .missing
                .get_or_insert_with(|| missing(&Evidence::default()));
        } else if trial.written_in != boot {
            self.rolled_back = Some(RolledBack {
                version: trial.version.clone(),
                missing: trial
                    .missing
                    .take()
                    .unwrap_or_else(|| vec![NEVER_RAN.to_owned()]),
                at: now,
            });
            self.trial = None;
        }
    }

    /// What `version` still owes.
    pub fn owes(&mut self, version: &str, missing: &[String]) {
        if let Some(trial) = self.trial.as_mut().filter(|trial| trial.version == version) {
            trial.missing = Some(missing.to_vec());
        }
    }

    /// What the boot scripts saw of a slot that failed: they see also what never got as far as
    /// hearthd, or not far. Of what is older than what runs nobody needs to hear; nor of what failed
    /// before another was tried, which the scripts may have seen nothing of.
    pub fn failed(&mut self, failure: &Failure, running: &str) {
        if follows(&failure.version, running).is_err() {
            return;
        }
        match &mut self.rolled_back {
            Some(back) if back.version == failure.version => {
                if back.missing == [NEVER_RAN] || back.missing == missing(&Evidence::default()) {
                    back.missing = vec![failure.reason.clone()];
                }
            }
            Some(_)
                if self
                    .written
                    .as_ref()
                    .is_some_and(|last| *last != failure.version) => {}
            back => {
                *back = Some(RolledBack {
                    version: failure.version.clone(),
                    missing: vec![failure.reason.clone()],
                    at: failure.at,
                });
            }
        }
    }

    /// Whether `version`, which runs, was written as an update and has not stood its test; or did not
    /// once, and runs again. The other slot holds what it would go back to. One that its owner left may
    /// have been good for months, and what it cannot show today an update may mend.
    pub fn is_on_trial(&self, version: &str) -> bool {
        let trial = self.trial.as_ref().map(|trial| &trial.version);
        let back = self.rolled_back.as_ref();
        let back = back
            .filter(|back| !back.is_by_owner())
            .map(|back| &back.version);
        [trial, back].into_iter().flatten().any(|it| it == version)
    }

    pub fn confirmed(&mut self, version: &str) {
        self.trial.take_if(|trial| trial.version == version);
        // What is at least as new stands: the failure is of no interest any more.
        self.rolled_back
            .take_if(|back| follows(&back.version, version).is_err());
    }
}

/// The boot scripts' word of a slot that failed (image/overlay/usr/lib/hearth/names).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub version: String,
    /// `hearthd-died`, `hearth-tv-died`, `not-confirmed`, `stopped-suddenly`, `never-started`,
    /// `left-by-owner`.
    pub reason: String,
    pub at: UnixMs,
}

impl Failure {
    /// Lines like `version=1.2.0`. None without a version: of a slot that never came as far as its
    /// own records the scripts know no more than hearthd does.
    pub fn read(text: &str) -> Option<Self> {
        let value = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .filter(|value| !value.is_empty())
        };
        let seconds: u64 = value("at").and_then(|at| at.parse().ok()).unwrap_or(0);
        Some(Self {
            version: value("version")?.to_owned(),
            reason: value("reason")?.to_owned(),
            at: seconds.saturating_mul(1000),
        })
    }
}

/// The record's file.
#[derive(Debug, Clone)]
pub struct Keeper(PathBuf);

impl Keeper {
    pub fn new(folder: &Path) -> Self {
        Self(folder.join("slots.json"))
    }

    /// What is kept; nothing where it cannot be read, which is said in the log.
    pub fn load(&self) -> Record {
        let text = match fs::read(&self.0) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Record::default(),
            Err(error) => {
                tracing::warn!(%error, file = %self.0.display(), "the slots' record cannot be read");
                return Record::default();
            }
        };
        serde_json::from_slice(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, file = %self.0.display(), "the slots' record is no record");
            Record::default()
        })
    }

    /// Whole or not at all: the power may go at any moment.
    pub fn save(&self, record: &Record) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            fs::create_dir_all(folder)?;
        }
        let beside = self.0.with_extension("new");
        let mut file = fs::File::create(&beside)?;
        file.write_all(&serde_json::to_vec(record).map_err(io::Error::other)?)?;
        file.sync_all()?;
        fs::rename(&beside, &self.0)?;
        match self.0.parent() {
            Some(folder) => fs::File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }
}

/// The kernel's id of this boot; empty where there is none to be had.
pub fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}

/// Since the kernel started; the longest there is where it does not say.
pub fn uptime() -> Duration {
    fs::read_to_string("/proc/uptime")
        .ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .map_or(Duration::MAX, Duration::from_secs_f64)
}

/// Whether a display is connected, as the kernel's drivers say.
pub fn display_connected() -> bool {
    connected_in(Path::new("/sys/class/drm"))
}

fn connected_in(folder: &Path) -> bool {
    let Ok(connectors) = fs::read_dir(folder) else {
        return false;
    };
    connectors.flatten().any(|connector| {
        fs::read_to_string(connector.path().join("status"))
            .is_ok_and(|status| status.trim() == "connected")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(surface: Surface, display: bool) -> Frame {
        Frame { surface, display }
    }

    #[test]
    fn all_four_and_nothing_less() {
        assert_eq!(
            missing(&Evidence::default()),
            ["store", "api", "frame", "media"]
        );
        let all = Evidence {
            store: true,
            api: true,
            frame: Some(frame(Surface::Display, true)),
            media: true,
        };
        assert!(missing(&all).is_empty());
        let off = Evidence {
            frame: Some(frame(Surface::Memory, false)),
            ..all
        };
        assert!(missing(&off).is_empty(), "a television that is off");
        let blind = Evidence {
            frame: Some(frame(Surface::Memory, true)),
            ..all
        };
        assert_eq!(
            missing(&blind),
            ["frame"],
            "a display is there and stays dark"
        );
        let deaf = Evidence {
            media: false,
            ..all
        };
        assert_eq!(missing(&deaf), ["media"]);
    }

    #[test]
    fn a_good_update_is_confirmed_and_forgotten() {
        let mut record = Record::default();
        record.written("1.1.0", "boot 1");
        record.started("1.0.0", "boot 1", 5);
        assert!(
            record.rolled_back.is_none(),
            "only hearthd was started again"
        );
        assert!(!record.is_on_trial("1.0.0"));
        record.started("1.1.0", "boot 2", 6);
        record.owes("1.1.0", &["frame".into()]);
        assert!(record.is_on_trial("1.1.0"));
        record.confirmed("1.1.0");
        assert_eq!((record.trial, record.rolled_back), (None, None));
    }

    #[test]
    fn abuse_30_a_bad_update_leaves_its_reason() {
        let mut record = Record::default();
        record.written("1.1.0", "boot 1");
        for boot in ["boot 2", "boot 3", "boot 4"] {
            record.started("1.1.0", boot, 6);
            record.owes("1.1.0", &["media".into()]);
        }
        record.started("1.0.0", "boot 5", 7);
        let back = record.rolled_back.clone().unwrap();
        assert_eq!((back.version.as_str(), back.at), ("1.1.0", 7));
        assert_eq!(back.missing, ["media"]);
        record.started("1.0.0", "boot 6", 8);
        assert!(
            record.is_on_trial("1.1.0"),
            "somebody may start it once more"
        );
        assert!(!record.is_on_trial("1.0.0"));
        record.confirmed("1.0.0");
        assert_eq!(record.rolled_back, Some(back), "said until it is replaced");
        record.written("1.1.1", "boot 6");
        record.started("1.1.1", "boot 7", 9);
        record.confirmed("1.1.1");
        assert!(record.rolled_back.is_none(), "a newer one stands");
    }

    #[test]
    fn what_its_owner_left_is_not_on_trial_when_it_runs_again() {
        let mut record = Record::default();
        let text = "slot=B\nversion=1.1.0\nreason=left-by-owner\nat=7\n";
        record.failed(&Failure::read(text).unwrap(), "1.0.0");
        assert!(record.rolled_back.is_some());
        assert!(!record.is_on_trial("1.1.0"));
    }

    #[test]
    fn an_update_that_was_written_unseen_is_on_trial_and_one_cut_short_is_on_none() {
        let mut record = Record::default();
        record.written("1.1.0", "boot 1");
        record.writes("1.2.0", "boot 1");
        assert!(record.trial.is_none(), "its slot is written over");
        let mut cut_short = record.clone();
        record.started("1.0.0", "boot 1", 5);
        assert!(record.writing.is_some(), "RAUC goes on");
        record.started("1.2.0", "boot 2", 6);
        assert!(record.is_on_trial("1.2.0"));
        cut_short.started("1.0.0", "boot 2", 6);
        assert_eq!((cut_short.writing, cut_short.rolled_back), (None, None));
    }

    #[test]
    fn one_that_never_ran_says_so() {
        let mut record = Record::default();
        record.written("1.1.0", "boot 1");
        record.started("1.0.0", "boot 5", 7);
        assert_eq!(record.rolled_back.unwrap().missing, ["start"]);
    }

    #[test]
    fn the_boot_scripts_know_what_never_came_far() {
        let text = "slot=B\nversion=1.1.0\nreason=stopped-suddenly\nat=7\n";
        let failure = Failure::read(text).unwrap();
        assert_eq!((failure.version.as_str(), failure.at), ("1.1.0", 7_000));
        let mut record = Record::default();
        record.written("1.1.0", "boot 1");
        record.started("1.0.0", "boot 5", 7);
        record.failed(&failure, "1.0.0");
        assert_eq!(
            record.rolled_back.as_ref().unwrap().missing,
            ["stopped-suddenly"]
        );
        let mut early = Record::default();
        early.written("1.1.0", "boot 1");
        early.started("1.1.0", "boot 2", 6);
        early.started("1.0.0", "boot 5", 7);
        early.failed(&failure, "1.0.0");
        assert_eq!(
            early.rolled_back.unwrap().missing,
            ["stopped-suddenly"],
            "it had shown nothing yet"
        );
        let mut told = Record::default();
        told.written("1.1.0", "boot 1");
        told.started("1.1.0", "boot 2", 6);
        told.owes("1.1.0", &["frame".into()]);
        told.started("1.0.0", "boot 5", 7);
        told.failed(&failure, "1.0.0");
        assert_eq!(
            told.rolled_back.unwrap().missing,
            ["frame"],
            "it knew better itself"
        );
        let mut unknown = Record::default();
        unknown.failed(&failure, "1.0.0");
        assert_eq!(
            unknown.rolled_back.unwrap().at,
            7_000,
            "RAUC was used by hand"
        );
        let mut later = Record::default();
        later.failed(&failure, "1.2.0");
        assert!(later.rolled_back.is_none(), "long ago");
        assert_eq!(Failure::read("garbage\n"), None);
        let nameless = "slot=B\nversion=\nreason=never-started\nat=7\n";
        assert_eq!(Failure::read(nameless), None);
    }

    /// The word of an update that failed weeks ago hid a newer one that hung, and every night that
    /// one was installed again.
    #[test]
    fn an_old_failure_hides_no_newer_one() {
        let failure = |version| {
            let text = format!("slot=B\nversion={version}\nreason=hearthd-died\nat=7\n");
            Failure::read(&text).unwrap()
        };
        let mut record = Record::default();
        record.written("1.1.0", "boot 1");
        record.started("1.0.0", "boot 5", 7);
        record.failed(&failure("1.1.0"), "1.0.0");
        record.written("1.2.0", "boot 5");
        record.started("1.0.0", "boot 9", 9);
        record.failed(&failure("1.1.0"), "1.0.0");
        let back = record.rolled_back.clone().unwrap();
        assert_eq!(
            (back.version.as_str(), back.missing),
            ("1.2.0", vec!["start".to_owned()])
        );
        record.failed(&failure("1.2.0"), "1.0.0");
        assert_eq!(record.rolled_back.unwrap().missing, ["hearthd-died"]);

        // Where somebody else writes the updates the scripts alone know of them.
        let mut others = Record::default();
        others.failed(&failure("1.1.0"), "1.0.0");
        others.failed(&failure("1.2.0"), "1.0.0");
        assert_eq!(others.rolled_back.unwrap().version, "1.2.0");
    }

    /// The next night installed anew what the owner had just left.
    #[test]
    fn what_its_owner_left_is_known_though_it_was_good() {
        let mut record = Record::default();
        record.written("1.1.0", "boot 1");
        record.started("1.1.0", "boot 2", 6);
        record.confirmed("1.1.0");
        record.started("1.0.0", "boot 3", 8);
        let text = "slot=B\nversion=1.1.0\nreason=left-by-owner\nat=7\n";
        record.failed(&Failure::read(text).unwrap(), "1.0.0");
        let back = record.rolled_back.clone().unwrap();
        assert_eq!(back.version, "1.1.0");
        assert_eq!(back.missing, [RolledBack::LEFT_BY_OWNER]);
        record.confirmed("1.0.0");
        assert_eq!(record.rolled_back, Some(back));
    }

    #[test]
    fn the_record_is_kept_whole_and_a_broken_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = Keeper::new(&folder.path().join("not yet there"));
        assert_eq!(keeper.load(), Record::default());
        let mut record = Record::default();
        record.written("1.1.0", "boot 1");
        keeper.save(&record).unwrap();
        assert_eq!(keeper.load(), record);
        fs::write(&keeper.0, b"{\"trial\":").unwrap();
        assert_eq!(keeper.load(), Record::default());
    }

    #[test]
    fn a_display_is_what_a_connector_says() {
        let folder = tempfile::tempdir().unwrap();
        let connector = folder.path().join("card0-HDMI-A-1");
        fs::create_dir(&connector).unwrap();
        fs::create_dir(folder.path().join("card0")).unwrap();
        fs::write(connector.join("status"), "disconnected\n").unwrap();
        assert!(!connected_in(folder.path()));
        fs::write(connector.join("status"), "connected\n").unwrap();
        assert!(connected_in(folder.path()));
        assert!(!connected_in(&folder.path().join("nothing")));
    }
}
