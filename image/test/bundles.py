"""Bundles as somebody else would like the box to take them.

A bundle is a squashfs with its verity tree, a CMS signature, and the signature's length as eight
bytes at the end (RAUC, "Bundle Formats"). In the `verity` format the signed text is the manifest,
inside the signature; in the `plain` format the signature is of all that stands before it.
"""

import mmap
import os
import re
import shutil
import struct
import subprocess
import tempfile

# What dm-verity and the delta count in.
_BLOCK_BYTES = 4096


def manifest_sha256(bundle):
    """What names a bundle in the channel: the hash of its signed manifest."""
    import hashlib

    return hashlib.sha256(manifest(bundle)).hexdigest()


def manifest(bundle):
    start, end = _signature(bundle)
    with open(bundle, "rb") as file:
        file.seek(start)
        signature = file.read(end - start)
    return _openssl(["cms", "-verify", "-noverify", "-inform", "DER"], signature)


def on_a_stick(bundle, out):
    """A disk with one FAT file system and the bundle in it."""
    with open(out, "wb") as file:
        file.truncate(os.path.getsize(bundle) + 64 * 1024 * 1024)
    for command in (["mformat", "-i", out, "-F", "-v", "STICK", "::"], ["mcopy", "-i", out, bundle, "::"]):
        subprocess.run(command, check=True)


def unsigned(bundle, out):
    """The signature is not there any more."""
    start, _ = _signature(bundle)
    _copy(bundle, out, start, b"")


def by_a_stranger(bundle, out, folder):
    """Signed as it should be, with a key that the box does not know."""
    key, certificate = os.path.join(folder, "stranger.key"), os.path.join(folder, "stranger.pem")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "30"]
    command += ["-subj", "/CN=Stranger", "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    _sign_manifest(bundle, out, manifest(bundle), key, certificate)


def versioned(bundle, out, version, authority):
    """The same content under another version, rightly signed."""
    text = re.sub(rb"(?m)^version=.*$", b"version=" + version.encode(), manifest(bundle))
    _sign_manifest(bundle, out, text, f"{authority}/signer.key", f"{authority}/signer.pem")


def plain(bundle, out, authority):
    """Rightly signed, in the format that is checked only before it is used."""
    start, _ = _signature(bundle)
    _copy(bundle, out, start, b"", with_length=False)
    command = ["cms", "-sign", "-binary", "-nosmimecap", "-outform", "DER", "-in", out]
    command += ["-signer", f"{authority}/signer.pem", "-inkey", f"{authority}/signer.key"]
    _append(out, _openssl(command))


def with_wrong_signature(bundle, out):
    """One bit of the signature is another."""
    start, end = _signature(bundle)
    _flip(bundle, out, [start + (end - start) // 2])


def with_wrong_content(bundle, out):
    """One bit of each block is another: an install fetches only the blocks that the box has not.
    The first and the last of them are left, which are read before anything is installed."""
    start, _ = _signature(bundle)
    _flip(bundle, out, range(start // 10, start - start // 5, _BLOCK_BYTES))


def _flip(bundle, out, places):
    shutil.copy(bundle, out)
    with open(out, "r+b") as file, mmap.mmap(file.fileno(), 0) as content:
        for at in places:
            content[at] ^= 1


def _signature(bundle):
    size = os.path.getsize(bundle)
    with open(bundle, "rb") as file:
        file.seek(size - 8)
        (length,) = struct.unpack(">Q", file.read(8))
    if not 0 < length < size - 8:
        raise ValueError(f"{bundle} is no bundle")
    return size - 8 - length, size - 8


def _sign_manifest(bundle, out, text, key, certificate):
    command = ["cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-outform", "DER"]
    signature = _openssl([*command, "-signer", certificate, "-inkey", key], text)
    start, _ = _signature(bundle)
    _copy(bundle, out, start, signature)


def _copy(bundle, out, length, signature, with_length=True):
    shutil.copy(bundle, out)
    os.truncate(out, length)
    if with_length:
        _append(out, signature)


def _append(path, signature):
    with open(path, "ab") as file:
        file.write(signature + struct.pack(">Q", len(signature)))


def _openssl(words, text=b""):
    with tempfile.NamedTemporaryFile() as file:
        file.write(text)
        file.flush()
        given = [] if "-in" in words else ["-in", file.name]
        done = subprocess.run(["openssl", *words, *given], capture_output=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {words[0]}: {done.stderr.decode()}")
    return done.stdout
