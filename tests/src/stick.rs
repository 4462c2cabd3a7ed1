//! A USB stick: a file system that is mounted where Debian mounts sticks, in a mount namespace of
//! its own, so that nothing of it touches this machine's.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use crate::Program;

const PATIENCE: Duration = Duration::from_secs(60);
const POINT: &str = "/media/hearth-stick";

/// A machine's mounts: a process that holds the namespace, which ends with it.
#[derive(Debug)]
pub struct Stick {
    holder: Program,
}

impl Stick {
    /// A machine into which a stick can be put; none is in yet.
    pub fn slot() -> Self {
        // A media folder of the namespace's own, so that the mount point can be made.
        let hold = format!(
            "mount -t tmpfs media /media && mkdir {POINT} && echo ready && exec sleep infinity"
        );
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount", "sh", "-c", &hold]);
        let mut holder = Program::start("a mount namespace", &mut command);
        holder.wait_for("ready", PATIENCE);
        Self { holder }
    }

    /// What starts a program on this machine: the words before the program's own.
    pub fn inside(&self) -> Vec<String> {
        ["nsenter", "--target", &self.holder.id().to_string()]
            .into_iter()
            .chain(["--user", "--mount", "--preserve-credentials", "--"])
            .map(str::to_owned)
            .collect()
    }

    /// The stick goes in, with one film on it.
    pub fn put_in(&self, name: &str, film: &Path) {
        // Named like a device, as a disk's mount is.
        self.run(&["mount", "-t", "tmpfs", "/dev/stick", POINT]);
        let to = format!("{POINT}/{name}");
        self.run(&["cp", film.to_str().unwrap(), &to]);
    }

    pub fn pull_out(&self) {
        self.run(&["umount", "--lazy", POINT]);
    }

    fn run(&self, words: &[&str]) {
        let inside = self.inside();
        let done = Command::new(&inside[0])
            .args(&inside[1..])
            .args(words)
            .stdin(Stdio::null())
            .output()
            .expect("nsenter starts");
        assert!(
            done.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}
