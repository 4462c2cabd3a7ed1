//! A question to a service, its secrets apart from the rest.

use std::fmt;

use bytes::Bytes;
use hearth_model::AnswerKey;
use reqwest::{
    Method,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT},
};
use sha2::{Digest, Sha256};
use url::Url;

use crate::{Error, fetcher};

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// A request that only reads: GET, or a POST that carries a question as GraphQL does.
#[derive(Clone)]
pub struct Request {
    /// Without secrets.
    url: Url,
    headers: HeaderMap,
    body: Option<Bytes>,
    secret_query: Vec<(String, String)>,
    secret_headers: HeaderMap,
    any_status: bool,
}

impl Request {
    pub fn get(url: &str) -> Result<Self, Error> {
        Ok(Self {
            url: fetcher::parse(url)?,
            headers: HeaderMap::new(),
            body: None,
            secret_query: Vec::new(),
            secret_headers: HeaderMap::new(),
            any_status: false,
        })
    }

    /// A question in the body, as JSON: sent as POST, kept and joined as if the body were part of
    /// the address.
    pub fn ask(url: &str, question: &serde_json::Value) -> Result<Self, Error> {
        let mut request = Self::get(url)?;
        request.body = Some(question.to_string().into());
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(request)
    }

    /// A filled-in form of a web page, written out and escaped as the page wants it.
    pub fn form(url: &str, form: String) -> Result<Self, Error> {
        let mut request = Self::get(url)?;
        request.body = Some(form.into());
        request
            .headers
            .insert(CONTENT_TYPE, HeaderValue::from_static(FORM));
        Ok(request)
    }

    /// The answer is read even where its status is an error's: a page says more than a number.
    #[must_use]
    pub fn any_status(mut self) -> Self {
        self.any_status = true;
        self
    }

    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Sent, but no part of what is kept or printed.
    #[must_use]
    pub fn secret_query(mut self, name: &str, value: &str) -> Self {
        self.secret_query.push((name.into(), value.into()));
        self
    }

    /// Likewise. What cannot stand in a header is left out, and the service will say so.
    #[must_use]
    pub fn bearer(mut self, token: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}")) {
            value.set_sensitive(true);
            self.secret_headers.insert(AUTHORIZATION, value);
        }
        self
    }

    /// Likewise, for services that take their key in a header of their own; its name in small
    /// letters.
    #[must_use]
    pub fn secret_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.secret_headers
                .insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// Instead of the fetcher's own name.
    #[must_use]
    pub fn user_agent(self, name: &str) -> Self {
        self.header(USER_AGENT, name)
    }

    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    pub(crate) fn public_headers(&self) -> &HeaderMap {
        &self.headers
    }

    pub(crate) fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    pub(crate) fn method(&self) -> Method {
        match self.body {
            Some(_) => Method::POST,
            None => Method::GET,
        }
    }

    pub(crate) fn takes_any_status(&self) -> bool {
        self.any_status
    }

    pub(crate) fn full_url(&self) -> Url {
        let mut url = self.url.clone();
        if !self.secret_query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.secret_query);
        }
        url
    }

    pub(crate) fn full_headers(&self) -> HeaderMap {
        let mut headers = self.headers.clone();
        headers.extend(self.secret_headers.clone());
        headers
    }

    /// The same for the same question, with whichever key it is asked.
    pub(crate) fn key(&self) -> AnswerKey {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_be_bytes());
            hash.update(bytes);
        };
        part(self.method().as_str().as_bytes());
        part(self.url.as_str().as_bytes());
        part(self.body.as_deref().unwrap_or_default());
        hash.finalize().into()
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method())
            .field("url", &self.url.as_str())
            .finish_non_exhaustive()
    }
}
