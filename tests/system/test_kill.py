"""kill -9 of any daemon at any moment: after the restart nothing is lost and nothing doubled."""
import os
import random
import time

import pytest

from .exports import Story
from .invariants import everywhere, nothing_lost_nothing_doubled
from .kill_points import dies_once, region_dies_at, syncd_dies_at

ROUNDS = int(os.environ.get("BEDPOST_CHAOS_ROUNDS", "60"))


def test_kill_of_random_daemons_at_random_moments_under_load(region, new_home):
    chance = random.Random(ROUNDS)
    homes = [new_home() for _ in range(2)]
    stories = [Story(100 + n, beds=30) for n in range(2)]
    files = 0
    for round_number in range(ROUNDS):
        for home, story in zip(homes, stories):
            for _ in range(chance.randint(1, 4)):
                files += 1
                # Names rise with time: the order of files of the same second is that of their names.
                home.drop(f"{files:06}.csv", story.file())
        time.sleep(chance.uniform(0, 0.08))  # the moment of the kill, not a wait for a result
        home = chance.choice(homes)
        victim = (home.watcher, home.syncd, region.daemon)[round_number % 3]
        victim.kill()
        victim.start()
    region.wait_ready()
    for home, story in zip(homes, stories):
        home.wait_shipped(120)
        nothing_lost_nothing_doubled(region, home, story.events)
        assert region.beds(home.facility) == story.beds
        everywhere(region, home.facility, story.counts())


WATCHER_POINTS = ("after_digest", "mid_events", "before_commit", "after_commit", "before_dispose", "after_dispose")
SYNCD_POINTS = ("before_send", "after_answer", "before_ack_commit", "after_ack_commit")
REGION_POINTS = ("before_commit", "after_commit", "before_answer")


@pytest.mark.parametrize("point", WATCHER_POINTS)
def test_the_watcher_dies_at_a_named_instruction(region, new_home, point):
    home, story = new_home(start=False), Story(30)
    home.syncd.start()
    home.watcher.start(BEDPOST_KILL_AT=point)
    home.drop("1.csv", story.file(5))
    dies_once(home.watcher, point, home.watcher.start)
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 5)
    assert region.beds(home.facility) == story.beds


HL7_ADAPTER = 'adapter: adt\nformat: hl7\nmatch: "*.hl7"\nevent: {bed_id: "bed_{PL.1}_{PL.3}"}\n'


def message(number, said=""):
    """An admission to a bed of its own; what it says besides makes it another message of the same id."""
    return (f"MSH|^~\\&|EHR|HOME|||20260420091422+0200||ADT^A01|M{number}|P|2.5\rEVN|A01|20260420091422+0200\r"
            f"PV1|1|I|A^12^{number}{'|' * 16}V{number}\r{said}")


@pytest.mark.parametrize("point", ("mid_events:3", "before_commit", "after_commit", "before_dispose", "before_commit:2", "after_commit:2"))
def test_a_message_that_comes_again_makes_no_second_event_though_the_watcher_dies(region, new_home, point):
    home = new_home(start=False, adapters=(HL7_ADAPTER,))
    home.syncd.start()
    home.drop("1.hl7", "".join(message(k) for k in (1, 2, 3, 1, 2)))
    home.drop("2.hl7", "".join(message(k) for k in (3, 4, 1, 4)))
    home.watcher.start(BEDPOST_KILL_AT=point)
    dies_once(home.watcher, point, home.watcher.start)
    home.wait_taken_in()
    home.drop("3.hl7", "".join(message(k) for k in (2, 4, 5)) + message(5, "NTE|1||said anew\r"))
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 6)  # five messages, and the one that says more under an id that was used
    assert set(region.beds(home.facility)) == {f"bed_a_{k}" for k in range(1, 6)}


@pytest.mark.parametrize("point", SYNCD_POINTS)
def test_the_sync_daemon_dies_at_a_named_instruction(region, new_home, point):
    syncd_dies_at(region, new_home(start=False), Story(31), point)


@pytest.mark.parametrize("point", REGION_POINTS)
def test_the_region_dies_at_a_named_instruction(region, new_home, point):
    region_dies_at(region, new_home(start=False), Story(32), point)
