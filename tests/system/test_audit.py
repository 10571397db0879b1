"""The audit log proves itself: its months stand ready, and nobody changes a row unseen."""
import csv
import hashlib
import io
import itertools
import json
import os
import threading

import pytest

from tests.stack.process import StackError, wait_for

from .audit_log import as_owner, told, verify
from .exports import export, row

OUTSIDE = """INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, new_status, changed_at, received_at,
 outcome, in_history, bed_version, prev_hash, hash) VALUES ('fac_x', 1, 'e', 1, 'evt_1', 'bed_1', 'available', now(),
 '2040-05-05T00:00:00Z', 'applied', true, 1, '', '')"""


def months(region):
    return {row[0] for row in region.sql("SELECT inhrelid::regclass FROM pg_inherits "
                                         "WHERE inhparent = 'bed_audit_log'::regclass")} - {"bed_audit_log_default"}


def readiness(region):
    return region.get("/readyz", token=None).json()["audit"]


def test_a_running_region_makes_its_months_and_says_so(same_day, region):
    wait_for(lambda: readiness(region) == {"status": "ok", "default_rows": 0, "months_ahead": 3}, "the months to be told")
    assert len(months(region)) == 4
    assert "bedpost_audit_months_ahead 3" in region.get("/metrics", token=None).body
    region.stop()
    newest = max(months(region))
    region.sql(f"DROP TABLE {newest}")
    assert json.loads(region.admin("db", "status", "--json").stdout)["audit_log"]["months_ahead"] == 2
    region.start()
    wait_for(lambda: newest in months(region), "the merge to make the month that is missing")
    region.sql(f"DROP TABLE {newest}")
    assert json.loads(region.admin("db", "migrate", "--json").stdout) == {"applied": 0, "months_made": 1}


def test_a_row_that_found_no_month_does_not_stay_unnoticed(region):
    region.stop()
    region.sql(OUTSIDE)
    status = region.admin("db", "status", "--json", check=False)
    assert status.returncode == 1
    assert json.loads(status.stdout)["audit_log"]["default_rows"] == 1
    region.start()
    wait_for(lambda: (readiness(region) or {}).get("status") == "attention", "the row to be told of")
    wait_for(lambda: "bedpost_audit_default_rows 1" in region.get("/metrics", token=None).body, "the count of it")
    wait_for(lambda: "audit_rows_outside_months" in region.daemon.tail(1000), "the log to say so")


COLUMNS = ("facility_id, n, epoch, seq, event_id, bed_id, previous_status, held_status, new_status, ward, care_level, "
           "changed_by, (extract(epoch FROM changed_at) * 1000000)::bigint, "
           "(extract(epoch FROM received_at) * 1000000)::bigint, reason, source->>'adapter', source->>'file', "
           "source->>'record', source->>'ordinal', source->>'time_source', host(source_ip), outcome, outcome_reason, "
           "in_history, bed_version, conflict_id")


def hash_anew(region, facility, first):
    """What somebody does who knows the format: everything from row `first` on gets new hashes, and the home its head."""
    rows = region.sql(f"SELECT {COLUMNS} FROM bed_audit_log WHERE facility_id = '{facility}' ORDER BY n")
    head = hashlib.blake2b(b"bedpost-audit:" + facility.encode(), digest_size=32).digest()
    changes = []
    for number, row in enumerate(rows, 1):
        before = head
        text = "".join(cell + "\x1f" for cell in row) + "\n"
        head = hashlib.blake2b(before + text.encode(), digest_size=32).digest()
        if number >= first:
            changes.append(f"UPDATE bed_audit_log SET prev_hash = '\\x{before.hex()}', hash = '\\x{head.hex()}' "
                           f"WHERE facility_id = '{facility}' AND n = {number};")
    return "".join(changes) + (f"UPDATE facilities SET audit_n = {len(rows)}, audit_head = '\\x{head.hex()}' "
                               f"WHERE id = '{facility}';")


@pytest.fixture
def chains(region, new_home):
    """Two homes with 12 rows each, and a copy of everything to go back to."""
    homes = [new_home("fac_a"), new_home("fac_b")]
    for home in homes:
        home.drop("a.csv", export(*(row(f"bed_{i % 4}", ("available", "occupied")[i // 4 % 2], 60 * i)
                                    for i in range(12))))
    for home in homes:
        home.wait_shipped()
        home.stop()
    region.sql("CREATE TABLE saved AS SELECT * FROM bed_audit_log; CREATE TABLE saved_homes AS SELECT * FROM facilities;"
               "GRANT ALL ON saved, saved_homes TO bedpost_owner")
    return region


def restore(region):
    as_owner(region, "DELETE FROM bed_audit_log; INSERT INTO bed_audit_log SELECT * FROM saved; "
                     "UPDATE facilities f SET audit_n = s.audit_n, audit_head = s.audit_head FROM saved_homes s "
                     "WHERE s.id = f.id")


A = "FROM bed_audit_log WHERE facility_id = 'fac_a'"
COPY = ("CREATE TEMP TABLE copy AS SELECT * FROM bed_audit_log WHERE facility_id = 'fac_a' AND n = 5; "
        "UPDATE copy SET {}; INSERT INTO bed_audit_log SELECT * FROM copy; DROP TABLE copy")
SET = "UPDATE bed_audit_log SET {} WHERE facility_id = 'fac_a' AND n = 5"
CHANGED = [("changed", "fac_a", 5, 5, None)]
TAMPERING = {
    "status": (SET.format("new_status = 'reserved'"), CHANGED),
    "who": (SET.format("changed_by = 'user_nobody'"), CHANGED),
    "nobody": (SET.format("changed_by = ''"), CHANGED),
    "when": (SET.format("changed_at = changed_at + interval '1 microsecond'"), CHANGED),
    "known_when": (SET.format("received_at = received_at - interval '1 hour'"), CHANGED),
    "never": (SET.format("changed_at = 'infinity'"), CHANGED),
    "address": (SET.format("source_ip = '192.0.2.99'"), CHANGED),
    "net": (SET.format("source_ip = set_masklen(source_ip, 8)"), CHANGED),
    "source": (SET.format("source = jsonb_set(source, '{record}', '99')"), CHANGED),
    "more_source": (SET.format("""source = source || '{"patient": "x"}'"""), CHANGED),
    "no_source": (SET.format("""source = '"x"'"""), CHANGED),
    "hash": (SET.format("hash = decode(repeat('00', 32), 'hex')"), CHANGED),
    "short_hash": (SET.format("hash = ''"), CHANGED),
    "previous_hash": (SET.format("prev_hash = decode(repeat('00', 32), 'hex')"), CHANGED),
    "removed": (f"DELETE {A} AND n IN (3, 7, 8)", [("removed", "fac_a", 3, 3, None), ("removed", "fac_a", 7, 8, None)]),
    "first_removed": (f"DELETE {A} AND n = 1", [("removed", "fac_a", 1, 1, None)]),
    "cut_off": (f"DELETE {A} AND n > 9", [("removed", "fac_a", 10, 12, None)]),
    "all_removed": (f"DELETE {A}", [("removed", "fac_a", 1, 12, None)]),
    "added": (COPY.format("event_id = 'evt_false'"), [("added", "fac_a", 5, 5, None)]),
    "doubled": (COPY.format("seq = seq"), [("added", "fac_a", 5, 5, None)]),
    "appended": (COPY.format("n = 13"), [("added", "fac_a", 13, 13, None)]),
    "another_home": (COPY.format("facility_id = 'fac_z', n = 1"), [("added", "fac_z", 1, 1, None)]),
    "renumbered": (f"DELETE {A} AND n = 4; UPDATE bed_audit_log SET n = n - 1 WHERE facility_id = 'fac_a' AND n > 4",
                   [("removed", "fac_a", 4, 4, None), ("moved", "fac_a", 4, 11, 5)]),
    "swapped": ("UPDATE bed_audit_log SET n = 13 - n WHERE facility_id = 'fac_a' AND n IN (3, 10)",
                [("moved", "fac_a", 3, 3, 10), ("moved", "fac_a", 10, 10, 3)]),
    "neighbours_swapped": ("UPDATE bed_audit_log SET n = 13 - n WHERE facility_id = 'fac_a' AND n IN (6, 7)",
                           [("moved", "fac_a", 6, 6, 7), ("moved", "fac_a", 7, 7, 6)]),
}


def test_whatever_the_owner_does_to_a_row_is_named(chains):
    sound = verify(chains)
    assert (sound["sound"], sound["homes"], sound["rows"]) == (True, 2, 24)
    for name, (statements, expected) in TAMPERING.items():
        events = dict(chains.sql("SELECT n, event_id FROM saved WHERE facility_id = 'fac_a'"))
        as_owner(chains, statements)
        report = verify(chains)
        order = sorted(told(report), key=lambda f: (f[1], f[2], f[0]))
        assert order == sorted(expected, key=lambda f: (f[1], f[2], f[0])), name
        if expected == CHANGED:
            assert report["findings"][0]["event_id"] == events["5"], name
            assert report["findings"][0]["received_at"] or name == "never", name
        assert told(verify(chains, "--facility", "fac_b")) == [], name
        restore(chains)
    assert verify(chains)["sound"]


def test_people_read_which_row_it_is(chains):
    as_owner(chains, SET.format("new_status = 'reserved'"))
    done = chains.admin("audit", "verify", check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("fac_a row 5: changed, event evt_")
    assert "BROKEN: 24 rows of 2 homes" in done.stdout and "rows a second" in done.stdout
    assert chains.admin("audit", "verify", "--facility", "fac_b").stdout.startswith("sound: 12 rows of 1 homes")
    for wrong in (["--facility", "nonsense"], ["--from", "yesterday"], ["--heads", "/tmp"], ["--nonsense"]):
        assert chains.admin("audit", "verify", *wrong, check=False).returncode == 2
    assert chains.admin("audit", "verify", "--facility", "fac_nowhere", check=False).returncode == 3


def test_a_span_of_time_is_proved_alone(chains):
    assert verify(chains, "--from", "2020-01-01", "--to", "2020-02-01")["rows"] == 0
    as_owner(chains, "UPDATE bed_audit_log SET ward = 'x' WHERE facility_id = 'fac_b' AND n = 2")
    assert verify(chains, "--to", "2020-01-01T00:00:00Z")["sound"]
    assert told(verify(chains, "--from", "2020-01-01")) == [("changed", "fac_b", 2, 2, None)]


@pytest.fixture
def signed(same_day, chains, tmp_folder):
    """The chains, signed as they are."""
    folder, key = os.path.join(tmp_folder, "heads"), os.path.join(tmp_folder, "audit.key")
    os.mkdir(folder)
    chains.admin("audit", "keygen", "--out", key)
    assert os.stat(key).st_mode & 0o777 == 0o600
    assert chains.admin("audit", "keygen", "--out", key, check=False).returncode == 1
    chains.admin("audit", "sign", "--dir", folder, "--key", key)
    again = json.loads(chains.admin("audit", "sign", "--dir", folder, "--key", key, "--json").stdout)
    assert again["result"] == "was signed already" and len(os.listdir(folder)) == 1
    chains.heads = ["--heads", folder, "--public-key", key + ".pub"]
    chains.heads_file = os.path.join(folder, os.listdir(folder)[0])
    return chains


def test_signed_heads_tell_what_the_database_cannot(signed):
    sound = verify(signed, *signed.heads)
    assert sound["sound"] and sound["signed_files"] == 1
    # cut off, and the home's own head with it: to the database all is well
    cut = ("DELETE FROM bed_audit_log WHERE facility_id = 'fac_a' AND n > 9; UPDATE facilities f SET audit_n = 9, "
           "audit_head = l.hash FROM bed_audit_log l WHERE f.id = 'fac_a' AND l.facility_id = f.id AND l.n = 9")
    as_owner(signed, cut)
    assert verify(signed)["sound"]
    assert told(verify(signed, *signed.heads)) == [("removed", "fac_a", 10, 12, None)]
    restore(signed)
    # changed, and everything after it hashed anew
    as_owner(signed, SET.replace("n = 5", "n = 8").format("new_status = 'reserved'"))
    as_owner(signed, hash_anew(signed, "fac_a", 8))
    assert verify(signed)["sound"]
    assert told(verify(signed, *signed.heads)) == [("rewritten", "fac_a", 1, 12, None)]
    restore(signed)
    as_owner(signed, hash_anew(signed, "fac_a", 1))  # the same hashes: the format is as documented
    assert verify(signed, *signed.heads)["sound"]


def test_a_signed_file_that_was_touched_is_named(signed):
    with open(signed.heads_file, encoding="utf-8") as file:
        text = file.read()
    with open(signed.heads_file, "w", encoding="utf-8") as file:
        file.write(text.replace("fac_a 12", "fac_a 11"))
    report = verify(signed, *signed.heads)
    assert [f["file"] for f in report["findings"]] == [os.path.basename(signed.heads_file)]
    os.unlink(signed.heads_file)
    assert signed.admin("audit", "verify", *signed.heads, check=False).returncode == 3


def test_the_log_is_proved_while_the_daemon_writes(region, new_home):
    home = new_home("fac_a")
    stop = threading.Event()

    def drop():
        for number in itertools.count():
            if stop.is_set():
                return
            home.drop(f"{number}.csv", export(*(row(f"bed_{i}", ("available", "occupied")[number % 2],
                                                    60 * number) for i in range(40))))
            wait_for(lambda: len(os.listdir(home.drop_folder)) < 5, "the watcher to keep up")
    writer = threading.Thread(target=drop)
    writer.start()
    try:
        seen = []

        def five_lengths():
            report = verify(region)
            assert report["sound"], report
            seen.append(report["rows"])
            return len(set(seen)) >= 5

        wait_for(five_lengths, "the log to be proved at five lengths", 180)
    finally:
        stop.set()
        writer.join()
    assert seen == sorted(seen)


def test_a_running_region_signs_each_day(same_day, region, new_home, tmp_folder):
    folder, key = os.path.join(tmp_folder, "heads"), os.path.join(tmp_folder, "audit.key")
    home = new_home("fac_a")
    home.drop("a.csv", export(row("bed_1", "available", 0)))
    home.wait_shipped()
    region.stop()
    os.mkdir(folder)
    region.admin("audit", "keygen", "--out", key)
    with open(region.config, "a", encoding="utf-8") as file:
        file.write(f"audit: {{dir: {folder}, key: {key}}}\n")
    region.start()
    wait_for(lambda: os.listdir(folder), "the heads to be signed")
    report = verify(region, "--heads", folder, "--public-key", key + ".pub")
    assert report["sound"] and report["signed_files"] == 1
    with open(os.path.join(folder, os.listdir(folder)[0]), encoding="utf-8") as file:
        assert "\nhead fac_a 1 " in file.read()


def test_the_daemon_s_roles_can_only_append(chains):
    for role in ("bedpost_ingest", "bedpost_api", "bedpost_report"):
        for statement in ("UPDATE bed_audit_log SET ward = 'x'", "DELETE FROM bed_audit_log", "TRUNCATE bed_audit_log",
                          "ALTER TABLE bed_audit_log DISABLE TRIGGER USER", "DROP TABLE bed_audit_log",
                          "SET session_replication_role = replica"):
            with pytest.raises(StackError, match="permission denied|must be owner"):
                chains.sql(f"SET SESSION AUTHORIZATION {role}; {statement}")
    with pytest.raises(StackError, match="append-only"):
        chains.sql("SET ROLE bedpost_owner; UPDATE bed_audit_log SET ward = 'x'")
    assert verify(chains)["sound"]


def audit(region, token=None, **query):
    answer = region.get("/api/audit", token=token or region.token("SYSTEM_ADMIN"), **query)
    assert answer.status == 200, answer.body
    return answer.json()


def all_pages(region, **query):
    page = audit(region, **query)
    rows = page["rows"]
    while page["next"]:
        page = audit(region, cursor=page["next"], **query)
        rows += page["rows"]
    return rows


def test_the_audit_log_is_read_page_by_page(chains):
    whole = audit(chains)
    assert len(whole["rows"]) == 24 and whole["next"] is None
    assert all_pages(chains, limit=5) == whole["rows"]
    times = [r["received_at"] for r in whole["rows"]]
    assert times == sorted(times, reverse=True)
    stored = chains.sql("SELECT facility_id, n, encode(hash, 'hex') FROM bed_audit_log ORDER BY 1, 2")
    assert sorted([r["facility_id"], str(r["n"]), r["hash"]] for r in whole["rows"]) == sorted(stored)


def test_the_audit_log_is_filtered(chains):
    rows = audit(chains)["rows"]
    for query, keep in (({"facility": "fac_a"}, lambda r: r["facility_id"] == "fac_a"),
                        ({"bed": "bed_2"}, lambda r: r["bed_id"] == "bed_2"),
                        ({"outcome": "applied"}, lambda r: r["outcome"] == "applied"),
                        ({"outcome": "late"}, lambda r: False), ({"changed_by": "user_hansen"}, lambda r: True),
                        ({"changed_by": "user_nobody"}, lambda r: False), ({"to": "2020-01-01T00:00:00Z"}, lambda r: False),
                        ({"from": "2020-01-01T00:00:00Z", "facility": "fac_b"}, lambda r: r["facility_id"] == "fac_b"),
                        ({"from": rows[3]["received_at"]}, lambda r: r["received_at"] >= rows[3]["received_at"])):
        assert all_pages(chains, limit=3, **query) == [r for r in rows if keep(r)], query
    admin = chains.token("SYSTEM_ADMIN")
    for query in ({"facility": "x y"}, {"outcome": "nice"}, {"from": "yesterday"}, {"limit": "0"}, {"cursor": "1-2"},
                  {"cursor": "'; DROP TABLE beds"}, {"colour": "red"}):
        answer = chains.get("/api/audit", token=admin, **query)
        assert answer.status == 400 and answer.json()["parameter"] == list(query)[0], query


def test_the_audit_log_comes_as_csv_too(chains):
    admin = chains.token("SYSTEM_ADMIN")
    answer = chains.request("GET", "/api/audit?limit=20", admin, headers={"Accept": "text/csv"})
    assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(answer.body, newline="")))
    page = audit(chains, limit=20)
    assert answer.headers["X-Next-Cursor"] == page["next"]
    assert [(r["facility_id"], int(r["n"]), r["event_id"], r["changed_at"]) for r in lines] == [
        (r["facility_id"], r["n"], r["event_id"], r["changed_at"]) for r in page["rows"]]
    last = chains.request("GET", "/api/audit?cursor=" + page["next"], admin, headers={"Accept": "text/csv"})
    assert "X-Next-Cursor" not in last.headers and len(last.body.splitlines()) == 5
    assert chains.request("GET", "/api/audit", admin, headers={"Accept": "image/png"}).status == 406


def test_only_the_administrator_reads_the_audit_log_and_each_reading_is_noted(chains):
    for role in ("FACILITY_STAFF", "FACILITY_MANAGER", "REGIONAL_COORDINATOR"):
        token = chains.token(role, "fac_a")
        for query in ({}, {"facility": "fac_a"}):
            assert chains.get("/api/audit", token=token, **query).status == 403
    assert chains.get("/api/audit", token=None).status == 401
    audit(chains, facility="fac_a")
    audit(chains)

    def noted():
        return chains.sql("SELECT allowed, coalesce(facility_id, '-'), count(*) FROM access_log WHERE action = 'audit' "
                          "GROUP BY 1, 2 ORDER BY 1, 2")
    wait_for(lambda: noted() == [["f", "-", "7"], ["t", "-", "1"], ["t", "fac_a", "1"]], "every reading to be noted")
