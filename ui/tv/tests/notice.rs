//! `hearth-tv notice`: the page of a box whose daemon or interface does not run.

#![allow(clippy::unwrap_used)]

use std::{fs, path::Path, process::Command};

const PAGE: &str = r#"{
    "title": {"ru": "Данные повреждены", "en": "The data is damaged"},
    "text": {
        "ru": "Раздел с историей и настройками не читается. Его можно починить: большая часть данных обычно сохраняется.",
        "en": "The partition with your history and settings cannot be read. It can be repaired: most of it is usually kept."
    },
    "foot": "http://192.168.1.7",
    "choices": [
        {"id": "repair", "ru": "Починить", "en": "Repair"},
        {"id": "restart", "ru": "Перезапустить", "en": "Restart"},
        {"id": "format", "ru": "Стереть и начать заново", "en": "Erase and start anew"}
    ]
}"#;
const EMBER: [u8; 3] = [0xFF, 0x8A, 0x3D];

/// What it printed, and whether it ended well.
fn notice(page: &str, keys: &str, out: &Path) -> (bool, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notice.json");
    fs::write(&file, page).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_hearth-tv"))
        .args(["notice", "--size", "1280x720", "--keys", keys, "--file"])
        .arg(&file)
        .arg("--out")
        .arg(out)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// The rows of the picture that hold the colour of what is focused.
fn ember_rows(picture: &Path) -> Vec<usize> {
    let file = std::io::BufReader::new(fs::File::open(picture).unwrap());
    let mut reader = png::Decoder::new(file).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    pixels
        .chunks(info.width as usize * 3)
        .enumerate()
        .filter(|(_, row)| row.chunks(3).filter(|pixel| *pixel == EMBER).count() > 400)
        .map(|(row, _)| row)
        .collect()
}

#[test]
fn the_keys_choose_and_the_choice_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let out = |name: &str| match std::env::var_os("HEARTH_SHOTS") {
        Some(shots) => Path::new(&shots).join(name),
        None => folder.path().join(name),
    };
    let (good, said, log) = notice(PAGE, "", &out("notice.png"));
    assert!(good && said.is_empty(), "{said}{log}");
    let first = ember_rows(&out("notice.png"));
    assert!(first.len() > 30, "the first choice is focused: {first:?}");

    let (_, said, _) = notice(PAGE, "Down", &out("notice-down.png"));
    assert_eq!(said, "");
    let second = ember_rows(&out("notice-down.png"));
    assert!(second[0] > *first.last().unwrap(), "{first:?} {second:?}");

    let cases = [
        ("Enter", "repair\n"),
        ("Down Enter", "restart\n"),
        ("Down Down Down Up Down Enter", "format\n"),
    ];
    for (keys, chosen) in cases {
        let (good, said, log) = notice(PAGE, keys, &out("notice-chosen.png"));
        assert!(good, "{log}");
        assert_eq!(said, chosen, "{keys}");
    }
}

#[test]
fn a_page_without_choices_and_a_wrong_file_are_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("notice.png");
    let bare = r#"{"title": {"ru": "Чиню…", "en": "Repairing…"}, "text": {"ru": "", "en": ""}}"#;
    let (good, said, log) = notice(bare, "Down Enter Up", &out);
    assert!(good && said.is_empty(), "{said}{log}");
    for wrong in ["", "{}", "[1]", r#"{"title": 1}"#] {
        let (good, _, log) = notice(wrong, "", &out);
        assert!(!good && log.contains("notice.json is not one"), "{log}");
    }
}
