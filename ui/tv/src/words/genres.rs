//! Genres as people say them, in the words of the browser app: those of films, series and anime.

use hearth_model::Language;

/// Slug, Russian, English where it is not the slug without its dashes.
const GENRES: [(&str, &str, &str); 113] = [
    ("action", "боевик", ""),
    ("adult-cast", "взрослые герои", ""),
    ("adventure", "приключения", ""),
    ("animation", "мультфильм", ""),
    ("anthropomorphic", "звери как люди", ""),
    ("avant-garde", "авангард", "avant-garde"),
    ("award-winning", "с наградами", ""),
    ("biography", "биография", ""),
    ("boys-love", "любовь юношей", "boys’ love"),
    ("cars", "машины", ""),
    ("cgdct", "милые девушки", "cute girls"),
    ("childcare", "забота о детях", ""),
    ("combat-sports", "единоборства", ""),
    ("comedy", "комедия", ""),
    ("crime", "криминал", ""),
    ("crossdressing", "переодевание", ""),
    ("delinquents", "хулиганы", ""),
    ("dementia", "авангард", "avant-garde"),
    ("demons", "демоны", ""),
    ("detective", "расследование", ""),
    ("documentary", "документальное", ""),
    ("drama", "драма", ""),
    ("ecchi", "этти", ""),
    ("educational", "познавательное", ""),
    ("erotica", "эротика", ""),
    ("experimental", "экспериментальное", ""),
    ("family", "семейное", ""),
    ("fantasy", "фэнтези", ""),
    ("film-noir", "нуар", ""),
    ("gag-humor", "гэг-юмор", ""),
    ("game", "игры", "games"),
    ("game-show", "телеигра", ""),
    ("girls-love", "любовь девушек", "girls’ love"),
    ("gore", "жестокость", ""),
    ("gourmet", "еда", ""),
    ("harem", "гарем", ""),
    ("high-stakes-game", "игра с высокими ставками", ""),
    ("historical", "историческое", ""),
    ("history", "история", ""),
    ("horror", "ужасы", ""),
    ("idols", "айдолы", ""),
    ("idols-female", "айдолы-девушки", ""),
    ("idols-male", "айдолы-юноши", ""),
    ("isekai", "другой мир", "another world"),
    ("iyashikei", "успокаивающее", "soothing"),
    ("josei", "для женщин", "for women"),
    ("kids", "детское", "for children"),
    ("love-polygon", "любовный многоугольник", ""),
    ("love-status-quo", "любовь без перемен", ""),
    ("magic", "магия", ""),
    ("magical-sex-shift", "смена пола", ""),
    ("mahou-shoujo", "девочки-волшебницы", "magical girls"),
    ("martial-arts", "боевые искусства", ""),
    ("mecha", "большие роботы", "giant robots"),
    ("medical", "медицина", ""),
    ("military", "армия", ""),
    ("music", "музыка", ""),
    ("musical", "мюзикл", ""),
    ("mystery", "детектив", ""),
    ("mythology", "мифология", ""),
    ("news", "новости", ""),
    ("organized-crime", "мафия", ""),
    ("otaku-culture", "культура отаку", ""),
    ("parody", "пародия", ""),
    ("performing-arts", "сцена", ""),
    ("pets", "питомцы", ""),
    ("police", "полиция", ""),
    ("politics", "политика", ""),
    ("psychological", "психологическое", ""),
    ("racing", "гонки", ""),
    ("reality", "реалити-шоу", ""),
    ("reality-tv", "реалити-шоу", "reality"),
    ("reincarnation", "перерождение", ""),
    ("reverse-harem", "обратный гарем", ""),
    ("romance", "мелодрама", ""),
    ("samurai", "самураи", ""),
    ("school", "школа", ""),
    ("sci-fi", "фантастика", "science fiction"),
    ("science-fiction", "фантастика", ""),
    ("seinen", "для мужчин", "for men"),
    ("short", "короткометражное", ""),
    ("shoujo", "для девушек", "for girls"),
    ("shoujo-ai", "любовь девушек", "girls’ love"),
    ("shounen", "для юношей", "for boys"),
    ("shounen-ai", "любовь юношей", "boys’ love"),
    ("showbiz", "шоу-бизнес", ""),
    ("slice-of-life", "повседневность", ""),
    ("soap", "мыльная опера", "soap opera"),
    ("space", "космос", ""),
    ("sport", "спорт", "sports"),
    ("sports", "спорт", ""),
    ("strategy-game", "стратегия", "strategy games"),
    ("super-power", "суперсила", "superpowers"),
    ("supernatural", "сверхъестественное", ""),
    ("surreal", "сюрреализм", ""),
    ("survival", "выживание", ""),
    ("suspense", "саспенс", ""),
    ("talk", "ток-шоу", "talk show"),
    ("talk-show", "ток-шоу", ""),
    ("team-sports", "командный спорт", ""),
    ("technology", "технологии", ""),
    ("test", "проверка", ""),
    ("thriller", "триллер", ""),
    ("time-travel", "путешествия во времени", ""),
    ("urban-fantasy", "городское фэнтези", ""),
    ("vampire", "вампиры", "vampires"),
    ("video-game", "видеоигры", ""),
    ("villainess", "злодейка", ""),
    ("visual-arts", "искусство", ""),
    ("war", "военное", ""),
    ("western", "вестерн", ""),
    ("work-life", "работа", ""),
    ("workplace", "работа", ""),
];

/// A genre's slug in the reader's language; an unknown one is shown as it is.
pub fn genre(slug: &str, language: Language) -> String {
    let known = GENRES.iter().find(|(known, ..)| *known == slug);
    match (known, language) {
        (Some((_, russian, _)), Language::Ru) => (*russian).to_owned(),
        (Some((_, _, english)), Language::En) if !english.is_empty() => (*english).to_owned(),
        _ => slug.replace('-', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn genres_are_said_in_both_languages() {
        assert_eq!(genre("science-fiction", Language::Ru), "фантастика");
        assert_eq!(genre("science-fiction", Language::En), "science fiction");
        assert_eq!(genre("talk", Language::En), "talk show");
        assert_eq!(genre("slow-cinema", Language::Ru), "slow cinema");
        let slugs: std::collections::BTreeSet<&str> =
            GENRES.iter().map(|(slug, ..)| *slug).collect();
        assert_eq!(slugs.len(), GENRES.len(), "each once");
    }
}
