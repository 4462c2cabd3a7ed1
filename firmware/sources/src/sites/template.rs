//! Texts with places for values: `/search?q={title}&year={year?}`.

use std::{collections::BTreeMap, fmt};

use encoding_rs::Encoding;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What may stand in a place: `title`, `row.id`, `setting.key`.
pub(super) type Values = BTreeMap<String, String>;

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const PATH: &AsciiSet = &PLAIN.remove(b'/');
const MOST_DIGITS: usize = 9;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Place),
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    name: String,
    /// Empty where it is not known, instead of making the whole unknown.
    optional: bool,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Plain,
    /// With zeros in front, to so many digits.
    Padded(usize),
    /// Not escaped, for what is an address already.
    Raw,
    /// Escaped but for `/`.
    Path,
    /// A number, in JSON.
    Number,
}

/// The value that a template needs and nobody knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unknown(pub(super) String);

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not known", self.0)
    }
}

impl Template {
    /// The error says what is wrong in it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                plain.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err("a `}` closes nothing: write `}}` for the sign itself".into());
            }
            let (inside, after) = rest.split_once('}').ok_or(
                "a `{` is not closed: write `{title}` for a value, `{{` for the sign itself",
            )?;
            rest = after;
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            parts.push(Part::Value(Place::parse(inside)?));
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self(parts))
    }

    /// The values it asks for.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Value(place) => Some(place.name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The text before the first value.
    pub(super) fn beginning(&self) -> &str {
        match self.0.first() {
            Some(Part::Text(text)) => text,
            _ => "",
        }
    }

    /// As text, for names and headers.
    pub(super) fn text(&self, values: &Values) -> Result<String, Unknown> {
        self.render(values, |value, _| value.to_owned())
    }

    /// As an address: values are escaped, in the encoding of the site.
    pub(super) fn address(
        &self,
        values: &Values,
        encoding: &'static Encoding,
    ) -> Result<String, Unknown> {
        self.render(values, |value, form| match form {
            Form::Raw => value.to_owned(),
            Form::Path => encode(value, encoding, PATH),
            Form::Plain | Form::Padded(_) | Form::Number => escape(value, encoding),
        })
    }

    /// As JSON: a text, or a number where that is all of it.
    pub(super) fn json(&self, values: &Values) -> Result<serde_json::Value, Unknown> {
        let text = self.text(values)?;
        let number = match self.0.as_slice() {
            [Part::Value(place)] if place.form == Form::Number => text.parse::<u64>().ok(),
            _ => None,
        };
        Ok(number.map_or_else(|| text.into(), Into::into))
    }

    fn render(
        &self,
        values: &Values,
        write: impl Fn(&str, Form) -> String,
    ) -> Result<String, Unknown> {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Value(place) => match values.get(&place.name) {
                    Some(value) => text.push_str(&write(&place.padded(value), place.form)),
                    None if place.optional => {}
                    None => return Err(Unknown(place.name.clone())),
                },
            }
        }
        Ok(text)
    }
}

impl Place {
    fn parse(inside: &str) -> Result<Self, String> {
        let (name, form) = inside.split_once(':').unwrap_or((inside, ""));
        let (name, optional) = match name.strip_suffix('?') {
            Some(name) => (name, true),
            None => (name, false),
        };
        let is_name = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'));
        if !is_name {
            return Err(format!(
                "`{{{inside}}}` is no value: names are of small letters, digits, `_` and `.`"
            ));
        }
        let digits = form
            .strip_prefix('0')
            .and_then(|digits| digits.parse().ok());
        let form = match (form, digits) {
            ("", _) => Form::Plain,
            ("raw", _) => Form::Raw,
            ("path", _) => Form::Path,
            ("number", _) => Form::Number,
            (_, Some(digits)) if (1..=MOST_DIGITS).contains(&digits) => Form::Padded(digits),
            _ => {
                return Err(format!(
                    "`:{form}` is no form of a value: there are `:02`, `:raw`, `:path` and `:number`"
                ));
            }
        };
        Ok(Self {
            name: name.to_owned(),
            optional,
            form,
        })
    }

    fn padded(&self, value: &str) -> String {
        match self.form {
            Form::Padded(digits) => format!("{value:0>digits$}"),
            _ => value.to_owned(),
        }
    }
}

/// For a part of an address or form.
pub(super) fn escape(text: &str, encoding: &'static Encoding) -> String {
    encode(text, encoding, PLAIN)
}

fn encode(text: &str, encoding: &'static Encoding, kept: &'static AsciiSet) -> String {
    // What an encoding has no letter for is written as browsers do: `&#1234;`.
    let (bytes, _, _) = encoding.output_encoding().encode(text);
    percent_encode(&bytes, kept).to_string()
}

#[cfg(test)]
mod tests {
    use encoding_rs::UTF_8;

    use super::*;

    fn values() -> Values {
        [
            ("title", "Синтел & 1"),
            ("season", "3"),
            ("row.page", "/a b/ü?x=1"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    fn address(text: &str) -> Result<String, Unknown> {
        Template::parse(text).unwrap().address(&values(), UTF_8)
    }

    #[test]
    fn values_are_escaped_for_where_they_stand() {
        assert_eq!(
            address("/s?q={title}&s={season:02}").unwrap(),
            "/s?q=%D0%A1%D0%B8%D0%BD%D1%82%D0%B5%D0%BB%20%26%201&s=03"
        );
        assert_eq!(address("{row.page:raw}").unwrap(), "/a b/ü?x=1");
        assert_eq!(
            address("/d{row.page:path}").unwrap(),
            "/d/a%20b/%C3%BC%3Fx%3D1"
        );
        let old = Template::parse("q={title}").unwrap();
        assert_eq!(
            old.address(&values(), encoding_rs::WINDOWS_1251).unwrap(),
            "q=%D1%E8%ED%F2%E5%EB%20%26%201"
        );
        assert_eq!(old.text(&values()).unwrap(), "q=Синтел & 1");
    }

    #[test]
    fn what_is_not_known_is_left_out_or_told() {
        assert_eq!(address("{season}{year?}").unwrap(), "3");
        assert_eq!(address("{season}{year}"), Err(Unknown("year".into())));
        assert_eq!(address("{{{season}}}").unwrap(), "{3}");
    }

    #[test]
    fn json_has_texts_and_numbers() {
        let json = |text: &str| Template::parse(text).unwrap().json(&values()).unwrap();
        assert_eq!(json("{season}"), "3");
        assert_eq!(json("{season:number}"), 3);
        assert_eq!(json("s{season:number}"), "s3");
        assert_eq!(json("{title:number}"), "Синтел & 1");
    }

    #[test]
    fn a_mistake_is_told() {
        for text in [
            "{", "}", "{}", "{Title}", "{a b}", "{a:x}", "{a:00}", "{a:0999}", "{a{b}",
        ] {
            assert!(Template::parse(text).is_err(), "{text}");
        }
    }
}
