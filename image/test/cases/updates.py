"""Updates over the network: one that is good, one that fails its test, one that hangs."""

import os

import bundles
from cases.smoke import confirmed
from failure import Failure, check
from house import BOOT_S

INSTALL_S = 1800


def update(house):
    """A good update: installed from the channel, confirmed in slot B, with everything kept."""
    box = house.at_home("update")
    before = what_is_kept(box)
    check(box.booted_slot() == "A", "a new box runs from slot A")
    version, sent, size = install(house, box, "good")
    restart(box)
    box.come_back(BOOT_S)
    check(box.booted_slot() == "B", "the restart is not into slot B")
    status = until_confirmed(box)
    check(status["version"] == version, f"it runs {status['version']}, not {version}")
    check(what_is_kept(box) == before, f"kept was {what_is_kept(box)}, before it was {before}")
    restart(box)
    box.come_back(BOOT_S)
    check(box.booted_slot() == "B", "the second start of the update is not from slot B")
    return f"{version} from slot B, {sent / size:.0%} of the bundle was downloaded"


def stick(house):
    """A USB stick with an update on it: read, offered, gone when it is pulled out, and installed."""
    bundle, version = house.bundle("good")
    disk = os.path.join(house.folder, "stick.img")
    bundles.on_a_stick(bundle, disk)
    box = house.at_home("stick")
    shell = box.machine.shell
    offers = lambda: [offer for offer in box.updates()["offers"] if offer["from"] == "stick"]
    box.machine.plug("stick", disk)
    found = box.until("the update on the stick", offers, BOOT_S, every_s=3)
    check(found[0]["version"] == version, f"offered is {found}, not {version}")
    mount = shell.run("grep ' /run/media/' /proc/mounts").strip()
    check(" /run/media/STICK vfat ro," in mount, f"it is mounted as {mount}")
    box.machine.unplug("stick")
    box.until("the offer gone", lambda: not offers(), BOOT_S, every_s=3)
    left = lambda: shell.run("ls /run/media; grep ' /run/media/' /proc/mounts", check=False).strip()
    box.until("its folder gone", lambda: not left(), BOOT_S)
    box.machine.plug("again", disk)
    install_offer(box, box.until("the update again", offers, BOOT_S, every_s=3)[0])
    restart(box)
    box.come_back(BOOT_S)
    check(box.booted_slot() == "B", "the restart is not into slot B")
    check(box.updates()["version"] == version, f"it runs {box.updates()['version']}, not {version}")
    os.unlink(disk)
    return f"{version} is offered from a stick that is mounted for reading alone, and installed"


def rollback(house):
    """An update whose daemon dies: back to the old one after its tries, with the reason told."""
    return falls_back(house, "rollback", "bad")


def hang(house):
    """An update that stops dead: the watchdog resets it, and it rolls back."""
    return falls_back(house, "hang", "hang")


def crash(house):
    """An update whose screen dies soon after its first frame: it is never confirmed, and left."""
    # Nothing but the time that it has ends each of its starts.
    return falls_back(house, "crash", "crash", kernel=["hearth.deadline=300"])


def falls_back(house, name, kind, **parts):
    box = house.at_home(name, **parts)
    before, old = what_is_kept(box), box.updates()["version"]
    version, _, _ = install(house, box, kind)
    began = box.machine.seconds()
    restart(box)
    # A system that hangs may answer for a while before its watchdog sees it.
    back = lambda: box.health() and box.booted_slot() == "A"
    box.until("slot A again", back, 3 * (BOOT_S + house.deadline_s()), every_s=3)
    box.come_back(BOOT_S)
    status = box.updates()
    check(status["version"] == old, f"it runs {status['version']}, not {old}")
    told = status["rolled_back"]
    check(told and told["version"] == version, f"the owner is told {told} of {version}")
    check(what_is_kept(box) == before, f"kept was {what_is_kept(box)}, before it was {before}")
    tries = box.machine.shell.run("grep -c '^B ' /data/hearth-boot/boots", check=False).strip()
    check(tries.isdigit() and int(tries) >= 3, f"slot B was started {tries} times")
    took = box.machine.seconds() - began
    return f"back on {old} after {tries} starts of {version}, {took:.0f} s; told: {told['missing']}"


def install(house, box, kind, on_bytes=None):
    """From the channel, to the end: the version, the bytes sent and the bundle's size."""
    path, version = house.bundle(kind)
    offer = offered(house, box, path, version)
    channel = house.channel()
    already = channel.sent_bytes
    if on_bytes:
        channel.on_bytes = lambda sent: on_bytes(sent - already)
    install_offer(box, offer)
    return version, channel.sent_bytes - already, offer["size_bytes"]


def install_offer(box, offer):
    status, answer = box.call("POST", "/api/v1/device/updates/install", {"id": offer["id"]})
    # Between three and five at night the box may have begun by itself.
    begun = status == 409 and answer["slug"] == "update-busy"
    check(begun or 200 <= status < 300, f"installing {offer['version']}: {status} {answer}")

    def done():
        status = box.updates()
        # RAUC is busy, and the box is a box all the same.
        check(status["missing"] is None, f"while it is written: {status['missing']}")
        state = status["installing"]
        if state["state"] == "failed":
            raise Failure(f"installing {offer['version']} failed: {state['trouble']}")
        return state["state"] == "ready"

    box.until("the update written", done, INSTALL_S, every_s=3)


def offered(house, box, path, version):
    """Publishes the bundle, lets the box look, and is what it offers."""
    channel = house.channel()
    release = channel.release(path, house.board_name, version, bundles.manifest_sha256(path))
    channel.publish(release)
    use_channel(box)
    status = box.post("/api/v1/device/updates/check", {})
    offers = [offer for offer in status["offers"] if offer["version"] == version]
    check(offers, f"{version} is not offered: {status}")
    return offers[0]


def use_channel(box):
    """The owner's configuration names our server."""
    from channel import ADDRESS

    box.machine.shell.run(
        "mkdir -p /data/etc/hearth && "
        f"printf '[updates]\\nchannel = \"{ADDRESS}\"\\n' > /data/etc/hearth/hearth.toml && "
        "systemctl restart hearthd"
    )
    box.until_answers(BOOT_S)


def restart(box):
    """By the owner's word; waits until it is really down."""
    mark = box.machine.serial.mark()
    box.post("/api/v1/device/power", {"action": "restart"})
    until_restarted(box.machine, mark)


def until_restarted(machine, mark):
    machine.until_line("BdsDxe: starting|UEFI firmware|EDK II", BOOT_S, since=mark)


def until_confirmed(box):
    def stands():
        status = box.updates()
        return status if status["confirmation"]["state"] == "confirmed" else None

    return box.until("the slot confirmed", stands, BOOT_S, every_s=3)


def what_is_kept(box):
    """Of people: the history with its positions, and the paired devices."""
    history = box.get("/api/v1/user/history")["items"]
    devices = box.get("/api/v1/devices")["items"]
    return {
        "history": [(item["title"]["id"], item["progress"]["position_ms"]) for item in history],
        "devices": sorted(device["name"] for device in devices),
    }
