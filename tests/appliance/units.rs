//! How much of the system a unit can reach.

use std::{path::Path, process::Command};

/// `systemd-analyze`'s exposure: 0 reaches nothing, 10 everything.
fn exposure(unit: &str) -> f64 {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../systemd")
        .join(unit);
    let answer = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(file)
        .output()
        .unwrap_or_else(|error| panic!("systemd-analyze: {error}; run `make setup-test`"));
    let text = String::from_utf8_lossy(&answer.stdout);
    let figure = text
        .lines()
        .find_map(|line| {
            line.split_once("Overall exposure level for ")?
                .1
                .split_once(": ")
        })
        .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    figure.unwrap_or_else(|| panic!("{unit}: {text}{}", String::from_utf8_lossy(&answer.stderr)))
}

fn text(unit: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../systemd");
    std::fs::read_to_string(folder.join(unit)).unwrap()
}

/// Both programs fed a watchdog that no unit had set: one that hung stayed so.
#[test]
fn a_program_that_hangs_is_started_anew() {
    for unit in ["hearthd.service", "hearth-tv.service"] {
        let text = text(unit);
        let has = |setting: &str| text.lines().any(|line| line.starts_with(setting));
        for setting in ["Type=notify", "WatchdogSec=", "Restart=always"] {
            assert!(has(setting), "{unit} lacks {setting}");
        }
    }
}

/// A card whose driver came late ended the page: a device's start counts as one that may.
#[test]
fn a_device_starts_nothing_that_ends_a_page() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../image/overlay/usr/lib/udev/rules.d/61-hearth.rules");
    let rules = std::fs::read_to_string(rules).unwrap();
    let mut started: Vec<&str> = rules
        .split(['"', ' '])
        .filter(|word| word.ends_with(".service"))
        .map(|word| word.rsplit('/').next().unwrap())
        .collect();
    started.dedup();
    assert!(started.len() >= 3, "{started:?}");
    for unit in started {
        let text = text(&unit.replace("@%k", "@"));
        let ends = text
            .lines()
            .find(|line| line.starts_with("Conflicts=") && line.contains("hearth-"));
        assert_eq!(ends, None, "{unit}");
    }
}

/// systemd's own limit leaves what it ends without a page.
#[test]
fn nothing_that_comes_again_is_ended_by_systemds_own_count() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../systemd");
    let mut found = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".service") || !text(&name).contains("\nRestart=always") {
            continue;
        }
        found += 1;
        assert!(
            text(&name).contains("\nStartLimitIntervalSec=0\n"),
            "{name}"
        );
    }
    assert_eq!(found, 5);
}

/// wifi.txt was kept in memory then, removed, and gone with the restart.
#[test]
fn what_the_owner_left_waits_for_the_data() {
    let text = text("hearth-owner.service");
    let condition = "ConditionPathExists=!/run/hearth-boot/data-trouble";
    assert!(text.lines().any(|line| line == condition), "{text}");
}

#[test]
fn the_units_reach_little() {
    // Media jobs are children of hearthd, in its unit. What is left open stands in the unit files.
    for (unit, limit) in [
        ("hearthd.service", 2.5),
        ("hearth-tv.service", 2.5),
        ("hearth-lan@.service", 1.0),
    ] {
        let figure = exposure(unit);
        println!("{unit}: {figure}");
        assert!(
            figure <= limit,
            "{unit} is exposed by {figure}, more than {limit}"
        );
    }
}
