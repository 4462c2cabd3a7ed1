//! What the box shows to HTTPS clients: a certificate for the names and addresses it has right now.
//!
//! It is looked at in each handshake and made anew when it no longer fits: a new address, another
//! name, a clock that was set. It lives in memory, so there is nothing to renew on a disk, and no
//! task that must not be late.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use hearth_app::Clock;
use rcgen::KeyPair;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use crate::{
    authority::{Authority, DAY_S},
    host::Names,
};

/// It begins so long before now. A phone takes it while the box's clock is ahead by less than this,
/// or behind by less than the rest of its life.
const BEGINS_AGO_S: u64 = 30 * DAY_S;
/// A new one is made when the clock leaves this stretch around the time that the last was made.
const FRESH_BEFORE_S: u64 = DAY_S;
const FRESH_AFTER_S: u64 = 7 * DAY_S;

/// The HTTPS listener, for handlers that speak of it.
#[derive(Debug, Clone)]
pub struct Secure {
    pub port: u16,
    pub certificate: Arc<Certificate>,
}

/// The lock is held while a certificate is made, a few milliseconds every few days.
#[derive(Debug)]
pub struct Certificate {
    authority: Authority,
    names: Names,
    /// Where the listener is bound.
    listen: IpAddr,
    clock: Clock,
    shown: Mutex<Option<Shown>>,
}

#[derive(Debug)]
struct Shown {
    names: Vec<ServerName<'static>>,
    made_s: u64,
    key: Arc<CertifiedKey>,
}

impl Certificate {
    pub fn new(authority: Authority, names: Names, listen: IpAddr, clock: Clock) -> Self {
        Self {
            authority,
            names,
            listen,
            clock,
            shown: Mutex::default(),
        }
    }

    /// What devices are told to trust.
    pub fn authority(&self) -> &CertificateDer<'static> {
        self.authority.root()
    }

    pub fn fingerprint(&self) -> String {
        self.authority.fingerprint()
    }

    /// For the listener. HTTP/1.1 only, as without TLS: the WebSocket needs it.
    pub fn config(self: &Arc<Self>) -> ServerConfig {
        let mut config = ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("ring speaks every version of TLS")
            .with_no_client_auth()
            .with_cert_resolver(self.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }

    /// Everything the box may be called.
    fn wanted(&self) -> Vec<ServerName<'static>> {
        let mut names = self.names.all();
        names.push("localhost".into());
        let names = names
            .into_iter()
            .filter_map(|name| ServerName::try_from(name).ok());
        let addresses: Vec<IpAddr> = if self.listen.is_unspecified() {
            let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
            interfaces.iter().map(if_addrs::Interface::ip).collect()
        } else {
            vec![self.listen]
        };
        let mut wanted: Vec<_> = names
            .chain(addresses.into_iter().map(ServerName::from))
            .collect();
        wanted.sort_by(|one, other| one.to_str().cmp(&other.to_str()));
        wanted.dedup();
        wanted
    }

    fn current(&self) -> Option<Arc<CertifiedKey>> {
        let names = self.wanted();
        let now_s = self.clock.wall() / 1000;
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shown) = &*shown
            && shown.names == names
            && (shown.made_s.saturating_sub(FRESH_BEFORE_S)..shown.made_s + FRESH_AFTER_S)
                .contains(&now_s)
        {
            return Some(shown.key.clone());
        }
        match self.make(&names, now_s) {
            Ok(key) => {
                *shown = Some(Shown {
                    names,
                    made_s: now_s,
                    key,
                });
            }
            Err(error) => tracing::error!(%error, "no certificate could be made"),
        }
        shown.as_ref().map(|shown| shown.key.clone())
    }

    fn make(
        &self,
        names: &[ServerName<'static>],
        now_s: u64,
    ) -> Result<Arc<CertifiedKey>, Box<dyn std::error::Error>> {
        // A new key each time, and with it a new serial number.
        let key = KeyPair::generate()?;
        // One name that the authority may not vouch for, a public address say, would spoil all.
        let names: Vec<_> = names
            .iter()
            .filter(|name| self.authority.may_vouch_for(name, &key))
            .cloned()
            .collect();
        let from_s = now_s.saturating_sub(BEGINS_AGO_S);
        let certificate = self.authority.sign(&names, &key, from_s)?;
        let said: Vec<_> = names.iter().map(ServerName::to_str).collect();
        tracing::info!(names = said.join(" "), "a certificate was made");
        let chain = vec![certificate, self.authority.signer().clone()];
        let key = PrivateKeyDer::try_from(key.serialize_der())?;
        let key = ring::sign::any_ecdsa_type(&key)?;
        Ok(Arc::new(CertifiedKey::new(chain, key)))
    }
}

impl ResolvesServerCert for Certificate {
    /// Whatever name the client asked for: it judges for itself whether the certificate bears it.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use rustls::{client::verify_server_name, server::ParsedCertificate};

    use super::*;
    use crate::authority::LIFE_S;

    const NOW_S: u64 = 1_790_000_000;

    /// A box whose clock stands at `at_s`.
    fn at(at_s: u64) -> (tempfile::TempDir, Clock, Names, Certificate) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::default();
        set(&clock, at_s);
        let names = Names::new(["media.example.org".to_owned()]);
        let authority = Authority::open(folder.path(), &names.all()).unwrap();
        let listen = Ipv4Addr::LOCALHOST.into();
        let certificate = Certificate::new(authority, names.clone(), listen, clock.clone());
        (folder, clock, names, certificate)
    }

    fn set(clock: &Clock, at_s: u64) {
        clock.set_wall_ahead(0);
        let ahead_ms = (at_s * 1000).cast_signed() - clock.wall().cast_signed();
        clock.set_wall_ahead(ahead_ms);
    }

    fn leaf(certificate: &Certificate) -> CertificateDer<'static> {
        certificate.current().unwrap().cert[0].clone()
    }

    fn bears(leaf: &CertificateDer<'_>, name: &str) -> bool {
        let leaf = ParsedCertificate::try_from(leaf).unwrap();
        verify_server_name(&leaf, &ServerName::try_from(name).unwrap()).is_ok()
    }

    #[test]
    fn it_bears_the_names_that_the_box_has_now() {
        let (_folder, _, names, certificate) = at(NOW_S);
        let first = leaf(&certificate);
        for own in ["localhost", "media.example.org", "127.0.0.1"] {
            assert!(bears(&first, own), "{own}");
        }
        assert!(!bears(&first, "hearth.local"));
        assert_eq!(leaf(&certificate), first, "nothing changed");
        names.set_own("hearth.local.");
        assert!(bears(&leaf(&certificate), "hearth.local"));
        names.set_own("hearth-2.local.");
        let renamed = leaf(&certificate);
        assert!(bears(&renamed, "hearth-2.local") && !bears(&renamed, "hearth.local"));
        assert!(certificate.authority.is_taken(&renamed, NOW_S));
    }

    #[test]
    fn it_lasts_as_long_as_every_device_takes_and_is_renewed_in_time() {
        let (_folder, clock, _, certificate) = at(NOW_S);
        let first = leaf(&certificate);
        let taken = |leaf: &CertificateDer<'_>, at_s| certificate.authority.is_taken(leaf, at_s);
        assert!(taken(&first, NOW_S - 29 * DAY_S), "a phone that is behind");
        assert!(taken(&first, NOW_S + 366 * DAY_S), "a box that is behind");
        assert!(!taken(&first, NOW_S - 31 * DAY_S));
        assert!(!taken(&first, NOW_S - BEGINS_AGO_S + LIFE_S + DAY_S));
        const { assert!(LIFE_S < 398 * DAY_S) };
        for days in [8, 400, 4000] {
            let at_s = NOW_S + days * DAY_S;
            set(&clock, at_s);
            let renewed = leaf(&certificate);
            assert_ne!(renewed, first);
            assert!(taken(&renewed, at_s), "after {days} days");
        }
        set(&clock, NOW_S);
        assert!(taken(&leaf(&certificate), NOW_S), "a clock set back");
    }

    #[test]
    fn a_first_start_in_1970_makes_an_authority_for_today() {
        let (_folder, clock, _, certificate) = at(0);
        let old = leaf(&certificate);
        assert!(certificate.authority.is_taken(&old, 1));
        assert!(!certificate.authority.is_taken(&old, NOW_S));
        set(&clock, NOW_S);
        assert!(certificate.authority.is_taken(&leaf(&certificate), NOW_S));
    }

    #[test]
    fn a_clock_beyond_the_calendar_does_no_harm() {
        let (_folder, clock, _, certificate) = at(NOW_S);
        clock.set_wall_ahead(i64::MAX / 2);
        leaf(&certificate);
    }
}
