"""The audit log is attacked by the database's owner while homes go on sending; each attack is named, and nothing waits."""
import os
import signal
import subprocess

import pytest

from tests.stack.process import program, wait_for

from .audit_log import as_owner, told, verify
from .load import Load

HOME = "fac_home_1"
ROWS = f"FROM bed_audit_log WHERE facility_id = '{HOME}'"
FALSE_ROW = ("CREATE TEMP TABLE false_row AS SELECT * FROM saved WHERE n = 5; UPDATE false_row SET {}; "
             "INSERT INTO bed_audit_log SELECT * FROM false_row; DROP TABLE false_row")
ATTACKS = {
    "updated": (f"UPDATE bed_audit_log SET ward = 'x' WHERE facility_id = '{HOME}' AND n = 5",
                [("changed", HOME, 5, 5, None)]),
    "deleted": (f"DELETE {ROWS} AND n IN (4, 5)", [("removed", HOME, 4, 5, None)]),
    "inserted": (FALSE_ROW.format("event_id = 'evt_false'"), [("added", HOME, 5, 5, None)]),
    "reordered": (f"UPDATE bed_audit_log SET n = 10 - n WHERE facility_id = '{HOME}' AND n IN (3, 7)",
                  [("moved", HOME, 3, 3, 7), ("moved", HOME, 7, 7, 3)]),
}
RESTORE = f"DELETE {ROWS} AND n <= 10; INSERT INTO bed_audit_log SELECT * FROM saved"


@pytest.fixture
def load(region):
    """Homes at work, whose first rows are kept in a table to go back to."""
    with Load(region) as made:
        wait_for(lambda: int(region.sql(f"SELECT count(*) {ROWS}")[0][0]) >= 10, "ten rows")
        region.sql(f"CREATE TABLE saved AS SELECT * {ROWS} AND n <= 10; GRANT ALL ON saved TO bedpost_owner")
        yield made


def test_each_attack_is_named_under_load(region, load):
    assert verify(region)["sound"]
    for name, (statements, expected) in ATTACKS.items():
        as_owner(region, statements)
        load.goes_on()  # what comes after is chained to what was there, and is no fault of its own
        assert sorted(told(verify(region))) == sorted(expected), name
        as_owner(region, RESTORE)
        assert verify(region)["sound"], name


def test_the_newest_row_is_missed_although_the_chain_went_on(region, load):
    (n,), = region.sql(f"WITH gone AS (SELECT max(n) AS n {ROWS}) SELECT n FROM gone")
    as_owner(region, f"DELETE {ROWS} AND n = {n}")
    load.goes_on()
    assert told(verify(region)) == [("removed", HOME, int(n), int(n), None)]


def test_a_month_put_aside_is_missed_and_sound_when_it_is_back(region, load):
    month = region.sql(f"SELECT DISTINCT tableoid::regclass {ROWS}")[0][0]
    bounds = region.sql(f"SELECT pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = '{month}'::regclass")[0][0]
    as_owner(region, f"ALTER TABLE bed_audit_log DETACH PARTITION {month}; "
                     f"CREATE TABLE empty PARTITION OF bed_audit_log {bounds}")
    counts = dict(region.sql(f"SELECT facility_id, max(n) FROM {month} GROUP BY 1"))
    load.goes_on()
    assert sorted(told(verify(region))) == sorted(("removed", home, 1, int(n), None) for home, n in counts.items())
    as_owner(region, f"ALTER TABLE bed_audit_log DETACH PARTITION empty; INSERT INTO {month} SELECT * FROM empty; "
                     f"DROP TABLE empty; ALTER TABLE bed_audit_log ATTACH PARTITION {month} {bounds}")
    load.goes_on()
    assert verify(region)["sound"]


def test_a_file_of_signed_heads_that_was_cut_off_is_named_under_load(region, load, tmp_folder):
    folder, key = os.path.join(tmp_folder, "heads"), os.path.join(tmp_folder, "audit.key")
    os.mkdir(folder)
    region.admin("audit", "keygen", "--out", key)
    region.admin("audit", "sign", "--dir", folder, "--key", key)
    heads = ("--heads", folder, "--public-key", key + ".pub")
    load.goes_on()
    assert verify(region, *heads)["sound"]
    (name,) = os.listdir(folder)
    os.truncate(os.path.join(folder, name), 0)
    report = verify(region, *heads)
    assert not report["sound"] and [f["file"] for f in report["findings"]] == [name]


def in_transaction(region):
    """Is a proof in the middle of its reading?"""
    return region.sql("SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'bedpost-admin%' "
                      f"AND datname = '{region.database}' AND xact_start IS NOT NULL")


def test_a_proof_that_stands_still_holds_nobody_up(region, load):
    def hold():
        """A proof stopped within its transaction; None if it was over too soon."""
        proof = subprocess.Popen([program("bedpost-admin"), "audit", "verify", "--config", region.config],
                                 stdout=subprocess.PIPE, text=True)
        while proof.poll() is None:
            if in_transaction(region):
                proof.send_signal(signal.SIGSTOP)
                if in_transaction(region):
                    return proof
                proof.send_signal(signal.SIGCONT)
        return None

    proof = wait_for(hold, "a proof to be caught in the middle", 120)
    load.goes_on()
    load.goes_on()
    assert in_transaction(region)
    proof.send_signal(signal.SIGCONT)
    assert "sound" in proof.communicate(timeout=60)[0] and proof.returncode == 0
