//! Words of the box's own pages: network, updates, power, the first set-up. Written separately in
//! both languages, like the others.

use hearth_model::{Language, RolledBack};

#[derive(Debug)]
pub struct BoxWords {
    pub network: &'static str,
    pub updates: &'static str,
    pub power: &'static str,
    pub reach: [&'static str; 4],
    pub by_cable: &'static str,
    pub no_wifi: &'static str,
    pub networks_hint: &'static str,
    pub looking: &'static str,
    pub look_again: &'static str,
    pub joined: &'static str,
    pub known: &'static str,
    pub open: &'static str,
    pub with_password: &'static str,
    pub unsupported: &'static str,
    pub joining: &'static str,
    pub password_for: &'static str,
    pub shift: &'static str,
    pub signs: &'static str,
    pub space: &'static str,
    pub erase: &'static str,
    pub join: &'static str,
    pub address: &'static str,
    pub runs: &'static str,
    pub slot: &'static str,
    pub install: &'static str,
    pub from_stick: &'static str,
    pub check: &'static str,
    pub checking: &'static str,
    pub checked_never: &'static str,
    pub nothing_newer: &'static str,
    pub by_stick: &'static str,
    pub policy: &'static str,
    pub policies: [&'static str; 2],
    pub writing: &'static str,
    pub do_not_unplug: &'static str,
    pub ready: &'static str,
    pub restart_now: &'static str,
    pub failed: &'static str,
    pub rolled_back: &'static str,
    pub left_by_owner: &'static str,
    pub waiting: &'static str,
    pub confirmed: &'static str,
    pub restart: &'static str,
    pub power_off: &'static str,
    pub power_hint: &'static str,
    pub power_ask: [&'static str; 2],
    pub going: [&'static str; 2],
    pub yes: &'static str,
    pub no: &'static str,
    pub welcome: &'static str,
    pub set_up_steps: [&'static str; 3],
    pub set_up_hints: [&'static str; 3],
    pub go_on: &'static str,
    pub without_network: &'static str,
    pub without_phone: &'static str,
    pub phone_paired: &'static str,
    pub done: &'static str,
    pub image: &'static str,
    pub licences: &'static str,
    pub development: &'static str,
    pub not_here: &'static str,
}

static EN: BoxWords = BoxWords {
    network: "Network",
    updates: "Updates",
    power: "Restart and switch off",
    reach: [
        "Not connected",
        "Connecting",
        "Home network only",
        "Connected",
    ],
    by_cable: "By cable",
    no_wifi: "This box has no Wi-Fi. Connect it by cable.",
    networks_hint: "Choose a network, or put a cable in.",
    looking: "Looking for networks",
    look_again: "Look again",
    joined: "Connected",
    known: "Password is kept",
    open: "Open",
    with_password: "With a password",
    unsupported: "Cannot be joined from here",
    joining: "Connecting to",
    password_for: "Password of",
    shift: "ABC",
    signs: "#+=",
    space: "Space",
    erase: "Erase",
    join: "Connect",
    address: "Address",
    runs: "Installed version",
    slot: "slot",
    install: "Install",
    from_stick: "on a USB stick",
    check: "Look for updates",
    checking: "Looking for updates",
    checked_never: "Not looked yet",
    nothing_newer: "There is nothing newer",
    by_stick: "Updates come by USB stick: no address is set for them.",
    policy: "Install updates",
    policies: ["At night, by itself", "When I say so"],
    writing: "Installing",
    do_not_unplug: "Films go on meanwhile. If the power goes, nothing is lost.",
    ready: "is installed and runs after a restart.",
    restart_now: "Restart now",
    failed: "could not be installed.",
    rolled_back: "did not work on this box. It went back to the version before by itself.",
    left_by_owner: "was left: the version before was chosen on the TV.",
    waiting: "The new version is being checked",
    confirmed: "All is well",
    restart: "Restart",
    power_off: "Switch off",
    power_hint: "The place in every film is kept.",
    power_ask: ["Restart the box now?", "Switch the box off now?"],
    going: ["The box restarts", "The box switches off"],
    yes: "Yes",
    no: "No",
    welcome: "Welcome",
    set_up_steps: ["Language", "Network", "Your phone"],
    set_up_hints: [
        "Choose with the arrows, then press OK.",
        "For films from the internet. Films of your own play without.",
        "The phone becomes the remote, and its keyboard types on the TV.",
    ],
    go_on: "Continue",
    without_network: "Continue without network",
    without_phone: "Continue without a phone",
    phone_paired: "The phone is paired.",
    done: "Done",
    image: "Image",
    licences: "Licences",
    development: "Development build: it takes updates of whoever built it. Not for everyday use.",
    not_here: "This is not a Hearth box: its system is changed elsewhere.",
};

static RU: BoxWords = BoxWords {
    network: "Сеть",
    updates: "Обновления",
    power: "Перезапуск и выключение",
    reach: [
        "Нет подключения",
        "Подключается",
        "Только домашняя сеть",
        "Подключено",
    ],
    by_cable: "По кабелю",
    no_wifi: "У Hearth нет Wi-Fi. Подключите его кабелем.",
    networks_hint: "Выберите сеть или подключите кабель.",
    looking: "Ищем сети",
    look_again: "Искать снова",
    joined: "Подключено",
    known: "Пароль сохранён",
    open: "Без пароля",
    with_password: "С паролем",
    unsupported: "Отсюда не подключиться",
    joining: "Подключаемся к сети",
    password_for: "Пароль сети",
    shift: "ABC",
    signs: "#+=",
    space: "Пробел",
    erase: "Стереть",
    join: "Подключить",
    address: "Адрес",
    runs: "Установлена версия",
    slot: "слот",
    install: "Установить",
    from_stick: "на флешке",
    check: "Проверить обновления",
    checking: "Проверяем обновления",
    checked_never: "Ещё не проверяли",
    nothing_newer: "Новее ничего нет",
    by_stick: "Обновления ставятся с флешки: их адрес не задан.",
    policy: "Ставить обновления",
    policies: ["Ночью, сами", "Когда я скажу"],
    writing: "Устанавливается",
    do_not_unplug: "Фильмы тем временем идут. Если пропадёт питание, ничего не потеряется.",
    ready: "установлена и заработает после перезапуска.",
    restart_now: "Перезапустить сейчас",
    failed: "не установилась.",
    rolled_back: "не заработала. Hearth сам вернулся к прежней версии.",
    left_by_owner: "оставлена: на телевизоре выбрали прежнюю версию.",
    waiting: "Новая версия проверяется",
    confirmed: "Всё в порядке",
    restart: "Перезапустить",
    power_off: "Выключить",
    power_hint: "Место в каждом фильме сохраняется.",
    power_ask: ["Перезапустить Hearth сейчас?", "Выключить Hearth сейчас?"],
    going: ["Hearth перезапускается", "Hearth выключается"],
    yes: "Да",
    no: "Нет",
    welcome: "Добро пожаловать",
    set_up_steps: ["Язык", "Сеть", "Телефон"],
    set_up_hints: [
        "Выберите стрелками и нажмите OK.",
        "Нужна для фильмов из интернета. Свои фильмы играют и без неё.",
        "Телефон станет пультом, а его клавиатура будет печатать на телевизоре.",
    ],
    go_on: "Дальше",
    without_network: "Дальше без сети",
    without_phone: "Дальше без телефона",
    phone_paired: "Телефон подключён.",
    done: "Готово",
    image: "Образ",
    licences: "Лицензии",
    development: "Сборка для разработки: примет обновления того, кто её собрал. Не для каждого дня.",
    not_here: "Это не сам Hearth: система здесь настраивается по-своему.",
};

pub fn box_words(language: Language) -> &'static BoxWords {
    match language {
        Language::Ru => &RU,
        Language::En => &EN,
    }
}

/// That the version before runs again.
pub fn went_back(back: &RolledBack, language: Language) -> String {
    let words = box_words(language);
    let how = if back.is_by_owner() {
        words.left_by_owner
    } else {
        words.rolled_back
    };
    format!("{} {how}", back.version)
}

/// What an update failed to show before it was taken back.
pub fn owed(name: &str, language: Language) -> Option<&'static str> {
    let (en, ru) = match name {
        "start" => ("It did not start.", "Она не запустилась."),
        "hearthd-died" => (
            "Its programs kept stopping.",
            "Её программы останавливались.",
        ),
        "hearth-tv-died" => ("Its picture kept stopping.", "Её картинка пропадала."),
        "not-confirmed" => ("It took too long.", "Она не уложилась в срок."),
        "stopped-suddenly" => ("It stopped dead.", "Она внезапно останавливалась."),
        RolledBack::LEFT_BY_OWNER => (
            "It is not installed by itself again.",
            "Сама она больше не поставится.",
        ),
        "store" => (
            "It could not read what the box remembers.",
            "Она не смогла прочесть память Hearth.",
        ),
        "api" => ("It did not answer.", "Она не отвечала."),
        "frame" => ("It drew no picture.", "Она не показала картинку."),
        "media" => ("It could not play a film.", "Она не смогла показать фильм."),
        _ => return None,
    };
    Some(match language {
        Language::Ru => ru,
        Language::En => en,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words stand in `RolledBack::missing`; one that is not known is left out on the screen.
    #[test]
    fn whatever_an_update_failed_to_show_is_said() {
        for name in [
            "store",
            "api",
            "frame",
            "media",
            "start",
            "hearthd-died",
            "hearth-tv-died",
            "not-confirmed",
            "stopped-suddenly",
            "left-by-owner",
        ] {
            assert!(owed(name, Language::Ru).is_some(), "{name}");
        }
    }
}
