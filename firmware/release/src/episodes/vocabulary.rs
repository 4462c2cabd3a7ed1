//! The words for seasons, episodes and their numbers, in the languages names are written in.

use super::digits;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Season,
    Episode,
}

pub fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "season" | "seasons" | "staffel" | "staffeln" | "saison" | "saisons" | "temporada"
        | "temporadas" | "temp" | "tem" | "sez" | "stagione" | "stagioni" | "seizoen" | "sezon"
        | "sezona" | "sezony" | "сезон" | "сезоны" | "сезона" | "сезонов" | "сезону" | "сезони"
        | "сезонів" | "тв" => Unit::Season,
        "episode" | "episodes" | "ep" | "eps" | "épisode" | "épisodes" | "episodio"
        | "episodios" | "episodi" | "folge" | "folgen" | "cap" | "capitulo" | "capítulo"
        | "capitulos" | "capítulos" | "odc" | "odcinek" | "afl" | "aflevering" | "bölüm"
        | "bolum" | "blm" | "seria" | "serija" | "seriya" | "serii" | "серия" | "ser" | "serya"
        | "серии" | "серий" | "сер" | "эпизод" | "эпизоды" | "эпизода" | "эпизодов" | "эп"
        | "выпуск" | "выпуски" | "выпуска" | "выпусков" | "серія" | "серії" | "серій"
        | "епізод" | "епізоди" | "епізодів" | "випуск" | "випуски" | "випусків" => {
            Unit::Episode
        }
        _ => return None,
    })
}

/// Units that stand behind their number: `1 сезон`, `3.sezon`, `7. Bölüm`. English ones do not:
/// `Episode 5` behind a `3` belongs to the 5.
pub fn stands_behind(word: &str) -> bool {
    !word.is_ascii()
        || matches!(
            word,
            "sezon"
                | "seria"
                | "serija"
                | "seriya"
                | "serya"
                | "ser"
                | "sez"
                | "serii"
                | "bolum"
                | "blm"
                | "temporada"
                | "staffel"
                | "folge"
                | "stagione"
        )
}

/// Units that say how many there are when one number stands before them: `12 серий`.
pub fn counts(word: &str) -> bool {
    matches!(
        word,
        "серии"
            | "серий"
            | "эпизода"
            | "эпизодов"
            | "эп"
            | "выпуска"
            | "выпусков"
            | "серії"
            | "серій"
            | "епізоди"
            | "епізодів"
            | "випуски"
            | "випусків"
            | "сезонов"
            | "сезонів"
    )
}

/// Units of several: `Seasons 1 - 3` is a range, `Season 3 - 11` is an episode of the third.
pub fn plural(word: &str) -> bool {
    matches!(
        word,
        "seasons"
            | "episodes"
            | "eps"
            | "staffeln"
            | "saisons"
            | "temporadas"
            | "folgen"
            | "épisodes"
            | "episodios"
            | "capitulos"
            | "capítulos"
            | "сезоны"
            | "сезонов"
            | "сезони"
            | "серии"
            | "серий"
            | "эпизоды"
            | "выпуски"
            | "серії"
            | "епізоди"
            | "випуски"
    )
}

pub fn ordinal(word: &str) -> Option<u32> {
    let spelt = match word {
        "first" | "первый" | "перший" | "one" => 1,
        "second" | "второй" | "другий" | "two" => 2,
        "third" | "третий" | "третій" | "three" => 3,
        "fourth" | "четвертый" | "четвёртый" | "four" => 4,
        "fifth" | "пятый" | "five" => 5,
        "sixth" | "шестой" | "six" => 6,
        "seventh" | "седьмой" | "seven" => 7,
        "eighth" | "восьмой" | "eight" => 8,
        "ninth" | "девятый" | "nine" => 9,
        "tenth" | "десятый" | "ten" => 10,
        _ => 0,
    };
    if spelt > 0 {
        return Some(spelt);
    }
    let (number, end) = digits(word, 2)?;
    matches!(
        end,
        "st" | "nd"
            | "rd"
            | "th"
            | "й"
            | "ый"
            | "ой"
            | "ий"
            | "я"
            | "ая"
            | "а"
            | "ª"
            | "º"
            | "a"
            | "ème"
            | "eme"
            | "e"
    )
    .then_some(number)
}

pub fn roman(word: &str) -> Option<u32> {
    let numerals = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"];
    let at = numerals.iter().position(|numeral| *numeral == word)?;
    Some(at as u32 + 1)
}
