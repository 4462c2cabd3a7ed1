//! The names of the languages that films are spoken and subtitled in.

use crate::Language;

/// A spoken language's name from its ISO 639 code; the code itself where nobody here knows it.
pub fn spoken(code: &str, language: Language) -> String {
    const SPOKEN: [(&str, &str, &str); 14] = [
        ("ru", "русский", "Russian"),
        ("en", "английский", "English"),
        ("ja", "японский", "Japanese"),
        ("de", "немецкий", "German"),
        ("fr", "французский", "French"),
        ("es", "испанский", "Spanish"),
        ("it", "итальянский", "Italian"),
        ("pt", "португальский", "Portuguese"),
        ("nl", "нидерландский", "Dutch"),
        ("pl", "польский", "Polish"),
        ("uk", "украинский", "Ukrainian"),
        ("ko", "корейский", "Korean"),
        ("zh", "китайский", "Chinese"),
        ("tr", "турецкий", "Turkish"),
    ];
    let two = match code {
        "rus" => "ru",
        "eng" => "en",
        "jpn" => "ja",
        "deu" | "ger" => "de",
        "fra" | "fre" => "fr",
        "spa" => "es",
        "ita" => "it",
        "por" => "pt",
        "nld" | "dut" => "nl",
        "pol" => "pl",
        "ukr" => "uk",
        "kor" => "ko",
        "zho" | "chi" => "zh",
        "tur" => "tr",
        other => other,
    };
    SPOKEN.iter().find(|(known, ..)| *known == two).map_or_else(
        || code.to_uppercase(),
        |(_, ru, en)| {
            match language {
                Language::Ru => *ru,
                Language::En => *en,
            }
            .to_owned()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_code_has_the_same_name() {
        for code in ["ru", "rus"] {
            assert_eq!(spoken(code, Language::Ru), "русский");
            assert_eq!(spoken(code, Language::En), "Russian");
        }
        assert_eq!(spoken("ger", Language::En), spoken("deu", Language::En));
        assert_eq!(spoken("xx", Language::Ru), "XX");
    }
}
