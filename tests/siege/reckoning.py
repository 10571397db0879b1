"""The reckoning: what bedpost-sim says must hold, against outboxes, PostgreSQL, Redis, both APIs and the audit chain.

Each check yields what is wrong in words; none of them changes anything.
"""
import collections
import json
import os
import subprocess

from tests.stack.process import wait_for
from tests.stack.region import COUNTS

STATUSES = ("available", "occupied", "reserved", "maintenance")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CANARY = "ZZCANARY"
AGREE_SECONDS = 60


def event_text(number):
    """"evt_" and the ULID of these 16 bytes."""
    number = int.from_bytes(number, "big")
    return "evt_" + "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


def beds(region, truth):
    """Every bed is what its home's story ended with; in PostgreSQL and in the home's own picture."""
    held = collections.defaultdict(dict)
    for facility, bed, status, unconfirmed in region.sql("SELECT facility_id, id, status, unconfirmed FROM beds"):
        held[facility][bed] = status if unconfirmed == "f" else f"unconfirmed ({status})"
    for home in region.homes:
        expected = truth[home.facility]
        own = dict(home.read_outbox("SELECT bed_id, status FROM beds"))
        for where, found in (("PostgreSQL", held[home.facility]), ("the home's own picture", own)):
            for bed in sorted(set(expected) | set(found)):
                if expected.get(bed) != found.get(bed):
                    yield (f"{home.facility}/{bed} is {found.get(bed)} in {where}, and ended as {expected.get(bed)}"
                           f"{' (restored)' if home.restored else ''}")


def events(region):
    """Each event of each outbox stands in the audit log exactly once; seqs have no hole."""
    audit, seqs = collections.defaultdict(collections.Counter), collections.defaultdict(set)
    for facility, epoch, seq, event in region.sql("SELECT facility_id, epoch, seq, event_id FROM bed_audit_log"):
        audit[facility][event] += 1
        seqs[(facility, epoch)].add(int(seq))
    for facility, epoch, seq, reason in region.sql("SELECT facility_id, epoch, seq, reason FROM refusals"):
        yield f"{facility} {epoch} {seq} was refused: {reason}"
    for home in region.homes:
        doubled = [e for e, n in audit[home.facility].items() if n > 1]
        if doubled:
            yield f"{home.facility}: {len(doubled)} events stand twice in the audit log, {doubled[0]} for one"
        shipped = {event_text(i) for (i,) in home.read_outbox("SELECT event_id FROM events")}
        lost = shipped - set(audit[home.facility])
        if lost:
            yield f"{home.facility}: {len(lost)} events of its outbox are not in the audit log, {min(lost)} for one"
        if home.read_outbox("SELECT 1 FROM dead_letters"):
            yield f"{home.facility} has dead letters"
        if not home.restored:
            yield from _without_holes(home, seqs)


def _without_holes(home, seqs):
    epochs = home.read_outbox("SELECT epoch FROM epochs")
    (last,) = home.read_outbox("SELECT last FROM cursor")[0]
    if len(epochs) != 1:
        yield f"{home.facility} began {len(epochs) - 1} new epochs, and was never restored"
    elif seqs[(home.facility, epochs[0][0])] != set(range(1, last + 1)):
        yield f"{home.facility}: the audit log has other seqs than 1 to {last}"


def expected_counts(region):
    table = collections.defaultdict(lambda: [0] * len(COUNTS))
    for facility, ward, care, status, unconfirmed in region.sql(
            "SELECT facility_id, ward, care_level, status, unconfirmed FROM beds"):
        counts = table[(facility, ward, care)]
        counts[0] += 1
        counts[COUNTS.index("unconfirmed") if unconfirmed == "t" else 1 + STATUSES.index(status)] += 1
    return {key: tuple(counts) for key, counts in table.items()}


def with_beds(table):
    return {key: counts for key, counts in table.items() if counts[0]}


def postgresql_counts(region):
    rows = region.sql(f"SELECT facility_id, ward, care_level, {', '.join(COUNTS)} FROM facility_availability")
    return with_beds({tuple(r[:3]): tuple(int(n) for n in r[3:]) for r in rows})


def api_counts(region):
    return with_beds({(r["facility_id"], r["ward"], r["care_level"]): tuple(r[f"{c}_beds"] for c in COUNTS)
                      for r in region.availability()})


def redis_counts(region):
    keys = region.redis.cli("--scan", "--pattern", "avail:fac_*").split()
    values = region.redis.cli("mget", *keys).splitlines() if keys else []
    table = {}
    for key, text in zip(keys, values):
        value = json.loads(text) if text else {}
        table[tuple(key.split(":")[1:])] = tuple(value.get(c) for c in COUNTS)
    return with_beds(table)


def availability(region, pages):
    """PostgreSQL, both APIs, Redis and the open pages show what the beds add up to."""
    truth = expected_counts(region)
    places = {"PostgreSQL": lambda: postgresql_counts(region), "Redis": lambda: redis_counts(region)}
    for daemon in region.with_role("api"):
        places[daemon.name] = lambda d=daemon: api_counts(region.asking(d))
    for number, page in enumerate(pages, 1):
        places[f"open page {number}"] = lambda p=page: {k: truth[k] if truth.get(k, ())[:2] == v else v
                                                        for k, v in p.counts().items()}
    for place, read in places.items():
        try:
            wait_for(lambda r=read: r() == truth, place, AGREE_SECONDS, 0.2)
        except Exception:  # pylint: disable=broad-except
            found = read()
            wrong = [k for k in set(truth) | set(found) if truth.get(k) != found.get(k)]
            if wrong:
                key = min(wrong)
                yield f"{place} differs in {len(wrong)} rows: {'/'.join(key)} is {found.get(key)}, not {truth.get(key)}"


def proof(region):
    """The audit chains are sound, and no alert was told twice."""
    done = region.admin("audit", "verify", check=False, timeout=600)
    if done.returncode:
        yield f"audit verify: {done.stdout}{done.stderr}"
    for facility, rule, ward, count in region.sql(
            "SELECT facility_id, rule, ward, count(*) FROM alert_history WHERE cleared_at IS NULL GROUP BY 1, 2, 3 "
            "HAVING count(*) > 1"):
        yield f"{facility}: {rule} of {ward or 'the home'} is open {count} times"


def no_patient(region):
    """The word that stands in every resident's field is nowhere but in what the EHRs wrote."""
    dump = subprocess.run([f"{region.postgres.bin}/pg_dump", "-d", region.postgres.conninfo(region.database)],
                          capture_output=True, check=True).stdout
    if CANARY.encode() in dump:
        yield "a patient is in PostgreSQL"
    for folder, _, names in os.walk(region.folder):
        for name in names:
            path = os.path.join(folder, name)
            if name.endswith((".log", ".json")) or name.startswith("outbox.db"):
                with open(path, "rb") as file:
                    if CANARY.encode() in file.read():
                        yield f"a patient is in {path}"


def reckon(region, truth, pages):
    """Everything that is wrong."""
    for check in (lambda: beds(region, truth), lambda: events(region), lambda: availability(region, pages),
                  lambda: proof(region), lambda: no_patient(region)):
        yield from check()
