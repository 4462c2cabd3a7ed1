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
