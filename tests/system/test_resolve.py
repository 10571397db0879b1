"""Conflicts over the API, and history on two clocks."""
import json
import os

import pytest

from tests.stack.process import program, run, wait_for

from .exports import at, export, row
from .invariants import everywhere
from .test_changes import HEARTBEAT, at_home, in_sync

DISAGREES = export(row("bed_1", "available", 60, was="reserved"))


@pytest.fixture
def home(region, new_home):
    """bed_1 is occupied and unconfirmed: another account says it is free."""
    made = new_home(settings=HEARTBEAT)
    made.drop("a.csv", export(row("bed_1", "occupied", 0), row("bed_2", "available", 0)))
    made.wait_shipped()
    made.drop("b.csv", DISAGREES)
    made.wait_shipped()
    return made


def manager(region, home):
    return region.token("FACILITY_MANAGER", home.facility)


def conflicts(region, token, **query):
    answer = region.get("/api/conflicts", token=token, **query)
    assert answer.status == 200, answer.body
    return answer.json()


def resolve(region, conflict, token, status="available", reason="bed_checked", **headers):
    return region.request("POST", f"/api/conflicts/{conflict}/resolve", token,
                          json.dumps({"status": status, "reason": reason}),
                          {"Content-Type": "application/json", **headers})


def history(region, home, token, **query):
    answer = region.get(f"/api/facilities/{home.facility}/history", token=token, **query)
    assert answer.status == 200, answer.body
    return answer.json()


def test_a_manager_settles_a_conflict_and_the_bed_counts_again(region, home):
    everywhere(region, home.facility, {("dementia", "intensive"): (2, 1, 0, 0, 0, 1)})
    [found] = conflicts(region, manager(region, home))["conflicts"]
    assert (found["facility_id"], found["bed_id"], found["status"]) == (home.facility, "bed_1", "open")
    assert (found["held_status"], found["branch_status"], found["events"]) == ("occupied", "available", 1)
    answer = resolve(region, found["id"], manager(region, home))
    assert answer.status == 200
    assert answer.json()["bed"]["status"] == "available" and not answer.json()["bed"]["unconfirmed"]
    everywhere(region, home.facility, {("dementia", "intensive"): (2, 2, 0, 0, 0, 0)})
    assert conflicts(region, manager(region, home))["conflicts"] == []
    [settled] = conflicts(region, manager(region, home), status="settled")["conflicts"]
    assert (settled["settled_status"], settled["settled_reason"]) == ("available", "bed_checked")
    assert settled["settled_by"] == "user_facility_manager_for_tests" and settled["settled_at"]
    assert region.sql("SELECT outcome, conflict_id FROM bed_audit_log WHERE reason = 'resolved'") == [
        ["applied", found["id"]]]
    events = history(region, home, manager(region, home), bed="bed_1")["events"]
    assert [(e["reason"], e["settled_reason"], e["changed_by"]) for e in events if e["settled_reason"] or e["reason"] == "resolved"] == [
        ("resolved", "bed_checked", "user_facility_manager_for_tests")]
    again = resolve(region, found["id"], manager(region, home), status="occupied")
    assert again.status == 409 and again.json()["type"].endswith(":settled")


def test_what_was_settled_goes_home(region, home):
    [found] = conflicts(region, manager(region, home))["conflicts"]
    assert resolve(region, found["id"], region.token("SYSTEM_ADMIN"), "maintenance", "other").status == 200
    wait_for(lambda: at_home(home)["bed_1"] == "maintenance", "the home to hear of it")
    wait_for(lambda: region.sql("SELECT count(*) FROM home_views") == [["0"]], "the region to know that it has")
    wait_for(lambda: in_sync(region, home), "both to agree")


def test_further_events_of_the_other_account_join_the_conflict(region, home):
    home.drop("c.csv", export(row("bed_1", "reserved", 120, was="available")))
    home.wait_shipped()
    [found] = conflicts(region, manager(region, home))["conflicts"]
    assert (found["branch_status"], found["events"]) == ("reserved", 2)
    joined = [e for e in history(region, home, manager(region, home), bed="bed_1")["events"]
              if e["conflict_id"] == found["id"]]
    assert [e["new_status"] for e in joined] == ["reserved", "available"]


def test_only_who_answers_for_the_home_settles(region, home, new_home):
    other = new_home(settings=HEARTBEAT)
    [found] = conflicts(region, region.token())["conflicts"]
    assert conflicts(region, manager(region, other))["conflicts"] == []
    assert region.get("/api/conflicts", token=region.token("FACILITY_STAFF", home.facility)).status == 403
    assert region.get("/api/conflicts", token=None).status == 401
    assert resolve(region, found["id"], manager(region, other)).status == 404
    assert resolve(region, found["id"], region.token("FACILITY_STAFF", home.facility)).status == 403
    assert resolve(region, found["id"], region.token()).status == 403
    assert resolve(region, "cfl_" + "0" * 26, manager(region, home)).status == 404
    assert resolve(region, "no-such", manager(region, home)).status == 404
    assert resolve(region, found["id"], manager(region, home), reason="Mrs Hansen").status == 400
    assert resolve(region, found["id"], manager(region, home), **{"If-Match": '"9"'}).status == 409
    assert conflicts(region, manager(region, home))["conflicts"] == [found]
    denied = "SELECT count(*) > 2 FROM access_log WHERE action = 'conflict_resolve' AND NOT allowed"
    wait_for(lambda: region.sql(denied) == [["t"]], "the denials in the access log")


def test_a_conflict_waits_while_its_home_is_closed(region, home):
    [found] = conflicts(region, region.token())["conflicts"]
    region.admin("facility", "revoke", home.facility)
    for token in (region.token(), region.token("SYSTEM_ADMIN"), manager(region, home)):
        assert conflicts(region, token)["conflicts"] == []
        assert conflicts(region, token, status="all", facility=home.facility)["conflicts"] == [{**found, "status": "closed"}]
        assert conflicts(region, token, status="closed")["conflicts"][0]["id"] == found["id"]
        assert conflicts(region, token, status="settled", facility=home.facility)["conflicts"] == []
    for report in (run(program("bedpost-report"), "conflicts", "--json", "--config", region.config).stdout,
                   region.get("/api/reports/conflicts.json").body):
        rows, homes = ([r for r in t["rows"] if r["facility_id"] == home.facility] for t in json.loads(report)["tables"])
        assert [(r["status"], r["ward"]) for r in rows] == [("closed", "dementia")] and homes[0]["open_at_end"] == 0
    refused = resolve(region, found["id"], manager(region, home))
    assert (refused.status, refused.json()["type"]) == (409, "urn:bedpost:problem:closed")
    assert region.sql(f"SELECT status FROM conflicts WHERE id = '{found['id']}'") == [["open"]]
    assert region.get(f"/api/admin/facilities/{home.facility}", token=region.token("SYSTEM_ADMIN")).json()["status"] == "closed"
    region.admin("facility", "enrol", home.facility, "--ca-dir", region.ca, "--out", os.path.join(region.folder, f"{home.facility}-again.yaml"),
                 "--url", f"https://127.0.0.1:{region.ingest_port}")
    assert conflicts(region, region.token())["conflicts"] == [found]
    said = run(program("bedpost-report"), "conflicts", "--facility", home.facility, "--json", "--config", region.config).stdout
    assert [r["status"] for r in json.loads(said)["tables"][0]["rows"]] == ["open"]
    assert resolve(region, found["id"], manager(region, home)).status == 200


@pytest.mark.parametrize("policy, status", [("latest_wins", "available"), ("source_wins", "available")])
def test_a_policy_settles_at_once(region, new_home, policy, status):
    home = new_home(settings=HEARTBEAT)
    region.admin("facility", "set", home.facility, "--conflict-policy", policy)
    home.drop("a.csv", export(row("bed_1", "occupied", 0)))
    home.wait_shipped()
    home.drop("b.csv", DISAGREES)
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_1": status}
    [found] = conflicts(region, manager(region, home), status="all")["conflicts"]
    assert (found["status"], found["settled_by"], found["settled_reason"]) == ("settled", policy, None)


def test_pages_come_one_after_the_other_without_a_gap(region, new_home):
    home = new_home(settings=HEARTBEAT)
    home.drop("a.csv", export(*(row(f"bed_{n}", "occupied", n // 3) for n in range(10))))
    home.wait_shipped()
    home.drop("b.csv", export(*(row(f"bed_{n}", "available", 100, was="reserved") for n in range(10))))
    home.wait_shipped()
    for path, key, query in ((f"/api/facilities/{home.facility}/history", "events", {}),
                             (f"/api/facilities/{home.facility}/history", "beds", {"as_of": at(50)}),
                             ("/api/conflicts", "conflicts", {})):
        whole = region.get(path, token=manager(region, home), **query).json()
        assert whole["next"] is None and len(whole[key]) == (20 if key == "events" else 10)
        rows, cursor = [], {}
        while cursor is not None:
            page = region.get(path, token=manager(region, home), limit=3, **query, **cursor).json()
            rows += page[key]
            cursor = {"cursor": page["next"]} if page["next"] else None
        assert rows == whole[key]


def test_a_bed_was_unconfirmed_from_where_the_accounts_part_until_it_was_settled(region, home):
    """b.csv says that at 60 s it was free, after a reservation that nobody knew of."""
    def doubted(seconds=None, moment=None, **query):
        beds = history(region, home, manager(region, home), as_of=moment or at(seconds), **query)["beds"]
        return [bed["id"] for bed in beds if bed["unconfirmed"]]
    [found] = conflicts(region, manager(region, home))["conflicts"]
    assert found["began_at"] == at(60) and found["opened_at"] > at(60)
    assert (found["held_at"], found["branch_at"]) == (at(0), at(60)) and "held_by" in found and "branch_by" in found
    assert doubted(30) == [] and doubted(60) == doubted(90) == ["bed_1"]
    assert resolve(region, found["id"], manager(region, home)).status == 200
    [settled] = conflicts(region, manager(region, home), status="settled")["conflicts"]
    assert settled["began_at"] == at(60)
    assert doubted(90) == ["bed_1"] and doubted(moment=settled["settled_at"]) == []
    # What one knew while it was open: nobody had settled anything.
    assert doubted(90, known_at=settled["opened_at"]) == doubted(moment=settled["opened_at"], known_at=settled["opened_at"]) == ["bed_1"]
    assert doubted(90, known_at=at(70)) == []


def test_history_on_two_clocks(region, new_home):
    home = new_home(settings=HEARTBEAT)
    home.drop("a.csv", export(row("bed_1", "available", 0), row("bed_1", "occupied", 600)))
    home.wait_shipped()
    before = region.sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.USZ')")[0][0]
    home.drop("b.csv", export(row("bed_1", "reserved", 300, was="available")))
    home.wait_shipped()

    def then(as_of, **query):
        return [b["status"] for b in history(region, home, manager(region, home), as_of=at(as_of), **query)["beds"]]

    assert then(-1) == [] and then(0) == ["available"]
    assert then(400) == ["reserved"] and then(400, known_at=before) == ["available"]
    assert then(600) == ["occupied"] and then(600, bed="bed_9") == []
    events = history(region, home, manager(region, home))["events"]
    assert [(e["new_status"], e["outcome"]) for e in events] == [
        ("occupied", "applied"), ("reserved", "late"), ("available", "applied")]
    assert len(history(region, home, manager(region, home), known_at=before)["events"]) == 2
    assert [e["changed_at"] for e in history(region, home, manager(region, home), **{"from": at(1), "to": at(600)})["events"]
            ] == [at(300)]
    path = f"/api/facilities/{home.facility}/history"
    for query in ({"as_of": "yesterday"}, {"limit": 0}, {"cursor": "x"}, {"colour": "red"},
                  {"as_of": at(0), "from": at(0)}):
        assert region.get(path, token=manager(region, home), **query).status == 400
    answer = region.get(path, token=manager(region, home))
    assert region.request("GET", path, manager(region, home),
                          headers={"If-None-Match": answer.headers["ETag"]}).status == 304


def test_history_is_for_who_answers_for_the_home_or_watches_it(region, home, new_home):
    other = new_home(settings=HEARTBEAT)
    path = f"/api/facilities/{home.facility}/history"
    for token, status in ((manager(region, home), 200), (region.token(), 200), (region.token("SYSTEM_ADMIN"), 200),
                          (region.token("FACILITY_STAFF", home.facility), 403), (manager(region, other), 404), (None, 401)):
        assert region.get(path, token=token).status == status
