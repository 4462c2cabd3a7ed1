//! Where media jobs run on the box: a control group beside hearthd's own, below the unit that
//! systemd delegated to it (`Delegate=`, `DelegateSubgroup=main`). A job that eats its memory ends
//! alone, and jobs leave the processor and the disk to the picture.
//!
//! Elsewhere nothing is delegated, and jobs have only the limits of `worker`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The share of jobs against hearthd's 100.
const WEIGHT: &str = "20";
const TASKS: &str = "128";

/// The file that takes the ids of jobs; None where nothing is delegated.
pub fn prepare() -> Option<PathBuf> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let unit = delegated(Path::new("/sys/fs/cgroup"), &own)?;
    match make(&unit) {
        Ok(jobs) => Some(jobs),
        Err(error) => {
            tracing::warn!(%error, unit = %unit.display(), "media jobs have no group of their own");
            None
        }
    }
}

/// The unit's folder, when this process sits in its `main`.
fn delegated(groups: &Path, own: &str) -> Option<PathBuf> {
    let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let unit = path.strip_suffix("/main")?;
    Some(groups.join(unit))
}

fn make(unit: &Path) -> io::Result<PathBuf> {
    for controller in ["+memory", "+cpu", "+io", "+pids"] {
        // A kernel without one of them still has the others.
        if let Err(error) = fs::write(unit.join("cgroup.subtree_control"), controller) {
            tracing::debug!(%error, controller, "this limit is not to be had");
        }
    }
    let jobs = unit.join("jobs");
    match fs::create_dir(&jobs) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let memory = half(&fs::read_to_string(unit.join("memory.max")).unwrap_or_default());
    for (file, value) in [
        ("memory.max", memory.as_str()),
        // All processes of a job end together, and none of hearthd's.
        ("memory.oom.group", "1"),
        ("cpu.weight", WEIGHT),
        ("io.weight", WEIGHT),
        ("io.bfq.weight", WEIGHT),
        ("pids.max", TASKS),
    ] {
        if jobs.join(file).exists() {
            fs::write(jobs.join(file), value)?;
        }
    }
    Ok(jobs.join("cgroup.procs"))
}

/// Half of the unit's own limit, which is a number of bytes or `max`.
fn half(limit: &str) -> String {
    limit
        .trim()
        .parse::<u64>()
        .map_or_else(|_| "max".into(), |bytes| (bytes / 2).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_delegated_unit_has_a_place_for_jobs() {
        let groups = Path::new("/sys/fs/cgroup");
        assert_eq!(
            delegated(groups, "0::/system.slice/hearthd.service/main\n"),
            Some("/sys/fs/cgroup/system.slice/hearthd.service".into())
        );
        for elsewhere in [
            "0::/user.slice/user-1000.slice/session-1.scope\n",
            "0::/\n",
            "12:memory:/main\n",
            "",
        ] {
            assert_eq!(delegated(groups, elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn jobs_get_half_of_the_units_memory_and_a_small_share() {
        let unit = tempfile::tempdir().unwrap();
        let jobs = unit.path().join("jobs");
        fs::create_dir(&jobs).unwrap();
        fs::write(unit.path().join("memory.max"), "1073741824\n").unwrap();
        for file in ["memory.max", "memory.oom.group", "cpu.weight", "pids.max"] {
            fs::write(jobs.join(file), "").unwrap();
        }
        assert_eq!(make(unit.path()).unwrap(), jobs.join("cgroup.procs"));
        let read = |file| fs::read_to_string(jobs.join(file)).unwrap();
        assert_eq!(read("memory.max"), "536870912");
        assert_eq!(read("memory.oom.group"), "1");
        assert_eq!(read("cpu.weight"), WEIGHT);
        assert!(
            !jobs.join("io.weight").exists(),
            "the kernel has no such limit here"
        );
        assert_eq!(half("max\n"), "max");
    }
}
