//! What every handler can reach.

use std::{net::IpAddr, num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use hearth_app::{App, Error};

use crate::{certificate::Secure, host::Names};

#[derive(Clone, Debug)]
pub struct ServerState {
    pub app: Arc<App>,
    pub names: Names,
    /// Tries at PINs and passwords, for each address.
    pub tries: Arc<Tries>,
    /// `ADDRESS:PORT` of the LAN listener.
    pub listen: std::net::SocketAddr,
    /// None while the box speaks no HTTPS.
    pub secure: Option<Secure>,
}

/// At most ten tries at once and one more every six seconds, for each address.
#[derive(Debug)]
pub struct Tries(DefaultKeyedRateLimiter<IpAddr>);

impl Default for Tries {
    fn default() -> Self {
        const BURST: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");
        let quota = Quota::with_period(Duration::from_secs(6)).expect("six seconds are not zero");
        Self(RateLimiter::keyed(quota.allow_burst(BURST)))
    }
}

impl Tries {
    /// Counts a try from this address, or says how long to wait.
    pub fn count(&self, from: IpAddr) -> Result<(), Error> {
        if self.0.len() > 10_000 {
            self.0.retain_recent();
        }
        self.0.check_key(&from).map_err(|not_yet| {
            Error::TooMany(not_yet.wait_time_from(DefaultClock::default().now()))
        })
    }
}
