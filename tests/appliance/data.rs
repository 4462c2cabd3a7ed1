//! The data partition before it is mounted, on real file systems in files: what is sound is
//! mounted, what is not is never touched without a yes.

use std::{
    collections::HashSet,
    fs::{self, File},
    os::unix::fs::{FileExt, symlink},
    process::Command,
};

use crate::root::Root;

const DEVICE: &str = "dev/sda6";
const TROUBLE: &str = "run/hearth-boot/data-trouble";
const MEBIBYTE: u64 = 1024 * 1024;

/// A box whose disk sda has its root as sda4 and data as sda6.
pub fn with_disk() -> Root {
    let root = Root::new();
    root.write(
        "proc/self/mountinfo",
        "22 1 8:4 / / ro - erofs /dev/root ro\n",
    );
    for (partition, label) in [("sda1", "esp"), ("sda4", "root_a"), ("sda6", "data")] {
        fs::create_dir_all(root.path(&format!("sys/devices/sda/{partition}"))).unwrap();
        root.write(
            &format!("sys/devices/sda/{partition}/uevent"),
            format!("DEVNAME={partition}\nDEVTYPE=partition\nPARTNAME={label}\n"),
        );
    }
    symlink("../../devices/sda/sda4", root.path("sys/dev/block/8:4")).unwrap();
    root
}

/// A data partition with a file in it, large enough for copies of the superblock.
fn format(root: &Root) {
    File::create(root.path(DEVICE))
        .unwrap()
        .set_len(192 * MEBIBYTE)
        .unwrap();
    fs::create_dir_all(root.path("seed")).unwrap();
    root.write("seed/history", "everything watched");
    let made = Command::new("mkfs.ext4")
        .args(["-q", "-F", "-b", "4096", "-L", "data", "-d"])
        .arg(root.path("seed"))
        .arg(root.path(DEVICE))
        .status()
        .unwrap();
    assert!(made.success());
}

fn overwrite(root: &Root, at: u64, bytes: u64) {
    let device = File::options().write(true).open(root.path(DEVICE)).unwrap();
    device
        .write_all_at(&vec![0x5a; bytes as usize], at)
        .unwrap();
}

/// The mark of a journal to be played back, in the first superblock and its copies, as the kernel
/// leaves it after growing a mounted file system.
fn mark_as_grown_while_mounted(root: &Root) {
    const COPIES_AT: [u64; 2] = [1024, 32768 * 4096];
    let device = File::options()
        .read(true)
        .write(true)
        .open(root.path(DEVICE))
        .unwrap();
    for at in COPIES_AT {
        let mut superblock = [0; 1024];
        device.read_exact_at(&mut superblock, at).unwrap();
        assert_eq!(superblock[56..58], [0x53, 0xef], "no superblock at {at}");
        // s_feature_incompat: needs_recovery; then s_checksum over all before it.
        superblock[96] |= 4;
        let checksum = superblock[..1020].iter().fold(!0_u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                // CRC-32C, a bit at a time.
                (sum >> 1) ^ (0x82f6_3b78 & (sum & 1).wrapping_neg())
            })
        });
        superblock[1020..].copy_from_slice(&checksum.to_le_bytes());
        device.write_all_at(&superblock, at).unwrap();
    }
}

fn history(root: &Root) -> String {
    let read = Command::new("debugfs")
        .args(["-R", "cat history"])
        .arg(root.path(DEVICE))
        .output()
        .unwrap();
    String::from_utf8_lossy(&read.stdout).into_owned()
}

fn data_mount(root: &Root) -> String {
    let told = root.told();
    let mounts: Vec<&String> = told
        .iter()
        .filter(|line| {
            line.starts_with("mount ") && line.ends_with(root.path("data").to_str().unwrap())
        })
        .collect();
    assert_eq!(mounts.len(), 1, "{told:?}");
    mounts[0].clone()
}

/// What the page's person chooses, one word a page.
pub fn chooses(root: &Root, words: &[&str]) {
    root.write("choices", words.join("\n"));
    root.pretend(
        "setpriv",
        "head -n 1 $HEARTH_ROOT/choices; sed -i 1d $HEARTH_ROOT/choices; cat $HEARTH_ROOT/run/hearth-page/notice.json >>$HEARTH_ROOT/shown",
    );
}

/// The ids of what a shown page offers.
pub fn choices(page: &str) -> Vec<String> {
    let page: serde_json::Value = serde_json::from_str(page).unwrap();
    let choices = page["choices"].as_array().unwrap();
    let ids = choices.iter().map(|one| one["id"].as_str().unwrap());
    ids.map(str::to_owned).collect()
}

#[test]
fn sound_data_is_mounted_and_laid_out() {
    let root = with_disk();
    format(&root);
    root.write("var/lib/dbus/from-the-image", "1");
    root.done(&["data"]);
    assert!(data_mount(&root).starts_with("mount -t ext4 "));
    assert!(root.read(TROUBLE).is_none());
    assert_eq!(
        root.read("data/var/lib/dbus/from-the-image").as_deref(),
        Some("1")
    );

    // A later image brings a folder; what people changed stays.
    root.write("data/var/lib/dbus/from-the-image", "changed");
    root.write("var/lib/new", "2");
    root.write("usr/lib/os-release", "IMAGE_VERSION=1.3.0\n");
    root.done(&["data"]);
    assert_eq!(root.read("data/var/lib/new").as_deref(), Some("2"));
    assert_eq!(
        root.read("data/var/lib/dbus/from-the-image").as_deref(),
        Some("changed")
    );
}

/// The first start of a new version on a full disk showed "the data is damaged: repair, erase".
#[test]
fn a_full_disk_is_no_damage() {
    let root = with_disk();
    format(&root);
    fs::create_dir(root.path("data/var")).unwrap();
    root.write("data/var/.image", "1.2.2\n");
    root.pretend("cp", "echo 'cp: No space left on device' >&2; exit 1");
    root.done(&["data"]);
    assert!(root.read(TROUBLE).is_none());
    let told = root.told();
    assert!(!told.iter().any(|one| one.contains("tmpfs")), "{told:?}");
    let laid = format!("mount --bind {}", root.path("data/var").display());
    assert!(told.last().unwrap().starts_with(&laid), "{told:?}");
    assert_eq!(root.read("data/var/.image").unwrap(), "1.2.2\n");

    // Not even for the mark, and for no folder.
    fs::remove_file(root.path("bin/cp")).unwrap();
    root.pretend(
        "mkdir",
        "case $* in *data/var*) exit 1 ;; *) exec /bin/mkdir \"$@\" ;; esac",
    );
    root.pretend("sync", "case $* in *.image.new) exit 1 ;; esac");
    root.done(&["data"]);
    assert!(root.read(TROUBLE).is_none());
    assert_eq!(root.read("data/var/.image").unwrap(), "1.2.2\n");

    // With room again it is made up for.
    fs::remove_file(root.path("bin/mkdir")).unwrap();
    fs::remove_file(root.path("bin/sync")).unwrap();
    root.done(&["data"]);
    assert_eq!(root.read("data/var/.image").unwrap(), "1.2.3\n");
}

/// The page said then that there is no file system.
#[test]
fn what_cannot_be_repaired_is_told_so_and_not_erased() {
    let root = with_disk();
    let device = root.path(DEVICE);
    File::create(&device).unwrap();
    root.write(TROUBLE, format!("damaged\n{}\n", device.display()));
    chooses(&root, &["repair"]);
    root.done(&["page", "recovery"]);
    assert!(!root.told().contains(&"systemctl reboot".to_owned()));
    assert_eq!(
        root.read(TROUBLE).unwrap(),
        format!("unrepaired\n{}\n", device.display())
    );
    fs::remove_file(root.path("shown")).unwrap();
    chooses(&root, &["restart"]);
    root.done(&["page", "recovery"]);
    let shown = root.read("shown").unwrap();
    assert!(shown.contains("the card or disk may be failing"), "{shown}");
    assert_eq!(choices(&shown), ["restart", "repair", "other", "format"]);
    assert_eq!(root.told().last().unwrap(), "systemctl reboot");
}

#[test]
fn a_partition_that_was_not_found_is_neither_repaired_nor_made_anew() {
    let root = with_disk();
    for word in ["absent", "unopened"] {
        root.write(TROUBLE, format!("{word}\n\n"));
        root.write("boot/efi/format.txt", "YES\n");
        chooses(&root, &["restart"]);
        root.done(&["page", "recovery"]);
        let shown = root.read("shown").unwrap();
        let shown = shown.lines().last().unwrap();
        assert_eq!(choices(shown), ["restart", "other", "off"], "{shown}");
        assert_eq!(root.told().last().unwrap(), "systemctl reboot");
    }
}

#[test]
fn another_disks_partition_of_the_same_name_is_nothing_to_the_box() {
    let root = with_disk();
    fs::remove_dir_all(root.path("sys/devices/sda/sda6")).unwrap();
    fs::create_dir_all(root.path("sys/devices/sdb/sdb1")).unwrap();
    root.write(
        "sys/devices/sdb/sdb1/uevent",
        "DEVNAME=sdb1\nPARTNAME=data\n",
    );
    root.done(&["data"]);
    assert!(root.read(TROUBLE).unwrap().starts_with("absent\n"));
    let mount = data_mount(&root);
    assert!(mount.starts_with("mount -t tmpfs "), "{mount}");
}

/// The real hearthd, on the whole disk in a file, as the image makes it.
fn with_whole_disk(hybrid: bool) -> Root {
    let root = with_disk();
    format(&root);
    fs::remove_file(root.path("bin/hearthd")).unwrap();
    symlink(
        hearth_tests::program_path("hearthd"),
        root.path("bin/hearthd"),
    )
    .unwrap();
    let stage = concat!(env!("CARGO_MANIFEST_DIR"), "/../image/stages/disk");
    let stage = fs::read_to_string(stage).unwrap();
    let (_, id) = stage.split_once("label-id: ").unwrap();
    let disk = root.path("dev/sda");
    File::create(&disk).unwrap().set_len(16 * MEBIBYTE).unwrap();
    let mut make = Command::new("sgdisk");
    make.args(["-a", "8", "-U", &id[..36]]);
    for (number, name) in ["esp", "boot_a", "boot_b", "root_a", "root_b", "data"]
        .iter()
        .enumerate()
    {
        let number = number + 1;
        make.args(["-n", &format!("{number}:{}:+1M", number * 4096)]);
        make.args(["-c", &format!("{number}:{name}")]);
    }
    if hybrid {
        make.args(["-h", "1"]);
    }
    assert!(make.arg(&disk).output().unwrap().status.success());
    root
}

/// What sgdisk says of the disk's identifiers, first the disk's own.
fn identifiers(root: &Root) -> Vec<String> {
    let disk = root.path("dev/sda");
    let mut ask = Command::new("sgdisk");
    ask.args(["-v", "-p"]);
    for number in 1..=6 {
        ask.args(["-i", &number.to_string()]);
    }
    let told = ask.arg(disk).output().unwrap();
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains("No problems found"), "{told}");
    let ids: Vec<String> = told
        .lines()
        .filter_map(|line| {
            let id = line
                .strip_prefix("Disk identifier (GUID): ")
                .or_else(|| line.strip_prefix("Partition unique GUID: "))?;
            Some(id.to_owned())
        })
        .collect();
    assert_eq!(ids.len(), 7, "{told}");
    ids
}

#[test]
fn a_new_disk_gets_identifiers_of_its_own_once() {
    for hybrid in [false, true] {
        let root = with_whole_disk(hybrid);
        let table = || fs::read(root.path("dev/sda")).unwrap();
        let (before, old_table) = (identifiers(&root), table()[..512].to_vec());
        root.done(&["data"]);
        let after = identifiers(&root);
        let different: HashSet<_> = before.iter().chain(&after).collect();
        assert_eq!(different.len(), 14, "{before:?} {after:?}");
        assert!(table()[..512] == old_table, "the old table beside");
        assert!(data_mount(&root).starts_with("mount -t ext4 "));
        let settled = table();
        root.done(&["data"]);
        assert!(table() == settled, "once");
    }
}

/// With a second disk fresh from the same image, the kernel may find its root there.
#[test]
fn a_start_that_took_another_disks_root_begins_anew_and_touches_no_data() {
    let root = with_whole_disk(false);
    let before = identifiers(&root);
    // GRUB counted on the disk that it came from.
    root.grubenv(&["ORDER=A B", "A_OK=1", "A_TRY=0", "B_OK=0", "B_TRY=0"]);
    root.done(&["data"]);
    let told = root.told();
    assert_eq!(told.last().unwrap(), "systemctl --force reboot", "{told:?}");
    assert!(!told.iter().any(|line| line.contains("ext4")), "{told:?}");
    assert!(root.read(TROUBLE).is_none());
    assert_ne!(identifiers(&root), before, "they can be told apart");
}

#[test]
fn data_that_is_gone_is_not_made_anew_without_two_words() {
    let root = with_disk();
    File::create(root.path(DEVICE))
        .unwrap()
        .set_len(192 * MEBIBYTE)
        .unwrap();
    overwrite(&root, 0, 192 * MEBIBYTE);
    let before = fs::read(root.path(DEVICE)).unwrap();
    root.done(&["data"]);
    assert_eq!(
        root.read(TROUBLE).unwrap(),
        format!("lost\n{}\n", root.path(DEVICE).display())
    );
    let told = root.told();
    assert!(
        told.contains(&"systemctl --no-block start hearth-recovery.target".to_owned()),
        "{told:?}"
    );
    assert!(
        told.iter().any(|line| line.starts_with("mount -t tmpfs ")),
        "{told:?}"
    );

    chooses(&root, &["format", "no"]);
    root.done(&["page", "recovery"]);
    assert!(
        fs::read(root.path(DEVICE)).unwrap() == before,
        "nothing was written"
    );

    root.pretend("lsblk", "echo 192M ext4");
    chooses(&root, &["format", "yes"]);
    root.done(&["page", "recovery"]);
    assert!(root.told().contains(&"systemctl reboot".to_owned()));
    let shown = root.read("shown").unwrap();
    assert!(
        shown.contains("sda6 (192M ext4)"),
        "the question names what it is about: {shown}"
    );
    let made = Command::new("dumpe2fs")
        .arg("-h")
        .arg(root.path(DEVICE))
        .output()
        .unwrap();
    let made = String::from_utf8_lossy(&made.stdout);
    assert!(
        made.lines().any(|line| line
            .split_whitespace()
            .eq(["Reserved", "block", "count:", "0"])),
        "as the image's own, with nothing kept back: {made}"
    );
    fs::remove_file(root.path(TROUBLE)).unwrap();
    root.done(&["data"]);
    assert!(root.read(TROUBLE).is_none());
}

#[test]
fn a_lost_first_block_is_mended_from_its_copies() {
    let root = with_disk();
    format(&root);
    overwrite(&root, 0, 4096);
    root.done(&["data"]);
    if let Some(trouble) = root.read(TROUBLE) {
        root.told();
        chooses(&root, &["repair"]);
        root.done(&["page", "recovery"]);
        assert!(
            root.told().contains(&"systemctl reboot".to_owned()),
            "{trouble}"
        );
        fs::remove_file(root.path(TROUBLE)).unwrap();
        root.done(&["data"]);
    }
    assert!(root.read(TROUBLE).is_none());
    assert_eq!(history(&root), "everything watched");
}

/// e2fsck -p would drop the journal and write over the copies: nothing could be repaired then.
#[test]
fn spoiled_block_groups_are_asked_for_and_repaired_from_their_copies() {
    let root = with_disk();
    format(&root);
    mark_as_grown_while_mounted(&root);
    overwrite(&root, 4096, 4096);
    root.done(&["data"]);
    let trouble = root.read(TROUBLE).unwrap();
    assert!(trouble.starts_with("damaged\n"), "{trouble}");
    chooses(&root, &["repair"]);
    root.done(&["page", "recovery"]);
    assert!(root.told().contains(&"systemctl reboot".to_owned()));
    assert_eq!(history(&root), "everything watched");
    root.done(&["data"]);
}

#[test]
fn damage_that_wants_a_decision_asks_for_it() {
    let root = with_disk();
    format(&root);
    // The root folder's inode and its neighbours.
    let inodes = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "dumpe2fs {} 2>/dev/null | sed -n 's/.*Inode table at \\([0-9]*\\)-.*/\\1/p' | head -n 1",
            root.path(DEVICE).display()
        ))
        .output()
        .unwrap();
    let block: u64 = String::from_utf8(inodes.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    overwrite(&root, block * 4096, 4096);
    root.done(&["data"]);
    assert!(root.read(TROUBLE).unwrap().starts_with("damaged\n"));
    assert!(data_mount(&root).starts_with("mount -t tmpfs "));

    // A box without a TV is told by a file on its boot partition.
    root.write("boot/efi/repair.txt", "YES\r\n");
    chooses(&root, &[]);
    root.done(&["page", "recovery"]);
    assert!(root.told().contains(&"systemctl reboot".to_owned()));
    assert!(root.read("boot/efi/repair.txt").is_none());
    fs::remove_file(root.path(TROUBLE)).unwrap();
    root.done(&["data"]);
    assert!(root.read(TROUBLE).is_none());
}

/// Nothing can be drawn; each five seconds of waiting pass at once. `on_try` sees `$tries`.
fn without_a_display(root: &Root, on_try: &str) {
    root.pretend(
        "setpriv",
        &format!(
            "tries=$(($(cat $HEARTH_ROOT/tries 2>/dev/null) + 1)); echo $tries >$HEARTH_ROOT/tries
            {on_try}
            echo 'no display is connected' >&2; exit 1"
        ),
    );
    root.pretend(
        "sleep",
        "[ $1 = 5 ] || exec /bin/sleep $1
        read -r uptime idle <$HEARTH_ROOT/proc/uptime
        echo $((${uptime%.*} + $1)).42 $idle >$HEARTH_ROOT/proc/uptime.new
        mv $HEARTH_ROOT/proc/uptime.new $HEARTH_ROOT/proc/uptime",
    );
}

/// The page acted as soon as nothing could be drawn: the box restarted every few seconds.
#[test]
fn without_a_display_a_page_stands_all_the_same_until_one_is_switched_on() {
    for kind in ["recovery", "rescue"] {
        let root = Root::new();
        without_a_display(&root, "");
        let output = root.run(&["page", kind]);
        assert!(output.status.success(), "{kind}: {output:?}");
        let told = root.told();
        assert_eq!(told.last().unwrap(), "systemctl reboot", "{kind}: {told:?}");
        let tries = told.iter().filter(|one| one.starts_with("setpriv "));
        assert_eq!(tries.count(), 120, "{kind}: every 5 s for 10 minutes");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.matches("no display").count(), 1, "{kind}: {said}");
    }

    let root = Root::new();
    without_a_display(&root, "[ $tries -lt 30 ] || { echo off; exit 0; }");
    root.done(&["page", "recovery"]);
    assert_eq!(root.told().last().unwrap(), "systemctl poweroff");
}

/// Three presses of "Restart" on a page left a good slot for the older version.
#[test]
fn a_restart_that_was_chosen_is_no_failed_start() {
    let order = [
        "ORDER=A B",
        "A_OK=1",
        "A_TRY=3",
        "A_PROVED=1",
        "B_OK=1",
        "B_TRY=0",
    ];
    for kind in ["rescue", "safe", "recovery"] {
        let root = Root::new();
        root.grubenv(&order);
        if kind == "recovery" {
            root.write(TROUBLE, "damaged\n/dev/sda6\n");
        }
        chooses(&root, &["restart"]);
        root.done(&["page", kind]);
        assert_eq!(root.grub_variable("A_TRY").as_deref(), Some("0"), "{kind}");
        let told = root.told();
        let stopped = told
            .iter()
            .position(|one| one == "systemctl stop hearth-confirm.service");
        assert!(
            stopped < told.iter().position(|one| one == "systemctl reboot") && stopped.is_some(),
            "{kind}: it would take the count for hearthd's mark: {told:?}"
        );
    }

    // Nor where there is no other slot.
    let root = Root::new();
    root.grubenv(&["ORDER=A B", "A_OK=1", "A_TRY=1", "B_OK=0", "B_TRY=0"]);
    chooses(&root, &["restart"]);
    root.done(&["page", "rescue"]);
    assert_eq!(root.grub_variable("A_TRY").as_deref(), Some("0"));

    // What the page does by itself is one more try.
    let root = Root::new();
    root.grubenv(&order);
    without_a_display(&root, "");
    root.done(&["page", "rescue"]);
    assert_eq!(root.grub_variable("A_TRY").as_deref(), Some("3"));
}

/// Else a good update that was met by damage on its third start would be left, and blamed.
#[test]
fn a_repair_forgives_the_starts_and_one_of_nothing_does_not() {
    for (trouble, tries) in [("damaged", "0"), ("unmountable", "3")] {
        let root = with_disk();
        format(&root);
        root.grubenv(&["ORDER=A B", "A_OK=1", "A_TRY=3", "B_OK=1", "B_TRY=0"]);
        let device = root.path(DEVICE);
        root.write(TROUBLE, format!("{trouble}\n{}\n", device.display()));
        chooses(&root, &["repair"]);
        root.done(&["page", "recovery"]);
        assert_eq!(root.told().last().unwrap(), "systemctl reboot");
        assert_eq!(
            root.grub_variable("A_TRY").as_deref(),
            Some(tries),
            "{trouble}"
        );
    }
}

/// It was armed for ever, and the next bad read months later erased all without a question.
#[test]
fn a_word_for_a_page_that_does_not_stand_is_taken_back() {
    let root = Root::new();
    for name in ["repair.txt", "format.txt"] {
        root.write(&format!("boot/efi/{name}"), "YES\n");
    }
    root.done(&["owner"]);
    assert!(root.read("boot/efi/format.txt").is_none());
    let result = root.read("boot/efi/hearth-result.txt").unwrap();
    assert!(result.contains("format.txt: the data is sound"), "{result}");

    // Of both the one that loses nothing is meant, whatever comes of it.
    let root = with_disk();
    for name in ["repair.txt", "format.txt"] {
        root.write(&format!("boot/efi/{name}"), "YES\n");
    }
    let device = root.path(DEVICE);
    fs::write(&device, vec![0; 64 * 1024]).unwrap();
    root.write(TROUBLE, format!("damaged\n{}\n", device.display()));
    chooses(&root, &[]);
    root.done(&["page", "recovery"]);
    root.done(&["page", "recovery"]);
    assert!(fs::read(&device).unwrap() == vec![0; 64 * 1024]);
    assert!(root.read(TROUBLE).unwrap().starts_with("unrepaired\n"));
}

/// Which may lack what the data is opened with: "Erase" would be the only choice that seems to lead on.
#[test]
fn an_update_that_cannot_open_the_data_leads_back_to_the_version_before() {
    let order = [
        "ORDER=B A",
        "A_OK=1",
        "A_TRY=0",
        "A_PROVED=1",
        "B_OK=1",
        "B_TRY=1",
    ];
    for trouble in [
        "damaged",
        "unmountable",
        "lost",
        "unrepaired",
        "unopened",
        "absent",
    ] {
        let root = Root::new();
        root.write("proc/cmdline", "rauc.slot=B\n");
        root.grubenv(&order);
        root.write(TROUBLE, format!("{trouble}\n/dev/sda6\n"));
        chooses(&root, &["restart"]);
        root.done(&["page", "recovery"]);
        assert_eq!(root.told().last().unwrap(), "systemctl reboot");
        assert_eq!(
            root.grub_variable("B_TRY").as_deref(),
            Some("1"),
            "{trouble}: the third leads back"
        );

        chooses(&root, &["other"]);
        root.done(&["page", "recovery"]);
        assert_eq!(root.grub_variable("ORDER").as_deref(), Some("A B"));
        let shown = root.read("shown").unwrap();
        let offered = choices(shown.lines().last().unwrap());
        let at = |id| offered.iter().position(|one| one == id);
        assert!(at("other") > at("restart"), "{offered:?}");
        assert!(at("format").is_none_or(|format| Some(format) > at("other")));
    }
}

#[test]
fn the_page_answers_phones_and_starts_the_chosen_slot() {
    let root = Root::new();
    root.grubenv(&[
        "ORDER=A B",
        "A_OK=1",
        "A_TRY=3",
        "B_OK=1",
        "B_TRY=3",
        "RECOVERY=1",
    ]);
    chooses(&root, &["start-B"]);
    root.done(&["page", "recovery"]);
    assert_eq!(root.grub_variable("ORDER").as_deref(), Some("B A"));
    assert_eq!(root.grub_variable("B_TRY").as_deref(), Some("0"));
    assert_eq!(root.grub_variable("A_TRY").as_deref(), Some("3"));
    assert_eq!(root.grub_variable("RECOVERY"), None);
    let shown = root.read("shown").unwrap();
    assert_eq!(choices(&shown), ["again", "start-A", "start-B", "off"]);

    let answer = root.path("answer-of-the-lan");
    let script = format!(
        "printf 'GET /anything HTTP/1.1\\r\\nHost: hearth.local\\r\\n\\r\\n' | HEARTH_ROOT={} {} >{}",
        root.path("").display(),
        root.path("usr/lib/hearth/answer").display(),
        answer.display()
    );
    assert!(
        Command::new("sh")
            .arg("-c")
            .arg(script)
            .status()
            .unwrap()
            .success()
    );
    let answer = fs::read_to_string(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
    assert!(
        head.contains(&format!("Content-Length: {}", body.len())),
        "{head}"
    );
    assert!(body.contains("Система не запустилась") && body.contains("The system did not start"));
}
