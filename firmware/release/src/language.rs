//! Languages by whatever they are called.

/// Two- and three-letter codes of ISO 639 and names, English and Russian; the first is ISO 639-1.
const LANGUAGES: &[&[&str]] = &[
    &["ar", "ara", "arabic", "арабский"],
    &["be", "bel", "belarusian", "белорусский"],
    &["bg", "bul", "bulgarian", "болгарский"],
    &["cs", "cze", "ces", "czech", "чешский"],
    &["da", "dan", "danish", "датский"],
    &["de", "ger", "deu", "german", "немецкий"],
    &["el", "gre", "ell", "greek", "греческий"],
    &["en", "eng", "english", "английский", "англ"],
    &["es", "spa", "spanish", "испанский"],
    &["et", "est", "estonian", "эстонский"],
    &["fa", "per", "fas", "persian", "персидский"],
    &["fi", "fin", "finnish", "финский"],
    &["fr", "fre", "fra", "french", "французский"],
    &["he", "heb", "hebrew", "иврит"],
    &["hi", "hin", "hindi", "хинди"],
    &["hr", "hrv", "croatian", "хорватский"],
    &["hu", "hun", "hungarian", "венгерский"],
    &["hy", "arm", "hye", "armenian", "армянский"],
    &["id", "ind", "indonesian", "индонезийский"],
    &["is", "ice", "isl", "icelandic", "исландский"],
    &["it", "ita", "italian", "итальянский"],
    &["ja", "jpn", "japanese", "японский"],
    &["ka", "geo", "kat", "georgian", "грузинский"],
    &["kk", "kaz", "kazakh", "казахский"],
    &["ko", "kor", "korean", "корейский"],
    &["lt", "lit", "lithuanian", "литовский"],
    &["lv", "lav", "latvian", "латышский"],
    &["nl", "dut", "nld", "dutch", "нидерландский", "голландский"],
    &["no", "nor", "nob", "norwegian", "норвежский"],
    &["pl", "pol", "polish", "польский"],
    &["pt", "por", "portuguese", "португальский"],
    &["ro", "rum", "ron", "romanian", "румынский"],
    &["ru", "rus", "russian", "русский", "русские", "рус"],
    &["sk", "slo", "slk", "slovak", "словацкий"],
    &["sl", "slv", "slovenian", "словенский"],
    &["sr", "srp", "serbian", "сербский"],
    &["sv", "swe", "swedish", "шведский"],
    &["th", "tha", "thai", "тайский"],
    &["tr", "tur", "turkish", "турецкий"],
    &["uk", "ukr", "ukrainian", "украинский", "укр"],
    &["vi", "vie", "vietnamese", "вьетнамский"],
    &["zh", "chi", "zho", "chinese", "китайский"],
];

/// ISO 639-1 of a language that is called so: `eng`, `Russian`, `pt-BR`, `английский`.
pub fn language(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    // What follows is a country or a script.
    let word = name.split(['-', '_']).next().unwrap_or_default();
    let known = LANGUAGES.iter().find(|names| names.contains(&word));
    // OpenSubtitles' own codes.
    let own = match word {
        "pob" | "pb" => Some("pt"),
        "zht" | "zhe" => Some("zh"),
        "scc" => Some("sr"),
        _ => None,
    };
    known.map(|names| names[0]).or(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_many_names() {
        for (name, code) in [
            ("en", Some("en")),
            ("ENG", Some("en")),
            (" Russian", Some("ru")),
            ("pt-BR", Some("pt")),
            ("zh_cn", Some("zh")),
            ("pob", Some("pt")),
            ("украинский", Some("uk")),
            ("klingon", None),
            ("", None),
        ] {
            assert_eq!(language(name), code, "{name}");
        }
    }

    #[test]
    fn every_language_stands_once() {
        let mut names: Vec<&str> = LANGUAGES.iter().copied().flatten().copied().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
