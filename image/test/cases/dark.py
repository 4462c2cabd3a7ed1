"""A box whose television is off, or that has none."""

from cases.smoke import confirmed, local_title
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
