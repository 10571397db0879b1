"""A home that is heard of again is fresh again, for whoever watches, without a bed having changed."""
import select

import psycopg2
import pytest

from tests.stack.process import wait_for

from .wire import Wire, digest

NOTHING = digest(b"")  # the state of a home without beds


@pytest.fixture
def listener(region):
    """A connection that hears what the region's daemons hear."""
    connection = psycopg2.connect(region.postgres.conninfo(region.database))
    connection.autocommit = True
    connection.cursor().execute("LISTEN bedpost_changed")
    yield connection
    connection.close()


def heard(listener):
    """What was notified up to now: what commits later is notified later."""
    listener.cursor().execute("SELECT pg_notify('bedpost_changed', 'until here')")
    told = []

    def ended():
        select.select([listener], [], [], 1)
        listener.poll()
        told.extend(n.payload for n in listener.notifies)
        listener.notifies.clear()
        return told[-1:] == ["until here"]

    wait_for(ended, "the listener's own word")
    return told[:-1]


def shown(region, facility):
    return next((home["status"] for home in region.get("/api/facilities").json()["facilities"] if home["id"] == facility), None)


def silent_for(region, facility, interval):
    region.sql(f"UPDATE facilities SET last_contact_at = now() - interval '{interval}', as_of = now() - interval '{interval}', "
               f"in_sync_at = now() - interval '{interval}' WHERE id = '{facility}'")


def test_a_home_that_is_back_by_a_heartbeat_alone_is_told_and_its_next_heartbeats_are_not(region, listener):
    wire = Wire(region, "fac_back")
    heard(listener)  # that it was added
    assert wire.heartbeat(queued=0, state=NOTHING)["in_sync"]
    assert "fac_back" in heard(listener)
    for _ in range(3):
        wire.heartbeat(queued=0, state=NOTHING)
    assert "fac_back" not in heard(listener)
    for interval in ("10 minutes", "2 hours"):  # stale, and offline
        silent_for(region, "fac_back", interval)
        wire.heartbeat(queued=0, state=NOTHING)
        assert "fac_back" in heard(listener), interval
    # In contact, but with a queue: offline no more, and not fresh.
    silent_for(region, "fac_back", "2 hours")
    wire.heartbeat(queued=3)
    assert "fac_back" in heard(listener)
    wire.heartbeat(queued=2)
    assert "fac_back" not in heard(listener)
    wait_for(lambda: shown(region, "fac_back") == "stale", "the API to show it so")
    wire.heartbeat(queued=0, state=NOTHING)
    wait_for(lambda: shown(region, "fac_back") == "fresh", "the API to show it fresh")
