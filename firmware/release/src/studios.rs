//! Who dubs films and series: their name tells the language of the sound.

use std::{collections::HashMap, sync::LazyLock};

use crate::words::Word;

const STUDIOS: &[(&str, &str)] = &[
    (
        "ru",
        "lostfilm|newstudio|alexfilm|hdrezka studio|hdrezka|baibako|baibakotv|anilibria|anidub|shiza|shiza project|studio band|studioband|coldfilm|ideafilm|gears media|tvshows|jaskier|red head sound|кубик в кубе|kubik v kube|кураж бамбей|kuraj bambey|kurazh bambey|сыендук|syenduk|viruseproject|viruse project|le production|amedia|amediateka|omskbird|animaunt|persona99|anistar|anifilm|animevost|kansai studio|flarrow films|newstation|profix media|пифагор|невафильм|мосфильм мастер|movie dubbing|rudub|ultradox|cactusteam|novamedia|hamsterstudio|hamster studio|greenрай|anirise",
    ),
    (
        "uk",
        "fanvoxua|uateam|цікава ідея|струґачка|так треба продакшн",
    ),
];

/// Names by their first word.
static NAMES: LazyLock<HashMap<&'static str, Vec<Studio>>> = LazyLock::new(|| {
    let mut names: HashMap<&'static str, Vec<Studio>> = HashMap::new();
    for (language, studios) in STUDIOS {
        for studio in studios.split('|') {
            let parts: Vec<&'static str> = studio.split(' ').collect();
            names.entry(parts[0]).or_default().push((parts, language));
        }
    }
    for studios in names.values_mut() {
        studios.sort_by_key(|(parts, _)| std::cmp::Reverse(parts.len()));
    }
    names
});

type Studio = (Vec<&'static str>, &'static str);

/// The studio that begins `words`: how many words its name is, and what it speaks.
pub fn studio(words: &[Word<'_>]) -> Option<(usize, &'static str)> {
    #[cfg(test)]
    crate::work::look();
    let studios = NAMES.get(words.first()?.lower.as_str())?;
    studios
        .iter()
        .find(|(parts, _)| {
            parts.len() <= words.len()
                && parts
                    .iter()
                    .zip(words)
                    .all(|(part, word)| *part == word.lower)
        })
        .map(|(parts, language)| (parts.len(), *language))
}
