//! How phones find the box: `_hearth._tcp`, and `hearth.local` (or `hearth-2.local`, when another
//! box has that name already).

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use if_addrs::{IfAddr, Interface};
use mdns_sd::{
    DaemonEvent, HostnameResolutionEvent, IfKind, IfPredicate, Receiver, ServiceDaemon, ServiceInfo,
};
use tokio::{task::AbortHandle, time::Instant};

use crate::host::Names;

const SERVICE: &str = "_hearth._tcp.local.";
const HOSTNAME: &str = "hearth.local.";

/// How long two boxes may have one name before this one asks for it anew; twice as long each time.
const FIRST_PATIENCE: Duration = Duration::from_secs(3);
const LAST_PATIENCE: Duration = Duration::from_secs(600);

/// The announcement; dropping it takes it back.
pub struct Announced {
    settling: AbortHandle,
    speaks: Arc<Mutex<Speaker>>,
}

impl std::fmt::Debug for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Announced").finish_non_exhaustive()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        self.settling.abort();
        lock(&self.speaks).stop();
    }
}

/// Announces the box on the interfaces on which it listens.
pub fn announce(
    id: &str,
    name: &str,
    listen: SocketAddr,
    names: &Names,
) -> Result<Announced, mdns_sd::Error> {
    let properties: HashMap<String, String> =
        [("v", "1"), ("id", id), ("name", name), ("path", "/")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    // The network comes and goes: Wi-Fi joined later, a cable, a new lease.
    let service = ServiceInfo::new(SERVICE, name, HOSTNAME, "", listen.port(), properties)?
        .enable_addr_auto();
    names.set_own(HOSTNAME);
    let (speaker, mut heard) = Speaker::start(&service, listen.ip())?;
    let speaks = Arc::new(Mutex::new(speaker));
    let (spoken, names) = (speaks.clone(), names.clone());
    let settling = tokio::spawn(async move {
        let mut patience = FIRST_PATIENCE;
        while heard.until_taken(&names, &spoken, patience).await {
            patience = (patience * 2).min(LAST_PATIENCE);
            // Only a speaker that begins anew probes anew.
            lock(&spoken).stop();
            names.begin_again(HOSTNAME);
            heard = loop {
                match Speaker::start(&service, listen.ip()) {
                    Ok((speaker, heard)) => {
                        *lock(&spoken) = speaker;
                        break heard;
                    }
                    Err(error) => tracing::warn!(%error, "mDNS"),
                }
                tokio::time::sleep(patience).await;
            };
        }
    })
    .abort_handle();
    Ok(Announced { settling, speaks })
}

/// What announces the box, and answers.
struct Speaker(ServiceDaemon);

impl Speaker {
    fn start(service: &ServiceInfo, ip: IpAddr) -> Result<(Self, Heard), mdns_sd::Error> {
        let daemon = ServiceDaemon::new()?;
        // By default every interface speaks, loopback among them.
        daemon.disable_interface(IfKind::All)?;
        daemon.enable_interface(IfKind::Predicate(IfPredicate::new(move |interface| {
            reaches(ip, interface)
        })))?;
        let heard = Heard {
            events: daemon.monitor()?,
            addresses: daemon.resolve_hostname(HOSTNAME, None)?,
            listens: ip,
        };
        daemon.register(service.clone())?;
        Ok((Self(daemon), heard))
    }

    fn stop(&self) {
        // Its goodbye is a courtesy: a box that is gone is gone.
        let _ = self.0.shutdown();
    }
}

/// What a speaker hears: of its own names, and who else answers to the one it has.
struct Heard {
    events: Receiver<DaemonEvent>,
    addresses: Receiver<HostnameResolutionEvent>,
    listens: IpAddr,
}

impl Heard {
    /// Waits until another box has had the name of this one for as long as `patience`: its answer to
    /// our probes was lost, or the two networks became one since. False when the speaker is gone.
    ///
    /// While a name is being probed mdns-sd gives way by itself; later it does not (RFC 6762, 9).
    async fn until_taken(
        &mut self,
        names: &Names,
        speaks: &Mutex<Speaker>,
        patience: Duration,
    ) -> bool {
        let mut until = None;
        loop {
            tokio::select! {
                event = self.events.recv_async() => match event {
                    Ok(event) => {
                        if let Some(name) = settled(event, names) {
                            until = None;
                            match lock(speaks).0.resolve_hostname(&name, None) {
                                Ok(addresses) => self.addresses = addresses,
                                Err(error) => tracing::warn!(%error, "mDNS"),
                            }
                        }
                    }
                    Err(_) => return false,
                },
                event = self.addresses.recv_async() => match event {
                    Ok(HostnameResolutionEvent::AddressesFound(name, addresses)) => {
                        let mut addresses = addresses.iter().map(mdns_sd::ScopedIp::to_ip_addr);
                        let met = addresses.find_map(|ip| Some((ip, own_beside(ip, self.listens)?)));
                        if let Some((ip, own)) = met {
                            tracing::info!(name, address = %ip, "another box has that name too");
                            // Of two that may both give way, the one with the higher address is first.
                            let turns = if own > ip { 1 } else { 3 };
                            until.get_or_insert(Instant::now() + patience * turns);
                        }
                    }
                    // It gave way.
                    Ok(HostnameResolutionEvent::AddressesRemoved(..)) => until = None,
                    Ok(_) => {}
                    Err(_) => return false,
                },
                () = tokio::time::sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => {
                    return true;
                }
            }
        }
    }
}

/// Tells of an event; the box's new name when it is one.
fn settled(event: DaemonEvent, names: &Names) -> Option<String> {
    match event {
        DaemonEvent::NameChange(change) => {
            tracing::info!(
                from = change.original,
                to = change.new_name,
                "another box has that name"
            );
            if change.original.eq_ignore_ascii_case(HOSTNAME) {
                names.set_own(&change.new_name);
                return Some(change.new_name);
            }
        }
        DaemonEvent::IpAdd(address) => {
            tracing::info!(%address, "mDNS answers here now");
            // With a new address it may begin with its first name again, and says nothing of
            // it where nobody else has that by now.
            names.add(HOSTNAME);
        }
        DaemonEvent::IpDel(address) => tracing::info!(%address, "this address is gone"),
        DaemonEvent::Error(error) => tracing::warn!(%error, "mDNS"),
        _ => {}
    }
    None
}

/// The box's own address in the network of one that is not its own. A reflector also tells the names
/// of other networks, where a box may be called as it likes.
fn own_beside(ip: IpAddr, listens: IpAddr) -> Option<IpAddr> {
    let interfaces = if_addrs::get_if_addrs()
        .inspect_err(
            |error| tracing::warn!(%error, "mDNS knows no neighbours: no list of interfaces"),
        )
        .ok()?;
    if interfaces.iter().any(|interface| interface.ip() == ip) {
        return None;
    }
    let mut interfaces = interfaces.iter();
    interfaces
        .find(|interface| reaches(listens, interface) && shares_network(ip, interface))
        .map(Interface::ip)
}

fn shares_network(ip: IpAddr, interface: &Interface) -> bool {
    match (ip, &interface.addr) {
        (IpAddr::V4(ip), IfAddr::V4(own)) => {
            (ip.to_bits() ^ own.ip.to_bits()) & own.netmask.to_bits() == 0
        }
        (IpAddr::V6(ip), IfAddr::V6(own)) => {
            (ip.to_bits() ^ own.ip.to_bits()) & own.netmask.to_bits() == 0
        }
        _ => false,
    }
}

fn lock(speaks: &Mutex<Speaker>) -> std::sync::MutexGuard<'_, Speaker> {
    speaks.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a listener at `ip` is reached through this interface's address.
fn reaches(ip: IpAddr, interface: &Interface) -> bool {
    let family = interface.ip().is_ipv4() || ip.is_ipv6();
    family
        && if ip.is_unspecified() {
            !interface.is_loopback()
        } else {
            interface.ip() == ip
        }
}
