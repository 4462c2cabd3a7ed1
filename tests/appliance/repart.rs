//! The data partition takes the rest of the disk, and is never made where it is missing: the condition of
//! `systemd-repart.service`, and why it needs one, by the real systemd-repart on a disk in a file.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{data::with_disk, root::Root};

const MEBIBYTE: u64 = 1024 * 1024;
const DATA_AT: u64 = 13 * MEBIBYTE;
const HISTORY: &[u8] = b"everything watched";

fn overlay(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../image/overlay/usr/lib")
        .join(path)
}

fn definition() -> String {
    fs::read_to_string(overlay("repart.d/50-data.conf")).unwrap()
}

fn data_type() -> String {
    let definition = definition();
    let found = definition
        .lines()
        .find_map(|line| line.strip_prefix("Type="));
    found.unwrap().to_owned()
}

#[test]
fn without_its_entry_in_the_table_nothing_is_made() {
    let root = with_disk();
    fs::create_dir_all(root.path("usr/lib/repart.d")).unwrap();
    root.write("usr/lib/repart.d/50-data.conf", definition());
    let may_grow = |root: &Root| root.run(&["may-grow"]).status.success();
    root.pretend("blkid", &format!("echo {}", data_type()));
    assert!(may_grow(&root));
    assert!(
        root.told()[0].ends_with(&format!(" {}", root.path("dev/sda6").display())),
        "the box's own"
    );

    // A tool gave it another type: repart would not know it.
    root.pretend("blkid", "echo 0fc63daf-8483-4772-8e79-3d69d8477de4");
    assert!(!may_grow(&root));
    root.pretend("blkid", "exit 2");
    assert!(!may_grow(&root));

    root.pretend("blkid", &format!("echo {}", data_type()));
    fs::remove_dir_all(root.path("sys/devices/sda/sda6")).unwrap();
    assert!(!may_grow(&root));
}

/// A card of 256 MiB, on which an image of 22 MiB was written.
fn card(folder: &Path, with_data: bool) {
    let disk = folder.join("disk.img");
    let file = File::create(&disk).unwrap();
    file.set_len(22 * MEBIBYTE).unwrap();
    let mut table = vec!["-n1:1M:+8M".to_owned(), "-c1:esp".into(), "-t1:ef00".into()];
    table.extend(["-n2:9M:+4M".into(), "-c2:boot_a".into()]);
    if with_data {
        table.extend(["-n3:13M:+8M".into(), "-c3:data".into()]);
        table.push(format!("-t3:{}", data_type()));
    }
    let made = Command::new("sgdisk")
        .args(table)
        .arg(&disk)
        .stdout(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    file.write_all_at(HISTORY, DATA_AT + 4096).unwrap();
    file.set_len(256 * MEBIBYTE).unwrap();
}

/// As the unit of the image does it.
fn repart(folder: &Path) {
    let unit = overlay("systemd/system/systemd-repart.service.d/hearth.conf");
    let unit = fs::read_to_string(unit).unwrap();
    let command = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=systemd-repart "))
        .unwrap();
    let done = Command::new("systemd-repart")
        .args(command.split(' '))
        .arg("--pretty=no")
        .arg(format!("--definitions={}", overlay("repart.d").display()))
        .arg(folder.join("disk.img"))
        .output()
        .unwrap_or_else(|error| panic!("systemd-repart: {error}; run `make setup-test`"));
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// Name, first and last sector of each.
fn partitions(folder: &Path) -> Vec<(String, u64, u64)> {
    let listed = Command::new("sgdisk")
        .arg("-p")
        .arg(folder.join("disk.img"))
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    listed
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.first()?.parse::<u32>().ok()?;
            Some((
                (*words.last()?).to_owned(),
                words[1].parse().ok()?,
                words[2].parse().ok()?,
            ))
        })
        .collect()
}

fn history(folder: &Path) -> Vec<u8> {
    let mut found = vec![0; HISTORY.len()];
    let file = File::open(folder.join("disk.img")).unwrap();
    file.read_exact_at(&mut found, DATA_AT + 4096).unwrap();
    found
}

#[test]
fn the_data_partition_takes_the_rest_of_the_card() {
    let folder = tempfile::tempdir().unwrap();
    card(folder.path(), true);
    let before = partitions(folder.path());
    repart(folder.path());
    let after = partitions(folder.path());
    assert_eq!(after[..2], before[..2]);
    let (name, first, last) = &after[2];
    assert_eq!((name.as_str(), *first), ("data", before[2].1));
    assert!(
        (last + 1) * 512 > 254 * MEBIBYTE,
        "it ends at sector {last}"
    );
    assert_eq!(history(folder.path()), HISTORY);
}

/// repart made a lost entry anew over the old place, and had the blocks there discarded: all was gone,
/// and no page had asked.
#[test]
fn repart_by_itself_would_make_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    card(folder.path(), false);
    repart(folder.path());
    let names: Vec<String> = partitions(folder.path())
        .into_iter()
        .map(|(name, ..)| name)
        .collect();
    assert_eq!(
        names,
        ["esp", "boot_a", "data"],
        "may-grow is needed no more"
    );
    assert_eq!(
        history(folder.path()),
        HISTORY,
        "its blocks are not discarded"
    );
}
