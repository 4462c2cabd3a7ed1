//! Who may do what: every route names one `Access`, every request comes from one `Caller`.

use crate::{AccountId, DeviceId, ProfileId};

/// The rule a route declares. There is no default: a route without one does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody who reaches the box.
    Public,
    /// A paired device, a signed-in person or the box's own TV.
    Member,
    /// The box's own TV, and whom the house knows as its owner: what changes the box itself.
    Owner,
    /// Only the box's own TV and command line, over the Unix socket.
    Local,
    /// Whoever holds the address: it carries a signature of its own.
    Signed,
}

/// Where a request comes from, as far as it proved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    Stranger,
    /// The peer of the Unix socket.
    Local,
    Device(DeviceId),
    Account(AccountId),
}

impl Caller {
    pub fn may(self, access: Access) -> bool {
        match access {
            Access::Public | Access::Signed => true,
            Access::Member => self != Self::Stranger,
            // Who else is the owner only the house knows.
            Access::Local | Access::Owner => self == Self::Local,
        }
    }

    /// Whose history this caller sees. Until people have profiles, the house has one.
    pub fn profile(self) -> ProfileId {
        ProfileId::HOUSEHOLD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_may_only_what_is_public() {
        assert!(Caller::Stranger.may(Access::Public));
        assert!(!Caller::Stranger.may(Access::Member));
        let device = Caller::Device(DeviceId::new());
        assert!(device.may(Access::Member));
        assert!(
            !device.may(Access::Local),
            "a phone never shows itself a PIN"
        );
        assert!(
            !device.may(Access::Owner),
            "the house decides, not the rule"
        );
        assert!(Caller::Local.may(Access::Owner));
        assert!(Caller::Local.may(Access::Local));
    }
}
