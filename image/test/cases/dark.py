"""A box whose television is off, or that has none."""

from cases.smoke import a_page, confirmed, local_title
from cases.updates import until_confirmed
from failure import check
from house import BOOT_S


def dark(house):
    """No display at all: it starts, is confirmed, is paired by its command line, and plays."""
    box = house.fresh("dark", display=False)
    box.machine.power_on()
    box.until_answers(BOOT_S)
    box.pair("Phone")
    live = box.live()
    tv = live.tv()
    box.until("a confirmed slot", lambda: confirmed(box), BOOT_S)
    title = local_title(box)
    prepared = box.post("/api/v1/player/prepare", {"title_id": title["id"], "screen_id": tv})
    live.command(prepared["session_id"], "play")
    live.phase(prepared["session_id"], "playing", 300)
    live.close()
    status = box.updates()
    check(status["confirmation"]["state"] == "confirmed", f"it says {status['confirmation']}")
    return "confirmed without a display, and a film runs"


def display(house):
    """The television is off at the start, is switched on, and its cable is pulled and put back."""
    # As the kernel sees a television that is off: a connector with nothing behind it.
    box = house.at_home("display", kernel=["video=Virtual-1:d"])
    machine = box.machine
    headless = lambda: "headless" in machine.shell.run("ls /run/hearth-tv", BOOT_S).split()
    box.until("an interface without a window", headless, BOOT_S)
    until_confirmed(box)

    connector(machine, "detect")
    box.until("a window", lambda: not headless(), BOOT_S)
    before = a_page(machine, "on")
    main = lambda: machine.shell.run("systemctl show -P MainPID hearth-tv", BOOT_S).strip()
    drawing = main()

    connector(machine, "off")
    connector(machine, "detect")
    machine.key("down")
    a_page(machine, "back", before)
    check(main() == drawing, "the interface was started anew by a cable")
    return "a television that is switched on gets its picture, and keeps it over a pulled cable"


def connector(machine, state):
    """What the kernel is to take the cable for, and its word of it to udev, which only a cable gives."""
    machine.shell.run(
        f"echo {state} > /sys/class/drm/card0-Virtual-1/status"
        " && udevadm trigger --action=change --subsystem-match=drm && udevadm settle"
    )
