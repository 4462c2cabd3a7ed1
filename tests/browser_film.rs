//! What `hearth-media remux` makes, in a real browser's plain `<video>`: it plays, knows its
//! length, and jumps to the right picture.

use std::{path::Path, process::Command};

use hearth_tests::{Browser, FILM_FPS, FILM_SECONDS, film_in, peers::Files, program_path};
use serde_json::Value;

/// Plays a little, jumps about, reads the strip of each picture and plays to the end.
const PAGE: &str = r#"<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<video data-testid="film" src="FILM" muted playsinline width="640" height="360"></video>
<script>
const film = document.querySelector("video");
const say = (name, value) => film.setAttribute(`data-${name}`, value);
const heard = (event) => new Promise((done) => film.addEventListener(event, done, { once: true }));
const number = () => {
  const canvas = new OffscreenCanvas(320, 180);
  const context = canvas.getContext("2d");
  context.drawImage(film, 0, 0, 320, 180);
  const row = context.getImageData(0, 4, 320, 1).data;
  let number = 0;
  for (let block = 0; block < 32; block++) {
    number = number * 2 + (row[(block * 10 + 5) * 4 + 1] > 128 ? 1 : 0);
  }
  return number;
};
film.addEventListener("error", () => say("error", film.error.message || film.error.code));
(async () => {
  await heard("loadedmetadata");
  await film.play();
  while (film.currentTime < 1) await heard("timeupdate");
  film.pause();
  const seen = [];
  for (const place of [47.21, 3.21, 30.01, 12.61]) {
    film.currentTime = place;
    await heard("seeked");
    seen.push([place, number()]);
  }
  film.currentTime = film.duration - 1;
  await heard("seeked");
  const ended = heard("ended");
  await film.play();
  await ended;
  say("seen", JSON.stringify({ duration: film.duration, seen }));
})().catch((error) => say("error", error));
</script>
"#;

fn remux(film: &Path, out: &[&str]) {
    let made = Command::new(program_path("hearth-media"))
        .arg("remux")
        .arg(film)
        .args(out)
        .output()
        .expect("hearth-media starts");
    let said = String::from_utf8_lossy(&made.stdout);
    assert!(made.status.success(), "hearth-media remux: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_plays_what_remux_makes() {
    let folder = tempfile::tempdir().unwrap();
    let files = Files::start();
    let mut browser = Browser::start();
    for container in ["mkv", "ts"] {
        let out = folder.path().join(format!("{container}.mp4"));
        remux(
            &film_in(container, FILM_SECONDS),
            &["--out", out.to_str().unwrap()],
        );
        let film = files.put(&format!("{container}.mp4"), &out);
        let page = folder.path().join("page.html");
        std::fs::write(&page, PAGE.replace("FILM", &film)).unwrap();
        browser.open(&files.put(&format!("{container}.html"), &page));
        let mut seen = Value::Null;
        browser.until("film", "data-seen", |told| {
            seen = serde_json::from_str(told).unwrap_or_default();
            !seen.is_null()
        });
        let duration = seen["duration"].as_f64().unwrap();
        assert!((duration - f64::from(FILM_SECONDS)).abs() < 0.5, "{seen}");
        for jump in seen["seen"].as_array().unwrap() {
            let place = jump[0].as_f64().unwrap() * f64::from(FILM_FPS);
            let number = jump[1].as_f64().unwrap();
            // A transport stream's clock begins a few frames off.
            let near = if container == "ts" { 6.0 } else { 1.5 };
            assert!((number - place).abs() < near, "{container}: {jump}");
        }
        assert_eq!(browser.errors(), Vec::<String>::new());
    }
}
