//! OpenSubtitles' REST interface, with a key of the owner's own.
//!
//! Asked by the file's hash and the title's id at once, and by name where that brings nothing. What
//! was found has no address: a download is asked for when somebody chose it, because downloads are
//! counted. The account is signed into with the first one, and again when the service forgot it.

mod answers;
mod questions;

pub use answers::Quota;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hearth_fetch::{
    Clock, Document, Error as FetchError, Fetcher, Limit, Limiter, Limits, Request,
};
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use crate::{
    Error, Secret, SubtitleFind, SubtitlePlace, SubtitleQuery, SubtitleText, provider::limits,
    subtitles::read_within,
};
use questions::{Question, questions};

const MOST_BYTES: usize = 4 * 1024 * 1024;
/// It wants to know who asks, in this form.
const USER_AGENT: &str = concat!("Hearth v", env!("CARGO_PKG_VERSION"));
/// A token lives for a day; none is trusted that long.
const TOKEN_LIFE: Duration = Duration::from_secs(12 * 3600);
/// An account that was not known is not tried again so long: signing in wrongly again and again is
/// punished, and a corrected one is another provider.
const REFUSED_FOR: Duration = Duration::from_secs(3600);
/// The service's own: 5 a second for each address, 40 in 10 seconds.
const LIMITS: [Limit; 2] = [
    Limit {
        requests: 5,
        per: Duration::from_secs(1),
    },
    Limit {
        requests: 40,
        per: Duration::from_secs(10),
    },
];

/// The service, with what the owner gave for it.
#[derive(Debug)]
pub struct OpenSubtitles {
    id: String,
    base: Url,
    key: Secret,
    account: Option<Account>,
    fetcher: Fetcher,
    asking: Fetcher,
    /// Locked for moments.
    state: Mutex<State>,
}

#[derive(Debug, Clone)]
struct Account {
    username: String,
    password: Secret,
}

#[derive(Debug, Default)]
struct State {
    session: Option<Session>,
    /// When the account was not known.
    refused: Option<Instant>,
    quota: Option<Quota>,
}

#[derive(Debug, Clone)]
struct Session {
    token: Secret,
    /// Members that pay have a server of their own.
    base: Url,
    since: Instant,
}

impl OpenSubtitles {
    pub(crate) fn new(
        id: String,
        base: Url,
        key: Secret,
        username: &str,
        password: &Secret,
        fetcher: Fetcher,
    ) -> Self {
        let account = !username.is_empty() && !password.0.is_empty();
        Self {
            id,
            base,
            key,
            account: account.then(|| Account {
                username: username.to_owned(),
                password: password.clone(),
            }),
            asking: fetcher.limited(Limiter::new(LIMITS, Clock::system())),
            fetcher,
            state: Mutex::default(),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn fetcher(&self) -> &Fetcher {
        &self.fetcher
    }

    /// As told with the last download.
    pub fn quota(&self) -> Option<Quota> {
        self.state().quota.clone()
    }

    pub async fn find(
        &self,
        wanted: &SubtitleQuery,
        deadline: Instant,
    ) -> Result<Vec<SubtitleFind>, Error> {
        let mut found = Vec::new();
        for question in questions(wanted) {
            let answer = self.search(&question, deadline).await?;
            found = answers::finds(&answer, &wanted.query, &self.id);
            if !found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// Whether the key and the account are taken.
    pub(crate) async fn check(&self, deadline: Instant) -> Result<(), Error> {
        self.session(deadline).await?;
        let question = Question::from([("query", "sintel".to_owned())]);
        self.search(&question, deadline).await.map(drop)
    }

    async fn search(&self, question: &Question, deadline: Instant) -> Result<Value, Error> {
        let mut request = Request::get(below(&self.base, "subtitles").as_str())?;
        for (name, value) in question {
            request = request.query(name, value);
        }
        let sent = self.send(request, limits(deadline, MOST_BYTES)).await;
        let answer = sent.map_err(|error| match error {
            Error::Fetch(FetchError::Status { status, .. }) => refusal(status, error),
            error => error,
        })?;
        answers::read(&answer.bytes)
    }

    /// Asks for a download and fetches it; it counts, so it is asked for once.
    pub async fn fetch(
        &self,
        find: &SubtitleFind,
        deadline: Instant,
    ) -> Result<SubtitleText, Error> {
        let SubtitlePlace::OpenSubtitles(file_id) = find.place else {
            return Err(Error::Other {
                text: "these subtitles are not of OpenSubtitles".into(),
            });
        };
        let link = self.download(file_id, deadline).await?;
        let language = find.language.as_deref();
        read_within(&self.fetcher, &link, language, deadline).await
    }

    async fn download(&self, file_id: u64, deadline: Instant) -> Result<String, Error> {
        let once = Limits {
            attempts: 1,
            ..limits(deadline, MOST_BYTES)
        };
        let mut session = self.session(deadline).await?;
        let mut reply = self.ask_for(file_id, session.as_ref(), once).await?;
        if reply.status == 401 && session.is_some() {
            // The service forgot who this is.
            self.state().session = None;
            session = self.session(deadline).await?;
            reply = self.ask_for(file_id, session.as_ref(), once).await?;
        }
        let status = reply.status;
        let answer = answers::read(&reply.bytes).unwrap_or_default();
        let download = answers::download(&answer);
        if let Some(quota) = &download.quota {
            self.state().quota = Some(quota.clone());
        }
        let used_up = status == 406 || (download.link.is_none() && download.quota.is_some());
        if used_up {
            return Err(Error::Quota {
                resets: download
                    .quota
                    .and_then(|quota| quota.resets)
                    .map(|resets| format!(" until {resets}"))
                    .unwrap_or_default(),
                hint: match self.account {
                    Some(_) => "",
                    None => ": an account of your own, in the settings, gives more",
                },
            });
        }
        match download.link {
            Some(link) => Ok(link),
            None => Err(refusal(
                status,
                Error::Other {
                    text: format!(
                        "OpenSubtitles gave no file ({status}): {}",
                        download.message
                    ),
                },
            )),
        }
    }

    async fn ask_for(
        &self,
        file_id: u64,
        session: Option<&Session>,
        limits: Limits,
    ) -> Result<Document, Error> {
        let base = session.map_or(&self.base, |session| &session.base);
        let question = json!({ "file_id": file_id });
        let mut request = Request::ask(below(base, "download").as_str(), &question)?;
        if let Some(session) = session {
            request = request.bearer(&session.token.0);
        }
        self.send(request.any_status(), limits).await
    }

    /// The session, begun where there is an account and none is known.
    async fn session(&self, deadline: Instant) -> Result<Option<Session>, Error> {
        let known = self.state().session.clone();
        match known.filter(|session| session.since.elapsed() < TOKEN_LIFE) {
            Some(session) => Ok(Some(session)),
            None if self.account.is_some() => self.sign_in(deadline).await.map(Some),
            None => Ok(None),
        }
    }

    async fn sign_in(&self, deadline: Instant) -> Result<Session, Error> {
        let Some(account) = &self.account else {
            return Err(Error::SignIn);
        };
        let refused = self.state().refused;
        if refused.is_some_and(|at| at.elapsed() < REFUSED_FOR) {
            return Err(Error::SignIn);
        }
        let question = json!({
            "username": account.username,
            "password": account.password.0,
        });
        let request = Request::ask(below(&self.base, "login").as_str(), &question)?;
        let once = Limits {
            attempts: 1,
            ..limits(deadline, MOST_BYTES)
        };
        let reply = self.send(request.any_status(), once).await?;
        if matches!(reply.status, 400 | 401) {
            self.state().refused = Some(Instant::now());
            return Err(Error::SignIn);
        }
        let answer = answers::read(&reply.bytes).map_err(|error| refusal(reply.status, error))?;
        let token = answer.get("token").and_then(Value::as_str);
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(refusal(reply.status, Error::SignIn));
        };
        let named = answer.get("base_url").and_then(Value::as_str);
        let session = Session {
            token: Secret(token.to_owned()),
            base: named
                .and_then(|host| self.own_server(host))
                .unwrap_or_else(|| self.base.clone()),
            since: Instant::now(),
        };
        self.state().session = Some(session.clone());
        Ok(session)
    }

    /// The server that the service names, if it is one of its own: key and token go there.
    fn own_server(&self, host: &str) -> Option<Url> {
        let mut base = self.base.clone();
        let (_, family) = self.base.host_str()?.split_once('.')?;
        let is_own = family.contains('.') && host.ends_with(&format!(".{family}"));
        (is_own && base.set_host(Some(host)).is_ok()).then_some(base)
    }

    async fn send(&self, request: Request, limits: Limits) -> Result<Document, Error> {
        let request = request
            .secret_header("api-key", &self.key.0)
            .user_agent(USER_AGENT);
        Ok(self.asking.ask(&request, limits).await?)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A refusal of the key in clear words; others as they are.
fn refusal(status: u16, other: Error) -> Error {
    match status {
        401 | 403 => Error::Key,
        _ => other,
    }
}

/// What lies behind an address.
fn below(base: &Url, part: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{part}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_servers_get_the_key() {
        let fetcher = Fetcher::new(hearth_fetch::Options::default()).unwrap();
        let base: Url = "https://api.opensubtitles.com/api/v1".parse().unwrap();
        let key = Secret("k".into());
        let client = OpenSubtitles::new("o".into(), base, key.clone(), "", &key, fetcher);
        let server = |host| client.own_server(host).map(String::from);
        assert_eq!(
            server("vip-api.opensubtitles.com").as_deref(),
            Some("https://vip-api.opensubtitles.com/api/v1")
        );
        for host in [
            "evil.example",
            "opensubtitles.com.evil.example",
            "xopensubtitles.com",
            "",
        ] {
            assert_eq!(server(host), None, "{host}");
        }
    }
}
