//! Real pictures on the TV: fetched over its line to the box, looked at in the pixels of a snapshot.

#![allow(clippy::unwrap_used)]

mod support;

use std::{process::Command, time::Duration};

use hearth_model::Look;
use support::{FakeBox, House, shot};

/// A poster of one colour, as the box would serve it.
fn plain(color: [u8; 3]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 20, 30);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&color.repeat(20 * 30)).unwrap();
    writer.finish().unwrap();
    bytes
}

struct Screen {
    width: usize,
    pixels: Vec<u8>,
}

impl Screen {
    fn of(fake: &FakeBox, name: &str, keys: &str) -> Self {
        let out = shot(name);
        let output = Command::new(env!("CARGO_BIN_EXE_hearth-tv"))
            .args(["snapshot", "--daemon", &fake.daemon(), "--lang", "en"])
            .args(["--keys", keys, "--out"])
            .arg(&out)
            .env("XDG_STATE_HOME", tempfile::tempdir().unwrap().path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        let file = std::io::BufReader::new(std::fs::File::open(&out).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let width = reader.next_frame(&mut pixels).unwrap().width as usize;
        Self { width, pixels }
    }

    fn at(&self, x: usize, y: usize) -> [i32; 3] {
        let at = (y * self.width + x) * 3;
        [0, 1, 2].map(|part| i32::from(self.pixels[at + part]))
    }

    fn is(&self, (x, y): (usize, usize), color: [u8; 3]) {
        let seen = self.at(x, y);
        let near = seen
            .iter()
            .zip(color)
            .all(|(seen, wanted)| (seen - i32::from(wanted)).abs() <= 6);
        assert!(near, "{seen:?} at {x}, {y}; {color:?} was to be there");
    }
}

const RED: [u8; 3] = [200, 30, 40];
const BLUE: [u8; 3] = [30, 60, 210];
/// What has no focus is a fifth of the background.
const BLUE_BACK: [u8; 3] = [26, 51, 171];

/// The films' page with pictures for the first two: its first card is at 96, 166 and 268 wide.
fn house() -> House {
    let mut house = House::furnished();
    for (at, (name, color)) in [("red", RED), ("blue", BLUE)].into_iter().enumerate() {
        house.titles[at].poster = Some(format!("/api/v1/pictures/{name}"));
        house.pictures.insert(name.into(), plain(color));
    }
    house.titles[2].poster = Some("/api/v1/pictures/gone".into());
    house.titles[3].poster = Some("/api/v1/pictures/torn".into());
    house.pictures.insert("torn".into(), b"<html>".to_vec());
    house
}

#[test]
fn posters_stand_in_their_place_with_round_corners_and_without_a_name() {
    // Late on purpose: a snapshot that did not wait for pictures would show art.
    let fake = FakeBox::start(House {
        delay: Duration::from_millis(200),
        ..house()
    });
    let screen = Screen::of(&fake, "pictures-films", "Left Down Enter");
    for place in [(230, 190), (120, 367), (340, 367), (230, 480), (230, 550)] {
        screen.is(place, RED);
    }
    // The second card gives way to the first, which has grown.
    for place in [(520, 190), (410, 367), (520, 480), (520, 550)] {
        screen.is(place, BLUE_BACK);
    }
    let corner = screen.at(388, 166);
    assert!(corner[2] < 40, "{corner:?}: the corner is round");
    let asked = fake.log(|log| log.requests.clone());
    let times = |name: &str| {
        let path = format!("GET /api/v1/pictures/{name}?w=268");
        asked.iter().filter(|request| **request == path).count()
    };
    assert_eq!((times("red"), times("blue")), (1, 1));
    // Neither what is not there nor what is broken keeps anybody from anything.
    assert!(times("gone") > 0 && times("torn") > 0);
}

#[test]
fn the_focused_titles_backdrop_fills_the_upper_right_and_fades() {
    let mut house = house();
    house.pictures.insert("wide".into(), plain([40, 200, 90]));
    let shown = house.rows[1].items.iter_mut().map(|item| &mut item.title);
    for title in shown.chain(&mut house.titles) {
        title.facts.backdrop = Some("/api/v1/pictures/wide".into());
    }
    let fake = FakeBox::start(house);
    for (name, keys) in [("home", "Down"), ("title", "Down Enter")] {
        let screen = Screen::of(&fake, &format!("pictures-{name}"), keys);
        let [red, green, blue] = screen.at(1880, 30);
        assert!(green > 120 && red < green / 2 && blue < green, "{name}");
        let left = screen.at(30, 30);
        assert!(left.iter().all(|part| *part < 40), "{name}: {left:?}");
        let low = screen.at(1880, 1060);
        assert!(low[1] < 60, "{name}: {low:?}");
    }
}

#[test]
fn a_still_bears_the_name_of_its_film() {
    let mut house = house();
    house.pictures.insert("wide".into(), plain(BLUE));
    let facts = &mut house.rows[0].items[0].title.facts;
    facts.backdrop = Some("/api/v1/pictures/wide".into());
    let fake = FakeBox::start(house);
    let screen = Screen::of(&fake, "pictures-continue", "");
    // The first card of the first row: 384 by 216 at 96, 612.
    screen.is((300, 675), BLUE);
    let white = (610..830)
        .flat_map(|y| (100..470).map(move |x| (x, y)))
        .filter(|(x, y)| screen.at(*x, *y).iter().all(|part| *part > 225))
        .count();
    assert!(white > 300, "the name is read on it: {white}");
}

#[test]
fn the_page_takes_the_colour_of_its_title_and_a_look_stands_in_for_a_picture() {
    let mut house = house();
    for item in &mut house.rows[1].items {
        item.title.facts.backdrop_look = Some(Look {
            colour: "#28c85a".into(),
            preview: String::new(),
        });
    }
    let fake = FakeBox::start(house);
    let screen = Screen::of(&fake, "pictures-look", "Down");
    let [red, green, blue] = screen.at(1880, 30);
    assert!(green > 120 && red < green / 2 && blue < green);
    // Where nothing stands, in the faint tint of it.
    screen.is((1850, 1065), [13, 28, 22]);
}
