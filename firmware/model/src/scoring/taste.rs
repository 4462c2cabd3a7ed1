//! What the viewer wishes, and what the owner prefers or forbids.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Source;

/// Whether the viewer wants to hear the original.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sound {
    /// Whatever is in a wished language.
    #[default]
    Any,
    Dub,
    Original,
}

/// What the viewer wants.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Taste {
    /// ISO 639-1, the most wanted first.
    pub audio_languages: Vec<String>,
    pub subtitle_languages: Vec<String>,
    pub sound: Sound,
    /// Lines of the picture beyond which more is of no use to the viewer.
    pub max_height: Option<u32>,
    /// Larger ones are not taken by themselves, in GB.
    pub max_size_gb: Option<u32>,
    /// The network is paid for by what comes through it: small sources first, and nothing is
    /// looked at in the background.
    pub metered: bool,
    /// Addons for adults are asked, and what they list is shown. The owner alone can allow it.
    pub adult: bool,
}

impl Default for Taste {
    fn default() -> Self {
        Self {
            audio_languages: vec!["ru".into(), "en".into()],
            subtitle_languages: vec!["ru".into(), "en".into()],
            sound: Sound::Any,
            max_height: None,
            max_size_gb: None,
            metered: false,
            adult: false,
        }
    }
}

const MOST_LANGUAGES: usize = 12;

impl Taste {
    /// What is wrong with wishes that somebody sends, in a sentence.
    pub fn problem(&self) -> Option<String> {
        for (name, codes) in [
            ("audio_languages", &self.audio_languages),
            ("subtitle_languages", &self.subtitle_languages),
        ] {
            if codes.len() > MOST_LANGUAGES {
                return Some(format!("{name} takes {MOST_LANGUAGES} languages at most"));
            }
            if let Some(code) = codes.iter().find(|code| !is_code(code)) {
                let code: String = code.chars().take(20).collect();
                return Some(format!(
                    "{name} takes ISO 639-1 codes like `ru`, and `{code}` is none"
                ));
            }
        }
        if self
            .max_height
            .is_some_and(|lines| !(144..=8640).contains(&lines))
        {
            return Some("max_height is lines of the picture, from 144 to 8640".into());
        }
        if self.max_size_gb == Some(0) {
            return Some("max_size_gb must be 1 or more; leave it out for no limit".into());
        }
        None
    }
}

fn is_code(code: &str) -> bool {
    (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// What a preference of the owner's looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Preferred {
    /// A provider's id: `torznab:home`.
    Provider,
    /// Who made the release.
    Group,
    /// Words of the name, whole ones.
    Word,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// First whatever its score, while it does not fail.
    Pin,
    /// A tenth more.
    Prefer,
    /// Never taken by itself.
    Block,
}

/// What the owner thinks of a provider, of a group or of words in a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Preference {
    pub rule: Rule,
    pub what: Preferred,
    pub value: String,
}

impl Preference {
    pub(super) fn concerns(&self, source: &Source) -> bool {
        match self.what {
            Preferred::Provider => source.provider == self.value,
            Preferred::Group => source
                .release
                .group
                .as_deref()
                .is_some_and(|group| group.to_lowercase() == self.value.trim().to_lowercase()),
            Preferred::Word => {
                let words = words(&self.value);
                words.len() > 2 && words_of(source).contains(&words)
            }
        }
    }
}

fn words_of(source: &Source) -> String {
    words(&source.name)
}

/// ` the words in lower case ` with single spaces, and one at each end.
fn words(text: &str) -> String {
    let mut words = String::from(" ");
    for word in text
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        words.push_str(&word.to_lowercase());
        words.push(' ');
    }
    words
}

/// The strongest rule that concerns a source: to block goes before to pin, and that before to
/// prefer.
pub(super) fn wanted(preferences: &[Preference], source: &Source) -> Option<Rule> {
    let rules = [Rule::Block, Rule::Pin, Rule::Prefer];
    rules.into_iter().find(|rule| {
        preferences
            .iter()
            .any(|preference| preference.rule == *rule && preference.concerns(source))
    })
}
