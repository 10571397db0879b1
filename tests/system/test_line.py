"""The line between home and region: what it loses, doubles, garbles or delays must not show in what is stored."""
import json
import os
import random
import shutil
import signal
import time

import pytest

from tests.stack.process import LINE_BACK, in_time, program, run, wait_for

from . import bad_line
from .bad_line import BadLine
from .exports import Story
from .invariants import everywhere, metric, nothing_lost_nothing_doubled

KILLS = int(os.environ.get("BEDPOST_LINE_KILLS", "50"))


@pytest.fixture
def new_line(region):
    lines = []

    def make(home):
        lines.append(BadLine(region, home))
        return lines[-1]

    yield make
    for line in lines:
        line.close()


def line_status(home):
    """sync.status.json; {} while there is none."""
    try:
        with open(os.path.join(home.state, "sync.status.json"), encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {}


def test_a_line_that_damages_every_other_exchange_loses_and_doubles_nothing(region, new_home, new_line):
    home, story, chance = new_home(start=False), Story(40), random.Random(40)
    line = new_line(home)
    home.start()
    for number in range(40):
        line.faults.append(chance.choice(bad_line.ALL))
        home.drop(f"{number:03}.csv", story.file())
        wait_for(lambda: not line.faults, "the line to have met its fault", LINE_BACK)
    home.wait_shipped(120)
    assert {name for _, name, _ in line.seen} >= {"cut", "lost_after", "twice", "passed_on"}
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds


def test_syncd_killed_at_random_moments_loses_and_doubles_nothing(region, new_home):
    home, story, chance = new_home(start=False), Story(41, beds=40), random.Random(41)
    home.watcher.start()
    for number in range(KILLS):
        home.syncd.start()
        home.drop(f"{number:03}.csv", story.file(chance.randint(1, 30)))
        time.sleep(chance.uniform(0, 0.06))  # the moment of the kill, not a wait for a result
        home.syncd.kill()
    home.syncd.start()
    home.wait_shipped(120)
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds
    everywhere(region, home.facility, story.counts())


def test_a_region_that_asks_to_be_left_alone_is_left_alone(region, new_home, new_line):
    home, story = new_home(start=False), Story(42)
    line = new_line(home)
    line.faults = [bad_line.busy, bad_line.busy]
    home.start()
    home.drop("1.csv", story.file())
    home.wait_shipped()
    times = [at for at, _, _ in line.seen]
    assert times[1] - times[0] >= 0.99
    assert times[2] - times[1] >= 0.99
    wait_for(lambda: line_status(home)["state"] == "up", "the line to be up again")


def test_a_connection_is_kept_over_many_batches(region, new_home):
    home, story = new_home(), Story(43)
    home.drop("0.csv", story.file())
    home.wait_shipped()
    before = connections(home)
    for number in range(1, 10):
        home.drop(f"{number}.csv", story.file())
        home.wait_shipped()
    assert connections(home) == before and len(before) == 1


def connections(home):
    """The local ends of syncd's TCP connections."""
    pid = home.syncd.child.pid
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
        except FileNotFoundError:
            continue
        if target.startswith("socket:["):
            inodes.add(target[8:-1])
    with open(f"/proc/{pid}/net/tcp", encoding="ascii") as file:
        rows = [line.split() for line in file.readlines()[1:]]
    return {row[1] for row in rows if row[9] in inodes}


def test_sigterm_ends_within_a_second_in_the_middle_of_a_request(region, new_home, new_line):
    home, story = new_home(start=False), Story(44)
    line = new_line(home)
    home.watcher.start()
    home.drop("1.csv", story.file())

    def end():
        line.seen.clear()
        line.faults = [bad_line.held]
        home.syncd.start()
        wait_for(lambda: line.seen, "the batch to be on its way")
        took = home.syncd.stop()
        assert line_status(home)["state"] == "stopped"
        return took

    in_time(end, 1, "the end of syncd")
    line.faults = []
    home.syncd.start()
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)


def test_a_refused_batch_is_halved_until_it_fits(region, new_home, new_line):
    home, story = new_home(start=False), Story(45, beds=400)
    line = new_line(home)

    def picky(line, handler):
        line.faults.append(picky)
        if len(handler.batch) > 3000:
            handler.answer(413, b"{}")
        else:
            bad_line.passed_on(line, handler)

    line.faults = [picky]
    home.watcher.start()
    home.drop("1.csv", story.file(400))
    home.wait_taken_in()
    home.syncd.start()
    home.wait_shipped()
    assert any(size > 3000 for _, _, size in line.seen)
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds


def test_a_certificate_of_another_ca_needs_a_person_and_a_new_enrolment_heals_it(region, new_home):
    home, story = new_home(start=False), Story(46)
    enrolment, good = (os.path.join(home.folder, name) for name in ("enrolment.yaml", "good.yaml"))
    os.rename(enrolment, good)
    other = os.path.join(region.folder, "other-ca")
    run(program("bedpost-admin"), "ca", "init", "--dir", other)
    region.admin("facility", "renew", home.facility, "--ca-dir", other, "--url",
                 f"https://127.0.0.1:{region.ingest_port}", "--out", enrolment)
    home.start()
    home.drop("1.csv", story.file())
    wait_for(lambda: line_status(home).get("state") == "needs_person", "the line to need a person")
    assert "certificate" in line_status(home)["last_error"]
    os.replace(good, enrolment)
    home.syncd.child.send_signal(signal.SIGHUP)
    home.wait_shipped()
    wait_for(lambda: line_status(home)["state"] == "up", "the line to be up")
    nothing_lost_nothing_doubled(region, home, story.events)


@pytest.mark.parametrize("meanwhile", [False, True], ids=["nothing new", "new events before the first word"])
def test_an_outbox_restored_from_a_backup_begins_a_new_epoch(region, new_home, meanwhile):
    home, story = new_home(), Story(47)
    home.drop("1.csv", story.file(5))
    home.wait_shipped()
    home.stop()
    backup = shutil.copytree(home.state, home.state + ".backup", ignore=shutil.ignore_patterns("*.wake", "archive"))
    home.start()
    home.drop("2.csv", story.file(5))
    home.wait_shipped()
    home.stop()
    epoch = home.outbox()["epoch"]
    for name in os.listdir(backup):
        if name.startswith("outbox.db"):
            shutil.copy(os.path.join(backup, name), home.state)
    home.watcher.start()
    if meanwhile:
        home.drop("3.csv", story.file(7))
        home.wait_taken_in()
    home.syncd.start()
    wait_for(lambda: home.outbox()["epoch"] != epoch, "a new epoch")
    if not meanwhile:
        home.drop("3.csv", story.file(7))
    home.wait_shipped()
    # What the home forgot differs from what the region holds, so there may be a census beside the story's events.
    stored = region.sql("SELECT count(*), count(DISTINCT event_id) FROM bed_audit_log "
                        f"WHERE facility_id = '{home.facility}' AND reason IS DISTINCT FROM 'census'")[0]
    assert [int(n) for n in stored] == [story.events, story.events]


def test_a_region_restored_from_a_backup_is_sent_again_what_it_lost(region, new_home):
    home, story = new_home(settings={"heartbeat": "1s"}), Story(48)
    home.drop("1.csv", story.file(5))
    home.wait_shipped()
    backup = f"{region.database}_backup"
    region.daemon.stop()
    region.postgres.query(f'CREATE DATABASE "{backup}" TEMPLATE "{region.database}"')
    region.start()
    home.drop("2.csv", story.file(5))
    home.wait_shipped()
    region.daemon.stop()
    region.postgres.query(f'DROP DATABASE "{region.database}"')
    region.postgres.query(f'ALTER DATABASE "{backup}" RENAME TO "{region.database}"')
    region.start()
    wait_for(lambda: region.beds(home.facility) == story.beds, "the region to hold again what it lost", LINE_BACK)
    assert metric(region, "bedpost_gaps_total") >= 1
    home.drop("3.csv", story.file(5))
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds
