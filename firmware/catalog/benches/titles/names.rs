//! A seeded catalogue with names as films, series and anime have them: Russian, English and
//! Japanese, a few words common and most of them rare.

use hearth_model::{Names, Title, TitleId, TitleKind};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// Words that many titles have, the most common first.
const ENGLISH: &[&str] = &[
    "The",
    "of",
    "Love",
    "and",
    "Man",
    "Night",
    "Day",
    "Last",
    "Life",
    "Dead",
    "Girl",
    "House",
    "World",
    "Dark",
    "Time",
    "Story",
    "Black",
    "War",
    "King",
    "Star",
    "City",
    "Road",
    "Blood",
    "Secret",
    "Home",
    "Little",
    "Summer",
    "Red",
    "Woman",
    "Death",
    "Big",
    "Heart",
    "Great",
    "Wild",
    "American",
    "Game",
    "Lost",
    "Fire",
    "Moon",
    "Christmas",
    "Dragon",
    "Family",
    "Murder",
    "Ghost",
    "Street",
    "White",
    "River",
    "Island",
    "Legend",
    "Return",
    "Adventures",
    "Broken",
    "Winter",
    "Golden",
    "Mystery",
    "Journey",
    "Beautiful",
    "Brothers",
    "Hunter",
    "Shadow",
    "Silent",
    "Midnight",
    "Stranger",
    "Kingdom",
    "Detective",
    "Forever",
    "Zombie",
    "Interstellar",
    "Matrix",
];

const RUSSIAN: &[&str] = &[
    "и",
    "Любовь",
    "в",
    "на",
    "Дом",
    "День",
    "не",
    "Ночь",
    "Последний",
    "Мир",
    "Человек",
    "из",
    "Жизнь",
    "Война",
    "Тайна",
    "Город",
    "Моя",
    "Время",
    "История",
    "Чёрный",
    "Девушка",
    "Звезда",
    "Дорога",
    "Король",
    "Кровь",
    "Смерть",
    "Сердце",
    "Лето",
    "Красный",
    "Белый",
    "Большой",
    "Маленький",
    "Брат",
    "Сестра",
    "Семья",
    "Дело",
    "Призрак",
    "Остров",
    "Легенда",
    "Возвращение",
    "Приключения",
    "Зимний",
    "Золотой",
    "Путешествие",
    "Охотник",
    "Тень",
    "Тихий",
    "Полночь",
    "Незнакомец",
    "Королевство",
    "Детектив",
    "Навсегда",
    "Ёлки",
    "Слёзы",
    "Матрица",
    "Следствие",
];

const ENGLISH_PARTS: &[&str] = &[
    "al", "an", "ar", "ber", "bo", "brim", "ca", "chel", "con", "dan", "del", "den", "do", "el",
    "er", "fal", "fen", "gar", "gle", "gran", "ha", "hol", "in", "ker", "ki", "lan", "lee", "lor",
    "lu", "mac", "mar", "mel", "mor", "ner", "nor", "o", "per", "qui", "ra", "ren", "ri", "ro",
    "san", "shaw", "sin", "sto", "ta", "ther", "ti", "tor", "ul", "van", "ver", "wal", "wen",
    "win", "wood", "xan", "yor", "zel",
];

const RUSSIAN_PARTS: &[&str] = &[
    "бе", "бор", "ва", "вер", "вол", "га", "глу", "гор", "да", "дол", "ду", "ев", "жа", "жи", "за",
    "звон", "зо", "ка", "кре", "ку", "ла", "лес", "лю", "ма", "мо", "му", "на", "не", "ни", "об",
    "о", "па", "пе", "по", "про", "ра", "ро", "ру", "са", "све", "сол", "ста", "та", "ти", "тро",
    "ту", "ха", "хо", "це", "ча", "че", "ша", "ще", "ю", "я",
];

const RUSSIAN_ENDINGS: &[&str] = &[
    "", "а", "ы", "у", "ой", "ый", "ая", "ов", "ник", "ка", "ский", "ость", "ень", "ин", "ёк",
];

/// A Japanese syllable in Latin, Russian and Japanese letters.
const SYLLABLES: &[(&str, &str, &str)] = &[
    ("a", "а", "ア"),
    ("i", "и", "イ"),
    ("u", "у", "ウ"),
    ("ka", "ка", "カ"),
    ("ki", "ки", "キ"),
    ("ku", "ку", "ク"),
    ("ko", "ко", "コ"),
    ("sa", "са", "サ"),
    ("shi", "си", "シ"),
    ("su", "су", "ス"),
    ("so", "со", "ソ"),
    ("ta", "та", "タ"),
    ("chi", "ти", "チ"),
    ("to", "то", "ト"),
    ("na", "на", "ナ"),
    ("ni", "ни", "ニ"),
    ("no", "но", "ノ"),
    ("ha", "ха", "ハ"),
    ("hi", "хи", "ヒ"),
    ("ho", "хо", "ホ"),
    ("ma", "ма", "マ"),
    ("mi", "ми", "ミ"),
    ("mo", "мо", "モ"),
    ("ya", "я", "ヤ"),
    ("yu", "ю", "ユ"),
    ("ra", "ра", "ラ"),
    ("ri", "ри", "リ"),
    ("ru", "ру", "ル"),
    ("re", "рэ", "レ"),
    ("ro", "ро", "ロ"),
    ("wa", "ва", "ワ"),
    ("n", "н", "ン"),
    ("ga", "га", "ガ"),
    ("go", "го", "ゴ"),
    ("ji", "дзи", "ジ"),
    ("do", "до", "ド"),
    ("be", "бэ", "ベ"),
    ("bo", "бо", "ボ"),
];

const KANJI: &str =
    "君名世界魔法少女戦物語夜空海星神王剣花恋学園風雪月光影時間旅人竜炎氷心夢春夏秋冬";

const GENRES: &[&str] = &[
    "drama",
    "comedy",
    "action",
    "thriller",
    "romance",
    "horror",
    "documentary",
    "animation",
    "crime",
    "adventure",
    "fantasy",
    "science-fiction",
    "mystery",
    "family",
    "war",
    "western",
];

/// Distinct words beside the common ones.
const RARE_ENGLISH: usize = 45_000;
const RARE_RUSSIAN: usize = 60_000;
const RARE_JAPANESE: usize = 20_000;

struct Words {
    english: Vec<String>,
    russian: Vec<String>,
    /// In Latin, Russian and Japanese letters.
    japanese: Vec<[String; 3]>,
}

/// The same titles at every call, the most popular ones anywhere among them, each with its
/// popularity on TMDB's scale.
pub fn catalogue(count: usize) -> Vec<(Title, f32)> {
    let mut rng = StdRng::seed_from_u64(20_101_227);
    let words = Words::new(&mut rng);
    (0..count).map(|at| title(&mut rng, &words, at)).collect()
}

impl Words {
    fn new(rng: &mut StdRng) -> Self {
        let mut english: Vec<String> = ENGLISH.iter().map(ToString::to_string).collect();
        english.extend((0..RARE_ENGLISH).map(|_| {
            let parts = rng.random_range(2..=4);
            let word: String = (0..parts).map(|_| *pick(rng, ENGLISH_PARTS)).collect();
            capital(&word)
        }));
        let mut russian: Vec<String> = RUSSIAN.iter().map(ToString::to_string).collect();
        russian.extend((0..RARE_RUSSIAN).map(|_| {
            let parts = rng.random_range(1..=4);
            let mut word: String = (0..parts).map(|_| *pick(rng, RUSSIAN_PARTS)).collect();
            word += *pick(rng, RUSSIAN_ENDINGS);
            capital(&word)
        }));
        let japanese = (0..RARE_JAPANESE)
            .map(|_| {
                let mut word = [String::new(), String::new(), String::new()];
                for _ in 0..rng.random_range(2..=5) {
                    let (latin, russian, kana) = pick(rng, SYLLABLES);
                    word[0].push_str(latin);
                    word[1].push_str(russian);
                    word[2].push_str(kana);
                }
                [capital(&word[0]), capital(&word[1]), word[2].clone()]
            })
            .collect();
        Self {
            english,
            russian,
            japanese,
        }
    }
}

fn title(rng: &mut StdRng, words: &Words, at: usize) -> (Title, f32) {
    let number = (rng.random_bool(0.08)).then(|| rng.random_range(2..=4));
    let sequel = |name: String| match number {
        Some(number) => format!("{name} {number}"),
        None => name,
    };
    let (kind, names) = match rng.random_range(0..100) {
        0..50 => {
            let en = sequel(phrase(rng, &words.english));
            let ru = sequel(phrase(rng, &words.russian));
            (TitleKind::Film, [Some(ru), Some(en.clone()), Some(en)])
        }
        50..68 => {
            let ru = sequel(phrase(rng, &words.russian));
            let en = rng.random_bool(0.4).then(|| phrase(rng, &words.english));
            (TitleKind::Series, [Some(ru.clone()), en, Some(ru)])
        }
        68..84 => {
            let [latin, russian, kana] = anime(rng, words);
            let names = [Some(sequel(russian)), Some(sequel(latin)), Some(kana)];
            (TitleKind::Anime, names)
        }
        _ => {
            let original = phrase(rng, &words.english)
                .replace('e', "é")
                .replace('o', "ö");
            let en = rng.random_bool(0.7).then(|| phrase(rng, &words.english));
            (TitleKind::Film, [None, en, Some(sequel(original))])
        }
    };
    let [ru, en, original] = names;
    let genres = (0..rng.random_range(1..=3)).map(|_| pick(rng, GENRES).to_string());
    let title = Title {
        id: TitleId::from_name(&format!("generated {at}")),
        genres: genres.collect(),
        year: Some(2026 - (60.0 * rng.random::<f32>().powi(2)) as u16),
        rating: rng
            .random_bool(0.8)
            .then(|| rng.random_range(20..95) as f32 / 10.0),
        ..Title::new(kind, Names { ru, en, original })
    };
    // A few are known to everybody, most to nobody.
    let popularity = 0.6 / rng.random_range(1e-6_f32..1.0).powf(0.6);
    (title, popularity.min(3_000.0))
}

fn phrase(rng: &mut StdRng, words: &[String]) -> String {
    let length = *pick(rng, &[1, 1, 2, 2, 2, 3, 3, 4, 5]);
    let words: Vec<&str> = (0..length).map(|_| common(rng, words).as_str()).collect();
    words.join(" ")
}

fn anime(rng: &mut StdRng, words: &Words) -> [String; 3] {
    let length = *pick(rng, &[1, 1, 2, 2, 3]);
    let mut name = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..length {
        let word = common(rng, &words.japanese);
        for (name, word) in name.iter_mut().zip(word) {
            name.push(word.clone());
        }
    }
    let kanji: Vec<char> = KANJI.chars().collect();
    let mut original: String = (0..rng.random_range(0..4))
        .map(|_| pick(rng, &kanji))
        .collect();
    original.push_str(&name[2].concat());
    [name[0].join(" "), name[1].join(" "), original]
}

/// The word at rank r as often as 1 / r.
fn common<'a, T>(rng: &mut StdRng, words: &'a [T]) -> &'a T {
    let rank = (words.len() as f64).powf(rng.random::<f64>());
    &words[(rank as usize - 1).min(words.len() - 1)]
}

fn pick<'a, T>(rng: &mut StdRng, all: &'a [T]) -> &'a T {
    all.choose(rng)
        .expect("the lists of this file are not empty")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// What somebody typed who wants `name`: its first letters, from four on with slips.
pub fn typed(rng: &mut StdRng, name: &str, length: usize, slips: usize) -> String {
    let mut letters: Vec<char> = name.to_lowercase().chars().take(length).collect();
    for _ in 0..slips {
        if letters.len() < 4 {
            break;
        }
        let at = rng.random_range(1..letters.len() - 1);
        match rng.random_range(0..3) {
            0 => letters.swap(at, at + 1),
            1 => letters[at] = letters[at - 1],
            _ => letters.insert(at, letters[at - 1]),
        }
    }
    letters.into_iter().collect()
}
