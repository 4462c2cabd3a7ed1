//! A folder that looks like the box's root to the boot's scripts, and what they told the system.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

const OVERLAY: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../image/overlay/usr/lib/hearth"
);
/// What would act on this machine: each only writes down its words.
const PRETENDED: &[&str] = &[
    "systemctl",
    "hearthd",
    "mount",
    "umount",
    "journalctl",
    "resolvectl",
    "fsck.vfat",
    "fsck.fat",
    "lsblk",
];

pub struct Root {
    folder: TempDir,
}

impl Root {
    /// A box that started slot A of version 1.2.3 for the first time.
    pub fn new() -> Self {
        let root = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for folder in [
            "bin",
            "proc/self",
            "proc/sys/kernel/random",
            "run/hearth-boot",
            "usr/lib/systemd",
            "etc",
            "boot/efi/grub",
            "data/hearth-boot",
            "data/NetworkManager/system-connections",
            "data/ssh",
            "dev",
            "var/lib/dbus",
            "sys/dev/block",
            "sys/devices/sda",
        ] {
            fs::create_dir_all(root.path(folder)).unwrap();
        }
        symlink(OVERLAY, root.path("usr/lib/hearth")).unwrap();
        for name in PRETENDED {
            root.pretend(name, "");
        }
        root.pretend("usr/lib/systemd/systemd-growfs", "");
        root.write(
            "proc/cmdline",
            "root=PARTUUID=x ro rauc.slot=A quiet systemd.machine_id=abc\n",
        );
        root.write(
            "proc/sys/kernel/random/uuid",
            "8c5b36f8-0c0a-4c6f-9d5e-6d6c1f6a4a11\n",
        );
        root.write(
            "proc/sys/kernel/random/boot_id",
            "0c0a4c6f-9d5e-6d6c-1f6a-4a118c5b36f8\n",
        );
        root.write(
            "usr/lib/os-release",
            "ID=debian\nIMAGE_ID=hearth\nIMAGE_VERSION=\"1.2.3\"\n",
        );
        root.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n");
        root.uptime(20);
        root.grubenv(&["ORDER=A B", "A_OK=1", "A_TRY=1", "B_OK=1", "B_TRY=0"]);
        root
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        fs::write(self.path(path), text).unwrap();
    }

    /// The text of a file; None where there is none.
    pub fn read(&self, path: &str) -> Option<String> {
        fs::read_to_string(self.path(path)).ok()
    }

    /// A program that writes its words down and then does `script`.
    pub fn pretend(&self, name: &str, script: &str) {
        let path = if name.contains('/') {
            name.to_owned()
        } else {
            format!("bin/{name}")
        };
        let word = name.rsplit('/').next().unwrap();
        self.write(
            &path,
            format!("#!/bin/sh\necho \"{word} $*\" >>\"$HEARTH_ROOT/told\"\n{script}\n"),
        );
        fs::set_permissions(self.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn uptime(&self, seconds: u32) {
        self.write("proc/uptime", format!("{seconds}.42 1.00\n"));
    }

    pub fn grubenv(&self, variables: &[&str]) {
        self.grubenv_in("grubenv", variables);
    }

    pub fn grubenv_in(&self, block: &str, variables: &[&str]) {
        let file = self.path("boot/efi/grub").join(block);
        let _ = fs::remove_file(&file);
        for words in [&["create"][..], &[&["set"], variables].concat()] {
            let done = Command::new("grub-editenv").arg(&file).args(words).status();
            assert!(
                done.expect("grub-editenv is there: run `make setup-test`")
                    .success()
            );
        }
    }

    pub fn grub_variable(&self, name: &str) -> Option<String> {
        self.grub_variable_in("grubenv", name)
    }

    pub fn grub_variable_in(&self, block: &str, name: &str) -> Option<String> {
        let file = self.path("boot/efi/grub").join(block);
        let listed = Command::new("grub-editenv")
            .arg(file)
            .arg("list")
            .output()
            .unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        listed
            .lines()
            .find_map(|line| Some(line.strip_prefix(name)?.strip_prefix('=')?.to_owned()))
    }

    /// Runs one of the boot's scripts.
    pub fn run(&self, words: &[&str]) -> Output {
        self.run_with(words, &[])
    }

    pub fn run_with(&self, words: &[&str], environment: &[(&str, &str)]) -> Output {
        let path = format!(
            "{}:{}",
            self.path("bin").display(),
            std::env::var("PATH").unwrap()
        );
        Command::new(Path::new(OVERLAY).join(words[0]))
            .args(&words[1..])
            .env("HEARTH_ROOT", self.folder.path())
            .env("PATH", path)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }

    /// Runs a script that must end well.
    pub fn done(&self, words: &[&str]) {
        let output = self.run(words);
        assert!(
            output.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// What the pretended programs were told since the last look, a line a call.
    pub fn told(&self) -> Vec<String> {
        let told = self.read("told").unwrap_or_default();
        self.write("told", "");
        told.lines().map(str::to_owned).collect()
    }
}
