"""Reports over the API: who may have which, of which homes; what is wrong is named; few at a time, and none for nobody."""
import contextlib
import csv
import http.client
import io
import json
import os
import re
import select
import socket
import subprocess
import urllib.parse
import zipfile

import psycopg2
import pytest

from tests.stack.process import program, wait_for
from tests.stack.region import Region

HOMES = {"fac_own": "reg_norge", "fac_near": "reg_norge", "fac_far": "reg_sverige"}
LISTS = ("conflicts", "alerts", "audit", "facility-history")
STAFF, MANAGER, COORDINATOR, ADMIN = "FACILITY_STAFF", "FACILITY_MANAGER", "REGIONAL_COORDINATOR", "SYSTEM_ADMIN"
FORMATS = {"csv": "text/csv; charset=utf-8; header=present", "json": "application/json", "xml": "application/xml",
           "html": "text/html; charset=utf-8", "pdf": "application/pdf",
           "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def made(folder, postgres, **reports):
    """A region that runs, with three homes and some history of each."""
    region = Region(folder, postgres, settings={"reports": json.dumps(reports)} if reports else None).create()
    region.sql("INSERT INTO regions (id, name) VALUES ('reg_sverige', 'Sverige')")
    for home, of in HOMES.items():
        region.sql(f"INSERT INTO facilities (id, name, region_id) VALUES ('{home}', '{home}', '{of}');"
                   "INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, new_status, ward, care_level,"
                   " changed_at, received_at, reason, outcome, in_history, bed_version, prev_hash, hash) SELECT "
                   f"'{home}', i, 'e', i, '{home}_' || i, 'bed_' || i % 9, 'occupied', 'dementia', 'light',"
                   " now() - interval '20 days' + i * interval '1 hour', now() - interval '20 days' + i * interval '1 hour',"
                   " 'admit', 'applied', true, i, '', '' FROM generate_series(1, 100) AS i")
    return region.start()


@pytest.fixture(scope="module")
def region(server_folder, postgres):
    region = made(os.path.join(server_folder, "reports_api"), postgres)
    yield region
    region.stop()


def token(region, role):
    return region.token(role, "fac_own")


def ask(region, role, file, /, **query):
    """(status, headers, bytes)"""
    connection = http.client.HTTPConnection("127.0.0.1", region.api_port, timeout=60)
    try:
        connection.request("GET", f"/api/reports/{file}?{urllib.parse.urlencode(query)}",
                           headers={"Authorization": f"Bearer {token(region, role)}"})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def rows(body):
    return list(csv.DictReader(io.StringIO(body.decode(), newline="")))


def homes(body):
    return {row["facility_id"] for row in rows(body)}


def noted(region, action="report"):
    return region.sql("SELECT who, role, host(source_ip), facility_id, region_id, allowed, detail::text FROM access_log "
                      f"WHERE action = '{action}' ORDER BY id")


def test_the_list_names_what_one_may_have(region):
    listed = {role: {r["name"]: r for r in region.get("/api/reports", token=token(region, role)).json()["reports"]}
              for role in (MANAGER, COORDINATOR, ADMIN)}
    assert set(listed[ADMIN]) - set(listed[MANAGER]) == {"audit"}
    assert set(listed[COORDINATOR]) == set(listed[MANAGER])
    occupancy = listed[MANAGER]["occupancy"]
    assert occupancy["title"] == {"en": "Occupancy", "nb": "Belegg"} and occupancy["formats"] == list(FORMATS)[:3] + [
        "xlsx", "html", "pdf"]
    assert "bed" not in occupancy["takes"] and {"month", "from", "to", "known_at", "zone", "lang"} <= set(occupancy["takes"])
    assert listed[MANAGER]["facility-history"]["needs"] == ["facility"] and occupancy["needs"] == []
    assert listed[MANAGER]["have"]["formats"] == ["xml"] and "month" not in listed[MANAGER]["have"]["takes"]


def test_everything_listed_is_given_in_every_format(region):
    for report in region.get("/api/reports", token=token(region, ADMIN)).json()["reports"]:
        for form in report["formats"]:
            needs = {"facility": "fac_own"} if report["needs"] else {}
            status, headers, body = ask(region, ADMIN, f"{report['name']}.{form}", **needs)
            assert status == 200, (report["name"], form, body)
            if report["name"] not in ("have", "fhir"):
                assert headers["Content-Type"] == FORMATS[form]
            assert int(headers["Content-Length"]) == len(body) > 0
            assert re.fullmatch(r'attachment; filename="[a-z_-]+\.%s"' % form, headers["Content-Disposition"])


def test_it_is_the_file_that_the_program_writes(region):
    query = {"month": "2026-10", "lang": "nb"}
    _, headers, body = ask(region, ADMIN, "occupancy.csv", **query)
    done = subprocess.run([program("bedpost-report"), "occupancy", "--month", "2026-10", "--config", region.config],
                          capture_output=True, check=True)
    assert body == done.stdout
    assert headers["Content-Disposition"] == 'attachment; filename="occupancy_2026-10.csv"'
    assert ask(region, ADMIN, "occupancy.pdf")[2].startswith(b"%PDF-")
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(ask(region, ADMIN, "occupancy.xlsx")[2])).namelist()
    assert b"Belegg" in ask(region, ADMIN, "occupancy.html", lang="nb")[2]


def test_a_report_holds_the_homes_of_ones_scope_and_no_other(region):
    for report in ("occupancy", "availability", "turnover", "freshness"):
        table = {"table": "facilities"} if report != "freshness" else {}
        assert homes(ask(region, MANAGER, f"{report}.csv", **table)[2]) == {"fac_own"}, report
        assert homes(ask(region, COORDINATOR, f"{report}.csv", **table)[2]) == {"fac_own", "fac_near"}, report
        assert homes(ask(region, ADMIN, f"{report}.csv", **table)[2]) == set(HOMES), report
    assert homes(ask(region, ADMIN, "occupancy.csv", region="reg_sverige")[2]) == {"fac_far"}
    assert homes(ask(region, COORDINATOR, "facility-history.csv", facility="fac_near")[2]) == {"fac_near"}
    assert len(rows(ask(region, ADMIN, "audit.csv")[2])) == 300


def test_a_foreign_home_or_region_looks_like_none(region):
    hidden = {MANAGER: [{"facility": "fac_near"}, {"facility": "fac_far"}, {"facility": "fac_none"}, {"region": "reg_norge"}],
              COORDINATOR: [{"facility": "fac_far"}, {"facility": "fac_none"}, {"region": "reg_sverige"}],
              ADMIN: [{"facility": "fac_none"}, {"region": "reg_none"}]}
    for role, questions in hidden.items():
        for question in questions:
            before = len(noted(region))
            for report in ("occupancy.csv", "have.xml", "fhir.json", "conflicts.pdf"):
                status, _, body = ask(region, role, report, **question)
                assert status == 404 and json.loads(body)["type"] == "urn:bedpost:problem:not-found", (role, question, body)
                assert not [home for home in HOMES if home.encode() in body]
            wait_for(lambda seen=before: len(noted(region)) == seen + 4, "the denials to be noted")
            assert all(line[1] == role and line[5] == "f" for line in noted(region)[before:])
    for role in (MANAGER, COORDINATOR):
        assert ask(region, role, "audit.csv")[0] == 403
    assert ask(region, STAFF, "occupancy.csv", facility="fac_own")[0] == 403


def test_each_report_is_noted_before_its_first_byte(region):
    connection = http.client.HTTPConnection("127.0.0.1", region.api_port, timeout=60)
    connection.request("GET", "/api/reports/facility-history.csv?facility=fac_own&month=2026-10",
                       headers={"Authorization": f"Bearer {token(region, MANAGER)}"})
    connection.sock.recv(1)
    line = [each for each in noted(region) if each[5] == "t"][-1]  # a denial is written a moment later
    connection.close()
    assert tuple(line[1:6]) == (MANAGER, "127.0.0.1", "fac_own", "", "t")
    assert json.loads(line[6]) == {"report": "facility-history", "format": "csv", "from": "2026-10"}


@pytest.mark.parametrize("file,query,parameter", [
    ("occupancy.csv", {"from": "2026-13-01"}, "from"),
    ("occupancy.csv", {"to": "yesterday"}, "to"),
    ("occupancy.csv", {"month": "2026"}, "month"),
    ("occupancy.csv", {"month": "2026-10", "from": "2026-10-01"}, "month"),
    ("occupancy.csv", {"known_at": "now"}, "known_at"),
    ("occupancy.csv", {"zone": "Europe/Utopia"}, "zone"),
    ("occupancy.csv", {"zone": "../../etc/passwd"}, "zone"),
    ("occupancy.csv", {"lang": "sv"}, "lang"),
    ("occupancy.csv", {"table": "none"}, "table"),
    ("occupancy.pdf", {"table": "days"}, "table"),
    ("occupancy.csv", {"facility": "../x"}, "facility"),
    ("occupancy.csv", {"facility": "fac_own", "region": "reg_norge"}, "region"),
    ("occupancy.csv", {"bed": "bed_1"}, "bed"),
    ("occupancy.csv", {"colour": "red"}, "colour"),
    ("have.xml", {"month": "2026-10"}, "month"),
    ("facility-history.csv", {}, "facility")])
def test_what_is_wrong_is_named(region, file, query, parameter):
    status, headers, body = ask(region, ADMIN, file, **query)
    problem = json.loads(body)
    assert status == 400 and headers["Content-Type"] == "application/problem+json"
    assert problem["parameter"] == parameter and "passwd" not in problem["detail"]


def test_an_empty_or_endless_period_is_a_bad_question(region):
    for query in ({"from": "2026-10-02", "to": "2026-10-01"}, {"from": "1990-01-01"}):
        assert json.loads(ask(region, ADMIN, "occupancy.csv", **query)[2])["type"] == "urn:bedpost:problem:bad-question"


@pytest.mark.parametrize("file", ["none.csv", "occupancy", "occupancy.", ".csv", "have.csv", "fhir.xml", "occupancy.exe", "a.b.csv"])
def test_what_is_not_there_is_not_found(region, file):
    assert ask(region, ADMIN, file)[0] == 404


def test_postgresql_shows_a_report_only_the_rows_of_whom_it_is_for(region):
    def seen(table, settings):
        column = "id" if table == "facilities" else "facility_id"
        return {r[0] for r in region.sql(f"SET ROLE bedpost_report; {settings} SELECT DISTINCT {column} FROM {table}")}
    for table in ("facilities", "bed_audit_log"):
        assert seen(table, "") == set(HOMES)  # the program, run by who runs the region
        assert seen(table, f"SET bedpost.role = '{MANAGER}'; SET bedpost.facility = 'fac_own';") == {"fac_own"}
        assert seen(table, f"SET bedpost.role = '{COORDINATOR}'; SET bedpost.region = 'reg_norge';") == {"fac_own", "fac_near"}
        assert seen(table, f"SET bedpost.role = '{COORDINATOR}';") == set()
        assert seen(table, f"SET bedpost.role = '{ADMIN}';") == set(HOMES)


# ---- few at a time ----

@contextlib.contextmanager
def alerts_locked(region, table="alert_history"):
    """Reports of alerts wait meanwhile; with the table regions: those of a region."""
    connection = psycopg2.connect(region.postgres.conninfo(region.database))
    connection.cursor().execute("SET ROLE bedpost_owner; LOCK TABLE " + table + " IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        connection.close()


def begin(region, role, query=""):
    """A report of alerts is asked for; its answer waits."""
    made = socket.create_connection(("127.0.0.1", region.api_port), timeout=60)
    made.sendall(f"GET /api/reports/alerts.csv{query} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token(region, role)}\r\n\r\n".encode())
    return made


def status_of(connection):
    with connection, connection.makefile("rb") as file:
        return int(file.readline().split()[1])


def working(region):
    """How many statements of reports PostgreSQL works at."""
    return int(region.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bedpost-reports' "
                          "AND state = 'active' AND datname = current_database()")[0][0])


@pytest.fixture(scope="module")
def narrow(server_folder, postgres):
    """One report at a time, four waiting."""
    region = made(os.path.join(server_folder, "reports_narrow"), postgres, at_once=1, timeout="1m")
    yield region
    region.stop()


def answered(connections):
    """Those that have an answer, however many wait."""
    return select.select(connections, [], [], 0)[0]


def test_too_many_reports_are_told_to_come_back(narrow):
    with alerts_locked(narrow):
        of_one = [begin(narrow, ADMIN) for _ in range(4)]
        wait_for(lambda: answered(of_one), "the one more than an asker may have")
        assert [status_of(c) for c in answered(of_one)] == [429]
        wait_for(lambda: working(narrow) == 1, "one report to be at work")
        others = [begin(narrow, role) for role in (COORDINATOR, MANAGER) * 2]
        wait_for(lambda: len(answered(others)) == 2, "those for whom there is no place")
        assert [status_of(c) for c in answered(others)] == [503, 503]
    waited = [c for c in of_one + others if c.fileno() >= 0]
    assert [status_of(c) for c in waited] == [200] * 5
    assert ask(narrow, MANAGER, "occupancy.csv")[0] == 200


def test_who_goes_away_is_not_waited_for(narrow):
    with alerts_locked(narrow):
        waits = begin(narrow, MANAGER)
        wait_for(lambda: working(narrow) == 1, "the report to be at work")
        waits.close()
        wait_for(lambda: working(narrow) == 0, "the statement to be given up")
        assert ask(narrow, MANAGER, "occupancy.csv")[0] == 200  # the place is free


def test_a_report_that_takes_too_long_is_given_up_and_closing_waits_for_none(server_folder, postgres):
    region = made(os.path.join(server_folder, "reports_hasty"), postgres, timeout="1s")
    token(region, ADMIN)
    with alerts_locked(region, "regions"):  # for which nothing else of the daemon waits
        assert status_of(begin(region, ADMIN, "?region=reg_norge")) == 503
    with open(region.config, encoding="utf-8") as file:
        patient = file.read().replace('"1s"', '"1h"')
    region.daemon.stop()
    with open(region.config, "w", encoding="utf-8") as file:
        file.write(patient)
    region.start()
    with alerts_locked(region, "regions"):
        waits = begin(region, ADMIN, "?region=reg_norge")
        wait_for(lambda: working(region) == 1, "the report to be at work")
        assert region.stop() < 15  # of the hour that the report may take
        waits.close()
