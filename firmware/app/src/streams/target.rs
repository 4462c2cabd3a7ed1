//! What manifests name: each address is kept by the box, and only its signature goes out.
//!
//! A signature is made of what it stands for, so a playlist that is loaded again names the same
//! addresses, and players that compare them see what is new.

use std::{
    collections::{BTreeMap, HashMap},
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use url::Url;

use super::{
    Unusable,
    template::{Fill, Template},
    ticket::{Signature, Signer},
};

/// As much is remembered twice: see [`Targets`].
const HALF_BYTES: usize = 32 << 20;

/// Variables of an HLS playlist, by name.
pub(super) type Variables = BTreeMap<String, String>;

/// How what an address leads to is passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Hls,
    Dash,
    /// As it is: segments, keys, subtitles.
    Bytes,
}

impl Kind {
    pub(super) fn mime(self) -> &'static str {
        match self {
            Self::Hls => "application/vnd.apple.mpegurl",
            Self::Dash => "application/dash+xml",
            Self::Bytes => "application/octet-stream",
        }
    }
}

#[derive(Debug)]
enum Place {
    Fixed { base: Arc<Url>, reference: Box<str> },
    Template(Box<Template>),
}

/// One address, or a DASH template of many.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) kind: Kind,
    /// Of a manifest: how many there are from the source's own to this one.
    pub(super) depth: u8,
    place: Place,
    /// Those of the multivariant playlist that names an HLS playlist.
    pub(super) variables: Option<Arc<Variables>>,
    /// A part of a DASH manifest resolves its addresses as if it stood in the manifest, from here.
    pub(super) inside: Option<Arc<Url>>,
}

impl Target {
    /// What `reference` says, seen from `base`.
    pub(super) fn fixed(kind: Kind, depth: u8, base: Arc<Url>, reference: &str) -> Self {
        Self {
            kind,
            depth,
            place: Place::Fixed {
                base,
                reference: reference.into(),
            },
            variables: None,
            inside: None,
        }
    }

    pub(super) fn template(template: Template) -> Self {
        Self {
            kind: Kind::Bytes,
            depth: 0,
            place: Place::Template(Box::new(template)),
            variables: None,
            inside: None,
        }
    }

    /// The address; none where a template is filled with what it cannot be.
    pub(super) fn url(&self, fill: &Fill) -> Option<Url> {
        match &self.place {
            Place::Fixed { base, reference } => base.join(reference).ok(),
            Place::Template(template) => template.fill(fill),
        }
    }

    /// An address for each place that it may lead to, to be looked at before it is signed.
    pub(super) fn samples(&self) -> Result<Vec<Url>, Unusable> {
        match &self.place {
            Place::Fixed { base, reference } => {
                let url = base.join(reference).map_err(|_| Unusable::Reference)?;
                Ok(vec![url])
            }
            Place::Template(template) => template.samples(),
        }
    }

    pub(super) fn signature(&self, signer: &Signer, id: u64) -> Signature {
        let kind = match (self.kind, &self.place) {
            (_, Place::Template(_)) => 0,
            (Kind::Hls, _) => 1,
            (Kind::Dash, _) => 2,
            (Kind::Bytes, _) => 3,
        };
        let head = [kind, self.depth];
        let mut parts: Vec<&[u8]> = vec![&head];
        match &self.place {
            Place::Fixed { base, reference } => {
                parts.extend([base.as_str().as_bytes(), reference.as_bytes()]);
            }
            Place::Template(template) => template.add_to(&mut parts),
        }
        let inside = self.inside.as_ref().map_or("", |url| url.as_str());
        parts.push(inside.as_bytes());
        for (name, value) in self.variables.iter().flat_map(|all| all.iter()) {
            parts.extend([name.as_bytes(), value.as_bytes()]);
        }
        signer.sign(id, &parts)
    }

    /// About what it takes in memory.
    fn bytes(&self) -> usize {
        let place = match &self.place {
            Place::Fixed { base, reference } => base.as_str().len() + reference.len(),
            Place::Template(template) => template.bytes(),
        };
        place + 160
    }
}

/// The addresses that the manifests of one open source named.
///
/// Two halves bound the memory: when the newer one is full it takes the place of the older one, so
/// what was neither named nor asked for in that time is forgotten. A day of film fits into a half.
/// The lock is held for a look-up.
#[derive(Debug, Default)]
pub(super) struct Targets(Mutex<Halves>);

#[derive(Debug, Default)]
struct Halves {
    newer: HashMap<Signature, Arc<Target>>,
    newer_bytes: usize,
    older: HashMap<Signature, Arc<Target>>,
}

impl Targets {
    pub(super) fn keep(&self, signature: Signature, target: Target) {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !halves.newer.contains_key(&signature) {
            halves.add(signature, Arc::new(target));
        }
    }

    pub(super) fn get(&self, signature: &Signature) -> Option<Arc<Target>> {
        let mut halves = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(target) = halves.newer.get(signature) {
            return Some(target.clone());
        }
        let target = halves.older.get(signature)?.clone();
        halves.add(*signature, target.clone());
        Some(target)
    }
}

impl Halves {
    fn add(&mut self, signature: Signature, target: Arc<Target>) {
        self.newer_bytes += target.bytes();
        self.newer.insert(signature, target);
        if self.newer_bytes > HALF_BYTES {
            self.older = mem::take(&mut self.newer);
            self.newer_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(name: &str) -> Target {
        let base = Arc::new(Url::parse("https://example.org/a/").unwrap());
        Target::fixed(Kind::Bytes, 0, base, name)
    }

    #[test]
    fn what_is_asked_for_stays_and_what_is_not_is_forgotten_in_time() {
        let targets = Targets::default();
        let signer = Signer::new();
        let signed = |name: &str| target(name).signature(&signer, 7);
        targets.keep(signed("asked"), target("asked"));
        targets.keep(signed("idle"), target("idle"));
        let long = "x".repeat(1 << 20);
        for round in 0..3 * HALF_BYTES / long.len() {
            let name = format!("{long}{round}");
            targets.keep(signed(&name), target(&name));
            assert!(targets.get(&signed("asked")).is_some(), "{round}");
        }
        assert!(targets.get(&signed("idle")).is_none());
    }

    #[test]
    fn a_signature_is_of_all_that_a_target_is() {
        let signer = Signer::new();
        let sign = |target: &Target| target.signature(&signer, 7);
        let one = sign(&target("a"));
        assert_eq!(one, sign(&target("a")), "it does not change by itself");
        let others = [
            target("a").signature(&signer, 8),
            target("a").signature(&Signer::new(), 7),
            sign(&target("b")),
            sign(&Target {
                kind: Kind::Hls,
                ..target("a")
            }),
            sign(&Target {
                depth: 1,
                ..target("a")
            }),
            sign(&Target {
                variables: Some(Arc::new([("a".to_owned(), "b".to_owned())].into())),
                ..target("a")
            }),
            sign(&Target {
                inside: Some(Arc::new(Url::parse("https://example.org/").unwrap())),
                ..target("a")
            }),
        ];
        assert!(others.iter().all(|other| *other != one));
    }
}
