//! `hearthd update check|install|status`, for whoever sits at the box.

use std::{path::Path, time::Duration};

use anyhow::{Context, bail};
use clap::Subcommand;
use hearth_model::{Confirmation, Installing, UpdateFrom, UpdateOffer, UpdateStatus};
use serde_json::json;

use crate::local::Daemon;

const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Subcommand, Debug)]
pub enum Task {
    /// Looks for updates now, at the channel and on USB sticks.
    Check,
    /// Writes an update to the other slot, and waits for the end of it. It runs from the next
    /// start on.
    Install {
        /// Which of the offers; the newest unless said.
        version: Option<String>,
    },
    /// Says what runs, what could, and what became of the last update.
    Status,
}

pub fn run(socket: &Path, task: Task) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let daemon = Daemon::at(socket)?;
        match task {
            Task::Check => {
                let status: UpdateStatus = daemon
                    .post("/api/v1/device/updates/check", &json!({}))
                    .await?;
                print!("{}", told(&status));
                match status.trouble {
                    Some(trouble) => bail!("{} ({})", trouble.detail, trouble.slug),
                    None => Ok(()),
                }
            }
            Task::Status => {
                let status: UpdateStatus = daemon.get("/api/v1/device/updates").await?;
                print!("{}", told(&status));
                Ok(())
            }
            Task::Install { version } => install(&daemon, version.as_deref()).await,
        }
    })
}

async fn install(daemon: &Daemon<'_>, version: Option<&str>) -> anyhow::Result<()> {
    let status: UpdateStatus = daemon
        .post("/api/v1/device/updates/check", &json!({}))
        .await?;
    let offer =
        choose(&status.offers, version).with_context(|| match (version, &status.trouble) {
            (_, Some(trouble)) => format!("{} ({})", trouble.detail, trouble.slug),
            (Some(version), None) => {
                format!("{version} is not offered; see `hearthd update check`")
            }
            (None, None) => format!("there is nothing newer than {}", status.version),
        })?;
    let mut status: UpdateStatus = daemon
        .post("/api/v1/device/updates/install", &json!({ "id": offer.id }))
        .await?;
    let mut said = None;
    loop {
        match &status.installing {
            Installing::Running { version, percent } => {
                if said.replace(*percent) != Some(*percent) {
                    println!("{version}: {percent} %");
                }
            }
            Installing::Ready { version } => {
                println!("{version} is written; it runs from the next start on");
                return Ok(());
            }
            Installing::Failed { trouble, .. } => bail!("{} ({})", trouble.detail, trouble.slug),
            Installing::Idle => bail!("hearthd was started anew; see `hearthd update status`"),
        }
        tokio::time::sleep(LOOK_EVERY).await;
        status = daemon.get("/api/v1/device/updates").await?;
    }
}

/// The offers come with the channel's first, which offers its newest.
fn choose<'a>(offers: &'a [UpdateOffer], version: Option<&str>) -> Option<&'a UpdateOffer> {
    offers
        .iter()
        .find(|offer| version.is_none_or(|version| offer.version == version))
}

fn told(status: &UpdateStatus) -> String {
    let mut lines = vec![format!("runs {}", status.version)];
    if let Some(missing) = &status.missing {
        lines.push(missing.clone());
    }
    for slot in &status.slots {
        lines.push(format!(
            "slot {}: {}{}{}",
            slot.name,
            slot.version.as_deref().unwrap_or("version not known"),
            if slot.good { ", good" } else { ", not good" },
            if slot.booted { ", runs" } else { "" },
        ));
    }
    match &status.confirmation {
        Confirmation::None => {}
        Confirmation::Confirmed => lines.push("confirmed".into()),
        Confirmation::Waiting { missing } => {
            lines.push(format!("not confirmed yet: {}", missing.join(", ")));
        }
    }
    if let Some(back) = &status.rolled_back {
        lines.push(if back.is_by_owner() {
            format!("{} was left for this version, on the TV", back.version)
        } else {
            let missing = back.missing.join(", ");
            format!("{} did not stand its test: {missing}", back.version)
        });
    }
    match &status.installing {
        Installing::Idle => {}
        Installing::Running { version, percent } => {
            lines.push(format!("{version} is being written, {percent} %"));
        }
        Installing::Ready { version } => lines.push(format!("{version} runs after a restart")),
        Installing::Failed { version, trouble } => {
            lines.push(format!("{version}: {} ({})", trouble.detail, trouble.slug));
        }
    }
    for offer in &status.offers {
        let from = match (offer.from, &offer.file) {
            (UpdateFrom::Channel, _) => "the channel".to_owned(),
            (UpdateFrom::Stick, file) => {
                format!("a stick ({})", file.as_deref().unwrap_or_default())
            }
        };
        lines.push(format!(
            "offered: {} from {from}, {} MB",
            offer.version,
            offer.size_bytes.div_ceil(1_000_000)
        ));
        for note in offer.notes.en.lines() {
            lines.push(format!("  {note}"));
        }
    }
    lines.push(String::new());
    lines.join("\n")
}
