//! From a page of a definition to a request.

use encoding_rs::{Encoding, UTF_8};
use hearth_fetch::Request;
use http::HeaderValue;
use url::{Origin, Url};

use super::{
    definition::{Body, Definition, JsonBody, Page},
    template::{Template, Unknown, Values, escape},
};

#[derive(Debug)]
pub(super) struct Ask {
    pub(super) request: Request,
    /// With the body, as a person may read it. May hold secrets.
    pub(super) shown: String,
}

impl Definition {
    /// What addresses and forms are written in.
    pub(super) fn writes_in(&self) -> &'static Encoding {
        self.encoding.unwrap_or(UTF_8)
    }

    /// The request for `page`; its address is relative to `from`, the site itself is at `base`.
    /// The error says, for a person, why it is not asked.
    pub(super) fn ask(
        &self,
        page: &Page,
        from: &Url,
        base: &Url,
        values: &Values,
    ) -> Result<Ask, String> {
        let encoding = self.writes_in();
        let address = page.address.address(values, encoding).map_err(unknown)?;
        let mut url = from
            .join(address.trim())
            .map_err(|error| format!("its address is none ({error})"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!(
                "`{}:` addresses are not asked",
                crate::text::tidy(url.scheme(), 20)
            ));
        }
        let pairs = pairs(&page.query, values, encoding);
        if !pairs.is_empty() {
            let before = url.query().filter(|query| !query.is_empty());
            let query = match before {
                Some(before) => format!("{before}&{pairs}"),
                None => pairs,
            };
            url.set_query(Some(&query));
        }
        let is_own =
            url.origin() == base.origin() || written_origin(&page.address) == Some(url.origin());
        if !is_own && page.carries_something() {
            return Err(format!(
                "its address leads to {}, and settings and forms go to the site alone",
                url.host_str().unwrap_or_default()
            ));
        }
        let (mut request, shown) = match &page.body {
            Body::None => (Request::get(url.as_str()), format!("GET {url}")),
            Body::Form(form) => {
                let form = self::pairs(form, values, encoding);
                let shown = format!("POST {url} with {form}");
                (Request::form(url.as_str(), form), shown)
            }
            Body::Json(body) => {
                let body = json(body, values).map_err(unknown)?;
                let shown = format!("POST {url} with {body}");
                (Request::ask(url.as_str(), &body), shown)
            }
        };
        if is_own {
            // The page's own come after the site's, and instead of them.
            for (name, template) in self.headers.iter().chain(&page.headers) {
                let value = template.text(values).map_err(unknown)?;
                if HeaderValue::from_str(&value).is_err() {
                    return Err(format!("the header `{name}` cannot hold its value"));
                }
                request = request.map(|request| request.header(name.clone(), &value));
            }
        }
        let request = request.map_err(|error| error.to_string())?.any_status();
        Ok(Ask { request, shown })
    }
}

impl Page {
    /// Whether a value stands anywhere in its request.
    pub(super) fn asks_for(&self, name: &str) -> bool {
        fn in_json(body: &JsonBody, name: &str) -> bool {
            match body {
                JsonBody::Text(template) => template.names().any(|other| other == name),
                JsonBody::Plain(_) => false,
                JsonBody::List(list) => list.iter().any(|inner| in_json(inner, name)),
                JsonBody::Map(map) => map.iter().any(|(_, inner)| in_json(inner, name)),
            }
        }
        let asks = |template: &Template| template.names().any(|other| other == name);
        let in_body = match &self.body {
            Body::None => false,
            Body::Form(form) => form.iter().any(|(_, template)| asks(template)),
            Body::Json(body) => in_json(body, name),
        };
        in_body || asks(&self.address) || self.query.iter().any(|(_, template)| asks(template))
    }

    /// Whether its request is more than a question: it has a body or holds the owner's settings.
    fn carries_something(&self) -> bool {
        let holds = |template: &Template| template.names().any(|name| name.starts_with("setting."));
        !matches!(self.body, Body::None)
            || holds(&self.address)
            || self.query.iter().any(|(_, template)| holds(template))
    }
}

fn unknown(unknown: Unknown) -> String {
    unknown.to_string()
}

/// Pairs whose value is not known are left out.
fn pairs(pairs: &[(String, Template)], values: &Values, encoding: &'static Encoding) -> String {
    let written = pairs.iter().filter_map(|(name, template)| {
        let value = template.text(values).ok()?;
        Some(format!(
            "{}={}",
            escape(name, encoding),
            escape(&value, encoding)
        ))
    });
    written.collect::<Vec<_>>().join("&")
}

fn json(body: &JsonBody, values: &Values) -> Result<serde_json::Value, Unknown> {
    Ok(match body {
        JsonBody::Text(template) => template.json(values)?,
        JsonBody::Plain(value) => value.clone(),
        JsonBody::List(list) => list
            .iter()
            .map(|inner| json(inner, values))
            .collect::<Result<_, _>>()?,
        // As in a form, what is not known is left out.
        JsonBody::Map(map) => map
            .iter()
            .filter_map(|(name, inner)| Some((name.clone(), json(inner, values).ok()?)))
            .collect(),
    })
}

/// The host that the definition itself names, where no value can change it.
fn written_origin(address: &Template) -> Option<Origin> {
    let (scheme, rest) = address.beginning().split_once("://")?;
    let (host, _) = rest.split_once('/')?;
    Some(Url::parse(&format!("{scheme}://{host}/")).ok()?.origin())
}
