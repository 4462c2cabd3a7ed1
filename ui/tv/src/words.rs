//! Every word the TV says, in Russian and in English: written separately, not translated.
//!
//! A dictionary is plain data, so that the language can change while the box runs.

mod problems;

use hearth_model::{Health, Language, TitleKind};

pub use problems::{problem, took_over};

/// The fixed texts. Sentences made from numbers are in `facts`.
#[derive(Debug)]
pub struct Words {
    pub home: &'static str,
    pub search: &'static str,
    pub films: &'static str,
    pub series: &'static str,
    pub settings: &'static str,
    pub row_continue: &'static str,
    pub row_open: &'static str,
    pub row_local: &'static str,
    pub play: &'static str,
    pub resume: &'static str,
    pub start_over: &'static str,
    pub pause: &'static str,
    pub sources: &'static str,
    pub next_source: &'static str,
    pub next_source_hint: &'static str,
    pub tracks: &'static str,
    pub sound: &'static str,
    pub subtitles: &'static str,
    pub subtitles_off: &'static str,
    pub track: &'static str,
    pub seek: &'static str,
    pub quality: &'static str,
    pub speed: &'static str,
    pub availability: &'static str,
    pub audio: &'static str,
    pub looking_for_sources: &'static str,
    pub no_sources: &'static str,
    pub no_sources_hint: &'static str,
    pub search_prompt: &'static str,
    pub nothing_found: &'static str,
    pub nothing_found_hint: &'static str,
    pub type_on_phone: &'static str,
    pub empty_home: &'static str,
    pub empty_home_hint: &'static str,
    pub empty_library: &'static str,
    pub no_daemon: &'static str,
    pub no_daemon_hint: &'static str,
    pub connection_lost: &'static str,
    pub try_again: &'static str,
    pub went_wrong: &'static str,
    pub back_to_title: &'static str,
    pub opening: &'static str,
    pub buffering: &'static str,
    pub trying_another: &'static str,
    pub cannot_play: &'static str,
    pub seasons_specials: &'static str,
    pub watched: &'static str,
    pub pair_phone: &'static str,
    pub pair_steps: [&'static str; 3],
    pub pair_used: &'static str,
    pub pair_elsewhere: &'static str,
    pub language: &'static str,
    pub language_name: &'static str,
    pub language_hint: &'static str,
    pub about: &'static str,
    pub about_name: &'static str,
    pub about_version: &'static str,
    pub about_address: &'static str,
    pub about_unknown: &'static str,
    pub enter_pin: &'static str,
    pub enter_pin_hint: &'static str,
    pub space: &'static str,
    pub erase: &'static str,
    pub clear: &'static str,
    pub health: [&'static str; 3],
}

static EN: Words = Words {
    home: "Home",
    search: "Search",
    films: "Films",
    series: "Series",
    settings: "Settings",
    row_continue: "Continue watching",
    row_open: "Open movies",
    row_local: "On this box",
    play: "Play",
    resume: "Continue",
    start_over: "Start over",
    pause: "Pause",
    sources: "Sources",
    next_source: "Next source",
    next_source_hint: "The next-best one takes over where you are",
    tracks: "Sound and subtitles",
    sound: "Sound",
    subtitles: "Subtitles",
    subtitles_off: "Off",
    track: "Track",
    seek: "Seek",
    quality: "Quality",
    speed: "Speed",
    availability: "Availability",
    audio: "Sound",
    looking_for_sources: "Looking for sources",
    no_sources: "No source was found",
    no_sources_hint: "Try again later, or put the film into a folder of the box.",
    search_prompt: "Title of a film or series",
    nothing_found: "Nothing found",
    nothing_found_hint: "Check the spelling, or try the other alphabet.",
    type_on_phone: "Or type on your phone",
    empty_home: "Nothing here yet",
    empty_home_hint: "Put films into a folder of the box, or search for one.",
    empty_library: "Nothing of this kind is known yet",
    no_daemon: "The box does not answer",
    no_daemon_hint: "It may still be starting. This page goes on trying by itself.",
    connection_lost: "No answer from the box, trying again",
    try_again: "Try again",
    went_wrong: "That did not work",
    back_to_title: "Back to the title",
    opening: "Opening",
    buffering: "Loading more",
    trying_another: "This source failed, trying another",
    cannot_play: "No source could be played",
    seasons_specials: "Specials",
    watched: "Watched",
    pair_phone: "Pair a phone",
    pair_steps: [
        "Point the phone's camera at the code",
        "or open this address on the phone:",
        "and enter this PIN",
    ],
    pair_used: "The phone is paired. Press OK to pair another one.",
    pair_elsewhere: "A PIN is shown only on the box's own TV. Pair the phone there.",
    language: "Language",
    language_name: "English",
    language_hint: "Press OK for Russian",
    about: "About this box",
    about_name: "Name",
    about_version: "Version",
    about_address: "Address",
    about_unknown: "unknown",
    enter_pin: "Pair this screen",
    enter_pin_hint: "Enter the PIN the box shows under Settings, Pair a phone.",
    space: "Space",
    erase: "Erase",
    clear: "Clear",
    health: ["Not tried yet", "Works", "Failing"],
};

static RU: Words = Words {
    home: "Главная",
    search: "Поиск",
    films: "Фильмы",
    series: "Сериалы",
    settings: "Настройки",
    row_continue: "Смотреть дальше",
    row_open: "Свободное кино",
    row_local: "На Hearth",
    play: "Смотреть",
    resume: "Дальше с",
    start_over: "Сначала",
    pause: "Пауза",
    sources: "Источники",
    next_source: "Другой источник",
    next_source_hint: "Следующий по качеству, с этого же места",
    tracks: "Звук и субтитры",
    sound: "Звук",
    subtitles: "Субтитры",
    subtitles_off: "Выключены",
    track: "Дорожка",
    seek: "Перемотка",
    quality: "Качество",
    speed: "Скорость",
    availability: "Доступность",
    audio: "Звук",
    looking_for_sources: "Ищем источники",
    no_sources: "Источников не нашлось",
    no_sources_hint: "Попробуйте позже или положите фильм в папку Hearth.",
    search_prompt: "Название фильма или сериала",
    nothing_found: "Ничего не нашлось",
    nothing_found_hint: "Проверьте буквы или попробуйте другой алфавит.",
    type_on_phone: "Или наберите на телефоне",
    empty_home: "Здесь пока пусто",
    empty_home_hint: "Положите фильмы в папку Hearth или найдите что-нибудь поиском.",
    empty_library: "Такого пока нет",
    no_daemon: "Hearth не отвечает",
    no_daemon_hint: "Возможно, он ещё запускается. Эта страница сама пробует снова.",
    connection_lost: "Hearth не отвечает, пробуем снова",
    try_again: "Попробовать снова",
    went_wrong: "Не получилось",
    back_to_title: "Назад к описанию",
    opening: "Открываем",
    buffering: "Подгружаем",
    trying_another: "Источник подвёл, пробуем другой",
    cannot_play: "Ни один источник не воспроизводится",
    seasons_specials: "Спецвыпуски",
    watched: "Просмотрено",
    pair_phone: "Подключить телефон",
    pair_steps: [
        "Наведите камеру телефона на код",
        "или откройте на телефоне адрес",
        "и введите этот PIN",
    ],
    pair_used: "Телефон подключён. Нажмите OK, чтобы подключить ещё один.",
    pair_elsewhere: "PIN виден только на телевизоре самого Hearth. Подключите телефон там.",
    language: "Язык",
    language_name: "Русский",
    language_hint: "Нажмите OK, чтобы выбрать английский",
    about: "О Hearth",
    about_name: "Имя",
    about_version: "Версия",
    about_address: "Адрес",
    about_unknown: "неизвестно",
    enter_pin: "Подключить этот экран",
    enter_pin_hint: "Введите PIN с экрана Hearth: «Настройки», «Подключить телефон».",
    space: "Пробел",
    erase: "Стереть",
    clear: "Очистить",
    health: ["Ещё не проверен", "Работает", "Сбоит"],
};

/// The dictionary of a language.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::Ru => &RU,
    }
}

impl Words {
    pub fn kind(&self, kind: TitleKind) -> &'static str {
        match (kind, std::ptr::eq(self, &raw const RU)) {
            (TitleKind::Film, false) => "Film",
            (TitleKind::Film, true) => "Фильм",
            (TitleKind::Series, false) => "Series",
            (TitleKind::Series, true) => "Сериал",
            (TitleKind::Anime, false) => "Anime",
            (TitleKind::Anime, true) => "Аниме",
        }
    }

    pub fn health(&self, health: Health) -> &'static str {
        match health {
            Health::Unknown => self.health[0],
            Health::Good => self.health[1],
            Health::Failing => self.health[2],
        }
    }
}

/// A genre's slug in the reader's language; an unknown one is shown as it is.
pub fn genre(slug: &str, language: Language) -> String {
    const GENRES: [(&str, &str, &str); 24] = [
        ("action", "боевик", "action"),
        ("adventure", "приключения", "adventure"),
        ("animation", "мультфильм", "animation"),
        ("biography", "биография", "biography"),
        ("comedy", "комедия", "comedy"),
        ("crime", "криминал", "crime"),
        ("documentary", "документальное", "documentary"),
        ("drama", "драма", "drama"),
        ("experimental", "экспериментальное", "experimental"),
        ("family", "семейное", "family"),
        ("fantasy", "фэнтези", "fantasy"),
        ("history", "история", "history"),
        ("horror", "ужасы", "horror"),
        ("music", "музыка", "music"),
        ("mystery", "детектив", "mystery"),
        ("romance", "мелодрама", "romance"),
        ("science-fiction", "фантастика", "science fiction"),
        ("short", "короткометражное", "short"),
        ("sport", "спорт", "sport"),
        ("technology", "технологии", "technology"),
        ("thriller", "триллер", "thriller"),
        ("war", "военное", "war"),
        ("western", "вестерн", "western"),
        ("test", "проверка", "test"),
    ];
    GENRES
        .iter()
        .find(|(known, ..)| *known == slug)
        .map_or_else(
            || slug.replace('-', " "),
            |(_, ru, en)| {
                match language {
                    Language::Ru => *ru,
                    Language::En => *en,
                }
                .to_owned()
            },
        )
}

/// A spoken language's name from its ISO 639 code, short enough for a badge row.
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
