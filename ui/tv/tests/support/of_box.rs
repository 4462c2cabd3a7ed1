//! The box as a thing, in cardboard: a network, an update, power.

use serde_json::{Value, json};

use super::problem;

/// What the box is like.
#[derive(Debug, Clone)]
pub struct OfBox {
    pub set_up: bool,
    pub time_zone: Option<&'static str>,
    /// What was chosen on the TV.
    pub tv: Value,
    pub cable: bool,
    pub joined: Option<String>,
    /// What `installing` says.
    pub installing: Value,
    pub rolled_back: Value,
    pub trouble: Value,
    /// None: no box at all.
    pub missing: Option<&'static str>,
}

pub const PASSWORD: &str = "correct horse";

impl Default for OfBox {
    fn default() -> Self {
        Self {
            set_up: true,
            time_zone: None,
            tv: json!({ "language": null, "reduced_motion": null }),
            cable: false,
            joined: None,
            installing: json!({ "state": "idle" }),
            rolled_back: Value::Null,
            trouble: Value::Null,
            missing: None,
        }
    }
}

impl OfBox {
    fn updates(&self) -> Value {
        json!({
            "missing": self.missing, "version": "1.0.0",
            "slots": [
                { "name": "A", "booted": true, "good": true, "version": "1.0.0" },
                { "name": "B", "booted": false, "good": false, "version": null },
            ],
            "confirmation": { "state": "confirmed" }, "rolled_back": self.rolled_back,
            "channel": "updates.example", "checked_at": 1_790_000_000_000_u64,
            "trouble": self.trouble,
            "offers": [
                {
                    "id": "one", "from": "channel", "version": "1.1.0", "size_bytes": 212_000_000,
                    "notes": {
                        "ru": "Фильмы начинаются быстрее.\nПульт находит приставку сразу.",
                        "en": "Films start faster.\nThe remote finds the box at once.",
                    },
                    "file": null,
                },
                {
                    "id": "two", "from": "stick", "version": "1.2.0-beta.1",
                    "size_bytes": 215_000_000, "notes": { "ru": "", "en": "" },
                    "file": "hearth-rpi-1.2.0-beta.1.raucb",
                },
            ],
            "installing": self.installing, "policy": "night",
        })
    }

    pub fn answer(&mut self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let gone = |missing: &str| problem(503, "device-missing", missing);
        Some(match (method, path.split('?').next()?) {
            ("GET", "device") => (
                200,
                json!({
                    "board": "rpi", "version": "1.0.0", "slot": "A", "authority": "development",
                    "power": { "missing": null, "can_restart": true, "can_power_off": true },
                    "set_up": self.set_up, "time_zone": self.time_zone, "tv": self.tv,
                }),
            ),
            ("GET", "device/network") => (
                200,
                json!({
                    "missing": self.missing,
                    "reach": if self.cable || self.joined.is_some() { "internet" } else { "offline" },
                    "wired": self.cable, "has_wifi": self.missing.is_none(), "wifi": self.joined,
                }),
            ),
            (_, "device/wifi") if self.missing.is_some() => gone(self.missing?),
            ("GET", "device/wifi") => {
                let network = |name: &str, strength, security: &str| {
                    let joined = self.joined.as_deref() == Some(name);
                    json!({
                        "name": name, "strength": strength, "security": security,
                        "joined": joined, "known": joined,
                    })
                };
                let items = [
                    network("Дом у реки", 84, "personal"),
                    network("Upstairs", 61, "personal"),
                    network("Office", 52, "unsupported"),
                    network("Café", 38, "open"),
                ];
                (200, json!({ "items": items }))
            }
            ("POST", "device/wifi") => {
                if body["password"].is_string() && body["password"] != PASSWORD {
                    return Some(problem(403, "wifi-password-wrong", "the password is wrong"));
                }
                self.joined = body["name"].as_str().map(str::to_owned);
                (204, Value::Null)
            }
            ("GET", "device/updates") | ("POST", "device/updates/check") => (200, self.updates()),
            ("POST", "device/updates/install") => {
                self.installing = json!({ "state": "running", "version": "1.1.0", "percent": 37 });
                (202, self.updates())
            }
            ("POST", "device/updates/policy" | "device/power" | "device/frame") => {
                (204, Value::Null)
            }
            ("PUT", "device/tv") => {
                self.tv = body.clone();
                (204, Value::Null)
            }
            ("POST", "device/set-up") => {
                self.set_up = true;
                (204, Value::Null)
            }
            _ => return None,
        })
    }
}
