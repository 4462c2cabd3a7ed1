"""Bundles that nobody should be able to give to a box."""

import os

import bundles
from cases.updates import offered, use_channel
from failure import Failure, check
from house import BOOT_S


# What RAUC says of each.
SENTENCES = {
    "unsigned": "Signature size is 0",
    "stranger": "self-signed certificate",
    "signature": "signer certificate not found",
    "plain": "'plain' not supported",
    "older": "Version mismatch",
}
# What hearthd calls each.
SLUGS = {
    "unsigned": "bundle-unsigned",
    "stranger": "bundle-untrusted",
    "signature": "bundle-untrusted",
    "plain": "bundle-plain",
    "older": "bundle-older",
    "other": "bundle-swapped",
}


def refusals(house):
    """Unsigned, a stranger's, tampered, plain and older bundles: refused, the other slot untouched."""
    box = house.at_home("refusals")
    good, version = house.bundle("good")
    forged = forge(house, good)

    # What RAUC itself takes from whoever may call it.
    for kind, sentence in SENTENCES.items():
        said = refused_by_rauc(house, box, forged[kind])
        check(sentence in said, f"RAUC says of the bundle `{kind}`: {said}")
    # What the daemon takes: also nothing older than what runs, and nothing but what was announced.
    for kind, slug in SLUGS.items():
        said = refused_by_hearthd(house, box, forged[kind], kind, version)
        check(said in (slug, None), f"{kind}: refused as {said}, not {slug}")

    for partition in ("root_b", "boot_b"):
        written = box.written_sectors(partition)
        check(written == 0, f"{partition} was written: {written} sectors")

    # Changed bits in the content are found when they are read: the install fails, the box goes on.
    trouble = fails_midway(house, box, forged["content"], version)
    box.machine.cut_power()
    box.machine.power_on()
    box.come_back(BOOT_S)
    check(box.booted_slot() == "A", "it started from the slot that was not written to the end")
    return f"{len(SENTENCES) + len(SLUGS)} refused, root_b untouched; bits in the content: {trouble}"


def forge(house, good):
    folder = os.path.join(house.folder, "forged")
    authority = os.path.join(os.path.dirname(os.path.dirname(house.folder)), "authority")
    os.makedirs(folder, exist_ok=True)
    path = lambda kind: os.path.join(folder, f"{kind}.raucb")
    bundles.unsigned(good, path("unsigned"))
    bundles.by_a_stranger(good, path("stranger"), folder)
    bundles.with_wrong_signature(good, path("signature"))
    bundles.with_wrong_content(good, path("content"))
    bundles.plain(good, path("plain"), authority)
    bundles.versioned(good, path("older"), "0.0.1", authority)
    bundles.versioned(good, path("other"), "9.9.9", authority)
    return {kind: path(kind) for kind in
            ("unsigned", "stranger", "signature", "content", "plain", "older", "other")}


def refused_by_rauc(house, box, bundle):
    address = house.channel().serve(f"/{os.path.basename(bundle)}", bundle)
    said = box.machine.shell.run(f"rauc install {address}; echo status $?", 600)
    check("status 0" not in said, f"RAUC took {bundle}: {said}")
    return said


def refused_by_hearthd(house, box, bundle, kind, version):
    """Announced as if it were the good one; `older` as what it is. The slug; None: it is not shown."""
    channel = house.channel()
    announced = "0.0.1" if kind == "older" else version
    try:
        named = bundles.manifest_sha256(bundle)
    except (RuntimeError, ValueError):
        # It has none.
        named = "0" * 64
    if kind == "other":
        # A bundle that is rightly signed, in place of the one that was announced.
        named = bundles.manifest_sha256(house.bundle("good")[0])
    channel.publish(channel.release(bundle, house.board_name, announced, named))
    use_channel(box)
    status = box.post("/api/v1/device/updates/check", {})
    offers = [offer for offer in status["offers"] if offer["version"] == announced]
    if not offers:
        # Not even shown.
        check(kind == "older", f"{kind} is not offered: {status}")
        return None
    code, answer = box.call("POST", "/api/v1/device/updates/install", {"id": offers[0]["id"]})
    check(code == 409, f"hearthd takes the bundle `{kind}`: {code} {answer}")
    return answer["slug"]


def fails_midway(house, box, bundle, version):
    offer = offered(house, box, bundle, version)
    box.post("/api/v1/device/updates/install", {"id": offer["id"]})

    def ended():
        state = box.updates()["installing"]
        if state["state"] == "ready":
            raise Failure("a bundle with changed bits was installed")
        return state if state["state"] == "failed" else None

    return box.until("the end of the install", ended, 1800, every_s=3)["trouble"]["slug"]
