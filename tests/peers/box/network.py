"""NetworkManager for tests: python-dbusmock's own template, with three wireless networks near and
one password that is right."""

import dbus
import dbusmock
from dbusmock.templates import networkmanager as real
from dbusmock.templates.networkmanager import *  # noqa: F403

PASSWORD = "correct horse"
# Of nm-dbus-types: the secrets were not right.
NO_SECRETS = 7


def join(self, settings, device, access_point):
    psk = settings.get("802-11-wireless-security", {}).get("psk")
    flags = dbusmock.get_object(access_point).Get(real.ACCESS_POINT_IFACE, "RsnFlags")
    made, active = real.add_and_activate_connection(self, settings, device, access_point)
    if flags and psk != PASSWORD:
        device_obj = dbusmock.get_object(device)
        reason = dbus.Struct((dbus.UInt32(120), dbus.UInt32(NO_SECRETS)), signature="uu")
        device_obj.Set(real.DEVICE_IFACE, "StateReason", reason)
        device_obj.Set(real.DEVICE_IFACE, "ActiveConnection", dbus.ObjectPath("/"))
        device_obj.Set(real.DEVICE_IFACE, "State", dbus.UInt32(real.DeviceState.DISCONNECTED))
        state = dbus.UInt32(4)
        dbusmock.get_object(active).Set(real.ACTIVE_CONNECTION_IFACE, "State", state)
    return (made, active)


def load(mock, parameters):
    real.load(mock, parameters)
    dbusmock.get_object(real.MANAGER_OBJ).add_and_activate_connection = join
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
