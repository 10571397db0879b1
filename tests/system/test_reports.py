"""Reports: their numbers against an independent computation, every format opened, the file whole or not there."""
import csv
import datetime
import io
import json
import os
import random
import re
import resource
import signal
import subprocess
import time
from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import openpyxl
import psycopg2
import pytest
from lxml import etree

from tests.model.merge_model import STATUSES
from tests.model.report_model import MICROS, USES, ReportModel, as_text, conflicts, day_begins, freshness
from tests.stack.process import TOP, Process, program, remove, run, short_folder, wait_for
from tests.stack.region import Region

from .wire import Wire, event_id, rfc3339

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
# Clocks change on 29 March in Oslo and on 8 March in New York: days of 23 hours; on 25 October one of 25.
SPRING = datetime.date(2026, 3, 1)
REASONS = ("admit", "discharge", "transfer", "leave_of_absence", "return", "pending_admit", "manual", None,
           "admit_cancelled", "discharge_cancelled", "transfer_cancelled", "leave_cancelled", "reservation_cancelled")
REPORTS = ("occupancy", "availability", "turnover", "freshness", "conflicts", "alerts", "audit")  # of any number of homes
ZONES = ("Europe/Oslo", "America/New_York", "Asia/Kathmandu")


def now():
    return time.time_ns() // 1000


def micros(day):
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.timezone.utc).timestamp()) * SECOND


class Played:
    """One home's random history in the spring, sent through the daemon: late events, conflicts, cancels, repeats."""

    def __init__(self, region, seed, policy):
        self.random, self.facility = random.Random(seed), f"fac_play_{seed}"
        self.wire = Wire(region, self.facility)
        region.admin("facility", "set", self.facility, "--conflict-policy", policy)
        region.sql(f"UPDATE facilities SET timezone = '{ZONES[seed % 3]}' WHERE id = '{self.facility}'")
        self.clock = micros(SPRING) - 20 * DAY
        self.view = {}

    def event(self):
        bed = f"bed_{self.random.randint(1, 30)}"
        new = self.random.choice(STATUSES)
        self.clock += self.random.choice((0, 1, HOUR // 7, 3 * HOUR)) * self.random.randint(0, 6)
        at = self.clock
        if self.random.random() < 0.1:
            at -= self.random.randint(1, 3 * DAY)
        previous = self.view.get(bed) if self.random.random() < 0.4 else None
        if self.random.random() < 0.08:
            previous = self.random.choice(STATUSES)  # what may not fit
        self.view[bed] = new
        return json.dumps({
            "event_id": event_id(self.random, at), "facility_id": self.facility, "bed_id": bed,
            "ward": self.random.choice(("dementia", "somatic", None)), "care_level": self.random.choice(("light", None)),
            "previous_status": previous, "new_status": new, "changed_by": "user_play", "changed_at": rfc3339(at),
            "reason": self.random.choice(REASONS), "patient_ref": None, "source": {
                "adapter": "ehr", "file": None, "record": 1, "ordinal": 0, "time_source": None}}, separators=(",", ":"))

    def play(self, events):
        self.wire.send([self.event() for _ in range(events)])

    def settle_some(self, region):
        token = region.token("FACILITY_MANAGER", self.facility)
        for conflict in region.get("/api/conflicts", token=token).json()["conflicts"][::2]:
            answer = region.request("POST", f"/api/conflicts/{conflict['id']}/resolve", token,
                                    json.dumps({"status": self.random.choice(STATUSES), "reason": "other"}),
                                    {"Content-Type": "application/json"})
            assert answer.status == 200, answer.body


def call(region, name, form, *words):
    return subprocess.run([program("bedpost-report"), name, "--format", form, *words, "--config", region.config],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False)


@pytest.fixture(scope="module")
def played(postgres):
    """Three homes in three zones, two thirds of their history before `known_at`; tests leave it as it was."""
    folder = short_folder("bedpost-t-")
    region = Region(os.path.join(folder, "region"), postgres).create().start()
    play(region)
    yield region
    region.stop()
    remove(folder)


@pytest.fixture
def report(played, same_day):
    """report(name, format, …) of the played homes, as text or bytes."""
    def made(name, form, *words, binary=False):
        done = call(played, name, form, *words)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout if binary else done.stdout.decode()
    return made


def play(region):
    homes = [Played(region, seed, policy) for seed, policy in ((1, "hold"), (2, "latest_wins"), (3, "hold"))]
    for home in homes:
        for _ in range(4):
            home.play(60)
    wait_for(lambda: all(region.get(f"/api/facilities/{h.facility}", token=region.token(
        "FACILITY_MANAGER", h.facility)).status == 200 for h in homes), "the API to know the homes")
    homes[0].settle_some(region)
    region.known_at = now()
    for home in homes:
        home.play(60)
        home.play(60)
    homes[0].settle_some(region)
    homes[2].settle_some(region)
    for home in homes:
        home.wire.close()
    region.played = [h.facility for h in homes]


def seconds(text):
    """Seconds of the JSON as whole microseconds."""
    value = Decimal(text) * SECOND
    assert value == value.to_integral_value()
    return int(value)


def exact(text):
    """JSON with its numbers as they were written."""
    return json.loads(text, parse_float=str, parse_int=str)


def measures(row):
    cells = {k: row[k] for k in ("occupancy", "availability", "mean_beds")}
    cells.update({k: seconds(row[k]) for k in ("in_service_s", *(f"{use}_s" for use in USES))})
    return cells


def told(document):
    """A report's JSON in the model's shape."""
    tables = {t["key"]: t for t in document["tables"]}
    return {
        "facilities": {r["facility_id"]: measures(r) for r in tables["facilities"]["rows"]},
        "wards": {(r["facility_id"], r["ward"], r["care_level"]): measures(r) for r in tables["wards"]["rows"]},
        "days": {r["day"]: measures(r) for r in tables["days"]["rows"]},
        "totals": measures(tables["facilities"]["totals"]),
    }


def instant(text):
    """Microseconds of an RFC 3339 time."""
    whole, _, rest = text.rstrip("Z").partition(".")
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * SECOND + int((rest or "0").ljust(6, "0"))


def check_occupancy(region, report, first, days, words, known_at):
    """Gives the model."""
    to = first + datetime.timedelta(days=days)
    document = exact(report("occupancy", "json", "--from", str(first), "--to", str(to), *words))
    model = modelled(region, document, first, days, known_at)
    assert told(document) == model.occupancy(), (first, words)
    return model


def test_occupancy_is_what_the_raw_audit_log_gives(played, report):
    cursor = psycopg2.connect(played.postgres.conninfo(played.database)).cursor()
    outcomes = dict(played.sql("SELECT outcome, count(*) FROM bed_audit_log GROUP BY 1"))
    assert all(int(outcomes[o]) > 10 for o in ("applied", "converged", "late", "conflict")), outcomes
    asked = [(SPRING, 45, []), (SPRING, 45, ["--known-at", rfc3339(played.known_at)]),
             (datetime.date(2026, 3, 29), 1, []), (datetime.date(2026, 3, 8), 1, []),
             (datetime.date(2026, 10, 20), 10, [])]
    different, voided = [], 0
    for first, days, words in asked:
        model = check_occupancy(played, report, first, days, words, played.known_at if words else None)
        different.append(model.occupancy()["totals"])
        voided += sum(r["status"] != read for _, beds in model.homes.values() for b in beds.values()
                      for r, read in zip(b.rows, b.reads))
        if not words:
            to = first + datetime.timedelta(days=days)
            for facility in played.played:
                alone = exact(report("occupancy", "json", "--facility", facility, "--from", str(first), "--to", str(to)))
                model = ReportModel(cursor, [facility], first, days, instant(alone["generated_at"]))
                assert told(alone) == model.occupancy(), (facility, first)
    assert different[0] != different[1], "what was learnt after known_at made no difference"
    assert voided > 30
    assert min(different[0][f"{use}_s"] for use in USES) > 40 * DAY


@pytest.mark.parametrize("name", ["occupancy", "availability", "turnover"])
def test_a_report_of_one_ward_has_its_rows_and_sums_them(played, report, name):
    words = ("--from", str(SPRING), "--to", str(SPRING + datetime.timedelta(days=10)))

    def tables(*more):
        return {t["key"]: t for t in exact(report(name, "json", *words, *more))["tables"]}
    whole = tables()["wards"]["rows"]
    wards = {row["ward"] for row in whole}
    assert len(wards) > 1
    for ward in wards:
        one, own = tables("--ward", ward), [row for row in whole if row["ward"] == ward]
        assert one["wards"]["rows"] == own, ward
        if name == "occupancy":
            assert sum(seconds(row["occupied_s"]) for row in own) == seconds(one["facilities"]["totals"]["occupied_s"]) \
                == sum(seconds(row["occupied_s"]) for row in one["days"]["rows"])
        if name == "turnover":
            for count in ("admissions", "discharges"):
                assert sum(int(row[count]) for row in own) == int(one["facilities"]["totals"][count]) \
                    == sum(int(row[count]) for row in one["days"]["rows"])
    assert tables("--ward", "nowhere")["wards"]["rows"] == []


def ward_of_conflict(played, facility, conflict, bed):
    """The bed's at the moment from which the accounts differ: that of its last row in history."""
    [[ward]] = played.sql(
        f"SELECT coalesce((SELECT coalesce(ward, 'unassigned') FROM bed_audit_log WHERE facility_id = '{facility}' AND bed_id = '{bed}'"
        " AND in_history AND changed_at <= (SELECT min(changed_at) FROM bed_audit_log WHERE outcome = 'conflict'"
        f" AND conflict_id = '{conflict}') ORDER BY changed_at DESC, n DESC LIMIT 1), 'unassigned')")
    return ward


@pytest.mark.parametrize("name", ["audit", "facility-history", "conflicts", "alerts"])
def test_a_list_of_one_ward_has_the_rows_of_that_ward(played, report, name):
    played.sql("INSERT INTO alert_history (facility_id, id, rule, ward, value, threshold, opened_at) VALUES "
               "('fac_play_2', 'alr_x', 'low', 'dementia', 1, 2, now()), ('fac_play_2', 'alr_y', 'low', 'somatic', 1, 2, now()),"
               " ('fac_play_2', 'alr_z', 'offline', '', 1, 2, now())")
    words = ["--facility", "fac_play_1"] if name == "facility-history" else []
    words += ["--from", str(SPRING), "--to", str(SPRING + datetime.timedelta(days=10))] if name == "facility-history" else []
    try:
        whole = exact(report(name, "json", *words))["tables"][0]["rows"]
        wards = {row["ward"] or "unassigned" for row in whole}
        assert wards - {"unassigned"} == {"dementia", "somatic"}
        for ward in wards:
            one = exact(report(name, "json", *words, "--ward", ward))
            assert one["parameters"]["ward"] == ward
            still = {"alerts": ("open_s",), "conflicts": ("open_s",)}.get(name, ())  # goes on meanwhile

            def lasting(rows):
                return [{k: v for k, v in row.items() if k not in still} for row in rows]
            assert lasting(one["tables"][0]["rows"]) == lasting(r for r in whole if (r["ward"] or "unassigned") == ward), ward
            if name == "conflicts":
                assert sum(int(row["opened"]) for row in one["tables"][1]["rows"]) == len(one["tables"][0]["rows"])
    finally:
        played.sql("DELETE FROM alert_history WHERE id IN ('alr_x', 'alr_y', 'alr_z')")
    if name == "conflicts":
        for row in whole:
            assert (row["ward"] or "unassigned") == ward_of_conflict(played, row["facility_id"], row["conflict_id"], row["bed_id"])
    assert exact(report(name, "json", *words, "--ward", "nowhere"))["tables"][0]["rows"] == []


@pytest.mark.parametrize("words, says", [
    ("occupancy --bed bed_1", "occupancy takes no --bed; these do: conflicts, audit, facility-history"),
    ("freshness --ward dementia", "freshness takes no --ward; these do: occupancy, availability, turnover, conflicts, alerts, audit,"),
    ("have --bed bed_1", "have takes no --bed"), ("have --from 2026-03-01", "have takes no --from"), ("fhir --month 2026-03", "fhir takes no --month"),
    ("fhir --known-at 2026-03-01T00:00:00Z", "fhir takes no --known-at"),
    ("facility-history --region reg_norge", "facility-history takes no --region")])
def test_what_a_report_has_no_use_for_is_refused_and_it_is_said_who_has(played, words, says):
    refused = run(program("bedpost-report"), *words.split(), "--config", played.config, check=False)
    assert refused.returncode == 2 and says in refused.stderr and refused.stdout == ""


@pytest.fixture
def closed(played):
    """Homes that were closed for a while, at random moments of their history, one of them still."""
    chance = random.Random(11)
    for facility in played.played:
        changes = sorted({int(t) for t, in played.sql(f"SELECT {MICROS.format('changed_at')} FROM bed_audit_log "
                                                      f"WHERE facility_id = '{facility}' AND in_history")})
        moments = sorted(chance.sample(changes[20:-20], 6))
        for place in (0, 2, 4):  # from the very moment of a change, to such a moment or just beside it
            begin, end = moments[place], min(moments[place + 1] + chance.choice((0, 1, HOUR)), [*moments, 1 << 60][place + 2] - 1)
            still = place == 4 and facility == "fac_play_2"
            played.sql(f"INSERT INTO facility_closures VALUES ('{facility}', '{rfc3339(begin)}', "
                       + ("NULL)" if still else f"'{rfc3339(end)}')"))
    yield played.played
    played.sql("DELETE FROM facility_closures")


@pytest.mark.parametrize("known", (False, True))
def test_time_in_which_a_home_was_closed_is_not_counted(closed, played, report, known):
    """Closed at random moments: three reports against the model, over days that clocks changed as well."""
    words = ["--known-at", rfc3339(played.known_at)] if known else []
    known_at = played.known_at if known else None
    check_occupancy(played, report, SPRING, 45, words, known_at)
    check_availability(played, report, datetime.date(2026, 3, 6), 10, words, known_at)
    check_turnover(played, report, datetime.date(2026, 2, 15), 48, words, known_at)


def in_service(report, facility):
    """Of the last 30 days, and whether the home stands in the exports."""
    told = [row_of["in_service_s"] for row_of in rows_of(exact(report("occupancy", "json", "--facility", facility)), "facilities")]
    have, fhir = report("have", "xml", "--facility", facility), report("fhir", "json", "--facility", facility)
    assert ("<Hospital>" in have) == ("MeasureReport" in fhir)
    return seconds(told[0]), "<Hospital>" in have


def test_a_home_closed_by_an_administrator_counts_until_it_was_closed(played, report, tmp_folder):
    home, out = "fac_play_3", os.path.join(tmp_folder, "again.enrol")
    played.admin("facility", "revoke", home)
    try:
        at_closing, exported = in_service(report, home)
        assert in_service(report, home) == (at_closing, False) and not exported and at_closing > DAY
        played.admin("facility", "enrol", home, "--ca-dir", played.ca, "--url", "https://127.0.0.1:1", "--out", out)
        (closed_at, opened_at), = played.sql(f"SELECT {MICROS.format('closed_at')}, {MICROS.format('opened_at')} "
                                             "FROM facility_closures")
        again, exported = in_service(report, home)
        assert exported and again > at_closing
        document = exact(report("occupancy", "json", "--facility", home))
        first = datetime.date.fromisoformat(document["parameters"]["from"])
        cursor = psycopg2.connect(played.postgres.conninfo(played.database)).cursor()
        assert told(document) == ReportModel(cursor, [home], first, 30, instant(document["generated_at"])).occupancy()
        assert int(opened_at) > int(closed_at)
    finally:
        played.sql("UPDATE facilities SET revoked_at = NULL")
        played.sql("DELETE FROM facility_closures")


def test_a_day_has_as_many_hours_as_its_zone_gives_it(played, report):
    spring = exact(report("occupancy", "json", "--facility", "fac_play_3", "--from", "2026-03-29", "--to", "2026-03-30"))
    autumn = exact(report("occupancy", "json", "--facility", "fac_play_3", "--from", "2026-10-25", "--to", "2026-10-26"))
    beds = len(played.beds("fac_play_3"))
    for document, hours in ((spring, 23), (autumn, 25)):
        cells = told(document)["totals"]
        assert sum(cells[f"{use}_s"] for use in USES) == beds * hours * HOUR


SPAN = ("--from", "2026-03-01", "--to", "2026-04-01")


def test_lists_go_by_each_homes_own_days_and_clock(played, report, tmp_folder):
    """Homes in three zones: a day's rows are those of the home's day, in all formats on its clock, which the row names."""
    cursor = psycopg2.connect(played.postgres.conninfo(played.database)).cursor()
    cursor.execute(f"SELECT facility_id, n::text, {MICROS.format('changed_at')}, {MICROS.format('received_at')}, epoch FROM bed_audit_log")
    raw = cursor.fetchall()
    zones = dict(zip(played.played, ("America/New_York", "Asia/Kathmandu", "Europe/Oslo")))
    received = max(r[3] for r in raw)
    days = {f: datetime.datetime.fromtimestamp(received / SECOND, ZoneInfo(z)).date() for f, z in zones.items()}
    for day in sorted(set(days.values())):
        span = ("--from", str(day), "--to", str(day + datetime.timedelta(days=1)))
        bounds = {f: [day_begins(day + datetime.timedelta(days=i), z) for i in (0, 1)] for f, z in zones.items()}
        expected = [r for r in raw if bounds[r[0]][0] <= r[3] < bounds[r[0]][1]]
        lines = list(csv.DictReader(io.StringIO(report("audit", "csv", *span), newline="")))
        assert {(r["facility_id"], r["n"]) for r in lines} == {r[:2] for r in expected} and len(lines) == len(expected)
        assert {(r["facility_id"], r["zone"]) for r in lines} <= set(zones.items())
        document = exact(report("freshness", "json", *span))
        assert document["parameters"]["zone"] == "each_home"
        homes, of_day = freshness(cursor, zones, bounds)
        assert {r["facility_id"]: int(r["events"]) for r in rows_of(document, "facilities")} == {f: h["events"] for f, h in homes.items()}
        assert [int(r["events"]) for r in rows_of(document, "days")] == [d["events"] for d in of_day]
    shown = lambda at, zone: datetime.datetime.fromtimestamp(at / SECOND, ZoneInfo(zone)).strftime("%d.%m.%Y %H:%M:%S")
    rows = etree.HTML(report("audit", "html", *span, "--lang", "nb")).xpath("//tbody/tr")
    cells = [["".join(c.itertext()) for c in row] for row in rows]
    times = {(r[0], r[1]): r[3] for r in raw}
    assert cells and all(c[0] == shown(times[c[1], c[2]], c[-1]) and zones[c[1]] == c[-1] for c in cells)
    path = os.path.join(tmp_folder, "a.xlsx")
    report("audit", "xlsx", *span, "--out", path)
    head, *sheet = openpyxl.load_workbook(path)["Audit log"].values
    assert head[-1] == "Time zone" and len(sheet) == len(cells)
    for row in sheet:
        local = datetime.datetime.fromtimestamp(times[row[1], str(row[2])] / SECOND, ZoneInfo(row[-1])).replace(tzinfo=None)
        assert abs(row[0] - local) < datetime.timedelta(seconds=1)
    utc = exact(report("audit", "json", "--zone", "UTC"))
    assert utc["parameters"]["zone"] == "UTC" and {r["zone"] for r in rows_of(utc, "audit")} == {"UTC"}


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


def test_the_role_of_reports_only_reads(played, report):
    report("occupancy", "csv")
    assert played.sql("SELECT has_table_privilege('bedpost_report', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') "
                      "FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
                      "GROUP BY 1") == [["f"]]


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


def rows_of(document, table):
    return [t for t in document["tables"] if t["key"] == table][0]["rows"]


def test_delays_are_what_the_raw_audit_log_gives(played, report):
    cursor = psycopg2.connect(played.postgres.conninfo(played.database)).cursor()
    for known_at in (None, played.known_at):
        words = ["--known-at", rfc3339(known_at)] if known_at else []
        document = exact(report("freshness", "json", "--zone", "UTC", *words))
        first = micros(datetime.date.fromisoformat(document["parameters"]["from"]))
        homes, days = freshness(cursor, played.played, dict.fromkeys(played.played, [first + i * DAY for i in range(31)]), known_at)
        assert len(rows_of(document, "days")) == 30
        for row, expected in [*((r, homes[r["facility_id"]]) for r in rows_of(document, "facilities")),
                              *zip(rows_of(document, "days"), days)]:
            assert {k: row[k] if "_s" not in k else row[k] and seconds(row[k]) for k in expected} == {
                k: v if k.endswith("_s") else str(v) for k, v in expected.items()}
        assert sum(int(r["events"]) for r in rows_of(document, "facilities")) > 700
        assert (rows_of(document, "facilities")[0]["last_contact_at"] is None) == bool(known_at)


def test_conflicts_are_told_as_they_were_known(played, report):
    cursor = psycopg2.connect(played.postgres.conninfo(played.database)).cursor()
    seen = []
    for known_at in (None, played.known_at):
        words = ["--known-at", rfc3339(known_at)] if known_at else []
        document = exact(report("conflicts", "json", "--zone", "UTC", *words))
        first = micros(datetime.date.fromisoformat(document["parameters"]["from"]))
        expected = conflicts(cursor, first, first + 30 * DAY, instant(document["parameters"]["known_at"]), known_at)
        rows = {r["conflict_id"]: r for r in rows_of(document, "conflicts")}
        assert {name: {k: seconds(r[k]) if k == "open_s" else int(r[k]) if k == "events" else r[k] for k in expected[name]}
                for name, r in rows.items()} == expected
        seen.append(expected)
        for row in rows_of(document, "facilities"):
            own = [c for c in expected.values() if c["facility_id"] == row["facility_id"]]
            people = sorted(c["open_s"] for c in own if c["settled_reason"])
            assert int(row["opened"]) == len(own)
            assert int(row["settled_by_people"]) == len(people)
            assert int(row["open_at_end"]) == sum(c["status"] == "open" for c in own)
            assert row["median_open_s"] is None or seconds(row["median_open_s"]) == people[(len(people) - 1) // 2]
            assert seconds(row["longest_open_s"]) == max(c["open_s"] for c in own)
    assert len(seen[0]) > len(seen[1]) and {c["status"] for c in seen[1].values()} == {"open", "settled"}


def test_alerts_are_told_as_they_were_known(played, report):
    hour = "'2026-03-10T{:02}:00:00Z'"
    for name, rule, opened, cleared, seen in (("a", "low", 1, 3, 2), ("b", "low", 5, None, None), ("c", "offline", 6, 10, 9)):
        times = [hour.format(h) if h is not None else "NULL" for h in (opened, cleared, seen)]
        played.sql("INSERT INTO alert_history (facility_id, id, rule, ward, value, threshold, opened_at, cleared_at,"
                   f" acknowledged_at, acknowledged_by) VALUES ('fac_play_1', 'alr_{name}', '{rule}', '', 1, 2, "
                   + ", ".join(times) + ", 'nn')")
    try:
        words = ["--from", "2026-03-10", "--to", "2026-03-11", "--facility", "fac_play_1", "--zone", "UTC"]
        document = exact(report("alerts", "json", *words, "--known-at", "2026-03-10T08:00:00Z"))
        assert [(r["alert_id"], r["cleared_at"], r["acknowledged_at"], r["open_s"]) for r in rows_of(document, "alerts")] == [
            ("alr_a", "2026-03-10T03:00:00Z", "2026-03-10T02:00:00Z", "7200"), ("alr_b", None, None, "10800"),
            ("alr_c", None, None, "7200")]
        document = exact(report("alerts", "json", *words))
        assert [(r["rule"], r["episodes"], r["open_at_end"], r["acknowledged"]) for r in rows_of(document, "rules")] == [
            ("low", "2", "1", "1"), ("offline", "1", "0", "1")]
        offline = rows_of(exact(report("freshness", "json", *words)), "facilities")[0]["offline_s"]
        assert offline == "14400"
        report("alerts", "pdf", *words, binary=True)
    finally:
        played.sql("DELETE FROM alert_history WHERE id LIKE 'alr__'")


def test_an_extract_holds_every_row_of_the_audit_log_once(played, report):
    cursor = psycopg2.connect(played.postgres.conninfo(played.database)).cursor()
    changed, received = MICROS.format("changed_at"), MICROS.format("received_at")
    cursor.execute(f"SELECT facility_id, n::text, event_id, bed_id, new_status, outcome, {changed}, {received}, bed_version::text"
                   " FROM bed_audit_log")
    raw = cursor.fetchall()
    lines = list(csv.DictReader(io.StringIO(report("audit", "csv"), newline="")))
    assert [(r["facility_id"], r["n"], r["event_id"], r["bed_id"], r["new_status"], r["outcome"], instant(r["changed_at"]),
             instant(r["received_at"])) for r in lines] == [r[:8] for r in sorted(raw, key=lambda r: (r[7], r[0], int(r[1])))]
    known = list(csv.DictReader(io.StringIO(report("audit", "csv", "--known-at", rfc3339(played.known_at)), newline="")))
    assert len(known) == sum(r[7] <= played.known_at for r in raw) < len(lines)
    lines = list(csv.DictReader(io.StringIO(
        report("facility-history", "csv", "--facility", "fac_play_2", *SPAN, "--zone", "UTC"), newline="")))
    span = [r for r in raw if r[0] == "fac_play_2" and micros(SPRING) <= r[6] < micros(SPRING) + 31 * DAY]
    assert [(r["n"], instant(r["changed_at"]), r["bed_version"]) for r in lines] == [
        (r[1], r[6], r[8]) for r in sorted(span, key=lambda r: (r[6], int(r[1])))]
    bed = list(csv.DictReader(io.StringIO(report("audit", "csv", "--facility", "fac_play_1", "--bed", "bed_7"), newline="")))
    assert len(bed) == sum(r[0] == "fac_play_1" and r[3] == "bed_7" for r in raw) > 0


def test_a_long_extract_is_not_held_in_memory(tmp_folder, postgres):
    region = Region(os.path.join(tmp_folder, "region"), postgres).create()
    region.sql("INSERT INTO facilities (id, name, region_id) VALUES ('fac_long', 'Long', 'reg_norge')")
    region.sql("INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, new_status, ward, care_level, changed_at,"
               " received_at, reason, outcome, in_history, bed_version, prev_hash, hash) SELECT 'fac_long', i, 'e', i,"
               " 'evt_' || i, 'bed_' || i % 90, 'occupied', 'dementia', 'light', now() - interval '20 days' + i * interval"
               " '1 second' / 10, now() - interval '20 days' + (i / 7) * interval '1 second', 'admit', 'applied', true, i, '', ''"
               " FROM generate_series(1, 40000) AS i")
    for form, most in (("csv", 30), ("xlsx", 40)):
        path = os.path.join(tmp_folder, "long." + form)
        done = subprocess.run(["/usr/bin/env", "python3", "-c", "import resource, subprocess, sys;"
                               "code = subprocess.call(sys.argv[1:]);"
                               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024); sys.exit(code)",
                               program("bedpost-report"), "audit", "--config", region.config, "--out", path],
                              capture_output=True, text=True, check=True)
        if "asan" not in program("bedpost-report"):  # which takes memory of its own
            assert int(done.stdout) < most, form
        if form == "csv":
            with open(path, encoding="utf-8", newline="") as file:
                numbers = [int(r["n"]) for r in csv.DictReader(file)]
            assert numbers == list(range(1, 40001))


def modelled(region, document, first, days, known_at=None):
    cursor = psycopg2.connect(region.postgres.conninfo(region.database)).cursor()
    return ReportModel(cursor, region.played, first, days, instant(document["generated_at"]), known_at)


def check_availability(region, report, first, days, words, known_at):
    """Gives for how long no bed was free, by day."""
    to = first + datetime.timedelta(days=days)
    document = exact(report("availability", "json", "--from", str(first), "--to", str(to), *words))
    model = modelled(region, document, first, days, known_at)
    levels, none_of_days = model.availability()
    occupancy = model.occupancy()
    rows = [(r["facility_id"], occupancy["facilities"][r["facility_id"]], r) for r in rows_of(document, "facilities")]
    for row in rows_of(document, "wards"):
        key = (row["facility_id"], row["ward"], row["care_level"])
        rows.append((key, occupancy["wards"][key], row))
    for key, cells, row in rows:
        least, most, none, every = levels.get(key, (None, None, 0, 0))
        assert (row["least_free"], row["most_free"], seconds(row["none_free_s"])) == (
            least if least is None else str(least), most if most is None else str(most), none), key
        assert (row["availability"], row["mean_beds"]) == (cells["availability"], cells["mean_beds"])
        assert (row["none_free"] is None) == (every == 0)
    assert {key for key, _, _ in rows} >= set(levels)
    assert [seconds(r["none_free_s"]) for r in rows_of(document, "days")] == none_of_days
    return none_of_days


def test_availability_is_what_the_raw_audit_log_gives(played, report):
    for words, known_at in (([], None), (["--known-at", rfc3339(played.known_at)], played.known_at)):
        assert sum(check_availability(played, report, datetime.date(2026, 3, 25), 10, words, known_at)) > 0


def check_turnover(region, report, first, days, words, known_at):
    """Gives the model's moves."""
    to = first + datetime.timedelta(days=days)
    document = exact(report("turnover", "json", "--from", str(first), "--to", str(to), *words))
    model = modelled(region, document, first, days, known_at)
    moves = model.turnover()
    told_rows = {None: [t for t in document["tables"] if t["key"] == "facilities"][0]["totals"]}
    told_rows.update({r["facility_id"]: r for r in rows_of(document, "facilities")})
    told_rows.update({(r["facility_id"], r["ward"], r["care_level"]): r for r in rows_of(document, "wards")})
    told_rows.update({r["day"]: r for r in rows_of(document, "days")})
    for key, row in told_rows.items():
        expected = moves.get(key, dict.fromkeys(("admissions", "admitted_by_transfer", "discharges",
                                                 "discharged_by_transfer"), 0))
        got = {k: row[k] and seconds(row[k]) if k.endswith("_s") else int(row[k]) for k in expected if k in row}
        assert got == {k: v for k, v in expected.items() if k in row}, key
    assert set(told_rows) >= set(moves)
    for home in region.played:
        cells = model.by_home[home]
        service = sum(cells.values()) - cells["maintenance"]
        assert told_rows[home]["turnover"] == as_text(Fraction(moves[home]["discharges"] * model.elapsed(home), service))
    return moves


def test_turnover_is_what_the_raw_audit_log_gives(played, report):
    for words, known_at in (([], None), (["--known-at", rfc3339(played.known_at)], played.known_at)):
        moves = check_turnover(played, report, datetime.date(2026, 2, 15), 48, words, known_at)
        assert moves[None]["admissions"] > 50 and moves[None]["admitted_by_transfer"] > 0


HAVE = "{urn:oasis:names:tc:emergency:EDXL:HAVE:1.0}"


def counts_by_home(region):
    found = {}
    for facility, ward, care, *counts in region.sql("SELECT facility_id, ward, care_level, total, available, occupied, reserved,"
                                                    " maintenance, unconfirmed FROM facility_availability WHERE total > 0"):
        found.setdefault(facility, {})[ward, care] = [int(c) for c in counts]
    return found


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


def test_who_took_a_report_along_is_noted(played, report):
    report("audit", "csv", "--facility", "fac_play_3")
    (who, allowed, detail), = played.sql("SELECT who, allowed, detail::text FROM access_log WHERE action = 'report' "
                                         "AND facility_id = 'fac_play_3' AND detail->>'report' = 'audit' ORDER BY id DESC LIMIT 1")
    assert who.startswith("shell:") and allowed == "t" and json.loads(detail) == {"report": "audit", "format": "csv"}
