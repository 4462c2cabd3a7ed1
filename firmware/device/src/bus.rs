//! The system bus, opened when it is first needed and again after it broke.

use std::{sync::Arc, time::Duration};

use tokio::sync::Mutex;
use zbus::{Connection, connection::Builder};

use crate::Error;

/// A service that hangs must not hang who asks it. What takes long says so by a signal.
const ANSWER_WITHIN: Duration = Duration::from_mins(2);

/// Shared by all parts. The lock is held while connecting, so that the parts connect once; never
/// while calling.
#[derive(Debug, Clone)]
pub(crate) struct Bus {
    address: Option<String>,
    open: Arc<Mutex<Option<Connection>>>,
}

impl Bus {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: Some(address.to_owned()).filter(|address| !address.is_empty()),
            open: Arc::default(),
        }
    }

    pub(crate) async fn connection(&self) -> Result<Connection, Error> {
        let mut open = self.open.lock().await;
        if let Some(connection) = &*open {
            return Ok(connection.clone());
        }
        let builder = match &self.address {
            Some(address) => Builder::address(address.as_str()),
            None => Builder::system(),
        };
        let connected = match builder {
            Ok(builder) => builder.method_timeout(ANSWER_WITHIN).build().await,
            Err(error) => Err(error),
        };
        let connection = connected.map_err(|error| {
            tracing::debug!(%error, "the bus cannot be reached");
            Error::Missing("the system bus does not answer; is this a box?".into())
        })?;
        *open = Some(connection.clone());
        Ok(connection)
    }

    /// What went wrong with a call. A broken connection is given up: the next call connects anew.
    pub(crate) async fn failed(&self, service: &'static str, error: zbus::Error) -> Error {
        if matches!(error, zbus::Error::InputOutput(_)) {
            *self.open.lock().await = None;
        }
        match name_of(&error) {
            Some(
                "org.freedesktop.DBus.Error.ServiceUnknown"
                | "org.freedesktop.DBus.Error.NameHasNoOwner"
                | "org.freedesktop.DBus.Error.Spawn.ServiceNotFound"
                | "org.freedesktop.systemd1.NoSuchUnit",
            ) => Error::Missing(format!("{service} is not there")),
            Some(
                "org.freedesktop.DBus.Error.AccessDenied"
                | "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"
                | "org.freedesktop.NetworkManager.PermissionDenied",
            ) => Error::Denied { service },
            _ => Error::Bus {
                service,
                source: Box::new(error),
            },
        }
    }
}

/// The D-Bus name of an error that came back from a service.
pub(crate) fn name_of(error: &zbus::Error) -> Option<&str> {
    match error {
        zbus::Error::MethodError(name, _, _) => Some(name.as_str()),
        zbus::Error::FDO(error) => match &**error {
            zbus::fdo::Error::ServiceUnknown(_) => {
                Some("org.freedesktop.DBus.Error.ServiceUnknown")
            }
            zbus::fdo::Error::NameHasNoOwner(_) => {
                Some("org.freedesktop.DBus.Error.NameHasNoOwner")
            }
            zbus::fdo::Error::SpawnServiceNotFound(_) => {
                Some("org.freedesktop.DBus.Error.Spawn.ServiceNotFound")
            }
            zbus::fdo::Error::AccessDenied(_) => Some("org.freedesktop.DBus.Error.AccessDenied"),
            zbus::fdo::Error::InteractiveAuthorizationRequired(_) => {
                Some("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired")
            }
            _ => None,
        },
        _ => None,
    }
}
