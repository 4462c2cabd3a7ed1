//! A display without a monitor, and what can be read from its picture.

use std::{
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use hearth_media::strip::{Picture, decode_strip, strip_height};
use tempfile::TempDir;

use crate::{FILM_FPS, FILM_SIZE, Program};

const PATIENCE: Duration = Duration::from_secs(60);
/// Of every film that is made for a test or a measurement: what reads as more is no strip.
const LONGEST_SECONDS: u32 = 120;

/// An Xvfb of the film's size. It maps its picture into a file (an XWD), so a look costs nothing.
#[derive(Debug)]
pub struct Display {
    _program: Program,
    folder: TempDir,
    /// `:99`
    pub name: String,
}

/// What the display showed at one moment: RGBX.
#[derive(Debug)]
pub struct Shot {
    pub width: u32,
    pub height: u32,
    pub data: Vec<u8>,
}

impl Display {
    pub fn start() -> Self {
        Self::start_sized(FILM_SIZE)
    }

    pub fn start_sized((width, height): (u32, u32)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut command = Command::new("Xvfb");
        command
            .args(["-displayfd", "1", "-nolisten", "tcp", "-noreset"])
            .args(["-screen", "0", &format!("{width}x{height}x24")])
            .arg("-fbdir")
            .arg(folder.path());
        let mut program = Program::start("Xvfb", &mut command);
        let number = program.wait_for("", PATIENCE);
        Self {
            _program: program,
            folder,
            name: format!(":{number}"),
        }
    }

    pub fn look(&self) -> Shot {
        let file = std::fs::read(self.folder.path().join("Xvfb_screen0"))
            .expect("Xvfb maps its picture there");
        Shot::from_xwd(&file)
    }

    /// Where the film is, read from the picture; none while no whole frame of it is shown.
    pub fn film_ms(&self) -> Option<u64> {
        self.look().film_ms()
    }

    /// Waits until something on the page has the focus, so that OK has something to act on.
    pub fn until_focus(&self) {
        let until = Instant::now() + PATIENCE;
        while !self.look().has_focus() {
            assert!(Instant::now() < until, "nothing gets the focus");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the film is shown at a position that suits.
    pub fn until_film(&self, what: &str, mut suits: impl FnMut(u64) -> bool) -> u64 {
        let until = Instant::now() + PATIENCE;
        let mut last = None;
        loop {
            let shown = self.film_ms();
            if let Some(ms) = shown.filter(|ms| suits(*ms)) {
                return ms;
            }
            last = shown.or(last);
            assert!(
                Instant::now() < until,
                "{what}: not shown within {PATIENCE:?}; the film was last seen at {last:?} ms"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Ember: the ring of what has the focus, and little else.
const FOCUS: [u8; 3] = [0xFF, 0x8A, 0x3D];
/// A ring around the smallest card is far longer; the mark in the rail is shorter.
const FOCUS_PIXELS: usize = 100;

impl Shot {
    /// Whether something wears the focus' ring.
    pub fn has_focus(&self) -> bool {
        let pixels = self.data.chunks_exact(4);
        pixels.filter(|pixel| pixel[..3] == FOCUS).count() >= FOCUS_PIXELS
    }

    /// Keeps the picture for whoever reads a failed test's report.
    pub fn keep(&self) {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("out");
        let path = folder.join(format!("display-{}.ppm", std::process::id()));
        let rgb = self.data.chunks_exact(4).flat_map(|pixel| &pixel[..3]);
        let mut ppm = format!("P6 {} {} 255\n", self.width, self.height).into_bytes();
        ppm.extend(rgb);
        let _ = std::fs::create_dir_all(&folder);
        if std::fs::write(&path, ppm).is_ok() {
            eprintln!("--- the display's last picture: {}", path.display());
        }
    }

    /// An X window dump: a header of big-endian numbers, colours nobody needs, rows of BGRX.
    fn from_xwd(file: &[u8]) -> Self {
        let number = |index: usize| {
            let bytes = file[index * 4..index * 4 + 4].try_into().unwrap();
            u32::from_be_bytes(bytes)
        };
        let (header_bytes, width, height) = (number(0), number(4), number(5));
        let (bits_per_pixel, row_bytes, colours) = (number(11), number(12), number(19));
        assert_eq!(bits_per_pixel, 32, "this Xvfb writes another depth");
        let start = header_bytes as usize + colours as usize * 12;
        let data = file[start..]
            .chunks_exact(row_bytes as usize)
            .take(height as usize)
            .flat_map(|row| row[..width as usize * 4].chunks_exact(4))
            .flat_map(|pixel| [pixel[2], pixel[1], pixel[0], 255])
            .collect();
        Self {
            width,
            height,
            data,
        }
    }

    /// The film's position, where the picture is the film's: also under the overlay, whose shade
    /// dims the strip as a whole.
    pub fn film_ms(&self) -> Option<u64> {
        let frame = self.decode().or_else(|| self.brightened()?.decode())?;
        let known = frame < LONGEST_SECONDS * FILM_FPS;
        known.then(|| u64::from(frame) * 1000 / u64::from(FILM_FPS))
    }

    fn decode(&self) -> Option<u32> {
        decode_strip(Picture {
            data: &self.data,
            width: self.width,
            height: self.height,
            stride: self.width as usize * 4,
            channels: 4,
        })
    }

    /// The same picture as bright as the strip's brightest block would be without a shade.
    fn brightened(&self) -> Option<Self> {
        let middle = strip_height(self.height) as usize / 2;
        let row = self.width as usize * 4;
        let strip = &self.data[middle * row..(middle + 1) * row];
        let brightest = strip.chunks_exact(4).map(|pixel| pixel[1]).max()?;
        // Too little light is left to tell a strip from a page.
        (brightest >= 40).then(|| Self {
            width: self.width,
            height: self.height,
            data: self
                .data
                .iter()
                .map(|value| (u32::from(*value) * 235 / u32::from(brightest)).min(255) as u8)
                .collect(),
        })
    }
}
