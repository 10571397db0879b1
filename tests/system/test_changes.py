"""What people change at the region: a bed's status, and how it comes home."""
import json
import os

import pytest

from tests.stack.process import LINE_BACK, Process, wait_for

from .exports import export, row
from .invariants import everywhere

HEARTBEAT = {"heartbeat": "1s"}


def put(region, home, bed, status, version, token=None, **body):
    headers = {"Content-Type": "application/json"}
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    return region.request("PUT", f"/api/facilities/{home.facility}/beds/{bed}/status",
                          token or region.token("FACILITY_STAFF", home.facility),
                          json.dumps({"status": status, **body}), headers)


def at_home(home):
    """{bed: status} as the home itself sees it."""
    return {bed["bed_id"]: bed["status"] for bed in home.json("bed", "list")["beds"]}


def in_sync(region, home):
    """The last contact found nothing that could not be explained, and no census was ever asked for."""
    return region.sql("SELECT in_sync_at = last_contact_at AND snapshot_asked_at IS NULL FROM facilities "
                      f"WHERE id = '{home.facility}'") == [["t"]]


@pytest.fixture
def home(region, new_home):
    made = new_home(settings=HEARTBEAT)
    made.drop("a.csv", export(row("bed_1", "available", 0), row("bed_2", "occupied", 0)))
    made.wait_shipped()
    return made


def test_staff_set_a_bed_and_the_home_hears_of_it(region, home):
    answer = put(region, home, "bed_1", "occupied", 1, reason="admit")
    assert answer.status == 200
    bed = answer.json()["bed"]
    assert (bed["id"], bed["status"], bed["version"], bed["unconfirmed"]) == ("bed_1", "occupied", 2, False)
    assert answer.headers["ETag"] == '"2"'
    everywhere(region, home.facility, {("dementia", "intensive"): (2, 0, 2, 0, 0, 0)})
    wait_for(lambda: at_home(home) == {"bed_1": "occupied", "bed_2": "occupied"}, "the home to hear of it")
    wait_for(lambda: region.sql("SELECT count(*) FROM home_views") == [["0"]], "the region to know that it has")
    wait_for(lambda: in_sync(region, home), "both to agree")


def test_a_change_at_the_region_is_audited_like_any_other(region, home):
    put(region, home, "bed_1", "reserved", 1)
    assert region.sql("SELECT epoch, seq, previous_status, held_status, new_status, source->>'adapter', outcome, reason,"
                      " changed_by, bed_version FROM bed_audit_log WHERE source->>'adapter' = 'api'") == [
        ["00000000-0000-0000-0000-000000000000", "1", "available", "available", "reserved", "api", "applied", "manual",
         "user_facility_staff_for_tests", "2"]]
    logged = "SELECT allowed FROM access_log WHERE action = 'bed_status' AND facility_id = 'fac_home_1'"
    wait_for(lambda: region.sql(logged) == [["t"]], "the access log")


def test_the_home_goes_on_from_what_the_region_set(region, home):
    put(region, home, "bed_1", "occupied", 1)
    wait_for(lambda: at_home(home)["bed_1"] == "occupied", "the home to hear of it")
    later = region.sql("SELECT to_char((now() + interval '2 seconds') AT TIME ZONE 'UTC',"
                       " 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")[0][0]
    home.drop("b.csv", export(f"bed_1,dementia,intensive,occupied,maintenance,{later},hansen,\n"))
    home.wait_shipped()
    assert region.beds(home.facility)["bed_1"] == "maintenance"
    assert region.sql("SELECT outcome FROM bed_audit_log ORDER BY n DESC LIMIT 1") == [["applied"]]
    assert region.sql("SELECT region_rev FROM beds WHERE id = 'bed_1'") == [["0"]]


def test_a_home_that_was_away_hears_of_it_when_it_comes_back(region, home):
    home.syncd.stop()
    assert put(region, home, "bed_2", "available", 1).status == 200
    home.syncd.start()
    wait_for(lambda: at_home(home)["bed_2"] == "available", "the home to hear of it")
    wait_for(lambda: in_sync(region, home) and region.sql("SELECT count(*) FROM home_views") == [["0"]],
             "both to agree")


def test_two_who_set_the_same_bed_do_not_overwrite_each_other(region, home):
    assert put(region, home, "bed_1", "occupied", 1).status == 200
    second = put(region, home, "bed_1", "maintenance", 1)
    assert second.status == 409
    assert second.headers["Content-Type"].startswith("application/problem+json")
    assert second.json()["bed"]["status"] == "occupied" and second.json()["bed"]["version"] == 2
    assert second.headers["ETag"] == '"2"'
    assert region.beds(home.facility)["bed_1"] == "occupied"
    assert put(region, home, "bed_1", "maintenance", None).status == 428
    assert put(region, home, "bed_1", "maintenance", 2).status == 200


def test_what_makes_no_sense_is_refused(region, home):
    for body in ({"status": "free"}, {"status": "occupied", "reason": "Mrs Hansen moved in"},
                 {"status": "occupied", "reason": "census"}, {"status": "occupied", "patient": "x"}):
        answer = put(region, home, "bed_1", version=1, **body)
        assert answer.status == 400 and "Hansen" not in answer.body
    assert put(region, home, "bed_1", "occupied", "x").status == 400
    assert put(region, home, "bed_9", "occupied", 0).status == 404
    assert region.beds(home.facility)["bed_1"] == "available"


def test_only_who_works_there_sets_a_bed(region, home, new_home):
    other = new_home(settings=HEARTBEAT)
    stranger = region.token("FACILITY_STAFF", other.facility)
    assert put(region, home, "bed_1", "occupied", 1, stranger).status == 404
    assert put(region, home, "bed_1", "occupied", 1, region.token()).status == 403
    assert put(region, home, "bed_1", "occupied", 1, region.token("SYSTEM_ADMIN")).status == 403
    assert region.beds(home.facility)["bed_1"] == "available"
    assert put(region, home, "bed_1", "occupied", 1, region.token("FACILITY_MANAGER", home.facility)).status == 200


def test_an_api_without_an_ingest_beside_it_makes_changes_too(region, home):
    command = region.daemon.command
    region.daemon.stop()
    ingest = Process("ingest", [*command, "--roles", "ingest"], os.path.join(region.folder, "ingest.log")).start()
    try:
        region.daemon.command = [*command, "--roles", "api"]
        region.start()
        assert put(region, home, "bed_1", "reserved", 1).status == 200
        everywhere(region, home.facility, {("dementia", "intensive"): (2, 0, 1, 1, 0, 0)})
        wait_for(lambda: at_home(home)["bed_1"] == "reserved", "the home to hear of it", LINE_BACK)
    finally:
        ingest.stop()
