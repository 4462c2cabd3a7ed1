//! `hearth-tv snapshot`: presses keys on the real interface without a display and writes down
//! what it shows. For tests, documentation and eyes.

use std::{
    fs::File,
    io::BufWriter,
    path::{Path, PathBuf},
    rc::Rc,
    time::{Duration, Instant},
};

use hearth_model::ScreenAbilities;
use slint::{PlatformError, Rgb8Pixel};
use tokio::runtime::Handle;

use crate::{
    app::{App, Start},
    keys::Step,
    platform::Headless,
    view_model::{Intent, Model, Role},
};

/// A page that is still busy after this long will not come to rest.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a turn of the loop may wait while nothing happens.
pub const LOOK_EVERY: Duration = Duration::from_millis(20);

#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("the page could not be drawn: {0}")]
    Platform(#[from] PlatformError),
    #[error("the page shows an error {moment}: {sentence}")]
    Page { moment: String, sentence: String },
    #[error("the page did not come to rest {0} within 90 s")]
    Restless(String),
    #[error("the picture could not be written to {path}: {cause}")]
    Write {
        path: PathBuf,
        cause: png::EncodingError,
    },
}

/// What to do and where to put the result.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub start: Start,
    pub size: (u32, u32),
    pub steps: Vec<Step>,
    pub out: PathBuf,
}

impl Snapshot {
    /// The role of a snapshot: no screen of the house unless something is to be played.
    pub fn role() -> Role {
        Role::Passing {
            abilities: ScreenAbilities::default(),
        }
    }

    /// The picture is written even when the page shows an error: it is the best description of it.
    pub fn take(self, runtime: &Handle) -> Result<(), SnapshotError> {
        let headless = Headless::install(self.size.0, self.size.1)?;
        let app = App::start(self.start, runtime)?;
        headless.show();
        app.fit();
        let played = play(&headless, &app, &self.steps);
        write(&self.out, &headless.pixels(), self.size).map_err(|cause| SnapshotError::Write {
            path: self.out.clone(),
            cause,
        })?;
        played
    }
}

fn play(headless: &Headless, app: &Rc<App>, steps: &[Step]) -> Result<(), SnapshotError> {
    settle(headless, app, "at the start")?;
    for (number, step) in steps.iter().enumerate() {
        match step {
            Step::Press(key) => app.take_in(Intent::Press(*key)),
            Step::Type(text) => {
                for letter in text.chars() {
                    app.take_in(Intent::Press(crate::keys::Key::Letter(letter)));
                }
            }
            Step::WaitMs(wait) => {
                let end = Instant::now() + Duration::from_millis(*wait);
                while Instant::now() < end {
                    headless.turn(Some(LOOK_EVERY));
                }
            }
            Step::Rest => {
                let end = Instant::now() + PATIENCE;
                while !app.model(Model::is_at_rest) {
                    headless.turn(Some(LOOK_EVERY));
                    if Instant::now() > end {
                        return Err(SnapshotError::Restless("by itself".into()));
                    }
                }
            }
        }
        settle(
            headless,
            app,
            &format!("after step {} ({step:?})", number + 1),
        )?;
    }
    Ok(())
}

/// Until nothing is asked for, nothing moves and what there is has been drawn.
fn settle(headless: &Headless, app: &Rc<App>, moment: &str) -> Result<(), SnapshotError> {
    let end = Instant::now() + PATIENCE;
    let mut quiet_turns = 0;
    while quiet_turns < 3 {
        headless.turn(Some(LOOK_EVERY));
        quiet_turns = if app.is_idle() && headless.is_still() {
            quiet_turns + 1
        } else {
            0
        };
        if Instant::now() > end {
            return Err(SnapshotError::Restless(moment.to_owned()));
        }
    }
    match app.problem() {
        Some(problem) => Err(SnapshotError::Page {
            moment: moment.to_owned(),
            sentence: problem.sentence().to_owned(),
        }),
        None => Ok(()),
    }
}

/// Writes a picture down as a PNG.
pub fn write(
    path: &Path,
    pixels: &[Rgb8Pixel],
    size: (u32, u32),
) -> Result<(), png::EncodingError> {
    let file = BufWriter::new(File::create(path)?);
    let mut encoder = png::Encoder::new(file, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let bytes: Vec<u8> = pixels
        .iter()
        .flat_map(|pixel| [pixel.r, pixel.g, pixel.b])
        .collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&bytes)?;
    writer.finish()
}
