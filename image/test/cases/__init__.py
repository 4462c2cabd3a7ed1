"""All cases, in the order they are run: `smoke` leaves the settled box that others begin with."""

from cases.dark import dark, display
from cases.faults import disk_full, names, no_clock, no_network, stuck, twins
from cases.pages import pages
from cases.panel import panel
from cases.pi import pi
from cases.power import power_at_first_boot, power_at_install, power_at_new_slot
from cases.refusals import refusals
from cases.smoke import smoke
from cases.updates import crash, hang, rollback, stick, update

CASES = {
    "smoke": smoke,
    "dark": dark,
    "display": display,
    "clock": no_clock,
    "network": no_network,
    "names": names,
    "full": disk_full,
    "stuck": stuck,
    "twins": twins,
    "pages": pages,
    "panel": panel,
    "stick": stick,
    "update": update,
    "refusals": refusals,
    "rollback": rollback,
    "hang": hang,
    "crash": crash,
    "power-first": power_at_first_boot,
    "power-install": power_at_install,
    "power-slot": power_at_new_slot,
}

# A Raspberry Pi can be emulated in part only.
CASES_OF_A_PI = {"pi": pi}

# The updates that they install, of variants.VERSIONS.
NEEDS = {
    "stick": ["good"],
    "update": ["good"],
    "refusals": ["good"],
    "rollback": ["bad"],
    "hang": ["hang"],
    "crash": ["crash"],
    "power-install": ["good"],
    "power-slot": ["good"],
}
