//! The box's own certificate authority. It is made once, lives in one file, and is bound by name
//! constraints to names and addresses of a home: whoever steals its key can play no bank.
//!
//! Android and Java look at no constraints of what they are told to trust, only at those of
//! certificates below it. So devices trust a *root* whose key is thrown away as soon as it has
//! signed the one *signer*, and the box keeps the signer's key. Both bear the constraints.
//!
//! No certificate is taken apart here. Whether a key and certificates belong together, and whom the
//! authority may vouch for, is found out as a client would: by a certificate on trial.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    net::IpAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    NameConstraints, PKCS_ECDSA_P256_SHA256, SanType, date_time_ymd,
};
use rustls::{
    RootCertStore,
    client::verify_server_cert_signed_by_trust_anchor,
    crypto::ring,
    pki_types::{
        CertificateDer, DnsName, PrivatePkcs8KeyDer, ServerName, UnixTime, pem::PemObject,
    },
    server::ParsedCertificate,
};
use sha2::{Digest, Sha256};

/// The signer's certificate, the root's, the signer's key.
const FILE: &str = "authority.pem";

const ROOT: &str = "Hearth ";
const SIGNER: &str = "Hearth box ";

/// Beside what `server.allowed_hosts` names. A name stands for those below it, too.
const HOME_NAMES: &[&str] = &["local", "localhost"];
const HOME_ADDRESSES: &[(&str, u8)] = &[
    ("10.0.0.0", 8),
    ("172.16.0.0", 12),
    ("192.168.0.0", 16),
    ("169.254.0.0", 16),
    ("127.0.0.0", 8),
    ("fc00::", 7),
    ("fe80::", 10),
    ("::1", 128),
];

/// A certificate's life: 398 days are the most that Apple's devices take.
pub const LIFE_S: u64 = 397 * DAY_S;
pub const DAY_S: u64 = 24 * 60 * 60;
/// 2099-12-31, the authority's end. Its beginning is 1970: a first start by a clock that stands
/// there makes the same authority as any other.
const END_S: u64 = 4_102_358_400;

#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error("cannot {action} {}", path.display())]
    File {
        action: &'static str,
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
    #[error("cannot make a certificate authority")]
    Make(#[from] rcgen::Error),
}

/// Why a file is no authority.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error("its key cannot be read")]
    Key,
    #[error("its certificates cannot be read")]
    Certificate,
    #[error("its key and its certificates do not belong together")]
    Apart,
}

pub struct Authority {
    root: CertificateDer<'static>,
    signer: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    /// What a client has that trusts this authority and nobody else.
    roots: RootCertStore,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Authority")
            .field(&self.fingerprint())
            .finish()
    }
}

impl Authority {
    /// Opens the authority in `folder`, or makes it. One that is damaged is laid aside.
    pub fn open(folder: &Path, hosts: &[String]) -> Result<Self, AuthorityError> {
        let path = folder.join(FILE);
        let file = |action, path: &Path| {
            let path = path.to_owned();
            move |cause| AuthorityError::File {
                action,
                path,
                cause,
            }
        };
        match fs::read(&path) {
            Ok(pem) => match Self::read(&pem) {
                Ok(authority) => {
                    authority.warn_of_strangers(hosts);
                    return Ok(authority);
                }
                Err(damage) => {
                    let aside = path.with_extension("damaged");
                    fs::rename(&path, &aside).map_err(file("lay aside", &path))?;
                    tracing::warn!(
                        file = %path.display(),
                        "the certificate authority is damaged ({damage}): a new one is made, and \
                         devices that trusted it have to install the new one"
                    );
                }
            },
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(file("read", &path)(cause)),
        }
        let (authority, pem) = Self::make(hosts)?;
        write_whole(&path, &pem).map_err(file("write", &path))?;
        tracing::info!(
            file = %path.display(),
            fingerprint = authority.fingerprint(),
            "a certificate authority was made"
        );
        authority.warn_of_strangers(hosts);
        Ok(authority)
    }

    /// A new authority, and the text of its file.
    fn make(hosts: &[String]) -> Result<(Self, String), AuthorityError> {
        let root_key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let root_params = ca_params(ROOT, &root_key, 1, hosts);
        let root = root_params.self_signed(&root_key)?;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut signer_params = ca_params(SIGNER, &key, 0, hosts);
        signer_params.use_authority_key_identifier_extension = true;
        let signer = signer_params.signed_by(&key, &Issuer::new(root_params, root_key))?;
        let pem = [signer.pem(), root.pem(), key.serialize_pem()].concat();
        let authority = Self::of(root.der().clone(), signer.der().clone(), key)
            .expect("a certificate that was just made can be read");
        Ok((authority, pem))
    }

    fn read(pem: &[u8]) -> Result<Self, Damage> {
        let mut certificates = CertificateDer::pem_slice_iter(pem);
        let mut next = || match certificates.next() {
            Some(Ok(certificate)) => Ok(certificate),
            _ => Err(Damage::Certificate),
        };
        let (signer, root) = (next()?, next()?);
        let key = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| Damage::Key)?;
        let key = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256)
            .map_err(|_| Damage::Key)?;
        let authority = Self::of(root, signer, key)?;
        let localhost = ServerName::try_from("localhost").expect("localhost is a name");
        let trial = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(|_| Damage::Key)?;
        if authority.may_vouch_for(&localhost, &trial) {
            Ok(authority)
        } else {
            Err(Damage::Apart)
        }
    }

    fn of(
        root: CertificateDer<'static>,
        signer: CertificateDer<'static>,
        key: KeyPair,
    ) -> Result<Self, Damage> {
        let mut roots = RootCertStore::empty();
        roots.add(root.clone()).map_err(|_| Damage::Certificate)?;
        Ok(Self {
            root,
            signer,
            issuer: Issuer::new(params(SIGNER, &key), key),
            roots,
        })
    }

    /// What devices are told to trust.
    pub fn root(&self) -> &CertificateDer<'static> {
        &self.root
    }

    /// Goes with each certificate, between it and the root.
    pub fn signer(&self) -> &CertificateDer<'static> {
        &self.signer
    }

    /// SHA-256 of the root, as phones show it.
    pub fn fingerprint(&self) -> String {
        let mut text = String::new();
        for byte in Sha256::digest(&self.root) {
            let colon = if text.is_empty() { "" } else { ":" };
            let _ = write!(text, "{colon}{byte:02X}");
        }
        text
    }

    /// Vouches that `key` belongs to the box of these names, for [`LIFE_S`] from `from_s` (Unix
    /// seconds).
    pub fn sign(
        &self,
        names: &[ServerName<'_>],
        key: &KeyPair,
        from_s: u64,
    ) -> Result<CertificateDer<'static>, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "Hearth box");
        for name in names {
            params.subject_alt_names.push(match name {
                ServerName::IpAddress(ip) => SanType::IpAddress(IpAddr::from(*ip)),
                name => SanType::DnsName(name.to_str().as_ref().try_into()?),
            });
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        // A clock that is wildly wrong must not lead out of the calendar.
        params.not_before =
            date_time_ymd(1970, 1, 1) + Duration::from_secs(from_s.min(END_S - LIFE_S));
        params.not_after = params.not_before + Duration::from_secs(LIFE_S);
        Ok(params.signed_by(key, &self.issuer)?.der().clone())
    }

    /// Whether a client that trusts this authority would take its word on this name.
    pub fn may_vouch_for(&self, name: &ServerName<'_>, trial: &KeyPair) -> bool {
        self.sign(std::slice::from_ref(name), trial, 0)
            .is_ok_and(|certificate| self.is_taken(&certificate, DAY_S))
    }

    /// Whether a client takes this certificate at a time (Unix seconds).
    pub fn is_taken(&self, certificate: &CertificateDer<'_>, at_s: u64) -> bool {
        ParsedCertificate::try_from(certificate).is_ok_and(|certificate| {
            verify_server_cert_signed_by_trust_anchor(
                &certificate,
                &self.roots,
                std::slice::from_ref(&self.signer),
                UnixTime::since_unix_epoch(Duration::from_secs(at_s)),
                ring::default_provider()
                    .signature_verification_algorithms
                    .all,
            )
            .is_ok()
        })
    }

    /// Hosts that were allowed after the authority was made stand outside its constraints.
    fn warn_of_strangers(&self, hosts: &[String]) {
        let Ok(trial) = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256) else {
            return;
        };
        for host in hosts {
            let known = ServerName::try_from(host.as_str())
                .is_ok_and(|name| self.may_vouch_for(&name, &trial));
            if !known {
                tracing::warn!(
                    host,
                    "HTTPS does not serve this host: the certificate authority may not vouch for \
                     it; the guide's page on HTTPS says how to have one that may"
                );
            }
        }
    }
}

/// A certificate's name comes from its key: the boxes of a house differ, and the signer's can be
/// said again without reading its certificate.
fn params(kind: &str, key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut name = kind.to_owned();
    for byte in &Sha256::digest(key.public_key_raw())[..4] {
        let _ = write!(name, "{byte:02x}");
    }
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn ca_params(kind: &str, key: &KeyPair, below: u8, hosts: &[String]) -> CertificateParams {
    let mut params = params(kind, key);
    params.not_before = date_time_ymd(1970, 1, 1);
    params.not_after = params.not_before + Duration::from_secs(END_S);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: homely(hosts),
        excluded_subtrees: vec![],
    });
    params
}

/// Everything the authority may ever vouch for.
fn homely(hosts: &[String]) -> Vec<GeneralSubtree> {
    let names = HOME_NAMES.iter().map(|name| (*name).to_owned());
    // An empty constraint would permit every name there is.
    let hosts = hosts
        .iter()
        .filter(|host| DnsName::try_from(host.as_str()).is_ok())
        .cloned();
    let names = names.chain(hosts).map(GeneralSubtree::DnsName);
    let addresses = HOME_ADDRESSES.iter().map(|(address, prefix)| {
        let address = address.parse().expect("the list holds addresses");
        GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(address, *prefix))
    });
    names.chain(addresses).collect()
}

/// Whole or not at all, and for nobody else's eyes.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().expect("the file lies in a folder");
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let beside = path.with_extension("new");
    // What a cut left behind may have anybody's mode.
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
