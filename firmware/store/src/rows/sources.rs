//! The rows of sources, providers and wishes.

use hearth_model::{
    Asked, Estimate, Learnt, Preference, Preferred, ProviderRecord, Rule, Sound, Taste,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub struct HealthRow {
    pub good: bool,
    pub at: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub has_subtitles: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
struct EstimateRow {
    sum: f64,
    weight: f64,
    at: u64,
}

impl From<Estimate> for EstimateRow {
    fn from(estimate: Estimate) -> Self {
        let (sum, weight, at) = estimate.keep();
        Self { sum, weight, at }
    }
}

impl From<EstimateRow> for Estimate {
    fn from(row: EstimateRow) -> Self {
        Self::kept(row.sum, row.weight, row.at)
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct LearntRow {
    speed: EstimateRow,
    availability: EstimateRow,
}

impl From<&Learnt> for LearntRow {
    fn from(learnt: &Learnt) -> Self {
        Self {
            speed: learnt.speed.into(),
            availability: learnt.availability.into(),
        }
    }
}

impl From<LearntRow> for Learnt {
    fn from(row: LearntRow) -> Self {
        Self {
            speed: row.speed.into(),
            availability: row.availability.into(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ProviderRow {
    pub enabled: bool,
    pub place: u32,
    pub config: serde_json::Value,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct ProviderRecordRow {
    /// When, how long it took in ms, and whether it went well.
    recent: Vec<(u64, u32, bool)>,
    last_ok_at: Option<u64>,
    last_error_at: Option<u64>,
    last_error: Option<String>,
    stopped: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adult: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

impl From<&ProviderRecord> for ProviderRecordRow {
    fn from(record: &ProviderRecord) -> Self {
        let recent = record.recent.iter();
        Self {
            recent: recent
                .map(|asked| (asked.at, asked.took_ms, asked.well))
                .collect(),
            last_ok_at: record.last_ok_at,
            last_error_at: record.last_error_at,
            last_error: record.last_error.clone(),
            stopped: record.stopped,
            adult: record.adult,
            address: record.address.clone(),
        }
    }
}

impl From<ProviderRecordRow> for ProviderRecord {
    fn from(row: ProviderRecordRow) -> Self {
        let recent = row.recent.into_iter();
        Self {
            recent: recent
                .map(|(at, took_ms, well)| Asked { at, took_ms, well })
                .collect(),
            last_ok_at: row.last_ok_at,
            last_error_at: row.last_error_at,
            last_error: row.last_error,
            stopped: row.stopped,
            adult: row.adult,
            address: row.address,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct TasteRow {
    audio_languages: Vec<String>,
    subtitle_languages: Vec<String>,
    sound: String,
    max_height: Option<u32>,
    max_size_gb: Option<u32>,
    metered: bool,
    adult: bool,
}

impl Default for TasteRow {
    fn default() -> Self {
        Self::from(&Taste::default())
    }
}

impl From<&Taste> for TasteRow {
    fn from(taste: &Taste) -> Self {
        Self {
            audio_languages: taste.audio_languages.clone(),
            subtitle_languages: taste.subtitle_languages.clone(),
            sound: match taste.sound {
                Sound::Any => "any",
                Sound::Dub => "dub",
                Sound::Original => "original",
            }
            .into(),
            max_height: taste.max_height,
            max_size_gb: taste.max_size_gb,
            metered: taste.metered,
            adult: taste.adult,
        }
    }
}

impl From<TasteRow> for Taste {
    fn from(row: TasteRow) -> Self {
        Self {
            audio_languages: row.audio_languages,
            subtitle_languages: row.subtitle_languages,
            sound: match row.sound.as_str() {
                "dub" => Sound::Dub,
                "original" => Sound::Original,
                _ => Sound::Any,
            },
            max_height: row.max_height,
            max_size_gb: row.max_size_gb,
            metered: row.metered,
            adult: row.adult,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub struct PreferenceRow {
    rule: String,
    what: String,
    value: String,
}

impl From<&Preference> for PreferenceRow {
    fn from(preference: &Preference) -> Self {
        Self {
            rule: match preference.rule {
                Rule::Pin => "pin",
                Rule::Prefer => "prefer",
                Rule::Block => "block",
            }
            .into(),
            what: match preference.what {
                Preferred::Provider => "provider",
                Preferred::Group => "group",
                Preferred::Word => "word",
            }
            .into(),
            value: preference.value.clone(),
        }
    }
}

impl PreferenceRow {
    /// None of a kind that this release does not know.
    pub fn preference(&self) -> Option<Preference> {
        Some(Preference {
            rule: match self.rule.as_str() {
                "pin" => Rule::Pin,
                "prefer" => Rule::Prefer,
                "block" => Rule::Block,
                _ => return None,
            },
            what: match self.what.as_str() {
                "provider" => Preferred::Provider,
                "group" => Preferred::Group,
                "word" => Preferred::Word,
                _ => return None,
            },
            value: self.value.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    /// What this release writes is what every later one must read.
    fn frozen<T: Serialize + DeserializeOwned>(row: &T, text: &str) {
        assert_eq!(serde_json::to_string(row).unwrap(), text);
        let read: T = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn the_rows_are_frozen() {
        let health = |detail| HealthRow {
            good: true,
            at: 9,
            detail,
            has_subtitles: None,
        };
        frozen(&health(None), r#"{"good":true,"at":9}"#);
        frozen(
            &health(Some("x".into())),
            r#"{"good":true,"at":9,"detail":"x"}"#,
        );
        let seen = HealthRow {
            has_subtitles: Some(false),
            ..health(None)
        };
        frozen(&seen, r#"{"good":true,"at":9,"has_subtitles":false}"#);
        let learnt = Learnt {
            speed: Estimate::kept(0.5, 1.0, 7),
            availability: Estimate::kept(2.0, 2.5, 8),
        };
        frozen(
            &LearntRow::from(&learnt),
            r#"{"speed":{"sum":0.5,"weight":1.0,"at":7},"availability":{"sum":2.0,"weight":2.5,"at":8}}"#,
        );
        frozen(
            &ProviderRow {
                enabled: true,
                place: 2,
                config: serde_json::json!({ "kind": "torznab", "id": "home" }),
            },
            r#"{"enabled":true,"place":2,"config":{"id":"home","kind":"torznab"}}"#,
        );
        let record = ProviderRecord {
            recent: vec![Asked {
                at: 5,
                took_ms: 30,
                well: true,
            }],
            last_ok_at: Some(5),
            ..ProviderRecord::default()
        };
        frozen(
            &ProviderRecordRow::from(&record),
            r#"{"recent":[[5,30,true]],"last_ok_at":5,"last_error_at":null,"last_error":null,"stopped":false}"#,
        );
        let of_adults = ProviderRecord {
            adult: Some(true),
            ..ProviderRecord::default()
        };
        frozen(
            &ProviderRecordRow::from(&of_adults),
            r#"{"recent":[],"last_ok_at":null,"last_error_at":null,"last_error":null,"stopped":false,"adult":true}"#,
        );
        let at_an_address = ProviderRecord {
            address: Some("0123456789abcdef".into()),
            ..ProviderRecord::default()
        };
        frozen(
            &ProviderRecordRow::from(&at_an_address),
            r#"{"recent":[],"last_ok_at":null,"last_error_at":null,"last_error":null,"stopped":false,"address":"0123456789abcdef"}"#,
        );
        frozen(
            &TasteRow::from(&Taste::default()),
            r#"{"audio_languages":["ru","en"],"subtitle_languages":["ru","en"],"sound":"any","max_height":null,"max_size_gb":null,"metered":false,"adult":false}"#,
        );
        let preference = Preference {
            rule: Rule::Block,
            what: Preferred::Group,
            value: "X".into(),
        };
        frozen(
            &PreferenceRow::from(&preference),
            r#"{"rule":"block","what":"group","value":"X"}"#,
        );
    }

    #[test]
    fn what_a_later_release_wrote_is_left_alone() {
        let row: PreferenceRow =
            serde_json::from_str(r#"{"rule":"hide","what":"group","value":"X"}"#).unwrap();
        assert_eq!(row.preference(), None);
        let row: TasteRow = serde_json::from_str(r#"{"sound":"whispered","new":1}"#).unwrap();
        assert_eq!(Taste::from(row), Taste::default());
    }
}
