//! The worker as the daemon starts it: a child process, one JSON line, an exit code.

use std::{
    path::Path,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

/// A worker that takes longer than this hangs.
const LIMIT: Duration = Duration::from_mins(1);

#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: String,
}

impl Outcome {
    /// The single line of standard output, as JSON.
    pub fn line(&self) -> Value {
        assert_eq!(
            self.stdout.lines().count(),
            1,
            "not one line: {:?}",
            self.stdout
        );
        serde_json::from_str(&self.stdout).unwrap()
    }
}

pub fn worker(arguments: &[&str]) -> Outcome {
    run(Command::new(env!("CARGO_BIN_EXE_hearth-media")).args(arguments))
}

pub fn run(command: &mut Command) -> Outcome {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let end = Instant::now() + LIMIT;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("a worker was still running after {LIMIT:?}: {command:?}");
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    let stdout = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    Outcome { status, stdout }
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
