"""What is on the screen when Hearth itself is not: each page, and its first choice."""

import urllib.error
import urllib.request

from cases.smoke import a_page
from cases.updates import until_restarted, what_is_kept
from failure import Failure, check
from house import BOOT_S

DEATHS = 5


def pages(house):
    """The screen dies, then the program, then the data is spoiled: each has a page that mends it."""
    box = house.at_home("pages")
    machine = box.machine
    kept = what_is_kept(box)

    dies(box, "hearth-tv", "hearth-safe.target")
    a_notice(machine, "safe")
    check(box.health(), "phones do not work in safe mode")
    machine.key("ret")
    box.until("the screen again", lambda: is_active(box, "hearth-tv.service"), BOOT_S)
    a_page(machine, "home-after-safe")

    dies(box, "hearthd", "hearth-rescue.target")
    a_notice(machine, "rescue")
    told = on_the_lan(box)
    check("Hearth does not start" in told, f"a phone is told {told[:300]}")
    mark = machine.serial.mark()
    machine.key("ret")
    until_restarted(machine, mark)
    box.come_back(BOOT_S)
    check(what_is_kept(box) == kept, f"kept was {what_is_kept(box)}, before it was {kept}")

    # The description of the file system's groups: what it says of itself first is whole.
    machine.shell.run("dd if=/dev/urandom of=/dev/hearth/data bs=4096 seek=1 count=1 oflag=direct")
    machine.cut_power()
    machine.power_on()
    target = "hearth-recovery.target"
    box.until("the recovery page", lambda: is_active(box, target), BOOT_S)
    a_notice(machine, "recovery")
    told = on_the_lan(box)
    check("The data is damaged" in told, f"a phone is told {told[:300]}")
    # The network came later than the page.
    shown = "grep -o 'http://[0-9.]*' /run/hearth-page/notice.json"
    box.until("the address on the page", lambda: machine.shell.run(shown, BOOT_S, check=False).strip(), BOOT_S)
    machine.key("ret")
    box.come_back(BOOT_S)
    check(what_is_kept(box) == kept, f"kept was {what_is_kept(box)}, before it was {kept}")
    return "safe mode, rescue and recovery are shown, on the LAN too, and lead back with all that was kept"


def is_active(box, unit):
    said = box.machine.shell.run(f"systemctl is-active {unit}", BOOT_S, check=False)
    return said.strip() == "active"


def dies(box, unit, target):
    """Until its page comes. A slow machine may miss one of the deaths."""
    for _ in range(2 * DEATHS):
        service = f"{unit}.service"
        box.until(unit, lambda: is_active(box, target) or is_active(box, service), BOOT_S)
        if is_active(box, target):
            return
        # Until systemd has noticed, a dead one counts as active.
        box.machine.shell.run(
            f"pid=$(systemctl show -P MainPID {service}); kill -KILL $pid; "
            f"while [ $(systemctl show -P MainPID {service}) = $pid ]; do sleep 0.2; done",
            BOOT_S,
        )
    raise Failure(f"{unit} dies and dies, and {target} does not come")


def a_notice(machine, name):
    """The picture of a page of few words."""
    a_page(machine, name, colours=20)


def on_the_lan(box):
    """What a phone is told that knows the address alone."""

    def answer():
        try:
            with urllib.request.urlopen(f"http://{box.address}/", timeout=10) as said:
                return said.read().decode()
        except urllib.error.HTTPError as said:
            return said.read().decode()
        except OSError:
            return None

    return box.until("the page on the LAN", answer, BOOT_S)
