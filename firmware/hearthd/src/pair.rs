//! `hearthd pair`: a PIN and its QR code in the terminal.

use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;

#[derive(Deserialize)]
struct Shown {
    pin: String,
    expires_in: u64,
    url: String,
    qr: Vec<String>,
}

pub fn pair(socket: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let pin = runtime.block_on(ask(socket))?;
    print!("{}", drawn(&pin.qr));
    println!("PIN {}  ({} min)", pin.pin, pin.expires_in / 60);
    println!("{}", pin.url);
    Ok(())
}

async fn ask(socket: &Path) -> anyhow::Result<Shown> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("two TLS providers were installed"))?;
    let client = reqwest::Client::builder().unix_socket(socket).build()?;
    let answer = client
        .post("http://localhost/api/v1/pairing/pin")
        .send()
        .await
        .with_context(|| {
            format!(
                "no hearthd answers at {}; start it first, or give --data",
                socket.display()
            )
        })?;
    if !answer.status().is_success() {
        bail!("hearthd refused to show a PIN: {}", answer.text().await?);
    }
    Ok(answer.json().await?)
}

/// Two rows of modules a line, with the quiet zone that cameras need, dark on light.
fn drawn(rows: &[String]) -> String {
    const QUIET: usize = 2;
    let size = rows.len();
    let dark = |row: usize, column: usize| {
        let inside = |at: usize| (QUIET..QUIET + size).contains(&at);
        inside(row)
            && inside(column)
            && rows[row - QUIET].as_bytes().get(column - QUIET) == Some(&b'1')
    };
    let mut text = String::new();
    for row in (0..size + 2 * QUIET).step_by(2) {
        text.push_str("\x1b[30;107m");
        for column in 0..size + 2 * QUIET {
            text.push(match (dark(row, column), dark(row + 1, column)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        text.push_str("\x1b[0m\n");
    }
    text
}
