"""What goes wrong around a box: its clock, its network, its neighbours, its disk."""

import socket
import struct
import threading
import time

import grubenv
from failure import check
from house import BOOT_S
from network import HERE, Network


def no_clock(house):
    """The clock says 1999 and nobody tells the time: pairing and the phone's tokens still work."""
    box = house.fresh("clock", clock="1999-01-01T00:00:00")
    box.machine.power_on()
    box.until_answers(BOOT_S)
    box.pair("Phone")
    box.refresh()
    devices = [device["name"] for device in box.get("/api/v1/devices")["items"]]
    check(devices == ["Phone"], f"the devices are {devices}")
    year = box.machine.shell.run("date +%Y").strip()
    # Then the right time comes, 27 years at once.
    box.machine.shell.run("date -s '2026-11-28 12:00:00'")
    status, _ = box.call("GET", "/api/v1/devices")
    if status == 401:
        box.refresh()
    devices = [device["name"] for device in box.get("/api/v1/devices")["items"]]
    check(devices == ["Phone"], f"after the jump the devices are {devices}")
    return f"in {year} it pairs; after the jump the phone is still known"


def no_network(house):
    """The cable is out at the start, then comes and goes: the box is found each time."""
    Network.unplug()
    house.network.gives_addresses = False
    box = house.fresh("network")
    box.machine.power_on()
    asked = "systemctl is-active hearthd hearth-tv"
    box.until(
        "both programs",
        lambda: box.machine.shell.run(asked, BOOT_S, check=False).split() == ["active", "active"],
        BOOT_S,
    )
    house.network.gives_addresses = True
    for _ in range(2):
        Network.plug()
        box.until_answers(BOOT_S)
        box.found_by_mdns(120)
        Network.unplug()
        time.sleep(5)
    Network.plug()
    box.until_answers(BOOT_S)
    return "starts without a cable, and is found after each time it is plugged in"


def names(house):
    """Another box is called hearth.local already: this one takes another name, and says so."""
    with _Neighbour():
        box = house.fresh("names")
        box.machine.power_on()
        box.until_answers(BOOT_S)
        found = box.found_by_mdns(120)
        check(found["host"] != "hearth.local.", "it took the name that another box has")
        check(box.address in found["addresses"], f"it is announced as {found}")
        box.pair("Phone")
        told = box.get("/api/v1/box")
        check(found["host"].rstrip(".") in str(told), f"the box says {told} of {found['host']}")
    return f"it is {found['host'].rstrip('.')}"


def disk_full(house):
    """The data partition is full: the box starts, says so, and is well once there is room again."""
    box = house.at_home("full")
    machine = box.machine
    machine.shell.run("fallocate -l $(df --output=avail -B1 /data | tail -n 1) /data/fill || true")
    machine.shell.run("dd if=/dev/zero of=/data/fill2 bs=64k; sync", 900, check=False)
    machine.cut_power()
    machine.power_on()
    box.come_back(BOOT_S)
    check(box.booted_slot() == "A", "a full disk is no reason to change the slot")
    kept = box.get("/api/v1/user/history")["items"]
    check(kept, "the history is gone")
    told = lambda: (box.health() or {}).get("parts", {}).get("store", {}).get("detail")
    box.until("the full disk told", lambda: "no space left" in (told() or ""), BOOT_S)
    machine.shell.run("rm -f /data/fill /data/fill2; sync")
    box.until("a store that is well", lambda: told() == "", BOOT_S)
    return "starts on a full disk with its history, and is well when there is room"


def stuck(house):
    """The daemon hangs, then the screen: each is started anew by its watchdog."""
    box = house.at_home("stuck")
    shell = box.machine.shell
    for unit in ("hearthd", "hearth-tv"):
        main = lambda: shell.run(f"systemctl show -P MainPID {unit}", BOOT_S).strip()
        result = lambda: shell.run(f"systemctl is-active {unit}", BOOT_S, check=False).strip()
        before = main()
        shell.run(f"kill -STOP {before}")
        box.until(f"{unit} anew", lambda: main() not in ("0", before) and result() == "active", BOOT_S)
        said = shell.run(f"journalctl -b -u {unit} -g 'Watchdog timeout' -n 1", BOOT_S, check=False)
        check("Watchdog timeout" in said, f"it was not the watchdog that ended {unit}: {said}")
    box.until_answers(BOOT_S)
    return "a daemon and a screen that hang are started anew"


class _Neighbour:
    """Answers every question for hearth.local with an address of its own (RFC 6762)."""

    _NAME = b"\x06hearth\x05local\0"

    def __enter__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._socket.bind(("", 5353))
        member = socket.inet_aton("224.0.0.251") + socket.inet_aton(HERE)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(HERE))
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        self._thread = threading.Thread(target=self._answer, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _answer(self):
        head = struct.pack(">HHHHHH", 0, 0x8400, 0, 1, 0, 0)
        record = struct.pack(">HHIH", 1, 0x8001, 120, 4) + socket.inet_aton(HERE)
        try:
            while True:
                question, sender = self._socket.recvfrom(9000)
                is_question = len(question) > 12 and not question[2] & 0x80
                if sender[0] != HERE and is_question and self._NAME in question.lower():
                    self._socket.sendto(head + self._NAME + record, ("224.0.0.251", 5353))
        except OSError:
            # The case is over.
            return


def twins(house):
    """A second disk fresh from the same image is plugged in: the box runs from its own alone."""
    box = house.fresh("twins", twin=True)
    box.machine.power_on()
    box.until_answers(BOOT_S)
    box.pair("Phone")
    ids = _runs_from_its_own(box)
    box.machine.press_power()
    box.machine.until_off(BOOT_S)
    check(grubenv.read(box.machine.twin)["A_TRY"] == "0", "a start was counted on the other disk")
    box.machine.power_on()
    # The phone is known: it is the same data.
    box.come_back(BOOT_S)
    check(_runs_from_its_own(box) == ids, "the identifiers changed again")
    return f"identifiers {ids[0]} beside {ids[1]}"


def _runs_from_its_own(box):
    """The identifiers of its disk and of the other, after a look at both."""
    said = box.machine.shell.run(
        ". /usr/lib/hearth/names; own=$(basename $(own_disk)); twin=$(grep -lx twin /sys/block/*/serial)"
        "; twin=$(basename $(dirname $twin)); cat /sys/block/$own/serial; echo"
        "; findmnt -no SOURCE /data; echo /dev/$own; for disk in $own $twin"
        "; do blkid -p -s PTUUID -o value /dev/$disk; done"
        "; dumpe2fs -h /dev/${twin}6 2>/dev/null | sed -n 's/^Last mount time: *//p'"
    )
    serial, data, disk, own, twin, mounted = [line for line in said.split("\n") if line.strip()]
    check(serial != "twin" and data.startswith(disk), f"root on the disk {serial}, data on {data}")
    check(own != twin, f"both disks are {own}")
    check(mounted == "n/a", f"the other disk's data was mounted at {mounted}")
    return own, twin
