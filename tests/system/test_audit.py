"""The audit log proves itself: its months stand ready, and nobody changes a row unseen."""
import json

from tests.stack.process import wait_for

OUTSIDE = """INSERT INTO bed_audit_log (facility_id, n, epoch, seq, event_id, bed_id, new_status, changed_at, received_at,
 outcome, in_history, bed_version, prev_hash, hash) VALUES ('fac_x', 1, 'e', 1, 'evt_1', 'bed_1', 'available', now(),
 '2040-05-05T00:00:00Z', 'applied', true, 1, '', '')"""


def months(region):
    return {row[0] for row in region.sql("SELECT inhrelid::regclass FROM pg_inherits "
                                         "WHERE inhparent = 'bed_audit_log'::regclass")} - {"bed_audit_log_default"}


def readiness(region):
    return region.get("/readyz", token=None).json()["audit"]


def test_a_running_region_makes_its_months_and_says_so(region):
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
    wait_for(lambda: readiness(region), "the months to be told")
    assert readiness(region)["status"] == "attention"
    assert "bedpost_audit_default_rows 1" in region.get("/metrics", token=None).body
    assert "audit_rows_outside_months" in region.daemon.tail(1000)
