//! How people type titles: with slips of the finger, on the wrong keyboard, in the wrong
//! alphabet.

/// The same keys on the other keyboard: `cbyntk` is «синтел», «ыштеуд» is `sintel`.
///
/// Nothing when it changes nothing.
pub fn other_keyboard(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
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
        if !out.ends_with(letter) {
            out.push(letter);
        }
    }
    out
}

/// How many slips a typed word of that many letters may have.
pub fn slips_allowed(letters: usize) -> usize {
    match letters {
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    }
}

/// The least slips (a letter wrong, missing, too many, or two swapped) that turn the typed word
/// into the beginning of `word`; none when there are more than `most`.
pub fn slips(typed: &[char], word: &[char], most: usize) -> Option<usize> {
    if typed.len() > word.len() + most {
        return None;
    }
    let word = &word[..word.len().min(typed.len() + most)];
    // Rows of the distance table: two before, one before, this one.
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=word.len()).collect();
    for (row, letter) in typed.iter().enumerate() {
        let mut this = Vec::with_capacity(word.len() + 1);
        this.push(row + 1);
        for (column, other) in word.iter().enumerate() {
            let same = usize::from(letter != other);
            let mut least = (last[column] + same)
                .min(last[column + 1] + 1)
                .min(this[column] + 1);
            let swapped =
                row > 0 && column > 0 && *letter == word[column - 1] && typed[row - 1] == *other;
            if swapped {
                least = least.min(before_last[column - 1] + 1);
            }
            this.push(least);
        }
        if this.iter().min().is_some_and(|least| *least > most) {
            return None;
        }
        before_last = std::mem::replace(&mut last, this);
    }
    last.into_iter().min().filter(|least| *least <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_keyboard_is_the_same_keys() {
        assert_eq!(other_keyboard("ыштеуд").as_deref(), Some("sintel"));
        assert_eq!(other_keyboard("cbynt").as_deref(), Some("синте"));
        assert_eq!(other_keyboard("`krb").as_deref(), Some("ёлки"));
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
            ("джон", "john"),
        ] {
            let near = slips(
                &skeleton(one).chars().collect::<Vec<_>>(),
                &skeleton(other).chars().collect::<Vec<_>>(),
                1,
            );
            assert!(near.is_some(), "{} {}", skeleton(one), skeleton(other));
        }
    }

    #[test]
    fn slips_are_counted_against_the_beginning() {
        let slips = |typed: &str, word: &str| {
            let (typed, word): (Vec<char>, Vec<char>) =
                (typed.chars().collect(), word.chars().collect());
            slips(&typed, &word, 2)
        };
        assert_eq!(slips("sint", "sintel"), Some(0));
        assert_eq!(slips("snit", "sintel"), Some(1), "two swapped");
        assert_eq!(slips("sitel", "sintel"), Some(1), "one missing");
        assert_eq!(slips("sinntel", "sintel"), Some(1), "one too many");
        assert_eq!(slips("abc", "sintel"), None);
        assert_eq!(slips("", "sintel"), Some(0));
    }
}
