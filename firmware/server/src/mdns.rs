//! How phones find the box: `_hearth._tcp`, and `hearth.local` (or `hearth-2.local`, when another
//! box has that name already).

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
};

use mdns_sd::{DaemonEvent, IfKind, ServiceDaemon, ServiceInfo};

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
    let interfaces = interfaces_of(listen.ip());
    for interface in &interfaces {
        daemon.enable_interface(IfKind::Name(interface.name.clone()))?;
    }
    let addresses: Vec<IpAddr> = interfaces.iter().map(if_addrs::Interface::ip).collect();
    let properties: HashMap<String, String> =
        [("v", "1"), ("id", id), ("name", name), ("path", "/")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
    let service = ServiceInfo::new(
        SERVICE,
        name,
        HOSTNAME,
        addresses.as_slice(),
        listen.port(),
        properties,
    )?;
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
                DaemonEvent::Error(error) => tracing::warn!(%error, "mDNS"),
                _ => {}
            }
        }
    });
    tracing::info!(
        interfaces = ?interfaces.iter().map(|interface| &interface.name).collect::<Vec<_>>(),
        "announced by mDNS"
    );
    Ok(Announced { daemon, fullname })
}

/// The interfaces on which a listener at `ip` is reached.
fn interfaces_of(ip: IpAddr) -> Vec<if_addrs::Interface> {
    if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .filter(|interface| {
            if ip.is_unspecified() {
                !interface.is_loopback()
            } else {
                interface.ip() == ip
            }
        })
        .filter(|interface| match interface.ip() {
            IpAddr::V4(_) => true,
            IpAddr::V6(_) => ip.is_ipv6(),
        })
        .collect()
}
