"""`make bench-image`: what the image costs, as Markdown tables: image/test bench BOARD.

Times of an emulated box say how they compare with each other, not what a real one takes.
"""

import os
import platform
import re
import subprocess
import time

from cases.updates import install, until_confirmed

IDLE_AFTER_S = 180
IDLE_S = 600


def bench(house):
    """Each table as it is measured. Needs the settled box that the case `smoke` leaves."""
    box = house.at_home("bench")
    until_confirmed(box)
    yield _machine(house)
    yield _boot(box)
    yield _sizes(house)
    yield _idle(box)
    before = house.channel().sent_bytes
    version, _, size = install(house, box, "good")
    sent = house.channel().sent_bytes - before
    yield _table(
        "Update",
        [
            ("Bundle", _mib(size)),
            (f"Downloaded for {version}, in which only the version differs", f"{_mib(sent)} ({sent / size:.1%})"),
        ],
    )


def _machine(house):
    with open("/proc/cpuinfo") as file:
        model = re.search(r"model name\s*: (.*)", file.read())
    emulator = subprocess.run([house.board.program, "--version"], capture_output=True, text=True, check=True)
    rows = [
        ("Board", house.board_name),
        ("Builder", f"{os.cpu_count()} × {model[1] if model else platform.machine()}"),
        ("Emulator", f"{emulator.stdout.splitlines()[0]}, {'KVM' if house.accel == 'kvm' else 'no KVM'}"),
        ("Load of the builder", "{:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg())),
    ]
    return _table("Measured on", rows)


def _boot(box):
    shell = box.machine.shell
    # On the clock that starts with the kernel.
    log = shell.run("journalctl -b -o short-monotonic --no-hostname --no-pager")
    moments = {
        "Kernel to user space": r"systemd\[1\]: (systemd .* running in system mode|Hostname set)",
        "Kernel to the interface's first frame": r"device/frame",
        "Kernel to the API's first answer": r"hearthd.*ready|Started hearthd",
        "Kernel to a confirmed slot": r"(slot|update).*(confirmed|marked)",
    }
    rows = []
    for name, pattern in moments.items():
        line = next((line for line in log.splitlines() if re.search(pattern, line)), None)
        rows.append((name, f"{float(line[1:].split(']')[0]):.1f} s" if line else "not in the journal"))
    chain = shell.run("systemd-analyze critical-chain hearth-tv.service --no-pager", check=False)
    total = shell.run("systemd-analyze time --no-pager", check=False).splitlines()
    rows.append(("systemd-analyze", total[0] if total else "says nothing"))
    return _table("Start", rows) + f"\n```\n{chain.strip()}\n```\n"


def _sizes(house):
    folder = house.images
    rows = []
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith((".img", ".raucb")):
            state = os.stat(path)
            rows.append((name, f"{_mib(state.st_size)}, {_mib(state.st_blocks * 512)} on disk"))
    return _table("Sizes", rows)


def _idle(box):
    time.sleep(IDLE_AFTER_S)
    before = _usage(box)
    time.sleep(IDLE_S)
    after = _usage(box)
    seconds = after["uptime"] - before["uptime"]
    busy = (after["busy"] - before["busy"]) / (after["all"] - before["all"])
    written = (after["written"] - before["written"]) * 3600 / seconds
    services = box.machine.shell.run(
        "for unit in hearthd hearth-tv; do systemctl show -P MemoryCurrent $unit; done"
    ).split()
    rows = [
        ("Memory of the whole box", f"{after['used_kib'] / 1024:.0f} MiB"),
        ("Memory of hearthd", _mib(int(services[0]))),
        ("Memory of hearth-tv", _mib(int(services[1]))),
        ("Processor, of all cores", f"{busy:.1%}"),
        (f"Written in an hour (from {seconds / 60:.0f} min)", f"{written / 1024:.0f} KiB"),
    ]
    return _table("Idle", rows)


def _usage(box):
    said = box.machine.shell.run(
        "cat /proc/uptime; head -n 1 /proc/stat; "
        "cat /sys/class/block/$(lsblk -no pkname $(readlink -f /dev/hearth/data))/stat; "
        "grep -E 'MemTotal|MemAvailable' /proc/meminfo"
    ).splitlines()
    processor = [int(word) for word in said[1].split()[1:9]]
    total, available = (int(line.split()[1]) for line in said[3:5])
    return {
        "uptime": float(said[0].split()[0]),
        "all": sum(processor),
        # All but idle and waiting for the disk.
        "busy": sum(processor) - processor[3] - processor[4],
        "written": int(said[2].split()[6]) * 512,
        "used_kib": total - available,
    }


def _table(title, rows):
    lines = [f"### {title}", "", "| | |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {value} |" for name, value in rows), ""])


def _mib(size_bytes):
    return f"{size_bytes / 1048576:.1f} MiB"
