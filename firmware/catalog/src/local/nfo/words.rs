//! What NFO files call genres, countries and ages, in English and in Russian.

use crate::reading;

/// Russian names of the genres that services name in English.
const GENRES: &[(&str, &str)] = &[
    ("боевик", "action"),
    ("экшен", "action"),
    ("экшн", "action"),
    ("приключения", "adventure"),
    ("анимация", "animation"),
    ("мультфильм", "animation"),
    ("биография", "biography"),
    ("комедия", "comedy"),
    ("криминал", "crime"),
    ("документальный", "documentary"),
    ("документальное", "documentary"),
    ("драма", "drama"),
    ("семейный", "family"),
    ("фэнтези", "fantasy"),
    ("история", "history"),
    ("исторический", "history"),
    ("ужасы", "horror"),
    ("музыка", "music"),
    ("мюзикл", "musical"),
    ("детектив", "mystery"),
    ("мелодрама", "romance"),
    ("романтика", "romance"),
    ("фантастика", "science-fiction"),
    ("научная фантастика", "science-fiction"),
    ("спорт", "sport"),
    ("триллер", "thriller"),
    ("военный", "war"),
    ("вестерн", "western"),
];

/// Names of countries and their ISO 3166-1 codes.
const COUNTRIES: &[(&str, &[&str])] = &[
    ("AR", &["argentina", "аргентина"]),
    ("AT", &["austria", "австрия"]),
    ("AU", &["australia", "австралия"]),
    ("BE", &["belgium", "бельгия"]),
    ("BR", &["brazil", "бразилия"]),
    ("BY", &["belarus", "беларусь", "белоруссия"]),
    ("CA", &["canada", "канада"]),
    ("CH", &["switzerland", "швейцария"]),
    ("CN", &["china", "китай"]),
    ("CZ", &["czech republic", "czechia", "чехия"]),
    ("DE", &["germany", "германия"]),
    ("DK", &["denmark", "дания"]),
    ("ES", &["spain", "испания"]),
    ("FI", &["finland", "финляндия"]),
    ("FR", &["france", "франция"]),
    (
        "GB",
        &["united kingdom", "great britain", "uk", "великобритания"],
    ),
    ("GE", &["georgia", "грузия"]),
    ("GR", &["greece", "греция"]),
    ("HK", &["hong kong", "гонконг"]),
    ("HU", &["hungary", "венгрия"]),
    ("IE", &["ireland", "ирландия"]),
    ("IL", &["israel", "израиль"]),
    ("IN", &["india", "индия"]),
    ("IR", &["iran", "иран"]),
    ("IS", &["iceland", "исландия"]),
    ("IT", &["italy", "италия"]),
    ("JP", &["japan", "япония"]),
    (
        "KR",
        &["south korea", "korea", "южная корея", "корея южная"],
    ),
    ("KZ", &["kazakhstan", "казахстан"]),
    ("MX", &["mexico", "мексика"]),
    ("NL", &["netherlands", "нидерланды"]),
    ("NO", &["norway", "норвегия"]),
    ("NZ", &["new zealand", "новая зеландия"]),
    ("PL", &["poland", "польша"]),
    ("PT", &["portugal", "португалия"]),
    ("RO", &["romania", "румыния"]),
    ("RS", &["serbia", "сербия"]),
    ("RU", &["russia", "russian federation", "россия"]),
    ("SE", &["sweden", "швеция"]),
    ("SU", &["soviet union", "ussr", "ссср"]),
    ("TH", &["thailand", "таиланд"]),
    ("TR", &["turkey", "türkiye", "турция"]),
    ("TW", &["taiwan", "тайвань"]),
    ("UA", &["ukraine", "украина"]),
    (
        "US",
        &["united states of america", "united states", "usa", "сша"],
    ),
    ("ZA", &["south africa", "юар"]),
];

/// The slugs of what may be several genres in one text: `Action / Drama`.
pub(super) fn genres(text: &str) -> Vec<String> {
    let all = text.split(['/', ',', '|', ';']);
    all.flat_map(|name| {
        let name = name.trim().to_lowercase();
        match GENRES.iter().find(|(russian, _)| *russian == name) {
            Some((_, slug)) => vec![(*slug).to_owned()],
            None => reading::genres(&name),
        }
    })
    .collect()
}

/// The codes of what may be several countries in one text. Unknown ones are left out.
pub(super) fn countries(text: &str) -> Vec<String> {
    let all = text.split(['/', ',', '|', ';']);
    all.filter_map(|name| {
        let name = name.trim().to_lowercase();
        let known = COUNTRIES
            .iter()
            .find(|(code, names)| names.contains(&name.as_str()) || code.to_lowercase() == name);
        known.map(|(code, _)| (*code).to_owned())
    })
    .collect()
}

/// The youngest viewer by `Rated PG-13 for violence`, `US:TV-MA / RU:16+` or `16+`.
pub(super) fn age(text: &str) -> Option<u8> {
    text.split(['/', '|']).find_map(|label| {
        let label = label.trim();
        let label = label.strip_prefix("Rated ").unwrap_or(label);
        let (country, label) = label.split_once(':').unwrap_or(("US", label));
        let word = label.split_whitespace().next()?;
        reading::age(&country.trim().to_uppercase(), word)
    })
}

/// `136`, `136 min`, `2h 16m`.
pub(super) fn minutes(text: &str) -> Option<u32> {
    let text = text.trim().to_lowercase();
    let number = |text: &str| -> Option<(u32, usize)> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        Some((text[..digits].parse().ok()?, digits))
    };
    let (first, end) = number(&text)?;
    let rest = text[end..].trim_start();
    let minutes = if rest.starts_with(['h', 'ч']) {
        let more = rest.trim_start_matches(|letter: char| !letter.is_ascii_digit());
        first.checked_mul(60)? + number(more).map_or(0, |(minutes, _)| minutes.min(59))
    } else {
        first
    };
    (1..10_000).contains(&minutes).then_some(minutes)
}
