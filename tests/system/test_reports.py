"""Reports: their numbers against an independent computation from the raw audit log."""
import csv
import datetime
import io
import json
import os
import random
import subprocess
from fractions import Fraction
from zoneinfo import ZoneInfo

import openpyxl
import psycopg2
import pytest
from lxml import etree

from tests.model.report_model import MICROS, USES, ReportModel, alerts, as_text, conflicts, day_begins, freshness, offline, present
from tests.stack.process import program
from tests.stack.region import Region

from .played import DAY, HOUR, SECOND, SPAN, SPRING, call, exact, instant, micros, rows_of, seconds
from .played import closed, played, report  # noqa: F401 fixtures
from .wire import rfc3339


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
    whole = exact(report("occupancy", "json", *SPAN, "--zone", "UTC"))
    assert whole["parameters"]["zone"] == "each_home" and {(r["facility_id"], r["zone"]) for r in rows_of(whole, "facilities")} == set(zones.items())
    alone = exact(report("occupancy", "json", *SPAN, "--zone", "UTC", "--facility", "fac_play_2"))
    assert alone["parameters"]["zone"] == "Asia/Kathmandu"


def test_the_role_of_reports_only_reads(played, report):
    report("occupancy", "csv")
    assert played.sql("SELECT has_table_privilege('bedpost_report', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') "
                      "FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
                      "GROUP BY 1") == [["f"]]


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


ALERTED = dict(zip(("fac_a", "fac_b", "fac_c"), ("America/New_York", "Asia/Kathmandu", "Europe/Oslo")))


@pytest.fixture
def alerted(tmp_folder, postgres):
    """Three homes in three zones, one of them closed, and their alerts about the change of clocks, many over days and some still open. No daemon
    that would add to them or end them."""
    region = Region(os.path.join(tmp_folder, "region"), postgres).create()
    for facility, zone in ALERTED.items():
        region.sql(f"INSERT INTO facilities (id, name, region_id, timezone, last_contact_at, as_of, queue_depth, revoked_at) VALUES ('{facility}', "
                   f"'{facility}', '{region.id}', '{zone}', now() - interval '90 seconds', now() - interval '2 minutes', {len(zone)}, "
                   f"{'now()' if facility == 'fac_b' else 'NULL'})")
    chance, over, values = random.Random(5), {}, []
    for i in range(200):
        facility, rule, ward = chance.choice(list(ALERTED)), chance.choice(("low", "critical", "offline", "conflict", "gap")), chance.choice("ds")
        key = (facility, rule, ward if rule in ("low", "critical") else "")
        opened = over.get(key, micros(SPRING)) + chance.randint(1, 12 * DAY)
        cleared = opened + chance.choice((1, SECOND, HOUR, 5 * DAY)) if chance.random() < 0.9 else None
        seen = opened + chance.randint(1, DAY) if chance.random() < 0.5 else None
        if opened > micros(SPRING) + 70 * DAY:
            continue
        over[key] = 1 << 60 if cleared is None else cleared  # an episode of a rule begins when the last one is over
        cells = [facility, f"alr_{i}", rule, key[2], chance.randint(0, 9), 2, *(t and rfc3339(t) for t in (opened, cleared, seen)), seen and "nn"]
        values.append("(" + ", ".join("NULL" if c is None else f"'{c}'" for c in cells) + ")")
    region.sql("INSERT INTO alert_history (facility_id, id, rule, ward, value, threshold, opened_at, cleared_at, acknowledged_at, acknowledged_by) VALUES "
               + ", ".join(values))
    return region


def as_raw(column, text):
    """A cell of the JSON as the model has it."""
    if text is None:
        return None
    kinds = {"time": instant, "duration": seconds, "count": int}
    return kinds.get(column["type"], str)(text)


def raw_rows(document, table, *key):
    """{key: {column: value}} of a table."""
    [found] = [t for t in document["tables"] if t["key"] == table]
    rows = {tuple(r[k] for k in key): {c["key"]: as_raw(c, r[c["key"]]) for c in found["columns"]} for r in found["rows"]}
    assert len(rows) == len(found["rows"])
    return rows


def test_alerts_and_the_age_of_data_are_what_the_raw_tables_give(alerted):
    """Each home by its own days; now, and as it was known amid the episodes."""
    cursor = psycopg2.connect(alerted.postgres.conninfo(alerted.database)).cursor()
    month, day = (SPRING, SPRING + datetime.timedelta(days=31)), (datetime.date(2026, 3, 29), datetime.date(2026, 3, 30))
    compared, offline_of = 0, set()
    for (first, last), known in ((month, None), (day, None), (month, micros(datetime.date(2026, 3, 20)))):
        words = ["--from", str(first), "--to", str(last), *(["--known-at", rfc3339(known)] if known else [])]
        bounds = {f: (day_begins(first, z), day_begins(last, z)) for f, z in ALERTED.items()}
        document, freshness_document = (exact(call(alerted, name, "json", *words).stdout) for name in ("alerts", "freshness"))
        told, sums = alerts(cursor, bounds, instant(document["parameters"]["known_at"]), known)
        for table, key, expected in (("alerts", ("alert_id",), {(k,): v for k, v in told.items()}), ("rules", ("facility_id", "rule"), sums)):
            rows = raw_rows(document, table, *key)
            assert {k: {c: r[c] for c in expected.get(k, ())} for k, r in rows.items()} == expected, (table, first, known)
            compared += len(rows)
        end = instant(freshness_document["parameters"]["known_at"])
        long, state = offline(cursor, bounds, end), present(cursor, end)
        homes = raw_rows(freshness_document, "facilities", "facility_id")
        assert {f: r["offline_s"] for [f], r in homes.items()} == long
        assert {f: {k: r[k] for k in state[f]} for [f], r in homes.items()} == {f: dict.fromkeys(s) if known else s for f, s in state.items()}
        offline_of.add(sum(long.values()))
    assert compared > 80 and len(offline_of) == 3 and min(offline_of) > 0, (compared, offline_of)


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


def test_who_took_a_report_along_is_noted(played, report):
    report("audit", "csv", "--facility", "fac_play_3")
    (who, allowed, detail), = played.sql("SELECT who, allowed, detail::text FROM access_log WHERE action = 'report' "
                                         "AND facility_id = 'fac_play_3' AND detail->>'report' = 'audit' ORDER BY id DESC LIMIT 1")
    assert who.startswith("shell:") and allowed == "t" and json.loads(detail) == {"report": "audit", "format": "csv"}
