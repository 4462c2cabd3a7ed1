//! Restarting and switching off, through logind.

mod logind;
mod simulated;

use hearth_model::{PowerAction, PowerStatus};

pub use self::{logind::Logind, simulated::Simulated};
use crate::{Error, backend::absent};

#[derive(Debug, Clone)]
pub enum Power {
    Absent,
    Logind(Logind),
    Simulated(Simulated),
}

impl Power {
    pub async fn status(&self) -> PowerStatus {
        let asked = match self {
            Self::Absent => Err(absent("power")),
            Self::Logind(logind) => logind.status().await,
            Self::Simulated(_) => Ok(PowerStatus {
                missing: None,
                can_restart: true,
                can_power_off: true,
            }),
        };
        asked.unwrap_or_else(|error| PowerStatus {
            missing: Some(error.to_string()),
            ..PowerStatus::default()
        })
    }

    /// Returns when the system has taken the order, not when it is done.
    pub async fn act(&self, action: PowerAction) -> Result<(), Error> {
        match self {
            Self::Absent => Err(absent("power")),
            Self::Logind(logind) => logind.act(action).await,
            Self::Simulated(simulated) => {
                simulated.act(action);
                Ok(())
            }
        }
    }
}
