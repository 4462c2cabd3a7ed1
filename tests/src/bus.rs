//! A system bus of the test's own, with services that play a box's: RAUC, logind, NetworkManager.
//! They are python-dbusmock's, made by others who read the same manuals.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::Program;

const WITHIN: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub struct Bus {
    folder: TempDir,
    // Before the bus itself: they are ended first.
    services: Vec<Program>,
    _daemon: Program,
}

impl Bus {
    /// An empty bus.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("bus.conf");
        let text = format!(
            r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>"#,
            folder.path().join("bus").display()
        );
        fs::write(&config, text).expect("the bus's configuration can be written");
        let mut command = Command::new("dbus-daemon");
        command
            .arg("--nofork")
            .arg("--print-address=1")
            .arg(format!("--config-file={}", config.display()));
        let mut daemon = Program::start("dbus-daemon", &mut command);
        daemon.wait_for("unix:", WITHIN);
        Self {
            folder,
            services: Vec::new(),
            _daemon: daemon,
        }
    }

    pub fn address(&self) -> String {
        format!("unix:path={}", self.folder.path().join("bus").display())
    }

    fn peer(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("peers/box")
            .join(name)
    }

    fn log_of(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.log"))
    }

    fn serve(mut self, name: &str, template: &str, owned: &str, parameters: &Value) -> Self {
        // The system's Python has the bindings, whatever another one in PATH has.
        let mut command = Command::new("/usr/bin/python3");
        command
            .args(["-m", "dbusmock", "--template", template])
            .args(["--parameters", &parameters.to_string(), "--logfile"])
            .arg(self.log_of(name))
            .env("DBUS_SYSTEM_BUS_ADDRESS", self.address());
        self.services.push(Program::start(name, &mut command));
        self.owned(owned);
        self
    }

    /// Waits until somebody has the name.
    fn owned(&self, name: &str) {
        let until = Instant::now() + WITHIN;
        loop {
            let told = Command::new("dbus-send")
                .arg(format!("--bus={}", self.address()))
                .args(["--print-reply", "--dest=org.freedesktop.DBus", "/"])
                .arg("org.freedesktop.DBus.NameHasOwner")
                .arg(format!("string:{name}"))
                .output()
                .expect("dbus-send is there; run `make setup-test`");
            if String::from_utf8_lossy(&told.stdout).contains("boolean true") {
                return;
            }
            let log = self.services.last().map(Program::log).unwrap_or_default();
            assert!(Instant::now() < until, "nobody has {name}: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    #[must_use]
    pub fn logind(self) -> Self {
        let none = serde_json::json!({});
        self.serve("logind", "logind", "org.freedesktop.login1", &none)
    }

    /// `cable` and `wifi` say what the box has.
    #[must_use]
    pub fn network(self, parameters: &Value) -> Self {
        let template = Self::peer("network.py");
        let owned = "org.freedesktop.NetworkManager";
        self.serve(
            "network",
            &template.display().to_string(),
            owned,
            parameters,
        )
    }

    #[must_use]
    pub fn rauc(self) -> Self {
        self.rauc_with(&serde_json::json!({}))
    }

    /// `busy_marks` says how often it is busy when a slot is to be marked, `held_until` names a
    /// file before which it writes nothing, `silent_s` is how long it answers nobody once it looks at
    /// a bundle.
    #[must_use]
    pub fn rauc_with(self, parameters: &Value) -> Self {
        let template = Self::peer("rauc.py").display().to_string();
        self.serve("rauc", &template, "de.pengutronix.rauc", parameters)
    }

    #[must_use]
    pub fn systemd(self) -> Self {
        let template = Self::peer("systemd.py").display().to_string();
        let none = serde_json::json!({});
        self.serve("systemd", &template, "org.freedesktop.systemd1", &none)
    }

    /// The calls a service heard, as it wrote them down.
    pub fn calls(&self, name: &str) -> String {
        fs::read_to_string(self.log_of(name)).unwrap_or_default()
    }
}
