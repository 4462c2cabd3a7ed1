//! Confirmation, the count of deaths, and what the boot remembers.

use std::{
    fs,
    os::unix::fs::symlink,
    time::{Duration, Instant},
};

use hearth_tests::House;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    data::{choices, chooses},
    root::Root,
};

const REBOOT: &str = "systemctl --no-block reboot";

fn dies(root: &Root, unit: &str, target: &str, result: &str) {
    let output = root.run_with(
        &["count-death", unit, target],
        &[("SERVICE_RESULT", result)],
    );
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Waits become time: each `sleep` takes five minutes.
fn hurry(root: &Root) {
    root.pretend(
        "sleep",
        r#"read -r now _ <"$HEARTH_ROOT/proc/uptime"
echo "$((${now%.*} + 300)).00 1.00" >"$HEARTH_ROOT/proc/uptime""#,
    );
}

fn told_of_units(root: &Root) -> Vec<String> {
    let mut told = root.told();
    told.retain(|one| !one.starts_with("sleep "));
    told
}

fn tv_dies(root: &Root) {
    dies(root, "hearth-tv", "hearth-safe.target", "core-dump");
}

#[test]
fn abuse_32_five_deaths_of_the_interface_in_15_minutes_start_the_safe_mode() {
    let root = Root::new();
    root.write("data/hearth-boot/proved-A", "1.2.3\n");
    for minute in [1, 4, 7, 10] {
        root.uptime(minute * 60);
        tv_dies(&root);
        assert_eq!(root.told(), [] as [&str; 0], "minute {minute}");
    }
    root.uptime(13 * 60);
    tv_dies(&root);
    assert_eq!(
        root.told(),
        ["systemctl --no-block start hearth-safe.target"]
    );

    // The next five begin from none.
    tv_dies(&root);
    assert_eq!(root.told(), [] as [&str; 0]);
}

#[test]
fn an_unproved_system_whose_interface_dies_is_left_for_the_other_slot() {
    let root = Root::new();
    root.uptime(60);
    for _ in 0..5 {
        tv_dies(&root);
    }
    // And no page of its own is started beside the restart.
    let told = root.told();
    assert!(told.contains(&REBOOT.to_owned()), "{told:?}");
    assert!(!told.iter().any(|one| one.contains(" start ")), "{told:?}");
    let failure = root.read("data/hearth-boot/failure").unwrap();
    assert!(failure.contains("reason=hearth-tv-died\n"), "{failure}");
}

#[test]
fn after_three_deaths_the_interface_draws_without_the_graphics_chip() {
    let root = Root::new();
    fs::create_dir_all(root.path("run/hearth-tv")).unwrap();
    for death in 1..=3 {
        assert!(
            root.read("run/hearth-tv/processor-draws").is_none(),
            "before death {death}"
        );
        root.uptime(death * 60);
        tv_dies(&root);
    }
    assert!(root.read("run/hearth-tv/processor-draws").is_some());
    assert_eq!(root.told(), [] as [&str; 0]);
}

#[test]
fn abuse_32_deaths_far_apart_and_ends_that_were_asked_for_do_not_count() {
    let root = Root::new();
    for round in 1..20 {
        root.uptime(round * 300);
        tv_dies(&root);
        dies(&root, "hearth-tv", "hearth-safe.target", "success");
        assert_eq!(
            root.told(),
            [] as [&str; 0],
            "round {round}: four in 15 minutes"
        );
    }
}

#[test]
fn abuse_22_deaths_by_a_film_do_not_count_unless_there_is_no_end_of_them() {
    let root = Root::new();
    root.write("data/hearth-boot/proved-A", "1.2.3\n");
    fs::create_dir_all(root.path("run/hearth-tv")).unwrap();
    for _ in 0..19 {
        root.write("run/hearth-tv/playing", "");
        tv_dies(&root);
        assert_eq!(root.told(), [] as [&str; 0]);
        assert!(
            root.read("run/hearth-tv/playing").is_none(),
            "the next life plays nothing yet"
        );
    }
    root.write("run/hearth-tv/playing", "");
    tv_dies(&root);
    assert_eq!(
        root.told(),
        ["systemctl --no-block start hearth-safe.target"]
    );
}

#[test]
fn a_daemon_that_dies_on_a_new_system_ends_that_system() {
    let root = Root::new();
    for _ in 0..5 {
        dies(&root, "hearthd", "hearth-rescue.target", "exit-code");
    }
    let told = root.told();
    assert!(told.contains(&REBOOT.to_owned()), "{told:?}");
    let failure = root.read("data/hearth-boot/failure").unwrap();
    assert!(
        failure.starts_with("slot=A\nversion=1.2.3\nreason=hearthd-died\nat="),
        "{failure}"
    );

    // The same on a system that was good before, be that written beside the data or, where that was
    // erased, in GRUB's block; and on one without another: a page, and no way back by itself.
    let slots = ["ORDER=A B", "A_OK=1", "A_TRY=1", "B_TRY=0"];
    for (file, slot) in [(true, "B_OK=1"), (false, "A_PROVED=1"), (false, "B_OK=0")] {
        let root = Root::new();
        root.grubenv(&[&["B_OK=1"][..], &slots, &[slot]].concat());
        if file {
            root.write("data/hearth-boot/proved-A", "1.2.3\n");
        }
        for _ in 0..5 {
            dies(&root, "hearthd", "hearth-rescue.target", "exit-code");
        }
        assert_eq!(
            root.told(),
            ["systemctl --no-block start hearth-rescue.target"],
            "{slot}"
        );
        assert!(root.read("data/hearth-boot/failure").is_none());
    }
}

#[test]
fn abuse_31_an_update_that_dies_on_a_full_disk_is_ended_all_the_same() {
    let root = Root::new();
    // Nothing can be written there.
    fs::create_dir(root.path("data/hearth-boot/failure.new")).unwrap();
    for _ in 0..5 {
        dies(&root, "hearthd", "hearth-rescue.target", "exit-code");
    }
    let told = root.told();
    assert!(told.contains(&REBOOT.to_owned()), "{told:?}");
    assert!(!told.iter().any(|one| one.contains(" start ")), "{told:?}");
}

/// What `hearthd` of the older system tells, after the scripts of the new one left it.
async fn told_by_the_old_system(root: &Root) -> Value {
    let house = House::builder()
        .config(&format!(
            "[device]\nupdates = \"simulated\"\nversion = \"1.2.2\"\nfailure = \"{}\"",
            root.path("data/hearth-boot/failure").display()
        ))
        .start();
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let status = house
            .local(Method::GET, "/api/v1/device/updates", None)
            .await;
        if status["rolled_back"].is_object() {
            return status["rolled_back"].clone();
        }
        assert!(Instant::now() < until, "nothing is told: {status}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The scripts wrote four lines, hearthd looked for one, and knew other words for the reasons: what
/// became of an update that never came far was not told.
#[tokio::test(flavor = "multi_thread")]
async fn abuse_30_the_owner_is_told_what_the_boots_scripts_saw() {
    for unit in ["hearthd", "hearth-tv"] {
        let root = Root::new();
        for _ in 0..5 {
            dies(&root, unit, "hearth-rescue.target", "exit-code");
        }
        let told = told_by_the_old_system(&root).await;
        assert_eq!(told["version"], "1.2.3");
        assert_eq!(told["missing"], json!([format!("{unit}-died")]));
        assert_ne!(told["at"], 0);
    }

    let root = Root::new();
    hurry(&root);
    root.done(&["confirm", "watch"]);
    let told = told_by_the_old_system(&root).await;
    assert_eq!(told["missing"], json!(["not-confirmed"]));

    // What the owner fled from is not to be installed by the next night.
    for page in ["rescue", "safe"] {
        let root = Root::new();
        root.write("data/hearth-boot/proved-A", "1.2.3\n");
        root.pretend("setpriv", "echo other");
        root.done(&["page", page]);
        assert_eq!(root.told().last().unwrap(), "systemctl reboot");
        assert_eq!(root.grub_variable("ORDER").as_deref(), Some("B A"));
        let told = told_by_the_old_system(&root).await;
        assert_eq!(told["version"], "1.2.3");
        assert_eq!(told["missing"], json!(["left-by-owner"]));
    }

    let root = Root::new();
    root.grubenv(&["ORDER=B A", "A_OK=1", "A_TRY=1", "B_OK=1", "B_TRY=3"]);
    root.write("data/hearth-boot/boots", "B 1.3.0 3\n");
    root.done(&["boot"]);
    let told = told_by_the_old_system(&root).await;
    assert_eq!(told["version"], "1.3.0");
    assert_eq!(told["missing"], json!(["stopped-suddenly"]));
}

/// What hearthd's journal holds: `words`, and what systemd says after them.
fn journal(root: &Root, words: &str) {
    root.write(
        "journal",
        format!(
            "INFO something\n{words}\nhearthd.service: Main process exited, status=1/FAILURE\n"
        ),
    );
    root.pretend("journalctl", "cat $HEARTH_ROOT/journal");
}

/// hearthd rightly refuses such a file, and on a box nobody could take it away.
#[test]
fn a_store_that_cannot_be_read_is_laid_aside_on_the_rescue_page() {
    let mut house = House::builder().start();
    house.stop();
    let file = house.data().join("state-v2.redb");
    let damaged = b"not a store at all".repeat(1000);
    fs::write(&file, &damaged).unwrap();
    let refused = house.command().output().unwrap();
    assert!(!refused.status.success());

    let root = Root::new();
    journal(&root, str::from_utf8(&refused.stderr).unwrap().trim());
    fs::create_dir_all(root.path("data/var/lib")).unwrap();
    symlink(house.data(), root.path("data/var/lib/hearth")).unwrap();
    chooses(&root, &["aside", "no"]);
    root.done(&["page", "rescue"]);
    let shown = root.read("shown").unwrap();
    let pages: Vec<&str> = shown.lines().collect();
    assert_eq!(choices(pages[0]), ["restart", "other", "aside", "off"]);
    assert!(pages[0].contains("cannot be read as a store"), "{shown}");
    assert!(
        pages[1].contains("/data/var/lib/hearth/state-v2.redb.aside-1"),
        "{shown}"
    );
    assert_eq!(fs::read(&file).unwrap(), damaged);
    assert!(!root.told().contains(&"systemctl reboot".to_owned()));

    // An older one that was laid aside stays.
    let aside = |number: u8| house.data().join(format!("state-v2.redb.aside-{number}"));
    fs::write(aside(1), "older").unwrap();
    // And one of a version that was tried and left must not be all that there is.
    let newer = house.data().join("state-v10.redb");
    fs::write(&newer, "newer").unwrap();
    chooses(&root, &["aside", "yes"]);
    root.done(&["page", "rescue"]);
    assert_eq!(root.told().last().unwrap(), "systemctl reboot");
    assert!(!file.exists());
    assert_eq!(fs::read(aside(1)).unwrap(), b"older");
    assert_eq!(fs::read(aside(2)).unwrap(), damaged);
    assert!(!newer.exists());
    let newer_aside = newer.with_extension("redb.aside-1");
    assert_eq!(fs::read(newer_aside).unwrap(), b"newer");
    house.start();
    house.stop();

    // On a box without a TV.
    fs::write(&file, &damaged).unwrap();
    root.write("boot/efi/anew.txt", "YES\n");
    chooses(&root, &["off"]);
    root.done(&["page", "rescue"]);
    assert!(root.told().contains(&"systemctl reboot".to_owned()));
    let aside = house.data().join("state-v2.redb.aside-3");
    assert_eq!(fs::read(aside).unwrap(), damaged);
}

#[test]
fn the_rescue_page_shows_last_words_as_text() {
    let root = Root::new();
    let long = "x".repeat(1000);
    journal(
        &root,
        &format!("hearthd: \x1b[31mno \"way\" \\ <i>&amp;\u{7} Я%s {long}"),
    );
    root.write("boot/efi/anew.txt", "YES\n");
    chooses(&root, &["off"]);
    root.done(&["page", "rescue"]);
    assert_eq!(root.told().last().unwrap(), "systemctl poweroff");
    let shown = root.read("shown").unwrap();
    assert_eq!(choices(&shown), ["restart", "other", "off"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let text = shown["text"]["en"].as_str().unwrap();
    let words = "hearthd: [31mno \"way\" \\ <i>&amp; %s xxx";
    assert!(text.contains(words), "{text}");
    assert!(text.len() < 400, "{text}");
    let answer = root.read("run/hearth-boot/answer").unwrap();
    assert!(answer.contains("&lt;i&gt;&amp;amp; %s xxx"), "{answer}");
}

#[test]
fn a_marked_slot_is_remembered_as_proved() {
    let root = Root::new();
    root.grubenv(&[
        "ORDER=A B",
        "A_OK=1",
        "A_TRY=0",
        "B_OK=1",
        "B_TRY=0",
        "RECOVERY=1",
    ]);
    root.write(
        "data/hearth-boot/failure",
        "slot=A\nversion=1.0\nreason=hearthd-died\nat=1\n",
    );
    root.done(&["confirm", "watch"]);
    assert_eq!(root.read("data/hearth-boot/proved-A").unwrap(), "1.2.3\n");
    assert!(
        root.read("data/hearth-boot/failure").is_none(),
        "an older version's"
    );
    assert_eq!(root.grub_variable("RECOVERY"), None);
    assert_eq!(root.grub_variable("A_PROVED").as_deref(), Some("1"));
    assert_eq!(root.told(), [] as [&str; 0]);

    // And GRUB has a copy to go by, should the next tool be cut short while it writes the block.
    let copy = |name| root.grub_variable_in("grubenv.copy", name);
    for (name, value) in [("ORDER", "A B"), ("A_TRY", "0"), ("A_PROVED", "1")] {
        assert_eq!(copy(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(copy("RECOVERY"), None);
    assert!(root.read("boot/efi/grub/grubenv.new").is_none());
}

/// A fresh update would get the nine starts of what it replaced; and should GRUB's block be lost while
/// it is written, the copy would start a half-written slot.
#[test]
fn an_installation_takes_back_what_is_known_of_the_slot() {
    let root = Root::new();
    let order = ["ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0"];
    root.grubenv(&[&order[..], &["B_PROVED=1"]].concat());
    root.write("data/hearth-boot/proved-B", "1.1.0\n");
    root.write("data/hearth-boot/boots", "B 1.1.0 1\nA 1.2.3 1\n");
    root.write(
        "data/hearth-boot/failure",
        "slot=B\nversion=1.1.0\nreason=not-confirmed\nat=7\n",
    );
    root.done(&["before-install"]);
    assert_eq!(root.grub_variable("B_PROVED"), None);
    assert!(root.read("data/hearth-boot/proved-B").is_none());
    assert!(root.read("data/hearth-boot/failure").is_none());
    assert_eq!(root.read("data/hearth-boot/boots").unwrap(), "A 1.2.3 1\n");
    let copy = |name| root.grub_variable_in("grubenv.copy", name).unwrap();
    assert_eq!((copy("A_OK"), copy("B_OK")), ("1".into(), "0".into()));
    assert_eq!(
        root.grub_variable("A_PROVED").as_deref(),
        Some("1"),
        "the mark of a moment ago was not written down yet, and RAUC writes next"
    );
    root.done(&["confirm", "watch"]);
    assert_eq!(copy("B_OK"), "0", "which is done once");

    // What RAUC says of a slot that it wrote.
    root.grubenv(&["ORDER=B A", "A_OK=1", "A_TRY=0", "B_OK=1", "B_TRY=0"]);
    root.done(&["after-install"]);
    assert_eq!((copy("ORDER"), copy("B_OK")), ("B A".into(), "1".into()));

    // Not on a block that is lost: nothing is written to the slot then.
    root.write("boot/efi/grub/grubenv", "");
    assert!(!root.run(&["before-install"]).status.success());
}

/// Nothing could be marked or installed any more, and no start was counted.
#[test]
fn a_lost_block_of_grubs_is_made_anew() {
    for left in ["", "garbage"] {
        let root = Root::new();
        root.grubenv_in(
            "grubenv.copy",
            &[
                "ORDER=B A",
                "A_OK=1",
                "A_TRY=1",
                "B_OK=1",
                "B_TRY=0",
                "MACHINE_ID=abc",
            ],
        );
        root.write("boot/efi/grub/grubenv", left);
        root.done(&["boot"]);
        assert_eq!(root.grub_variable("ORDER").as_deref(), Some("B A"));
        assert_eq!(root.grub_variable("MACHINE_ID").as_deref(), Some("abc"));
        assert!(
            root.read("data/hearth-boot/failure").is_none(),
            "an older GRUB knew no copy and did not try B"
        );
    }

    // Nor is there a copy: what runs comes first.
    for (proved, ok) in [(false, "0"), (true, "1")] {
        let root = Root::new();
        root.write("proc/cmdline", "rauc.slot=B systemd.machine_id=abc\n");
        root.write("boot/efi/grub/grubenv", [0; 1024]);
        if proved {
            root.write("data/hearth-boot/proved-A", "1.0.0\n");
        }
        root.done(&["boot"]);
        let block = |name| root.grub_variable(name).unwrap();
        assert_eq!(block("ORDER"), "B A");
        assert_eq!((block("B_OK"), block("B_TRY")), ("1".into(), "1".into()));
        assert_eq!((block("A_OK"), block("A_TRY")), (ok.into(), "0".into()));
    }

    // A boot partition that is not mounted stays what it is.
    let root = Root::new();
    std::fs::remove_dir_all(root.path("boot/efi/grub")).unwrap();
    root.done(&["boot"]);
    assert!(!root.path("boot/efi/grub").exists());
}

#[test]
fn a_slot_that_nobody_marks_is_left_at_the_deadline() {
    // Counted from hearthd's start: the check of a large disk before it may take longer.
    let root = Root::new();
    root.uptime(5000);
    hurry(&root);
    root.done(&["confirm", "watch"]);
    let told = root.told();
    assert!(told.contains(&REBOOT.to_owned()), "{told:?}");
    let waited = told.iter().filter(|one| one.starts_with("sleep ")).count();
    assert_eq!(waited, 2, "{told:?}");
    let failure = root.read("data/hearth-boot/failure").unwrap();
    assert!(failure.contains("reason=not-confirmed\n"), "{failure}");

    // Proved with another version is not proved.
    root.write("data/hearth-boot/proved-A", "1.2.2\n");
    root.done(&["confirm", "watch"]);
    assert!(root.told().contains(&REBOOT.to_owned()));

    // Proved with this one is; and unsound data is no slot's fault.
    root.write("data/hearth-boot/proved-A", "1.2.3\n");
    root.done(&["confirm", "watch"]);
    assert_eq!(told_of_units(&root), [] as [&str; 0]);
    fs::remove_file(root.path("data/hearth-boot/proved-A")).unwrap();
    root.write("run/hearth-boot/data-trouble", "damaged\n/dev/sda6\n");
    root.done(&["confirm", "watch"]);
    assert_eq!(told_of_units(&root), [] as [&str; 0]);
}

#[test]
fn the_kernels_command_line_moves_the_deadline() {
    let root = Root::new();
    root.write("proc/cmdline", "rauc.slot=A hearth.deadline=15\n");
    hurry(&root);
    root.done(&["confirm", "watch"]);
    let told = root.told();
    assert!(told.contains(&REBOOT.to_owned()));
    assert!(
        told[0].starts_with("sleep ") && !told[1].starts_with("sleep "),
        "{told:?}"
    );
}

#[test]
fn a_slot_that_used_up_its_tries_is_told() {
    // B was to start and never came as far as its own records.
    let root = Root::new();
    root.grubenv(&["ORDER=B A", "A_OK=1", "A_TRY=1", "B_OK=1", "B_TRY=3"]);
    root.done(&["boot"]);
    let failure = root.read("data/hearth-boot/failure").unwrap();
    assert!(
        failure.starts_with("slot=B\nversion=\nreason=never-started\n"),
        "{failure}"
    );
    assert_eq!(root.read("data/hearth-boot/boots").unwrap(), "A 1.2.3 1\n");

    // B came up and hung.
    let root = Root::new();
    root.grubenv(&["ORDER=B A", "A_OK=1", "A_TRY=1", "B_OK=1", "B_TRY=3"]);
    root.write(
        "data/hearth-boot/boots",
        "A 1.2.3 1\nB 1.3.0 1\nB 1.3.0 2\nB 1.3.0 3\n",
    );
    root.done(&["boot"]);
    let failure = root.read("data/hearth-boot/failure").unwrap();
    assert!(
        failure.starts_with("slot=B\nversion=1.3.0\nreason=stopped-suddenly\n"),
        "{failure}"
    );

    // B said itself why it gave up: its word stays.
    root.write(
        "data/hearth-boot/failure",
        "slot=B\nversion=1.3.0\nreason=not-confirmed\nat=7\n",
    );
    root.done(&["boot"]);
    assert!(
        root.read("data/hearth-boot/failure")
            .unwrap()
            .contains("not-confirmed")
    );
}

/// 1.1.0 had failed in B and left its note; 1.2.0 in the same slot hung so hard that it left none. The
/// note hid it, and the night installed it again and again.
#[test]
fn an_older_versions_failure_hides_no_newer_one() {
    let root = Root::new();
    root.write(
        "data/hearth-boot/failure",
        "slot=B\nversion=1.1.0\nreason=not-confirmed\nat=7\n",
    );
    root.write("data/hearth-boot/boots", "B 1.1.0 3\nA 1.2.3 1\n");
    root.done(&["before-install"]);
    root.grubenv(&["ORDER=B A", "A_OK=1", "A_TRY=1", "B_OK=1", "B_TRY=3"]);
    root.done(&["boot"]);
    let failure = root.read("data/hearth-boot/failure").unwrap();
    assert!(
        failure.starts_with("slot=B\nversion=\nreason=never-started\n"),
        "{failure}"
    );
}

/// Whose starts the plug ended is no bad update: it could never be installed again by night.
#[test]
fn a_proved_version_is_not_blamed_for_its_tries() {
    let root = Root::new();
    let order = ["ORDER=B A", "A_OK=1", "A_TRY=1", "B_OK=1", "B_TRY=9"];
    root.grubenv(&[&order[..], &["B_PROVED=1"]].concat());
    root.write("data/hearth-boot/boots", "B 1.3.0 8\nB 1.3.0 9\n");
    root.done(&["boot"]);
    assert!(root.read("data/hearth-boot/failure").is_none());
}

#[test]
fn the_records_of_starts_stay_short_and_the_machine_keeps_its_id() {
    let root = Root::new();
    for _ in 0..40 {
        root.done(&["boot"]);
    }
    assert_eq!(
        root.read("data/hearth-boot/boots").unwrap().lines().count(),
        30
    );
    assert_eq!(root.grub_variable("MACHINE_ID"), None, "GRUB gave one");
    root.write("proc/cmdline", "rauc.slot=A\n");
    root.done(&["boot"]);
    assert_eq!(
        root.grub_variable("MACHINE_ID").as_deref(),
        Some("0123456789abcdef0123456789abcdef")
    );
}

#[test]
fn a_display_that_comes_back_restarts_only_an_interface_without_a_window() {
    let root = Root::new();
    fs::create_dir_all(root.path("sys/class/drm/card0-HDMI-A-1")).unwrap();
    root.write("sys/class/drm/card0-HDMI-A-1/status", "connected\n");
    root.done(&["display"]);
    assert_eq!(root.told(), [] as [&str; 0]);
    fs::create_dir_all(root.path("run/hearth-tv")).unwrap();
    root.write("run/hearth-tv/headless", "");
    root.done(&["display"]);
    assert_eq!(
        root.told(),
        ["systemctl --no-block try-restart hearth-tv.service"]
    );
    root.write("sys/class/drm/card0-HDMI-A-1/status", "disconnected\n");
    root.done(&["display"]);
    assert_eq!(root.told(), [] as [&str; 0]);
}
