"""What tests of alerts share: homes, their exports, who is told, and what is known of it."""
import os

from tests.stack.home import Home

from .exports import ADAPTER, export, row

PATIENT = "Kari Nordmann"


def subscribe(region, receiver, *words):
    region.admin("alert", "subscribe", "--webhook", receiver.url, "--secret-file",
                 os.path.join(region.folder, "secret"), *words)


def new_home(region, facility="fac_home_1", **kwargs):
    return Home(region, facility, [ADAPTER], **kwargs).start()


def beds(available, occupied, seconds=0):
    """An export that names so many beds of one ward, the available ones first."""
    return export(*(row(f"bed_{n}", "available" if n < available else "occupied", seconds, note=PATIENT)
                    for n in range(available + occupied)))


def history(region, rule):
    """[[open?, told?], …] of a rule's episodes, the oldest first."""
    return region.sql("SELECT cleared_at IS NULL, told_opened FROM alert_history "
                      f"WHERE rule = '{rule}' ORDER BY opened_at, id")
