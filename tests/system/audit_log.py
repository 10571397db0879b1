"""The audit log behind the daemon's back, and what its proof says of it."""
import json


def as_owner(region, statements):
    """Behind the daemon's back: the owner takes the triggers away, does it, and puts them back."""
    region.sql(f"SET ROLE bedpost_owner; ALTER TABLE bed_audit_log DISABLE TRIGGER USER; {statements}; "
               "ALTER TABLE bed_audit_log ENABLE TRIGGER USER")


def verify(region, *words):
    done = region.admin("audit", "verify", "--json", *words, check=False)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["sound"] else 1), done.stderr
    return report


def told(report):
    """[(fault, home, first place, last place, place it was written for)]"""
    return [(f["fault"], f["facility_id"], f["n"], f["through"], f["was"]) for f in report["findings"]]
