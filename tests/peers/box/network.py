"""NetworkManager for tests: python-dbusmock's own template, with three wireless networks near and
passwords that are right, wrong, or right behind too many walls."""

from itertools import count

import dbus
import dbusmock
from dbusmock.templates import networkmanager as real
from dbusmock.templates.networkmanager import *  # noqa: F403
from gi.repository import GLib

# The router takes both: its owner changes it between two tries.
PASSWORDS = ["correct horse", "new correct horse"]
WEAK = "horse far away"
# Of nm-dbus-types: the secrets were not right, and the radio heard no answer.
NO_SECRETS = 7
SUPPLICANT_TIMEOUT = 11
FAILS_AFTER_MS = 100
# A connection's path is never used again.
NUMBERS = count()


def profiles():
    return dbusmock.get_object(real.SETTINGS_OBJ).ListConnections()


def password_of(profile):
    return dbusmock.get_object(profile).settings.get("802-11-wireless-security", {}).get("psk")


def add_and_activate(self, settings, device, access_point):
    """Fills in the name; the template's own would put the profile in the place of an older one."""
    ssid = dbusmock.get_object(access_point).Get(real.ACCESS_POINT_IFACE, "Ssid")
    settings["802-11-wireless"] = dbus.Dictionary({"ssid": ssid}, signature="sv")
    made = dbus.ObjectPath(real.SettingsAddConnection(self, settings))
    return (made, activate(self, made, device, access_point))


def activate(self, profile, device, access_point):
    radio = dbusmock.get_object(device)
    before = radio.Get(real.DEVICE_IFACE, "ActiveConnection")
    if before != "/":
        real.RemoveActiveConnection(self, device, before)
    locked = dbusmock.get_object(access_point).Get(real.ACCESS_POINT_IFACE, "RsnFlags")
    joins = not locked or password_of(profile) in PASSWORDS
    states = real.NMActiveConnectionState
    state = (
        states.NM_ACTIVE_CONNECTION_STATE_ACTIVATED
        if joins
        else states.NM_ACTIVE_CONNECTION_STATE_ACTIVATING
    )
    number = str(next(NUMBERS))
    made = real.AddActiveConnection(self, [device], profile, access_point, number, state)
    active = dbus.ObjectPath(made)
    if not joins:
        radio.Set(real.DEVICE_IFACE, "State", dbus.UInt32(real.DeviceState.CONFIG))
        GLib.timeout_add(FAILS_AFTER_MS, fail, self, profile, device, access_point, active)
    return active


def fail(self, profile, device, access_point, active):
    """As NetworkManager does: the reason is in a signal, the connection and the reason are gone at
    once, and what else it knows is tried by itself."""
    reason = SUPPLICANT_TIMEOUT if password_of(profile) == WEAK else NO_SECRETS
    states = [real.DeviceState.FAILED, real.DeviceState.CONFIG, reason]
    changed = [dbus.UInt32(state) for state in states]
    dbusmock.get_object(device).EmitSignal(real.DEVICE_IFACE, "StateChanged", "uuu", changed)
    real.RemoveActiveConnection(self, device, active)
    for known in profiles():
        if password_of(known) in PASSWORDS:
            activate(self, known, device, access_point)
            break
    return False


def load(mock, parameters):
    real.load(mock, parameters)
    manager = dbusmock.get_object(real.MANAGER_OBJ)
    manager.activate_connection = activate
    manager.add_and_activate_connection = add_and_activate
    if parameters.get("cable"):
        mock.AddEthernetDevice("cable", "eth0", real.DeviceState.ACTIVATED)
    if not parameters.get("wifi"):
        return
    wifi = mock.AddWiFiDevice("radio", "wlan0", real.DeviceState.DISCONNECTED)
    psk, enterprise = 0x100, 0x200
    near = [
        ("Home", "Дом", 80, psk),
        ("Far", "Дом", 30, psk),
        ("Office", "Office", 60, enterprise),
        ("Cafe", "Cafe", 40, 0),
    ]
    for number, (name, ssid, strength, security) in enumerate(near):
        address = f"00:00:00:00:00:0{number}"
        mock.AddAccessPoint(wifi, name, ssid, address, 2, 2425, 5400, strength, security)
