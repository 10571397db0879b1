"""`bedpost quarantine replay` of HL7 and XML: what the memory of visits knew, and whole documents, are read again and doubled by nothing."""

import pytest

from .invariants import nothing_lost_nothing_doubled
from .test_replay import mend, quarantined, replay

HL7 = """\
adapter: adt
format: hl7
match: "*.hl7"
zone: UTC
"""
HL7_MENDED = HL7 + 'event:\n  changed_at: {from: ["{EVN-6}", "{EVN-2}"], format: [hl7, "%d.%m.%Y %H:%M"]}\n'


def adt(number, trigger, time, bed="", visit="77"):
    return (f"MSH|^~\\&|EHR|HOME|||20260420080000||ADT^{trigger}|M{number}|P|2.5\rEVN|{trigger}|{time}\r"
            f"PID|1||P||NORDMANN^KARI\rPV1|1|I|{bed}||||||||||||||||{visit}\r")


@pytest.mark.parametrize("point", [None, "mid_events", "before_commit", "after_commit"])
def test_a_discharge_without_a_bed_finds_it_when_it_is_replayed(region, new_home, point):
    """Its time could not be read. Meanwhile the file's other messages counted; they do not come again."""
    home = new_home(adapters=[HL7])
    home.drop("a.hl7", adt(1, "A01", "20260420080000", "D^12^A"))
    home.wait_shipped()
    home.drop("b.hl7", adt(2, "A01", "20260420080500", "D^12^B", "78") + adt(3, "A03", "20.04.2026 09:00"))
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_d_12_a": "occupied", "bed_d_12_b": "occupied"}
    (bad,) = quarantined(home)
    assert (bad["reason"], bad["record"]) == ("bad_time", 2)
    mend(home, HL7_MENDED)
    if point:
        replay(home, code=-9, BEDPOST_KILL_AT=point)
    replay(home)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 3)
    assert region.beds(home.facility) == {"bed_d_12_a": "available", "bed_d_12_b": "occupied"}
    assert quarantined(home) == []
    replay(home)
    assert home.outbox()["last"] == 3
    # and the visit is over: its bed is another's, and a second discharge of the first says nothing of it
    home.drop("c.hl7", adt(4, "A01", "20260420100000", "D^12^A", "79"))
    home.wait_shipped()
    home.drop("d.hl7", adt(5, "A03", "20260420100500"))
    home.wait_shipped()
    assert region.beds(home.facility)["bed_d_12_a"] == "occupied"
    nothing_lost_nothing_doubled(region, home, 4)


XML = """\
adapter: beds
format: xml
match: "*.xml"
xml: {record: "%s"}
event:
  bed_id: "bed_{@id}"
  new_status: {from: "{State}", map: {F: available, O: occupied%s}}
  changed_at: "{Since}"
"""


def beds(*states):
    return "<Export><Beds>" + "".join(
        f'<Bed id="{n}"><State>{state}</State><Since>2026-04-20T0{n}:00:00Z</Since><Name>Nordmann</Name></Bed>'
        for n, state in enumerate(states, 1)) + "</Beds></Export>"


def test_an_xml_file_that_was_rejected_is_taken_whole_once_its_records_are_found(region, new_home):
    home = new_home(adapters=[XML % ("/Export/Room", "")])
    home.drop("beds.xml", beds("F", "O", "O"))
    home.wait_taken_in()
    assert home.json("files", "beds.xml")["files"][0]["state"] == "rejected" and home.outbox()["last"] == 0
    mend(home, XML % ("/Export/Beds/Bed", ""))
    assert "dry run" in replay(home, "--dry-run", "beds.xml").stdout
    assert home.outbox()["last"] == 0
    replay(home, "beds.xml")
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 3)
    assert region.beds(home.facility) == {"bed_1": "available", "bed_2": "occupied", "bed_3": "occupied"}
    replay(home)
    assert home.outbox()["last"] == 3


def test_an_xml_record_of_quarantine_comes_once_and_the_good_ones_not_again(region, new_home):
    home = new_home(adapters=[XML % ("//Bed", "")])
    home.drop("beds.xml", beds("F", "X", "O"))
    home.wait_shipped()
    assert [row["reason"] for row in quarantined(home)] == ["unmapped"] and home.outbox()["last"] == 2
    # the mended adapter would read the good ones otherwise, too
    mend(home, (XML % ("//Bed", ", X: reserved")).replace("F: available", "F: maintenance"))
    replay(home)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 3)
    assert region.beds(home.facility) == {"bed_1": "available", "bed_2": "reserved", "bed_3": "occupied"}


def test_the_same_bytes_dropped_again_after_mending_are_known_and_replay_is_the_way(region, new_home):
    home = new_home(adapters=[XML % ("//Bed", "")])
    home.drop("beds.xml", beds("F", "X"))
    home.wait_shipped()
    mend(home, XML % ("//Bed", ", X: reserved"))
    home.watcher.stop()
    home.watcher.start()
    home.drop("again.xml", beds("F", "X"))
    home.wait_taken_in()
    assert "duplicate" in home.cli("files", "again.xml").stdout and home.outbox()["last"] == 1
    replay(home)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 2)
