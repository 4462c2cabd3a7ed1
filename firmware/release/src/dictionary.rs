//! The vocabulary of release names: phrases and what they say.
//!
//! *Strong* phrases never stand in a title, so they end it wherever they come; *weak* ones
//! (`dub`, `cam`, `french`) mean something only behind it or in brackets.

use std::{collections::HashMap, sync::LazyLock};

use crate::words::Word;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Resolution(&'static str),
    Source(&'static str),
    Video(&'static str),
    Hdr(&'static str),
    Audio(&'static str),
    Channels(&'static str),
    Language(&'static str),
    /// Subtitles; the language where the phrase says it.
    Subtitles(Option<&'static str>),
    /// `dub`, `voiceover`, `original`; the language where the phrase says it.
    Dub(&'static str, Option<&'static str>),
    /// Two sound tracks.
    Dual,
    Proper,
    Container(&'static str),
    /// A cut of the film.
    Edition,
    /// Says something about the release that is not asked for.
    Other,
}

#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub words: usize,
    pub tag: Tag,
    pub strong: bool,
    /// Counts only in capitals (`TS`, `EN`).
    capitals: bool,
}

type Phrases = Vec<(Vec<&'static str>, Entry)>;

/// The longest phrase that begins at the first of `words`.
pub fn look_up(words: &[Word<'_>]) -> Option<Entry> {
    let first = words.first()?;
    let phrases = DICTIONARY.get(first.lower.as_str())?;
    phrases
        .iter()
        .find(|(phrase, entry)| {
            phrase.len() <= words.len()
                && phrase
                    .iter()
                    .zip(words)
                    .enumerate()
                    .all(|(at, (part, word))| {
                        *part == word.lower
                            && (at == 0 || (word.gap.len() <= 3 && word.bracket == first.bracket))
                    })
                && (!entry.capitals || first.text.chars().all(|letter| !letter.is_lowercase()))
        })
        .map(|(_, entry)| *entry)
}

static DICTIONARY: LazyLock<HashMap<&'static str, Phrases>> = LazyLock::new(|| {
    let mut dictionary: HashMap<&'static str, Phrases> = HashMap::new();
    let lists = [
        (STRONG, true, false),
        (WEAK, false, false),
        (CAPITALS, false, true),
    ];
    for (list, strong, capitals) in lists {
        for (tag, phrases) in list {
            for phrase in phrases.split('|') {
                let parts: Vec<&'static str> = phrase.split(' ').collect();
                let entry = Entry {
                    words: parts.len(),
                    tag: *tag,
                    strong,
                    capitals,
                };
                dictionary.entry(parts[0]).or_default().push((parts, entry));
            }
        }
    }
    for phrases in dictionary.values_mut() {
        phrases.sort_by_key(|(parts, _)| std::cmp::Reverse(parts.len()));
    }
    dictionary
});

type List = &'static [(Tag, &'static str)];

const STRONG: List = &[
    (
        Tag::Resolution("2160p"),
        "2160p|2160i|4k uhd|uhd 4k|3840x2160|4096x2160|4kuhd",
    ),
    (Tag::Resolution("1440p"), "1440p|2560x1440|2k 1440p"),
    (
        Tag::Resolution("1080p"),
        "1080p|1080|bd1080p|1920x1080|1920x1080p|fullhd|fhd|1080p50|1080p60|1080p24",
    ),
    (Tag::Resolution("1080i"), "1080i|1080i50|1080i60"),
    (
        Tag::Resolution("720p"),
        "720p|bd720p|1280x720|1280x720p|720p50|720p60",
    ),
    (Tag::Resolution("576p"), "576p|720x576|1024x576"),
    (Tag::Resolution("576i"), "576i"),
    (Tag::Resolution("540p"), "540p|960x540"),
    (
        Tag::Resolution("480p"),
        "480p|848x480|854x480|640x480|720x480",
    ),
    (Tag::Resolution("480i"), "480i"),
    (Tag::Resolution("420p"), "420p"),
    (Tag::Resolution("400p"), "400p"),
    (Tag::Resolution("360p"), "360p|640x360"),
    (Tag::Resolution("240p"), "240p"),
    (
        Tag::Source("bluray"),
        "bluray|blu ray|bdmux|brmux|bdripmux|brripmux|bdrip mux|blurayrip|bdrip|bd rip|brrip|br rip|bdremux|bd remux|blurayremux|bdmv|bd25|bd50|bd66|bd100|uhdbdrip|uhdrip|bdrip avc|hddvd|hd dvd|hddvdrip|uhdbluray|bdiso",
    ),
    (
        Tag::Source("web-dl"),
        "web dl|webdl|web dlremux|web hd|webhd|webremux|web remux|web ddp5|amazonhd|netflixhd|ituneshd|web uhd|webuhd",
    ),
    (
        Tag::Source("webrip"),
        "webrip|web rip|web dlrip|webdlrip|web cap|webcap|vodrip|vod rip|dlrip|web mux|webmux|webhdrip",
    ),
    (
        Tag::Source("hdtv"),
        "hdtv|hdtvrip|hdtv rip|ahdtv|uhdtv|hd tv",
    ),
    (
        Tag::Source("tvrip"),
        "tvrip|tv rip|satrip|sat rip|dsrip|dsr|pdtv|dvb|dvbrip|dvb rip|iptvrip|dtvrip|hdsatrip",
    ),
    (
        Tag::Source("dvd"),
        "dvdrip|dvd rip|dvdr|dvd r|dvd5|dvd9|dvd 5|dvd 9|dvdremux|dvd remux|r5|dvdmux|r2dvd|r2j|dvdiso|ntsc dvd|pal dvd",
    ),
    (Tag::Source("hdrip"), "hdrip|hd rip|hdlight"),
    (
        Tag::Source("cam"),
        "camrip|cam rip|hdcam|hd cam|hqcam|hq cam|hdcamrip|cam hd|экранка",
    ),
    (
        Tag::Source("telesync"),
        "telesync|tele sync|hdts|hd ts|tsrip|hdtsrip|pdvd|predvd|predvdrip|supertc",
    ),
    (Tag::Source("telecine"), "telecine|hdtc|hd tc|tcrip"),
    (
        Tag::Source("screener"),
        "dvdscr|dvd scr|dvdscreener|screener|bdscr|webscr|webscreener|scr",
    ),
    (Tag::Source("vhs"), "vhsrip|vhs rip"),
    (Tag::Source("workprint"), "workprint"),
    (
        Tag::Video("h264"),
        "x264|h264|h 264|x 264|avc|mpeg4 avc|mpeg 4 avc|avchd|hi10p|hi10|hi444pp",
    ),
    (
        Tag::Video("h265"),
        "x265|h265|h 265|x 265|hevc|hevc10|hevc 10",
    ),
    (Tag::Video("av1"), "av1|svtav1"),
    (Tag::Video("vp9"), "vp9"),
    (Tag::Video("vp8"), "vp8"),
    (Tag::Video("vc1"), "vc 1|vc1"),
    (
        Tag::Video("mpeg4"),
        "xvid|divx|divx5|divx6|xvidhd|mpeg4|mpeg 4",
    ),
    (Tag::Video("mpeg2"), "mpeg2|mpeg 2"),
    (Tag::Hdr("hdr10"), "hdr10|hdr 10"),
    (Tag::Hdr("hdr10+"), "hdr10plus|hdr10p|hdr10 plus"),
    (Tag::Hdr("dv"), "dovi|dolby vision|dolbyvision"),
    (Tag::Hdr("hlg"), "hlg"),
    (
        Tag::Audio("eac3"),
        "ddp|dd p|eac3|e ac3|e ac 3|ddpa|ddplus|dolby digital plus|ac3plus|ec3",
    ),
    (Tag::Audio("ac3"), "ac3|ac 3|dolby digital|ac3hd|ac3d"),
    (
        Tag::Audio("dts-hd"),
        "dts hd|dts hd ma|dts hd hra|dts hd hr|dts hdma|dts ma|dtshd|dtshd ma|dtsma|dts x|dtsx|dts hdhra|dts es hd",
    ),
    (Tag::Audio("dts"), "dts|dts es|dtses"),
    (
        Tag::Audio("truehd"),
        "truehd|true hd|truehd atmos|dolby truehd",
    ),
    (Tag::Audio("aac"), "aac|aac lc|he aac|heaac|qaac"),
    (Tag::Audio("flac"), "flac"),
    (Tag::Audio("pcm"), "lpcm|pcm"),
    (Tag::Audio("mp3"), "mp3"),
    (
        Tag::Dub("voiceover", Some("ru")),
        "mvo|dvo|avo|mvo dub|2xmvo|двухголосый|многоголосый|одноголосый|закадровый",
    ),
];

const WEAK: List = &[
    (Tag::Resolution("2160p"), "2160|4k|uhd|ultrahd|ultra hd"),
    (Tag::Resolution("720p"), "720|hd720"),
    (Tag::Resolution("1080p"), "full hd|hd1080"),
    (Tag::Resolution("480p"), "480"),
    (Tag::Source("web-dl"), "web"),
    (Tag::Source("bluray"), "bd|bdr"),
    (Tag::Source("dvd"), "dvd"),
    (Tag::Source("cam"), "cam"),
    (Tag::Source("vhs"), "vhs"),
    (Tag::Hdr("hdr10"), "hdr"),
    (Tag::Audio("opus"), "opus"),
    (Tag::Audio("vorbis"), "vorbis|ogg"),
    (Tag::Audio("ac3"), "dd"),
    (Tag::Channels("1.0"), "mono"),
    (Tag::Channels("2.0"), "2ch|stereo"),
    (Tag::Channels("5.1"), "6ch"),
    (Tag::Channels("7.1"), "8ch"),
    (Tag::Language("ru"), "rus|russian|русский|русская|рус"),
    (Tag::Language("en"), "eng|english|английский|англ"),
    (Tag::Language("ja"), "jpn|jap|japanese|японский|яп"),
    (Tag::Language("uk"), "ukr|ukrainian|украинский|укр"),
    (
        Tag::Language("fr"),
        "fre|fra|french|truefrench|vff|vfq|vf2|vfi|французский",
    ),
    (Tag::Language("de"), "ger|deu|german|deutsch|немецкий"),
    (Tag::Language("it"), "ita|italian|итальянский"),
    (
        Tag::Language("es"),
        "spa|spanish|esp|latino|castellano|espanol|español|испанский",
    ),
    (Tag::Language("pt"), "por|portuguese|dublado|ptbr|pt br"),
    (Tag::Language("pl"), "pol|polish|lektor pl|pldub|польский"),
    (Tag::Language("ko"), "kor|korean|корейский"),
    (
        Tag::Language("zh"),
        "chi|chn|chs|cht|chinese|mandarin|cantonese|китайский",
    ),
    (Tag::Language("hi"), "hin|hindi"),
    (Tag::Language("ta"), "tam|tamil"),
    (Tag::Language("te"), "tel|telugu"),
    (Tag::Language("tr"), "tur|turkish|турецкий"),
    (Tag::Language("nl"), "dut|nld|dutch"),
    (Tag::Language("sv"), "swe|swedish"),
    (Tag::Language("da"), "dan|danish"),
    (Tag::Language("no"), "nor|norwegian"),
    (Tag::Language("fi"), "finnish"),
    (Tag::Language("cs"), "cze|czech"),
    (Tag::Language("hu"), "hun|hungarian"),
    (Tag::Language("kk"), "kaz|kazakh|казахский|каз"),
    (Tag::Language("be"), "blr|belarusian|белорусский"),
    (Tag::Language("ar"), "ara|arabic"),
    (Tag::Language("he"), "heb|hebrew"),
    (Tag::Language("th"), "thai"),
    (Tag::Language("vi"), "vie|vietnamese"),
    (
        Tag::Subtitles(None),
        "sub|subs|subbed|subtitle|subtitles|субтитры|сабы|субт|multisub|multisubs|msub|msubs|multi sub|multi subs|multiple subtitle|hardsub|softsub|hardsubs|softsubs|hardsubbed|субтитрами|сабами",
    ),
    (Tag::Subtitles(Some("ru")), "russub|russubs|rusub|рус сабы"),
    (Tag::Subtitles(Some("en")), "engsub|engsubs|esub|esubs"),
    (Tag::Subtitles(Some("fr")), "vostfr|subfrench"),
    (
        Tag::Dub("dub", Some("ru")),
        "дубляж|дублированный|дублирован|дубл|дублированная|полное дублирование",
    ),
    (Tag::Dub("dub", None), "dub|dubbed|dublado|dubl"),
    (
        Tag::Dub("voiceover", Some("ru")),
        "vo|озвучка|любительский|профессиональный|авторский|одноголосная|многоголосная|двухголосная|закадровая|перевод|voiceover",
    ),
    (Tag::Dub("voiceover", None), "voice over"),
    (
        Tag::Dub("original", None),
        "original|оригинал|original audio|без перевода|оригинальная",
    ),
    (Tag::Dual, "dual|dual audio|dualaudio|2audio|dual аудио"),
    (
        Tag::Edition,
        "complete|the complete|complete collection|the complete collection|completa|completo|integrale|intégrale|complete series|the complete series|extended|extended cut|extended edition|extended version|unrated|unrated cut|uncut|uncensored|remastered|theatrical|theatrical cut|theatrical edition|directors cut|director's cut|director’s cut|director cut|criterion|criterion edition|open matte|anniversary edition|special edition|collectors edition|collector's edition|ultimate edition|imax|imax edition|edition collector|режиссерская версия|режиссёрская версия|расширенная версия|ремастер|ремастеринг|полная версия|hybrid|custom|cd1|cd2|cd3|cd4|cd 1|cd 2|3d|international cut|hfr",
    ),
    (
        Tag::Other,
        "10bit|10 bit|8bit|8 bit|12bit|12 bit|10 бит|hi10 bit|disc 1|disc 2|disk 1|disk 2|multi|multi audio|multiaudio|lossless|лицензия|atmos|remux|remaster|restored|batch|internal|limited|festival|readnfo|nfo|retail|subfix|dirfix|nfofix|convert|ws|fs|ntsc|pal|ppv|stv|hd|gb|big5|国漫|简体|繁体|繁體|简日双语|繁日双语|简繁日双语|招募翻译|中文字幕|双语字幕|完结|合集|sbs|half sbs|half ou|hsbs|hou|h sbs|h ou|mvc|amzn|nf|dsnp|hmax|atvp|hulu|pcok|pmtp|dsnp|itunes|final cut|sdr|ma|hq|lq|10th|creditless|ncop|nced|ova|oav|ona|bonus|end|fin|raw|raws|полный сезон|все серии|завершен|сезон полностью|iso|tv",
    ),
    (
        Tag::Proper,
        "proper|v2|v3|repack|repack2|rerip|real proper|proper2",
    ),
    (Tag::Container("mkv"), "mkv"),
    (Tag::Container("mp4"), "mp4"),
    (Tag::Container("avi"), "avi"),
    (Tag::Container("webm"), "webm"),
];

const CAPITALS: List = &[
    (Tag::Source("telesync"), "ts"),
    (Tag::Source("telecine"), "tc"),
    (Tag::Hdr("dv"), "dv"),
    (Tag::Edition, "dc|se|om"),
    (Tag::Dual, "dl"),
    (Tag::Language("ru"), "ru"),
    (Tag::Language("en"), "en"),
    (Tag::Language("uk"), "ua"),
    (Tag::Language("ja"), "jp|ja"),
    (Tag::Language("de"), "de"),
    (Tag::Language("fr"), "fr|vf"),
    (Tag::Language("ko"), "kr|ko"),
    // The abbreviations of Russian trackers.
    (Tag::Dub("dub", Some("ru")), "дб"),
    (Tag::Dub("voiceover", Some("ru")), "пм|пд|лм|лд|ло|по|ао|ап"),
    (Tag::Dub("original", None), "бп"),
    (Tag::Language("ru"), "ру"),
    (Tag::Subtitles(Some("ru")), "ст"),
];
