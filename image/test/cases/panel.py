"""The front panel on pins: the kernel's gpio-sim stands in for a header, its lines are the wires."""

from cases.smoke import a_page
from failure import Failure, check
from house import BOOT_S

CHIP = "hearth-header"
BUTTON, LIGHT, FAN = 3, 4, 5
LINES = 8
CONFIGURATION = "/data/etc/hearth/hearth.toml"


def panel(house):
    """A light, a fan and a button: the light tells, the fan turns, short and long presses are told apart."""
    box = house.at_home("panel")
    machine = box.machine
    shell = machine.shell

    # Nobody has wired anything yet: the box says what it looks for, and runs.
    configure(box, CHIP, BUTTON)
    told = until_trouble(box)
    check(CHIP in told and "not here" in told, f"without a chip it says {told}")

    solder(shell)
    configure(box, CHIP, LINES)
    told = until_trouble(box)
    check(f"there are {LINES}" in told, f"of a line beyond the chip it says {told}")

    # A folder that is missing is a part that is not well: the light blinks until it is there.
    folder = "/data/films-elsewhere"
    configure(box, CHIP, BUTTON, f'[library]\nfolders = ["{folder}"]')
    box.until("a blinking light", lambda: len(levels(shell, LIGHT)) == 2, BOOT_S)
    shell.run(f"mkdir -m 755 {folder}")
    box.until("a steady light", lambda: levels(shell, LIGHT) == {"1"}, BOOT_S)
    check(trouble(box) == "", f"the panel says {trouble(box)}")
    check(levels(shell, FAN) == {"1"}, "the fan stands still, however warm it is")
    check(levels(shell, BUTTON) == {"1"}, "nothing pulls the open button's line up")

    live = box.live()
    tv = live.tv()
    live.page(tv, "home")
    before = machine.look()
    press(shell, 1)
    live.page(tv, "power")
    a_page(machine, "power", before)
    machine.key("esc")
    live.page(tv, "home")
    live.close()

    shell.run(f"{wire(BUTTON, 'pull')}; echo pull-down > $wire")
    machine.until_off(BOOT_S)
    return "the light blinks and stands, the fan turns, a short press asks and a long one switches off"


def configure(box, chip, button, more=""):
    """The owner's file; hearthd reads it when it starts. The fan runs at whatever temperature."""
    text = (
        f'{more}\n[device]\npanel = "system"\n[device.pins]\nchip = "{chip}"\n'
        f"button = {button}\nled = {LIGHT}\nfan = {FAN}\nfan_on_c = -40.0\nfan_off_c = -50.0\n"
    )
    box.machine.shell.run(
        f"cat > {CONFIGURATION} <<'END'\n{text}END\nsystemctl restart hearthd",
        BOOT_S,
    )
    box.until_answers(BOOT_S)


def solder(shell):
    """A chip of its own, by the kernel's configfs."""
    folder = "/sys/kernel/config/gpio-sim/panel"
    shell.run(
        "set -e; modprobe gpio-sim; "
        "mountpoint -q /sys/kernel/config || mount -t configfs configfs /sys/kernel/config; "
        f"mkdir -p {folder}/bank0; echo {LINES} > {folder}/bank0/num_lines; "
        f"echo {CHIP} > {folder}/bank0/label; echo 1 > {folder}/live; "
        "udevadm settle",
        BOOT_S,
    )


def wire(line, file):
    """Shell that sets `wire` to a file of a line: `value` is what is on it, `pull` the world's hand."""
    return f"wire=$(echo /sys/devices/platform/gpio-sim.*/gpiochip*/sim_gpio{line}/{file})"


def levels(shell, line):
    """What was on a line within two seconds."""
    look = "for i in $(seq 16); do cat $wire; sleep 0.13; done"
    return set(shell.run(f"{wire(line, 'value')}; {look}").split())


def press(shell, seconds):
    shell.run(f"{wire(BUTTON, 'pull')}; echo pull-down > $wire; sleep {seconds}; echo pull-up > $wire")


def trouble(box):
    return ((box.health() or {}).get("parts", {}).get("panel", {})).get("detail", "")


def until_trouble(box):
    return box.until("word of the panel", lambda: trouble(box), BOOT_S)
