//! `hearthd pair`: a PIN and its QR code in the terminal.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use crate::local::Daemon;

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
    let pin: Shown = runtime.block_on(async {
        Daemon::at(socket)?
            .post("/api/v1/pairing/pin", &json!({}))
            .await
    })?;
    print!("{}", drawn(&pin.qr));
    println!("PIN {}  ({} min)", pin.pin, pin.expires_in / 60);
    println!("{}", pin.url);
    Ok(())
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
