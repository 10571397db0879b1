"""The three that stand above every feature, as checks on what is stored."""
import json
import re

from tests.stack.process import wait_for


def nothing_lost_nothing_doubled(region, home, events):
    """Each event of the outbox stands in the audit log exactly once, in seq order, without a gap."""
    rows = region.sql("SELECT epoch, seq, event_id, outcome FROM bed_audit_log "
                      f"WHERE facility_id = '{home.facility}' ORDER BY epoch, seq")
    seqs = [int(r[1]) for r in rows]
    assert seqs == list(range(1, events + 1)), f"{len(seqs)} audit rows for {events} events"
    assert len({r[2] for r in rows}) == events, "an event_id stands twice in the audit log"
    assert len({r[0] for r in rows}) <= 1, "the outbox changed its epoch"


def redis_counts(region, facility):
    """{(ward, care level): (total, available, occupied, reserved, maintenance, unconfirmed)} as Redis holds it."""
    found = {}
    keys = region.redis.cli("--scan", "--pattern", f"avail:{facility}:*").split()
    for key in keys:
        value = json.loads(region.redis.cli("get", key))
        _, _, ward, care = key.split(":")
        found[(ward, care)] = tuple(value[k] for k in ("total", "available", "occupied", "reserved", "maintenance",
                                                       "unconfirmed"))
    return found


def everywhere(region, facility, counts, seconds=60):
    """PostgreSQL's beds, the API and Redis all arrive at these counts."""
    def without_empty(table):
        return {key: value for key, value in table.items() if value[0]}

    last = {}

    def agree():
        last["api"] = without_empty(region.counts(facility))
        last["redis"] = without_empty(redis_counts(region, facility))
        return last["api"] == counts and last["redis"] == counts

    try:
        wait_for(agree, f"API and Redis to show {facility}'s beds", seconds, 0.1)
    except Exception:
        assert last == {"api": counts, "redis": counts}
        raise


def metric(region, name):
    """A counter or gauge of the region's without labels."""
    found = re.search(rf"^{name} (\d+)$", region.get("/metrics", token=None).body, re.M)
    return int(found[1])
