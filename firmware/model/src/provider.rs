//! The owner's providers: what the API shows of them, and how they did.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Slug, UnixMs};

/// So many answers say how a provider does.
const REMEMBERED: usize = 100;
/// So many failures in a row of one that worked mean that it stopped.
const STOPPED_AFTER: usize = 3;

/// One question to a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub at: UnixMs,
    pub took_ms: u32,
    pub well: bool,
}

/// What is remembered of a provider's answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProviderRecord {
    /// The newest last.
    pub recent: Vec<Asked>,
    pub last_ok_at: Option<UnixMs>,
    pub last_error_at: Option<UnixMs>,
    pub last_error: Option<String>,
    /// It worked, and stopped: the alarm was given.
    pub stopped: bool,
    /// Whether it is for adults, as it said last; none while it was not heard.
    pub adult: Option<bool>,
    /// A digest of the address that all this is of; none while that was not noted.
    pub address: Option<String>,
}

/// News of a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Stopped,
    Recovered,
}

impl ProviderRecord {
    pub fn is_at(&self, address: &str) -> bool {
        self.address.as_deref() == Some(address)
    }

    /// Takes in an answer, or the error that came instead.
    pub fn note(&mut self, at: UnixMs, took_ms: u64, error: Option<&str>) -> Option<Turn> {
        let worked = self.last_ok_at.is_some();
        self.recent.push(Asked {
            at,
            took_ms: took_ms.min(u64::from(u32::MAX)) as u32,
            well: error.is_none(),
        });
        let surplus = self.recent.len().saturating_sub(REMEMBERED);
        self.recent.drain(..surplus);
        let Some(error) = error else {
            self.last_ok_at = Some(at);
            return std::mem::take(&mut self.stopped).then_some(Turn::Recovered);
        };
        self.last_error_at = Some(at);
        self.last_error = Some(error.to_owned());
        let failed = self.recent.iter().rev().take_while(|asked| !asked.well);
        if worked && !self.stopped && failed.count() >= STOPPED_AFTER {
            self.stopped = true;
            return Some(Turn::Stopped);
        }
        None
    }

    pub fn health(&self) -> ProviderHealth {
        let asked = self.recent.len();
        let well = self.recent.iter().filter(|asked| asked.well).count();
        let mut took: Vec<u32> = self
            .recent
            .iter()
            .filter(|asked| asked.well)
            .map(|asked| asked.took_ms)
            .collect();
        took.sort_unstable();
        let state = match self.recent.last() {
            None => ProviderCondition::Untried,
            Some(_) if self.stopped => ProviderCondition::Stopped,
            Some(last) if last.well => ProviderCondition::Ok,
            Some(_) => ProviderCondition::Failing,
        };
        ProviderHealth {
            state,
            asked: asked as u32,
            success_share: (asked > 0).then(|| well as f32 / asked as f32),
            p50_ms: percentile(&took, 50),
            p95_ms: percentile(&took, 95),
            last_ok_at: self.last_ok_at,
            last_error_at: self.last_error_at,
            last_error: self.last_error.clone(),
        }
    }
}

/// The smallest value that so many of a hundred do not exceed.
fn percentile(sorted: &[u32], percent: usize) -> Option<u32> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProviderCondition {
    Untried,
    Ok,
    /// Its last answer was an error.
    Failing,
    /// It worked, and failed several times in a row since.
    Stopped,
}

/// How a provider did, over its last hundred questions at most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderHealth {
    pub state: ProviderCondition,
    pub asked: u32,
    /// 0 to 1; null before the first question.
    pub success_share: Option<f32>,
    /// How long good answers took: half of them at most so long.
    pub p50_ms: Option<u32>,
    pub p95_ms: Option<u32>,
    #[schema(value_type = Option<u64>)]
    pub last_ok_at: Option<UnixMs>,
    #[schema(value_type = Option<u64>)]
    pub last_error_at: Option<UnixMs>,
    pub last_error: Option<String>,
}

/// A provider of the owner's. Its secrets are never shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProviderEntry {
    /// `torznab:home`
    pub id: String,
    /// `torznab`, `stremio`, …
    pub kind: String,
    /// Where it lies: host and port.
    pub host: Option<String>,
    pub enabled: bool,
    /// It stands in the configuration file and is changed there.
    pub fixed: bool,
    /// What else was said of it, without the secrets.
    #[schema(value_type = Object)]
    pub config: serde_json::Value,
    /// The secrets that are set, by name.
    pub secrets: Vec<String>,
    pub health: ProviderHealth,
    /// Why it cannot be asked at all.
    pub problem: Option<String>,
}

/// The providers in the order of the owner's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ProvidersPage {
    pub items: Vec<ProviderEntry>,
}

/// What a provider said when it was asked just to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProviderTest {
    pub ok: bool,
    pub took_ms: u64,
    /// What it can do, or what is wrong and what to do about it.
    pub detail: String,
    /// What is wrong, for who says it in other words.
    pub reason: Option<Slug>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dashboard_is_of_the_last_hundred_answers() {
        let mut record = ProviderRecord::default();
        assert_eq!(record.health().state, ProviderCondition::Untried);
        assert_eq!(record.health().success_share, None);
        for at in 1..=150 {
            record.note(at, at, (at % 4 == 0).then_some("down"));
        }
        let health = record.health();
        assert_eq!(health.asked, 100);
        assert_eq!(health.success_share, Some(0.75));
        assert_eq!(health.p50_ms, Some(101));
        assert_eq!(health.p95_ms, Some(146));
        assert_eq!(
            (health.last_ok_at, health.last_error_at),
            (Some(150), Some(148))
        );
        assert_eq!(health.last_error.as_deref(), Some("down"));
        assert_eq!(health.state, ProviderCondition::Ok);
    }

    #[test]
    fn one_that_worked_and_stops_is_told_of_once_and_so_is_its_return() {
        let mut record = ProviderRecord::default();
        for at in 0..5 {
            assert_eq!(record.note(at, 1, Some("down")), None, "it never worked");
        }
        assert_eq!(record.note(5, 1, None), None);
        assert_eq!(record.note(6, 1, Some("down")), None);
        assert_eq!(record.health().state, ProviderCondition::Failing);
        assert_eq!(record.note(7, 1, Some("down")), None);
        assert_eq!(record.note(8, 1, Some("down")), Some(Turn::Stopped));
        assert_eq!(record.note(9, 1, Some("down")), None);
        assert_eq!(record.health().state, ProviderCondition::Stopped);
        assert_eq!(record.note(10, 1, None), Some(Turn::Recovered));
        assert_eq!(record.note(11, 1, None), None);
    }

    #[test]
    fn percentiles_of_few_answers_are_among_them() {
        assert_eq!(percentile(&[], 50), None);
        assert_eq!(percentile(&[7], 95), Some(7));
        assert_eq!(percentile(&[1, 2, 3, 4], 50), Some(2));
        assert_eq!(percentile(&[1, 2, 3, 4], 95), Some(4));
    }
}
