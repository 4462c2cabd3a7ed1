//! Which mounted disks are to be searched: those below `/media`, `/run/media` and `/mnt`.

use std::path::{Path, PathBuf};

const PARENTS: &[&str] = &["/media", "/run/media", "/mnt"];

/// The mount points of disks in the text of `/proc/self/mountinfo` (see proc(5)), each once.
///
/// Only what lies on a device counts: no network shares, no overlays, no memory.
pub fn removable_mounts(mountinfo: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = mountinfo.lines().filter_map(mount_point).collect();
    found.sort();
    found.dedup();
    found
}

fn mount_point(line: &str) -> Option<PathBuf> {
    let (mount, device) = line.split_once(" - ")?;
    // id, parent, major:minor, root, mount point, options
    let point = unescape(mount.split(' ').nth(4)?);
    // file system, device, options
    let device = device.split(' ').nth(1)?;
    let below = PARENTS
        .iter()
        .any(|parent| Path::new(&point).starts_with(parent));
    (below && device.starts_with("/dev/")).then(|| PathBuf::from(point))
}

/// Space, tab, line feed and backslash are written as three octal digits.
fn unescape(text: &str) -> String {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let octal = (bytes[at] == b'\\')
            .then(|| bytes.get(at + 1..at + 4))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 8).ok());
        if let Some(byte) = octal {
            out.push(byte);
            at += 4;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
