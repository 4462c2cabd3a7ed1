//! The metadata services in words: how each is, and what to do about it.

use hearth_model::{Language, ServiceState, ServiceStatus};

use crate::{
    facts::provider_name,
    words::{Words, problem, words},
};

/// What is told of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    pub name: String,
    pub state: &'static str,
    /// In sentences, the first one first.
    pub lines: Vec<String>,
}

/// Without a key it is off; the box does not tell whether somebody wished so.
fn lacks_key(service: &ServiceStatus) -> bool {
    service.id == "tmdb" && service.state == ServiceState::Off
}

/// All of them in a few words: what is wrong, else that they are on.
pub fn summary(services: &[ServiceStatus], language: Language) -> String {
    let words = words(language);
    let said = |service: &ServiceStatus| {
        let state = match service.state {
            _ if lacks_key(service) => words.service_without_key,
            ServiceState::Off => words.service_off_short,
            ServiceState::Untried | ServiceState::Ok => words.service_on_short,
            ServiceState::Failing => words.service_failing_short,
        };
        format!("{} {state}", provider_name(&service.id))
    };
    let works = |service: &&ServiceStatus| {
        matches!(service.state, ServiceState::Untried | ServiceState::Ok)
    };
    let mut parts: Vec<String> = services
        .iter()
        .filter(|one| !works(one))
        .map(said)
        .collect();
    if parts.is_empty() {
        parts = services.iter().map(said).collect();
    }
    parts.join(", ")
}

pub fn service(service: &ServiceStatus, language: Language) -> Service {
    let words: &Words = words(language);
    let name = match service.id.as_str() {
        "tmdb" => words.service_tmdb.to_owned(),
        "shikimori" => words.service_shikimori.to_owned(),
        id => id.to_owned(),
    };
    let state = match service.state {
        ServiceState::Off => words.service_off,
        ServiceState::Untried | ServiceState::Ok => words.service_on,
        ServiceState::Failing => words.service_failing,
    };
    let mut lines = Vec::new();
    if let Some(failure) = &service.failure {
        lines.push(words.service_failing_hint.to_owned());
        lines.push(problem(&failure.into(), language));
    }
    if lacks_key(service) {
        lines.push(words.service_tmdb_key.to_owned());
    } else if service.state != ServiceState::Off {
        lines.extend(service.attribution.clone());
    }
    Service { name, state, lines }
}

#[cfg(test)]
mod tests {
    use hearth_model::{Failure, Slug};

    use super::*;

    fn status(id: &str, state: ServiceState) -> ServiceStatus {
        ServiceStatus {
            id: id.into(),
            state,
            failure: (state == ServiceState::Failing)
                .then(|| Failure::new(Slug::ServiceSlow, "the host did not answer")),
            attribution: (id == "tmdb").then(|| "as TMDB's terms want it".into()),
        }
    }

    #[test]
    fn the_summary_says_what_is_wrong_first() {
        use ServiceState::{Failing, Off, Ok, Untried};
        for (tmdb, shikimori, en, ru) in [
            (
                Ok,
                Untried,
                "TMDB on, Shikimori on",
                "TMDB включён, Shikimori включён",
            ),
            (Off, Ok, "TMDB has no key", "TMDB без ключа"),
            (Ok, Off, "Shikimori off", "Shikimori выключен"),
            (
                Off,
                Failing,
                "TMDB has no key, Shikimori does not answer",
                "TMDB без ключа, Shikimori не отвечает",
            ),
        ] {
            let both = [status("tmdb", tmdb), status("shikimori", shikimori)];
            assert_eq!(summary(&both, Language::En), en);
            assert_eq!(summary(&both, Language::Ru), ru);
        }
        assert_eq!(summary(&[], Language::En), "");
    }

    #[test]
    fn a_service_says_what_to_do() {
        let told = |id, state| service(&status(id, state), Language::En);
        let in_russian = service(&status("tmdb", ServiceState::Failing), Language::Ru);
        let off = told("tmdb", ServiceState::Off);
        assert_eq!(off.state, "Off");
        assert!(off.lines[0].contains("catalog.tmdb.key"));
        assert_eq!(off.lines.len(), 1, "what is off is not attributed");
        let ok = told("tmdb", ServiceState::Ok);
        assert_eq!(ok.lines, ["as TMDB's terms want it"]);
        let failing = told("shikimori", ServiceState::Failing);
        assert_eq!(failing.state, "Does not answer");
        assert_eq!(failing.lines[1], "It answers too slowly. Try again later.");
        assert_eq!(
            in_russian.lines[1],
            "Он отвечает слишком медленно. Попробуйте позже."
        );
    }
}
