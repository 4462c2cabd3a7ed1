//! Languages as release names write them: whole, shortened, and glued to `sub` or `dub`.

use crate::{
    dictionary::{List, Tag},
    language::language,
};

pub const NAMES: List = &[
    (Tag::Language("ru"), "rus|russian|русский|русская|рус"),
    (
        Tag::Language("en"),
        "eng|english|английский|англ|ingles|inglês|inglés|inglese|anglais",
    ),
    (Tag::Language("ja"), "jpn|jap|japanese|японский|яп|japones"),
    (Tag::Language("uk"), "ukr|ukrainian|украинский|укр"),
    (
        Tag::Language("fr"),
        "fre|fra|french|truefrench|vff|vfq|vf2|vfi|французский|francais|français",
    ),
    (
        Tag::Language("de"),
        "ger|deu|german|deutsch|немецкий|swissgerman",
    ),
    (Tag::Language("it"), "ita|italian|итальянский|italiano"),
    (
        Tag::Language("es"),
        "spa|spa la|spanish|esp|latino|castellano|espanol|español|испанский",
    ),
    (
        Tag::Language("pt"),
        "por|portuguese|ptbr|pt br|port br|por br|português|portugues|portuguesa|brazilian|legendado",
    ),
    (
        Tag::Language("pl"),
        "pol|polish|pllek|lekpl|lektor pl|lektor|lek pl|pl lek|dub pl|pl dub|dubbing pl|польский|polski",
    ),
    (Tag::Language("ko"), "kor|korean|корейский"),
    (
        Tag::Language("zh"),
        "chi|chn|chinese|mandarin|cantonese|китайский",
    ),
    (Tag::Language("hi"), "hin|hindi"),
    (Tag::Language("ta"), "tam|tamil"),
    (Tag::Language("te"), "tel|telugu"),
    (Tag::Language("ml"), "malayalam"),
    (Tag::Language("kn"), "kannada"),
    (Tag::Language("bn"), "bengali"),
    (Tag::Language("mr"), "marathi"),
    (Tag::Language("pa"), "punjabi"),
    (Tag::Language("gu"), "gujarati"),
    (Tag::Language("tr"), "tur|turkish|турецкий|turkce|türkçe"),
    (Tag::Language("nl"), "dut|nld|dutch|flemish"),
    (Tag::Language("sv"), "swe|swedish|svensk|svenska"),
    (Tag::Language("da"), "danish|danska|dansk"),
    (Tag::Language("no"), "nor|norwegian|norsk|norska"),
    (Tag::Language("fi"), "finnish|finsk|suomi"),
    (Tag::Language("is"), "icelandic"),
    (Tag::Language("et"), "estonian|эстонский"),
    (Tag::Language("lv"), "lav|latvian|латышский"),
    (Tag::Language("lt"), "lithuanian|литовский"),
    (Tag::Language("el"), "greek|греческий"),
    (Tag::Language("bg"), "bulgarian|bg audio|болгарский"),
    (Tag::Language("ro"), "rum|romanian|румынский"),
    (Tag::Language("hr"), "croatian|хорватский"),
    (Tag::Language("sr"), "serbian|сербский"),
    (Tag::Language("sk"), "slovak|словацкий"),
    (Tag::Language("sl"), "slovenian|словенский"),
    (Tag::Language("cs"), "cze|czech|чешский"),
    (Tag::Language("hu"), "hun|hungarian|венгерский"),
    (Tag::Language("kk"), "kaz|kazakh|казахский|каз"),
    (Tag::Language("be"), "blr|belarusian|белорусский"),
    (Tag::Language("ar"), "ara|arabic|арабский"),
    (Tag::Language("he"), "heb|hebrew|иврит"),
    (Tag::Language("fa"), "persian|farsi"),
    (Tag::Language("th"), "thai|тайский"),
    (Tag::Language("vi"), "vie|vietnamese|вьетнамский"),
    (Tag::Language("id"), "indonesian"),
    (Tag::Language("ms"), "malay"),
    (Tag::Language("ca"), "catala|català|catalan"),
];

/// Only in capitals: in small letters they are words.
pub const CAPITALS: List = &[
    (Tag::Language("ru"), "ru|ру"),
    (Tag::Language("en"), "en"),
    (Tag::Language("uk"), "ua"),
    (Tag::Language("ja"), "jp|ja"),
    (Tag::Language("de"), "de"),
    (Tag::Language("fr"), "fr|vf"),
    (Tag::Language("ko"), "kr|ko"),
    (Tag::Language("pl"), "pl"),
    (Tag::Language("pt"), "pt"),
    (Tag::Language("cs"), "cz"),
    (Tag::Language("sk"), "sk"),
    (Tag::Language("hu"), "hu"),
    (Tag::Language("lt"), "lt"),
    (Tag::Language("bg"), "bg"),
    (Tag::Language("nl"), "nl"),
];

/// Only beside another language (`EN-ES`, `Sv.No.Fi`): alone they are words or names.
pub const LISTED: List = &[
    (Tag::Language("ru"), "ru"),
    (Tag::Language("ja"), "jp"),
    (Tag::Language("uk"), "ua"),
    (Tag::Language("fr"), "fr"),
    (Tag::Language("de"), "de"),
    (Tag::Language("es"), "es"),
    (Tag::Language("it"), "it"),
    (Tag::Language("no"), "no|nob"),
    (Tag::Language("sv"), "sv"),
    (Tag::Language("da"), "da|dk|dan"),
    (Tag::Language("fi"), "fi|fin"),
    (Tag::Language("hr"), "hr"),
    (Tag::Language("ro"), "ro|rom"),
    (Tag::Language("el"), "gr|gre"),
    (Tag::Language("et"), "est"),
    (Tag::Language("lv"), "lat|lv"),
    (Tag::Language("tr"), "tr"),
    (Tag::Language("hi"), "hi"),
    (Tag::Language("id"), "ind"),
    (Tag::Language("ms"), "may"),
    (Tag::Language("th"), "tha"),
    (Tag::Language("ca"), "cat"),
    (Tag::Language("en"), "ing"),
    (Tag::Language("pt"), "port"),
    (Tag::Language("ml"), "mal"),
    (Tag::Language("kn"), "kan"),
    (Tag::Language("ar"), "arab"),
];

/// `KORSUB`, `HebDubbed`, `BGAUDIO`, `DUBPL`, and `简繁外挂`, which is how Chinese subtitles are made.
pub fn glued(word: &str) -> Option<Tag> {
    if word.starts_with(['简', '繁', '簡']) {
        return Some(Tag::Subtitles(Some("zh")));
    }
    if !word.is_ascii() || !(4..=12).contains(&word.len()) {
        return None;
    }
    let kinds = [
        ("subtitles", Tag::Subtitles(None)),
        ("subbed", Tag::Subtitles(None)),
        ("subs", Tag::Subtitles(None)),
        ("sub", Tag::Subtitles(None)),
        ("dubbed", Tag::Dub("dub", None)),
        ("dubs", Tag::Dub("dub", None)),
        ("dub", Tag::Dub("dub", None)),
        ("audio", Tag::Language("")),
    ];
    kinds.iter().find_map(|(kind, tag)| {
        let rest = word
            .strip_suffix(kind)
            .or_else(|| word.strip_prefix(kind))
            .filter(|rest| (2..=3).contains(&rest.len()))?;
        let spoken = code(rest)?;
        Some(match tag {
            Tag::Subtitles(_) => Tag::Subtitles(Some(spoken)),
            Tag::Dub(kind, _) => Tag::Dub(kind, Some(spoken)),
            _ => Tag::Language(spoken),
        })
    })
}

/// `NOSUBS` has none.
fn code(letters: &str) -> Option<&'static str> {
    match letters {
        "no" => None,
        "dk" => Some("da"),
        "cz" => Some("cs"),
        "gr" => Some("el"),
        "jp" | "jap" => Some("ja"),
        "kr" => Some("ko"),
        "ua" => Some("uk"),
        "br" => Some("pt"),
        "nor" => Some("no"),
        _ => language(letters),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_found_in_one_word_with_what_they_are_for() {
        assert_eq!(glued("korsub"), Some(Tag::Subtitles(Some("ko"))));
        assert_eq!(glued("swesubs"), Some(Tag::Subtitles(Some("sv"))));
        assert_eq!(glued("hebdubbed"), Some(Tag::Dub("dub", Some("he"))));
        assert_eq!(glued("dubpl"), Some(Tag::Dub("dub", Some("pl"))));
        assert_eq!(glued("bgaudio"), Some(Tag::Language("bg")));
        assert_eq!(glued("简繁外挂"), Some(Tag::Subtitles(Some("zh"))));
        for word in [
            "nosubs", "sub", "subs", "dubbed", "audio", "subway", "dubai", "esub",
        ] {
            assert_eq!(glued(word), None, "{word}");
        }
    }
}
