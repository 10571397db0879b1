"""HL7 v2.1 to v2.9: one stay of a resident in the words of each version, in pipes and in v2.xml, means the same.

What differs between versions and is read: how MSH-9 and MSH-12 are written, which fields EVN has, how much of a location
there is, which segments stand between, the truncation character.
"""
import json
import os
import subprocess

import pytest

from tests.stack.process import SANITIZER_ENV, program

from .v2xml import messages

# version: MSH-2; MSH-9 of a trigger; MSH-12; EVN; a location's form; segments that this version brought
VERSIONS = {
    "2.1": ("^~\\&", "ADT", "2.1", "EVN|{trigger}|{time}", "{ward}^{room}^{bed}", ["DG1|1|X"]),
    "2.2": ("^~\\&", "ADT^{trigger}", "2.2", "EVN|{trigger}|{time}||01", "{ward}^{room}^{bed}^H", ["PR1|1|X"]),
    "2.3": ("^~\\&", "ADT^{trigger}", "2.3", "EVN|{trigger}|{time}|||nurse", "{ward}^{room}^{bed}^H^U^N", ["PD1||||D", "ZBE|1"]),
    "2.3.1": ("^~\\&", "ADT^{trigger}^ADT_{trigger}", "2.3.1^NOR^1.0", "EVN|{trigger}|20260101000000|||nurse|{time}", "{ward}^{room}^{bed}^H&1.2.3&ISO", ["DB1|1"]),
    "2.4": ("^~\\&", "ADT^{trigger}^ADT_{trigger}", "2.4^NOR", "EVN||20260101000000|||nurse^^N|{time}|H", "{ward}^{room}^{bed}^H&1.2.3&ISO^^^B1", ["ROL|1"]),
    "2.5": ("^~\\&", "ADT^{trigger}^ADT_{trigger}", "2.5^NOR&&HL70399^2.10", "EVN||20260101000000|||nurse~other|{time}", "{ward}^{room}^{bed}^H^^N^B1^2^^X^A&1.2&ISO",
            ["SFT|Maker|1|P|B"]),
    "2.5.1": ("^~\\&", "ADT^{trigger}^ADT_{trigger}", "2.5.1", "EVN||20260101000000|||nurse|{time}", "{ward}^{room}^{bed}", ["SFT|Maker|1|P|B"]),
    "2.6": ("^~\\&", "ADT^{trigger}^ADT_{trigger}", "2.6", "EVN||20260101000000|||nurse|{time}", "{ward}^{room}^{bed}^H", ["UAC|SAM|T^^X"]),
    "2.7": ("^~\\&#", "ADT^{trigger}^ADT_{trigger}", "2.7", "EVN||20260101000000|||nurse|{time}.123", "{ward}^{room}^{bed}^H", ["ARV||A|X", "PRT|1|AD||AT"]),
    "2.7.1": ("^~\\&#", "ADT^{trigger}^ADT_{trigger}", "2.7.1", "EVN||20260101000000|||nurse|{time}", "{ward}^{room}^{bed}^H", ["PRT|1|AD||AT"]),
    "2.8": ("^~\\&#", "ADT^{trigger}^ADT_{trigger}", "2.8", "EVN||20260101000000|||nurse|{time}", "{ward}^{room}^{bed}^H", ["PRT|1|AD||AT"]),
    "2.8.2": ("^~\\&#", "ADT^{trigger}^ADT_{trigger}", "2.8.2^^", "EVN||20260101000000|||nurse|{time}", "{ward}^{room}^{bed}^H", ["PRT|1|AD||AT"]),
    "2.9": ("^~\\&#", "ADT^{trigger}^ADT_{trigger}", "2.9", "EVN||20260101000000|||nurse|{time}", "{ward}^{room}^{bed}^H", ["GSP|1|S", "OH1|X", "GSC|1"]),
    "2.9.1": ("^~\\&#", "ADT^{trigger}^ADT_{trigger}", "2.9.1", "EVN||20260101000000|||nurse|{time}", "{ward}^{room}^{bed}^H", ["GSP|1|S"]),
}

# trigger, bed, bed before, pending bed, what comes of it; a visit number stands in all
A, B, C = ("D", "12", "A"), ("D", "12", "B"), ("R", "3", "C")
STAY = [
    ("A05", A, None, None, [("bed_d_12_a", "reserved", "preadmit")]),
    ("A38", A, None, None, [("bed_d_12_a", "available", "reservation_cancelled")]),
    ("A14", A, None, None, [("bed_d_12_a", "reserved", "pending_admit")]),
    ("A01", A, None, None, [("bed_d_12_a", "occupied", "admit")]),
    ("A11", A, None, None, [("bed_d_12_a", "available", "admit_cancelled")]),
    ("A01", A, None, None, [("bed_d_12_a", "occupied", "admit")]),
    ("A08", A, None, None, []),
    ("A15", A, None, B, [("bed_d_12_b", "reserved", "pending_transfer")]),
    ("A26", A, None, B, [("bed_d_12_b", "available", "reservation_cancelled")]),
    ("A02", B, A, None, [("bed_d_12_b", "occupied", "transfer"), ("bed_d_12_a", "available", "transfer")]),
    ("A12", A, B, None, [("bed_d_12_a", "occupied", "transfer_cancelled"), ("bed_d_12_b", "available", "transfer_cancelled")]),
    ("A02", C, A, None, [("bed_r_3_c", "occupied", "transfer"), ("bed_d_12_a", "available", "transfer")]),
    ("A21", C, None, None, [("bed_r_3_c", "reserved", "leave_of_absence")]),
    ("A22", C, None, None, [("bed_r_3_c", "occupied", "return")]),
    ("A53", C, None, None, [("bed_r_3_c", "reserved", "return_cancelled")]),
    ("A52", C, None, None, [("bed_r_3_c", "occupied", "leave_cancelled")]),
    ("A03", None, None, None, [("bed_r_3_c", "available", "discharge")]),
    ("A13", None, None, None, [("bed_r_3_c", "occupied", "discharge_cancelled")]),
    ("A16", C, None, None, []),
    ("A07", None, C, None, [("bed_r_3_c", "available", "discharge")]),
    ("A06", A, None, None, [("bed_d_12_a", "occupied", "admit")]),
    ("A03", A, None, None, [("bed_d_12_a", "available", "discharge")]),
    ("A54", A, None, None, []),
    ("A20", A, "H", None, [("bed_d_12_a", "maintenance", "housekeeping")]),
]


def stay(version, encoding=None):
    delimiters, kind, number, evn, location, extra = VERSIONS[version]
    delimiters = encoding or delimiters
    out = []

    def place(bed):
        return location.format(ward=bed[0], room=bed[1], bed=bed[2]) if bed else ""

    for minute, (trigger, bed, before, pending, _) in enumerate(STAY):
        time = f"202601010{minute // 60}{minute % 60:02}00"
        msh = f"MSH|{delimiters}|EHR|HOME|||20260101000000|" + f"|{kind.format(trigger=trigger)}|M{minute}|P|{number}"
        lines = [msh, evn.format(trigger=trigger, time=time)]
        if trigger == "A20":
            lines.append(f"NPU|{place(bed)}|{before}")
        else:
            fields = ["PV1", "1", "I", place(bed), "", "", place(before), *[""] * 12, "V1", *[""] * 22, place(pending)]
            lines += [extra[0], "PID|1||P^^^H||ZZCANARY^NAME", *extra[1:], "|".join(fields)]
        out.append("\r".join(lines) + "\r")
    return "".join(out)


def read(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    done = subprocess.run([program("bedpost"), "adapter", "try", "--format", "hl7", "--zone", "UTC", "--json", path], capture_output=True, timeout=60,
                          env={**os.environ, **SANITIZER_ENV}, check=False)
    assert b"zzcanary" not in (done.stdout + done.stderr).lower()
    answer = json.loads(done.stdout)
    assert answer["error"] is None and answer["bad"] == [] and answer["warnings"] == [], answer
    return answer


def meaning(answer):
    return [(event["bed_id"], event["new_status"], event["reason"]) for event in answer["events"]]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_stay_means_the_same_in_every_version_in_pipes_and_in_xml(version, tmp_path):
    answer = read(tmp_path, "stay.hl7", stay(version))
    assert meaning(answer) == [each for step in STAY for each in step[4]]
    assert [event["changed_at"] for event in answer["events"]][-1].rstrip("Z")[:19] == f"2026-01-01T00:{len(STAY) - 1:02}:00"
    assert {event["changed_by"] for event in answer["events"]} == ({None} if version in ("2.1", "2.2") else {"user_nurse"})
    assert {event["source"]["time_source"] for event in answer["events"]} == ({"EVN-2"} if version in ("2.1", "2.2", "2.3") else {"EVN-6"})
    xml = "<Batch>" + "".join(message.xml() for message in messages(stay(version, "^~\\&").encode())) + "</Batch>"
    assert meaning(read(tmp_path, "stay.xml", xml)) == meaning(answer)
