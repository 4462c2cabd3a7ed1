"""RAUC for tests, as a template of python-dbusmock: its real interface (the XML beside this file,
from RAUC's repository, CC0), with bundles that are small JSON files at a path or an address.

A bundle has `compatible`, `version`, `format` and `hash`; `trouble` is what RAUC would say of it
when it looks, `fails` when it writes. What is written comes in steps, as RAUC's progress does.
"""

import json
import pathlib
import time
import urllib.request
import xml.etree.ElementTree as ET

import dbus
from gi.repository import GLib

BUS_NAME = "de.pengutronix.rauc"
MAIN_OBJ = "/"
MAIN_IFACE = "de.pengutronix.rauc.Installer"
SYSTEM_BUS = True

XML = pathlib.Path(__file__).with_name("de.pengutronix.rauc.Installer.xml")
# How GLib names an error that has no name of its own on the bus.
FAILED = "org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark.Code30"
STEP_MS = 150


class Rauc:
    def __init__(self, mock, parameters):
        self.mock = mock
        self.compatible = str(parameters.get("compatible", "hearth-test"))
        running = str(parameters.get("version", "1.0.0"))
        # So often it is busy when a slot is to be marked.
        self.busy_marks = int(parameters.get("busy_marks", 0))
        # Nothing is written before there is this file.
        self.silent_s = float(parameters.get("silent_s", 0))
        held = str(parameters.get("held_until", ""))
        self.held = pathlib.Path(held) if held else None
        self.slots = {
            "A": {"state": "booted", "boot-status": "bad", "bundle.version": running},
            "B": {"state": "inactive", "boot-status": "bad"},
        }

    def set(self, name, value):
        self.mock.UpdateProperties(MAIN_IFACE, {name: value})

    def read(self, source):
        try:
            if "://" in source:
                with urllib.request.urlopen(source, timeout=10) as answer:
                    text = answer.read()
            else:
                text = pathlib.Path(source).read_bytes()
        except OSError as error:
            raise refused(f"failed to download bundle: {error}") from error
        try:
            bundle = json.loads(text)
        except ValueError as error:
            raise refused("Signature size (1234567890) exceeds bundle size") from error
        if "trouble" in bundle:
            raise refused(bundle["trouble"])
        return bundle

    def busy(self):
        if str(self.mock.Get(MAIN_IFACE, "Operation")) != "idle":
            raise refused("already processing a different method")

    def InspectBundle(self, source, _args):
        self.busy()
        # As RAUC does where a server says nothing: it answers nobody.
        time.sleep(self.silent_s)
        bundle = self.read(str(source))
        # As RAUC: a variant in the variant that each value of such a map is.
        inner = lambda values: dbus.Dictionary(values, signature="sv", variant_level=2)
        return dbus.Dictionary(
            {
                "manifest-hash": bundle["hash"],
                "update": inner(
                    {"compatible": bundle["compatible"], "version": bundle["version"]}
                ),
                "bundle": inner({"format": bundle["format"], "verity-size": dbus.UInt64(4096)}),
            },
            signature="sv",
        )

    def InstallBundle(self, source, args):
        self.busy()
        unknown = set(map(str, args)) - {"require-manifest-hash"}
        if unknown:
            raise refused(f"Unsupported key: {unknown}")
        self.set("Operation", "installing")
        self.set("LastError", "")
        GLib.timeout_add(STEP_MS, self.step, str(source), str(args["require-manifest-hash"]), 0)

    def step(self, source, wanted, percent):
        if self.held and not self.held.exists():
            GLib.timeout_add(STEP_MS, self.step, source, wanted, percent)
            return False
        if percent == 0:
            try:
                bundle = self.read(source)
            except dbus.exceptions.DBusException as error:
                return self.end(error.get_dbus_message())
            if bundle["hash"] != wanted:
                return self.end(
                    "Refusing to install bundle with unexpected hash "
                    f"(expected {wanted}, got {bundle['hash']})"
                )
            self.bundle = bundle
        if percent == 50 and "fails" in self.bundle:
            return self.end(self.bundle["fails"])
        if percent == 100:
            self.slots["B"].update({"boot-status": "good", "bundle.version": self.bundle["version"]})
            return self.end("")
        percent += 25
        progress = dbus.Struct(
            (dbus.Int32(percent), "Copying image to rootfs.1", dbus.Int32(2)), signature="isi"
        )
        # python-dbusmock announces no property that is a struct; it is asked for.
        self.mock.props[MAIN_IFACE]["Progress"] = progress
        GLib.timeout_add(STEP_MS, self.step, source, wanted, percent)
        return False

    def end(self, error):
        self.set("LastError", error)
        self.set("Operation", "idle")
        self.mock.EmitSignal(MAIN_IFACE, "Completed", "i", [dbus.Int32(1 if error else 0)])
        return False

    def Mark(self, state, slot):
        if (state, slot) != ("good", "booted"):
            raise refused(f"not in this test: {state} {slot}")
        if self.busy_marks > 0:
            self.busy_marks -= 1
            raise refused("already processing a different method")
        self.slots["A"]["boot-status"] = "good"
        return ("rootfs.0", "marked slot rootfs.0 as good")

    def GetSlotStatus(self):
        self.busy()
        found = []
        for number, (name, slot) in enumerate(self.slots.items()):
            values = {"class": "rootfs", "bootname": name, "type": "raw", **slot}
            found.append((f"rootfs.{number}", dbus.Dictionary(values, signature="sv")))
            child = {"class": "boot", "parent": f"rootfs.{number}", "state": "inactive"}
            found.append((f"boot.{number}", dbus.Dictionary(child, signature="sv")))
        return found

    def GetPrimary(self):
        return "rootfs.0"


def refused(sentence):
    return dbus.exceptions.DBusException(sentence, name=FAILED)


def signature(method, direction):
    return "".join(
        argument.get("type") for argument in method.findall("arg") if argument.get("direction") == direction
    )


def load(mock, parameters):
    mock.rauc = Rauc(mock, parameters)
    interface = ET.parse(XML).getroot().find("interface")
    for method in interface.findall("method"):
        name = method.get("name")
        known = hasattr(mock.rauc, name)
        code = f"ret = self.rauc.{name}(*args)" if known else "raise NotImplementedError"
        if known and not signature(method, "out"):
            code = code.removeprefix("ret = ")
        mock.AddMethod(MAIN_IFACE, name, signature(method, "in"), signature(method, "out"), code)
    values = {
        "Operation": "idle",
        "LastError": "",
        "Progress": dbus.Struct((dbus.Int32(0), "", dbus.Int32(0)), signature="isi"),
        "Compatible": mock.rauc.compatible,
        "Variant": "",
        "SystemVersion": "",
        "BootSlot": "A",
    }
    declared = {one.get("name") for one in interface.findall("property")}
    assert declared == set(values), declared ^ set(values)
    mock.AddProperties(MAIN_IFACE, values)
