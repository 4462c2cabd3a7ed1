//! What went wrong, in both languages: one sentence for each of the box's slugs. The sentence of
//! the box itself is English and speaks of requests; it is shown only for a slug of a newer box.

use hearth_model::{Failure, Language, Slug, SubtitleSearch};

use super::words;
use crate::{facts, view_model::Problem};

/// Says what happened and, where the page's button does not, what to do.
fn sentences(slug: Slug) -> [&'static str; 2] {
    match slug {
        Slug::InvalidRequest | Slug::MessageInvalid | Slug::ValueMissing => [
            "The box did not understand this. Go back and try again.",
            "Hearth этого не понял. Вернитесь назад и попробуйте снова.",
        ],
        Slug::NotFound => [
            "There is nothing here any more. Go back.",
            "Здесь больше ничего нет. Вернитесь назад.",
        ],
        Slug::MethodNotAllowed | Slug::UpgradeRequired => [
            "This screen and the box speak different versions. Update both.",
            "У этого экрана и Hearth разные версии. Обновите обоих.",
        ],
        Slug::TooLarge => [
            "That was too long. Shorten it and try again.",
            "Слишком длинно. Сократите и попробуйте снова.",
        ],
        Slug::Timeout => [
            "That took too long. Try again.",
            "Слишком долго не было ответа. Попробуйте снова.",
        ],
        Slug::RangeUnsatisfiable => [
            "This part of the film is not there. Choose another source.",
            "Этой части фильма нет. Выберите другой источник.",
        ],
        Slug::NotAScreen | Slug::ScreenAway | Slug::ScreenUnknown => [
            "The box does not see this screen. Try again in a moment.",
            "Hearth не видит этот экран. Попробуйте чуть позже.",
        ],
        Slug::HostRefused => [
            "The box does not go by this name. Use its address or hearth.local.",
            "У Hearth нет такого имени. Откройте его по адресу или как hearth.local.",
        ],
        Slug::OriginRefused => [
            "Another site may not steer the box. Open the box's own page.",
            "Чужой сайт не может управлять Hearth. Откройте страницу самого Hearth.",
        ],
        Slug::NotLocal => [
            "Only the box's own TV can do this.",
            "Это можно только на телевизоре самого Hearth.",
        ],
        Slug::NotOwner => [
            "Only the owner may change the box: on its TV, or with the phone that was paired first.",
            "Менять Hearth может только хозяин: на телевизоре или с первого подключённого телефона.",
        ],
        Slug::TokenMissing | Slug::TokenInvalid | Slug::RefreshInvalid => [
            "This screen is not paired any more. Pair it again.",
            "Этот экран больше не подключён. Подключите его снова.",
        ],
        Slug::PinWrong => [
            "That was not the PIN. Look again and re-enter it.",
            "PIN не подошёл. Проверьте и введите ещё раз.",
        ],
        Slug::PinNotShown => [
            "The box shows no PIN now. Open Settings, Pair a phone on it first.",
            "Сейчас PIN не показан. Откройте на Hearth «Настройки», «Подключить телефон».",
        ],
        Slug::TooManyAttempts => [
            "Too many attempts. Wait a minute, then try again.",
            "Слишком много попыток. Подождите минуту и попробуйте снова.",
        ],
        Slug::SignInWrong => [
            "The name or the password is wrong.",
            "Имя или пароль не подошли.",
        ],
        Slug::RegisterRefused => [
            "Only a paired device can add a person.",
            "Добавить человека можно только с подключённого устройства.",
        ],
        Slug::NameTaken => [
            "This name is taken. Choose another one.",
            "Это имя занято. Выберите другое.",
        ],
        Slug::TitleUnknown => [
            "The box does not know this title any more.",
            "Этого названия больше нет.",
        ],
        Slug::EpisodeUnknown => [
            "This episode is not there any more.",
            "Этой серии больше нет.",
        ],
        Slug::PersonUnknown => [
            "Nothing is known of this person.",
            "Об этом человеке ничего не известно.",
        ],
        Slug::SourceUnknown => [
            "This source is not there any more.",
            "Этого источника больше нет.",
        ],
        Slug::SessionUnknown => [
            "This viewing is over. Press Play again.",
            "Этот сеанс закончился. Нажмите «Смотреть» ещё раз.",
        ],
        Slug::ProviderUnknown => [
            "This provider is not there any more.",
            "Этого поставщика источников больше нет.",
        ],
        Slug::ProviderFixed => [
            "This provider stands in the configuration file: change it there.",
            "Этот поставщик записан в файле настроек: измените его там.",
        ],
        Slug::ProviderAddress => [
            "Something else answers at this address. Check the address.",
            "По этому адресу его нет. Проверьте адрес.",
        ],
        Slug::ProviderKey => [
            "It does not accept the key. Check the key.",
            "Ключ не подошёл. Проверьте ключ.",
        ],
        Slug::ProviderUnconfigured => [
            "Set this addon up first: open its page and copy the address it makes.",
            "Сначала настройте дополнение на его странице и скопируйте адрес оттуда.",
        ],
        Slug::ProviderTaken => [
            "There is such a provider already.",
            "Такой поставщик источников уже есть.",
        ],
        Slug::LinkUnreadable => [
            "This is no address and no magnet. Check that all of it was copied.",
            "Это не ссылка и не magnet. Проверьте, что скопировано целиком.",
        ],
        Slug::LinkOfAddon => [
            "This is an addon. The owner can add it on the phone: Settings, Where to look.",
            "Это дополнение. Хозяин может добавить его на телефоне: «Настройки», «Где искать».",
        ],
        Slug::LinkPrivate => [
            "This address is on the home network. The owner can allow it in the configuration.",
            "Этот адрес в домашней сети. Хозяин может разрешить его в настройках.",
        ],
        Slug::LinkEmpty => [
            "There is nothing there that plays. Give another address.",
            "Там нет ничего, что можно посмотреть. Дайте другую ссылку.",
        ],
        Slug::FileNotUnderstood => [
            "This is neither a .torrent file nor an M3U playlist.",
            "Это не торрент-файл и не список M3U.",
        ],
        Slug::GivenElsewhere => [
            "This belongs to another title. Add it there.",
            "Это относится к другому названию. Добавьте его там.",
        ],
        Slug::GivenWithoutEpisode => [
            "Its name does not say which episode it is. Choose the episode first.",
            "По имени не видно, какая это серия. Сначала выберите серию.",
        ],
        Slug::GivenFull => [
            "No more fits: take back something that was added before.",
            "Больше не помещается: сначала уберите что-нибудь из добавленного.",
        ],
        Slug::GivenUnknown => [
            "What was added is not there any more.",
            "Добавленного больше нет.",
        ],
        Slug::NotGiver => [
            "Only who added it, or the owner, can take it back.",
            "Убрать это может только тот, кто добавил, или хозяин.",
        ],
        Slug::DeviceUnknown => [
            "This device is not paired any more.",
            "Это устройство больше не подключено.",
        ],
        Slug::StreamExpired => [
            "The film was left open for too long. Press Play again.",
            "Фильм слишком долго был открыт. Нажмите «Смотреть» ещё раз.",
        ],
        Slug::NoSources => [
            "Try again later, or add a source from your phone.",
            "Попробуйте позже или добавьте источник с телефона.",
        ],
        Slug::NoSourcePlays => [
            "None of the sources plays right now. Try again later.",
            "Сейчас ни один из источников не воспроизводится. Попробуйте позже.",
        ],
        Slug::NoOtherSource => [
            "There is no other source for this title.",
            "Другого источника для этого названия нет.",
        ],
        Slug::NothingPlays => [
            "Nothing plays now. Press Play again.",
            "Сейчас ничего не идёт. Нажмите «Смотреть» ещё раз.",
        ],
        Slug::StaleRevision => [
            "Somebody moved the film meanwhile. Look where it is now.",
            "Фильм тем временем перемотали. Посмотрите, где он сейчас.",
        ],
        Slug::Superseded => [
            "Something else was chosen for this screen meanwhile.",
            "На этом экране тем временем выбрали другое.",
        ],
        Slug::SubtitlesUnknown => [
            "These subtitles are not there any more. Choose others.",
            "Этих субтитров больше нет. Выберите другие.",
        ],
        Slug::SubtitlesUnreadable => [
            "These subtitles cannot be read. Choose others.",
            "Эти субтитры не читаются. Выберите другие.",
        ],
        Slug::SubtitlesQuota => [
            "No more subtitles may be downloaded today. Try again tomorrow, or choose others.",
            "Лимит загрузок субтитров исчерпан. Попробуйте завтра или выберите другие.",
        ],
        Slug::SubtitlesSignIn => [
            "The subtitle service does not accept the password or the key. Check the settings.",
            "Сервис субтитров не принимает пароль или ключ. Проверьте настройки Hearth.",
        ],
        Slug::NoSubtitleProvider => [
            "No subtitle service is set up. Add OpenSubtitles to the box's providers.",
            "Сервис субтитров не подключён. Добавьте OpenSubtitles в настройках Hearth.",
        ],
        Slug::Skipped => [
            "You asked for another source.",
            "Вы попросили другой источник.",
        ],
        Slug::Starved => ["The source stopped sending.", "Источник перестал отвечать."],
        Slug::SourceGone => ["The source is gone.", "Источник пропал."],
        Slug::SourceRefused => ["The source refused.", "Источник отказал."],
        Slug::SourceUnreachable => ["The source does not answer.", "Источник не отвечает."],
        Slug::SourceUnusable => [
            "What the source sends cannot be played.",
            "То, что отдаёт источник, не воспроизводится.",
        ],
        Slug::OnlyAPage => [
            "The source is a web page, not a film.",
            "Источник оказался страницей, а не фильмом.",
        ],
        Slug::NoPeers => [
            "Nobody shares this torrent now.",
            "Этот торрент сейчас никто не раздаёт.",
        ],
        Slug::NoVideo => ["There is no video in the source.", "В источнике нет видео."],
        Slug::TorrentBad => ["The torrent is damaged.", "Торрент повреждён."],
        Slug::TorrentFailed => ["The torrent did not start.", "Торрент не запустился."],
        Slug::TorrentsStopped => [
            "Torrents are stopped: the VPN or proxy they go through is gone.",
            "Торренты остановлены: нет VPN или прокси, через который они идут.",
        ],
        Slug::CodecUnsupported => [
            "This screen cannot decode the source.",
            "Этот экран не умеет такой формат.",
        ],
        Slug::MediaUnreadable => [
            "The file is damaged or no film.",
            "Файл повреждён, или это не фильм.",
        ],
        Slug::MediaProtected => [
            "The film is copy-protected.",
            "Фильм защищён от копирования.",
        ],
        Slug::CutShort => [
            "The source ended before the film did.",
            "Источник оборвался раньше конца фильма.",
        ],
        Slug::WrongLength => [
            "The source is far from as long as the film.",
            "Длина источника совсем не та, что у фильма.",
        ],
        Slug::PlayerFailed => [
            "The player stumbled over the source.",
            "Плеер споткнулся на этом источнике.",
        ],
        Slug::ScreenDied => [
            "The player stopped twice on the source.",
            "Плеер дважды остановился на этом источнике.",
        ],
        Slug::DeviceMissing => [
            "This is not a Hearth box: its system is changed elsewhere.",
            "Это не сам Hearth: система здесь настраивается по-своему.",
        ],
        Slug::DeviceDenied => [
            "The system does not allow this.",
            "Система этого не разрешает.",
        ],
        Slug::WifiPasswordWrong => [
            "The password is wrong. Type it again.",
            "Пароль неверный. Введите его ещё раз.",
        ],
        Slug::WifiPasswordLength => [
            "A password has 8 to 63 letters.",
            "В пароле от 8 до 63 знаков.",
        ],
        Slug::WifiUnknown => [
            "This network is out of reach now. Look again.",
            "Этой сети сейчас не видно. Поищите снова.",
        ],
        Slug::WifiUnsupported => [
            "This kind of network cannot be joined from here. Use one with a WPA2 or WPA3 password.",
            "К сети такого вида отсюда не подключиться. Нужна сеть с паролем WPA2 или WPA3.",
        ],
        Slug::WifiNoAddress => [
            "The network gave the box no address. Restart the router.",
            "Сеть не дала Hearth адреса. Перезапустите роутер.",
        ],
        Slug::WifiFailed => [
            "The network could not be joined. Move the box nearer, or check the password.",
            "Не получилось подключиться. Поставьте Hearth ближе к роутеру или проверьте пароль.",
        ],
        Slug::ServiceKeyWrong => [
            "It does not accept the key. Check the key in the box's configuration.",
            "Он не принимает ключ. Проверьте ключ в конфигурации Hearth.",
        ],
        Slug::ServiceUnreachable => [
            "It cannot be reached. Check the box's internet connection.",
            "До него не дозвониться. Проверьте интернет у Hearth.",
        ],
        Slug::ServiceSlow => [
            "It answers too slowly. Try again later.",
            "Он отвечает слишком медленно. Попробуйте позже.",
        ],
        Slug::ServiceBusy => [
            "It asks the box to wait before the next question.",
            "Он просит подождать до следующего вопроса.",
        ],
        Slug::ServiceChanged => [
            "Its answers have changed. Look for an update of the box.",
            "Его ответы изменились. Проверьте обновления Hearth.",
        ],
        Slug::ServiceFailed => [
            "It has trouble of its own. Try again later.",
            "У него неполадки. Попробуйте позже.",
        ],
        Slug::BundleUnsigned | Slug::BundleUntrusted | Slug::ChannelUnsigned => [
            "It is not signed by whoever makes this box.",
            "Это подписано не теми, кто делает Hearth.",
        ],
        Slug::BundleDamaged | Slug::BundleSwapped => [
            "It arrived damaged or was changed on the way. Nothing was installed.",
            "Оно пришло повреждённым или изменённым. Ничего не установлено.",
        ],
        Slug::BundlePlain => [
            "It is of a format this box does not take.",
            "Такой формат Hearth не принимает.",
        ],
        Slug::BundleOlder => [
            "It is older than what runs.",
            "Это старее того, что установлено.",
        ],
        Slug::BundleSame => ["It is installed already.", "Это уже установлено."],
        Slug::BundleWrongBoard => [
            "It is for another kind of box.",
            "Это для другой модели Hearth.",
        ],
        Slug::BundleUnreachable | Slug::ChannelUnreachable => [
            "The update server does not answer. Try again later.",
            "Сервер обновлений не отвечает. Попробуйте позже.",
        ],
        Slug::ChannelReplayed => [
            "The list of updates is an old one: somebody may be in between.",
            "Список обновлений старый: возможно, его подменили.",
        ],
        Slug::ChannelExpired => [
            "The list of updates is out of date. Look at the box's clock.",
            "Список обновлений устарел. Проверьте часы Hearth.",
        ],
        Slug::ChannelUnreadable | Slug::ChannelKeyMissing => [
            "The list of updates cannot be checked on this box.",
            "Список обновлений здесь не проверить.",
        ],
        Slug::UpdateBusy => [
            "An update is being installed already.",
            "Обновление уже ставится.",
        ],
        Slug::UpdateOnTrial => [
            "What runs is new itself and still being tested. Try again in a few minutes.",
            "Эта версия сама ещё проверяется. Попробуйте через несколько минут.",
        ],
        Slug::UpdateInterrupted => [
            "The installation was cut short. Install it again.",
            "Установка прервалась. Поставьте ещё раз.",
        ],
        Slug::UpdateDiskFailed => [
            "The disk could not be written. It may be failing.",
            "Диск не пишется. Возможно, он отказывает.",
        ],
        Slug::UpdateUnknown => [
            "This update is not there any more. Look for updates again.",
            "Этого обновления больше нет. Проверьте обновления снова.",
        ],
        Slug::BundleVersionUnreadable => [
            "Its version cannot be read. Nothing was installed.",
            "Версию не прочитать. Ничего не установлено.",
        ],
        Slug::UpdateFailed => [
            "The update could not be installed. Try again, or wait for the next one.",
            "Обновление не установилось. Попробуйте снова или дождитесь следующего.",
        ],
        Slug::DeviceFailed => [
            "The system did not do what it was asked. Try again, or restart the box.",
            "Система не справилась. Попробуйте снова или перезапустите Hearth.",
        ],
        Slug::WifiPasswordNeeded => [
            "This network needs a password.",
            "Для этой сети нужен пароль.",
        ],
        Slug::WifiMissing => [
            "The box has no Wi-Fi. Connect it by cable.",
            "У Hearth нет Wi-Fi. Подключите его кабелем.",
        ],
        Slug::TimeZoneUnknown => [
            "The box does not know this time zone. Choose a larger city of your zone.",
            "Hearth не знает такого часового пояса. Выберите город покрупнее в вашем поясе.",
        ],
        Slug::DiskFull => [
            "The disk of the box is full. Free some space, then try again.",
            "На диске Hearth кончилось место. Освободите немного и попробуйте снова.",
        ],
        Slug::DiskReadOnly => [
            "The disk of the box takes nothing new any more. A worn SD card has to be replaced.",
            "Диск Hearth больше ничего не записывает. Износившуюся карту памяти нужно заменить.",
        ],
        Slug::ShuttingDown => [
            "The box is shutting down. Try again in a minute.",
            "Hearth выключается. Попробуйте через минуту.",
        ],
        Slug::StoreFailed => [
            "The box cannot get at its own data. Try again, or restart it.",
            "Hearth не может добраться до своих данных. Попробуйте снова или перезапустите его.",
        ],
        Slug::Internal => [
            "Something went wrong on the box. Try again.",
            "В Hearth что-то сломалось. Попробуйте снова.",
        ],
    }
}

fn said(slug: &str, language: Language) -> Option<&'static str> {
    let [en, ru] = match slug {
        Problem::NO_DAEMON => {
            [Language::En, Language::Ru].map(|language| words(language).no_daemon)
        }
        Problem::UNREADABLE => [
            "The box answered something this screen does not understand. Update both.",
            "Ответ Hearth этому экрану непонятен. Обновите обоих.",
        ],
        slug => sentences(slug.parse().ok()?),
    };
    Some(match language {
        Language::En => en,
        Language::Ru => ru,
    })
}

/// One sentence for people.
pub fn problem(problem: &Problem, language: Language) -> String {
    said(&problem.slug, language).map_or_else(|| facts::sentence(problem.sentence()), str::to_owned)
}

/// Why a search for subtitles found nothing, or not all.
pub fn searched(search: &SubtitleSearch, language: Language) -> Option<String> {
    let nothing = match language {
        Language::Ru => "В сети субтитров не нашлось.",
        Language::En => "No subtitles were found elsewhere.",
    };
    match search.failed.first() {
        Some(failed) => {
            let why = problem(&(&failed.failure).into(), language);
            let provider = facts::provider_name(&failed.provider);
            Some(format!("{provider}: {why}"))
        }
        None => (search.found == 0).then(|| nothing.to_owned()),
    }
}

/// The sentence shown when another source took over.
pub fn took_over(failure: &Failure, language: Language) -> String {
    if failure.reason == Slug::Skipped.as_str() {
        return match language {
            Language::Ru => "Включён другой источник, как вы просили.",
            Language::En => "Another source plays now, as you asked.",
        }
        .to_owned();
    }
    let why = problem(&failure.into(), language);
    match language {
        Language::Ru => format!("{why} Включён другой."),
        Language::En => format!("{why} Another one plays now."),
    }
}

/// News of one of the owner's providers.
pub fn provider_turned(name: &str, working: bool, language: Language) -> String {
    match (working, language) {
        (false, Language::Ru) => format!(
            "{name} больше не отвечает. Проверьте, включён ли он и верны ли его адрес и ключ."
        ),
        (false, Language::En) => {
            format!("{name} stopped answering. Check that it runs, and its address and key.")
        }
        (true, Language::Ru) => format!("{name} снова отвечает."),
        (true, Language::En) => format!("{name} answers again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_russian(letter: char) -> bool {
        matches!(letter, 'А'..='я' | 'ё' | 'Ё')
    }

    /// Everything the box may say is said here in the reader's own language.
    #[test]
    fn every_slug_is_a_sentence_in_both_languages() {
        let local = [Problem::NO_DAEMON, Problem::UNREADABLE];
        for slug in Slug::ALL.iter().map(|slug| slug.as_str()).chain(local) {
            let heard = Problem {
                slug: slug.to_owned(),
                title: String::new(),
                detail: "the inside of the box".to_owned(),
            };
            let [en, ru] = [Language::En, Language::Ru].map(|language| problem(&heard, language));
            assert!(!en.chars().any(is_russian), "{slug}: {en}");
            assert!(ru.chars().any(is_russian), "{slug}: {ru}");
            for text in [&en, &ru] {
                assert!(!text.contains("inside"), "{slug}: {text}");
                assert!(text.starts_with(char::is_uppercase), "{slug}: {text}");
                assert!(!text.contains('!') && text.len() < 160, "{slug}: {text}");
            }
        }
    }

    #[test]
    fn a_newer_box_speaks_for_itself() {
        let heard = Problem {
            slug: "moon-full".into(),
            title: "Conflict".into(),
            detail: "the moon is full; wait a week".into(),
        };
        let sentence = problem(&heard, Language::Ru);
        assert_eq!(sentence, "The moon is full; wait a week");
    }
}
