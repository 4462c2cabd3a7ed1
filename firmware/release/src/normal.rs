//! Titles as keys: what two spellings of one title have in common.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::words::is_cyrillic;

/// Lower-case words with single spaces: no punctuation, no diacritics, ё as е, & as "and".
///
/// For search keys and for comparing titles.
pub fn normalize(text: &str) -> String {
    plain(text).unwrap_or_else(|| by_unicode(text))
}

/// The same for a text of English and Russian letters alone, which most are, in a fifth of the
/// time: nothing in it composes or decomposes.
fn plain(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut between = false;
    let mut and = None;
    for letter in text.chars() {
        let lower = match letter {
            'a'..='z' | '0'..='9' | 'а'..='я' => letter,
            'A'..='Z' => letter.to_ascii_lowercase(),
            // Their small letters lie 32 places on.
            'А'..='Я' => char::from_u32(u32::from(letter) + 32)?,
            'ё' | 'Ё' => 'е',
            '\'' | '`' | '’' => continue,
            '&' => {
                let and = *and.get_or_insert_with(|| if is_cyrillic(text) { "и" } else { "and" });
                if !out.is_empty() {
                    out.push(' ');
                }
                out.push_str(and);
                between = true;
                continue;
            }
            letter if letter.is_ascii() => {
                between = true;
                continue;
            }
            _ => return None,
        };
        if between && !out.is_empty() {
            out.push(' ');
        }
        between = false;
        out.push(lower);
    }
    Some(out)
}

fn by_unicode(text: &str) -> String {
    let and = if is_cyrillic(text) { " и " } else { " and " };
    let mut out = String::with_capacity(text.len());
    for letter in text.nfkc().flat_map(char::to_lowercase) {
        match letter {
            'ё' => out.push('е'),
            // Its breve is no accent: й is a letter of its own.
            'й' => out.push('й'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            '&' => out.push_str(and),
            '\'' | '’' | '`' | '´' | 'ʼ' | '‘' => {}
            letter if letter.is_ascii_alphanumeric() => out.push(letter),
            letter if letter.is_alphanumeric() => out.extend(
                std::iter::once(letter)
                    .nfd()
                    .filter(|part| !matches!(part, '\u{300}'..='\u{36f}')),
            ),
            // Vowel signs of Indian scripts and the like belong to the word.
            letter if is_combining_mark(letter) => {
                if !matches!(letter, '\u{300}'..='\u{36f}') {
                    out.push(letter);
                }
            }
            _ => out.push(' '),
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    words.join(" ").nfc().collect()
}

/// The key of a whole title: without its leading article, numerals as digits.
pub fn title_key(title: &str) -> String {
    let lower = title.to_lowercase();
    let normal = normalize(title);
    let mut words: Vec<&str> = normal.split(' ').filter(|word| !word.is_empty()).collect();
    if words.len() > 1 && matches!(words[0], "the" | "a" | "an") {
        words.remove(0);
    } else if words.len() > 1
        && [", the", ", a", ", an"]
            .iter()
            .any(|end| lower.ends_with(end))
    {
        words.pop();
    }
    let mut key = String::with_capacity(normal.len());
    for (at, word) in words.into_iter().enumerate() {
        if at > 0 {
            key.push(' ');
        }
        key.push_str(if at > 0 { numeral(word) } else { word });
    }
    key
}

fn numeral(word: &str) -> &str {
    match word {
        "ii" => "2",
        "iii" => "3",
        "iv" => "4",
        "vi" => "6",
        "vii" => "7",
        "viii" => "8",
        "ix" => "9",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_meet() {
        assert_eq!(normalize("Ёлки-палки!"), "елки палки");
        assert_eq!(normalize("Amélie"), "amelie");
        assert_eq!(normalize("Fast & Furious"), "fast and furious");
        assert_eq!(normalize("Рик & Морти"), "рик и морти");
        assert_eq!(normalize("Don’t  Look_Up"), "dont look up");
        assert_eq!(normalize("Чайка"), "чайка");
        assert_eq!(normalize("Чаи\u{306}ка"), "чайка", "a decomposed й");
        assert_eq!(normalize("君の名は。"), "君の名は");
        assert_eq!(
            normalize("ガンダム"),
            "ガンダム",
            "voicing marks are letters"
        );
        assert_eq!(normalize("…"), "");
    }

    #[test]
    fn plain_letters_take_no_other_way() {
        for text in [
            "Ёлки-палки!",
            "  Fast & Furious  ",
            "&",
            "Рик&Морти и Ёж",
            "Don’t  Look_Up",
            "A 'quoted' `word`",
            "ПРЫГ-скок 2: Часть №",
            "щЩыЫьЬюЮяЯ0123456789azAZ~\u{7f}\t",
            "",
        ] {
            let plain = plain(text);
            assert!(plain.is_some() || text.contains('№'));
            assert_eq!(plain.unwrap_or_else(|| by_unicode(text)), by_unicode(text));
        }
    }

    #[test]
    fn a_title_key_forgets_articles_and_numerals() {
        assert_eq!(title_key("The Matrix"), title_key("Matrix, The"));
        assert_eq!(title_key("Rocky II"), title_key("Rocky 2"));
        assert_ne!(title_key("It"), title_key("It Follows"));
        assert_eq!(title_key("The"), "the");
    }
}
