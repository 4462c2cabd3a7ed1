//! `hearth-media`, the worker that touches media files: one process a job, bounded in memory,
//! time and priority, so that a broken file costs a job and never the daemon.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::LazyLock,
    time::Duration,
};

use serde::Deserialize;
use tokio::{fs, process::Command};

use crate::{health::Troubles, job_group};

const MEMORY_BYTES: u64 = 3 << 30;
const TEST_CARD: &str = "testcard.mkv";
const TEST_CARD_WITHIN: Duration = Duration::from_mins(15);
const RETRY_AFTER: Duration = Duration::from_secs(10);
const RETRY_AT_LEAST_EVERY: Duration = Duration::from_hours(1);

/// Made once, at the first job.
static GROUP: LazyLock<Option<PathBuf>> = LazyLock::new(job_group::prepare);

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("hearth-media is not beside hearthd nor in PATH; build it (`make build`)")]
    Missing,
    #[error("hearth-media could not be started")]
    Start(#[source] std::io::Error),
    #[error("hearth-media took longer than {} s", .0.as_secs())]
    Slow(Duration),
    /// What it said of its input.
    #[error("{0}")]
    Failed(String),
    /// It ended without a word: by a signal, for want of memory, or before it began.
    #[error("hearth-media broke off: {0}")]
    BrokeOff(String),
    #[error("{} could not be copied", .from.display())]
    Copy {
        from: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// Lays the test card among the films once: a copy of `made` where there is one (encoding takes a
/// small board minutes), else made here. A failure is told in the box's health, and tried again:
/// less and less often.
pub async fn lay_test_card(folder: PathBuf, made: PathBuf, troubles: Troubles) {
    let card = folder.join(TEST_CARD);
    let mut rest = RETRY_AFTER;
    while !card.exists() {
        let laid = if made.is_file() {
            copy_test_card(&made, &card).await
        } else {
            let arguments = [
                OsStr::new("testcard"),
                OsStr::new("--out"),
                card.as_os_str(),
            ];
            job(&arguments, TEST_CARD_WITHIN).await.map(drop)
        };
        match laid {
            Ok(()) => tracing::info!(card = %card.display(), "the test card lies among the films"),
            Err(error) => {
                tracing::warn!(%error, "the test card could not be made");
                troubles.tell("test_card", "", Some(error.to_string()));
                tokio::time::sleep(rest).await;
                rest = (rest * 2).min(RETRY_AT_LEAST_EVERY);
            }
        }
    }
    troubles.tell("test_card", "", None);
}

/// Beside the card and renamed, so that a half-copied one is never found.
async fn copy_test_card(made: &Path, card: &Path) -> Result<(), Error> {
    let part = card.with_extension("part");
    let copied = async {
        fs::copy(made, &part).await?;
        fs::File::open(&part).await?.sync_all().await?;
        fs::rename(&part, card).await
    };
    copied.await.map_err(|source| Error::Copy {
        from: made.to_owned(),
        source,
    })
}

/// Runs one job and answers its line of JSON.
pub(crate) async fn job(arguments: &[&OsStr], within: Duration) -> Result<String, Error> {
    let program = find_program().ok_or(Error::Missing)?;
    // `nice` and `prlimit` are there on every Debian: no unsafe code needed for limits.
    let mut command = match &*GROUP {
        Some(group) => {
            // The job moves itself, before it is one: nothing of it runs outside.
            let mut command = Command::new("sh");
            command.args(["-c", r#"echo $$ >"$0"; exec "$@""#]);
            command.arg(group).arg("nice");
            command
        }
        None => Command::new("nice"),
    };
    let child = command
        .args(["-n", "10", "prlimit"])
        .arg(format!("--as={MEMORY_BYTES}"))
        .arg(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(Error::Start)?;
    let output = tokio::time::timeout(within, child.wait_with_output())
        .await
        .map_err(|_| Error::Slow(within))?
        .map_err(Error::Start)?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if output.status.success() {
        return Ok(said);
    }
    if let Ok(Failed { error }) = serde_json::from_str(&said) {
        return Err(Error::Failed(error.detail));
    }
    let last = String::from_utf8_lossy(&output.stderr)
        .lines()
        .last()
        .map_or_else(|| output.status.to_string(), str::to_owned);
    Err(Error::BrokeOff(last))
}

/// The line of a job that failed.
#[derive(Deserialize)]
struct Failed {
    error: Detail,
}

#[derive(Deserialize)]
struct Detail {
    detail: String,
}

fn find_program() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok()?.with_file_name("hearth-media");
    let in_path = || {
        std::env::split_paths(&std::env::var_os("PATH")?)
            .map(|folder: PathBuf| Path::new(&folder).join("hearth-media"))
            .find(|program| program.is_file())
    };
    if beside.is_file() {
        Some(beside)
    } else {
        in_path()
    }
}
