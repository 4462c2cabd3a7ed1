"""A household unpacks its box, pairs a phone and watches a film."""

import time

import strip
from failure import Failure, check
from house import BOOT_S

# No decoder was lost with what the image leaves out of Debian's.
CODECS = {"h264", "h265", "av1", "vp9", "vp8", "mpeg4", "mpeg2"}
# The overlay with the title fades away; the strip is read under it as well.
PATIENCE_S = 240


def smoke(house):
    """Fresh box: health, mDNS, pairing, pages by keys, a film whose timecode the screen shows."""
    box = house.fresh("smoke")
    machine = box.machine
    machine.power_on()
    a_splash(machine)
    health, answered_s = box.until_answers(BOOT_S)
    check("version" in health, f"health says {health}")

    found = box.found_by_mdns()
    check(found["host"] == "hearth.local.", f"its name is {found['host']}")
    check(box.address in found["addresses"] and found["port"] == 80, f"it is announced as {found}")

    the_first_set_up(machine)
    box.pair("Emulated phone")
    # As a phone in India tells it: by the old name.
    status, told = box.call("PUT", "/api/v1/device/time-zone", {"time_zone": "Asia/Calcutta"})
    check(status == 204, f"the time zone is not taken: {status} {told}")
    live = box.live()
    tv = live.tv()
    decodes = set(live.screens[tv]["abilities"]["video_codecs"])
    check(decodes >= CODECS, f"it does not decode {', '.join(CODECS - decodes)}")
    live.page(tv, "set-up")
    time.sleep(3)
    paired = a_page(machine, "set-up-paired")
    machine.key("ret")
    live.page(tv, "home")
    home = a_page(machine, "home", paired)

    moved = keys_move_the_tv(machine, live, tv, home)
    title = watch(box, live, tv)
    live.close()

    box.until("a confirmed slot", lambda: confirmed(box), BOOT_S)
    history = [item["title"]["id"] for item in box.get("/api/v1/user/history")["items"]]
    check(title["id"] in history, f"the history has {history}, not what was watched")
    machine.press_power()
    machine.until_off(BOOT_S)
    house.keep_settled(box)
    return f"answered after {answered_s:.0f} s, {moved}"


def the_first_set_up(machine):
    """The language and the network, by the keyboard; the page that asks for a phone is left open."""
    end = time.monotonic() + BOOT_S
    before = machine.look()
    while True:
        time.sleep(3)
        picture = machine.look()
        # A large quiet card and a focused line, and nothing that moves: the home page, which may be
        # there for a moment, is none of that.
        card, line = picture.share_of(0x14, 0x18, 0x1D), picture.share_of(0x1F, 0x26, 0x2E)
        if card > 0.3 and line > 0.02 and picture.differs(before) == 0:
            break
        before = picture
        if time.monotonic() > end:
            raise Failure(f"the first set-up is not on the screen within {BOOT_S} s")
    before = a_page(machine, "set-up-language")
    for name in ("set-up-network", "set-up-phone"):
        machine.key("ret")
        a_page(machine, name, before)
        # What the page asks the box for.
        time.sleep(5)
        before = a_page(machine, name)


FLAME, DARK = (0xFF, 0x8A, 0x3D), (0x0B, 0x0D, 0x10)


def a_splash(machine, flame=FLAME, dark=DARK):
    """Hearth's flame alone on the dark, from the boot loader on: no page has so little on it."""
    end = time.monotonic() + BOOT_S
    while True:
        picture = machine.look()
        if picture.share_of(*flame) > 0.001 and picture.share_of(*dark) > 0.95:
            break
        if time.monotonic() > end:
            machine.keep_picture("splash")
            raise Failure(f"no splash is shown within {BOOT_S} s")
        time.sleep(0.2)
    machine.keep_picture("splash")


def a_page(machine, name, before=None, colours=60):
    """A picture of the interface: once it is there, and neither a blank or a text screen nor what
    was there before."""
    end = time.monotonic() + PATIENCE_S
    while True:
        picture = machine.look()
        if picture.colours() > colours and (before is None or picture.differs(before) > 0.01):
            machine.keep_picture(name)
            return picture
        if time.monotonic() > end:
            raise Failure(f"{name} is not on the screen, which has {picture.colours()} colours")
        time.sleep(1)


def keys_move_the_tv(machine, live, tv, home):
    """The keyboard opens a title and comes back; the screen and the remotes see it."""
    machine.key("down")
    machine.key("ret")
    live.page(tv, "title")
    time.sleep(3)
    a_page(machine, "title", home)
    machine.key("esc")
    live.page(tv, "home")
    machine.key("f3")
    live.page(tv, "search")
    time.sleep(3)
    a_page(machine, "search", home)
    machine.key("esc")
    live.page(tv, "home")
    return "keys open pages"


def local_title(box):
    """The test card, in the row of what lies on the box itself."""

    def found():
        rows = box.get("/api/v1/home")["rows"]
        items = [item for row in rows if row["id"] == "local" for item in row["items"]]
        return items[0]["title"] if items else None

    return box.until("a film on the box", found, BOOT_S, every_s=3)


def watch(box, live, tv):
    """Plays the film on the box, seeks and pauses; the picture proves each. The title."""
    title = local_title(box)
    prepared = box.post("/api/v1/player/prepare", {"title_id": title["id"], "screen_id": tv})
    session = prepared["session_id"]
    live.command(session, "play")
    live.phase(session, "playing", PATIENCE_S)
    first = until_shown(box.machine, "the film", lambda ms: True)
    box.machine.keep_picture("film")
    until_shown(box.machine, "the film moves", lambda ms: ms > first + 2_000)

    live.command(session, "seek", position_ms=60_000)
    until_shown(box.machine, "the place that was sought", lambda ms: 60_000 <= ms < 100_000)
    live.command(session, "pause")
    live.phase(session, "paused", PATIENCE_S)
    until_still(box.machine)
    live.command(session, "stop")
    live.page(tv, "home")
    return title


def until_shown(machine, what, suits):
    """Waits until the screen shows the film at a position that suits: its milliseconds."""
    end = time.monotonic() + PATIENCE_S
    last = None
    while time.monotonic() < end:
        shown = strip.read_ms(machine.look())
        if shown is not None and suits(shown):
            return shown
        last = shown if shown is not None else last
        time.sleep(0.3)
    raise Failure(f"{what}: not on the screen within {PATIENCE_S} s; it was last at {last} ms")


def until_still(machine):
    """Waits until the picture stands: an emulated screen is seconds behind what the box says."""
    end = time.monotonic() + PATIENCE_S
    before = None
    while time.monotonic() < end:
        shown = until_shown(machine, "a still picture", lambda ms: True)
        if shown == before:
            return
        before = shown
        time.sleep(3)
    raise Failure(f"the picture moves while paused; it was last at {before} ms")


def confirmed(box):
    # Who writes the block empties it first, and then it cannot be read for a moment.
    return "A_TRY=0" in box.machine.shell.run("grub-editenv /boot/efi/grub/grubenv list", check=False)
