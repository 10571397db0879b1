"""Reports: every format opened and compared, exports for other systems, the file whole or not there."""
import csv
import datetime
import io
import json
import os
import re
import resource
import signal
import subprocess
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

import openpyxl
import psycopg2
import pytest
from lxml import etree

from tests.stack.process import TOP, Process, program, run, wait_for
from tests.stack.region import Region

from .played import REPORTS, SECOND, SPAN, call, exact, instant, now
from .played import closed, played, report  # noqa: F401 fixtures
from .wire import rfc3339


@pytest.mark.parametrize("words, says", [
    ("occupancy --bed bed_1", "occupancy takes no --bed; these do: conflicts, audit, facility-history"),
    ("freshness --ward dementia", "freshness takes no --ward; these do: occupancy, availability, turnover, conflicts, alerts, audit,"),
    ("have --bed bed_1", "have takes no --bed"), ("have --from 2026-03-01", "have takes no --from"), ("fhir --month 2026-03", "fhir takes no --month"),
    ("fhir --known-at 2026-03-01T00:00:00Z", "fhir takes no --known-at"),
    ("facility-history --region reg_norge", "facility-history takes no --region")])
def test_what_a_report_has_no_use_for_is_refused_and_it_is_said_who_has(played, words, says):
    refused = run(program("bedpost-report"), *words.split(), "--config", played.config, check=False)
    assert refused.returncode == 2 and says in refused.stderr and refused.stdout == ""


def test_every_format_holds_the_same_numbers(played, report, tmp_folder):
    document = exact(report("occupancy", "json", *SPAN))
    rows = document["tables"][0]["rows"]

    lines = list(csv.DictReader(io.StringIO(report("occupancy", "csv", *SPAN), newline="")))
    assert lines == [{k: v or "" for k, v in r.items()} for r in rows]
    days = list(csv.DictReader(io.StringIO(report("occupancy", "csv", *SPAN, "--table", "days"), newline="")))
    assert [r["day"] for r in days] == [f"2026-03-{d:02}" for d in range(1, 32)]

    schema = etree.XMLSchema(etree.parse(os.path.join(TOP, "reports", "report.xsd")))
    tree = etree.fromstring(report("occupancy", "xml", *SPAN, binary=True))
    schema.assertValid(tree)
    space = {"r": "urn:bedpost:report:1"}
    assert [{e.tag.partition("}")[2]: e.text for e in row} for row in tree.findall("r:table", space)[0].iterfind(
        "r:rows/r:row", space)] == [{k: v for k, v in r.items() if v is not None} for r in rows]

    path = os.path.join(tmp_folder, "o.xlsx")
    report("occupancy", "xlsx", *SPAN, "--out", path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["By home", "Parameters", "By ward and care level", "By day"]
    sheet = book["By home"]
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref == f"A1:M{len(rows) + 1}"
    assert [c.value for c in sheet["A"]][1:-1] == [r["facility_id"] for r in rows]
    for line, row in zip(list(sheet.values)[1:], rows):
        assert line[4] == pytest.approx(float(row["occupancy"]), abs=1e-6)
        assert line[8] * 86400 == pytest.approx(float(row["occupied_s"]), abs=1e-4)
    assert sheet["E2"].number_format == "0.0%"
    assert book["By day"]["A2"].value == datetime.datetime(2026, 3, 1)

    page = report("occupancy", "html", *SPAN)
    assert "<script" not in page and "http" not in page and page.count("<svg") == 2
    tree = etree.HTML(page)
    assert len(tree.xpath("//table")) == 3
    assert len(tree.xpath("//section[1]//tbody/tr")) == len(rows)

    path = os.path.join(tmp_folder, "o.pdf")
    report("occupancy", "pdf", *SPAN, "--out", path)
    text = run("pdftotext", "-layout", path, "-").stdout
    assert "1 Mar 2026 – 31 Mar 2026" in text and "Page 2" in text
    shown = [float(m) for m in re.findall(r"fac_play_\d\s+fac_play_\d\s+[\w/]+\s+([\d.]+)\s%", text)][:len(rows)]
    assert shown == [float(round(Decimal(r["occupancy"]) * 100, 1)) for r in rows]


def test_no_word_of_a_table_on_paper_is_broken(played, report, tmp_folder):
    words = ["--facility", "fac_play_1", "--from", "2026-03-01", "--to", "2026-03-15"]
    rows = exact(report("facility-history", "json", *words))["tables"][0]["rows"]
    path = os.path.join(tmp_folder, "words.pdf")
    report("facility-history", "pdf", *words, "--lang", "nb", "--out", path)
    pages = run("pdftotext", "-raw", path, "-").stdout.split("\f")[:-1]
    text = [word for page in pages for word in page.split()]
    told = Counter(row[key] for row in rows for key in ("held_status", "new_status"))
    assert told["maintenance"] > 10
    assert text.count("Vedlikehold") == told["maintenance"] and text.count("Reservert") == told["reserved"]
    assert text.count("Omsorgsnivå") == len(pages)


UNITS = {"days": 86400, "hours": 3600, "min": 60}


def half_up(value, places):
    return f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):,}"


def as_people_read(column, text):
    """A value of the JSON as the English HTML must show it; None where any text may stand."""
    unit = next((u for word, u in UNITS.items() if re.search(rf"\b{word}\b", column["title"])), 1)
    if text is None:
        return "–"
    return {"count": lambda: half_up(Decimal(text), 0), "duration": lambda: half_up(Decimal(text) / unit, 1),
            "mean": lambda: half_up(Decimal(text), 2), "text": lambda: text}.get(column["type"], lambda: None)()


def as_spreadsheet_holds(column, cell, text, zone):
    """Whether a cell holds a value of the JSON, as a number or a date where it is one."""
    unit = next((u for word, u in UNITS.items() if re.search(rf"\b{word}\b", column["title"])), 1)
    if text is None or cell is None:
        return text is None and cell is None
    if column["type"] in ("count", "duration", "share", "mean"):
        precise = 1e-6 if column["type"] in ("share", "mean") else 1e-9
        return isinstance(cell, (int, float)) and cell * (unit if column["type"] == "duration" else 1) == pytest.approx(
            float(text), rel=1e-9, abs=precise)
    if column["type"] == "date":
        return cell == datetime.datetime.fromisoformat(text)
    if column["type"] == "time":
        local = datetime.datetime.fromtimestamp(instant(text) / SECOND, ZoneInfo(zone)).replace(tzinfo=None)
        return abs(cell - local) < datetime.timedelta(milliseconds=2)
    return isinstance(cell, str)


@pytest.mark.parametrize("name", REPORTS)
def test_csv_spreadsheet_and_page_hold_each_number_of_the_json(closed, played, report, tmp_folder, name):
    """The JSON is what the model gives; here is each cell of each table in the other formats against it."""
    span = ("--from", "2026-03-20", "--to", "2026-04-02") if name in REPORTS[:3] else ()
    words = (*span, "--known-at", rfc3339(played.known_at))
    document = exact(report(name, "json", *words))
    path = os.path.join(tmp_folder, "r.xlsx")
    report(name, "xlsx", *words, "--out", path)
    book, page = openpyxl.load_workbook(path), etree.HTML(report(name, "html", *words))
    cells = 0
    for table in document["tables"]:
        columns, rows = table["columns"], table["rows"]
        lines = list(csv.reader(io.StringIO(report(name, "csv", *words, "--table", table["key"]), newline="")))
        assert lines == [[c["key"] for c in columns], *([r[c["key"]] or "" for c in columns] for r in rows)]
        rows = rows + ([table["totals"]] if table["totals"] else [])
        head, *sheet = book[table["title"]].values
        assert list(head) == [c["title"] for c in columns] and len(sheet) == len(rows)
        section = page.xpath(f"//section[h2/@id='{table['key']}']//tr")
        titles = ["".join(c.itertext()) for c in section[0]]
        shown = [["".join(c.itertext()) for c in tr] for tr in section[1:]]
        assert len(shown) == len(rows)
        cards = page.xpath(f"//section[h2/@id='{table['key']}']//table")[0].get("style")
        assert cards.split(";") == [f"--c{i}:'{title}'" for i, title in enumerate(titles, 1)]
        for row, line, texts in zip(rows, sheet, shown):
            for column, cell in zip(columns, line):
                value = row[column["key"]]
                assert as_spreadsheet_holds(column, cell, value, row.get("zone") or "UTC"), (name, table["key"], column, cell, value)
            people = dict(zip(titles, texts))
            for column in columns:
                wanted = as_people_read(column, row[column["key"]])
                if wanted is not None and column["title"] in people and titles.count(column["title"]) == 1 and row in table["rows"]:
                    assert people[column["title"]] == wanted, (name, table["key"], column, people)
                    cells += 1
    assert cells > 50 or not any(t["rows"] for t in document["tables"])


def test_reports_are_written_in_norwegian_too(played, report):
    page = report("occupancy", "html", *SPAN, "--lang", "nb")
    assert '<html lang="nb">' in page and "<h1>Belegg</h1>" in page and "01.03.2026 – 31.03.2026" in page
    assert re.search(r"\d,\d\u202f%", page)
    english, norwegian = (exact(report("occupancy", "json", *SPAN, "--lang", lang)) for lang in ("en", "nb"))
    assert [t["rows"] for t in english["tables"]] == [t["rows"] for t in norwegian["tables"]]


def test_a_name_cannot_become_a_formula_or_markup(played, report, tmp_folder):
    name = '=HYPERLINK("x") <b>&"'
    played.sql("UPDATE facilities SET name = '" + name + "' WHERE id = 'fac_play_1'")
    try:
        check_name(report, tmp_folder, name)
    finally:
        played.sql("UPDATE facilities SET name = id WHERE id = 'fac_play_1'")


def check_name(report, tmp_folder, name):
    lines = list(csv.DictReader(io.StringIO(report("occupancy", "csv", *SPAN), newline="")))
    assert lines[0]["name"] == "'" + name
    assert etree.fromstring(report("occupancy", "xml", *SPAN, binary=True)).findtext(".//{*}row/{*}name") == name
    assert etree.HTML(report("occupancy", "html", *SPAN)).xpath("string(//tbody/tr[1]/td[2])") == name
    path = os.path.join(tmp_folder, "o.xlsx")
    report("occupancy", "xlsx", *SPAN, "--out", path)
    cell = openpyxl.load_workbook(path)["By home"]["B2"]
    assert cell.value == name and cell.data_type == "s"


def test_a_wrong_question_says_what_is_right(played, tmp_folder):
    for code, says, words in (
            (2, "goes without", ["--facility", "fac_a", "--region", "reg_norge"]), (2, "fac_oslo_nordre", ["--facility", "x"]),
            (4, "2026-10-01", ["--from", "yesterday"]), (4, "2026-10-01", ["--from", "2026-02-29"]),
            (4, "2026-10", ["--month", "2026-13"]), (4, "empty", ["--from", "2026-03-02", "--to", "2026-03-02"]),
            (4, "without from and to", ["--month", "2026-03", "--to", "2026-03-02"]), (2, "known-at", ["--known-at", "now"]),
            (3, "facility list", ["--facility", "fac_nowhere"]), (3, "region list", ["--region", "reg_nowhere"]),
            (2, "--bed", ["--bed", "a b"]), (3, "no table", ["--table", "beds"]), (2, "--lang", ["--lang", "de"]), (2, "--nonsense", ["--nonsense"]),
            (3, "time zone", ["--zone", "Europe/Nowhere"]), (3, "No such file", ["--out", tmp_folder + "/no/x.csv"]),
            (75, "postgresql", ["--database", f"host={tmp_folder} dbname=x"])):
        done = call(played, "occupancy", "csv", *words)
        assert (done.returncode, says in done.stderr.decode()) == (code, True), (words, done)
    assert call(played, "occupancy", "docx").returncode == 2
    assert call(played, "nonsense", "csv").returncode == 2
    done = call(played, "facility-history", "csv")
    assert done.returncode == 4 and b"--facility ID" in done.stderr


def test_a_report_of_nothing_is_a_report(tmp_folder, postgres):
    region = Region(os.path.join(tmp_folder, "region"), postgres).create()
    for name in REPORTS:
        for form in ("csv", "json", "xml", "xlsx", "html", "pdf"):
            done = call(region, name, form)
            assert done.returncode == 0 and done.stdout, (name, form, done)
    assert len(etree.fromstring(call(region, "have", "xml").stdout)) == 0
    check_fhir(json.loads(call(region, "fhir", "json").stdout))
    document = json.loads(call(region, "occupancy", "json").stdout)
    assert document["tables"][0]["rows"] == [] and document["tables"][0]["totals"]["occupancy"] is None


def test_a_report_that_fails_leaves_the_old_file(played, tmp_folder):
    path = os.path.join(tmp_folder, "out", "o.json")
    os.mkdir(os.path.dirname(path))
    with open(path, "w", encoding="utf-8") as file:
        file.write("old")
    words = [program("bedpost-report"), "occupancy", "--config", played.config, "--out", path]
    # a question that waits behind a lock, and a program that is killed there
    blocker = psycopg2.connect(played.postgres.conninfo(played.database))
    blocker.cursor().execute("LOCK TABLE conflicts IN ACCESS EXCLUSIVE MODE")
    done = subprocess.run([*words, "--timeout", "1"], capture_output=True, text=True, check=False)
    assert done.returncode == 75 and "--timeout" in done.stderr
    assert os.listdir(os.path.dirname(path)) == ["o.json"]
    process = Process("report", words, os.path.join(tmp_folder, "report.log")).start()
    wait_for(lambda: played.sql("SELECT 1 FROM pg_stat_activity WHERE application_name = 'bedpost-report' "
                                "AND wait_event_type = 'Lock'"), "the report to wait")
    process.stop(signal.SIGKILL)
    with open(path, encoding="utf-8") as file:
        assert file.read() == "old"
    blocker.rollback()
    assert subprocess.run(words, check=False).returncode == 0
    with open(path, encoding="utf-8") as file:
        assert json.load(file)["report"] == "occupancy"


def test_a_workbook_whose_temporary_files_found_no_room_is_not_one(played, tmp_folder):
    """A workbook is compressed from files that are far larger: those fail first, and the library does not look."""
    path = os.path.join(tmp_folder, "a.xlsx")
    words = [program("bedpost-report"), "audit", "--config", played.config, "--out", path]
    subprocess.run(words, check=True)
    whole = os.path.getsize(path)
    os.remove(path)
    refused = 0
    for room in (whole + 4096, 2 * whole, 3 * whole, 100 * whole):
        done = subprocess.run(words, capture_output=True, text=True, check=False, restore_signals=False,  # SIGXFSZ stays ignored
                              preexec_fn=lambda most=room: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
        if done.returncode == 0:
            assert os.path.getsize(path) == pytest.approx(whole, abs=64) and openpyxl.load_workbook(path)["Audit log"].max_row > 1000
            os.remove(path)
        else:
            assert "File too large" in done.stderr and os.listdir(tmp_folder) == []
            refused += 1
    assert 0 < refused < 4


def counts_by_home(region):
    found = {}
    for facility, ward, care, *counts in region.sql("SELECT facility_id, ward, care_level, total, available, occupied, reserved,"
                                                    " maintenance, unconfirmed FROM facility_availability WHERE total > 0"):
        found.setdefault(facility, {})[ward, care] = [int(c) for c in counts]
    return found


HAVE = "{urn:oasis:names:tc:emergency:EDXL:HAVE:1.0}"


def test_edxl_have_says_what_is_free(played, report):
    """EDXL-HAVE 1.0 section 3.2: elements, their order, the closed lists, and 3.2.4's rules of sub-categories."""
    played.sql("UPDATE facilities SET latitude = 59.9, longitude = 10.75 WHERE id = 'fac_play_1'")
    root = etree.fromstring(report("have", "xml", binary=True))
    assert root.tag == HAVE + "HospitalStatus"
    counts = counts_by_home(played)
    assert [h.findtext(".//{urn:oasis:names:tc:ciq:xnl:3}NameElement") for h in root] == played.played
    for hospital, facility in zip(root, played.played):
        assert [e.tag for e in hospital] == [HAVE + n for n in ("Organization", "HospitalBedCapacityStatus", "LastUpdateTime")]
        assert instant(hospital.findtext(HAVE + "LastUpdateTime")) <= now()
        beds = list(hospital.find(f"{HAVE}HospitalBedCapacityStatus/{HAVE}BedCapacity"))
        assert (beds[0].tag, beds[0].text) == (HAVE + "BedType", "RehabLongTermCare")
        free = sum(c[1] for c in counts[facility].values())
        assert [e.text for e in beds[1]][:1] == ["VacantAvailable" if free else "NotAvailable"]
        told = {}
        for name, capacity in zip(beds[2::2], beds[3::2]):
            assert (name.tag, capacity.tag) == (HAVE + "SubCategoryBedType", HAVE + "Capacity")
            assert [e.tag for e in capacity] == [HAVE + n for n in ("CapacityStatus", "AvailableCount", "BaselineCount")]
            status, available, baseline = (e.text for e in capacity)
            assert status == ("VacantAvailable" if int(available) else "NotAvailable")
            told[tuple(name.text.split(", "))] = (int(available), int(baseline))
        assert told == ({place: (c[1], c[0]) for place, c in counts[facility].items()} if free else {})
    assert root[0].findtext(".//{http://www.opengis.net/gml}pos") == "59.900000 10.750000"
    assert root[1].find(".//{http://www.opengis.net/gml}pos") is None


def check_fhir(value):
    """What R4 asks of any JSON (section 2.6.2): nothing is null, no object, array or text is empty."""
    assert value not in (None, "", [], {}), value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        check_fhir(item)


CODES = {"available": "U", "occupied": "O", "reserved": "reserved"}
MAINTENANCE = {"cleaning": "H", "housekeeping": "H", "isolation": "I", "contaminated": "K"}


def test_fhir_r4_tells_of_every_bed(played, report):
    """Location (8.7), MeasureReport (13.16), Bundle (2.36) of FHIR 4.0.1: required elements, codes, references."""
    bundle = json.loads(report("fhir", "json"))
    check_fhir(bundle)
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    entries = {e["fullUrl"]: e["resource"] for e in bundle["entry"]}
    assert len(entries) == len(bundle["entry"])
    assert all(re.fullmatch("urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", u) for u in entries)
    locations = {}
    for resource in entries.values():
        if resource["resourceType"] == "Location":
            assert (resource["status"], resource["mode"]) == ("active", "instance")
            kind = resource["physicalType"]["coding"][0]["code"]
            parent = {"si": None, "wa": "si", "bd": "wa"}[kind]
            assert (entries[resource["partOf"]["reference"]]["physicalType"]["coding"][0]["code"]
                    if "partOf" in resource else None) == parent
            locations[kind, resource["identifier"][0]["value"]] = resource
    beds = played.sql("SELECT b.facility_id, b.id, b.ward, b.care_level, b.status, b.unconfirmed, (SELECT reason FROM bed_audit_log"
                      " a WHERE a.facility_id = b.facility_id AND a.bed_id = b.id AND a.in_history AND changed_at = last_updated"
                      " ORDER BY n DESC LIMIT 1) FROM beds b")
    assert {name for kind, name in locations if kind == "bd"} == {f"{b[0]}/{b[1]}" for b in beds}
    for facility, bed, ward, care, status, unconfirmed, reason in beds:
        resource = locations["bd", f"{facility}/{bed}"]
        assert entries[resource["partOf"]["reference"]]["identifier"][0]["value"] == f"{facility}/{ward}"
        assert resource["extension"] == [{"url": "urn:bedpost:care-level", "valueCode": care}]
        if unconfirmed == "t":
            assert "operationalStatus" not in resource
            continue
        code = resource["operationalStatus"]
        assert code["code"] == (CODES.get(status) or MAINTENANCE.get(reason, "C"))
        assert code["system"] == ("urn:bedpost:bed-status" if status == "reserved"
                                  else "http://terminology.hl7.org/CodeSystem/v2-0116")
    counts = counts_by_home(played)
    measures = [r for r in entries.values() if r["resourceType"] == "MeasureReport"]
    assert len(measures) == len(played.played)
    for measure in measures:
        assert (measure["status"], measure["type"]) == ("complete", "summary")
        assert measure["measure"] and instant(measure["period"]["start"]) <= instant(measure["period"]["end"])
        home = entries[measure["subject"]["reference"]]["identifier"][0]["value"]
        assert {tuple(g["code"]["text"].split(", ")): [p["count"] for p in g["population"]] for g in measure["group"]} == counts[home]
        assert [p["code"]["coding"][0]["code"] for p in measure["group"][0]["population"]] == [
            "total", "available", "occupied", "reserved", "maintenance", "unconfirmed"]


@pytest.mark.skipif(not os.path.isdir(os.path.join(TOP, "tests/fhir/node_modules/fhir")), reason="no npm package fhir (./dev check)")
def test_fhir_r4_holds_to_hl7s_structure_definitions(played, report):
    bundle = report("fhir", "json")

    def wrong(text):
        done = subprocess.run(["node", os.path.join(TOP, "tests/fhir/validate.js")], input=text, capture_output=True, text=True, check=True)
        return json.loads(done.stdout)

    assert wrong(bundle) == []
    assert wrong(bundle.replace('"mode":"instance"', '"mode":"instants"', 1)) and wrong(bundle.replace('"partOf"', '"partof"', 1))


def test_an_export_has_its_own_format_and_tells_what_is(played):
    for name, form in (("have", "json"), ("have", "pdf"), ("fhir", "xml")):
        assert call(played, name, form).returncode == 2
    done = call(played, "have", "xml", "--known-at", "2026-03-01T00:00:00Z")
    assert done.returncode == 2 and b"known-at" in done.stderr
    assert call(played, "fhir", "json", "--facility", "fac_play_2").stdout.count(b'"MeasureReport"') == 1
