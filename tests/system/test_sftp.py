"""The road over SFTP, on a real OpenSSH server: alone, beside HTTPS, cut, killed, and in bad company."""
import contextlib
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest

from tests.stack.home import Home
from tests.stack.lines import CORRUPT_LENGTHS, OPEN, Lines
from tests.stack.process import LINE_BACK, SOON, free_port, in_time, run, wait_for
from tests.stack.region import Region
from tests.stack.servers import Postgres
from tests.stack.sftp import SftpServer, children

from .exports import ADAPTER, Story, export, row
from .invariants import everywhere, nothing_lost_nothing_doubled
from .kill_points import arrived, region_dies_at, syncd_dies_at, wait_in_outbox

CHILD_POINTS = ("sftp_mid_write", "sftp_before_rename", "sftp_after_rename")
SYNCD_POINTS = ("after_answer", "before_ack_commit")
REGION_POINTS = ("before_commit", "after_commit", "inbox_before_answer", "inbox_after_answer")


@pytest.fixture
def region(two_roads):
    return two_roads


@pytest.fixture
def new_home(region):
    def make(transports="[sftp]", start=True, facility="fac_home", **settings):
        home = Home(region, facility, [ADAPTER], settings={"transports": transports, **settings})
        return home.start() if start else home

    return make


def status(home):
    with open(os.path.join(home.state, "sync.status.json"), encoding="utf-8") as file:
        return json.load(file)


def line_of(home):
    """The line's status, or nothing before it was first written."""
    return status(home) if os.path.exists(os.path.join(home.state, "sync.status.json")) else {}


def wait_line(home, **said):
    """The status is written once a second at most."""
    wait_for(lambda: {key: line_of(home).get(key) for key in said} == said, f"the status to say {said}", 60, 0.05)


def files(sftp, facility, folder):
    """What lies there under its whole name."""
    return sorted(n for n in os.listdir(os.path.join(sftp.home(facility), folder)) if not n.startswith("."))


def put(sftp, facility, name, content=b"no batch"):
    """A file in a home's inbox as a careful client puts it."""
    inbox = os.path.join(sftp.home(facility), "inbox")
    with open(os.path.join(inbox, ".x.part"), "wb") as file:
        file.write(content)
    os.rename(os.path.join(inbox, ".x.part"), os.path.join(inbox, name))


def reasons(sftp, facility):
    """{file in quarantine: why}"""
    folder = os.path.join(sftp.home(facility), "quarantine")
    if not os.path.isdir(folder):
        return {}
    found = {}
    for name in os.listdir(folder):
        if name.endswith(".reason"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read()
            if text.endswith("\n"):  # else it is just being written
                found[name.removesuffix(".reason").rpartition("~")[0]] = text
    return found


class Batch:
    """A batch that the region has not seen: what a home's syncd put in its inbox while the region was down."""

    def __init__(self, region, sftp, home, story):
        wait_for(lambda: line_of(home).get("state") == "up", "the first heartbeat's answer")
        region.daemon.stop()
        home.drop("batch.csv", story.file(5))
        inbox = os.path.join(sftp.home(home.facility), "inbox")
        self.name = wait_for(lambda: next(iter(files(sftp, home.facility, "inbox")), None), "the batch in the inbox")
        assert self.name.endswith("-1-5.ndjson.zst")
        with open(os.path.join(inbox, self.name), "rb") as file:
            self.content = file.read()
        home.syncd.stop()


def test_events_arrive_over_sftp_alone(region, sftp, new_home):
    home, story = new_home(), Story(40)
    for number in range(10):
        home.drop(f"{number}.csv", story.file())
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds
    everywhere(region, home.facility, story.counts())
    wait_line(home, state="up", transport="sftp")
    assert status(home)["url"].startswith("sftp://")
    wait_for(lambda: not files(sftp, home.facility, "inbox") and not files(sftp, home.facility, "ack"),
             "inbox and ack to be empty")
    assert reasons(sftp, home.facility) == {}


def test_an_idle_home_beats_over_sftp_in_one_session(region, sftp, new_home):
    home = new_home(heartbeat="1s")

    def contact():
        return region.sql("SELECT last_contact_at FROM facilities WHERE id = 'fac_home' AND last_contact_at IS NOT NULL")

    first = wait_for(contact, "the first heartbeat")
    for _ in range(2):
        before = contact()
        wait_for(lambda: contact() != before, "the next heartbeat")
    assert contact() != first
    with open(os.path.join(sftp.folder, "log"), encoding="utf-8") as log:
        assert sum("Accepted publickey" in line for line in log) == 1
    assert home.syncd.stop() < SOON


def test_large_batches_travel_whole(region, new_home):
    home, story = new_home(start=False), Story(41, beds=200)
    home.watcher.start()
    home.drop("large.csv", story.file(12000))
    home.wait_taken_in()
    home.syncd.start()
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)
    everywhere(region, home.facility, story.counts())


def test_falls_over_to_sftp_and_back_with_nothing_lost_or_doubled(region, sftp, new_home):
    home, story = new_home("[https, sftp]", failover_after=2), Story(42)
    home.drop("a.csv", story.file())
    home.wait_shipped()
    wait_line(home, transport="https")
    with open(region.config, encoding="utf-8") as file:
        config = file.read()
    moved = region.ingest_port
    region.daemon.stop()
    elsewhere = free_port()
    with open(region.config, "w", encoding="utf-8") as file:
        file.write(config.replace(f":{moved}", f":{elsewhere}"))
    region.start()
    for number in range(5):
        home.drop(f"b{number}.csv", story.file())
    home.wait_shipped()
    wait_line(home, transport="sftp")
    region.daemon.stop()
    with open(region.config, "w", encoding="utf-8") as file:
        file.write(config)
    region.start()
    home.syncd.child.send_signal(signal.SIGHUP)  # somebody has mended something: no waiting for the probe
    home.drop("c.csv", story.file())
    home.wait_shipped()
    wait_line(home, transport="https")
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds


def test_falls_over_from_sftp_when_its_server_dies(region, sftp, new_home):
    home, story = new_home("[sftp, https]", failover_after=1), Story(43)
    home.drop("a.csv", story.file())
    home.wait_shipped()
    sftp.stop()
    home.drop("b.csv", story.file())
    home.wait_shipped()
    wait_line(home, transport="https")
    sftp.start()
    home.syncd.child.send_signal(signal.SIGHUP)
    home.drop("c.csv", story.file())
    home.wait_shipped()
    wait_line(home, transport="sftp")
    nothing_lost_nothing_doubled(region, home, story.events)


def test_a_batch_that_travels_both_roads_counts_once(region, sftp, new_home):
    home, story = new_home("[sftp, https]", failover_after=1, start=False), Story(44)
    home.start()
    batch = Batch(region, sftp, home, story)
    held = os.path.join(sftp.folder, "held")
    os.rename(os.path.join(sftp.home(home.facility), "inbox", batch.name), held)
    sftp.stop()
    region.start()
    home.syncd.start()
    home.wait_shipped()
    wait_line(home, transport="https")
    os.rename(held, os.path.join(sftp.home(home.facility), "inbox", batch.name))
    answer = os.path.join(sftp.home(home.facility), "ack", batch.name.replace(".ndjson.zst", ".json"))
    wait_for(lambda: os.path.exists(answer), "the answer to the late copy")
    with open(answer, encoding="utf-8") as file:
        assert {o["outcome"] for o in json.load(file)["outcomes"]} == {"duplicate"}
    nothing_lost_nothing_doubled(region, home, 5)
    assert region.beds(home.facility) == story.beds


def test_another_host_key_is_refused_in_words_and_nothing_is_sent(region, sftp, new_home):
    home = new_home(start=False)
    sftp.stop()
    sftp.new_host_key()
    sftp.start()
    home.start()
    home.drop("a.csv", export(row("bed_1", "occupied")))
    wait_for(lambda: line_of(home).get("state") == "needs_person", "the line to need a person")
    line = status(home)
    assert "host key is not the one in the enrolment" in line["last_error"]
    shown = run("ssh-keygen", "-lf", os.path.join(sftp.folder, "host_key.pub")).stdout.split()[1]
    assert shown in line["last_error"]
    wait_for(lambda: "line_needs_person" in home.syncd.tail(), "the log to say so")
    assert files(sftp, home.facility, "inbox") == []
    assert region.beds(home.facility) == {}


def test_a_key_that_is_not_let_in_is_said_in_words(region, sftp, new_home):
    home = new_home(start=False)
    os.remove(os.path.join(sftp.folder, "authorized_keys"))
    home.syncd.start()
    wait_for(lambda: line_of(home).get("state") == "needs_person", "the line to need a person")
    line = status(home)
    assert "does not let this home in" in line["last_error"]


def test_a_foreign_batch_in_another_homes_folder_is_refused(region, sftp, new_home):
    home, story = new_home(), Story(45)
    batch = Batch(region, sftp, home, story)
    new_home(start=False, facility="fac_other")
    region.start()
    wait_for(lambda: not files(sftp, home.facility, "inbox"), "the home's own copy to be taken in")
    own = batch.name.replace("fac_home", "fac_other")
    put(sftp, "fac_other", batch.name, batch.content)
    put(sftp, "fac_other", own, batch.content)
    wait_for(lambda: set(reasons(sftp, "fac_other")) == {batch.name, own}, "both to be put aside")
    assert region.beds("fac_other") == {}
    with open(os.path.join(sftp.home("fac_other"), "ack", own.replace(".ndjson.zst", ".json")),
              encoding="utf-8") as file:
        assert json.load(file)["status"] == 403
    nothing_lost_nothing_doubled(region, home, 5)


def test_what_is_no_batch_is_put_aside_with_a_reason(region, sftp, new_home):
    home, story = new_home(), Story(46)
    home.drop("a.csv", story.file())
    home.wait_shipped()
    inbox = os.path.join(sftp.home(home.facility), "inbox")
    epoch = home.outbox()["epoch"]
    secret = os.path.join(sftp.folder, "host_key")
    name = f"{home.facility}-{epoch}-%d-%d.ndjson.zst"
    put(sftp, home.facility, "Kari Nordmann.txt")
    put(sftp, home.facility, name % (101, 101), b'{"patient":"Kari Nordmann"}\n')
    os.symlink(secret, os.path.join(inbox, name % (102, 102)))
    os.mkfifo(os.path.join(inbox, name % (103, 103)))
    os.mkdir(os.path.join(inbox, name % (104, 104)))
    os.link(secret, os.path.join(inbox, name % (105, 105)))
    put(sftp, home.facility, name % (106, 106), b"x" * ((8 << 20) + 1))
    found = wait_for(lambda: len(reasons(sftp, home.facility)) == 7 and reasons(sftp, home.facility),
                     "everything to be put aside")
    assert "symbolic link" in found[name % (102, 102)]
    assert "not a regular file" in found[name % (103, 103)]
    assert "not a regular file" in found[name % (104, 104)]
    assert "hard link" in found[name % (105, 105)]
    assert "larger than" in found[name % (106, 106)]
    assert "Kari" not in "".join(found.values()) + region.daemon.tail(1000)
    home.drop("b.csv", story.file())
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, story.events)


@pytest.mark.skipif(os.geteuid() != 0, reason="a file of another account needs root")
def test_a_file_of_another_account_is_put_aside(region, sftp, new_home):
    home = new_home()
    batch = Batch(region, sftp, home, Story(47))
    path = os.path.join(sftp.home(home.facility), "inbox", batch.name)
    os.chown(path, 65534, 65534)
    region.start()
    found = wait_for(lambda: reasons(sftp, home.facility), "it to be put aside")
    assert "another account" in found[batch.name]
    assert region.beds(home.facility) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="a server that shuts accounts in runs as root")
def test_an_account_shut_into_its_folder(postgres, redis, tmp_folder):
    root = f"/run/bedpost-test-{os.getpid()}"
    server = SftpServer(tmp_folder, inbox=root)
    server.add_home("fac_shut", "games")
    server.start()
    region = Region(os.path.join(tmp_folder, "region"), postgres, redis, sftp=server).create().start()
    story = Story(48)
    try:
        home = Home(region, "fac_shut", [ADAPTER], settings={"transports": "[sftp]"}).start()
        for number in range(3):
            home.drop(f"{number}.csv", story.file())
        home.wait_shipped()
        nothing_lost_nothing_doubled(region, home, story.events)
        wait_line(home, transport="sftp")
    finally:
        region.stop()
        server.stop()
        subprocess.run(["rm", "-r", root], check=False)


def test_a_batch_left_by_a_home_that_is_gone_is_taken_in_all_the_same(region, sftp, new_home):
    home, story = new_home(), Story(49)
    Batch(region, sftp, home, story)
    region.start()
    wait_for(lambda: not files(sftp, home.facility, "inbox"), "the batch to be taken in without its home")
    assert region.beds(home.facility) == story.beds
    home.syncd.start()
    home.wait_shipped()
    nothing_lost_nothing_doubled(region, home, 5)


def test_what_nobody_finished_or_fetched_is_removed_after_a_day(region, sftp, new_home):
    home = new_home()
    wait_for(lambda: line_of(home).get("state") == "up", "the first heartbeat's answer")
    left = {age: [os.path.join(sftp.home(home.facility), place) for place in (f"inbox/.{age}.part", f"ack/{age}.json")]
            for age in ("old", "new")}
    for age, paths in left.items():
        for path in paths:
            with open(path, "wb"):
                pass
            if age == "old":
                os.utime(path, (time.time() - 86500,) * 2)
    home.drop("a.csv", export(row("bed_1", "occupied")))
    home.wait_shipped()
    wait_for(lambda: not any(os.path.exists(path) for path in left["old"]), "the old ones to be removed")
    assert all(os.path.exists(path) for path in left["new"])


def test_while_postgresql_is_away_batches_wait_in_the_inbox(tmp_folder, redis, sftp):
    postgres = Postgres(tmp_folder).start()
    region = Region(os.path.join(tmp_folder, "region"), postgres, redis, sftp=sftp).create().start()
    home = Home(region, "fac_home", [ADAPTER], settings={"transports": "[sftp]"}).start()
    story = Story(53)
    try:
        home.drop("a.csv", story.file())
        home.wait_shipped()
        postgres.stop("immediate")
        home.drop("b.csv", story.file())
        home.wait_taken_in()
        wait_for(lambda: files(sftp, home.facility, "inbox"), "the batch in the inbox")
        wait_for(lambda: region.get("/readyz", token=None).status == 503, "/readyz to be red")
        assert files(sftp, home.facility, "ack") == []
        postgres.start()
        home.wait_shipped()
        region.wait_ready()
        nothing_lost_nothing_doubled(region, home, story.events)
    finally:
        region.stop()
        postgres.stop("immediate")


def test_ends_within_a_second_in_the_middle_of_a_transfer(region, sftp, new_home):
    home, story = new_home(), Story(50)
    home.drop("a.csv", story.file())
    home.wait_shipped()

    def end():
        sessions = sftp.sessions()
        assert sessions
        for pid in sessions:
            os.kill(pid, signal.SIGSTOP)  # the server hangs, the connection stays
        try:
            home.drop("b.csv", story.file())
            home.wait_taken_in()
            time.sleep(0.2)  # into the transfer; any moment is as good
            return home.syncd.stop()
        finally:
            for pid in sessions:
                os.kill(pid, signal.SIGCONT)
            home.syncd.start()
            home.wait_shipped()

    in_time(end, 1, "the end of syncd")
    nothing_lost_nothing_doubled(region, home, story.events)


@pytest.fixture
def line(sftp):
    """Stands between the homes that are enrolled from now on and the SFTP server."""
    lines = Lines()
    made = lines.line([sftp.port])
    sftp.port = made.port
    yield made
    lines.stop()


def child_of(home):
    """The process that speaks SSH for a home's syncd; None if there is none."""
    return next(iter(children(home.syncd.child.pid)), None)


def lives(pid):
    """Also one that nobody has asked yet how it ended has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def sftp_road(home):
    return next((r for r in line_of(home).get("roads", []) if r["transport"] == "sftp"), {"failures": 0})


def test_a_line_that_damages_what_the_server_says_does_not_end_the_sync_daemon(region, line, new_home):
    home, story = new_home(), Story(54)
    home.drop("a.csv", story.file())
    home.wait_shipped()
    pid = home.syncd.child.pid
    line.set(CORRUPT_LENGTHS)
    home.drop("b.csv", story.file())
    road = wait_for(lambda: sftp_road(home)["failures"] >= 2 and sftp_road(home), "the line to fail twice", LINE_BACK)
    assert "damages bytes" in road["last_error"]
    said = home.cli("status", check=False).stdout
    assert "damages bytes" in said and "is none of bedpost's doing" in said
    doctor = home.cli("doctor", check=False).stdout
    assert "damages bytes" in doctor and "is none of bedpost's doing" in doctor
    home.syncd.must_run()
    line.set(OPEN)
    home.syncd.child.send_signal(signal.SIGHUP)
    home.wait_shipped()
    assert home.syncd.child.pid == status(home)["pid"] == pid
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds


def test_a_damaged_line_fails_over_to_https_and_back(region, line, new_home):
    home, story = new_home("[sftp, https]"), Story(55)
    home.drop("a.csv", story.file())
    home.wait_shipped()
    line.set(CORRUPT_LENGTHS)
    home.drop("b.csv", story.file())
    home.wait_shipped()
    wait_line(home, transport="https")
    line.set(OPEN)
    home.syncd.child.send_signal(signal.SIGHUP)
    home.drop("c.csv", story.file())
    home.wait_shipped()
    wait_line(home, transport="sftp")
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds


def test_an_sftp_child_that_dies_at_random_moments_loses_and_doubles_nothing(region, new_home):
    home, story, chance = new_home("[sftp, https]"), Story(56, beds=40), random.Random(56)
    pid = home.syncd.child.pid
    for number in range(30):
        home.drop(f"{number:03}.csv", story.file(chance.randint(1, 30)))
        time.sleep(chance.uniform(0, 0.06))  # the moment of the kill, not a wait for a result
        child = child_of(home)
        end = chance.choice((signal.SIGABRT, signal.SIGSEGV, signal.SIGKILL))
        if child:
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.kill(child, end)
        if number % 5 == 4:
            home.syncd.child.send_signal(signal.SIGHUP)  # back to SFTP
    home.wait_shipped()
    home.syncd.must_run()
    assert home.syncd.child.pid == pid
    nothing_lost_nothing_doubled(region, home, story.events)
    assert region.beds(home.facility) == story.beds


def test_the_sftp_child_ends_with_its_parent_however_that_ends_and_leaves_no_core(region, new_home):
    home = new_home()
    for end in (home.syncd.kill, home.syncd.stop):
        child = wait_for(lambda: child_of(home), "the child")
        wait_for(lambda: line_of(home).get("state") == "up" and status(home)["pid"] == home.syncd.child.pid, "an answer")
        with open(f"/proc/{child}/limits", encoding="ascii") as file:
            assert re.search(r"Max core file size\s+0\s+0\s", file.read()), "its core would hold the key"
        with open(f"/proc/{child}/cmdline", "rb") as file:
            assert file.read() == b"bedpost-syncd\0--sftp-child\0"
        end()
        wait_for(lambda pid=child: not lives(pid), "the child to end too")
        home.syncd.start()


@pytest.mark.parametrize("point", CHILD_POINTS)
def test_the_sftp_child_dies_at_a_named_instruction(region, new_home, point):
    """Every child does: the batch does not get further while they do, and the daemon lives and says so."""
    home, story = new_home(start=False), Story(57)
    wait_in_outbox(home, story)
    home.syncd.start(BEDPOST_KILL_AT=point)
    wait_for(lambda: sftp_road(home)["failures"] >= 2, f"two children to die at {point}", LINE_BACK)
    assert "SIGKILL" in sftp_road(home)["last_error"]
    home.syncd.must_run()
    home.syncd.kill()
    home.syncd.start()
    arrived(region, home, story)


@pytest.mark.parametrize("point", SYNCD_POINTS)
def test_the_sync_daemon_dies_at_a_named_instruction(region, new_home, point):
    syncd_dies_at(region, new_home(start=False), Story(51), point)


@pytest.mark.parametrize("point", REGION_POINTS)
def test_the_region_dies_at_a_named_instruction(region, new_home, point):
    region_dies_at(region, new_home(start=False), Story(52), point)
