//! How people type titles: with slips of the finger, on the wrong keyboard, in the wrong
//! alphabet.

/// The same keys on the other keyboard: `cbyntk` is «синтел», «ыштеуд» is `sintel`.
///
/// Nothing when it changes nothing.
pub fn other_keyboard(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let lower: String = lower.chars().map(without_shift).collect();
    let latin_keys = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.".chars();
    let russian_keys = "ёйцукенгшщзхъфывапролджэячсмитьбю";
    let pairs: Vec<(char, char)> = latin_keys.zip(russian_keys.chars()).collect();
    let russian = lower.chars().any(|letter| russian_keys.contains(letter));
    let swapped: String = lower
        .chars()
        .map(|letter| {
            pairs
                .iter()
                .find_map(|&(latin, cyrillic)| {
                    if russian {
                        (letter == cyrillic).then_some(latin)
                    } else {
                        (letter == latin).then_some(cyrillic)
                    }
                })
                .unwrap_or(letter)
        })
        .collect();
    (swapped != lower).then_some(swapped)
}

/// Of the keys that are signs on the one keyboard and capitals on the other.
fn without_shift(sign: char) -> char {
    match sign {
        '~' => '`',
        '{' => '[',
        '}' => ']',
        ':' => ';',
        '"' => '\'',
        '<' => ',',
        '>' => '.',
        other => other,
    }
}

/// The sound of a normalized word in few Latin letters, the same for a name in either alphabet:
/// «синтел» and `sintel`, «джексон» and `jackson` meet in it.
pub fn skeleton(word: &str) -> String {
    let mut latin = String::with_capacity(word.len());
    for letter in word.chars() {
        match letter {
            'а' => latin.push('a'),
            'б' => latin.push('b'),
            'в' => latin.push('v'),
            'г' | 'ґ' => latin.push('g'),
            'д' => latin.push('d'),
            'е' | 'э' | 'є' => latin.push('e'),
            'ж' => latin.push_str("zh"),
            'з' => latin.push('z'),
            'и' | 'й' | 'ы' | 'і' | 'ї' => latin.push('i'),
            'к' => latin.push('k'),
            'л' => latin.push('l'),
            'м' => latin.push('m'),
            'н' => latin.push('n'),
            'о' => latin.push('o'),
            'п' => latin.push('p'),
            'р' => latin.push('r'),
            'с' => latin.push('s'),
            'т' => latin.push('t'),
            'у' => latin.push('u'),
            'ф' => latin.push('f'),
            'х' => latin.push('h'),
            'ц' => latin.push_str("ts"),
            'ч' => latin.push_str("ch"),
            'ш' | 'щ' => latin.push_str("sh"),
            'ъ' | 'ь' => {}
            'ю' => latin.push_str("iu"),
            'я' => latin.push_str("ia"),
            other => latin.push(other),
        }
    }
    // Several spellings of one sound.
    for (spelling, sound) in [
        ("shch", "sh"),
        ("kh", "h"),
        ("dzh", "j"),
        ("ph", "f"),
        ("ck", "k"),
        ("th", "t"),
        ("x", "ks"),
        ("w", "v"),
        ("q", "k"),
        ("yo", "io"),
        ("y", "i"),
    ] {
        if latin.contains(spelling) {
            latin = latin.replace(spelling, sound);
        }
    }
    let mut out = String::with_capacity(latin.len());
    for letter in latin.chars() {
        // Doubled letters sound like one; 2000 is not 20.
        if letter.is_ascii_digit() || !out.ends_with(letter) {
            out.push(letter);
        }
    }
    out
}

/// How many slips (a letter wrong, missing, too many, or two swapped) a typed word of that many
/// letters may have.
pub fn slips_allowed(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_keyboard_is_the_same_keys() {
        assert_eq!(other_keyboard("ыштеуд").as_deref(), Some("sintel"));
        assert_eq!(other_keyboard("cbynt").as_deref(), Some("синте"));
        assert_eq!(other_keyboard("`krb").as_deref(), Some("ёлки"));
        assert_eq!(other_keyboard("<hfn").as_deref(), Some("брат"));
        assert_eq!(other_keyboard("2012"), None);
    }

    #[test]
    fn two_alphabets_meet_in_the_skeleton() {
        for (one, other) in [
            ("синтел", "sintel"),
            ("матрикс", "matrix"),
            ("терминатор", "terminator"),
            ("чернобыль", "chernobyl"),
            ("хоббит", "khobbit"),
            ("тарковский", "tarkovsky"),
            ("брат", "brat"),
        ] {
            assert_eq!(skeleton(one), skeleton(other));
        }
        assert_eq!(skeleton("2000"), "2000");
    }
}
