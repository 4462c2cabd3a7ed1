//! The vocabulary of release names: phrases and what they say.
//!
//! *Strong* phrases never stand in a title, so they end it wherever they come; *weak* ones
//! (`dub`, `cam`, `french`) mean something only behind it or in brackets.

use std::{collections::HashMap, sync::LazyLock};

use crate::{spoken, words::Word};

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
    /// Who dubbed it, and into which language.
    Studio(&'static str),
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
    /// Counts only beside a language that counts by itself.
    listed: bool,
}

type Phrases = Vec<(Vec<&'static str>, Entry)>;

/// The longest phrase that begins at the first of `words`; `behind_language` where the word before
/// them is one.
pub fn look_up(words: &[Word<'_>], behind_language: bool) -> Option<Entry> {
    let entry = phrase(words).or_else(|| single(words.first()?))?;
    let beside = || {
        let next = words.get(entry.words).filter(|next| near(next));
        (behind_language && near(&words[0])) || next.is_some_and(|_| speaks(&words[entry.words..]))
    };
    (!entry.listed || beside()).then_some(entry)
}

/// What a bracket may call the release (`[Movie]`), which is neither a name nor a group.
pub fn is_kind(text: &str) -> bool {
    matches!(
        text.to_lowercase().as_str(),
        "movie" | "special" | "specials" | "film" | "extras" | "anime" | "pack"
    )
}

/// Whether only a mark of a list parts the word from the one before.
fn near(word: &Word<'_>) -> bool {
    matches!(
        word.gap,
        "." | "-" | "+" | "," | "/" | "_" | ", " | " + " | " / " | "|" | " & "
    )
}

/// Whether a language begins `words`, which a list may name without others.
fn speaks(words: &[Word<'_>]) -> bool {
    phrase(words).is_some_and(|entry| matches!(entry.tag, Tag::Language(_) | Tag::Subtitles(_)))
}

/// What one word means that no list can hold.
fn single(word: &Word<'_>) -> Option<Entry> {
    Some(Entry {
        words: 1,
        tag: spoken::glued(&word.lower)?,
        strong: true,
        capitals: false,
        listed: false,
    })
}

fn phrase(words: &[Word<'_>]) -> Option<Entry> {
    #[cfg(test)]
    crate::work::look();
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
        (STRONG, true, false, false),
        (WEAK, false, false, false),
        (spoken::NAMES, false, false, false),
        (CAPITALS, false, true, false),
        (spoken::CAPITALS, false, true, false),
        (spoken::LISTED, false, false, true),
    ];
    for (list, strong, capitals, listed) in lists {
        for (tag, phrases) in list {
            for phrase in phrases.split('|') {
                let parts: Vec<&'static str> = phrase.split(' ').collect();
                let entry = Entry {
                    words: parts.len(),
                    tag: *tag,
                    strong,
                    capitals,
                    listed,
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

pub type List = &'static [(Tag, &'static str)];

const STRONG: List = &[
    (
        Tag::Resolution("2160p"),
        "2160p|2160i|4k uhd|uhd 4k|3840x2160|4096x2160|4kuhd",
    ),
    (Tag::Resolution("1440p"), "1440p|2560x1440|2k 1440p"),
    (
        Tag::Resolution("1080p"),
        "1080p|1080|bd1080|1920x1080|1920x1080p|fullhd|fhd|1080p50|1080p60|1080p24",
    ),
    (Tag::Resolution("1080i"), "1080i|1080i50|1080i60"),
    (
        Tag::Resolution("720p"),
        "720p|bd720|1280x720|1280x720p|720p50|720p60",
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
        "bluray|blu ray|bdmux|brmux|bdripmux|brripmux|bdrip mux|blurayrip|bdrip|bd rip|brrip|br rip|bdremux|bd remux|blurayremux|bdmv|bd25|bd50|bd66|bd100|uhdbdrip|uhdrip|hddvd|hd dvd|hddvdrip|uhdbluray|bdiso|blurayremux|uhdbd|mbluray|bdlight|bdfull|uhdremux|4kuhdremux|bluraymux|bluray rip",
    ),
    (
        Tag::Source("web-dl"),
        "web dl|webdl|web dlremux|web hd|webhd|webremux|web remux|web ddp5|dlmux|netflixuhd|amazonuhd|hbomaxhd|maxdomehd|disneyhd|appletvhd|amazonhd|netflixhd|ituneshd|web uhd|webuhd",
    ),
    (
        Tag::Source("webrip"),
        "webrip|web rip|web dlrip|webdlrip|web cap|webcap|vodrip|vod rip|dlrip|web mux|webmux|webhdrip",
    ),
    (
        Tag::Source("hdtv"),
        "hdtv|hdtvrip|hdtv rip|ahdtv|uhdtv|hd tv|hdtvmux",
    ),
    (
        Tag::Source("tvrip"),
        "tvrip|tv rip|sdtv|satrip|sat rip|dsrip|dsr|pdtv|dvb|dvbrip|dvb rip|iptvrip|dtvrip|hdsatrip",
    ),
    (
        Tag::Source("dvd"),
        "dvdrip|dvd rip|dvdr|dvd r|dvd5|dvd9|dvd 5|dvd 9|dvd1|dvd2|dvd3|dvd4|dvdfull|dvdremux|dvd remux|r5|dvdmux|r2dvd|r2j|dvdiso|ntsc dvd|pal dvd",
    ),
    (Tag::Source("hdrip"), "hdrip|hd rip|hdlight|microhd"),
    (
        Tag::Source("cam"),
        "camrip|cam rip|hdcam|hd cam|hqcam|hq cam|hdcamrip|cam hd|camhd|s print|экранка",
    ),
    (
        Tag::Source("telesync"),
        "telesync|tele sync|hdts|hd ts|tsrip|hdtsrip|pdvd|pdvdrip|predvd|predvdrip|supertc",
    ),
    (Tag::Source("telecine"), "telecine|hdtc|hd tc|tcrip"),
    (
        Tag::Source("screener"),
        "dvdscr|dvd scr|dvdscreener|screener|bdscr|hdscr|webscr|webscreener|scr",
    ),
    (Tag::Source("vhs"), "vhsrip|vhs rip"),
    (Tag::Source("workprint"), "workprint"),
    (
        Tag::Video("h264"),
        "x264|h264|h 264|x 264|avc|mpeg4 avc|mpeg 4 avc|hi10p|hi10|hi444pp|avchd",
    ),
    (
        Tag::Video("h265"),
        "x265|h265|h 265|x 265|hevc|hevc10|hevc 10|ma10p",
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
        "ddp|dd p|eac3|e ac3|e ac 3|eac 3|ddpa|ddplus|dolby digital plus|ac3plus|ec3",
    ),
    (Tag::Audio("ac3"), "ac3|ac 3|dolby digital|ac3hd|ac3d|ddex"),
    (
        Tag::Audio("dts-hd"),
        "dts hd|dts hd ma|dts hd hra|dts hd hr|dts hdma|dts ma|dtshd|dtshd ma|dtsma|dts x|dtsx|dts hdhra|dts es hd",
    ),
    (Tag::Audio("dts"), "dts|dts es|dtses"),
    (
        Tag::Audio("truehd"),
        "truehd|true hd|truehd atmos|dolby truehd",
    ),
    (
        Tag::Audio("aac"),
        "aac|aacx2|aacx3|aac lc|he aac|heaac|qaac",
    ),
    (Tag::Audio("flac"), "flac|flacx2|flacx3"),
    (Tag::Audio("pcm"), "lpcm|pcm"),
    (Tag::Audio("mp3"), "mp3"),
    (Tag::Subtitles(Some("fr")), "vostfr"),
    (Tag::Container("mkv"), "mkv"),
    (Tag::Container("mp4"), "mp4"),
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
    (Tag::Source("bluray"), "bd|bdr|remux"),
    (Tag::Source("dvd"), "dvd"),
    (Tag::Source("cam"), "cam"),
    (Tag::Source("vhs"), "vhs"),
    (Tag::Hdr("hdr10"), "hdr"),
    (Tag::Audio("opus"), "opus"),
    (Tag::Audio("vorbis"), "vorbis|ogg"),
    (Tag::Audio("ac3"), "dd|dolby"),
    (Tag::Channels("1.0"), "mono"),
    (Tag::Channels("2.0"), "2ch|stereo"),
    (Tag::Channels("5.1"), "6ch"),
    (Tag::Channels("7.1"), "8ch"),
    (
        Tag::Subtitles(None),
        "sub|subs|subbed|subtitle|subtitles|субтитры|сабы|субт|multisub|multisubs|msub|msubs|multi sub|multi subs|multiple subtitle|hardsub|softsub|hardsubs|softsubs|hardsubbed|субтитрами|сабами|fastsub|undertekst|subtitulos|subtítulos|subtitulado|legendas",
    ),
    (Tag::Subtitles(Some("ru")), "rusub|рус сабы"),
    (
        Tag::Subtitles(Some("zh")),
        "gb|big5|chs|cht|jpsc|jptc|中文字幕|双语字幕",
    ),
    (Tag::Subtitles(Some("pl")), "napisy pl|napisy"),
    (Tag::Subtitles(Some("en")), "esub|esubs"),
    (Tag::Subtitles(Some("fr")), "subfrench"),
    (
        Tag::Dub("dub", Some("ru")),
        "дубляж|дублированный|дублирован|дубл|дублированная|полное дублирование",
    ),
    (Tag::Dub("dub", Some("pt")), "dublado"),
    (Tag::Dub("dub", None), "dub|dubbed|dubl"),
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
        "complete|the complete|complete collection|the complete collection|completa|completo|integrale|intégrale|complete series|the complete series|extended|extended cut|extended edition|extended version|unrated|unrated cut|uncut|uncensored|remastered|theatrical|theatrical cut|theatrical edition|directors cut|director's cut|director’s cut|director cut|criterion|criterion edition|open matte|anniversary edition|special edition|collectors edition|collector's edition|ultimate edition|imax|imax edition|edition collector|режиссерская версия|режиссёрская версия|расширенная версия|ремастер|ремастеринг|полная версия|полный сезон|все серии|сезон полностью|hybrid|custom|cd1|cd2|cd3|cd4|cd 1|cd 2|3d|international cut|hfr",
    ),
    (
        Tag::Other,
        "10bit|10 bit|8bit|8 bit|12bit|12 bit|16 bit|24 bit|nordic|10 бит|hi10 bit|disc 1|disc 2|disk 1|disk 2|multi|multi audio|multiaudio|lossless|лицензия|atmos|remaster|restored|batch|internal|limited|festival|readnfo|nfo|retail|subfix|dirfix|nfofix|convert|ws|fs|ntsc|pal|ppv|stv|hd|国漫|招募翻译|完结|合集|sbs|half sbs|half ou|hsbs|hou|h sbs|h ou|mvc|amzn|nf|dsnp|hmax|atvp|hulu|pcok|pmtp|dsnp|itunes|final cut|sdr|ma|hq|lq|10th|creditless|ova|oav|ona|bonus|end|fin|doku|raw|raws|завершен|iso|tv",
    ),
    (
        Tag::Proper,
        "proper|v2|v3|repack|repack2|rerip|real proper|proper2",
    ),
    (Tag::Container("avi"), "avi"),
    (Tag::Container("webm"), "webm"),
];

const CAPITALS: List = &[
    (Tag::Source("telesync"), "ts"),
    (Tag::Source("telecine"), "tc"),
    (Tag::Hdr("dv"), "dv"),
    (Tag::Edition, "dc|se|om"),
    (Tag::Dual, "dl"),
    // The abbreviations of Russian trackers.
    (Tag::Dub("dub", Some("ru")), "дб"),
    (Tag::Dub("voiceover", Some("ru")), "пм|пд|лм|лд|ло|по|ао|ап"),
    (Tag::Dub("original", None), "бп"),
    (Tag::Subtitles(Some("ru")), "ст"),
];
