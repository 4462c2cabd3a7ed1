//! Why a source is not taken by itself.

use crate::{Language, Location, Preferred, Rule, Source, SourceKind};

use super::{Judge, words::kind_name};

const GB: u64 = 1_000_000_000;

/// Why a screen cannot play a source, or why nobody wants it to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedBecause {
    Codec(String),
    TooManyLines {
        height: u32,
        max_height: u32,
    },
    Protocol(SourceKind),
    OnlyAPage(String),
    /// The owner does not want it.
    Blocked(Preferred, String),
    /// The viewer set a limit.
    TooBig {
        size_bytes: u64,
        max_gb: u32,
    },
}

impl RefusedBecause {
    pub fn text(&self, language: Language) -> String {
        let ru = language == Language::Ru;
        match self {
            Self::Codec(codec) if ru => format!("Этот экран не умеет {}", codec.to_uppercase()),
            Self::Codec(codec) => format!("This screen cannot decode {}", codec.to_uppercase()),
            Self::TooManyLines { height, max_height } if ru => {
                format!("{height}p больше, чем тянет этот экран ({max_height}p)")
            }
            Self::TooManyLines { height, max_height } => {
                format!("{height}p is more than this screen plays ({max_height}p)")
            }
            Self::Protocol(kind) if ru => {
                format!("Этот экран не играет {}", kind_name(*kind, language))
            }
            Self::Protocol(kind) => {
                format!("This screen does not play {}", kind_name(*kind, language))
            }
            // Providers give their reasons in English.
            Self::OnlyAPage(_) if ru => {
                "Hearth такое не играет: это страница, архив или Usenet".to_owned()
            }
            Self::OnlyAPage(reason) => reason.clone(),
            Self::Blocked(what, value) => {
                let what = match (what, ru) {
                    (Preferred::Provider, true) => "поставщик",
                    (Preferred::Provider, false) => "provider",
                    (Preferred::Group, true) => "группа",
                    (Preferred::Group, false) => "group",
                    (Preferred::Word, true) => "слово",
                    (Preferred::Word, false) => "word",
                };
                if ru {
                    format!("Хозяин не хочет такого: {what} {value}")
                } else {
                    format!("The owner does not want it: {what} {value}")
                }
            }
            Self::TooBig { size_bytes, max_gb } => {
                let size = format!("{:.1}", *size_bytes as f64 / GB as f64);
                if ru {
                    format!("{} ГБ больше предела в {max_gb} ГБ", size.replace('.', ","))
                } else {
                    format!("{size} GB is more than the limit of {max_gb} GB")
                }
            }
        }
    }
}

pub(super) fn of(source: &Source, judge: &Judge) -> Option<RefusedBecause> {
    by_the_screen(source, judge).or_else(|| by_people(source, judge))
}

fn by_the_screen(source: &Source, judge: &Judge) -> Option<RefusedBecause> {
    let abilities = &judge.abilities;
    if let Location::Page { reason, .. } = &source.location {
        return Some(RefusedBecause::OnlyAPage(reason.clone()));
    }
    let protocol_missing = match source.kind {
        SourceKind::Hls => !abilities.hls,
        SourceKind::Dash => !abilities.dash,
        SourceKind::Torrent | SourceKind::Direct | SourceKind::Embed => false,
    };
    if protocol_missing {
        return Some(RefusedBecause::Protocol(source.kind));
    }
    if let Some(codec) = &source.release.video_codec
        && !abilities.video_codecs.contains(codec)
    {
        return Some(RefusedBecause::Codec(codec.clone()));
    }
    match source.release.height() {
        Some(height) if height > abilities.max_height => Some(RefusedBecause::TooManyLines {
            height,
            max_height: abilities.max_height,
        }),
        _ => None,
    }
}

fn by_people(source: &Source, judge: &Judge) -> Option<RefusedBecause> {
    let blocked = judge
        .preferences
        .iter()
        .find(|preference| preference.rule == Rule::Block && preference.concerns(source));
    if let Some(blocked) = blocked {
        return Some(RefusedBecause::Blocked(blocked.what, blocked.value.clone()));
    }
    let (size_bytes, max_gb) = (source.size_bytes?, judge.taste.max_size_gb?);
    let is_here = matches!(source.location, Location::File { .. });
    (!is_here && size_bytes > u64::from(max_gb) * GB)
        .then_some(RefusedBecause::TooBig { size_bytes, max_gb })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_refused_in_the_language_of_the_house() {
        let page = RefusedBecause::OnlyAPage("It plays only on its own page".into());
        assert_eq!(page.text(Language::En), "It plays only on its own page");
        assert!(page.text(Language::Ru).contains("страница"));
    }
}
