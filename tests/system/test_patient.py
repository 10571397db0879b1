"""No patient is stored: unmistakable names in every column never come out of the drop folder and the archive."""
import os

from tests.stack.process import run

from .exports import ADAPTER, HEADER, row

CANARY = "XCANARYX"
HL7_ADAPTER = 'adapter: adt\nformat: hl7\nmatch: "*.hl7"\n'
XML_ADAPTER = """\
adapter: beds-xml
format: xml
match: "*.xml"
xml: {record: "/beds/bed"}
event:
  bed_id: "bed_{@no}"
  ward: "{ward}"
  new_status: "{status}"
  changed_at: "{at}"
"""

HL7 = "\r".join([
    r"MSH|^~\&|EHR|HOME|||20260420091422+0200||ADT^A01^ADT_A01|M1|P|2.5",
    f"EVN|A01|20260420091422+0200|||nurse1^{CANARY}",
    f"PID|1|{CANARY}1^^^MRN|{CANARY}2||{CANARY}^KARI||19400101|F|||{CANARY} gate 1^^OSLO||+47{CANARY}|||||{CANARY}3",
    f"NK1|1|{CANARY}^OLA|SPO|{CANARY}",
    f"PV1|1|I|A^12^1||||D1^{CANARY}|||MED||||||||I|{CANARY}9^^^VISIT",
    f"DG1|1||F03^{CANARY}", f"AL1|1||{CANARY}", f"ZPI|{CANARY}", ""])
HL7_BAD = HL7.replace("|M1|", "|M2|").replace("20260420091422+0200|||nurse1", f"{CANARY}|||nurse1")
XML = f"""<beds><!-- {CANARY} --><bed no="77" patient="{CANARY}"><ward>a</ward><name>{CANARY}</name>
<status>occupied</status><at>2026-04-20T09:14:22Z</at></bed>
<bed no="78"><ward>a</ward><status>{CANARY}</status><at>2026-04-20T09:14:22Z</at></bed></beds>"""


def test_a_patient_in_any_field_reaches_no_byte_that_is_kept_or_sent(region, new_home):
    home = new_home(adapters=[ADAPTER, HL7_ADAPTER, XML_ADAPTER], settings={"log_level": "debug"})
    good = row("bed_1", "occupied", note=CANARY)
    bad = row("bed_2", CANARY) + row("bed_3", "occupied").replace("2026-04-20", CANARY) + f"bed_4,{CANARY}\n"
    home.drop("beds.csv", HEADER + good * 3 + row("bed_5", "reserved") * 6 + bad)
    home.drop("adt.hl7", HL7)
    home.drop("adt-bad.hl7", HL7_BAD)
    home.drop("beds.xml", XML)
    home.drop("broken.xml", XML.replace("</beds>", f"<{CANARY}>"))
    home.drop("broken.csv", f"{CANARY};{CANARY}\n{CANARY};1\n")
    home.wait_shipped()
    shown = home.cli("quarantine", "list").stdout + home.cli("files").stdout + home.cli("outbox", "list").stdout
    assert set(region.beds(home.facility)) == {"bed_1", "bed_5", "bed_77", "bed_a_12_1"}
    assert CANARY.lower() not in shown.lower()
    dump = run("pg_dump", "-d", region.postgres.conninfo(region.database)).stdout
    assert "bed_1" in dump and CANARY.lower() not in dump.lower()
    for key in region.redis.cli("--scan").split():
        kind = region.redis.cli("type", key)
        assert CANARY not in (region.redis.cli("get", key) if kind == "string" else region.redis.cli("smembers", key))
    assert files_with_canary(home.folder, skip=("archive", "rejected", "drop")) == []
    assert files_with_canary(region.folder, skip=(home.facility,)) == []
    assert files_with_canary(os.path.join(home.state, "archive"), skip=()), "the test's own search finds nothing"


def files_with_canary(folder, skip):
    found = []
    for path, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if f not in skip]
        for name in names:
            full = os.path.join(path, name)
            if os.path.isfile(full):
                with open(full, "rb") as file:
                    if CANARY.lower().encode() in file.read().lower():
                        found.append(full)
    return found
