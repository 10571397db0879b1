"""No patient is stored: unmistakable people in every field and every file's name never leave drop folder and archive."""
import json
import os
import re
import socket
import zipfile

import pytest

from tests.stack.board import Board, give_pin
from tests.stack.home import Home
from tests.stack.process import TOP, program, run, wait_for

from .exports import ADAPTER, HEADER, row

NAME, NUMBER, STREET = "XCANARYX", "31129956715", "Xcanarygata"
CANARIES = (NAME.lower().encode(), NUMBER.encode(), STREET.lower().encode())
PERSON = f"{NAME} {NUMBER} {STREET} 7"

HL7_ADAPTER = 'adapter: adt\nformat: hl7\nmatch: "*.hl7"\nack: [json, hl7]\n'
FHIR_ADAPTER = os.path.join(TOP, "samples", "xml-fhir", "fhir-beds.yaml")
XML_ADAPTER = """\
adapter: beds-xml
format: xml
match: ["beds-*.xml", "X*.xml"]
ack: json
xml: {record: "/beds/bed"}
event:
  bed_id: "bed_{@no}"
  ward: "{ward}"
  new_status: "{status}"
  changed_at: "{at}"
"""

HL7 = "\r".join([
    r"MSH|^~\&|EHR|HOME|||20260420091422+0200||ADT^A01^ADT_A01|M1|P|2.5",
    f"EVN|A01|20260420091422+0200|||nurse1^{NAME}",
    f"PID|1|{NUMBER}^^^MRN|{NUMBER}||{NAME}^KARI||19400101|F|||{STREET} 1^^OSLO||+47{NUMBER}|||||{NUMBER}",
    f"NK1|1|{NAME}^OLA|SPO|{STREET}",
    f"PV1|1|I|A^12^1||||D1^{NAME}|||MED||||||||I|{NUMBER}9^^^VISIT",
    f"DG1|1||F03^{NAME}", f"AL1|1||{NAME}", f"ZPI|{PERSON}", ""])
HL7_BAD = HL7.replace("|M1|", f"|{NUMBER}|").replace("|EHR|HOME|||", f"|{NAME}|{NAME}|{STREET}|{NAME}|", 1).replace("20260420091422+0200|||nurse1", f"{NAME}|||nurse1")
XML = f"""<beds><!-- {PERSON} --><bed no="77" patient="{PERSON}"><ward>a</ward><name>{PERSON}</name>
<status>occupied</status><at>2026-04-20T09:14:22Z</at></bed>
<bed no="78"><ward>a</ward><status>{PERSON}</status><at>2026-04-20T09:14:22Z</at></bed></beds>"""
HL7_XML = f"""<ADT_A01 xmlns="urn:hl7-org:v2xml"><!-- {PERSON} --><MSH><MSH.1>|</MSH.1><MSH.2>^~\\&amp;</MSH.2><MSH.3><HD.1>EHR</HD.1></MSH.3>
<MSH.7><TS.1>20260420091422+0200</TS.1></MSH.7><MSH.9><MSG.1>ADT</MSG.1><MSG.2>A01</MSG.2></MSH.9><MSH.10>M3</MSH.10>
<MSH.11><PT.1>P</PT.1></MSH.11><MSH.12><VID.1>2.5</VID.1></MSH.12></MSH><EVN><EVN.2><TS.1>20260420091422+0200</TS.1></EVN.2></EVN>
<PID><PID.3><CX.1>{NUMBER}</CX.1></PID.3><PID.5><XPN.1><FN.1>{NAME}</FN.1></XPN.1></PID.5><PID.11><XAD.1>{STREET}</XAD.1></PID.11></PID>
<PV1><PV1.2>I</PV1.2><PV1.3><PL.1>A</PL.1><PL.2>13</PL.2><PL.3>1</PL.3></PV1.3><PV1.19><CX.1>{NUMBER}8</CX.1></PV1.19></PV1></ADT_A01>"""
FHIR = f"""<Bundle xmlns="http://hl7.org/fhir"><type value="collection"/>
<entry><resource><Location><id value="f1"/><meta><lastUpdated value="2026-04-20T09:14:22Z"/></meta><contained><Patient><id value="p"/>
<identifier><value value="{NUMBER}"/></identifier><name><family value="{NAME}"/></name></Patient></contained>
<operationalStatus><code value="O"/><display value="{PERSON}"/></operationalStatus><name value="{PERSON}"/>
<physicalType><coding><code value="bd"/></coding></physicalType></Location></resource></entry>
<entry><resource><Location><id value="f2"/><meta><lastUpdated value="2026-04-20T09:14:22Z"/></meta>
<operationalStatus><code value="{PERSON}"/></operationalStatus><physicalType><coding><code value="bd"/></coding></physicalType></Location></resource></entry>
<entry><resource><Encounter><id value="e1"/><text><div xmlns="http://www.w3.org/1999/xhtml">{PERSON}</div></text><status value="in-progress"/>
<class><code value="IMP"/></class><subject><reference value="Patient/{NUMBER}"/><display value="{NAME}"/></subject><location><location><reference
value="Location/f3"/><display value="{PERSON}"/></location><status value="active"/><physicalType><coding><code value="bd"/></coding></physicalType>
<period><start value="2026-04-20T09:14:22Z"/></period></location></Encounter></resource></entry></Bundle>"""
REPORTS = ("occupancy", "availability", "turnover", "freshness", "conflicts", "alerts", "audit")


@pytest.fixture
def region(two_roads):
    return two_roads


def drop_people(home):
    """Every format, good and bad, under names that are people's; and what is no file at all."""
    good = row("bed_1", "occupied", note=PERSON)
    bad = row("bed_2", PERSON) + row("bed_3", "occupied").replace("2026-04-20", PERSON) + f"bed_4,{PERSON}\n"
    home.drop(f"{PERSON}.csv", HEADER + good * 3 + row("bed_5", "reserved") * 6 + bad)
    home.drop(f"{NAME}_{NUMBER}.hl7", HL7)
    home.drop(f"{NUMBER}.hl7", HL7_BAD)
    home.drop(f"beds-{NAME}.xml", XML)
    home.drop(f"{STREET}.xml", XML.replace("</beds>", f"<{NAME}>"))
    home.drop(f"{NAME}_v2.hl7", HL7_XML)
    home.drop(f"fhir-{NAME}.xml", FHIR)
    home.drop(f"{NAME}-broken.csv", f"{PERSON};{PERSON}\n{PERSON};1\n")
    home.drop(f"{NAME}-again.csv", HEADER + good * 3 + row("bed_5", "reserved") * 6 + bad)
    folder = home.drop_folder
    os.symlink("/nowhere", os.path.join(folder, f"{NAME}-link.csv"))
    os.mkfifo(os.path.join(folder, f"{NAME}-pipe.csv"))
    os.mkdir(os.path.join(folder, f"{PERSON}.d"))
    with socket.socket(socket.AF_UNIX) as pipe:
        os.chdir(folder)
        pipe.bind(f"{NAME}.sock")
    home.drop(f"{NAME}.doc", PERSON)


def wait_done(home):
    """Until only what cannot be taken stands in the folder, reported, and the queue is empty."""
    def done():
        listed = home.cli("files", "--json", check=False).stdout
        states = [f["state"] for f in json.loads(listed)["files"]] if listed else []
        return states.count("refused") == 3 and states.count("unmatched") == 1 and len(home.waiting()) == 5

    wait_for(done, "the files to be taken in", 60, 0.1)
    wait_for(lambda: home.outbox()["queued"] == 0, "the queue to drain", 60, 0.05)


def write_reports(region, folder):
    for name in REPORTS:
        for form in ("json", "xlsx", "pdf") if name != "audit" else ("json", "xlsx", "csv", "xml", "html", "pdf"):
            run(program("bedpost-report"), name, "--format", form, "--out", os.path.join(folder, f"{name}.{form}"),
                "--config", region.config)


@pytest.mark.parametrize("road", ["https", "sftp"])
def test_a_person_in_any_field_or_file_name_reaches_no_byte_that_is_kept_sent_or_shown(region, sftp, tmp_folder, road):
    home = Home(region, "fac_home_1", [ADAPTER + "ack: json\n", HL7_ADAPTER, XML_ADAPTER, FHIR_ADAPTER],
                settings=Board.settings({"log_level": "debug", "transports": f"[{road}]"}))
    give_pin(home, "kari", "402951")
    home.start()
    os.chmod(home.drop_folder, 0o755)
    here = os.getcwd()
    try:
        drop_people(home)
    finally:
        os.chdir(here)
    wait_done(home)
    assert set(region.beds(home.facility)) == {"bed_1", "bed_5", "bed_77", "bed_a_12_1", "bed_a_13_1", "bed_f1", "bed_f3"}
    shown = [home.cli(*words, check=False).stdout for words in (
        ("quarantine", "list"), ("quarantine", "list", "--json"), ("files",), ("files", "--json"), ("outbox", "list"),
        ("status",), ("bed", "list"), ("outbox", "verify"), ("outbox", "export", "--all"), ("doctor",), ("explain", "bed_a_12_1"),
        ("explain", "bed_77", "--json"), ("archive", "list"))]
    shown += what_tools_say(home, tmp_folder) + what_the_board_shows(home)
    shown += [region.request("GET", path).body for path in (
        "/api/availability", f"/api/facilities/{home.facility}/beds", "/api/alerts", "/metrics")]
    shown.append(run("pg_dump", "-d", region.postgres.conninfo(region.database)).stdout)
    for text in shown:
        assert not hits(text if isinstance(text, bytes) else text.encode())
    assert "bed_1" in shown[-1], "the test's own search has something to look at"
    assert_cannot_dump_core(home)
    reports = os.path.join(tmp_folder, "reports")
    os.mkdir(reports)
    write_reports(region, reports)
    region.redis.cli("save")
    run("psql", "-d", region.postgres.conninfo(region.database), "-c", "CHECKPOINT")
    assert files_with_a_person(tmp_folder, skip=("archive", "rejected", "drop")) == []
    wait_for(lambda: len(os.listdir(os.path.join(home.state, "ack"))) >= 7, "the result files")
    assert not hits("\n".join(os.listdir(os.path.join(home.state, "ack"))).encode()), "result files"
    assert files_with_a_person(region.postgres.folder, skip=()) == []
    for kept in ("archive", "rejected"):
        names = os.listdir(os.path.join(home.state, kept))
        assert names and not hits("\n".join(names).encode()), "names in archive and rejected files"
    for name in os.listdir(os.path.join(home.state, "rejected")):
        if name.endswith(".reason.json"):
            with open(os.path.join(home.state, "rejected", name), "rb") as file:
                assert not hits(file.read())
    assert files_with_a_person(os.path.join(home.state, "archive"), skip=()), "the test's own search finds nothing"


def what_tools_say(home, folder):
    """The ledger's numbers explained, and what an adapter's author is shown of an export."""
    ids = [str(f["id"]) for f in home.json("files")["files"] if f["id"]]
    said = [home.cli("explain", "--file", one, *json_or_not, check=False).stdout for one in ids for json_or_not in ((), ("--json",))]
    assert any("bed_77" in text for text in said)
    for name, content in (("a.csv", HEADER + row("bed_1", "occupied", note=PERSON) + row("bed_2", PERSON)), ("a.hl7", HL7 + HL7_BAD),
                          ("beds-a.xml", XML), ("fhir-a.xml", FHIR)):
        path = os.path.join(folder, "tools", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        for words in (("try", path), ("try", path, "--json")):
            done = home.cli("adapter", *words, check=False)
            said += [done.stdout, done.stderr]
        assert "bed_" in said[-2], f"adapter try {name}"
        os.remove(path)
    return said


def what_the_board_shows(home):
    board = Board(home)
    board.log_in("kari", "402951")
    assert board.set("bed_77", "occupied", "reserved").status == 200
    said = [board.ask("GET", path).raw for path in ("/", "/api/board", "/api/board/beds/bed_77")]
    assert b"bed_77" in said[1]
    wait_for(lambda: home.outbox()["queued"] == 0, "the board's change to be sent", 60, 0.05)
    return said


def assert_cannot_dump_core(home):
    """The limit; a program in core_pattern is kept out by prctl, which root cannot see from outside."""
    with open(f"/proc/{home.watcher.child.pid}/limits", encoding="ascii") as file:
        assert re.search(r"Max core file size +0 +0 ", file.read())


def hits(data):
    return any(canary in data.lower() for canary in CANARIES)


def contents(path):
    """The bytes of a file; of a zip archive, what is in it; of a PDF, its text too."""
    if path.endswith(".pdf"):
        text = run("pdftotext", path, "-").stdout
        assert text.strip(), path
        with open(path, "rb") as file:
            return text.encode() + file.read()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    with open(path, "rb") as file:
        return file.read()


def kept(path):
    """The contents; nothing of a file that a server or daemon has meanwhile removed, or given its whole name."""
    try:
        return contents(path)
    except FileNotFoundError:
        return b""


def files_with_a_person(folder, skip):
    """Files that hold one of them, or are named after one."""
    found = []
    for path, folders, names in os.walk(folder):
        folders[:] = [f for f in folders if f not in skip]
        for name in [*names, *folders]:
            full = os.path.join(path, name)
            if hits(os.fsencode(name)) or (os.path.isfile(full) and hits(kept(full))):
                found.append(full)
    return found
