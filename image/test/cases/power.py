"""The plug is pulled: while the box is new, while it installs, while it starts the update."""

import time

from cases.updates import install, offered, restart, until_confirmed, what_is_kept
from failure import Failure, check
from house import BOOT_S

# Shares of the bundle; near the end RAUC writes its last words.
INSTALL_POINTS = (0.02, 0.35, 0.7, 0.97)
# What a starting box says, from the first to the last: its data grows, it answers, it is watched.
FIRST_BOOT_POINTS = (
    "Mounted boot-efi|hearth-data",
    "Starting hearth-owner|Starting hearth-boot|Reached target.*Local File",
    "Started hearthd|Starting hearthd",
    "Started hearth-tv",
)


def power_at_first_boot(house):
    """A new box loses power at several moments of its first start, and starts well after each."""
    # A system that was never confirmed has three tries, and after them a page that asks: two cuts each.
    for part, points in (("early", FIRST_BOOT_POINTS[:2]), ("late", FIRST_BOOT_POINTS[2:])):
        box = house.fresh(f"power-first-{part}")
        for point in points:
            box.machine.power_on()
            box.machine.until_journal(point, BOOT_S)
            box.machine.cut_power()
        box.machine.power_on()
        box.until_answers(BOOT_S)
        check(box.booted_slot() == "A", "it is not in slot A")
        box.pair("Phone")
        data = int(box.machine.shell.run("df --output=size -k /data | tail -n 1"))
        check(data > 2_000_000, f"the data partition has only {data} KiB: it did not grow")
        no_trouble_with_data(box)
        box.machine.cut_power()
    return f"{len(FIRST_BOOT_POINTS)} cuts; data has {data // 1024} MiB"


def power_at_install(house):
    """Power is lost at several points of an install: the old slot runs, and the update goes in."""
    box = house.at_home("power-install")
    before = what_is_kept(box)
    path, version = house.bundle("good")
    for share in INSTALL_POINTS:
        cut_in_mid_install(house, box, path, version, share)
        box.machine.power_on()
        box.come_back(BOOT_S)
        check(box.booted_slot() == "A", f"cut at {share:.0%} of the install: it is not in slot A")
        check(what_is_kept(box) == before, f"cut at {share:.0%}: {what_is_kept(box)}, not {before}")
    install(house, box, "good")
    restart(box)
    box.come_back(BOOT_S)
    check(box.booted_slot() == "B", "the update after the cuts is not in slot B")
    until_confirmed(box)
    return f"cut at {', '.join(f'{share:.0%}' for share in INSTALL_POINTS)}, then installed"


def power_at_new_slot(house):
    """Power is lost twice in the first start of an update: it still gets its third try."""
    box = house.at_home("power-slot")
    before = what_is_kept(box)
    version, _, _ = install(house, box, "good")
    restart(box)
    for point in ("Mounted boot-efi|hearth-data", "Started hearthd|Starting hearthd"):
        box.machine.until_journal(point, BOOT_S)
        box.machine.cut_power()
        box.machine.power_on()
    box.come_back(BOOT_S)
    check(box.booted_slot() == "B", "two cuts of power are no reason to roll back")
    status = until_confirmed(box)
    check(status["version"] == version, f"it runs {status['version']}")
    check(what_is_kept(box) == before, f"kept was {what_is_kept(box)}, before it was {before}")
    return f"2 cuts, then {version} was confirmed"


def cut_in_mid_install(house, box, path, version, share):
    offer = offered(house, box, path, version)
    channel = house.channel()
    already = channel.sent_bytes
    box.post("/api/v1/device/updates/install", {"id": offer["id"]})
    wanted = share * offer["size_bytes"]
    end = time.monotonic() + BOOT_S
    # Of a bundle that is partly there only what is missing is downloaded; its end counts too.
    while channel.sent_bytes - already < wanted:
        state = box.updates()["installing"]
        if state["state"] == "ready":
            break
        check(state["state"] == "running", f"the install is {state}")
        if state["percent"] >= share * 100:
            break
        if time.monotonic() > end:
            raise Failure(f"the install does not reach {share:.0%}: {state}")
        time.sleep(0.2)
    box.machine.cut_power()


def no_trouble_with_data(box):
    said = box.machine.shell.run("journalctl -b -u hearth-data --no-pager -p warning", check=False)
    check("-- No entries --" in said or not said.strip(), f"the data partition: {said}")
