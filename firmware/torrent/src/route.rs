//! How the box itself reaches a peer: straight, by one network interface, or through the proxy,
//! as librqbit's connections do.

use std::{io, net::SocketAddr};

use librqbit_dualstack_sockets::{BindDevice, ConnectOpts, tcp_connect};
use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;
use url::Url;

use crate::{Error, Options, Result};

#[derive(Debug)]
pub(crate) enum Route {
    Straight { interface: Option<BindDevice> },
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
        if let Some(proxy) = &options.proxy {
            let url = Url::parse(proxy).map_err(|error| refuse(format!("the proxy: {error}")))?;
            let (Some(host), Some(port)) = (url.host_str(), url.port()) else {
                return Err(refuse("the proxy needs a host and a port".to_owned()));
            };
            return Ok(Self::Proxy(Proxy {
                host: host.trim_matches(['[', ']']).to_owned(),
                port,
                sign_in: url
                    .password()
                    .map(|password| (url.username().to_owned(), password.to_owned())),
            }));
        }
        let interface = options
            .interface
            .as_deref()
            .map(BindDevice::new_from_name)
            .transpose()
            .map_err(|error| refuse(format!("the interface: {error}")))?;
        Ok(Self::Straight { interface })
    }

    pub fn interface(&self) -> Option<&BindDevice> {
        match self {
            Self::Straight { interface } => interface.as_ref(),
            Self::Proxy(_) => None,
        }
    }

    pub async fn connect(&self, peer: SocketAddr) -> io::Result<TcpStream> {
        match self {
            Self::Straight { interface } => {
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
