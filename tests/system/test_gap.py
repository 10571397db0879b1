"""What is missing between two batches is asked for again."""
import json
import random

from .exports import at
from .invariants import metric
from .wire import Wire, event_id


def test_a_batch_that_begins_too_far_on_settles_nothing_and_is_told_what_is_expected(region):
    wire, chance = Wire(region, "fac_gap"), random.Random(1)
    lines = [json.dumps({"event_id": event_id(chance, n), "facility_id": "fac_gap", "bed_id": f"bed_{n}",
                         "new_status": "occupied", "changed_at": at(n)}, separators=(",", ":")) for n in range(5)]
    assert wire.send(lines[:2])["applied_through"] == 2
    before = metric(region, "bedpost_gaps_total")
    status, answer = wire.post(wire.body(lines[3:], 4))
    assert (status, answer["applied_through"], answer["outcomes"]) == (200, 2, [])
    assert metric(region, "bedpost_gaps_total") == before + 1
    assert len(region.beds("fac_gap")) == 2
    assert wire.send(lines[2:])["applied_through"] == 5
    assert metric(region, "bedpost_gaps_total") == before + 1 and len(region.beds("fac_gap")) == 5
    wire.close()
