//! How phones find the box: `_hearth._tcp`, and `hearth.local` (or `hearth-2.local`, when another
//! box has that name already).

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use if_addrs::Interface;
use mdns_sd::{DaemonEvent, IfKind, IfPredicate, ServiceDaemon, ServiceInfo};

use crate::host::Names;

const SERVICE: &str = "_hearth._tcp.local.";
const HOSTNAME: &str = "hearth.local.";

/// The announcement; dropping it takes it back.
pub struct Announced {
    daemon: ServiceDaemon,
    fullname: String,
}

impl std::fmt::Debug for Announced {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Announced").field(&self.fullname).finish()
    }
}

impl Drop for Announced {
    fn drop(&mut self) {
        // Goodbye packets are a courtesy: a box that is gone is gone.
        let _ = self.daemon.unregister(&self.fullname);
        let _ = self.daemon.shutdown();
    }
}

/// Announces the box on the interfaces on which it listens.
pub fn announce(
    id: &str,
    name: &str,
    listen: SocketAddr,
    names: &Names,
) -> Result<Announced, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    // By default every interface speaks, loopback among them.
    daemon.disable_interface(IfKind::All)?;
    daemon.enable_interface(IfKind::Predicate(IfPredicate::new(move |interface| {
        reaches(listen.ip(), interface)
    })))?;
    let properties: HashMap<String, String> =
        [("v", "1"), ("id", id), ("name", name), ("path", "/")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    // The network comes and goes: Wi-Fi joined later, a cable, a new lease.
    let service = ServiceInfo::new(SERVICE, name, HOSTNAME, "", listen.port(), properties)?
        .enable_addr_auto();
    let fullname = service.get_fullname().to_owned();
    names.set_own(HOSTNAME);
    let monitor = daemon.monitor()?;
    daemon.register(service)?;
    let names = names.clone();
    tokio::spawn(async move {
        while let Ok(event) = monitor.recv_async().await {
            match event {
                DaemonEvent::NameChange(change) => {
                    tracing::info!(
                        from = change.original,
                        to = change.new_name,
                        "another box has that name"
                    );
                    if change.original.eq_ignore_ascii_case(HOSTNAME) {
                        names.set_own(&change.new_name);
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
        }
    });
    Ok(Announced { daemon, fullname })
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
