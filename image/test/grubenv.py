"""GRUB's environment block on the image's boot partition, read and written in place.

GRUB itself writes this block in place, by its sectors, so it never moves; that makes it possible
to read and set boot variables on an overlay without mounting anything.
"""

import re
import struct
import subprocess
import tempfile

SIGNATURE = b"# GRUB Environment Block\n"
SIZE = 1024
_SECTOR = 512


def read(disk):
    _, block = _find(disk)
    return parse(block)


def write(disk, values):
    """Sets variables; the value None removes one."""
    offset, block = _find(disk)
    merged = parse(block) | values
    new = compose({name: value for name, value in merged.items() if value is not None})
    with tempfile.NamedTemporaryFile() as file:
        file.write(new)
        file.flush()
        _io(disk, f"write -s {file.name} {offset} {SIZE}")


def parse(block):
    text = block[len(SIGNATURE) :].decode("utf-8", "replace")
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line and line[0] != "#")


def compose(values):
    block = SIGNATURE + "".join(f"{name}={value}\n" for name, value in values.items()).encode()
    if len(block) > SIZE:
        raise ValueError(f"{len(block)} bytes do not fit into the {SIZE} of GRUB's block")
    return block.ljust(SIZE, b"#")


def _find(disk):
    start, length = _first_partition(disk)
    esp = _bytes(disk, start, length)
    found = [match.start() for match in re.finditer(re.escape(SIGNATURE), esp)]
    # The signature also stands inside GRUB's own programs, but never at the start of a sector.
    found = [at for at in found if at % _SECTOR == 0]
    if len(found) != 1:
        raise ValueError(f"{len(found)} environment blocks on the boot partition of {disk}")
    return start + found[0], esp[found[0] : found[0] + SIZE]


def _first_partition(disk):
    header = _bytes(disk, _SECTOR, _SECTOR)
    if header[:8] != b"EFI PART":
        raise ValueError(f"{disk} has no GPT")
    (table,) = struct.unpack_from("<Q", header, 72)
    entry = _bytes(disk, table * _SECTOR, _SECTOR)
    first, last = struct.unpack_from("<QQ", entry, 32)
    return first * _SECTOR, (last - first + 1) * _SECTOR


def _bytes(disk, offset, length):
    """Of the disk as the box sees it."""
    window = f"driver=raw,offset={offset},size={length},file.driver=qcow2"
    source = f"{window},file.file.driver=file,file.file.filename={disk}"
    with tempfile.NamedTemporaryFile() as file:
        command = ["qemu-img", "convert", "--image-opts", "-O", "raw", source, file.name]
        subprocess.run(command, check=True)
        return file.read()


def _io(disk, command):
    done = subprocess.run(
        ["qemu-io", "-f", "qcow2", "-c", command, disk], capture_output=True, text=True, check=False
    )
    # qemu-io tells of a failed write in words and ends well.
    if done.returncode != 0 or "wrote" not in done.stdout:
        raise RuntimeError(f"qemu-io {command}: {done.stdout}{done.stderr}")
