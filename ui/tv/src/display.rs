//! Where the picture goes: into a window of a desktop, or straight onto a display.

use std::{
    env,
    fs::{self, File},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use slint::BackendSelector;

/// A card is there before it is ours: udev hands it over a moment after the kernel made it.
const OURS_WITHIN: Duration = Duration::from_secs(5);

/// The kernel asks a card's connectors for their displays a moment after the card is there.
const ASKED_WITHIN: Duration = Duration::from_secs(3);

/// How a picture is drawn on a display without a desktop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// By the graphics chip where it works, else by the processor.
    Usual,
    /// By the processor alone: nothing of the graphics chip can stand in its way.
    Plain,
}

/// Makes ready for windows. The error says why there is nowhere to show one; nothing is chosen
/// then, and another platform may be.
pub fn select(drawing: Drawing) -> Result<(), String> {
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    // A selector that is dropped without a choice makes one, and panics when it finds none: it is made
    // only where there is something to choose.
    let backend = if desktop {
        "winit"
    } else if !cfg!(feature = "kms") {
        return Err("neither DISPLAY nor WAYLAND_DISPLAY is set".into());
    } else {
        let connectors = Path::new("/sys/class/drm");
        let within = if Path::new("/dev/dri").exists() {
            ASKED_WITHIN
        } else {
            Duration::ZERO
        };
        if !comes_true(within, || connected(connectors)) {
            // Slint would find out when it is too late for another platform.
            return Err("no display is connected".into());
        }
        comes_true(OURS_WITHIN, || ours(Path::new("/dev/dri")));
        "linuxkms"
    };
    let mut selector = BackendSelector::new().backend_name(backend.into());
    let chosen = env::var_os("SLINT_BACKEND").is_some();
    if drawing == Drawing::Plain || !(chosen || has_graphics_chip(Path::new("/sys/class/drm"))) {
        selector = selector.renderer_name("software".into());
    }
    selector.select().map_err(|error| error.to_string())
}

fn comes_true(within: Duration, is_true: impl Fn() -> bool) -> bool {
    let end = Instant::now() + within;
    loop {
        if is_true() {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether there is a chip that draws. Without one GL is computed by the processor as well, at a
/// fifth of the speed of Slint's own renderer for it. A virtual machine's screen has the device of
/// such a chip whether or not its host lends it one.
fn has_graphics_chip(class: &Path) -> bool {
    let Ok(entries) = fs::read_dir(class) else {
        return false;
    };
    entries.flatten().any(|entry| {
        let driver = fs::read_link(entry.path().join("device/driver")).unwrap_or_default();
        let driver = driver.file_name().unwrap_or_default().to_string_lossy();
        entry.file_name().to_string_lossy().starts_with("renderD") && !driver.starts_with("virtio")
    })
}

/// Whether nothing of the graphics devices is kept from us.
fn ours(devices: &Path) -> bool {
    let Ok(devices) = fs::read_dir(devices) else {
        return false;
    };
    devices.flatten().all(|device| {
        device.path().is_dir()
            || !File::options()
                .read(true)
                .write(true)
                .open(device.path())
                .is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    })
}

fn connected(connectors: &Path) -> bool {
    let Ok(entries) = fs::read_dir(connectors) else {
        return false;
    };
    entries
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("status")).ok())
        .any(|status| status.trim() == "connected")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_display_counts_when_its_cable_is_in() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!connected(&folder.path().join("none")));
        for (name, status) in [
            ("card0", None),
            ("card0-HDMI-A-1", Some("disconnected\n")),
            ("card1-DP-1", Some("unknown\n")),
        ] {
            fs::create_dir(folder.path().join(name)).unwrap();
            if let Some(status) = status {
                fs::write(folder.path().join(name).join("status"), status).unwrap();
            }
        }
        assert!(!connected(folder.path()));
        fs::write(folder.path().join("card0-HDMI-A-1/status"), "connected\n").unwrap();
        assert!(connected(folder.path()));
    }

    #[test]
    fn a_display_alone_does_not_draw() {
        let folder = tempfile::tempdir().unwrap();
        let class = folder.path().join("drm");
        let add = |name: &str, driver: &str| {
            let device = class.join(name).join("device");
            fs::create_dir_all(&device).unwrap();
            symlink(
                Path::new("../../bus/drivers").join(driver),
                device.join("driver"),
            )
            .unwrap();
        };
        assert!(!has_graphics_chip(&class));
        add("card0", "vc4-drm");
        assert!(!has_graphics_chip(&class));
        add("renderD128", "virtio-pci");
        assert!(!has_graphics_chip(&class));
        add("renderD129", "v3d");
        assert!(has_graphics_chip(&class));
    }
}
