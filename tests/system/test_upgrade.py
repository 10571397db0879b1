"""New programs on a database or an outbox that was not brought up to date: what one is told, and that it heals."""
import json
import os
import sqlite3
import subprocess

import pytest

from tests.stack.process import program, wait_for

from .exports import export, row

LAST = "(SELECT max(number) FROM schema_migrations)"


def bedpost(home, *words):
    return subprocess.run([program("bedpost"), *words, "--config", home.config], capture_output=True, text=True, timeout=60, check=False)


def set_outbox_version(home, by):
    """Gives the version that it had."""
    with sqlite3.connect(home.outbox_file) as outbox:
        [was] = outbox.execute("PRAGMA user_version").fetchone()
        outbox.execute(f"PRAGMA user_version = {was + by}")
    outbox.close()
    return was


@pytest.mark.parametrize("by, says", [(-1, "it is still of an older bedpost"), (1, "a newer bedpost has written it")])
def test_a_home_is_told_that_its_outbox_and_its_programs_are_of_two_versions(region, new_home, by, says):
    home = new_home()
    home.drop("a.csv", export(row("bed_1", "occupied", 0)))
    home.wait_shipped()
    home.stop()
    set_outbox_version(home, by)
    for words in (["bed", "list"], ["files"], ["outbox", "status"], ["outbox", "list"], ["explain", "bed_1"], ["quarantine", "list"], ["bed", "set", "bed_1", "available"]):
        done = bedpost(home, *words)
        assert done.returncode == 1 and says in done.stderr, (words, done.stderr)
        assert "restart" in done.stderr and "Traceback" not in done.stderr
    for words in (["status"], ["doctor"]):
        done = bedpost(home, *words, "--json")
        said = json.loads(done.stdout)
        faults = {f["code"]: f for f in said.get("findings") or said["checks"]}
        assert done.returncode == 1 and says in faults["outbox_version"]["text"] and "restart" in faults["outbox_version"]["todo"]
        assert "outbox_unreadable" not in faults
    if by > 0:
        for name in ("bedpost-watcher", "bedpost-syncd"):
            done = subprocess.run([program(name), "--config", home.config], capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode != 0 and says in done.stderr, done.stderr
    set_outbox_version(home, -by)
    home.start()
    home.drop("b.csv", export(row("bed_1", "available", 60)))
    home.wait_shipped()
    assert region.beds(home.facility) == {"bed_1": "available"}


def test_a_region_that_was_not_migrated_says_so_and_begins_when_it_is(region, new_home):
    home = new_home()
    region.daemon.stop()
    [[number, name, checksum]] = region.sql(f"SELECT number, name, checksum FROM schema_migrations WHERE number = {LAST}")
    region.sql(f"DELETE FROM schema_migrations WHERE number = {number}")
    for words in (["facility", "list"], ["user", "list"], ["audit", "verify"]):
        done = subprocess.run([program("bedpost-admin"), *words, "--config", region.config], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1 and "run: bedpost-admin db migrate" in done.stderr
    done = subprocess.run([program("bedpost-report"), "occupancy", "--config", region.config], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and "run: bedpost-admin db migrate" in done.stderr
    region.start(wait=False)

    def waits():
        try:
            answer = region.get("/readyz", token=None)
        except OSError:
            return False
        return answer.status == 503 and answer.json()["migrated"] is False and answer.json()["postgresql"]

    wait_for(waits, "the region to say that it was not migrated", 60)
    wait_for(lambda: "is not applied; run: bedpost-admin db migrate" in region.daemon.tail(), "the log to say why", 60)
    home.drop("a.csv", export(row("bed_1", "occupied", 0)))
    assert region.sql("SELECT count(*) FROM bed_audit_log") == [["0"]]
    region.sql(f"INSERT INTO schema_migrations (number, name, checksum) VALUES ({number}, '{name}', '{checksum}')")
    region.wait_ready()
    assert region.get("/readyz", token=None).json()["migrated"] is True
    wait_for(lambda: region.beds(home.facility) == {"bed_1": "occupied"}, "what waited at the home", 120)


def test_a_region_migrated_by_a_newer_program_goes_on_to_answer(region):
    region.token()
    region.daemon.stop()
    region.sql("INSERT INTO schema_migrations (number, name, checksum) VALUES (9999, 'of_tomorrow', 'x')")
    region.start()
    assert region.get("/api/facilities").status == 200
    wait_for(lambda: "9999_of_tomorrow, unknown to this program: it is older" in region.daemon.tail(), "why nothing is taken in", 60)
