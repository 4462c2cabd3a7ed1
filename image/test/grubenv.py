"""GRUB's environment block on the image's boot partition, read and written in place, and the other
files there, read.

The file has the size of one block and is written in place, so that a box which is switched off can
be told its boot variables without mounting anything. Where it lies is asked of the file system: the
box's own `grub-editenv` may have moved it, and what it left behind looks the same.
"""

import contextlib
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


def boot_file(disk, name):
    """What a file of the boot partition holds."""
    with _boot_partition(disk) as (_, file):
        command = ["mtype", "-i", file.name, f"::/{name}"]
        return subprocess.run(command, capture_output=True, check=True).stdout


def parse(block):
    text = block[len(SIGNATURE) :].decode("utf-8", "replace")
    return dict(line.split("=", 1) for line in text.split("\n") if "=" in line and line[0] != "#")


def compose(values):
    block = SIGNATURE + "".join(f"{name}={value}\n" for name, value in values.items()).encode()
    if len(block) > SIZE:
        raise ValueError(f"{len(block)} bytes do not fit into the {SIZE} of GRUB's block")
    return block.ljust(SIZE, b"#")


@contextlib.contextmanager
def _boot_partition(disk):
    """Where it begins, and a copy of it to read."""
    start, length = _first_partition(disk)
    with tempfile.NamedTemporaryFile() as file:
        file.write(_bytes(disk, start, length))
        file.flush()
        yield start, file


def _find(disk):
    with _boot_partition(disk) as (start, file):
        command = ["mshowfat", "-i", file.name, "::/grub/grubenv"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        cluster = re.search(r"<(\d+)", said)
        if not cluster:
            raise ValueError(f"no environment block on the boot partition of {disk}: {said}")
        file.seek(0)
        at = first_byte(file.read(_SECTOR), int(cluster[1]))
        file.seek(at)
        block = file.read(SIZE)
    if not block.startswith(SIGNATURE):
        raise ValueError(f"the environment block of {disk} is broken: {block[:40]!r}")
    return start + at, block


def first_byte(boot_sector, cluster):
    """Where a cluster of a FAT file system begins (Microsoft, "FAT32 File System Specification")."""
    sector, cluster_sectors, reserved, tables, root_entries = struct.unpack_from("<HBHBH", boot_sector, 11)
    (table_sectors,) = struct.unpack_from("<H", boot_sector, 22)
    if table_sectors == 0:
        (table_sectors,) = struct.unpack_from("<I", boot_sector, 36)
    root_sectors = -(-root_entries * 32 // sector)
    first = reserved + tables * table_sectors + root_sectors
    return (first + (cluster - 2) * cluster_sectors) * sector


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
