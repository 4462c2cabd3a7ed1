//! How the box itself reaches a peer: straight, by one network interface, or through the proxy,
//! as librqbit's connections do; and whether that way is there.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use librqbit_dualstack_sockets::{BindDevice, ConnectOpts, tcp_connect};
use tokio::{
    net::{TcpStream, UdpSocket},
    time::timeout,
};
use tokio_socks::tcp::Socks5Stream;
use url::Url;

use crate::{Error, Options, Result};

const PROXY_ANSWERS_WITHIN: Duration = Duration::from_secs(5);
/// An address of nobody, for the question whether there is a way; nothing is sent there.
const NOBODY: (Ipv4Addr, u16) = (Ipv4Addr::new(192, 0, 2, 1), 9);

#[derive(Debug)]
pub(crate) enum Route {
    Straight,
    Interface(String),
    Proxy(Proxy),
}

#[derive(Debug)]
pub(crate) struct Proxy {
    host: String,
    port: u16,
    sign_in: Option<(String, String)>,
}

impl Route {
    pub fn new(options: &Options) -> Result<Self> {
        let refuse = |reason: String| Error::Start { reason };
        match (&options.proxy, &options.interface) {
            (Some(_), Some(_)) => Err(refuse(
                "torrents go by an interface or through a proxy, not both".to_owned(),
            )),
            (Some(proxy), None) => {
                let url =
                    Url::parse(proxy).map_err(|error| refuse(format!("the proxy: {error}")))?;
                if !matches!(url.scheme(), "socks5" | "socks5h") {
                    return Err(refuse("the proxy is no socks5://host:port".to_owned()));
                }
                let (Some(host), Some(port)) = (url.host_str(), url.port()) else {
                    return Err(refuse("the proxy needs a host and a port".to_owned()));
                };
                // librqbit would send them as they are written.
                let written = [url.username(), url.password().unwrap_or_default()];
                if written.iter().any(|text| text.contains('%')) {
                    return Err(refuse(
                        "the proxy's name and password may hold only what an address takes as it \
                         is: letters, digits and -._~!$&'()*+,"
                            .to_owned(),
                    ));
                }
                Ok(Self::Proxy(Proxy {
                    host: host.trim_matches(['[', ']']).to_owned(),
                    port,
                    sign_in: url
                        .password()
                        .map(|password| (url.username().to_owned(), password.to_owned())),
                }))
            }
            (None, Some(interface)) => Ok(Self::Interface(interface.clone())),
            (None, None) => Ok(Self::Straight),
        }
    }

    pub fn is_bound(&self) -> bool {
        !matches!(self, Self::Straight)
    }

    /// What the owner bound torrents to, without a proxy's password.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Straight => None,
            Self::Interface(name) => Some(name.clone()),
            Self::Proxy(proxy) => Some(format!("socks5://{}:{}", proxy.host, proxy.port)),
        }
    }

    /// The interface's number where there is one; else why nothing can be reached.
    pub async fn check(&self) -> Result<Option<u32>, String> {
        match self {
            Self::Straight => Ok(None),
            Self::Interface(name) => {
                let device = BindDevice::new_from_name(name)
                    .map_err(|_| format!("the network interface {name} is not there"))?;
                let looked = async {
                    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
                    socket.bind_device(Some(name.as_bytes()))?;
                    socket.connect(NOBODY).await
                };
                looked
                    .await
                    .map_err(|error| format!("the network interface {name} is down ({error})"))?;
                Ok(Some(device.index().get()))
            }
            Self::Proxy(proxy) => {
                let connected = timeout(
                    PROXY_ANSWERS_WITHIN,
                    TcpStream::connect((proxy.host.as_str(), proxy.port)),
                )
                .await;
                match connected {
                    Ok(Ok(_)) => Ok(None),
                    Ok(Err(error)) => Err(format!(
                        "the proxy {}:{} does not answer ({error})",
                        proxy.host, proxy.port
                    )),
                    Err(_) => Err(format!(
                        "the proxy {}:{} does not answer",
                        proxy.host, proxy.port
                    )),
                }
            }
        }
    }

    pub fn interface(&self) -> io::Result<Option<BindDevice>> {
        match self {
            Self::Interface(name) => BindDevice::new_from_name(name)
                .map(Some)
                .map_err(io::Error::other),
            Self::Straight | Self::Proxy(_) => Ok(None),
        }
    }

    pub async fn connect(&self, peer: SocketAddr) -> io::Result<TcpStream> {
        match self {
            Self::Straight | Self::Interface(_) => {
                let interface = self.interface()?;
                let options = ConnectOpts {
                    source_port: None,
                    bind_device: interface.as_ref(),
                };
                tcp_connect(peer, options).await.map_err(io::Error::other)
            }
            Self::Proxy(proxy) => {
                let at = (proxy.host.as_str(), proxy.port);
                let connected = match &proxy.sign_in {
                    Some((name, password)) => {
                        Socks5Stream::connect_with_password(at, peer, name, password).await
                    }
                    None => Socks5Stream::connect(at, peer).await,
                };
                connected
                    .map(Socks5Stream::into_inner)
                    .map_err(io::Error::other)
            }
        }
    }
}

/// The same proxy, which also looks up the names: else trackers' names would go around it.
pub(crate) fn with_names(proxy: &str) -> String {
    match proxy.strip_prefix("socks5://") {
        Some(rest) => format!("socks5h://{rest}"),
        None => proxy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_that_would_arrive_otherwise_is_refused() {
        let route = |proxy: &str| {
            Route::new(&Options {
                proxy: Some(proxy.to_owned()),
                ..Options::new("/x")
            })
        };
        assert!(route("socks5://ann:s3cret!-1@proxy.example:1080").is_ok());
        for password in ["p%40ss", "p ss", "пароль"] {
            let refused = route(&format!("socks5://ann:{password}@proxy.example:1080"));
            let told = refused.unwrap_err().to_string();
            assert!(told.contains("password"), "{told}");
            assert!(!told.contains(password), "{told}");
        }
    }
}
