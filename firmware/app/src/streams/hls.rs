//! HLS playlists, line by line: every address becomes one on the box, and what this version does
//! not know passes through as it is.
//!
//! Playlists are lines and attribute lists, and their unknown tags must survive, so they are
//! rewritten as text rather than read into a model and written anew.

use std::{borrow::Cow, sync::Arc};

use super::{
    Name, Page, Unusable,
    target::{Kind, Target, Variables},
};

const LONGEST_VALUE: usize = 16 * 1024;
const MOST_VARIABLES: usize = 256;
/// Of what is written; only variables make a playlist much longer.
const MOST_BYTES: usize = 32 << 20;

pub(super) fn rewrite(text: &str, page: &Page, name: &mut Name<'_>) -> Result<String, Unusable> {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    if !first.is_some_and(|line| line.starts_with("#EXTM3U")) {
        return Err(Unusable::Other("HLS"));
    }
    let mut playlist = Playlist {
        page,
        variables: Arc::new(definitions(text, page)?),
        name,
    };
    let mut out = String::with_capacity(text.len() * 2);
    // The next line of an address is a playlist's.
    let mut leads_to_playlist = false;
    for line in text.lines().map(str::trim) {
        if let Some(tag) = line.strip_prefix('#') {
            let (tag, list) = tag.split_once(':').unwrap_or((tag, ""));
            if let Some(list) = playlist.tag(tag, list)? {
                let colon = if line.contains(':') { ":" } else { "" };
                out.extend(["#", tag, colon, &*list, "\n"]);
            }
            leads_to_playlist |= tag == "EXT-X-STREAM-INF";
        } else if line.is_empty() {
            out.push('\n');
        } else {
            let reference = playlist.substituted(line)?;
            let kind = if leads_to_playlist {
                Kind::Hls
            } else {
                by_ending(&reference)
            };
            leads_to_playlist = false;
            out.push_str(&playlist.address(kind, 1, &reference)?);
            out.push('\n');
        }
        if out.len() > MOST_BYTES {
            return Err(Unusable::TooLong);
        }
    }
    Ok(out)
}

struct Playlist<'a, 'n, 'f> {
    page: &'a Page,
    variables: Arc<Variables>,
    name: &'n mut Name<'f>,
}

impl Playlist<'_, '_, '_> {
    /// What stands behind a tag's colon; none where the whole tag is left out.
    fn tag<'t>(&mut self, tag: &str, list: &'t str) -> Result<Option<Cow<'t, str>>, Unusable> {
        // Variables are put in where they stand. Where to play from is decided by the box's
        // failover, and a steering server would be asked past the box.
        if matches!(tag, "EXT-X-DEFINE" | "EXT-X-CONTENT-STEERING") {
            return Ok(None);
        }
        // Its text is free.
        if tag == "EXTINF" {
            return Ok(Some(list.into()));
        }
        let attributes: Vec<_> = attributes(list).collect();
        let has_variable = !self.variables.is_empty() && list.contains("{$");
        if !has_variable && !attributes.iter().any(Attribute::is_address) {
            return Ok(Some(list.into()));
        }
        let mut out = String::with_capacity(list.len() + 128);
        for attribute in attributes {
            let value = if attribute.is_quoted {
                self.substituted(attribute.value)?
            } else {
                attribute.value.into()
            };
            let value = if attribute.is_address() && !stays(&value) {
                let (kind, deeper) = match tag {
                    "EXT-X-MEDIA" | "EXT-X-I-FRAME-STREAM-INF" | "EXT-X-IMAGE-STREAM-INF" => {
                        (Kind::Hls, 1)
                    }
                    // A sibling.
                    "EXT-X-RENDITION-REPORT" => (Kind::Hls, 0),
                    _ => (by_ending(&value), 1),
                };
                self.address(kind, deeper, &value)?.into()
            } else {
                value
            };
            if !out.is_empty() {
                out.push(',');
            }
            let quote = if attribute.is_quoted { "\"" } else { "" };
            out.extend([attribute.name, "=", quote, &*value, quote]);
        }
        Ok(Some(out.into()))
    }

    fn address(&mut self, kind: Kind, deeper: u8, reference: &str) -> Result<String, Unusable> {
        let depth = match kind {
            Kind::Bytes => 0,
            Kind::Hls | Kind::Dash => self.page.depth + deeper,
        };
        let mut target = Target::fixed(kind, depth, self.page.base.clone(), reference);
        if kind == Kind::Hls && !self.variables.is_empty() {
            target.variables = Some(self.variables.clone());
        }
        (self.name)(target)
    }

    fn substituted<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, Unusable> {
        substitute(text, &self.variables)
    }
}

/// Keys may stand in the playlist itself; `skd:` is for Apple's own players.
fn stays(value: &str) -> bool {
    let is = |scheme: &str| {
        let start = value.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    value.is_empty() || is("data:") || is("skd:")
}

fn by_ending(reference: &str) -> Kind {
    let path = reference.split(['?', '#']).next().unwrap_or_default();
    let path = path.to_ascii_lowercase();
    let is = |ending: &str| path.ends_with(ending);
    if [".m3u8", ".m3u"].into_iter().any(is) {
        Kind::Hls
    } else {
        Kind::Bytes
    }
}

struct Attribute<'a> {
    name: &'a str,
    value: &'a str,
    is_quoted: bool,
}

impl Attribute<'_> {
    /// `URI`, and what later tags are likely to call theirs.
    fn is_address(&self) -> bool {
        let name = self.name.to_ascii_uppercase();
        name == "URI" || name.ends_with("-URI") || name == "X-ASSET-LIST"
    }
}

/// As far as it is a list of attributes; the rest is left out.
fn attributes(list: &str) -> impl Iterator<Item = Attribute<'_>> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (name, after) = rest.split_once('=')?;
        let name = name.rsplit(',').next().unwrap_or_default().trim();
        let after = after.trim_start();
        let (value, is_quoted, after) = if let Some(quoted) = after.strip_prefix('"') {
            let (value, after) = quoted.split_once('"').unwrap_or((quoted, ""));
            (value, true, after)
        } else {
            let end = after.find(',').unwrap_or(after.len());
            (after[..end].trim(), false, &after[end..])
        };
        // Behind a quotation mark only a comma may stand.
        rest = after.find(',').map_or("", |comma| &after[comma + 1..]);
        Some(Attribute {
            name,
            value,
            is_quoted,
        })
    })
}

/// `EXT-X-DEFINE`: variables with their values, the multivariant playlist's, and the address' own.
fn definitions(text: &str, page: &Page) -> Result<Variables, Unusable> {
    let mut found = Variables::new();
    let lists = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("#EXT-X-DEFINE:"));
    for list in lists {
        let of = |wanted: &str| {
            attributes(list)
                .find(|attribute| attribute.name == wanted)
                .map(|attribute| attribute.value)
        };
        let (name, value) = if let Some(name) = of("IMPORT") {
            (name, page.variables.get(name).cloned())
        } else if let Some(name) = of("QUERYPARAM") {
            let mut pairs = page.url.query_pairs();
            let value = pairs.find(|(key, _)| key == name);
            (name, value.map(|(_, value)| value.into_owned()))
        } else if let Some(name) = of("NAME") {
            let value = of("VALUE").map(|value| substitute(value, &found));
            (name, value.transpose()?.map(Cow::into_owned))
        } else {
            continue;
        };
        let fits = |value: &String| {
            value.len() <= LONGEST_VALUE
                && !value.contains(|letter: char| letter == '"' || letter.is_control())
        };
        let value = value
            .filter(fits)
            .ok_or_else(|| Unusable::Variable(name.to_owned()))?;
        found.insert(name.to_owned(), value);
        if found.len() > MOST_VARIABLES {
            return Err(Unusable::TooMany);
        }
    }
    Ok(found)
}

/// Puts in `{$name}`. Playlists older than variables have none, and the text means itself.
fn substitute<'t>(text: &'t str, variables: &Variables) -> Result<Cow<'t, str>, Unusable> {
    if variables.is_empty() || !text.contains("{$") {
        return Ok(text.into());
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{$") {
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| Unusable::Variable(after.to_owned()))?;
        let value = variables
            .get(name)
            .ok_or_else(|| Unusable::Variable(name.to_owned()))?;
        out.extend([before, value.as_str()]);
        if out.len() > LONGEST_VALUE {
            return Err(Unusable::TooLong);
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out.into())
}

#[cfg(test)]
#[path = "hls_tests.rs"]
mod tests;
