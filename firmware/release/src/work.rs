//! How much work a name takes, counted and not timed: every look at a word (as a number, at what
//! parts it from the one before, in the dictionary) is one step.
//!
//! Names are cut, so that what follows the first 1024 letters costs nothing; within them the work
//! grows with the length of the name. `cargo bench` tells how long it takes.

use std::cell::Cell;

use proptest::prelude::*;

use crate::{
    parse,
    words::{clean, split},
};

#[path = "../tests/pieces/mod.rs"]
mod pieces;

/// What no name may exceed.
const MOST_LOOKS_A_WORD: u64 = 150;
const LONG: usize = 4096;

thread_local! {
    static LOOKS: Cell<u64> = const { Cell::new(0) };
}

pub fn look() {
    LOOKS.set(LOOKS.get() + 1);
}

fn looks(name: &str) -> u64 {
    let before = LOOKS.get();
    std::hint::black_box(parse(name));
    LOOKS.get() - before
}

fn words(name: &str) -> u64 {
    split(&clean(name)).list.len() as u64
}

fn repeated(unit: &str, length: usize) -> String {
    unit.chars().cycle().take(length).collect()
}

proptest! {
    #[test]
    fn four_kilobytes_of_anything_take_a_bounded_number_of_looks_a_word(
        chosen in prop::collection::vec(prop::sample::select(pieces::PIECES), 1..40),
        letters in "\\PC{1,40}",
        glue in prop::sample::select(&["", " ", ".", "-", "_", "["][..]),
    ) {
        for unit in [chosen.join(glue), letters] {
            for length in [LONG / 32, LONG / 8, LONG] {
                let name = repeated(&unit, length);
                let (looks, words) = (looks(&name), words(&name));
                prop_assert!(
                    looks <= MOST_LOOKS_A_WORD * (words + 4),
                    "{looks} looks at {words} words of {unit}"
                );
            }
        }
    }
}

#[test]
fn each_piece_again_and_again_takes_a_bounded_number_of_looks_a_word() {
    for piece in pieces::PIECES {
        for glue in [" ", ".", "-", " - ", "_", "[", "/"] {
            let name = repeated(&format!("{piece}{glue}"), LONG);
            let (looks, words) = (looks(&name), words(&name));
            assert!(
                looks <= MOST_LOOKS_A_WORD * (words + 4),
                "{looks} looks at {words} words of {piece}{glue}"
            );
        }
    }
}

#[test]
fn what_is_cut_off_takes_no_look() {
    let name = repeated("Title S01E02 1080p - ", 1024);
    assert!(looks(&name) > 0);
    assert_eq!(
        looks(&format!("{name}{}", repeated(" 1x02 -", LONG))),
        looks(&name)
    );
}
