"""`bedpost quarantine replay`: what was bad becomes events once the adapter is mended, exactly once, with its own time."""
import os
import subprocess

import pytest

from tests.stack.process import SANITIZER_ENV, program

from .exports import ADAPTER, HEADER, at, export, row
from .invariants import nothing_lost_nothing_doubled

MENDED = ADAPTER.replace('new_status: "{status}"', 'new_status: {from: "{status}", map: {asleep: occupied, available: available, occupied: occupied, reserved: reserved}}')
MIXED = export(row("bed_1", "occupied"), row("bed_2", "asleep", 1, note="Kari Nordmann"), row("bed_3", "reserved", 5),
               row("bed_4", "dreaming", 6))


def mend(home, adapter=MENDED):
    (name,) = os.listdir(home.adapters)
    with open(os.path.join(home.adapters, name), "w", encoding="utf-8") as file:
        file.write(adapter)


def replay(home, *words, code=0, **env):
    done = subprocess.run([program("bedpost"), "quarantine", "replay", *words, "--config", home.config], capture_output=True, text=True,
                          timeout=60, env={**os.environ, **SANITIZER_ENV, **env}, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Nordmann" not in done.stdout + done.stderr and "asleep" not in done.stdout
    return done


def quarantined(home):
    return home.json("quarantine", "list")["quarantine"]


def test_a_mended_record_becomes_one_event_with_the_time_at_which_it_happened(region, new_home):
    home = new_home()
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    assert len(quarantined(home)) == 2
    mend(home)
    assert "a dry run" in replay(home, "--dry-run", code=1).stdout
    assert len(quarantined(home)) == 2 and home.outbox()["last"] == 2
    replay(home, code=1)  # dreaming is still no status
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 3)
    assert region.beds(home.facility) == {"bed_1": "occupied", "bed_2": "occupied", "bed_3": "reserved"}
    (changed,) = region.sql(f"SELECT to_char(last_updated AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM beds WHERE facility_id = '{home.facility}' AND id = 'bed_2'")
    assert changed[0] == at(1)
    (left,) = quarantined(home)
    assert left["record"] == 4
    (file,) = home.json("files", "mixed.csv")["files"]
    assert (file["events"], file["bad"]) == (3, 1)
    replay(home, code=1)
    assert home.outbox()["last"] == 3, "a second replay made events again"


def test_a_mended_time_zone_does_not_make_the_good_records_again(region, new_home):
    """With another zone each good record has another time, and so another id: only those of quarantine may come."""
    local = ADAPTER.replace("format: rfc3339", 'format: "%Y-%m-%dT%H:%M:%SZ"')
    home = new_home(adapters=[local])
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    mend(home, MENDED.replace("format: rfc3339", 'format: "%Y-%m-%dT%H:%M:%SZ", zone: America/New_York'))
    replay(home, code=1)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 3)


def test_a_rejected_file_is_taken_whole(region, new_home):
    home = new_home()
    home.drop("drift.csv", export(row("bed_1", "occupied"), row("bed_2", "available", 3)).replace("status", "tilstand", 1))
    home.wait_taken_in()
    assert home.json("files", "drift.csv")["files"][0]["state"] == "rejected"
    mend(home, ADAPTER.replace('"{status}"', '"{tilstand}"'))
    replay(home, "drift.csv")
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 2)
    (file,) = home.json("files", "drift.csv")["files"]
    assert (file["state"], file["events"], file["bad"], file["code"]) == ("archived", 2, 0, None)


@pytest.mark.parametrize("point", ["mid_events", "before_commit", "after_commit"])
def test_a_kill_at_any_point_repeats_or_completes(region, new_home, point):
    home = new_home()
    home.drop("mixed.csv", MIXED.replace("dreaming", "asleep"))
    home.wait_shipped()
    mend(home)
    replay(home, code=-9, BEDPOST_KILL_AT=point)
    replay(home)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 4)
    assert quarantined(home) == []
    assert home.cli("outbox", "verify").returncode == 0


def test_an_adapter_that_counts_records_otherwise_changes_nothing(new_home):
    """Without the header's row each record has another number, and the good ones would come again as others."""
    home = new_home()
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    mend(home, MENDED.replace("header: true", f"header: false, columns: [{HEADER.strip()}]"))
    assert "finds 5 records where it found 4" in replay(home, code=1).stdout
    assert home.outbox()["last"] == 2 and len(quarantined(home)) == 2


def test_what_the_archive_has_no_more_is_said(new_home):
    home = new_home()
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    (file,) = home.json("files", "mixed.csv")["files"]
    os.unlink(file["where"])
    assert "not in the archive any more" in replay(home, code=1).stdout
    with open(file["where"], "w", encoding="utf-8") as other:
        other.write("something else")
    assert "another file" in replay(home, code=1).stdout


def test_show_tells_place_class_and_reason_and_no_value(new_home):
    home = new_home()
    home.drop("mixed.csv", MIXED)
    home.wait_shipped()
    first = min(record["id"] for record in quarantined(home))
    told = home.json("quarantine", "show", str(first))
    assert (told["record"], told["line"], told["reason"], told["value_class"]) == (2, 3, "unmapped", "letters")
    assert told["mended"] is None
    text = home.cli("quarantine", "show", "mixed.csv").stdout + home.cli("quarantine", "show", str(first)).stdout
    assert "Nordmann" not in text and "asleep" not in text
    assert home.cli("quarantine", "show", "9999", check=False).returncode == 3
