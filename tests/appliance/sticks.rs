//! USB disks: read, and never written to.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    process::Command,
};

use crate::root::Root;

/// A box that runs from sda4, beside which the partition `name` of the disk `disk` holds what `make`
/// puts there.
fn with(disk: &str, name: &str, make: &[&str]) -> Root {
    let root = Root::new();
    root.write(
        "proc/self/mountinfo",
        "22 1 8:4 / / ro - erofs /dev/root ro\n",
    );
    fs::create_dir_all(root.path("sys/devices/sda/sda4")).unwrap();
    symlink("../../devices/sda/sda4", root.path("sys/dev/block/8:4")).unwrap();
    fs::create_dir_all(root.path("sys/class/block")).unwrap();
    fs::create_dir_all(root.path(&format!("sys/devices/{disk}/{name}"))).unwrap();
    symlink(
        format!("../../devices/{disk}/{name}"),
        root.path(&format!("sys/class/block/{name}")),
    )
    .unwrap();
    let device = root.path(&format!("dev/{name}"));
    File::create(&device).unwrap().set_len(8 << 20).unwrap();
    let made = Command::new(make[0])
        .args(&make[1..])
        .arg(&device)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    root
}

/// The words of the one `mount`, without where the test's folder lies.
fn mounted(root: &Root) -> String {
    let told = root.told();
    assert_eq!(told.len(), 1, "{told:?}");
    told[0].replace(root.path("").to_str().unwrap(), "/")
}

/// Nothing in the image mounted a stick: no film on one was found, and no update.
#[test]
fn a_stick_is_mounted_for_reading_and_gone_with_it() {
    let root = with("sdb", "sdb1", &["mkfs.vfat", "-n", "FILMS"]);
    root.done(&["stick", "in", "sdb1"]);
    assert_eq!(
        mounted(&root),
        "mount -t vfat -o ro,nosuid,nodev,noexec,uid=hearth,gid=hearth,fmask=0337,dmask=0227,utf8 /dev/sdb1 /run/media/FILMS"
    );
    root.done(&["stick", "out", "sdb1"]);
    assert_eq!(mounted(&root), "umount --lazy /run/media/FILMS");
    assert!(!root.path("run/media/FILMS").exists());
    root.done(&["stick", "out", "sdb1"]);
    assert_eq!(root.told(), [] as [&str; 0], "twice");
}

#[test]
fn no_journal_is_played_back_on_a_strange_disk() {
    let root = with("sdb", "sdb1", &["mkfs.ext4", "-q", "-F", "-L", "my films"]);
    root.done(&["stick", "in", "sdb1"]);
    assert_eq!(
        mounted(&root),
        "mount -t ext4 -o ro,nosuid,nodev,noexec,noload /dev/sdb1 /run/media/my films"
    );
}

#[test]
fn two_sticks_of_one_name_have_two_places() {
    let root = with("sdb", "sdb1", &["mkfs.vfat", "-n", "FILMS"]);
    fs::create_dir_all(root.path("run/media/FILMS")).unwrap();
    root.done(&["stick", "in", "sdb1"]);
    assert!(mounted(&root).ends_with(" /run/media/FILMS-sdb1"));
    assert!(root.path("run/media/FILMS").exists());
}

#[test]
fn a_name_leads_to_no_other_place() {
    let root = with("sdb", "sdb1", &["mkfs.ext4", "-q", "-F", "-L", "../../etc"]);
    root.done(&["stick", "in", "sdb1"]);
    assert!(mounted(&root).ends_with(" /run/media/.._.._etc"));

    let uuid = "0c0a4c6f-9d5e-4d6c-9f6a-4a118c5b36f8";
    let make = ["mkfs.ext4", "-q", "-F", "-L", "..", "-U", uuid];
    let root = with("sdb", "sdb1", &make);
    root.done(&["stick", "in", "sdb1"]);
    assert!(mounted(&root).ends_with(&format!(" /run/media/{uuid}")));
}

#[test]
fn the_boxs_own_disk_and_what_is_no_disk_for_people_are_left_alone() {
    let root = with("sda", "sda1", &["mkfs.vfat", "-n", "ESP"]);
    root.done(&["stick", "in", "sda1"]);
    assert_eq!(root.told(), [] as [&str; 0], "a box that runs from a stick");

    let root = with("sdb", "sdb2", &["mkswap"]);
    root.done(&["stick", "in", "sdb2"]);
    assert_eq!(root.told(), [] as [&str; 0]);
}

#[test]
fn a_disk_that_cannot_be_read_leaves_no_empty_folder() {
    let root = with("sdb", "sdb1", &["mkfs.vfat", "-n", "FILMS"]);
    root.pretend("mount", "exit 32");
    root.done(&["stick", "in", "sdb1"]);
    assert!(!root.path("run/media/FILMS").exists());
}
