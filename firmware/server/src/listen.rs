//! The listeners: the LAN's (HTTP, and HTTPS beside it), the Unix socket for the box's own TV, and the loopback one that
//! serves it media (GStreamer reads no HTTP over Unix sockets).

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    os::unix::{
        fs::{FileTypeExt, PermissionsExt},
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum_server::{
    Handle, Server,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use hearth_app::App;
use hyper_util::rt::TokioTimer;

use crate::{
    access::Edge,
    authority::Authority,
    certificate::{Certificate, Secure},
    host::Names,
    routes,
    state::{ServerState, Tries},
};

/// How long a client may take to send its headers.
const HEADERS_IN: Duration = Duration::from_secs(10);
/// What open requests get on the way out.
const GOODBYE: Duration = Duration::from_secs(1);

/// An address of the documentation's range: routed like any on the internet, and nobody's.
const ANYWHERE: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("{address} is in use; stop what runs there, or choose another with {setting}")]
    PortInUse {
        address: SocketAddr,
        setting: &'static str,
    },
    #[error("cannot listen on {address}; choose an address of this machine with {setting}")]
    Address {
        address: SocketAddr,
        setting: &'static str,
        #[source]
        cause: io::Error,
    },
    #[error("{} is in use: another hearthd runs there; stop it, or choose another with --socket", path.display())]
    SocketInUse { path: PathBuf },
    #[error("{} is there and is no socket; choose another with --socket", path.display())]
    NoSocket { path: PathBuf },
    #[error("cannot listen on the socket {}; choose another with --socket", path.display())]
    Socket {
        path: PathBuf,
        #[source]
        cause: io::Error,
    },
}

/// Where to listen.
#[derive(Debug)]
pub struct Doors<'a> {
    pub http: SocketAddr,
    pub https: Option<SocketAddr>,
    pub socket: &'a Path,
    /// The folder that the box's authority is kept in.
    pub authority: &'a Path,
}

/// The running listeners.
#[derive(Debug)]
pub struct Listening {
    /// As bound: the port is known even when 0 was asked for.
    pub address: SocketAddr,
    lan: Handle<SocketAddr>,
    secure: Handle<SocketAddr>,
    media: Handle<SocketAddr>,
    local: Handle<std::os::unix::net::SocketAddr>,
    socket: PathBuf,
}

impl Listening {
    /// Takes no more, lets open requests finish for a moment, and removes the socket.
    pub async fn end(self) {
        self.lan.graceful_shutdown(Some(GOODBYE));
        self.secure.graceful_shutdown(Some(GOODBYE));
        self.media.graceful_shutdown(Some(Duration::ZERO));
        self.local.graceful_shutdown(Some(GOODBYE));
        let waited = async {
            let open = || {
                self.lan.connection_count()
                    + self.secure.connection_count()
                    + self.local.connection_count()
            };
            while open() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let _ = tokio::time::timeout(GOODBYE, waited).await;
        if let Err(error) = std::fs::remove_file(&self.socket)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, socket = %self.socket.display(), "the socket stays behind");
        }
    }
}

/// Starts to listen. Must be called on a tokio runtime.
pub fn listen(app: Arc<App>, names: Names, doors: &Doors<'_>) -> Result<Listening, ListenError> {
    let lan = Bound::at(doors.http, "--listen")?;
    let https = match doors.https {
        Some(address) => Some(Bound::at(address, "server.listen_https")?),
        None => None,
    };
    let media = Bound::at((Ipv4Addr::LOCALHOST, 0).into(), "--listen")?;
    let local = bind_socket(doors.socket)?;
    app.media_listens_at(format!("http://{}", media.address));
    let https = https.and_then(|bound| {
        let certificate = certificate(&app, &names, bound.address, doors.authority)?;
        Some((bound, certificate))
    });

    let state = ServerState {
        app,
        names,
        tries: Arc::new(Tries::default()),
        listen: lan.address,
        secure: https.as_ref().map(|(bound, certificate)| Secure {
            port: bound.address.port(),
            certificate: certificate.clone(),
        }),
    };
    let listening = Listening {
        address: lan.address,
        lan: Handle::new(),
        secure: Handle::new(),
        media: Handle::new(),
        local: Handle::new(),
        socket: doors.socket.to_owned(),
    };
    let lan_router = routes::house(&state, Edge::Lan);
    let media_router = routes::media_only(&state);
    let local_router = routes::house(&state, Edge::Local);

    let server = careful(lan.server()?.handle(listening.lan.clone()));
    serve(
        "lan",
        server.serve(lan_router.into_make_service_with_connect_info::<SocketAddr>()),
    );

    if let Some((bound, certificate)) = https {
        let router = routes::house(&state, Edge::Secure);
        let config = RustlsConfig::from_config(Arc::new(certificate.config()));
        let server = careful(bound.server()?.handle(listening.secure.clone()))
            .acceptor(RustlsAcceptor::new(config));
        serve(
            "https",
            server.serve(router.into_make_service_with_connect_info::<SocketAddr>()),
        );
    }

    let server = careful(media.server()?.handle(listening.media.clone()));
    serve("media", server.serve(media_router.into_make_service()));

    let server = axum_server::from_unix(local)
        .map_err(|cause| ListenError::Socket {
            path: doors.socket.to_owned(),
            cause,
        })?
        .handle(listening.local.clone());
    serve("local", server.serve(local_router.into_make_service()));
    Ok(listening)
}

/// What the box shows to HTTPS clients. Without an authority there is no HTTPS, and the rest of the
/// house goes on.
fn certificate(
    app: &App,
    names: &Names,
    address: SocketAddr,
    folder: &Path,
) -> Option<Arc<Certificate>> {
    match Authority::open(folder, &names.all()) {
        Ok(authority) => Some(Arc::new(Certificate::new(
            authority,
            names.clone(),
            address.ip(),
            app.clock().clone(),
        ))),
        Err(error) => {
            let cause = std::error::Error::source(&error)
                .map(|cause| format!(": {cause}"))
                .unwrap_or_default();
            tracing::warn!("no HTTPS: {error}{cause}");
            let told = format!("{error}{cause}; phones reach the box by http:// only");
            app.troubles.tell("https", "", Some(told));
            None
        }
    }
}

/// Gives up on clients that are slow to say what they want.
fn careful(mut server: Server<SocketAddr>) -> Server<SocketAddr> {
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_IN);
    server
}

fn serve(name: &'static str, server: impl Future<Output = io::Result<()>> + Send + 'static) {
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(%error, name, "a listener ended");
        }
    });
}

/// A bound port.
struct Bound {
    /// Known even when port 0 was asked for.
    address: SocketAddr,
    setting: &'static str,
    listener: TcpListener,
}

impl Bound {
    /// `setting` says where to choose another address.
    fn at(address: SocketAddr, setting: &'static str) -> Result<Self, ListenError> {
        let bound = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        match bound {
            Ok((address, listener)) => Ok(Self {
                address,
                setting,
                listener,
            }),
            Err(cause) if cause.kind() == io::ErrorKind::AddrInUse => {
                Err(ListenError::PortInUse { address, setting })
            }
            Err(cause) => Err(ListenError::Address {
                address,
                setting,
                cause,
            }),
        }
    }

    fn server(self) -> Result<Server<SocketAddr>, ListenError> {
        axum_server::from_tcp(self.listener).map_err(|cause| ListenError::Address {
            address: self.address,
            setting: self.setting,
            cause,
        })
    }
}

fn bind_socket(path: &Path) -> Result<UnixListener, ListenError> {
    let at = |cause| ListenError::Socket {
        path: path.to_owned(),
        cause,
    };
    if UnixStream::connect(path).is_ok() {
        return Err(ListenError::SocketInUse {
            path: path.to_owned(),
        });
    }
    // What a killed daemon left behind is removed; what is no socket is somebody's file.
    match std::fs::symlink_metadata(path) {
        Ok(there) if there.file_type().is_socket() => std::fs::remove_file(path).map_err(at)?,
        Ok(_) => {
            return Err(ListenError::NoSocket {
                path: path.to_owned(),
            });
        }
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        Err(cause) => return Err(at(cause)),
    }
    let listener = UnixListener::bind(path).map_err(at)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).map_err(at)?;
    listener.set_nonblocking(true).map_err(at)?;
    Ok(listener)
}

/// The addresses under which browsers reach a listener, the most useful first.
pub fn urls(listen: SocketAddr) -> Vec<String> {
    let url = |ip: IpAddr| match listen.port() {
        80 => format!("http://{}", bracketed(ip)),
        port => format!("http://{}:{port}", bracketed(ip)),
    };
    if !listen.ip().is_unspecified() {
        return vec![url(listen.ip())];
    }
    let mut addresses: Vec<IpAddr> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        // Phones are in the house: they reach no VPN's far end.
        .filter(|interface| !interface.is_loopback() && !interface.is_p2p())
        .map(|interface| interface.ip())
        .filter(|ip| match ip {
            IpAddr::V4(_) => true,
            // Link-local ones need a zone that no browser takes.
            IpAddr::V6(ip) => !ip.is_unicast_link_local(),
        })
        .collect();
    let outward = outward();
    addresses.sort_by_key(|ip| (Some(*ip) != outward, ip.is_ipv6(), *ip));
    if addresses.is_empty() {
        addresses.push(Ipv4Addr::LOCALHOST.into());
    }
    addresses.into_iter().map(url).collect()
}

/// Our address on the interface that leads out of the house: the one that phones share with us,
/// unlike a container bridge's. Connecting a datagram socket sends nothing.
fn outward() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect(ANYWHERE).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn bracketed(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    }
}
